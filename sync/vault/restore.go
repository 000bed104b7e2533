package vault

import (
	"context"
	"errors"
	"time"

	"sidekeep/sync/pim"
)

var errLater = errors.New("not built yet")

// SaveRestore keeps a plan and gives its ID.
func (v *Vault) SaveRestore(ctx context.Context, r pim.Restore) (int64, error) { return 0, errLater }

// Restore gives a restore with all its steps; an unknown ID is Invalid.
func (v *Vault) Restore(ctx context.Context, id int64) (pim.Restore, error) {
	return pim.Restore{}, errLater
}

// Restores gives all restores without their steps, newest first, and how many
// steps have which result ("" not carried out yet).
func (v *Vault) Restores(ctx context.Context) ([]RestoreRow, error) { return nil, errLater }

// RestoreRow is one restore in a list.
type RestoreRow struct {
	pim.Restore // without Steps
	Actions     map[pim.Action]int
	Results     map[pim.RestoreResult]int
}

// StepBody gives the bytes that a step puts back, as they were stored.
func (v *Vault) StepBody(ctx context.Context, s pim.RestoreStep) ([]byte, error) {
	return nil, errLater
}

// RecordSteps writes State, Result, Collection, Href, ETag, NewUID and Detail
// of steps in one transaction.
func (v *Vault) RecordSteps(ctx context.Context, id int64, steps []pim.RestoreStep) error {
	return errLater
}

// RecordMake writes Before and URL of a collection to make; with a URL the steps
// that wait for it get it too.
func (v *Vault) RecordMake(ctx context.Context, id int64, m pim.RestoreMake) error { return errLater }

// SetRestoreState moves a restore on: "running" stamps Started where it was not,
// "stopped" and "done" stamp Ended.
func (v *Vault) SetRestoreState(ctx context.Context, id int64, state string, notes []string, at time.Time) error {
	return errLater
}

// Present gives the current view of a collection, held objects included, as a
// restore compares with it.
func (v *Vault) Present(ctx context.Context, collection int64) ([]pim.Present, error) {
	return nil, errLater
}

// MappedUIDs gives the UIDs that restores had to replace: by resource, the last
// one that was given to it at a target account.
func (v *Vault) MappedUIDs(ctx context.Context, target int64) (map[int64]string, error) {
	return nil, errLater
}
