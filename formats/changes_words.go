package formats

import (
	"slices"
	"strings"
	"unicode/utf8"

	"sidekeep/formats/contentline"
)

// maxShown is how many characters of a value stand in a sentence.
const maxShown = 80

// gone words a field that was added or removed.
func gone(f *Field, what string) Change {
	c := Change{What: what, Field: f.Name, Title: f.Title, Label: f.Label}
	value := shown(f.Value)
	if what == "added" {
		c.New = f.Value
	} else {
		c.Old = f.Value
	}
	name := nameOf(f)
	switch {
	case f.Type == "photo" && what == "added":
		c.Text = name + " added (" + value + ")"
	case f.Type == "photo", value == "":
		c.Text = name + " " + what
	case f.Name == "RRULE" && what == "added":
		c.Text = "now repeats " + value
	case f.Name == "RRULE":
		c.Text = "no longer repeats (was " + value + ")"
	default:
		c.Text = name + ": " + value + " " + what
	}
	return c
}

// altered words a field that says something else than before.
func altered(a, b *Field) Change {
	c := Change{What: "changed", Field: a.Name, Title: a.Title, Label: b.Label, Old: a.Value, New: b.Value}
	old, now, name := shown(a.Value), shown(b.Value), nameOf(a)
	switch {
	case a.Type == "photo":
		c.Text = name + " replaced"
	case a.Value == b.Value && a.Label != b.Label:
		c.Old, c.New = a.Label, b.Label
		c.Text = lower(a.Title) + " " + now + ": now " + orNone(b.Label) + ", before " + orNone(a.Label)
	case a.Name == "DTSTART" || a.Name == "DTEND" || a.Name == "DUE":
		c.Text = map[string]string{"DTSTART": "start", "DTEND": "end", "DUE": "due date"}[a.Name] + " moved from " + old + " to " + now
	case isList(a.Name):
		c.Text = name + ": " + listWords(a, b)
	case a.Value == b.Value:
		c.Text = name + " changed in its details"
	case len(a.Value) > 2*maxShown || len(b.Value) > 2*maxShown:
		c.Text = name + " changed"
	case old == "":
		c.Text = name + ": " + now + " added"
	case now == "":
		c.Text = name + ": " + old + " removed"
	default:
		c.Text = name + ": " + old + " changed to " + now
	}
	return c
}

func isList(name string) bool {
	switch name {
	case "CATEGORIES", "NICKNAME", "RESOURCES", "EXDATE", "RDATE":
		return true
	}
	return false
}

// listWords says what came to a list and what left it.
func listWords(a, b *Field) string {
	sep := ", "
	if a.Type == "date" {
		sep = "\n"
	}
	old, now := strings.Split(a.Value, sep), strings.Split(b.Value, sep)
	var out []string
	for _, x := range [...]struct {
		of, without []string
		what        string
	}{{old, now, " removed"}, {now, old, " added"}} {
		var some []string
		for _, v := range x.of {
			if v != "" && !slices.Contains(x.without, v) {
				some = append(some, shown(v))
			}
		}
		if len(some) > 0 {
			out = append(out, strings.Join(some, ", ")+x.what)
		}
	}
	if len(out) == 0 {
		return "in another order"
	}
	return strings.Join(out, "; ")
}

// nameOf names a field in the middle of a sentence: "telephone, work".
func nameOf(f *Field) string {
	name := lower(f.Title)
	if f.Label != "" && f.Type != "photo" {
		name += ", " + shown(f.Label)
	}
	return name
}

// lower begins words with a small letter, but for names such as "AIM".
func lower(s string) string {
	if len(s) > 1 && s[0] >= 'A' && s[0] <= 'Z' && (s[1] < 'A' || s[1] > 'Z') {
		return string(s[0]+'a'-'A') + s[1:]
	}
	return s
}

func orNone(label string) string {
	if label == "" {
		return "without a label"
	}
	return shown(label)
}

// shown gives a value on one line, and not too much of it.
func shown(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), ", ")
	if utf8.RuneCountInString(s) <= maxShown {
		return s
	}
	n := 0
	for i := range s {
		if n == maxShown-1 {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// occurrence names one changed occurrence of what recurs, by when it would be.
func occurrence(c *contentline.Component, in *document) string {
	if when := fieldOf(in, c, "RECURRENCE-ID"); when != nil {
		return "occurrence of " + shown(when.Value)
	}
	if title := fieldOf(in, c, "SUMMARY"); title != nil {
		return "further entry " + shown(title.Value)
	}
	return "further entry"
}

func fieldOf(in *document, c *contentline.Component, name string) *Field {
	for _, i := range in.of[c] {
		if in.out[i].Name == name {
			return &in.out[i]
		}
	}
	return nil
}

// whole words a component that was added or removed.
func (d *diff) whole(in *document, c *contentline.Component, what string) {
	if p := c.Parent(); p != nil && p != in.root && d.to[p] == nil && d.from[p] == nil && p != in.main {
		return // told with what it stands in
	}
	out := Change{What: what, Field: c.Name(), Line: -1}
	if in == d.older {
		out.Line = in.of[c][0]
	}
	value := ""
	switch {
	case c.Name() == "VALARM":
		out.Title = "Reminder"
		if t := fieldOf(in, c, "TRIGGER"); t != nil {
			value = t.Value
			if in == d.older {
				out.Line = in.index(c, "TRIGGER")
			}
		}
		out.Text = "reminder " + shown(value) + " " + what
	case c.Name() == "VTIMEZONE":
		out.Title, value = "Time zone", oneLine(c.Value("TZID"))
		out.Text = "time zone " + shown(value) + " " + what
	case c.Get("RECURRENCE-ID") != nil:
		out.Title = "Occurrence"
		if in == d.older {
			out.Line = in.index(c, "RECURRENCE-ID")
		}
		value = d.ownWords(in, c)
		out.Text = occurrence(c, in)
		switch {
		case what == "removed":
			out.Text += ": no longer different from the others (" + value + ")"
		default:
			out.Text += ": " + value
		}
	default:
		out.Title = "Further entry"
		if t := fieldOf(in, c, "SUMMARY"); t != nil {
			value = t.Value
		}
		out.Text = strings.TrimSpace(lower(out.Title)+" "+shown(value)) + " " + what
		if inside(c, "VTIMEZONE") {
			out.Title, out.Text = "Time zone", "time zone rule "+what
		}
	}
	if what == "added" {
		out.New = value
	} else {
		out.Old = value
	}
	out.Text = d.prefix(c.Parent(), in) + out.Text
	d.add(out, "", c)
}

// index gives the field of a component with that name.
func (d *document) index(c *contentline.Component, name string) int {
	for _, i := range d.of[c] {
		if d.out[i].Name == name {
			return i
		}
	}
	return -1
}

// ownWords says how a changed occurrence differs from the series it belongs to.
func (d *diff) ownWords(in *document, c *contentline.Component) string {
	var words []string
	start, instead := fieldOf(in, c, "DTSTART"), fieldOf(in, c, "RECURRENCE-ID")
	if start != nil && start.Value != instead.Value {
		words = append(words, "starts "+shown(start.Value))
	}
	if in.main != nil && in.main != c {
		for _, p := range pairFields(in, in.of[in.main], in, in.of[c]) {
			switch {
			case p.equal, p.b < 0:
				continue
			case p.a < 0:
				f := &in.out[p.b]
				if !ofSeries(f.Name) {
					words = append(words, gone(f, "added").Text)
				}
			case !ofSeries(in.out[p.a].Name):
				words = append(words, altered(&in.out[p.a], &in.out[p.b]).Text)
			}
		}
	}
	if len(words) == 0 {
		return "changed on its own"
	}
	const most = 6
	if len(words) > most {
		words = append(words[:most], "and more")
	}
	return strings.Join(words, "; ")
}

// ofSeries are properties in which every occurrence differs from its series.
func ofSeries(name string) bool {
	switch name {
	case "DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "RRULE", "RDATE", "EXDATE", "EXRULE", "CREATED", "UID":
		return true
	}
	return noise[name]
}
