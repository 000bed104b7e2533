package dav_test

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/dav"
	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// The client that mirrors has no way to write, by name or by what its methods
// send: whatever it has is what a mirror may ask for.
func TestClient_CannotWrite(t *testing.T) {
	may := map[string]bool{"Changes": true, "Close": true, "Collections": true, "Get": true, "Identify": true, "List": true, "Multiget": true,
		"Query": true, "Traffic": true}
	client := reflect.TypeFor[*dav.Client]()
	for i := range client.NumMethod() {
		if name := client.Method(i).Name; !may[name] {
			t.Errorf("Client.%s: is it reading?", name)
		}
	}
	for i := range client.Elem().NumField() {
		if f := client.Elem().Field(i); f.Type == reflect.TypeFor[*dav.Writer]() || f.Type == reflect.TypeFor[dav.Writer]() {
			t.Errorf("the client has a writer: %s", f.Name)
		}
	}
}

// writer makes one for a test server; what it would have waited is in waits.
func writer(t testing.TB, s *davtest.Server) (w *dav.Writer, waits *[]time.Duration) {
	t.Helper()
	waits = new([]time.Duration)
	w = dav.NewWriter(dav.Options{User: s.User(), Password: s.Password(), Hosts: []string{strings.TrimPrefix(s.URL(), "http://")},
		Sleep: func(ctx context.Context, d time.Duration) error {
			*waits = append(*waits, d)
			return ctx.Err()
		}})
	t.Cleanup(w.Close)
	return w, waits
}

func home(s *davtest.Server, kind pim.Kind) pim.HomeSet {
	return pim.HomeSet{Kind: kind, URL: s.URL() + map[pim.Kind]string{pim.Calendar: "/dav/calendars/user/", pim.Contacts: "/dav/addressbooks/user/"}[kind]}
}

func card(uid, name string) []byte {
	return []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + uid + "\r\nFN:" + name + "\r\nN:" + name + ";;;;\r\nX-KEEP:yes\r\nEND:VCARD\r\n")
}

func event(uid, title string) []byte { return entry("VEVENT", uid, title) }

func entry(component, uid, title string) []byte {
	end := "DTEND:20260301T110000Z\r\n"
	if component != "VEVENT" {
		end = ""
	}
	return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:" + component + "\r\nUID:" + uid + "\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260301T100000Z\r\n" +
		end + "SUMMARY:" + title + "\r\nEND:" + component + "\r\nEND:VCALENDAR\r\n")
}

// col is a collection as a listing gives it.
func col(c *davtest.Collection) pim.Collection {
	return pim.Collection{Kind: c.Kind(), URL: c.URL(), Name: c.Name()}
}

func at(c *davtest.Collection, name string) pim.Href { return pim.Href(c.Path() + name) }

// failure checks an error's fault and reason.
func failure(t *testing.T, err error, fault pim.Fault, reason string) *pim.Error {
	t.Helper()
	var e *pim.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want fault %v %q", err, fault, reason)
	}
	if e.Fault != fault || e.Reason != reason {
		t.Fatalf("got fault %v reason %q (%v), want %v %q", e.Fault, e.Reason, err, fault, reason)
	}
	if strings.Contains(err.Error()+e.Hint, "secret") || strings.Contains(err.Error()+e.Hint, "SUMMARY") {
		t.Errorf("it says too much: %v %s", err, e.Hint)
	}
	return e
}

func TestPut_CreatesReplacesAndNeverOverwrites(t *testing.T) {
	s := davtest.New(t)
	book := s.AddCollection(pim.Contacts, "book", "Book")
	w, _ := writer(t, s)
	put := func(body []byte, match pim.ETag) (pim.PutResult, error) {
		return w.Put(t.Context(), pim.PutRequest{Collection: col(book), Href: at(book, "a%20%C3%A9@1.vcf"), Body: body, IfMatch: match, Quiet: true})
	}
	made, err := put(card("1", "One"), "")
	if err != nil || made.Status != 201 || made.Href != at(book, "a%20%C3%A9@1.vcf") {
		t.Fatal(made, err)
	}
	if body, tag, ok := book.Get("a é@1.vcf"); !ok || string(body) != string(card("1", "One")) || tag != string(made.ETag) {
		t.Fatalf("%q %s, told %s", body, tag, made.ETag)
	}
	_, err = put(card("1", "Another"), "")
	e := failure(t, err, pim.BadObject, pim.ReasonPrecondition)
	if !strings.Contains(e.Hint, "Nothing was overwritten") {
		t.Error(e.Hint)
	}
	second, err := put(card("1", "Two"), made.ETag)
	if err != nil || second.Status != 204 || second.ETag == made.ETag {
		t.Fatal(second, err)
	}
	_, err = put(card("1", "Three"), made.ETag)
	failure(t, err, pim.BadObject, pim.ReasonPrecondition)
	if body, _, _ := book.Get("a é@1.vcf"); string(body) != string(card("1", "Two")) {
		t.Errorf("%q", body)
	}
	for _, r := range s.Requests() {
		if r.Method == "PUT" && (r.ContentType != "text/vcard; charset=utf-8; version=3.0" || r.ScheduleReply != "" || r.IfMatch == "" == (r.IfNoneMatch == "")) {
			t.Errorf("%+v", r)
		}
	}
}

func TestPut_GoesIntoTheCollectionAndNowhereElse(t *testing.T) {
	s := davtest.New(t)
	book := s.AddCollection(pim.Contacts, "book", "Book")
	s.AddCollection(pim.Contacts, "other", "Other")
	w, _ := writer(t, s)
	for _, href := range []pim.Href{"", at(book, ""), at(book, "a/b.vcf"), at(book, "../other/1.vcf"), at(book, "%2e%2e/other/1.vcf"),
		at(book, "x.vcf?a=b"), "/dav/addressbooks/user/other/1.vcf", "/dav/addressbooks/user/bookish/1.vcf", at(book, ".."), at(book, "%2e%2e"), at(book, "%2e%2e%2fother%2f1.vcf")} {
		_, err := w.Put(t.Context(), pim.PutRequest{Collection: col(book), Href: href, Body: card("1", "One")})
		failure(t, err, pim.Invalid, "")
	}
	_, err := w.Put(t.Context(), pim.PutRequest{Collection: col(book), Href: at(book, "1.vcf"), Body: card("1", "One"), IfMatch: "\"a\"\r\nX: y"})
	failure(t, err, pim.Invalid, "")
	_, err = w.Put(t.Context(), pim.PutRequest{Collection: col(book), Href: "http://127.0.0.1:1" + at(book, "1.vcf"), Body: card("1", "One")})
	failure(t, err, pim.Protocol, "host")
	if n := s.CountRequests(); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// What a server stores under another name is found again, by what it says or by
// the UID.
func TestPut_SaysWhereItIsNow(t *testing.T) {
	for _, q := range []davtest.Quirk{davtest.PutLocation, davtest.PutRenames, davtest.NoPutETag, davtest.WeakETags, davtest.SlashRedirect} {
		t.Run(string(q), func(t *testing.T) {
			s := davtest.New(t, davtest.WithQuirks(q))
			book := s.AddCollection(pim.Contacts, "book", "Book")
			book.Put("before.vcf", card("0", "Zero"))
			w, _ := writer(t, s)
			res, err := w.Put(t.Context(), pim.PutRequest{Collection: col(book), Href: at(book, "1.vcf"), Body: card("u,1", "One")})
			if err != nil {
				t.Fatal(err)
			}
			names := book.Names()
			if res.Href != at(book, names[1]) || (names[1] == "1.vcf") == (q == davtest.PutLocation || q == davtest.PutRenames) {
				t.Errorf("%+v, it is %s", res, names[1])
			}
			_, tag, _ := book.Get(names[1])
			if q == davtest.WeakETags {
				tag = "W/" + tag
			}
			if res.ETag != pim.ETag(tag) {
				t.Errorf("%s, it is %s", res.ETag, tag)
			}
			o, err := w.Get(t.Context(), col(book), res.Href)
			if err != nil || string(o.Body) != string(card("u,1", "One")) {
				t.Error(err, o)
			}
		})
	}
}

func TestPut_SaysWhyNot(t *testing.T) {
	bin := func(s *davtest.Server, work *davtest.Collection) {
		work.Put("0.ics", event("u1", "Old"))
		work.Delete("0.ics")
	}
	for _, c := range []struct {
		name   string
		quirk  davtest.Quirk
		before func(*davtest.Server, *davtest.Collection)
		body   []byte
		fault  pim.Fault
		reason string
		hint   string
	}{
		{"uid in another calendar", davtest.AccountUIDs, func(s *davtest.Server, _ *davtest.Collection) {
			s.AddCollection(pim.Calendar, "home", "Home").Put("x y.ics", event("u1", "There"))
		}, event("u1", "Here"), pim.BadObject, pim.ReasonUIDConflict, "in use in /dav/calendars/user/home/x%20y.ics"},
		{"uid in this one", davtest.CollectionUIDs, func(_ *davtest.Server, c *davtest.Collection) { c.Put("x.ics", event("u1", "There")) },
			event("u1", "Here"), pim.BadObject, pim.ReasonUIDConflict, "this UID is in use. "},
		{"uid told inside 207", davtest.CollectionUIDs207, func(_ *davtest.Server, c *davtest.Collection) { c.Put("x.ics", event("u1", "There")) },
			event("u1", "Here"), pim.BadObject, pim.ReasonUIDConflict, "this UID is in use. "},
		{"uid in the bin", davtest.UIDBin, bin, event("u1", "Again"), pim.BadObject, pim.ReasonUIDConflict, "trash bin"},
		{"component", davtest.StrictComponents, nil, entry("VJOURNAL", "u1", "Day"), pim.BadObject, pim.ReasonComponent, "Choose a calendar"},
		{"data", davtest.StrictData, nil, []byte("nothing"), pim.BadObject, pim.ReasonData, "The copy here is whole"},
		{"locked", davtest.Locked, nil, event("u1", "x"), pim.BadObject, pim.ReasonLocked, "try again"},
		{"read only", "", func(_ *davtest.Server, c *davtest.Collection) { c.SetPrivileges("read") }, event("u1", "x"), pim.Denied, pim.ReasonReadOnly, "may read here and not write"},
		{"forbidden without a word", "", func(_ *davtest.Server, c *davtest.Collection) {
			c.SetPrivileges("read")
		}, event("u1", "x"), pim.Denied, pim.ReasonReadOnly, ""},
		{"too large", "", func(s *davtest.Server, _ *davtest.Collection) { s.SetMaxSize(100) }, event("u1", "x"), pim.BadObject, pim.ReasonTooLarge, "whole"},
		{"quota", "", func(s *davtest.Server, _ *davtest.Collection) { s.SetQuota(100) }, event("u1", "x"), pim.Denied, pim.ReasonFull, "Make room"},
		{"collection gone", "", func(_ *davtest.Server, c *davtest.Collection) { c.Remove() }, event("u1", "x"), pim.Gone, "", "made anew"},
		{"a web page", davtest.PutHTML, nil, event("u1", "x"), pim.Protocol, "html", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := davtest.New(t)
			work := s.AddCollection(pim.Calendar, "work", "Work")
			target := col(work)
			href := at(work, "1.ics")
			if c.quirk != "" {
				s.Set(c.quirk)
			}
			if c.before != nil {
				c.before(s, work)
			}
			w, _ := writer(t, s)
			_, err := w.Put(t.Context(), pim.PutRequest{Collection: target, Href: href, Body: c.body, Quiet: true})
			e := failure(t, err, c.fault, c.reason)
			if !strings.Contains(e.Hint, c.hint) {
				t.Errorf("hint %q", e.Hint)
			}
			var conflict *pim.UIDConflict
			if errors.As(err, &conflict) {
				want := pim.Href("")
				if c.quirk == davtest.AccountUIDs {
					want = "/dav/calendars/user/home/x%20y.ics"
				}
				if conflict.Href != want || conflict.Bin != (c.quirk == davtest.UIDBin) {
					t.Errorf("%+v", conflict)
				}
			}
			if n := s.CountOf(func(r davtest.Request) bool { return r.Method == "PUT" }); n != 1 {
				t.Errorf("%d PUTs", n)
			}
		})
	}
}

func TestPut_RefusedByStatusAlone(t *testing.T) {
	for status, want := range map[int]string{400: pim.ReasonData, 403: pim.ReasonReadOnly, 405: pim.ReasonReadOnly, 409: "status", 413: pim.ReasonTooLarge,
		415: pim.ReasonMediaType, 422: pim.ReasonData, 423: pim.ReasonLocked, 501: pim.ReasonReadOnly, 507: pim.ReasonFull, 418: "status",
		500: pim.ReasonUnknownOutcome, 502: pim.ReasonUnknownOutcome, 504: pim.ReasonUnknownOutcome, 401: "login"} {
		s := davtest.New(t)
		work := s.AddCollection(pim.Calendar, "work", "Work")
		w, _ := writer(t, s)
		s.Fail(davtest.Fault{Kind: davtest.Status, Status: status, Match: davtest.Request.Writes, Times: -1})
		_, err := w.Put(t.Context(), pim.PutRequest{Collection: col(work), Href: at(work, "1.ics"), Body: event("u1", "x")})
		var e *pim.Error
		if !errors.As(err, &e) || e.Reason != want || e.Hint == "" && want != "status" {
			t.Errorf("%d: %v %+v", status, err, e)
		}
		if n := s.CountOf(davtest.Request.Writes); n != 1 {
			t.Errorf("%d: %d PUTs", status, n)
		}
	}
}

// A server that is busy is asked again, within bounds.
func TestPut_WaitsForABusyServer(t *testing.T) {
	for _, c := range []struct {
		status int
		after  string
		times  int
		fault  pim.Fault
		puts   int
	}{
		{503, "2", 1, -1, 2}, {429, "", 3, -1, 4}, {503, "", 9, pim.Busy, 4}, {429, "3600", 9, pim.Busy, 1},
	} {
		s := davtest.New(t)
		work := s.AddCollection(pim.Calendar, "work", "Work")
		w, waits := writer(t, s)
		f := davtest.Fault{Kind: davtest.Status, Status: c.status, Times: c.times, Match: davtest.Request.Writes, Header: http.Header{}}
		if c.after != "" {
			f.Header.Set("Retry-After", c.after)
		}
		s.Fail(f)
		_, err := w.Put(t.Context(), pim.PutRequest{Collection: col(work), Href: at(work, "1.ics"), Body: event("u1", "x")})
		if c.fault < 0 && (err != nil || work.Len() != 1) || c.fault > 0 && (pim.FaultOf(err) != c.fault || work.Len() != 0) {
			t.Errorf("%+v: %v", c, err)
		}
		if n := s.CountOf(davtest.Request.Writes); n != c.puts || len(*waits) != c.puts-1 {
			t.Errorf("%+v: %d PUTs, %v", c, n, *waits)
		}
		var e *pim.Error
		if c.after == "3600" && (!errors.As(err, &e) || e.RetryAfter != time.Hour) {
			t.Errorf("%+v", err)
		}
	}
}

// Whatever becomes of the connection, an object is sent once, and nobody is told
// that it was not stored where it may have been.
func TestPut_NeverSendsTwiceWhatMayHaveBeenStored(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  davtest.Fault
		stored bool
	}{
		{"cut before", davtest.Fault{Kind: davtest.Reset}, false},
		{"cut after", davtest.Fault{Kind: davtest.Lost}, true},
		{"a gateway that lost it", davtest.Fault{Kind: davtest.Lost, Status: 504}, true},
		{"an error after it", davtest.Fault{Kind: davtest.Lost, Status: 500}, true},
		{"an error instead", davtest.Fault{Kind: davtest.Status, Status: 500}, false},
		{"busy after it", davtest.Fault{Kind: davtest.Lost, Status: 503}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := davtest.New(t)
			work := s.AddCollection(pim.Calendar, "work", "Work")
			w, _ := writer(t, s)
			f := c.fault
			f.Match = davtest.Request.Writes
			s.Fail(f)
			put := func() error {
				_, err := w.Put(t.Context(), pim.PutRequest{Collection: col(work), Href: at(work, "1.ics"), Body: event("u1", "x")})
				return err
			}
			err := put()
			e := failure(t, err, pim.FaultOf(err), pim.ReasonUnknownOutcome)
			if !strings.Contains(e.Hint, "may have been stored") {
				t.Error(e.Hint)
			}
			if (work.Len() == 1) != c.stored {
				t.Errorf("%d objects", work.Len())
			}
			puts := s.CountOf(davtest.Request.Writes)
			if puts != 1 && c.fault.Status != 503 {
				t.Errorf("%d PUTs", puts)
			}
			// The caller looks, and sends it again only where it is not there.
			o, err := w.Get(t.Context(), col(work), at(work, "1.ics"))
			if c.stored && (err != nil || string(o.Body) != string(event("u1", "x"))) || !c.stored && put() != nil {
				t.Error(err)
			}
		})
	}
}

func TestPut_StoppedInTheMiddle(t *testing.T) {
	s := davtest.New(t)
	work := s.AddCollection(pim.Calendar, "work", "Work")
	w, _ := writer(t, s)
	s.Fail(davtest.Fault{Kind: davtest.Stall})
	ctx, cancel := context.WithCancel(t.Context())
	stalled := s.Stalled()
	go func() { <-stalled; cancel() }()
	_, err := w.Put(ctx, pim.PutRequest{Collection: col(work), Href: at(work, "1.ics"), Body: event("u1", "x")})
	failure(t, err, pim.Stopped, pim.ReasonUnknownOutcome)
	_, err = w.Put(ctx, pim.PutRequest{Collection: col(work), Href: at(work, "2.ics"), Body: event("u2", "x")})
	failure(t, err, pim.Stopped, "") // never sent
	s.Close()
	_, err = w.Put(t.Context(), pim.PutRequest{Collection: col(work), Href: at(work, "3.ics"), Body: event("u3", "x")})
	if e := failure(t, err, pim.Offline, "unreachable"); e.Reason == pim.ReasonUnknownOutcome {
		t.Error(err)
	}
}

func TestPut_Quiet(t *testing.T) {
	body := strings.Replace(string(event("m1", "Meeting")), "SUMMARY", "ORGANIZER:mailto:me@example.org\r\nATTENDEE:mailto:guest@example.org\r\nSUMMARY", 1)
	for _, quiet := range []bool{true, false} {
		s := davtest.New(t, davtest.WithQuirks(davtest.Mails))
		work := s.AddCollection(pim.Calendar, "work", "Work")
		w, _ := writer(t, s)
		if _, err := w.Put(t.Context(), pim.PutRequest{Collection: col(work), Href: at(work, "1.ics"), Body: []byte(body), Quiet: quiet}); err != nil {
			t.Fatal(err)
		}
		if got := len(s.Mailed()); (got == 0) != quiet {
			t.Errorf("quiet %v: %d invitations", quiet, got)
		}
	}
}

func TestPut_WeakETagsAreSaidToBeThat(t *testing.T) {
	s := davtest.New(t, davtest.WithQuirks(davtest.WeakETags))
	book := s.AddCollection(pim.Contacts, "book", "Book")
	w, _ := writer(t, s)
	res, err := w.Put(t.Context(), pim.PutRequest{Collection: col(book), Href: at(book, "1.vcf"), Body: card("1", "One")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Put(t.Context(), pim.PutRequest{Collection: col(book), Href: at(book, "1.vcf"), Body: card("1", "Two"), IfMatch: res.ETag})
	if e := failure(t, err, pim.BadObject, pim.ReasonPrecondition); !strings.Contains(e.Hint, "weak ETags") {
		t.Error(e.Hint)
	}
}
