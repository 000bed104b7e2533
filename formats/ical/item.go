package ical

import (
	"strconv"
	"strings"
	"time"

	"sidekeep/formats/contentline"
)

// Bounds of what one component may list.
const (
	maxDates = 20_000
	maxRules = 32
)

// moment is a time on the clock that it is written on. loc is nil for floating
// times and dates: they are in the zone of whoever looks.
type moment struct {
	wall   time.Time // held in UTC
	date   bool
	loc    *time.Location
	length *span // of an RDATE that is a period
}

// item is one component, read.
type item struct {
	comp, uid, title, location, status string
	sequence                           int
	start                              moment
	length                             span
	rules, exrules                     []rule
	rdates, exdates                    []moment
	recID                              *moment
	andFuture                          bool
}

// longest is at least as long as the span ever is.
func (s span) longest() time.Duration {
	return max(0, time.Duration(min(s.days, 100_000))*24*time.Hour+s.exact)
}

// item reads a component; false where it has no time at all.
func (e *expander) item(c *contentline.Component) (*item, bool) {
	text := func(name string) string { return contentline.UnescapeText(strings.TrimSpace(c.Value(name))) }
	it := &item{
		comp: c.Name(), uid: text("UID"), title: text("SUMMARY"), location: text("LOCATION"),
		status: strings.ToUpper(text("STATUS")),
	}
	it.sequence, _ = strconv.Atoi(strings.TrimSpace(c.Value("SEQUENCE")))
	if !e.times(c, it) {
		return nil, false
	}
	if l := c.Get("RECURRENCE-ID"); l != nil {
		if m, ok := e.moment(l, l.Value()); ok {
			it.recID = &m
			r, _ := l.Param("RANGE")
			it.andFuture = strings.EqualFold(r, "THISANDFUTURE")
		} else {
			e.problem("a changed occurrence does not say which one it is")
		}
	}
	it.rules = e.rules(c, "RRULE")
	it.exrules = e.rules(c, "EXRULE")
	it.rdates = e.dates(c, "RDATE", it.start)
	it.exdates = e.dates(c, "EXDATE", it.start)
	return it, true
}

// times reads start and length. A task's end is DUE, and a task that has only
// that starts there.
func (e *expander) times(c *contentline.Component, it *item) bool {
	endName := "DTEND"
	if it.comp == "VTODO" {
		endName = "DUE"
	}
	startLine, endLine := c.Get("DTSTART"), c.Get(endName)
	if startLine == nil {
		if it.comp == "VTODO" && endLine != nil {
			startLine, endLine = endLine, nil
		} else if l := c.Get("RECURRENCE-ID"); l != nil {
			startLine = l
		} else {
			if it.comp == "VEVENT" {
				e.problem("an event has no start")
			}
			return false
		}
	}
	var ok bool
	if it.start, ok = e.moment(startLine, startLine.Value()); !ok {
		e.problem("the start can't be read")
		return false
	}
	if it.start.date && it.comp == "VEVENT" {
		it.length.days = 1
	}
	switch l := c.Get("DURATION"); {
	case endLine != nil:
		if end, ok := e.moment(endLine, endLine.Value()); ok {
			it.length = e.between(it.start, end, it.length)
		} else {
			e.problem("the end can't be read")
		}
	case l != nil:
		d, ok := parseSpan(l.Value())
		if !ok || d.days < 0 || d.exact < 0 {
			e.problem("the duration can't be read, or is less than nothing")
			break
		}
		if it.start.date {
			d = span{days: d.days + int((d.exact+24*time.Hour-1)/(24*time.Hour))}
			if d.days == 0 {
				d = it.length
			}
		}
		it.length = d
	}
	return true
}

// between is the length from start to end: days for dates, exact time otherwise
// (RFC 5545 section 3.8.5.3). An end at or before the start of a whole day, or
// before the start of anything else, leaves the length as it was.
func (e *expander) between(start, end moment, otherwise span) span {
	if start.date {
		n := daysBetween(midnight(start.wall), midnight(end.wall))
		if !end.date && !end.wall.Equal(midnight(end.wall)) {
			n++ // a day that is begun
		}
		if n < 0 {
			e.problem("the end is before the start")
		}
		if n <= 0 {
			return otherwise
		}
		return span{days: min(n, 100_000)}
	}
	if end.date {
		end.loc = start.loc
	}
	d := e.at(end).Sub(e.at(start))
	if d < 0 {
		e.problem("the end is before the start")
		return otherwise
	}
	return span{exact: d}
}

// moment reads one DATE or DATE-TIME of a line by its TZID.
func (e *expander) moment(l *contentline.Line, value string) (moment, bool) {
	c, ok := parseClock(value)
	if !ok {
		return moment{}, false
	}
	m := moment{wall: c.wall, date: c.date}
	switch {
	case c.date:
	case c.utc:
		m.loc = time.UTC
	default:
		if tzid, ok := l.Param("TZID"); ok && tzid != "" {
			if m.loc, ok = e.zones.Zone(tzid); !ok {
				m.loc = nil
				e.problem("the time zone %q is not known; its times are read as local time", short(tzid))
			}
		}
	}
	return m, true
}

func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "..."
	}
	return s
}

func (e *expander) rules(c *contentline.Component, name string) []rule {
	var out []rule
	for l := range c.All(name) {
		r, err := parseRule(l.Value())
		switch {
		case err != nil:
			e.problem("%s", err.Error())
		case len(out) == maxRules:
			e.problem("there are too many recurrence rules; the first %d count", maxRules)
			return out
		default:
			out = append(out, r)
		}
	}
	return out
}

// dates reads RDATE and EXDATE. A period keeps its own length; a date beside a
// start with a time of day happens at that time (RDATE) or is all of that day
// (EXDATE).
func (e *expander) dates(c *contentline.Component, name string, start moment) []moment {
	var out []moment
	for l := range c.All(name) {
		for v := range strings.SplitSeq(l.Value(), ",") {
			if v = strings.TrimSpace(v); v == "" {
				continue
			}
			if len(out) == maxDates {
				e.problem("there are too many single dates; the first %d count", maxDates)
				return out
			}
			v, end, period := strings.Cut(v, "/")
			m, ok := e.moment(l, v)
			if !ok {
				e.problem("a single date of the recurrence can't be read")
				continue
			}
			if period {
				m.length = e.period(l, m, end)
			}
			if name == "RDATE" {
				m = e.fit(m, start)
			}
			out = append(out, m)
		}
	}
	return out
}

// fit puts an RDATE on the clock of the start, so that one moment has one name.
func (e *expander) fit(m, start moment) moment {
	switch {
	case start.date:
		m.wall, m.date, m.loc, m.length = midnight(m.wall), true, nil, nil
	case m.date:
		m.wall, m.date, m.loc = m.wall.Add(start.wall.Sub(midnight(start.wall))), false, start.loc
	case m.loc != start.loc:
		loc := start.loc
		if loc == nil {
			loc = e.loc
		}
		m.wall, m.loc = wallOf(e.at(m), loc), start.loc
	}
	return m
}

// period is the length of "start/end" or "start/duration"; nil can't be read.
func (e *expander) period(l *contentline.Line, start moment, end string) *span {
	if d, ok := parseSpan(end); ok && d.days >= 0 && d.exact >= 0 {
		return &d
	}
	if m, ok := e.moment(l, end); ok {
		if d := e.at(m).Sub(e.at(start)); d >= 0 {
			return &span{exact: d}
		}
	}
	e.problem("a period of the recurrence can't be read")
	return nil
}
