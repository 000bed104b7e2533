package present

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sidekeep/app/service"
)

// Calendar is the agenda of one month, or the events that a search finds.
type Calendar struct {
	app    *App
	loaded bool
	gen    int
	seek   bool // the next answer is to bring today into view, whoever asked for it
	found  *Pager[service.Item]

	First   time.Time // first day of the month shown, midnight in the person's zone
	Query   string
	Rows    []AgendaRow
	Ready   bool
	Problem *Notice
	// ScrollTo is the row to bring into view after a load, -1 for none. The
	// window takes it and sets it back.
	ScrollTo int
	Detail   *DetailPane
	Changed  func()
}

// AgendaRow is a day's heading or one entry of that day.
type AgendaRow struct {
	Heading string // set for headings only
	Today   bool
	Key     string // which occurrence, for the selection

	Entry   service.AgendaEntry
	Time    string // "09:30", "all day", "" for later days of a long entry
	Until   string // "to 10:15"
	Title   string
	Under   string // place and calendar
	Color   string
	Past    bool
	Recurs  bool
	Struck  bool // cancelled
	Missing bool // still on its way
}

func newCalendar(a *App) *Calendar {
	c := &Calendar{app: a, ScrollTo: -1, Changed: func() {}}
	c.Detail = &DetailPane{app: a, kind: "calendar", Changed: func() { c.Changed() }}
	c.found = newPager[service.Item](a)
	c.found.Changed = func() {
		c.Detail.leave(c.Searching() && c.found.Ready && c.found.Problem == nil, c.found.Len())
		c.Changed()
	}
	return c
}

// Enter is called when the page is shown.
func (c *Calendar) Enter() {
	if !c.loaded {
		c.loaded = true
		c.Today()
	}
}

// Today goes to the current month and day, or to those of the moment that is
// looked at.
func (c *Calendar) Today() {
	now := c.app.shown().at
	c.show(time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, c.app.cfg.Zone), true)
}

// TodayText is what Today is called.
func (c *Calendar) TodayText() string {
	if c.app.Past.On() {
		return ActThatDay
	}
	return ActToday
}

// Move goes n months on, or back.
func (c *Calendar) Move(n int) { c.show(c.First.AddDate(0, n, 0), true) }

// Title names what is shown: "November 2026".
func (c *Calendar) Title() string { return c.First.Format("January 2006") }

// Headline counts what is shown.
func (c *Calendar) Headline() string {
	switch {
	case c.Problem != nil && len(c.Rows) == 0: // it is not known how many there are
		return ""
	case c.Searching() && c.found.Ready:
		return Count(c.found.Len(), "event", "events") + " found"
	case !c.Ready:
		return LoadingText
	}
	n := 0
	for _, r := range c.Rows {
		if r.Heading == "" && r.Time != "" {
			n++
		}
	}
	return Count(n, "event", "events") + " in " + c.Title()
}

// Searching reports whether found events are shown in place of the agenda.
func (c *Calendar) Searching() bool { return strings.TrimSpace(c.Query) != "" }

// Search shows the events that match, "" the agenda again.
func (c *Calendar) Search(q string) {
	if q == c.Query {
		return
	}
	c.Query = q
	if c.Searching() {
		c.find(true)
		return
	}
	c.Changed()
}

// Len is the number of rows, headings included.
func (c *Calendar) Len() int {
	if c.Searching() {
		return c.found.Len()
	}
	return len(c.Rows)
}

// Row gives row i.
func (c *Calendar) Row(i int) AgendaRow {
	if !c.Searching() {
		return c.Rows[i]
	}
	it, ok := c.found.At(i)
	if !ok {
		return AgendaRow{Missing: true}
	}
	r := AgendaRow{Entry: service.AgendaEntry{ItemID: it.ID}, Title: TitleOf(it), Color: ColorOf(it.Color, it.CollID), Recurs: it.Recurs, Key: fmt.Sprint(it.ID), Under: it.Collection}
	if it.StartAt != 0 {
		at := time.Unix(it.StartAt, 0)
		if len(it.Start) == len("2006-01-02") {
			r.Time, r.Until = at.UTC().Format("2 Jan"), at.UTC().Format("2006")
		} else {
			r.Time, r.Until = at.In(c.app.cfg.Zone).Format("2 Jan"), at.In(c.app.cfg.Zone).Format("2006")
		}
	}
	return r
}

// Select opens row i; a heading is not opened.
func (c *Calendar) Select(i int) {
	if i < 0 || i >= c.Len() {
		return
	}
	r := c.Row(i)
	if r.Heading != "" || r.Missing {
		return
	}
	if c.Searching() {
		c.Detail.Open(r.Entry.ItemID, nil)
		return
	}
	c.Detail.Open(r.Entry.ItemID, &r.Entry)
}

// Empty says why there is nothing, or nil.
func (c *Calendar) Empty() *Notice {
	switch {
	case c.Searching() && c.found.Problem != nil:
		return c.found.Problem
	case c.Searching() && c.found.Ready && c.found.Len() == 0:
		return &Notice{Title: fmt.Sprintf(emptySearch, c.Query), Text: emptySearchText}
	case c.Searching():
		return nil
	case c.Problem != nil:
		return c.Problem
	case !c.Ready || len(c.Rows) > 0:
		return nil
	}
	return &Notice{Title: fmt.Sprintf(emptyCalendar, c.Title()), Text: emptyCalendarText}
}

// show loads the month that begins at first.
func (c *Calendar) show(first time.Time, scroll bool) {
	c.First = first
	c.seek = c.seek || scroll
	c.gen++
	gen := c.gen
	from, to, zone, at, m := first, first.AddDate(0, 1, 0), c.app.cfg.Zone, c.app.Past.At, c.app.shown()
	async(c.app, func(ctx context.Context) ([]AgendaRow, error) {
		e, err := c.app.cfg.Service.AgendaAt(ctx, from, to, zone, at)
		return agendaRows(e, from, to, m), err
	}, func(rows []AgendaRow, err error) {
		if gen != c.gen {
			return
		}
		c.Ready = true
		c.Problem = notice(err, c.app.Now())
		if err == nil {
			c.Rows = rows
			if c.seek || c.ScrollTo >= 0 { // not taken yet, and the rows are others now
				c.seek = false
				c.ScrollTo = rowOf(c.Rows, m.at)
			}
		}
		c.Changed()
	})
	if scroll {
		c.Changed()
	}
}

func (c *Calendar) dataChanged() {
	if !c.loaded {
		return
	}
	c.show(c.First, false)
	if c.Searching() {
		c.find(false)
	}
	c.Detail.again()
}

// find loads what is searched for.
func (c *Calendar) find(fromTop bool) {
	c.found.Load(itemSource(c.app, service.ListQuery{What: "events", Search: strings.TrimSpace(c.Query), At: c.app.Past.At}), fromTop)
}

// momentChanged shows another moment, in its month.
func (c *Calendar) momentChanged() {
	c.Rows, c.Ready = nil, false
	c.found.Clear()
	c.Detail.Open(0, nil)
	if !c.loaded {
		return
	}
	c.Today()
	if c.Searching() {
		c.find(true)
	}
}

// rowOf is the heading of today, or of the next day that has something; 0
// outside the month.
func rowOf(rows []AgendaRow, now time.Time) int {
	for i, r := range rows {
		if r.Heading != "" && daysBetween(r.Entry.Start, now) <= 0 {
			if i > 0 && daysBetween(rows[0].Entry.Start, now) < 0 {
				return 0
			}
			return i
		}
	}
	return 0
}

// agendaRows spreads entries over the days they touch and puts a heading
// before each day that has any: all-day entries first, then by time.
func agendaRows(entries []service.AgendaEntry, from, to time.Time, m moment) []AgendaRow {
	now := m.at
	days := map[string][]AgendaRow{}
	var order []string
	for _, e := range entries {
		for _, day := range daysOf(e, from, to) {
			k := day.Format("2006-01-02")
			if days[k] == nil {
				order = append(order, k)
			}
			days[k] = append(days[k], agendaRow(e, day, now))
		}
	}
	slices.Sort(order)
	rows := make([]AgendaRow, 0, len(entries)+len(order))
	for _, k := range order {
		day, _ := time.ParseInLocation("2006-01-02", k, from.Location())
		rows = append(rows, AgendaRow{Heading: m.day(day), Today: daysBetween(day, now) == 0, Entry: service.AgendaEntry{Start: day}})
		list := days[k]
		slices.SortStableFunc(list, func(a, b AgendaRow) int {
			if x, y := a.Time != AllDay, b.Time != AllDay; x != y {
				if !x {
					return -1
				}
				return 1
			}
			if d := a.Entry.Start.Compare(b.Entry.Start); d != 0 {
				return d
			}
			return strings.Compare(a.Title, b.Title)
		})
		rows = append(rows, list...)
	}
	return rows
}

// daysOf gives the days within [from, to) that an entry touches, at most 62.
func daysOf(e service.AgendaEntry, from, to time.Time) []time.Time {
	zone := from.Location()
	start, end := e.Start.In(zone), e.End.In(zone)
	if e.AllDay { // dates stand for themselves, whatever zone they came in
		start = time.Date(e.Start.Year(), e.Start.Month(), e.Start.Day(), 0, 0, 0, 0, zone)
		end = time.Date(e.End.Year(), e.End.Month(), e.End.Day(), 0, 0, 0, 0, zone)
	}
	day := time.Date(start.Year(), start.Month(), start.Day(), 0, 0, 0, 0, zone)
	if day.Before(from) {
		day = from
	}
	var out []time.Time
	for len(out) < 62 && day.Before(to) {
		if len(out) > 0 && !day.Before(end) || day.After(start) && !day.Before(end) {
			break
		}
		out = append(out, day)
		day = day.AddDate(0, 0, 1)
	}
	return out
}

// agendaRow words an entry on one of its days.
func agendaRow(e service.AgendaEntry, day, now time.Time) AgendaRow {
	zone := day.Location()
	r := AgendaRow{Entry: e, Title: oneLine(e.Title), Color: ColorOf(e.Color, e.CollID), Recurs: e.Recurring,
		Struck: e.Status == "CANCELLED", Key: fmt.Sprintf("%d@%d@%s", e.ItemID, e.Start.Unix(), day.Format("0102"))}
	if r.Title == "" {
		r.Title = "Event without a title"
	}
	under := []string{}
	if l := oneLine(e.Location); l != "" {
		under = append(under, l)
	}
	if e.Collection != "" {
		under = append(under, e.Collection)
	}
	r.Under = strings.Join(under, " · ")
	next := day.AddDate(0, 0, 1)
	start, end := e.Start.In(zone), e.End.In(zone)
	switch {
	case e.AllDay:
		r.Time = AllDay
		r.Past = next.Before(now)
		return r
	case start.Before(day) && !end.Before(next):
		r.Time = AllDay
	case start.Before(day):
		r.Time, r.Until = "until", end.Format("15:04")
	case end.After(start) && !end.After(next):
		r.Time, r.Until = start.Format("15:04"), end.Format("15:04")
	default:
		r.Time = start.Format("15:04")
	}
	r.Past = end.Before(now) && start.Before(now)
	return r
}
