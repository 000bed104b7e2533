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
