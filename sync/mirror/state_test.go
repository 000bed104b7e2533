package mirror_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	_ "modernc.org/sqlite"
	"pgregory.net/rapid"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// world is a server, a home, and what the home ever held.
type world struct {
	t     *rapid.T
	s     *davtest.Server
	h     *home
	cols  []*davtest.Collection
	saved []davtest.Snapshot
	ever  map[[32]byte]string // every body that was in the view
	n     int
	moves int
	lossy bool // whole losses happened: something may be held for good
}

func (w *world) change(c *davtest.Collection) {
	w.n++
	name := rapid.SampledFrom([]string{"a", "b", "c d", "é", "x+y"}).Draw(w.t, "name") + rapid.SampledFrom([]string{"1", "2", "3"}).Draw(w.t, "number")
	if c.Kind() == pim.Contacts {
		c.Put(name+".vcf", gen.Card(nil, 40, w.n))
	} else {
		c.Put(name+".ics", gen.Event(nil, 41, w.n))
	}
}

func (w *world) actions() map[string]func(*rapid.T) {
	pick := func() *davtest.Collection { return rapid.SampledFrom(w.cols).Draw(w.t, "collection") }
	run := func(*rapid.T) { w.run() }
	return map[string]func(*rapid.T){
		"": func(t *rapid.T) { w.t = t },
		"put": func(t *rapid.T) {
			w.t = t
			for range rapid.IntRange(1, 4).Draw(t, "how many") {
				w.change(pick())
			}
		},
		"delete": func(t *rapid.T) {
			w.t = t
			c := pick()
			names := c.Names()
			if len(names) > 0 {
				c.Delete(rapid.SampledFrom(names).Draw(t, "which"))
			}
		},
		"mirror":       run,
		"mirror again": run,
		"later": func(*rapid.T) {
			w.h.clock = w.h.clock.AddDate(0, 0, 8)
			w.run()
		},
		"faults": func(t *rapid.T) {
			w.s.FailRandomly(rapid.Uint64().Draw(t, "seed"), 0.2, davtest.Cut, davtest.Garbage)
			w.run()
			w.s.ClearFaults()
		},
		"one fault": func(t *rapid.T) {
			w.s.ResetRequests()
			w.s.FailAt(rapid.IntRange(1, 9).Draw(t, "request"), rapid.SampledFrom([]davtest.FaultKind{davtest.Garbage, davtest.Status}).Draw(t, "kind"))
			w.run()
			w.s.ClearFaults()
		},
		"restart program": func(*rapid.T) { w.h.restart() },
		"restart server":  func(*rapid.T) { w.s.Restart() },
		"forget tokens":   func(*rapid.T) { w.s.ForgetTokens() },
		"page":            func(t *rapid.T) { w.s.SetPages(rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "page")) },
		"quirk": func(t *rapid.T) {
			w.s.Clear()
			w.s.Set(rapid.SampledFrom([]davtest.Quirk{davtest.NoSync, davtest.FlakyETags, davtest.NoETags, davtest.FlappingCTag,
				davtest.MultigetOmits, davtest.WindowedQuery, davtest.DuplicateEntries, davtest.EmptyTokenSelfOnly}).Draw(t, "quirk"))
		},
		"no quirk": func(*rapid.T) { w.s.Clear() },
		"lose and find": func(t *rapid.T) {
			before := w.s.Snapshot()
			w.s.Lose(rapid.SampledFrom([]davtest.Loss{davtest.LoseEverything, davtest.LoseHalf, davtest.LoseCollection, davtest.LoseHomeSet}).Draw(t, "loss"))
			w.run()
			w.s.Restore(before)
			w.lossy = true
			w.run()
		},
		"another principal": func(t *rapid.T) {
			same := rapid.Bool().Draw(t, "same home-sets")
			before := w.h.view()
			w.s.SignInAs("somebody-else", same)
			if c := w.s.AddCollection(pim.Contacts, "friends", "Friends"); c.Len() == 0 {
				c.Fill(3, 9, gen.Card)
			}
			for range rapid.IntRange(1, 2).Draw(t, "runs") {
				_, _ = w.h.run()
			}
			if after := w.h.view(); !maps.EqualFunc(before, after, bytes.Equal) {
				t.Fatalf("the view was of %d objects and is of %d", len(before), len(after))
			}
			w.s.SignInAs("user", same)
			w.lossy = true
			w.run()
		},
		"empty all": func(*rapid.T) {
			before := w.s.Snapshot()
			empty(w.cols...)
			w.run()
			w.s.Restore(before)
			w.lossy = true
			w.run()
		},
		"move a collection": func(t *rapid.T) {
			w.moves++
			pick().Move(fmt.Sprintf("moved%d", w.moves))
		},
		"roll back": func(t *rapid.T) {
			w.saved = append(w.saved, w.s.Snapshot())
			if len(w.saved) > 3 {
				w.s.Restore(w.saved[0])
				w.saved = nil
				w.lossy = true
			}
		},
	}
}

func (w *world) run() {
	before := w.h.view()
	rep, _ := w.h.run()
	after := w.h.view()
	server := w.s.Objects()
	for k := range before {
		if _, there := server[k]; there && after[k] == nil {
			w.t.Fatalf("%s is on the server and was removed here\n%s", k, describe(rep))
		}
	}
	for k, b := range after {
		w.ever[sha256.Sum256(b)] = k
	}
}

// finish lets everything settle and compares.
func (w *world) finish() {
	w.s.ClearFaults()
	w.s.Clear()
	w.s.SetPages(0)
	var rep string
	for range 6 { // an href may need three runs to be given up
		w.h.clock = w.h.clock.AddDate(0, 0, 8)
		r, err := w.h.run()
		rep = fmt.Sprintf("%s %v\n%s", r.Outcome, err, describe(r))
		if err != nil || r.Outcome == pim.Partial {
			continue
		}
	}
	got, want := w.h.view(), w.s.Objects()
	held := w.heldKeys()
	if len(held) > 0 && !w.lossy {
		w.t.Logf("held without a loss: %v", held)
	}
	for _, k := range held {
		if _, ok := want[k]; ok {
			w.t.Errorf("%s is there and still held", k)
		}
		delete(got, k)
	}
	for k, b := range got {
		w.ever[sha256.Sum256(b)] = k
	}
	defer func() {
		if w.t.Failed() {
			w.t.Logf("%s", rep)
		}
	}()
	equal(w.t, got, want)
	w.nothingLost()
}

func (w *world) heldKeys() (keys []string) {
	ctx := context.Background()
	known, err := w.h.vault.Collections(ctx, w.h.account.ID)
	w.h.must(err)
	for _, k := range known {
		index, err := w.h.vault.Index(ctx, k.ID)
		w.h.must(err)
		for _, x := range index {
			if x.Held {
				keys = append(keys, x.Href.Key())
			}
		}
	}
	slices.Sort(keys)
	return keys
}

// nothingLost looks every body that ever was in the view up in the history.
func (w *world) nothingLost() {
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(w.h.vault.Path())+"?mode=ro")
	w.h.must(err)
	defer db.Close()
	for sum, key := range w.ever {
		var n int
		w.h.must(db.QueryRow(`SELECT count(*) FROM blobs b JOIN revisions r ON r.blob = b.id WHERE b.sha256 = ?`, sum[:]).Scan(&n))
		if n == 0 {
			w.t.Errorf("a body of %s is in no revision", key)
		}
	}
}

// Whatever happens on the server, on the way and here, in whatever order: an
// object that the server has is never removed, in the end the view is the
// server's (and what is held), and no body is ever lost from the history.
func TestMirror_WhateverHappens_EndsEqualAndLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := davtest.New(t)
		defer s.Close()
		dir, err := os.MkdirTemp("", "sidekeep-state-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		w := &world{t: t, s: s, ever: map[[32]byte]string{}, cols: []*davtest.Collection{
			s.AddCollection(pim.Contacts, "friends", "Friends"),
			s.AddCollection(pim.Calendar, "work", "Work"),
		}}
		w.cols[0].Fill(6, 1, gen.Card)
		w.cols[1].Fill(2, 2, gen.Event)
		w.h, err = openHome(t, dir, s.URL())
		if err != nil {
			t.Fatal(err)
		}
		defer w.h.close()
		w.run()
		t.Repeat(w.actions())
		w.t = t
		w.finish()
	})
}
