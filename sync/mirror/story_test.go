package mirror_test

import (
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// town is a server with an address book of 40 cards, a calendar of 30 events
// and a list of 6 tasks.
func town(t *testing.T, opts ...davtest.Option) (s *davtest.Server, book, cal, tasks *davtest.Collection) {
	t.Helper()
	s = davtest.New(t, opts...)
	book = s.AddCollection(pim.Contacts, "friends", "Friends")
	cal = s.AddCollection(pim.Calendar, "work", "Work")
	tasks = s.AddCollection(pim.Calendar, "todo", "Things to do")
	book.Fill(40, 1, gen.CardWithPhoto)
	cal.Fill(30, 2, gen.Event)
	tasks.Fill(6, 3, gen.Task)
	return s, book, cal, tasks
}

// settled is the town, and a home that has mirrored it once.
func settled(t *testing.T, quirks ...davtest.Quirk) (s *davtest.Server, book, cal *davtest.Collection, h *home) {
	t.Helper()
	s, book, cal, _ = town(t, davtest.WithQuirks(quirks...))
	h = newHome(t, s.URL())
	h.runs(pim.Complete)
	return s, book, cal, h
}

// byEitherListing tells a story of a settled town twice: with sync-collection,
// and with full listings alone.
func byEitherListing(t *testing.T, story func(t *testing.T, s *davtest.Server, book *davtest.Collection, h *home)) {
	for name, quirks := range map[string][]davtest.Quirk{"sync-collection": nil, "listing": {davtest.NoSync}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, book, _, h := settled(t, quirks...)
			story(t, s, book, h)
		})
	}
}

func TestMirror_FirstTime_EverythingIsHereByteForByte(t *testing.T) {
	t.Parallel()
	s, _, _, _ := town(t)
	h := newHome(t, s.URL())
	s.ResetRequests()
	rep := h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
	atMost(t, s, 2+3+2) // two home-sets, a collection each; which cards are vCard 4.0, and these
	if rep.Counts.Created != 76 || rep.Counts.Objects != 76 || rep.Traffic.Requests != int64(s.CountRequests()) {
		t.Errorf("%+v %+v", rep.Counts, rep.Traffic)
	}
	if len(h.steps) == 0 || h.steps[len(h.steps)-1].Collection == "" {
		t.Errorf("steps: %+v", h.steps)
	}
	for _, c := range rep.Collections {
		if !c.Full || c.Unchanged || c.ID == 0 {
			t.Errorf("%+v", c)
		}
	}
}

func TestMirror_NoChange_OneRequestAHomeSet(t *testing.T) {
	t.Parallel()
	s, _, _, _ := town(t)
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	h.restart()
	s.ResetRequests()
	rep := h.runs(pim.Complete)
	atMost(t, s, 2)
	for _, c := range rep.Collections {
		if !c.Unchanged || c.Counts.Created+c.Counts.Modified+c.Counts.Deleted != 0 {
			t.Errorf("%+v", c)
		}
	}
	if k := h.known("Friends"); !k.State.LastComplete.Equal(h.clock) {
		t.Errorf("last complete %v, want %v", k.State.LastComplete, h.clock)
	}
}

func TestMirror_AddModifyDelete_AtMostFiveRequests(t *testing.T) {
	t.Parallel()
	s, book, _, _ := town(t)
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	names := book.Names()
	for i := range 4 {
		book.Put(names[i], gen.Card(nil, 9, i))
		book.Put("new"+names[i], gen.Card(nil, 10, i))
	}
	book.Delete(names[5])
	book.Delete(names[6])
	s.ResetRequests()
	rep := h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
	atMost(t, s, 5)
	if c := rep.Counts; c.Created != 4 || c.Modified != 4 || c.Deleted != 2 || c.Held != 0 || c.Owed != 0 {
		t.Errorf("%+v", c)
	}
}

func TestMirror_AWeekLater_ListsInFullWhateverTheTokenSays(t *testing.T) {
	t.Parallel()
	s, _, _, _ := town(t)
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	h.clock = h.clock.AddDate(0, 0, 8)
	s.ResetRequests()
	rep := h.runs(pim.Complete)
	for _, c := range rep.Collections {
		if !c.Full || c.Unchanged {
			t.Errorf("%+v", c)
		}
	}
	atMost(t, s, 2+3)
	s.ResetRequests()
	h.runs(pim.Complete)
	atMost(t, s, 2)
}
