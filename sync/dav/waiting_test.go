package dav

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

func TestBusy_WaitsAWhileThenSaysHowLong(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		name, header string
		status       int
		wait         time.Duration // asked for; 0: none
		requests     int
	}{
		{"seconds", "7", 429, 7 * time.Second, maxTries},
		{"date", now.Add(9 * time.Second).Format(http.TimeFormat), 503, 9 * time.Second, maxTries},
		{"long", "3600", 503, time.Hour, 1},
		{"none", "", 503, 0, maxTries},
		{"nonsense", "soon", 429, 0, maxTries},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if c.header != "" {
					w.Header().Set("Retry-After", c.header)
				}
				w.WriteHeader(c.status)
			})
			cl, waits := client(t, Options{Now: func() time.Time { return now }})
			e := asError(t, cl.List(t.Context(), book(s), nil), pim.Busy, "")
			if e.RetryAfter != c.wait || len(s.requests()) != c.requests || len(*waits) != c.requests-1 {
				t.Errorf("%v, %d requests, waits %v", e.RetryAfter, len(s.requests()), *waits)
			}
			for _, w := range *waits {
				if c.wait > 0 && w != c.wait || w <= 0 || w > longestWait {
					t.Errorf("waits %v", *waits)
				}
			}
		})
	}
}

func TestBusy_WaitingCanBeStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "9")
		w.WriteHeader(503)
	})
	c, _ := client(t, Options{})
	c.sleep = func(ctx context.Context, d time.Duration) error {
		cancel()
		return sleepFor(ctx, d)
	}
	asError(t, c.List(ctx, book(s), nil), pim.Stopped, "")
}

func TestBusy_AnEmptyErrorIsARateLimit(t *testing.T) {
	var n atomic.Int32
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) == 1 {
			w.WriteHeader(403)
			_, _ = io.WriteString(w, `<?xml version="1.0"?><error xmlns="DAV:"/>`)
			return
		}
		multi(w, resp("/b/", isCollection), resp("/b/1.vcf", etag("1")))
	})
	c, _ := client(t, Options{})
	if got, err := list(t.Context(), c, book(s)); err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	forbidden := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) })
	c, _ = client(t, Options{})
	asError(t, c.List(t.Context(), book(forbidden), nil), pim.Denied, "")
}

func TestCutConnection_IsTriedAgainUntilSomethingWasHandedOver(t *testing.T) {
	var n atomic.Int32
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		switch n.Add(1) {
		case 1: // before the header
			panic(http.ErrAbortHandler)
		case 2: // inside the body, before an entry
			w.Header().Set("Content-Length", "1000")
			w.WriteHeader(207)
			_, _ = io.WriteString(w, `<D:multistatus xmlns:D="DAV:">`)
			return
		}
		multi(w, resp("/b/", isCollection), resp("/b/1.vcf", etag("1")))
	})
	s.Config.ErrorLog = quiet
	c, waits := client(t, Options{})
	if got, err := list(t.Context(), c, book(s)); err != nil || len(got) != 1 || len(*waits) != 2 {
		t.Fatal(got, err, *waits)
	}
	later := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100000")
		w.WriteHeader(207)
		_, _ = io.WriteString(w, `<D:multistatus xmlns:D="DAV:">`+resp("/b/", isCollection)+resp("/b/1.vcf", etag("1")))
	})
	c, _ = client(t, Options{})
	got, err := list(t.Context(), c, book(later))
	asError(t, err, pim.Offline, "cut")
	if len(got) != 1 || len(later.requests()) != 1 {
		t.Error(got, len(later.requests()))
	}
	short := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<D:multistatus xmlns:D="DAV:">`+resp("/b/", isCollection))
	})
	c, _ = client(t, Options{})
	asError(t, c.List(t.Context(), book(short), nil), pim.Protocol, "truncated")
}

func TestIdle_AStalledServerIsLeftASlowOneIsNot(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/silent/" {
			<-release
			return
		}
		w.WriteHeader(207)
		_, _ = io.WriteString(w, `<D:multistatus xmlns:D="DAV:">`)
		w.(http.Flusher).Flush()
		<-release
	})
	defer close(release)
	for _, path := range []string{"/b/", "/silent/"} {
		c, _ := client(t, Options{IdleTimeout: 50 * time.Millisecond})
		asError(t, c.List(t.Context(), pim.Collection{URL: s.URL + path}, nil), pim.Offline, "idle")
	}

	slow := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(207)
		doc := `<D:multistatus xmlns:D="DAV:">` + resp("/b/", isCollection) + `</D:multistatus>`
		for i := 0; i < len(doc); i += 20 {
			_, _ = io.WriteString(w, doc[i:min(len(doc), i+20)])
			w.(http.Flusher).Flush()
			select { // the server's own pace, longer in all than the time-out
			case <-time.After(40 * time.Millisecond):
			case <-r.Context().Done():
			}
		}
	})
	c, _ := client(t, Options{IdleTimeout: 250 * time.Millisecond})
	if err := c.List(t.Context(), book(slow), nil); err != nil {
		t.Error("a slow server:", err)
	}
}

// A server may take longer to begin an answer than between two bytes of it,
// whether it sends the header before it begins or after.
func TestIdle_TheFirstByteMayTakeLonger(t *testing.T) {
	for _, header := range []bool{true, false} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if header {
				w.WriteHeader(207)
				w.(http.Flusher).Flush()
			}
			select { // the server's own pace
			case <-time.After(300 * time.Millisecond):
			case <-r.Context().Done():
			}
			_, _ = io.WriteString(w, `<D:multistatus xmlns:D="DAV:">`+resp("/b/", isCollection))
			if r.URL.Path == "/stalls/" {
				w.(http.Flusher).Flush()
				<-r.Context().Done()
			}
			_, _ = io.WriteString(w, `</D:multistatus>`)
		})
		c, _ := client(t, Options{IdleTimeout: 100 * time.Millisecond, FirstByte: time.Minute})
		if err := c.List(t.Context(), book(s), nil); err != nil {
			t.Errorf("header first %v: %v", header, err)
		}
		asError(t, c.List(t.Context(), pim.Collection{URL: s.URL + "/stalls/"}, nil), pim.Offline, "idle")
	}
	for _, c := range []struct{ idle, first, wantIdle, wantFirst time.Duration }{
		{0, 0, DefaultIdleTimeout, DefaultFirstByte}, {time.Second, 0, time.Second, time.Second},
		{0, time.Second, DefaultIdleTimeout, time.Second}, {1, 2, 1, 2},
	} {
		o := New(Options{IdleTimeout: c.idle, FirstByte: c.first}).o
		if o.IdleTimeout != c.wantIdle || o.FirstByte != c.wantFirst {
			t.Errorf("%+v: %v %v", c, o.IdleTimeout, o.FirstByte)
		}
	}
}

func TestStopped_IsItsOwnFault(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	c, _ := client(t, Options{})
	if err := c.List(ctx, book(s), nil); pim.FaultOf(err) != pim.Stopped || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestGzip_ForListingsWithCompressedBytesCounted(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "GET" {
			_, _ = io.WriteString(w, "BEGIN:VCARD")
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(207)
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, `<D:multistatus xmlns:D="DAV:">`+resp("/b/", isCollection))
		for i := range 1000 {
			_, _ = io.WriteString(z, resp(fmt.Sprintf("/b/%d.vcf", i), etag("1")))
		}
		_, _ = io.WriteString(z, `</D:multistatus>`)
		_ = z.Close()
	})
	c, _ := client(t, Options{})
	got, err := list(t.Context(), c, book(s))
	if err != nil || len(got) != 1000 {
		t.Fatal(len(got), err)
	}
	if n := c.Traffic(); n.BytesReceived > 20_000 || n.BytesReceived < 1000 || n.Requests != 1 {
		t.Errorf("%+v", n)
	}
	if _, err := c.Get(t.Context(), book(s), "/b/1.vcf"); err != nil {
		t.Fatal(err)
	}
	if r := s.requests(); r[0].Encoding != "gzip" || r[1].Encoding != "identity" {
		t.Errorf("%+v", r)
	}
}

func TestGzip_ABombIsNotUnpacked(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(207)
		z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		_, _ = io.WriteString(z, `<D:multistatus xmlns:D="DAV:"><D:response><D:href>`)
		spaces := strings.Repeat(" ", 1<<20)
		for range 3 * bombFloor >> 20 {
			if _, err := io.WriteString(z, spaces); err != nil {
				return
			}
		}
	})
	for _, o := range []Options{{MaxListing: 1 << 20}, {}} {
		c, _ := client(t, o)
		err := c.List(t.Context(), book(s), nil)
		var e *pim.Error
		if !errors.As(err, &e) || e.Fault != pim.Protocol {
			t.Errorf("%v", err)
		}
	}
	c, _ := client(t, Options{})
	unasked := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		_, _ = io.WriteString(w, "x")
	})
	asError(t, c.List(t.Context(), book(unasked), nil), pim.Protocol, "")
}

func TestPlaces_FourAtOnceToOneHost(t *testing.T) {
	var now, most atomic.Int32
	gate := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n := now.Add(1)
		for {
			if m := most.Load(); n <= m || most.CompareAndSwap(m, n) {
				break
			}
		}
		if n == perHost {
			close(gate)
		}
		<-gate
		now.Add(-1)
		_, _ = io.WriteString(w, "x")
	})
	c, _ := client(t, Options{})
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			if _, err := c.Get(t.Context(), book(s), pim.Href(fmt.Sprintf("/b/%d.vcf", i))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if most.Load() != perHost {
		t.Errorf("%d at once", most.Load())
	}
}
