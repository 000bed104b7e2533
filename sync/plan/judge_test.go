package plan

import (
	"slices"
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

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		live, gone, heldBefore int
		hold                   bool
		reason                 string
	}{
		{700, 0, 0, false, ""},
		{700, 2, 0, false, ""},
		{700, 698, 0, true, "The server no longer lists 698 of 700 contacts. Nothing was removed here."},
		{700, 700, 0, true, "The server no longer lists any of the 700 contacts. Nothing was removed here."},
		{2, 2, 0, false, ""},
		{3, 3, 0, true, "The server no longer lists any of the 3 contacts. Nothing was removed here."},
		{4, 3, 0, false, ""},
		{12, 9, 0, false, ""},
		{12, 10, 0, true, "The server no longer lists 10 of 12 contacts. Nothing was removed here."},
		{40, 10, 0, false, ""}, // exactly a quarter
		{39, 10, 0, true, "The server no longer lists 10 of 39 contacts. Nothing was removed here."},
		{100, 25, 0, false, ""},
		{100, 26, 0, true, "The server no longer lists 26 of 100 contacts. Nothing was removed here."},
		{100, 1, 25, true, "The server no longer lists 26 of 100 contacts. Nothing was removed here."},
		{100, 1, 5, false, "The server no longer lists 5 of 100 contacts. Nothing was removed here."},
		{0, 0, 0, false, ""},
	} {
		all := ids(c.gone + c.heldBefore)
		l := Loss{Gone: all[:c.gone], Held: all[c.gone:]}
		j := Judge(pim.Contacts, c.live, l)
		held := c.heldBefore
		if c.hold {
			held += c.gone
		}
		if len(j.Held) != held || len(j.Tombstones)+len(j.Held) != c.gone+c.heldBefore || j.Reason != c.reason {
			t.Errorf("%+v: %d held, %d tombstones, %q", c, len(j.Held), len(j.Tombstones), j.Reason)
		}
		for _, id := range l.Held {
			if !slices.Contains(j.Held, id) {
				t.Errorf("%+v: %d is no longer held", c, id)
			}
		}
	}
}

func TestReasons(t *testing.T) {
	for got, want := range map[string]string{
		VanishedReason(pim.Contacts, 700): "The server no longer lists this address book. Your copy of the 700 contacts is kept.",
		VanishedReason(pim.Calendar, 1):   "The server no longer lists this calendar. Your copy of the calendar entry is kept.",
		VanishedReason(pim.Calendar, 0):   "The server no longer lists this calendar. It was empty.",
		EmptyHomeReason(pim.Calendar, 5):  "The server no longer lists any address book or calendar of this account. Your copy of the 5 calendar entries is kept.",
		EmptyHomeReason(pim.Contacts, 0):  "The server no longer lists any address book or calendar of this account. This one was empty.",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
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
