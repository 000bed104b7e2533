package vault

import (
	"encoding/binary"
	"os"
)

// Missing says how many bytes at the end of a vault's file are lost: its header
// says how many pages there are (https://sqlite.org/fileformat2.html sections 1.2
// and 1.3.8), and SQLite takes a last page that is cut off for zeros. A file may be
// shorter while the WAL has the pages that it lacks. What is no database, or can't
// be read, misses nothing: others say what it is.
func Missing(path string) int64 {
	var missing int64
	for range 3 { // another process may bring the WAL into the file just now
		if missing = missingNow(path); missing == 0 {
			return 0
		}
	}
	return missing
}

func missingNow(path string) int64 {
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	head := make([]byte, 100)
	if _, err := f.ReadAt(head, 0); err != nil || string(head[:16]) != "SQLite format 3\x00" {
		return 0
	}
	page := int64(binary.BigEndian.Uint16(head[16:]))
	if page == 1 {
		page = 65536
	}
	pages := int64(binary.BigEndian.Uint32(head[28:]))
	if pages == 0 || binary.BigEndian.Uint32(head[24:]) != binary.BigEndian.Uint32(head[92:]) {
		return 0 // an old library wrote it, which did not keep the count
	}
	info, err := f.Stat() // after the header: a file that grew meanwhile is long enough
	if err != nil || info.Size() >= page*pages {
		return 0
	}
	if size, has := walPages(path+"-wal", page); size > 0 {
		pages = size
		for n := info.Size()/page + 1; n <= pages; n++ {
			if !has[n] {
				return page*pages - info.Size()
			}
		}
		return 0
	}
	return page*pages - info.Size()
}

// walPages gives how many pages a database has by the last transaction in its WAL
// (0: there is none), and which of them the WAL has (section 4.1 there). Frames
// after the last transaction do not count, and those of another salt are old.
func walPages(path string, page int64) (size int64, has map[int64]bool) {
	f, err := os.Open(path)
	if err != nil {
		return 0, nil
	}
	defer f.Close()
	head := make([]byte, 32)
	if _, err := f.ReadAt(head, 0); err != nil || int64(binary.BigEndian.Uint32(head[8:])) != page {
		return 0, nil
	}
	has = map[int64]bool{}
	var open []int64
	frame := make([]byte, 24)
	for at := int64(32); ; at += 24 + page {
		if _, err := f.ReadAt(frame, at); err != nil || string(frame[8:16]) != string(head[16:24]) {
			return size, has
		}
		open = append(open, int64(binary.BigEndian.Uint32(frame)))
		if n := int64(binary.BigEndian.Uint32(frame[4:])); n > 0 {
			size = n
			for _, p := range open {
				has[p] = true
			}
			open = open[:0]
		}
	}
}
