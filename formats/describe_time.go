package formats

import (
	"strings"
	"time"

	"sidekeep/formats/contentline"
	"sidekeep/formats/ical"
	"sidekeep/formats/vcard"
	"sidekeep/sync/pim"
)

// clock is a date or a date and time as it is written, before any zone.
type clock struct {
	t        time.Time // in UTC
	dateOnly bool
	utc      bool // ended in Z
	offset   bool // had an offset, already counted into t
}

// parseClock reads DATE and DATE-TIME (RFC 5545 sections 3.3.4 and 3.3.5), in
// the extended spelling of ISO 8601 too.
func parseClock(v string) (clock, bool) {
	v = strings.TrimSpace(v)
	var c clock
	y, v, ok := number(v, 4)
	if !ok {
		return c, false
	}
	v, dashed := strings.CutPrefix(v, "-")
	mo, v, ok := number(v, 2)
	if !ok {
		return c, false
	}
	if dashed {
		if v, ok = strings.CutPrefix(v, "-"); !ok {
			return c, false
		}
	}
	day, v, ok := number(v, 2)
	if !ok || mo < 1 || mo > 12 || day < 1 || day > 31 {
		return c, false
	}
	c.t = time.Date(y, time.Month(mo), day, 0, 0, 0, 0, time.UTC)
	if c.t.Day() != day { // 30 February
		return c, false
	}
	if v == "" || v == "Z" || v == "T" {
		c.dateOnly = true
		return c, true
	}
	if v[0] != 'T' && v[0] != 't' && v[0] != ' ' {
		return c, false
	}
	return c, c.time(v[1:])
}

// time reads what follows the T of a date-time.
func (c *clock) time(v string) bool {
	var part [3]int
	for i := range part {
		n, rest, ok := number(v, 2)
		if !ok {
			if i == 0 {
				return false
			}
			break
		}
		part[i], v = n, strings.TrimPrefix(rest, ":")
	}
	if part[0] > 24 || part[1] > 59 || part[2] > 60 {
		return false
	}
	if f, ok := strings.CutPrefix(v, "."); ok { // fractions of a second
		v = strings.TrimLeft(f, "0123456789")
	}
	d := time.Duration(part[0])*time.Hour + time.Duration(part[1])*time.Minute + time.Duration(part[2])*time.Second
	c.t = c.t.Add(d)
	switch {
	case v == "":
	case v == "Z" || v == "z":
		c.utc = true
	case v[0] == '+' || v[0] == '-':
		sign := time.Duration(1)
		if v[0] == '-' {
			sign = -1
		}
		h, rest, ok := number(v[1:], 2)
		m, rest, _ := number(strings.TrimPrefix(rest, ":"), 2)
		if !ok || rest != "" || h > 14 || m > 59 {
			return false
		}
		c.offset = true
		c.t = c.t.Add(-sign * (time.Duration(h)*time.Hour + time.Duration(m)*time.Minute))
	default:
		return false
	}
	return true
}

// number reads exactly n digits.
func number(v string, n int) (int, string, bool) {
	if len(v) < n {
		return 0, v, false
	}
	x := 0
	for i := range n {
		c := v[i]
		if c < '0' || c > '9' {
			return 0, v, false
		}
		x = x*10 + int(c-'0')
	}
	return x, v[n:], true
}

// parseDuration reads DURATION (RFC 5545 section 3.3.6). Days and weeks are
// nominal: they are given apart, for the calendar to count. ok is false for what
// is none, and for anything longer than about a thousand years.
func parseDuration(v string) (days int, exact time.Duration, ok bool) {
	v = strings.ToUpper(strings.TrimSpace(v))
	sign := 1
	if s, cut := strings.CutPrefix(v, "-"); cut {
		v, sign = s, -1
	} else {
		v = strings.TrimPrefix(v, "+")
	}
	v, ok = strings.CutPrefix(v, "P")
	if !ok || v == "" {
		return 0, 0, false
	}
	inTime := false
	for v != "" {
		if v[0] == 'T' && !inTime {
			inTime, v = true, v[1:]
			continue
		}
		n, i := 0, 0
		for i < len(v) && v[i] >= '0' && v[i] <= '9' && n < 1<<32 {
			n = n*10 + int(v[i]-'0')
			i++
		}
		if i == 0 || i == len(v) {
			return 0, 0, false
		}
		unit := v[i]
		v = v[i+1:]
		switch {
		case unit == 'W' && n < 60_000:
			days += 7 * n
		case unit == 'D' && n < 400_000:
			days += n
		case unit == 'H' && n < 10_000_000:
			exact += time.Duration(n) * time.Hour
		case unit == 'M' && n < 600_000_000/2:
			exact += time.Duration(n) * time.Minute
		case unit == 'S' && n < 1<<32:
			exact += time.Duration(n) * time.Second
		default:
			return 0, 0, false
		}
		if days > 4_000_000 || exact > 200*365*24*time.Hour {
			return 0, 0, false
		}
	}
	return sign * days, time.Duration(sign) * exact, true
}

// moment reads the line as a When; nil where there is no line or it says no time,
// which is then a problem.
func (d *describer) moment(l *contentline.Line) *pim.When {
	if l == nil {
		return nil
	}
	v := strings.TrimSpace(vcard.Value(l))
	if v == "" {
		return nil
	}
	c, ok := parseClock(v)
	if !ok {
		d.problem(l.Key() + " can't be read as a time")
		return nil
	}
	w := &pim.When{At: c.t}
	midnight := c.t.Equal(c.t.Truncate(24 * time.Hour))
	if kind, _ := l.Param("VALUE"); c.dateOnly || midnight && strings.EqualFold(kind, "DATE") {
		y, m, day := c.t.Date()
		w.At, w.DateOnly = time.Date(y, m, day, 0, 0, 0, 0, time.UTC), true
		return w
	}
	if c.utc || c.offset {
		return w
	}
	tzid, _ := l.Param("TZID")
	if tzid = strings.TrimSpace(tzid); tzid == "" {
		w.Floating = true
		return w
	}
	w.TZID = strings.Clone(tzid)
	loc := d.zone(tzid)
	if loc == nil {
		w.Floating = true
		d.problem("the time zone of " + l.Key() + " is not known; it is read as local time")
		return w
	}
	y, m, day := c.t.Date()
	w.At = time.Date(y, m, day, c.t.Hour(), c.t.Minute(), c.t.Second(), 0, loc)
	return w
}

// zone resolves a TZID as the object means it; nil: not known.
func (d *describer) zone(tzid string) *time.Location {
	if d.zones == nil {
		d.zones = ical.ZonesOf(d.root)
	}
	loc, ok := d.zones.Zone(tzid)
	if !ok {
		return nil
	}
	return loc
}

// after gives the moment that lies a DURATION after start, or nil.
func (d *describer) after(start *pim.When, l *contentline.Line) *pim.When {
	if start == nil || l == nil {
		return nil
	}
	days, exact, ok := parseDuration(vcard.Value(l))
	if !ok {
		d.problem("DURATION can't be read")
		return nil
	}
	end := *start
	if end.DateOnly { // a part of a day counts as all of it
		full := int(exact / (24 * time.Hour))
		if exact%(24*time.Hour) > 0 {
			full++
		}
		end.At = end.At.AddDate(0, 0, days+full)
		return &end
	}
	end.At = end.At.AddDate(0, 0, days).Add(exact)
	return &end
}
