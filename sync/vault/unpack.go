package vault

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"sidekeep/sync/pim"
)

// reader reads summaries as [jsonText] writes them, which encoding/json does ten
// times slower. Text it did not write so is left to that. It is for one goroutine.
//
// The strings of a summary are parts of the text; its Fields may be those of
// another summary with the same ones and must not be changed.
type reader struct {
	s      string
	at     int
	bad    bool
	fields map[string]map[string]int // by their text
}

// maxShapes bounds how many different Fields a reader remembers.
const maxShapes = 4096

// into sets out to a stored summary; out has to be zero.
func (r *reader) into(out *pim.Summary, text string) error {
	r.s, r.at, r.bad = text, 0, false
	out.Percent = -1
	if r.object(func(name byte) { r.member(out, name) }); !r.bad && r.at == len(text) {
		return nil
	}
	var d detail
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return err
	}
	*out = d.summary()
	return nil
}

// member reads the value of one member of a summary.
func (r *reader) member(s *pim.Summary, name byte) {
	switch name {
	case 'T':
		s.Title = r.text()
	case 'c':
		s.Component = r.text()
	case 'u':
		s.UID = r.text()
	case 'f':
		s.Format = r.text()
	case 'n':
		s.Names = r.list()
	case 'e':
		s.Emails = r.list()
	case 't':
		s.Phones = r.list()
	case 'o':
		s.Orgs = r.list()
	case 's':
		s.Start = r.when()
	case 'z':
		s.End = r.when()
	case 'd':
		s.Due = r.when()
	case 'r':
		s.RRule = r.text()
	case 'R':
		s.Recurs = r.flag()
	case 'S':
		s.Status = r.text()
	case 'C':
		s.Completed = r.flag()
	case 'p':
		s.Percent = int(r.number())
	case 'P':
		s.Priority = int(r.number())
	case 'l':
		s.Location = r.text()
	case 'h':
		s.HasPhoto = r.flag()
	case 'w':
		s.Producer = r.text()
	case 'x':
		s.Fields = r.counts()
	case 'y':
		s.Problems = r.list()
	default:
		r.bad = true
	}
}

// next moves over one byte that must be there.
func (r *reader) next(c byte) {
	if r.at < len(r.s) && r.s[r.at] == c {
		r.at++
		return
	}
	r.bad = true
}

func (r *reader) is(c byte) bool { return r.at < len(r.s) && r.s[r.at] == c }

// object reads an object whose members have names of one letter.
func (r *reader) object(member func(name byte)) {
	r.next('{')
	for first := true; !r.bad && !r.is('}'); first = false {
		if !first {
			r.next(',')
		}
		if r.bad || r.at+4 > len(r.s) || r.s[r.at] != '"' || r.s[r.at+2] != '"' || r.s[r.at+3] != ':' {
			r.bad = true
			return
		}
		r.at += 4
		member(r.s[r.at-3])
	}
	r.next('}')
}

func (r *reader) text() string {
	r.next('"')
	if r.bad {
		return ""
	}
	from := r.at
	n := strings.IndexByte(r.s[from:], '"')
	if n < 0 {
		r.bad = true
		return ""
	}
	s := r.s[from : from+n]
	if strings.IndexByte(s, '\\') < 0 {
		r.at = from + n + 1
		return s
	}
	return r.escaped(from)
}

// escaped reads a string with escapes in it, which begins at from.
func (r *reader) escaped(from int) string {
	end := from
	for end < len(r.s) && r.s[end] != '"' {
		if r.s[end] == '\\' {
			end++
		}
		end++
	}
	var s string
	if end >= len(r.s) || json.Unmarshal([]byte(r.s[from-1:end+1]), &s) != nil {
		r.bad = true
		return ""
	}
	r.at = end + 1
	return s
}

func (r *reader) list() []string {
	r.next('[')
	if r.bad {
		return nil
	}
	first := r.text()
	if r.is(']') {
		r.at++
		return []string{first}
	}
	out := append(make([]string, 0, 4), first)
	for !r.bad && !r.is(']') {
		r.next(',')
		out = append(out, r.text())
	}
	r.next(']')
	return out
}

func (r *reader) flag() bool {
	if strings.HasPrefix(r.s[r.at:], "true") {
		r.at += 4
		return true
	}
	r.bad = true
	return false
}

func (r *reader) number() (n int64) {
	minus := r.is('-')
	if minus {
		r.at++
	}
	from := r.at
	for r.at < len(r.s) && r.s[r.at]-'0' <= 9 {
		n = n*10 + int64(r.s[r.at]-'0')
		r.at++
	}
	if digits := r.at - from; digits == 0 || digits > 18 {
		r.bad = true
	}
	if minus {
		return -n
	}
	return n
}

func (r *reader) when() *pim.When {
	w := &pim.When{}
	var t int64
	r.object(func(name byte) {
		switch name {
		case 't':
			t = r.number()
		case 'z':
			w.TZID = r.text()
		case 'd':
			w.DateOnly = r.flag()
		case 'f':
			w.Floating = r.flag()
		default:
			r.bad = true
		}
	})
	w.At = time.Unix(t, 0).UTC()
	return w
}

// counts reads numbers by name. Of those that are equal there are many.
func (r *reader) counts() map[string]int {
	n := strings.IndexByte(r.s[r.at:], '}')
	if n < 0 {
		r.bad = true
		return nil
	}
	shape := r.s[r.at : r.at+n+1] // longer than that if a name has a brace in it: then it is not used
	if m, ok := r.fields[shape]; ok {
		r.at += n + 1
		return m
	}
	from := r.at
	m := map[string]int{}
	r.next('{')
	for first := true; !r.bad && !r.is('}'); first = false {
		if !first {
			r.next(',')
		}
		name := r.text()
		r.next(':')
		m[strings.Clone(name)] = int(r.number())
	}
	r.next('}')
	if r.fields == nil {
		r.fields = map[string]map[string]int{}
	}
	if !r.bad && r.at == from+n+1 && len(r.fields) < maxShapes && utf8.ValidString(shape) {
		r.fields[strings.Clone(shape)] = m
	}
	return m
}
