//go:build unix

package vault

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sidekeep/formats"
)

// lockedFor says whether another process has SQLite's lock on a file: the one of
// who reads or writes it (https://sqlite.org/src/file/src/os.h, SHARED_FIRST).
func lockedFor(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	lock := unix.Flock_t{Type: unix.F_WRLCK, Start: 0x40000002, Len: 510}
	if err := unix.FcntlFlock(f.Fd(), unix.F_GETLK, &lock); err != nil {
		return err.Error()
	}
	if lock.Type == unix.F_UNLCK {
		return "free"
	}
	return "locked"
}

// TestVault_TwoProcessesSeeEachOther has two processes write in turn while one of
// them reads the file of the vault in every way that it has besides SQLite. Its
// locks stay: an older SQLite that finds none takes the WAL away when it ends.
func TestVault_TwoProcessesSeeEachOther(t *testing.T) {
	ctx := context.Background()
	for name, look := range map[string]func(t *testing.T, v *Vault, dir string){
		"nothing": func(*testing.T, *Vault, string) {},
		"verify": func(t *testing.T, v *Vault, _ string) {
			if got, err := v.Verify(ctx, Check{Describe: formats.Describe}); err != nil || len(got.Problems) > 0 {
				t.Fatal(got.Problems, err)
			}
		},
		"length":      func(_ *testing.T, v *Vault, _ string) { Missing(v.path) },
		"disk":        func(_ *testing.T, v *Vault, _ string) { _ = DiskFails(v.path) },
		"a database?": func(_ *testing.T, v *Vault, _ string) { IsDatabase(v.path) },
		"opened again": func(t *testing.T, _ *Vault, dir string) {
			for _, only := range []bool{true, false} {
				again, err := Open(ctx, dir, Options{ReadOnly: only})
				if err != nil {
					t.Fatal(err)
				}
				if err := again.Close(); err != nil {
					t.Fatal(err)
				}
			}
		},
		"opened as a copy": func(t *testing.T, v *Vault, _ string) {
			if again, err := OpenFile(ctx, v.path, Options{}); err == nil {
				t.Fatal("a vault in use was taken for a copy", again.Close())
			}
		},
		"rescue": func(t *testing.T, v *Vault, _ string) {
			w, err := OpenWreck(ctx, v.path, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		},
		"copy": func(t *testing.T, v *Vault, _ string) {
			if _, err := v.Copy(ctx, t.TempDir(), "vault", nil); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "vault")
			v := openIn(t, dir)
			addAccount(t, v, "home")
			other := func(task string) string {
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), childEnv+"="+task+":"+dir)
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				return strings.TrimSpace(string(out))
			}
			want := ""
			for n := range 6 {
				look(t, v, dir)
				if got := other("locked"); got != "locked" {
					t.Fatalf("after %d: the file is %s", n, got)
				}
				got := ""
				if n%2 == 0 {
					got = oneMore(t, v)
				} else {
					got = other("one more")
				}
				if got != want {
					t.Fatalf("after %d: %q are there, want %q", n, got, want)
				}
				want = strings.TrimSpace(fmt.Sprintf("%s c%d.vcf", want, n))
			}
		})
	}
}
