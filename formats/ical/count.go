package ical

import (
	"errors"
	"slices"
	"time"

	"github.com/teambition/rrule-go"
)

// budget bounds the work that one object may cause. Steps make it the same on
// every machine; the clock is for what steps don't see.
type budget struct {
	steps    int
	deadline time.Time
	ticks    int
}

const (
	allSteps  = 1_000_000
	stepsNext = 10 // one answer of rrule-go, in steps
	allTime   = 250 * time.Millisecond
)

func newBudget() *budget {
	return &budget{steps: allSteps, deadline: time.Now().Add(allTime)}
}

// spend takes n steps; false: there are none left.
func (b *budget) spend(n int) bool {
	b.steps -= n
	b.ticks++
	if b.ticks&0xFF == 0 {
		return b.left()
	}
	return b.steps > 0
}

// left says whether there is still time; it looks at the clock.
func (b *budget) left() bool {
	if time.Now().After(b.deadline) {
		b.steps = -1
	}
	return b.steps > 0
}

var errBudget = errors.New("the recurrence rule has more occurrences than can be counted; those after some point are not listed")

// each gives the occurrences of the rule in order, on the event's own clock
// (wall time, held in UTC): start first, whether the rule matches it or not
// (RFC 5545 section 3.8.5.3), then what the rule gives after it. It may leave out
// what is before from, and ends at to, at the rule's own end, where yield gives
// false, or with errBudget. until is the rule's end on the same clock.
func (r rule) each(start, from, to time.Time, until time.Time, b *budget, yield func(time.Time) bool) error {
	if step := r.simpleStep(); step > 0 && r.count > 0 { // no need to count
		last := start.AddDate(1000, 0, 0)
		if n := time.Duration(r.count - 1); n < last.Sub(start)/step {
			last = start.Add(n * step)
		}
		if !r.bounded || last.Before(until) {
			until = last
		}
		r.bounded, r.count = true, 0
	}
	if r.bounded && until.Before(to) {
		to = until.Add(time.Second)
	}
	if !start.Before(from) && start.Before(to) && !yield(start) {
		return nil
	}
	seen := 1
	if r.count == 1 || !start.Before(to) || (r.count == 0 && !from.Before(to)) || !r.complete(start) {
		return nil
	}
	if r.count > 0 || from.Before(start) {
		from = start
	}
	emit := func(t time.Time) bool {
		if !t.After(start) || t.Before(from) {
			return true
		}
		if !t.Before(to) || !yield(t) {
			return false
		}
		seen++
		return r.count == 0 || seen < r.count
	}
	if !b.left() {
		return errBudget
	}
	if r.freq > rrule.DAILY {
		return r.eachTime(start, from, to, b, emit)
	}
	return r.eachDay(start, from, to, b, emit)
}

// times are the times of day at which a rule that counts in days or more
// happens, as seconds since midnight.
func (r *rule) times(start time.Time) []int {
	var out []int
	for _, h := range orOne(r.hour, start.Hour()) {
		for _, m := range orOne(r.minute, start.Minute()) {
			for _, s := range orOne(r.second, start.Second()) {
				out = append(out, h*3600+m*60+s)
			}
		}
	}
	return out
}

// eachDay counts out rules of days, weeks, months and years. rrule-go gives the
// days; the times of a day are ours, so that a rule with thousands of times a
// day costs only those that are asked for. With BYSETPOS and several times a day
// rrule-go picks from both.
func (r *rule) eachDay(start, from, to time.Time, b *budget, emit func(time.Time) bool) error {
	times := r.times(start)
	picked := len(r.setPos) > 0 && len(times) > 1
	o := r.option(r.align(start, from), to)
	if picked {
		o.Byhour, o.Byminute, o.Bysecond = orOne(r.hour, start.Hour()), orOne(r.minute, start.Minute()), orOne(r.second, start.Second())
		times = []int{0}
	}
	return days(o, to, b, func(day time.Time) (bool, error) { return offer(day, times, b, emit) })
}

// offer emits what lies that many seconds after at, as long as there is budget
// and more is wanted.
func offer(at time.Time, seconds []int, b *budget, emit func(time.Time) bool) (more bool, err error) {
	for _, s := range seconds {
		if !b.spend(1) {
			return false, errBudget
		}
		if !emit(at.Add(time.Duration(s) * time.Second)) {
			return false, nil
		}
	}
	return true, nil
}

func orOne(l []int, n int) []int {
	if len(l) > 0 {
		return l
	}
	return []int{n}
}

// option makes the days of the rule an rrule-go option, from the start of a period on.
func (r *rule) option(start, to time.Time) rrule.ROption {
	o := rrule.ROption{
		Freq: r.freq, Interval: r.interval, Dtstart: start, Until: to.AddDate(0, 0, 1), Wkst: rruleDays[r.wkst],
		Bysetpos: r.setPos, Bymonth: r.month, Bymonthday: r.monthDay, Byyearday: r.yearDay, Byweekno: r.weekNo,
		Byhour: []int{0}, Byminute: []int{0}, Bysecond: []int{0},
	}
	for _, d := range r.day {
		w := rruleDays[d.day]
		o.Byweekday = append(o.Byweekday, w.Nth(d.n))
	}
	return o
}

// days gives the days that rrule-go counts out, until yield wants no more or has
// an error. A rule that matches nothing (30 February) makes rrule-go look as far
// as the year 9999; the calendar repeats itself every 400 years, so the rule is
// counted out as close to that end as it fits, and the answers are moved back.
func days(o rrule.ROption, to time.Time, b *budget, yield func(day time.Time) (bool, error)) error {
	shift := 0
	if k := (9990 - to.Year()) / 400; k > 0 {
		shift = 400 * k
	}
	o.Dtstart = o.Dtstart.AddDate(shift, 0, 0)
	o.Until = o.Until.AddDate(shift, 0, 0)
	rr, err := rrule.NewRRule(o)
	if err != nil {
		return errors.New("the recurrence rule can't be read")
	}
	for next := rr.Iterator(); ; {
		if !b.spend(stepsNext) {
			return errBudget
		}
		day, ok := next()
		if !ok {
			return nil
		}
		if more, err := yield(day.AddDate(-shift, 0, 0)); !more || err != nil {
			return err
		}
	}
}

// align gives the start of the last of the rule's periods that begins well
// before from, or of the period of start.
func (r *rule) align(start, from time.Time) time.Time {
	day := midnight(start)
	skip := func(periods int) int { // a multiple of the interval, with one to spare
		return max(0, periods/r.interval-1) * r.interval
	}
	switch r.freq {
	case rrule.YEARLY:
		return time.Date(start.Year()+skip(from.Year()-start.Year()), 1, 1, 0, 0, 0, 0, time.UTC)
	case rrule.MONTHLY:
		n := (from.Year()-start.Year())*12 + int(from.Month()) - int(start.Month())
		return time.Date(start.Year(), start.Month()+time.Month(skip(n)), 1, 0, 0, 0, 0, time.UTC)
	case rrule.WEEKLY:
		week := day.AddDate(0, 0, -(((int(day.Weekday())+6)%7 - r.wkst + 7) % 7))
		return week.AddDate(0, 0, 7*skip(daysBetween(week, from)/7))
	}
	return day.AddDate(0, 0, skip(daysBetween(day, from)))
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// daysBetween counts whole days; both are held in UTC, which has no short ones.
func daysBetween(a, b time.Time) int {
	return int((b.Unix() - a.Unix()) / 86400)
}

// eachTime counts out rules of hours, minutes and seconds: rrule-go gives the
// days that the rule allows, and on each of them only the units that the
// interval hits are looked at.
func (r *rule) eachTime(start, from, to time.Time, b *budget, emit func(time.Time) bool) error {
	first := midnight(start)
	if d := midnight(from); d.After(first) {
		first = d
	}
	daily := rule{freq: rrule.DAILY, interval: 1, month: r.month, monthDay: r.monthDay, yearDay: r.yearDay, weekNo: r.weekNo, day: r.day}
	size := map[rrule.Frequency]int{rrule.HOURLY: 3600, rrule.MINUTELY: 60, rrule.SECONDLY: 1}[r.freq]
	inner := r.inner(start)
	hours, minutes, seconds := set(r.hour), set(r.minute), set(r.second)
	anchor := start.Unix() / int64(size) // floor is not needed: only differences of multiples count
	if start.Unix() < 0 {
		anchor = (start.Unix() - int64(size) + 1) / int64(size)
	}
	return days(daily.option(first, to), to, b, func(day time.Time) (bool, error) {
		off := int((anchor - day.Unix()/int64(size)) % int64(r.interval))
		if off < 0 {
			off += r.interval
		}
		for u := off; u < 86400/size; u += r.interval {
			if !b.spend(1) {
				return false, errBudget
			}
			s := u * size
			if !hours[s/3600] || size < 3600 && !minutes[s/60%60] || size < 60 && !seconds[s%60] {
				continue
			}
			if more, err := offer(day.Add(time.Duration(s)*time.Second), inner, b, emit); !more || err != nil {
				return false, err
			}
		}
		return true, nil
	})
}

// inner gives the seconds within one unit at which the rule happens.
func (r *rule) inner(start time.Time) []int {
	var out []int
	switch r.freq {
	case rrule.HOURLY:
		for _, m := range orOne(r.minute, start.Minute()) {
			for _, s := range orOne(r.second, start.Second()) {
				out = append(out, m*60+s)
			}
		}
	case rrule.MINUTELY:
		out = orOne(r.second, start.Second())
	default:
		out = []int{0}
	}
	if len(r.setPos) == 0 {
		return out
	}
	var pick []int
	for _, p := range r.setPos {
		if p < 0 {
			p += len(out) + 1
		}
		if p >= 1 && p <= len(out) {
			pick = append(pick, out[p-1])
		}
	}
	slices.Sort(pick)
	return slices.Compact(pick)
}

// set marks the members of l, all where l is empty.
func set(l []int) (s [60]bool) {
	for i := range s {
		s[i] = len(l) == 0
	}
	for _, n := range l {
		s[n] = true
	}
	return s
}
