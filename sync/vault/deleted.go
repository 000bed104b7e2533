package vault

import (
	"cmp"
	"context"
	"database/sql/driver"
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
// What was forgotten is not among them, nor, unless IDs ask for it, what was only
// moved: another object of the account stood then that has its UID, and is of the
// same component, or that has its bytes.
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
	if err == nil && q.IDs == nil {
		all, err = v.withoutMoved(ctx, q, all)
	}
	if err != nil {
		return nil, v.fail(op, err)
	}
	slices.SortFunc(all, func(a, b pastRow) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.deletedAt, a.deletedAt), cmp.Compare(a.id, b.id))
	})
	all = all[min(q.Offset, len(all)):]
	if q.Limit > 0 {
		all = all[:min(q.Limit, len(all))]
	}
	out := make([]DeletedRow, len(all))
	var known reader
	for i := range all {
		if err := all[i].into(&out[i].Row, w, &known); err != nil {
			return nil, v.fail(op, err)
		}
		out[i].DeletedAt, out[i].Run = time.UnixMilli(all[i].deletedAt).UTC(), all[i].deletedBy
	}
	return out, nil
}

// deleted gives those that were gone, by their last state with content.
func (w *view) deleted(ctx context.Context, q Query) ([]pastRow, error) {
	cond, args := `1`, []any(nil)
	if q.IDs != nil {
		cond, args = `r.id IN (SELECT value FROM json_each(?1))`, []any{idList(q.IDs)}
	}
	now := ` AND r.blob IS NULL`
	if !q.At.IsZero() {
		now = ``
	}
	want := chosen(q)
	var known reader
	var out []pastRow
	err := w.v.each(ctx, `SELECT r.id, r.collection, r.href, r.revisions, g.seen_at, g.run, v.id, v.etag, v.blob, b.summary
		FROM resources r NOT INDEXED CROSS JOIN revisions g ON g.id = `+w.state()+` AND g.blob IS NULL
		CROSS JOIN revisions v ON v.id = (SELECT max(id) FROM revisions WHERE resource = r.id AND id < g.id AND +blob IS NOT NULL)
		CROSS JOIN blobs b ON b.id = v.blob WHERE `+cond+now, args, func(row []driver.Value) error {
		r := pastRow{id: integer(row[0]), href: pim.Href(text(row[2])), revisions: int(integer(row[3])),
			deletedAt: integer(row[4]), deletedBy: pim.RunID(integer(row[5])),
			revision: integer(row[6]), etag: pim.ETag(text(row[7])), blob: integer(row[8]), packed: text(row[9])}
		if r.of = w.collections[integer(row[1])]; r.of == nil {
			return nil
		}
		ok, err := want(&r, &known)
		if ok && err == nil {
			out = append(out, r)
		}
		return err
	})
	return out, err
}
