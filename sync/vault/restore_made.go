package vault

import (
	"context"
	"database/sql"
	"time"

	"sidekeep/sync/pim"
)

// MadeCollections gives the collections that restores made at an account, by the
// collections whose objects went into them, the oldest restore first. They need not
// be there any more.
func (v *Vault) MadeCollections(ctx context.Context, target int64) ([]pim.Made, error) {
	return list(ctx, v, "list collections that were made", func(r *sql.Rows) (m pim.Made, err error) {
		var at sql.NullInt64
		err = r.Scan(&m.Restore, &m.From, &m.Kind, &m.Name, &m.URL, &at)
		m.At = fromMillis(at)
		return m, err
	}, `SELECT DISTINCT x.id, o.collection, m.kind, m.name, m.url, coalesce(x.ended_at, x.started_at)
		FROM restores x JOIN restore_makes m ON m.restore = x.id
		JOIN restore_steps s ON s.restore = m.restore AND s.kind = m.kind AND s.make = m.name
		JOIN resources o ON o.id = s.resource
		WHERE x.target = ? AND m.url <> '' ORDER BY x.id, o.collection`, target)
}

// PutSince gives what restores to an account other than one put there, or were
// sending when they were interrupted, where they were planned after that one, or
// ended, or were begun and came to no end, at a moment or after it; the oldest first.
func (v *Vault) PutSince(ctx context.Context, target, but int64, at time.Time) ([]pim.Since, error) {
	return list(ctx, v, "list what was restored since", func(r *sql.Rows) (x pim.Since, err error) {
		return x, r.Scan(&x.Resource, &x.Collection, &x.Restore, &x.Revision, &x.ETag, &x.UID, &x.Href, &x.Sent)
	}, `SELECT s.resource, s.collection, x.id, s.revision, s.etag, s.new_uid, s.href, s.state = 'sent'
		FROM restores x JOIN restore_steps s ON s.restore = x.id
		WHERE x.target = ?1 AND x.id <> ?2 AND (x.id > ?2 OR coalesce(x.ended_at, x.started_at) >= ?3)
		AND (s.state = 'sent' OR s.result IN ('created', 'updated', 'altered'))
		ORDER BY x.id, s.n`, target, but, millis(at))
}

// Covers says whether one restore put back all that another still has to: every
// object that the other has not written yet, in the same state. false where the
// other has nothing left to write.
func (v *Vault) Covers(ctx context.Context, done, left int64) (bool, error) {
	const pending = `FROM restore_steps WHERE restore = ?2 AND state <> 'done' AND action IN ('create', 'update')`
	var covers bool
	err := v.reader.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 `+pending+`)
		AND NOT EXISTS (SELECT resource, revision, body `+pending+`
		EXCEPT SELECT resource, revision, body FROM restore_steps
		WHERE restore = ?1 AND result IN ('created', 'updated', 'altered', 'identical'))`, done, left).Scan(&covers)
	return covers, v.fail("compare restores", err)
}
