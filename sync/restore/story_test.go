package restore_test

import (
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
	"sidekeep/sync/restore"
)

// town is a server with an address book, a calendar and a list of tasks.
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

func empty(c *davtest.Collection) {
	for _, n := range c.Names() {
		c.Delete(n)
	}
}

func TestRestore_ServerLosesEverything_ItIsAllBack(t *testing.T) {
	t.Parallel()
	s, book, cal, tasks := town(t)
	h := openHome(t, t.TempDir())
	a := h.add("home", s.URL())
	before := s.Objects()
	wanted := h.wanted(a)
	for _, c := range []*davtest.Collection{book, cal, tasks} {
		empty(c)
	}
	id := h.plan(pim.RestoreAsk{}, a, wanted)
	s.ResetRequests()
	re := h.runs(a, id)
	equal(t, s.Objects(), quiet(before))
	if c := counts(re); c[pim.DoneCreated] != 76 || len(c) != 1 {
		t.Errorf("%s", receipt(re))
	}
	t.Logf("%d requests for 76 objects", s.CountRequests())
	if s.CountRequests() > 76+2+6 {
		t.Errorf("%d requests:\n%s", s.CountRequests(), requests(s))
	}
	// A second plan finds it all there.
	again := h.plan(pim.RestoreAsk{}, a, wanted)
	if x := actions(h.saved(again)); x[pim.Identical] != 76 {
		t.Errorf("%v\n%s", x, receipt(h.saved(again)))
	}
	s.ResetRequests()
	if re := h.runs(a, again); counts(re)[pim.DoneIdentical] != 76 || s.CountRequests() != 0 {
		t.Errorf("%s\n%s", receipt(re), requests(s))
	}
}

func TestRestore_TellsOfEachObjectAsItIsWritten(t *testing.T) {
	t.Parallel()
	s, book, _, _ := town(t)
	h := openHome(t, t.TempDir())
	a := h.add("home", s.URL())
	wanted := h.wanted(a)
	empty(book)
	id := h.plan(pim.RestoreAsk{}, a, wanted)
	var told []restore.Step
	r, closeAll := h.restorer(a)
	defer closeAll()
	r.Progress = func(st restore.Step) { told = append(told, st) }
	if _, err := r.Run(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	last, early := restore.Step{}, 0
	for _, st := range told {
		if st.Sent < last.Sent || st.Sent < st.Done || st.Sent >= st.Total && st.Done < st.Total || st.Sent > max(last.Sent+1, st.Done) {
			t.Errorf("%+v after %+v", st, last)
		}
		if st.Sent > st.Done {
			early++
		}
		last = st
	}
	if early < 40 || last.Done != last.Total || last.Total != 76 {
		t.Errorf("%d of 40 writes were told of at once; at the end %+v", early, last)
	}
}
