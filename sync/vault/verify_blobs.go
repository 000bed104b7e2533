package vault

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"sidekeep/sync/pim"
)

// allBlobs hashes every blob: from its pages where these are as they should be, and
// otherwise through SQLite, some ranges of them at a time.
func (c *checker) allBlobs(ctx context.Context) error {
	low, high, err := c.blobIDs(ctx)
	if err != nil || high < low {
		return err
	}
	c.total = high - low + 1
	if c.pageBlobs(ctx) {
		return nil
	}
	c.blobs.Store(0)
	c.bytes.Store(0)
	c.there = idSet{}
	workers := max(1, min(runtime.GOMAXPROCS(0)-1, 8)) // SQLite has the other core
	db := openDB(c.v.readDSN, workers)
	defer db.Close()
	var next atomic.Int64
	next.Store(low)
	errs := make([]error, workers)
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() { errs[i] = c.someBlobs(ctx, db, &next, high) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// blobStep is how many blobs one query reads.
const blobStep = 512

// someBlobs takes its share of all blobs on a connection of its own.
func (c *checker) someBlobs(ctx context.Context, db *sql.DB, next *atomic.Int64, high int64) error {
	conn, err := cached(ctx, db, blobCache)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	w := &blobChecker{checker: c, conn: conn}
	s := &spans{read: w.some, tries: manyTries}
	for {
		from := next.Add(blobStep) - blobStep
		if from > high {
			return nil
		}
		if err := s.walk(ctx, from, min(from+blobStep, high+1)); err != nil {
			return err
		}
	}
}

// blobIDs gives the lowest and the highest ID. Where the table itself does not
// tell, the rest of the vault does.
func (c *checker) blobIDs(ctx context.Context) (low, high int64, err error) {
	var first, last sql.NullInt64
	err = c.v.reader.QueryRowContext(ctx, `SELECT (SELECT min(id) FROM blobs), (SELECT max(id) FROM blobs)`).Scan(&first, &last)
	if err == nil && !last.Valid {
		return 1, 0, nil
	}
	if err == nil {
		return first.Int64, last.Int64, nil
	}
	if !isDamage(err) {
		return 0, 0, err
	}
	for i := range c.rows {
		high = max(high, c.rows[i].blob)
	}
	return 1, high, nil
}

// storedBlob is one row of blobs. It is good until the next one is read.
type storedBlob struct {
	id                         int64
	sum, summary, body, digest []byte
}

// blobChecker checks blobs one after the other.
type blobChecker struct {
	*checker
	conn *sql.Conn
	pack packer
}

// some hashes the blobs with from <= id < to, and says which comes next after
// those that it could read.
func (w *blobChecker) some(ctx context.Context, from, to int64) (int64, error) {
	var b storedBlob
	query := `SELECT id, sha256, CAST(summary AS BLOB), body, digest FROM blobs WHERE id >= ? AND id < ? ORDER BY id`
	if !w.v.digests {
		query = strings.Replace(query, "digest", "NULL", 1)
	}
	err := eachOn(ctx, w.conn, query, []any{from, to}, func(r []driver.Value) error {
		if b.id = integer(r[0]); b.id < from || b.id >= to {
			return errTorn
		}
		b.sum, _ = r[1].([]byte)
		b.summary, _ = r[2].([]byte)
		b.body, _ = r[3].([]byte)
		b.digest, _ = r[4].([]byte)
		from = b.id + 1
		w.check(&b)
		if b.id%256 == 0 {
			w.tell()
		}
		return nil
	})
	w.tell()
	return from, err
}

func (c *checker) tell() {
	if c.Progress != nil {
		c.Progress(c.blobs.Load(), c.total)
	}
}

func (w *blobChecker) check(b *storedBlob) {
	sum := sha256.Sum256(b.body)
	w.note(b, bytes.Equal(sum[:], b.sum))
}

// note takes down whether a blob is right.
func (w *blobChecker) note(b *storedBlob, right bool) {
	w.blobs.Add(1)
	w.bytes.Add(int64(len(b.body)))
	w.there.set(b.id, right)
	if right && w.Describe != nil {
		w.compare(b)
	}
}

// compare compares lists and search, for all objects with these bytes, with the
// digest of what they were given; with what the bytes say where it is of another
// version or of another kind of collection, where it does not fit, and where all
// is to be understood anew.
func (w *blobChecker) compare(b *storedBlob) {
	noted, calendar, known := readDigest(b.digest)
	known = known && noted.by == w.by
	var said digest
	var kind pim.Kind // for which said is true; "" none yet
	at, _ := slices.BinarySearchFunc(w.byBlob, b.id, func(i int32, id int64) int { return cmp.Compare(w.rows[i].blob, id) })
	for ; at < len(w.byBlob) && w.rows[w.byBlob[at]].blob == b.id; at++ {
		r := &w.rows[w.byBlob[at]]
		k := w.kinds[r.collection]
		serves := known && calendar == (k == pim.Calendar)
		r.flags |= wasCompared
		r.wordsWant = noted.wordsIn(r.collection)
		if serves && !w.Anew && noted.unlike(r, b.summary) == 0 && !r.otherWords() {
			continue
		}
		if k != kind {
			s := w.Describe(k, b.body)
			p := w.pack.pack(&s)
			kind, said = k, p.digest
		}
		r.flags |= said.unlike(r, b.summary)
		r.wordsWant = said.wordsIn(r.collection)
		if serves && noted != said {
			r.flags |= otherDigest
		}
	}
}

// unlike says in which way lists and search have something else of an object.
func (d *digest) unlike(r *checkedResource, summary []byte) (flags uint8) {
	if r.flags&wasListed == 0 || listsSum(summary, r.row) != d.lists {
		flags |= otherLists
	}
	if r.has != d.many+1 { // and its place
		flags |= otherSearch
	}
	return flags
}

// wordsIn is the fingerprint of all words of an object in a collection.
func (d *digest) wordsIn(collection int64) uint64 {
	return (d.words + wordSum(placeOf(collection))) & digestMask
}

// otherWords says that the search has other words of an object.
func (r *checkedResource) otherWords() bool { return r.words&digestMask != r.wordsWant }

// idSet remembers for IDs that they were met, and whether what they name is right.
// They run from 1 on with few gaps.
type idSet struct {
	mu    sync.Mutex
	parts map[int64]*[4096]uint8
}

const (
	isThere uint8 = 1 << iota
	isRight
)

func (s *idSet) set(id int64, right bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.parts == nil {
		s.parts = map[int64]*[4096]uint8{}
	}
	p := s.parts[id>>12]
	if p == nil {
		p = new([4096]uint8)
		s.parts[id>>12] = p
	}
	p[id&4095] = isThere
	if right {
		p[id&4095] |= isRight
	}
}

// has says whether an ID was met, and what it names is right. It is called when
// all have been.
func (s *idSet) has(id int64) (there, right bool) {
	p := s.parts[id>>12]
	if p == nil {
		return false, false
	}
	return p[id&4095]&isThere != 0, p[id&4095]&isRight != 0
}
