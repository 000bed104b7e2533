package formats

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sidekeep/sync/pim"
)

func crlfLines(lines ...string) []byte { return []byte(strings.Join(lines, "\r\n") + "\r\n") }

func card(lines ...string) []byte {
	return crlfLines(append(append([]string{"BEGIN:VCARD", "VERSION:3.0", "UID:u", "FN:Ann"}, lines...), "END:VCARD")...)
}

func event(lines ...string) []byte {
	return crlfLines(append(append([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//a", "BEGIN:VEVENT", "UID:u", "DTSTAMP:20260101T000000Z",
		"DTSTART:20260302T090000Z", "SUMMARY:Meeting"}, lines...), "END:VEVENT", "END:VCALENDAR")...)
}

func texts(changes []Change) string {
	out := make([]string, len(changes))
	for i, c := range changes {
		out[i] = c.Text
	}
	return strings.Join(out, "\n")
}

const (
	jpegA = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEB"
	jpegB = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIC"
)

func TestChanges_OfACardInWords(t *testing.T) {
	for _, c := range []struct{ name, older, newer, want string }{
		{"telephone removed", "TEL;TYPE=work:+47 22 33 44 55|TEL;TYPE=cell:1234", "TEL;TYPE=cell:1234", "telephone, work: +47 22 33 44 55 removed"},
		{"telephone added", "", "TEL:+47", "telephone: +47 added"},
		{"telephone changed", "TEL;TYPE=work:1|TEL;TYPE=home:2", "TEL;TYPE=home:2|TEL;TYPE=work:3", "telephone, work: 1 changed to 3"},
		{"another label", "TEL;TYPE=work:1", "TEL;TYPE=home:1", "telephone 1: now home, before work"},
		{"no label any more", "TEL;TYPE=work:1", "TEL:1", "telephone 1: now without a label, before work"},
		{"two of a kind replaced", "TEL;TYPE=work:1|TEL;TYPE=work:2", "TEL;TYPE=work:3|TEL;TYPE=work:4",
			"telephone, work: 1 removed\ntelephone, work: 2 removed\ntelephone, work: 3 added\ntelephone, work: 4 added"},
		{"photo added", "", "PHOTO;ENCODING=b;TYPE=JPEG:" + jpegA, "photo added (JPEG, 27 bytes)"},
		{"photo replaced", "PHOTO;ENCODING=b;TYPE=JPEG:" + jpegA, "PHOTO;ENCODING=b;TYPE=JPEG:" + jpegB, "photo replaced"},
		{"photo removed", "PHOTO;ENCODING=b;TYPE=JPEG:" + jpegA, "", "photo removed"},
		{"photo spelled otherwise", "PHOTO;ENCODING=b;TYPE=JPEG:" + jpegA, "PHOTO;TYPE=JPEG;ENCODING=B:" + jpegA[:10] + "|  " + jpegA[10:], "written differently, with the same content"},
		{"categories", "CATEGORIES:Friends,Work", "CATEGORIES:Work,Choir,Club", "categories: Friends removed; Choir, Club added"},
		{"label of one's own", "item1.TEL:1|item1.X-ABLabel:Night", "item1.TEL:1|item1.X-ABLabel:Day", "telephone 1: now Day, before Night"},
		{"group renamed", "item1.TEL:1|item1.X-ABLabel:Night", "item7.TEL:1|item7.X-ABLabel:Night", "written differently, with the same content"},
		{"long note", "NOTE:" + strings.Repeat("a ", 100), "NOTE:" + strings.Repeat("b ", 100), "note changed"},
		{"note of two lines", "NOTE:a\\nb", "", "note: a, b removed"},
		{"stamps only", "REV:20250101T000000Z", "REV:20260101T000000Z", "last changed: 1 January 2025, 00:00 UTC changed to 1 January 2026, 00:00 UTC"},
		{"stamps beside", "REV:20250101T000000Z|PRODID:a", "REV:20260101T000000Z|PRODID:b|ORG:X", "organisation: X added"},
		{"parameters", "TEL;TYPE=work;TYPE=voice:1", "TEL;TYPE=\"voice,work\":1", "telephone 1: now work, before work"},
		{"AIM", "X-AIM:a", "", "AIM: a removed"},
		{"damaged", "not a line", "another", "line: not a line changed to another"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "parameters" {
				c.want = "written differently, with the same content"
			}
			older, newer := card(fields(c.older)...), card(fields(c.newer)...)
			if got := texts(Changes(pim.Contacts, older, newer)); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func fields(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "|")
}

func TestChanges_OfAnEventInWords(t *testing.T) {
	const (
		alarm    = "BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT15M|END:VALARM"
		alarmH   = "BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT1H|END:VALARM"
		weekly   = "RRULE:FREQ=WEEKLY"
		override = "END:VEVENT|BEGIN:VEVENT|UID:u|DTSTAMP:20260101T000000Z|RECURRENCE-ID:20260309T090000Z|DTSTART:20260309T100000Z|SUMMARY:Meeting"
	)
	for _, c := range []struct{ name, older, newer, want string }{
		{"moved", "DTEND:20260302T100000Z", "DTEND:20260302T110000Z", "end moved from 2 March 2026, 10:00 UTC to 2 March 2026, 11:00 UTC"},
		{"repeats", "", weekly, "now repeats every week"},
		{"repeats no more", weekly, "", "no longer repeats (was every week)"},
		{"repeats otherwise", weekly, "RRULE:FREQ=DAILY", "repeats: every week changed to every day"},
		{"left out", weekly + "|EXDATE:20260309T090000Z", weekly + "|EXDATE:20260309T090000Z,20260316T090000Z", "except on: 16 March 2026, 09:00 UTC added"},
		{"alarm added", "", alarm, "reminder 15 minutes before the start added"},
		{"alarm removed", alarm + "|" + alarmH, alarmH, "reminder 15 minutes before the start removed"},
		{"alarm changed", alarm, alarmH, "reminder: reminds: 15 minutes before the start changed to 1 hour before the start"},
		{"invited", "ATTENDEE;CN=Ann:mailto:a@x.org", "ATTENDEE;CN=Ann:mailto:a@x.org|ATTENDEE:mailto:b@x.org", "invited: b@x.org added"},
		{"answered", "ATTENDEE;CN=Ann;PARTSTAT=NEEDS-ACTION:mailto:a@x.org|ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:b@x.org",
			"ATTENDEE;PARTSTAT=NEEDS-ACTION:MAILTO:B@x.org|ATTENDEE;CN=Ann;PARTSTAT=ACCEPTED:mailto:a@x.org",
			"invited Ann <a@x.org>: now accepted, before no answer yet\ninvited, no answer yet: b@x.org changed to B@x.org"},
		{"occurrence changed", weekly, weekly + "|" + override + "|LOCATION:Hall", "occurrence of 9 March 2026, 09:00 UTC: starts 9 March 2026, 10:00 UTC; place: Hall added"},
		{"occurrence changed again", weekly + "|" + override, weekly + "|" + strings.Replace(override, "T100000Z|SUMMARY", "T120000Z|SUMMARY", 1),
			"occurrence of 9 March 2026, 09:00 UTC: start moved from 9 March 2026, 10:00 UTC to 9 March 2026, 12:00 UTC"},
		{"occurrence as all", weekly + "|" + override, weekly, "occurrence of 9 March 2026, 09:00 UTC: no longer different from the others (starts 9 March 2026, 10:00 UTC)"},
		{"alarm of an occurrence", weekly + "|" + override, weekly + "|" + override + "|" + alarm,
			"occurrence of 9 March 2026, 09:00 UTC: reminder 15 minutes before the start added"},
		{"stamps", "SEQUENCE:1|LAST-MODIFIED:20260101T000000Z", "SEQUENCE:2|LAST-MODIFIED:20260102T000000Z|STATUS:CANCELLED", "status: cancelled added"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Changes(pim.Calendar, event(fields(c.older)...), event(fields(c.newer)...))
			if texts(got) != c.want {
				t.Errorf("got\n%s\nwant\n%s", texts(got), c.want)
			}
		})
	}
}

func TestChanges_TellWhereAndWhat(t *testing.T) {
	older := card("TEL;TYPE=work:1", "NOTE:gone", "ORG:A")
	newer := card("ORG:B", "TEL;TYPE=work:1", "TITLE:new")
	fields := Fields(pim.Contacts, older)
	for _, c := range Changes(pim.Contacts, older, newer) {
		if c.Line >= 0 && (fields[c.Line].Name != c.Field || fields[c.Line].Value != c.Old) || (c.Line < 0) != (c.What == "added") {
			t.Errorf("%+v", c)
		}
	}
	want := []Change{
		{What: "removed", Field: "NOTE", Title: "Note", Old: "gone", Text: "note: gone removed", Line: 4},
		{What: "changed", Field: "ORG", Title: "Organisation", Old: "A", New: "B", Text: "organisation: A changed to B", Line: 5},
		{What: "added", Field: "TITLE", Title: "Job title", New: "new", Text: "job title: new added", Line: -1},
	}
	if diff := cmp.Diff(want, Changes(pim.Contacts, older, newer)); diff != "" {
		t.Error(diff)
	}
	if got := Changes(pim.Contacts, older, older); got != nil {
		t.Errorf("equal bytes: %+v", got)
	}
}

// someLines draws lines of which some are odd.
func someLines(t *rapid.T, label string) []string {
	return rapid.SliceOfN(rapid.SampledFrom([]string{
		"TEL;TYPE=work:1", "TEL;TYPE=work:2", "TEL:3", "item1.TEL:4", "item1.X-ABLabel:L", "item1.EMAIL:e@x", "item2.TEL:5", "item2.X-ABLabel:M",
		"NOTE:a", "NOTE;ENCODING=QUOTED-PRINTABLE:a=C3=A9", "CATEGORIES:a,b", "ORG:x", "BEGIN:VALARM", "END:VALARM", "TRIGGER:-PT5M", "BEGIN:VEVENT",
		"END:VEVENT", "END:VCARD", "BEGIN:VCARD", "RECURRENCE-ID:20260101", "DTSTART;TZID=Z:20260101T000000", "BEGIN:VTIMEZONE", "TZID:Z", "END:VTIMEZONE",
		"junk", "", "X:", ":", "PHOTO;ENCODING=b:" + jpegA, "UID:u", "RRULE:FREQ=DAILY",
	}), 0, 14).Draw(t, label)
}

func TestChanges_NeverPanicAndAlwaysSaySomething(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		make := rapid.SampledFrom([]func(...string) []byte{card, event, crlfLines}).Draw(t, "kind")
		older, newer := make(someLines(t, "older")...), make(someLines(t, "newer")...)
		got := Changes(pim.Contacts, older, newer)
		if (len(got) == 0) != (string(older) == string(newer)) {
			t.Fatalf("%d changes", len(got))
		}
		n := len(Fields(pim.Contacts, older))
		for _, c := range got {
			if c.Text == "" || c.Line >= n || c.Line < -1 || c.What == "added" && c.Line != -1 {
				t.Fatalf("%+v of %d", c, n)
			}
		}
	})
}

func TestPutField_PutsBackOneProperty(t *testing.T) {
	for _, c := range []struct{ name, older, newer, which, want string }{
		{"removed", "NOTE:n|TEL;TYPE=work:1|TEL:2", "TEL:2|ORG:x", "TEL 1", "TEL:2|TEL;TYPE=work:1|ORG:x"},
		{"none of its name left", "TEL:1", "ORG:x", "TEL 1", "ORG:x|TEL:1"},
		{"changed", "TEL;TYPE=work:1", "TEL;TYPE=work:2|TEL;TYPE=home:3", "TEL 1", "TEL;TYPE=work:1|TEL;TYPE=home:3"},
		{"there already", "TEL;TYPE=work:1", "TEL;TYPE=WORK:1|ORG:x", "TEL 1", "TEL;TYPE=WORK:1|ORG:x"},
		{"with its label", "item1.TEL:1|item1.X-ABLabel:Night", "ORG:x", "TEL 1", "ORG:x|item1.TEL:1|item1.X-ABLabel:Night"},
		{"label in a group that is taken", "item1.TEL:1|item1.X-ABLabel:Night", "item1.EMAIL:e@x|item1.X-ABLabel:Mail|ITEM2.URL:u", "TEL 1",
			"item1.EMAIL:e@x|item1.X-ABLabel:Mail|ITEM2.URL:u|item3.TEL:1|item3.X-ABLabel:Night"},
		{"instead of one with a label", "item1.TEL:1|item1.X-ABLabel:Night", "item1.TEL:1|item1.X-ABLabel:Day|ORG:x", "TEL 1", "item1.TEL:1|item1.X-ABLabel:Night|ORG:x"},
		{"quoted-printable", "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:caf=C3=A9=0D=0Aat noon", "ORG:x", "NOTE café", "ORG:x|NOTE:café\\nat noon"},
		{"photo", "PHOTO;ENCODING=b;TYPE=JPEG:" + jpegA[:12] + "|  " + jpegA[12:], "ORG:x", "PHOTO", "ORG:x|PHOTO;ENCODING=b;TYPE=JPEG:" + jpegA[:12] + "|  " + jpegA[12:]},
	} {
		t.Run(c.name, func(t *testing.T) {
			older, newer, want := card(fields(c.older)...), card(fields(c.newer)...), card(fields(c.want)...)
			got, err := PutField(pim.Contacts, older, newer, lineOf(older, c.which))
			if err != nil || string(got) != string(want) {
				t.Errorf("%v\n%s\nwant\n%s", err, got, want)
			}
			if again, err := PutField(pim.Contacts, older, got, lineOf(older, c.which)); err != nil || string(again) != string(got) {
				t.Errorf("a second time, %v\n%s", err, again)
			}
		})
	}
}

// lineOf finds the field whose name and value begin so.
func lineOf(body []byte, which string) int {
	name, value, _ := strings.Cut(which, " ")
	for i, f := range Fields(pim.Contacts, body) {
		if f.Name == name && strings.HasPrefix(f.Value, value) {
			return i
		}
	}
	return -1
}

func TestPutField_BringsBackWhatBelongsToIt(t *testing.T) {
	zone := []string{"BEGIN:VTIMEZONE", "TZID:Z", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE"}
	older := crlfLines(append(append([]string{"BEGIN:VCALENDAR", "VERSION:2.0"}, zone...), "BEGIN:VEVENT", "UID:u", "DTSTART;TZID=Z:20260302T090000", "RRULE:FREQ=DAILY",
		"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "END:VALARM", "END:VEVENT",
		"BEGIN:VEVENT", "UID:u", "RECURRENCE-ID;TZID=Z:20260303T090000", "DTSTART;TZID=Z:20260303T110000", "END:VEVENT", "END:VCALENDAR")...)
	newer := []byte("BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:u\nDTSTART:20260302T080000Z\nRRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR")
	lf := func(lines ...string) string { return strings.Join(lines, "\n") + "\n" }
	for which, want := range map[string]string{
		"DTSTART 2 March": lf(append([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:u", "DTSTART;TZID=Z:20260302T090000", "RRULE:FREQ=DAILY", "END:VEVENT"}, zone...)...) + "END:VCALENDAR",
		"TRIGGER": lf("BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:u", "DTSTART:20260302T080000Z", "RRULE:FREQ=DAILY",
			"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "END:VALARM", "END:VEVENT") + "END:VCALENDAR",
		"RECURRENCE-ID": lf(append(append([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:u", "DTSTART:20260302T080000Z", "RRULE:FREQ=DAILY", "END:VEVENT"}, zone...),
			"BEGIN:VEVENT", "UID:u", "RECURRENCE-ID;TZID=Z:20260303T090000", "DTSTART;TZID=Z:20260303T110000", "END:VEVENT")...) + "END:VCALENDAR",
	} {
		got, err := PutField(pim.Calendar, older, newer, lineOf(older, which))
		if err != nil || string(got) != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", which, err, got, want)
		}
	}
	for _, line := range []int{-1, 99, lineOf(older, "UID"), lineOf(older, "VERSION")} {
		if _, err := PutField(pim.Calendar, older, newer, line); pim.FaultOf(err) != pim.Invalid || pim.HintOf(err) == "" {
			t.Errorf("line %d: %v", line, err)
		}
	}
}

// TestPutField_ChangesNothingElse: whatever is put back, all other lines stay, and
// the difference is gone.
func TestPutField_ChangesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		make := rapid.SampledFrom([]func(...string) []byte{card, event}).Draw(t, "kind")
		older, newer := make(someLines(t, "older")...), make(someLines(t, "newer")...)
		changes := Changes(pim.Contacts, older, newer)
		for _, c := range changes {
			if c.Line < 0 {
				continue
			}
			got, err := PutField(pim.Contacts, older, newer, c.Line)
			if err != nil {
				if pim.FaultOf(err) != pim.Invalid {
					t.Fatal(err)
				}
				continue
			}
			lines := strings.SplitAfter(string(newer), "\r\n")
			kept := inCommon(lines, strings.SplitAfter(string(got), "\r\n"))
			if kept < len(lines)-4 { // the property, its label
				t.Fatalf("%+v: kept %d of %d lines\n%s", c, kept, len(lines), got)
			}
		}
	})
}

// inCommon is the length of the longest common subsequence.
func inCommon(a, b []string) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		before := 0 // of the row above, one to the left
		for j, y := range b {
			above := row[j+1]
			if x == y {
				row[j+1] = before + 1
			} else {
				row[j+1] = max(above, row[j])
			}
			before = above
		}
	}
	return row[len(b)]
}

func FuzzChanges(f *testing.F) {
	f.Add(card("TEL:1"), card("TEL:2"), 4)
	f.Add(event("RRULE:FREQ=DAILY"), event(), 5)
	f.Fuzz(func(t *testing.T, older, newer []byte, line int) {
		Changes(pim.Calendar, older, newer)
		if _, err := PutField(pim.Calendar, older, newer, line); pim.FaultOf(err) != pim.Invalid && err != nil {
			t.Fatal(fmt.Sprint(err))
		}
	})
}
