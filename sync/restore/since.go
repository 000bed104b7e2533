package restore

import (
	"context"
	"fmt"
	"slices"

	"sidekeep/sync/pim"
)

// Another restore may have put the same objects there since this one was planned. A
// server that keeps names or UIDs refuses them then; one that gives its own takes them
// again, and has them twice. Therefore it is looked for where the other put it.

// put is a step with what another restore did about it.
type put struct {
	it *item
	by pim.Since
}

// since gives what another restore put there since the plan was made its result, and
// has what another was sending looked for like what this one may have sent.
func (s *session) since(ctx context.Context, q *queue) error {
	all, err := s.r.Journal.PutSince(ctx, s.re.Target, s.re.ID, s.re.Created)
	if err != nil || len(all) == 0 {
		return err
	}
	type where struct {
		resource int64
		col      string
	}
	last := map[where]pim.Since{}
	for _, x := range all {
		last[where{x.Resource, pim.Href(x.Collection).Key()}] = x
	}
	var sent []pim.RestoreStep
	groups := map[string][]put{}
	var order []string
	for i := range s.re.Steps {
		st := &s.re.Steps[i]
		by, ok := last[where{st.Resource, pim.Href(st.Collection).Key()}]
		switch {
		case !ok || st.State != "todo" || st.Action != pim.Create:
		case by.Sent:
			st.State = "sent"
			sent = append(sent, *st)
		default:
			key := colKey(st.Kind, st.Collection)
			if groups[key] == nil {
				order = append(order, key)
			}
			groups[key] = append(groups[key], put{&item{step: st}, by})
		}
	}
	if err := s.r.Journal.RecordSteps(ctx, s.re.ID, sent); err != nil {
		return err
	}
	for _, key := range order {
		for some := range slices.Chunk(groups[key], multigetLimit) {
			if err := s.sinceSome(ctx, some, q); err != nil {
				return err
			}
		}
	}
	return nil
}

// sinceSome is since for a few objects of one collection. What is no longer there is
// left to be written.
func (s *session) sinceSome(ctx context.Context, some []put, q *queue) error {
	got := answers{}
	hrefs := map[string][]pim.Href{}
	var ready []put
	for _, p := range some {
		ok, err := s.prepare(ctx, p.it, q)
		if err != nil {
			return err
		}
		if ok {
			ready = append(ready, p)
			hrefs[version(p.it)] = append(hrefs[version(p.it)], p.by.Href)
		}
	}
	if len(ready) == 0 {
		return s.keep(ctx, q, nil)
	}
	for _, v := range []string{"", "4.0"} {
		if err := s.multiget(ctx, ready[0].it.col, hrefs[v], v, got); err != nil {
			return err
		}
	}
	for _, p := range ready {
		a, answered := got[p.by.Href.Key()]
		o, ok := a.Object, a.Err == nil && answered
		if !ok && !notThere(a.Err) {
			var err error
			if o, ok, err = s.get(ctx, p.it.col, p.by.Href); err != nil {
				return err
			}
		}
		if ok {
			s.there(p, o, q)
		}
	}
	return s.keep(ctx, q, nil)
}

// there is an object that another restore put there since the plan was made.
func (s *session) there(p put, o pim.Object, q *queue) {
	st := p.it.step
	asPut := p.by.ETag != "" && o.ETag == p.by.ETag && p.by.Revision == st.Revision && st.Revision != 0
	if asPut || len(s.differ(p.it, o.Body)) == 0 {
		st.Href, st.ETag, st.NewUID = p.by.Href, o.ETag, p.by.UID
		q.finish(p.it, pim.DoneIdentical)
		return
	}
	q.finish(p.it, pim.DoneConflict, fmt.Sprintf("restore %d put it there since the plan was made, and it is not the same now; nothing was overwritten", p.by.Restore), offerPlan)
}
