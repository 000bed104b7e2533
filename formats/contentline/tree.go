package contentline

import (
	"io"
	"iter"
	"strings"
)

// maxDepth bounds how deep components nest; a BEGIN below it is a plain line.
const maxDepth = 64

// Node is one thing in a component: a Line or a Component, the other is nil.
type Node struct {
	Line *Line
	Comp *Component
}

// Component is what stands between a BEGIN and its END. The root, which Parse
// gives, has no name and neither BEGIN nor END; it holds everything.
type Component struct {
	name   string // upper case
	begin  *Line
	end    *Line // nil where END is missing
	nodes  []Node
	parent *Component
	raw    []byte // of all of it; valid while !edited
	edited bool
	enc    encoding
}

// Parse reads body. It never fails: what is no content line is kept as text.
// Parse(b).Bytes() is b for every b. body must not change while the tree is used.
func Parse(body []byte) *Component {
	lines, enc := lex(body)
	return build(body, lines, enc)
}

// Lines reads body as a flat list of logical lines, BEGIN and END among them.
func Lines(body []byte) []Line {
	lines, _ := lex(body)
	return lines
}

// open is a component whose END has not come yet.
type open struct {
	comp  *Component
	first int // its first node in the scratch list
	start int // of its raw bytes
}

// builder makes the tree: nodes wait in scratch until their component closes.
type builder struct {
	body    []byte
	comps   []Component // room for all of them, so that pointers stay good
	scratch []Node
	arena   []Node // room for all nodes
	stack   []open
	lines   []Line
	balance map[string]int // BEGINs less ENDs by name; nil until it is asked for
}

func build(body []byte, lines []Line, enc encoding) *Component {
	n := 1
	for i := range lines {
		if lines[i].Is("BEGIN") {
			n++
		}
	}
	b := builder{
		body:    body,
		lines:   lines,
		comps:   make([]Component, 0, n),
		scratch: make([]Node, 0, len(lines)),
		arena:   make([]Node, 0, len(lines)+n),
		stack:   make([]open, 0, min(n, maxDepth)),
	}
	root := b.push(nil, "", 0)
	root.enc = enc
	pos := 0
	for i := range lines {
		l := &lines[i]
		start := pos
		pos += len(l.raw)
		switch {
		case l.Is("BEGIN") && l.colon:
			b.begin(l, start)
		case l.Is("END") && l.colon && b.end(l, pos):
		default:
			b.scratch = append(b.scratch, Node{Line: l})
		}
	}
	for len(b.stack) > 0 {
		b.pop(pos)
	}
	return root
}

// isOpen says whether a component of that name waits for its END.
func (b *builder) isOpen(name string) bool {
	for i := len(b.stack) - 1; i > 0; i-- {
		if b.stack[i].comp.name == name {
			return true
		}
	}
	return false
}

// unclosed says whether fewer components of that name end than begin.
func (b *builder) unclosed(name string) bool {
	if b.balance == nil {
		b.balance = make(map[string]int)
		for i := range b.lines {
			switch l := &b.lines[i]; {
			case l.Is("BEGIN"):
				b.balance[strings.ToUpper(strings.TrimSpace(l.value))]++
			case l.Is("END"):
				b.balance[strings.ToUpper(strings.TrimSpace(l.value))]--
			}
		}
	}
	return b.balance[name] > 0
}

func (b *builder) push(l *Line, name string, start int) *Component {
	b.comps = append(b.comps, Component{name: name, begin: l})
	c := &b.comps[len(b.comps)-1]
	if n := len(b.stack); n > 0 {
		c.parent = b.stack[n-1].comp
		c.enc = c.parent.enc
	}
	b.stack = append(b.stack, open{c, len(b.scratch), start})
	return c
}

// pop closes the innermost component; its bytes end at stop.
func (b *builder) pop(stop int) {
	o := b.stack[len(b.stack)-1]
	b.stack = b.stack[:len(b.stack)-1]
	from := len(b.arena)
	b.arena = append(b.arena, b.scratch[o.first:]...)
	o.comp.nodes = b.arena[from:len(b.arena):len(b.arena)]
	o.comp.raw = b.body[o.start:stop:stop]
	b.scratch = b.scratch[:o.first]
	if len(b.stack) > 0 {
		b.scratch = append(b.scratch, Node{Comp: o.comp})
	}
}

// begin opens a component. One of the same name that is still open lost its END,
// unless as many of them end as begin: then cards are nested, as in AGENT (vCard 2.1).
func (b *builder) begin(l *Line, start int) {
	name := strings.ToUpper(strings.TrimSpace(l.value))
	if b.isOpen(name) && b.unclosed(name) {
		b.closeTo(name, start)
	}
	if len(b.stack) >= maxDepth {
		b.scratch = append(b.scratch, Node{Line: l})
		return
	}
	b.push(l, name, start)
}

// end closes the innermost component of that name and all that lost their END
// inside it. false: there is none, the line is a stray.
func (b *builder) end(l *Line, stop int) bool {
	name := strings.TrimSpace(l.value)
	for i := len(b.stack) - 1; i > 0; i-- {
		if !strings.EqualFold(b.stack[i].comp.name, name) {
			continue
		}
		for len(b.stack) > i+1 {
			b.pop(stop - len(l.raw))
		}
		b.stack[i].comp.end = l
		b.pop(stop)
		return true
	}
	return false
}

// closeTo closes the innermost open component of that name, if there is one.
func (b *builder) closeTo(name string, stop int) {
	for i := len(b.stack) - 1; i > 0; i-- {
		if b.stack[i].comp.name == name {
			for len(b.stack) > i {
				b.pop(stop)
			}
			return
		}
	}
}

// Name is the component's name in upper case: "VEVENT"; "" for the root.
func (c *Component) Name() string { return c.name }

// Begin and End are the lines around it; nil for the root and where END is missing.
func (c *Component) Begin() *Line { return c.begin }

// End is the line that closes the component; nil for the root and where it is missing.
func (c *Component) End() *Line { return c.end }

// Parent is the component around this one; nil for the root.
func (c *Component) Parent() *Component { return c.parent }

// Nodes gives everything between BEGIN and END in order, blank lines too. The
// slice must not be changed; edit with Replace, Insert, Append and Remove.
func (c *Component) Nodes() []Node { return c.nodes }

// Lines gives the component's own lines in order, blank ones and strays too.
func (c *Component) Lines() iter.Seq[*Line] {
	return func(yield func(*Line) bool) {
		for i := range c.nodes {
			if l := c.nodes[i].Line; l != nil && !yield(l) {
				return
			}
		}
	}
}

// All gives the component's own properties of that name, whatever its case.
func (c *Component) All(name string) iter.Seq[*Line] {
	return func(yield func(*Line) bool) {
		for i := range c.nodes {
			if l := c.nodes[i].Line; l != nil && l.Is(name) && !yield(l) {
				return
			}
		}
	}
}

// Get gives the first property of that name, or nil.
func (c *Component) Get(name string) *Line {
	for l := range c.All(name) {
		return l
	}
	return nil
}

// Value gives the raw value of the first property of that name, or "".
func (c *Component) Value(name string) string {
	if l := c.Get(name); l != nil {
		return l.value
	}
	return ""
}

// Components gives the direct children of these names (upper case), of all names
// if none are given.
func (c *Component) Components(names ...string) iter.Seq[*Component] {
	return func(yield func(*Component) bool) {
		for i := range c.nodes {
			k := c.nodes[i].Comp
			if k == nil || !named(k.name, names) {
				continue
			}
			if !yield(k) {
				return
			}
		}
	}
}

func named(name string, names []string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return len(names) == 0
}

// Bytes gives the component's exact bytes, BEGIN and END included. Where nothing
// was edited they are those given to Parse, not a copy: they must not be changed.
func (c *Component) Bytes() []byte {
	if !c.edited {
		return c.raw
	}
	return c.AppendTo(make([]byte, 0, len(c.raw)+256))
}

// AppendTo appends the component's exact bytes to dst.
func (c *Component) AppendTo(dst []byte) []byte {
	if !c.edited {
		return append(dst, c.raw...)
	}
	if c.begin != nil {
		dst = append(dst, c.begin.raw...)
	}
	for _, n := range c.nodes {
		if n.Line != nil {
			dst = append(dst, n.Line.raw...)
		} else {
			dst = n.Comp.AppendTo(dst)
		}
	}
	if c.end != nil {
		dst = append(dst, c.end.raw...)
	}
	return dst
}

// WriteTo writes the component's exact bytes.
func (c *Component) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(c.Bytes())
	return int64(n), err
}
