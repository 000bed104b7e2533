package mirror_test

import (
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// A short list was copied to another place, and then the server loses both, the one
// with its collection: what stood in the other had not moved there, for it is gone
// from there, too.
func TestCopied_AndThenBothAreLost_StaysHere(t *testing.T) {
	t.Parallel()
	for _, emptied := range []bool{false, true} {
		s := davtest.New(t)
		a := s.AddCollection(pim.Contacts, "old", "Old")
		h := newHome(t, s.URL())
		a.Fill(2, 1, gen.Card)
		if emptied {
			a.Fill(6, 2, gen.Card)
		}
		h.runs(pim.Complete)
		h.clock = h.clock.Add(5 * 24 * time.Hour)
		b := s.AddCollection(pim.Contacts, "new", "New")
		if emptied {
			b.Fill(1, 3, gen.Card)
			h.runs(pim.Complete)
			for _, n := range b.Names() {
				b.Delete(n)
			}
			h.clock = h.clock.Add(24 * time.Hour)
			h.runs(pim.Complete)
		}
		for _, n := range a.Names() {
			body, _, _ := a.Get(n)
			b.Put(n, body)
		}
		h.runs(pim.Complete)
		h.clock = h.clock.Add(24 * time.Hour)
		h.runs(pim.Complete)
		a.Remove()
		for _, n := range b.Names() {
			b.Delete(n)
		}
		rep, _ := h.run()
		if n := len(h.view()); n == 0 {
			t.Errorf("emptied before %v: all is believed to be lost\n%s", emptied, describe(rep))
		}
	}
}
