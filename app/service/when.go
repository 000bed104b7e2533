package service

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sidekeep/sync/pim"
)

const hintTime = `give a date (2026-03-14), a time (2026-03-14T09:00:00Z), or words such as "3 days ago", yesterday or "last week"`

// ParseTime reads a moment of the past as a person writes it: RFC 3339; a date
// and a clock time to the second, or to the minute; a date, a month (2026-03) or
// a year; "3 days ago", "5 seconds ago", "an hour ago", "yesterday", "yesterday
// 15:00", "last week", "last month", "last year", "monday"; "now" and "today".
// A year, month, day or minute means its end: runs are listed to the minute, and
// whoever gives that minute wants what they brought. What has no zone is in loc
// (nil: Local), and so is the answer. A period that is not over ends now. Errors are Invalid:
// Reason "time" for what can't be read, "future" for what is yet to come.
func ParseTime(text string, now time.Time, loc *time.Location) (time.Time, error) {
	p := newTimeReader(text, now, loc)
	bad := func(reason, why, hint string) (time.Time, error) {
		return time.Time{}, &pim.Error{Fault: pim.Invalid, Op: "read the time", Where: text, Reason: reason, Err: errors.New(why), Hint: hint}
	}
	from, to, ok := p.read()
	switch {
	case !ok:
		return bad("time", "this is no time that can be understood", hintTime)
	case from.After(now):
		return bad("future", "this moment is yet to come", "give a moment of the past, or leave the time out for now")
	case to.Year() < 1970:
		return bad("time", "nothing is kept from so long ago", hintTime)
	case to.After(now):
		return now, nil
	}
	return to, nil
}

// timeReader reads one text: lower case, single spaces.
type timeReader struct {
	text string
	now  time.Time
	loc  *time.Location
}

func newTimeReader(text string, now time.Time, loc *time.Location) timeReader {
	if loc == nil {
		loc = time.Local
	}
	return timeReader{now: now.In(loc), loc: loc, text: strings.ToLower(strings.Join(strings.Fields(text), " "))}
}

// read gives when the period begins and its last moment; both are one where a
// moment is meant.
func (p timeReader) read() (from, to time.Time, ok bool) {
	one := func(t time.Time) (time.Time, time.Time, bool) { return t, t, true }
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02t15:04:05.999999999z07:00"} {
		if t, err := time.Parse(layout, strings.ToUpper(p.text)); err == nil {
			return one(t.In(p.loc))
		}
	}
	for _, layout := range []string{"2006-01-02t15:04:05", "2006-01-02 15:04:05"} {
		if t, err := time.ParseInLocation(layout, p.text, p.loc); err == nil {
			return one(t)
		}
	}
	for _, layout := range []string{"2006-01-02t15:04", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, p.text, p.loc); err == nil {
			return t, t.Add(time.Minute - time.Nanosecond), true
		}
	}
	for _, l := range []struct {
		layout              string
		years, months, days int
	}{{"2006-01-02", 0, 0, 1}, {"2006-01", 0, 1, 0}, {"2006", 1, 0, 0}} {
		if t, err := time.Parse(l.layout, p.text); err == nil {
			y, m, d := t.Date()
			return pim.DayStart(y, m, d, p.loc), pim.DayStart(y+l.years, m+time.Month(l.months), d+l.days, p.loc).Add(-time.Nanosecond), true
		}
	}
	if t, ok := p.ago(); ok {
		return one(t)
	}
	return p.words()
}

var agoPattern = regexp.MustCompile(`^(\d{1,4}|[a-z]+) ?(s|sec|min|h|d|w|y|second|minute|hour|day|week|month|year)s? ago$`)

var numerals = map[string]int{"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
	"eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12}

// ago reads "3 days ago".
func (p timeReader) ago() (time.Time, bool) {
	m := agoPattern.FindStringSubmatch(p.text)
	if m == nil {
		return time.Time{}, false
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		if n = numerals[m[1]]; n == 0 {
			return time.Time{}, false
		}
	}
	return p.back(n, m[2]), true
}

// back is n units before now. A month before the 31st is the last of the month
// before, and not the third of this one.
func (p timeReader) back(n int, unit string) time.Time {
	switch unit {
	case "s", "sec", "second":
		return p.now.Add(-time.Duration(n) * time.Second)
	case "min", "minute":
		return p.now.Add(-time.Duration(n) * time.Minute)
	case "h", "hour":
		return p.now.Add(-time.Duration(n) * time.Hour)
	case "d", "day":
		return p.now.AddDate(0, 0, -n)
	case "w", "week":
		return p.now.AddDate(0, 0, -7*n)
	case "y", "year":
		n *= 12
	}
	t := p.now.AddDate(0, -n, 0)
	if t.Day() != p.now.Day() {
		t = t.AddDate(0, 0, -t.Day())
	}
	return t
}

// words reads yesterday, a day of the week, and the like, with or without a
// clock time.
func (p timeReader) words() (from, to time.Time, ok bool) {
	switch p.text {
	case "now":
		return p.now, p.now, true
	case "last week", "last month", "last year":
		t := p.back(1, strings.TrimPrefix(p.text, "last "))
		return t, t, true
	}
	name, at, timed := strings.Cut(strings.Replace(strings.TrimPrefix(p.text, "last "), " at ", " ", 1), " ")
	days := -1
	switch name {
	case "today":
		days = 0
	case "yesterday":
		days = 1
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if name == strings.ToLower(d.String()) {
			days = (int(p.now.Weekday()-d)+6)%7 + 1 // the last such day before today
		}
	}
	if days < 0 {
		return from, to, false
	}
	y, m, d := p.now.Date()
	d -= days
	if !timed {
		return pim.DayStart(y, m, d, p.loc), pim.DayStart(y, m, d+1, p.loc).Add(-time.Nanosecond), true
	}
	t, err := time.Parse("15:04", at)
	if err != nil {
		return from, to, false
	}
	from = time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, p.loc)
	return from, from.Add(time.Minute - time.Nanosecond), true
}
