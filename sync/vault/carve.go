package vault

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"strings"

	"sidekeep/sync/pim"
)

// carver reads rows straight out of the pages of a file, whatever has become of
// the trees that lead to them (https://sqlite.org/fileformat2.html sections 1.6
// and 2.1). A row is told by the number and the types of its columns; a blob is
// certain, for its bytes have to match the SHA-256 beside them.
type carver struct {
	file   io.ReaderAt
	size   int64
	page   int64 // bytes
	usable int64
}

const (
	defaultPage = 8192
	tableLeaf   = 0x0d
	tableInner  = 0x05
	indexLeaf   = 0x0a
	indexInner  = 0x02
	maxHead     = 256 // bytes in which a row says of which columns it is
)

// newCarver takes the sizes from the header, or those that Sidekeep uses where it
// is damaged.
func newCarver(file io.ReaderAt, size int64) *carver {
	c := &carver{file: file, size: size, page: defaultPage}
	head := make([]byte, 100)
	if _, err := file.ReadAt(head, 0); err == nil && string(head[:16]) == "SQLite format 3\x00" {
		n := int64(binary.BigEndian.Uint16(head[16:]))
		if n == 1 {
			n = 65536
		}
		if n >= 512 && n&(n-1) == 0 {
			c.page = n
		}
		c.usable = c.page - int64(head[20])
	}
	if c.usable < 480 {
		c.usable = c.page
	}
	return c
}

// place is where the rest of a row is.
type place struct {
	page, at int64
}

// cell is one row. Its payload is read when it is asked for.
type cell struct {
	place
	id   int64
	size int64
}

// cells calls each for every cell of every leaf of a table, and for whatever may be
// one in a page whose beginning is lost, or that points to what is none.
func (c *carver) cells(each func(cell)) {
	buf := make([]byte, c.page)
	for n := int64(0); n*c.page < c.size; n++ {
		got, err := c.file.ReadAt(buf, n*c.page)
		if err != nil && !errors.Is(err, io.EOF) {
			continue // this one is lost
		}
		clear(buf[got:])
		head := int64(0)
		if n == 0 {
			head = 100
		}
		switch buf[head] {
		case tableLeaf:
			if c.pointed(buf, n, head, each) {
				continue
			}
		case tableInner, indexLeaf, indexInner:
			continue
		}
		c.anywhere(buf, n, each)
	}
}

// pointed calls each for the cells that a leaf points to, and says whether all of
// them may be such.
func (c *carver) pointed(buf []byte, n, head int64, each func(cell)) bool {
	whole := true
	count := int64(binary.BigEndian.Uint16(buf[head+3:]))
	for i := range count {
		p := head + 8 + 2*i
		if p+2 > c.usable {
			return false
		}
		at := int64(binary.BigEndian.Uint16(buf[p:]))
		x, ok := c.cellAt(buf, n, at)
		if at < head+8 || !ok {
			whole = false
			continue
		}
		each(x)
	}
	return whole
}

// anywhere calls each for what may be a row, wherever it begins.
func (c *carver) anywhere(buf []byte, n int64, each func(cell)) {
	for at := range c.usable {
		x, ok := c.cellAt(buf, n, at)
		// Of the rows that are looked for, the shortest has a head of five bytes, the
		// longest one of less than 128, and the first column of all is NULL.
		if !ok || x.at+2 > c.usable || buf[x.at] < fewest+1 || buf[x.at] > 127 || buf[x.at+1] != 0 {
			continue
		}
		if c.row(x) != nil {
			each(x)
		}
	}
}

func (c *carver) cellAt(buf []byte, n, at int64) (cell, bool) {
	if at < 0 || at >= c.usable-4 {
		return cell{}, false
	}
	size, k := varint(buf[at:])
	id, m := varint(buf[at+k:])
	if k == 0 || m == 0 || size < 2 || size > c.size || id < 1 {
		return cell{}, false
	}
	return cell{place{n, at + k + m}, id, size}, true
}

// varint reads one (section 1.6); 0 bytes: there is none.
func varint(b []byte) (int64, int64) {
	var v uint64
	for i := range 9 {
		if i >= len(b) {
			return 0, 0
		}
		if i == 8 {
			return int64(v<<8 | uint64(b[i])), 9
		}
		v = v<<7 | uint64(b[i]&0x7f)
		if b[i] < 0x80 {
			return int64(v), int64(i + 1)
		}
	}
	return 0, 0
}

var errBroken = errors.New("the row is damaged")

// payload reads up to most bytes of a row, along its overflow pages.
func (c *carver) payload(x cell, most int64) ([]byte, error) {
	want := min(x.size, most)
	local := x.size
	if full := c.usable - 35; local > full {
		least := (c.usable-12)*32/255 - 23
		local = least + (x.size-least)%(c.usable-4)
		if local > full {
			local = least
		}
	}
	if x.at+local > c.usable {
		return nil, errBroken
	}
	out := make([]byte, 0, want)
	read := func(at, n int64) error {
		n = min(n, want-int64(len(out)))
		part := out[len(out) : int64(len(out))+n]
		if _, err := c.file.ReadAt(part, at); err != nil {
			return err
		}
		out = out[:int64(len(out))+n]
		return nil
	}
	base := x.page * c.page
	if err := read(base+x.at, local); err != nil {
		return nil, err
	}
	next := base + x.at + local // where the number of the next page stands
	for int64(len(out)) < want {
		var number [4]byte
		if _, err := c.file.ReadAt(number[:], next); err != nil {
			return nil, err
		}
		p := int64(binary.BigEndian.Uint32(number[:]))
		if p == 0 || p*c.page > c.size {
			return nil, errBroken
		}
		next = (p - 1) * c.page
		if err := read(next+4, c.usable-4); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// value is one column.
type value struct {
	kind byte // 'n' NULL, 'i' integer, 't' text, 'b' blob, 'r' real
	n    int64
	b    []byte
}

// columns takes a row apart as far as its beginning says; nil: it is none. The
// values are empty where row is only the beginning of one with size bytes.
func columns(row []byte, size int64) []value {
	head, k := varint(row)
	if k == 0 || head < k || head > int64(len(row)) {
		return nil
	}
	var out []value
	end := head
	for at := k; at < head; {
		serial, m := varint(row[at:head])
		if m == 0 || len(out) > 64 {
			return nil
		}
		at += m
		v, n := valueOf(serial)
		if v.kind == 0 || n > size-end {
			return nil
		}
		if end+n <= int64(len(row)) {
			v.b = row[end : end+n]
		}
		end += n
		if v.kind == 'i' && len(v.b) > 0 {
			v.n = int64(int8(v.b[0]))
			for _, x := range v.b[1:] {
				v.n = v.n<<8 | int64(x)
			}
		}
		out = append(out, v)
	}
	if end != size {
		return nil
	}
	return out
}

// valueOf reads a serial type: what the column is, and of how many bytes.
func valueOf(serial int64) (value, int64) {
	switch {
	case serial == 0:
		return value{kind: 'n'}, 0
	case serial >= 1 && serial <= 4:
		return value{kind: 'i'}, serial
	case serial == 5:
		return value{kind: 'i'}, 6
	case serial == 6:
		return value{kind: 'i'}, 8
	case serial == 7:
		return value{kind: 'r'}, 8
	case serial == 8 || serial == 9:
		return value{kind: 'i', n: serial - 8}, 0
	case serial >= 12:
		return value{kind: "bt"[serial&1]}, (serial - 12) / 2
	}
	return value{}, 0
}

// fits says whether columns begin with these kinds: one letter each, or a star for
// an integer or NULL, a question mark for text or NULL.
func fits(row []value, kinds string) bool {
	if len(row) < len(kinds) {
		return false
	}
	for i := range kinds {
		v := row[i]
		switch k := kinds[i]; {
		case k == v.kind, k == '*' && (v.kind == 'i' || v.kind == 'n'), k == '?' && (v.kind == 't' || v.kind == 'n'):
		default:
			return false
		}
	}
	return true
}

// Rows as they stand in a file: the ID is NULL, for it is the row's own number.
const (
	accountRow    = "ntttiti*" // 8 columns
	resourceRow   = "nit??**i"
	revisionRow   = "nii*itit"
	blobRow       = "nbtb"       // and, since schema 3, the digest
	collectionRow = "nittttttti" // and more
	fewest, most  = 4, 32        // columns of all these
)

// row reads a row if it may be one of those above.
func (c *carver) row(x cell) []value {
	head, err := c.payload(x, maxHead)
	if err != nil {
		return nil
	}
	cols := columns(head, x.size)
	if len(cols) < fewest || len(cols) > most {
		return nil
	}
	for _, kinds := range []string{accountRow, resourceRow, revisionRow, blobRow, collectionRow} {
		if !fits(cols, kinds) {
			continue
		}
		if x.size > maxHead {
			if head, err = c.payload(x, x.size); err != nil {
				return nil
			}
		}
		return columns(head, x.size)
	}
	return nil
}

// carve fills in what the tables did not give.
func (w *Wreck) carve() {
	w.carved = true
	w.carver.cells(w.carveCell)
}

func (w *Wreck) carveCell(x cell) {
	cols := w.carver.row(x)
	switch n := len(cols); {
	case (n == len(blobRow) || n == len(blobRow)+1) && fits(cols, blobRow):
		w.carveBlob(x, cols)
	case n == len(resourceRow) && fits(cols, resourceRow) && hasAddress(cols[2].b):
		if r := w.resources[x.id]; r == nil || r.carved && r.head < cols[6].n { // what stood there before may still do so
			w.resources[x.id] = &wreckResource{collection: cols[1].n, href: pim.Href(cols[2].b), blob: cols[5].n, head: cols[6].n, carved: true}
		}
	case n == len(revisionRow) && fits(cols, revisionRow):
		w.revision(x.id, cols[1].n, cols[3].n)
	case n == len(accountRow) && fits(cols, accountRow):
		if w.accounts[x.id] == "" {
			w.accounts[x.id] = string(cols[1].b)
		}
	case n > len(collectionRow) && fits(cols, collectionRow) && hasAddress(cols[4].b):
		kind := pim.Kind(cols[3].b)
		if w.collections[x.id] == nil && (kind == pim.Contacts || kind == pim.Calendar) {
			w.collections[x.id] = &WreckCollection{ID: x.id, account: cols[1].n, Kind: kind, URL: string(cols[4].b), Name: string(cols[6].b),
				Description: string(cols[7].b), Color: string(cols[8].b)}
		}
	}
}

// carveBlob takes bytes that match their SHA-256, also of a blob that its table
// gave: this is another way to it.
func (w *Wreck) carveBlob(x cell, cols []value) {
	body, ok := blobBody(cols)
	if !ok {
		return
	}
	if at, known := w.blobs[x.id]; known && (at.cell.size > 0 || !at.wrong && string(at.sum[:]) != string(cols[1].b)) {
		return
	}
	w.blobs[x.id] = blobAt{sum: sha256.Sum256(body), cell: x}
}

// blobBody gives the bytes of a row of blobs that match their SHA-256.
func blobBody(cols []value) ([]byte, bool) {
	if len(cols) < len(blobRow) || !fits(cols, blobRow) {
		return nil, false
	}
	sum := sha256.Sum256(cols[3].b)
	return cols[3].b, bytes.Equal(sum[:], cols[1].b)
}

func hasAddress(b []byte) bool {
	return strings.HasPrefix(string(b), "/") || strings.HasPrefix(string(b), "http")
}
