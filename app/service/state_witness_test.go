package service

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

// wantStorage checks an error about the vault's file, its reason, and what its
// words and hint name.
func wantStorage(t *testing.T, err error, reason string, names ...string) {
	t.Helper()
	var e *pim.Error
	if !errors.As(err, &e) || e.Fault != pim.Storage || e.Reason != reason {
		t.Fatalf("got %v, want storage %s", err, reason)
	}
	for _, n := range names {
		if !strings.Contains(e.Error()+e.Hint, n) {
			t.Errorf("%v, %q: %s is not named", e, e.Hint, n)
		}
	}
}

// A file of no bytes is no new vault where one was: nothing is made, and no copy
// rotated away.
func TestCopy_AnEmptiedVaultIsNotCopied(t *testing.T) {
	srv, _, _ := home(t, 3)
	dir, disk := filepath.Join(t.TempDir(), "vault"), t.TempDir()
	path := filepath.Join(dir, vaultFile)
	s := open(t, Config{Dir: dir})
	add(t, s, srv)
	mirrorNow(t, s)
	first := result[CopyReport](t, s.StartCopy(disk))
	if err := errors.Join(s.Close(), os.Truncate(path, 0)); err != nil {
		t.Fatal(err)
	}
	for _, cfg := range []Config{{}, {Existing: true}, {ReadOnly: true, Existing: true}} {
		cfg.Dir = dir
		_, err := Open(t.Context(), cfg)
		wantStorage(t, err, reasonEmptied, disk, "rescue --anew", "0 bytes")
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 0 {
		t.Errorf("something was made: %v, %v", info, err)
	}
	// An empty vault that was made in its place is not copied either.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s = open(t, Config{Dir: dir})
	wantStorage(t, s.StartCopy(disk).Wait(t.Context()), reasonBehind, disk, "rescue --anew")
	if left, err := filepath.Glob(filepath.Join(disk, "*.db")); err != nil || !slices.Equal(left, []string{first.Path}) {
		t.Errorf("%v, %v", left, err)
	}
}

// An older vault that was put in the place of this one is not copied before it was
// mirrored, and then no copy goes that has what it lacks.
func TestCopy_AnOlderVaultRemovesNoNewerCopy(t *testing.T) {
	srv, book, _ := home(t, 3)
	dir, disk := filepath.Join(t.TempDir(), "vault"), t.TempDir()
	path := filepath.Join(dir, vaultFile)
	s := open(t, Config{Dir: dir})
	add(t, s, srv)
	mirrorNow(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s = open(t, Config{Dir: dir})
	for n := range 4 {
		book.Put("c1.vcf", card("c1", fmt.Sprint("Changed ", n)))
		mirrorNow(t, s)
	}
	newer := result[CopyReport](t, s.StartCopy(disk))
	if err := errors.Join(s.Close(), os.WriteFile(path, old, 0o600)); err != nil {
		t.Fatal(err)
	}
	s = open(t, Config{Dir: dir})
	wantStorage(t, s.StartCopy(disk).Wait(t.Context()), reasonBehind, disk, "sidekeep mirror")
	mirrorNow(t, s)
	rep := result[CopyReport](t, s.StartCopy(disk))
	if len(rep.Removed) > 0 {
		t.Errorf("removed %v", rep.Removed)
	}
	if _, err := os.Stat(newer.Path); err != nil {
		t.Error(err)
	}
}

// A vault whose end is cut off is not written to, and says so.
func TestOpen_ACutOffEndIsDamage(t *testing.T) {
	srv, book, _ := home(t, 3)
	dir := t.TempDir()
	path := filepath.Join(dir, vaultFile)
	s := open(t, Config{Dir: dir})
	add(t, s, srv)
	mirrorNow(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()-100); err != nil {
		t.Fatal(err)
	}
	book.Put("new.vcf", card("new", "New"))
	s = open(t, Config{Dir: dir})
	wantStorage(t, s.StartMirror().Wait(t.Context()), "corrupt")
	if p, err := s.Proofs(t.Context()); err != nil || !p.Damaged || p.OK {
		t.Errorf("%+v, %v", p, err)
	}
	rep := verifyNow(t, s, false)
	if rep.OK || !strings.Contains(fmt.Sprint(rep.Problems), "the last 100 bytes of the file are missing") {
		t.Errorf("%+v", rep)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if now, err := os.Stat(path); err != nil || now.Size() != info.Size()-100 {
		t.Errorf("it was written to: %v, %v", now, err)
	}
}
