package mirror_test

import (
	"context"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// An object that can't be had costs that object: the run is partial, the token
// moves, and the object is what the next run asks for first.
func TestMirror_OneObjectFails_IsOwedAndTriedFirst(t *testing.T) {
	t.Parallel()
	s, book, _, _ := town(t)
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	book.Put("a.vcf", gen.Card(nil, 60, 1))
	book.Put("b.vcf", gen.Card(nil, 60, 2))
	broken := func(r davtest.Request) bool {
		return strings.HasSuffix(r.Path, "/a.vcf") || r.Report == "addressbook-multiget" || r.Inline
	}
	s.Fail(davtest.Fault{Kind: davtest.Status, Status: 500, Match: broken, Times: -1})
	s.Fail(davtest.Fault{Kind: davtest.Status, Status: 500, Match: func(r davtest.Request) bool { return r.Method == "GET" && strings.HasSuffix(r.Path, "/a.vcf") }, Times: -1})
	rep := h.runs(pim.Partial)
	if rep.Counts.Owed != 1 || rep.Counts.Created != 1 {
		t.Errorf("%+v", rep.Counts)
	}
	index, err := h.vault.Index(context.Background(), h.known("Friends").ID)
	h.must(err)
	for _, x := range index {
		if x.Owed && (x.Resource != 0 || x.Final || !strings.Contains(x.Why, "500")) {
			t.Errorf("%+v", x)
		}
	}
	s.ResetRequests()
	if rep := h.runs(pim.Partial); rep.Counts.Owed != 1 {
		t.Errorf("%+v", rep.Counts)
	}
	if k := h.known("Friends"); k.State.SyncToken == "" || k.Owed != 1 {
		t.Errorf("the position did not move: %+v", k.State)
	}

	s.ClearFaults()
	s.ResetRequests()
	book.Put("c.vcf", gen.Card(nil, 60, 3))
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
}

// Nothing changed but something is owed: two probes, and the fetch.
func TestMirror_OnlyOwed_NoListing(t *testing.T) {
	t.Parallel()
	s, book, _, _ := town(t)
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	book.Put("a.vcf", gen.Card(nil, 60, 1))
	s.Fail(davtest.Fault{Kind: davtest.Status, Status: 500, Times: -1,
		Match: func(r davtest.Request) bool { return r.Inline || strings.HasSuffix(r.Path, "/a.vcf") }})
	h.runs(pim.Partial)
	s.ClearFaults()
	s.ResetRequests()
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
	for _, r := range s.Requests() {
		if r.Report == "sync-collection" || r.Method == "PROPFIND" && strings.HasSuffix(r.Path, "/friends/") {
			t.Errorf("listed again:\n%s", s.Transcript())
		}
	}
}

// Listed, and 404 for ever: after the third run it is named and left alone, and
// asked for again when its entry changes or at the weekly listing.
func TestMirror_ListedButGone_IsFinalAfterThreeRuns(t *testing.T) {
	t.Parallel()
	s, book, _, _ := town(t)
	book.PutGhost("ghost.vcf")
	h := newHome(t, s.URL())
	h.runs(pim.Partial)
	h.runs(pim.Partial)
	rep := h.runs(pim.Complete)
	if rep.Counts.Owed != 1 {
		t.Errorf("%+v", rep.Counts)
	}
	s.ResetRequests()
	h.runs(pim.Complete)
	atMost(t, s, 2)

	asked := func(r davtest.Request) bool {
		return strings.HasSuffix(r.Path, "/ghost.vcf") || r.Report == "addressbook-multiget"
	}
	book.Put("other.vcf", gen.Card(nil, 61, 1)) // not its entry
	s.ResetRequests()
	h.runs(pim.Complete)
	if n := s.CountOf(func(r davtest.Request) bool { return strings.HasSuffix(r.Path, "/ghost.vcf") }); n != 0 {
		t.Errorf("asked for again:\n%s", s.Transcript())
	}
	h.clock = h.clock.AddDate(0, 0, 8)
	s.ResetRequests()
	h.runs(pim.Complete)
	if s.CountOf(asked) == 0 {
		t.Errorf("not asked for at the weekly listing:\n%s", s.Transcript())
	}
	book.Put("ghost.vcf", gen.Card(nil, 61, 2))
	rep = h.runs(pim.Complete)
	if rep.Counts.Owed != 0 {
		t.Errorf("%+v", rep.Counts)
	}
	equal(t, h.view(), s.Objects())
}

// One poisoned href fails every multiget that names it: the others come all the
// same, and in far fewer requests than one each.
func TestMirror_OnePoisonedHref_CostsOneObject(t *testing.T) {
	t.Parallel()
	s := davtest.New(t)
	s.Set(davtest.MultigetDeadHref, davtest.NoQuery, davtest.NoSync)
	book := s.AddCollection(pim.Contacts, "friends", "Friends")
	book.Fill(300, 1, gen.Card)
	book.PutGhost("poison.vcf")
	h := newHome(t, s.URL())
	s.ResetRequests()
	rep := h.runs(pim.Partial)
	if rep.Counts.Created != 300 || rep.Counts.Owed != 1 {
		t.Errorf("%+v", rep.Counts)
	}
	equal(t, h.view(), s.Objects())
	atMost(t, s, 60)
}

// The token never moves without its data: a run whose fetches are cut off
// again and again fails, and the next one sees every change again.
func TestMirror_TokenNeverMovesWithoutItsData(t *testing.T) {
	t.Parallel()
	s, book, _, _ := town(t)
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	before := h.known("Friends").State
	for i := range 30 {
		book.Put(book.Names()[i], gen.Card(nil, 62, i))
	}
	data := func(r davtest.Request) bool { return r.Inline || r.Method == "GET" }
	s.Fail(davtest.Fault{Kind: davtest.Cut, After: 3000, Match: data, Times: -1})
	h.runs(pim.Failed)
	if got := h.known("Friends").State; got.SyncToken != before.SyncToken || got.CTag != before.CTag || got.LastComplete != before.LastComplete {
		t.Errorf("the position moved: %+v, was %+v", got, before)
	}
	s.ClearFaults()
	h.restart()
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
}

func TestMirror_EqualUIDsAndEqualHrefs_AllKept(t *testing.T) {
	t.Parallel()
	s := davtest.New(t)
	card := gen.Card(nil, 1, 1)
	book := s.AddCollection(pim.Contacts, "one", "One")
	cal := s.AddCollection(pim.Calendar, "two", "Two")
	book.Put("x.vcf", card)
	book.Put("y.vcf", card)
	book.Put("same", card)
	cal.Put("same", gen.Event(nil, 1, 1))
	h := newHome(t, s.URL())
	rep := h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
	if rep.Counts.Objects != 4 {
		t.Errorf("%+v", rep.Counts)
	}
}
