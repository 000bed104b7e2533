package dav

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

// answers makes short lines of what a fetch handed over.
type answers []string

func (a *answers) add(f pim.Fetched) error {
	if f.Err != nil {
		e := f.Err.(*pim.Error)
		*a = append(*a, fmt.Sprintf("%s %v %s", f.Href, e.Fault, e.Reason))
		return nil
	}
	*a = append(*a, fmt.Sprintf("%s %s %q %s", f.Href, f.Object.ETag, f.Object.Body, f.Object.Via))
	return nil
}

func data(s string) string { return `<R:address-data>` + s + `</R:address-data>` }

func TestMultiget_AnswersEveryHrefOnce(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		multi(w,
			resp("/b/6.vcf", etag("6"), data("six")),
			resp("/b/@.vcf", etag("1"), data("one\r\n")),
			respStatus("/b/2.vcf", "404 Not Found"),
			respStatus("/b/3.vcf", "500 Internal Server Error"),
			`<D:response><D:href>/b/4.vcf</D:href><D:propstat><D:prop>`+data("")+`</D:prop><D:status>HTTP/1.1 403 x</D:status></D:propstat></D:response>`,
			resp("/b/5.vcf", etag("5")),
			resp("/b/unasked.vcf", etag("9"), data("nine")),
			resp("/b/@.vcf", etag("1"), data("one again")),
			resp("/b/7.vcf", etag("7"), data("a\x0bb")),
			resp("/b/big.vcf", etag("8"), data(strings.Repeat("x", 2000))),
		)
	})
	c, _ := client(t, Options{MaxObject: 1000})
	var got answers
	var altered []string
	err := c.Multiget(t.Context(), book(s), []pim.Href{"/b/%40.vcf", "/b/2.vcf", "/b/3.vcf", "/b/4.vcf", "/b/5.vcf",
		"http://elsewhere.example/b/6.vcf", "/b/7.vcf", "/b/big.vcf", "/b/a&b.vcf"}, func(f pim.Fetched) error {
		if f.Object.Altered {
			altered = append(altered, string(f.Href))
		}
		return got.add(f)
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	want := []string{
		`/b/%40.vcf "1" "one\r\n" multiget`,
		`/b/2.vcf bad-object not-found`,
		`/b/3.vcf bad-object status`,
		`/b/4.vcf bad-object forbidden`,
		`/b/5.vcf bad-object no-data`,
		`/b/7.vcf "7" "a\vb" multiget`,
		`/b/a&b.vcf bad-object missing`,
		`/b/big.vcf bad-object too-big`,
		`http://elsewhere.example/b/6.vcf "6" "six" multiget`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if fmt.Sprint(altered) != "[/b/7.vcf]" {
		t.Error(altered)
	}
	body := s.requests()[0].Body
	for _, want := range []string{"<D:href>/b/%40.vcf<", "<D:href>/b/6.vcf<", "a&amp;b.vcf", "<D:getetag/>"} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is missing in %s", want, body)
		}
	}
}

func TestMultiget_AWholeFailureIsAnError(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	c, _ := client(t, Options{})
	var got answers
	err := c.Multiget(t.Context(), book(s), []pim.Href{"/b/1.vcf"}, got.add)
	asError(t, err, pim.Protocol, "")
	if len(got) != 0 {
		t.Error(got)
	}
	if err := c.Multiget(t.Context(), book(s), nil, got.add); err != nil {
		t.Error("nothing to fetch is no request:", err)
	}
}

func TestQuery_FetchesWithoutACondition(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/c/" {
			multi(w, resp("/c/1.ics", etag("1"), `<L:calendar-data>x</L:calendar-data>`))
			return
		}
		multi(w, resp("/b/", isCollection), resp("/b/1.vcf", etag("1"), data("one")), resp("/b/1.vcf", data("two")), resp("/b/2.vcf", etag("2")))
	})
	c, _ := client(t, Options{})
	var got answers
	if err := c.Query(t.Context(), book(s), got.add); err != nil {
		t.Fatal(err)
	}
	if err := c.Query(t.Context(), pim.Collection{Kind: pim.Calendar, URL: s.URL + "/c/"}, got.add); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", []string{`/b/1.vcf "1" "one" query`, `/b/2.vcf bad-object no-data`, `/c/1.ics "1" "x" query`}) {
		t.Errorf("%q", got)
	}
	r := s.requests()
	if !strings.Contains(r[0].Body, "addressbook-query") || !strings.Contains(r[0].Body, "<X:filter/>") ||
		!strings.Contains(r[1].Body, `<X:comp-filter name="VCALENDAR"/>`) || r[0].Depth != "1" {
		t.Errorf("%+v", r)
	}
}

func TestGet_GivesTheServersOwnBytes(t *testing.T) {
	body := "BEGIN:VCARD\r\nNOTE:\xff\x0b\n\rEND:VCARD"
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `W/"a-gzip"`)
		w.Header().Set("Content-Type", "text/x-vcard")
		_, _ = io.WriteString(w, body)
	})
	c, _ := client(t, Options{})
	o, err := c.Get(t.Context(), book(s), "1.vcf")
	if err != nil || string(o.Body) != body || o.ETag != `W/"a-gzip"` || o.ContentType != "text/x-vcard" || o.Via != pim.ViaGet || o.Href != "1.vcf" {
		t.Fatalf("%+v %v", o, err)
	}
	small, _ := client(t, Options{MaxObject: 5})
	_, err = small.Get(t.Context(), book(s), "/b/1.vcf")
	asError(t, err, pim.BadObject, "too-big")
}

func TestGet_TriesOtherSpellingsOfAnHref(t *testing.T) {
	for asked, accepted := range map[string]string{
		"/b/a%40b.vcf": "/b/a@b.vcf",
		"/b/a@b.vcf":   "/b/a%40b.vcf",
		"/b/a%15.vcf":  "/b/a%2515.vcf",
	} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.RequestURI != accepted {
				w.WriteHeader(404)
				return
			}
			_, _ = io.WriteString(w, "x")
		})
		c, _ := client(t, Options{})
		if o, err := c.Get(t.Context(), book(s), pim.Href(asked)); err != nil || o.Href != pim.Href(asked) {
			t.Errorf("%s: %v", asked, err)
		}
	}
}

func TestGet_WhatConcernsOneObjectIsItsOwnError(t *testing.T) {
	for status, want := range map[int]struct {
		fault  pim.Fault
		reason string
	}{
		404: {pim.BadObject, "not-found"}, 410: {pim.BadObject, "not-found"}, 403: {pim.BadObject, "forbidden"},
		500: {pim.BadObject, "status"}, 401: {pim.Denied, "login"}, 429: {pim.Busy, ""}, 502: {pim.Offline, ""},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		c, _ := client(t, Options{})
		_, err := c.Get(t.Context(), book(s), "/b/1.vcf")
		if e := asError(t, err, want.fault, want.reason); e.Status != status {
			t.Errorf("%d: %+v", status, e)
		}
	}
}

// A server that turns cards into the version asked for gives every card as it
// is stored.
func TestVersions_EveryCardAsItIsStored(t *testing.T) {
	stored := map[string]string{"/b/3.vcf": "3.0", "/b/4.vcf": "4.0"}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		version := "3.0"
		if strings.Contains(string(body), `version="4.0"`) || strings.Contains(r.Header.Get("Accept"), "4.0") {
			version = "4.0"
		}
		switch {
		case r.Method == "GET":
			_, _ = io.WriteString(w, "BEGIN:VCARD\nVERSION:"+version)
		case strings.Contains(string(body), `name="VERSION"`):
			multi(w, resp("/b/4.vcf", etag("4")))
		default:
			var out []string
			for h := range stored {
				if strings.Contains(string(body), h) || !strings.Contains(string(body), "multiget") {
					out = append(out, resp(h, etag("1"), data("BEGIN:VCARD\nVERSION:"+version)))
				}
			}
			multi(w, append(out, `<D:sync-token>t</D:sync-token>`)...)
		}
	})
	c, _ := client(t, Options{})
	col := book(s)
	col.DataTypes = []string{"text/vcard 3.0", "text/vcard 4.0"}
	check := func(f pim.Fetched) error {
		if f.Err != nil || string(f.Object.Body) != "BEGIN:VCARD\nVERSION:"+stored[string(f.Href)] {
			t.Errorf("%s: %q %v", f.Href, f.Object.Body, f.Err)
		}
		return nil
	}
	n := 0
	count := func(f pim.Fetched) error { n++; return check(f) }
	if err := c.Multiget(t.Context(), col, []pim.Href{"/b/4.vcf", "/b/3.vcf"}, count); err != nil || n != 2 {
		t.Error(n, err)
	}
	if err := c.Query(t.Context(), col, count); err != nil || n != 4 {
		t.Error(n, err)
	}
	for h := range stored {
		o, err := c.Get(t.Context(), col, pim.Href(h))
		_ = check(pim.Fetched{Href: pim.Href(h), Object: o, Err: err})
	}
	_, err := c.Changes(t.Context(), col, "", true, func(ch pim.Change) error {
		if ch.Object != nil {
			return check(pim.Fetched{Href: ch.Href, Object: *ch.Object})
		}
		if ch.Href != "/b/4.vcf" {
			t.Errorf("%s came without data", ch.Href)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	asked := 0
	for _, r := range s.requests() {
		if strings.Contains(r.Body, `name="VERSION"`) {
			asked++
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times for the versions", asked)
	}
}

func TestVersions_AServerThatConvertsNothingIsAskedOnce(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		multi(w, resp("/b/4.vcf", etag("4"), data("BEGIN:VCARD\r\nVERSION:4.0\r\n")), `<D:sync-token>t</D:sync-token>`)
	})
	c, _ := client(t, Options{})
	col := book(s)
	col.DataTypes = []string{"text/vcard 4.0"}
	var got answers
	for range 2 {
		if err := c.Multiget(t.Context(), col, []pim.Href{"/b/4.vcf"}, got.add); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Changes(t.Context(), col, "", true, func(ch pim.Change) error {
		return got.add(pim.Fetched{Href: ch.Href, Object: *ch.Object})
	}); err != nil {
		t.Fatal(err)
	}
	if n := len(s.requests()); n != 4 || len(got) != 3 {
		t.Errorf("%d requests, %q", n, got)
	}
}

func TestVersions_AServerThatCannotSayIsReadAllTheSame(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), `name="VERSION"`) {
			w.WriteHeader(403)
			_, _ = io.WriteString(w, `<D:error xmlns:D="DAV:"><D:supported-filter/></D:error>`)
			return
		}
		multi(w, resp("/b/1.vcf", etag("1"), data("x")))
	})
	c, _ := client(t, Options{})
	col := book(s)
	col.DataTypes = []string{"text/vcard 4.0"}
	var got answers
	if err := c.Multiget(t.Context(), col, []pim.Href{"/b/1.vcf"}, got.add); err != nil || len(got) != 1 {
		t.Error(got, err)
	}
}
