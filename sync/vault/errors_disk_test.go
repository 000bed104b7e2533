package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

// loop is a disk of its own, in a file, that can be cut short.
type loop struct {
	t               *testing.T
	file, at, where string
}

func newLoop(t *testing.T) *loop {
	t.Helper()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("only root may make a disk here")
	}
	l := &loop{t: t, file: filepath.Join(t.TempDir(), "disk"), at: t.TempDir()}
	if err := errors.Join(os.WriteFile(l.file, nil, 0o600), os.Truncate(l.file, 24<<20)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-b", "1024", l.file).CombinedOutput(); err != nil {
		t.Skipf("no file system can be made: %v %s", err, out)
	}
	if err := l.attach(); err != nil {
		t.Skipf("no disk can be mounted: %v", err)
	}
	t.Cleanup(func() { _ = l.detach() })
	return l
}

func (l *loop) attach() error {
	out, err := exec.Command("losetup", "-f", "--show", l.file).CombinedOutput()
	if err != nil {
		return fmt.Errorf("losetup: %w %s", err, out)
	}
	l.where = strings.TrimSpace(string(out))
	if out, err := exec.Command("mount", l.where, l.at).CombinedOutput(); err != nil {
		_ = exec.Command("losetup", "-d", l.where).Run()
		return fmt.Errorf("mount: %w %s", err, out)
	}
	return nil
}

func (l *loop) detach() error {
	return errors.Join(exec.Command("umount", l.at).Run(), exec.Command("losetup", "-d", l.where).Run())
}

// cut ends the disk in the middle of a file, and gives what makes it whole again.
// Nothing of it is remembered by the system.
func (l *loop) cut(path string) (whole func()) {
	t := l.t
	t.Helper()
	out, err := exec.Command("filefrag", "-v", "-b1024", path).CombinedOutput()
	if err != nil {
		t.Skipf("it can't be told where the file is: %v %s", err, out)
	}
	var start, length int64
	for _, m := range regexp.MustCompile(`(?m)^\s*\d+:\s+\d+\.\.\s*\d+:\s+(\d+)\.\.\s*\d+:\s+(\d+):`).FindAllStringSubmatch(string(out), -1) {
		if n, _ := strconv.ParseInt(m[2], 10, 64); n > length {
			start, _ = strconv.ParseInt(m[1], 10, 64)
			length = n
		}
	}
	if length < 64 {
		t.Skipf("the file is in pieces: %s", out)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(l.detach())
	b, err := os.ReadFile(l.file)
	must(err)
	must(l.attach())
	_, err = os.ReadDir(filepath.Dir(path))
	must(err)
	must(os.Truncate(l.file, (start+length/4)<<10))
	must(exec.Command("losetup", "-c", l.where).Run())
	return func() {
		t.Helper()
		must(l.detach())
		must(os.WriteFile(l.file, b, 0o600))
		must(l.attach())
	}
}

// A disk that does not give a part of the vault says nothing about the vault.
func TestDisk_ThatFailsIsNoDamage(t *testing.T) {
	l := newLoop(t)
	dir := filepath.Join(l.at, "v")
	lived(t, dir, 400)
	whole := l.cut(filepath.Join(dir, fileName))
	ctx := context.Background()
	v, err := Open(ctx, dir, Options{ReadOnly: true})
	if err == nil {
		_, err = v.Verify(ctx, Check{})
		wantFault(t, err, pim.Storage, ReasonDisk, fileName)
		_, err = v.Copy(ctx, t.TempDir(), "v1", nil)
		wantFault(t, err, pim.Storage, ReasonDisk, fileName)
		if v.damaged.Load() {
			t.Error("the vault was taken for damaged")
		}
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
	} else {
		wantFault(t, err, pim.Storage, ReasonDisk, fileName)
	}
	whole()
	v = openIn(t, dir)
	if found, err := v.Verify(ctx, Check{}); err != nil || len(found.Problems) > 0 {
		t.Errorf("%+v, %v", found.Problems, err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
}

// A copy on a disk that fails blames that disk.
func TestDisk_OfTheCopyFails(t *testing.T) {
	if _, err := os.Stat("/proc/self/mem"); err != nil {
		t.Skip("there is no file here that can't be read")
	}
	dir := filepath.Join(t.TempDir(), "v")
	lived(t, dir, 3)
	v, to := openIn(t, dir), t.TempDir()
	bad := filepath.Join(to, "bad")
	if err := os.Symlink("/proc/self/mem", bad); err != nil { // to read at 0 is an I/O error
		t.Fatal(err)
	}
	if err := DiskFails(bad); err == nil {
		t.Fatal("it can be read")
	}
	_, err := OpenFile(t.Context(), bad, Options{})
	wantFault(t, err, pim.Storage, ReasonDisk, "bad")
	wantFault(t, v.copyFailed("copy vault", bad, err), pim.Storage, ReasonDisk, to)
	if v.damaged.Load() {
		t.Error("the vault was taken for damaged")
	}
}
