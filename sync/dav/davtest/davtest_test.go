package davtest_test

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// answer is what came back, unpacked.
type answer struct {
	status int
	header http.Header
	raw    []byte
	ms     multistatus
}

type multistatus struct {
	XMLName   xml.Name   `xml:"DAV: multistatus"`
	Responses []response `xml:"DAV: response"`
	Token     string     `xml:"DAV: sync-token"`
}

type response struct {
	Href   []string `xml:"DAV: href"`
	Status string   `xml:"DAV: status"`
	Props  []struct {
		Status string `xml:"DAV: status"`
		Prop   struct {
			Inner    string  `xml:",innerxml"`
			ETag     *string `xml:"DAV: getetag"`
			Card     *string `xml:"urn:ietf:params:xml:ns:carddav address-data"`
			Calendar *string `xml:"urn:ietf:params:xml:ns:caldav calendar-data"`
		} `xml:"DAV: prop"`
	} `xml:"DAV: propstat"`
}

// client is a bare HTTP client that follows nothing and adds nothing.
var client = &http.Client{
	Transport:     &http.Transport{DisableCompression: true, DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func ask(t testing.TB, s *davtest.Server, method, target, body string, header ...string) answer {
	t.Helper()
	a, err := try(s, method, target, body, header...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	return a
}

func try(s *davtest.Server, method, target, body string, header ...string) (answer, error) {
	if strings.HasPrefix(target, "/") {
		target = s.URL() + target
	}
	r, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.SetBasicAuth(s.User(), s.Password())
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	var in io.Reader = resp.Body
	if resp.Header.Get("Content-Encoding") == "gzip" {
		if in, err = gzip.NewReader(resp.Body); err != nil {
			return answer{}, err
		}
	}
	raw, err := io.ReadAll(in)
	a := answer{status: resp.StatusCode, header: resp.Header, raw: raw}
	if a.status == http.StatusMultiStatus {
		_ = xml.Unmarshal(raw, &a.ms)
	}
	return a, err
}

const ns = `xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:A="urn:ietf:params:xml:ns:carddav" xmlns:S="http://calendarserver.org/ns/" xmlns:I="http://apple.com/ns/ical/"`

func propfind(t testing.TB, s *davtest.Server, path, depth, props string) answer {
	t.Helper()
	return ask(t, s, "PROPFIND", path, `<D:propfind `+ns+`><D:prop>`+props+`</D:prop></D:propfind>`, "Depth", depth)
}

func syncBody(token, more string) string {
	return `<D:sync-collection ` + ns + `><D:sync-token>` + strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(token) +
		`</D:sync-token><D:sync-level>1</D:sync-level>` + more + `<D:prop><D:getetag/></D:prop></D:sync-collection>`
}

func changes(t testing.TB, s *davtest.Server, c *davtest.Collection, token string) answer {
	t.Helper()
	return ask(t, s, "REPORT", c.URL(), syncBody(token, ""), "Depth", "0")
}

func multigetBody(c *davtest.Collection, hrefs ...string) string {
	p, data := "C:calendar", "C:calendar-data"
	if c.Kind() == pim.Contacts {
		p, data = "A:addressbook", "A:address-data"
	}
	body := `<` + p + `-multiget ` + ns + `><D:prop><D:getetag/><` + data + `/></D:prop>`
	for _, h := range hrefs {
		body += "<D:href>" + h + "</D:href>"
	}
	return body + `</` + p + `-multiget>`
}

func (a answer) hrefs() []string {
	var all []string
	for _, r := range a.ms.Responses {
		all = append(all, strings.Join(r.Href, "|"))
	}
	return all
}

func (a answer) has(s string) bool { return bytes.Contains(a.raw, []byte(s)) }

func card(n int) []byte { return gen.Card(nil, 1, n) }

func TestDiscovery_FromWellKnownToCollections(t *testing.T) {
	s := davtest.New(t)
	book := s.AddCollection(pim.Contacts, "contacts", "My <contacts>")
	book.Describe("All & sundry", "", 0)
	work := s.AddCollection(pim.Calendar, "work", "Work")
	work.Describe("", "#FF0000", 3)
	s.AddHome(pim.Calendar, "/dav/calendars/team")
	s.AddCollection(pim.Calendar, "/dav/calendars/team/all", "Team")

	a := ask(t, s, "PROPFIND", "/.well-known/caldav", "", "Depth", "0")
	if a.status != http.StatusMovedPermanently || a.header.Get("Location") != "/dav/" {
		t.Fatalf(".well-known: %d %s", a.status, a.header.Get("Location"))
	}
	if a = propfind(t, s, "/dav/", "0", "<D:current-user-principal/>"); !a.has("<D:href>/dav/principals/user/</D:href>") {
		t.Fatalf("no principal: %s", a.raw)
	}
	a = propfind(t, s, "/dav/principals/user/", "0", "<C:calendar-home-set/><A:addressbook-home-set/>")
	for _, want := range []string{"/dav/calendars/user/", "/dav/calendars/team/", "/dav/addressbooks/user/"} {
		if !a.has("<D:href>" + want + "</D:href>") {
			t.Errorf("home-set %s is missing: %s", want, a.raw)
		}
	}
	props := "<D:displayname/><D:resourcetype/><S:getctag/><D:sync-token/><I:calendar-color/><I:calendar-order/><D:supported-report-set/><D:current-user-privilege-set/><C:supported-calendar-component-set/><A:addressbook-description/>"
	a = propfind(t, s, "/dav/calendars/user/", "1", props)
	for _, want := range []string{"<C:calendar/>", "#FF0000", ">3</I:calendar-order>", "<D:sync-collection/>", "<D:read/>", `<C:comp name="VTODO"/>`, work.Token()} {
		if !a.has(want) {
			t.Errorf("%s is missing: %s", want, a.raw)
		}
	}
	if got := a.hrefs(); len(got) != 2 || got[1] != "/dav/calendars/user/work/" {
		t.Errorf("home-set lists %v", got)
	}
	a = propfind(t, s, "/dav/addressbooks/user/", "1", props)
	if !a.has("My &lt;contacts&gt;") || !a.has("All &amp; sundry") || !a.has("<A:addressbook/>") {
		t.Errorf("address book: %s", a.raw)
	}
	if a = propfind(t, s, book.Path(), "infinity", props); a.status != http.StatusForbidden {
		t.Errorf("Depth infinity: %d", a.status)
	}
}

func TestObjects_KeepTheirBytes(t *testing.T) {
	s := davtest.New(t)
	c := s.AddCollection(pim.Contacts, "contacts", "Contacts")
	odd := []byte("BEGIN:VCARD\r\nFN:a\xffb & <c>\x0b\n\r\nEND:VCARD")
	path := "/dav/addressbooks/user/contacts/a%20b@c%2Bd.vcf"

	a := ask(t, s, "PUT", path, string(odd), "If-None-Match", "*")
	if a.status != http.StatusCreated || a.header.Get("ETag") == "" {
		t.Fatalf("PUT: %d %v", a.status, a.header)
	}
	etag := a.header.Get("ETag")
	if a = ask(t, s, "GET", path, ""); !bytes.Equal(a.raw, odd) || a.header.Get("ETag") != etag {
		t.Errorf("GET gives %q %s", a.raw, a.header.Get("ETag"))
	}
	if a = ask(t, s, "HEAD", path, ""); a.status != 200 || a.header.Get("Content-Length") != fmt.Sprint(len(odd)) {
		t.Errorf("HEAD: %d %v", a.status, a.header)
	}
	if a = ask(t, s, "PUT", path, "x", "If-None-Match", "*"); a.status != http.StatusPreconditionFailed {
		t.Errorf("PUT over it: %d", a.status)
	}
	if a = ask(t, s, "PUT", path, "x", "If-Match", `"nonsense"`); a.status != http.StatusPreconditionFailed {
		t.Errorf("PUT with a wrong ETag: %d", a.status)
	}
	if body, tag, ok := c.Get("a b@c+d.vcf"); !ok || tag != etag || !bytes.Equal(body, odd) {
		t.Errorf("Go API has %q %s %v", body, tag, ok)
	}
	if got := c.Objects()["/dav/addressbooks/user/contacts/a b@c+d.vcf"]; !bytes.Equal(got, odd) {
		t.Errorf("Objects: %q", c.Objects())
	}
	if a = ask(t, s, "DELETE", path, "", "If-Match", etag); a.status != http.StatusNoContent || c.Len() != 0 {
		t.Errorf("DELETE: %d", a.status)
	}
	if a = ask(t, s, "GET", path, ""); a.status != http.StatusNotFound {
		t.Errorf("GET after DELETE: %d", a.status)
	}
}

func TestSync_ReportsWhatChanged(t *testing.T) {
	s := davtest.New(t)
	c := s.AddCollection(pim.Contacts, "contacts", "Contacts")
	for i := range 5 {
		c.Put(fmt.Sprintf("%d.vcf", i), card(i))
	}
	a := changes(t, s, c, "")
	if len(a.ms.Responses) != 5 || a.ms.Token == "" {
		t.Fatalf("first: %s", a.raw)
	}
	token := a.ms.Token
	if a = changes(t, s, c, token); len(a.ms.Responses) != 0 || a.ms.Token != token {
		t.Errorf("no change: %s", a.raw)
	}
	c.Put("1.vcf", card(100))
	c.Delete("2.vcf")
	c.Put("new.vcf", card(7))
	c.Put("brief.vcf", card(8))
	c.Delete("brief.vcf")
	a = changes(t, s, c, token)
	if got := fmt.Sprint(a.hrefs()); got != "[/dav/addressbooks/user/contacts/1.vcf /dav/addressbooks/user/contacts/2.vcf /dav/addressbooks/user/contacts/new.vcf]" {
		t.Errorf("changes: %s", got)
	}
	if a.ms.Responses[1].Status != "HTTP/1.1 404 Not Found" {
		t.Errorf("removal: %+v", a.ms.Responses[1])
	}
	s.SetPages(2)
	var pages, entries int
	for token := ""; ; pages++ {
		a = changes(t, s, c, token)
		token = a.ms.Token
		entries += len(a.ms.Responses)
		if !a.has("507 Insufficient Storage") {
			break
		}
		entries--
	}
	if pages != 2 || entries != 6 { // five objects, and a removal within the later pages' span
		t.Errorf("%d full pages, %d entries", pages, entries)
	}
	s.ForgetTokens()
	if a = changes(t, s, c, token); a.status != http.StatusForbidden || !a.has("valid-sync-token") {
		t.Errorf("forgotten token: %d %s", a.status, a.raw)
	}
	for _, bad := range []string{"nonsense", "http://davtest.invalid/sync/1/99/1"} {
		if a = changes(t, s, c, bad); a.status != http.StatusForbidden {
			t.Errorf("token %q: %d", bad, a.status)
		}
	}
}

func TestReports_GiveData(t *testing.T) {
	s := davtest.New(t)
	book := s.AddCollection(pim.Contacts, "contacts", "Contacts")
	work := s.AddCollection(pim.Calendar, "work", "Work")
	book.Put("a.vcf", card(1))
	work.Fill(3, 1, gen.Event)
	for _, style := range []davtest.DataStyle{davtest.Literal, davtest.CharRefs, davtest.CDATA} {
		s.SetData(style)
		a := ask(t, s, "REPORT", book.URL(), multigetBody(book, book.Path()+"a.vcf", book.Path()+"missing.vcf"), "Depth", "0")
		if len(a.ms.Responses) != 2 || a.ms.Responses[1].Status != "HTTP/1.1 404 Not Found" {
			t.Fatalf("multiget: %s", a.raw)
		}
		got, want := *a.ms.Responses[0].Props[0].Prop.Card, string(card(1))
		if style != davtest.CharRefs {
			want = strings.ReplaceAll(want, "\r\n", "\n") // XML 1.0 section 2.11
			if !a.has("\r\nEND:VCARD\r\n") {
				t.Errorf("style %d: CRLF is not literal", style)
			}
		}
		if got != want {
			t.Errorf("style %d: %q, want %q", style, got, want)
		}
	}
	a := ask(t, s, "REPORT", work.URL(), `<C:calendar-query `+ns+`><D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`, "Depth", "1")
	if len(a.ms.Responses) != 3 || a.ms.Responses[2].Props[0].Prop.Calendar == nil {
		t.Errorf("query: %s", a.raw)
	}
	inline := strings.Replace(syncBody("", ""), "<D:getetag/>", "<D:getetag/><C:calendar-data/>", 1)
	if a = ask(t, s, "REPORT", work.URL(), inline, "Depth", "0"); a.ms.Responses[0].Props[0].Prop.Calendar == nil {
		t.Errorf("inline data: %s", a.raw)
	}
	if a = ask(t, s, "REPORT", book.URL(), inline, "Depth", "0"); !a.has("404 Not Found") {
		t.Errorf("calendar-data of a card: %s", a.raw)
	}
}

func TestMakeCollections(t *testing.T) {
	s := davtest.New(t)
	a := ask(t, s, "MKCALENDAR", "/dav/calendars/user/new/", `<C:mkcalendar `+ns+`><D:set><D:prop><D:displayname>Neu é</D:displayname><C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set></D:prop></D:set></C:mkcalendar>`)
	b := ask(t, s, "MKCOL", "/dav/addressbooks/user/new/", `<D:mkcol `+ns+`><D:set><D:prop><D:resourcetype><D:collection/><A:addressbook/></D:resourcetype><D:displayname>Book</D:displayname></D:prop></D:set></D:mkcol>`)
	if a.status != 201 || b.status != 201 {
		t.Fatalf("MKCALENDAR %d, MKCOL %d", a.status, b.status)
	}
	if c := s.Collection(pim.Calendar, "new"); c == nil || c.Name() != "Neu é" {
		t.Errorf("calendar: %v", c)
	}
	ask(t, s, "PROPPATCH", "/dav/calendars/user/new/", `<D:propertyupdate `+ns+`><D:set><D:prop><D:displayname>Renamed</D:displayname></D:prop></D:set></D:propertyupdate>`)
	if a = propfind(t, s, "/dav/calendars/user/", "1", "<D:displayname/>"); !a.has("Renamed") {
		t.Errorf("PROPPATCH: %s", a.raw)
	}
	if a = ask(t, s, "MKCALENDAR", "/dav/calendars/user/new/", ""); a.status != http.StatusMethodNotAllowed {
		t.Errorf("MKCALENDAR over it: %d", a.status)
	}
	if a = ask(t, s, "DELETE", "/dav/calendars/user/new/", ""); a.status != 204 || len(s.Collections()) != 1 {
		t.Errorf("DELETE: %d", a.status)
	}
}

func TestLog_CountsAndKeepsNoSecret(t *testing.T) {
	s := davtest.New(t)
	c := s.AddCollection(pim.Contacts, "contacts", "Contacts")
	c.Fill(300, 1, gen.Card2K)
	a := ask(t, s, "REPORT", c.URL(), multigetBody(c, c.Path()+c.Names()[0]), "Depth", "0", "Accept-Encoding", "gzip")
	if a.header.Get("Content-Encoding") != "gzip" {
		t.Error("not compressed")
	}
	if a, _ = try(s, "GET", c.URL(), "", "Authorization", "Basic bm9ib2R5Om5vdGhpbmc="); a.status != http.StatusUnauthorized {
		t.Errorf("wrong password: %d", a.status)
	}
	log := s.Requests()
	if len(log) != 2 || s.CountRequests() != 2 {
		t.Fatalf("log: %+v", log)
	}
	r := log[0]
	if r.Report != "addressbook-multiget" || r.Hrefs != 1 || !r.Inline || r.Status != 207 || r.Sent == 0 || r.Sent > 2048 || !r.Authorized {
		t.Errorf("%+v", r)
	}
	if log[1].Authorized || strings.Contains(fmt.Sprintf("%+v", log), "bm9ib2R5") {
		t.Errorf("%+v", log[1])
	}
	s.ResetRequests()
	if s.CountRequests() != 0 {
		t.Error("not reset")
	}
}

func TestRestart_KeepsPortAndData(t *testing.T) {
	s := davtest.New(t)
	c := s.AddCollection(pim.Contacts, "contacts", "Contacts")
	c.Put("a.vcf", card(1))
	before := s.URL()
	s.Close()
	if _, err := try(s, "GET", c.URL()+"a.vcf", ""); err == nil {
		t.Error("a closed server answers")
	}
	s.Listen()
	if a := ask(t, s, "GET", c.URL()+"a.vcf", ""); s.URL() != before || a.status != 200 {
		t.Errorf("%s: %d", s.URL(), a.status)
	}
	s.Restart()
	ask(t, s, "GET", c.URL()+"a.vcf", "")
}

func TestFill_ServesManyObjectsQuickly(t *testing.T) {
	s := davtest.New(t, davtest.WithoutGzip())
	c := s.AddCollection(pim.Contacts, "contacts", "Contacts")
	const n = 20_000
	c.Fill(n, 1, gen.Card2K)
	begin := time.Now()
	a := changes(t, s, c, "")
	listed := time.Since(begin)
	if got := bytes.Count(a.raw, []byte("<D:response>")); got != n {
		t.Fatalf("%d of %d listed", got, n)
	}
	t.Logf("listing of %d: %v, %d bytes", n, listed, len(a.raw))
}

func md5Hex(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }

// between gives what stands in s after from and before to.
func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}
