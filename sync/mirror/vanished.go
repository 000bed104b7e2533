package mirror

import (
	"context"

	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
)

// vanish keeps a collection that is no longer listed: every deletion in it is
// held, but for what is somewhere else now, and the reason is written down. Once
// that is done it costs nothing more until the collection is listed again.
func (s *session) vanish(ctx context.Context, t target, how pim.Verdict) CollectionReport {
	r := &run{s: s, m: s.m, col: t.col, known: t.known, mem: plan.ParseMemory(t.known.State.Road)}
	return r.vanish(ctx, t, how)
}

// vanish uses the run if it was begun already.
func (r *run) vanish(ctx context.Context, t target, how pim.Verdict) CollectionReport {
	s := r.s
	rep := r.report()
	rep.Outcome, rep.Reason = pim.HeldBack, t.known.Vanished // the first reason is the true one
	if rep.Reason == "" {
		rep.Reason = plan.GoneReason(t.known.Kind, t.known.Live)
		if how == pim.WrongAccount {
			rep.Reason = plan.StrangerMessage(s.login.was, s.login.is, t.known.Live)
		}
	}
	var err error
	if r.id != 0 || t.known.Held+t.known.Kept < t.known.Live {
		err = r.holdAll(ctx, &rep, how)
	}
	if rep.Counts.Held == 0 {
		rep.Outcome = pim.Complete // there was nothing to lose, or it was decided on
	}
	if err == nil && t.known.Vanished != rep.Reason {
		err = s.m.Vault.MarkVanished(ctx, t.known.ID, rep.Reason)
	}
	if err != nil {
		rep.Outcome, rep.Err, rep.Reason = pim.Failed, fromVault(err), s.m.words(err)
	}
	return rep
}

func (r *run) holdAll(ctx context.Context, rep *CollectionReport, how pim.Verdict) error {
	index, err := r.m.Vault.Index(ctx, r.known.ID)
	if err != nil {
		return err
	}
	if r.id == 0 {
		if r.id, err = r.m.Vault.BeginRun(ctx, r.known.ID); err != nil {
			return err
		}
	}
	r.index, r.diff = index, plan.NewDiff(index, false)
	r.complete = true // nothing is listed
	c := pim.Commit{State: r.known.State, Outcome: pim.Complete, Owed: asBefore(index), Traffic: r.spent, Ended: r.m.now()}
	r.missing = how
	if err := r.judge(ctx, rep, &c); err != nil {
		return err
	}
	if len(c.Held) > 0 {
		rep.Reason = c.Reason
		c.Outcome, c.Message = pim.HeldBack, c.Reason
	}
	rep.Counts, err = r.m.Vault.Finish(ctx, r.id, c)
	return err
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
