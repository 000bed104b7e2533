package formats

import (
	"bytes"
	"strings"

	"sidekeep/formats/contentline"
	"sidekeep/sync/pim"
)

// Change is the difference of one field between two states of an object.
type Change struct {
	What  string // "added", "removed" or "changed"
	Field string // property name in upper case; "VALARM" for a reminder, "VEVENT" and the like for an occurrence
	Title string // the property in words
	Label string // which one: "work, mobile"
	Old   string // decoded; "" where it was added
	New   string // decoded; "" where it was removed
	Text  string // in words: "telephone, work: +47 22 33 44 55 removed"
	Line  int    // index into Fields(older), for putting just it back; -1 where older has none
}

// noise are properties that programs write with every change, or that say nothing
// to a person.
var noise = map[string]bool{
	"REV": true, "DTSTAMP": true, "PRODID": true, "LAST-MODIFIED": true, "SEQUENCE": true, "ACKNOWLEDGED": true,
	"X-MOZ-LASTACK": true, "X-MOZ-GENERATION": true, "X-LIC-ERROR": true, "X-RADICALE-NAME": true,
}

// Changes gives the differences between two states of an object, field by field,
// in words: first those of the described component, then its reminders, then
// changed occurrences, then what stands around them. What programs stamp (REV,
// DTSTAMP, PRODID, LAST-MODIFIED and the like) is mentioned only where nothing
// else changed, and so is a time zone's definition. Equal bytes have no
// difference; others have at least one. It never panics.
func Changes(kind pim.Kind, older, newer []byte) (out []Change) {
	if bytes.Equal(older, newer) {
		return nil
	}
	defer func() {
		if recover() != nil {
			out = append(out, rewritten)
		}
	}()
	d := diff{older: readDocument(older), newer: readDocument(newer)}
	d.match()
	d.all()
	switch {
	case len(d.told) > 0:
		return d.told
	case len(d.minor) > 0:
		return d.minor
	}
	return []Change{rewritten}
}

// rewritten is the difference of bytes that say the same.
var rewritten = Change{What: "changed", Title: "Spelling", Text: "written differently, with the same content", Line: -1}

// document is one state, read.
type document struct {
	reader
	comps []*contentline.Component         // in the order in which they are shown
	of    map[*contentline.Component][]int // the fields of each
}

func readDocument(body []byte) *document {
	d := &document{of: map[*contentline.Component][]int{}}
	d.all(body)
	for i := range d.out {
		c := d.at[i].comp
		if d.of[c] == nil {
			d.comps = append(d.comps, c)
		}
		d.of[c] = append(d.of[c], i)
	}
	return d
}

// diff is a comparison under way.
type diff struct {
	older, newer *document
	to           map[*contentline.Component]*contentline.Component // of older: the same component of newer
	from         map[*contentline.Component]*contentline.Component
	told, minor  []Change
}

func (d *diff) pair(a, b *contentline.Component) {
	if a != nil && b != nil && d.to[a] == nil && d.from[b] == nil {
		d.to[a], d.from[b] = b, a
	}
}

// match says which component of newer is which of older.
func (d *diff) match() {
	d.to = map[*contentline.Component]*contentline.Component{}
	d.from = map[*contentline.Component]*contentline.Component{}
	d.pair(d.older.main, d.newer.main)
	d.pair(d.older.root, d.newer.root)
	d.children(d.older.root, d.newer.root)
	if d.older.main != nil {
		d.children(d.older.main, d.newer.main)
	}
}

// children matches what is nested in two matched components: by its bytes, by
// what it is known by, and what is left over by its order.
func (d *diff) children(a, b *contentline.Component) {
	if a == nil || b == nil {
		return
	}
	for _, same := range []func(x, y *contentline.Component) bool{
		func(x, y *contentline.Component) bool { return bytes.Equal(x.Bytes(), y.Bytes()) },
		func(x, y *contentline.Component) bool { return identity(x) != "" && identity(x) == identity(y) },
		func(x, y *contentline.Component) bool { return !lasting(x) && x.Value("TRIGGER") == y.Value("TRIGGER") },
		func(x, y *contentline.Component) bool { return !lasting(x) },
	} {
		for x := range a.Components() {
			if d.to[x] != nil {
				continue
			}
			for y := range b.Components(x.Name()) {
				if d.from[y] == nil && same(x, y) {
					d.pair(x, y)
					break
				}
			}
		}
	}
	for x := range a.Components() {
		if y := d.to[x]; y != nil && x != d.older.main {
			d.children(x, y)
		}
	}
}

// lasting says that a component without its identity is another one.
func lasting(c *contentline.Component) bool {
	switch c.Name() {
	case "VEVENT", "VTODO", "VJOURNAL", "VTIMEZONE", "VCARD":
		return true
	}
	return false
}

// identity is what a component is known by among its neighbours; "" nothing.
func identity(c *contentline.Component) string {
	switch c.Name() {
	case "VTIMEZONE":
		return c.Value("TZID")
	case "VALARM":
		if uid := c.Value("UID"); uid != "" {
			return uid
		}
		return c.Value("X-WR-ALARMUID")
	case "VEVENT", "VTODO", "VJOURNAL":
		return c.Value("UID") + "\n" + c.Value("RECURRENCE-ID")
	}
	return c.Value("UID")
}

// all gathers the differences of every component.
func (d *diff) all() {
	seen := map[*contentline.Component]bool{}
	for _, c := range d.older.comps {
		seen[d.to[c]] = true
		if d.to[c] == nil {
			d.whole(d.older, c, "removed")
		} else {
			d.component(c, d.to[c])
		}
	}
	for _, c := range d.newer.comps {
		if d.from[c] == nil {
			d.whole(d.newer, c, "added")
		} else if !seen[c] { // in older it has no lines
			d.component(d.from[c], c)
		}
	}
}

// component gathers the differences of one component.
func (d *diff) component(a, b *contentline.Component) {
	m := pairFields(d.older, d.older.of[a], d.newer, d.newer.of[b])
	where := d.prefix(a, d.older)
	for _, p := range m {
		var c Change
		switch {
		case p.equal:
			continue
		case p.b < 0:
			c = gone(&d.older.out[p.a], "removed")
			c.Line = p.a
		case p.a < 0:
			c = gone(&d.newer.out[p.b], "added")
			c.Line = -1
		default:
			c = altered(&d.older.out[p.a], &d.newer.out[p.b])
			c.Line = p.a
		}
		d.add(c, where, a)
	}
}

// add notes a difference in a component of older.
func (d *diff) add(c Change, where string, in *contentline.Component) {
	c.Text = where + c.Text
	switch {
	case noise[c.Field] || in != nil && inside(in, "VTIMEZONE"):
		d.minor = append(d.minor, c)
	case c.Field == "X-ABLABEL" || c.Field == "X-ABADR": // of what it is the label is told
		d.minor = append(d.minor, c)
	default:
		d.told = append(d.told, c)
	}
}

// inside says whether a component is one of that name, or stands in one.
func inside(c *contentline.Component, name string) bool {
	for ; c != nil; c = c.Parent() {
		if c.Name() == name {
			return true
		}
	}
	return false
}

// prefix says of which part of the object a difference is.
func (d *diff) prefix(c *contentline.Component, in *document) string {
	var words []string
	for ; c != nil && c != in.main && c != in.root; c = c.Parent() {
		switch c.Name() {
		case "VALARM":
			words = append([]string{"reminder"}, words...)
		case "VEVENT", "VTODO", "VJOURNAL":
			words = append([]string{occurrence(c, in)}, words...)
		case "VTIMEZONE":
			words = append([]string{"time zone " + oneLine(c.Value("TZID"))}, words...)
		}
	}
	if len(words) == 0 {
		return ""
	}
	return strings.Join(words, ", ") + ": "
}
