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
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"sidekeep/sync/pim"
)

// Wreck is a private copy of a vault that may be damaged, read as far as that
// goes: its tables by ranges of rows, halved where a part can't be read, and what
// these did not give straight from the pages. Nothing that can't be read ends it.
// The vault itself is only read, and its WAL with it.
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

	carved   bool           // the pages were looked through
	unread   map[int64]bool // blobs whose bytes could not be had after all
	problems []pim.Problem
	more     int // problems that are only counted
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
	carved                 bool
}

type wreckRevision struct{ resource, blob int64 }

// blobAt says how the bytes of a blob are had: from cell where it has one, by its
// table otherwise.
type blobAt struct {
	sum   [sha256.Size]byte // that stands beside them
	wrong bool              // they do not match it
	cell  cell              // zero: none is known
}

// wreckFile is the private copy in its folder.
const wreckFile = "wreck.db"

// OpenWreck copies a vault's file and its WAL into scratch, a folder that is there
// and that the caller removes afterwards, and reads what can be read. Damage is no
// error: it stands in [Wreck.Problems]. Errors are Storage for what is not there, can't be
// copied, or holds nothing of a vault; Where is scratch for what can't be written
// there.
func OpenWreck(ctx context.Context, path, scratch string) (*Wreck, error) {
	const op = "rescue vault"
	w := &Wreck{path: path, accounts: map[int64]string{}, collections: map[int64]*WreckCollection{}, resources: map[int64]*wreckResource{},
		revisions: map[int64]wreckRevision{}, blobs: map[int64]blobAt{}, held: map[int64]bool{}, current: map[int64][]WreckObject{}, unread: map[int64]bool{}}
	private := filepath.Join(scratch, wreckFile)
	if err := w.copyAll(ctx, path, private); err != nil {
		return nil, wreckFault(op, path, scratch, err)
	}
	err := w.read(ctx, private)
	if err == nil && len(w.blobs) == 0 && len(w.collections) == 0 && len(w.resources) == 0 {
		err = notOurs(path, "nothing of a vault can be read in it")
	}
	if err != nil {
		return nil, errors.Join(wreckFault(op, path, scratch, err), w.Close())
	}
	w.sort()
	return w, nil
}

// wreckFault blames scratch for what can't be written there, and the vault for the
// rest.
func wreckFault(op, path, scratch string, err error) error {
	var there *fs.PathError
	var se *sqlite.Error
	where := path
	switch {
	case errors.As(err, &there):
		if filepath.Dir(there.Path) == filepath.Clean(scratch) {
			where = filepath.Join(scratch, wreckFile)
		}
	case errors.As(err, &se):
		switch se.Code() & 0xff {
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
			where = filepath.Join(scratch, wreckFile) // the private copy; the vault is not opened
		}
	}
	err = fault(op, where, err)
	var e *pim.Error
	if where != path && errors.As(err, &e) {
		e.Where = scratch
		if e.Reason == "full" {
			e.Hint = hintRescueFull
		}
	}
	return err
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
	if len(w.problems) == maxProblems {
		w.more++
		return
	}
	w.problems = append(w.problems, pim.Problem{Kind: kind, What: what, Where: where})
}

// Problems says what could not be read so far: some of it is found only when the
// bytes are asked for. What is too much to be named is counted.
func (w *Wreck) Problems() []pim.Problem {
	out := slices.Clone(w.problems)
	if w.more > 0 {
		out = append(out, pim.Problem{Kind: problemIntegrity, What: fmt.Sprintf("%d more parts can't be read", w.more), Where: w.path})
	}
	return out
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
	in, done, err := openBeside(from)
	if err != nil {
		return err
	}
	defer done()
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

// Bodies gives the bytes of objects, one after the other. An object whose bytes
// can't be had after all is left out and stands in Problems; only the end of ctx
// ends the sequence.
func (w *Wreck) Bodies(ctx context.Context, objects []WreckObject) iter.Seq2[WreckObject, []byte] {
	return func(yield func(WreckObject, []byte) bool) {
		for _, o := range objects {
			body, ok := w.body(ctx, o.Blob)
			if ctx.Err() != nil {
				return
			}
			if !ok {
				if !w.unread[o.Blob] { // it is asked for twice, and said once
					w.problem(problemBlob, "its bytes can't be read", w.nameOf(o.Resource, w.collectionOf(o.Resource), o.Href))
				}
				w.unread[o.Blob] = true
				continue
			}
			if !yield(o, body) {
				return
			}
		}
	}
}

// body gives the bytes of a blob by whichever way leads to them.
func (w *Wreck) body(ctx context.Context, blob int64) ([]byte, bool) {
	at, known := w.blobs[blob]
	if !known || w.unread[blob] {
		return nil, false
	}
	if body, ok := w.fromCell(at); ok {
		return body, true
	}
	var body []byte
	// In a page of which a part is damaged a row may be met on the way along the
	// table and not be found when it is asked for.
	err := w.db.QueryRowContext(ctx, `SELECT body FROM blobs WHERE id = ?`, blob).Scan(&body)
	if err == nil && (at.wrong || sha256.Sum256(body) == at.sum) {
		return body, true
	}
	if !w.carved && ctx.Err() == nil {
		w.carve()
		return w.fromCell(w.blobs[blob])
	}
	return nil, false
}

// fromCell gives the bytes of a blob whose cell is known.
func (w *Wreck) fromCell(at blobAt) ([]byte, bool) {
	if at.cell.size == 0 {
		return nil, false
	}
	row, err := w.carver.payload(at.cell, at.cell.size)
	if err != nil {
		return nil, false
	}
	cols := columns(row, at.cell.size)
	return blobBody(cols)
}

func (w *Wreck) collectionOf(resource int64) *WreckCollection {
	if r := w.resources[resource]; r != nil {
		return w.collections[r.collection]
	}
	return nil
}
