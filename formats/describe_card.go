package formats

import (
	"fmt"
	"strings"

	"sidekeep/formats/contentline"
	"sidekeep/formats/vcard"
)

// card describes a vCard.
func (d *describer) card(others []*contentline.Component) {
	d.s.Component = "VCARD"
	d.s.Producer = producerOf(d.main)
	d.cardVersion()
	var formatted string
	var structured *contentline.Line
	for l := range d.main.Lines() {
		switch key := l.Key(); key {
		case "FN":
			d.formattedName(l, &formatted)
		case "N":
			if structured == nil {
				structured = l
			}
			d.s.Names = add(d.s.Names, vcard.FullName(l))
		default:
			d.cardProperty(key, l)
		}
	}
	d.s.Title = formatted
	if strings.TrimSpace(d.s.Title) == "" {
		d.s.Title = d.standIn(structured)
	}
	d.s.Names = without(d.s.Names, d.s.Title)
	d.furtherCards(others)
}

// formattedName takes the first FN that says something, or the preferred one;
// the others are names all the same.
func (d *describer) formattedName(l *contentline.Line, have *string) {
	name := oneLine(vcard.Text(l))
	if *have == "" {
		*have = name
		return
	}
	if p, _ := l.Param("PREF"); p == "1" && name != "" {
		name, *have = *have, name
	}
	d.s.Names = add(d.s.Names, name)
}

// cardVersion reads VERSION; without one a card is read as 3.0 but said to be
// unmarked.
func (d *describer) cardVersion() {
	switch v := vcard.Version(d.main); v {
	case "2.1", "3.0", "4.0":
		d.s.Format = "vcard " + v
	case "":
		d.s.Format = "vcard 3.0"
		if hasBareTypes(d.main) {
			d.s.Format = "vcard 2.1"
		}
		d.problem("VERSION is missing")
	default:
		d.s.Format = "vcard 3.0"
		switch v[0] {
		case '2':
			d.s.Format = "vcard 2.1"
		case '4':
			d.s.Format = "vcard 4.0"
		}
		d.problem("VERSION is not 2.1, 3.0 or 4.0")
	}
}

// hasBareTypes finds the parameters without a name that only vCard 2.1 has.
func hasBareTypes(c *contentline.Component) bool {
	bare := false
	for l := range c.Lines() {
		l.EachParam(func(p contentline.Param) bool {
			bare = bare || p.Bare()
			return !bare
		})
	}
	return bare
}

// cardProperty takes what a property other than FN and N says.
func (d *describer) cardProperty(key string, l *contentline.Line) {
	s := d.s
	switch key {
	case "UID":
		if s.UID == "" {
			s.UID = clip(strings.TrimSpace(vcard.Text(l)))
		}
	case "NICKNAME":
		for _, n := range vcard.List(l) {
			s.Names = add(s.Names, n)
		}
	case "SORT-STRING", "X-PHONETIC-FIRST-NAME", "X-PHONETIC-LAST-NAME", "X-PHONETIC-MIDDLE-NAME", "X-MAIDENNAME",
		"X-EVOLUTION-FILE-AS", "X-FILE-AS", "X-GN", "X-NICKNAME":
		s.Names = add(s.Names, vcard.Text(l))
	case "SOUND":
		d.phonetic(l)
	case "EMAIL":
		s.Emails = add(s.Emails, mailAddress(vcard.Text(l)))
	case "TEL", "X-MS-TEL":
		s.Phones = add(s.Phones, phoneNumber(vcard.Text(l)))
	case "ORG":
		for _, part := range vcard.Parts(l) {
			s.Orgs = add(s.Orgs, strings.Join(part, ", "))
		}
	case "TITLE", "ROLE", "X-PHONETIC-ORG", "ORGNAME":
		s.Orgs = add(s.Orgs, vcard.Text(l))
	case "ADR":
		address := strings.Join(vcard.Address(l), ", ")
		s.Text = add(s.Text, address)
	case "CATEGORIES":
		for _, c := range vcard.List(l) {
			s.Text = add(s.Text, c)
		}
	case "PHOTO":
		s.HasPhoto = s.HasPhoto || vcard.Embedded(l)
	case "VERSION", "PRODID", "REV", "KEY", "LOGO", "AGENT", "CLIENTPIDMAP", "X-ABLABEL", "X-ABADR", "PROFILE", "CLASS", "X-CLASS",
		"X-MS-OL-DESIGN", "X-MS-CARDPICTURE", "BEGIN", "END", "":
	default:
		if searchable(key, l) {
			s.Text = add(s.Text, vcard.Text(l))
		}
	}
}

// searchable says whether the text of a property may be what a person looks for:
// words, names, handles and links, but no keys, blobs and machine's notes.
func searchable(key string, l *contentline.Line) bool {
	switch key {
	case "NOTE", "LABEL", "URL", "IMPP", "RELATED", "HOBBY", "INTEREST", "EXPERTISE", "BIRTHPLACE", "BDAY", "ANNIVERSARY":
		return true
	}
	return strings.HasPrefix(key, "X-") && len(l.Value()) <= 1024 && vcard.EncodingOf(l) != vcard.Base64 &&
		!strings.Contains(key, "UID") && !strings.HasPrefix(key, "X-ADDRESSBOOKSERVER-") &&
		!strings.HasPrefix(l.Value(), "{") && !strings.HasPrefix(l.Value(), "urn:uuid:")
}

// phonetic takes the reading of the name that Japanese telephones keep in SOUND.
func (d *describer) phonetic(l *contentline.Line) {
	for _, t := range vcard.Types(l) {
		if t == "x-irmc-n" {
			words := strings.FieldsFunc(vcard.Text(l), func(r rune) bool { return r == ';' })
			d.s.Names = add(d.s.Names, strings.Join(words, " "))
		}
	}
}

// mailAddress takes off "mailto:" and the name around an address in brackets.
func mailAddress(s string) string {
	s = vcard.WithoutScheme(s, "mailto")
	if i := strings.LastIndexByte(s, '<'); i >= 0 {
		if j := strings.IndexByte(s[i:], '>'); j > 1 {
			return strings.TrimSpace(s[i+1 : i+j])
		}
	}
	return s
}

// phoneNumber takes off "tel:" and gives an extension in words.
func phoneNumber(s string) string {
	t := vcard.WithoutScheme(s, "tel")
	if t == strings.TrimSpace(s) {
		return t
	}
	number, rest, _ := strings.Cut(t, ";")
	for rest != "" {
		var p string
		p, rest, _ = strings.Cut(rest, ";")
		if ext, ok := strings.CutPrefix(strings.ToLower(p), "ext="); ok {
			number += " ext. " + ext
		}
	}
	return number
}

// standIn gives a title to a card without FN: N, a nickname, the organisation, an
// address, a number, and at the end whatever it has.
func (d *describer) standIn(structured *contentline.Line) string {
	if structured != nil {
		if n := vcard.FullName(structured); n != "" {
			return n
		}
	}
	for _, name := range []string{"NICKNAME", "ORG", "ORGNAME", "EMAIL", "TEL"} {
		for l := range d.main.All(name) {
			s := strings.TrimSpace(vcard.Text(l))
			switch name {
			case "ORG":
				s = joinParts(l)
			case "EMAIL":
				s = mailAddress(s)
			case "TEL":
				s = phoneNumber(s)
			}
			if s != "" {
				return s
			}
		}
	}
	if len(d.s.Names) > 0 {
		return d.s.Names[0]
	}
	for _, list := range [][]string{d.s.Orgs, d.s.Text} {
		if len(list) > 0 {
			return firstWords(list[0])
		}
	}
	return d.s.UID
}

func joinParts(l *contentline.Line) string {
	var out []string
	for _, p := range vcard.Parts(l) {
		if len(p) > 0 {
			out = append(out, strings.Join(p, ", "))
		}
	}
	return strings.Join(out, ", ")
}

// firstWords shortens a text to a title.
func firstWords(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > 60 {
		return strings.TrimSpace(string(r[:60])) + "…"
	}
	return s
}

// without leaves a text out of a list.
func without(list []string, s string) []string {
	out := list[:0]
	for _, v := range list {
		if v != s {
			out = append(out, v)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// furtherCards notes that the object holds more than one card (RFC 6352 section
// 5.1 allows one); the first is described, and the others' names can be found.
func (d *describer) furtherCards(others []*contentline.Component) {
	if len(others) == 0 {
		return
	}
	d.problem(fmt.Sprintf("it holds %d cards; the first is described", len(others)+1))
	for _, c := range others {
		name := vcardName(c)
		if name != d.s.Title {
			d.s.Names = add(d.s.Names, name)
		}
	}
}

func vcardName(c *contentline.Component) string {
	if l := c.Get("FN"); l != nil {
		if s := oneLine(vcard.Text(l)); s != "" {
			return s
		}
	}
	if l := c.Get("N"); l != nil {
		return vcard.FullName(l)
	}
	return ""
}
