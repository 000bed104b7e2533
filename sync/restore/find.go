package restore

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"

	"sidekeep/sync/pim"
)

// Some servers store an object under a name of their own and say so or not; some
// give it a UID of their own too, and lose lines of it (Google's contacts are
// said to do all of that). What was sent and does not stand where it was put is
// therefore looked for among all that nobody knows of in the collection: by its
// UID, by its meaning and at last by its likeness. Without that it would be sent
// again, and stand there twice.

// find looks for what is not under the address that it was put under, and gives
// each its result or puts it back to be written. back is what is still to be read
// back: it is first, so that nothing that was written is a stranger. Nothing may
// be on its way to the server.
func (s *session) find(ctx context.Context, q *queue, back []*item) error {
	if err := s.readBack(ctx, back, q); err != nil {
		return err
	}
	type group struct{ col, version string }
	groups := map[group][]*item{}
	var order []group
	for _, it := range q.lost {
		g := group{colKey(it.step.Kind, it.col.URL), version(it)}
		if groups[g] == nil {
			order = append(order, g)
		}
		groups[g] = append(groups[g], it)
	}
	for _, g := range order {
		if err := s.findIn(ctx, groups[g], g.version, q); err != nil {
			return err
		}
	}
	q.lost = nil
	return nil
}

// findIn is find for objects of one collection.
func (s *session) findIn(ctx context.Context, items []*item, version string, q *queue) error {
	known, err := s.known(ctx, items[0].col, q)
	if err != nil {
		return err
	}
	strangers, err := s.strangers(ctx, items[0].col, version, known)
	if err != nil {
		if stops(ctx, err) || retryable(err) {
			return err
		}
		return s.findByUID(ctx, items, q) // it can't be listed
	}
	found := s.pair(items, strangers)
	for _, it := range items {
		if o := found[it]; o != nil {
			s.found(it, o.Object, q)
		} else {
			s.nowhere(it, q)
		}
	}
	return nil
}

func (s *session) findByUID(ctx context.Context, items []*item, q *queue) error {
	for _, it := range items {
		o, ok, err := s.byUID(ctx, it)
		switch {
		case err != nil:
			return err
		case ok:
			s.found(it, o, q)
		default:
			s.nowhere(it, q)
		}
	}
	return nil
}

// known gives the keys of what is not looked at: what was there before the plan
// was made, and what this restore has put elsewhere or is to put.
func (s *session) known(ctx context.Context, c pim.Collection, q *queue) (map[string]bool, error) {
	out := map[string]bool{}
	if c.ID != 0 {
		there, err := s.r.Journal.Present(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		for _, p := range there {
			if !p.Held && !p.SeenAt.After(s.re.Created) {
				out[p.Href.Key()] = true
			}
		}
	}
	lost := map[*pim.RestoreStep]bool{}
	for _, it := range q.lost {
		lost[it.step] = true
	}
	key := colKey(c.Kind, c.URL)
	for i := range s.re.Steps {
		if st := &s.re.Steps[i]; !lost[st] && colKey(st.Kind, st.Collection) == key {
			out[st.Href.Key()] = true
		}
	}
	return out, nil
}

// stranger is an object that nobody knows of.
type stranger struct {
	pim.Object
	sum   pim.Summary
	taken bool
}

// strangers lists a collection and reads what is not known.
func (s *session) strangers(ctx context.Context, c pim.Collection, version string, known map[string]bool) ([]*stranger, error) {
	var hrefs []pim.Href
	err := s.persist(ctx, func() error {
		hrefs = hrefs[:0]
		return s.r.Writer.List(ctx, c, func(e pim.Entry) error {
			if !known[e.Href.Key()] {
				hrefs = append(hrefs, e.Href)
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	var out []*stranger
	for some := range slices.Chunk(hrefs, multigetLimit) {
		got := answers{}
		if err := s.multiget(ctx, c, some, version, got); err != nil {
			return nil, err
		}
		for _, h := range some {
			a, answered := got[h.Key()]
			o, ok := a.Object, a.Err == nil && answered
			if !ok && !notThere(a.Err) {
				if o, ok, err = s.get(ctx, c, h); err != nil && (stops(ctx, err) || retryable(err)) {
					return nil, err
				}
			}
			if ok {
				o.Href = h
				out = append(out, &stranger{Object: o, sum: s.r.Describe(c.Kind, o.Body)})
			}
		}
	}
	return out, nil
}

// bid is a stranger that may be what an item became, with how many lines differ.
type bid struct {
	it    *item
	st    *stranger
	lines int
}

// pair says which stranger each item became: the one with its UID, or else the one
// that is most like it. None is two items.
func (s *session) pair(items []*item, strangers []*stranger) map[*item]*stranger {
	out := map[*item]*stranger{}
	byUID, bySign := map[string]*stranger{}, map[string][]*stranger{}
	for _, st := range strangers {
		if st.sum.UID != "" {
			byUID[st.sum.UID] = st
		}
		bySign[st.sum.Sign()] = append(bySign[st.sum.Sign()], st)
	}
	sums := map[*item]*pim.Summary{}
	for _, it := range items {
		sum := s.r.Describe(it.step.Kind, it.body)
		sums[it] = &sum
		if st := byUID[sum.UID]; st != nil && !st.taken {
			out[it], st.taken = st, true
		}
	}
	var bids []bid
	for _, it := range items {
		for _, st := range bySign[sums[it].Sign()] {
			if out[it] == nil && !st.taken {
				lines := s.differ(it, st.Body)
				n := len(lines)
				if it.err == nil { // servers lose lines; one that says something else is somebody else's
					n = others(lines)
				}
				if few(n, sums[it]) {
					bids = append(bids, bid{it, st, len(lines)})
				}
			}
		}
	}
	assign(bids, out)
	// What the server says that it has is there, even with another title.
	bids = bids[:0]
	for _, it := range items {
		for _, st := range strangers {
			if out[it] == nil && it.err == nil && !st.taken && st.sum.Component == sums[it].Component {
				if n := len(s.differ(it, st.Body)); few(n, sums[it]) {
					bids = append(bids, bid{it, st, n})
				}
			}
		}
	}
	assign(bids, out)
	return out
}

// assign accepts the bids with the fewest differing lines; of equal ones that of
// what is there for certain, since the server said that it stored it.
func assign(bids []bid, out map[*item]*stranger) {
	unsure := func(b bid) int {
		if b.it.err != nil {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(bids, func(a, b bid) int {
		return cmp.Or(cmp.Compare(a.lines, b.lines), cmp.Compare(unsure(a), unsure(b)))
	})
	for _, b := range bids {
		if out[b.it] == nil && !b.st.taken {
			out[b.it], b.st.taken = b.st, true
		}
	}
}

// others counts the differing lines that the server did not merely lose.
func others(lines []string) (n int) {
	for _, l := range lines {
		if !strings.Contains(l, " dropped") && !strings.Contains(l, " cut short") {
			n++
		}
	}
	return n
}

// few says that so many differing lines are less than half of what an object has.
func few(lines int, s *pim.Summary) bool {
	n := 0
	for _, k := range s.Fields {
		n += k
	}
	return lines == 0 || 2*lines < n
}

// differ names the lines in which an object differs from what was sent, its UID
// left aside.
func (s *session) differ(it *item, got []byte) []string {
	kind, sent := it.step.Kind, it.body
	switch was, is := s.uid(kind, sent), s.uid(kind, got); {
	case was == is:
	case was != "":
		got = s.r.WithUID(kind, got, was)
	default:
		sent = s.r.WithUID(kind, sent, is)
	}
	same, lines := s.r.Compare(kind, sent, got)
	if same != different {
		return nil
	}
	return lines
}

// found is an object that stands under another address than it was put under.
func (s *session) found(it *item, o pim.Object, q *queue) {
	same, lines := s.r.Compare(it.step.Kind, it.body, o.Body)
	theirs := reasonOf(it.err) == pim.ReasonPrecondition || it.err != nil && it.step.Action == pim.Update
	if theirs && same == different && len(s.differ(it, o.Body)) > 0 {
		q.finish(it, pim.DoneConflict, "it was moved and changed on the server since the plan was made; nothing was overwritten", offerPlan)
		return
	}
	s.stored(it, o, same, lines, q)
}

// nowhere is an object that the server does not have.
func (s *session) nowhere(it *item, q *queue) {
	switch reason := reasonOf(it.err); {
	case reason == pim.ReasonUnknownOutcome && it.step.Action == pim.Create:
		s.retry(it, q)
	case reason == pim.ReasonUnknownOutcome || reason == pim.ReasonPrecondition:
		q.finish(it, pim.DoneConflict, "it was deleted on the server since the plan was made", offerPlan)
	default:
		q.finish(it, pim.DoneFailed, "the server said that it stored it, and does not have it")
	}
}

// version is that of a card, where a server may need it.
func version(it *item) string {
	if it.step.Kind == pim.Contacts && bytes.Contains(it.body, []byte("\nVERSION:4.0")) {
		return "4.0"
	}
	return ""
}
