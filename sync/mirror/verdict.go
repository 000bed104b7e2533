package mirror

import (
	"context"
	"slices"

	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
)

// judge fills in what becomes of everything that is missing, and what is wrong,
// if anything is. What came must be in the vault for it, so it may be put there.
func (r *run) judge(ctx context.Context, rep *CollectionReport, c *pim.Commit) error {
	loss, f := r.diff.Loss(r.complete), r.diff.Facts(r.complete)
	if r.known.Vanished != "" && r.missing == "" { // all was held because nothing was listed: now it is, so judge anew
		loss.Gone, loss.Held = append(loss.Gone, loss.Held...), nil
		f.Gone, f.Held = f.Gone+f.Held, 0
	}
	c.Back = loss.Back
	missing := slices.Concat(loss.Gone, loss.Held)
	if len(missing) == 0 && f.Equal == 0 {
		return nil
	}
	if len(c.Objects) > 0 {
		if err := r.m.Vault.Put(ctx, r.id, c.Objects); err != nil {
			return err
		}
		r.s.tell.stored(r.known.ID, len(c.Objects), bodyBytes(c.Objects))
		c.Objects = nil
	}
	var err error
	lost := r.s.lost
	if r.missing != "" {
		lost = r.s.nowhere()
	}
	if f.Evidence, err = r.m.Vault.Evidence(ctx, r.known.ID, r.id, missing, lost); err != nil {
		return err
	}
	f.Kind, f.Title, f.Now, f.Missing, f.Others = r.col.Kind, r.col.Title(), r.m.now(), r.missing, r.others
	if r.missing == pim.WrongAccount {
		f.Was, f.Is = r.s.login.was, r.s.login.is
	}
	o := plan.Judge(f)
	rep.Verdict = o.Verdict
	r.apply(loss, f, o, c)
	return nil
}

// apply turns an opinion into what is committed.
func (r *run) apply(loss plan.Loss, f plan.Facts, o plan.Opinion, c *pim.Commit) {
	if o.Hold {
		loss.Held = append(loss.Held, loss.Gone...)
	} else {
		c.Tombstones = loss.Gone
	}
	moved := make(map[int64]bool, len(f.Moved))
	for _, id := range f.Moved {
		moved[id] = true
	}
	for _, id := range loss.Held {
		if moved[id] { // it is still there, elsewhere
			c.Tombstones = append(c.Tombstones, id)
		} else {
			c.Held = append(c.Held, id)
		}
	}
	c.Fields = f.Fields
	if len(c.Held) > 0 {
		c.Reason = o.Message
	}
	if !o.Alarm {
		return
	}
	if o.Again {
		r.s.again.Store(true)
	}
	c.Incident = &pim.IncidentNote{Verdict: o.Verdict, GoodAt: f.GoodAt, Live: f.Live, Gone: c.Held, Again: o.Again,
		Earlier: o.Since, Message: o.Message, Evidence: o.Evidence}
	if o.Pin {
		c.Incident.Changed, c.Incident.Eroded, c.Incident.ErodedAt = f.Changed, o.Eroded, o.ErodedAt
	}
}
