package vault

import (
	"context"
	"database/sql"
	"time"

	"sidekeep/sync/pim"
)

// Timeline gives a point for every run that ended in [from, to), oldest first,
// those that failed too. account and collection 0 give all; a zero from or to
// does not bound.
func (v *Vault) Timeline(ctx context.Context, account, collection int64, from, to time.Time) ([]pim.Point, error) {
	var first int64 = -1 << 63
	if !from.IsZero() {
		first = from.UnixMilli()
	}
	return list(ctx, v, "read timeline", scanPoint, `SELECT r.id, r.collection, r.ended_at, r.outcome, r.objects, r.created, r.modified,
			r.deleted, r.held
		FROM collections c JOIN runs r ON r.collection = c.id
		WHERE (?1 = 0 OR c.account = ?1) AND (?2 = 0 OR c.id = ?2) AND r.ended_at >= ?3 AND r.ended_at < ?4
		ORDER BY r.ended_at, r.id`, account, collection, first, atMillis(to))
}

func scanPoint(r *sql.Rows) (p pim.Point, err error) {
	var ended sql.NullInt64
	err = r.Scan(&p.Run, &p.Collection, &ended, &p.Outcome, &p.Objects, &p.Created, &p.Modified, &p.Deleted, &p.Held)
	p.At = fromMillis(ended)
	return p, err
}
