package service

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

// notOpened opens what can't be opened, and gives the words.
func notOpened(t *testing.T, cfg Config, want pim.Fault) string {
	t.Helper()
	s, err := Open(t.Context(), cfg)
	if err == nil {
		_ = s.Close()
	}
	wantFault(t, err, want)
	return err.Error() + " " + pim.HintOf(err)
}

// A vault on a disk that is not plugged in is not there, and no other one is made in
// its place.
func TestOpen_DiskOfTheVaultIsNotThere(t *testing.T) {
	top := resolved(t.TempDir())
	for at, dir := range map[string]string{
		"mnt/usb":        "mnt/usb/vault",
		"media/user/OLD": "media/user/OLD/a/vault",
	} {
		at, dir = filepath.Join(top, filepath.FromSlash(at)), filepath.Join(top, filepath.FromSlash(dir))
		if err := os.MkdirAll(at, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, cfg := range []Config{{Dir: dir, Existing: true, mounts: top}, {Dir: dir, Existing: true, ReadOnly: true, mounts: top}} {
			if got := notOpened(t, cfg, pim.Invalid); !strings.Contains(got, "nothing is mounted at "+at+",") || !strings.Contains(got, "is the disk there?") {
				t.Error(got)
			}
		}
		if got := notOpened(t, Config{Dir: dir, mounts: top}, pim.Storage); !strings.Contains(got, "is the disk there?") {
			t.Error(got)
		}
		if names, err := os.ReadDir(at); err != nil || len(names) > 0 {
			t.Errorf("made %v, %v", names, err)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil { // by the person
			t.Fatal(err)
		}
		open(t, Config{Dir: dir, mounts: top})
	}
	gone := filepath.Join(top, "media", "user", "GONE")
	if got := notOpened(t, Config{Dir: filepath.Join(gone, "vault"), Existing: true, mounts: top}, pim.Invalid); !strings.Contains(got, "mounted at "+gone+",") {
		t.Error(got)
	}
	if got := notOpened(t, Config{Dir: filepath.Join(top, "home"), Existing: true, mounts: top}, pim.Invalid); strings.Contains(got, "mounted") {
		t.Error(got)
	}
}

// A folder of copies is no vault: the newest of them is named. Copies don't go into
// the vault's folder, nor below it.
func TestOpen_FolderOfCopies(t *testing.T) {
	srv, _, _ := home(t, 3)
	s := open(t, Config{})
	add(t, s, srv)
	to := t.TempDir()
	copyNow(t, s, to)
	newest := copyNow(t, s, to)
	if got := notOpened(t, Config{Dir: to, Existing: true}, pim.Invalid); !strings.Contains(got, "--vault "+newest) {
		t.Error(got)
	}
	if got := s.StartRescue(to, filepath.Join(t.TempDir(), "out")).Wait(t.Context()); !strings.Contains(pim.HintOf(got), "--vault "+newest) {
		t.Error(got)
	}
	below := filepath.Join(s.Dir(), "sub")
	wantFault(t, s.StartCopy(below).Wait(t.Context()), pim.Invalid)
	if _, err := os.Stat(below); err == nil {
		t.Error("it was made")
	}
}
