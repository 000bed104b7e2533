package formats

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"sidekeep/sync/pim"
)

// scanner counts components in a stream in the plainest way there is: a line
// that begins with BEGIN: opens one, END: closes one. It knows nothing of the
// packages that write.
type scanner struct {
	depth int
	top   int  // components that began at the outermost level
	inner int  // components one level below, VTIMEZONE left out
	low   bool // an END came without its BEGIN
	stray bool // text outside of all components
	line  []byte
	skip  bool // the rest of this line does not matter
}

// feed takes the next bytes.
func (s *scanner) feed(p []byte) {
	for len(p) > 0 {
		if s.skip {
			if p = s.pass(p); len(p) == 0 {
				return
			}
		}
		c := p[0]
		p = p[1:]
		switch {
		case c == '\n' || c == '\r':
			if len(s.line) > 0 && !s.skip {
				s.take()
			}
			s.line, s.skip = s.line[:0], false
		case len(s.line) == 0 && (c == utf8Mark[0] || c == utf8Mark[1] || c == utf8Mark[2]): // a mark may stand first in a file
		default:
			if len(s.line) == 0 && c != 'B' && c != 'b' && c != 'E' && c != 'e' {
				s.skip = true
				s.stray = s.stray || (s.depth == 0 && c != ' ' && c != '\t')
				continue
			}
			if s.line = append(s.line, c); len(s.line) == 64 {
				s.take()
				s.skip = true
			}
		}
	}
}

// pass leaves out the rest of a line, and the lines after it whose first byte
// says that they do not matter either.
func (s *scanner) pass(p []byte) []byte {
	for {
		n := lineEnd(p)
		if n+2 >= len(p) || p[n] != '\r' || p[n+1] != '\n' || matters[p[n+2]] {
			return p[n:]
		}
		p = p[n+2:]
		s.line = s.line[:0]
		s.stray = s.stray || (s.depth == 0 && p[0] != ' ' && p[0] != '\t')
	}
}

// matters has the bytes that make feed look at a line: those of BEGIN and END, of
// a mark, and of a blank line.
var matters = func() (set [256]bool) {
	for _, c := range []byte("BbEe\r\n" + utf8Mark) {
		set[c] = true
	}
	return set
}()

// lineEnd finds the next CR or LF, or the end of p.
func lineEnd(p []byte) int {
	n := bytes.IndexByte(p, '\n')
	if n < 0 {
		n = len(p)
	}
	if i := bytes.IndexByte(p[:n], '\r'); i >= 0 {
		n = i
	}
	return n
}

// take looks at one line.
func (s *scanner) take() {
	word, name, ok := strings.Cut(string(s.line), ":")
	name = strings.TrimSpace(name)
	switch {
	case ok && strings.EqualFold(word, "BEGIN"):
		if s.depth == 0 {
			s.top++
		}
		if s.depth == 1 && !strings.EqualFold(name, "VTIMEZONE") {
			s.inner++
		}
		s.depth++
	case ok && strings.EqualFold(word, "END"):
		if s.depth--; s.depth < 0 {
			s.depth, s.low = 0, true
		}
	case s.depth == 0:
		s.stray = true
	}
}

// end takes the last line, which may have no line end.
func (s *scanner) end() {
	if len(s.line) > 0 && !s.skip {
		s.take()
	}
	s.line = s.line[:0]
}

// countComponents counts the cards of a .vcf, or what stands in the VCALENDAR of
// an .ics, time zones left out.
func countComponents(r io.Reader, kind pim.Kind) (int, error) {
	var s scanner
	buf := make([]byte, 256<<10)
	for {
		n, err := r.Read(buf)
		s.feed(buf[:n])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
	}
	s.end()
	if kind == pim.Contacts {
		return s.top, nil
	}
	if s.top != 1 || s.depth != 0 || s.low {
		return -1, nil
	}
	return s.inner, nil
}

// fromUTF16 makes UTF-8 of a body in UTF-16, which is known by its byte order
// mark or by how BEGIN is spelled. The mark is left out.
func fromUTF16(b []byte) (text []byte, ok bool) {
	if len(b) < 4 {
		return nil, false
	}
	little := false
	switch {
	case b[0] == 0xFF && b[1] == 0xFE:
		little, b = true, b[2:]
	case b[0] == 0xFE && b[1] == 0xFF:
		b = b[2:]
	case (b[0] == 'B' || b[0] == 'b') && b[1] == 0 && b[3] == 0:
		little = true
	case b[0] == 0 && (b[1] == 'B' || b[1] == 'b') && b[2] == 0:
	default:
		return nil, false
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		lo, hi := b[2*i], b[2*i+1]
		if !little {
			lo, hi = hi, lo
		}
		units[i] = uint16(lo) | uint16(hi)<<8
	}
	runes := utf16.Decode(units)
	text = make([]byte, 0, len(b))
	for _, r := range runes {
		text = utf8.AppendRune(text, r)
	}
	return text, len(b)%2 == 0
}

// utf8Mark is the byte order mark of UTF-8.
const utf8Mark = "\xEF\xBB\xBF"

// noteList gathers what was done to objects: each kind of thing once, counted.
type noteList struct {
	order []string
	count map[string]int
}

// add counts a sentence; "%d" in it stands for how often.
func (n *noteList) add(sentence string) { n.addN(sentence, 1) }

func (n *noteList) addN(sentence string, times int) {
	if n.count == nil {
		n.count = map[string]int{}
	}
	if _, ok := n.count[sentence]; !ok {
		n.order = append(n.order, sentence)
	}
	n.count[sentence] += times
}

// words gives the sentences.
func (n *noteList) words() []string {
	var out []string
	for _, s := range n.order {
		out = append(out, strings.Replace(s, "%d", pim.Number(int64(n.count[s])), 1)+".")
	}
	return out
}
