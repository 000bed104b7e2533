package restore_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
	"sidekeep/sync/restore"
)

// Two plans of the same, made before either was carried out, on servers that keep
// names and UIDs and on those that give their own: everything is there once, into
// collections that are there and into those that are to be made.
func TestRestore_TwoPlansOfTheSame_NothingTwice(t *testing.T) {
	t.Parallel()
	servers := map[string][]davtest.Quirk{"plain": nil}
	for name, quirks := range willful {
		servers[name] = quirks
	}
	for name, quirks := range servers {
		for _, makes := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, makes %v", name, makes), func(t *testing.T) {
				t.Parallel()
				from := davtest.New(t)
				book := from.AddCollection(pim.Contacts, "friends", "Friends")
				fillAlike(book)
				book.Fill(15, 1, gen.Card)
				from.AddCollection(pim.Calendar, "work", "Work").Fill(10, 2, gen.Event)
				h := openHome(t, t.TempDir())
				h.window = 6
				wanted := h.wanted(h.add("cloud", from.URL()))
				s := davtest.New(t, davtest.WithQuirks(quirks...))
				if !makes {
					s.AddCollection(pim.Contacts, "friends", "Friends")
					s.AddCollection(pim.Calendar, "work", "Work")
				}
				to := h.add("other", s.URL())
				ask := pim.RestoreAsk{Make: true}
				first, second := h.plan(ask, to, wanted), h.plan(ask, to, wanted)
				h.runs(to, first)
				h.mirror(to)
				before := s.Objects()
				re, err := h.run(to, second)
				if makes {
					wantOutOfDate(t, re, err)
				} else if c := counts(re); err != nil || c[pim.DoneCreated]+c[pim.DoneAltered]+c[pim.DoneUpdated] > 0 {
					t.Errorf("%v %s", err, receipt(re))
				}
				equal(t, s.Objects(), before)
				if a := actions(h.saved(h.plan(ask, to, wanted))); a[pim.Create] > 0 {
					t.Errorf("planned again: %v", a)
				}
			})
		}
	}
}

func wantOutOfDate(t *testing.T, re pim.Restore, err error) {
	t.Helper()
	var e *pim.Error
	if !errors.As(err, &e) || e.Fault != pim.Invalid || e.Reason != restore.ReasonOutOfDate {
		t.Fatalf("%v", err)
	}
	if re.State != "planned" || !re.Started.IsZero() || !re.Ended.IsZero() || slices.ContainsFunc(re.Steps, func(st pim.RestoreStep) bool { return st.State != "todo" }) {
		t.Errorf("state %q since %v: %s", re.State, re.Started, receipt(re))
	}
}

// Somebody makes a collection of that name while a plan waits: nothing is written,
// and a new plan goes into theirs.
func TestRestore_SomebodyMadeTheCollection_IsPlannedAnew(t *testing.T) {
	t.Parallel()
	from, _, _, _ := town(t)
	h := openHome(t, t.TempDir())
	wanted := h.wanted(h.add("cloud", from.URL()))
	s := davtest.New(t)
	to := h.add("other", s.URL())
	ask := pim.RestoreAsk{Make: true}
	id := h.plan(ask, to, wanted)
	theirs := s.AddCollection(pim.Calendar, "mine", " work") // as it is compared: without case and spaces
	s.ResetRequests()
	re, err := h.run(to, id)
	wantOutOfDate(t, re, err)
	for _, r := range s.Requests() {
		if r.Method == http.MethodPut || r.Method == "MKCOL" || r.Method == "MKCALENDAR" {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
	h.runs(to, h.plan(ask, to, wanted))
	if theirs.Len() != 30 || len(s.Collections()) != 3 {
		t.Errorf("%d in theirs, %v", theirs.Len(), s.Collections())
	}
}

// What a restore made is renamed. A plan from before is refused all the same, a new
// one finds it under its new name; that of another collection of the old name does
// not take it.
func TestRestore_WhatWasMadeIsRenamed_IsKnownAgain(t *testing.T) {
	t.Parallel()
	from := davtest.New(t)
	from.AddCollection(pim.Contacts, "friends", "Friends").Fill(12, 1, gen.Card)
	namesake := davtest.New(t)
	namesake.AddCollection(pim.Contacts, "friends", "Friends").Fill(5, 2, gen.Card)
	h := openHome(t, t.TempDir())
	wanted, others := h.wanted(h.add("cloud", from.URL())), h.wanted(h.add("namesake", namesake.URL()))
	s := davtest.New(t)
	to := h.add("other", s.URL())
	ask := pim.RestoreAsk{Make: true}
	first, second := h.plan(ask, to, wanted), h.plan(ask, to, wanted)
	h.clock = h.clock.Add(time.Minute)
	h.runs(to, first)
	s.Collections()[0].Rename("Old friends")
	re, err := h.run(to, second)
	wantOutOfDate(t, re, err)
	third := h.saved(h.plan(ask, to, wanted))
	if actions(third)[pim.Identical] != 12 || len(third.Makes) != 0 {
		t.Errorf("%v %v", actions(third), third.Makes)
	}
	h.runs(to, h.plan(ask, to, others))
	if all := s.Collections(); len(all) != 2 || all[0].Len() != 12 || all[1].Len() != 5 {
		t.Errorf("%v", all)
	}
}
