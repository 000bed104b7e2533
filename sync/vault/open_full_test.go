package vault

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

// cutOff makes a vault whose last transactions stand in the WAL only, and after
// them a part of one that never ended, as a process leaves it that was killed when
// the disk became full; and no shared memory, as a copy of such a folder has none.
func cutOff(t testing.TB, dir string) (objects int) {
	t.Helper()
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	fill(t, v, book, 200, 600)
	if _, err := v.writer.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		t.Fatal(err)
	}
	fill(t, v, book, 300, 900) // 200 of them are others now, and 100 are new
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(v.path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if suffix != "" {
			b = append(b, b[32:32+20000]...)
		}
		if err := os.WriteFile(filepath.Join(dir, fileName+suffix), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return 300
}

// readAsItStands reads a vault beside which nothing can be written, and leaves it
// as it was.
func readAsItStands(t tester, dir string) *Vault {
	t.Helper()
	ctx := context.Background()
	path := filepath.Join(dir, fileName)
	before, _ := os.ReadFile(path + "-wal")
	v, err := Open(ctx, dir, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	if !v.NoRoom() || v.through == nil {
		t.Fatal("it was opened as if there were room")
	}
	if n, err := v.Count(ctx, Query{}); err != nil || n != 300 {
		t.Fatalf("%d objects, %v", n, err)
	}
	found, err := v.Verify(ctx, Check{})
	if err != nil || len(found.Problems) > 0 || found.Objects != 300 {
		t.Fatalf("%+v, %v", found, err)
	}
	after, _ := os.ReadFile(path + "-wal")
	if !bytes.Equal(before, after) {
		t.Fatal("the WAL is another")
	}
	fmt.Println("read", found.Objects)
	return v
}

// No room at all: a limit on the size of files does that without a disk of its own.
func TestOpen_FullDiskShowsWhatTheWALHas(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no limit on the size of files")
	}
	dir := filepath.Join(t.TempDir(), "v")
	cutOff(t, dir)
	cmd := exec.Command("sh", "-c", `ulimit -f 20; exec "$0"`, os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"=read:"+dir)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "read 300") {
		t.Fatalf("%v %s", err, out)
	}
}

func TestOpen_FullFileSystem(t *testing.T) {
	ctx := context.Background()
	disk := mount(t, "4m")
	dir := filepath.Join(disk, "v")
	cutOff(t, dir)
	useUp(t, disk)
	_, err := Open(ctx, dir, Options{})
	wantFault(t, err, pim.Storage, "full", filepath.Join(dir, fileName))

	v := readAsItStands(t, dir)
	// What is copied to another disk is what stands in the WAL.
	made, err := v.Copy(ctx, t.TempDir(), "this", nil)
	if err != nil || made.Checked.Objects != 300 {
		t.Fatalf("%+v, %v", made, err)
	}
	if _, err = v.BeginRun(ctx, 1); pim.FaultOf(err) != pim.Storage {
		t.Errorf("a run was begun: %v", err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}

	// There is room again, and a mirror goes on while it is read.
	if v, err = Open(ctx, dir, Options{ReadOnly: true}); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(disk, "fill")); err != nil {
		t.Fatal(err)
	}
	w := openIn(t, dir)
	known, err := w.Collections(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, w, known[0], 310, 900)
	wantFault(t, v.Close(), pim.Busy, "locked", filepath.Join(dir, fileName))
	if n, err := w.Count(ctx, Query{}); err != nil || n != 310 {
		t.Errorf("%d objects, %v", n, err)
	}
	checkSound(t, w)
}

// A WAL with nothing in it, or none, is no reason to refuse the file either.
func TestOpen_FullFileSystemWithoutAWAL(t *testing.T) {
	ctx := context.Background()
	disk := mount(t, "4m")
	v := openIn(t, filepath.Join(disk, "v"))
	_, book, _ := addAccount(t, v, "home")
	fill(t, v, book, 30, 600)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	useUp(t, disk)
	v, err := Open(ctx, v.dir, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if n, err := v.Count(ctx, Query{}); err != nil || n != 30 || !v.NoRoom() {
		t.Errorf("%d objects, %v", n, err)
	}
	if made, err := v.Copy(ctx, t.TempDir(), "this", nil); err != nil || made.Checked.Objects != 30 {
		t.Errorf("%+v, %v", made, err)
	}
}

// useUp fills a disk to its last byte.
func useUp(t *testing.T, disk string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(disk, "fill"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		n, err := f.Write(make([]byte, size))
		if err == nil {
			continue
		}
		if !noRoom(err) {
			t.Fatal(err)
		}
		if n == 0 {
			size /= 2
		}
	}
}

// A program that is killed, or gives up, where the disk became full: all that it
// was told is stored is seen.
func TestOpen_AfterTheDiskBecameFull(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(mount(t, "2m"), "v")
	v := openIn(t, dir)
	addAccount(t, v, "home")
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	kill, lines := startChild(t, "write", dir)
	stored := 0
	for line := range lines { // it ends by itself, without closing the vault
		var n int
		if _, err := fmt.Sscanf(line, "put %d", &n); err == nil {
			stored = max(stored, n)
		}
	}
	kill()
	if stored == 0 {
		t.Fatal("nothing was stored")
	}
	useUp(t, filepath.Dir(dir))
	for _, shared := range []bool{true, false} { // with the memory that it left, and without
		if !shared {
			if err := os.Remove(filepath.Join(dir, fileName+"-shm")); err != nil {
				t.Fatal(err)
			}
			useUp(t, filepath.Dir(dir))
		}
		v, err := Open(ctx, dir, Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := v.Count(ctx, Query{}); err != nil || n < stored || n > stored+1 || !v.NoRoom() {
			t.Errorf("%d objects of %d, %v", n, stored, err)
		}
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A folder that may not be written to, such as a snapshot of a disk, whose WAL was
// in use.
func TestOpen_ReadOnlyFolderWithAWAL(t *testing.T) {
	ctx := context.Background()
	disk := mount(t, "4m")
	dir := filepath.Join(disk, "v")
	cutOff(t, dir)
	if out, err := exec.Command("mount", "-o", "remount,ro", disk).CombinedOutput(); err != nil {
		t.Skipf("the file system can't be made read-only: %v %s", err, out)
	}
	v, err := Open(ctx, dir, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if n, err := v.Count(ctx, Query{}); err != nil || n != 300 || v.NoRoom() {
		t.Errorf("%d objects, %v", n, err)
	}
}
