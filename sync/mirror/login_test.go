package mirror_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"sidekeep/sync/dav"
	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// stranger gives the login another principal, with data of their own.
func stranger(s *davtest.Server, sameHomes bool) {
	s.SignInAs("somebody-else", sameHomes)
	s.AddCollection(pim.Contacts, "friends", "Friends").Fill(12, 71, gen.Card)
	s.AddCollection(pim.Calendar, "theirs", "Theirs").Fill(8, 72, gen.Event)
}

func collectionsOf(h *home) (titles []string) {
	for _, k := range must(h.vault.Collections(context.Background(), h.account.ID))(h.t) {
		titles = append(titles, k.Title())
	}
	return titles
}

// The server takes the login for another principal, at the same home-sets and at
// others, whether its home-sets say so or it has to be asked: all is held, one
// incident names both, and nothing of the other's comes in. When it is ours again
// it is over by itself.
func TestLogin_AnotherPrincipal_HoldsEverythingAndTakesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ same, hidden bool }{
		"same home-sets": {true, false}, "other home-sets": {false, false},
		"same home-sets, unsaid": {true, true}, "other home-sets, unsaid": {false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _, _, h := settled(t)
			if c.hidden {
				s.HidePrincipal()
			}
			want, titles := s.Objects(), len(collectionsOf(h))
			stranger(s, c.same)
			told := 0
			for range 3 {
				rep := h.runs(pim.HeldBack)
				if rep.Counts.Created+rep.Counts.Modified+rep.Counts.Deleted != 0 || rep.Counts.Held != 76 {
					t.Errorf("%+v\n%s", rep.Counts, describe(rep))
				}
				equal(t, h.view(), want)
				for _, m := range h.notify() {
					told++
					t.Log(m)
				}
				h.restart()
			}
			if got := collectionsOf(h); len(got) != titles {
				t.Errorf("collections: %v", got)
			}
			x := h.incidents(true, pim.WrongAccount)[0]
			if told != 1 || x.CollID != 0 || x.Gone != 76 || x.Evidence["another-principal"] != 1 ||
				!strings.Contains(x.Message, "“/dav/principals/somebody-else/”; before, it was “/dav/principals/user/”") {
				t.Errorf("told %d times, %+v", told, x)
			}
			s.ResetRequests()
			h.runs(pim.HeldBack)
			atMost(t, s, 2+3)
			s.SignInAs("user", c.same)
			rep := h.runs(pim.Complete)
			if rep.Counts.Held+rep.Counts.Created+rep.Counts.Deleted != 0 {
				t.Errorf("%+v", rep.Counts)
			}
			equal(t, h.view(), want)
			h.incidents(true)
			if x := h.incidents(false, pim.WrongAccount)[0]; x.Closed != pim.Recovered {
				t.Errorf("%+v", x)
			}
			if len(h.notify()) > 0 {
				t.Error("told again")
			}
			s.ResetRequests()
			h.runs(pim.Complete)
			atMost(t, s, 2)
		})
	}
}

// The server does not say who is signed in, and the other principal has collections
// at all the addresses, one of them with what ours holds: when the next one turns
// out to be another, that one is held, too.
func TestLogin_AnotherPrincipal_FoundOutHalfWay(t *testing.T) {
	t.Parallel()
	s, book, cal, h := settled(t)
	s.HidePrincipal()
	want := s.Objects()
	s.SignInAs("somebody-else", true)
	same := s.AddCollection(pim.Contacts, "friends", "Friends")
	for _, n := range book.Names() {
		body, _, _ := book.Get(n)
		same.Put(n, body)
	}
	s.AddCollection(pim.Calendar, "work", "Work").Fill(9, 75, gen.Event)
	s.AddCollection(pim.Calendar, "todo", "Things to do").Fill(9, 76, gen.Task)
	for range 3 {
		if rep := h.runs(pim.HeldBack); rep.Counts.Held != 76 || rep.Counts.Created != 0 || len(rep.Collections) != 3 {
			t.Errorf("%+v\n%s", rep.Counts, describe(rep))
		}
		equal(t, h.view(), want)
	}
	if x := h.incidents(true, pim.WrongAccount)[0]; x.CollID != 0 || x.Gone != 76 || len(h.notify()) != 1 {
		t.Errorf("%+v", x)
	}
	s.SignInAs("user", true)
	cal.Put("new.ics", gen.Event(nil, 77, 1))
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
	h.incidents(true)
}

// Of one card and one event too: it is no question of numbers.
func TestLogin_AnotherPrincipal_OfAFewObjects(t *testing.T) {
	t.Parallel()
	for _, same := range []bool{true, false} {
		for _, hidden := range []bool{true, false} {
			s := davtest.New(t)
			s.AddCollection(pim.Contacts, "friends", "Friends").Fill(1, 1, gen.Card)
			h := newHome(t, s.URL())
			if hidden {
				s.HidePrincipal()
			}
			h.runs(pim.Complete)
			want := s.Objects()
			stranger(s, same)
			for range 2 {
				h.runs(pim.HeldBack)
				equal(t, h.view(), want)
			}
			if x := h.incidents(true, pim.WrongAccount)[0]; x.Gone != 1 {
				t.Errorf("%+v", x)
			}
		}
	}
}

// Nothing is here that could be held: nothing of the other's comes in all the same,
// and a warning says why, until it is ours again or somebody signs in anew.
func TestLogin_AnotherPrincipal_OfAnEmptyAccount(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{false, true} {
		s := davtest.New(t)
		s.AddCollection(pim.Contacts, "friends", "Friends")
		h := newHome(t, s.URL())
		h.runs(pim.Complete)
		stranger(s, true)
		for range 2 {
			rep := h.runs(pim.Complete)
			if len(h.view()) != 0 || len(collectionsOf(h)) != 1 || len(rep.Warnings) != 1 || !strings.Contains(rep.Warnings[0].Error(), "another account") {
				t.Errorf("%v, %v", collectionsOf(h), rep.Warnings)
			}
		}
		h.incidents(false)
		if again {
			d, err := dav.Discover(t.Context(), s.URL(), h.options)
			h.must(err)
			h.must(h.vault.SaveDiscovery(t.Context(), h.account.ID, d))
		} else {
			s.SignInAs("user", true)
			s.Collection(pim.Contacts, "friends").Fill(3, 74, gen.Card)
		}
		if rep := h.runs(pim.Complete); len(rep.Warnings) != 0 {
			t.Errorf("%v", rep.Warnings)
		}
		equal(t, h.view(), s.Objects())
	}
}

// The person says that it was their own doing: what was held is kept, and the other
// principal's is mirrored from then on, without another word.
func TestLogin_AnotherPrincipal_AgreedTo(t *testing.T) {
	t.Parallel()
	for _, d := range []pim.Decision{pim.KeptHere, pim.Accepted} {
		for _, same := range []bool{true, false} {
			t.Run(string(d), func(t *testing.T) {
				t.Parallel()
				s := davtest.New(t)
				s.AddCollection(pim.Contacts, "mine", "Mine").Fill(12, 1, gen.Card)
				h := newHome(t, s.URL())
				h.runs(pim.Complete)
				mine := s.Objects()
				s.SignInAs("somebody-else", same)
				s.AddCollection(pim.Contacts, "theirs", "Theirs").Fill(7, 2, gen.Card)
				h.runs(pim.HeldBack)
				h.notify()
				h.decide(h.incidents(true, pim.WrongAccount)[0].ID, d)
				want := s.Objects()
				if d == pim.KeptHere {
					maps.Copy(want, mine)
				}
				for range 3 {
					_, _ = h.run() // of other home-sets, the old address book may not be asked for
					equal(t, h.view(), want)
				}
				h.incidents(true)
				if told := h.notify(); len(told) > 0 {
					t.Errorf("told %q", told)
				}
				s.SignInAs("a-third", true)
				h.runs(pim.HeldBack)
				h.incidents(true, pim.WrongAccount)
			})
		}
	}
}

// The same principal names other home-sets: its collections are found there, and
// what is nowhere is held as of an account that moved.
func TestLogin_SamePrincipal_OtherHomeSets(t *testing.T) {
	t.Parallel()
	for _, hidden := range []bool{false, true} {
		s, book, cal, h := settled(t)
		if hidden {
			s.HidePrincipal()
		}
		want := s.Objects()
		s.MoveHome(pim.Contacts, "/elsewhere/books/")
		s.MoveHome(pim.Calendar, "/elsewhere/dates/")
		book.Move("/elsewhere/books/friends")
		moved := book.Objects()
		cal.Remove()
		for _, c := range s.Collections() {
			if c != book {
				c.Remove()
			}
		}
		for range 2 {
			h.runs(pim.HeldBack)
		}
		for k := range want {
			if strings.HasPrefix(k, "/dav/addressbooks/") {
				delete(want, k)
			}
		}
		maps.Copy(want, moved)
		equal(t, h.view(), want)
		for _, x := range h.incidents(true, pim.HomeChanged, pim.HomeChanged) {
			t.Log(x.Message)
		}
		s.ResetRequests()
		h.runs(pim.HeldBack)
		atMost(t, s, 2+2*2) // the calendars that no home-set lists are asked for by name
	}
}

// Where the server does not say who is signed in, it is as it always was.
func TestLogin_CannotBeAsked_IsJudgedByWhatIsThere(t *testing.T) {
	t.Parallel()
	s, _, _, h := settled(t)
	s.HidePrincipal()
	want := s.Objects()
	s.Fail(davtest.Fault{Kind: davtest.Status, Status: 500, Times: -1, Match: func(r davtest.Request) bool { return r.Depth == "0" }})
	s.Lose(davtest.LoseEverything)
	for range 2 {
		h.runs(pim.HeldBack)
		equal(t, h.view(), want)
	}
	h.incidents(true, pim.AccountEmptied)
}

// It was another principal's, and can't be asked any more: it stays held, and still
// nothing of the other's comes in. What a home-set says by itself is enough.
func TestLogin_AnotherPrincipal_AndThenNobodySays(t *testing.T) {
	t.Parallel()
	for _, hidden := range []bool{false, true} {
		for _, from := range []int{0, 1} {
			if hidden && from == 0 {
				continue // then there is nothing to know it by
			}
			s, _, _, h := settled(t)
			if hidden {
				s.HidePrincipal()
			}
			want, titles := s.Objects(), len(collectionsOf(h))
			stranger(s, true)
			told := 0
			for i := range 4 {
				if i == from {
					s.Fail(davtest.Fault{Kind: davtest.Status, Status: 500, Times: -1, Match: func(r davtest.Request) bool { return r.Depth == "0" && r.Method == "PROPFIND" }})
				}
				h.runs(pim.HeldBack)
				equal(t, h.view(), want)
				told += len(h.notify())
			}
			if h.incidents(true, pim.WrongAccount); told != 1 || len(collectionsOf(h)) != titles {
				t.Errorf("told %d times, %v", told, collectionsOf(h))
			}
			s.ClearFaults()
			s.SignInAs("user", true)
			h.runs(pim.Complete)
			equal(t, h.view(), want)
			h.incidents(true)
		}
	}
}

// A loss that was told of before, and another principal on top of it: the incident
// says so while it is, and what is missing when it is ours again.
func TestLogin_AnotherPrincipal_BesideALoss(t *testing.T) {
	t.Parallel()
	s, book, _, h := settled(t)
	before := s.Snapshot()
	s.Lose(davtest.LoseEverything)
	h.runs(pim.HeldBack)
	want := h.view()
	h.notify()
	s.Restore(before)
	for _, n := range book.Names()[:20] {
		book.Delete(n)
	}
	h.runs(pim.HeldBack)
	says := func(part string) {
		t.Helper()
		if x := h.incidents(true, pim.AccountEmptied)[0]; !strings.Contains(x.Message, part) {
			t.Error(x.Message)
		}
	}
	says("still lacks 20 of the 76")
	stranger(s, false)
	for range 2 {
		h.runs(pim.HeldBack)
		equal(t, h.view(), want)
		says("somebody-else")
	}
	s.SignInAs("user", false)
	for range 2 {
		h.runs(pim.HeldBack)
		equal(t, h.view(), want)
		says("still lacks 20 of the 76")
	}
}

// An address that bears the login's own name is its own, wherever it is.
func TestLogin_PrincipalMovesItsAddress_NobodyIsTold(t *testing.T) {
	t.Parallel()
	s, book, _, h := settled(t)
	ctx := context.Background()
	d := must(h.vault.Discovery(ctx, h.account.ID))(t)
	for i := range d.Principals {
		d.Principals[i].URL = s.URL() + "/old/principals/users/user/"
	}
	h.must(h.vault.SaveDiscovery(ctx, h.account.ID, d))
	book.Put("new.vcf", gen.Card(nil, 73, 1))
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
	h.incidents(false)
}
