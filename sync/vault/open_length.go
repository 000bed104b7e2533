package vault

import (
	"encoding/binary"
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
	f, done, err := openBeside(path)
	if err != nil {
		return 0
	}
	defer done()
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
	if wal, err := readWAL(path + "-wal"); err == nil && wal.page == page && wal.pages > 0 {
		pages = wal.pages
		for n := info.Size()/page + 1; n <= pages; n++ {
			if _, has := wal.at[n]; !has {
				return page*pages - info.Size()
			}
		}
		return 0
	}
	return page*pages - info.Size()
}
