package demo

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"
	"github.com/emersion/go-vcard"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var today = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

// request asks the server and gives status and body.
func request(t *testing.T, s *Server, method, path, user, password, body string) (int, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, strings.TrimSuffix(s.URL, "/")+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(user, password)
	req.Header.Set("Depth", "1")
	if body != "" {
		req.Header.Set("Content-Type", "application/xml")
	}
	tr := &http.Transport{DisableKeepAlives: true}
	res, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, b
}

func start(t *testing.T, o Options) *Server {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = today
	}
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestServer_AsksForItsPassword(t *testing.T) {
	s := start(t, Options{Contacts: 3})
	if code, _ := request(t, s, "PROPFIND", "/", User, "wrong", ""); code != 401 {
		t.Fatalf("a wrong password gave %d", code)
	}
	if len(s.Password) < 20 {
		t.Fatalf("the password %q is short", s.Password)
	}
	const principal = `<propfind xmlns="DAV:"><prop><current-user-principal/></prop></propfind>`
	code, b := request(t, s, "PROPFIND", "/", User, s.Password, principal)
	if code != 207 || !bytes.Contains(b, []byte(principalPath)) {
		t.Fatalf("%d %s", code, b)
	}
}

func TestServer_CanOnlyBeRead(t *testing.T) {
	s := start(t, Options{Contacts: 3})
	if code, _ := request(t, s, http.MethodDelete, booksPath+"personal/person-0001.vcf", User, s.Password, ""); code != 403 {
		t.Fatalf("DELETE gave %d", code)
	}
	if code, _ := request(t, s, http.MethodGet, booksPath+"personal/person-0001.vcf", User, s.Password, ""); code != 200 {
		t.Fatalf("GET gave %d", code)
	}
}

// The data must survive go-webdav, which encodes what it serves, and be the
// same at every start of a day.
func TestData_IsWholeAndTheSameEveryTime(t *testing.T) {
	one, err := makeBooks(Options{Seed: 20, Now: today, Contacts: 250})
	if err != nil {
		t.Fatal(err)
	}
	two, _ := makeBooks(Options{Seed: 20, Now: today.Add(3 * time.Hour), Contacts: 250})
	photos, latin := 0, 0
	for path, o := range one.byPath {
		if two.byPath[path].ETag != o.ETag {
			t.Fatalf("%s differs", path)
		}
		var buf bytes.Buffer
		if err := vcard.NewEncoder(&buf).Encode(o.Card); err != nil {
			t.Fatal(err)
		}
		got, err := vcard.NewDecoder(&buf).Decode()
		if err != nil || got.Value("FN") != o.Card.Value("FN") || got.Value("UID") == "" {
			t.Fatalf("%s: %v", path, err)
		}
		if o.Card.Value("PHOTO") != "" {
			photos++
		}
		if o.Card.Value("FN")[0] < 0x80 {
			latin++
		}
		for _, tel := range o.Card.Values("TEL") {
			if !strings.Contains(tel, "555-01") && !strings.HasPrefix(tel, "+44 20 7946 0") && !strings.HasPrefix(tel, "+49 30 23125 ") {
				t.Fatalf("%s may be somebody's number", tel)
			}
		}
	}
	if len(one.byPath) != 250 || photos < 60 || latin == 250 {
		t.Fatalf("%d contacts, %d photos, %d in Latin letters", len(one.byPath), photos, latin)
	}
}

func TestData_CalendarsAreAroundToday(t *testing.T) {
	cals, err := makeCalendars(Options{Seed: 20, Now: today})
	if err != nil {
		t.Fatal(err)
	}
	if len(cals.calendars) != 5 {
		t.Fatalf("%d calendars", len(cals.calendars))
	}
	recurring, overrides := 0, 0
	zones := map[string]bool{}
	for path, o := range cals.byPath {
		var buf bytes.Buffer
		if err := ical.NewEncoder(&buf).Encode(o.Data); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, c := range o.Data.Children {
			if p := c.Props.Get("DTSTART"); p != nil && c.Name == ical.CompEvent {
				if id := p.Params.Get("TZID"); id != "" {
					zones[id] = true
				}
			}
			if c.Props.Get("RRULE") != nil {
				recurring++
			}
			if c.Props.Get("RECURRENCE-ID") != nil {
				overrides++
			}
		}
	}
	if len(zones) < 4 || recurring < 10 || overrides < 3 {
		t.Fatalf("%d zones, %d recurring, %d overrides", len(zones), recurring, overrides)
	}
}
