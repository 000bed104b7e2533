package vault

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"net/url"
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
		if err := w.carve(); err != nil {
			return err
		}
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
		row         func(*sql.Rows) (int64, error)
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

func (w *Wreck) accountRow(r *sql.Rows) (id int64, err error) {
	var name string
	if err = r.Scan(&id, &name); err == nil {
		w.accounts[id] = name
	}
	return id, err
}

func (w *Wreck) collectionRow(r *sql.Rows) (int64, error) {
	c := &WreckCollection{}
	err := r.Scan(&c.ID, &c.account, &c.Kind, &c.URL, &c.Name, &c.Description, &c.Color)
	if err == nil {
		w.collections[c.ID] = c
	}
	return c.ID, err
}

func (w *Wreck) resourceRow(r *sql.Rows) (id int64, err error) {
	x := &wreckResource{}
	if err = r.Scan(&id, &x.collection, &x.href, &x.blob, &x.head); err == nil {
		w.resources[id] = x
	}
	return id, err
}

func (w *Wreck) revisionRow(r *sql.Rows) (id int64, err error) {
	var resource, blob int64
	if err = r.Scan(&id, &resource, &blob); err == nil {
		w.revision(id, resource, blob)
	}
	return id, err
}

func (w *Wreck) blobRow(r *sql.Rows) (id int64, err error) {
	var sum, body sql.RawBytes
	if err = r.Scan(&id, &sum, &body); err == nil {
		now := sha256.Sum256(body)
		w.blobs[id] = blobAt{wrong: string(sum) != string(now[:])}
	}
	return id, err
}

// table reads one table by ranges of its row IDs.
func (w *Wreck) table(ctx context.Context, name, query string, row func(*sql.Rows) (int64, error)) error {
	var low, high sql.NullInt64
	err := w.db.QueryRowContext(ctx, `SELECT (SELECT min(id) FROM `+name+`), (SELECT max(id) FROM `+name+`)`).Scan(&low, &high)
	if e := ctx.Err(); e != nil {
		return e
	}
	if err != nil { // an end of it is lost, or all
		w.problem(problemIntegrity, "the table "+name+" is damaged", w.path)
		low.Int64, high.Int64, high.Valid = 1, w.guess(), true
	}
	if !high.Valid {
		return nil
	}
	s := spans{
		anything: true,
		tries:    fewTries,
		read: func(ctx context.Context, from, to int64) (int64, error) {
			rows, err := w.db.QueryContext(ctx, query+` WHERE id >= ? AND id < ? ORDER BY id`, from, to)
			if err != nil {
				return from, err
			}
			defer rows.Close()
			for rows.Next() {
				id, err := row(rows)
				if err != nil {
					return from, err
				}
				from = id + 1
			}
			return from, rows.Err()
		},
		bad: func(int64, int64) { w.lost = true },
	}
	return s.walk(ctx, low.Int64, high.Int64+1)
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
	if w.lost || len(w.Problems) > 0 || len(w.collections) == 0 {
		return true
	}
	for _, r := range w.revisions {
		if _, ok := w.blobs[r.blob]; r.blob != 0 && !ok || w.resources[r.resource] == nil {
			return true
		}
	}
	return false
}
