package vault

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

// deadProcess is the number of a process that has ended.
func deadProcess(t *testing.T) int {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid
}

// A process that nobody asked how it ended has ended all the same.
func TestEnded_OfAProcessThatNobodyAsksFor(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if ended(os.Getpid()) {
		t.Error("this process has ended")
	}
	_, _ = io.Copy(io.Discard, out) // until it ends
	defer cmd.Wait()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("it can't be told here")
	}
	for tries := 0; !ended(cmd.Process.Pid); tries++ {
		if tries == 1e6 {
			t.Fatal("it goes on")
		}
		runtime.Gosched()
	}
}

// What killed copies left goes before the next one needs the room; what may be in
// use, or is not ours, stays.
func TestCopy_RemovesWhatKilledOnesLeft(t *testing.T) {
	dir, to := filepath.Join(t.TempDir(), "vault"), t.TempDir()
	lived(t, dir, 3)
	v := openIn(t, dir)
	dead := fmt.Sprintf("%s%s-%d-%x-1", copyTemp, thisHost(), deadProcess(t), began)
	before := fmt.Sprintf("%s%s-%d-%x-1", copyTemp, thisHost(), os.Getpid(), began-1)
	own := fmt.Sprintf("%s%s-%d-%x-1", copyTemp, thisHost(), os.Getpid(), began)
	far := fmt.Sprintf("%s00000001-%d-%x-1", copyTemp, deadProcess(t), began)
	now := v.now()
	for name, at := range map[string]time.Time{dead: now, dead + "-journal": now, before: now, own: now, far: now, "notes": now.AddDate(-1, 0, 0),
		".sidekeep-copy-123": now.Add(-25 * time.Hour), ".sidekeep-copy-123-journal": now.Add(-25 * time.Hour), ".sidekeep-copy-124": now} {
		path := filepath.Join(to, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	got, err := v.Copy(t.Context(), to, "v1", nil)
	if err != nil {
		t.Fatal(err)
	}
	left := names(t, to)
	for _, want := range []string{own, far, "notes", ".sidekeep-copy-124", filepath.Base(got.Path)} {
		if !strings.Contains(left+" ", want+" ") {
			t.Errorf("%s went", want)
		}
	}
	if n := len(strings.Fields(left)); n != 5 {
		t.Errorf("left: %s", left)
	}
}

// A copy that a small disk has no room for leaves nothing, and one that was killed
// there is not in the way of the next.
func TestCopy_OnASmallDisk(t *testing.T) {
	dir, to := filepath.Join(t.TempDir(), "vault"), mount(t, "2m")
	lived(t, dir, 60)
	v := openIn(t, dir)
	killed := filepath.Join(to, fmt.Sprintf("%s%s-%d-%x-1", copyTemp, thisHost(), deadProcess(t), began))
	if err := os.WriteFile(killed, make([]byte, 1900<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	first, err := v.Copy(t.Context(), to, "v1", nil)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(to, "other")
	if err := os.WriteFile(other, make([]byte, 2<<20-first.Bytes*3/2), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = v.Copy(t.Context(), to, "v1", nil)
	wantFault(t, err, pim.Storage, "full", to)
	if left := strings.Fields(names(t, to)); len(left) != 2 {
		t.Errorf("left: %v", left)
	}
}

// A rescue that was killed leaves its private copy of the vault; a later one
// removes it, and no folder of somebody else's.
func TestRescueScratch_RemovesWhatKilledOnesLeft(t *testing.T) {
	to, now := t.TempDir(), time.Now()
	put := func(folder, file string, at time.Time) {
		t.Helper()
		path := filepath.Join(to, folder)
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(path, file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	old := now.Add(-25 * time.Hour)
	put(fmt.Sprintf("%s%s-%d-%x-1", rescueTemp, thisHost(), deadProcess(t), began), "wreck.db", now)
	put(".rescue-1", "wreck.db", old)
	put(".rescue-1", "wreck.db-wal", old)
	put(".rescue-2", "wreck.db", now)
	put(".rescue-dogs", "list.txt", old)
	scratch, err := RescueScratch(to, now)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, to), ".rescue-2 .rescue-dogs "+filepath.Base(scratch); got != want {
		t.Errorf("left: %s, want %s", got, want)
	}
}
