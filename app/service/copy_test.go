package service

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

// A copy is read like a vault, and nothing is written to it or beside it.
func TestCopy_IsOpenedForReadingOnly(t *testing.T) {
	srv, _, _ := home(t, 3)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	disk := t.TempDir()
	j := s.StartCopy(disk)
	if err := j.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	rep := j.Result().(CopyReport)
	before, err := os.Stat(rep.Path)
	if err != nil {
		t.Fatal(err)
	}
	clock := newFakeClock()
	c := open(t, Config{Dir: disk, File: rep.Path, Secrets: "file", clock: clock})
	if !c.IsCopy() {
		t.Error("it is not taken for a copy")
	}
	c.StartBackground(t.Context()) // does nothing
	if n, err := c.Count(t.Context(), ListQuery{What: "contacts"}); err != nil || n != 3 {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := c.Status(t.Context()); err != nil {
		t.Error(err)
	}
	wantFault(t, c.StartMirror().Wait(t.Context()), pim.Invalid)
	wantFault(t, c.StartReindex().Wait(t.Context()), pim.Invalid)
	wantFault(t, c.StartCopy(t.TempDir()).Wait(t.Context()), pim.Invalid)
	wantFault(t, c.SaveSettings(Settings{Interval: time.Hour}), pim.Invalid)
	wantFault(t, c.SetPassword(t.Context(), "Home", "x"), pim.Invalid)
	wantFault(t, c.RemoveAccount(t.Context(), "Home", true), pim.Invalid)
	_, err = c.AddAccount(t.Context(), NewAccount{Address: srv.URL(), User: "other", Password: "x"})
	wantFault(t, err, pim.Invalid)
	if rep := verifyNow(t, c, true); !rep.OK {
		t.Errorf("%+v", rep)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(rep.Path)
	if err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("%v, %v", after, err)
	}
	if left, err := filepath.Glob(filepath.Join(disk, "*")); err != nil || len(left) != 1 {
		t.Errorf("beside it: %v, %v", left, err)
	}
}

// A damaged vault is rescued and begun anew while it is open.
func TestRescue_WhileItIsOpen(t *testing.T) {
	srv, _, _ := home(t, 3)
	data := t.TempDir()
	t.Setenv("XDG_DATA_HOME", data)
	t.Setenv("LocalAppData", data)
	t.Setenv("HOME", data)
	dir, err := DefaultDir()
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, Config{Dir: dir})
	add(t, s, srv)
	mirrorNow(t, s)
	j := s.StartRescue("", filepath.Join(t.TempDir(), "out"))
	if err := j.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rep := j.Result().(RescueReport); rep.Objects != 4 || len(rep.Problems) > 0 {
		t.Errorf("%+v", rep)
	}
	j = s.StartAnew()
	if err := j.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	rep := j.Result().(AnewReport)
	if filepath.Dir(rep.Vault) != filepath.Dir(dir) || len(rep.Notes) > 0 || !rep.Default {
		t.Errorf("%+v", rep)
	}
	if got, err := DefaultDir(); err != nil || got != rep.Vault {
		t.Errorf("from now on %s is opened, %v", got, err)
	}
	fresh := open(t, Config{Dir: rep.Vault})
	mirrorNow(t, fresh)
	if n, err := fresh.Count(t.Context(), ListQuery{What: "contacts"}); err != nil || n != 3 {
		t.Errorf("%d, %v", n, err)
	}
	// A new one in place of the new one; and what is not there has taken no place.
	j = fresh.StartAnew()
	if err := j.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	third := j.Result().(AnewReport)
	if got, err := DefaultDir(); err != nil || got != third.Vault || !third.Default {
		t.Errorf("%s, %v, %+v", got, err, third)
	}
	if err := os.RemoveAll(third.Vault); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{filepath.Base(third.Vault), "..", "", "a/b", "."} {
		if err := os.WriteFile(filepath.Join(rep.Vault, successorFile), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := DefaultDir(); err != nil || got != rep.Vault {
			t.Errorf("%q leads to %s, %v", name, got, err)
		}
	}
}
