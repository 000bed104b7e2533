package ical

import "time"

// Occurrence is one time that an event, task or journal happens.
type Occurrence struct {
	Start, End   time.Time // End is exclusive; equal to Start for a moment
	AllDay       bool      // Start and End are midnights in the caller's zone
	UID          string
	Title        string
	Location     string
	Status       string // upper case; "" none
	Component    string // "VEVENT", "VTODO", "VJOURNAL"
	Recurring    bool   // one of several
	Override     bool   // described by its own component (RECURRENCE-ID)
	RecurrenceID string // RFC 3339, or a date; "" unless Recurring
}

// Expand lists the occurrences of an object that overlap [from, to).
func Expand(body []byte, from, to time.Time, loc *time.Location, limit int) ([]Occurrence, []string) {
	return nil, nil
}
