package service

import (
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open makes a service over a vault in dir ("" makes one) with passwords in a file.
func open(t *testing.T, cfg Config) *Service {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	if cfg.Secrets == "" {
		cfg.Secrets = "file"
	}
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// home is a server with an address book of n contacts and a calendar.
func home(t *testing.T, n int) (*davtest.Server, *davtest.Collection, *davtest.Collection) {
	t.Helper()
	srv := davtest.New(t)
	book := srv.AddCollection(pim.Contacts, "/dav/addressbooks/user/friends/", "Friends")
	for i := range n {
		book.Put(fmt.Sprintf("c%d.vcf", i), card(fmt.Sprintf("c%d", i), fmt.Sprintf("Person %d", i)))
	}
	cal := srv.AddCollection(pim.Calendar, "/dav/calendars/user/home/", "Home")
	cal.Put("e1.ics", event("e1", "DTSTART:20260314T090000Z\r\nDTEND:20260314T100000Z"))
	return srv, book, cal
}

func card(uid, name string) []byte {
	return []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + uid + "\r\nFN:" + name + "\r\nN:;" + name + ";;;\r\nEND:VCARD\r\n")
}

func event(uid, lines string) []byte {
	return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:" + uid +
		"\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Event " + uid + "\r\n" + lines + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
}

// add adds the server's account as "Home".
func add(t *testing.T, s *Service, srv *davtest.Server) {
	t.Helper()
	if _, err := s.AddAccount(t.Context(), NewAccount{Address: srv.URL(), User: srv.User(), Password: srv.Password(), Name: "Home"}); err != nil {
		t.Fatal(err)
	}
}

// mirrorNow mirrors and gives the report.
func mirrorNow(t *testing.T, s *Service, names ...string) MirrorReport {
	t.Helper()
	j := s.StartMirror(names...)
	if err := j.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return j.Result().(MirrorReport)
}

func wantFault(t *testing.T, err error, want pim.Fault) {
	t.Helper()
	if err == nil || pim.FaultOf(err) != want {
		t.Fatalf("got %v (%v), want %v", err, pim.FaultOf(err), want)
	}
}

// within fails the test when done does not come.
func within(t *testing.T, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("timed out: " + what)
	}
}
