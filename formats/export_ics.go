package formats

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"sidekeep/formats/archive"
	"sidekeep/formats/contentline"
)

// Bounds of what is gathered in memory for the head of a calendar.
const (
	maxCalProps     = 2000
	maxCalPropBytes = 1 << 20
)

// icsWriter writes a calendar: one VCALENDAR with the components of all objects. They
// wait in a spool until it is known which time zones and calendar properties
// stand before them, because readers that go through a file once want to know a
// zone before it is used.
type icsWriter struct {
	w       io.Writer
	s       *Source
	version string
	body    spool // components
	zones   spool // VTIMEZONEs

	// names is which body stands under a TZID; bodies is what a TZID and a body
	// are called.
	names  map[string][32]byte
	same   map[string]zoneKey // by the exact bytes; holds only some
	bodies map[zoneKey]string
	props  map[string]*calProp // calendar properties by their text
	order  []*calProp
	size   int // of all props
	total  int // objects
	n      int // components
	list   noteList
	buf    []byte
	usual  usual
}

// calProp is a property of VCALENDAR, with how many objects have it.
type calProp struct {
	name, text string
	objects    int
}

func newICS(w io.Writer, a *archive.Archive, s *Source, version string) *icsWriter {
	return &icsWriter{
		w: w, s: s, version: version, body: spool{a: a}, zones: spool{a: a},
		names: map[string][32]byte{}, same: map[string]zoneKey{}, bodies: map[zoneKey]string{}, props: map[string]*calProp{},
		usual: usual{known: map[string]*knownLine{}},
	}
}

func (c *icsWriter) notes() *noteList { return &c.list }

func (c *icsWriter) close() {
	c.body.close()
	c.zones.close()
}

func (c *icsWriter) add(b Body) (string, error) {
	body := b.Bytes
	text, wide := fromUTF16(body)
	if wide {
		body = text
	}
	body = bytes.TrimPrefix(body, []byte(utf8Mark))
	if !utf8.Valid(body) {
		return "its text is not UTF-8", nil
	}
	if !wide && c.usual.read(body, c.hasZone) {
		return "", c.addUsual(body)
	}
	return c.addAny(body, wide)
}

// hasZone says whether the exact bytes of a VTIMEZONE stand in the calendar
// already, under their own name.
func (c *icsWriter) hasZone(raw []byte) bool {
	k, ok := c.same[string(raw)]
	if !ok {
		return false
	}
	name, ok := c.bodies[k]
	return ok && name == k.tzid
}

// addUsual takes an object that usual has read.
func (c *icsWriter) addUsual(body []byte) error {
	for _, l := range c.usual.lines {
		if l.prop != nil {
			l.prop.objects++
		}
		if l.note != "" {
			c.list.add(l.note)
		}
	}
	c.total++
	c.n += c.usual.parts
	for _, s := range c.usual.spans {
		part := body[s.from:s.to]
		if c.usual.lf {
			c.buf = appendCRLF(c.buf[:0], part)
			part = c.buf
		}
		if _, err := c.body.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// appendCRLF appends text, which has LF at its line ends, with CRLF there.
func appendCRLF(dst, text []byte) []byte {
	for line := range bytes.Lines(text) {
		dst = append(append(dst, line[:len(line)-1]...), "\r\n"...)
	}
	return dst
}

// addAny takes an object of any make. wide says that it was in UTF-16.
func (c *icsWriter) addAny(body []byte, wide bool) (string, error) {
	root := contentline.Parse(body)
	var lines tally
	parts, cals, reason := mergeable(root, &lines)
	if reason != "" {
		return reason, nil
	}
	renamed, reason, err := c.addZones(root, cals)
	if err != nil || reason != "" {
		return reason, err
	}
	plain := len(renamed) == 0 && lines.plain(body)
	c.buf = c.buf[:0]
	for _, p := range parts {
		raw := p.Bytes()
		if plain && raw[0] != ' ' && raw[0] != '\t' && raw[len(raw)-1] == '\n' {
			c.buf = append(c.buf, raw...)
		} else {
			c.buf = appendComponent(c.buf, p, renamed)
		}
	}
	if !stands(c.buf, len(parts)) {
		return "its parts do not fit into each other", nil
	}
	if wide {
		c.list.add("%d in UTF-16, written as UTF-8")
	}
	if len(renamed) > 0 {
		c.list.add("%d objects have a time zone whose rules differ from those of the same name in other objects; their time zone was renamed")
	}
	for _, cal := range cals {
		c.addProps(cal)
	}
	c.total++
	c.n += len(parts)
	_, err = c.body.Write(c.buf)
	return "", err
}

// stands says whether the plainest reader finds n whole components in text, and
// nothing else: what it does not, such as a BEGIN that is folded, would be
// counted otherwise after writing than before.
func stands(text []byte, n int) bool {
	var s scanner
	s.feed(text)
	s.end()
	return s.top == n && s.depth == 0 && !s.low && !s.stray
}

// mergeable gives what of an object goes into a calendar with others, or why it
// can't.
func mergeable(root *contentline.Component, lines *tally) (parts, cals []*contentline.Component, reason string) {
	for _, n := range root.Nodes() {
		switch {
		case n.Line != nil && !n.Line.Blank():
			return nil, nil, "there is text outside of its calendar"
		case n.Line != nil:
		case n.Comp.Name() == "VCALENDAR":
			cals = append(cals, n.Comp)
			if v := strings.TrimSpace(n.Comp.Value("VERSION")); v == "1.0" {
				return nil, nil, "it is vCalendar 1.0, which has other rules than the rest of the file"
			}
			for k := range n.Comp.Components() {
				if k.Name() != "VTIMEZONE" {
					parts = append(parts, k)
				}
			}
		case strings.HasPrefix(n.Comp.Name(), "V") && n.Comp.Name() != "VCARD":
			if n.Comp.Name() != "VTIMEZONE" {
				parts = append(parts, n.Comp) // an event without its calendar
			}
		default:
			return nil, nil, "it is no iCalendar"
		}
	}
	if len(parts) == 0 {
		return nil, nil, "it has no event, task or journal"
	}
	return parts, cals, damage(root, lines)
}

// damage says what in a component would keep strict programs from reading a file
// that has it. A calendar without its own end is none: its END is not written.
func damage(c *contentline.Component, lines *tally) string {
	open := c.End() == nil && (c.Name() != "VCALENDAR" || c.Parent().Begin() != nil)
	if c.Begin() != nil && (open || c.Begin().RawParams() != "" || c.Name() == "") {
		return "a part of it has no end"
	}
	for _, n := range c.Nodes() {
		switch l := n.Line; {
		case l == nil:
			if s := damage(n.Comp, lines); s != "" {
				return s
			}
		case l.Blank():
			lines.blank++
		case l.Name() == "" || !l.HasColon():
			return "it has a line that is no property"
		case l.Is("BEGIN") || l.Is("END"):
			return "its parts do not fit into each other"
		default:
			lines.logical++
		}
	}
	for _, l := range []*contentline.Line{c.Begin(), c.End()} {
		if l != nil {
			lines.logical++
		}
	}
	return ""
}

// tally counts the lines of an object.
type tally struct{ logical, blank int }

// plain says whether a body can be copied as it is: every line ends in CRLF, none
// is blank, and what continues a line is indented as it should be.
func (n *tally) plain(body []byte) bool {
	lf := bytes.Count(body, []byte{'\n'})
	return n.blank == 0 && lf == bytes.Count(body, []byte{'\r'}) && lf == bytes.Count(body, []byte("\r\n")) &&
		lf-bytes.Count(body, []byte("\n "))-bytes.Count(body, []byte("\n\t")) == n.logical && !bytes.Contains(body, []byte("\n \r"))
}

// appendComponent writes a component line by line: CRLF everywhere, no blank
// lines, and uses of renamed time zones with their new name.
func appendComponent(dst []byte, p *contentline.Component, renamed map[string]string) []byte {
	dst = appendLine(dst, p.Begin(), nil)
	for _, n := range p.Nodes() {
		switch {
		case n.Comp != nil:
			dst = appendComponent(dst, n.Comp, renamed)
		case !n.Line.Blank():
			dst = appendLine(dst, n.Line, renamed)
		}
	}
	return appendLine(dst, p.End(), nil)
}

// appendLine writes one line with its own folds where they are such as RFC 5545
// section 3.1 has them, else folded anew.
func appendLine(dst []byte, l *contentline.Line, renamed map[string]string) []byte {
	if len(renamed) > 0 {
		if id, ok := l.Param("TZID"); ok {
			if name, ok := renamed[id]; ok {
				return append(dst, l.WithParam("TZID", name).Raw()...)
			}
		}
	}
	raw, at := bytes.TrimLeft(l.Raw(), " \t"), len(dst)
	for rest, first := raw, true; len(rest) > 0; first = false {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			i = len(rest) - 1
		}
		part := bytes.TrimRight(rest[:i+1], "\r\n")
		rest = rest[i+1:]
		if (!first && (len(part) < 2 || (part[0] != ' ' && part[0] != '\t'))) || bytes.IndexByte(part, '\r') >= 0 {
			return contentline.Fold(dst[:at], lineText(l))
		}
		dst = append(append(dst, part...), "\r\n"...)
	}
	return dst
}

// lineText is a line unfolded.
func lineText(l *contentline.Line) string {
	s := l.Name()
	if g := l.Group(); g != "" {
		s = g + "." + s
	}
	if p := l.RawParams(); p != "" {
		s += ";" + p
	}
	return s + ":" + strings.ReplaceAll(l.Value(), "\r", "")
}
