package vault

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

// lossOf makes a scene of n cards of which some are held in an incident.
func lossOf(t testing.TB, n, gone int) (*scene, pim.Incident) {
	t.Helper()
	s := newScene(t)
	var all []pim.Recorded
	for i := range n {
		all = append(all, s.card(fmt.Sprint(i), "1", fmt.Sprint("body ", i), filled))
	}
	s.finish(s.put(all...), pim.Commit{})
	s.lose(0, gone)
	return s, s.one()
}

// lose is a run that misses some and holds them.
func (s *scene) lose(from, to int) pim.Counts {
	s.t.Helper()
	ids := s.ids(s.c)
	var gone []int64
	for i := from; i < to; i++ {
		gone = append(gone, ids[fmt.Sprint(i)])
	}
	e := s.evidence(0, gone...)
	return s.finish(s.put(), pim.Commit{Held: gone, Outcome: pim.HeldBack, Reason: "why", Message: "why",
		Incident: &pim.IncidentNote{Verdict: pim.LargeDeletion, GoodAt: e.GoodAt, Live: len(ids), Gone: gone, Message: "so many", Evidence: map[string]int{"gone": to - from}}})
}

// one is the incident that is open, of one.
func (s *scene) one() pim.Incident {
	s.t.Helper()
	all, err := s.v.Incidents(context.Background(), true)
	if err != nil || len(all) != 1 {
		s.t.Fatalf("%+v, %v", all, err)
	}
	return all[0]
}

func (s *scene) decide(id int64, d pim.Decision) pim.Incident {
	s.t.Helper()
	x, err := s.v.Decide(context.Background(), id, d, s.v.now())
	if err != nil {
		s.t.Fatal(err)
	}
	return x
}

func (s *scene) known() pim.Known {
	s.t.Helper()
	known, err := s.v.Collections(context.Background(), s.a.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return known[0]
}

func TestIncident_IsOneForAllRunsThatSeeIt(t *testing.T) {
	s, first := lossOf(t, 20, 12)
	if first.Gone != 12 || first.Kept != 12 || first.Live != 20 || first.Collection != "Book" || first.Account != "home" || first.Evidence["gone"] != 12 || first.GoodAt.IsZero() {
		t.Errorf("%+v", first)
	}
	s.lose(0, 14)
	x := s.one()
	if x.ID != first.ID || x.Gone != 14 || !x.Since.Equal(first.Since) || !x.GoodAt.Equal(first.GoodAt) {
		t.Errorf("%+v", x)
	}
	objects, err := s.v.IncidentObjects(context.Background(), x.ID)
	if err != nil || len(objects) != 14 || objects[0].What != "gone" || objects[0].Before == 0 {
		t.Errorf("%+v, %v", objects, err)
	}
}

// All but one are back: it is open still. The last one is back: it is over, and
// when the same happens again that day it is the same incident.
func TestIncident_ClosesByItselfAndIsTakenUpAgain(t *testing.T) {
	s, x := lossOf(t, 20, 12)
	ctx := context.Background()
	if untold, err := s.v.Untold(ctx); err != nil || len(untold) != 1 {
		t.Errorf("%+v, %v", untold, err)
	}
	if err := s.v.Told(ctx, x.ID, s.v.now()); err != nil {
		t.Fatal(err)
	}
	ids := s.ids(s.c)
	back := func(from, to int) {
		var all []int64
		for i := from; i < to; i++ {
			all = append(all, ids[fmt.Sprint(i)])
		}
		s.finish(s.put(), pim.Commit{Back: all})
	}
	back(0, 11)
	if y := s.one(); y.Gone != 1 {
		t.Errorf("%+v", y)
	}
	back(11, 12)
	y, err := s.v.Incident(ctx, x.ID)
	if err != nil || y.Closed != pim.Recovered || y.Gone != 12 || y.Kept != 0 {
		t.Errorf("%+v, %v", y, err)
	}
	s.lose(0, 15)
	if z := s.one(); z.ID != x.ID || z.Gone != 15 || !z.Since.After(y.ClosedAt) {
		t.Errorf("%+v", z)
	}
	if untold, err := s.v.Untold(ctx); err != nil || len(untold) != 0 {
		t.Errorf("told again: %+v, %v", untold, err)
	}
	// What was lost again after it was put back is told anew.
	id, err := s.v.SaveRestore(ctx, pim.Restore{Target: y.AccountID})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.v.SetRestoreState(ctx, id, "running", nil, s.v.now()); err != nil {
		t.Fatal(err)
	}
	back(0, 15)
	s.lose(0, 15)
	if untold, err := s.v.Untold(ctx); err != nil || len(untold) != 1 || untold[0].ID != x.ID {
		t.Errorf("not told anew: %+v, %v", untold, err)
	}
}

func TestIncident_OfChanges_IsOverWhenTheyAre(t *testing.T) {
	s := newScene(t)
	s.finish(s.put(s.card("a", "1", "A", filled), s.card("b", "1", "B", filled)), pim.Commit{})
	run := s.put(s.card("a", "2", "-", nil), s.card("b", "2", "--", nil))
	e := s.evidence(run)
	s.finish(run, pim.Commit{Incident: &pim.IncidentNote{Verdict: pim.Emptied, GoodAt: e.GoodAt, Live: 2, Changed: e.Changed, Message: "m"}})
	x := s.one()
	objects, err := s.v.IncidentObjects(context.Background(), x.ID)
	if err != nil || x.Changed != 2 || x.Gone != 0 || len(objects) != 2 || objects[0].What != "changed" {
		t.Fatalf("%+v %+v, %v", x, objects, err)
	}
	body := one(t, s.v, `SELECT CAST(b.body AS TEXT) FROM revisions v JOIN blobs b ON b.id = v.blob WHERE v.id = ?`, objects[0].Before)
	if body != "A" {
		t.Errorf("the last good state is %q", body)
	}
	s.finish(s.put(s.card("a", "3", "A", filled)), pim.Commit{})
	s.one()
	run = s.put(s.card("b", "3", "B", filled))
	if e := s.evidence(run); e.Reverted != 0 || len(e.Changed) != 0 {
		t.Errorf("recovering is taken for a change: %+v", e)
	}
	s.finish(run, pim.Commit{})
	if y, _ := s.v.Incident(context.Background(), x.ID); y.Closed != pim.Recovered {
		t.Errorf("%+v", y)
	}
}

// "It was me": tombstones, in a run of its own, and nothing is held any more.
func TestDecide_Accepted_WritesTheTombstones(t *testing.T) {
	s, x := lossOf(t, 20, 12)
	y := s.decide(x.ID, pim.Accepted)
	if y.Closed != pim.Accepted || y.Gone != 12 || y.Kept != 0 || y.ClosedAt.IsZero() {
		t.Errorf("%+v", y)
	}
	if k := s.known(); k.Live != 8 || k.Held != 0 || k.Kept != 0 {
		t.Errorf("%+v", k)
	}
	runs, err := s.v.Runs(context.Background(), 1)
	if err != nil || runs[0].Counts.Deleted != 12 || runs[0].Outcome != pim.Complete || runs[0].Message == "" {
		t.Errorf("%+v, %v", runs, err)
	}
	if got := one(t, s.v, `SELECT purpose FROM runs ORDER BY id DESC LIMIT 1`); got != "accept" {
		t.Error(got)
	}
	if e := s.evidence(0); e.DecidedAt.IsZero() || e.Open != nil || !e.Recent[len(e.Recent)-1].Decided {
		t.Errorf("%+v", e)
	}
	for _, d := range []pim.Decision{pim.Accepted, pim.KeptHere, pim.PutBack, pim.Recovered} {
		if _, err := s.v.Decide(context.Background(), x.ID, d, s.v.now()); pim.FaultOf(err) != pim.Invalid {
			t.Errorf("%s after it: %v", d, err)
		}
	}
	checkSound(t, s.v)
}

// Kept for good: in the current view, and no longer counted as held.
func TestDecide_Kept_CountsNoMore(t *testing.T) {
	s, x := lossOf(t, 20, 12)
	y := s.decide(x.ID, pim.KeptHere)
	if y.Closed != pim.KeptHere || y.Gone != 12 || y.Kept != 12 {
		t.Errorf("%+v", y)
	}
	if k := s.known(); k.Live != 20 || k.Held != 0 || k.Kept != 12 {
		t.Errorf("%+v", k)
	}
	index, err := s.v.Index(context.Background(), s.c.ID)
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for _, o := range index {
		if o.Kept {
			kept++
		}
	}
	if kept != 12 {
		t.Errorf("%d kept", kept)
	}
	if n := s.finish(s.put(), pim.Commit{}); n.Held != 0 {
		t.Errorf("%+v", n)
	}
	// One that the server has again is as any other.
	s.finish(s.put(s.card("3", "2", "body 3", filled)), pim.Commit{})
	if k := s.known(); k.Kept != 11 {
		t.Errorf("%+v", k)
	}
	checkSound(t, s.v)
}

// A person decides while a mirroring is under way that still holds them.
func TestDecide_WhileARunIsOpen(t *testing.T) {
	for _, d := range []pim.Decision{pim.Accepted, pim.KeptHere} {
		s, x := lossOf(t, 20, 12)
		ids := s.ids(s.c)
		run := s.put()
		s.decide(x.ID, d)
		var gone []int64
		for i := range 12 {
			gone = append(gone, ids[fmt.Sprint(i)])
		}
		n := s.finish(run, pim.Commit{Held: gone, Outcome: pim.HeldBack, Incident: &pim.IncidentNote{Verdict: pim.LargeDeletion, Gone: gone, Message: "m"}})
		if all, err := s.v.Incidents(context.Background(), true); err != nil || len(all) > 0 || n.Held != 0 {
			t.Errorf("%s: %+v %+v, %v", d, n, all, err)
		}
	}
}

func TestDecide_PutBack_ClosesWhatRecovered(t *testing.T) {
	s, x := lossOf(t, 20, 12)
	ids := s.ids(s.c)
	var all []int64
	for i := range 12 {
		all = append(all, ids[fmt.Sprint(i)])
	}
	s.finish(s.put(), pim.Commit{Back: all})
	if y := s.decide(x.ID, pim.PutBack); y.Closed != pim.PutBack {
		t.Errorf("%+v", y)
	}
	if _, err := s.v.Decide(context.Background(), 99, pim.PutBack, s.v.now()); pim.FaultOf(err) != pim.Invalid {
		t.Error(err)
	}
	if _, err := s.v.Incident(context.Background(), 99); pim.FaultOf(err) != pim.Invalid {
		t.Error(err)
	}
	if err := s.v.Told(context.Background(), 99, s.v.now()); pim.FaultOf(err) != pim.Invalid {
		t.Error(err)
	}
}

// Two collections that lost everything are one incident of the account, and each
// adds to it afterwards.
func TestSumUp_MakesOneOfMany(t *testing.T) {
	s := newScene(t)
	ctx := context.Background()
	for _, c := range []pim.Known{s.c, s.cal} {
		mirrorAll(t, s.v, c.ID, pim.Commit{Ended: s.v.now(), Objects: []pim.Recorded{
			object(hrefOf(c, "a"), "1", "A"+c.URL, card("a", nil)), object(hrefOf(c, "b"), "1", "B"+c.URL, card("b", nil))}})
	}
	since := s.v.now()
	hold := func() {
		for _, c := range []pim.Known{s.c, s.cal} {
			ids := s.ids(c)
			gone := []int64{ids["a"], ids["b"]}
			mirrorAll(t, s.v, c.ID, pim.Commit{Ended: s.v.now(), Outcome: pim.HeldBack, Held: gone,
				Incident: &pim.IncidentNote{Verdict: pim.EverythingGone, Gone: gone, Live: 2, Message: "of one"}})
		}
	}
	hold()
	note := pim.IncidentNote{Verdict: pim.AccountEmptied, Live: 4, GoodAt: since, Message: "of all"}
	for range 2 {
		if err := s.v.SumUp(ctx, s.a.ID, since, note); err != nil {
			t.Fatal(err)
		}
		if x := s.one(); x.CollID != 0 || x.Gone != 4 || x.Verdict != pim.AccountEmptied || x.Message != "of all" {
			t.Errorf("%+v", x)
		}
		hold()
		if x := s.one(); x.Gone != 4 || x.Message != "of all" {
			t.Errorf("%+v", x)
		}
	}
	s.decide(s.one().ID, pim.Accepted)
	known, err := s.v.Collections(ctx, s.a.ID)
	if err != nil || known[0].Live+known[1].Live != 0 || known[0].Held+known[1].Held != 0 {
		t.Errorf("%+v, %v", known, err)
	}
	if err := s.v.SumUp(ctx, s.a.ID, s.v.now().Add(time.Hour), note); err != nil {
		t.Fatal(err)
	}
	if all, _ := s.v.Incidents(ctx, true); len(all) > 0 {
		t.Errorf("out of nothing: %+v", all)
	}
}

// A slow loss names what was deleted before it was noticed, too.
func TestIncident_OfASlowLoss_NamesWhatWentBefore(t *testing.T) {
	s := newScene(t)
	var all []pim.Recorded
	for i := range 20 {
		all = append(all, s.card(fmt.Sprint(i), "1", fmt.Sprint("body ", i), filled))
	}
	s.finish(s.put(all...), pim.Commit{})
	ids := s.ids(s.c)
	since := s.v.now()
	s.finish(s.put(), pim.Commit{Tombstones: []int64{ids["0"], ids["1"], ids["2"]}})
	gone := []int64{ids["3"], ids["4"]}
	s.finish(s.put(), pim.Commit{Held: gone, Outcome: pim.HeldBack,
		Incident: &pim.IncidentNote{Verdict: pim.SlowLoss, Gone: gone, Earlier: since, Live: 17, Message: "m"}})
	x := s.one()
	if x.Gone != 5 || x.Kept != 2 {
		t.Errorf("%+v", x)
	}
	s.finish(s.put(), pim.Commit{Back: gone})
	if x := s.one(); x.Gone != 3 {
		t.Errorf("%+v", x)
	}
	s.finish(s.put(all[:3]...), pim.Commit{})
	if y, _ := s.v.Incident(context.Background(), x.ID); y.Closed != pim.Recovered {
		t.Errorf("%+v", y)
	}
}

// What a vault of schema 1 held can be decided on.
func TestMigrate_WhatWasHeldIsAnIncident(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	oldVault(t, dir)
	s := &scene{t: t, v: openIn(t, dir)}
	x := s.one()
	if x.Verdict != pim.LargeDeletion || x.CollID != 1 || x.Gone != 1 || x.Kept != 1 || x.Message == "" {
		t.Errorf("%+v", x)
	}
	if y := s.decide(x.ID, pim.Accepted); y.Closed != pim.Accepted {
		t.Errorf("%+v", y)
	}
	if got := one(t, s.v, `SELECT count(*) FROM held`); got != "0" {
		t.Errorf("%s held", got)
	}
}
