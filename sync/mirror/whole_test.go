package mirror_test

import (
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// The account is emptied: collections of one and of two objects are held with
// the others, wherever they stand in the list, and it is one incident.
func TestIncident_AccountEmptied_SmallCollectionsToo(t *testing.T) {
	t.Parallel()
	s := davtest.New(t)
	s.AddCollection(pim.Contacts, "a", "A").Fill(2, 8, gen.Card)
	s.AddCollection(pim.Contacts, "b", "B").Fill(40, 1, gen.Card)
	s.AddCollection(pim.Calendar, "c", "C").Fill(1, 2, gen.Event)
	s.AddCollection(pim.Calendar, "d", "D").Fill(30, 3, gen.Event)
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	want := s.Objects()
	s.Lose(davtest.LoseEverything)
	rep := h.runs(pim.HeldBack)
	equal(t, h.view(), want)
	if rep.Counts.Held != 73 || rep.Counts.Deleted != 0 {
		t.Errorf("%+v\n%s", rep.Counts, describe(rep))
	}
	x := h.incidents(true, pim.AccountEmptied)[0]
	if x.Gone != 73 || !strings.Contains(x.Message, "all 4 of its address books and calendars, with 73 items") {
		t.Errorf("%+v", x)
	}
	if told := h.notify(); len(told) != 1 {
		t.Errorf("%q", told)
	}
}

// Of an account that lost everything a part comes back, and goes again: what the
// incident says is what is missing at that time.
func TestIncident_AccountEmptied_SaysWhatIsMissingStill(t *testing.T) {
	t.Parallel()
	s, book, _, h := settled(t)
	bodies := book.Objects()
	s.Lose(davtest.LoseEverything)
	h.runs(pim.HeldBack)
	x := h.incidents(true, pim.AccountEmptied)[0]
	all, message := x.Gone, x.Message
	for path, body := range bodies {
		book.Put(path[strings.LastIndexByte(path, '/')+1:], body)
	}
	h.runs(pim.HeldBack)
	y := h.incidents(true, pim.AccountEmptied)[0]
	if y.ID != x.ID || y.Gone != all-40 || y.Evidence["gone"] != y.Gone || y.Evidence["collections"] != 2 ||
		y.Message != "Your server still lacks 36 of the 76 items that your account had. Nothing was removed here." {
		t.Errorf("%+v", y)
	}
	for _, n := range book.Names() {
		book.Delete(n)
	}
	h.runs(pim.HeldBack)
	if z := h.incidents(true, pim.AccountEmptied)[0]; z.Gone != all || z.Evidence["gone"] != all || z.Message != message {
		t.Errorf("%+v", z)
	}
}
