package davtest

import (
	"strings"
)

// where an href stands.
type where int

const (
	inListing where = iota // PROPFIND and sync-collection
	inData                 // multiget and query
)

// hrefOf spells an object's href as the quirks have it.
func (c *call) hrefOf(col *Collection, name string, at where) string {
	path := col.Path()
	href := escapePath(path + name)
	switch {
	case c.q[RelativeHrefs]:
		return strings.TrimPrefix(href, escapePath(path))
	case c.q[RawSpaces]:
		return path + name
	case c.q[VerbatimHrefs]:
		return verbatim(path + name)
	case c.q[PercentAt]:
		return strings.ReplaceAll(href, "@", "%40")
	case c.q[AbsoluteHrefs]:
		return c.root() + href
	case c.q[RespelledAnswers] && at == inData:
		return strings.NewReplacer("@", "%40", "-", "%2D").Replace(href)
	case c.q[LowerCaseEscapes]:
		return lowerEscapes(href)
	case c.q[CaseInsensitive] && at == inData:
		return escapePath(path + strings.ToUpper(name))
	}
	return href
}

// verbatim escapes more than is needed, and leaves the plus sign alone.
func verbatim(path string) string {
	return strings.NewReplacer("@", "%40", ":", "%3A", ",", "%2C").Replace(escapePath(path))
}

func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(string(b[i+1:i+3])))
		}
	}
	return string(b)
}

// accepted says whether the quirks take an href as the client spelled it.
func (c *call) accepted(col *Collection, raw, name string) bool {
	switch {
	case c.q[VerbatimHrefs]:
		return strings.TrimPrefix(raw, c.root()) == verbatim(col.Path()+name)
	case c.q[DoubleEscape]:
		return !strings.Contains(raw, "%15")
	case c.q[LowerCaseEscapes]:
		return !strings.Contains(raw, "%") || raw == lowerEscapes(raw)
	}
	return true
}
