package mirror

import (
	"context"

	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
)

// vanish keeps a collection that is no longer listed: every deletion in it is
// held, and the reason is written down. Once that is done it costs nothing
// more until the collection is listed again.
func (s *session) vanish(ctx context.Context, t target, reason string) CollectionReport {
	r := &run{s: s, m: s.m, col: t.col, known: t.known}
	rep := r.report()
	if t.known.Vanished != "" {
		reason = t.known.Vanished // the first reason is the true one
	}
	rep.Reason, rep.Outcome = reason, pim.HeldBack
	if t.known.Live == 0 {
		rep.Outcome = pim.Complete // there was nothing to lose
	}
	var err error
	if t.known.Held < t.known.Live {
		rep.Counts, err = r.holdAll(ctx, reason)
	}
	if err == nil && t.known.Vanished == "" {
		err = s.m.Vault.MarkVanished(ctx, t.known.ID, reason)
	}
	if err != nil {
		rep.Outcome, rep.Err, rep.Reason = pim.Failed, fromVault(err), s.m.words(err)
	}
	return rep
}

func (r *run) holdAll(ctx context.Context, reason string) (pim.Counts, error) {
	index, err := r.m.Vault.Index(ctx, r.known.ID)
	if err != nil {
		return pim.Counts{}, err
	}
	id, err := r.m.Vault.BeginRun(ctx, r.known.ID)
	if err != nil {
		return pim.Counts{}, err
	}
	c := pim.Commit{Reason: reason, Message: reason, State: r.known.State, Outcome: pim.HeldBack,
		Ended: r.m.now()}
	c.Owed = asBefore(index)
	for _, x := range index {
		if x.Resource != 0 {
			c.Held = append(c.Held, x.Resource)
		}
	}
	return r.m.Vault.Finish(ctx, id, c)
}

// fail writes down that a collection could not be looked at, so that its state
// tells, and leaves everything else as it was.
func (s *session) fail(ctx context.Context, t target) CollectionReport {
	r := &run{s: s, m: s.m, col: t.col, known: t.known, mem: plan.ParseMemory(t.known.State.Road)}
	rep := r.report()
	rep.Outcome, rep.Err, rep.Reason = pim.Failed, t.err, s.m.words(t.err)
	if t.known.ID == 0 {
		return rep
	}
	var err error
	if t.known.Owed > 0 {
		if r.index, err = s.m.Vault.Index(ctx, t.known.ID); err != nil {
			rep.Err = fromVault(err)
			return rep
		}
	}
	if r.id, err = s.m.Vault.BeginRun(ctx, t.known.ID); err != nil {
		rep.Err = fromVault(err)
		return rep
	}
	rep.Counts, rep.Err = r.abandon(ctx, nil, t.err)
	return rep
}
