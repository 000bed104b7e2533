//go:build e2e

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// TestWindow_FullDisk: the window comes up on a vault that can't be written to for
// want of room, shows it, and leaves it as it is. Ended by its person, that is no
// failure.
func TestWindow_FullDisk(t *testing.T) {
	d := newDesk(t)
	vault := filepath.Join(d.home, "vault")
	demo := exec.Command(build(t), "demo", "--vault", vault)
	demo.Env = append(d.env, "DISPLAY=") // in the terminal
	if out, err := demo.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	file := filepath.Join(vault, "vault.db")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	full := small(t) // what is started now can't write larger files
	w := d.start("--vault", vault)
	full()
	d.until("the window", d.visible)
	d.focus()
	d.key("ctrl+2")
	if name, err := d.try("xdotool", "search", "--onlyvisible", "--name", "^Sidekeep$"); err != nil || name == "" {
		t.Errorf("%q, %v", name, err)
	}
	d.key("ctrl+q")
	if code := w.ended(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	after, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the vault was written to (%v)", err)
	}
}

// small lets processes that are started write files of up to 8 KB only, until the
// function it gives is called.
func small(t *testing.T) func() {
	t.Helper()
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	now := was
	now.Cur = 8 << 10
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &now); err != nil {
		t.Fatal(err)
	}
	back := func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(back)
	return back
}
