package service

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// replaced gives, for each restore that came to no end and whose place another took,
// that other one: the newest of them.
func (s *Service) replaced(ctx context.Context, all []vault.RestoreRow) (map[int64]int64, error) {
	out := map[int64]int64{}
	for _, r := range all {
		newer, err := s.supersededBy(ctx, all, r.Restore)
		if err != nil {
			return nil, err
		}
		if newer != 0 {
			out[r.ID] = newer
		}
	}
	return out, nil
}

// supersededBy gives the newest restore that took the place of another: it was
// begun later for the same incident and the same account, so that what the older one
// still wanted to do is no longer known to be wanted; or it came to its end since and
// put back, in the same state and at the same place, all that the other has still to
// do, so that going on would put it there twice or bring back what was deleted since.
// 0: there is none.
func (s *Service) supersededBy(ctx context.Context, all []vault.RestoreRow, r pim.Restore) (int64, error) {
	if r.State == restoreDone {
		return 0, nil
	}
	var newest int64
	for _, x := range all {
		took := sameLoss(x.Restore, r) && x.ID > r.ID && !x.Started.IsZero()
		if !took && endedSince(x.Restore, r) {
			var err error
			if took, err = s.vault.Covers(ctx, x.ID, r.ID); err != nil {
				return 0, err
			}
		}
		if took {
			newest = max(newest, x.ID)
		}
	}
	return newest, nil
}

func sameLoss(a, b pim.Restore) bool {
	return a.Ask.Incident != 0 && a.Ask.Incident == b.Ask.Incident && a.Target != 0 && a.Target == b.Target
}

// endedSince says that one restore came to its end after another had begun, at the
// same place. What was planned later counts as later, whatever the clock said.
func endedSince(x, r pim.Restore) bool {
	if x.ID == r.ID || x.State != restoreDone || r.Started.IsZero() {
		return false
	}
	later := x.ID > r.ID || x.Ended.After(r.Started)
	return later && x.Target == r.Target && x.Ask.Folder == r.Ask.Folder && strings.EqualFold(x.Ask.Into, r.Ask.Into)
}

func (s *Service) superseded(ctx context.Context, r pim.Restore) (int64, error) {
	if r.Started.IsZero() && r.Ask.Incident == 0 || r.State == restoreDone {
		return 0, nil
	}
	all, err := s.vault.Restores(ctx)
	if err != nil {
		return 0, err
	}
	return s.supersededBy(ctx, all, r)
}

// unfinished says, beside a plan, that the last restore to its account was interrupted
// and can be gone on with.
func (s *Service) unfinished(ctx context.Context, plan pim.Restore) ([]string, error) {
	if plan.Target == 0 {
		return nil, nil
	}
	all, err := s.vault.Restores(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.interrupted(ctx, all, plan.Target)
	if r == nil || err != nil {
		return nil, err
	}
	return []string{fmt.Sprintf("Restore %d to this account was interrupted: `sidekeep restore run %[1]d` goes on with it.", r.ID)}, nil
}

// interrupted is the last restore to an account, if it came to no end; nil: it did,
// or there was none.
func (s *Service) interrupted(ctx context.Context, all []vault.RestoreRow, target int64) (*vault.RestoreRow, error) {
	for i, r := range all { // the newest first
		if r.Target != target || r.Started.IsZero() {
			continue
		}
		if r.State == restoreDone {
			return nil, nil // what came before it is no longer news
		}
		if newer, err := s.supersededBy(ctx, all, r.Restore); newer == 0 || err != nil {
			return &all[i], err
		}
	}
	return nil, nil
}

// InterruptedRestores gives, for each account in use by name, the number of the
// restore that stopped half-way and can be gone on with. One that another process
// carries out just now is not among them.
func (s *Service) InterruptedRestores(ctx context.Context) (map[string]int64, error) {
	all, err := s.vault.Restores(ctx)
	if err != nil {
		return nil, err
	}
	accounts, err := s.chosen(ctx, nil)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, a := range accounts {
		r, err := s.interrupted(ctx, all, a.ID)
		if err != nil {
			return nil, err
		}
		if r != nil && s.restoreState(r.State) == restoreStopped {
			out[a.Name] = r.ID
		}
	}
	return out, nil
}

func hintAnew(a pim.RestoreAsk) string {
	return fmt.Sprintf("To put back what is still missing: sidekeep restore plan --incident %d --to %s", a.Incident, a.To)
}

// mayRun refuses a plan whose target was removed or is another's now, or whose place
// another took, and closes the plans whose place this one takes. Errors: Invalid.
func (s *Service) mayRun(ctx context.Context, r pim.Restore) error {
	if r.Target != 0 {
		if _, err := s.accountByID(ctx, r.Target); err != nil {
			return err
		}
		if err := s.notAnothers(ctx, r.Target); err != nil {
			return err
		}
	}
	all, err := s.vault.Restores(ctx)
	if err != nil {
		return err
	}
	switch newer, err := s.supersededBy(ctx, all, r); {
	case err != nil:
		return err
	case newer != 0:
		return tookPlace(r, newer)
	}
	return s.takePlace(ctx, all, r)
}

// tookPlace is the error of a restore whose place another took.
func tookPlace(r pim.Restore, newer int64) error {
	e := &pim.Error{Fault: pim.Invalid, Op: "restore", Reason: "superseded",
		Err:  fmt.Errorf("restore %d put back all that this one had still to do, and took its place", newer),
		Hint: fmt.Sprintf("`sidekeep restore show %d` shows its receipt; to put it back once more, make a new plan", newer)}
	if r.Ask.Incident != 0 {
		e.Where, e.Err, e.Hint = fmt.Sprint(r.ID), fmt.Errorf("restore %d took the place of this one", newer), hintAnew(r.Ask)
	}
	return e
}

// takePlace notes with older restores of the same loss that this one took their place.
func (s *Service) takePlace(ctx context.Context, all []vault.RestoreRow, r pim.Restore) error {
	var err error
	for _, x := range all {
		if !sameLoss(x.Restore, r) || x.ID >= r.ID || x.Started.IsZero() || x.State == restoreDone {
			continue
		}
		note := fmt.Sprintf("Restore %d of the same loss took the place of this one.", r.ID)
		notes := x.Notes
		if n := len(notes); n == 0 || !strings.HasSuffix(notes[n-1], "took the place of this one.") {
			notes = append(notes, note)
		}
		at := x.Ended
		if at.IsZero() {
			at = s.now()
		}
		err = errors.Join(err, s.vault.SetRestoreState(ctx, x.ID, restoreStopped, notes, at))
	}
	return err
}
