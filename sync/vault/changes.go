package vault

import (
	"context"

	"sidekeep/sync/pim"
)

// Changes says what a run did, object by object.
func (v *Vault) Changes(ctx context.Context, run pim.RunID) ([]pim.RunChange, error) {
	return nil, ctx.Err()
}
