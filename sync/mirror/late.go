package mirror

import (
	"cmp"
	"context"
	"slices"

	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
)

// asked is a collection of which everything was asked for that the server has to
// give.
type asked struct {
	// end does the rest, which needs no network: it waits for the vault, ends the
	// run and gives the report; it must be called, once, and may be while the next
	// collection is asked for.
	end  func(context.Context) CollectionReport
	well bool // nothing stands against asking for the next one
	// late: what is missing says something only beside what the other collections
	// lost, so it is ended when they have been; end is nil then.
	late *late
}

// late is a run that is not ended before the others are.
type late struct {
	run  *run
	of   target
	gone bool // its collection is not there, and no home-set lists it
}

// telling says that a loss is to be looked at beside the others': of all objects
// of a short list.
func (r *run) telling() bool {
	if r.diff == nil || r.known.Live-r.known.Kept >= plan.EmptyHabit {
		return false
	}
	f := r.diff.Facts(r.complete)
	return f.Gone > 0 && f.Gone+f.Held == f.Live
}

// latecomers ends the runs that waited for the others. It does so in any case:
// what they hold open has to be closed.
func (s *session) latecomers(ctx context.Context, targets []target) (err error) {
	for _, l := range s.late {
		if l.gone {
			s.lost = append(s.lost, l.of.known.ID)
		}
	}
	lost, others := s.tally(targets)
	for _, l := range s.late {
		var rep CollectionReport
		switch {
		case s.login.other():
			rep = l.run.notThere(ctx, l.of, pim.WrongAccount)
		case l.gone:
			rep = l.run.notThere(ctx, l.of, pim.HomeChanged)
		default:
			if others {
				l.run.others = lost - had(l.of)
			}
			rep = l.run.close(ctx, nil)
		}
		s.report.Collections = append(s.report.Collections, rep)
		if rep.Err != nil && stops(rep.Err) {
			err = cmp.Or(err, rep.Err)
		}
	}
	return err
}

// nowhere are the collections that nothing has moved to: those that are gone, and
// those that are not ended yet because they lost all they had. It is for who judges
// while no other run is being ended.
func (s *session) nowhere() []int64 {
	ids := slices.Clone(s.lost)
	for _, l := range s.late {
		ids = append(ids, l.of.known.ID)
	}
	return ids
}

// had is how many objects a collection had that could be lost.
func had(t target) int {
	if t.known.Vanished != "" {
		return 0
	}
	return t.known.Live - t.known.Kept - t.known.Held
}

// tally counts the objects of the collections that lost all of them in this
// mirroring. all: none is known to have kept something.
func (s *session) tally(targets []target) (lost int, all bool) {
	verdicts := map[int64]CollectionReport{}
	for _, rep := range s.report.Collections {
		verdicts[rep.ID] = rep
	}
	waits := map[int64]bool{}
	for _, l := range s.late {
		waits[l.of.known.ID] = true
	}
	for _, t := range targets {
		n := had(t)
		rep, ended := verdicts[t.known.ID]
		switch {
		case n <= 0, ended && rep.Err != nil, !ended && !waits[t.known.ID]: // it says nothing
		case waits[t.known.ID], nothingLeft(rep.Verdict):
			lost += n
		default:
			return 0, false
		}
	}
	return lost, true
}

// nothingLeft says of a verdict that all of a collection is missing.
func nothingLeft(v pim.Verdict) bool {
	switch v {
	case pim.EverythingGone, pim.CollectionGone, pim.AccountEmptied, pim.HomeChanged, pim.WrongAccount:
		return true
	}
	return false
}

// notThere ends a run whose collection turned out not to be the one it was.
func (r *run) notThere(ctx context.Context, t target, how pim.Verdict) CollectionReport {
	if r.in == nil {
		return r.vanish(ctx, t, how)
	}
	if _, err := r.in.close(); err != nil || ctx.Err() != nil {
		return r.close(ctx, err)
	}
	r.id = r.in.run
	return r.vanish(ctx, t, how)
}
