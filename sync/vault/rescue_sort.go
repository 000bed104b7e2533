package vault

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sidekeep/sync/pim"
)

// sort decides where everything goes.
func (w *Wreck) sort() {
	for _, c := range w.collections {
		c.Account = w.accounts[c.account]
	}
	good := func(blob int64) bool {
		at, ok := w.blobs[blob]
		return ok && !at.wrong
	}
	// The newest good state of each object, and all others.
	states := map[int64][]int64{} // resource -> revisions
	for id, r := range w.revisions {
		states[r.resource] = append(states[r.resource], id)
	}
	for id := range w.resources {
		if states[id] == nil {
			states[id] = nil // its history is lost
		}
	}
	used := map[int64]bool{}
	for _, id := range slices.Sorted(maps.Keys(states)) {
		revisions := states[id]
		slices.Sort(revisions)
		w.place(id, revisions, good, used)
	}
	for _, blob := range slices.Sorted(maps.Keys(w.blobs)) {
		switch {
		case !good(blob):
			w.bad = append(w.bad, WreckObject{Blob: blob, Href: pim.Href(fmt.Sprintf("damaged-%d", blob))})
		case !used[blob]:
			w.found = append(w.found, WreckObject{Blob: blob, Href: pim.Href(fmt.Sprintf("found-%d", blob))})
		}
	}
	for _, list := range w.current {
		slices.SortFunc(list, func(a, b WreckObject) int { return cmp.Compare(a.Href, b.Href) })
	}
}

// place puts the states of one object where they belong.
func (w *Wreck) place(id int64, revisions []int64, good func(int64) bool, used map[int64]bool) {
	r := w.resources[id]
	x := WreckObject{Resource: id, Href: pim.Href(fmt.Sprintf("object-%d", id)), Held: w.held[id]}
	var c *WreckCollection
	var now int64 // its blob in the current view
	if r != nil {
		x.Href, now = r.href, r.blob
		if c = w.collections[r.collection]; c != nil {
			x.Kind = c.Kind
		}
	} else if n := len(revisions); n > 0 {
		now = w.revisions[revisions[n-1]].blob
	}
	shown := now
	if now != 0 && !good(now) {
		shown = 0
		for _, rev := range slices.Backward(revisions) {
			if b := w.revisions[rev].blob; b != 0 && good(b) {
				shown = b
				break
			}
		}
		where := w.nameOf(id, c, x.Href)
		if shown != 0 {
			w.problem(problemBlob, "its present state can't be read; an earlier one is in its place", where)
		} else {
			w.problem(problemBlob, "it can't be read", where)
		}
	}
	if shown != 0 {
		used[shown] = true
		x.Blob = shown
		if c != nil {
			w.current[c.ID] = append(w.current[c.ID], x)
		} else {
			w.found = append(w.found, x)
		}
	}
	lost := 0
	for _, rev := range revisions {
		b := w.revisions[rev].blob
		switch {
		case b == 0 || b == shown || b == now:
		case good(b):
			if !used[b] {
				o := x
				o.Blob, o.Held = b, false
				w.older = append(w.older, o)
			}
			used[b] = true
		default:
			lost++
		}
	}
	if lost > 0 {
		w.problem(problemRevision, fmt.Sprintf("%d of its earlier states can't be read", lost), w.nameOf(id, c, x.Href))
	}
}

func (w *Wreck) nameOf(id int64, c *WreckCollection, href pim.Href) string {
	name := fmt.Sprintf("object %d (%s)", id, href)
	if c == nil {
		return name
	}
	return strings.TrimPrefix(c.Account+": ", ": ") + c.Title() + ": " + name
}
