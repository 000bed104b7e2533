package service

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"sidekeep/sync/pim"
)

// Times of what the background does besides mirroring.
const (
	drillEvery = 7 * 24 * time.Hour
	drillFirst = 24 * time.Hour // after a vault was first seen
	drillRetry = 24 * time.Hour // after one that could not be done
	copyRetry  = time.Hour
)

// upkeepMark is when the background last did these things, by its own clock.
type upkeepMark struct {
	Drill      time.Time `json:"drill,omitzero"` // when the next one is due
	Copy       time.Time `json:"copy,omitzero"`  // of the last try
	CopyFailed bool      `json:"copy_failed,omitempty"`
	// DrillFailed: the last one did, of which there was a notice.
	DrillFailed bool          `json:"drill_failed,omitempty"`
	Notices     []savedNotice `json:"notices,omitempty"`
}

// upkeep makes the copy that is due and rehearses a restore once a week, when
// nothing else is going on. It says whether it did something.
func (s *Service) upkeep(ctx context.Context, now time.Time) bool {
	if s.cfg.ReadOnly || s.damage != nil || len(s.Jobs()) > 0 {
		return false
	}
	st, err := s.readState()
	if err != nil || s.isDamaged(st) {
		return false
	}
	set := s.Settings()
	switch {
	case copyDue(set, st, now):
		s.backgroundCopy(ctx, now, set.CopyTo, st)
	case st.Upkeep.Drill.IsZero(): // a new vault has nothing to be proven yet
		s.planDrill(ctx, now.Add(drillFirst))
		return false
	case !now.Before(st.Upkeep.Drill), st.Upkeep.Drill.Sub(now) > drillEvery: // planned by a clock that was ahead
		s.backgroundDrill(ctx, now)
	default:
		return false
	}
	return true
}

func copyDue(set Settings, st state, now time.Time) bool {
	if set.CopyEvery <= 0 || set.CopyTo == "" {
		return false
	}
	if st.Upkeep.CopyFailed && st.Copy != nil && st.Copy.Error != nil {
		return passed(st.Upkeep.Copy, now, copyRetry)
	}
	byHand := time.Time{}
	if st.Copy != nil && filepath.Dir(st.Copy.Path) == filepath.Clean(set.CopyTo) {
		byHand = st.Copy.Made
	}
	return passed(st.Upkeep.Copy, now, set.CopyEvery) && passed(byHand, now, set.CopyEvery)
}

// passed says whether so much time passed since a mark. One that lies ahead was made
// by a clock that was wrong, and is none.
func passed(mark, now time.Time, d time.Duration) bool {
	return mark.After(now) || now.Sub(mark) >= d
}

// planDrill notes when the next drill is due. Where that can't be kept it is planned
// again at the next tick.
func (s *Service) planDrill(ctx context.Context, at time.Time) {
	_ = s.changeState(context.WithoutCancel(ctx), func(st *state) bool {
		st.Upkeep.Drill = at.UTC()
		return true
	})
}

func (s *Service) backgroundCopy(ctx context.Context, now time.Time, to string, before state) {
	j := s.start("copy", "", func(ctx context.Context, j *Job) (any, error) {
		rep, err := CopyReport{}, s.stillThatFolder(ctx, to, before)
		if err != nil {
			err = errors.Join(err, s.copyFailed(ctx, err))
		} else {
			rep, err = s.copy(ctx, j, to)
		}
		if err != nil && pim.FaultOf(err) == pim.Stopped {
			return rep, err
		}
		_ = s.changeState(context.WithoutCancel(ctx), func(st *state) bool {
			if err != nil && !st.Upkeep.CopyFailed && !isBehind(err) {
				st.Upkeep.notice(savedNotice{Kind: NoticeCopy, savedError: *s.saveable(err)})
			}
			st.Upkeep.Copy, st.Upkeep.CopyFailed = now.UTC(), err != nil
			return true
		})
		return rep, err
	})
	_ = j.Wait(ctx) // how it went is kept
}

// backgroundDrill verifies everything and rehearses a restore.
func (s *Service) backgroundDrill(ctx context.Context, now time.Time) {
	j := s.start("verify", "", func(ctx context.Context, j *Job) (any, error) {
		rep, err := s.verify(ctx, j, true)
		if err == nil || pim.FaultOf(err) != pim.Stopped {
			s.drilled(ctx, now, rep, err)
		}
		return rep, err
	})
	_ = j.Wait(ctx) // how it went is kept
}

// drilled keeps how a drill went, and when the next one is due.
func (s *Service) drilled(ctx context.Context, now time.Time, rep VerifyReport, err error) {
	next := now.Add(drillEvery)
	// That the vault is older has a notice of its own.
	found := slices.DeleteFunc(slices.Clone(rep.Problems), func(p pim.Problem) bool { return p.Kind == problemOlder })
	if err == nil && len(found) > 0 {
		err = &pim.Error{Fault: pim.Storage, Op: "verify the vault", Where: s.vault.Path(), Reason: "not-proven",
			Err: fmt.Errorf("the weekly proof found %s in %s; the first: %s, %s", countOf(len(found), "problem", "problems"),
				s.vault.Path(), found[0].What, found[0].Where),
			Hint: "run `sidekeep verify`, which names them all and says what to do"}
	}
	if err != nil {
		next = now.Add(drillRetry)
	}
	_ = s.changeState(context.WithoutCancel(ctx), func(st *state) bool {
		if err != nil && !st.Upkeep.DrillFailed {
			st.Upkeep.notice(savedNotice{Kind: NoticeDrill, savedError: *s.saveable(err)})
		}
		st.Upkeep.Drill, st.Upkeep.DrillFailed = next.UTC(), err != nil
		return true
	})
}
