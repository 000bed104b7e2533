package service

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

// An export never lands on the vault or on what stands beside it, whatever may
// be overwritten and by whatever name the place is called.
func TestExport_NeverOverwritesTheVault(t *testing.T) {
	srv, _, _ := home(t, 3)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(s.Dir(), link); err != nil {
		t.Skip(err)
	}
	before, err := os.ReadFile(filepath.Join(s.Dir(), "secrets.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []ExportRequest{
		{To: filepath.Join(s.Dir(), "vault.db"), As: "zip"},
		{To: filepath.Join(link, "vault.db"), As: "zip"},
		{To: filepath.Join(s.Dir(), "x", "..", "secrets.json"), As: "zip"},
		{To: filepath.Join(s.Dir(), "new.zip"), As: "zip"},
		{To: s.Dir(), As: "folder"},
		{To: link, As: "folder"},
		{To: filepath.Join(s.Dir(), "vault.db-journal"), As: "folder"},
	} {
		c.Force = true
		j := s.StartExport(c)
		wantFault(t, j.Wait(t.Context()), pim.Invalid)
	}
	after, err := os.ReadFile(filepath.Join(s.Dir(), "secrets.json"))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the passwords changed: %v", err)
	}
	if n, err := s.Count(t.Context(), ListQuery{What: "contacts"}); err != nil || n != 3 {
		t.Errorf("%d contacts, %v", n, err)
	}
	// A folder of another name has room there: the demo exports to it.
	if err := s.StartExport(ExportRequest{To: filepath.Join(s.Dir(), "export")}).Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

// What was not mirrored to its end is exported, and said to be incomplete.
func TestExport_SaysWhatIsMissing(t *testing.T) {
	srv, _, _ := home(t, 3)
	s := open(t, Config{})
	add(t, s, srv)
	j := s.StartExport(ExportRequest{To: filepath.Join(t.TempDir(), "out")})
	if err := j.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(j.Result().(ExportReport).Notes, "\n"); !strings.Contains(notes, "Home: Friends has not been mirrored to its end yet") {
		t.Errorf("%q", notes)
	}
	mirrorNow(t, s)
	j = s.StartExport(ExportRequest{To: filepath.Join(t.TempDir(), "out")})
	if err := j.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if notes := j.Result().(ExportReport).Notes; notes == nil || len(notes) != 0 {
		t.Errorf("%q", notes)
	}
}

// A vault that is removed while it is mirrored into is no success.
func TestMirror_VaultRemovedMeanwhile_IsSaid(t *testing.T) {
	srv, _, _ := home(t, 3)
	dir := filepath.Join(t.TempDir(), "vault")
	s := open(t, Config{Dir: dir})
	add(t, s, srv)
	if err := os.Rename(dir, dir+"-moved"); err != nil {
		t.Skip(err)
	}
	// The folder is back, and the file in it is another.
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"secrets.json", "state.json", "vault.db"} {
		b, err := os.ReadFile(filepath.Join(dir+"-moved", f))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, f), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	j := s.StartMirror()
	wantFault(t, j.Wait(t.Context()), pim.Storage)
	rep := j.Result().(MirrorReport)
	if a := rep.Accounts[0]; a.Outcome != pim.Failed || a.Error == nil || !strings.Contains(a.Error.Message, "removed or replaced") {
		t.Errorf("%+v", a)
	}
}

// Who may not read a vault, or make its folder, is told so.
func TestOpen_PlacesThatCantBe(t *testing.T) {
	if _, err := os.Stat("/proc/self"); err == nil {
		_, err := Open(t.Context(), Config{Dir: "/proc/nowhere/vault"})
		wantFault(t, err, pim.Storage)
		if !strings.Contains(err.Error(), "can't be made here") || pim.HintOf(err) == "" {
			t.Error(err)
		}
	}
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "vault.db"), 0); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Config{Dir: dir, ReadOnly: true, Existing: true})
	wantFault(t, err, pim.Storage)
	if !strings.Contains(err.Error(), "may not read") {
		t.Error(err)
	}
}
