package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/emersion/go-ical"
	"github.com/emersion/go-webdav/caldav"
)

const (
	localTime = "20060102T150405"
	dateOnly  = "20060102"
)

// event is one made-up event or task, in words of the demo.
type event struct {
	title, where, notes, category string

	zone    *zone // nil: UTC
	days    int   // first day, counted from today
	at      time.Duration
	lasts   time.Duration
	allDay  int    // days; 0: at a time
	rule    string // RRULE
	without []int  // occurrences (0 is the first) that are left out, EXDATE; weekly rules only
	moved   int    // an occurrence that is moved and renamed; 0 none; weekly rules only
	remind  bool
}

var workEvents = []event{
	{title: "Stand-up", where: "Kitchen table", zone: &berlin, days: -84, at: 9*time.Hour + 30*time.Minute, lasts: 15 * time.Minute, rule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", remind: true},
	{title: "Planning", where: "Room Linde", zone: &berlin, days: -70, at: 10 * time.Hour, lasts: time.Hour, rule: "FREQ=WEEKLY", without: []int{3, 9}, moved: 11},
	{title: "Call with the Boston office", notes: "Dial-in as always.\nAgenda: numbers, then people.", zone: &newYork, days: -61, at: 11 * time.Hour, lasts: 45 * time.Minute, rule: "FREQ=WEEKLY;INTERVAL=2", moved: 5},
	{title: "Tokyo handover", zone: &tokyo, days: -40, at: 17 * time.Hour, lasts: 30 * time.Minute, rule: "FREQ=WEEKLY"},
	{title: "Budget review", where: "Room Eiche", zone: &berlin, days: -95, at: 14 * time.Hour, lasts: 90 * time.Minute, rule: "FREQ=MONTHLY;BYDAY=2TU"},
	{title: "Design review with Pune", zone: &kolkata, days: -33, at: 15*time.Hour + 30*time.Minute, lasts: time.Hour, rule: "FREQ=WEEKLY;COUNT=20"},
	{title: "Release", category: "Milestone", days: 5, allDay: 1},
	{title: "Company picnic", where: "Stadtpark", days: 17, allDay: 1},
}

var homeEvents = []event{
	{title: "Paper bin", days: -28, allDay: 1, rule: "FREQ=WEEKLY;INTERVAL=2"},
	{title: "Choir", where: "St Luke's hall", zone: &berlin, days: -56, at: 19*time.Hour + 30*time.Minute, lasts: 2 * time.Hour, rule: "FREQ=WEEKLY", without: []int{8}, moved: 9},
	{title: "Swimming lesson", zone: &berlin, days: -30, at: 16 * time.Hour, lasts: 45 * time.Minute, rule: "FREQ=WEEKLY;COUNT=12", remind: true},
	{title: "Grandmother's birthday", category: "Birthday", days: -360, allDay: 1, rule: "FREQ=YEARLY"},
	{title: "School holidays", days: 9, allDay: 12},
	{title: "Dentist", where: "Blue Door Clinic", notes: "Bring the insurance card.", zone: &berlin, days: 2, at: 8*time.Hour + 15*time.Minute, lasts: 30 * time.Minute, remind: true},
	{title: "Dinner; everybody brings something, please", zone: &berlin, days: 1, at: 19 * time.Hour, lasts: 3 * time.Hour},
	{title: "誕生日パーティー", where: "山の茶屋", zone: &tokyo, days: 6, at: 18 * time.Hour, lasts: 3 * time.Hour},
}

var travelEvents = []event{
	{title: "Flight to Sydney", days: 12, at: 18*time.Hour + 40*time.Minute, lasts: 22 * time.Hour},
	{title: "Harbour walk", where: "Circular Quay", zone: &sydney, days: 14, at: 10 * time.Hour, lasts: 2 * time.Hour},
	{title: "Conference", where: "Darling Harbour", category: "Conference", days: 14, allDay: 3},
	{title: "Early call from Sydney", zone: &sydney, days: -21, at: 7 * time.Hour, lasts: 30 * time.Minute, rule: "FREQ=WEEKLY;UNTIL=20991231T000000Z"},
	{title: "Museum, with the Müllers", where: "5th Avenue", zone: &newYork, days: -9, at: 13 * time.Hour, lasts: 2 * time.Hour},
	{title: "Ταξίδι στη Νάξο", days: 40, allDay: 7},
}

var (
	onceTitles = []string{"Coffee", "Lunch", "Call back", "Parents' evening", "Haircut", "Concert", "Bike repair", "Book club", "Visit", "Job interview", "Dépôt du dossier", "Wohnungsbesichtigung"}
	taskTitles = []string{"Send the invoice", "Renew the passport", "Book the train", "Repair the tap", "Answer the council's letter", "Back up the photos", "Order new glasses", "Water the neighbours' plants", "Return the library books", "Steuererklärung abgeben", "Пополнити рахунок", "Prepare the talk"}
	shopTitles = []string{"Flour", "Eggs", "Olive oil", "Coffee beans", "Toothpaste", "Light bulbs", "Äpfel", "Cheese", "抹茶", "Stamps"}
)

func makeCalendars(o Options) (*calendarBackend, error) {
	b := &calendarBackend{objects: map[string][]caldav.CalendarObject{}, byPath: map[string]*caldav.CalendarObject{}}
	r := rand.New(rand.NewPCG(o.Seed, 2))
	for _, c := range []struct {
		name, folder string
		events       []event
		once         int
	}{{"Work", "work", workEvents, 50}, {"Home", "home", homeEvents, 45}, {"Travel", "travel", travelEvents, 12}} {
		path := calendarsPath + c.folder + "/"
		b.calendars = append(b.calendars, caldav.Calendar{Path: path, Name: c.name, SupportedComponentSet: []string{ical.CompEvent}})
		events := c.events
		for range c.once {
			events = append(events, once(r))
		}
		for i, e := range events {
			uid := fmt.Sprintf("%s-%03d", c.folder, i+1)
			if err := b.add(path, o, uid, e.calendar(uid, o.Now)); err != nil {
				return nil, err
			}
		}
	}
	for _, l := range []struct {
		name, folder string
		titles       []string
		count        int
	}{{"Tasks", "tasks", taskTitles, 24}, {"Shopping", "shopping", shopTitles, 14}} {
		path := calendarsPath + l.folder + "/"
		b.calendars = append(b.calendars, caldav.Calendar{Path: path, Name: l.name, SupportedComponentSet: []string{ical.CompToDo}})
		for i := range l.count {
			uid := fmt.Sprintf("%s-%03d", l.folder, i+1)
			if err := b.add(path, o, uid, task(r, uid, l.titles[i%len(l.titles)], o.Now)); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

// once is an event that happens one time, within two months of today.
func once(r *rand.Rand) event {
	zones := []*zone{&berlin, &berlin, &berlin, &newYork, &kolkata, nil}
	return event{
		title: pick(r, onceTitles), zone: zones[r.IntN(len(zones))], days: r.IntN(120) - 60,
		at: time.Duration(8*4+r.IntN(40)) * 15 * time.Minute, lasts: time.Duration(1+r.IntN(8)) * 15 * time.Minute,
		remind: r.IntN(4) == 0,
	}
}

// calendar makes the event's object: its VTIMEZONE, the event, and an override
// if there is one.
func (e event) calendar(uid string, now time.Time) *ical.Calendar {
	cal := newCalendar()
	if e.zone != nil {
		cal.Children = append(cal.Children, e.zone.component())
	}
	first := e.first(now)
	main := e.component(uid, now, first.Add(e.at), e.title)
	if e.rule != "" {
		set(main, "RRULE", e.rule)
	}
	step := 7
	if strings.Contains(e.rule, "INTERVAL=2") {
		step = 14
	}
	for _, n := range e.without {
		p := ical.NewProp("EXDATE")
		e.stamp(p, first.AddDate(0, 0, n*step).Add(e.at))
		main.Props.Add(p)
	}
	cal.Children = append(cal.Children, main)
	if e.moved > 0 {
		was := first.AddDate(0, 0, e.moved*step).Add(e.at)
		other := e.component(uid, now, was.Add(26*time.Hour), e.title+" (moved)")
		id := ical.NewProp("RECURRENCE-ID")
		e.stamp(id, was)
		other.Props.Set(id)
		set(other, "SEQUENCE", "1")
		cal.Children = append(cal.Children, other)
	}
	return cal
}

// first is the first day, moved to one that the rule names: DTSTART is an
// occurrence itself (RFC 5545 section 3.8.5.3).
func (e event) first(now time.Time) time.Time {
	d := day(now).AddDate(0, 0, e.days)
	switch {
	case strings.Contains(e.rule, "BYDAY=2TU"):
		d = d.AddDate(0, 0, 8-d.Day())
		for d.Weekday() != time.Tuesday {
			d = d.AddDate(0, 0, 1)
		}
	case strings.Contains(e.rule, "BYDAY=MO"):
		for d.Weekday() != time.Monday {
			d = d.AddDate(0, 0, 1)
		}
	}
	return d
}

func (e event) component(uid string, now, start time.Time, title string) *ical.Component {
	c := ical.NewComponent(ical.CompEvent)
	common(c, uid, title, now)
	end := start.Add(e.lasts)
	if e.allDay > 0 {
		end = start.AddDate(0, 0, e.allDay)
	}
	for name, t := range map[string]time.Time{"DTSTART": start, "DTEND": end} {
		p := ical.NewProp(name)
		e.stamp(p, t)
		c.Props.Set(p)
	}
	for name, v := range map[string]string{"LOCATION": e.where, "DESCRIPTION": e.notes, "CATEGORIES": e.category} {
		if v != "" {
			set(c, name, escape(v))
		}
	}
	set(c, "STATUS", "CONFIRMED")
	if e.allDay > 0 {
		set(c, "TRANSP", "TRANSPARENT")
	}
	if e.remind {
		alarm := ical.NewComponent(ical.CompAlarm)
		set(alarm, "ACTION", "DISPLAY")
		set(alarm, "DESCRIPTION", escape(title))
		set(alarm, "TRIGGER", "-PT15M")
		c.Children = append(c.Children, alarm)
	}
	return c
}

// stamp writes a clock time in the event's own zone, UTC, or as a date.
func (e event) stamp(p *ical.Prop, t time.Time) {
	switch {
	case e.allDay > 0:
		p.Params.Set("VALUE", "DATE")
		p.Value = t.Format(dateOnly)
	case e.zone != nil:
		p.Params.Set("TZID", e.zone.id)
		p.Value = t.Format(localTime)
	default:
		p.Value = t.Format(localTime) + "Z"
	}
}

func task(r *rand.Rand, uid, title string, now time.Time) *ical.Calendar {
	c := ical.NewComponent(ical.CompToDo)
	common(c, uid, title, now)
	due := day(now).AddDate(0, 0, r.IntN(40)-12)
	switch r.IntN(4) {
	case 0:
	case 1:
		p := ical.NewProp("DUE")
		p.Value = due.Add(15*time.Hour).Format(localTime) + "Z"
		c.Props.Set(p)
	default:
		p := ical.NewProp("DUE")
		p.Params.Set("VALUE", "DATE")
		p.Value = due.Format(dateOnly)
		c.Props.Set(p)
	}
	if r.IntN(3) == 0 {
		set(c, "PRIORITY", fmt.Sprint(1+r.IntN(9)))
	}
	switch r.IntN(4) {
	case 0:
		set(c, "STATUS", "COMPLETED")
		set(c, "PERCENT-COMPLETE", "100")
		set(c, "COMPLETED", day(now).AddDate(0, 0, -1).Format(localTime)+"Z")
	case 1:
		set(c, "STATUS", "IN-PROCESS")
		set(c, "PERCENT-COMPLETE", fmt.Sprint(10*(1+r.IntN(8))))
	default:
		set(c, "STATUS", "NEEDS-ACTION")
	}
	cal := newCalendar()
	cal.Children = append(cal.Children, c)
	return cal
}

func newCalendar() *ical.Calendar {
	cal := ical.NewCalendar()
	set(cal.Component, "VERSION", "2.0")
	set(cal.Component, "PRODID", "-//Sidekeep//Demo//EN")
	return cal
}

func common(c *ical.Component, uid, title string, now time.Time) {
	set(c, "UID", uid+"@demo.example.org")
	set(c, "DTSTAMP", day(now).Format(localTime)+"Z")
	set(c, "SUMMARY", escape(title))
}

// escape writes TEXT (RFC 5545 section 3.3.11).
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(s)
}
