package restore_test

import (
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"

	"sidekeep/sync/dav/davtest"
)

// front stands before a server and breaks requests as networks do: what arrives
// may have been carried out although nobody hears of it.
type front struct {
	URL    string
	server *httptest.Server

	mu   sync.Mutex
	n    int
	trip func(n int, r *http.Request) action
	kill func()
}

// action is what happens to a request.
type action int

const (
	pass   action = iota
	refuse        // the connection is closed, nothing was carried out
	lose          // it is carried out, and the connection closed before the answer
	fail          // it is carried out, and answered with 500
	kills         // it is carried out, and then the client is killed
	busy          // it is not carried out: 503 with Retry-After
)

func newFront(t tb, s *davtest.Server) *front {
	t.Helper()
	to, err := url.Parse(s.URL())
	if err != nil {
		t.Fatalf("%v", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	proxy := &httputil.ReverseProxy{Transport: transport, ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}}
	f := &front{}
	f.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		what := f.arrive(r)
		switch what {
		case refuse:
			panic(http.ErrAbortHandler)
		case busy:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		case pass:
			proxy.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		proxy.ServeHTTP(rec, r)
		if what == kills {
			f.mu.Lock()
			kill := f.kill
			f.mu.Unlock()
			kill()
		}
		if what == lose || what == kills {
			panic(http.ErrAbortHandler)
		}
		maps.Copy(w.Header(), http.Header{"Content-Length": {"0"}})
		w.WriteHeader(http.StatusInternalServerError)
	}))
	f.URL = f.server.URL
	t.Cleanup(func() {
		f.server.CloseClientConnections()
		f.server.Close()
		transport.CloseIdleConnections()
	})
	return f
}

func (f *front) arrive(r *http.Request) action {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	if f.trip == nil {
		return pass
	}
	return f.trip(f.n, r)
}

// reset counts anew, and lets trip decide about each request; nil: all pass.
func (f *front) reset(trip func(n int, r *http.Request) action) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n, f.trip = 0, trip
}

// onKill says how the client is killed.
func (f *front) onKill(kill func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kill = kill
}

func (f *front) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.n
}
