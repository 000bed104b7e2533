package plan

import (
	"strings"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

func ids(n int) []int64 {
	var all []int64
	for i := range n {
		all = append(all, int64(i+1))
	}
	return all
}

func TestProbe(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	done := pim.State{CTag: "c", SyncToken: "t", LastFull: now.Add(-time.Hour), LastComplete: now.Add(-time.Hour)}
	old := done
	old.LastFull = now.Add(-FullEvery)
	future := done
	future.LastFull = now.AddDate(1, 0, 0)
	noTag := pim.State{LastFull: done.LastFull}
	onlyTag := pim.State{CTag: "c", LastFull: done.LastFull}
	for _, c := range []struct {
		name string
		seen Seen
		want Look
	}{
		{"never", Seen{CTag: "c", SyncToken: "t", Syncable: true}, Relist},
		{"same", Seen{State: done, CTag: "c", SyncToken: "t", Syncable: true}, Skip},
		{"same and owed", Seen{State: done, CTag: "c", SyncToken: "t", Owed: 1, Syncable: true}, Retry},
		{"same and held", Seen{State: done, CTag: "c", SyncToken: "t", Held: 1, Syncable: true}, Relist},
		{"there again", Seen{State: done, CTag: "c", SyncToken: "t", Vanished: true, Syncable: true}, Relist},
		{"a week later", Seen{State: old, CTag: "c", SyncToken: "t", Syncable: true}, Audit},
		{"the clock was wrong", Seen{State: future, CTag: "c", SyncToken: "t", Syncable: true}, Audit},
		{"token moved", Seen{State: done, CTag: "c", SyncToken: "u", Syncable: true}, Changes},
		{"unstable ctag", Seen{State: done, CTag: "x", SyncToken: "t", Syncable: true}, Changes},
		{"ctag alone, same", Seen{State: done, CTag: "c", Syncable: true}, Skip},
		{"token alone, same", Seen{State: done, SyncToken: "t", Syncable: true}, Skip},
		{"ctag alone, moved", Seen{State: onlyTag, CTag: "d"}, Relist},
		{"no tags", Seen{State: noTag}, Relist},
		{"no tags now", Seen{State: done, Syncable: true}, Changes},
		{"sync-collection went away", Seen{State: done, CTag: "d"}, Relist},
	} {
		if got := Probe(c.seen, now); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// A slow loss that goes on faster is the same loss: its sentence and what is
// named with it count the same objects.
func TestJudge_SlowLossThatGrows(t *testing.T) {
	f := book(live(75), gone(25), ran(time.Hour, 9, 8, 8))
	f.Open = &pim.Incident{CollID: 1, Verdict: pim.SlowLoss}
	o := Judge(f)
	if o.Verdict != pim.SlowLoss || !o.Hold || o.Since.IsZero() || !strings.Contains(o.Message, "50 of 100 since") {
		t.Errorf("%+v", o)
	}
}
