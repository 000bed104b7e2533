package contentline

import (
	"strings"
)

// Line is one logical line: a property, or whatever else stood there. It is
// immutable. Blank lines and lines that are no content lines have no Name; their
// text is the Value.
type Line struct {
	raw    []byte
	group  string
	name   string
	params string // between the first semicolon and the colon, both left out
	value  string
	enc    encoding
	colon  bool // there was one
	lower  bool // the name has letters in lower case
}

// Raw gives the exact bytes, with fold and line end. They must not be changed.
func (l *Line) Raw() []byte { return l.raw }

// Group is what stands before the dot: "item1" of "item1.TEL"; as spelled.
func (l *Line) Group() string { return l.group }

// Name is the property's name as spelled, without its group; "" for a blank line
// and for text that is no content line.
func (l *Line) Name() string { return l.name }

// Key is the property's name in upper case.
func (l *Line) Key() string {
	switch {
	case !l.lower:
		return l.name
	case l.name == "X-ABLabel": // the commonest by far
		return "X-ABLABEL"
	}
	return strings.ToUpper(l.name)
}

// Is compares the property's name, whatever its case.
func (l *Line) Is(name string) bool {
	return len(l.name) == len(name) && strings.EqualFold(l.name, name)
}

// Value is the value as written, unfolded and otherwise raw: escapes,
// quoted-printable and base64 are still in it, soft line breaks are not.
func (l *Line) Value() string { return l.value }

// HasColon is false for a line that has no value at all.
func (l *Line) HasColon() bool { return l.colon }

// Blank says that the line has nothing but white space.
func (l *Line) Blank() bool {
	return l.name == "" && l.params == "" && !l.colon && strings.TrimSpace(l.value) == ""
}

// Text gives the whole line as read: unfolded, without its line end.
func (l *Line) Text() string {
	switch {
	case l.name == "":
		return l.value
	case !l.colon:
		return l.head()
	}
	return l.head() + ":" + l.value
}

// RawParams gives the text of all parameters, unfolded: "TYPE=work;PREF".
func (l *Line) RawParams() string { return l.params }

// tokenise reads s, the unfolded text of the line.
func (l *Line) tokenise(s string, indented bool) {
	if indented {
		s = strings.TrimLeft(s, " \t")
	}
	s = strings.TrimPrefix(s, "\uFEFF")
	i := 0
	for ; i < len(s); i++ {
		c := s[i]
		if c == ':' || c == ';' {
			break
		}
		if c >= 'a' && c <= 'z' {
			l.lower = true
		}
	}
	name := s[:i]
	if i == len(s) || !validName(name) {
		l.value = s // no content line: all of it is text
		return
	}
	if j := strings.LastIndexByte(name, '.'); j >= 0 {
		l.group, name = name[:j], name[j+1:]
	}
	l.name = strings.TrimSpace(name)
	if s[i] == ':' {
		l.colon, l.value = true, s[i+1:]
		return
	}
	rest := s[i+1:]
	j := colonAfterParams(rest)
	if j < 0 {
		l.params = rest
		return
	}
	l.params, l.colon, l.value = rest[:j], true, rest[j+1:]
}

// validName says whether s can be a name with or without a group. It takes more
// than the RFCs do (spaces around, underscores), but no words of a sentence.
func validName(s string) bool {
	s = strings.Trim(s, " \t")
	if s == "" {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.', c == '/':
		case c >= 0x80:
		default:
			return false
		}
	}
	return s[len(s)-1] != '.'
}

// colonAfterParams finds the colon that ends the parameters: the first outside
// quotes, and outside the brackets of "TZID=(UTC+01:00) Somewhere". Quotes that
// are never closed count for nothing. -1: there is none.
func colonAfterParams(s string) int {
	first, quoted := -1, false
	last := -1 // the last colon of all, once it is asked for
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ':':
			if first < 0 {
				first = i
			}
			if !quoted {
				return i
			}
		case '"':
			quoted = !quoted
		case '(':
			if !quoted && i >= 5 && strings.EqualFold(s[i-5:i], "TZID=") {
				if last < 0 {
					if last = strings.LastIndexByte(s, ':'); last < 0 {
						return -1
					}
				}
				if j := strings.IndexByte(s[i:min(i+100, len(s))], ')'); j > 0 && i+j < last {
					i += j
				}
			}
		}
	}
	return first
}

// Param is one parameter, in one of its three spellings: NAME=value,
// NAME="value" and the bare value of vCard 2.1.
type Param struct {
	Raw  string // as written: `TYPE=work,"a;b"`
	Name string // as spelled; "" for a bare value
	text string // after the equals sign, or all of a bare one
}

// Bare says that the parameter has no name, as in "TEL;HOME:".
func (p Param) Bare() bool { return p.Name == "" }

// Is compares the parameter's name, whatever its case.
func (p Param) Is(name string) bool { return strings.EqualFold(p.Name, name) }

// Text is what stands after the equals sign, as written.
func (p Param) Text() string { return p.text }

// Value gives the first value, without quotes and with RFC 6868 resolved.
func (p Param) Value() string {
	v, _ := cutValue(p.text)
	return decodeParam(v)
}

// Values gives all values, without quotes and with RFC 6868 resolved.
func (p Param) Values() []string {
	var out []string
	for rest := p.text; ; {
		v, next := cutValue(rest)
		out = append(out, decodeParam(v))
		if next < 0 {
			return out
		}
		rest = rest[next:]
	}
}

// cutValue gives the first of the comma-separated values in s and where the next
// begins, -1 for the last.
func cutValue(s string) (string, int) {
	i := indexUnquoted(s, ',')
	if i < 0 {
		return s, -1
	}
	return s[:i], i + 1
}

// indexUnquoted finds c outside double quotes; an unclosed quote counts for nothing.
func indexUnquoted(s string, c byte) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case c:
			return i
		case '"':
			if j := strings.IndexByte(s[i+1:], '"'); j >= 0 {
				i += j + 1
			}
		}
	}
	return -1
}

// decodeParam takes off the quotes and resolves RFC 6868 (^n, ^', ^^).
func decodeParam(s string) string {
	if strings.IndexByte(s, '"') >= 0 {
		s = strings.ReplaceAll(s, `"`, "")
	}
	if strings.IndexByte(s, '^') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '^' && i+1 < len(s) {
			switch s[i+1] {
			case 'n', 'N':
				b.WriteByte('\n')
				i++
				continue
			case '\'':
				b.WriteByte('"')
				i++
				continue
			case '^':
				b.WriteByte('^')
				i++
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// cutParam takes the first parameter off s.
func cutParam(s string) (p Param, rest string, more bool) {
	if i := indexUnquoted(s, ';'); i >= 0 {
		s, rest, more = s[:i], s[i+1:], true
	}
	p = Param{Raw: s, text: s}
	if i := strings.IndexByte(s, '='); i > 0 {
		p.Name, p.text = strings.TrimSpace(s[:i]), s[i+1:]
	}
	return p, rest, more
}

// EachParam calls f for every parameter in order until f gives false. Empty ones
// (a doubled semicolon) are passed over.
func (l *Line) EachParam(f func(Param) bool) {
	for rest, more := l.params, l.params != ""; more; {
		var p Param
		p, rest, more = cutParam(rest)
		if p.Raw != "" && !f(p) {
			return
		}
	}
}

// Params gives all parameters in order.
func (l *Line) Params() []Param {
	var out []Param
	l.EachParam(func(p Param) bool {
		out = append(out, p)
		return true
	})
	return out
}

// Param gives the first value of the first parameter of that name; "" and false
// where there is none.
func (l *Line) Param(name string) (value string, ok bool) {
	l.EachParam(func(p Param) bool {
		if p.Is(name) {
			value, ok = p.Value(), true
		}
		return !ok
	})
	return value, ok
}
