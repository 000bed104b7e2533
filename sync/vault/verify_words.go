package vault

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"unicode/utf8"
)

// The words of the search are read here as FTS5 stores them (the comment at the
// head of its fts5_index.c says how), in the order of the file. FTS5 itself has no
// way to compare an index without content with anything, and takes longer to look
// at its structure alone than all the rest of a verification. Where something here
// is not as expected, FTS5 is asked: only what it finds too is damage.

// errUnclear says that FTS5 is to be asked.
var errUnclear = errors.New("the index of words is not as expected")

// Numbers of rows in search_data.
const (
	structureRow   = int64(10)
	segmentShift   = 37 // the segment stands above these bits,
	listIndexBit   = 36 // of which one says that it is an index of a list of objects,
	heightShift    = 31 // and some which level of that; below them is the page
	pageMask       = 1<<heightShift - 1
	heightMask     = 31
	graveSegments  = 1 << 16 // what is added to a segment for those that are gone from it
	mainIndex      = '0'     // what a word begins with there: it is a word,
	startIndex     = '1'     // or the two letters that some begin with
	structureMagic = "\xff\x00\x00\x01"
)

// segment is one of the parts of the index: words in their order, each with the
// objects that have it in theirs. An object has its words in one segment.
type segment struct {
	id, first, last int64 // its pages
	graves          int64 // pages of objects that are gone from it
	splits          map[int64]split
	lists           int // of splits

	gone bits // by index of a row
	page int64
	term []byte // the last one; nil: none yet
	row  int64  // the last of its objects; 0 none yet
	rows []int64
}

// split is what the index of pages says of one: the words before it come before
// term, and whether the list of its last word has an index.
type split struct {
	term []byte
	list bool
}

// bits is a set of indexes of rows.
type bits []uint64

func (b bits) has(i int32) bool { return b != nil && b[i>>6]>>(i&63)&1 != 0 }
func (b bits) set(i int32)      { b[i>>6] |= 1 << (i & 63) }

// wordIndex adds up what the index has of each object, by its row.
type wordIndex struct {
	c        *checker
	segments map[int64]*segment

	words  []uint64 // the sum of its words
	starts []uint64 // the sum of their first two letters, each once, as the index has them
	expect []uint64 // and as it should have them
	round  []int32  // for which group of words that start alike an object was counted
	group  int32
	start  []byte // of that group
	sum    uint64
	edges  map[string]bits // groups that two segments may share, while they are being merged

	listed func(i int32) // what to do with an object of the term at hand
	hash   uint64        // of that term
}

// readWords reads the whole index.
func (c *checker) readWords(ctx context.Context) error {
	n := len(c.rows)
	x := &wordIndex{c: c, segments: map[int64]*segment{}, edges: map[string]bits{},
		words: make([]uint64, n), starts: make([]uint64, n), expect: make([]uint64, n), round: make([]int32, n)}
	if err := x.prepare(ctx); err != nil {
		return err
	}
	db := openDB(c.v.readDSN, 1)
	defer db.Close()
	conn, err := cached(ctx, db, blobCache)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	err = eachOn(ctx, conn, `SELECT id, block FROM search_data WHERE id >= ? AND id < ? ORDER BY id`,
		[]any{int64(1) << segmentShift, int64(graveSegments) << segmentShift}, func(r []driver.Value) error {
			block, _ := r[1].([]byte)
			return x.block(integer(r[0]), block)
		})
	if err != nil {
		return err
	}
	for _, s := range x.segments {
		if s.lists != 0 || s.first > 0 && s.page != s.last {
			return errUnclear
		}
	}
	for i := range c.rows {
		c.rows[i].words, c.rows[i].noStarts = x.words[i], x.starts[i] != x.expect[i]
	}
	return nil
}

// prepare reads what the segments are, where their pages divide the words, and
// which objects are gone from them.
func (x *wordIndex) prepare(ctx context.Context) error {
	err := x.c.each(ctx, `SELECT block FROM search_data WHERE id = ?`, func(r []driver.Value) error {
		b, _ := r[0].([]byte)
		return x.structure(b)
	}, structureRow)
	if err != nil {
		return err
	}
	err = x.c.each(ctx, `SELECT segid, CAST(term AS BLOB), pgno FROM search_idx`, func(r []driver.Value) error {
		term, _ := r[1].([]byte)
		page, list := integer(r[2])>>1, integer(r[2])&1 != 0
		if s := x.segments[integer(r[0])]; s != nil && page >= s.first {
			if _, twice := s.splits[page]; twice {
				return errUnclear
			}
			s.splits[page] = split{bytes.Clone(term), list}
			if list {
				s.lists++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := x.allGraves(ctx); err != nil {
		return err
	}
	for _, s := range x.segments {
		if s.first == 0 {
			continue
		}
		err := x.c.each(ctx, `SELECT block FROM search_data WHERE id = ?`, func(r []driver.Value) error {
			b, _ := r[0].([]byte)
			if term := firstTerm(b); len(term) > 0 && term[0] == mainIndex {
				x.edges[string(startOf(term[1:]))] = x.c.newBits()
			}
			return nil
		}, s.id<<segmentShift|s.first)
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) newBits() bits { return make(bits, len(c.rows)/64+1) }

// structure reads which segments there are.
func (x *wordIndex) structure(b []byte) error {
	const cookie = 4
	if len(b) < cookie+len(structureMagic) || string(b[cookie:cookie+len(structureMagic)]) != structureMagic {
		return errUnclear
	}
	in := numbers{b: b, at: cookie + len(structureMagic)}
	levels, all := in.next(), in.next()
	in.next() // how much was written
	merging := int64(0)
	for range levels {
		below := merging
		merging = in.next()
		count := in.next()
		if merging > count || below > 0 && count == 0 {
			return errUnclear
		}
		for range count {
			s := &segment{id: in.next(), first: in.next(), last: in.next(), splits: map[int64]split{}}
			in.next() // which rows
			in.next()
			s.graves = in.next()
			in.next()
			in.next()
			if in.bad || s.id < 1 || s.id >= graveSegments || s.last < s.first || x.segments[s.id] != nil {
				return errUnclear
			}
			s.page = s.first - 1
			if s.first > 0 {
				s.rows = make([]int64, 0, min(s.last-s.first+1, 1<<20))
			}
			x.segments[s.id] = s
		}
		if in.bad {
			return errUnclear
		}
	}
	if in.bad || int64(len(x.segments)) != all || merging > 0 {
		return errUnclear
	}
	return nil
}

// numbers reads varints one after the other.
type numbers struct {
	b   []byte
	at  int
	bad bool
}

func (n *numbers) next() int64 {
	v, k := varint(n.b[min(n.at, len(n.b)):])
	n.at += int(k)
	n.bad = n.bad || k == 0 || v < 0
	if n.bad {
		return 0
	}
	return v
}

// allGraves reads which objects are gone from which segment: of each a hash table,
// over some pages, of their numbers.
func (x *wordIndex) allGraves(ctx context.Context) error {
	had := map[int64]int64{}
	err := x.c.each(ctx, `SELECT id, block FROM search_data WHERE id >= ?`, func(r []driver.Value) error {
		id := integer(r[0])
		s := x.segments[id>>segmentShift-graveSegments]
		if s == nil {
			return nil
		}
		had[s.id]++
		b, _ := r[1].([]byte)
		return x.grave(s, id&(1<<segmentShift-1), b)
	}, int64(graveSegments)<<segmentShift)
	if err != nil {
		return err
	}
	for _, s := range x.segments {
		if had[s.id] != s.graves {
			return errUnclear
		}
	}
	return nil
}

// grave reads one page of them: the size of a number, whether 0 is one, how many
// there are, and the numbers, each in the first free place after the one that is
// its own.
func (x *wordIndex) grave(s *segment, page int64, b []byte) error {
	const head = 8
	if len(b) < head || page >= s.graves || b[0] != 4 && b[0] != 8 || (len(b)-head)%int(b[0]) != 0 {
		return errUnclear
	}
	size := int(b[0])
	places := int64((len(b) - head) / size)
	if s.gone == nil {
		s.gone = x.c.newBits()
	}
	at := func(i int64) int64 {
		if p := b[head+int(i)*size:]; size == 8 {
			return int64(binary.BigEndian.Uint64(p))
		} else {
			return int64(binary.BigEndian.Uint32(p))
		}
	}
	count := uint32(0)
	for i := range places {
		id := at(i)
		if id == 0 {
			continue
		}
		count++
		if id < 0 || id%s.graves != page {
			return errUnclear
		}
		for own := id / s.graves % places; own != i; own = (own + 1) % places {
			if at(own) == 0 {
				return errUnclear // it would not be found
			}
		}
		if i := x.c.place(id); i >= 0 {
			s.gone.set(i)
		}
	}
	if count != binary.BigEndian.Uint32(b[4:]) {
		return errUnclear
	}
	return nil
}

// startOf is the first two letters of a word as FTS5 counts them; nil where it has
// fewer.
func startOf(word []byte) []byte {
	n := 0
	for i := range 2 {
		if n >= len(word) {
			return nil
		}
		n++
		if word[n-1] < 0xc0 {
			continue
		}
		if n >= len(word) {
			return nil
		}
		for n < len(word) && !utf8.RuneStart(word[n]) {
			n++
		}
		if n >= len(word) && i == 0 {
			return nil
		}
	}
	return word[:n]
}
