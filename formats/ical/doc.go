// Package ical gives meaning to iCalendar objects (RFC 5545): time zones and
// the occurrences of events, tasks and journals. It reads and never writes, and
// nothing that a server sent makes it panic or run for long.
//
// A time zone is what the object itself says it is. The VTIMEZONE of its own
// rules, whatever name it bears; without one the name is looked up: IANA names,
// names with a maker's prefix, Windows names in both their spellings, plain
// offsets. What can't be resolved is said in words and read as local time.
//
// Recurrence rules are counted out on the clock of the event's own zone, and
// each occurrence then becomes an instant: a weekly meeting at nine stays at
// nine when the clocks change.
package ical
