package vault

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sidekeep/sync/pim"
)

// seenState is one state of an object as the model remembers it; "" is a
// tombstone.
type seenState struct {
	body string
	at   time.Time
	good bool // a run that came to its end has seen it
}

// witness is the evidence as one would work it out by hand: from the whole
// history of every object, without SQL.
type witness struct {
	hist map[string][]seenState
	now  time.Time
}

func (w *witness) see(name, body string) {
	h := w.hist[name]
	if len(h) == 0 || h[len(h)-1].body != body {
		w.hist[name] = append(h, seenState{body: body, at: w.now})
	}
}

func (w *witness) alive(name string) bool {
	h := w.hist[name]
	return len(h) > 0 && h[len(h)-1].body != ""
}

// evidence compares what stands with what the last good run saw.
func (w *witness) evidence(gone []string) (changed []string, e pim.Evidence) {
	var from, until time.Time
	for _, name := range slices.Sorted(maps.Keys(w.hist)) {
		h := w.hist[name]
		i := len(h) - 1
		for i >= 0 && !h[i].good {
			i--
		}
		last := h[len(h)-1]
		switch {
		case i == len(h)-1 || last.body == "" || i >= 0 && h[i].body == last.body:
			continue
		case i < 0 || h[i].body == "":
			e.Created++
			continue
		}
		changed = append(changed, name)
		for k := i - 1; k >= 0; k-- {
			if h[k].body != last.body {
				continue
			}
			e.Reverted++
			if h[k].at.After(from) {
				from = h[k].at
			}
			if until.IsZero() || h[k+1].at.Before(until) {
				until = h[k+1].at
			}
			break
		}
	}
	if e.Reverted > 0 && from.Before(until) {
		e.RevertedTo = until
	}
	days := map[int64]bool{}
	for _, name := range gone {
		at := w.hist[name][0].at
		days[at.Unix()/86400] = true
		if !e.RevertedTo.IsZero() && at.After(from) {
			e.Younger++
			if at.Before(e.RevertedTo) {
				e.RevertedTo = at
			}
		}
	}
	e.Births = len(days)
	return changed, e
}

// Whatever happened, SQL says what the history says.
func TestEvidence_IsWhatTheHistorySays(t *testing.T) {
	root, n := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		w := &witness{hist: map[string][]seenState{}, now: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
		dir := filepath.Join(root, fmt.Sprint(n))
		v, err := Open(context.Background(), dir, Options{Now: func() time.Time { return w.now }})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = v.Close(); _ = os.RemoveAll(dir) }()
		_, book, _ := addAccount(t, v, "home")
		runs := rapid.IntRange(2, 8).Draw(t, "runs")
		concluded := false
		for range runs {
			w.now = w.now.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "hours")) * time.Hour)
			concluded = judgedRun(t, w, v, book, concluded) || concluded
		}
	})
}

// judgedRun makes one run of random changes and compares the evidence of it. It
// says whether the run came to its end.
func judgedRun(t *rapid.T, w *witness, v *Vault, book pim.Known, concluded bool) bool {
	ctx := context.Background()
	run, err := v.BeginRun(ctx, book.ID)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"a", "b", "c", "d", "e", "f"}
	put := map[string]bool{}
	var objects []pim.Recorded
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 5, rapid.ID[string]).Draw(t, "put") {
		body := name + rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "body")
		objects = append(objects, object(hrefOf(book, name), body, body, titled(body)))
		w.see(name, body)
		put[name] = true
	}
	if err := v.Put(ctx, run, objects); err != nil {
		t.Fatal(err)
	}
	index, err := v.Index(ctx, book.ID)
	if err != nil {
		t.Fatal(err)
	}
	ids, byID := map[string]int64{}, map[int64]string{}
	for _, x := range index {
		ids[x.Href.Base()], byID[x.Resource] = x.Resource, x.Href.Base()
	}
	var gone []string
	var goneIDs []int64
	for _, name := range names {
		if w.alive(name) && !put[name] && rapid.IntRange(0, 2).Draw(t, "gone") == 0 {
			gone, goneIDs = append(gone, name), append(goneIDs, ids[name])
		}
	}
	e, err := v.Evidence(ctx, book.ID, run, goneIDs, nil)
	if err != nil {
		t.Fatal(err)
	}
	if e.GoodAt.IsZero() == concluded {
		t.Fatalf("good at %v", e.GoodAt)
	}
	if concluded {
		changed, want := w.evidence(gone)
		var got []string
		for _, id := range e.Changed {
			got = append(got, byID[id])
		}
		slices.Sort(got)
		if !slices.Equal(got, changed) || e.Created != want.Created || e.Reverted != want.Reverted || !e.RevertedTo.Equal(want.RevertedTo) ||
			e.Younger != want.Younger || e.Births != want.Births {
			t.Fatalf("changed %v %+v\nwant %v %+v", got, e, changed, want)
		}
	}
	c := pim.Commit{Outcome: rapid.SampledFrom([]pim.Outcome{pim.Complete, pim.Complete, pim.Partial, pim.Failed}).Draw(t, "outcome"), Ended: w.now}
	if c.Outcome != pim.Failed {
		if rapid.Bool().Draw(t, "held") {
			c.Held = goneIDs
		} else {
			c.Tombstones = goneIDs
			for _, name := range gone {
				w.see(name, "")
			}
		}
		for _, h := range w.hist {
			for i := range h {
				h[i].good = true
			}
		}
	}
	if _, err := v.Finish(ctx, run, c); err != nil {
		t.Fatal(err)
	}
	return c.Outcome != pim.Failed
}
