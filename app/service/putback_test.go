package service

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// result waits for a job and gives what it made.
func result[T any](t *testing.T, j *Job) T {
	t.Helper()
	if err := j.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return j.Result().(T)
}

// ticking is a clock of which no two readings are the same.
type ticking struct {
	mu sync.Mutex
	t  time.Time
}

func newTicking(t time.Time) *ticking { return &ticking{t: t} }

// Now goes on by a millisecond.
func (c *ticking) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(time.Millisecond)
	return c.t
}

func (c *ticking) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = t
}

// find gives the one item with a title.
func find(t *testing.T, s *Service, title string) Item {
	t.Helper()
	all, err := s.List(t.Context(), ListQuery{Search: title})
	if err != nil || len(all) != 1 {
		t.Fatalf("%s: %v, %v", title, all, err)
	}
	return all[0]
}

const richCard = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c1\r\nFN:Person One\r\nN:One;Person;;;\r\nTEL;TYPE=WORK:+47 22 33 44 55\r\nTEL;TYPE=CELL:+47 900 00 000\r\nNOTE:Keeps the spare key\r\nEND:VCARD\r\n"
const poorCard = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c1\r\nFN:Person One\r\nN:One;Person;;;\r\nTEL;TYPE=CELL:+47 900 00 000\r\nEMAIL:one@example.org\r\nEND:VCARD\r\n"

// impoverished is an account whose server has lost a part of one card, with that
// card and its two states, the newest first.
func impoverished(t *testing.T) (*Service, *davtest.Collection, Item, []RevisionInfo) {
	t.Helper()
	srv, book, _ := home(t, 3)
	book.Put("c1.vcf", []byte(richCard))
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	book.Put("c1.vcf", []byte(poorCard))
	mirrorNow(t, s)
	it := find(t, s, "Person One")
	revs, err := s.History(t.Context(), it.ID)
	if err != nil || len(revs) != 2 {
		t.Fatalf("%+v, %v", revs, err)
	}
	return s, book, it, revs
}

// A telephone number that was removed a while ago comes back without taking
// away what was added since; then the whole old state does.
func TestPutBack_OneFieldAndOneVersion(t *testing.T) {
	s, book, it, revs := impoverished(t)
	if len(revs[0].Changes) != 3 {
		t.Fatalf("%+v", revs)
	}
	line := -1
	for _, c := range revs[0].Changes {
		if c.What == "removed" && c.Field == "TEL" {
			line = c.Line
		}
	}
	rec := result[Receipt](t, s.PutBackField(it.ID, revs[1].ID, line))
	if rec.State != "done" || rec.Missing() != 0 || len(rec.Items) != 1 || rec.Items[0].Result != pim.DoneUpdated {
		t.Fatalf("%+v", rec)
	}
	got, _, _ := book.Get("c1.vcf")
	if !strings.Contains(string(got), "+47 22 33 44 55") || !strings.Contains(string(got), "one@example.org") || strings.Contains(string(got), "spare key") {
		t.Fatalf("%s", got)
	}
	d, err := s.Show(t.Context(), it.ID)
	if err != nil || string(d.Body) != string(got) {
		t.Fatalf("the vault has %s, %v", d.Body, err)
	}

	rec = result[Receipt](t, s.PutBackVersion(revs[1].ID))
	if got, _, _ := book.Get("c1.vcf"); string(got) != richCard {
		t.Fatalf("%s\n%+v", got, rec)
	}
	for _, name := range []string{rec.File, strings.TrimSuffix(rec.File, ".txt") + ".json"} {
		fi, err := os.Stat(name)
		if err != nil || fi.Mode().Perm() != 0o600 {
			t.Fatal(fi, err)
		}
	}
	if fi, err := os.Stat(filepath.Dir(rec.File)); err != nil || fi.Mode().Perm() != 0o700 {
		t.Fatal(fi, err)
	}
	again := result[Receipt](t, s.PutBackVersion(revs[1].ID))
	if again.Items[0].Result != pim.DoneIdentical {
		t.Fatalf("%+v", again)
	}
}

// What was changed on the server a moment ago, and nobody has looked at yet, is
// not overwritten.
func TestPutBack_NotOverWhatNobodySaw(t *testing.T) {
	s, book, it, revs := impoverished(t)
	fresh := strings.Replace(poorCard, "900 00 000", "900 00 001", 1)
	book.Put("c1.vcf", []byte(fresh))
	for _, j := range []func() *Job{
		func() *Job { return s.PutBackVersion(revs[1].ID) },
	} {
		err := j().Wait(t.Context())
		var e *pim.Error
		if !errors.As(err, &e) || e.Fault != pim.Invalid || e.Reason != "changed" || e.Hint == "" {
			t.Fatal(err)
		}
	}
	if got, _, _ := book.Get("c1.vcf"); string(got) != fresh {
		t.Fatalf("%s", got)
	}
	// Now it is known.
	result[Receipt](t, s.PutBackVersion(revs[1].ID))
	if got, _, _ := book.Get("c1.vcf"); string(got) != richCard {
		t.Fatalf("%s", got)
	}
	wantFault(t, s.PutBackVersion(4711).Wait(t.Context()), pim.Invalid)
	wantFault(t, s.PutBackField(it.ID, revs[1].ID, 99).Wait(t.Context()), pim.Invalid)
	wantFault(t, s.PutBackField(4711, revs[1].ID, 1).Wait(t.Context()), pim.Invalid)
}

// A deleted object comes back under its old address.
func TestPutBack_WhatWasDeleted(t *testing.T) {
	srv, book, _ := home(t, 3)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	it := find(t, s, "Person 2")
	old, _, _ := book.Get("c2.vcf")
	book.Delete("c2.vcf")
	mirrorNow(t, s)
	revs, err := s.History(t.Context(), it.ID)
	if err != nil || len(revs) != 2 || !revs[0].Deleted {
		t.Fatalf("%+v, %v", revs, err)
	}
	d, err := s.RevisionDetail(t.Context(), revs[1].ID)
	if err != nil || d.Title != "Person 2" || d.ID != it.ID {
		t.Fatalf("%+v, %v", d, err)
	}
	fields, err := s.RevisionFields(t.Context(), revs[1].ID)
	if err != nil || len(fields) == 0 {
		t.Fatal(fields, err)
	}
	rec := result[Receipt](t, s.PutBackVersion(revs[1].ID))
	if got, _, ok := book.Get("c2.vcf"); !ok || string(got) != string(old) {
		t.Fatalf("%s\n%+v", got, rec)
	}
	if it := find(t, s, "Person 2"); it.Held {
		t.Fatal(it)
	}
}

// Two accounts had something then, and a third is to get it: it has to be said
// whose.
func TestRestorePlan_WhosePast(t *testing.T) {
	one, _, _ := home(t, 2)
	two, _, _ := home(t, 3)
	empty := davtest.New(t)
	s := open(t, Config{Now: newTicking(time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)).Now})
	add(t, s, one)
	for name, srv := range map[string]*davtest.Server{"Two": two, "Empty": empty} {
		if _, err := s.AddAccount(t.Context(), NewAccount{Address: srv.URL(), User: "user", Password: "secret", Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	mirrorNow(t, s, "Home", "Two")
	at := s.now()
	err := s.StartRestorePlan(pim.RestoreAsk{At: at, To: "Empty", Make: true}).Wait(t.Context())
	var e *pim.Error
	if !errors.As(err, &e) || e.Reason != "source" || !strings.Contains(e.Hint, "Home") || !strings.Contains(e.Hint, "Two") {
		t.Fatal(err)
	}
	p := result[RestorePlan](t, s.StartRestorePlan(pim.RestoreAsk{At: at, Account: "Two", To: "Empty", Make: true}))
	if p.Counts["create"] != 4 || len(p.Collections) != 2 {
		t.Fatalf("%+v", p)
	}
	p = result[RestorePlan](t, s.StartRestorePlan(pim.RestoreAsk{At: at, To: "Two"}))
	if p.Counts["identical"] != 4 || p.Counts["create"] != 0 {
		t.Fatalf("%+v", p)
	}
}
