package service

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// supersededBy gives the newest restore that took the place of another: it was
// begun later, for the same incident and the same account. What the older one
// still wanted to do is then no longer known to be wanted. 0: there is none.
func supersededBy(all []vault.RestoreRow, r pim.Restore) int64 {
	var newest int64
	for _, x := range all {
		if sameLoss(x.Restore, r) && x.ID > r.ID && !x.Started.IsZero() && r.State != restoreDone {
			newest = max(newest, x.ID)
		}
	}
	return newest
}

func sameLoss(a, b pim.Restore) bool {
	return a.Ask.Incident != 0 && a.Ask.Incident == b.Ask.Incident && a.Target != 0 && a.Target == b.Target
}

func (s *Service) superseded(ctx context.Context, r pim.Restore) (int64, error) {
	if r.Ask.Incident == 0 || r.State == restoreDone {
		return 0, nil
	}
	all, err := s.vault.Restores(ctx)
	return supersededBy(all, r), err
}

// unfinished says, for the notes of a plan, that the last restore to an account was
// interrupted and can be gone on with.
func (s *Service) unfinished(ctx context.Context, target int64) ([]string, error) {
	all, err := s.vault.Restores(ctx)
	if err != nil {
		return nil, err
	}
	if r := interrupted(all, target); r != nil {
		return []string{fmt.Sprintf("Restore %d to this account was interrupted: `sidekeep restore run %[1]d` goes on with it.", r.ID)}, nil
	}
	return nil, nil
}

// interrupted is the last restore to an account, if it came to no end; nil: it did,
// or there was none.
func interrupted(all []vault.RestoreRow, target int64) *vault.RestoreRow {
	for i, r := range all { // the newest first
		switch {
		case r.Target != target || r.Started.IsZero():
		case r.State == restoreDone:
			return nil // what came before it is no longer news
		case supersededBy(all, r.Restore) == 0:
			return &all[i]
		}
	}
	return nil
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
		if r := interrupted(all, a.ID); r != nil && s.restoreState(r.State) == restoreStopped {
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
	if r.Ask.Folder != "" {
		return nil
	}
	if _, err := s.accountByID(ctx, r.Target); err != nil {
		return err
	}
	if err := s.notAnothers(ctx, r.Target); err != nil || r.Ask.Incident == 0 {
		return err
	}
	all, err := s.vault.Restores(ctx)
	if err != nil {
		return err
	}
	if newer := supersededBy(all, r); newer != 0 {
		return &pim.Error{Fault: pim.Invalid, Op: "restore", Where: fmt.Sprint(r.ID), Reason: "superseded",
			Err: fmt.Errorf("restore %d of the same loss took the place of this one", newer), Hint: hintAnew(r.Ask)}
	}
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
