package service

import (
	"database/sql"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Rows that begin elsewhere, and so have IDs out of order, are found. They are not
// read again and again: that took all memory there was.
func TestVerify_RowsOutOfOrderAreFoundAndNotReadForEver(t *testing.T) {
	srv, _, _ := home(t, 60)
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	add(t, s, srv)
	mirrorNow(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "vault.db")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	step := 1
	if testing.Short() {
		step = 8
	}
	for _, table := range []string{"resources", "revisions", "blobs"} {
		cells := cellPointers(t, path, whole, table)
		for i := 0; i+1 < len(cells); i += step {
			bad := append([]byte{}, whole...)
			for n := range 4 { // two rows begin elsewhere
				bad[cells[i]+n] ^= 0x15
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "vault.db"), bad, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), Config{Dir: dir, Secrets: "file", ReadOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			j := s.StartVerify(false)
			if err := j.Wait(t.Context()); err != nil {
				wantDamaged(t, err)
			} else if rep := j.Result().(VerifyReport); rep.OK || len(rep.Problems) == 0 {
				t.Errorf("%s, row %d: %+v", table, i, rep)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Fatalf("%s, row %d: it took %v", table, i, took)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// cellPointers gives where the pointers to the rows of a table's first leaf stand
// in a file (SQLite's file format, section 1.6).
func cellPointers(t *testing.T, path string, file []byte, table string) (at []int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var number int
	if err := db.QueryRow(`SELECT rootpage FROM sqlite_master WHERE name = ?`, table).Scan(&number); err != nil {
		t.Fatal(err)
	}
	size := int(binary.BigEndian.Uint16(file[16:]))
	page := file[(number-1)*size : number*size]
	for page[0] == 5 { // an interior page: to its first child
		cell := binary.BigEndian.Uint16(page[12:])
		number = int(binary.BigEndian.Uint32(page[cell:]))
		page = file[(number-1)*size : number*size]
	}
	for i := range int(binary.BigEndian.Uint16(page[3:])) {
		at = append(at, (number-1)*size+8+2*i)
	}
	return at
}
