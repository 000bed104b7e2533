package dav

import (
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

func TestUIDOf(t *testing.T) {
	for body, want := range map[string]string{
		"BEGIN:VCARD\nUID:a\nEND:VCARD\n":                                                                  "a",
		"BEGIN:VCARD\r\nitem1.UID;X=Y: a \r\nEND:VCARD":                                                    "a",
		"BEGIN:VCARD\r\nUI\r\n D:a\r\n\tb\r\nEND:VCARD\r\n":                                                "ab",
		"begin:vcalendar\nbegin:vtimezone\nuid:no\nend:vtimezone\nbegin:vevent\nuid:yes\nend:vevent\n":     "yes",
		"BEGIN:VCALENDAR\nUID:of the calendar\nBEGIN:VTODO\nBEGIN:VALARM\nUID:no\nEND:VALARM\nEND:VTODO\n": "",
		"UID:nowhere\n": "", "": "", " ": "", "END:X\nEND:Y\n": "",
	} {
		if got := uidOf([]byte(body)); got != want {
			t.Errorf("%q: %q", body, got)
		}
	}
}

func FuzzUIDOf(f *testing.F) {
	f.Add([]byte("BEGIN:VCARD\r\nUID:a\r\n b\r\nEND:VCARD\r\n"))
	f.Add([]byte("\n \n\t"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if strings.Contains(uidOf(body), "\n") {
			t.Error("a UID of two lines")
		}
	})
}

func TestMediaType(t *testing.T) {
	for _, c := range []struct {
		kind pim.Kind
		body string
		want string
	}{
		{pim.Contacts, "BEGIN:VCARD\r\nVERSION:4.0\r\n", "text/vcard; charset=utf-8; version=4.0"},
		{pim.Contacts, "BEGIN:VCARD\nVERSION:3.0\n", "text/vcard; charset=utf-8; version=3.0"},
		{pim.Contacts, "BEGIN:VCARD\nVERSION:2.1\nN:\xfc", "text/vcard"},
		{pim.Calendar, "BEGIN:VCALENDAR\nVERSION:2.0\n", "text/calendar; charset=utf-8"},
	} {
		if got := mediaType(c.kind, []byte(c.body)); got != c.want {
			t.Errorf("%q: %s", c.body, got)
		}
	}
}

func TestPreconditions_NameWhatIsInTheWay(t *testing.T) {
	x, _ := preconditions([]byte(`<D:error xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><C:no-uid-conflict><D:x><D:href>/no</D:href></D:x>` +
		`<D:href>/a%20b.ics</D:href><D:href>/second</D:href></C:no-uid-conflict><D:responsedescription>Taken <b>So</b> it is</D:responsedescription></D:error>`))
	if x.href != "/a%20b.ics" || len(x.names) != 1 || x.names[0] != "no-uid-conflict" || !strings.HasPrefix(x.words, "taken") {
		t.Errorf("%+v", x)
	}
}

func TestServersWithoutIfNoneMatch(t *testing.T) {
	for address, want := range map[string]bool{"https://apidata.googleusercontent.com/caldav/v2/": true, "https://dav.example.org/": false} {
		p, err := parsePlace(address)
		if err != nil || ignoresIfNoneMatch(p) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
	s := davtest.New(t, davtest.WithQuirks(davtest.IgnoresIfNoneMatch))
	book := s.AddCollection(pim.Contacts, "book", "Book")
	book.Put("1.vcf", []byte("BEGIN:VCARD\r\nUID:1\r\nEND:VCARD\r\n"))
	w := NewWriter(Options{User: s.User(), Password: s.Password()})
	t.Cleanup(w.Close)
	w.looksFirst = func(place) bool { return true }
	for name, want := range map[string]string{"1.vcf": pim.ReasonPrecondition, "2.vcf": ""} {
		_, err := w.Put(t.Context(), pim.PutRequest{Collection: pim.Collection{Kind: pim.Contacts, URL: book.URL()}, Href: pim.Href(book.Path() + name),
			Body: []byte("BEGIN:VCARD\r\nUID:2\r\nEND:VCARD\r\n")})
		if reasonOf(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if body, _, _ := book.Get("1.vcf"); book.Len() != 2 || !strings.Contains(string(body), "UID:1") {
		t.Errorf("%v %q", book.Names(), body)
	}
}
