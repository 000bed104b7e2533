package formats

import (
	"bytes"
	"strings"

	"sidekeep/formats/contentline"
)

// Bounds of what a usual object is.
const (
	usualDepth = 8  // components in each other
	usualName  = 40 // of a component, so that the scanner sees all of its BEGIN line
	knownLines = 256
	knownSize  = 4 << 10 // of one of them
)

// usual is the reader of objects as most programs write them: one VCALENDAR,
// all lines with CRLF or all with LF, nothing folded that can't be, time zones and
// calendar properties that stood in an object before. It reads the bytes once and takes
// the components as they are. Whatever else it meets is left to contentline,
// which understands it; so it may refuse anything, but take only what addAny
// would write byte for byte the same.
type usual struct {
	known map[string]*knownLine // calendar properties by their exact bytes

	body  []byte
	lf    bool               // its lines end in LF alone
	open  [usualDepth][]byte // names of the components around
	depth int
	from  int  // where the component or calendar property began
	own   bool // in a calendar property
	fixed bool // the line can't be continued: BEGIN and END
	colon bool // the line has had its colon
	parts int
	spans []span
	lines []*knownLine
}

// span is a part of a body.
type span struct{ from, to int }

// knownLine is what a property of VCALENDAR means for the head: a property to
// count, or a note to add, or nothing.
type knownLine struct {
	prop *calProp
	note string
}

// learn keeps what addProps decided about a line, so that the same bytes need
// not be understood again.
func (u *usual) learn(l *contentline.Line, p *calProp, note string) {
	if l.Is("VERSION") && strings.TrimSpace(l.Value()) == "1.0" {
		return // it says that the whole object must stand apart, where it comes first
	}
	if len(u.known) < knownLines && len(l.Raw()) < knownSize {
		u.known[string(l.Raw())] = &knownLine{p, note}
	}
}

// read says whether body is such an object; then spans has its components, and
// lines its calendar properties. zone says whether the bytes of a time zone stand
// in the calendar already, under their own name.
func (u *usual) read(body []byte, zone func([]byte) bool) bool {
	u.body, u.depth, u.own, u.fixed, u.colon, u.parts = body, 0, false, true, true, 0
	u.spans, u.lines = u.spans[:0], u.lines[:0]
	crs, n, eol := bytes.Count(body, []byte{'\r'}), 0, 1
	if u.lf = crs == 0; !u.lf {
		eol = 2
	}
	for pos := 0; pos < len(body); n++ {
		i := bytes.IndexByte(body[pos:], '\n')
		if i < eol || (!u.lf && body[pos+i-1] != '\r') {
			return false
		}
		next := pos + i + 1
		line := body[pos : next-eol]
		if line[len(line)-1] == '=' { // it may be a soft line break
			return false
		}
		if line[0] == ' ' || line[0] == '\t' {
			if u.fixed || len(line) == 1 {
				return false
			}
			u.colon = u.colon || bytes.IndexByte(line, ':') >= 0
		} else if !u.line(line, pos, next, zone) {
			return false
		}
		pos = next
	}
	return u.depth == 0 && u.parts > 0 && (u.lf || crs == n)
}

// line takes the first physical line of a logical one, which stands at pos.
func (u *usual) line(line []byte, pos, next int, zone func([]byte) bool) bool {
	if !u.colon || !u.endOwn(pos) {
		return false
	}
	i := 0
	for i < len(line) && nameByte[line[i]] {
		i++
	}
	if i == 0 || i == len(line) || (line[i] != ':' && line[i] != ';') {
		return false
	}
	switch name := line[:i]; {
	case i == 5 && bytes.EqualFold(name, []byte("BEGIN")):
		return name[0] == 'B' && u.begin(line, pos)
	case i == 3 && bytes.EqualFold(name, []byte("END")):
		return name[0] == 'E' && u.end(line, next, zone)
	case u.depth == 0:
		return false
	}
	u.fixed = false
	u.colon = line[i] == ':' || bytes.IndexByte(line[i:], ':') >= 0
	if u.depth == 1 {
		u.own, u.from = true, pos
	}
	return true
}

// endOwn looks up the calendar property that ends at pos, if there is one.
func (u *usual) endOwn(pos int) bool {
	if !u.own {
		return true
	}
	u.own = false
	k := u.known[string(u.body[u.from:pos])]
	if k != nil {
		u.lines = append(u.lines, k)
	}
	return k != nil
}

// begin opens a component. One in another of the same name has lost an END, or
// is a riddle.
func (u *usual) begin(line []byte, pos int) bool {
	name, ok := bytes.CutPrefix(line, []byte("BEGIN:"))
	if !ok || len(name) == 0 || len(name) > usualName || u.depth == usualDepth || (u.depth == 0) != (pos == 0) {
		return false
	}
	for _, c := range name {
		if !nameByte[c] || (c >= 'a' && c <= 'z') {
			return false
		}
	}
	for _, o := range u.open[:u.depth] {
		if bytes.Equal(o, name) {
			return false
		}
	}
	if u.depth == 0 && string(name) != "VCALENDAR" {
		return false
	}
	if u.depth == 1 {
		u.from = pos
	}
	u.open[u.depth] = name
	u.depth++
	u.fixed = true
	return true
}

// end closes the innermost component, which stops at next.
func (u *usual) end(line []byte, next int, zone func([]byte) bool) bool {
	name, ok := bytes.CutPrefix(line, []byte("END:"))
	if !ok || u.depth == 0 || !bytes.Equal(name, u.open[u.depth-1]) {
		return false
	}
	u.depth--
	u.fixed = true
	if u.depth != 1 {
		return true
	}
	if string(name) == "VTIMEZONE" {
		return zone(u.body[u.from:next])
	}
	u.parts++
	if n := len(u.spans); n > 0 && u.spans[n-1].to == u.from {
		u.spans[n-1].to = next
	} else {
		u.spans = append(u.spans, span{u.from, next})
	}
	return true
}

// nameByte has the bytes of a property's name (RFC 5545 section 3.1: iana-token
// and x-name).
var nameByte = func() (set [256]bool) {
	for c := range set {
		set[c] = c == '-' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
	}
	return set
}()
