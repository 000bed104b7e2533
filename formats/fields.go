package formats

import (
	"fmt"
	"strings"

	"sidekeep/formats/contentline"
	"sidekeep/formats/vcard"
	"sidekeep/sync/pim"
)

// Field is one property of an object, decoded for reading. All of it is valid
// UTF-8.
type Field struct {
	Component string // where it stands: "VCARD", "VEVENT", "VEVENT/VALARM"; "" outside any
	Part      int    // 0: the described component and what stands around it; 1, 2, ...: further ones, such as changed occurrences
	Name      string // in upper case: "TEL"; "" for a line that is no property
	Title     string // the property in words: "Telephone"
	Label     string // which one: "work, mobile", or an X-ABLabel; may be empty
	Value     string // decoded; of a photo "JPEG, 12 KB"
	Type      string // text, phone, email, url, date, address, photo, key, other
	Group     string // "item1" of "item1.TEL"
	Params    []Param
	Raw       string // the line as it stands, unfolded
}

// Param is one parameter of a property. A bare value of vCard 2.1 has no Name.
type Param struct{ Name, Value string }

// maxFields bounds how many fields are given: far more than any real object has,
// and no more than can be shown.
const maxFields = 20_000

// Fields gives every property of the object, nothing hidden: the described
// component first with all that is nested in it, then further components, then
// what stands around them (VERSION, PRODID) and time zones; each in its own
// order. It never panics; what can't be read is given as it stands.
func Fields(kind pim.Kind, body []byte) (out []Field) {
	r := reader{}
	defer func() {
		if recover() != nil {
			out = r.out
		}
	}()
	r.all(body)
	if r.more > 0 {
		r.out = append(r.out, Field{Title: titleOf(""), Type: "other",
			Value: fmt.Sprintf("%d more lines are not shown here; the text of the object has them all", r.more)})
	}
	return r.out
}

// all reads every property of an object.
func (r *reader) all(body []byte) {
	root := contentline.Parse(body)
	r.root = root
	main, _ := pick(root)
	r.main = main
	if main == nil || main == root {
		r.read(root, "")
	} else {
		r.read(main, main.Name())
		r.skip = main
		r.rest(root, "")
		for _, tz := range r.zones {
			r.read(tz, "VTIMEZONE")
		}
	}
}

// Photo gives the first photo that is embedded in a card: its bytes and what kind
// of image they are. ok is false where there is none, or only a link to one.
func Photo(body []byte) (data []byte, mime string, ok bool) {
	defer func() {
		if recover() != nil {
			data, mime, ok = nil, "", false
		}
	}()
	root := contentline.Parse(body)
	for _, c := range append([]*contentline.Component{root}, collect(root)...) {
		for l := range c.All("PHOTO") {
			if data, mime, ok = vcard.Binary(l); ok {
				return data, mime, true
			}
		}
	}
	return nil, "", false
}

// collect gives the direct children.
func collect(root *contentline.Component) []*contentline.Component {
	var out []*contentline.Component
	for c := range root.Components() {
		out = append(out, c)
	}
	return out
}

// reader turns lines into fields.
type reader struct {
	root  *contentline.Component
	main  *contentline.Component // the described one; nil: there is none
	skip  *contentline.Component // read already
	zones []*contentline.Component
	out   []Field
	at    []place // of each field
	part  int     // of the component that is being read
	parts int     // further components so far
	more  int     // lines beyond maxFields
}

// rest reads what is left: first components, then the lines around them.
func (r *reader) rest(c *contentline.Component, path string) {
	for k := range c.Components() {
		switch {
		case k == r.skip:
		case k.Name() == "VTIMEZONE":
			r.zones = append(r.zones, k)
		case k.Name() == "VCALENDAR":
			r.rest(k, join(path, k.Name()))
		default:
			r.parts++
			r.part = r.parts
			r.read(k, join(path, k.Name()))
			r.part = 0
		}
	}
	r.lines(c, path)
}

func join(path, name string) string {
	if path == "" || path == "VCALENDAR" {
		return name
	}
	return path + "/" + name
}

// read reads a component and all that is nested in it, in order.
func (r *reader) read(c *contentline.Component, path string) {
	r.lines(c, path)
	for k := range c.Components() {
		r.read(k, join(path, k.Name()))
	}
}

// lines reads a component's own lines.
func (r *reader) lines(c *contentline.Component, path string) {
	labels := vcard.GroupLabels(c)
	for l := range c.Lines() {
		if l.Blank() {
			continue
		}
		if len(r.out) >= maxFields {
			r.more++
			continue
		}
		f := Field{Component: vcard.UTF8(path), Part: r.part, Name: vcard.UTF8(l.Key()), Group: vcard.UTF8(l.Group()), Raw: vcard.UTF8(l.Text())}
		l.EachParam(func(p contentline.Param) bool {
			f.Params = append(f.Params, Param{vcard.UTF8(p.Name), vcard.UTF8(strings.Join(p.Values(), ", "))})
			return true
		})
		f.Title = titleOf(f.Name)
		f.Type = typeOf(f.Name)
		r.value(&f, l, strings.HasPrefix(path, "VCARD"))
		if label := labels[strings.ToLower(l.Group())]; label != "" && f.Name != "X-ABLABEL" {
			f.Label = label
		}
		r.out = append(r.out, f)
		r.at = append(r.at, place{l, c})
	}
}

// place is where a field stands.
type place struct {
	line *contentline.Line
	comp *contentline.Component
}

// value sets Value and Label, and corrects Type where the value is of another.
func (r *reader) value(f *Field, l *contentline.Line, card bool) {
	f.Value = strings.TrimSpace(vcard.Text(l))
	if f.Name == "" || !l.HasColon() {
		f.Value, f.Type = strings.TrimSpace(vcard.Clean(vcard.UTF8(l.Text()))), "other"
		return
	}
	if words, ok := embedded(l); ok {
		f.Value = words
		if f.Type != "photo" && f.Type != "key" {
			f.Type = "other"
		}
		return
	}
	if card || f.Component == "" && r.root.Get("SUMMARY") == nil {
		cardValue(f, l)
	} else {
		calendarValue(f, l)
	}
	if f.Value == "" {
		f.Value = strings.TrimSpace(vcard.Text(l))
	}
}

// embedded words a value that holds the bytes of a file: "JPEG, 12 KB".
func embedded(l *contentline.Line) (string, bool) {
	if !vcard.Embedded(l) {
		return "", false
	}
	data, mime, ok := vcard.Binary(l)
	if !ok {
		return fmt.Sprintf("damaged, %s", size(len(l.Value()))), true
	}
	if _, sub, cut := strings.Cut(mime, "/"); cut && sub != "octet-stream" {
		return strings.ToUpper(strings.TrimPrefix(vcard.UTF8(sub), "x-")) + ", " + size(len(data)), true
	}
	return "file, " + size(len(data)), true
}

// size words a number of bytes.
func size(n int) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1_000_000:
		return fmt.Sprintf("%d KB", (n+500)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
