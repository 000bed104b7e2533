package vault

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

// wantFault checks an error the way a person meets it: kind, cause, place, and
// what to do next.
func wantFault(t *testing.T, err error, f pim.Fault, reason, where string) {
	t.Helper()
	var e *pim.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v is no *pim.Error", err)
	}
	if e.Fault != f || e.Reason != reason || !strings.Contains(e.Where, where) || e.Hint == "" {
		t.Fatalf("error is %v, reason %q, where %q, hint %q; want %v, %q, %q: %v", e.Fault, e.Reason, e.Where, e.Hint, f, reason, where, err)
	}
}

func TestOpen_NewVaultBelongsToItsOwnerAlone(t *testing.T) {
	v := openTemp(t)
	addAccount(t, v, "home")
	modes := map[string]fs.FileMode{v.dir: 0o700, v.path: 0o600, v.path + "-wal": 0o600, v.path + "-shm": 0o600}
	for path, want := range modes {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want %v", path, info.Mode().Perm(), err, want)
		}
	}
	for pragma, want := range map[string]string{"page_size": "8192", "journal_mode": "wal", "user_version": "3", "application_id": "1397441872"} {
		if got := one(t, v, `PRAGMA `+pragma); got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
	var full, keys int
	if err := v.writer.QueryRow(`SELECT (SELECT synchronous FROM pragma_synchronous), (SELECT foreign_keys FROM pragma_foreign_keys)`).Scan(&full, &keys); err != nil || full != 2 || keys != 1 {
		t.Errorf("synchronous %d, foreign_keys %d, %v", full, keys, err)
	}
	if _, err := v.reader.Exec(`DELETE FROM accounts`); err == nil {
		t.Error("the reading handle can write")
	}
}

func TestOpen_RefusesWhatIsNotOurs(t *testing.T) {
	ctx := context.Background()
	for name, make := range map[string]func(t *testing.T, path string){
		"text": func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte("a shopping list, which is longer than sixteen bytes\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"other database": func(t *testing.T, path string) {
			db := openDB(dsn(path, nil), 1)
			if _, err := db.Exec(`CREATE TABLE songs (title TEXT)`); err != nil {
				t.Fatal(err)
			}
			_ = db.Close()
		},
		"folder": func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, fileName)
			make(t, path)
			before, _ := os.ReadFile(path)
			_, err := Open(ctx, dir, Options{})
			wantFault(t, err, pim.Storage, "foreign", path)
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestOpen_RefusesNewerVault(t *testing.T) {
	v := openTemp(t)
	if _, err := v.writer.Exec(`PRAGMA user_version = 99`); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), v.dir, Options{})
	wantFault(t, err, pim.Storage, "newer", v.path)
	if _, err := Open(context.Background(), v.dir, Options{ReadOnly: true}); err == nil {
		t.Error("a newer vault was opened for reading")
	}
}

func TestOpen_SaysThatAVaultIsDamaged(t *testing.T) {
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	fill(t, v, book, 200, 4000)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(v.path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, _ := f.Stat()
	for at := int64(8192); at < info.Size(); at += 8192 {
		if _, err := f.WriteAt([]byte(strings.Repeat("\xee", 512)), at); err != nil {
			t.Fatal(err)
		}
	}
	_ = f.Close()
	v, err = Open(context.Background(), v.dir, Options{})
	if err == nil {
		defer v.Close()
		_, err = v.Rows(context.Background(), Query{})
	}
	wantFault(t, err, pim.Storage, "corrupt", fileName)
}

func TestOpen_MissingVaultIsNotMadeForReading(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	_, err := Open(context.Background(), dir, Options{ReadOnly: true})
	wantFault(t, err, pim.Storage, "missing", dir)
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder was made")
	}
}

// mount gives a small file system of its own, which fills up and can be made
// read-only even for root.
func mount(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no file system of our own can be mounted: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return dir
}

func TestOpen_ReadOnlyFolder(t *testing.T) {
	dir := mount(t, "4m")
	ctx := context.Background()
	v, err := Open(ctx, filepath.Join(dir, "v"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, book, _ := addAccount(t, v, "home")
	fill(t, v, book, 3, 100)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-o", "remount,ro", dir).CombinedOutput(); err != nil {
		t.Skipf("the file system can't be made read-only: %v %s", err, out)
	}
	_, err = Open(ctx, v.dir, Options{})
	wantFault(t, err, pim.Storage, "read-only", v.path)

	v, err = Open(ctx, v.dir, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if n, err := v.Count(ctx, Query{}); err != nil || n != 3 {
		t.Errorf("%d objects, %v", n, err)
	}
	_, err = v.BeginRun(ctx, book.ID)
	wantFault(t, err, pim.Storage, "read-only", v.path)
}

func TestPut_DiskFullLosesNothingAndGoesOnWithRoom(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	fill(t, v, book, 50, 2000)
	run, err := v.BeginRun(ctx, book.ID)
	if err != nil {
		t.Fatal(err)
	}
	var pages int
	if err := v.writer.QueryRow(`PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		if err := v.writer.QueryRow(`PRAGMA max_page_count = ` + itoa(n)).Scan(new(int)); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages + 3)
	var more []pim.Recorded
	for i := range 100 {
		more = append(more, generated(book, 1000+i, 2000))
	}
	wantFault(t, v.Put(ctx, run, more), pim.Storage, "full", v.path)
	if n, err := v.Count(ctx, Query{}); err != nil || n != 50 {
		t.Fatalf("%d objects after the disk was full, %v", n, err)
	}
	limit(1 << 20)
	if err := v.Put(ctx, run, more); err != nil {
		t.Fatal(err)
	}
	if n, err := v.Finish(ctx, run, pim.Commit{Outcome: pim.Complete}); err != nil || n.Objects != 150 || n.Created != 100 {
		t.Fatalf("%+v, %v", n, err)
	}
	checkSound(t, v)
}

func TestPut_FullFileSystem(t *testing.T) {
	dir := mount(t, "2m")
	ctx := context.Background()
	v := openIn(t, filepath.Join(dir, "v"))
	_, book, _ := addAccount(t, v, "home")
	run, err := v.BeginRun(ctx, book.ID)
	if err != nil {
		t.Fatal(err)
	}
	stored := 0
	for {
		var batch []pim.Recorded
		for range 20 {
			batch = append(batch, generated(book, stored+len(batch), 4000))
		}
		if err = v.Put(ctx, run, batch); err != nil {
			break
		}
		stored += len(batch)
	}
	wantFault(t, err, pim.Storage, "full", v.path)
	if n, err := v.Count(ctx, Query{}); err != nil || n != stored {
		t.Errorf("%d objects of %d, %v", n, stored, err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-o", "remount,size=16m", dir).CombinedOutput(); err != nil {
		t.Skipf("the file system can't grow: %v %s", err, out)
	}
	v = openIn(t, v.dir)
	if mirrorAll(t, v, book.ID, pim.Commit{}).Objects != stored {
		t.Error("objects were lost")
	}
	checkSound(t, v)
}

// checkSound asks SQLite and compares every derived table with what it is
// derived from.
func checkSound(t tester, v *Vault) {
	t.Helper()
	if got := one(t, v, `PRAGMA integrity_check`); got != "ok" {
		t.Fatalf("integrity_check: %s", got)
	}
	var broken sql.NullString
	if err := v.reader.QueryRow(`SELECT "table" FROM pragma_foreign_key_check`).Scan(&broken); !errors.Is(err, sql.ErrNoRows) {
		t.Fatalf("foreign keys: %v %v", broken, err)
	}
	for _, wrong := range []string{
		`SELECT count(*) FROM collections c WHERE live <> (SELECT count(*) FROM resources r WHERE r.collection = c.id AND r.blob IS NOT NULL)`,
		`SELECT count(*) FROM resources r WHERE revisions <> (SELECT count(*) FROM revisions v WHERE v.resource = r.id)`,
		`SELECT count(*) FROM resources r WHERE head IS NOT (SELECT max(id) FROM revisions v WHERE v.resource = r.id)`,
		`SELECT count(*) FROM resources r WHERE blob IS NOT (SELECT blob FROM revisions v WHERE v.id = r.head)`,
		`SELECT count(*) FROM resources r WHERE (blob IS NOT NULL) <> EXISTS (SELECT 1 FROM summaries s WHERE s.resource = r.id)`,
		`SELECT count(*) FROM summaries WHERE resource NOT IN (SELECT rowid FROM search)`,
		`SELECT count(*) FROM search WHERE rowid NOT IN (SELECT resource FROM summaries)`,
		`SELECT count(*) FROM held WHERE resource NOT IN (SELECT id FROM resources WHERE blob IS NOT NULL)`,
		`SELECT count(*) FROM blobs WHERE id NOT IN (SELECT blob FROM revisions WHERE blob IS NOT NULL)`,
		`SELECT count(*) - count(DISTINCT sha256) FROM blobs`,
		`SELECT count(*) FROM purging`,
		`SELECT count(*) FROM collections c WHERE last_revision < (SELECT coalesce(max(v.id), 0) FROM revisions v JOIN resources r ON r.id = v.resource WHERE r.collection = c.id)`,
	} {
		if got := one(t, v, wrong); got != "0" {
			t.Fatalf("%s: %s", wrong, got)
		}
	}
}
