package vault

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"sidekeep/sync/pim"
)

// seenWhole are the outcomes of runs that a collection can be shown as of: a run
// that failed or was cut short saw only a part of what was there.
const seenWhole = `outcome IN ('complete', 'partial', 'held')`

// Snapshots gives the state of every collection at a moment: that after its last
// concluded run (complete, partial or held) that ended at or before it. A
// collection that had none by then is absent: it was not there yet. The zero
// moment is now. Objects and Held are what was counted then, also of what was
// forgotten since.
func (v *Vault) Snapshots(ctx context.Context, at time.Time) (map[int64]pim.Snapshot, error) {
	const op = "find snapshots"
	all, err := list(ctx, v, op, scanSnapshot, snapshotQuery+`WHERE r.id = `+lastRun, atMillis(at))
	out := make(map[int64]pim.Snapshot, len(all))
	for _, s := range all {
		out[s.Collection] = s
	}
	if err != nil {
		return nil, err
	}
	// Of a vault that is damaged a run may be lost: then it is not known what was there.
	// A run ends a moment after its collection is complete.
	completed, err := list(ctx, v, op, scanID, `SELECT id FROM collections WHERE last_complete + 3600000 <= ?`, atMillis(at))
	for _, id := range completed {
		if _, known := out[id]; !known {
			return nil, v.fail(op, torn(fmt.Errorf("the runs of collection %d are lost", id)))
		}
	}
	return out, err
}

// snapshotQuery and lastRun find the run that a collection is shown as of; the
// moment is parameter 1. Two runs of one millisecond stand in their order.
const (
	snapshotQuery = `SELECT c.id, r.id, r.ended_at, r.outcome, r.last_revision, r.objects, r.held FROM collections c CROSS JOIN runs r `
	lastRun       = `(SELECT id FROM runs WHERE collection = c.id AND ended_at <= ?1 AND ` + seenWhole + ` ORDER BY ended_at DESC, id DESC LIMIT 1)`
)

func scanSnapshot(r *sql.Rows) (s pim.Snapshot, err error) {
	var ended sql.NullInt64
	err = r.Scan(&s.Collection, &s.Run, &ended, &s.Outcome, &s.LastRevision, &s.Objects, &s.Held)
	s.At = fromMillis(ended)
	return s, err
}

// atMillis is a moment as it is compared with stored ones; the zero moment is
// after all of them.
func atMillis(at time.Time) int64 {
	if at.IsZero() {
		return 1<<63 - 1
	}
	return at.UnixMilli()
}
