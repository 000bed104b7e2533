package vault

import (
	"bytes"
	"encoding/binary"
)

// block reads a row of search_data: a page of a segment, or of the index of a list
// in it.
func (x *wordIndex) block(id int64, b []byte) error {
	s := x.segments[id>>segmentShift]
	page := id & pageMask
	if s == nil || page < s.first {
		return nil // left from before
	}
	if id>>listIndexBit&1 != 0 {
		return x.listIndex(s, page, id>>heightShift&heightMask, b)
	}
	if page > s.last {
		return nil
	}
	if id>>heightShift&heightMask != 0 || page != s.page+1 {
		return errUnclear
	}
	s.page = page
	return x.leaf(s, b)
}

// leafHead is what a page begins with: where the list of the page before goes on, and
// where the words end and the places of its terms begin.
const leafHead = 4

// leaf reads a page: terms, each but the first without what it shares with the one
// before, and each followed by its objects. Those of the last may go on in the next
// page.
func (x *wordIndex) leaf(s *segment, b []byte) error {
	if len(b) < leafHead {
		return errUnclear
	}
	list, size := int(binary.BigEndian.Uint16(b)), int(binary.BigEndian.Uint16(b[2:]))
	if size < leafHead || size > len(b) {
		return errUnclear
	}
	places := numbers{b: b, at: size}
	p := b[:size]
	at := size
	if len(b) > size {
		at = int(places.next())
	}
	goesOn := 0
	if at > leafHead {
		goesOn = leafHead
	}
	if places.bad || at < leafHead || at > size || at == size && len(b) > size || list != goesOn {
		return errUnclear
	}
	s.rows = append(s.rows, 0)
	if list > 0 {
		if s.term == nil {
			return errUnclear
		}
		first, err := x.list(s, p[list:at])
		if err != nil {
			return err
		}
		s.rows[len(s.rows)-1] = first
	}
	if err := s.divides(at < size, p[at:]); err != nil {
		return err
	}
	for first := true; at < size; first = false {
		n, err := x.nextTerm(s, p[at:], first)
		if err != nil {
			return err
		}
		end := size
		if places.at < len(b) {
			end = at + int(places.next())
		}
		from := at + n
		if places.bad || end <= at || end > size || from > end {
			return errUnclear
		}
		if _, err := x.list(s, p[from:end]); err != nil {
			return err
		}
		at = end
	}
	if places.at != len(b) {
		return errUnclear
	}
	return nil
}

// firstTerm is the first term of a page.
func firstTerm(b []byte) []byte {
	if len(b) < leafHead {
		return nil
	}
	size := int(binary.BigEndian.Uint16(b[2:]))
	if size >= len(b) {
		return nil
	}
	in := numbers{b: b, at: size}
	in.at = int(in.next())
	n := in.next()
	if in.bad || in.at >= size || n > int64(size-in.at) {
		return nil
	}
	return b[in.at : in.at+int(n)]
}

// divides compares a page with what the index of pages says of it.
func (s *segment) divides(any bool, p []byte) error {
	split, ok := s.splits[s.page]
	if !any {
		if ok {
			return errUnclear
		}
		return nil
	}
	if !ok {
		if s.page == s.first {
			return nil
		}
		return errUnclear
	}
	n, k := varint(p)
	if k == 0 || n < 1 || n > int64(len(p))-k || bytes.Compare(p[k:k+n], split.term) < 0 || s.term != nil && bytes.Compare(s.term, split.term) >= 0 {
		return errUnclear
	}
	return nil
}

// nextTerm reads a term, and says how many bytes it takes.
func (x *wordIndex) nextTerm(s *segment, p []byte, whole bool) (int, error) {
	in := numbers{b: p}
	shared := int64(0)
	if !whole {
		shared = in.next()
	}
	n := in.next()
	if in.bad || n < 1 || n > int64(len(p)-in.at) || shared > int64(len(s.term)) {
		return 0, errUnclear
	}
	rest := p[in.at : in.at+int(n)]
	if s.term != nil && bytes.Compare(rest, s.term[shared:]) <= 0 {
		return 0, errUnclear
	}
	s.term = append(s.term[:shared], rest...)
	s.row = 0
	return in.at + int(n), x.begin(s)
}

// begin prepares for the objects of a term.
func (x *wordIndex) begin(s *segment) error {
	word := s.term[1:]
	x.hash = uint64(wordStart)
	for _, c := range word {
		x.hash = (x.hash ^ uint64(c)) * wordPrime
	}
	switch s.term[0] {
	case mainIndex:
		x.sameStart(startOf(word))
	case startIndex:
		x.start = x.start[:0]
		x.listed = func(i int32) { x.starts[i] += x.hash }
	default:
		return errUnclear
	}
	return nil
}

// sameStart prepares for a word that starts in some way, as the last one may have
// done too: an object is counted once for all of them.
func (x *wordIndex) sameStart(start []byte) {
	if start == nil {
		x.group++
		x.start = x.start[:0]
		x.listed = func(i int32) { x.words[i] += x.hash }
		return
	}
	if x.group > 0 && bytes.Equal(start, x.start) {
		return
	}
	x.group++
	x.start = append(x.start[:0], start...)
	x.sum = wordSum(string(start))
	if shared := x.edges[string(start)]; shared != nil {
		x.listed = func(i int32) {
			if x.words[i] += x.hash; !shared.has(i) {
				shared.set(i)
				x.expect[i] += x.sum
			}
		}
		return
	}
	x.listed = func(i int32) {
		if x.words[i] += x.hash; x.round[i] != x.group {
			x.round[i] = x.group
			x.expect[i] += x.sum
		}
	}
}

// list reads objects of the term at hand: the first number of a page, or of the
// term, is whole, the others are by how much they are higher. It gives the first.
func (x *wordIndex) list(s *segment, p []byte) (first int64, err error) {
	id := int64(0)
	for at := 0; at < len(p); {
		n, k := int64(p[at]), 1
		if n >= 0x80 {
			v, m := varint(p[at:])
			if m == 0 {
				return 0, errUnclear
			}
			n, k = v, int(m)
		}
		if at += k; n <= 0 { // a mark that an object is gone is not made in this kind of index
			return 0, errUnclear
		}
		if id += n; id <= s.row {
			return 0, errUnclear
		}
		if s.row = id; first == 0 {
			first = id
		}
		if i := x.c.place(id); i >= 0 && !s.gone.has(i) {
			x.listed(i)
		}
	}
	return first, nil
}

// listIndex reads the index of a list that takes many pages: the first object of
// each. More than one level of it would take a list of millions.
func (x *wordIndex) listIndex(s *segment, page, height int64, b []byte) error {
	if !s.splits[page].list {
		return nil // left from before
	}
	s.lists--
	if height != 0 || len(b) < 3 || b[0] != 0 || s.page != s.last {
		return errUnclear
	}
	in := numbers{b: b, at: 1}
	leaf, id := in.next(), in.next()
	for {
		if in.bad || leaf < s.first || leaf > s.last || s.rows[leaf-s.first] != id {
			return errUnclear
		}
		if in.at == len(b) {
			return nil
		}
		leaf++
		id += in.next()
	}
}
