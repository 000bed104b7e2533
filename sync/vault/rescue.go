package vault

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sidekeep/sync/pim"
)

// Wreck is a private copy of a vault that may be damaged, read as far as that
// goes: its tables by ranges of rows, halved where a part can't be read, and what
// these did not give straight from the pages. The vault itself is only read, and
// its WAL with it.
type Wreck struct {
	db     *sql.DB
	file   *os.File
	carver *carver
	path   string // of the vault

	accounts    map[int64]string
	collections map[int64]*WreckCollection
	resources   map[int64]*wreckResource
	revisions   map[int64]wreckRevision
	blobs       map[int64]blobAt
	held        map[int64]bool
	lost        bool // rows of some table

	current map[int64][]WreckObject // by collection
	found   []WreckObject           // of no collection that is known
	older   []WreckObject           // earlier states, and what was deleted
	bad     []WreckObject           // bytes that do not match their SHA-256

	Problems []pim.Problem // what could not be read
}

// WreckCollection is a collection that could be read.
type WreckCollection struct {
	ID                                     int64
	Account, Name, URL, Description, Color string
	Kind                                   pim.Kind
	account                                int64
}

// Title is the name to show.
func (c *WreckCollection) Title() string { return pim.Collection{Name: c.Name, URL: c.URL}.Title() }

// WreckObject is one state of an object, whose bytes can be had.
type WreckObject struct {
	Resource int64 // 0 not known
	Blob     int64
	Href     pim.Href // made up where it is not known
	Kind     pim.Kind
	Held     bool
}

type wreckResource struct {
	collection, blob, head int64
	href                   pim.Href
}

type wreckRevision struct{ resource, blob int64 }

// blobAt says how the bytes of a blob are had.
type blobAt struct {
	wrong  bool // they do not match their SHA-256
	carved bool // not by its table, but from cell
	cell   cell
}

// OpenWreck copies a vault's file and its WAL into scratch, a folder that is there
// and that the caller removes afterwards, and reads what can be read. Damage is no
// error: it stands in Problems. Errors are Storage for what is not there, can't be
// copied, or holds nothing of a vault.
func OpenWreck(ctx context.Context, path, scratch string) (*Wreck, error) {
	const op = "rescue vault"
	w := &Wreck{path: path, accounts: map[int64]string{}, collections: map[int64]*WreckCollection{}, resources: map[int64]*wreckResource{},
		revisions: map[int64]wreckRevision{}, blobs: map[int64]blobAt{}, held: map[int64]bool{}, current: map[int64][]WreckObject{}}
	private := filepath.Join(scratch, "wreck.db")
	if err := w.copyAll(ctx, path, private); err != nil {
		return nil, fault(op, path, err)
	}
	err := w.read(ctx, private)
	if err == nil && len(w.blobs) == 0 && len(w.collections) == 0 && len(w.resources) == 0 {
		err = notOurs(path, "nothing of a vault can be read in it")
	}
	if err != nil {
		return nil, errors.Join(fault(op, path, err), w.Close())
	}
	w.sort()
	return w, nil
}

// Close gives the private copy back.
func (w *Wreck) Close() error {
	var errs []error
	if w.db != nil {
		errs = append(errs, w.db.Close())
	}
	if w.file != nil {
		errs = append(errs, w.file.Close())
	}
	return errors.Join(errs...)
}

func (w *Wreck) problem(kind, what, where string) {
	if len(w.Problems) < maxProblems {
		w.Problems = append(w.Problems, pim.Problem{Kind: kind, What: what, Where: where})
	}
}

// copyAll makes the private copy: as long as the header says that the file should
// be, so that SQLite takes it, with zeros for what is lost.
func (w *Wreck) copyAll(ctx context.Context, path, private string) error {
	if err := w.copyOne(ctx, path, private); err != nil {
		return err
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		if err := w.copyOne(ctx, path+"-wal", private+"-wal"); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(private, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	w.file = f
	info, err := f.Stat()
	if err != nil {
		return err
	}
	head := make([]byte, 100)
	if _, err := f.ReadAt(head, 0); err == nil && string(head[:16]) == "SQLite format 3\x00" {
		c := newCarver(f, info.Size())
		should := int64(binary.BigEndian.Uint32(head[28:])) * c.page
		if missing := should - info.Size(); missing > 0 && should < 1<<40 {
			w.problem(problemIntegrity, fmt.Sprintf("the last %d bytes of %d are missing", missing, should), w.path)
			return f.Truncate(should)
		}
	}
	return nil
}

// copyOne copies a file, and what the disk does not give as zeros.
func (w *Wreck) copyOne(ctx context.Context, from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return notOurs(from, "it is no file")
	}
	out, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(w.copyBlocks(ctx, in, out, info.Size()), out.Close())
	return err
}

func (w *Wreck) copyBlocks(ctx context.Context, in, out *os.File, size int64) error {
	const small = 4096
	buf := make([]byte, 1<<20)
	lost := int64(0)
	for at := int64(0); at < size; at += int64(len(buf)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := buf[:min(int64(len(buf)), size-at)]
		if _, err := in.ReadAt(part, at); err != nil && !errors.Is(err, io.EOF) {
			for i := 0; i < len(part); i += small {
				piece := part[i:min(i+small, len(part))]
				if _, err := in.ReadAt(piece, at+int64(i)); err != nil && !errors.Is(err, io.EOF) {
					clear(piece)
					lost += int64(len(piece))
				}
			}
		}
		if _, err := out.WriteAt(part, at); err != nil {
			return err
		}
	}
	if lost > 0 {
		w.problem(problemIntegrity, fmt.Sprintf("the disk does not give %d bytes of the file", lost), in.Name())
	}
	return nil
}

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
		{"accounts", `SELECT id, name FROM accounts`, func(r *sql.Rows) (id int64, err error) {
			var name string
			err = r.Scan(&id, &name)
			w.accounts[id] = name
			return id, err
		}},
		{"collections", `SELECT id, account, kind, url, name, description, color FROM collections`, func(r *sql.Rows) (int64, error) {
			c := &WreckCollection{}
			err := r.Scan(&c.ID, &c.account, &c.Kind, &c.URL, &c.Name, &c.Description, &c.Color)
			if err == nil {
				w.collections[c.ID] = c
			}
			return c.ID, err
		}},
		{"resources", `SELECT id, collection, href, coalesce(blob, 0), coalesce(head, 0) FROM resources`, func(r *sql.Rows) (id int64, err error) {
			x := &wreckResource{}
			if err = r.Scan(&id, &x.collection, &x.href, &x.blob, &x.head); err == nil {
				w.resources[id] = x
			}
			return id, err
		}},
		{"revisions", `SELECT id, resource, coalesce(blob, 0) FROM revisions`, func(r *sql.Rows) (id int64, err error) {
			var resource, blob int64
			if err = r.Scan(&id, &resource, &blob); err == nil {
				w.revision(id, resource, blob)
			}
			return id, err
		}},
		{"blobs", `SELECT id, sha256, body FROM blobs`, func(r *sql.Rows) (id int64, err error) {
			var sum, body sql.RawBytes
			if err = r.Scan(&id, &sum, &body); err == nil {
				now := sha256.Sum256(body)
				w.blobs[id] = blobAt{wrong: string(sum) != string(now[:])}
			}
			return id, err
		}},
	} {
		if err := w.table(ctx, t.name, t.query, t.row); err != nil {
			return err
		}
	}
	// Only whether it is held: without it the object is there all the same.
	rows, err := w.db.QueryContext(ctx, `SELECT resource FROM held`)
	if err != nil {
		return ctx.Err()
	}
	defer rows.Close()
	for rows.Next() {
		if id, err := scanID(rows); err == nil {
			w.held[id] = true
		}
	}
	return ctx.Err()
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

// sort decides where everything goes.
func (w *Wreck) sort() {
	for _, c := range w.collections {
		c.Account = w.accounts[c.account]
	}
	good := func(blob int64) bool {
		at, ok := w.blobs[blob]
		return ok && !at.wrong
	}
	// The newest good state of each object, and all others.
	states := map[int64][]int64{} // resource -> revisions
	for id, r := range w.revisions {
		states[r.resource] = append(states[r.resource], id)
	}
	for id := range w.resources {
		if states[id] == nil {
			states[id] = nil // its history is lost
		}
	}
	used := map[int64]bool{}
	for _, id := range slices.Sorted(maps.Keys(states)) {
		revisions := states[id]
		slices.Sort(revisions)
		w.place(id, revisions, good, used)
	}
	for _, blob := range slices.Sorted(maps.Keys(w.blobs)) {
		switch {
		case !good(blob):
			w.bad = append(w.bad, WreckObject{Blob: blob, Href: pim.Href(fmt.Sprintf("damaged-%d", blob))})
		case !used[blob]:
			w.found = append(w.found, WreckObject{Blob: blob, Href: pim.Href(fmt.Sprintf("found-%d", blob))})
		}
	}
	for _, list := range w.current {
		slices.SortFunc(list, func(a, b WreckObject) int { return cmp.Compare(a.Href, b.Href) })
	}
}

// place puts the states of one object where they belong.
func (w *Wreck) place(id int64, revisions []int64, good func(int64) bool, used map[int64]bool) {
	r := w.resources[id]
	x := WreckObject{Resource: id, Href: pim.Href(fmt.Sprintf("object-%d", id)), Held: w.held[id]}
	var c *WreckCollection
	var now int64 // its blob in the current view
	if r != nil {
		x.Href, now = r.href, r.blob
		if c = w.collections[r.collection]; c != nil {
			x.Kind = c.Kind
		}
	} else if n := len(revisions); n > 0 {
		now = w.revisions[revisions[n-1]].blob
	}
	shown := now
	if now != 0 && !good(now) {
		shown = 0
		for _, rev := range slices.Backward(revisions) {
			if b := w.revisions[rev].blob; b != 0 && good(b) {
				shown = b
				break
			}
		}
		where := w.nameOf(id, c, x.Href)
		if shown != 0 {
			w.problem(problemBlob, "its present state can't be read; an earlier one is in its place", where)
		} else {
			w.problem(problemBlob, "it can't be read", where)
		}
	}
	if shown != 0 {
		used[shown] = true
		x.Blob = shown
		if c != nil {
			w.current[c.ID] = append(w.current[c.ID], x)
		} else {
			w.found = append(w.found, x)
		}
	}
	lost := 0
	for _, rev := range revisions {
		b := w.revisions[rev].blob
		switch {
		case b == 0 || b == shown || b == now:
		case good(b):
			if !used[b] {
				o := x
				o.Blob, o.Held = b, false
				w.older = append(w.older, o)
			}
			used[b] = true
		default:
			lost++
		}
	}
	if lost > 0 {
		w.problem(problemRevision, fmt.Sprintf("%d of its earlier states can't be read", lost), w.nameOf(id, c, x.Href))
	}
}

func (w *Wreck) nameOf(id int64, c *WreckCollection, href pim.Href) string {
	name := fmt.Sprintf("object %d (%s)", id, href)
	if c == nil {
		return name
	}
	return strings.TrimPrefix(c.Account+": ", ": ") + c.Title() + ": " + name
}

// Collections gives the collections that have something, by account and title.
func (w *Wreck) Collections() []*WreckCollection {
	var out []*WreckCollection
	for id, c := range w.collections {
		if len(w.current[id]) > 0 {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b *WreckCollection) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Title(), b.Title()), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Current gives what a collection shows, Found what is of no known collection,
// Older the earlier states of everything and what was deleted, and Damaged what
// does not match its SHA-256.
func (w *Wreck) Current(collection int64) []WreckObject { return w.current[collection] }

// Found: see Current.
func (w *Wreck) Found() []WreckObject { return w.found }

// Older: see Current.
func (w *Wreck) Older() []WreckObject { return w.older }

// Damaged: see Current.
func (w *Wreck) Damaged() []WreckObject { return w.bad }

// Bodies gives the bytes of objects, one after the other.
func (w *Wreck) Bodies(ctx context.Context, objects []WreckObject) iter.Seq2[Stored, error] {
	return func(yield func(Stored, error) bool) {
		for _, o := range objects {
			body, err := w.body(ctx, o.Blob)
			if err != nil {
				yield(Stored{}, fault("rescue object", w.path, err))
				return
			}
			if !yield(Stored{Resource: o.Resource, Href: o.Href, Body: body, Held: o.Held}, nil) {
				return
			}
		}
	}
}

func (w *Wreck) body(ctx context.Context, blob int64) (body []byte, err error) {
	if at := w.blobs[blob]; at.carved {
		row, err := w.carver.payload(at.cell, maxCell)
		if err != nil {
			return nil, err
		}
		return columns(row)[3].b, nil
	}
	return body, w.db.QueryRowContext(ctx, `SELECT body FROM blobs WHERE id = ?`, blob).Scan(&body)
}
