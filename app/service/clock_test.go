package service

import (
	"fmt"
	"os"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

const tenYears = 10 * 365 * 24 * time.Hour

// A computer that starts with a clock years ahead thins nothing, and says why where
// it is asked to; nor does it once it has mirrored so, nor after the clock is right.
func TestThin_WithAClockThatIsAhead(t *testing.T) {
	srv, book, _ := home(t, 3)
	clock := newTicking(time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC))
	s := open(t, Config{Now: clock.Now})
	add(t, s, srv)
	mirrorNow(t, s)
	for day := range 20 {
		clock.set(time.Date(2026, 11, 1+day, 9, 0, 0, 0, time.UTC))
		book.Put("c1.vcf", card("c1", fmt.Sprintf("Person day %d", day)))
		mirrorNow(t, s)
	}
	set := s.Settings()
	set.Thin = true
	if err := s.SaveSettings(set); err != nil {
		t.Fatal(err)
	}
	it := find(t, s, "day 19")
	background := func(want int) {
		t.Helper()
		st, err := s.readState()
		if err != nil {
			t.Fatal(err)
		}
		s.thinWhenDue(t.Context(), st)
		if revs, err := s.History(t.Context(), it.ID); err != nil || len(revs) != want {
			t.Errorf("%d states are left, want %d; %v", len(revs), want, err)
		}
	}
	for _, ahead := range []time.Duration{tenYears, 120 * 24 * time.Hour} {
		right := clock.Now()
		clock.set(right.Add(ahead))
		background(21)
		for _, dry := range []bool{true, false} {
			err := s.StartThin(dry).Wait(t.Context())
			if wantFault(t, err, pim.Invalid); pim.HintOf(err) == "" {
				t.Error(err)
			}
		}
		mirrorNow(t, s)
		background(21)
		clock.set(right.Add(time.Hour))
		background(21)
		mirrorNow(t, s)
		background(21)
	}
}

// A clock that is set back, by however much, takes the plans with it.
func TestBackground_AClockThatIsSetBackStopsNothing(t *testing.T) {
	for _, back := range []time.Duration{time.Hour, 24 * time.Hour, tenYears} {
		t.Run(back.String(), func(t *testing.T) {
			srv, _, _ := home(t, 2)
			clock := newFakeClock()
			s := open(t, Config{clock: clock, Now: clock.Now})
			add(t, s, srv)
			<-s.wake
			s.StartBackground(t.Context())
			clock.wait(t)
			mirrored := func() int {
				t.Helper()
				runs, err := s.vault.Runs(t.Context(), 0)
				if err != nil {
					t.Fatal(err)
				}
				return len(runs)
			}
			before := mirrored()
			clock.jump(-back, 0)
			clock.pass(t, 20*time.Minute)
			if mirrored() > before && back < drillEvery { // else a rehearsal is due, which looks too
				t.Fatal("it was not waited for")
			}
			before = mirrored()
			clock.pass(t, 14*time.Minute)
			if mirrored() == before {
				t.Fatal("nothing was mirrored within the interval")
			}
		})
	}
}

// Where it was set back while something was under way, the plan is of another time.
func TestPlan_WhatLiesBeyondAnyIntervalIsDue(t *testing.T) {
	now := time.Date(2026, 3, 14, 8, 0, 0, 0, time.UTC)
	p := newPlan(func() float64 { return 0.99 })
	p.ended(1, now, DefaultInterval, nil)
	p.ended(2, now, DefaultInterval, &pim.Error{Fault: pim.Busy, RetryAfter: 5 * time.Hour})
	if p.due(1, now, DefaultInterval) || p.due(2, now, DefaultInterval) {
		t.Error("it is due at once")
	}
	if !p.due(1, now.Add(-time.Hour), DefaultInterval) {
		t.Error("with a clock that was set back it is not due")
	}
	if p.due(2, now.Add(time.Hour), DefaultInterval) {
		t.Error("a server that asked us to wait is asked")
	}
}

// Copies, the weekly drill and thinning go on though their marks are of a clock that
// was ahead.
func TestUpkeep_AMarkThatLiesAheadIsNone(t *testing.T) {
	srv, _, _ := home(t, 2)
	clock := newFakeClock()
	s := open(t, Config{clock: clock, Now: clock.Now})
	add(t, s, srv)
	mirrorNow(t, s)
	set := s.Settings()
	set.CopyTo, set.CopyEvery, set.Thin = t.TempDir(), 24*time.Hour, true
	if err := s.SaveSettings(set); err != nil {
		t.Fatal(err)
	}
	days := func(n int) {
		for range n {
			clock.jump(24*time.Hour, 0)
			for s.upkeep(t.Context(), clock.Now()) {
			}
			st, err := s.readState()
			if err != nil {
				t.Fatal(err)
			}
			s.thinWhenDue(t.Context(), st)
			mirrorNow(t, s)
		}
	}
	marks := func() map[string]time.Time {
		t.Helper()
		st, err := s.readState()
		p, proofErr := s.Proofs(t.Context())
		if err != nil || proofErr != nil || st.Copy == nil {
			t.Fatal(st, err, proofErr)
		}
		out := map[string]time.Time{"copied": st.Copy.Made, "thinned": st.ThinnedAt, "drilled": {}}
		if p.DrilledAt != nil {
			out["drilled"] = *p.DrilledAt
		}
		return out
	}
	clock.jump(tenYears, 0)
	days(3)
	clock.jump(-tenYears, 0)
	days(2)
	for what, mark := range marks() {
		if age := clock.Now().Sub(mark); age < 0 || age > 25*time.Hour {
			t.Errorf("%s on %v, and it is %v", what, mark, clock.Now())
		}
	}
	files, err := os.ReadDir(set.CopyTo)
	if err != nil || len(files) < 2 {
		t.Error(files, err)
	}
}
