package mirror_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// incidents gives those of the vault, newest first, and checks how many there
// are and of which verdicts.
func (h *home) incidents(onlyOpen bool, want ...pim.Verdict) []pim.Incident {
	h.t.Helper()
	all, err := h.vault.Incidents(context.Background(), onlyOpen)
	h.must(err)
	bad := len(all) != len(want)
	for i, x := range all {
		bad = bad || x.Verdict != want[i]
	}
	if bad {
		text := ""
		for _, x := range all {
			text += fmt.Sprintf("\n  %s %q: gone %d, changed %d, kept %d, closed %q, %v: %s", x.Verdict, x.Collection, x.Gone, x.Changed, x.Kept, x.Closed, x.Evidence, x.Message)
		}
		h.t.Errorf("incidents%s\nwant %v", text, want)
	}
	return all
}

func (h *home) decide(id int64, d pim.Decision) pim.Incident {
	h.t.Helper()
	h.clock = h.clock.Add(time.Minute)
	x, err := h.vault.Decide(context.Background(), id, d, h.clock)
	h.must(err)
	return x
}

// notify tells the person what they were not told of yet, as the program does
// after every mirroring, and gives the messages.
func (h *home) notify() (told []string) {
	h.t.Helper()
	all, err := h.vault.Untold(context.Background())
	h.must(err)
	for _, x := range all {
		told = append(told, x.Message)
		h.must(h.vault.Told(context.Background(), x.ID, h.clock))
	}
	return told
}

// Each disaster is one incident and one notification however many runs see it,
// and is over by itself once the server has everything again.
func TestIncident_OfEachLoss_ToldOnceAndClosedByItself(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		loss    davtest.Loss
		verdict []pim.Verdict
		gone    int
		changed int
	}{
		{davtest.LoseEverything, []pim.Verdict{pim.AccountEmptied}, 100, 0},
		{davtest.LoseHalf, []pim.Verdict{pim.LargeDeletion, pim.LargeDeletion, pim.LargeDeletion}, 50, 0},
		{davtest.LoseCollection, []pim.Verdict{pim.CollectionGone}, 40, 0},
		{davtest.LoseCollections, []pim.Verdict{pim.AccountEmptied}, 100, 0},
		{davtest.LoseHomeSet, []pim.Verdict{pim.AccountEmptied}, 100, 0},
		{davtest.LosePrincipal, []pim.Verdict{pim.WrongAccount}, 100, 0},
		{davtest.LoseContents, []pim.Verdict{pim.Emptied, pim.Emptied, pim.Emptied}, 0, 100},
	} {
		t.Run(string(c.loss), func(t *testing.T) {
			t.Parallel()
			s, _, _, tasks := town(t)
			tasks.Fill(24, 4, gen.Task)
			h := newHome(t, s.URL())
			h.runs(pim.Complete)
			good := h.clock
			before := s.Snapshot()
			want := s.Objects()
			s.Lose(c.loss)
			outcome := pim.HeldBack
			if c.gone == 0 {
				outcome, want = pim.Complete, s.Objects()
			}
			told := 0
			for range 3 {
				h.runs(outcome)
				equal(t, h.view(), want)
				msgs := h.notify()
				for _, m := range msgs {
					t.Log(m)
				}
				told += len(msgs)
				h.restart()
			}
			if told != len(c.verdict) {
				t.Errorf("told %d times", told)
			}
			gone, changed, since := 0, 0, good
			for _, x := range h.incidents(true, c.verdict...) {
				gone, changed = gone+x.Gone, changed+x.Changed
				if x.Kept != x.Gone || !x.GoodAt.Equal(good) || !x.Since.After(since) || x.Closed != "" {
					t.Errorf("%+v", x)
				}
				objects := must(h.vault.IncidentObjects(context.Background(), x.ID))(t)
				if len(objects) != x.Gone+x.Changed {
					t.Errorf("%d objects", len(objects))
				}
			}
			if gone != c.gone || changed != c.changed {
				t.Errorf("gone %d, changed %d", gone, changed)
			}
			s.Find()
			s.Restore(before)
			h.runs(pim.Complete)
			h.runs(pim.Complete)
			equal(t, h.view(), s.Objects())
			h.incidents(true)
			for _, x := range h.incidents(false, c.verdict...) {
				if x.Closed != pim.Recovered || x.ClosedAt.IsZero() {
					t.Errorf("%+v", x)
				}
			}
			if len(h.notify()) > 0 {
				t.Error("told again")
			}
		})
	}
}
