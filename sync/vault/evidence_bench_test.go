package vault

import (
	"context"
	"fmt"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

// BenchmarkEvidence is what the vault has to say of 100,000 objects that are all
// gone, all changed, all moved, or as they were, with ten changed.
func BenchmarkEvidence(b *testing.B) {
	const n = 100_000
	ctx := context.Background()
	s := newScene(b)
	fill := func(from, to int, version string) {
		for ; from < to; from += 1000 {
			var objects []pim.Recorded
			for i := from; i < min(from+1000, to); i++ {
				name := fmt.Sprint(i)
				objects = append(objects, s.card(name, version, name+version, filled))
			}
			run := s.put(objects...)
			if from+1000 < n {
				s.finish(run, pim.Commit{Outcome: pim.Failed})
				continue
			}
			s.finish(run, pim.Commit{})
		}
	}
	fill(0, n, "one")
	ids := make([]int64, 0, n)
	for _, id := range s.ids(s.c) {
		ids = append(ids, id)
	}
	measure := func(name string, run pim.RunID, gone []int64, check func(pim.Evidence) bool) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if e := s.evidence(run, gone...); !check(e) {
					b.Fatalf("%d changed, %d moved", len(e.Changed), len(e.Moved))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms")
		})
	}
	measure("all gone", 0, ids, func(e pim.Evidence) bool { return len(e.Moved) == 0 })
	var ten []pim.Recorded
	for i := range 10 {
		ten = append(ten, s.card(fmt.Sprint(i), "2", fmt.Sprint("new", i), filled))
	}
	run := s.put(ten...)
	measure("ten changed", run, nil, func(e pim.Evidence) bool { return len(e.Changed) == 10 })
	s.finish(run, pim.Commit{})
	var all []pim.Recorded
	for i := range n {
		all = append(all, s.card(fmt.Sprint(i), "3", fmt.Sprint("all", i), filled))
	}
	run = s.put(all...)
	measure("all changed", run, nil, func(e pim.Evidence) bool { return len(e.Changed) == n })
	s.finish(run, pim.Commit{})
	for i := range all {
		all[i].Object.Href = hrefOf(s.cal, fmt.Sprint(i))
	}
	other, err := s.v.BeginRun(ctx, s.cal.ID)
	if err == nil {
		_, err = s.v.Finish(ctx, other, pim.Commit{Objects: all, Outcome: pim.Complete, Ended: s.v.now()})
	}
	if err != nil {
		b.Fatal(err)
	}
	measure("all moved", 0, ids, func(e pim.Evidence) bool { return len(e.Moved) == n })
}

// BenchmarkFinish_OfALoss ends a run in which 100,000 objects are missing, and
// decides on the incident.
func BenchmarkFinish_OfALoss(b *testing.B) {
	const n = 100_000
	ctx := context.Background()
	for b.Loop() {
		b.StopTimer()
		s := newScene(b)
		var all []pim.Recorded
		for i := range n {
			all = append(all, s.card(fmt.Sprint(i), "1", fmt.Sprint(i), filled))
		}
		s.finish(s.put(all...), pim.Commit{})
		ids := make([]int64, 0, n)
		for _, id := range s.ids(s.c) {
			ids = append(ids, id)
		}
		run := s.put()
		b.StartTimer()
		began := time.Now()
		s.finish(run, pim.Commit{Held: ids, Outcome: pim.HeldBack, Incident: &pim.IncidentNote{Verdict: pim.EverythingGone, Gone: ids, Message: "m"}})
		held := time.Since(began)
		x := s.one()
		listed := time.Since(began)
		if _, err := s.v.Decide(ctx, x.ID, pim.Accepted, s.v.now()); err != nil {
			b.Fatal(err)
		}
		b.Logf("held in %v, listed in %v, decided in %v", held, listed-held, time.Since(began)-listed)
	}
}
