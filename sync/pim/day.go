package pim

import "time"

// DayStart gives the first moment of a day in a zone; days and months count on
// beyond their ends, as with time.Date. Where clocks are put forward at midnight a
// day begins at one o'clock, for which time.Date may give 23:00 of the day before;
// where they are put back over it midnight comes twice, and the first is meant.
func DayStart(year int, month time.Month, day int, loc *time.Location) time.Time {
	want := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	year, month, day = want.Date()
	t := time.Date(year, month, day, 0, 0, 0, 0, loc)
	if dateOf(t).Before(want) { // what is left out comes at the end of the hours before it
		if _, end := t.ZoneBounds(); !end.IsZero() {
			return end.In(loc)
		}
		return t
	}
	before := t.Add(-1)
	if dateOf(before).Before(want) {
		return t
	}
	// The day had begun already: under the offset that was in force before.
	start, _ := t.ZoneBounds()
	_, offset := t.Zone()
	_, earlier := start.Add(-1).In(loc).Zone()
	if first := t.Add(time.Duration(offset-earlier) * time.Second); first.Before(start) {
		return first
	}
	return start.In(loc)
}

// dateOf is a moment's date where it is, as a day of UTC.
func dateOf(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
