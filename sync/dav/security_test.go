package dav

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

// An encrypted answer leads to no unencrypted place, whatever it names; what
// has the look of another scheme is a name on the same server.
func TestFollow_NeverLeavesTLSOrTheServer(t *testing.T) {
	from, _ := parsePlace("https://dav.example.com:8443/a/b/")
	for href, want := range map[string]string{
		"http://dav.example.com/x/":        "https://dav.example.com:8443/x/",
		"HTTP://DAV.example.com:8080/x/":   "https://dav.example.com:8443/x/",
		"http://other.example.com/x/":      "",
		"http://127.0.0.1:631/":            "",
		"https://other.example.com/x/":     "https://other.example.com/x/",
		"//other.example.com/x/":           "https://other.example.com/x/",
		"/x/":                              "https://dav.example.com:8443/x/",
		"javascript:alert(1)":              "https://dav.example.com:8443/a/b/javascript:alert(1)",
		"file:///etc/passwd":               "https://dav.example.com:8443/a/b/file:///etc/passwd",
		"https://user:secret@example.com/": "https://example.com/",
		"../../../../x":                    "https://dav.example.com:8443/x",
		"":                                 "",
	} {
		p, err := from.follow(href)
		if got := p.String(); want == "" && err == nil || want != "" && got != want {
			t.Errorf("%s: %s %v", href, got, err)
		}
	}
	plain, _ := parsePlace("http://127.0.0.1:1/")
	if p, err := plain.follow("http://127.0.0.1:2/x"); err != nil || p.String() != "http://127.0.0.1:2/x" {
		t.Error(p, err)
	}
	a, _ := parsePlace("https://nas:5001/")
	b, _ := parsePlace("http://nas:5001/")
	if related(a, b) || !related(b, a) {
		t.Error("the same port without TLS is not the same place")
	}
}

// A server behind a proxy that does not know that it is encrypted.
func TestDiscover_PlainHrefsOfAnEncryptedServer(t *testing.T) {
	m := serveHosts(t, func(_ string, w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/c/":
			multi(w, resp("http://example.com/c/", isCollection), resp("http://example.com/c/1/", isCal()))
		default:
			multi(w, resp("/", homes("http://evil.example.org/b/", "http://example.com/c/")))
		}
	})
	d, err := discover(t.Context(), "https://example.com/", m.client)
	if err != nil || len(d.Collections) != 1 || d.Collections[0].URL != "https://example.com/c/1/" {
		t.Fatalf("%+v %v", d, err)
	}
	if len(m.auth) != 1 || problems(d) != "protocol host example.com/" {
		t.Error(m.auth, problems(d))
	}
}

// Whatever hrefs a server lists, nothing but that server is asked, and nothing
// but a path gets into the request.
func TestHrefs_AreOnlyEverPathsOfTheServer(t *testing.T) {
	local := serve(t, func(http.ResponseWriter, *http.Request) {})
	hrefs := []string{"javascript:alert(1)", "file:///etc/passwd", local.URL + "/b/admin", "//" + strings.TrimPrefix(local.URL, "http://") + "/x",
		"/b/x&#13;&#10;X-Evil: 1&#13;&#10;&#13;&#10;GET /other HTTP/1.1", "/b/&quot;, response=&quot;", "/b/ &#0;&#127;#y"}
	evil := ""
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		evil += r.Header.Get("X-Evil")
		if r.Method == "GET" {
			_, _ = io.WriteString(w, "x")
			return
		}
		out := []string{resp("/b/", isCollection)}
		for _, h := range hrefs {
			out = append(out, resp(h, etag("1")))
		}
		multi(w, out...)
	})
	c, _ := client(t, Options{Hosts: []string{strings.TrimPrefix(s.URL, "http://")}})
	var listed []pim.Href
	if err := c.List(t.Context(), book(s), func(e pim.Entry) error { listed = append(listed, e.Href); return nil }); err != nil || len(listed) != len(hrefs) {
		t.Fatal(listed, err)
	}
	for i, h := range listed {
		_, err := c.Get(t.Context(), book(s), h)
		if foreign := i == 2 || i == 3; foreign != (err != nil) {
			t.Errorf("%q: %v", h, err)
		}
	}
	if err := c.Multiget(t.Context(), book(s), listed, func(pim.Fetched) error { return nil }); err != nil {
		t.Error(err)
	}
	if len(local.requests()) != 0 || evil != "" {
		t.Errorf("%+v %q", local.requests(), evil)
	}
	for _, r := range s.requests() {
		if strings.ContainsAny(r.URI, " \r\n\x00") || r.Method == "GET" && !strings.HasPrefix(r.URI, "/b/") {
			t.Errorf("%q", r.URI)
		}
	}
	d := &digestAuth{realm: "r", nonce: "n"}
	if v := d.header("user", "secret", "GET", `/b/", response="x`); strings.Contains(v, `uri="/b/", response`) {
		t.Error(v)
	}
}

// A login in the address is refused before anything is asked, and not repeated.
func TestDiscover_RefusesALoginInTheAddress(t *testing.T) {
	s := serve(t, davSite)
	host := strings.TrimPrefix(s.URL, "http://")
	for _, a := range []string{"http://user:secret@" + host + "/dav/", "https://user@" + host, "user:secret@" + host,
		"user:secret@" + host + "/dav/", "mailto:user:secret@example.com", "user@example.com/dav/", "http://user:se%zzcret@" + host + "/"} {
		_, err := Discover(t.Context(), a, login())
		asError(t, err, pim.Invalid, "userinfo")
		if shown := shownAddress(a); strings.Contains(shown, "secret") {
			t.Errorf("%s is shown", shown)
		}
	}
	if len(s.requests()) != 0 {
		t.Error(s.requests())
	}
	for _, a := range []string{"user@example.com", "mailto:user@example.com", "https://example.com/user@example.com/", "example.com/a@b", s.URL} {
		if hasUserinfo(a) {
			t.Errorf("%s is fine", a)
		}
	}
}

// What a server may say without end has an end.
func TestMultistatus_HostileAnswersStayBounded(t *testing.T) {
	const head, tail = `<D:multistatus xmlns:D="DAV:" xmlns:L="urn:ietf:params:xml:ns:caldav">`, `</D:multistatus>`
	one := func(prop string) string {
		return head + `<D:response><D:href>/</D:href><D:propstat><D:prop>` + prop + `</D:prop></D:propstat></D:response>` + tail
	}
	parse := func(doc string) (*response, error) {
		m, err := readMultistatus(strings.NewReader(doc), "", 1000)
		if err != nil {
			return nil, err
		}
		return m.next()
	}
	bindings := ""
	for i := range 2000 {
		bindings += fmt.Sprintf(` xmlns:n%d="DAV:"`, i)
	}
	for name, doc := range map[string]string{
		"entities": `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>` + one("<D:displayname>&b;</D:displayname>"),
		"a tag":    one(`<x y="` + strings.Repeat("y", maxTag+1) + `"/>`),
		"bindings": one(`<x` + bindings + `/>`),
		"depth":    one(strings.Repeat("<x>", 300) + strings.Repeat("</x>", 300)),
		"names":    one(strings.Repeat("<"+strings.Repeat("x", 10_000)+">", 200)),
		"text":     one("<D:displayname>" + strings.Repeat("x", maxText+100_000) + "</D:displayname>"),
	} {
		if resp, err := parse(doc); err == nil {
			t.Errorf("%s was read: %+v", name, resp)
		}
	}
	many := func(s string) string { return strings.Repeat(s, 200_000) }
	resp, err := parse(one(`<D:current-user-privilege-set>` + many(`<D:privilege><D:read/></D:privilege>`) + `</D:current-user-privilege-set>` +
		`<L:calendar-home-set>` + many(`<D:href>/c/</D:href>`) + `</L:calendar-home-set>` +
		`<L:supported-calendar-component-set>` + many(`<L:comp name="VEVENT"/>`) + `</L:supported-calendar-component-set>`))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(resp.props.names[elPrivileges]) + len(resp.props.hrefs[elCalHome]) + len(resp.props.comps); n == 0 || n > maxLists/32 {
		t.Errorf("%d entries", n)
	}
}

func TestAnswers_OfTooManyResponsesAreRefused(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		out := []string{resp("/b/", isCollection)}
		for i := range 200 {
			out = append(out, resp(fmt.Sprintf("/b/%d.vcf", i), etag("1")))
		}
		multi(w, append(out, `<D:sync-token>t</D:sync-token>`)...)
	})
	c, _ := client(t, Options{})
	c.maxResponses = 100
	asError(t, c.List(t.Context(), book(s), func(pim.Entry) error { return nil }), pim.Protocol, "too-big")
	_, err := c.Changes(t.Context(), book(s), "", false, func(pim.Change) error { return nil })
	if e := asError(t, err, pim.Protocol, "too-big"); e.Hint == "" && e.Err == nil {
		t.Error(e)
	}
	big := serve(t, func(w http.ResponseWriter, r *http.Request) {
		multi(w, resp("/", homes(strings.Repeat("/x/", maxPrincipal/3), "")))
	})
	_, err = Discover(t.Context(), big.URL, login())
	if pim.FaultOf(err) != pim.Protocol {
		t.Error(err)
	}
}

func TestSmallThingsAServerSays(t *testing.T) {
	now := time.Unix(1e9, 0)
	for _, v := range []string{"99999999999", "2147483647", now.AddDate(50, 0, 0).UTC().Format(http.TimeFormat)} {
		if d := retryAfter(http.Header{"Retry-After": {v}}, now); d > maxRetryAfter || d < 0 {
			t.Errorf("Retry-After %s is %v", v, d)
		}
	}
	from, _ := parsePlace("https://example.com/c/")
	for in, want := range map[string]string{
		"webcal://user:secret@example.org/x.ics?t=1": "webcal://example.org/x.ics?t=1",
		"https://example.org/a@b.ics":                "https://example.org/a@b.ics",
		"/x.ics":                                     "https://example.com/x.ics",
	} {
		if got := sourceOf(from, in); got != want {
			t.Errorf("source %s: %s", in, got)
		}
	}
	p, _ := parsePlace("https://example.com/a\x1b[2Jb/\u009bc")
	if s := p.shown(); strconv.Quote(s) != `"https://example.com/a?[2Jb/?c"` {
		t.Errorf("%q", s)
	}
	for _, h := range []string{"1.2.3.4.bc.googleusercontent.com", "storage.googleapis.com", "icloud.com.example.org"} {
		if providerOfHost(h) != nil {
			t.Errorf("%s belongs to anybody", h)
		}
	}
	for addr, ok := range map[string]bool{"127.0.0.1:80": true, "[::1]:80": true, "[::1%lo]:80": true, "10.0.0.1:80": false, "[fe80::1%eth0]:80": false} {
		if (onlyLoopback("tcp", addr, nil) == nil) != ok {
			t.Errorf("%s: not %v", addr, ok)
		}
	}
	if loopback("x.localhost") || !loopback("localhost") || !loopback("127.8.8.8") {
		t.Error("only this computer is this computer")
	}
}
