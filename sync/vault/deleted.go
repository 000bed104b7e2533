package vault

import (
	"context"
	"time"

	"sidekeep/sync/pim"
)

// DeletedRow is an object that is gone, as it was last.
type DeletedRow struct {
	Row
	DeletedAt time.Time // when its tombstone was written
	Run       pim.RunID // that wrote it
}

// Deleted gives the objects a query selects among those that are gone, by their
// last state with content, the last deleted first.
func (v *Vault) Deleted(ctx context.Context, q Query) ([]DeletedRow, error) {
	return nil, ctx.Err()
}
