package vault

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"math"
	"net/url"

	"sidekeep/sync/pim"
)

// fewTries is how often a table is asked for what it does not give: the rest comes
// from the pages.
const fewTries = 2000

// read takes all rows that can be had.
func (w *Wreck) read(ctx context.Context, private string) error {
	// What stands in the WAL becomes part of the private copy, also of a table that
	// can't be reached otherwise.
	w.db = openDB(dsn(private, url.Values{"_pragma": {"busy_timeout(1000)", "trusted_schema(0)", "temp_store(MEMORY)"}}), 1)
	var a, b, c sql.NullInt64
	_ = w.db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&a, &b, &c) // as far as it goes
	if err := w.tables(ctx); err != nil {
		return err
	}
	info, err := w.file.Stat()
	if err != nil {
		return err
	}
	w.carver = newCarver(w.file, info.Size())
	if w.lacks() {
		w.carve()
	}
	return ctx.Err()
}

// tables reads the tables as SQLite gives them.
func (w *Wreck) tables(ctx context.Context) error {
	var n int
	if err := w.db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&n); err != nil || n == 0 {
		w.problem(problemIntegrity, "the beginning of the file is damaged: it does not say any more what is in it", w.path)
		return ctx.Err()
	}
	for _, t := range []struct {
		name, query string
		row         wreckRow
	}{
		{"accounts", `SELECT id, name FROM accounts`, w.accountRow},
		{"collections", `SELECT id, account, kind, url, name, description, color FROM collections`, w.collectionRow},
		{"resources", `SELECT id, collection, href, coalesce(blob, 0), coalesce(head, 0) FROM resources`, w.resourceRow},
		{"revisions", `SELECT id, resource, coalesce(blob, 0) FROM revisions`, w.revisionRow},
		{"blobs", `SELECT id, sha256, body FROM blobs`, w.blobRow},
	} {
		if err := w.table(ctx, t.name, t.query, t.row); err != nil {
			return err
		}
	}
	// Only whether it is held: without it the object is there all the same.
	w.each(ctx, func(r *sql.Rows) error {
		id, err := scanID(r)
		w.held[id] = err == nil
		return err
	}, `SELECT resource FROM held`)
	return ctx.Err()
}

// wreckRow reads one row: its ID, and how to keep it.
type wreckRow func(*sql.Rows) (id int64, keep func(), err error)

func (w *Wreck) accountRow(r *sql.Rows) (id int64, keep func(), err error) {
	var name string
	err = r.Scan(&id, &name)
	return id, func() { w.accounts[id] = name }, err
}

func (w *Wreck) collectionRow(r *sql.Rows) (int64, func(), error) {
	c := &WreckCollection{}
	err := r.Scan(&c.ID, &c.account, &c.Kind, &c.URL, &c.Name, &c.Description, &c.Color)
	if err == nil && c.Kind != pim.Contacts && c.Kind != pim.Calendar {
		err = errBroken
	}
	return c.ID, func() { w.collections[c.ID] = c }, err
}

func (w *Wreck) resourceRow(r *sql.Rows) (id int64, keep func(), err error) {
	x := &wreckResource{}
	err = r.Scan(&id, &x.collection, &x.href, &x.blob, &x.head)
	return id, func() { w.resources[id] = x }, err
}

func (w *Wreck) revisionRow(r *sql.Rows) (id int64, keep func(), err error) {
	var resource, blob int64
	err = r.Scan(&id, &resource, &blob)
	return id, func() { w.revision(id, resource, blob) }, err
}

func (w *Wreck) blobRow(r *sql.Rows) (id int64, keep func(), err error) {
	var sum, body sql.RawBytes
	if err = r.Scan(&id, &sum, &body); err == nil && len(sum) != sha256.Size {
		err = errBroken
	}
	if err != nil {
		return id, nil, err
	}
	at := blobAt{sum: [sha256.Size]byte(sum)}
	at.wrong = sha256.Sum256(body) != at.sum
	return id, func() { w.blobs[id] = at }, nil
}

// table reads one table: along its whole length, and after the first damage by
// ranges of its row IDs.
func (w *Wreck) table(ctx context.Context, name, query string, row wreckRow) error {
	next, err := w.span(ctx, query, row, math.MinInt64, math.MaxInt64)
	if e := ctx.Err(); e != nil || err == nil {
		return e
	}
	w.lost = true
	w.problem(problemIntegrity, "the table "+name+" is damaged", w.path)
	var high sql.NullInt64 // as it says itself, which may be too little
	_ = w.db.QueryRowContext(ctx, `SELECT max(id) FROM `+name).Scan(&high)
	s := spans{
		anything: true,
		tries:    fewTries,
		read: func(ctx context.Context, from, to int64) (int64, error) {
			return w.span(ctx, query, row, from, to)
		},
	}
	return s.walk(ctx, max(next, 1), max(high.Int64, w.guess())+1)
}

// span reads the rows with from <= id < to, and says which comes next after those
// that it could read. A row of another ID or out of order is damage: where a part
// of a page is lost, SQLite makes rows with nothing in them of it.
func (w *Wreck) span(ctx context.Context, query string, row wreckRow, from, to int64) (int64, error) {
	rows, err := w.db.QueryContext(ctx, query+` WHERE id >= ? AND id < ? ORDER BY id`, from, to)
	if err != nil {
		return from, err
	}
	defer rows.Close()
	for rows.Next() {
		id, keep, err := row(rows)
		if err != nil {
			return from, err
		}
		if id < max(from, 1) || id >= to {
			return from, errBroken
		}
		keep()
		from = id + 1
	}
	return from, rows.Err()
}

// guess is a row ID that is surely beyond the last.
func (w *Wreck) guess() int64 {
	most := int64(1 << 16)
	for _, r := range w.revisions {
		most = max(most, r.blob+1)
	}
	for id := range w.resources {
		most = max(most, id+1)
	}
	return most
}

func (w *Wreck) revision(id, resource, blob int64) {
	if _, known := w.revisions[id]; !known {
		w.revisions[id] = wreckRevision{resource, blob}
	}
}

// lacks says that something is missing which may be found in the pages.
func (w *Wreck) lacks() bool {
	if w.lost || len(w.problems) > 0 || len(w.collections) == 0 {
		return true
	}
	for _, r := range w.revisions {
		if _, ok := w.blobs[r.blob]; r.blob != 0 && !ok || w.resources[r.resource] == nil {
			return true
		}
	}
	return false
}
