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
	if r.missing == "" { // else nothing says that they went
		r.bidFarewell(&loss, &f, c)
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

// bidFarewell believes the deletion of guests, and counts them nowhere.
func (r *run) bidFarewell(loss *plan.Loss, f *plan.Facts, c *pim.Commit) {
	if len(f.Guests) == 0 {
		return
	}
	guests := make(map[int64]bool, len(f.Guests))
	for _, id := range f.Guests {
		guests[id] = true
	}
	leave := func(ids []int64) (own []int64) {
		for _, id := range ids {
			if guests[id] {
				c.Tombstones = append(c.Tombstones, id)
			} else {
				own = append(own, id)
			}
		}
		return own
	}
	gone, held, back := len(loss.Gone), len(loss.Held), 0
	loss.Gone, loss.Held = leave(loss.Gone), leave(loss.Held)
	for _, id := range loss.Back {
		if guests[id] {
			back++
		}
	}
	f.Gone, f.Held, f.Back = f.Gone-gone+len(loss.Gone), f.Held-held+len(loss.Held), f.Back-back
	here := 0 // what came in this very run is not counted yet
	for _, x := range r.index {
		if guests[x.Resource] {
			here++
		}
	}
	f.Live -= here
	f.Common -= min(f.Common, max(0, here-len(c.Tombstones)))
}

// apply turns an opinion into what is committed.
func (r *run) apply(loss plan.Loss, f plan.Facts, o plan.Opinion, c *pim.Commit) {
	if o.Hold {
		loss.Held = append(loss.Held, loss.Gone...)
	} else {
		c.Tombstones = append(c.Tombstones, loss.Gone...)
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
	c.Incident = &pim.IncidentNote{Verdict: o.Verdict, GoodAt: f.ShownAt, Live: f.Live, Gone: c.Held, Again: o.Again,
		Earlier: o.Since, Message: o.Message, Evidence: o.Evidence}
	if o.Pin {
		c.Incident.Changed, c.Incident.Eroded, c.Incident.ErodedAt = f.Changed, o.Eroded, o.ErodedAt
	}
}
