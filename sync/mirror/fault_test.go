package mirror_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// twoRuns mirrors, lets the server change, and mirrors again.
func twoRuns(h *home, change func()) {
	_, _ = h.run()
	change()
	_, _ = h.run()
}

// A fault of every kind at every request of two mirrorings: afterwards a clean
// one converges, and nothing that was here before is lost.
func TestMirror_FaultAtEveryRequest_NextRunConverges(t *testing.T) {
	kinds := map[string]davtest.Fault{
		"reset":        {Kind: davtest.Reset},
		"cut early":    {Kind: davtest.Cut, After: 40},
		"cut late":     {Kind: davtest.Cut, After: 2500},
		"cut for good": {Kind: davtest.Cut, After: 700, Times: -1},
		"500":          {Kind: davtest.Status, Status: 500},
		"404":          {Kind: davtest.Status, Status: 404},
		"garbage":      {Kind: davtest.Garbage},
		"stall":        {Kind: davtest.Stall, After: 300},
	}
	step := 1
	if testing.Short() {
		step = 3
		maps.DeleteFunc(kinds, func(kind string, _ davtest.Fault) bool { return kind != "cut early" && kind != "garbage" })
	}
	for name, quirks := range map[string][]davtest.Quirk{"plain": nil, "paged": {davtest.PagedSync}, "no sync": {davtest.NoSync, davtest.NoQuery}} {
		build := func(t *testing.T) (*davtest.Server, *home, func()) {
			s := davtest.New(t, davtest.WithQuirks(quirks...))
			book := s.AddCollection(pim.Contacts, "friends", "Friends")
			book.Fill(16, 1, gen.Card)
			cal := s.AddCollection(pim.Calendar, "work", "Work")
			cal.Fill(8, 2, gen.Event)
			h, err := openHome(t, t.TempDir(), s.URL())
			if err != nil {
				t.Fatal(err)
			}
			h.options.IdleTimeout = 150 * time.Millisecond
			h.restart()
			s.ResetRequests()
			return s, h, func() {
				book.Put("new.vcf", gen.Card(nil, 3, 1))
				book.Put(book.Names()[0], gen.Card(nil, 3, 2))
				book.Delete(book.Names()[1])
				cal.Delete(cal.Names()[0])
			}
		}
		s, h, change := build(t)
		twoRuns(h, change)
		total := s.CountRequests()
		for kind, fault := range kinds {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				stride := step
				if fault.Times < 0 {
					stride = (total + 1) / 2 // a server that is down for good costs every retry its wait
				}
				for n := 1; n <= total; n += stride {
					s, h, change := build(t)
					f := fault
					if f.Times < 0 {
						f.Match = func(r davtest.Request) bool { return r.N >= n }
					} else {
						f.At = n
					}
					s.Fail(f)
					twoRuns(h, change)
					s.ClearFaults()
					h.restart()
					converge(t, h, s, fmt.Sprintf("%s %s at request %d", name, kind, n))
					h.close()
					s.Close()
				}
			})
		}
	}
}

// converge mirrors until all is well, for at most three runs, and compares.
func converge(t tb, h *home, s *davtest.Server, what string) {
	t.Helper()
	var rep any
	for range 3 {
		r, err := h.run()
		if err == nil && r.Outcome == pim.Complete {
			equal(t, h.view(), s.Objects())
			return
		}
		rep = fmt.Sprintf("%s %v\n%s", r.Outcome, err, describe(r))
	}
	t.Fatalf("%s: does not converge: %s\n%s", what, rep, s.Transcript())
}
