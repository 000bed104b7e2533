package pim

import "time"

// Summary is what is understood of an object: enough to list, search, sort and
// compare it, never enough to rebuild it. The bytes are the truth; a Summary
// can always be made anew from them (sidekeep reindex).
type Summary struct {
	Format    string // "vcard 2.1", "vcard 3.0", "vcard 4.0", "icalendar 2.0", "icalendar 1.0", "unknown"
	Component string // "VCARD", "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", ... ; "" unknown
	UID       string
	Title     string // FN or what stands in for it; SUMMARY

	Names  []string // every other name: N parts joined, nicknames, phonetic names
	Emails []string // without mailto:
	Phones []string // as written, without tel:
	Orgs   []string // organisation, units, title, role
	Text   []string // notes, description, location, categories, addresses, attendees' names

	Start  *When
	End    *When // exclusive for events
	Due    *When // tasks
	RRule  string
	Recurs bool // RRULE, RDATE or overridden instances

	Status    string // STATUS, upper case; "" none
	Completed bool   // a task that is done
	Percent   int    // PERCENT-COMPLETE, -1 none
	Priority  int    // 1 highest to 9 lowest, 0 none
	Location  string
	HasPhoto  bool
	Producer  string // PRODID: which program wrote it; "" unknown

	Fields   map[string]int // property name in upper case -> how many
	Problems []string       // what could not be understood, in words, without content

	// By is the version of what described it: equal bytes described by one version
	// give equal summaries. 0: unknown, or read back from where it was stored.
	By int
}

// When is a moment as calendars write it.
type When struct {
	At       time.Time // the instant; floating and date-only times are read in UTC
	TZID     string    // as written; "" for UTC, floating and dates
	DateOnly bool
	Floating bool // no zone: the same clock time everywhere
}

// String writes RFC 3339 for instants, "2006-01-02T15:04:05" for floating
// times and "2006-01-02" for dates; "" for nil.
func (w *When) String() string {
	switch {
	case w == nil:
		return ""
	case w.DateOnly:
		return w.At.Format("2006-01-02")
	case w.Floating:
		return w.At.Format("2006-01-02T15:04:05")
	}
	return w.At.Format(time.RFC3339)
}
