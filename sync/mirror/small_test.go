package mirror_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// lists makes an account of short address books and mirrors it.
func lists(t *testing.T, sizes ...int) (*davtest.Server, []*davtest.Collection, *home) {
	t.Helper()
	s := davtest.New(t)
	var all []*davtest.Collection
	for i, n := range sizes {
		c := s.AddCollection(pim.Contacts, string(rune('a'+i)), string(rune('A'+i)))
		c.Fill(n, uint64(100+i), gen.Card)
		all = append(all, c)
	}
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	return s, all, h
}

func empty(cs ...*davtest.Collection) {
	for _, c := range cs {
		for _, n := range c.Names() {
			c.Delete(n)
		}
	}
}

// Each list is too short for its own loss to say anything. All of them at once
// are a server that lost everything.
func TestIncident_ShortListsAllEmptied_AreHeldAsOne(t *testing.T) {
	t.Parallel()
	for _, noSync := range []bool{false, true} {
		for _, sizes := range [][]int{{2, 2, 2}, {2, 1}, {1, 0, 1, 1}} {
			s, all, h := lists(t, sizes...)
			if noSync {
				s.Set(davtest.NoSync)
				h.runs(pim.Complete)
			}
			want, before := s.Objects(), s.Snapshot()
			empty(all...)
			told := 0
			for range 3 {
				if rep := h.runs(pim.HeldBack); rep.Counts.Deleted != 0 || rep.Counts.Held != len(want) {
					t.Errorf("%v: %+v", sizes, rep.Counts)
				}
				equal(t, h.view(), want)
				told += len(h.notify())
			}
			if x := h.incidents(true, pim.AccountEmptied)[0]; told != 1 || x.Gone != len(want) || !strings.Contains(x.Message, "is empty") {
				t.Errorf("told %d times: %+v", told, x)
			}
			s.Restore(before)
			h.runs(pim.Complete)
			h.incidents(true)
		}
	}
}

// One of them that is emptied while another one still has something is believed,
// and so are two entries in all.
func TestIncident_ShortListEmptied_IsBelieved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ sizes, emptied []int }{
		"one of three":   {[]int{2, 2, 2}, []int{1}},
		"two of three":   {[]int{2, 2, 2}, []int{0, 2}},
		"the only one":   {[]int{2}, []int{0}},
		"two entries":    {[]int{1, 1}, []int{0, 1}},
		"beside nothing": {[]int{0, 2, 0}, []int{1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, all, h := lists(t, c.sizes...)
			for _, i := range c.emptied {
				empty(all[i])
			}
			h.runs(pim.Complete)
			equal(t, h.view(), s.Objects())
			h.incidents(false)
		})
	}
}

// A list that is emptied now and then may be emptied again, but not while every
// other list of the account loses everything.
func TestIncident_ListOfHabit_NotWhileAllOthersLoseEverything(t *testing.T) {
	t.Parallel()
	s, all, h := lists(t, 2, 0)
	shopping := all[1]
	fill := func(seed uint64) { shopping.Fill(2, seed, gen.Card); h.runs(pim.Complete) }
	fill(200)
	empty(shopping)
	h.runs(pim.Complete)
	shopping.Fill(5, 201, gen.Card)
	h.runs(pim.Complete)
	empty(shopping) // as before
	h.runs(pim.Complete)
	h.incidents(false)
	shopping.Fill(5, 202, gen.Card)
	h.runs(pim.Complete)
	want := s.Objects()
	empty(all...)
	h.runs(pim.HeldBack)
	equal(t, h.view(), want)
	if x := h.incidents(true, pim.AccountEmptied)[0]; x.Gone != 7 {
		t.Errorf("%+v", x)
	}
}

// What came into a collection that vanishes in the same mirroring is no place for
// anything to have moved to: both are held.
func TestIncident_MovedIntoACollectionThatVanishes_IsHeld(t *testing.T) {
	t.Parallel()
	for _, order := range []string{"ab", "ba"} {
		s := davtest.New(t)
		var from, to *davtest.Collection
		for _, name := range order {
			c := s.AddCollection(pim.Contacts, string(name), strings.ToUpper(string(name)))
			if name == 'a' {
				from = c
			} else {
				to = c
			}
		}
		s.AddCollection(pim.Contacts, "other", "Other").Fill(5, 300, gen.Card) // the account is not empty
		from.Fill(24, 301, gen.Card)
		h := newHome(t, s.URL())
		h.runs(pim.Complete)
		// The copies arrive while the first collection fails, so that for it they are
		// newer than its last good run.
		for _, n := range from.Names() {
			body, _, _ := from.Get(n)
			to.Put("copy-"+n, body)
		}
		from.Put("new.vcf", gen.Card(nil, 302, 1))
		s.Fail(davtest.Fault{Kind: davtest.Status, Status: 500, Times: -1, Match: func(r davtest.Request) bool { return strings.HasPrefix(r.Path, from.Path()) }})
		h.runs(pim.Failed)
		s.ClearFaults()
		from.Delete("new.vcf")
		want := s.Objects()
		from.Remove()
		to.Remove()
		rep := h.runs(pim.HeldBack)
		if rep.Counts.Held != 48 || rep.Counts.Deleted != 0 {
			t.Errorf("%s: %+v\n%s", order, rep.Counts, describe(rep))
		}
		equal(t, h.view(), want)
		h.incidents(true, pim.CollectionGone, pim.CollectionGone)
	}
}

// An incident that nobody decided on for a year does not swallow another loss: it
// is told once more, in words of its own.
func TestIncident_AnotherLossBesideAnOpenOne_IsToldOnceMore(t *testing.T) {
	t.Parallel()
	_, book, cal, h := settled(t)
	for _, n := range book.Names()[:12] {
		book.Delete(n)
	}
	h.runs(pim.HeldBack)
	if told := h.notify(); len(told) != 1 {
		t.Fatalf("told %q", told)
	}
	quiet := func() {
		t.Helper()
		for range 3 {
			h.runs(pim.HeldBack)
			if told := h.notify(); len(told) > 0 {
				t.Errorf("told %q", told)
			}
		}
	}
	quiet()
	h.clock = h.clock.AddDate(1, 0, 0)
	quiet()
	book.Delete(book.Names()[0]) // one is no reason
	quiet()
	want := h.view()
	for _, n := range book.Names()[:15] {
		book.Delete(n)
	}
	h.runs(pim.HeldBack)
	equal(t, h.view(), want)
	if told := h.notify(); len(told) != 1 || told[0] != "Your server has lost more: another 15 of your 40 contacts are missing now, and 28 in all. Nothing was removed here." {
		t.Errorf("told %q", told)
	}
	if x := h.incidents(true, pim.LargeDeletion)[0]; x.Gone != 28 {
		t.Errorf("%+v", x)
	}
	for _, n := range book.Names()[:5] { // on the same day: one was told
		book.Delete(n)
	}
	quiet()
	h.clock = h.clock.AddDate(0, 0, 3)
	for i, n := range cal.Names() { // changes have an incident of their own
		cal.Put(n, gen.Event(nil, 88, i))
	}
	h.runs(pim.HeldBack)
	first := h.notify()
	h.clock = h.clock.AddDate(1, 0, 0)
	for i, n := range cal.Names() {
		cal.Put(n, hollowed(gen.Event(nil, 89, i)))
	}
	h.runs(pim.HeldBack)
	if again := h.notify(); len(first) != 1 || len(again) != 1 || again[0] == first[0] {
		t.Errorf("told %q, then %q", first, again)
	}
	quiet()
	for _, x := range h.incidents(true, pim.Emptied, pim.Emptied, pim.LargeDeletion)[:2] {
		for _, o := range must(h.vault.IncidentObjects(context.Background(), x.ID))(t) {
			if o.Before == 0 || o.After == 0 {
				t.Errorf("%+v", o)
			}
		}
	}
}

// The same of an account as a whole: what is left of its incident does not hide a
// loss of another collection.
func TestIncident_AnotherLossBesideTheAccounts_IsToldOnceMore(t *testing.T) {
	t.Parallel()
	s, book, cal, h := settled(t)
	before := s.Snapshot()
	s.Lose(davtest.LoseEverything)
	h.runs(pim.HeldBack)
	h.notify()
	s.Restore(before)
	book.Delete(book.Names()[0]) // one never came back
	h.runs(pim.HeldBack)
	h.clock = h.clock.AddDate(1, 0, 0)
	h.runs(pim.HeldBack)
	if told := h.notify(); len(told) > 0 {
		t.Errorf("told %q", told)
	}
	empty(cal)
	h.runs(pim.HeldBack)
	told := h.notify()
	if len(told) != 1 || told[0] != "Your server has lost more: it lacks 31 of the 76 items that your account had. Nothing was removed here." {
		t.Errorf("told %q", told)
	}
	h.incidents(true, pim.AccountEmptied)
}

// A collection that is copied to another address, object by object and over days,
// and then removed at the old one, was moved: nothing stays held. What lacks more
// than one in twenty was not.
func TestIncident_CollectionCopiedAndRemoved_IsMoved(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lacks  int
		daysIn int
		held   int
	}{{0, 1, 0}, {2, 1, 2}, {3, 1, 40}, {0, 60, 40}} {
		s, book, _, h := settled(t)
		h.clock = h.clock.AddDate(0, 0, 1)
		copied := s.AddCollection(pim.Contacts, "people", "People")
		for _, n := range book.Names()[c.lacks:] {
			body, _, _ := book.Get(n)
			copied.Put(n, body)
		}
		h.runs(pim.Complete)
		for range c.daysIn { // for all the time it is in both places
			h.clock = h.clock.AddDate(0, 0, 1)
			h.runs(pim.Complete)
		}
		book.Remove()
		outcome := pim.Complete
		if c.held > 0 {
			outcome = pim.HeldBack
		}
		for range 2 {
			if rep := h.runs(outcome); rep.Counts.Held != c.held {
				t.Errorf("%+v: %+v\n%s", c, rep.Counts, describe(rep))
			}
		}
		told := h.notify()
		if len(told) != min(c.held, 1) {
			t.Errorf("%+v: told %q", c, told)
		}
	}
}

// A collection that vanishes, and comes to be at another address days later, when
// somebody has been told of it: then it was moved after all.
func TestIncident_CollectionTurnsUpElsewhereLater_IsOver(t *testing.T) {
	t.Parallel()
	s, book, _, h := settled(t)
	body := map[string][]byte{}
	for _, n := range book.Names() {
		body[n], _, _ = book.Get(n)
	}
	book.Remove()
	h.runs(pim.HeldBack)
	h.notify()
	for range 40 {
		h.clock = h.clock.AddDate(0, 0, 1)
		h.runs(pim.HeldBack)
	}
	next := s.AddCollection(pim.Contacts, "people", "People")
	for n, b := range body {
		next.Put("x"+n, b)
	}
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
	h.incidents(true)
	if x := h.incidents(false, pim.CollectionGone)[0]; x.Closed != pim.Recovered {
		t.Errorf("%+v", x)
	}
	for _, k := range must(h.vault.Collections(context.Background(), h.account.ID))(t) {
		if k.Held != 0 {
			t.Errorf("%s: %d held", k.Title(), k.Held)
		}
	}
}

// Runs that wait for the others are ended whatever becomes of these: stopped at any
// request, refused, or with a full disk, nothing is removed that was not meant to
// be, no run stays open, and the next mirroring comes to the same.
func TestMirror_StoppedWhileShortListsWait_NextRunConverges(t *testing.T) {
	t.Parallel()
	for at, met := 1, true; met; at++ {
		s, all, h := lists(t, 2, 2, 12)
		want := s.Objects()
		empty(all...)
		s.ResetRequests()
		ctx, cancel := context.WithCancel(t.Context())
		met = false
		during(s, func(r davtest.Request) bool { return r.N == at }, func() { met = true; cancel() })
		h.clock = h.clock.Add(30 * time.Minute)
		_, _ = h.mirror().Account(ctx, h.account)
		cancel()
		equal(t, h.view(), want)
		for _, r := range must(h.vault.Runs(t.Context(), 100))(t) {
			if r.Ended.IsZero() {
				t.Errorf("stopped at request %d: a run of %s was left open", at, r.Collection)
			}
		}
		s.ClearFaults()
		for range 2 {
			h.runs(pim.HeldBack)
			equal(t, h.view(), want)
		}
		h.close()
		s.Close()
	}
}

func TestMirror_DeniedWhileShortListsWait(t *testing.T) {
	t.Parallel()
	s, all, h := lists(t, 2, 12, 3)
	empty(all[0])
	all[1].Put("new.vcf", gen.Card(nil, 66, 1))
	s.Fail(davtest.Fault{Kind: davtest.Status, Status: 401, Times: -1, Match: func(r davtest.Request) bool { return strings.HasPrefix(r.Path, all[1].Path()) }})
	if rep := h.runs(pim.Failed); len(rep.Collections) != 3 {
		t.Errorf("%s", describe(rep))
	}
	s.ClearFaults()
	h.restart()
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
}

// A vault that fails while a short list waits ends it, too.
func TestMirror_VaultFailsWhileAShortListWaits(t *testing.T) {
	t.Parallel()
	s, all, h := lists(t, 12, 2)
	all[0].Put("new.vcf", gen.Card(nil, 67, 1))
	empty(all[1])
	m := h.mirror()
	m.Vault = &lingering{Vault: h.vault, before: func(n int64) error {
		if n > 1 {
			return nil
		}
		return &pim.Error{Fault: pim.Storage, Op: "finish run", Err: errors.New("the disk is full")}
	}}
	h.clock = h.clock.Add(30 * time.Minute)
	if rep, err := m.Account(t.Context(), h.account); pim.FaultOf(err) != pim.Storage || len(rep.Collections) != 2 {
		t.Errorf("%v\n%s", err, describe(rep))
	}
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
}
