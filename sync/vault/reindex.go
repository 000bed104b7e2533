package vault

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"sidekeep/sync/pim"
)

// reindexStep is how many objects one transaction of Reindex covers.
const reindexStep = 250

// reindexMark is the key in meta under which an unfinished Reindex keeps the
// last resource it did.
const reindexMark = "reindex_after"

// Reindex makes summaries and search anew from the stored bytes, in short
// transactions so that a mirror can go on between them. One that was cut short
// goes on where it was. progress may be nil.
func (v *Vault) Reindex(ctx context.Context, describe func(pim.Kind, []byte) pim.Summary, progress func(done, total int64)) error {
	const op = "rebuild search"
	defer v.past.clear() // summaries are another order
	var after, done, total int64
	err := v.reader.QueryRowContext(ctx, `SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?), 0)`, reindexMark).Scan(&after)
	if err != nil {
		return v.fail(op, err)
	}
	err = v.reader.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(id <= ?), 0) FROM resources WHERE blob IS NOT NULL`, after).Scan(&total, &done)
	if err != nil {
		return v.fail(op, err)
	}
	for {
		if progress != nil {
			progress(done, total)
		}
		part, err := v.toDescribe(ctx, after, describe)
		if err != nil {
			return v.fail(op, err)
		}
		if err := v.write(ctx, op, func(_ context.Context, tx *sql.Tx) error {
			return v.reindexPart(ctx, tx, part)
		}); err != nil || len(part) == 0 {
			return err
		}
		after = part[len(part)-1].resource
		done += int64(len(part))
	}
}

type described struct {
	resource, collection, blob int64
	kind                       pim.Kind
	summary                    pim.Summary
}

func (v *Vault) toDescribe(ctx context.Context, after int64, describe func(pim.Kind, []byte) pim.Summary) ([]described, error) {
	return list(ctx, v, "rebuild search", func(r *sql.Rows) (d described, err error) {
		var body sql.RawBytes
		if err = r.Scan(&d.resource, &d.collection, &d.blob, &d.kind, &body); err != nil {
			return d, err
		}
		d.summary = describe(d.kind, append([]byte(nil), body...))
		return d, nil
	}, `SELECT r.id, r.collection, r.blob, c.kind, b.body FROM resources r JOIN collections c ON c.id = r.collection
		JOIN blobs b ON b.id = r.blob WHERE r.id > ? ORDER BY r.id LIMIT ?`, after, reindexStep)
}

// reindexPart writes what is still true: an object that a run changed in the
// meantime has its new summary already. An empty part ends the rebuilding.
func (v *Vault) reindexPart(ctx context.Context, tx *sql.Tx, part []described) error {
	quiet := context.WithoutCancel(ctx)
	if len(part) == 0 {
		_, err := tx.ExecContext(quiet, `DELETE FROM meta WHERE key = ?`, reindexMark)
		return err
	}
	b := &batch{ctx: ctx, quiet: quiet, v: v, tx: tx, st: v.st.in(quiet, tx)}
	var pack packer
	for i := range part {
		d := &part[i]
		var is int
		err := tx.QueryRowContext(quiet, `SELECT 1 FROM resources WHERE id = ? AND blob = ?`, d.resource, d.blob).Scan(&is)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		p := pack.pack(&d.summary)
		if err := b.exec(`UPDATE blobs SET summary = ?1, digest = ?3 WHERE id = ?2 AND (summary <> ?1 OR digest IS NOT ?3)`,
			p.json, d.blob, p.digest.stored(d.kind == pim.Calendar)); err != nil {
			return err
		}
		if err := b.summarize(d.resource, d.collection, p); err != nil {
			return err
		}
	}
	return b.exec(`INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2`,
		reindexMark, strconv.FormatInt(part[len(part)-1].resource, 10))
}
