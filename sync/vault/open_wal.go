package vault

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"os"
)

// walIndex says where the pages of the last transaction in a WAL, and of those
// before it, stand.
type walIndex struct {
	page  int64           // bytes of one
	pages int64           // of the whole database by the last transaction; 0: there is none
	at    map[int64]int64 // where a page begins in the WAL, by its number
}

// readWAL reads the transactions of a WAL as SQLite does
// (https://sqlite.org/fileformat2.html section 4): up to
// the first frame that is of another salt, or whose checksum is not that of
// everything before it. A WAL that is not there has none; nor has one whose own
// header is not whole.
func readWAL(path string) (walIndex, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return walIndex{}, nil
	}
	if err != nil {
		return walIndex{}, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	head := make([]byte, 32)
	if _, err := io.ReadFull(in, head); err != nil {
		return walIndex{}, notEnd(err)
	}
	magic, page := binary.BigEndian.Uint32(head), int64(binary.BigEndian.Uint32(head[8:]))
	if magic&^1 != 0x377f0682 || page < 512 || page > 65536 || page&(page-1) != 0 {
		return walIndex{}, nil
	}
	sum := walSum{order: binary.ByteOrder(binary.LittleEndian)}
	if magic&1 == 1 {
		sum.order = binary.BigEndian
	}
	if sum.add(head[:24]); !sum.is(head[24:]) {
		return walIndex{}, nil
	}
	w := walIndex{page: page, at: map[int64]int64{}}
	open := map[int64]int64{}
	frame := make([]byte, 24+page)
	for at := int64(32); ; at += 24 + page {
		if _, err := io.ReadFull(in, frame); err != nil {
			return w, notEnd(err)
		}
		sum.add(frame[:8])
		sum.add(frame[24:])
		n := int64(binary.BigEndian.Uint32(frame))
		if n == 0 || string(frame[8:16]) != string(head[16:24]) || !sum.is(frame[16:]) {
			return w, nil
		}
		open[n] = at + 24
		if size := int64(binary.BigEndian.Uint32(frame[4:])); size > 0 {
			w.pages = size
			maps.Copy(w.at, open)
			clear(open)
		}
	}
}

// notEnd lets what merely ends be.
func notEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// walSum is the checksum of a WAL up to some place (section 4.2 there).
type walSum struct {
	order binary.ByteOrder
	a, b  uint32
}

func (s *walSum) add(p []byte) {
	for ; len(p) >= 8; p = p[8:] {
		s.a += s.order.Uint32(p) + s.b
		s.b += s.order.Uint32(p[4:]) + s.a
	}
}

func (s *walSum) is(p []byte) bool {
	return binary.BigEndian.Uint32(p) == s.a && binary.BigEndian.Uint32(p[4:]) == s.b
}
