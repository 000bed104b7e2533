//go:build unix

package restore_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sidekeep/sync/pim"
	"sidekeep/sync/restore"
)

// killer is a journal that ends the program, as kill -9 does, right after a
// number of commits.
type killer struct {
	restore.Journal
	left int
}

func (k *killer) committed(err error) error {
	if k.left--; k.left == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // it is on its way
	}
	return err
}

func (k *killer) RecordSteps(ctx context.Context, id int64, steps []pim.RestoreStep) error {
	return k.committed(k.Journal.RecordSteps(ctx, id, steps))
}

func (k *killer) RecordMake(ctx context.Context, id int64, m pim.RestoreMake) error {
	return k.committed(k.Journal.RecordMake(ctx, id, m))
}

func (k *killer) SetRestoreState(ctx context.Context, id int64, state string, notes []string, at time.Time) error {
	return k.committed(k.Journal.SetRestoreState(ctx, id, state, notes, at))
}

// TestKilledChild is the program that is killed; by itself it does nothing.
func TestKilledChild(t *testing.T) {
	dir := os.Getenv("SIDEKEEP_TEST_RESTORE_DIR")
	if dir == "" {
		t.Skip("runs only as a child of TestRestore_Killed...")
	}
	at, err1 := strconv.Atoi(os.Getenv("SIDEKEEP_TEST_RESTORE_KILL_AT"))
	id, err2 := strconv.ParseInt(os.Getenv("SIDEKEEP_TEST_RESTORE_ID"), 10, 64)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	h := openHome(t, dir)
	h.window, h.conns = 6, 2
	r, closeAll := h.restorer(h.account("home"))
	defer closeAll()
	r.Journal = &killer{h.vault, at}
	if _, err := r.Run(context.Background(), id); err != nil {
		t.Fatal(err)
	}
}

// child carries a restore out in a program of its own, which is killed after its
// nth commit (0: never). began is told how to kill it; it says whether it was.
func child(t *testing.T, dir string, id int64, at int, began func(kill func())) (killed bool) {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestKilledChild$")
	c.Env = append(os.Environ(), "SIDEKEEP_TEST_RESTORE_DIR="+dir, fmt.Sprintf("SIDEKEEP_TEST_RESTORE_KILL_AT=%d", at),
		fmt.Sprintf("SIDEKEEP_TEST_RESTORE_ID=%d", id))
	out, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	c.Stdout, c.Stderr = out, out
	pid := make(chan int, 1)
	began(func() { _ = syscall.Kill(<-pid, syscall.SIGKILL) })
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	pid <- c.Process.Pid
	err = c.Wait()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return false
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled():
		return true
	}
	said, _ := os.ReadFile(out.Name())
	t.Fatalf("the child failed: %v\n%s", err, said)
	return false
}

// The program is killed right after every commit of the journal.
func TestRestore_KilledAtEveryCommit_CompleteAndNothingTwice(t *testing.T) {
	t.Parallel()
	d := newDisaster(t)
	step := 1
	if testing.Short() {
		step = 3
	}
	for at := 1; ; at += step {
		h, a := d.again()
		d.f.reset(nil)
		h.close()
		killed := child(t, h.dir, d.id, at, func(func()) {})
		h.openVault()
		d.finish(h, a, fmt.Sprintf("killed at commit %d", at))
		h.close()
		if !killed {
			if at < 8 {
				t.Errorf("only %d commits", at-1)
			}
			return
		}
		if at > 60 {
			t.Fatal("there is no end to the commits")
		}
	}
}

// The program is killed at every request: before the server has seen it, and
// after the server has carried it out.
func TestRestore_KilledAtEveryRequest_CompleteAndNothingTwice(t *testing.T) {
	t.Parallel()
	killedAtEveryRequest(t, newDisaster(t), 9)
}

// The same where the server gives what is put other names and UIDs.
func TestRestore_WillfulServer_KilledAtEveryRequest_CompleteAndNothingTwice(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"both", "both, lines lost", "UID"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			killedAtEveryRequest(t, newWillful(t, willful[name]), 23)
		})
	}
}

func killedAtEveryRequest(t *testing.T, d *disaster, short int) {
	step := 1
	if testing.Short() {
		step = short
	}
	for _, what := range []action{refuse, lose} {
		for n := 1; ; n += step {
			h, a := d.again()
			h.close()
			var hit atomic.Bool
			killed := child(t, h.dir, d.id, 0, func(kill func()) {
				d.f.reset(func(i int, _ *http.Request) action {
					if i != n {
						return pass
					}
					hit.Store(true)
					if what == lose {
						return kills
					}
					kill()
					return refuse
				})
				d.f.onKill(kill)
			})
			if hit.Load() != killed {
				t.Errorf("request %d: hit %v, killed %v", n, hit.Load(), killed)
			}
			d.f.reset(nil)
			h.openVault()
			d.finish(h, a, fmt.Sprintf("killed at request %d (%d)", n, what))
			h.close()
			if !killed {
				break
			}
		}
	}
}
