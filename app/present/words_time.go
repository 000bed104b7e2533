package present

import (
	"fmt"
	"time"

	"sidekeep/sync/pim"
)

// Ago words a moment for a person who reads it at now: "just now", "3 minutes
// ago", "today 14:02", "yesterday 18:02", "Monday 09:14", "3 May 09:14",
// "3 May 2024". Zone is now's. The zero time is "never".
func Ago(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	t = t.In(now.Location())
	d := now.Sub(t)
	switch {
	case d < 0 && d > -time.Minute:
		return "just now"
	case d < 0:
		return DayTime(t, now)
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return Count(int(d/time.Minute), "minute", "minutes") + " ago"
	}
	return DayTime(t, now)
}

// DayTime words a moment as a day and a clock time: "today 14:02".
func DayTime(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	t = t.In(now.Location())
	switch n := daysBetween(t, now); {
	case n == 0:
		return "today " + t.Format("15:04")
	case n == 1:
		return "yesterday " + t.Format("15:04")
	case n == -1:
		return "tomorrow " + t.Format("15:04")
	case n > 1 && n < 7:
		return t.Format("Monday 15:04")
	}
	if t.Year() == now.Year() {
		return t.Format("2 January 15:04")
	}
	return t.Format("2 January 2006")
}

// Day words a date relative to today: "Today", "Tomorrow", "Yesterday",
// otherwise with weekday and, in another year, the year.
func Day(t, now time.Time) string {
	switch daysBetween(t, now) {
	case 0:
		return "Today, " + t.Format("Mon 2 January")
	case 1:
		return "Yesterday, " + t.Format("Mon 2 January")
	case -1:
		return "Tomorrow, " + t.Format("Mon 2 January")
	}
	if t.Year() == now.Year() {
		return t.Format("Monday 2 January")
	}
	return t.Format("Monday 2 January 2006")
}

// daysBetween counts calendar days from t to now in now's zone; a date that
// is to be read as it stands must already carry that zone.
func daysBetween(t, now time.Time) int {
	t = t.In(now.Location())
	a := time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC)
	b := time.Date(now.Year(), now.Month(), now.Day(), 12, 0, 0, 0, time.UTC)
	return int(b.Sub(a).Hours() / 24)
}

// clock is the time of day, with the day where it is not today.
func clock(t, now time.Time) string {
	if daysBetween(t, now) == 0 {
		return t.In(now.Location()).Format("15:04")
	}
	return DayTime(t, now)
}

// Count writes a number with its noun: "1 contact", "12,345 contacts".
func Count(n int, one, other string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(int64(n)) + " " + other
}

// Number groups thousands: 12,345.
func Number(n int64) string { return pim.Number(n) }

// Size words a number of bytes in decimal units, as file managers do.
func Size(n int64) string {
	const unit = 1000
	switch {
	case n == 1:
		return "1 byte"
	case n < unit:
		return fmt.Sprintf("%d bytes", n)
	}
	v, u := float64(n)/unit, 0
	units := [...]string{"KB", "MB", "GB", "TB", "PB", "EB"}
	for v >= 999.5 && u < len(units)-1 {
		v /= unit
		u++
	}
	if v < 9.95 {
		return fmt.Sprintf("%.1f %s", v, units[u])
	}
	return fmt.Sprintf("%.0f %s", v, units[u])
}

// Took words a duration: "less than a second", "1.4 seconds", "12 seconds", "3 minutes".
func Took(d time.Duration) string {
	switch {
	case d < time.Second:
		return "less than a second"
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f seconds", d.Seconds())
	case d < 2*time.Minute:
		return Count(int(d.Seconds()), "second", "seconds")
	}
	return Count(int(d.Minutes()), "minute", "minutes")
}
