package formats

import (
	"bytes"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

func contact(lines ...string) []byte {
	return crlfLines(append(append([]string{"BEGIN:VCARD", "VERSION:3.0", "UID:u"}, lines...), "END:VCARD")...)
}

func TestCompare_HowItIsWrittenCountsForNothing(t *testing.T) {
	for _, c := range []struct{ a, b []byte }{
		{contact("FN:a", "NOTE:a long note"), []byte("begin:vcard\nUID:u\nNOTE:a lo\n ng note\nFN:a\nVERSION:3.0\nPRODID:x\nREV:2026\nEND:VCARD\n")},
		{contact("TEL;TYPE=HOME,VOICE:1"), contact("TEL;TYPE=voice;TYPE=home:1")},
		{contact(`TEL;TYPE="cell,voice":1`), contact("TEL;TYPE=VOICE,CELL:1")},
		{contact("TEL;HOME:1"), contact("TEL;TYPE=HOME:1")},
		{contact("EMAIL;TYPE=PREF:a@example.org"), contact("EMAIL;PREF=1:a@example.org")},
		{contact("N:Doe;John;;;"), contact("N:Doe;John")},
		{contact(`NOTE:a\, b\; c`), contact("NOTE:a, b; c")},
		{contact("CATEGORIES:b,a"), contact("CATEGORIES:a,b")},
		{contact("NICKNAME:x", "ORG:Acme;"), contact("ORG:Acme", "NICKNAME:x", "TITLE:")},
		{contact("BDAY:1980-01-02"), contact("BDAY;VALUE=DATE:19800102")},
		{contact("PHOTO;ENCODING=b;TYPE=JPEG:QUJD", " REVG"), contact("PHOTO;ENCODING=BASE64:QUJDREVG")},
		{contact("PHOTO;ENCODING=b:QUJDRA=="), contact("PHOTO:data:image/jpeg;base64,QUJDRA==")},
		{contact("NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:caf=C3=A9"), contact("NOTE:café")},
		{contact("item1.TEL:1", "item1.X-ABLabel:x"), contact("ITEM1.TEL:1", "item1.X-ABLABEL:x")},
		{meeting("RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU"), meeting("RRULE:BYDAY=TU,MO;FREQ=WEEKLY")},
		{meeting("EXDATE:20260101T000000Z,20260102T000000Z"), meeting("EXDATE:20260102T000000Z", "EXDATE:20260101T000000Z")},
		{meeting("ATTENDEE;ROLE=REQ-PARTICIPANT;RSVP=FALSE:MAILTO:a@example.org"), meeting("ATTENDEE;SCHEDULE-STATUS=1.1:mailto:a@example.org")},
		{meeting("PRIORITY:0", "SEQUENCE:0", "TRANSP:OPAQUE"), meeting("DTSTAMP:20260101T000000Z", "CREATED:20260101T000000Z")},
		{meeting("BEGIN:VALARM", "TRIGGER:-PT24H", "ACTION:DISPLAY", "END:VALARM"), meeting("BEGIN:VALARM", "ACTION:display", "TRIGGER:-P1D", "ACKNOWLEDGED:20260101T000000Z", "END:VALARM")},
		{meeting("DURATION:PT60M"), meeting("DURATION:PT1H")},
	} {
		for _, p := range [][2][]byte{{c.a, c.b}, {c.b, c.a}} {
			kind := pim.Contacts
			if bytes.Contains(p[0], []byte("VCALENDAR")) {
				kind = pim.Calendar
			}
			if same, lines := Compare(kind, p[0], p[1]); same != SameMeaning {
				t.Errorf("%s %v:\n%s\n%s", same, lines, p[0], p[1])
			}
		}
	}
}

func TestCompare_NamesWhatDiffers(t *testing.T) {
	for _, c := range []struct {
		a, b []byte
		want string
	}{
		{contact("FN:a", "PHOTO;ENCODING=b:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="), contact("FN:a"), "PHOTO dropped"},
		{contact("PHOTO:data:image/jpeg;base64," + strings.Repeat("QUJD", 50)), contact(`PHOTO:data:image/jpeg\;base64`), "PHOTO cut short"},
		{contact("TEL:1", "TEL:2"), contact(), "TEL dropped (2)"},
		{contact("TEL:1", "TEL:2"), contact("TEL:3"), "TEL changed|TEL dropped"},
		{contact("FN:a"), contact("FN:b", "X-NEW:1"), "FN changed|X-NEW added"},
		{contact("TEL;TYPE=HOME:1"), contact("TEL;TYPE=WORK:1"), "TEL changed"},
		{contact(`N:a\;b;c`), contact("N:a;b;c"), "N changed"},
		{contact("item1.TEL:1", "item1.X-ABLabel:x"), contact("TEL:1"), "TEL changed|X-ABLABEL dropped"},
		{meeting("DURATION:P1D"), meeting("DURATION:PT24H"), "DURATION changed"},
		{meeting("BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM"), meeting(), "VALARM dropped"},
		{meeting("BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM"), meeting("BEGIN:VALARM", "TRIGGER:-PT6M", "END:VALARM"), "VALARM changed"},
		{meeting("END:VEVENT", "BEGIN:VEVENT", "UID:m", "RECURRENCE-ID:20260502T090000Z", "SUMMARY:x"), meeting(), "VEVENT dropped"},
		{meeting("SUMMARY:x"), []byte("<html>"), "it is no longer of this kind"},
		{[]byte("a"), []byte("b"), "all of it changed"},
		{meeting("DTEND;TZID=Europe/Oslo:20260501T120000"), meeting("DTEND;TZID=Europe/Paris:20260501T120000"), "DTEND changed"},
	} {
		kind := pim.Contacts
		if bytes.Contains(c.a, []byte("VCALENDAR")) {
			kind = pim.Calendar
		}
		same, lines := Compare(kind, c.a, c.b)
		if got := strings.Join(lines, "|"); same != Different || got != c.want {
			t.Errorf("%s %q, want %q:\n%s\n%s", same, got, c.want, c.a, c.b)
		}
	}
	if same, lines := Compare(pim.Contacts, contact("FN:a"), contact("FN:a")); same != SameBytes || lines != nil {
		t.Errorf("%s %v", same, lines)
	}
}

// Objects are equal to themselves in other line ends, and to no other.
func TestCompare_GeneratedObjects(t *testing.T) {
	for kind, makers := range map[pim.Kind][]gen.Maker{pim.Contacts: {gen.Card, gen.CardWithPhoto}, pim.Calendar: {gen.Event, gen.Task}} {
		for _, make := range makers {
			for i := range 60 {
				a, b := make(nil, 1, i), make(nil, 1, i+1)
				if same, lines := Compare(kind, a, bytes.ReplaceAll(a, []byte("\r\n"), []byte("\n"))); same != SameMeaning {
					t.Errorf("%s %v\n%s", same, lines, a)
				}
				if same, _ := Compare(kind, a, b); same != Different {
					t.Errorf("%s:\n%s\n%s", same, a, b)
				}
				if got := WithUID(kind, a, Describe(kind, a).UID); !bytes.Equal(got, a) {
					t.Errorf("its own UID changed it:\n%s\n%s", a, got)
				}
			}
		}
	}
}

func FuzzCompare(f *testing.F) {
	f.Add(contact("FN:a"), meeting("SUMMARY:x"), "uid")
	f.Add(meeting("ATTENDEE;X=\":mailto:a", "ORGANIZER:b"), []byte("BEGIN:VEVENT\nUID"), "a\nb;c")
	f.Fuzz(func(t *testing.T, a, b []byte, uid string) {
		for _, kind := range []pim.Kind{pim.Contacts, pim.Calendar} {
			same, lines := Compare(kind, a, b)
			back, _ := Compare(kind, b, a)
			if same != back || (same == Different) != (len(lines) > 0) {
				t.Errorf("%s, %s the other way, %v", same, back, lines)
			}
			_ = WithUID(kind, a, uid)
			_ = Mailable(a, []string{uid})
			if q, _ := Quiet(a); kind == pim.Calendar {
				if _, lines := Quiet(q); lines != nil {
					t.Errorf("not quiet the first time: %v", lines)
				}
			}
		}
	})
}
