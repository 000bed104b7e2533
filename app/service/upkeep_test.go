package service

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A month: a copy every day, the drill every week; the disk is unplugged for a
// while, which is told once.
func TestUpkeep_AMonth(t *testing.T) {
	srv, _, _ := home(t, 3)
	clock := newFakeClock()
	s := open(t, Config{clock: clock, Now: clock.Now})
	add(t, s, srv)
	<-s.wake
	disk := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveSettings(Settings{Interval: 24 * time.Hour, CopyTo: disk, CopyEvery: 24 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	<-s.wake
	s.StartBackground(t.Context())
	clock.wait(t)
	day := func() {
		t.Helper()
		clock.sleep(t, 24*time.Hour)
		clock.pass(t, time.Minute)
	}
	copies := func() int {
		found, err := filepath.Glob(filepath.Join(disk, "sidekeep-*.db"))
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	proof := func() ProofStatus {
		t.Helper()
		p, err := s.Proofs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	clock.pass(t, time.Minute)
	if copies() != 1 || proof().DrilledAt != nil {
		t.Fatalf("at first: %d copies, %+v", copies(), proof())
	}
	day()
	day()
	first := proof()
	if first.DrilledAt == nil || first.VerifiedAt == nil || !first.OK || copies() < 2 {
		t.Fatalf("after two days: %d copies, %+v", copies(), first)
	}
	for range 5 {
		day()
	}
	if again := proof(); !again.DrilledAt.Equal(*first.DrilledAt) {
		t.Fatalf("it was rehearsed again before a week was over: %v, %v", first.DrilledAt, again.DrilledAt)
	}
	day()
	day()
	if again := proof(); !again.DrilledAt.After(*first.DrilledAt) {
		t.Fatal("a week later it was not rehearsed again")
	}

	// The disk is unplugged: its mount point is empty.
	if err := os.Rename(disk, disk+"-away"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	day()
	if p := proof(); copies() != 0 || p.OK || p.CopyError == nil || !strings.Contains(p.CopyError.Message, "not plugged in") {
		t.Fatalf("unplugged: %d copies, %+v", copies(), p)
	}
	told, err := s.NewNotices(t.Context(), Window)
	if err != nil || len(told) != 1 || told[0].Fault != "storage" || told[0].Kind != NoticeCopy {
		t.Fatalf("untold: %+v, %v", told, err)
	}
	if err := s.SeenNotices(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	clock.pass(t, 3*time.Hour)
	if again := proof().Notices; len(again) > 0 {
		t.Errorf("it was told again: %+v", again)
	}
	if err := os.Remove(disk); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(disk+"-away", disk); err != nil {
		t.Fatal(err)
	}
	before := copies()
	clock.pass(t, 2*time.Hour)
	if p := proof(); copies() <= before-1 || !p.OK || p.CopyError != nil {
		t.Fatalf("plugged in again: %d copies, %+v", copies(), p)
	}
}
