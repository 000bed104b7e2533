package vault

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

// TestVerifyPages_ReadsWhatSQLiteReads compares the blobs that are read from the
// pages with those of the table, when some or all stand in the WAL only, over
// several pages, and when the file has grown, shrunk or been put together anew.
func TestVerifyPages_ReadsWhatSQLiteReads(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "vault")
	v := openIn(t, dir)
	defer v.Close()
	_, book, _ := addAccount(t, v, "home")
	inWAL := 0
	same := func(step string) {
		t.Helper()
		if wal, err := os.Stat(filepath.Join(dir, fileName+"-wal")); err == nil && wal.Size() > 0 {
			inWAL++
		}
		c := &checker{v: v}
		if !c.pageBlobs(ctx) {
			t.Fatal(step, ": the pages are not as expected")
		}
		var n, size, rows int64
		if err := v.reader.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(length(body)), 0) FROM blobs`).Scan(&n, &size); err != nil {
			t.Fatal(err)
		}
		ids, err := list(ctx, v, "", scanID, `SELECT id FROM blobs`)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if there, right := c.there.has(id); there && right {
				rows++
			}
		}
		if c.blobs.Load() != n || rows != n || c.bytes.Load() != size {
			t.Errorf("%s: %d blobs, %d of these in the table, %d bytes; want %d, %d", step, c.blobs.Load(), rows, c.bytes.Load(), n, size)
		}
	}
	same("empty")
	for round := range 4 {
		var objects []pim.Recorded
		for i := range 150 {
			objects = append(objects, describedObject(book, i, cardOf(i, strings.Repeat("more ", round*(1+i%40*i)))))
		}
		mirrorAll(t, v, book.ID, pim.Commit{Objects: objects})
		same("stored")
		if round%2 == 1 {
			if _, err := v.writer.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`); err != nil {
				t.Fatal(err)
			}
			same("written back")
		}
	}
	if _, err := v.writer.ExecContext(ctx, `VACUUM`); err != nil {
		t.Fatal(err)
	}
	same("put together anew")
	if _, err := v.writer.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		t.Fatal(err)
	}
	same("without a WAL")
	if inWAL < 5 {
		t.Error("the WAL was empty too often:", inWAL)
	}
}
