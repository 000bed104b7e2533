package formats

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"sidekeep/formats/contentline"
	"sidekeep/formats/vcard"
	"sidekeep/sync/pim"
)

// PutField gives newer with one property of older put back: that of the given
// index in Fields(older). It takes the place of the property that Changes sets
// against it, or else stands after the last one of its name. What belongs to it
// comes along: the label of its group (item1.X-ABLabel), and the time zone that it
// names. A property of a reminder or an occurrence that newer no longer has brings
// all of that back. Every other byte of newer stays as it is; where newer has the
// property already, that is every byte.
//
// A line that older does not have, or that tells who the object is (UID) or how it
// is written (VERSION), is Invalid, and so is newer in another encoding (UTF-16).
func PutField(kind pim.Kind, older, newer []byte, line int) (out []byte, err error) {
	const op = "put a field back"
	refuse := func(why string) ([]byte, error) {
		return nil, &pim.Error{Fault: pim.Invalid, Op: op, Err: errors.New(why), Hint: "Put the whole earlier version back instead."}
	}
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, &pim.Error{Fault: pim.Internal, Op: op, Err: fmt.Errorf("%v", r)}
		}
	}()
	d := diff{older: readDocument(older), newer: readDocument(newer)}
	if line < 0 || line >= len(d.older.at) {
		return refuse("the earlier version has no such line")
	}
	from := d.older.at[line]
	switch {
	case !from.line.HasColon() || from.line.Name() == "":
		return refuse("the line is no property")
	case from.line.Is("UID") || from.line.Is("VERSION") || from.line.Is("RECURRENCE-ID") && d.older.main == from.comp:
		return refuse(from.line.Key() + " can't be put back alone")
	case wide(older) || wide(newer):
		return refuse("the versions are written in UTF-16")
	}
	d.match()
	if d.to[from.comp] == nil {
		err = d.putComponent(from.comp)
	} else {
		d.putLine(line, d.to[from.comp])
	}
	if err != nil {
		return refuse(err.Error())
	}
	return append([]byte(nil), d.newer.root.Bytes()...), nil
}

// wide says whether a body is UTF-16.
func wide(body []byte) bool {
	return bytes.IndexByte(body[:min(len(body), 4)], 0) >= 0 || bytes.HasPrefix(body, []byte{0xff, 0xfe}) || bytes.HasPrefix(body, []byte{0xfe, 0xff})
}

// putComponent puts a whole component of older back, where it stood.
func (d *diff) putComponent(c *contentline.Component) error {
	for c.Parent() != nil && d.to[c.Parent()] == nil {
		c = c.Parent()
	}
	into := d.to[c.Parent()]
	if into == nil || c.End() == nil {
		return errors.New("what it stood in is not there")
	}
	d.zones(c)
	text := d.ending(c.Bytes())
	for k := range contentline.Parse(text).Components() {
		into.AppendComponent(k)
		return nil
	}
	return errors.New("it could not be read")
}

// putLine puts one property back into a component of newer.
func (d *diff) putLine(line int, into *contentline.Component) {
	from := d.older.at[line]
	var old *contentline.Line // of newer, whose place it takes
	for _, p := range pairFields(d.older, d.older.of[from.comp], d.newer, d.newer.of[into]) {
		if p.a != line {
			continue
		}
		if p.equal {
			return
		}
		if p.b >= 0 {
			old = d.newer.at[p.b].line
		}
	}
	lines := []*contentline.Line{from.line}
	if g := from.line.Group(); g != "" {
		for l := range from.comp.Lines() {
			if l != from.line && strings.EqualFold(l.Group(), g) && labelOf(l) {
				lines = append(lines, l)
			}
		}
	}
	if old != nil && old.Group() != "" && alone(into, old) {
		for _, l := range groupLabels(into, old.Group()) {
			into.Replace(l)
		}
	}
	lines = d.fit(lines, into, old)
	at := old
	if at == nil {
		for l := range into.All(from.line.Name()) {
			at = l
		}
	}
	switch {
	case old != nil:
		into.Replace(old, lines...)
	case at != nil:
		into.Replace(at, append([]*contentline.Line{at}, lines...)...)
	default:
		into.Append(lines...)
	}
	if tz, ok := from.line.Param("TZID"); ok {
		d.zone(tz)
	}
}

// labelOf says whether a line only tells of the others in its group.
func labelOf(l *contentline.Line) bool { return l.Is("X-ABLabel") || l.Is("X-ABADR") }

func groupLabels(c *contentline.Component, group string) (out []*contentline.Line) {
	for l := range c.Lines() {
		if strings.EqualFold(l.Group(), group) && labelOf(l) {
			out = append(out, l)
		}
	}
	return out
}

// alone says that a line shares its group with nothing but its label.
func alone(c *contentline.Component, of *contentline.Line) bool {
	for l := range c.Lines() {
		if l != of && strings.EqualFold(l.Group(), of.Group()) && !labelOf(l) {
			return false
		}
	}
	return true
}

// fit spells lines of older as newer needs them: with its line ends, in a group
// that is free, and without an encoding that its version does not know.
func (d *diff) fit(lines []*contentline.Line, into *contentline.Component, old *contentline.Line) []*contentline.Line {
	used := map[string]bool{}
	for l := range into.Lines() {
		if l != old {
			used[strings.ToLower(l.Group())] = true
		}
	}
	group := lines[0].Group()
	for n := 1; group != "" && used[strings.ToLower(group)]; n++ {
		group = fmt.Sprintf("item%d", n)
	}
	modern := !strings.HasPrefix(vcard.Version(into), "2") && into.Name() == "VCARD"
	out := make([]*contentline.Line, len(lines))
	for i, l := range lines {
		raw := l.Raw()
		if modern && vcard.EncodingOf(l) == vcard.QuotedPrintable {
			raw = plainLine(l).Raw()
		}
		if l.Group() != "" && len(raw) > len(l.Group()) {
			if at := bytes.Index(raw, []byte(l.Group()+".")); at >= 0 {
				raw = append(append(append([]byte(nil), raw[:at]...), group...), raw[at+len(l.Group()):]...)
			}
		}
		parsed := contentline.Lines(d.ending(raw))
		out[i] = &parsed[0]
	}
	return out
}

// plainLine spells a quoted-printable property in UTF-8.
func plainLine(l *contentline.Line) *contentline.Line {
	name := l.Name()
	if l.Group() != "" {
		name = l.Group() + "." + name
	}
	var params []contentline.Param
	for _, p := range l.Params() {
		bare := strings.ToUpper(strings.TrimSpace(p.Raw))
		switch {
		case p.Is("ENCODING"), p.Is("CHARSET"), p.Bare() && (bare == "QUOTED-PRINTABLE" || bare == "8BIT"):
		case p.Bare():
			params = append(params, contentline.NewParam("TYPE", p.Raw))
		default:
			params = append(params, p)
		}
	}
	return contentline.NewLine(name, vcard.Value(l), params...)
}

// ending gives text with the line ends of newer, and one at its end.
func (d *diff) ending(text []byte) []byte {
	text = append([]byte(nil), text...)
	crlf := bytes.Contains(d.newer.root.Bytes(), []byte("\r\n"))
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	if !bytes.HasSuffix(text, []byte("\n")) {
		text = append(text, '\n')
	}
	if crlf {
		text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	}
	return text
}

// zones brings the time zones along that a component names.
func (d *diff) zones(c *contentline.Component) {
	for l := range c.Lines() {
		if tz, ok := l.Param("TZID"); ok {
			d.zone(tz)
		}
	}
	for k := range c.Components() {
		d.zones(k)
	}
}

// zone brings a time zone of older along where newer does not have it.
func (d *diff) zone(tzid string) {
	find := func(root *contentline.Component) (cal, zone *contentline.Component) {
		for c := range root.Components("VCALENDAR") {
			for z := range c.Components("VTIMEZONE") {
				if z.Value("TZID") == tzid {
					return c, z
				}
			}
			cal = c
		}
		return cal, nil
	}
	_, zone := find(d.older.root)
	cal, there := find(d.newer.root)
	if zone == nil || there != nil || cal == nil || zone.End() == nil {
		return
	}
	for k := range contentline.Parse(d.ending(zone.Bytes())).Components() {
		cal.AppendComponent(k)
		return
	}
}
