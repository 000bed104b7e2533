package service

import (
	"net"
	"strings"
	"testing"
	"time"

	"sidekeep/app/demo"
	"sidekeep/sync/pim"
)

// startDemo starts the demo and gives its account.
func startDemo(t *testing.T, s *Service) AccountStatus {
	t.Helper()
	j := s.StartDemo(t.Context())
	if err := j.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return j.Result().(AccountStatus)
}

// listenAt takes an address as another program would.
func listenAt(t *testing.T, url string) {
	t.Helper()
	l, err := net.Listen("tcp", strings.Trim(strings.TrimPrefix(url, "http://"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
}

func TestDemo_ComesBackWhereItWas(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	for range 2 { // a second start finds it running
		if a := startDemo(t, s); a.Name != DemoAccount {
			t.Fatalf("%+v", a)
		}
	}
	if a := mirrorNow(t, s, DemoAccount).Accounts[0]; a.Outcome != pim.Complete || a.Created < 400 {
		t.Fatalf("%+v", a)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, Config{Dir: dir})
	if a := mirrorNow(t, s).Accounts[0]; a.Outcome != pim.Complete || a.Created != 0 || a.Modified != 0 {
		t.Fatalf("%+v %+v", a, a.Error)
	}
}

// A person's own server on this computer, whatever it is called, is neither
// replaced by the demo while it is down nor purged when the demo is tried.
func TestDemo_IsNeverTakenForAnAccountThatLooksLikeIt(t *testing.T) {
	own, err := demo.Start(demo.Options{Contacts: 7, Password: "own"})
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, Config{})
	ctx := t.Context()
	if _, err := s.AddAccount(ctx, NewAccount{Address: own.URL, User: demo.User, Password: "own", Name: DemoAccount}); err != nil {
		t.Fatal(err)
	}
	mirrorNow(t, s)
	contacts := func() int {
		n, err := s.Count(ctx, ListQuery{What: "contacts", Account: DemoAccount})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := contacts()
	if err := own.Close(); err != nil {
		t.Fatal(err)
	}
	if a := mirrorNow(t, s).Accounts[0]; a.Error == nil || a.Error.Fault != "offline" {
		t.Fatalf("somebody answered in its place: %+v", a)
	}
	if rep, err := s.CheckAccount(ctx, DemoAccount); err != nil || rep.OK {
		t.Fatalf("somebody answered in its place: %+v, %v", rep, err)
	}
	if a := startDemo(t, s); a.Name == DemoAccount || a.URL == own.URL {
		t.Fatalf("%+v", a)
	}
	if n := contacts(); n != before {
		t.Fatalf("%d contacts, there were %d", n, before)
	}
}

// The demo's data that a person kept is taken up again where its server can be
// where it was, and left alone where not.
func TestDemo_KeptDataIsNeverPurged(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	ctx := t.Context()
	first := startDemo(t, s)
	mirrorNow(t, s)
	remove := func() {
		if err := s.RemoveAccount(ctx, DemoAccount, false); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil { // and its server
			t.Fatal(err)
		}
		s = open(t, Config{Dir: dir})
	}
	remove()
	if a := startDemo(t, s); a.ID != first.ID || a.Name != DemoAccount {
		t.Fatalf("%+v, not %+v", a, first)
	}
	if a := mirrorNow(t, s).Accounts[0]; a.Outcome != pim.Complete || a.Created != 0 {
		t.Fatalf("%+v", a)
	}
	remove()
	listenAt(t, first.URL)
	if a := startDemo(t, s); a.ID == first.ID || a.Name == DemoAccount {
		t.Fatalf("%+v", a)
	}
	if n, err := s.Count(ctx, ListQuery{What: "contacts", Account: DemoAccount}); err != nil || n < 200 {
		t.Fatalf("%d contacts are left, %v", n, err)
	}
}

// Where the demo's port is taken it comes again elsewhere.
func TestDemo_MovesWhenItsPortIsTaken(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	first := startDemo(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	listenAt(t, first.URL)
	s = open(t, Config{Dir: dir})
	if a := startDemo(t, s); a.URL == first.URL || a.Name != DemoAccount {
		t.Fatalf("%+v", a)
	}
	if a := mirrorNow(t, s).Accounts; len(a) != 1 || a[0].Outcome != pim.Complete {
		t.Fatalf("%+v", a)
	}
}

// The day after, the demo has the data of the day it was made: that of another day
// would look like a loss.
func TestDemo_TheDayAfter(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	startDemo(t, s)
	mirrorNow(t, s, DemoAccount)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, Config{Dir: dir, Now: func() time.Time { return time.Now().AddDate(0, 0, 1) }})
	startDemo(t, s)
	if a := mirrorNow(t, s).Accounts[0]; a.Outcome != pim.Complete || a.Created != 0 || a.Modified != 0 || a.Deleted != 0 {
		t.Errorf("%+v %+v", a, a.Error)
	}
}
