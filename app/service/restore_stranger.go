package service

import (
	"context"
	"errors"

	"sidekeep/sync/pim"
)

// notAnothers refuses to write to an account while its login is taken for another
// principal's and nobody has said that this is right: what is put back would stand
// among theirs. Errors: Invalid, Reason "another-principal".
func (s *Service) notAnothers(ctx context.Context, account int64) error {
	open, err := s.vault.Incidents(ctx, true)
	if err != nil {
		return err
	}
	for _, in := range open {
		if in.AccountID == account && in.Evidence["another-principal"] > 0 {
			return &pim.Error{Fault: pim.Invalid, Op: "restore", Where: in.Account, Reason: "another-principal",
				Err:  errors.New("the server takes this login for another account, and what is put back would be put among what that one has"),
				Hint: "sign in again as before; if that account is yours now, keep here what was lost, and restore it then"}
		}
	}
	return nil
}
