package formats

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidekeep/formats/contentline"
	"sidekeep/sync/pim"
)

// textLine writes a property with a text value.
func textLine(name, text string) []byte {
	return contentline.NewLine(name, contentline.EscapeText(text)).Raw()
}

func TestFields_Card(t *testing.T) {
	for in, want := range map[string]string{ // "line" -> "Title|Label|Value|Type"
		"N:Doe;Jo;;Dr.;":                          "Name in parts||Dr. Jo Doe|text",
		"TEL;TYPE=work,voice;TYPE=pref:1":         "Telephone|work, preferred|1|phone",
		"TEL;HOME;FAX:1":                          "Telephone|home, fax|1|phone",
		"TEL;TYPE=\"cell,work\";VALUE=uri:tel:+1": "Telephone|mobile, work|+1|phone",
		"EMAIL;type=INTERNET;type=home:a@b.org":   "E-mail|home|a@b.org|email",
		"ADR;TYPE=home:;;Street 1;Town;;123;Land": "Address|home|Street 1\n123 Town\nLand|address",
		"ORG:A;B":                                 "Organisation||A, B|text",
		"BDAY:19900102":                           "Birthday||2 January 1990|date",
		"BDAY:--0203":                             "Birthday||3 February|date",
		"BDAY:1990":                               "Birthday||1990|date",
		"BDAY:1990-12":                            "Birthday||December 1990|date",
		"BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-03":  "Birthday||3 February|date",
		"BDAY;VALUE=text:in spring":               "Birthday||in spring|date",
		"REV:2020-01-02T03:04:05Z":                "Last changed||2 January 2020, 03:04:05 UTC|date",
		"GENDER:F;plain":                          "Gender||female, plain|text",
		"GEO:geo:1.5,2.5":                         "Position||1.5, 2.5|text",
		"PHOTO;ENCODING=b:" + jpeg:                "Photo||JPEG, 16 bytes|photo",
		"PHOTO;VALUE=uri:https://x.org/a.png":     "Photo||https://x.org/a.png|url",
		"X-FAVOURITE-COLOUR:blue":                 "Favourite colour||blue|other",
		"NOTE;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab": "Note||a\nb|text",
		"these are words":                         "Line||these are words|other",
		"CATEGORIES:a,b\\,c":                      "Categories||a, b,c|text",
		"IMPP;TYPE=home:xmpp:a@b.org":             "Instant message|home|xmpp:a@b.org|text",
		"URL:http\\://x.org":                      "Web page||http://x.org|url",
		"KEY;ENCODING=b:aGVsbG8gd29ybGQ=":         "Key||file, 11 bytes|key",
	} {
		fields := Fields(pim.Contacts, cardOf("3.0", in))
		if len(fields) != 2 {
			t.Errorf("%s: %d fields", in, len(fields))
			continue
		}
		f := fields[1]
		if got := strings.Join([]string{f.Title, f.Label, f.Value, f.Type}, "|"); got != want {
			t.Errorf("%s\ngot  %q\nwant %q", in, got, want)
		}
	}
}

func TestFields_GroupLabels(t *testing.T) {
	fields := Fields(pim.Contacts, cardOf("3.0", "item1.X-ABDATE:2001-02-03", "item1.X-ABLabel:_$!<Anniversary>!$_", "Item2.TEL;TYPE=work:1",
		"item2.X-ABLabel:Night line", "item3.URL:x", "item3.X-ABLabel:_$!<HomePage>!$_"))
	var got []string
	for _, f := range fields[1:] {
		got = append(got, f.Group+" "+f.Name+" "+f.Label+" "+f.Value)
	}
	want := []string{"item1 X-ABDATE anniversary 3 February 2001", "item1 X-ABLABEL  _$!<Anniversary>!$_", "Item2 TEL Night line 1",
		"item2 X-ABLABEL  Night line", "item3 URL home page x", "item3 X-ABLABEL  _$!<HomePage>!$_"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFields_Calendar(t *testing.T) {
	for in, want := range map[string]string{
		"DTSTART;TZID=Europe/Berlin:20260102T090000":                       "Starts||2 January 2026, 09:00 (Europe/Berlin)|date",
		"DTEND;VALUE=DATE:20260102":                                        "Ends||2 January 2026|date",
		"EXDATE:20260102T090000Z,20260103T090000Z":                         "Except on||2 January 2026, 09:00 UTC\n3 January 2026, 09:00 UTC|date",
		"FREEBUSY:20260102T090000Z/PT1H":                                   "Busy||2 January 2026, 09:00 UTC for 1 hour|date",
		"DURATION:P1DT2H":                                                  "Lasts||1 day 2 hours|text",
		"DURATION:P2W":                                                     "Lasts||2 weeks|text",
		"TRIGGER:-PT15M":                                                   "Reminds||15 minutes before the start|text",
		"TRIGGER;RELATED=END:PT0S":                                         "Reminds||at the end|text",
		"TRIGGER;VALUE=DATE-TIME:20260102T090000Z":                         "Reminds||2 January 2026, 09:00 UTC|text",
		"RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=10":                "Repeats||every 2 weeks on Monday, Friday, 10 times|text",
		"RRULE:FREQ=MONTHLY;BYDAY=-1SU;UNTIL=20260102":                     "Repeats||every month on the last Sunday, until 2 January 2026|text",
		"RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29":                        "Repeats||every year on day 29 in February|text",
		"RRULE:FREQ=DAILY;BYSETPOS=2":                                      "Repeats||FREQ=DAILY;BYSETPOS=2|text",
		"RRULE:nonsense":                                                   "Repeats||nonsense|text",
		`ATTENDEE;CN="A, B";PARTSTAT=NEEDS-ACTION;ROLE=CHAIR:mailto:a@b.c`: "Invited|no answer yet, chair|A, B <a@b.c>|email",
		"ORGANIZER;CN=A;EMAIL=a@b.c:/principals/1":                         "Organiser||A <a@b.c>|email",
		"ATTENDEE;CN=foo":                                                  "Invited||ATTENDEE;CN=foo|other",
		"STATUS:NEEDS-ACTION":                                              "Status||to do|text",
		"PRIORITY:1":                                                       "Priority||high (1)|text",
		"PERCENT-COMPLETE:50":                                              "Progress||50 %|text",
		"TRANSP:TRANSPARENT":                                               "Shown as||free|text",
		"ATTACH;ENCODING=BASE64;VALUE=BINARY;FMTTYPE=text/plain:aGVsbG8gd29ybGQ=": "Attachment||PLAIN, 11 bytes|other",
		"ATTACH;FILENAME=a.pdf:https://x.org/a.pdf":                               "Attachment|a.pdf|https://x.org/a.pdf|url",
	} {
		f := Fields(pim.Calendar, eventOf(in))[1]
		if got := strings.Join([]string{f.Title, f.Label, f.Value, f.Type}, "|"); got != want {
			t.Errorf("%s\ngot  %q\nwant %q", in, got, want)
		}
	}
}

// Every line of an object is a field, the described component's first.
func TestFields_NothingIsHidden(t *testing.T) {
	body := calendarOf(append(append([]string{}, berlin...), "X-OWN;A=b:c", "BEGIN:VEVENT", "UID:u", "BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM",
		"SUMMARY:s", "END:VEVENT", "BEGIN:X-OTHER", "A:1", "END:X-OTHER")...)
	var got []string
	for _, f := range Fields(pim.Calendar, body) {
		got = append(got, f.Component+" "+f.Name)
	}
	want := []string{"VEVENT UID", "VEVENT SUMMARY", "VEVENT/VALARM TRIGGER", "X-OTHER A", "VCALENDAR VERSION", "VCALENDAR PRODID", "VCALENDAR X-OWN",
		"VTIMEZONE TZID", "VTIMEZONE/STANDARD DTSTART", "VTIMEZONE/STANDARD RRULE", "VTIMEZONE/STANDARD TZOFFSETFROM", "VTIMEZONE/STANDARD TZOFFSETTO",
		"VTIMEZONE/DAYLIGHT DTSTART", "VTIMEZONE/DAYLIGHT RRULE", "VTIMEZONE/DAYLIGHT TZOFFSETFROM", "VTIMEZONE/DAYLIGHT TZOFFSETTO"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFields_AreBounded(t *testing.T) {
	lines := make([]string, 30_000)
	for i := range lines {
		lines[i] = fmt.Sprintf("X-%d:1", i)
	}
	body := cardOf("3.0", lines...)
	f := Fields(pim.Contacts, body)
	if n := len(f); n != maxFields+1 || f[n-1].Value != "10001 more lines are not shown here; the text of the object has them all" {
		t.Errorf("%d fields, the last %+v", n, f[n-1])
	}
	if s := Describe(pim.Contacts, body); len(s.Fields) > maxNames+1 || s.Fields["*"] < 29_000 {
		t.Errorf("%d names, %d others", len(s.Fields), s.Fields["*"])
	}
}

// Every line of every file of the corpus is among its fields.
func TestCorpus_FieldsAreComplete(t *testing.T) {
	eachFile(t, func(name string, kind pim.Kind, body []byte) {
		n := 0
		for _, l := range contentline.Lines(body) {
			if !l.Blank() && !(l.HasColon() && (l.Is("BEGIN") || l.Is("END"))) {
				n++
			}
		}
		got := 0
		for _, f := range Fields(kind, body) {
			if stray := f.Name == "BEGIN" || f.Name == "END"; !stray || !strings.Contains(f.Raw, ":") {
				got++
			}
		}
		if got != n {
			t.Errorf("%s: %d fields of %d lines", name, got, n)
		}
	})
}

// benchCard is a contact of about 2 KB, or with a photo of 12 KB.
func benchCard(photo bool) []byte {
	lines := []string{"UID:6b7d0a5e-0000-4000-8000-000000000001", "N:Family;Given;;;", "FN:Given Family", "ORG:Works;Unit", "TITLE:Head"}
	for range 6 {
		lines = append(lines, "TEL;TYPE=work,voice:+1 555 010 0100", "EMAIL;TYPE=INTERNET,work:someone@example.org",
			"item1.ADR;TYPE=home:;;1 Long Street;Town;;12345;Country", "item1.X-ABLabel:_$!<Home>!$_")
	}
	lines = append(lines, strings.TrimSuffix(string(textLine("NOTE", strings.Repeat("some words of a note, ", 40))), "\r\n"))
	if photo {
		l := contentline.NewLine("PHOTO", jpeg+strings.Repeat("AbCd", 4000), contentline.NewParam("ENCODING", "b"), contentline.NewParam("TYPE", "JPEG"))
		lines = append(lines, strings.TrimSuffix(string(l.Raw()), "\r\n"))
	}
	return cardOf("3.0", lines...)
}

func benchEvent() []byte {
	return calendarOf(append(append([]string{}, berlin...), "BEGIN:VEVENT", "UID:6b7d0a5e-0000-4000-8000-000000000002", "DTSTAMP:20260101T000000Z",
		"DTSTART;TZID=Somewhere:20260102T090000", "DTEND;TZID=Somewhere:20260102T100000", "RRULE:FREQ=WEEKLY;BYDAY=MO", "SUMMARY:Weekly meeting",
		"DESCRIPTION:"+strings.Repeat("words ", 10), "LOCATION:Room 1", "ORGANIZER;CN=One:mailto:one@example.org",
		"ATTENDEE;CN=Two;PARTSTAT=ACCEPTED:mailto:two@example.org", "STATUS:CONFIRMED", "SEQUENCE:1", "BEGIN:VALARM", "ACTION:DISPLAY",
		"TRIGGER:-PT15M", "END:VALARM", "END:VEVENT")...)
}

func benchmark(b *testing.B, body []byte) {
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		Describe("", body)
	}
}

func BenchmarkDescribeCard(b *testing.B)  { benchmark(b, benchCard(false)) }
func BenchmarkDescribePhoto(b *testing.B) { benchmark(b, benchCard(true)) }
func BenchmarkDescribeEvent(b *testing.B) { benchmark(b, benchEvent()) }
