package formats

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sidekeep/formats/contentline"
	"sidekeep/formats/vcard"
	"sidekeep/sync/pim"
)

// component describes what stands in a calendar object: an event, a task, a
// journal entry, or one of the rarer ones.
func (d *describer) component(others []*contentline.Component) {
	s := d.s
	s.Component = componentName(d.main)
	d.calendarVersion()
	for l := range d.main.Lines() {
		d.property(l)
	}
	d.times()
	d.state()
	d.series(others)
	if strings.TrimSpace(s.Title) == "" {
		s.Title = d.untitled()
	}
}

// componentName names the main component; lines without any BEGIN are a task
// where they have what only a task has, else an event.
func componentName(c *contentline.Component) string {
	if c.Name() != "" {
		return clip(vcard.Clean(vcard.UTF8(c.Name())))
	}
	if c.Get("DUE") != nil || c.Get("PERCENT-COMPLETE") != nil {
		return "VTODO"
	}
	return "VEVENT"
}

// calendarVersion reads the VERSION of the calendar around the component.
func (d *describer) calendarVersion() {
	cal := d.main
	for cal.Parent() != nil && cal.Name() != "VCALENDAR" {
		cal = cal.Parent()
	}
	if cal.Name() != "VCALENDAR" {
		d.s.Format = "icalendar 2.0"
		d.problem("there is no VCALENDAR around it")
		return
	}
	if cal != d.main && cal.End() == nil {
		d.problem("END is missing")
	}
	d.s.Producer = producerOf(cal)
	switch v := strings.TrimSpace(cal.Value("VERSION")); {
	case v == "1.0":
		d.s.Format = "icalendar 1.0"
	case v == "2.0", strings.HasSuffix(v, ";2.0"):
		d.s.Format = "icalendar 2.0"
	case v == "":
		d.s.Format = "icalendar 2.0"
		d.problem("VERSION is missing")
	default:
		d.s.Format = "icalendar 2.0"
		d.problem("VERSION is not 2.0")
	}
}

// property takes what one property of the component says.
func (d *describer) property(l *contentline.Line) {
	s := d.s
	switch l.Key() {
	case "UID":
		if s.UID == "" {
			s.UID = clip(strings.TrimSpace(vcard.Text(l)))
		}
	case "SUMMARY":
		if s.Title == "" {
			s.Title = vcard.Text(l)
		} else {
			s.Text = add(s.Text, vcard.Text(l))
		}
	case "LOCATION":
		if s.Location == "" {
			s.Location = clip(oneLine(vcard.Text(l)))
		}
		s.Text = add(s.Text, vcard.Text(l))
	case "DESCRIPTION", "COMMENT", "CONTACT", "URL", "CONFERENCE", "X-GOOGLE-CONFERENCE", "STYLED-DESCRIPTION":
		s.Text = add(s.Text, vcard.Text(l))
	case "CATEGORIES", "RESOURCES":
		for _, c := range vcard.List(l) {
			s.Text = add(s.Text, c)
		}
	case "ATTENDEE", "ORGANIZER":
		d.person(l)
	case "STATUS":
		s.Status = clip(strings.ToUpper(strings.TrimSpace(vcard.Text(l))))
	case "PERCENT-COMPLETE":
		if n, err := strconv.Atoi(strings.TrimSpace(l.Value())); err == nil && n >= 0 && n <= 100 {
			s.Percent = n
		} else {
			d.problem("PERCENT-COMPLETE is not a number from 0 to 100")
		}
	case "PRIORITY":
		if n, err := strconv.Atoi(strings.TrimSpace(l.Value())); err == nil && n >= 0 && n <= 9 {
			s.Priority = n
		} else if strings.TrimSpace(l.Value()) != "" {
			d.problem("PRIORITY is not a number from 0 to 9")
		}
	case "RRULE":
		s.Recurs = true
		if s.RRule == "" {
			s.RRule = clip(strings.TrimSpace(vcard.UTF8(l.Value())))
		}
	case "RDATE", "RECURRENCE-ID":
		s.Recurs = true
	case "IMAGE":
		s.HasPhoto = s.HasPhoto || vcard.Embedded(l)
	}
}

// person takes the name and the address of someone invited.
func (d *describer) person(l *contentline.Line) {
	if cn, ok := l.Param("CN"); ok {
		d.s.Text = add(d.s.Text, vcard.Clean(vcard.UTF8(cn)))
	}
	if mail := personMail(l); mail != "" {
		d.s.Emails = add(d.s.Emails, mail)
	}
}

// personMail gives the address of an ATTENDEE or ORGANIZER, from its mailto: or
// its EMAIL parameter; "" where there is none.
func personMail(l *contentline.Line) string {
	v := strings.TrimSpace(vcard.Text(l))
	mail := mailAddress(v)
	if strings.Contains(mail, "@") && !strings.Contains(mail, "://") && !strings.HasPrefix(mail, "/") {
		return mail
	}
	mail, _ = l.Param("EMAIL")
	return vcard.UTF8(mail)
}

// times reads start, end and due.
func (d *describer) times() {
	s, c := d.s, d.main
	s.Start = d.moment(c.Get("DTSTART"))
	duration := c.Get("DURATION")
	switch s.Component {
	case "VTODO":
		if s.Due = d.moment(c.Get("DUE")); s.Due == nil && c.Get("DUE") == nil {
			s.Due = d.after(s.Start, duration)
		}
	case "VJOURNAL":
	default:
		if end := c.Get("DTEND"); end != nil {
			s.End = d.moment(end)
		} else {
			s.End = d.after(s.Start, duration)
		}
		if s.End == nil && s.Component == "VEVENT" && s.Start != nil && s.Start.DateOnly {
			next := *s.Start // RFC 5545 section 3.6.1: a date alone is that day
			next.At = next.At.AddDate(0, 0, 1)
			s.End = &next
		}
	}
	sameZone(s.Start, s.End)
	sameZone(s.Start, s.Due)
	if s.Start != nil && s.End != nil && s.End.At.Before(s.Start.At) {
		d.problem("it ends before it starts")
	}
	if s.Component == "VEVENT" && c.Get("DTSTART") == nil {
		d.problem("DTSTART is missing")
	}
}

// sameZone reads an end without a zone in the zone of its start: some programs
// write the TZID only once.
func sameZone(start, end *pim.When) {
	if start == nil || end == nil || start.Floating || start.TZID == "" || !end.Floating || end.TZID != "" {
		return
	}
	y, m, day := end.At.Date()
	end.At = time.Date(y, m, day, end.At.Hour(), end.At.Minute(), end.At.Second(), 0, start.At.Location())
	end.TZID, end.Floating = start.TZID, false
}

// state says whether a task is done.
func (d *describer) state() {
	s := d.s
	if s.Component != "VTODO" {
		return
	}
	switch s.Status {
	case "COMPLETED":
		s.Completed = true
	case "", "NEEDS ACTION", "SENT", "ACCEPTED": // the last three: vCalendar 1.0
		s.Completed = strings.TrimSpace(d.main.Value("COMPLETED")) != "" || s.Percent == 100
	}
}

// series takes what the other components of the object say: overridden
// occurrences of a recurring event, or objects that should stand on their own.
func (d *describer) series(others []*contentline.Component) {
	s := d.s
	foreign, uid := 0, uidOf(d.main)
	for _, c := range others {
		if c.Name() != d.main.Name() || uidOf(c) != uid {
			foreign++
		} else if c.Get("RECURRENCE-ID") != nil {
			s.Recurs = true
		}
		for l := range c.Lines() {
			switch l.Key() {
			case "SUMMARY":
				if t := vcard.Text(l); strings.TrimSpace(t) != strings.TrimSpace(s.Title) {
					s.Text = add(s.Text, t)
				}
			case "LOCATION", "DESCRIPTION":
				s.Text = add(s.Text, vcard.Text(l))
			case "ATTENDEE", "ORGANIZER":
				d.person(l)
			}
		}
	}
	if foreign > 0 {
		d.problem(fmt.Sprintf("it holds %d more %s; the first is described", foreign, plural(foreign, "object", "objects")))
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// untitled gives a title to what has no SUMMARY: the first words of what it says,
// its place, or what it is.
func (d *describer) untitled() string {
	for _, name := range []string{"DESCRIPTION", "COMMENT", "LOCATION", "NAME", "X-WR-CALNAME", "TZID"} {
		if l := d.main.Get(name); l != nil {
			if t := firstWords(strings.TrimSpace(vcard.Text(l))); t != "" {
				return t
			}
		}
	}
	if cal := d.main.Parent(); cal != nil && d.s.Component != "VEVENT" && d.s.Component != "VTODO" {
		if l := cal.Get("X-WR-CALNAME"); l != nil && len(d.s.Component) > 0 {
			if t := firstWords(strings.TrimSpace(vcard.Text(l))); t != "" {
				return t
			}
		}
	}
	return kindWords[d.s.Component]
}

// kindWords says what a component is. An event, a task and a journal entry have
// no entry: the window has its own words for one without a title.
var kindWords = map[string]string{
	"VFREEBUSY":     "Free and busy times",
	"VAVAILABILITY": "Availability",
	"VPOLL":         "Poll",
	"VTIMEZONE":     "Time zone",
	"VCALENDAR":     "Empty calendar",
}
