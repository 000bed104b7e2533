package ical

import (
	"strings"
	"time"
)

// clock is a time as it is written: a date, or a time of day on some clock.
type clock struct {
	wall time.Time // held in UTC, whatever clock it is on
	date bool      // VALUE=DATE
	utc  bool      // it ends in Z
}

// parseClock reads DATE and DATE-TIME (RFC 5545 sections 3.3.4 and 3.3.5), and
// the ISO 8601 spelling with hyphens and colons that some programs write.
func parseClock(s string) (clock, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) > 32 {
		return clock{}, false
	}
	var c clock
	if strings.HasSuffix(s, "Z") {
		c.utc, s = true, s[:len(s)-1]
	}
	if len(s) > 8 && strings.ContainsAny(s, "-:") {
		s = strings.NewReplacer("-", "", ":", "").Replace(s)
	}
	var n [15]int
	for i := 0; i < len(s); i++ {
		switch {
		case i >= len(n):
			return c, false
		case i == 8:
			if s[i] != 'T' {
				return c, false
			}
		case s[i] < '0' || s[i] > '9':
			return c, false
		default:
			n[i] = int(s[i] - '0')
		}
	}
	switch len(s) {
	case 8:
		c.date, c.utc = true, false
	case 13, 15: // some leave the seconds out
	default:
		return c, false
	}
	y, mo, d := n[0]*1000+n[1]*100+n[2]*10+n[3], n[4]*10+n[5], n[6]*10+n[7]
	h, mi, sec := n[9]*10+n[10], n[11]*10+n[12], n[13]*10+n[14]
	if mo < 1 || mo > 12 || d < 1 || d > 31 || h > 24 || mi > 59 || sec > 60 {
		return c, false
	}
	c.wall = time.Date(y, time.Month(mo), d, h, mi, min(sec, 59), 0, time.UTC)
	return c, c.wall.Day() == d || h == 24
}

// wallOf is what the clock in loc shows at t, held in UTC.
func wallOf(t time.Time, loc *time.Location) time.Time {
	t = t.In(loc)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// instant is when the clock in loc shows wall. A time that comes twice is the
// first of the two; one that is skipped is read with the offset before the gap
// (RFC 5545 section 3.3.5).
func instant(wall time.Time, loc *time.Location) time.Time {
	if loc == time.UTC {
		return wall
	}
	u := wall.Unix()
	offset := func(unix int64) int64 {
		_, o := time.Unix(unix, 0).In(loc).Zone()
		return int64(o)
	}
	before, after := offset(u-86400), offset(u+86400)
	if before == after {
		if t := u - before; offset(t) == before {
			return time.Unix(t, 0).In(loc)
		}
		return time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, loc)
	}
	t := u - before // earlier of two, and the reading of a gap
	if alt := u - after; offset(t) != before && offset(alt) == after {
		t = alt
	} else if offset(alt) == after && alt < t {
		t = alt
	}
	return time.Unix(t, 0).In(loc)
}

// span is a duration as calendars mean it: whole days on the clock, and exact
// time (RFC 5545 section 3.3.6).
type span struct {
	days  int
	exact time.Duration
}

// parseSpan reads DURATION: "P1W", "P1DT2H", "-PT15M", "PT0S".
func parseSpan(s string) (d span, ok bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	sign := 1
	if s != "" && (s[0] == '+' || s[0] == '-') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	if len(s) < 2 || len(s) > 40 || s[0] != 'P' {
		return d, false
	}
	n, digits, parts := 0, 0, 0
	seconds := 0
	for i := 1; i < len(s); i++ {
		c := s[i]
		if c >= '0' && c <= '9' {
			if n = n*10 + int(c-'0'); n > 1_000_000_000 {
				return span{}, false
			}
			digits++
			continue
		}
		if c != 'T' && digits == 0 {
			return span{}, false
		}
		switch c {
		case 'T':
			continue
		case 'W':
			d.days += 7 * sign * n
		case 'D':
			d.days += sign * n
		case 'H':
			seconds += sign * n * 3600
		case 'M':
			seconds += sign * n * 60
		case 'S':
			seconds += sign * n
		default:
			return span{}, false
		}
		parts++
		n, digits = 0, 0
	}
	const most = 100_000 // days
	if digits > 0 || parts == 0 || max(d.days, -d.days) > most || max(seconds, -seconds) > most*86400 {
		return span{}, false
	}
	d.exact = time.Duration(seconds) * time.Second
	return d, true
}
