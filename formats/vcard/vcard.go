package vcard

import (
	"strings"
	"unicode"

	"sidekeep/formats/contentline"
)

// Version gives "2.1", "3.0" or "4.0"; what a card says where it is another, and
// "" where it says nothing.
func Version(card *contentline.Component) string {
	return strings.TrimSpace(card.Value("VERSION"))
}

// Parts gives a structured value (N, ADR, ORG, GENDER): components at
// semicolons, each with its values at commas, for reading.
func Parts(l *contentline.Line) [][]string {
	raw := contentline.SplitRaw(Value(l), ';')
	out := make([][]string, len(raw))
	flat := make([]string, 0, len(raw)) // one allocation for the usual single values
	for i, r := range raw {
		from := len(flat)
		if strings.IndexByte(r, ',') < 0 {
			if r = forReading(r); r != "" {
				flat = append(flat, r)
			}
		} else {
			for _, v := range contentline.SplitRaw(r, ',') {
				if v = forReading(v); v != "" {
					flat = append(flat, v)
				}
			}
		}
		out[i] = flat[from:len(flat):len(flat)]
	}
	return out
}

func forReading(raw string) string {
	return strings.TrimSpace(Clean(contentline.UnescapeText(raw)))
}

// List gives the values of a list (CATEGORIES, NICKNAME) for reading.
func List(l *contentline.Line) []string {
	var out []string
	for _, v := range contentline.SplitRaw(Value(l), ',') {
		if v = forReading(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// FullName puts N together as it is read: prefixes, given, additional, family,
// suffixes (RFC 6350 section 6.2.2). Chinese, Japanese and Korean names have the
// family first, and no space where all is in Han or Hangul. "" where N has nothing.
func FullName(l *contentline.Line) string {
	parts := Parts(l)
	order, sep := []int{3, 1, 2, 0, 5, 6, 4}, " " // 5 and 6: RFC 9554
	if len(parts) > 1 && len(parts[0]) > 0 && len(parts[1]) > 0 {
		if name := parts[0][0] + parts[1][0]; written(name, unicode.Han, unicode.Hangul) {
			order, sep = []int{3, 0, 5, 6, 1, 2, 4}, ""
		} else if written(name, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) {
			order = []int{3, 0, 5, 6, 1, 2, 4}
		}
	}
	var words []string
	for _, i := range order {
		if i < len(parts) {
			words = append(words, parts[i]...)
		}
	}
	return strings.Join(words, sep)
}

// written says whether s is written in these scripts and nothing else.
func written(s string, scripts ...*unicode.RangeTable) bool {
	for _, r := range s {
		if r == 'ー' { // the sign for a long vowel belongs to no script
			continue
		}
		if r < 0x1100 || !unicode.In(r, scripts...) { // below are no letters of theirs
			return false
		}
	}
	return s != ""
}

// Address puts ADR together for one or several lines: post office box, extended
// address, street; postal code and town; region; country.
func Address(l *contentline.Line) []string {
	parts := Parts(l)
	get := func(i int) string {
		if i < len(parts) {
			return strings.Join(parts[i], ", ")
		}
		return ""
	}
	out := make([]string, 0, 7)
	put := func(s string) {
		if s != "" {
			out = append(out, s)
		}
	}
	put(get(0))
	put(get(1))
	put(get(2))
	put(strings.TrimSpace(get(5) + " " + get(3)))
	put(get(4))
	for i := 6; i < len(parts); i++ { // 6: the country; RFC 9554 has more of them
		put(get(i))
	}
	return out
}

// notTypes are bare words of vCard 2.1 that are no types.
var notTypes = map[string]bool{
	"quoted-printable": true, "base64": true, "8bit": true, "7bit": true, "inline": true, "url": true, "uri": true,
	"content-id": true, "cid": true,
}

// Types gives the TYPE words in lower case, in order and once each: from TYPE
// parameters, the bare words of vCard 2.1, and "pref" for PREF=1.
func Types(l *contentline.Line) []string {
	if l.RawParams() == "" {
		return nil
	}
	var out []string
	add := func(w string) {
		w = strings.ToLower(strings.TrimSpace(w))
		if w == "" {
			return
		}
		for _, have := range out {
			if have == w {
				return
			}
		}
		out = append(out, w)
	}
	l.EachParam(func(p contentline.Param) bool {
		switch {
		case p.Bare():
			if !notTypes[strings.ToLower(strings.TrimSpace(p.Raw))] {
				add(p.Raw)
			}
		case p.Is("TYPE"):
			for _, v := range p.Values() {
				for _, w := range strings.Split(v, ",") { // TYPE="work,voice"
					add(w)
				}
			}
		case p.Is("PREF") && p.Value() == "1":
			add("pref")
		}
		return true
	})
	return out
}

// GroupLabels gives the X-ABLabel of every group, in words: what Apple's programs
// call a field of one's own. The groups are in lower case.
func GroupLabels(card *contentline.Component) map[string]string {
	var out map[string]string
	for l := range card.All("X-ABLabel") {
		if l.Group() == "" {
			continue
		}
		if out == nil {
			out = make(map[string]string)
		}
		if g := strings.ToLower(l.Group()); out[g] == "" {
			out[g] = Label(Text(l))
		}
	}
	return out
}

// Label reads a label: "_$!<HomePage>!$_" is "home page", others stand as they are.
func Label(s string) string {
	s = strings.TrimSpace(s)
	in, ok := strings.CutPrefix(s, "_$!<")
	if !ok {
		return s
	}
	in = strings.TrimSuffix(in, ">!$_")
	var b strings.Builder
	for i, r := range in {
		upper := r >= 'A' && r <= 'Z'
		if upper && i > 0 && in[i-1] >= 'a' && in[i-1] <= 'z' {
			b.WriteByte(' ')
		}
		if upper && i+1 < len(in) && in[i+1] >= 'A' && in[i+1] <= 'Z' { // FAX
			b.WriteRune(r)
			continue
		}
		if upper && i > 0 && in[i-1] >= 'A' && in[i-1] <= 'Z' {
			b.WriteRune(r)
			continue
		}
		if upper {
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// WithoutScheme takes a URI scheme off: "mailto:", "tel:"; the rest stands as written.
func WithoutScheme(s, scheme string) string {
	s = strings.TrimSpace(s)
	if hasPrefixFold(s, scheme+":") {
		return strings.TrimSpace(s[len(scheme)+1:])
	}
	return s
}
