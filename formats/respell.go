package formats

import (
	"slices"
	"strings"

	"sidekeep/formats/contentline"
	"sidekeep/formats/vcard"
	"sidekeep/sync/pim"
)

// textProps are properties of one value in which a comma is only a comma.
var textProps = map[string]bool{
	"FN": true, "NOTE": true, "TITLE": true, "ROLE": true, "LABEL": true, "MAILER": true, "SORT-STRING": true,
	"PHOTO": true, "LOGO": true, "SOUND": true, "KEY": true, "URL": true, "GEO": true, "SOURCE": true, "RELATED": true,
	"IMPP": true, "TZ": true, "EMAIL": true, "TEL": true, "X-ABLABEL": true, "BDAY": true, "BIRTHPLACE": true, "DEATHPLACE": true,
	"SUMMARY": true, "DESCRIPTION": true, "LOCATION": true, "COMMENT": true, "CONTACT": true,
}

// Respell gives an object that means the same, written so that fewer servers
// damage it: commas that belong to a text are escaped, and lists of nicknames
// are a property each. Some programs take any comma for the end of the value
// and lose the rest, such as the picture in a data URI (Radicale 3.1.8). An object
// that needs none of it is given as it is.
func Respell(kind pim.Kind, body []byte) []byte {
	root := contentline.Parse(body)
	changed := false
	visit := func(c *contentline.Component) { changed = respell(c) || changed }
	if kind == pim.Contacts {
		for c := range root.Components("VCARD") {
			visit(c)
		}
	} else {
		for c := range scheduled(root) {
			visit(c)
		}
	}
	if !changed {
		return body
	}
	return root.Bytes()
}

func respell(c *contentline.Component) (changed bool) {
	for _, l := range slices.Collect(c.Lines()) {
		if !strings.Contains(l.Value(), ",") || vcard.EncodingOf(l) != vcard.Plain {
			continue
		}
		parts := contentline.SplitRaw(l.Value(), ',')
		switch name := l.Key(); {
		case len(parts) == 1: // escaped already
			continue
		case name == "NICKNAME":
			lines := make([]*contentline.Line, len(parts))
			for i, p := range parts {
				lines[i] = l.WithValue(strings.TrimSpace(p))
			}
			c.Replace(l, lines...)
		case textProps[name] || strings.HasPrefix(name, "X-") && !strings.Contains(l.Value(), ";"):
			c.Replace(l, l.WithValue(strings.Join(parts, `\,`)))
		default:
			continue
		}
		changed = true
	}
	return changed
}
