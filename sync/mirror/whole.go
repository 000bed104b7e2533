package mirror

import (
	"context"
	"maps"
	"slices"
	"time"

	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
)

// whole looks at the account as a whole once its collections have been
// mirrored: what one lost may have come to another, and where all of them lost
// everything it is one incident and not many.
func (s *session) whole(ctx context.Context, targets []target, since time.Time) error {
	if err := s.elsewhere(ctx); err != nil {
		return err
	}
	if s.login.other() && !slices.ContainsFunc(s.report.Collections, func(c CollectionReport) bool { return c.Counts.Held > 0 }) {
		s.report.Warnings = append(s.report.Warnings, otherLogin(s.login)) // no incident says it
	}
	if err := s.reword(ctx); err != nil {
		return fromVault(err)
	}
	return s.sumUp(ctx, targets, since)
}

// reword lets the incident of the account as a whole, if one is open, say what
// is missing now: a part of it may have come back, or have gone again.
func (s *session) reword(ctx context.Context) error {
	open, err := s.m.Vault.Incidents(ctx, true)
	if err != nil {
		return err
	}
	for _, x := range open {
		told := x.Evidence["another-principal"] > 0
		if x.AccountID != s.account.ID || x.CollID != 0 || x.Gone == 0 || s.login.unsure || x.Gone == x.Evidence["gone"] && told == s.login.other() {
			continue
		}
		known, err := s.m.Vault.Collections(ctx, s.account.ID)
		if err != nil {
			return err
		}
		lost := slices.DeleteFunc(known, func(k pim.Known) bool { return k.Held == 0 })
		kind := pim.Kind("")
		if len(lost) > 0 && !slices.ContainsFunc(lost, func(k pim.Known) bool { return k.Kind != lost[0].Kind }) {
			kind = lost[0].Kind
		}
		e := maps.Clone(x.Evidence)
		if e == nil {
			e = map[string]int{}
		}
		e["gone"], e["collections"] = x.Gone, len(lost)
		message := plan.LacksMessage(x.Gone, x.Live)
		if s.again.Load() && x.ToldAt.IsZero() {
			message = plan.MoreMessage(x.Gone, x.Live)
		}
		if s.login.other() {
			message, e["another-principal"] = plan.StrangerMessage(s.login.was, s.login.is, x.Gone), 1
		} else if delete(e, "another-principal"); x.Gone >= x.Live {
			switch {
			case x.Verdict == pim.WrongAccount && !told:
				message = plan.OthersMessage(x.Gone)
			case x.Verdict == pim.HomeChanged:
				message = plan.MovedMessage(len(lost), x.Gone)
			default:
				message = plan.EmptiedMessage(len(lost), x.Gone, kind)
			}
		}
		if err := s.m.Vault.Reword(ctx, x.ID, message, e); err != nil {
			return err
		}
	}
	return nil
}

// elsewhere believes deletions that are held where the objects have come to be
// in a collection that was mirrored later.
func (s *session) elsewhere(ctx context.Context) error {
	held, created := false, 0
	for _, rep := range s.report.Collections {
		held = held || rep.Counts.Held > 0
		created += rep.Counts.Created
	}
	if !held || created == 0 {
		return nil
	}
	known, err := s.m.Vault.Collections(ctx, s.account.ID)
	if err != nil {
		return fromVault(err)
	}
	for i := range s.report.Collections {
		rep := &s.report.Collections[i]
		if rep.Counts.Held == 0 || rep.Err != nil || created == rep.Counts.Created {
			continue
		}
		for _, k := range known {
			if k.ID == rep.ID {
				if err := s.judgeAgain(ctx, rep, k); err != nil {
					return fromVault(err)
				}
			}
		}
	}
	return nil
}

// judgeAgain judges what is held of a collection once more, without asking the
// server. What was ordinary all along but for its number is believed too.
func (s *session) judgeAgain(ctx context.Context, rep *CollectionReport, k pim.Known) error {
	index, err := s.m.Vault.Index(ctx, k.ID)
	if err != nil {
		return err
	}
	var held []int64
	for _, x := range index {
		if x.Held && !x.Kept {
			held = append(held, x.Resource)
		}
	}
	e, err := s.m.Vault.Evidence(ctx, k.ID, 0, held, s.lost)
	if err != nil || len(e.Moved) == 0 {
		return err
	}
	r := &run{s: s, m: s.m, col: k.Collection, known: k}
	f := plan.Facts{Kind: k.Kind, Title: k.Title(), Now: s.m.now(), Live: k.Live - k.Kept - len(e.Guests), Kept: k.Kept, Listed: -1,
		Missing: missingAs(rep.Verdict), Evidence: e}
	loss := plan.Loss{Held: held}
	if f.Held = len(held); e.Open != nil && e.Open.ToldAt.IsZero() {
		loss.Gone, loss.Held, f.Gone, f.Held = held, nil, f.Held, 0
	}
	c := pim.Commit{State: k.State, Owed: asBefore(index), Ended: s.m.now()}
	o := plan.Judge(f)
	r.apply(loss, f, o, &c)
	concluded(&c)
	if r.id, err = s.m.Vault.BeginRun(ctx, k.ID); err != nil {
		return err
	}
	counts, err := s.m.Vault.Finish(ctx, r.id, c)
	if err != nil {
		return err
	}
	counts.Created, counts.Modified = rep.Counts.Created, rep.Counts.Modified
	rep.Counts, rep.Outcome, rep.Reason, rep.Verdict = counts, c.Outcome, c.Message, o.Verdict
	return nil
}

// missingAs says whether a verdict was about a collection that is not there.
func missingAs(v pim.Verdict) pim.Verdict {
	switch v {
	case pim.CollectionGone, pim.AccountEmptied, pim.HomeChanged:
		return v
	}
	return ""
}

// sumUp makes one incident of the account where all that had anything lost
// everything, and at least two of them in this mirroring.
func (s *session) sumUp(ctx context.Context, targets []target, since time.Time) error {
	had := map[int64]int{}
	for _, t := range targets {
		if n := t.known.Live - t.known.Kept; n > 0 && t.known.Vanished == "" {
			had[t.known.ID] = n
		}
	}
	count := map[pim.Verdict]int{}
	lost, objects, news := 0, 0, 0
	kinds := map[pim.Kind]bool{}
	var kind pim.Kind
	for _, rep := range s.report.Collections {
		n := had[rep.ID]
		if n == 0 {
			news += rep.Counts.Created
			continue
		}
		if !nothingLeft(rep.Verdict) {
			return nil
		}
		count[rep.Verdict]++
		lost++
		objects += n
		kind, kinds[rep.Kind] = rep.Kind, true
	}
	if lost < 2 && !s.login.other() || lost == 0 || lost < len(had) {
		return nil
	}
	if len(kinds) > 1 {
		kind = ""
	}
	n := pim.IncidentNote{Verdict: pim.AccountEmptied, GoodAt: s.goodAt(targets), Live: objects,
		Message:  plan.EmptiedMessage(lost, objects, kind),
		Evidence: map[string]int{"collections": lost, "gone": objects, "live": objects, "created": news}}
	switch {
	case s.login.other():
		n.Verdict, n.Message = pim.WrongAccount, plan.StrangerMessage(s.login.was, s.login.is, objects)
		n.Evidence["another-principal"] = 1
	case count[pim.WrongAccount] > 0, count[pim.HomeChanged] > 0 && news > 0 && !s.login.same:
		n.Verdict, n.Message = pim.WrongAccount, plan.OthersMessage(objects)
	case count[pim.HomeChanged] == lost:
		n.Verdict, n.Message = pim.HomeChanged, plan.MovedMessage(lost, objects)
	}
	return fromVault(s.m.Vault.SumUp(ctx, s.account.ID, since, n))
}

// goodAt is when all of them were last well.
func (s *session) goodAt(targets []target) (at time.Time) {
	for _, t := range targets {
		if c := t.known.State.LastComplete; !c.IsZero() && (at.IsZero() || c.Before(at)) {
			at = c
		}
	}
	return at
}
