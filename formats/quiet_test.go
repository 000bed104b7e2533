package formats

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

// meeting is a calendar object with these lines in its event.
func meeting(lines ...string) []byte {
	all := append([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", "BEGIN:VEVENT", "UID:m", "DTSTART:20260501T090000Z"}, lines...)
	return crlfLines(append(all, "END:VEVENT", "END:VCALENDAR")...)
}

func TestQuiet_OnlyWhatTheServerWouldSend(t *testing.T) {
	body := meeting("ORGANIZER;CN=Me:mailto:me@example.org", "ATTENDEE;SCHEDULE-AGENT=NONE:mailto:a@example.org",
		"ATTENDEE;SCHEDULE-AGENT=SERVER;RSVP=TRUE:mailto:b@example.org", "attendee:mailto:c@example.org",
		"ATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:d@example.org",
		"BEGIN:VALARM", "ACTION:EMAIL", "TRIGGER:-PT5M", "ATTENDEE:mailto:me@example.org", "END:VALARM", "summary:x")
	want := meeting("ORGANIZER;CN=Me;SCHEDULE-AGENT=CLIENT:mailto:me@example.org", "ATTENDEE;SCHEDULE-AGENT=NONE:mailto:a@example.org",
		"ATTENDEE;SCHEDULE-AGENT=CLIENT;RSVP=TRUE:mailto:b@example.org", "attendee;SCHEDULE-AGENT=CLIENT:mailto:c@example.org",
		"ATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:d@example.org",
		"BEGIN:VALARM", "ACTION:EMAIL", "TRIGGER:-PT5M", "ATTENDEE:mailto:me@example.org", "END:VALARM", "summary:x")
	got, lines := Quiet(body)
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s", got)
	}
	if !slices.Equal(lines, []string{"ORGANIZER", "ATTENDEE"}) {
		t.Errorf("%v", lines)
	}
	if again, lines := Quiet(got); !bytes.Equal(again, got) || lines != nil {
		t.Errorf("a second time: %v", lines)
	}
	if m := Mailable(got, nil); m != nil {
		t.Errorf("mailable although quiet: %v", m)
	}
	for _, same := range [][]byte{meeting("SUMMARY:nobody"), crlfLines("BEGIN:VCARD", "ORGANIZER:x", "END:VCARD"), []byte("ATTENDEE:x"), nil} {
		if got, lines := Quiet(same); !bytes.Equal(got, same) || lines != nil {
			t.Errorf("%q became %q", same, got)
		}
	}
	if same, lines := Compare(pim.Calendar, body, got); same != SameMeaning {
		t.Errorf("%s %v", same, lines)
	}
}

func TestMailable_WhoWouldHearOfIt(t *testing.T) {
	body := meeting("ORGANIZER:mailto:Me@example.org", "ATTENDEE:mailto:b@example.org", "ATTENDEE:mailto:a@example.org",
		"ATTENDEE;PARTSTAT=ACCEPTED:mailto:me@example.org", "ATTENDEE:urn:uuid:x", "ATTENDEE;EMAIL=c@example.org:urn:uuid:y")
	for _, c := range []struct {
		own  []string
		want string
	}{
		{nil, "a@example.org b@example.org c@example.org me@example.org"},
		{[]string{"mailto:ME@example.org"}, "a@example.org b@example.org c@example.org"},
		{[]string{"a@example.org"}, "me@example.org"},
		{[]string{"other@example.org"}, "a@example.org b@example.org c@example.org me@example.org"},
	} {
		if got := strings.Join(Mailable(body, c.own), " "); got != c.want {
			t.Errorf("own %v: %s, want %s", c.own, got, c.want)
		}
	}
	for _, none := range [][]byte{meeting("ORGANIZER:mailto:me@example.org"), meeting("ATTENDEE:mailto:me@example.org"), meeting(), nil} {
		if got := Mailable(none, nil); len(got) != 0 {
			t.Errorf("%q: %v", none, got)
		}
	}
}

func TestWithUID_InAllParts(t *testing.T) {
	body := crlfLines("BEGIN:VCALENDAR", "BEGIN:VTIMEZONE", "TZID:X", "END:VTIMEZONE", "BEGIN:VEVENT", "UID;X-A=1:old", "RRULE:FREQ=DAILY",
		"BEGIN:VALARM", "UID:alarm", "END:VALARM", "END:VEVENT", "BEGIN:VEVENT", "UID:old", "RECURRENCE-ID:20260101T000000Z", "END:VEVENT", "END:VCALENDAR")
	want := strings.ReplaceAll(string(body), ":old", `:a\,b`)
	got := WithUID(pim.Calendar, body, "a,b")
	if string(got) != want {
		t.Errorf("got\n%s", got)
	}
	if d := Describe(pim.Calendar, got); d.UID != "a,b" {
		t.Errorf("UID %q", d.UID)
	}
	if again := WithUID(pim.Calendar, got, "a,b"); &again[0] != &got[0] {
		t.Error("an object that has the UID was written anew")
	}
	card := crlfLines("BEGIN:VCARD", "VERSION:3.0", "FN:x", "END:VCARD")
	if got := string(WithUID(pim.Contacts, card, "n")); got != string(crlfLines("BEGIN:VCARD", "VERSION:3.0", "FN:x", "UID:n", "END:VCARD")) {
		t.Errorf("%q", got)
	}
}
