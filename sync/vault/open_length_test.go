package vault

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The end of the file is lost, be it a part of its last page: SQLite reads zeros
// there, and says nothing where that page is a free one.
func TestVerify_FindsThatTheEndIsLost(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	lived(t, dir, 60)
	path := filepath.Join(dir, fileName)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := Missing(path); n != 0 {
		t.Fatalf("%d bytes of a whole file", n)
	}
	for _, lost := range []int64{1, 8191, 8192} {
		if err := os.Truncate(path, info.Size()-lost); err != nil {
			t.Fatal(err)
		}
		if n := Missing(path); n != lost {
			t.Errorf("%d bytes, want %d", n, lost)
		}
		v, err := Open(context.Background(), dir, Options{ReadOnly: true})
		if err != nil {
			if isDamage(err) {
				continue // SQLite itself says so of a whole page
			}
			t.Fatal(err)
		}
		found, err := v.Verify(context.Background(), Check{})
		if err != nil || !found.Damaged || !strings.Contains(found.Problems[0].What+found.Problems[len(found.Problems)-1].What, "are missing") {
			t.Errorf("%+v, %v", found, err)
		}
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A file may be shorter than its header says while the WAL has the rest, and is as
// long as it should be at any moment of a mirror.
func TestMissing_TheWALHasTheRest(t *testing.T) {
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	fill(t, v, book, 300, 600)
	if n := Missing(v.path); n != 0 {
		t.Errorf("%d bytes while the WAL has them", n)
	}
	// As it stands in the middle of a checkpoint: the first page is there, and says
	// how many there will be.
	wal, err := os.ReadFile(v.path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.writer.Exec(`PRAGMA wal_checkpoint(PASSIVE)`); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(v.path)
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(t.TempDir(), "half.db")
	if err := os.WriteFile(half, b[:len(b)/2/8192*8192], 0o600); err != nil {
		t.Fatal(err)
	}
	if n := Missing(half); n == 0 {
		t.Error("a half without a WAL is whole")
	}
	if err := os.WriteFile(half+"-wal", wal, 0o600); err != nil {
		t.Fatal(err)
	}
	if n := Missing(half); n != 0 {
		t.Errorf("%d bytes that the WAL has", n)
	}
}
