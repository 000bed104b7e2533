package vault

import (
	"context"
	"fmt"
	"testing"

	"sidekeep/sync/pim"
)

// back is a run that finds some again.
func (s *scene) back(from, to int) {
	s.t.Helper()
	ids := s.ids(s.c)
	var all []int64
	for i := from; i < to; i++ {
		all = append(all, ids[fmt.Sprint(i)])
	}
	s.finish(s.put(), pim.Commit{Back: all})
}

// One half is lost and comes back, and then the other half is lost: that is
// another incident, and the person is told of it.
func TestIncident_AnotherLossAfterARecovery_IsTold(t *testing.T) {
	s, x := lossOf(t, 40, 20)
	ctx := context.Background()
	if err := s.v.Told(ctx, x.ID, s.v.now()); err != nil {
		t.Fatal(err)
	}
	s.back(0, 20)
	s.lose(20, 40)
	y := s.one()
	if y.ID == x.ID || !y.Since.After(x.Since) || !y.GoodAt.After(x.GoodAt) || y.Gone != 20 {
		t.Errorf("%+v\nafter %+v", y, x)
	}
	if untold, err := s.v.Untold(ctx); err != nil || len(untold) != 1 || untold[0].ID != y.ID {
		t.Errorf("%+v, %v", untold, err)
	}
	s.back(20, 40)
	s.lose(0, 40) // twice as many as either
	if z := s.one(); z.ID == x.ID || z.ID == y.ID || !z.ToldAt.IsZero() {
		t.Errorf("%+v", z)
	}
}

// What a run holds is among its changes, though it is stamped after the moment
// at which the run says that it ended; and it is no other run's.
func TestChanges_OfARunThatHolds(t *testing.T) {
	s, x := lossOf(t, 20, 12)
	ctx := context.Background()
	s.lose(0, 12)
	s.finish(s.put(), pim.Commit{})
	last, err := s.v.BeginRun(ctx, s.c.ID)
	if err != nil {
		t.Fatal(err)
	}
	for run, want := range map[pim.RunID]int{last - 3: 12, last - 2: 0, last - 1: 0, last: 0} {
		held := 0
		changes, err := s.v.Changes(ctx, run)
		for _, c := range changes {
			if c.What == "held" {
				held++
			}
		}
		if err != nil || held != want {
			t.Errorf("run %d holds %d, want %d: %v", run, held, want, err)
		}
	}
	s.decide(x.ID, pim.Accepted) // the incident remembers it
	if changes, err := s.v.Changes(ctx, last-3); err != nil || len(changes) != 12 || changes[0].What != "held" {
		t.Errorf("%+v, %v", changes, err)
	}
}
