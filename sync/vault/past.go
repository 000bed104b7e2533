package vault

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"sidekeep/sync/pim"
)

// view is the vault as it was at a moment.
type view struct {
	v           *Vault
	at          int64
	snapshots   map[int64]int64 // last revision, by collection
	collections map[int64]Row   // what rows have of their collection and account
	held        map[int64]bool  // since before the moment, and still
}

// viewAt finds the collections that a query asks for as they were.
func (v *Vault) viewAt(ctx context.Context, q Query) (*view, error) {
	const op = "find snapshots"
	at := atMillis(q.At)
	w := &view{v: v, at: at, snapshots: map[int64]int64{}, collections: map[int64]Row{}, held: map[int64]bool{}}
	rows, err := v.reader.QueryContext(ctx, `SELECT r.last_revision, c.account, a.name, c.id, c.name, c.url, c.color, c.kind
		FROM collections c JOIN accounts a ON a.id = c.account CROSS JOIN runs r
		WHERE r.id = `+lastRun+` AND (?2 = 0 OR c.account = ?2) AND (?3 = 0 OR c.id = ?3)`, at, q.Account, q.Collection)
	if err != nil {
		return nil, v.fail(op, err)
	}
	defer rows.Close()
	for rows.Next() {
		var r Row
		var of pim.Collection
		var last int64
		if err := rows.Scan(&last, &r.AccountID, &r.Account, &r.CollectionID, &of.Name, &of.URL, &r.Color, &r.Kind); err != nil {
			return nil, v.fail(op, err)
		}
		r.Collection = of.Title()
		w.snapshots[r.CollectionID], w.collections[r.CollectionID] = last, r
	}
	if err := rows.Err(); err != nil {
		return nil, v.fail(op, err)
	}
	held, err := list(ctx, v, op, scanID, `SELECT resource FROM held WHERE since <= ?`, at)
	for _, id := range held {
		w.held[id] = true
	}
	return w, err
}

func scanID(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) }

// lastRevision words the last revision of the collection of resource r.
func (w *view) lastRevision() string {
	if w.at == atMillis(time.Time{}) {
		return `r.head`
	}
	var b strings.Builder
	b.WriteString(`CASE r.collection`)
	for id, last := range w.snapshots {
		fmt.Fprintf(&b, ` WHEN %d THEN %d`, id, last)
	}
	b.WriteString(` ELSE 0 END`)
	return b.String()
}

// pastRow is a row with what it is sorted and chosen by.
type pastRow struct {
	Row
	blob  int64
	asNow bool
	class class
	ord   []byte
	rank  int // of a search: 0 in the title, 1 elsewhere

	deletedAt time.Time // of what was gone
	deletedBy pim.RunID
}

func (a *pastRow) compare(b *pastRow) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.class, b.class), bytes.Compare(a.ord, b.ord),
		cmp.Compare(a.CollectionID, b.CollectionID), cmp.Compare(a.ID, b.ID))
}

// rowsAt gives what a query selects from a view of the past, in the order in
// which Rows gives it.
func (v *Vault) rowsAt(ctx context.Context, q Query) ([]Row, error) {
	all, err := v.pastRows(ctx, q)
	if err != nil {
		return nil, err
	}
	all = all[min(q.Offset, len(all)):]
	if q.Limit > 0 {
		all = all[:min(q.Limit, len(all))]
	}
	out := make([]Row, len(all))
	for i, r := range all {
		out[i] = r.Row
	}
	return out, nil
}

func (v *Vault) countAt(ctx context.Context, q Query) (int, error) {
	all, err := v.pastRows(ctx, q)
	return len(all), err
}

func (v *Vault) pastRows(ctx context.Context, q Query) ([]*pastRow, error) {
	const op = "list objects"
	w, err := v.viewAt(ctx, q)
	if err != nil || len(w.snapshots) == 0 {
		return nil, err
	}
	s, err := v.pastSearch(ctx, q.Search)
	if err != nil {
		return nil, v.fail(op, err)
	}
	parts, err := w.parts(ctx, q)
	if err != nil {
		return nil, v.fail(op, err)
	}
	found := make([][]*pastRow, len(parts))
	errs := make([]error, len(parts))
	var group sync.WaitGroup
	for i, part := range parts {
		group.Go(func() { found[i], errs[i] = w.read(ctx, q, s, part) })
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, v.fail(op, err)
	}
	all := slices.Concat(found...)
	slices.SortFunc(all, (*pastRow).compare)
	return all, nil
}

// part is a condition on resources, which several connections share out.
type part struct {
	cond string
	args []any
}

func (w *view) parts(ctx context.Context, q Query) ([]part, error) {
	if q.IDs != nil {
		return []part{{`r.id IN (SELECT value FROM json_each(?1))`, []any{idList(q.IDs)}}}, nil
	}
	var highest int64
	if err := w.v.reader.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM resources`).Scan(&highest); err != nil {
		return nil, err
	}
	n := int64(min(runtime.GOMAXPROCS(0), 3))
	if highest < 2000 {
		n = 1
	}
	var out []part
	for i := range n {
		out = append(out, part{`r.id > ?1 AND r.id <= ?2`, []any{highest * i / n, highest * (i + 1) / n}})
	}
	return out, nil
}

// read gives the rows of one part.
func (w *view) read(ctx context.Context, q Query, s *pastSearch, p part) ([]*pastRow, error) {
	last := w.lastRevision()
	query := `SELECT r.id, r.collection, r.href, r.head, r.etag, r.revisions, v.id, v.etag, b.id, b.summary
		FROM resources r NOT INDEXED CROSS JOIN revisions v ON v.id = CASE WHEN r.head <= ` + last + ` THEN r.head ELSE
			(SELECT max(id) FROM revisions WHERE resource = r.id AND id <= ` + last + `) END
		CROSS JOIN blobs b ON b.id = v.blob WHERE ` + p.cond
	args := p.args
	if s != nil {
		query += ` AND (r.head > ` + last + ` OR +r.id IN (SELECT rowid FROM search WHERE search MATCH ?))`
		args = append(slices.Clone(args), s.match)
	}
	rows, err := w.v.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	want := chosen(q)
	var known reader
	var out []*pastRow
	for rows.Next() {
		r := &pastRow{}
		var collection, head int64
		var etag sql.NullString
		var packed string
		if err := rows.Scan(&r.ID, &collection, &r.Href, &head, &etag, &r.Revisions, &r.Revision, &r.ETag, &r.blob, &packed); err != nil {
			return nil, err
		}
		if err := known.into(&r.Summary, packed); err != nil {
			return nil, err
		}
		r.class, r.asNow = classFor(r.Summary.Component), head == r.Revision
		if !w.place(r, collection) || !want(r) {
			continue
		}
		if r.asNow && etag.Valid {
			r.ETag = pim.ETag(etag.String)
		}
		r.Held = w.held[r.ID]
		r.ord = orderOf(r.class, &r.Summary)
		out = append(out, r)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	return s.sift(ctx, out)
}

// place sets what a row has of its collection; false: it is not asked for, or
// was not there.
func (w *view) place(r *pastRow, collection int64) bool {
	of, ok := w.collections[collection]
	r.AccountID, r.Account, r.CollectionID, r.Collection, r.Color, r.Kind = of.AccountID, of.Account, of.CollectionID, of.Collection, of.Color, of.Kind
	return ok
}

// chosen gives the conditions of a query that a summary answers, as selection
// words them for the current view.
func chosen(q Query) func(*pastRow) bool {
	classes := classesOf(q.Components)
	return func(r *pastRow) bool {
		if len(q.Components) > 0 && !slices.Contains(classes, r.class) {
			return false
		}
		if q.From.IsZero() && q.To.IsZero() {
			return true
		}
		begins, until := spanOf(r.class, &r.Summary)
		b, ok := begins.(int64)
		u, _ := until.(int64)
		switch {
		case !ok:
			return false
		case !q.From.IsZero() && !(u >= q.From.Unix() && (u > q.From.Unix() || b == u)):
			return false
		}
		return q.To.IsZero() || b < q.To.Unix()
	}
}
