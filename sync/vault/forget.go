package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// WhyForgotten is the Why of a restore's step whose object was forgotten.
const WhyForgotten = "It was forgotten."

// Forget removes one object from all history for good, and says how many states
// and how many bytes went. What stays is a tombstone without content, at an
// address that says nothing. Only what the server has no more can be forgotten,
// deleted or held; anything else is Invalid, for the next mirroring would bring
// it back.
//
// Bytes that another object has too stay, as that object's. Nothing of what went
// is left in the file or its WAL; copies of the vault that were made before have
// it still, vault.db.before-schema-N among them. An error with Reason
// ReasonFreePages comes after the object was forgotten: to forget it again does
// what was left to do.
//
// The caller has the writer's lock.
func (v *Vault) Forget(ctx context.Context, resource int64) (revisions int, bytes int64, err error) {
	const op = "forget object"
	err = v.write(ctx, op, func(ctx context.Context, tx *sql.Tx) error {
		f := forgetting{v: v, tx: tx, resource: resource}
		err := f.run(ctx)
		revisions, bytes = f.revisions, f.bytes
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	return revisions, bytes, v.giveBack(ctx, op)
}

// forgetting is the transaction of Forget.
type forgetting struct {
	v        *Vault
	tx       *sql.Tx
	resource int64

	collection int64
	key        string
	live       bool
	tombstone  int64 // the one revision that stays

	revisions int
	bytes     int64
}

func (f *forgetting) exec(ctx context.Context, query string, args ...any) error {
	_, err := f.tx.ExecContext(ctx, query, args...)
	return err
}

func (f *forgetting) run(ctx context.Context) error {
	if err := f.find(ctx); err != nil {
		return err
	}
	if err := f.exec(ctx, `INSERT INTO forgetting VALUES (?)`, f.resource); err != nil {
		return err
	}
	if f.live {
		if err := f.bury(ctx); err != nil {
			return err
		}
	}
	if err := f.states(ctx); err != nil {
		return err
	}
	return f.traces(ctx)
}

// find reads what stands of the object, and refuses one that the server has.
func (f *forgetting) find(ctx context.Context) error {
	var held bool
	err := f.tx.QueryRowContext(ctx, `SELECT collection, coalesce(key, href), blob IS NOT NULL, head,
		EXISTS (SELECT 1 FROM held WHERE resource = resources.id) FROM resources WHERE id = ?`, f.resource).
		Scan(&f.collection, &f.key, &f.live, &f.tombstone, &held)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return invalid("forget object", fmt.Sprint(f.resource), hintObject, errors.New("no object has this ID"))
	case err == nil && f.live && !held:
		return StillThere(f.resource)
	}
	return err
}

// StillThere is the Invalid error for an object that can't be forgotten yet.
func StillThere(resource int64) error {
	return invalid("forget object", fmt.Sprint(resource), "Delete it there, mirror, and then forget it.",
		errors.New("the server still has it, and the next mirroring would bring it back"))
}

// bury writes the tombstone of an object that is held, in a run that asked no
// server.
func (f *forgetting) bury(ctx context.Context) error {
	now := f.v.stamp()
	res, err := f.tx.ExecContext(ctx, `INSERT INTO runs (collection, started_at, purpose, deleted, message)
		VALUES (?, ?, 'forget', 1, 'One object was forgotten.')`, f.collection, now)
	if err != nil {
		return err
	}
	run, err := res.LastInsertId()
	if err != nil {
		return err
	}
	res, err = f.tx.ExecContext(ctx, `INSERT INTO revisions (id, resource, run, blob, seen_at, via, altered, etag)
		SELECT coalesce(max(id), 0) + 1, ?, ?, NULL, ?, '', 0, '' FROM revisions`, f.resource, run, now)
	if err != nil {
		return err
	}
	if f.tombstone, err = res.LastInsertId(); err != nil {
		return err
	}
	for _, q := range []string{
		`DELETE FROM held WHERE resource = ?1`,
		`UPDATE collections SET live = live - 1, last_revision = max(last_revision, ?3) WHERE id = ?4`,
		`UPDATE runs SET ended_at = ?5, outcome = 'complete', last_revision = ?3, objects = (SELECT live FROM collections WHERE id = ?4),
			held = (SELECT count(*) FROM held WHERE collection = ?4), owed = (SELECT count(*) FROM owed WHERE collection = ?4) WHERE id = ?2`,
	} {
		if err := f.exec(ctx, q, f.resource, run, f.tombstone, f.collection, now); err != nil {
			return err
		}
	}
	return nil
}

// states deletes all states but the tombstone, and the bytes that nothing else has.
func (f *forgetting) states(ctx context.Context) error {
	blobs, err := idsOf(ctx, f.tx, `SELECT DISTINCT blob FROM revisions WHERE resource = ? AND blob IS NOT NULL`, f.resource)
	if err != nil {
		return err
	}
	res, err := f.tx.ExecContext(ctx, `DELETE FROM revisions WHERE resource = ? AND id <> ?`, f.resource, f.tombstone)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	f.revisions = int(n)
	f.bytes, err = dropBlobs(ctx, f.tx, blobs)
	return err
}

// dropBlobs deletes those of some blobs that no revision has, and says how many
// bytes of objects these were.
func dropBlobs(ctx context.Context, tx *sql.Tx, blobs []int64) (bytes int64, err error) {
	if len(blobs) == 0 {
		return 0, nil
	}
	const these = ` FROM blobs WHERE id IN (SELECT value FROM json_each(?)) AND NOT EXISTS (SELECT 1 FROM revisions WHERE blob = blobs.id)`
	// for the foreign key; it would be a burden in daily life
	if _, err := tx.ExecContext(ctx, `CREATE INDEX drop_by_blob ON revisions (blob)`); err != nil {
		return 0, err
	}
	list := idList(blobs)
	if err := tx.QueryRowContext(ctx, `SELECT coalesce(sum(length(body)), 0)`+these, list).Scan(&bytes); err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, `DELETE`+these, list); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `DROP INDEX drop_by_blob`)
	return bytes, err
}

// traces removes whatever else tells of the object. The words of what was deleted
// earlier stand in the index of the search until that is written anew.
func (f *forgetting) traces(ctx context.Context) error {
	now := f.v.stamp()
	for _, q := range []struct {
		query string
		args  []any
	}{
		{`DELETE FROM summaries WHERE resource = ?`, []any{f.resource}},
		{`DELETE FROM search WHERE rowid = ?`, []any{f.resource}},
		{`INSERT INTO search (search) VALUES ('optimize')`, nil},
		{`DELETE FROM owed WHERE collection = ? AND key = ?`, []any{f.collection, f.key}},
		{`DELETE FROM incident_objects WHERE resource = ?`, []any{f.resource}},
		{`UPDATE restores SET ask = json_remove(ask, '$.Body', '$.body') WHERE id IN (SELECT restore FROM restore_steps WHERE resource = ?)`, []any{f.resource}},
		{`UPDATE restore_steps SET action = CASE state WHEN 'done' THEN action ELSE 'cannot' END, result = CASE state WHEN 'done' THEN result ELSE 'skipped' END,
			state = 'done', body = NULL, title = '', uid = '', href = '', etag = '', why = '` + WhyForgotten + `', mail = '[]', new_uid = '', detail = '[]'
			WHERE resource = ?1 OR state = 'done' AND href = (SELECT href FROM resources WHERE id = ?1) AND collection = (SELECT url FROM collections WHERE id = ?2)`,
			[]any{f.resource, f.collection}}, // what was put back at its address, whatever it was made from, is this object
		{`UPDATE resources SET href = ?2, key = NULL, etag = NULL, blob = NULL, head = ?3, revisions = 1 WHERE id = ?1`,
			[]any{f.resource, fmt.Sprintf("forgotten:%d", f.resource), f.tombstone}},
		{`INSERT INTO removals (at, kind, resource, revisions, bytes) SELECT ?1, 'forget', ?2, ?3, ?4 WHERE ?3 > 0`,
			[]any{now, f.resource, f.revisions, f.bytes}},
		{`DELETE FROM forgetting`, nil},
	} {
		if err := f.exec(ctx, q.query, q.args...); err != nil {
			return err
		}
	}
	return nil
}

// idsOf gives the IDs that a query in a transaction finds.
func idsOf(ctx context.Context, tx *sql.Tx, query string, args ...any) ([]int64, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		id, err := scanID(rows)
		if err != nil {
			return nil, torn(err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
