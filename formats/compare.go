package formats

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sidekeep/formats/contentline"
	"sidekeep/formats/ical"
	"sidekeep/sync/pim"
)

// How much alike two objects are.
const (
	SameBytes   = "bytes"   // byte for byte
	SameMeaning = "meaning" // written in another way
	Different   = "different"
)

// maxDifferences bounds how many lines Compare names.
const maxDifferences = 50

// Compare says whether what a server gives back is what was sent, and which
// lines differ: by name only ("PHOTO dropped", "UID changed"), never by content,
// sorted. It never fails: what is no vCard or calendar is compared by its bytes.
//
// These count for nothing, since servers write objects anew: line ends, folding
// and encodings; the order of properties, parameters and values of lists; what
// goes without saying (RSVP=FALSE, PRIORITY:0); what servers stamp (PRODID,
// DTSTAMP, REV, CREATED, LAST-MODIFIED); the rules of time zones with a name that
// is known; and SCHEDULE-AGENT, SCHEDULE-STATUS and SCHEDULE-FORCE-SEND (RFC 6638
// section 7).
func Compare(kind pim.Kind, sent, got []byte) (same string, lines []string) {
	if bytes.Equal(sent, got) {
		return SameBytes, nil
	}
	a, b := meaningOf(kind, sent), meaningOf(kind, got)
	if len(a.parts) == 0 || len(b.parts) == 0 {
		if len(a.parts) == 0 && len(b.parts) == 0 {
			return Different, []string{"all of it changed"}
		}
		return Different, []string{"it is no longer of this kind"}
	}
	lines = a.against(b)
	if len(lines) == 0 {
		return SameMeaning, nil
	}
	slices.Sort(lines)
	if len(lines) > maxDifferences {
		lines = append(lines[:maxDifferences], fmt.Sprintf("and %d more", len(lines)-maxDifferences))
	}
	return Different, lines
}

// meaning is an object without how it is written: the properties of each part,
// as often as they stand there.
type meaning struct {
	parts map[string]*part // by name and, for occurrences, which one
}

// part is one card, event, task ..., or the calendar around them.
type part struct {
	name  string
	props map[string]map[string]int // by property name: canonical texts and how often
}

func meaningOf(kind pim.Kind, body []byte) *meaning {
	m := &meaning{parts: map[string]*part{}}
	root := contentline.Parse(body)
	for c := range root.Components() {
		switch {
		case kind == pim.Contacts && c.Name() == "VCARD":
			m.add(c.Name(), c)
		case kind == pim.Calendar && c.Name() == "VCALENDAR":
			m.add(c.Name(), c)
			for k := range c.Components() {
				m.component(k)
			}
		}
	}
	return m
}

// component adds a part of a calendar.
func (m *meaning) component(c *contentline.Component) {
	key := c.Name()
	switch c.Name() {
	case "VTIMEZONE":
		tzid := strings.TrimSpace(c.Value("TZID"))
		if _, known := ical.Location(tzid); known {
			return // its name says all
		}
		key += " " + tzid
	default:
		if l := c.Get("RECURRENCE-ID"); l != nil {
			key += " " + canonicalValue("RECURRENCE-ID", l)
		}
	}
	m.add(key, c)
}

// add takes the properties of a component; its children (alarms, the halves of
// time zones) count as one property each.
func (m *meaning) add(key string, c *contentline.Component) {
	p := m.parts[key]
	if p == nil {
		p = &part{name: c.Name(), props: map[string]map[string]int{}}
		m.parts[key] = p
	}
	for l := range c.Lines() {
		p.line(l)
	}
	if c.Name() == "VCALENDAR" {
		return
	}
	for k := range c.Components() {
		p.count(k.Name(), childText(k, 0))
	}
}

// childText is all of a component as one text.
func childText(c *contentline.Component, depth int) string {
	p := &part{props: map[string]map[string]int{}}
	for l := range c.Lines() {
		if !l.Is("ACKNOWLEDGED") && !l.Is("X-MOZ-LASTACK") && !l.Is("UID") && !l.Is("X-WR-ALARMUID") {
			p.line(l)
		}
	}
	if depth < 8 {
		for k := range c.Components() {
			p.count(k.Name(), childText(k, depth+1))
		}
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(p.props)) {
		for _, text := range slices.Sorted(maps.Keys(p.props[name])) {
			fmt.Fprintf(&b, "%s %d %s\n", name, p.props[name][text], text)
		}
	}
	return b.String()
}

// stamped are the properties that servers set as they like.
var stamped = map[string]bool{
	"PRODID": true, "DTSTAMP": true, "REV": true, "CREATED": true, "LAST-MODIFIED": true, "BEGIN": true, "END": true,
}

// unsaid are values that mean the same as no such property.
var unsaid = map[string]string{
	"CALSCALE": "GREGORIAN", "SEQUENCE": "0", "PRIORITY": "0", "TRANSP": "OPAQUE", "CLASS": "PUBLIC",
	"X-MOZ-GENERATION": "",
}

func (p *part) line(l *contentline.Line) {
	name := l.Key()
	if name == "" || stamped[name] || l.Blank() {
		return
	}
	if group := strings.ToUpper(l.Group()); group != "" {
		name = group + "." + name
	}
	params := canonicalParams(l)
	for _, v := range canonicalValues(l) {
		if v == "" {
			continue // says nothing
		}
		if d, ok := unsaid[l.Key()]; ok && strings.EqualFold(d, v) {
			continue
		}
		p.count(name, params+":"+v)
	}
}

func (p *part) count(name, text string) {
	if p.props[name] == nil {
		p.props[name] = map[string]int{}
	}
	p.props[name][text]++
}

// against words what differs from what came back.
func (m *meaning) against(got *meaning) []string {
	var out []string
	for key, a := range m.parts {
		b := got.parts[key]
		if b == nil {
			out = append(out, a.name+" dropped")
			continue
		}
		out = append(out, a.against(b)...)
	}
	for key, b := range got.parts {
		if m.parts[key] == nil {
			out = append(out, b.name+" added")
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(out)))
}

func (p *part) against(got *part) []string {
	names := map[string]bool{}
	for n := range p.props {
		names[n] = true
	}
	for n := range got.props {
		names[n] = true
	}
	type tally struct{ less, more int }
	sums := map[string]*tally{} // by property name without its group
	long, short := p.binaries(), got.binaries()
	for n := range names {
		plain := n[strings.LastIndexByte(n, '.')+1:]
		if sums[plain] == nil {
			sums[plain] = &tally{}
		}
		for text, k := range p.props[n] {
			sums[plain].less += max(0, k-got.props[n][text])
		}
		for text, k := range got.props[n] {
			sums[plain].more += max(0, k-p.props[n][text])
		}
	}
	var out []string
	for n, t := range sums {
		what := " changed"
		if short[n]*2 < long[n] {
			what = " cut short"
		}
		n = clipName(n)
		if c := min(t.less, t.more); c > 0 {
			out = append(out, times(n+what, c))
		}
		if t.less > t.more {
			out = append(out, times(n+" dropped", t.less-t.more))
		}
		if t.more > t.less {
			out = append(out, times(n+" added", t.more-t.less))
		}
	}
	return out
}

// binaries gives how long the pictures and sounds are, by property name. Servers
// have been seen to keep no more of a picture than the head of its data URI.
func (p *part) binaries() map[string]int {
	out := map[string]int{}
	for n, texts := range p.props {
		if n = n[strings.LastIndexByte(n, '.')+1:]; binary(n) {
			for t, k := range texts {
				out[n] += k * len(t)
			}
		}
	}
	return out
}

func times(s string, n int) string {
	if n == 1 {
		return s
	}
	return fmt.Sprintf("%s (%d)", s, n)
}

// clipName bounds a name that a file made up.
func clipName(s string) string {
	if r := []rune(strings.ToValidUTF8(s, "?")); len(r) > 40 {
		return string(r[:40]) + "..."
	}
	return s
}
