package service

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

// fillDisk takes all of a small disk but so many bytes, and gives what frees them.
func fillDisk(t *testing.T, at string, leave int64) (free func()) {
	t.Helper()
	f, err := os.CreateTemp(at, "filler-*")
	if err != nil {
		t.Fatal(err)
	}
	size, page := int64(0), make([]byte, 4096)
	for err == nil {
		var n int
		n, err = f.Write(page)
		size += int64(n)
	}
	if err := errors.Join(f.Truncate(max(0, size-leave)), f.Close()); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := os.Remove(f.Name()); err != nil {
			t.Fatal(err)
		}
	}
}

// wantFull wants the status to say that the last mirroring failed for want of room.
func wantFull(t *testing.T, s *Service) {
	t.Helper()
	st, err := s.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if a := st.Accounts[0]; a.State != StateFailed || a.Error == nil || a.Error.Fault != "storage" || !strings.Contains(a.Error.Message, "full") {
		t.Fatalf("%s, %+v", a.State, a.Error)
	}
}

// A disk runs full in the middle of a mirror, the first of an account or a later
// one. The status says so, here and in the next process, until one succeeds.
func TestMirror_DiskRunsFull(t *testing.T) {
	at := filepath.Join(t.TempDir(), "small")
	disk(t, at, "3500k")
	for _, name := range []string{"first", "later"} {
		t.Run(name, func(t *testing.T) {
			srv, book, _ := home(t, 300)
			cfg := Config{Dir: filepath.Join(at, name)}
			s := open(t, cfg)
			add(t, s, srv)
			if name == "later" {
				mirrorNow(t, s)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			free := fillDisk(t, at, 770<<10)
			s = open(t, cfg)
			for i := range 300 {
				uid := fmt.Sprintf("c%d", i)
				book.Put(uid+".vcf", card(uid, strings.Repeat(fmt.Sprint("Longer ", i), 500)))
			}
			wantFault(t, s.StartMirror().Wait(t.Context()), pim.Storage)
			wantFull(t, s)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			reader := open(t, Config{Dir: cfg.Dir, ReadOnly: true, Existing: true})
			wantFull(t, reader)
			runs, err := reader.Log(t.Context(), 0)
			if err != nil {
				t.Fatal(err)
			}
			failed := 0
			for _, r := range runs {
				if r.Outcome == pim.Failed && strings.Contains(r.Message, "full") {
					failed++
				} else if r.Outcome != pim.Complete {
					t.Errorf("run %d: %q, %s", r.ID, r.Outcome, r.Message)
				}
			}
			if failed == 0 {
				t.Error("no run failed")
			}
			if err := reader.Close(); err != nil {
				t.Fatal(err)
			}
			free()
			s = open(t, cfg)
			for i := range 300 {
				uid := fmt.Sprintf("c%d", i)
				book.Put(uid+".vcf", card(uid, "Short"))
			}
			mirrorNow(t, s)
			st, err := s.Status(t.Context())
			if err != nil || st.Accounts[0].State != StateOK || st.Accounts[0].Error != nil {
				t.Errorf("%+v, %v", st.Accounts, err)
			}
			if err := errors.Join(s.Close(), os.RemoveAll(cfg.Dir)); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// Where there is no room to keep that a mirror failed, this process knows it, and
// keeps it when it closes.
func TestMirror_FailureIsKeptLater(t *testing.T) {
	srv, _, _ := home(t, 3)
	at := filepath.Join(t.TempDir(), "small")
	disk(t, at, "3500k")
	cfg := Config{Dir: filepath.Join(at, "v")}
	s := open(t, cfg)
	add(t, s, srv)
	mirrorNow(t, s)
	free := fillDisk(t, at, 0)
	full := &pim.Error{Fault: pim.Storage, Reason: "full", Err: errors.New("the disk is full")}
	if s.rememberOrLater(t.Context(), 1, full, nil) == nil {
		t.Fatal("there was room")
	}
	wantFull(t, s)
	free()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, cfg)
	wantFull(t, s)
	mirrorNow(t, s)
	if st, err := s.Status(t.Context()); err != nil || st.Accounts[0].State != StateOK {
		t.Errorf("%+v, %v", st.Accounts, err)
	}
}

// A run that was cut short, and a disk that is full still: that is why.
func TestStatus_CutShortOnAFullDisk(t *testing.T) {
	srv, _, _ := home(t, 3)
	at := filepath.Join(t.TempDir(), "small")
	disk(t, at, "3500k")
	dir := filepath.Join(at, "v")
	s := open(t, Config{Dir: dir})
	add(t, s, srv)
	mirrorNow(t, s)
	if _, err := s.vault.BeginRun(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, Config{Dir: dir, ReadOnly: true, Existing: true})
	if st, err := s.Status(t.Context()); err != nil || st.Accounts[0].State != StateOK {
		t.Errorf("with room: %+v, %v", st.Accounts, err)
	}
	fillDisk(t, at, 0)
	wantFull(t, s)
}
