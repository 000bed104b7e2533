package dav

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

// seenRequest is what a server saw of a request.
type seenRequest struct {
	Method, URI, Auth, Depth, Encoding, Accept, Body string
}

// server is a real HTTP server whose answers a test writes.
type server struct {
	*httptest.Server
	mu  sync.Mutex
	got []seenRequest
}

func (s *server) requests() []seenRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]seenRequest(nil), s.got...)
}

func (s *server) handler(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.got = append(s.got, seenRequest{r.Method, r.RequestURI, r.Header.Get("Authorization"), r.Header.Get("Depth"),
			r.Header.Get("Accept-Encoding"), r.Header.Get("Accept"), string(body)})
		s.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		h(w, r)
	})
}

func serve(t testing.TB, h http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(s.handler(h))
	t.Cleanup(s.Close)
	return s
}

func serveTLS(t testing.TB, h http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewUnstartedServer(s.handler(h))
	s.Config.ErrorLog = nil
	s.Config.ErrorLog = quiet
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// client makes a client that never waits; waits collects what it would have.
func client(t testing.TB, o Options) (c *Client, waits *[]time.Duration) {
	t.Helper()
	if o.User == "" {
		o.User, o.Password = "user", "secret"
	}
	c = New(o)
	t.Cleanup(c.Close)
	var mu sync.Mutex
	waits = &[]time.Duration{}
	c.sleep = func(ctx context.Context, d time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		*waits = append(*waits, d)
		return ctx.Err()
	}
	return c, waits
}

func book(s *server) pim.Collection {
	return pim.Collection{Kind: pim.Contacts, URL: s.URL + "/b/"}
}

// multi writes a 207 with the given responses; "{" and "}" are short for tags
// of DAV:.
func multi(w http.ResponseWriter, responses ...string) {
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.WriteHeader(207)
	_, _ = io.WriteString(w, `<?xml version="1.0"?><D:multistatus xmlns:D="DAV:" xmlns:R="urn:ietf:params:xml:ns:carddav" `+
		`xmlns:L="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/">`+
		strings.Join(responses, "\n")+`</D:multistatus>`)
}

func resp(href string, props ...string) string {
	return `<D:response><D:href>` + href + `</D:href><D:propstat><D:prop>` + strings.Join(props, "") +
		`</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`
}

func respStatus(href, status string) string {
	return `<D:response><D:href>` + href + `</D:href><D:status>HTTP/1.1 ` + status + `</D:status></D:response>`
}

func etag(s string) string { return `<D:getetag>"` + s + `"</D:getetag>` }

const isCollection = `<D:resourcetype><D:collection/></D:resourcetype>`

func isBook() string { return `<D:resourcetype><D:collection/><R:addressbook/></D:resourcetype>` }
func isCal() string  { return `<D:resourcetype><D:collection/><L:calendar/></D:resourcetype>` }

// asError checks an error's fault and reason.
func asError(t *testing.T, err error, fault pim.Fault, reason string) *pim.Error {
	t.Helper()
	var e *pim.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want fault %v", err, fault)
	}
	if e.Fault != fault || e.Reason != reason {
		t.Fatalf("got fault %v reason %q (%v), want %v %q", e.Fault, e.Reason, e, fault, reason)
	}
	if strings.Contains(err.Error()+e.Hint, "secret") {
		t.Fatalf("the error names the password: %v", err)
	}
	return e
}

// list gives the hrefs of a listing.
func list(ctx context.Context, c *Client, col pim.Collection) (hrefs []string, err error) {
	err = c.List(ctx, col, func(e pim.Entry) error {
		hrefs = append(hrefs, string(e.Href))
		return nil
	})
	return hrefs, err
}
