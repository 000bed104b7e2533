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

// A restore whose program was killed is one that stopped, with what it had sent; it
// runs only while somebody restores.
func TestRestores_OneWhoseProgramWasKilledHasStopped(t *testing.T) {
	srv, book, _ := home(t, 4)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	at := s.now()
	book.Delete("c2.vcf")
	book.Delete("c3.vcf")
	plan := result[RestorePlan](t, s.StartRestorePlan(pim.RestoreAsk{At: at, To: "Home"}))
	if err := s.vault.SetRestoreState(t.Context(), plan.ID, "running", nil, s.now()); err != nil {
		t.Fatal(err)
	}
	r, err := s.vault.Restore(t.Context(), plan.ID)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(r.Steps, func(st pim.RestoreStep) bool { return st.Action == pim.Create })
	r.Steps[i].State = "sent"
	if err := s.vault.RecordSteps(t.Context(), plan.ID, r.Steps[i:i+1]); err != nil {
		t.Fatal(err)
	}
	is := func(want string) {
		t.Helper()
		list, err := s.Restores(t.Context())
		if err != nil || list[0].State != want || list[0].Results[string(pim.Unchecked)] != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		if rec, err := s.Receipt(t.Context(), plan.ID); err != nil || rec.State != want {
			t.Fatalf("%+v, %v", rec, err)
		}
	}
	is("stopped")
	for who, want := range map[string]string{"mirror": "stopped", "restore": "running"} {
		unlock, err := s.vault.LockWriter(t.Context(), who, false)
		if err != nil {
			t.Fatal(err)
		}
		is(want)
		unlock()
	}
	is("stopped")
}
