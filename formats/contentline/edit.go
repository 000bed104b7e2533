package contentline

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// foldAt is how many octets a line that we write may have, without its line end
// (RFC 5545 section 3.1, RFC 6350 section 3.2).
const foldAt = 75

// NewParam makes a parameter, quoted where its value needs it and with RFC 6868
// for what can't be quoted. An empty name makes the bare value of vCard 2.1.
func NewParam(name, value string) Param {
	v := value
	if strings.ContainsAny(v, "^\"\n\r") {
		v = strings.NewReplacer("^", "^^", `"`, "^'", "\r\n", "^n", "\n", "^n", "\r", "^n").Replace(v)
	}
	if strings.ContainsAny(v, ":;,") {
		v = `"` + v + `"`
	}
	if name == "" {
		return Param{Raw: v, text: v}
	}
	return Param{Raw: name + "=" + v, Name: name, text: v}
}

// NewLine makes a property in UTF-8: name may have a group ("item1.TEL"), value
// is raw (see EscapeText). It ends in CRLF and is folded at 75 octets. Line ends
// in the value become \n: a value can never make a second line.
func NewLine(name, value string, params ...Param) *Line {
	var b strings.Builder
	b.WriteString(name)
	for _, p := range params {
		b.WriteByte(';')
		b.WriteString(p.Raw)
	}
	b.WriteByte(':')
	b.WriteString(value)
	return render(b.String(), utf8Text)
}

// WithValue gives the same property with another raw value.
func (l *Line) WithValue(value string) *Line {
	return render(l.head()+":"+value, l.enc)
}

// WithParam gives the same property with the parameter set: in the place of the
// first of that name, at the end where there was none. The others keep their
// spelling.
func (l *Line) WithParam(name, value string) *Line {
	p := NewParam(name, value)
	var parts []string
	done := false
	l.EachParam(func(q Param) bool {
		switch {
		case !q.Is(name):
			parts = append(parts, q.Raw)
		case !done:
			parts, done = append(parts, p.Raw), true
		}
		return true
	})
	if !done {
		parts = append(parts, p.Raw)
	}
	head := l.name
	if l.group != "" {
		head = l.group + "." + head
	}
	return render(head+";"+strings.Join(parts, ";")+":"+l.value, l.enc)
}

// head is the text before the colon, unfolded.
func (l *Line) head() string {
	s := l.name
	if l.group != "" {
		s = l.group + "." + s
	}
	if l.params != "" {
		s += ";" + l.params
	}
	return s
}

// render makes a line of its unfolded text.
func render(text string, enc encoding) *Line {
	if strings.ContainsAny(text, "\r\n") {
		text = strings.NewReplacer("\r\n", `\n`, "\n", `\n`, "\r", `\n`).Replace(text)
	}
	raw := encode(Fold(nil, text), enc)
	l := &Line{raw: raw, enc: enc}
	l.tokenise(text, false)
	return l
}

// Fold appends one content line to dst: folded at 75 octets, never inside a
// character, ended by CRLF. text has no line ends.
func Fold(dst []byte, text string) []byte {
	room := foldAt
	for len(text) > room {
		n := room
		for n > room-utf8.UTFMax && n > 1 && !utf8.RuneStart(text[n]) {
			n--
		}
		dst = append(dst, text[:n]...)
		dst = append(dst, "\r\n "...)
		text, room = text[n:], foldAt-1
	}
	dst = append(dst, text...)
	return append(dst, "\r\n"...)
}

// encode spells UTF-8 bytes in the encoding of the body they go into.
func encode(b []byte, enc encoding) []byte {
	if enc == utf8Text {
		return b
	}
	out := make([]byte, 0, 2*len(b))
	for _, u := range utf16.Encode([]rune(string(b))) {
		if enc == utf16LE {
			out = append(out, byte(u), byte(u>>8))
		} else {
			out = append(out, byte(u>>8), byte(u))
		}
	}
	return out
}

// touch marks the component and all around it as changed.
func (c *Component) touch() {
	for ; c != nil; c = c.parent {
		c.edited = true
	}
}

// indexLine gives the place of the node with that line, -1 if it is not here.
func (c *Component) indexLine(l *Line) int {
	for i, n := range c.nodes {
		if n.Line == l {
			return i
		}
	}
	return -1
}

// splice puts nodes in the place of those from i to j.
func (c *Component) splice(i, j int, with []Node) {
	out := make([]Node, 0, len(c.nodes)-(j-i)+len(with)+1)
	out = append(out, c.nodes[:i]...)
	if before := c.before(i); len(with) > 0 && before != nil && !before.ended() {
		out = append(out, Node{Line: &Line{raw: encode([]byte("\r\n"), before.enc), enc: before.enc}})
	}
	out = append(out, with...)
	out = append(out, c.nodes[j:]...)
	for _, n := range with {
		if n.Comp != nil {
			n.Comp.parent = c
		}
	}
	c.nodes = out
	c.touch()
}

// before gives the line in front of the node at i, or nil.
func (c *Component) before(i int) *Line {
	if i == 0 {
		return c.begin
	}
	if n := c.nodes[i-1]; n.Line != nil {
		return n.Line
	}
	return c.nodes[i-1].Comp.last()
}

// last is the component's last line.
func (c *Component) last() *Line {
	if c.end != nil {
		return c.end
	}
	return c.before(len(c.nodes))
}

// ended says whether the line has a line end; the last of a body may lack it.
func (l *Line) ended() bool {
	b := l.raw
	switch {
	case len(b) == 0:
		return true
	case l.enc == utf16LE && len(b) > 1:
		return (b[len(b)-2] == '\n' || b[len(b)-2] == '\r') && b[len(b)-1] == 0
	}
	return b[len(b)-1] == '\n' || b[len(b)-1] == '\r'
}

func lineNodes(lines []*Line) []Node {
	out := make([]Node, len(lines))
	for i, l := range lines {
		out[i] = Node{Line: l}
	}
	return out
}

// Replace puts new lines in the place of old, which must be one of the
// component's own; false where it is not. No new line removes it.
func (c *Component) Replace(old *Line, with ...*Line) bool {
	i := c.indexLine(old)
	if i < 0 {
		return false
	}
	c.splice(i, i+1, lineNodes(with))
	return true
}

// InsertBefore puts new lines in front of one of the component's own; with a nil
// or unknown line they come first.
func (c *Component) InsertBefore(at *Line, lines ...*Line) {
	i := max(c.indexLine(at), 0)
	c.splice(i, i, lineNodes(lines))
}

// Append puts new lines at the end, before END.
func (c *Component) Append(lines ...*Line) {
	c.splice(len(c.nodes), len(c.nodes), lineNodes(lines))
}

// AppendComponent puts a component at the end, before END. It may come from
// another tree; it then belongs to both and must not be edited any more.
func (c *Component) AppendComponent(k *Component) {
	c.splice(len(c.nodes), len(c.nodes), []Node{{Comp: k}})
}

// RemoveComponent takes a direct child out; false where it is not one.
func (c *Component) RemoveComponent(k *Component) bool {
	for i, n := range c.nodes {
		if n.Comp == k {
			c.splice(i, i+1, nil)
			return true
		}
	}
	return false
}
