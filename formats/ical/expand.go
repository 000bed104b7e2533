package ical

import (
	"fmt"
	"slices"
	"time"

	"sidekeep/formats/contentline"
)

// Occurrence is one time that an event, task or journal happens.
type Occurrence struct {
	// Start and End are in the caller's zone; End is exclusive, and equal to
	// Start for a moment. A task without a start has Start at its due time.
	Start, End   time.Time
	AllDay       bool // Start and End are midnights in the caller's zone
	UID          string
	Title        string
	Location     string
	Status       string // upper case, "CANCELLED" among them; "" none
	Component    string // "VEVENT", "VTODO", "VJOURNAL"
	Recurring    bool   // one of several
	Override     bool   // described by a component of its own (RECURRENCE-ID)
	RecurrenceID string // when the rule put it: RFC 3339 in UTC, or a date; "" unless Recurring
}

// defaultLimit is how many occurrences Expand lists where the caller sets none.
const defaultLimit = 10_000

// Expand lists the occurrences of an object that overlap [from, to), by start,
// at most limit of them (0: 10,000). Floating times and dates are read in loc.
// Rules without an end, and rules of every second, cost a bounded time. What
// can't be understood is left out and said in words; Expand never panics.
// Cancelled occurrences are listed, with their Status.
//
// DTSTART always counts as the first occurrence; an occurrence that
// RECURRENCE-ID describes anew stands where the new description puts it
// (RFC 5545 sections 3.8.4.4 and 3.8.5).
func Expand(body []byte, from, to time.Time, loc *time.Location, limit int) (out []Occurrence, problems []string) {
	if loc == nil {
		loc = time.UTC
	}
	if limit <= 0 {
		limit = defaultLimit
	}
	e := expander{from: from, to: to, loc: loc, limit: limit, budget: newBudget()}
	defer func() {
		if recover() != nil {
			e.problem("this object has a part that can't be understood")
		}
		out, problems = e.finish(), e.problems
	}()
	if to.After(from) {
		e.object(contentline.Parse(body))
	}
	return nil, nil
}

// expander collects the occurrences of one object.
type expander struct {
	from, to time.Time
	loc      *time.Location
	limit    int
	budget   *budget
	zones    *Zones
	out      []Occurrence
	problems []string
}

func (e *expander) problem(format string, a ...any) {
	if s := fmt.Sprintf(format, a...); len(e.problems) < 20 && !slices.Contains(e.problems, s) {
		e.problems = append(e.problems, s)
	}
}

func (e *expander) finish() []Occurrence {
	slices.SortStableFunc(e.out, func(a, b Occurrence) int {
		if c := a.Start.Compare(b.Start); c != 0 {
			return c
		}
		return a.End.Compare(b.End)
	})
	if len(e.out) > e.limit {
		e.problem("only the first %d occurrences are listed", e.limit)
		e.out = e.out[:e.limit:e.limit]
	}
	return e.out
}

// series is what shares a UID: what recurs, and what is described anew.
type series struct{ masters, overrides []*item }

func (e *expander) object(root *contentline.Component) {
	e.zones = ZonesOf(root)
	all := map[string]*series{}
	var order []string
	collect := func(c *contentline.Component) {
		for k := range c.Components("VEVENT", "VTODO", "VJOURNAL") {
			it, ok := e.item(k)
			if !ok {
				continue
			}
			id := it.comp + "\x00" + it.uid
			s := all[id]
			if s == nil {
				s = &series{}
				all[id] = s
				order = append(order, id)
			}
			if it.recID != nil {
				s.overrides = append(s.overrides, it)
			} else {
				s.masters = append(s.masters, it)
			}
		}
	}
	collect(root)
	for cal := range root.Components("VCALENDAR") {
		if cal.Value("VERSION") == "1.0" {
			e.problem("this object is vCalendar 1.0; its recurrence rules are not understood")
		}
		collect(cal)
	}
	for _, id := range order {
		e.series(all[id])
	}
}

// series lists the occurrences of one UID.
func (e *expander) series(s *series) {
	anew := map[string]bool{}
	last := map[string]*item{}
	var following []*item // RANGE=THISANDFUTURE, by their place in the series
	for _, o := range s.overrides {
		k := e.key(*o.recID)
		anew[k] = true
		if p := last[k]; p == nil || o.sequence >= p.sequence {
			last[k] = o
		}
		if o.andFuture {
			following = append(following, o)
		}
	}
	slices.SortStableFunc(following, func(a, b *item) int { return a.recID.wall.Compare(b.recID.wall) })
	for _, m := range s.masters {
		e.master(m, anew, following)
	}
	for _, o := range s.overrides {
		if last[e.key(*o.recID)] != o {
			continue
		}
		at := o.start
		e.add(o, at, o.length, true, e.recurrenceID(*o.recID))
		if len(o.rules) > 0 || len(o.rdates) > 0 {
			e.problem("a changed occurrence has a recurrence of its own; it is not understood")
		}
	}
}

// key names an occurrence by when the rule put it: RECURRENCE-ID may be on
// another clock than DTSTART.
func (e *expander) key(m moment) string {
	if m.date {
		return m.wall.Format("20060102")
	}
	return e.at(m).UTC().Format("20060102T150405")
}

func (e *expander) recurrenceID(m moment) string {
	if m.date {
		return m.wall.Format("2006-01-02")
	}
	return e.at(m).UTC().Format(time.RFC3339)
}

// at is the instant of a moment; floating times and dates are in the caller's zone.
func (e *expander) at(m moment) time.Time {
	if m.loc == nil {
		return instant(m.wall, e.loc)
	}
	return instant(m.wall, m.loc)
}

// master lists a component and its recurrence, without what is described anew.
func (e *expander) master(m *item, anew map[string]bool, following []*item) {
	if len(m.rules) == 0 && len(m.rdates) == 0 && len(anew) == 0 {
		e.add(m, m.start, m.length, false, "")
		return
	}
	c := course{e: e, m: m, anew: anew, following: following, done: map[int64]bool{}}
	c.lo, c.hi = e.window(m, following)
	c.skip = e.excluded(m, c.lo, c.hi)
	for _, d := range m.rdates {
		c.visit(d)
	}
	if len(m.rules) == 0 {
		c.visit(m.start)
	}
	for _, r := range m.rules {
		c.added = 0
		if err := e.rule(m, r, c.lo, c.hi, c.visit); err != nil {
			e.problem("%s", err.Error())
		}
	}
}

// window is what is asked for on the event's own clock, with room for its length
// and for changed clocks.
func (e *expander) window(m *item, following []*item) (lo, hi time.Time) {
	loc := m.start.loc
	if loc == nil {
		loc = e.loc
	}
	reach := m.length.longest()
	for _, f := range following {
		reach = max(reach, f.length.longest()+f.start.wall.Sub(f.recID.wall).Abs())
	}
	return wallOf(e.from, loc).Add(-reach).AddDate(0, 0, -1), wallOf(e.to, loc).Add(reachBack(following)).AddDate(0, 0, 1)
}

// course is one component that recurs, while it is listed.
type course struct {
	e         *expander
	m         *item
	anew      map[string]bool // what is described by a component of its own
	skip      map[string]bool // what is excluded
	following []*item         // RANGE=THISANDFUTURE, by their place in the series
	lo, hi    time.Time       // on the event's own clock
	done      map[int64]bool  // what was listed; used where rules can meet
	added     int             // by one rule
}

// visit lists the occurrence that the rule puts at, if it is wanted. false: no
// more are.
func (c *course) visit(at moment) bool {
	e, m := c.e, c.m
	if !e.budget.spend(5 + len(c.following)) {
		return false
	}
	u := at.wall.Unix()
	if at.wall.Before(c.lo) || c.done[u] || e.replaced(at, c.skip) || e.replaced(at, c.anew) {
		return true
	}
	if len(m.rules) > 1 || len(m.rdates) > 0 {
		c.done[u] = true
	}
	as, shifted, length := m, at, m.length
	for _, f := range c.following {
		if !f.recID.wall.After(at.wall) {
			as, length = f, f.length
			shifted.wall = at.wall.Add(f.start.wall.Sub(f.recID.wall))
		}
	}
	if at.length != nil {
		length = *at.length
	}
	if e.add(as, shifted, length, as != m, "") {
		c.added++
		o := &e.out[len(e.out)-1]
		o.Recurring, o.RecurrenceID = true, e.recurrenceID(at)
	}
	return c.added <= e.limit
}

// replaced says whether a set of keys has the occurrence, or all of its day.
func (e *expander) replaced(at moment, keys map[string]bool) bool {
	return len(keys) > 0 && (keys[e.key(at)] || keys[at.wall.Format("20060102")])
}

// reachBack is how far THISANDFUTURE moves occurrences to earlier times.
func reachBack(following []*item) time.Duration {
	var most time.Duration
	for _, f := range following {
		most = max(most, f.recID.wall.Sub(f.start.wall))
	}
	return most
}

// rule counts out one RRULE or EXRULE of m on its own clock.
func (e *expander) rule(m *item, r rule, lo, hi time.Time, visit func(moment) bool) error {
	until := r.until
	switch {
	case !r.bounded:
	case m.start.date:
		until = midnight(until)
	case r.dateOnly: // wrong beside a time of day, and meant to include that day
		until = until.AddDate(0, 0, 1).Add(-time.Second)
	case r.utc && m.start.loc != nil:
		until = wallOf(until, m.start.loc)
	case r.utc:
		until = wallOf(until, e.loc)
	}
	stopped := false
	err := r.each(m.start.wall, lo, hi, until, e.budget, func(wall time.Time) bool {
		at := m.start
		at.wall = wall
		stopped = !visit(at)
		return !stopped
	})
	if err == nil && stopped && e.budget.steps <= 0 {
		err = errBudget
	}
	return err
}

// excluded collects EXDATE and what EXRULE (RFC 2445) gives, by key. A date
// excludes all occurrences of that day.
func (e *expander) excluded(m *item, lo, hi time.Time) map[string]bool {
	out := make(map[string]bool, len(m.exdates))
	for _, d := range m.exdates {
		out[e.key(d)] = true
		if m.start.date && !d.date { // a time where dates are counted
			out[d.wall.Format("20060102")] = true
		}
	}
	for _, r := range m.exrules {
		err := e.rule(m, r, lo, hi, func(at moment) bool {
			out[e.key(at)] = true
			return e.budget.spend(5)
		})
		if err != nil {
			e.problem("%s", err.Error())
		}
	}
	return out
}

// add lists one occurrence if it overlaps the window.
func (e *expander) add(as *item, at moment, length span, override bool, recID string) bool {
	start := e.at(at)
	end := at
	end.wall = end.wall.AddDate(0, 0, length.days)
	stop := e.at(end).Add(length.exact)
	if at.date {
		start, stop = instant(at.wall, e.loc), instant(end.wall, e.loc)
	}
	if stop.Before(start) {
		stop = start
	}
	inside := start.Before(e.to) && (stop.After(e.from) || (stop.Equal(start) && !start.Before(e.from)))
	if !inside {
		return false
	}
	e.out = append(e.out, Occurrence{
		Start: start.In(e.loc), End: stop.In(e.loc), AllDay: at.date,
		UID: as.uid, Title: as.title, Location: as.location, Status: as.status, Component: as.comp,
		Recurring: recID != "", Override: override, RecurrenceID: recID,
	})
	return true
}
