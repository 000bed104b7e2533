package formats

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"

	"sidekeep/sync/pim"
)

// described says what each DescribeVersion gives of the samples. What a version
// gave never changes: whatever changes it adds a line, with the next version.
var described = map[int]string{
	1: "5b0585c5000a32ffe91169064bd78cd2",
}

// samples of all that Describe understands, and of what it does not.
func samples() [][]byte {
	zone := []string{"BEGIN:VTIMEZONE", "TZID:Home", "BEGIN:STANDARD", "DTSTART:19701025T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
		"TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "END:STANDARD", "BEGIN:DAYLIGHT", "DTSTART:19700329T020000",
		"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "END:DAYLIGHT", "END:VTIMEZONE"}
	return [][]byte{
		{},
		[]byte("no object at all"),
		{0xff, 0xfe, 0, 1, 2},
		cardOf("3.0"),
		cardOf("3.0", "UID:u-1", "N:Family;Given;Mid;Dr.;Jr.", "FN:Given Family", "NICKNAME:Nick,Nack", "X-PHONETIC-LAST-NAME:Fämili",
			"EMAIL;TYPE=work:a@example.org", `EMAIL:"Name" <b@example.org>`, "EMAIL:a@example.org", "TEL;TYPE=cell:+1 555 0100",
			"ORG:Works;Unit", "TITLE:Head", "ROLE:Boss", "NOTE:a\\nb\\, c", "ADR:;;Street 1;Town;;12345;Land", "CATEGORIES:one,two",
			"PHOTO;ENCODING=b;TYPE=JPEG:"+jpeg, "X-SPOUSE:Partner", "REV:20200101T000000Z", "X-UID:no", "this is no property"),
		cardOf("4.0", "FN:Other", "FN;PREF=1:Main", "TEL;VALUE=uri:tel:+49-30-1;ext=7", "BDAY:--0314", "ANNIVERSARY:20010203", "item1.URL:https://example.org/",
			"item1.X-ABLABEL:Home", "IMPP:xmpp:a@example.org", "KIND:group", "MEMBER:urn:uuid:1", "LANG:de", "PRODID:-//x//y//EN"),
		cardOf("2.1", "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCr=", "gen", "TEL;HOME;VOICE:0170 1234567", "N;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:J=FCrgen;;;;"),
		cardOf("2.1", "N;CHARSET=SHIFT_JIS:\x94\x5C;\x88\xC0;;;"),
		cardOf("3.0", "FN:", "ORG:Works;Unit"),
		cardOf("3.0", "EMAIL:mailto:a@example.org"),
		cardOf("3.0", "FN:王小明", "NOTE:東京 ｆｕｌｌ", "TEL:０１７０"),
		utf16le("BEGIN:VCARD\r\nVERSION:2.1\r\nFN:Jürgen\r\nEND:VCARD\r\n"),
		[]byte("BEGIN:VCARD\rVERSION:3.0\rFN:x\rEND:VCARD\r"),
		[]byte("BEGIN:VCARD\nVERSION:3.0\nFN:cut of"),
		append(cardOf("3.0", "FN:first"), cardOf("3.0", "FN:second")...),
		eventOf("SUMMARY:Breakfast", "DTSTART:20260314T090000Z", "DTEND:20260314T100000Z", "LOCATION:Room\\, 1", "STATUS:confirmed", "PRIORITY:5"),
		eventOf("SUMMARY:Day", "DTSTART;VALUE=DATE:20260314", "DESCRIPTION:long\\ntext", "CLASS:PRIVATE", "URL:https://example.org/"),
		eventOf("SUMMARY:Floating", "DTSTART:20260314T090000", "DURATION:PT1H30M"),
		eventOf("SUMMARY:Zone", "DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:P1D"),
		eventOf("SUMMARY:Windows", `DTSTART;TZID="W. Europe Standard Time":20260102T090000`),
		eventOf("SUMMARY:Wrong", "DTSTART:20261332T250000Z", "DURATION:long", "RRULE:FREQ=NEVER"),
		calendarOf(append(zone, "BEGIN:VEVENT", "UID:u", "DTSTART;TZID=Home:20260702T090000", "SUMMARY:Own zone", "END:VEVENT")...),
		calendarOf("BEGIN:VEVENT", "UID:u", "RECURRENCE-ID:20260109T090000Z", "DTSTART:20260109T100000Z", "SUMMARY:Moved", "END:VEVENT",
			"BEGIN:VEVENT", "UID:u", "DTSTART:20260102T090000Z", "RRULE:FREQ=WEEKLY;COUNT=9", "EXDATE:20260116T090000Z", "SUMMARY:Weekly",
			"ORGANIZER;CN=Boss:mailto:boss@example.org", "ATTENDEE;CN=\"One, Person\";PARTSTAT=ACCEPTED:mailto:one@example.org",
			"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "END:VALARM", "END:VEVENT"),
		taskOf("SUMMARY:Task", "DUE:20260401T120000Z", "PERCENT-COMPLETE:40", "PRIORITY:1", "STATUS:IN-PROCESS"),
		taskOf("SUMMARY:Done", "COMPLETED:20260401T120000Z", "STATUS:COMPLETED", "CATEGORIES:a,b"),
		calendarOf("BEGIN:VJOURNAL", "UID:j", "DTSTART;VALUE=DATE:20260101", "SUMMARY:Note", "DESCRIPTION:text", "END:VJOURNAL"),
		calendarOf("BEGIN:VFREEBUSY", "UID:f", "DTSTART:20260101T000000Z", "DTEND:20260102T000000Z", "END:VFREEBUSY"),
		calendarOf("BEGIN:VTODO", "END:VEVENT"),
		bodyOf("BEGIN:VCALENDAR", "VERSION:1.0", "BEGIN:VEVENT", "SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Gr=C3=BC=C3=9Fe", "DTSTART:20260102T030405Z",
			"RRULE:W1 MO #5", "END:VEVENT", "END:VCALENDAR"),
	}
}

// A vault believes what a version of Describe said of bytes: a version always says
// the same.
func TestDescribe_VersionStandsForWhatItGives(t *testing.T) {
	sum := sha256.New()
	for _, kind := range []pim.Kind{pim.Contacts, pim.Calendar} {
		for _, body := range samples() {
			s := Describe(kind, body)
			if s.By != DescribeVersion {
				t.Fatalf("it was described by version %d", s.By)
			}
			s.By = 0
			text, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			sum.Write(append(text, '\n'))
		}
	}
	if got := fmt.Sprintf("%x", sum.Sum(nil)[:16]); got != described[DescribeVersion] {
		t.Errorf("Describe gives something else than version %d gave: raise DescribeVersion, and add to described: %d: %q",
			DescribeVersion, DescribeVersion+1, got)
	}
	if len(described) != DescribeVersion {
		t.Errorf("%d versions are known, not %d", len(described), DescribeVersion)
	}
}
