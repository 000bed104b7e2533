package present

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"sidekeep/app/service"
)

// Step is a run that changed something.
type Step struct {
	Run, Collection         int64
	At                      time.Time
	Objects                 int // of all that is charted, afterwards
	Added, Changed, Removed int
	Missing, Returned       int // newly held, and no longer held
}

// Touched is the number of objects the run did something to.
func (s Step) Touched() int { return s.Added + s.Changed + s.Removed + s.Missing + s.Returned }

// Words counts what a run did: "3 changed, 1 removed".
func (s Step) Words() string {
	var out []string
	for _, c := range []struct {
		n    int
		what string
	}{{s.Missing, whatMissing}, {s.Removed, whatRemoved}, {s.Changed, whatChanged}, {s.Added, whatAdded}, {s.Returned, whatReturned}} {
		if c.n > 0 {
			out = append(out, Number(int64(c.n))+" "+c.what)
		}
	}
	return strings.Join(out, ", ")
}

// Alarm is an incident on the chart. To is the zero time while it is open.
type Alarm struct {
	From, To time.Time
	Words    string
}

// story is a timeline reduced to what happened: a vault that is mirrored every
// half hour for years has runs without number that changed nothing.
type story struct {
	steps  []Step // oldest first
	runs   int
	first  time.Time
	alarms []Alarm
}

// condense keeps the runs that did something, and the first one.
func condense(t service.Timeline, now time.Time) story {
	out := story{runs: len(t.Points)}
	held := map[int64]int{}
	total := 0
	for i, p := range t.Points {
		s := Step{Run: p.Run, Collection: p.Collection, At: p.At, Objects: p.Objects, Added: p.Created, Changed: p.Modified, Removed: p.Deleted,
			Missing: max(0, p.Held-held[p.Collection]), Returned: max(0, held[p.Collection]-p.Held)}
		held[p.Collection] = p.Held
		if i == 0 {
			out.first = p.At
		}
		if s.Touched() > 0 || p.Objects != total {
			out.steps = append(out.steps, s)
		}
		total = p.Objects
	}
	for _, i := range t.Incidents {
		a := Alarm{From: i.Since}
		if i.ClosedAt != nil {
			a.To = *i.ClosedAt
			a.Words = fmt.Sprintf(historyWasOpen, DayTime(a.From, now), DayTime(a.To, now), oneLine(i.Message))
		} else {
			a.Words = fmt.Sprintf(historyIncident, DayTime(a.From, now), oneLine(i.Message))
		}
		out.alarms = append(out.alarms, a)
	}
	slices.SortFunc(out.alarms, func(a, b Alarm) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) })
	return out
}

// at is the last step at or before t, or -1.
func (s story) at(t time.Time) int {
	return sort.Search(len(s.steps), func(i int) bool { return s.steps[i].At.After(t) }) - 1
}

// Bin is one column of the chart.
type Bin struct {
	Known           bool // something had been mirrored by its end
	Low, High, Last int  // objects during it
	Added           int
	Changed         int
	Removed         int
	Missing         int
}

// Sum is the number of objects that something was done to.
func (b Bin) Sum() int { return b.Added + b.Changed + b.Removed + b.Missing }

// bins spreads the steps of [from, to] over n columns.
func (s story) bins(from, to time.Time, n int) []Bin {
	if n <= 0 || !to.After(from) {
		return nil
	}
	out := make([]Bin, n)
	i := sort.Search(len(s.steps), func(i int) bool { return !s.steps[i].At.Before(from) })
	known, last := i > 0, 0
	if known {
		last = s.steps[i-1].Objects
	}
	span := float64(to.Sub(from))
	for k := range out {
		b := &out[k]
		b.Known, b.Low, b.High, b.Last = known, last, last, last
		for ; i < len(s.steps); i++ {
			st := s.steps[i]
			if c := int(float64(st.At.Sub(from)) / span * float64(n)); c > k && !(k == n-1) {
				break
			}
			if st.At.After(to) {
				break
			}
			known, last = true, st.Objects
			b.Known, b.Last = true, last
			b.Low, b.High = min(b.Low, last), max(b.High, last)
			b.Added += st.Added
			b.Changed += st.Changed
			b.Removed += st.Removed
			b.Missing += st.Missing
		}
	}
	return out
}

// Tick is a mark on an axis. Pos is 0 at its beginning and 1 at its end.
type Tick struct {
	Pos  float64
	Text string
}

// countTicks are round numbers from 0 to at least most, and the number at the top.
func countTicks(most int) (ticks []Tick, top int) {
	most = max(most, 4)
	step := 1
	for _, f := range []int{1, 2, 5} {
		for s := f; s > 0 && s < 1<<40; s *= 10 {
			if s*4 >= most && (s < step || step*4 < most) {
				step = s
			}
		}
	}
	top = (most + step - 1) / step * step
	for v := 0; v <= top; v += step {
		ticks = append(ticks, Tick{Pos: float64(v) / float64(top), Text: Number(int64(v))})
	}
	return ticks, top
}

// dateStep is a distance between two marks of the date axis.
type dateStep struct {
	every  time.Duration // below a day
	days   int
	months int
	format string
}

var dateSteps = []dateStep{
	{every: time.Minute, format: "15:04"}, {every: 5 * time.Minute, format: "15:04"}, {every: 10 * time.Minute, format: "15:04"}, {every: 30 * time.Minute, format: "15:04"},
	{every: time.Hour, format: "15:04"}, {every: 3 * time.Hour, format: "15:04"}, {every: 6 * time.Hour, format: "15:04"}, {every: 12 * time.Hour, format: "15:04"},
	{days: 1, format: "2 Jan"}, {days: 2, format: "2 Jan"}, {days: 7, format: "2 Jan"}, {days: 14, format: "2 Jan"},
	{months: 1, format: "Jan"}, {months: 2, format: "Jan"}, {months: 3, format: "Jan"}, {months: 6, format: "Jan"},
	{months: 12, format: "2006"}, {months: 24, format: "2006"}, {months: 60, format: "2006"}, {months: 120, format: "2006"},
}

// length is about how long a step is.
func (d dateStep) length() time.Duration {
	const day = 24 * time.Hour
	return d.every + time.Duration(d.days)*day + time.Duration(d.months)*30*day
}

// begin is the last mark at or before t.
func (d dateStep) begin(t time.Time) time.Time {
	switch {
	case d.months > 0:
		m := int(t.Month()) - 1 + t.Year()*12
		m -= m % d.months
		return time.Date(m/12, time.Month(m%12+1), 1, 0, 0, 0, 0, t.Location())
	case d.days == 7 || d.days == 14: // weeks begin on Monday
		n := (int(t.Weekday()) + 6) % 7
		return time.Date(t.Year(), t.Month(), t.Day()-n, 0, 0, 0, 0, t.Location())
	case d.days > 0:
		return time.Date(t.Year(), t.Month(), t.Day()-(t.Day()-1)%d.days, 0, 0, 0, 0, t.Location())
	}
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	return day.Add(t.Sub(day).Truncate(d.every))
}

func (d dateStep) next(t time.Time) time.Time {
	switch {
	case d.months > 0:
		return t.AddDate(0, d.months, 0)
	case d.days == 2: // the 1st, 3rd, ... 31st of each month
		if n := t.AddDate(0, 0, 2); n.Month() == t.Month() {
			return n
		}
		return time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, t.Location())
	case d.days > 0:
		return t.AddDate(0, 0, d.days)
	}
	return t.Add(d.every)
}

// words labels a mark: midnights by their day, Januaries by their year.
func (d dateStep) words(t time.Time) string {
	switch {
	case d.every > 0 && t.Hour() == 0 && t.Minute() == 0:
		return t.Format("2 Jan")
	case d.months > 0 && d.months < 12 && t.Month() == time.January:
		return t.Format("2006")
	}
	return t.Format(d.format)
}

// dateTicks are at most n marks of [from, to] in from's zone.
func dateTicks(from, to time.Time, n int) []Tick {
	if n < 1 || !to.After(from) {
		return nil
	}
	span := to.Sub(from)
	step := dateSteps[len(dateSteps)-1]
	for _, s := range dateSteps {
		if span/s.length() < time.Duration(n) {
			step = s
			break
		}
	}
	var out []Tick
	for t := step.begin(from); !t.After(to) && len(out) <= n; t = step.next(t) {
		if !t.Before(from) {
			out = append(out, Tick{Pos: float64(t.Sub(from)) / float64(span), Text: step.words(t)})
		}
	}
	return out
}
