package formats

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sidekeep/sync/pim"
)

// bodyOf makes a body of lines.
func bodyOf(lines ...string) []byte { return []byte(strings.Join(lines, "\r\n") + "\r\n") }

// cardOf puts lines into a card of that version.
func cardOf(version string, lines ...string) []byte {
	return bodyOf(append(append([]string{"BEGIN:VCARD", "VERSION:" + version}, lines...), "END:VCARD")...)
}

// calendarOf puts lines into a calendar.
func calendarOf(lines ...string) []byte {
	return bodyOf(append(append([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//EN"}, lines...), "END:VCALENDAR")...)
}

// eventOf puts lines into an event in a calendar.
func eventOf(lines ...string) []byte {
	return calendarOf(append(append([]string{"BEGIN:VEVENT", "UID:u"}, lines...), "END:VEVENT")...)
}

func taskOf(lines ...string) []byte {
	return calendarOf(append(append([]string{"BEGIN:VTODO", "UID:u"}, lines...), "END:VTODO")...)
}

// jpeg is the start of a photo: enough to be recognised.
var jpeg = base64.StdEncoding.EncodeToString([]byte("\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01"))

func TestDescribe_CardTitles(t *testing.T) {
	for name, c := range map[string]struct {
		body []byte
		want string
	}{
		"FN":                       {cardOf("3.0", "FN:Given Family"), "Given Family"},
		"FN folded and escaped":    {cardOf("3.0", `FN:Fam\, G`, " iven"), "Fam, Given"},
		"preferred FN":             {cardOf("4.0", "FN:Other", "FN;PREF=1:Main"), "Main"},
		"FN empty":                 {cardOf("3.0", "FN:", "N:Family;Given;Mid;Dr.;Jr."), "Dr. Given Mid Family Jr."},
		"FN of two lines":          {cardOf("3.0", `FN:Given\nFamily`), "Given Family"},
		"quoted-printable, UTF-8":  {cardOf("2.1", "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCr=", "gen"), "Jürgen"},
		"quoted-printable, bare":   {cardOf("2.1", "FN;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:J=FCrgen"), "Jürgen"},
		"Latin-1 without a word":   {cardOf("2.1", "FN:J\xFCrgen"), "Jürgen"},
		"Latin-1 said to be UTF-8": {cardOf("2.1", "FN;CHARSET=UTF-8:J\xFCrgen"), "Jürgen"},
		"Shift_JIS, byte 0x5C":     {cardOf("2.1", "N;CHARSET=SHIFT_JIS:\x94\x5C;\x88\xC0;;;"), "能安"},
		"charset not known":        {cardOf("2.1", "FN;CHARSET=X-NONE:abc"), "abc"},
		"nickname":                 {cardOf("3.0", "N:;;;;", "NICKNAME:Nick,Second"), "Nick,Second"},
		"organisation":             {cardOf("3.0", "ORG:Works;Unit"), "Works, Unit"},
		"address":                  {cardOf("3.0", "EMAIL:mailto:a@example.org"), "a@example.org"},
		"number":                   {cardOf("4.0", "TEL;VALUE=uri:tel:+49-30-1;ext=7"), "+49-30-1 ext. 7"},
		"only a note":              {cardOf("3.0", `NOTE:first line\nsecond`), "first line"},
		"only a web page":          {cardOf("3.0", "URL:http://example.org/"), "http://example.org/"},
		"only a UID":               {cardOf("3.0", "UID:u-1"), "u-1"},
		"in a group":               {cardOf("3.0", "item1.FN:In Group"), "In Group"},
		"no VERSION":               {bodyOf("BEGIN:VCARD", "FN:x", "END:VCARD"), "x"},
		"VERSION of one digit":     {cardOf("4", "FN:x"), "x"},
		"no END":                   {bodyOf("BEGIN:VCARD", "VERSION:3.0", "FN:x"), "x"},
		"no BEGIN":                 {bodyOf("VERSION:3.0", "FN:x", "END:VCARD"), "x"},
		"lower case":               {bodyOf("begin:vcard", "version:3.0", "fn:x", "end:vcard"), "x"},
		"byte order mark":          {append([]byte("\xEF\xBB\xBF"), cardOf("3.0", "FN:x")...), "x"},
		"kind is wrong":            {cardOf("3.0", "FN:x"), "x"},
		"AGENT with its own FN":    {cardOf("2.1", "AGENT:", "BEGIN:VCARD", "FN:Agent", "END:VCARD", "FN:Chief"), "Chief"},
		"control characters":       {cardOf("3.0", "FN:a\x01b\x7F"), "ab"},
		"Chinese":                  {cardOf("3.0", "N:王;小明;;;", "FN:王小明"), "王小明"},
		"UTF-16":                   {utf16le("BEGIN:VCARD\r\nVERSION:2.1\r\nFN:Jürgen\r\nEND:VCARD\r\n"), "Jürgen"},
		"nothing in it":            {cardOf("3.0"), ""},
		"line ends CR":             {[]byte("BEGIN:VCARD\rVERSION:3.0\rFN:x\rEND:VCARD\r"), "x"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, kind := range []pim.Kind{pim.Contacts, pim.Calendar} {
				if s := Describe(kind, c.body); s.Title != c.want || (s.Component != "VCARD") {
					t.Errorf("as %s: %q, a %s", kind, s.Title, s.Component)
				}
			}
		})
	}
}

func utf16le(s string) []byte {
	out := []byte{0xFF, 0xFE}
	for _, r := range s {
		out = append(out, byte(r), byte(r>>8))
	}
	return out
}

func TestDescribe_CardInFull(t *testing.T) {
	body := cardOf("3.0", "UID:u-1", "N:Family;Given;;;", "FN:Given Family", "NICKNAME:Nick,Nack", "X-PHONETIC-LAST-NAME:Fämili",
		"EMAIL;TYPE=work:a@example.org", `EMAIL:"Name" <b@example.org>`, "EMAIL:a@example.org", "TEL;TYPE=cell:+1 555 0100",
		"ORG:Works;Unit", "TITLE:Head", "NOTE:a\\nb", "ADR:;;Street 1;Town;;12345;Land", "CATEGORIES:one,two",
		"PHOTO;ENCODING=b;TYPE=JPEG:"+jpeg, "X-SPOUSE:Partner", "REV:20200101T000000Z", "X-UID:no", "this is no property")
	want := pim.Summary{
		Format: "vcard 3.0", Component: "VCARD", UID: "u-1", Title: "Given Family", Names: []string{"Nick", "Nack", "Fämili"},
		Emails: []string{"a@example.org", "b@example.org"}, Phones: []string{"+1 555 0100"}, Orgs: []string{"Works", "Unit", "Head"},
		Text: []string{"a\nb", "Street 1, 12345 Town, Land", "one", "two", "Partner"}, Percent: -1, HasPhoto: true,
		Fields: map[string]int{"ADR": 1, "CATEGORIES": 1, "EMAIL": 3, "FN": 1, "N": 1, "NICKNAME": 1, "NOTE": 1, "ORG": 1, "PHOTO": 1,
			"REV": 1, "TEL": 1, "TITLE": 1, "UID": 1, "VERSION": 1, "X-PHONETIC-LAST-NAME": 1, "X-SPOUSE": 1, "X-UID": 1},
		Problems: []string{"one line is no property"}, By: DescribeVersion,
	}
	if diff := cmp.Diff(want, Describe(pim.Contacts, body)); diff != "" {
		t.Error(diff)
	}
}

func TestDescribe_Photos(t *testing.T) {
	for name, c := range map[string]struct {
		line     string
		embedded bool
		mime     string
	}{
		"3.0":                {"PHOTO;ENCODING=b;TYPE=PNG:" + jpeg, true, "image/jpeg"},
		"2.1":                {"PHOTO;JPEG;ENCODING=BASE64:\r\n " + jpeg + "\r\n", true, "image/jpeg"},
		"2.1, not indented":  {"PHOTO;JPEG;BASE64:\r\n" + jpeg[:8] + "\r\n" + jpeg[8:] + "\r\n", true, "image/jpeg"},
		"4.0":                {"PHOTO:data:image/jpeg;base64," + jpeg, true, "image/jpeg"},
		"4.0, escaped":       {`PHOTO:data:image/jpeg\;base64\,` + jpeg, true, "image/jpeg"},
		"VALUE=BINARY":       {"PHOTO;VALUE=BINARY:" + jpeg, true, "image/jpeg"},
		"said by type alone": {"PHOTO;ENCODING=b;TYPE=gif:" + base64.StdEncoding.EncodeToString([]byte("not an image")), true, "image/gif"},
		"link":               {"PHOTO;VALUE=uri:http://example.org/a.jpg", false, ""},
		"damaged":            {"PHOTO;ENCODING=BASE64;TYPE=JPEG:qgEPAAIAAAAHAAAAugEQAAIAAAAG:ASDF==", false, ""},
		"empty":              {"PHOTO;ENCODING=b:", false, ""},
		"nothing":            {"NOTE:x", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			body := cardOf("3.0", "FN:x", c.line)
			data, mime, ok := Photo(body)
			if s := Describe(pim.Contacts, body); s.HasPhoto != c.embedded || ok != c.embedded || mime != c.mime {
				t.Errorf("HasPhoto %v, Photo %d bytes of %q, %v", s.HasPhoto, len(data), mime, ok)
			}
		})
	}
}

func TestDescribe_SeveralCards(t *testing.T) {
	s := Describe(pim.Contacts, append(cardOf("3.0", "FN:One"), cardOf("3.0", "FN:Two")...))
	if s.Title != "One" || !cmp.Equal(s.Names, []string{"Two"}) || !cmp.Equal(s.Problems, []string{"it holds 2 cards; the first is described"}) {
		t.Errorf("%+v", s)
	}
}

// berlin is a VTIMEZONE under a name that only its own object knows.
var berlin = []string{"BEGIN:VTIMEZONE", "TZID:Somewhere", "BEGIN:STANDARD", "DTSTART:19701025T030000",
	"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "END:STANDARD", "BEGIN:DAYLIGHT",
	"DTSTART:19700329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "END:DAYLIGHT", "END:VTIMEZONE"}

func TestDescribe_Times(t *testing.T) {
	for name, c := range map[string]struct {
		lines      []string
		start, end string
		problem    string
	}{
		"UTC":                    {[]string{"DTSTART:20260102T030405Z", "DTEND:20260102T040000Z"}, "2026-01-02T03:04:05Z", "2026-01-02T04:00:00Z", ""},
		"zone":                   {[]string{"DTSTART;TZID=Europe/Berlin:20260702T090000"}, "2026-07-02T09:00:00+02:00", "", ""},
		"Windows zone":           {[]string{`DTSTART;TZID="W. Europe Standard Time":20260102T090000`}, "2026-01-02T09:00:00+01:00", "", ""},
		"zone of the object":     {[]string{"DTSTART;TZID=Somewhere:20260702T090000"}, "2026-07-02T09:00:00+02:00", "", ""},
		"end without the zone":   {[]string{"DTSTART;TZID=America/New_York:20260702T090000", "DTEND:20260702T100000"}, "2026-07-02T09:00:00-04:00", "2026-07-02T10:00:00-04:00", ""},
		"floating":               {[]string{"DTSTART:20260702T090000"}, "2026-07-02T09:00:00", "", ""},
		"day":                    {[]string{"DTSTART;VALUE=DATE:20260228"}, "2026-02-28", "2026-03-01", ""},
		"day without the word":   {[]string{"DTSTART:20260228"}, "2026-02-28", "2026-03-01", ""},
		"day with a time":        {[]string{"DTSTART;VALUE=DATE:20260228T000000"}, "2026-02-28", "2026-03-01", ""},
		"day, but a time":        {[]string{"DTSTART;VALUE=DATE:20260228T203000"}, "2026-02-28T20:30:00", "", ""},
		"days":                   {[]string{"DTSTART;VALUE=DATE:20260228", "DTEND;VALUE=DATE:20260305"}, "2026-02-28", "2026-03-05", ""},
		"duration":               {[]string{"DTSTART:20260102T030000Z", "DURATION:PT1H30M"}, "2026-01-02T03:00:00Z", "2026-01-02T04:30:00Z", ""},
		"a day over the change":  {[]string{"DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:P1D"}, "2026-03-28T12:00:00+01:00", "2026-03-29T12:00:00+02:00", ""},
		"hours over the change":  {[]string{"DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:PT24H"}, "2026-03-28T12:00:00+01:00", "2026-03-29T13:00:00+02:00", ""},
		"days by duration":       {[]string{"DTSTART;VALUE=DATE:20260228", "DURATION:P1W"}, "2026-02-28", "2026-03-07", ""},
		"extended, with offset":  {[]string{"DTSTART:2026-01-02T09:00:00+01:00"}, "2026-01-02T08:00:00Z", "", ""},
		"zone not known":         {[]string{"DTSTART;TZID=No Such Place:20260102T090000"}, "2026-01-02T09:00:00+02:00", "", ""},
		"ends first":             {[]string{"DTSTART:20260102T030000Z", "DTEND:20260101T030000Z"}, "2026-01-02T03:00:00Z", "2026-01-01T03:00:00Z", "it ends before it starts"},
		"no time":                {[]string{"DTSTART:soon"}, "", "", "DTSTART can't be read as a time"},
		"30 February":            {[]string{"DTSTART:20260230T000000"}, "", "", "DTSTART can't be read as a time"},
		"no duration":            {[]string{"DTSTART:20260102T030000Z", "DURATION:long"}, "2026-01-02T03:00:00Z", "", "DURATION can't be read"},
		"a duration without end": {[]string{"DTSTART:20260102T030000Z", "DURATION:P99999999999999999999W"}, "2026-01-02T03:00:00Z", "", "DURATION can't be read"},
		"none":                   {nil, "", "", "DTSTART is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			s := Describe(pim.Calendar, calendarOf(append(append(append([]string{}, berlin...), append([]string{"BEGIN:VEVENT", "UID:u"}, c.lines...)...), "END:VEVENT")...))
			problem := strings.Join(s.Problems, "; ")
			if name == "zone not known" { // the only VTIMEZONE there is, or local time
				if s.Start == nil || s.Start.TZID != "No Such Place" {
					t.Errorf("start %v", s.Start)
				}
				return
			}
			if s.Start.String() != c.start || s.End.String() != c.end || problem != c.problem {
				t.Errorf("start %v, end %v, problems %q", s.Start, s.End, problem)
			}
		})
	}
}

func TestDescribe_ZoneNotKnown(t *testing.T) {
	s := Describe(pim.Calendar, eventOf("DTSTART;TZID=No Such Place:20260102T090000"))
	if s.Start.String() != "2026-01-02T09:00:00" || !s.Start.Floating || len(s.Problems) != 1 {
		t.Errorf("%+v %v", s.Start, s.Problems)
	}
}

func TestDescribe_Tasks(t *testing.T) {
	for name, c := range map[string]struct {
		lines     []string
		due       string
		completed bool
		percent   int
		priority  int
	}{
		"open":                   {[]string{"DUE:20260102T030000Z", "PRIORITY:1", "STATUS:NEEDS-ACTION"}, "2026-01-02T03:00:00Z", false, -1, 1},
		"done":                   {[]string{"STATUS:completed", "PERCENT-COMPLETE:100"}, "", true, 100, 0},
		"done by its date":       {[]string{"COMPLETED:20260101T000000Z"}, "", true, -1, 0},
		"done by its percentage": {[]string{"PERCENT-COMPLETE:100"}, "", true, 100, 0},
		"begun":                  {[]string{"STATUS:IN-PROCESS", "PERCENT-COMPLETE:50", "DUE;VALUE=DATE:20260102"}, "2026-01-02", false, 50, 0},
		"due by duration":        {[]string{"DTSTART:20260102T030000Z", "DURATION:PT1H"}, "2026-01-02T04:00:00Z", false, -1, 0},
		"nonsense":               {[]string{"PERCENT-COMPLETE:900", "PRIORITY:x"}, "", false, -1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := Describe(pim.Calendar, taskOf(append(c.lines, "SUMMARY:t")...))
			if s.Component != "VTODO" || s.Due.String() != c.due || s.Completed != c.completed || s.Percent != c.percent || s.Priority != c.priority {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestDescribe_RecurringSet(t *testing.T) {
	body := calendarOf("BEGIN:VEVENT", "UID:u", "RECURRENCE-ID:20260109T090000Z", "DTSTART:20260109T100000Z", "SUMMARY:Moved", "END:VEVENT",
		"BEGIN:VEVENT", "UID:u", "DTSTART:20260102T090000Z", "RRULE:FREQ=WEEKLY", "SUMMARY:Weekly", "LOCATION:Room\\, 1",
		"ATTENDEE;CN=\"One, Person\";PARTSTAT=ACCEPTED:mailto:one@example.org", "BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM", "END:VEVENT")
	want := pim.Summary{
		Format: "icalendar 2.0", Component: "VEVENT", UID: "u", Title: "Weekly", Location: "Room, 1", Percent: -1, Producer: "-//x//y//EN",
		Emails: []string{"one@example.org"}, Text: []string{"Room, 1", "One, Person", "Moved"},
		Start: &pim.When{At: time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)}, RRule: "FREQ=WEEKLY", Recurs: true,
		Fields: map[string]int{"ATTENDEE": 1, "DTSTART": 2, "LOCATION": 1, "RECURRENCE-ID": 1, "RRULE": 1, "SUMMARY": 2, "TRIGGER": 1, "UID": 2, "VALARM": 1},
		By:     DescribeVersion,
	}
	if diff := cmp.Diff(want, Describe(pim.Calendar, body)); diff != "" {
		t.Error(diff)
	}
}

func TestDescribe_OtherThings(t *testing.T) {
	for name, c := range map[string]struct {
		body                              string
		format, component, title, problem string
	}{
		"empty":        {"", "unknown", "", "", "the object is empty"},
		"web page":     {"<!DOCTYPE html><html>Sign in</html>", "unknown", "", "", "this is a web page, not a card or a calendar"},
		"XML":          {"<?xml version=\"1.0\"?><a/>", "unknown", "", "", "this is XML, not a card or a calendar"},
		"JSON":         {`{"a":1}`, "unknown", "", "", "this is JSON, not a card or a calendar"},
		"words":        {"hello", "unknown", "", "", "no card or calendar was found in it"},
		"zeros":        {"\x00\x00\x00\x00\x00", "unknown", "", "", "no card or calendar was found in it"},
		"availability": {string(calendarOf("BEGIN:VAVAILABILITY", "UID:u", "END:VAVAILABILITY")), "icalendar 2.0", "VAVAILABILITY", "Availability", ""},
		"busy times":   {string(calendarOf("BEGIN:VFREEBUSY", "UID:u", "END:VFREEBUSY")), "icalendar 2.0", "VFREEBUSY", "Free and busy times", ""},
		"zone only":    {string(calendarOf(berlin...)), "icalendar 2.0", "VTIMEZONE", "Somewhere", ""},
		"no calendar":  {"BEGIN:VEVENT\nDTSTART:20260101\nSUMMARY:x\nEND:VEVENT\n", "icalendar 2.0", "VEVENT", "x", "there is no VCALENDAR around it"},
		"cut short":    {"BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nDTSTART:20260101\nSUMMARY:x", "icalendar 2.0", "VEVENT", "x", "END is missing"},
		"journal":      {string(calendarOf("BEGIN:VJOURNAL", "DESCRIPTION:Dear\\ndiary", "END:VJOURNAL")), "icalendar 2.0", "VJOURNAL", "Dear", ""},
		"vCalendar":    {"BEGIN:VCALENDAR\nVERSION:1.0\nBEGIN:VTODO\nSUMMARY;QUOTED-PRINTABLE:a=3Db\nEND:VTODO\nEND:VCALENDAR\n", "icalendar 1.0", "VTODO", "a=b", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := Describe(pim.Calendar, []byte(c.body))
			if got := strings.Join(s.Problems, "; "); s.Format != c.format || s.Component != c.component || s.Title != c.title || got != c.problem {
				t.Errorf("%q %q %q, problems %q", s.Format, s.Component, s.Title, got)
			}
			checkSummary(t, name, s)
		})
	}
}

func TestDescribe_AttendeeInLatin1(t *testing.T) {
	s := Describe(pim.Calendar, eventOf("DTSTART:20260101", "ATTENDEE;CN=J\xFCrgen:mailto:j@example.org"))
	if !cmp.Equal(s.Text, []string{"Jürgen"}) || !cmp.Equal(s.Emails, []string{"j@example.org"}) {
		t.Errorf("%q %q", s.Text, s.Emails)
	}
}

// Nothing of a summary may name what the object says.
func TestDescribe_ProblemsHaveNoContent(t *testing.T) {
	s := Describe(pim.Calendar, eventOf("DTSTART;TZID=SECRET:20260101T000000", "DTEND:SECRET", "DURATION:SECRET", "PRIORITY:SECRET",
		"PERCENT-COMPLETE:SECRET", "SECRET words", "STATUS:x"))
	if len(s.Problems) < 4 || strings.Contains(strings.Join(s.Problems, " "), "SECRET") {
		t.Errorf("%q", s.Problems)
	}
}

func TestDescribe_DoesNotReferToTheBody(t *testing.T) {
	body := cardOf("3.0", "FN:Given Family", "UID:u", "X-OWN:1", "TEL:5")
	s := Describe(pim.Contacts, body)
	before := fmt.Sprintf("%+v", s)
	for i := range body {
		body[i] = 'x'
	}
	if after := fmt.Sprintf("%+v", s); after != before {
		t.Errorf("%s became %s", before, after)
	}
}

// Property: an object made of generated values is described by them.
func TestDescribe_GeneratedCards(t *testing.T) {
	text := rapid.StringMatching(`[A-Za-zäöü漢,;\\]{1,60}`)
	rapid.Check(t, func(t *rapid.T) {
		fn, note := text.Draw(t, "fn"), text.Draw(t, "note")
		body := []byte("BEGIN:VCARD\r\nVERSION:4.0\r\n")
		body = append(body, textLine("FN", fn)...)
		body = append(body, textLine("NOTE", note)...)
		body = append(body, "END:VCARD\r\n"...)
		s := Describe(pim.Contacts, body)
		if s.Title != fn || len(s.Text) != 1 || s.Text[0] != note || len(s.Problems) != 0 {
			t.Fatalf("%+v", s)
		}
		checkSummary(t, "generated", s)
	})
}

// Property: garbage is survived, and what is said of it is sound.
func TestDescribe_Garbage(t *testing.T) {
	piece := rapid.SampledFrom([]string{"BEGIN:VCARD", "BEGIN:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "END:VCARD", "\r\n", "\n", "FN:", "N:;;",
		"DTSTART", ";TZID=", ":", ";", "20260101T", "000000Z", "RRULE:FREQ=", "DURATION:P", "9", "PHOTO;ENCODING=b:", "AAAA", "\xFF", "=", "ATTENDEE;CN=\"",
		"ADR:", "ORG:", "GENDER:", "BDAY:--", "GEO:", "X-ABLABEL:_$!<", "item1."})
	rapid.Check(t, func(t *rapid.T) {
		body := []byte(strings.Join(rapid.SliceOfN(rapid.OneOf(piece, rapid.String()), 0, 50).Draw(t, "parts"), ""))
		everything(t, body)
	})
}

// everything calls all readers on one body and checks what must always hold.
func everything(t interface{ Errorf(string, ...any) }, body []byte) {
	for _, kind := range []pim.Kind{pim.Contacts, pim.Calendar, ""} {
		s := Describe(kind, body)
		checkSummary(t, "body", s)
		for _, p := range s.Problems {
			if p == "this object could not be read to its end" {
				t.Errorf("a panic was caught")
			}
		}
		for _, f := range Fields(kind, body) {
			if f.Type == "" || f.Title == "" {
				t.Errorf("a field without a type or a title: %+v", f)
			}
		}
	}
	if data, _, ok := Photo(body); ok && len(data) == 0 {
		t.Errorf("an empty photo")
	}
}

func FuzzDescribe(f *testing.F) {
	for _, b := range [][]byte{
		cardOf("2.1", "N;QUOTED-PRINTABLE;CHARSET=UTF-8:=C3=BC;x", "TEL;CELL:1", "PHOTO;BASE64:", jpeg, ""),
		cardOf("3.0", "FN:x", "item1.TEL:1", "item1.X-ABLabel:_$!<Home>!$_", "PHOTO;ENCODING=b:"+jpeg),
		cardOf("4.0", "FN:x", "BDAY:--0203", "GENDER:F;x", "PHOTO:data:image/png;base64,"+jpeg, "TEL;VALUE=uri:tel:+1;ext=2"),
		calendarOf(append(append([]string{}, berlin...), "BEGIN:VEVENT", "DTSTART;TZID=Somewhere:20260101T090000", "RRULE:FREQ=WEEKLY;BYDAY=1MO", "END:VEVENT")...),
		eventOf("DTSTART:20260101T090000Z", "DURATION:P1DT2H", "RDATE;VALUE=PERIOD:20260101T000000Z/PT1H", "BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM"),
		taskOf("DUE:20260101", "PERCENT-COMPLETE:50", "ATTENDEE;CN=x"),
	} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, body []byte) { everything(t, body) })
}

// Large and hostile objects take time in proportion to their size.
func TestDescribe_TimeIsBounded(t *testing.T) {
	repeat := func(s string) string { return strings.Repeat(s, 1<<17/len(s)) }
	for name, body := range map[string]string{
		"components":          "BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + repeat("A:1\n") + "END:VEVENT\n" + repeat("BEGIN:VEVENT\nEND:VEVENT\n"),
		"never closed":        repeat("BEGIN:VEVENT\n"),
		"names never closed":  repeat("BEGIN:A\nBEGIN:B\nEND:B\n"),
		"zones in brackets":   "BEGIN:VEVENT\nDTSTART;" + repeat("TZID=(") + ":1",
		"zones, no colon":     "BEGIN:VEVENT\nDTSTART;" + repeat("TZID=()"),
		"soft breaks":         "BEGIN:VCARD\nN;" + repeat("x=\n "),
		"soft breaks, QP":     "BEGIN:VCARD\nN;QUOTED-PRINTABLE:" + repeat("=\n"),
		"base64":              "BEGIN:VCARD\nPHOTO;BASE64:" + repeat("AAAA\n"),
		"parameters":          "BEGIN:VCARD\nTEL;" + repeat("A=\";") + ":1",
		"groups":              "BEGIN:VCARD\n" + repeat("g.TEL:1\ng.X-ABLABEL:x\n"),
		"parts":               "BEGIN:VCARD\nN:" + repeat(";,"),
		"addresses":           "BEGIN:VCARD\n" + repeat("EMAIL:a\n") + repeat("EMAIL:b<\n"),
		"blank lines":         "BEGIN:VCARD\n" + repeat("\n") + "FN:x\n",
		"carriage returns":    "BEGIN:VCARD\n" + repeat("\r"),
		"carriage returns, 2": repeat("\r \r"),
		"one rule":            "BEGIN:VEVENT\nRRULE:" + repeat("BYDAY=MO;"),
		"many times":          "BEGIN:VEVENT\nEXDATE:" + repeat("20260101,"),
		"zone lines":          "BEGIN:VCALENDAR\n" + repeat("BEGIN:VTIMEZONE\nTZID:x\nEND:VTIMEZONE\n") + "BEGIN:VEVENT\nDTSTART;TZID=x:20260101T000000\n",
	} {
		start := time.Now()
		everything(t, []byte(body))
		if d := time.Since(start); d > 10*time.Second { // far more than any takes, even where the race detector watches
			t.Errorf("%s: %v for %d bytes", name, d, len(body))
		} else {
			t.Logf("%s: %v", name, d)
		}
	}
}

// A property with nothing in it is counted no more than one that is not there:
// otherwise blanking a field would not look like losing it.
func TestDescribe_EmptyValuesAreNotCounted(t *testing.T) {
	t.Parallel()
	full := Describe(pim.Contacts, cardOf("3.0", "N:A;B;;;", "TEL;TYPE=home:+47 0000 0000", "TEL:+47 0000 0001", "ADR:;;Street 1;;;;", "NOTE:n"))
	blank := Describe(pim.Contacts, cardOf("3.0", "N:A;B;;;", "TEL;TYPE=home:", "TEL: ", "ADR:;;;;;;", "NOTE:"))
	for _, name := range []string{"TEL", "ADR", "NOTE"} {
		if full.Fields[name] == 0 || blank.Fields[name] != 0 {
			t.Errorf("%s: %d, blanked %d", name, full.Fields[name], blank.Fields[name])
		}
	}
	if blank.Fields["N"] != 1 || len(blank.Problems) != 0 {
		t.Errorf("%+v", blank)
	}
}
