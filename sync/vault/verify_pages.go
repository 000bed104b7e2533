package vault

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// The bytes of all objects are most of a vault. They are hashed straight from its
// pages, in long reads: to hand them on one by one costs SQLite more than to hash
// them. Where anything is not as it should be, all are read through SQLite.

// errAskSQLite says that the rest is to be read through it.
var errAskSQLite = errors.New("a page is not as expected")

// pageReader walks the tree of a table in a file that nobody writes to, and in its
// WAL.
type pageReader struct {
	window window
	done   func()   // with its file
	later  walIndex // pages that stand in the WAL
	wal    *os.File
	carver *carver
	room   [maxDepth][]byte // for a page of each level
	last   int64            // row
}

// maxDepth is that of the trees that SQLite reads.
const maxDepth = 20

// pageBlobs hashes the blobs in the file, and says whether these were all, and right.
func (c *checker) pageBlobs(ctx context.Context) bool {
	var root int64
	if c.v.reader.QueryRowContext(ctx, `SELECT rootpage FROM sqlite_schema WHERE name = 'blobs'`).Scan(&root) != nil {
		return false
	}
	r, err := openPages(c.v.path)
	if err != nil {
		return false
	}
	defer r.close()
	w := &blobChecker{checker: c}
	err = r.tree(ctx, root, 0, func(x cell) error { return w.cell(r.carver, x) })
	w.tell()
	return err == nil
}

func openPages(path string) (*pageReader, error) {
	f, done, err := openBeside(path)
	if err != nil {
		return nil, err
	}
	r := &pageReader{window: window{file: f}, done: done}
	info, err := f.Stat()
	if err == nil {
		r.later, err = readWAL(path + "-wal")
	}
	size := int64(0)
	if err == nil {
		size = info.Size()
		if r.later.pages > 0 {
			size = r.later.pages * r.later.page
			r.wal, err = os.Open(path + "-wal")
		}
	}
	if err != nil {
		r.close()
		return nil, err
	}
	r.carver = newCarver(r, size)
	return r, nil
}

func (r *pageReader) close() {
	r.done()
	if r.wal != nil {
		_ = r.wal.Close() // it was only read
	}
}

// ReadAt is as of [io.ReaderAt], within one page.
func (r *pageReader) ReadAt(b []byte, at int64) (int, error) {
	if r.wal != nil {
		if place, ok := r.later.at[at/r.later.page+1]; ok {
			return r.wal.ReadAt(b, place+at%r.later.page)
		}
	}
	return r.window.ReadAt(b, at)
}

// tree calls each for the rows of a table, in their order.
func (r *pageReader) tree(ctx context.Context, page int64, depth int, each func(cell) error) error {
	k := r.carver
	if page < 2 || page*k.page > k.size || depth == maxDepth || ctx.Err() != nil {
		return errAskSQLite
	}
	if r.room[depth] == nil {
		r.room[depth] = make([]byte, k.page)
	}
	buf := r.room[depth]
	if _, err := r.ReadAt(buf, (page-1)*k.page); err != nil {
		return err
	}
	switch buf[0] {
	case tableLeaf:
		return r.leaf(buf, page, each)
	case tableInner:
	default:
		return errAskSQLite
	}
	const head, child = 12, 4
	for i := range int64(binary.BigEndian.Uint16(buf[3:])) {
		p := head + 2*i
		if p+2 > k.usable {
			return errAskSQLite
		}
		at := int64(binary.BigEndian.Uint16(buf[p:]))
		if at < head || at+child > k.usable {
			return errAskSQLite
		}
		if err := r.tree(ctx, int64(binary.BigEndian.Uint32(buf[at:])), depth+1, each); err != nil {
			return err
		}
	}
	return r.tree(ctx, int64(binary.BigEndian.Uint32(buf[head-child:])), depth+1, each)
}

// leaf calls each for the rows of a page.
func (r *pageReader) leaf(buf []byte, page int64, each func(cell) error) error {
	var err error
	whole := r.carver.pointed(buf, page-1, 0, func(x cell) {
		if err == nil && x.id <= r.last {
			err = errAskSQLite // also where pages lead to each other
		}
		if r.last = x.id; err == nil {
			err = each(x)
		}
	})
	if !whole {
		return errAskSQLite
	}
	return err
}

// cell hashes one blob.
func (w *blobChecker) cell(k *carver, x cell) error {
	row, err := k.payload(x, x.size)
	if err != nil {
		return err
	}
	cols := columns(row, x.size)
	body, right := blobBody(cols)
	if !right || len(cols) > len(blobRow)+1 {
		return errAskSQLite
	}
	b := storedBlob{id: x.id, sum: cols[1].b, summary: cols[2].b, body: body}
	if w.v.digests && len(cols) > len(blobRow) {
		b.digest = cols[len(blobRow)].b
	}
	w.note(&b, true)
	if b.id%256 == 0 {
		w.tell()
	}
	return nil
}

// window reads a file in long parts where it is read in its order, and in short
// ones elsewhere.
type window struct {
	file *os.File
	at   int64
	part []byte
}

// ReadAt is as of [io.ReaderAt]; only one may be going on at a time.
func (w *window) ReadAt(b []byte, at int64) (int, error) {
	for n := 0; ; {
		if i := at - w.at; i >= 0 && i < int64(len(w.part)) {
			k := copy(b[n:], w.part[i:])
			n, at = n+k, at+int64(k)
		}
		if n == len(b) {
			return n, nil
		}
		if w.part == nil {
			w.part = make([]byte, 0, aheadPart)
		}
		want := defaultPage
		if i := at - w.at - int64(len(w.part)); i >= 0 && i < aheadPart {
			want = aheadPart
		}
		k, err := w.file.ReadAt(w.part[:want], at)
		w.at, w.part = at, w.part[:k]
		if k == 0 {
			return n, errors.Join(err, io.ErrUnexpectedEOF)
		}
	}
}
