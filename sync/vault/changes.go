package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"sidekeep/sync/pim"
)

// Changes says what a run did, object by object, in the order in which it did it:
// "created", "modified", "deleted", "back" (there again after a deletion) and
// "held" (missing on the server for the first time, and kept). The title of what
// was deleted is that of the state before. A run that is still open shows what it
// has done so far. An unknown run is Invalid.
//
// What was thinned or forgotten since is missing: an object whose earlier states
// are no longer kept shows as created by the first that is.
func (v *Vault) Changes(ctx context.Context, run pim.RunID) ([]pim.RunChange, error) {
	const op = "read changes"
	s, err := v.spanOfRun(ctx, run)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, invalid(op, fmt.Sprint(run), "`sidekeep log` shows the runs there are.", errors.New("no run has this number"))
	}
	if err != nil {
		return nil, v.fail(op, err)
	}
	out, err := list(ctx, v, op, scanChange, `SELECT v.resource, r.href, v.id, v.blob IS NULL, p.id, p.id IS NOT NULL AND p.blob IS NULL,
			json_extract(coalesce(b.summary, o.summary), '$.T')
		FROM revisions v JOIN resources r ON r.id = v.resource
			LEFT JOIN revisions p ON p.id = (SELECT max(id) FROM revisions WHERE resource = v.resource AND id < v.id)
			LEFT JOIN blobs b ON b.id = v.blob LEFT JOIN blobs o ON o.id = p.blob
		WHERE v.id > ?1 AND v.id <= ?2 AND +v.run = ?3 ORDER BY v.id`, s.after, s.last, run)
	if err != nil {
		return nil, err
	}
	held, err := list(ctx, v, op, scanHeld, heldByRun, s.collection, s.started, s.ended)
	return append(out, held...), err
}

// runSpan bounds what a run did: revisions with after < id <= last, between two
// moments. ended is the last one before the collection's next run: what a run
// holds is stamped as it is written, which is after it ended.
type runSpan struct{ collection, after, last, started, ended int64 }

// spanOfRun finds the bounds without an index of revisions by run. Whatever run
// ended before this one began wrote none of its revisions, nor did the one before
// it in the same collection; of the others it is enough to ask the nearest.
func (v *Vault) spanOfRun(ctx context.Context, run pim.RunID) (s runSpan, err error) {
	var ended, last, next sql.NullInt64
	err = v.reader.QueryRowContext(ctx, `SELECT r.collection, r.started_at, r.ended_at, CASE WHEN r.ended_at IS NULL THEN NULL ELSE r.last_revision END,
		max(coalesce((SELECT max(last_revision) FROM runs WHERE id < ?1 AND id >= ?1 - 256 AND ended_at < r.started_at), 0),
			coalesce((SELECT max(last_revision) FROM runs WHERE id < ?1 AND collection = r.collection AND ended_at <= r.started_at), 0)),
			(SELECT min(n.started_at) - 1 FROM runs n WHERE n.id > ?1 AND n.collection = r.collection)
		FROM runs r WHERE r.id = ?1`, run).Scan(&s.collection, &s.started, &ended, &last, &s.after, &next)
	s.ended, s.last = 1<<62, last.Int64
	if !ended.Valid {
		s.last = 1 << 62
	}
	if next.Valid {
		s.ended = max(ended.Int64, next.Int64)
	}
	return s, err
}

func scanChange(r *sql.Rows) (c pim.RunChange, err error) {
	var before sql.NullInt64
	var gone, was bool
	var title sql.NullString
	err = r.Scan(&c.Resource, &c.Href, &c.After, &gone, &before, &was, &title)
	c.Before, c.Title = before.Int64, title.String
	switch {
	case gone:
		c.What = "deleted"
	case was:
		c.What = "back"
	case before.Valid:
		c.What = "modified"
	default:
		c.What = "created"
	}
	return c, err
}

// heldByRun finds what came to be held during a run, as long as it still is, or
// as an incident remembers it.
const heldByRun = `SELECT r.id, r.href, r.head, json_extract(b.summary, '$.T') FROM resources r LEFT JOIN blobs b ON b.id = r.blob
	WHERE r.collection = ?1 AND r.id IN (
		SELECT resource FROM held WHERE collection = ?1 AND since >= ?2 AND since <= ?3
		UNION SELECT o.resource FROM incidents i JOIN incident_objects o ON o.incident = i.id
			WHERE o.what = 'gone' AND i.since >= ?2 AND i.since <= ?3)
	ORDER BY r.id`

func scanHeld(r *sql.Rows) (c pim.RunChange, err error) {
	var title sql.NullString
	err = r.Scan(&c.Resource, &c.Href, &c.Before, &title)
	c.What, c.After, c.Title = "held", c.Before, title.String
	return c, err
}
