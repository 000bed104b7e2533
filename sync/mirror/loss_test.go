package mirror_test

import (
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// After each disaster the current view is what it was, the state is held with
// a reason in words, and once the server is itself again nothing is held.
func TestMirror_ServerLosesData_HoldsDeletionsAndReleasesThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		loss   davtest.Loss
		reason string
	}{
		{davtest.LoseEverything, "Your server no longer lists any of your 40 contacts. Nothing was removed here."},
		{davtest.LoseHalf, "Your server no longer lists 20 of your 40 contacts. Nothing was removed here."},
		{davtest.LoseCollection, "Your server no longer has the address book “Friends”. Your copy of its 40 contacts is kept here."},
		{davtest.LoseCollections, "Your account on the server is empty: 40 contacts are gone from it. Nothing was removed here."},
		{davtest.LoseHomeSet, "Your account on the server is empty: 40 contacts are gone from it. Nothing was removed here."},
	} {
		for _, noSync := range []bool{false, true} {
			name := string(c.loss)
			if noSync {
				name += " without sync-collection"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s, _, _, tasks := town(t)
				tasks.Fill(18, 4, gen.Task)
				if noSync {
					s.Set(davtest.NoSync)
				}
				h := newHome(t, s.URL())
				h.runs(pim.Complete)
				want := s.Objects()
				before := s.Snapshot()

				s.Lose(c.loss)
				for range 3 { // it stays so, run after run
					rep := h.runs(pim.HeldBack)
					equal(t, h.view(), want)
					if rep.Counts.Deleted != 0 || rep.Counts.Held == 0 {
						t.Errorf("%+v", rep.Counts)
					}
					got := ""
					for _, r := range rep.Collections {
						if r.Kind == pim.Contacts {
							got = r.Reason
						}
					}
					if got != c.reason {
						t.Errorf("reason %q, want %q", got, c.reason)
					}
					h.restart()
				}
				s.Restore(before)
				rep := h.runs(pim.Complete)
				equal(t, h.view(), want)
				if rep.Counts.Held != 0 || rep.Counts.Deleted != 0 || rep.Counts.Created != 0 {
					t.Errorf("after the server came back: %+v", rep.Counts)
				}
			})
		}
	}
}

func TestMirror_CollectionVanishes_OthersGoOn(t *testing.T) {
	t.Parallel()
	s, _, cal, _ := town(t)
	s.AddCollection(pim.Contacts, "club", "Club").Fill(5, 8, gen.Card)
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	want := s.Objects()
	s.Lose(davtest.LoseCollection) // Friends
	cal.Put("late.ics", gen.Event(nil, 70, 1))
	want[davHref(cal, "late.ics")] = gen.Event(nil, 70, 1)
	rep := h.runs(pim.HeldBack)
	equal(t, h.view(), want)
	if k := h.known("Friends"); k.Vanished == "" || k.Held != 40 || !strings.Contains(k.Vanished, "the address book “Friends”") {
		t.Errorf("%+v", k)
	}
	if k := h.known("Club"); k.Vanished != "" || k.Held != 0 {
		t.Errorf("%+v", k)
	}
	if rep.Counts.Created != 1 || rep.Counts.Held != 40 {
		t.Errorf("%+v", rep.Counts)
	}
}

func davHref(c *davtest.Collection, name string) string { return c.Path() + name }

// The numbers just below the judge's thresholds are ordinary deletions.
func TestMirror_TidyingUp_IsBelieved(t *testing.T) {
	t.Parallel()
	for _, noSync := range []bool{false, true} {
		s, book, cal, tasks := town(t)
		if noSync {
			s.Set(davtest.NoSync)
		}
		h := newHome(t, s.URL())
		h.runs(pim.Complete)
		for _, n := range book.Names()[:10] { // a quarter
			book.Delete(n)
		}
		for _, n := range cal.Names()[:9] { // fewer than ten
			cal.Delete(n)
		}
		for _, n := range tasks.Names()[2:] { // fewer than five
			tasks.Delete(n)
		}
		rep := h.runs(pim.Complete)
		equal(t, h.view(), s.Objects())
		if rep.Counts.Deleted != 23 {
			t.Errorf("%+v", rep.Counts)
		}
	}
}

// What is held counts when more goes, and what comes back one by one is
// released one by one.
func TestMirror_HeldObjectsReturnOneByOne(t *testing.T) {
	t.Parallel()
	s, book, _, _ := town(t)
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	names := book.Names()
	bodies := map[string][]byte{}
	for _, n := range names[:20] {
		bodies[n], _, _ = book.Get(n)
		book.Delete(n)
	}
	if rep := h.runs(pim.HeldBack); rep.Counts.Held != 20 {
		t.Errorf("%+v", rep.Counts)
	}
	book.Delete(names[30])
	if rep := h.runs(pim.HeldBack); rep.Counts.Held != 21 || rep.Counts.Deleted != 0 {
		t.Errorf("%+v", rep.Counts)
	}
	for i, n := range names[:20] {
		book.Put(n, bodies[n])
		if i == 9 {
			if rep := h.runs(pim.HeldBack); rep.Counts.Held != 11 {
				t.Errorf("%+v", rep.Counts)
			}
		}
	}
	rep := h.runs(pim.HeldBack)
	if rep.Counts.Held != 1 { // the thirtieth stays held until somebody decides
		t.Errorf("%+v", rep.Counts)
	}
}

// A reported removal of half a collection is not believed before a listing
// says the same; this server's says the opposite.
func TestMirror_RemovalsThatNeverWere_CostNothing(t *testing.T) {
	t.Parallel()
	s, book, _, _ := town(t)
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	s.Set(davtest.UnrelatedDeletions)
	book.Put("new.vcf", gen.Card(nil, 50, 1))
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
}
