package formats

import "sidekeep/sync/pim"

// Quiet gives a calendar object with which a server sends no invitations, and
// the names of the lines altered for it: SCHEDULE-AGENT=CLIENT on ORGANIZER and
// ATTENDEE (RFC 6638 section 7.1). All else keeps its bytes.
func Quiet(body []byte) (quiet []byte, lines []string) { return body, nil }

// Mailable gives the addresses that a scheduling server could send mail to when
// the object is stored (RFC 6638 section 3.2). own are the addresses of the
// account itself.
func Mailable(body []byte, own []string) []string { return nil }

// WithUID gives the object with another UID in all its parts; all else keeps
// its bytes.
func WithUID(kind pim.Kind, body []byte, uid string) []byte { return body }
