package mirror_test

import (
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
