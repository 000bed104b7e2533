package service

import (
	"slices"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// A put-back that the program did not live to finish is finished by another one.
// The first is closed then: going on with it would bring back what the person
// deleted since, and its receipt would claim what the second did.
func TestPutBack_ASecondOneTakesTheFirstOnesPlace(t *testing.T) {
	srv, book, _ := home(t, 40)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	srv.Lose(davtest.LoseContents)
	mirrorNow(t, s)
	all, err := s.vault.Incidents(t.Context(), true)
	n := slices.IndexFunc(all, func(i pim.Incident) bool { return i.Kind == pim.Contacts })
	if err != nil || n < 0 {
		t.Fatal(all, err)
	}
	ask := pim.RestoreAsk{Incident: all[n].ID, To: "Home"}
	first := result[RestorePlan](t, s.StartRestorePlan(ask))
	if err := s.vault.SetRestoreState(t.Context(), first.ID, "running", nil, s.now()); err != nil {
		t.Fatal(err)
	}
	second := result[Receipt](t, s.StartPutBack(ask.Incident))
	if second.State != "done" || second.Missing() != 0 {
		t.Fatalf("%+v", second)
	}
	gone := book.Names()[0]
	book.Delete(gone)
	err = s.StartRestore(first.ID).Wait(t.Context())
	wantFault(t, err, pim.Invalid)
	if !strings.Contains(pim.HintOf(err), "restore plan --incident") {
		t.Fatal(pim.HintOf(err))
	}
	if slices.Contains(book.Names(), gone) {
		t.Fatalf("%s came back", gone)
	}
	list, err := s.Restores(t.Context())
	if err != nil || len(list) != 2 || list[1].State != "stopped" || list[1].Superseded != second.ID || list[0].Superseded != 0 {
		t.Fatalf("%+v, %v", list, err)
	}
	rec, err := s.Receipt(t.Context(), first.ID)
	if err != nil || rec.Counts["not-done"] != len(rec.Items) || len(rec.Notes) == 0 || !strings.Contains(rec.Notes[len(rec.Notes)-1], "took the place") {
		t.Fatalf("%+v, %v", rec, err)
	}
}

// A plan says that the restore before it was interrupted, until one came to its end.
func TestRestorePlan_TellsOfAnInterruptedOne(t *testing.T) {
	srv, book, _ := home(t, 4)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	at := s.now()
	book.Delete("c2.vcf")
	ask := pim.RestoreAsk{At: at, To: "Home"}
	first := result[RestorePlan](t, s.StartRestorePlan(ask))
	if err := s.vault.SetRestoreState(t.Context(), first.ID, "stopped", nil, s.now()); err != nil {
		t.Fatal(err)
	}
	says := func(notes []string) bool {
		return slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, "sidekeep restore run") })
	}
	if says(first.Notes) || says(result[RestorePlan](t, s.StartRestorePlan(ask)).Notes) {
		t.Fatal("it was never begun")
	}
	if err := s.vault.SetRestoreState(t.Context(), first.ID, "running", nil, s.now()); err != nil {
		t.Fatal(err)
	}
	second := result[RestorePlan](t, s.StartRestorePlan(ask))
	if !says(second.Notes) || second.Counts["create"] != 1 {
		t.Fatalf("%+v", second)
	}
	if rec := result[Receipt](t, s.StartRestore(second.ID)); rec.Missing() != 0 {
		t.Fatalf("%+v", rec)
	}
	if third := result[RestorePlan](t, s.StartRestorePlan(ask)); says(third.Notes) || third.Counts["create"] != 0 {
		t.Fatalf("%+v", third)
	}
}
