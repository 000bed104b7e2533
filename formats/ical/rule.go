package ical

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// Bounds of what a rule may say. Larger intervals reach no second occurrence
// that anybody will see; longer lists have no more meaning than these.
const (
	maxInterval = 100_000
	maxSetPos   = 64
)

// rule is a recurrence rule (RFC 5545 section 3.3.10), read leniently.
type rule struct {
	freq     rrule.Frequency
	interval int
	count    int // 0: none
	until    time.Time
	bounded  bool // there is an UNTIL
	utc      bool // UNTIL is an instant, else it is on the event's own clock
	dateOnly bool // UNTIL is a date and covers all of that day
	wkst     int  // 0 Monday to 6 Sunday, as rrule-go counts

	setPos, month, monthDay, yearDay, weekNo, hour, minute, second []int
	day                                                            []byDay
}

// byDay is a weekday with its ordinal: {-1, 6} is the last Sunday, {0, 0} every Monday.
type byDay struct{ n, day int }

var dayNames = []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}

var rruleDays = []rrule.Weekday{rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU}

var freqs = map[string]rrule.Frequency{
	"YEARLY": rrule.YEARLY, "MONTHLY": rrule.MONTHLY, "WEEKLY": rrule.WEEKLY, "DAILY": rrule.DAILY,
	"HOURLY": rrule.HOURLY, "MINUTELY": rrule.MINUTELY, "SECONDLY": rrule.SECONDLY,
}

// parseRule reads the value of RRULE. What is outside the bounds of the RFC is
// left out; what can't be left out is an error in words.
func parseRule(s string) (rule, error) {
	r := rule{interval: 1, freq: -1}
	if len(s) > 16<<10 {
		return r, errors.New("the recurrence rule is too long to be read")
	}
	for part := range strings.SplitSeq(s, ";") {
		name, value, _ := strings.Cut(part, "=")
		if err := r.set(strings.ToUpper(strings.TrimSpace(name)), strings.ToUpper(strings.TrimSpace(value))); err != nil {
			return r, err
		}
	}
	if r.freq < 0 {
		return r, errors.New("the recurrence rule does not say how often")
	}
	return r, nil
}

func (r *rule) set(name, value string) error {
	switch name {
	case "FREQ":
		f, ok := freqs[value]
		if !ok {
			return errors.New("the recurrence rule has a frequency that is not known")
		}
		r.freq = f
	case "INTERVAL":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			n = 1
		}
		r.interval = min(n, maxInterval)
	case "COUNT":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return errors.New("the recurrence rule has a count that is not a number above zero")
		}
		r.count = n
	case "UNTIL":
		w, ok := parseClock(value)
		if !ok {
			return errors.New("the recurrence rule ends at a time that can't be read")
		}
		r.until, r.bounded, r.utc, r.dateOnly = w.wall, true, w.utc, w.date
	case "WKST":
		if i := slices.Index(dayNames, value); i >= 0 {
			r.wkst = i
		}
	case "RSCALE":
		if value != "GREGORIAN" {
			return errors.New("the recurrence rule counts in another calendar than ours")
		}
	case "BYDAY":
		return r.setDays(value)
	case "BYSETPOS":
		r.setPos = ints(value, -366, 366)
		if len(r.setPos) > maxSetPos {
			return errors.New("the recurrence rule picks from too many places")
		}
	case "BYMONTH":
		r.month = ints(value, 1, 12)
	case "BYMONTHDAY":
		r.monthDay = ints(value, -31, 31)
	case "BYYEARDAY":
		r.yearDay = ints(value, -366, 366)
	case "BYWEEKNO":
		r.weekNo = ints(value, -53, 53)
	case "BYHOUR":
		r.hour = ints(value, 0, 23)
	case "BYMINUTE":
		r.minute = ints(value, 0, 59)
	case "BYSECOND":
		r.second = ints(strings.ReplaceAll(value, "60", "59"), 0, 59) // no clock of ours has leap seconds
	}
	return nil
}

// ints reads a list of numbers, each once, in order; those out of bounds are
// left out, and so is 0 where the list may be negative.
func ints(s string, lo, hi int) []int {
	var out []int
	for f := range strings.SplitSeq(s, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(f))
		if err == nil && n >= lo && n <= hi && (n != 0 || lo >= 0) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (r *rule) setDays(s string) error {
	for f := range strings.SplitSeq(s, ",") {
		f = strings.TrimSpace(f)
		if len(f) < 2 {
			continue
		}
		d := slices.Index(dayNames, f[len(f)-2:])
		n := 0
		if num := f[:len(f)-2]; num != "" {
			var err error
			if n, err = strconv.Atoi(num); err != nil || n < -53 || n > 53 {
				continue
			}
		}
		if d >= 0 && !slices.Contains(r.day, byDay{n, d}) {
			r.day = append(r.day, byDay{n, d})
		}
	}
	if len(r.day) == 0 {
		return errors.New("the recurrence rule names days that are not known")
	}
	return nil
}

// complete fills in what a rule takes from its start (RFC 5545 section 3.3.10:
// "information not contained in the rule ... is derived from DTSTART"). false:
// the rule can never match.
func (r *rule) complete(start time.Time) bool {
	wd := (int(start.Weekday()) + 6) % 7
	noDays := len(r.day) == 0 && len(r.monthDay) == 0 && len(r.yearDay) == 0
	switch r.freq {
	case rrule.YEARLY:
		switch {
		case noDays && len(r.weekNo) > 0:
			r.day = []byDay{{0, wd}}
		case noDays:
			if len(r.month) == 0 {
				r.month = []int{int(start.Month())}
			}
			r.monthDay = []int{start.Day()}
		}
	case rrule.MONTHLY:
		if noDays {
			r.monthDay = []int{start.Day()}
		}
	case rrule.WEEKLY:
		if noDays {
			r.day = []byDay{{0, wd}}
		}
	}
	return r.ordinals()
}

// ordinals makes the ordinals of BYDAY what rrule-go takes: none where the
// frequency gives them no meaning, none that no month has, and all of them for a
// plain day that stands beside one with an ordinal. false: no day is left.
func (r *rule) ordinals() bool {
	if len(r.day) == 0 {
		return true
	}
	top := 0 // how many of one weekday there can be
	switch {
	case r.freq == rrule.MONTHLY, r.freq == rrule.YEARLY && len(r.month) > 0 && len(r.weekNo) == 0:
		top = 5
	case r.freq == rrule.YEARLY && len(r.weekNo) == 0:
		top = 53
	}
	mixed := slices.ContainsFunc(r.day, func(d byDay) bool { return d.n != 0 })
	var out []byDay
	for _, d := range r.day {
		switch {
		case top == 0:
			out = append(out, byDay{0, d.day})
		case d.n == 0 && mixed:
			for n := 1; n <= top; n++ {
				out = append(out, byDay{n, d.day})
			}
		case d.n >= -top && d.n <= top:
			out = append(out, d)
		}
	}
	r.day = out
	return len(out) > 0
}

// simpleStep is the fixed time between two occurrences of a rule that has no
// BY parts, 0 where it is not fixed.
func (r *rule) simpleStep() time.Duration {
	for _, l := range [][]int{r.setPos, r.month, r.monthDay, r.yearDay, r.weekNo, r.hour, r.minute, r.second} {
		if len(l) > 0 {
			return 0
		}
	}
	if len(r.day) > 0 {
		return 0
	}
	unit := map[rrule.Frequency]time.Duration{
		rrule.WEEKLY: 7 * 24 * time.Hour, rrule.DAILY: 24 * time.Hour, rrule.HOURLY: time.Hour,
		rrule.MINUTELY: time.Minute, rrule.SECONDLY: time.Second,
	}[r.freq]
	return unit * time.Duration(r.interval)
}
