package service

import (
	"net/http"
	"testing"

	"sidekeep/sync/pim"
)

// warningsOf gives the addresses that the status warns of.
func warningsOf(t *testing.T, s *Service) (urls []string) {
	t.Helper()
	st, err := s.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range st.Accounts[0].Warnings {
		if !w.LoginWorks || w.Message == "" || w.Hint == "" || w.Fault != "denied" {
			t.Errorf("%+v", w)
		}
		urls = append(urls, w.URL)
	}
	return urls
}

// A collection that the server refuses is told from adding the account on, in
// every report and every status, by another process too, until it can be read.
func TestRefused_IsToldUntilItCanBeRead(t *testing.T) {
	srv, _, cal := home(t, 3)
	cal.Refuse(http.StatusForbidden)
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	add(t, s, srv)
	reader := open(t, Config{Dir: dir, ReadOnly: true})
	tell := func(when string, want int) {
		t.Helper()
		for _, who := range []*Service{s, reader} {
			if got := warningsOf(t, who); len(got) != want || want == 1 && got[0] != cal.URL() {
				t.Errorf("%s: %v", when, got)
			}
		}
	}
	tell("added", 1)
	a := mirrorNow(t, s).Accounts[0]
	if a.Outcome != pim.Complete || a.Error != nil || len(a.Warnings) != 1 || a.Warnings[0].URL != cal.URL() {
		t.Errorf("%+v", a)
	}
	tell("mirrored", 1)
	srv.SetPassword("another")
	mirrorNow(t, s)
	tell("not looked at, so nothing new", 1)
	srv.SetPassword("secret")
	cal.Refuse(0)
	if a := mirrorNow(t, s).Accounts[0]; a.Outcome != pim.Complete || len(a.Warnings) != 0 {
		t.Errorf("%+v", a)
	}
	tell("read", 0)
}

// A known collection that is refused now fails, and neither stops the account
// nor asks for its password.
func TestRefused_KnownCollectionDoesNotStopTheAccount(t *testing.T) {
	srv, book, cal := home(t, 3)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	for _, status := range []int{http.StatusForbidden, http.StatusUnauthorized} {
		cal.Refuse(status)
		book.Put("more.vcf", card("more", "One More"))
		a := mirrorNow(t, s).Accounts[0]
		if a.Outcome != pim.Failed || a.Error == nil || a.Error.Fault != "denied" || !a.Error.LoginWorks || a.Held != 0 || len(a.Warnings) != 0 {
			t.Errorf("%+v %+v", a, a.Error)
		}
		st, err := s.readState()
		if e := st.Accounts[accountID(t, s)]; err != nil || e == nil || e.Stopped || !e.info().LoginWorks {
			t.Errorf("%+v %v", e, err)
		}
		now, err := s.Status(t.Context())
		if err != nil || now.Accounts[0].State != StateFailed {
			t.Fatalf("%+v %v", now, err)
		}
		for _, c := range now.Accounts[0].Collections {
			if c.Vanished || c.Held != 0 || c.Objects == 0 {
				t.Errorf("%+v", c)
			}
		}
	}
	cal.Refuse(0)
	if a := mirrorNow(t, s).Accounts[0]; a.Outcome != pim.Complete {
		t.Errorf("%+v", a)
	}
}
