package davtest_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

func faulty(t *testing.T) (*davtest.Server, *davtest.Collection) {
	t.Helper()
	s := davtest.New(t)
	c := s.AddCollection(pim.Contacts, "contacts", "Contacts")
	c.Fill(200, 1, gen.Card)
	return s, c
}

func TestFault_ResetHitsOnlyItsRequest(t *testing.T) {
	s, c := faulty(t)
	s.FailAt(2, davtest.Reset)
	changes(t, s, c, "")
	if _, err := try(s, "OPTIONS", "/dav/", ""); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("second request: %v", err)
	}
	changes(t, s, c, "")
	if s.FaultsHit() != 1 {
		t.Errorf("%d faults", s.FaultsHit())
	}
}

func TestFault_CutEndsTheBodyEarly(t *testing.T) {
	s, c := faulty(t)
	whole := changes(t, s, c, "")
	for _, after := range []int{0, 1, 1000, len(whole.raw) - 1, len(whole.raw) + 1000} {
		s.Fail(davtest.Fault{Kind: davtest.Cut, After: after})
		a, err := try(s, "REPORT", c.URL(), syncBody("", ""), "Depth", "0")
		if !errors.Is(err, io.ErrUnexpectedEOF) || a.status != 207 || len(a.raw) != min(after, len(whole.raw)) || !bytes.HasPrefix(whole.raw, a.raw) {
			t.Errorf("after %d: %d bytes, %v", after, len(a.raw), err)
		}
	}
}

func TestFault_StallWaitsForRelease(t *testing.T) {
	s, c := faulty(t)
	for _, after := range []int{0, 500} {
		s.Fail(davtest.Fault{Kind: davtest.Stall, After: after, Match: func(r davtest.Request) bool { return r.Report == "sync-collection" }})
		stalled := s.Stalled()
		done := make(chan error, 1)
		go func() {
			a, err := try(s, "REPORT", c.URL(), syncBody("", ""), "Depth", "0")
			if err == nil && len(a.ms.Responses) != 200 {
				err = errors.New("not the whole answer")
			}
			done <- err
		}()
		<-stalled
		if a := ask(t, s, "OPTIONS", "/dav/", ""); a.status != 200 {
			t.Errorf("the others stall too: %d", a.status)
		}
		select {
		case err := <-done:
			t.Fatalf("it did not stall: %v", err)
		default:
		}
		s.Release()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestFault_CloseEndsAStall(t *testing.T) {
	s, c := faulty(t)
	s.Fail(davtest.Fault{Kind: davtest.Stall, After: 100})
	stalled := s.Stalled()
	done := make(chan error, 1)
	go func() {
		_, err := try(s, "REPORT", c.URL(), syncBody("", ""), "Depth", "0")
		done <- err
	}()
	<-stalled
	s.Close()
	if err := <-done; err == nil {
		t.Error("a whole answer from a closed server")
	}
}

func TestFault_StatusGarbageDrip(t *testing.T) {
	s, c := faulty(t)
	isSync := func(r davtest.Request) bool { return r.Report == "sync-collection" }
	s.Fail(davtest.Fault{Kind: davtest.Status, Status: 503, Header: http.Header{"Retry-After": {"7"}}, Body: "later", Match: isSync})
	if a := ask(t, s, "OPTIONS", "/dav/", ""); a.status != 200 {
		t.Errorf("a request that does not match: %d", a.status)
	}
	if a := changes(t, s, c, ""); a.status != 503 || a.header.Get("Retry-After") != "7" || string(a.raw) != "later" {
		t.Errorf("%d %v", a.status, a.header)
	}
	s.Fail(davtest.Fault{Kind: davtest.Garbage, Times: -1})
	for range 3 {
		if a := changes(t, s, c, ""); a.status != 207 || len(a.ms.Responses) > 0 {
			t.Errorf("%d %q", a.status, a.raw)
		}
	}
	s.ClearFaults()
	s.Fail(davtest.Fault{Kind: davtest.Drip, After: 4096, Pause: time.Microsecond})
	if a := changes(t, s, c, ""); len(a.ms.Responses) != 200 {
		t.Errorf("drip: %d", len(a.ms.Responses))
	}
}

func TestFault_RandomIsTheSameForASeed(t *testing.T) {
	run := func(seed uint64) string {
		s, _ := faulty(t)
		s.FailRandomly(seed, 0.4)
		var outcome []string
		for range 40 {
			a, err := try(s, "OPTIONS", "/dav/", "")
			if err != nil {
				a.status = 0
			}
			outcome = append(outcome, http.StatusText(a.status))
		}
		if hit := s.FaultsHit(); hit < 5 || hit > 30 {
			t.Errorf("%d of 40 broken", hit)
		}
		return strings.Join(outcome, ",")
	}
	one, again, other := run(1), run(1), run(2)
	if one != again || one == other {
		t.Errorf("%s\n%s\n%s", one, again, other)
	}
}

func TestLosses(t *testing.T) {
	for _, loss := range davtest.Losses() {
		t.Run(string(loss), func(t *testing.T) {
			s, c := faulty(t)
			other := s.AddCollection(pim.Calendar, "work", "Work")
			other.Fill(10, 2, gen.Event)
			before, snap := s.Objects(), s.Snapshot()
			token := changes(t, s, c, "").ms.Token
			s.Lose(loss)
			want := map[davtest.Loss]int{davtest.LoseEverything: 0, davtest.LoseHalf: 105, davtest.LoseCollection: 10, davtest.LoseCollections: 0}
			n, known := want[loss]
			if !known {
				n = 210
			}
			if got := len(s.Objects()); got != n {
				t.Errorf("%d objects left, want %d", got, n)
			}
			homes := propfind(t, s, "/dav/addressbooks/user/", "1", "<D:resourcetype/>")
			switch loss {
			case davtest.LoseEverything, davtest.LoseHalf:
				if a := changes(t, s, c, token); bytes.Count(a.raw, []byte("404 Not Found")) < 100 {
					t.Errorf("%s", a.raw)
				}
			case davtest.LoseContents:
				for k, b := range s.Objects() {
					if len(b) >= len(before[k]) || bytes.Contains(b, []byte("EMAIL")) || !bytes.Contains(b, []byte("UID")) {
						t.Fatalf("%q", b)
					}
				}
			case davtest.LosePrincipal:
				if a := propfind(t, s, "/dav/", "0", "<D:current-user-principal/>"); !a.has("somebody-else") {
					t.Errorf("%s", a.raw)
				}
				if a := propfind(t, s, "/dav/calendars/somebody-else/", "1", "<D:resourcetype/>"); len(a.ms.Responses) != 1 {
					t.Errorf("%d %s", a.status, a.raw)
				}
			default:
				if len(homes.ms.Responses) != 1 {
					t.Errorf("%s", homes.raw)
				}
			}
			s.Restore(snap)
			if after := s.Objects(); len(after) != len(before) {
				t.Errorf("%d objects restored", len(after))
			}
			if a := changes(t, s, c, token); a.status != http.StatusForbidden {
				t.Errorf("an old token after Restore: %d", a.status)
			}
		})
	}
}

func TestRewind_TurnsTheCounterBack(t *testing.T) {
	s, c := faulty(t)
	old := c.Token()
	snap := s.Snapshot()
	c.Put("later.vcf", card(900))
	future := c.Token()
	s.Rewind(snap)
	if c.Token() != old || c.Len() != 200 {
		t.Errorf("%s, %d objects", c.Token(), c.Len())
	}
	if a := changes(t, s, c, future); a.status != http.StatusForbidden {
		t.Errorf("a token of the future: %d", a.status)
	}
	if a := changes(t, s, c, old); a.status != 207 || len(a.ms.Responses) != 0 {
		t.Errorf("the old token: %d", a.status)
	}
}

func TestTLS_IsTrustedByItsOwnRootsOnly(t *testing.T) {
	s := davtest.New(t, davtest.WithTLS())
	if _, err := try(s, "OPTIONS", "/dav/", ""); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a stranger: %v", err)
	}
	trusting := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.Roots()}, DisableKeepAlives: true}
	r, _ := http.NewRequest("OPTIONS", s.URL()+"/dav/", nil)
	resp, err := trusting.RoundTrip(r)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Fatalf("%v %v", resp, err)
	}
	resp.Body.Close()
}

func TestLatency_HoldsEveryAnswerBack(t *testing.T) {
	s, _ := faulty(t)
	s.SetLatency(30 * time.Millisecond)
	begin := time.Now()
	ask(t, s, "OPTIONS", "/dav/", "")
	if time.Since(begin) < 30*time.Millisecond {
		t.Error("it did not wait")
	}
}

func TestRefuse_IsListedWithItsStatusAlone(t *testing.T) {
	s := davtest.New(t)
	c := s.AddCollection(pim.Calendar, "work", "Work")
	c.Put("a.ics", gen.Event(nil, 1, 1))
	c.Refuse(http.StatusForbidden)
	a := propfind(t, s, "/dav/calendars/user/", "1", "<D:displayname/>")
	if a.status != 207 || !a.has("403 Forbidden") || a.has("Work") {
		t.Errorf("%s", a.raw)
	}
	for _, path := range []string{c.Path(), c.Path() + "a.ics"} {
		if a := propfind(t, s, path, "0", "<D:getetag/>"); a.status != http.StatusForbidden {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	c.Refuse(0)
	if a := propfind(t, s, "/dav/calendars/user/", "1", "<D:displayname/>"); !a.has("Work") {
		t.Errorf("%s", a.raw)
	}
}
