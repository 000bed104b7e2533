package mirror_test

import (
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// The server, which does not say by itself whom it takes the login for, is too busy
// to be asked when another principal's collections stand in the place of ours: they
// are not taken over before it has answered.
func TestLogin_AnotherPrincipal_TooBusyToSay(t *testing.T) {
	t.Parallel()
	for _, gone := range []bool{false, true} {
		s, _, _, h := settled(t)
		s.HidePrincipal()
		want, titles := s.Objects(), len(collectionsOf(h))
		if gone { // ours were gone before
			before := s.Snapshot()
			for _, c := range s.Collections() {
				c.Remove()
			}
			h.runs(pim.HeldBack)
			s.Restore(before)
		}
		s.SignInAs("somebody-else", true)
		s.AddCollection(pim.Calendar, "theirs", "Theirs").Fill(8, 72, gen.Event)
		for i := range 4 {
			s.ClearFaults()
			if i < 2 && !gone {
				s.Fail(davtest.Fault{Kind: davtest.Status, Status: 503, Times: -1, Match: func(r davtest.Request) bool { return r.Depth == "0" && r.Method == "PROPFIND" }})
			}
			_, _ = h.run()
			equal(t, h.view(), want)
			if got := collectionsOf(h); len(got) != titles {
				t.Errorf("gone %v, run %d: %v", gone, i, got)
			}
		}
		if x := h.incidents(true, pim.AccountEmptied)[0]; x.Evidence["another-principal"] != 1 {
			t.Errorf("gone %v: %+v", gone, x)
		}
		s.SignInAs("user", true)
		h.runs(pim.Complete)
		equal(t, h.view(), s.Objects())
		h.incidents(true)
	}
}

// A mirroring that was stopped half-way has held only a part; the rest is held when
// nobody says any more who it is, and no message names nobody.
func TestLogin_AnotherPrincipal_HeldHalfWay_AndThenNobodySays(t *testing.T) {
	t.Parallel()
	s, _, _, h := settled(t)
	s.HidePrincipal()
	s.AddCollection(pim.Calendar, "empty", "Empty")
	h.runs(pim.Complete)
	want := s.Objects()
	s.SignInAs("somebody-else", true)
	h.runs(pim.HeldBack)
	for _, k := range must(h.vault.Collections(t.Context(), h.account.ID))(t)[1:] {
		h.must(h.vault.MarkVanished(t.Context(), k.ID, "")) // as if it had not come to that
	}
	s.Fail(davtest.Fault{Kind: davtest.Status, Status: 500, Times: -1, Match: func(r davtest.Request) bool { return r.Depth == "0" && r.Method == "PROPFIND" }})
	h.runs(pim.HeldBack)
	equal(t, h.view(), want)
	for _, k := range must(h.vault.Collections(t.Context(), h.account.ID))(t) {
		if strings.Contains(k.Vanished, "“”") || k.Vanished == "" {
			t.Errorf("%s: %q", k.Title(), k.Vanished)
		}
	}
}

// Its collections are at the very addresses of ours: nothing of them is taken before
// the server has answered.
func TestLogin_AnotherPrincipal_AtTheSameAddresses_TooBusyToSay(t *testing.T) {
	t.Parallel()
	s, _, _, h := settled(t)
	s.HidePrincipal()
	want := s.Objects()
	s.SignInAs("somebody-else", true)
	s.AddCollection(pim.Contacts, "friends", "Friends").Fill(12, 71, gen.Card)
	s.AddCollection(pim.Calendar, "work", "Work").Fill(9, 75, gen.Event)
	s.AddCollection(pim.Calendar, "todo", "Things to do").Fill(9, 76, gen.Task)
	for i := range 3 {
		s.ClearFaults()
		if i == 0 {
			s.Fail(davtest.Fault{Kind: davtest.Status, Status: 503, Times: -1, Match: func(r davtest.Request) bool {
				return r.Method == "PROPFIND" && r.Depth == "0" && !strings.Contains(r.Path, "friends") && !strings.Contains(r.Path, "work") && !strings.Contains(r.Path, "todo")
			}})
		}
		_, _ = h.run()
		equal(t, h.view(), want)
	}
	h.incidents(true, pim.WrongAccount)
}
