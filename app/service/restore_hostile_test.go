package service

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

func refusal(t *testing.T, j *Job, reason, why, hint string) {
	t.Helper()
	err := j.Wait(t.Context())
	var e *pim.Error
	if !errors.As(err, &e) || e.Fault != pim.Invalid || e.Reason != reason || !strings.Contains(e.Err.Error(), why) || !strings.Contains(e.Hint, hint) {
		t.Errorf("%v; hint %q; want %q %q %q", err, pim.HintOf(err), reason, why, hint)
	}
}

// The new account was mirrored while it was still empty: what is put back there is
// the past of the only account that had one, and not nothing.
func TestRestorePlan_IntoAnAccountThatWasEmptyThen(t *testing.T) {
	srv, _, _ := home(t, 3)
	other := davtest.New(t)
	other.AddCollection(pim.Contacts, "people", "People")
	s := open(t, Config{Now: newTicking(time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)).Now})
	add(t, s, srv)
	if _, err := s.AddAccount(t.Context(), NewAccount{Address: other.URL(), User: "user", Password: "secret", Name: "New"}); err != nil {
		t.Fatal(err)
	}
	mirrorNow(t, s, "Home", "New")
	p := result[RestorePlan](t, s.StartRestorePlan(pim.RestoreAsk{At: s.now(), To: "New", Make: true}))
	if p.Counts["create"] == 0 || len(p.Notes) == 0 || !strings.Contains(p.Notes[0], "Home") {
		t.Fatalf("%+v", p)
	}
	refusal(t, s.StartRestorePlan(pim.RestoreAsk{At: s.now(), To: "found"}), "", "no account", "./found")
}

// A plan of which nothing is left says so, and does not claim to be done.
func TestRestore_WhatItWasToPutBackIsDeleted(t *testing.T) {
	srv, book, _ := home(t, 3)
	s := open(t, Config{Now: newTicking(time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)).Now})
	add(t, s, srv)
	mirrorNow(t, s)
	it := find(t, s, "Person 2")
	at := s.now()
	p := result[RestorePlan](t, s.StartRestorePlan(pim.RestoreAsk{At: at, Account: "Home", Folder: t.TempDir() + "/out"}))
	book.Delete("c2.vcf")
	mirrorNow(t, s)
	if err := s.Forget(t.Context(), it.ID, "Person 2"); err != nil {
		t.Fatal(err)
	}
	refusal(t, s.StartRestorePlan(pim.RestoreAsk{IDs: []int64{it.ID}, To: "Home"}), "forgotten", "forgotten", "copies")
	again := result[RestorePlan](t, s.StartRestorePlan(pim.RestoreAsk{At: at, Account: "Home", Folder: t.TempDir() + "/again"}))
	rec := result[Receipt](t, s.StartRestore(p.ID))
	if rec.State != "done" || rec.Counts["created"] != len(p.Steps)-1 || rec.Counts["skipped"] != 1 || rec.Export == nil || rec.Export.Objects != len(p.Steps)-1 {
		t.Errorf("%+v", rec)
	}
	if err := s.RemoveAccount(t.Context(), "Home", true); err != nil {
		t.Fatal(err)
	}
	refusal(t, s.StartRestore(again.ID), "nothing", "deleted", "new plan")
}

// A collection that has another address since the plan was made is written all the
// same.
func TestRestoreFolder_OfAMovedCollection(t *testing.T) {
	srv, _, _ := home(t, 2)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	it := find(t, s, "Person 1")
	revs, err := s.History(t.Context(), it.ID)
	if err != nil {
		t.Fatal(err)
	}
	step := pim.RestoreStep{N: 1, Revision: revs[0].ID, Kind: pim.Contacts, Collection: "https://old.example.org/u/friends/", Href: "/u/friends/c1.vcf"}
	src, err := s.stepSources(t.Context(), []pim.RestoreStep{step})
	if err != nil || len(src) != 1 || src[0].Collection != "friends" {
		t.Fatal(src, err)
	}
	for b, err := range src[0].Objects {
		if err != nil || !strings.Contains(string(b.Bytes), "Person 1") {
			t.Fatal(b, err)
		}
	}
}

// A plan tells the time as the person's clock does.
func TestRestorePlan_TellsTheTimeWhereThePersonIs(t *testing.T) {
	srv, book, _ := home(t, 2)
	clock := newTicking(time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC))
	s := open(t, Config{Now: clock.Now, zone: time.FixedZone("far east", 9*3600)})
	add(t, s, srv)
	mirrorNow(t, s)
	at := s.now()
	clock.set(at.Add(24 * time.Hour))
	old, _, _ := book.Get("c1.vcf")
	book.Put("c1.vcf", []byte(strings.Replace(string(old), "END:VCARD", "NOTE:new\r\nEND:VCARD", 1)))
	mirrorNow(t, s)
	p := result[RestorePlan](t, s.StartRestorePlan(pim.RestoreAsk{At: at, To: "Home"}))
	for _, st := range p.Steps {
		if st.Action == pim.Conflict && strings.Contains(st.Why, "seen 2026-03-15 18:00") {
			return
		}
	}
	t.Errorf("%+v", p.Steps)
}

// The server gives what is put back names and UIDs of its own. The lists then have
// each once, and the loss is over.
func TestPutBack_OnAServerWithNamesAndUIDsOfItsOwn(t *testing.T) {
	for name, quirks := range map[string][]davtest.Quirk{
		"name": {davtest.PutRenames}, "UID": {davtest.OwnUIDs}, "both": {davtest.PutRenames, davtest.OwnUIDs}, "both, told": {davtest.PutLocation, davtest.OwnUIDs},
	} {
		for _, whole := range []bool{false, true} { // by the incident, or by the moment before it
			t.Run(fmt.Sprintf("%s %v", name, whole), func(t *testing.T) {
				srv, book, _ := home(t, 40)
				s := open(t, Config{})
				add(t, s, srv)
				mirrorNow(t, s)
				before := s.now()
				srv.Set(quirks...)
				srv.Lose(davtest.LoseEverything)
				mirrorNow(t, s)
				all, err := s.vault.Incidents(t.Context(), true)
				if err != nil || len(all) != 1 {
					t.Fatal(all, err)
				}
				id := all[0].ID
				put := s.StartPutBack
				if whole {
					put = s.StartRestore
					id = result[RestorePlan](t, s.StartRestorePlan(pim.RestoreAsk{At: before, To: "Home"})).ID
				}
				rec := result[Receipt](t, put(id))
				if rec.State != "done" || rec.Missing() != 0 || len(book.Names()) != 40 {
					t.Fatalf("%+v, %d there", rec.Counts, len(book.Names()))
				}
				list := func() (n, held int) {
					items, err := s.List(t.Context(), ListQuery{What: "contacts"})
					if err != nil {
						t.Fatal(err)
					}
					for _, it := range items {
						if it.Held {
							held++
						}
					}
					return len(items), held
				}
				if n, held := list(); n != 40 || held != 0 {
					t.Errorf("%d listed, %d held", n, held)
				}
				mirrorNow(t, s)
				if n, held := list(); n != 40 || held != 0 {
					t.Errorf("mirrored again: %d listed, %d held", n, held)
				}
				open, err := s.vault.Incidents(t.Context(), true)
				if err != nil || len(open) != 0 {
					t.Errorf("%+v, %v", open, err)
				}
				at := result[RestorePlan](t, s.StartRestorePlan(pim.RestoreAsk{At: s.now(), To: "Home"}))
				if at.Counts["create"] != 0 {
					t.Errorf("%+v", at.Counts)
				}
			})
		}
	}
}

// A calendar and an address book that vanished are put back, and the server makes
// them at other addresses: the lists have each object once.
func TestPutBack_IntoCollectionsAtOtherAddresses(t *testing.T) {
	srv := davtest.New(t)
	srv.AddCollection(pim.Contacts, "a1b2", "Friends").Fill(12, 1, gen.Card)
	srv.AddCollection(pim.Calendar, "c3d4", "Work").Fill(1, 2, gen.Event)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	before := s.now()
	old := map[string]bool{}
	for _, c := range srv.Collections() {
		old[c.Path()] = true
		c.Remove()
	}
	mirrorNow(t, s)
	p := result[RestorePlan](t, s.StartRestorePlan(pim.RestoreAsk{At: before, To: "Home", Make: true}))
	rec := result[Receipt](t, s.StartRestore(p.ID))
	if rec.Missing() != 0 || rec.Counts["created"] != 13 {
		t.Fatalf("%+v", rec.Counts)
	}
	for _, c := range srv.Collections() {
		if old[c.Path()] {
			t.Errorf("%s is where it was: this story proves nothing", c.Path())
		}
	}
	for range 2 {
		items, err := s.List(t.Context(), ListQuery{What: "all"})
		if err != nil || len(items) != 13 {
			t.Fatalf("%d listed, %v", len(items), err)
		}
		for _, it := range items {
			if it.Held {
				t.Errorf("%+v is held", it)
			}
		}
		open, err := s.vault.Incidents(t.Context(), true)
		if err != nil || len(open) != 0 {
			t.Fatalf("%+v, %v", open, err)
		}
		mirrorNow(t, s)
	}
}

// The moment that a refusal names is one that is not refused.
func TestRestorePlan_TheFirstMomentThatThereIs(t *testing.T) {
	srv, _, _ := home(t, 2)
	clock := newTicking(time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC))
	s := open(t, Config{Now: clock.Now})
	add(t, s, srv)
	mirrorNow(t, s)
	early := s.now().Add(-time.Hour)
	clock.set(early.Add(48 * time.Hour))
	err := s.StartRestorePlan(pim.RestoreAsk{At: early, Account: "Home", Folder: t.TempDir() + "/out"}).Wait(t.Context())
	_, rest, _ := strings.Cut(pim.HintOf(err), " on ")
	text, _, _ := strings.Cut(rest, ": give")
	at, e := ParseTime(text, s.now(), time.Local)
	if e != nil {
		t.Fatal(err, pim.HintOf(err), e)
	}
	if p := result[RestorePlan](t, s.StartRestorePlan(pim.RestoreAsk{At: at, Account: "Home", Folder: t.TempDir() + "/out"})); p.Counts["create"] == 0 {
		t.Fatalf("%+v", p)
	}
}
