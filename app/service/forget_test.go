package service

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// A card that changes every hour of a day, long ago: the dry run says what goes,
// the background does it once a day if it is asked to, and the object stays as
// it is and as it was at the end of that day.
func TestThin_TheBackgroundDoesWhatTheDryRunSaid(t *testing.T) {
	srv, book, _ := home(t, 3)
	clock := newTicking(time.Date(2025, 3, 14, 8, 0, 0, 0, time.UTC))
	s := open(t, Config{Now: clock.Now})
	add(t, s, srv)
	mirrorNow(t, s)
	for hour := range 6 {
		clock.set(time.Date(2025, 3, 15, 9+hour, 0, 0, 0, time.UTC))
		book.Put("c1.vcf", card("c1", fmt.Sprintf("Person at %d", 9+hour)))
		mirrorNow(t, s)
	}
	clock.set(time.Date(2025, 3, 16, 9, 0, 0, 0, time.UTC))
	book.Put("c1.vcf", card("c1", "Person Now"))
	mirrorNow(t, s)
	it := find(t, s, "Person Now")
	if plan := result[ThinPlan](t, s.StartThin(true)); plan.Revisions != 0 || plan.Done {
		t.Fatalf("%+v", plan)
	}

	for day := range 110 { // what nobody saw pass makes nothing old
		clock.set(time.Date(2025, 3, 17+day, 9, 0, 0, 0, time.UTC))
		mirrorNow(t, s)
	}
	plan := result[ThinPlan](t, s.StartThin(true))
	if plan.Revisions != 5 || plan.Objects != 1 || plan.Done || plan.Oldest == nil {
		t.Fatalf("%+v", plan)
	}
	st, err := s.readState()
	if err != nil {
		t.Fatal(err)
	}
	s.thinWhenDue(t.Context(), st) // nobody asked for it
	if revs, err := s.History(t.Context(), it.ID); err != nil || len(revs) != 8 {
		t.Fatal(len(revs), err)
	}
	set := s.Settings()
	set.Thin = true
	if err := s.SaveSettings(set); err != nil {
		t.Fatal(err)
	}
	s.thinWhenDue(t.Context(), st)
	revs, err := s.History(t.Context(), it.ID)
	if err != nil || len(revs) != 3 || revs[0].Title != "Person Now" || revs[1].Title != "Person at 14" || revs[2].Title != "Person 1" {
		t.Fatalf("%+v, %v", revs, err)
	}
	if st, err = s.readState(); err != nil || clock.Now().Sub(st.ThinnedAt) > time.Second {
		t.Fatal(st.ThinnedAt, err)
	}
	jobs := s.lastJob
	if s.thinWhenDue(t.Context(), st); s.lastJob != jobs {
		t.Fatal("twice in a day")
	}
	if plan := result[ThinPlan](t, s.StartThin(false)); plan.Revisions != 0 || !plan.Done {
		t.Fatalf("%+v", plan)
	}
}

// What is forgotten stands in no file of the vault any more, receipts included.
func TestForget_LeavesNoNameInAnyFile(t *testing.T) {
	srv, book, _ := home(t, 3)
	book.Put("somebody.vcf", card("somebody", "Unmistakable Somebody"))
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	it := find(t, s, "Unmistakable")
	revs, err := s.History(t.Context(), it.ID)
	if err != nil {
		t.Fatal(err)
	}
	book.Delete("somebody.vcf")
	mirrorNow(t, s)
	rec := result[Receipt](t, s.PutBackVersion(revs[0].ID))
	other := result[RestorePlan](t, s.StartRestorePlan(pim.RestoreAsk{At: s.now(), Folder: t.TempDir() + "/out"}))
	folder := result[Receipt](t, s.StartRestore(other.ID))
	if folder.Export == nil || !slices.Contains(filesWith(t, s.Dir(), "Unmistakable"), filepath.Base(rec.File)) {
		t.Fatalf("%+v", folder)
	}
	book.Delete("somebody.vcf")
	mirrorNow(t, s)
	if err := s.Forget(t.Context(), it.ID, "Unmistakable Somebody"); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"Unmistakable", "somebody"} {
		if found := filesWith(t, s.Dir(), text); len(found) != 0 {
			t.Errorf("%s is in %v", text, found)
		}
	}
	again, err := s.Receipt(t.Context(), folder.ID)
	if err != nil || len(again.Items) != 5 {
		t.Fatalf("%+v, %v", again, err)
	}
	b, err := os.ReadFile(s.receiptPath(folder.ID, "json"))
	if err != nil || !strings.Contains(string(b), `"Friends.vcf"`) || !strings.Contains(string(b), "Person 2") {
		t.Fatalf("%s, %v", b, err)
	}
}

// What was put back at an address of its own is forgotten with the line of the
// receipt that names it, and a second time is said to be one.
func TestForget_WhatARestoreMadeElsewhere(t *testing.T) {
	srv, book, _ := home(t, 3)
	book.Put("somebody.vcf", card("somebody", "Unmistakable Somebody"))
	elsewhere := davtest.New(t, davtest.WithLogin("someone", "secret"))
	other := elsewhere.AddCollection(pim.Contacts, "/dav/addressbooks/user/friends/", "Friends")
	s := open(t, Config{})
	add(t, s, srv)
	if _, err := s.AddAccount(t.Context(), NewAccount{Address: elsewhere.URL(), User: "someone", Password: "secret", Name: "Other"}); err != nil {
		t.Fatal(err)
	}
	mirrorNow(t, s)
	plan := result[RestorePlan](t, s.StartRestorePlan(pim.RestoreAsk{IDs: []int64{find(t, s, "Unmistakable").ID}, To: "Other"}))
	if rec := result[Receipt](t, s.StartRestore(plan.ID)); rec.Missing() > 0 || len(rec.Items) != 1 {
		t.Fatalf("%+v", rec)
	}
	book.Delete("somebody.vcf")
	for _, name := range other.Names() {
		other.Delete(name)
	}
	mirrorNow(t, s)
	gone, err := s.List(t.Context(), ListQuery{Deleted: true})
	if err != nil || len(gone) != 2 {
		t.Fatal(gone, err)
	}
	for _, it := range gone {
		if it.Account != "Other" {
			continue
		}
		if err := s.Forget(t.Context(), it.ID, fmt.Sprint(it.ID)); err != nil {
			t.Fatal(err)
		}
		for _, ext := range []string{"txt", "json"} {
			b, err := os.ReadFile(s.receiptPath(plan.ID, ext))
			if err != nil || strings.Contains(string(b), "Unmistakable") || strings.Contains(string(b), "somebody") {
				t.Errorf("%s, %v", b, err)
			}
		}
		err := s.Forget(t.Context(), it.ID, fmt.Sprint(it.ID))
		wantFault(t, err, pim.Invalid)
		if !strings.Contains(err.Error(), "already forgotten") {
			t.Error(err)
		}
	}
}

// filesWith are the names of the files of a folder that have a text in them.
func filesWith(t *testing.T, dir, text string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(strings.ToLower(string(b)), strings.ToLower(text)) {
			out = append(out, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestForget_OnlyWhatIsGoneAndAskedForTwice(t *testing.T) {
	srv, book, _ := home(t, 3)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	it := find(t, s, "Person 1")
	wantFault(t, s.Forget(t.Context(), it.ID, "Person 1"), pim.Invalid) // the server has it
	book.Delete("c1.vcf")
	mirrorNow(t, s)
	for _, again := range []string{"", "Person", "person 1", "4711"} {
		wantFault(t, s.Forget(t.Context(), it.ID, again), pim.Invalid)
	}
	if gone, err := s.List(t.Context(), ListQuery{Deleted: true}); err != nil || len(gone) != 1 || gone[0].Title != "Person 1" || gone[0].DeletedAt == nil {
		t.Fatal(gone, err)
	}
	if err := s.Forget(t.Context(), it.ID, " Person 1 "); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Count(t.Context(), ListQuery{Deleted: true}); err != nil || n != 0 {
		t.Fatal(n, err)
	}
	revs, err := s.History(t.Context(), it.ID)
	if err != nil || TitleOf(revs) != "" {
		t.Fatalf("%+v, %v", revs, err)
	}
	wantFault(t, s.StartRestorePlan(pim.RestoreAsk{IDs: []int64{it.ID}, To: "Home"}).Wait(t.Context()), pim.Invalid)
}
