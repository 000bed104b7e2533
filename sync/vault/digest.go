package vault

import (
	"crypto/sha256"
	"encoding/binary"
)

// packVersion is raised whenever [packer] makes anything else of a summary than
// before: words, their folding, order or JSON.
const packVersion = 1

// digest says in a few bytes what lists and search were given of a blob, when they
// were. As it is written in the same transaction, a verification can compare them
// with it; it understands the bytes anew where there is none, where another version
// made it, and where it does not fit.
type digest struct {
	by    int    // version of what described the bytes
	lists uint64 // 48 bits, of the stored summary and the place in lists
	words uint64 // 48 bits, of the words but for the place
	many  int32  // how many these are
}

const (
	digestMask = 1<<48 - 1
	maxBy      = 255
)

// stored is a digest as it stands in the database: the versions and the kind in
// two bytes, 6 and 6 bytes and a number. NULL: what described it has no version.
func (d *digest) stored(calendar bool) any {
	if d.by < 1 || d.by > maxBy {
		return nil
	}
	b := make([]byte, 0, 18)
	second := byte(packVersion << 1)
	if calendar {
		second |= 1
	}
	b = append(b, byte(d.by), second)
	for _, n := range []uint64{d.lists, d.words} {
		b = binary.BigEndian.AppendUint16(b, uint16(n>>32))
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return binary.AppendUvarint(b, uint64(d.many))
}

// readDigest reads one that this version wrote.
func readDigest(b []byte) (d digest, calendar, ok bool) {
	if len(b) < 15 || b[1]>>1 != packVersion {
		return d, false, false
	}
	d.by, calendar = int(b[0]), b[1]&1 == 1
	for i, n := range []*uint64{&d.lists, &d.words} {
		at := b[2+6*i:]
		*n = uint64(binary.BigEndian.Uint16(at))<<32 | uint64(binary.BigEndian.Uint32(at[2:]))
	}
	many, n := binary.Uvarint(b[14:])
	d.many = int32(many)
	return d, calendar, n == len(b)-14
}

// rowSum is the fingerprint of a place in lists.
func rowSum(c class, ord []byte, begins, until any) uint64 {
	var room [96]byte
	b := binary.BigEndian.AppendUint64(room[:0], uint64(c))
	for _, x := range []any{begins, until} {
		n, ok := x.(int64)
		b = binary.BigEndian.AppendUint64(b, uint64(n))
		if ok {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	sum := sha256.Sum256(append(b, ord...))
	return binary.BigEndian.Uint64(sum[:])
}

// listsSum is the fingerprint of a stored summary and a place in lists.
func listsSum(json []byte, row uint64) uint64 {
	sum := sha256.Sum256(json)
	return (binary.BigEndian.Uint64(sum[:]) + row) & digestMask
}

// FNV-1a with 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/). Words are
// compared by the sum of the hashes of each, so that they can be read in the order
// of the index.
const (
	wordStart = 14695981039346656037
	wordPrime = 1099511628211
)

func wordSum(word string) uint64 {
	hash := uint64(wordStart)
	for i := range len(word) {
		hash = (hash ^ uint64(word[i])) * wordPrime
	}
	return hash
}
