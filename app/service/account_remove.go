package service

import (
	"context"
	"errors"
	"fmt"

	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// RemoveAccount ends an account. Its data stays, to list and to export, unless
// purge is set: then it is deleted for good, history too. It waits for its
// turn to write. Errors: Invalid for an unknown or already removed account, and,
// with Reason "loss-open", for data of which the server has lost a part and nobody
// has decided yet; an error with Reason "password-left" says that only the password could not be
// removed, vault.ReasonFreePages that only the deleted data's space was not
// given back.
func (s *Service) RemoveAccount(ctx context.Context, name string, purge bool) error {
	a, err := s.vault.Account(ctx, name)
	if err != nil {
		return err
	}
	if !a.RemovedAt.IsZero() && !purge {
		return &pim.Error{Fault: pim.Invalid, Op: "remove account", Where: name,
			Err:  errors.New("this account was removed already; its data is kept"),
			Hint: "to delete the data too: `sidekeep account remove NAME --keep-data=false`"}
	}
	if purge {
		if err := s.onlyCopy(ctx, a); err != nil {
			return err
		}
	}
	key, err := s.secretKey(ctx, a) // what can't be finished is not begun
	if err != nil {
		return err
	}
	done, err := s.takeTurn(ctx, "account remove", func(string) {})
	if err != nil {
		return err
	}
	defer done()
	traces := s.vault.RemoveAccount(ctx, a.ID, purge)
	var e *pim.Error
	if traces != nil && (!errors.As(traces, &e) || e.Reason != vault.ReasonFreePages) {
		return traces
	}
	if err := s.remember(ctx, a.ID, nil, nil); err != nil {
		return err
	}
	if !a.RemovedAt.IsZero() {
		return traces // its password went when it was removed
	}
	store, err := s.store(a.Secrets)
	if err != nil {
		return err
	}
	if err := store.Delete(ctx, key); err != nil {
		return &pim.Error{Fault: pim.FaultOf(err), Op: "remove the password of", Where: name, Reason: "password-left",
			Err:  fmt.Errorf("the account %s was removed, but its password could not be removed from the %s (%s)", name, a.Secrets, cause(err)),
			Hint: "remove the entry \"Sidekeep\" for this account there yourself"}
	}
	return traces
}

// onlyCopy refuses to delete what a server has lost and may be nowhere else.
func (s *Service) onlyCopy(ctx context.Context, a pim.Account) error {
	open, err := s.vault.Incidents(ctx, true)
	if err != nil {
		return err
	}
	for _, x := range open {
		if x.AccountID == a.ID {
			return &pim.Error{Fault: pim.Invalid, Op: "remove account", Where: a.Name, Reason: "loss-open",
				Err: fmt.Errorf("the server has lost something of %s, so that this may be the only copy of it; nothing was removed", a.Name),
				Hint: fmt.Sprintf("look at `sidekeep incident %d` first: once you have decided about it, the data can be deleted; "+
					"without --keep-data=false the account is removed and its data kept", x.ID)}
		}
	}
	return nil
}
