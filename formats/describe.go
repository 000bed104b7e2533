package formats

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"sidekeep/formats/contentline"
	"sidekeep/formats/ical"
	"sidekeep/formats/vcard"
	"sidekeep/sync/pim"
)

// maxText bounds one text of a Summary, in bytes: more of it is not searched.
// The object itself keeps all of it.
const maxText = 64 << 10

// maxProblems bounds how many problems of one object are listed.
const maxProblems = 20

// DescribeVersion stands in every Summary that Describe gives. It is raised whenever
// Describe gives anything else of some bytes than before: what is stored of them is
// then compared with the bytes themselves, not with what an earlier one noted.
const DescribeVersion = 1

// Describe reads an object for lists, search and comparison: vCard 2.1, 3.0 and
// 4.0, iCalendar 2.0 and vCalendar 1.0. What it is is read from the bytes; kind
// only decides where these do not say.
//
// It takes any bytes at all and never panics. What it can't understand is named
// in Problems, in words and without content, and everything else is still given.
// Nothing in the Summary refers to body.
func Describe(kind pim.Kind, body []byte) (s pim.Summary) {
	d := describer{kind: kind, s: &s}
	s.Percent, s.By = -1, DescribeVersion
	s.Format = "unknown"
	defer func() {
		if recover() != nil {
			d.problem("this object could not be read to its end")
		}
	}()
	d.describe(body)
	return s
}

// describer fills one Summary.
type describer struct {
	kind  pim.Kind
	s     *pim.Summary
	root  *contentline.Component
	main  *contentline.Component // the component that is described
	zones *ical.Zones            // of the object; nil until a zone is asked for
}

func (d *describer) describe(body []byte) {
	d.root = contentline.Parse(body)
	main, others := pick(d.root)
	if main == nil {
		d.s.Fields = map[string]int{}
		d.nothing(body)
		return
	}
	d.main = main
	if main.Name() == "" {
		d.problem("BEGIN is missing")
	}
	d.count(others)
	if isCard(d.kind, main) {
		d.card(others)
	} else {
		d.component(others)
	}
	d.s.Title = clip(oneLine(d.s.Title))
}

// pick finds what an object is about: its card, or the component of its calendar
// that stands for all (the first event, task or journal; of a recurring set the
// one without RECURRENCE-ID). others are the further ones of the same kind. nil:
// there is nothing to describe.
func pick(root *contentline.Component) (main *contentline.Component, others []*contentline.Component) {
	for c := range root.Components("VCARD") {
		if main == nil {
			main = c
		} else {
			others = append(others, c)
		}
	}
	if main != nil {
		return main, others
	}
	all := candidates(root)
	if len(all) == 0 {
		return bare(root), nil
	}
	main = all[0]
	uid := uidOf(main)
	for _, c := range all {
		if c.Name() == all[0].Name() && c.Get("RECURRENCE-ID") == nil && uidOf(c) == uid {
			main = c
			break
		}
	}
	for _, c := range all {
		if c != main {
			others = append(others, c)
		}
	}
	return main, others
}

func uidOf(c *contentline.Component) string { return strings.TrimSpace(c.Value("UID")) }

// ranks orders what a calendar object may be about.
var ranks = [][]string{
	{"VEVENT", "VTODO", "VJOURNAL"},
	{"VFREEBUSY", "VAVAILABILITY", "VPOLL"},
}

// candidates gives the components that an object may be about, best kind only.
func candidates(root *contentline.Component) []*contentline.Component {
	calendars := []*contentline.Component{root}
	for c := range root.Components("VCALENDAR") {
		calendars = append(calendars, c)
	}
	var out []*contentline.Component
	for _, names := range ranks {
		for _, cal := range calendars {
			for c := range cal.Components(names...) {
				out = append(out, c)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	var zones []*contentline.Component
	for _, cal := range calendars {
		for c := range cal.Components() {
			switch c.Name() {
			case "VCALENDAR":
			case "VTIMEZONE":
				zones = append(zones, c)
			default:
				out = append(out, c)
			}
		}
	}
	if len(out) == 0 {
		out = zones
	}
	if len(out) == 0 && len(calendars) > 1 {
		out = calendars[1:2] // an empty calendar
	}
	return out
}

// bare gives the root itself where its lines are those of an object that lost
// its BEGIN.
func bare(root *contentline.Component) *contentline.Component {
	names := []string{"FN", "N", "TEL", "EMAIL", "SUMMARY", "DTSTART", "DUE", "UID"}
	for l := range root.Lines() {
		for _, n := range names {
			if l.Is(n) && l.HasColon() {
				return root
			}
		}
	}
	return nil
}

// isCard says whether c is to be read as a card.
func isCard(kind pim.Kind, c *contentline.Component) bool {
	if c.Name() != "" {
		return c.Name() == "VCARD"
	}
	if c.Get("FN") != nil || c.Get("N") != nil || strings.TrimSpace(c.Value("VERSION")) == "2.1" {
		return true
	}
	return kind == pim.Contacts && c.Get("SUMMARY") == nil && c.Get("DTSTART") == nil
}

// nothing says why there is nothing to describe.
func (d *describer) nothing(body []byte) {
	head := strings.ToLower(strings.TrimSpace(string(body[:min(len(body), 256)])))
	switch {
	case head == "":
		d.problem("the object is empty")
	case strings.HasPrefix(head, "<!doctype html"), strings.HasPrefix(head, "<html"):
		d.problem("this is a web page, not a card or a calendar")
	case strings.HasPrefix(head, "<"):
		d.problem("this is XML, not a card or a calendar")
	case strings.HasPrefix(head, "{"), strings.HasPrefix(head, "["):
		d.problem("this is JSON, not a card or a calendar")
	default:
		d.problem("no card or calendar was found in it")
	}
}

// count counts the properties with a value of the described component, of what is nested in it
// and of overridden occurrences, and says where lines are none or an END is missing.
func (d *describer) count(others []*contentline.Component) {
	fields := make(map[string]int, 16)
	junk, open := 0, 0
	countInto(d.main, fields, &junk, &open)
	if d.main.Name() == "" {
		open = 0
	}
	uid := uidOf(d.main)
	for _, c := range others {
		if c.Name() == d.main.Name() && c.Name() != "VCARD" && uidOf(c) == uid {
			countInto(c, fields, &junk, &open)
		}
	}
	d.s.Fields = fields
	if open > 0 {
		d.problem("END is missing")
	}
	switch {
	case junk == 1:
		d.problem("one line is no property")
	case junk > 1:
		d.problem(fmt.Sprintf("%d lines are no properties", junk))
	}
}

// maxNames bounds how many different properties are counted; the rest is counted
// as "*".
const maxNames = 500

func countInto(c *contentline.Component, fields map[string]int, junk, open *int) {
	if c.End() == nil {
		*open++
	}
	for _, n := range c.Nodes() {
		switch {
		case n.Comp != nil:
			if name := vcard.UTF8(strings.Clone(n.Comp.Name())); len(fields) < maxNames || fields[name] > 0 {
				fields[name]++
			}
			countInto(n.Comp, fields, junk, open)
		case n.Line.Blank():
		case n.Line.Name() == "" || !n.Line.HasColon():
			*junk++
		case empty(n.Line):
		default:
			key := n.Line.Key()
			switch have, ok := fields[key]; {
			case ok:
				fields[key] = have + 1
			case len(fields) >= maxNames:
				fields["*"]++
			default: // the key must not keep the whole text alive
				fields[vcard.UTF8(strings.Clone(key))]++
			}
		}
	}
}

// empty says that nothing stands in a property, or nothing but the separators of
// a structured one: it holds no more than if it were not there.
func empty(l *contentline.Line) bool { return strings.Trim(l.Value(), ";, \t") == "" }

// problem lists what could not be understood, once.
func (d *describer) problem(what string) {
	for _, p := range d.s.Problems {
		if p == what {
			return
		}
	}
	if len(d.s.Problems) < maxProblems {
		d.s.Problems = append(d.s.Problems, what)
	}
}

// clip bounds a text and makes it independent of the body it came from.
func clip(s string) string {
	if len(s) > maxText {
		n := maxText
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	return strings.Clone(s)
}

// producerOf names the program that wrote an object (RFC 5545 section 3.7.3, RFC
// 6350 section 6.7.3).
func producerOf(c *contentline.Component) string { return clip(oneLine(vcard.UTF8(c.Value("PRODID")))) }

// oneLine makes one line of a text.
func oneLine(s string) string {
	if !strings.ContainsAny(s, "\n\t") {
		return strings.TrimSpace(s)
	}
	return strings.Join(strings.Fields(s), " ")
}

// maxTexts bounds how many texts of one sort a Summary has.
const maxTexts = 2000

// add appends a text that is not empty and not there yet.
func add(list []string, s string) []string {
	s = strings.TrimSpace(s)
	if s == "" || len(list) >= maxTexts {
		return list
	}
	if len(list) < 64 { // beyond it, doubles cost less than looking for them
		for _, have := range list {
			if have == s {
				return list
			}
		}
	}
	return append(list, clip(s))
}
