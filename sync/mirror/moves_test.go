package mirror_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// during calls what once, while the server answers the first request that
// matches, and before it looks at what it has.
func during(s *davtest.Server, match func(davtest.Request) bool, what func()) {
	done := false
	s.Fail(davtest.Fault{Kind: davtest.Status, Status: 500, Match: func(r davtest.Request) bool {
		if !done && match(r) {
			done = true
			what()
		}
		return false
	}})
}

func multiget(r davtest.Request) bool { return strings.HasSuffix(r.Report, "-multiget") }

// fetches are the requests that bring objects.
func fetches(r davtest.Request) bool { return multiget(r) || r.Inline || r.Method == "GET" }

// refuseAll answers every request that matches with 500.
func refuseAll(s *davtest.Server, match func(davtest.Request) bool) {
	s.Fail(davtest.Fault{Kind: davtest.Status, Status: 500, Times: -1, Match: match})
}

// A collection at another address is another collection: all of it comes, and
// since all of it did, nothing of the old one is missing. Moved back, it is the
// old one again. Nobody is told of any of it.
func TestMirror_CollectionMoves_NothingIsMissing(t *testing.T) {
	t.Parallel()
	s, book, _, h := settled(t)
	old := book.Path()
	for i, to := range []string{"people", old} {
		book.Move(to)
		rep := h.runs(pim.Complete)
		equal(t, h.view(), s.Objects())
		if c := rep.Counts; c.Created != 40 || c.Held != 0 || c.Deleted != 40 {
			t.Errorf("%+v", c)
		}
		h.runs(pim.Complete)
		for _, k := range must(h.vault.Collections(context.Background(), h.account.ID))(t) {
			if here := pim.Href(k.URL).Key() == old; k.Kind == pim.Contacts && (here != (i == 1) || k.Live != 40) && (here == (i == 1) || k.Live != 0 || k.Vanished == "") {
				t.Errorf("%s: %d live, %q", k.URL, k.Live, k.Vanished)
			}
		}
	}
	h.incidents(true)
	h.incidents(false)
}

// An address that held contacts and holds a calendar now: the contacts stay,
// the calendar comes.
func TestMirror_CollectionChangesItsKind_BothAreKept(t *testing.T) {
	t.Parallel()
	s := davtest.New(t)
	home := s.AddHome(pim.Contacts, "/shared/")
	s.AddHome(pim.Calendar, "/shared/")
	book := s.AddCollection(pim.Contacts, home+"all", "All")
	book.Fill(12, 1, gen.Card)
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	want := s.Objects()
	book.Remove()
	s.AddCollection(pim.Calendar, home+"all", "All").Fill(12, 2, gen.Event)
	maps.Copy(want, s.Objects())
	for range 2 {
		if rep := h.runs(pim.HeldBack); rep.Counts.Held != 12 || rep.Counts.Deleted != 0 {
			t.Errorf("%+v", rep.Counts)
		}
		equal(t, h.view(), want)
	}
}

// The home-set moves and its collections with it, all under the account that
// it was: nothing is missing, and nobody is told. One that stays where it was and
// that no home-set lists any more is still mirrored.
func TestMirror_HomeSetMoves_NothingIsMissing(t *testing.T) {
	t.Parallel()
	s, book, cal, h := settled(t)
	home := s.AddHome(pim.Contacts, "/elsewhere/")
	book.Move(home + "friends")
	ctx := context.Background()
	d := must(h.vault.Discovery(ctx, h.account.ID))(t)
	d.HomeSets = []pim.HomeSet{{Kind: pim.Contacts, URL: s.URL() + home}}
	h.must(h.vault.SaveDiscovery(ctx, h.account.ID, d))
	cal.Put("later.ics", gen.Event(nil, 99, 1))
	for range 2 {
		h.runs(pim.Complete)
		equal(t, h.view(), s.Objects())
	}
	h.incidents(false)
}

// Two home-sets that list the same collection: it is mirrored once, and stays
// with the first, so that a look at it writes nothing.
func TestMirror_TwoHomeSetsListTheSameCollection_OneMirroring(t *testing.T) {
	t.Parallel()
	s, _, cal, _ := town(t)
	h := newHome(t, s.URL())
	ctx := context.Background()
	d := must(h.vault.Discovery(ctx, h.account.ID))(t)
	for _, home := range slices.Clone(d.HomeSets) { // the same place under another spelling
		home.ID, home.URL = 0, strings.Replace(home.URL, "/user/", "/use%72/", 1)
		d.HomeSets = append(d.HomeSets, home)
	}
	h.must(h.vault.SaveDiscovery(ctx, h.account.ID, d))
	rep := h.runs(pim.Complete)
	if len(rep.Collections) != 3 || rep.Counts.Created != 76 {
		t.Errorf("%+v\n%s", rep.Counts, describe(rep))
	}
	for range 2 {
		cal.Put("x.ics", gen.Event(nil, 98, 1))
		h.runs(pim.Complete)
		equal(t, h.view(), s.Objects())
		for _, c := range rep.Collections {
			if home := h.known(c.Title).HomeSet; strings.Contains(home, "%72") {
				t.Errorf("%s went over to %s", c.Title, home)
			}
		}
	}
}

// An object that is replaced, or goes, between the listing and the fetch.
func TestMirror_ObjectsChangeWhileTheyAreFetched(t *testing.T) {
	t.Parallel()
	byEitherListing(t, func(t *testing.T, s *davtest.Server, book *davtest.Collection, h *home) {
		n := book.Names()
		for i := range 4 {
			book.Put(n[i], gen.Card(nil, 97, i))
		}
		book.Put("new.vcf", gen.Card(nil, 97, 5))
		met := false
		during(s, fetches, func() {
			met = true
			book.Put(n[0], gen.Card(nil, 97, 6))
			book.Delete(n[1])
			book.Delete("new.vcf")
		})
		_, _ = h.run()
		if !met {
			t.Fatalf("nothing was fetched:\n%s", s.Transcript())
		}
		s.ClearFaults()
		converge(t, h, s, "changed between listing and fetch")
	})
}

// A name that is used again after its object was deleted, with other bytes and
// with the same.
func TestMirror_NameIsUsedAgain_AfterATombstone(t *testing.T) {
	t.Parallel()
	s, book, _, h := settled(t)
	name := book.Names()[3]
	first, _, _ := book.Get(name)
	for _, body := range [][]byte{gen.Card(nil, 96, 1), first} {
		book.Delete(name)
		if rep := h.runs(pim.Complete); rep.Counts.Deleted != 1 {
			t.Errorf("%+v", rep.Counts)
		}
		equal(t, h.view(), s.Objects())
		book.Put(name, body)
		if rep := h.runs(pim.Complete); rep.Counts.Created != 1 {
			t.Errorf("%+v", rep.Counts)
		}
		equal(t, h.view(), s.Objects())
	}
	book.Delete(name) // and used again before anybody looked
	book.Put(name, gen.Card(nil, 96, 2))
	if rep := h.runs(pim.Complete); rep.Counts.Modified != 1 || rep.Counts.Deleted != 0 {
		t.Errorf("%+v", rep.Counts)
	}
	equal(t, h.view(), s.Objects())
}

// What was held and comes back changed is released with its new bytes; where
// these can't be had at once the old ones stay, and are owed.
func TestMirror_HeldObjectsReturnChanged(t *testing.T) {
	t.Parallel()
	for _, failing := range []bool{false, true} {
		s, book, _, h := settled(t)
		names := book.Names()[:20]
		for _, n := range names {
			book.Delete(n)
		}
		h.runs(pim.HeldBack)
		for i, n := range names {
			book.Put(n, gen.Card(nil, 95, i))
		}
		if failing {
			refuseAll(s, fetches)
			rep := h.runs(pim.Partial)
			if len(h.view()) != 76 || rep.Counts.Held != 0 || rep.Counts.Owed != 20 {
				t.Errorf("%+v", rep.Counts)
			}
			s.ClearFaults()
		}
		if rep := h.runs(pim.Complete); rep.Counts.Held != 0 || rep.Counts.Owed != 0 || rep.Counts.Modified != 20 {
			t.Errorf("%+v", rep.Counts)
		}
		equal(t, h.view(), s.Objects())
	}
}

// A fetch that is owed of an object that is deleted meanwhile: nothing is owed
// any more, and one that was here before gets its tombstone.
func TestMirror_OwedObjectIsDeleted_NothingIsOwed(t *testing.T) {
	t.Parallel()
	byEitherListing(t, func(t *testing.T, s *davtest.Server, book *davtest.Collection, h *home) {
		had := book.Names()[7]
		book.Put("new.vcf", gen.Card(nil, 94, 1))
		book.Put(had, gen.Card(nil, 94, 2))
		refuseAll(s, fetches)
		if rep := h.runs(pim.Partial); rep.Counts.Owed != 2 {
			t.Errorf("%+v", rep.Counts)
		}
		s.ClearFaults()
		book.Delete("new.vcf")
		book.Delete(had)
		if rep := h.runs(pim.Complete); rep.Counts.Owed != 0 || rep.Counts.Deleted != 1 {
			t.Errorf("%+v", rep.Counts)
		}
		equal(t, h.view(), s.Objects())
	})
}

// Removals that are reported and can't be asked after are not believed; the
// objects are owed, and the weekly listing settles it.
func TestMirror_DoubtfulRemovalsThatCantBeAskedAfter_AreOwed(t *testing.T) {
	t.Parallel()
	s, book, _, h := settled(t)
	want := s.Objects()
	for _, n := range book.Names()[:6] {
		book.Delete(n)
	}
	refuseAll(s, func(r davtest.Request) bool { return multiget(r) || r.Method == "GET" })
	if rep := h.runs(pim.Partial); rep.Counts.Deleted != 0 || rep.Counts.Owed != 6 {
		t.Errorf("%+v", rep.Counts)
	}
	equal(t, h.view(), want)
	s.ClearFaults()
	h.runs(pim.Partial) // 404 now, and no longer said to be gone
	equal(t, h.view(), want)
	h.clock = h.clock.AddDate(0, 0, 8)
	if rep := h.runs(pim.Complete); rep.Counts.Deleted != 6 || rep.Counts.Owed != 0 {
		t.Errorf("%+v", rep.Counts)
	}
	equal(t, h.view(), s.Objects())
}

// What came with a listing that was cut, and was gone when the next one was
// made, does not stay for ever.
func TestMirror_StoredAndGoneBeforeTheListingEnds_DoesNotStay(t *testing.T) {
	t.Parallel()
	s := davtest.New(t)
	book := s.AddCollection(pim.Contacts, "friends", "Friends")
	book.Fill(50, 1, gen.Card)
	h := newHome(t, s.URL())
	s.Fail(davtest.Fault{Kind: davtest.Cut, After: 12000, Times: -1, Match: func(r davtest.Request) bool { return r.Inline }})
	during(s, func(r davtest.Request) bool { return r.Report == "sync-collection" && !r.Inline }, func() {
		book.Delete(book.Names()[0])
	})
	_, _ = h.run()
	if len(h.view()) == 0 {
		t.Fatalf("nothing came\n%s", s.Transcript())
	}
	s.ClearFaults()
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
	h.runs(pim.Complete)
	s.ResetRequests()
	h.runs(pim.Complete)
	atMost(t, s, 2)
}

// A weekly listing that takes too long does not keep the changes away, and is
// made as soon as the server manages.
func TestMirror_WeeklyListingFails_ChangesStillCome(t *testing.T) {
	t.Parallel()
	s, book, _, h := settled(t)
	h.options.IdleTimeout = 300 * time.Millisecond
	h.restart()
	h.clock = h.clock.AddDate(0, 0, 8)
	s.Fail(davtest.Fault{Kind: davtest.Stall, After: 500, Times: -1, Match: func(r davtest.Request) bool {
		return r.Method == "PROPFIND" && r.Path == book.Path()
	}})
	book.Put("new.vcf", gen.Card(nil, 93, 1))
	book.Delete(book.Names()[0])
	full := h.known("Friends").State.LastFull
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
	if k := h.known("Friends"); !k.State.LastFull.Equal(full) {
		t.Errorf("a listing that failed was taken for complete: %v", k.State.LastFull)
	}
	s.ClearFaults()
	h.runs(pim.Complete)
	if k := h.known("Friends"); !k.State.LastFull.Equal(h.clock) {
		t.Errorf("last full listing %v, want %v", k.State.LastFull, h.clock)
	}
}

// Stopped at any request of a mirroring with changes: nothing is removed that
// the server has, the run is closed, and the next one converges.
func TestMirror_StoppedAtEveryRequest_NextRunConverges(t *testing.T) {
	t.Parallel()
	step := 1
	if testing.Short() {
		step = 3
	}
	for at, met := 1, true; met; at += step {
		s, book, cal, h := settled(t)
		before := h.view()
		for i, n := range book.Names()[:12] {
			book.Put(n, gen.Card(nil, 92, i))
		}
		book.Delete(book.Names()[20])
		cal.Put("new.ics", gen.Event(nil, 92, 1))
		s.ResetRequests()
		ctx, cancel := context.WithCancel(context.Background())
		met = false
		during(s, func(r davtest.Request) bool { return r.N == at }, func() { met = true; cancel() })
		h.clock = h.clock.Add(30 * time.Minute)
		rep, err := h.mirror().Account(ctx, h.account)
		cancel()
		if met && pim.FaultOf(err) != pim.Stopped {
			t.Fatalf("stopped at request %d: %s %v\n%s", at, rep.Outcome, err, describe(rep))
		}
		after := h.view()
		for k := range s.Objects() {
			if before[k] != nil && after[k] == nil {
				t.Errorf("stopped at request %d: %s was lost", at, k)
			}
		}
		for _, r := range must(h.vault.Runs(context.Background(), 100))(t) {
			if r.Ended.IsZero() {
				t.Errorf("stopped at request %d: a run of %s was left open", at, r.Collection)
			}
		}
		s.ClearFaults()
		converge(t, h, s, "stopped")
		h.close()
		s.Close()
	}
}

// must gives a value or fails the test.
func must[T any](v T, err error) func(tb) T {
	return func(t tb) T {
		t.Helper()
		if err != nil {
			t.Fatalf("%v", err)
		}
		return v
	}
}
