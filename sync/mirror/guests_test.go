package mirror_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// three is an account of three collections of 40 objects each, mirrored.
func three(t *testing.T) (*davtest.Server, []*davtest.Collection, *home) {
	t.Helper()
	s := davtest.New(t)
	all := []*davtest.Collection{
		s.AddCollection(pim.Contacts, "friends", "Friends"),
		s.AddCollection(pim.Calendar, "work", "Work"),
		s.AddCollection(pim.Calendar, "todo", "Things to do"),
	}
	for i, c := range all {
		c.Fill(40, uint64(i+1), makers[i])
	}
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	return s, all, h
}

var makers = []gen.Maker{gen.Card, gen.Event, gen.Task}

// guest puts somebody else's objects into the first n collections, in the place of
// what was there or beside it.
func guest(all []*davtest.Collection, n, objects int) {
	for i, c := range all[:n] {
		for j := range objects {
			name := fmt.Sprintf("theirs-%d-%d.%s", i, j, []string{"vcf", "ics", "ics"}[i])
			c.Put(name, makers[i](nil, uint64(900+i), j))
		}
	}
}

// put puts back what a snapshot of names and bytes has, and takes away the rest.
func put(c *davtest.Collection, want map[string][]byte) {
	for _, n := range c.Names() {
		c.Delete(n)
	}
	for path, body := range want {
		c.Put(path[strings.LastIndexByte(path, '/')+1:], body)
	}
}

func objectsOf(all []*davtest.Collection) (out []map[string][]byte) {
	for _, c := range all {
		out = append(out, c.Objects())
	}
	return out
}

// Somebody else's objects stand in all collections for a while: when they go
// again it is nobody's loss, and the incident is over once one's own are back. A
// loss of these afterwards is another one, and told.
func TestGuests_GoAgain_AreNoLoss(t *testing.T) {
	t.Parallel()
	s, all, h := three(t)
	own, bytes := s.Objects(), objectsOf(all)
	empty(all...)
	guest(all, 3, 30)
	for range 2 {
		if rep := h.runs(pim.HeldBack); rep.Counts.Held != 120 {
			t.Errorf("%+v\n%s", rep.Counts, describe(rep))
		}
	}
	x := h.incidents(true, pim.WrongAccount)[0]
	if x.CollID != 0 || x.Gone != 120 || x.Live != 120 || len(h.notify()) != 1 || len(h.view()) != 210 {
		t.Errorf("%+v", x)
	}
	for name := range x.Evidence {
		if strings.Contains(name, "guest") {
			t.Errorf("evidence %q", name)
		}
	}
	put(all[0], bytes[0]) // one collection comes back first
	if rep := h.runs(pim.HeldBack); rep.Counts.Held != 80 || rep.Counts.Deleted != 30 {
		t.Errorf("%+v\n%s", rep.Counts, describe(rep))
	}
	if y := h.incidents(true, pim.WrongAccount)[0]; y.Gone != 80 || !strings.Contains(y.Message, "80 of the 120 items") {
		t.Errorf("%+v", y)
	}
	put(all[1], bytes[1])
	put(all[2], bytes[2])
	h.restart()
	if rep := h.runs(pim.Complete); rep.Counts.Held != 0 || rep.Counts.Deleted != 60 {
		t.Errorf("%+v\n%s", rep.Counts, describe(rep))
	}
	equal(t, h.view(), own)
	h.incidents(true)
	if y := h.incidents(false, pim.WrongAccount)[0]; y.Closed != pim.Recovered || len(h.notify()) > 0 {
		t.Errorf("%+v", y)
	}
	for _, n := range all[1].Names()[:2] { // a little tidying afterwards is no slow loss
		all[1].Delete(n)
	}
	h.runs(pim.Complete)
	for _, n := range all[0].Names()[:30] {
		all[0].Delete(n)
	}
	h.runs(pim.HeldBack)
	if y := h.incidents(true, pim.LargeDeletion)[0]; y.Gone != 30 || y.Live != 40 || len(h.notify()) != 1 {
		t.Errorf("%+v", y)
	}
}

// Where the guests go and only a part of one's own comes back, the rest stays held,
// and what is lost of it meanwhile is too.
func TestGuests_HideNoLoss(t *testing.T) {
	t.Parallel()
	s, all, h := three(t)
	own, bytes := s.Objects(), objectsOf(all)
	empty(all[0])
	guest(all, 1, 30)
	h.runs(pim.HeldBack)
	x := h.incidents(true, pim.WrongAccount)[0]
	put(all[0], bytes[0])
	for _, n := range all[0].Names()[:15] {
		all[0].Delete(n)
	}
	if rep := h.runs(pim.HeldBack); rep.Counts.Held != 15 || rep.Counts.Deleted != 30 {
		t.Errorf("%+v\n%s", rep.Counts, describe(rep))
	}
	for _, n := range all[0].Names()[:20] {
		all[0].Delete(n)
	}
	if rep := h.runs(pim.HeldBack); rep.Counts.Held != 35 || rep.Counts.Deleted != 0 {
		t.Errorf("%+v\n%s", rep.Counts, describe(rep))
	}
	equal(t, h.view(), own)
	objects := must(h.vault.IncidentObjects(context.Background(), x.ID))(t)
	if y := h.incidents(true, pim.LargeDeletion)[0]; y.ID != x.ID || y.Gone != 35 || y.Live != 40 || len(objects) != 35 {
		t.Errorf("%+v, %d objects", y, len(objects))
	}
	put(all[0], bytes[0])
	h.runs(pim.Complete)
	h.incidents(true)
}

// What somebody else does to their objects is told to nobody.
func TestGuests_Changed_AreNoRewrite(t *testing.T) {
	t.Parallel()
	_, all, h := three(t)
	bytes := objectsOf(all)
	empty(all[0])
	guest(all, 1, 30)
	h.runs(pim.HeldBack)
	for j := range 30 {
		all[0].Put(fmt.Sprintf("theirs-0-%d.vcf", j), gen.Card(nil, 77, j))
	}
	h.runs(pim.HeldBack)
	h.incidents(true, pim.WrongAccount)
	put(all[0], bytes[0])
	h.runs(pim.Complete)
	h.incidents(false, pim.WrongAccount)
}

// Guests that a person says are their own are ordinary objects.
func TestGuests_Accepted_AreOnesOwn(t *testing.T) {
	t.Parallel()
	s, all, h := three(t)
	empty(all...)
	guest(all, 3, 30)
	h.runs(pim.HeldBack)
	h.decide(h.incidents(true, pim.WrongAccount)[0].ID, pim.Accepted)
	h.runs(pim.Complete)
	want := s.Objects()
	equal(t, h.view(), want)
	empty(all...)
	if rep := h.runs(pim.HeldBack); rep.Counts.Held != 90 || rep.Counts.Deleted != 0 {
		t.Errorf("%+v\n%s", rep.Counts, describe(rep))
	}
	equal(t, h.view(), want)
}

// One's own that come to be under another name while the incident is open are no
// guests there.
func TestGuests_OwnUnderAnotherName_AreNone(t *testing.T) {
	t.Parallel()
	_, all, h := three(t)
	bytes := objectsOf(all)
	empty(all[0])
	guest(all, 1, 30)
	h.runs(pim.HeldBack)
	n := 0
	for _, body := range bytes[0] {
		if n++; n <= 35 {
			all[0].Put(fmt.Sprintf("renamed-%d.vcf", n), body)
		}
	}
	h.runs(pim.HeldBack)
	for _, n := range all[0].Names() {
		if strings.HasPrefix(n, "renamed") {
			all[0].Delete(n)
		}
	}
	if rep := h.runs(pim.HeldBack); rep.Counts.Held != 40 || rep.Counts.Deleted != 0 {
		t.Errorf("%+v\n%s", rep.Counts, describe(rep))
	}
}

// Two collections hold somebody else's objects and one is empty: the account is not.
func TestGuests_BesideAnEmptyCollection_AreAnotherAccounts(t *testing.T) {
	t.Parallel()
	_, all, h := three(t)
	empty(all...)
	guest(all, 2, 30)
	for range 2 {
		h.runs(pim.HeldBack)
		x := h.incidents(true, pim.WrongAccount)[0]
		if x.CollID != 0 || x.Gone != 120 || !strings.Contains(x.Message, "none of your 120 items is in it") {
			t.Errorf("%+v", x)
		}
	}
}

// All is lost, comes back, and is lost again within the day: it is told anew.
func TestIncident_LostAgainAfterARecovery_IsToldAnew(t *testing.T) {
	t.Parallel()
	s, all, h := three(t)
	own, bytes := s.Objects(), objectsOf(all)
	for range 2 {
		empty(all...)
		h.runs(pim.HeldBack)
		equal(t, h.view(), own)
		x := h.incidents(true, pim.AccountEmptied)[0]
		told := h.notify()
		if len(told) != 1 || told[0] != x.Message || !strings.Contains(x.Message, "Your account on the server is empty") || !x.Since.Equal(h.clock) || x.Gone != 120 {
			t.Errorf("%q, %+v", told, x)
		}
		for i, c := range all {
			put(c, bytes[i])
		}
		h.runs(pim.Complete)
		h.incidents(true)
		h.clock = h.clock.Add(7 * time.Hour) // sooner it is one notification
	}
}
