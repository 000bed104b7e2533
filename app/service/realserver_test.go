package service

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/dav/davtest/realserver"
	"sidekeep/sync/pim"
)

// TestRealServers_FromTheAddressToTheExport is the main job, end to end,
// against the servers people run: find the account from its bare URL, mirror
// it, follow changes, and export what the server has.
func TestRealServers_FromTheAddressToTheExport(t *testing.T) {
	for _, kind := range realserver.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			srv := realserver.Start(t, kind)
			book, cal := seedReal(t, srv)
			s := open(t, Config{})
			ctx := t.Context()
			if _, err := s.AddAccount(ctx, NewAccount{Address: srv.URL, User: srv.User, Password: srv.Password, Name: "Real"}); err != nil {
				t.Fatal(err)
			}
			if a := mirrorNow(t, s).Accounts[0]; a.Outcome != pim.Complete || a.Created != 50 {
				t.Fatalf("%+v %+v", a, a.Error)
			}
			if a := mirrorNow(t, s).Accounts[0]; a.Outcome != pim.Complete || a.Created+a.Modified+a.Deleted != 0 || a.Requests > 2 {
				t.Fatalf("nothing changed, and: %+v", a)
			}
			must(t, srv.Delete(book+"c0.vcf"))
			_, err := srv.Put(book+"c1.vcf", changed(gen.Card(nil, 7, 1)))
			must(t, err)
			_, err = srv.Put(cal+"e30.ics", gen.Event(nil, 7, 30))
			must(t, err)
			if a := mirrorNow(t, s).Accounts[0]; a.Outcome != pim.Complete || a.Created != 1 || a.Modified != 1 || a.Deleted != 1 {
				t.Fatalf("after three changes: %+v", a)
			}
			exportEquals(t, s, srv, book, cal)
		})
	}
}

// seedReal puts 20 cards and 30 events and gives the collections' paths.
func seedReal(t *testing.T, srv *realserver.Server) (book, cal string) {
	t.Helper()
	book, err := srv.MakeCollection(pim.Contacts, "friends", "Friends")
	must(t, err)
	cal, err = srv.MakeCollection(pim.Calendar, "plans", "Plans")
	must(t, err)
	for i := range 20 {
		_, err := srv.Put(fmt.Sprintf("%sc%d.vcf", book, i), gen.Card(nil, 7, i))
		must(t, err)
	}
	for i := range 30 {
		_, err := srv.Put(fmt.Sprintf("%se%d.ics", cal, i), gen.Event(nil, 7, i))
		must(t, err)
	}
	return book, cal
}

// exportEquals exports and looks for every object as the server gives it now.
func exportEquals(t *testing.T, s *Service, srv *realserver.Server, book, cal string) {
	t.Helper()
	to := filepath.Join(t.TempDir(), "out")
	j := s.StartExport(ExportRequest{To: to})
	must(t, j.Wait(context.Background()))
	if rep := j.Result().(ExportReport); rep.Objects != 50 {
		t.Fatalf("%+v", rep)
	}
	var all strings.Builder
	for _, pattern := range []string{"*.vcf", "*.ics"} {
		files, _ := filepath.Glob(filepath.Join(to, pattern))
		for _, f := range files {
			b, err := os.ReadFile(f)
			must(t, err)
			all.WriteString(lines(b))
		}
	}
	for i := 1; i < 20; i++ {
		body, _, err := srv.Get(fmt.Sprintf("%sc%d.vcf", book, i))
		must(t, err)
		// Cyrus, asked so that it gives 4.0 as such, makes 4.0 of the others too.
		if bytes.Contains(gen.Card(nil, 7, i), []byte("VERSION:3.0")) {
			body = bytes.Replace(body, []byte("VERSION:4.0"), []byte("VERSION:3.0"), 1)
		}
		if !strings.Contains(all.String(), strings.TrimSpace(lines(body))) {
			t.Errorf("card %d is not in the export as the server has it", i)
		}
	}
	for i := range 31 {
		body, _, err := srv.Get(fmt.Sprintf("%se%d.ics", cal, i))
		must(t, err)
		for _, part := range strings.Split(lines(body), "BEGIN:VEVENT")[1:] {
			part, _, _ = strings.Cut(part, "END:VEVENT")
			if !strings.Contains(all.String(), part) {
				t.Errorf("event %d is not in the export as the server has it", i)
			}
		}
	}
}

func changed(card []byte) []byte {
	return bytes.Replace(card, []byte("END:VCARD"), []byte("X-CHANGED:yes\r\nEND:VCARD"), 1)
}

// lines leaves out how lines end: inside XML a carriage return gets lost.
func lines(b []byte) string { return strings.ReplaceAll(string(b), "\r\n", "\n") }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
