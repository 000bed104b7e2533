package vault

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
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
// last state with content, the last deleted first; Search finds words of that
// state, those in the title first. With At it gives what was gone at that moment.
// What was forgotten is not among them.
func (v *Vault) Deleted(ctx context.Context, q Query) ([]DeletedRow, error) {
	const op = "list deleted objects"
	w, err := v.viewAt(ctx, q)
	if err != nil {
		return nil, err
	}
	s, err := v.pastSearch(ctx, q.Search)
	if err != nil {
		return nil, v.fail(op, err)
	}
	all, err := w.deleted(ctx, q)
	if err == nil {
		all, err = s.sift(ctx, all)
	}
	if err != nil {
		return nil, v.fail(op, err)
	}
	slices.SortFunc(all, func(a, b *pastRow) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), b.deletedAt.Compare(a.deletedAt), cmp.Compare(a.ID, b.ID))
	})
	all = all[min(q.Offset, len(all)):]
	if q.Limit > 0 {
		all = all[:min(q.Limit, len(all))]
	}
	out := make([]DeletedRow, len(all))
	for i, r := range all {
		out[i] = DeletedRow{Row: r.Row, DeletedAt: r.deletedAt, Run: r.deletedBy}
	}
	return out, nil
}

// deleted gives those that were gone, by their last state with content.
func (w *view) deleted(ctx context.Context, q Query) ([]*pastRow, error) {
	last := w.lastRevision()
	cond, args := `1`, []any(nil)
	if q.IDs != nil {
		cond, args = `r.id IN (SELECT value FROM json_each(?1))`, []any{idList(q.IDs)}
	}
	now := ` AND r.blob IS NULL`
	if !q.At.IsZero() {
		now = ``
	}
	rows, err := w.v.reader.QueryContext(ctx, `SELECT r.id, r.collection, r.href, r.revisions, g.seen_at, g.run, v.id, v.etag, b.id, b.summary
		FROM resources r NOT INDEXED CROSS JOIN revisions g ON g.id = CASE WHEN r.head <= `+last+` THEN r.head ELSE
			(SELECT max(id) FROM revisions WHERE resource = r.id AND id <= `+last+`) END AND g.blob IS NULL
		CROSS JOIN revisions v ON v.id = (SELECT max(id) FROM revisions WHERE resource = r.id AND id < g.id AND +blob IS NOT NULL)
		CROSS JOIN blobs b ON b.id = v.blob WHERE `+cond+now, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	want := chosen(q)
	var known reader
	var out []*pastRow
	for rows.Next() {
		r := &pastRow{}
		var collection int64
		var packed string
		var deleted sql.NullInt64
		err := rows.Scan(&r.ID, &collection, &r.Href, &r.Revisions, &deleted, &r.deletedBy, &r.Revision, &r.ETag, &r.blob, &packed)
		if err != nil {
			return nil, err
		}
		if err := known.into(&r.Summary, packed); err != nil {
			return nil, err
		}
		r.class, r.deletedAt = classFor(r.Summary.Component), fromMillis(deleted)
		if w.place(r, collection) && want(r) {
			out = append(out, r)
		}
	}
	return out, rows.Err()
}
