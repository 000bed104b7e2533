package service

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// olderVaultIn gives a folder with a vault that is an earlier state of itself, and puts it
// there again.
func olderVaultIn(t *testing.T) (dir string, book *davtest.Collection, again func()) {
	t.Helper()
	srv, book, _ := home(t, 3)
	dir = t.TempDir()
	path := filepath.Join(dir, vaultFile)
	s := open(t, Config{Dir: dir})
	add(t, s, srv)
	mirrorNow(t, s)
	must(t, s.Close())
	old, err := os.ReadFile(path)
	must(t, err)
	again = func() { must(t, os.WriteFile(path, old, 0o600)) }
	s = open(t, Config{Dir: dir})
	book.Put("c1.vcf", card("c1", "Changed"))
	mirrorNow(t, s)
	must(t, s.Close())
	again()
	return dir, book, again
}

// noticesOf are those of the status.
func noticesOf(t *testing.T, s *Service) []ProofNotice {
	t.Helper()
	st, err := s.Status(t.Context())
	must(t, err)
	return st.Proof.Notices
}

// An older vault is noticed by whoever opens it first, told by each face once, and
// kept until somebody has seen it, whatever is mirrored meanwhile.
func TestNotices_AnOlderVault(t *testing.T) {
	dir, book, again := olderVaultIn(t)
	ctx := t.Context()
	before, err := os.ReadFile(filepath.Join(dir, stateFile))
	must(t, err)

	// To read it tells, and keeps nothing.
	s := open(t, Config{Dir: dir, ReadOnly: true})
	if n := noticesOf(t, s); len(n) != 1 || n[0].Kind != NoticeOlder || n[0].Runs != 2 || !strings.Contains(n[0].Message, dir) {
		t.Fatalf("%+v", n)
	}
	if n, err := s.NewNotices(ctx, Terminal); err != nil || len(n) > 0 {
		t.Errorf("%+v, %v", n, err)
	}
	must(t, s.Close())
	if now, err := os.ReadFile(filepath.Join(dir, stateFile)); err != nil || !bytes.Equal(now, before) {
		t.Errorf("it was written to: %v", err)
	}

	// To open it for writing is enough.
	must(t, open(t, Config{Dir: dir}).Close())
	s = open(t, Config{Dir: dir})
	for _, face := range []Face{Terminal, Window} {
		if n, err := s.NewNotices(ctx, face); err != nil || len(n) != 1 || n[0].Runs != 2 {
			t.Fatalf("%+v, %v", n, err)
		}
		if n, err := s.NewNotices(ctx, face); err != nil || len(n) > 0 {
			t.Errorf("told again: %+v, %v", n, err)
		}
	}
	mirrorNow(t, s)
	mirrorNow(t, s)
	if n := noticesOf(t, s); len(n) != 1 || n[0].Runs != 2 {
		t.Errorf("%+v", n)
	}
	must(t, s.Close())

	// It happens again before anybody has seen it: both are told together.
	again()
	s = open(t, Config{Dir: dir})
	if n, err := s.NewNotices(ctx, Terminal); err != nil || len(n) != 1 || n[0].Runs != 6 {
		t.Errorf("%+v, %v", n, err)
	}
	must(t, s.SeenNotices(ctx, NoticeOlder))
	if n := noticesOf(t, s); len(n) > 0 {
		t.Errorf("seen, and told again before it was mirrored: %+v", n)
	}
	must(t, s.Close())
	s = open(t, Config{Dir: dir})
	if n := noticesOf(t, s); len(n) > 0 {
		t.Errorf("seen, and told again: %+v", n)
	}
	book.Put("c2.vcf", card("c2", "Changed too"))
	mirrorNow(t, s)
	mirrorNow(t, s)
	must(t, s.Close())
	again()
	s = open(t, Config{Dir: dir})
	if n := noticesOf(t, s); len(n) != 1 {
		t.Errorf("the same runs were lost once more: %+v", n)
	}
}

// The weekly proof finds damage: that is kept until it is seen, and told once in a row
// of failures.
func TestNotices_TheDrillFailed(t *testing.T) {
	srv, _, _ := home(t, 3)
	dir := t.TempDir()
	path := filepath.Join(dir, vaultFile)
	s := open(t, Config{Dir: dir})
	add(t, s, srv)
	mirrorNow(t, s)
	must(t, s.Close())
	whole, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, bytes.ReplaceAll(whole, []byte("FN:Person 1"), []byte("FN:Person l")), 0o600))
	clock := newFakeClock()
	s = open(t, Config{Dir: dir, clock: clock, Now: clock.Now})
	s.StartBackground(t.Context())
	clock.wait(t)
	clock.sleep(t, 25*time.Hour)
	clock.pass(t, time.Minute)
	n, err := s.NewNotices(t.Context(), Window)
	if err != nil || len(n) != 1 || n[0].Kind != NoticeDrill || !strings.Contains(n[0].Message, "1 problem") || !strings.Contains(n[0].Hint, "sidekeep verify") {
		t.Fatalf("%+v, %v", n, err)
	}
	st, err := s.Status(t.Context())
	if err != nil || !st.Proof.Damaged || len(st.Proof.Notices) != 1 {
		t.Errorf("%+v, %v", st.Proof, err)
	}
}

// What made a drill fail is over: the next one takes the notice back.
func TestNotices_ADrillThatSucceedsTakesItBack(t *testing.T) {
	srv, _, _ := home(t, 3)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	ctx := t.Context()
	fail := &pim.Error{Fault: pim.Storage, Op: "rehearse a restore", Where: s.Dir(), Reason: "full", Err: errors.New("no room")}
	s.drilled(ctx, s.now(), VerifyReport{}, fail)
	if n := noticesOf(t, s); len(n) != 1 || n[0].Kind != NoticeDrill || n[0].Fault != "storage" {
		t.Fatalf("%+v", n)
	}
	must(t, s.SeenNotices(ctx, NoticeDrill))
	s.drilled(ctx, s.now(), VerifyReport{}, fail)
	if n := noticesOf(t, s); len(n) > 0 {
		t.Errorf("told each day: %+v", n)
	}
	s.backgroundDrill(ctx, s.now())
	s.drilled(ctx, s.now(), VerifyReport{}, fail)
	if n := noticesOf(t, s); len(n) != 1 {
		t.Fatalf("it fails again, and is not told: %+v", n)
	}
	s.backgroundDrill(ctx, s.now())
	if n := noticesOf(t, s); len(n) > 0 {
		t.Errorf("%+v", n)
	}
}

// A loss that grows says something else, once; that the server recovered is said by
// the mirroring that saw it.
func TestIncidents_GrowAndRecover(t *testing.T) {
	srv, book, _ := home(t, 100)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	whole := srv.Snapshot()
	ctx := t.Context()
	lose := func(from, to int) MirrorReport {
		for i := from; i < to; i++ {
			book.Delete(fmt.Sprintf("c%d.vcf", i))
		}
		return mirrorNow(t, s)
	}
	changed := func(rep MirrorReport) []Incident {
		t.Helper()
		got, err := s.ChangedIncidents(ctx, rep.Incidents)
		must(t, err)
		return got
	}
	rep := lose(0, 40)
	if fresh, err := s.NewIncidents(ctx); err != nil || len(fresh) != 1 {
		t.Fatalf("%+v, %v", fresh, err)
	}
	if got := changed(rep); len(got) > 0 {
		t.Errorf("told just now: %+v", got)
	}
	if got := changed(lose(40, 70)); len(got) != 1 || got[0].Gone != 70 || !strings.Contains(got[0].Message, "70 of your 100 contacts") {
		t.Errorf("%+v", got)
	}
	if got := changed(mirrorNow(t, s)); len(got) > 0 {
		t.Errorf("%+v", got)
	}
	if got := changed(lose(70, 100)); len(got) != 1 || got[0].Gone != 100 {
		t.Errorf("%+v", got)
	}
	srv.Restore(whole)
	if rep := mirrorNow(t, s); len(rep.Recovered) != 1 || rep.Recovered[0].Closed != string(pim.Recovered) || len(rep.Incidents) > 0 {
		t.Errorf("%+v", rep)
	}
	if rep := mirrorNow(t, s); len(rep.Recovered) > 0 {
		t.Errorf("%+v", rep)
	}
}
