//go:build unix

package mirror_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/mirror"
	"sidekeep/sync/pim"
)

// killer is a vault that ends the program, as kill -9 does, right after a
// number of commits.
type killer struct {
	mirror.Vault
	left atomic.Int64 // two collections commit side by side
}

func (k *killer) committed(err error) error {
	if k.left.Add(-1) == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // it is on its way
	}
	return err
}

func (k *killer) SaveCollections(ctx context.Context, a int64, h pim.HomeSet, l []pim.Collection) ([]pim.Known, error) {
	known, err := k.Vault.SaveCollections(ctx, a, h, l)
	return known, k.committed(err)
}

func (k *killer) MarkVanished(ctx context.Context, c int64, reason string) error {
	return k.committed(k.Vault.MarkVanished(ctx, c, reason))
}

func (k *killer) BeginRun(ctx context.Context, c int64) (pim.RunID, error) {
	id, err := k.Vault.BeginRun(ctx, c)
	return id, k.committed(err)
}

func (k *killer) Put(ctx context.Context, r pim.RunID, o []pim.Recorded) error {
	return k.committed(k.Vault.Put(ctx, r, o))
}

func (k *killer) Finish(ctx context.Context, r pim.RunID, c pim.Commit) (pim.Counts, error) {
	n, err := k.Vault.Finish(ctx, r, c)
	return n, k.committed(err)
}

// TestKilledChild is the program that is killed; by itself it does nothing.
func TestKilledChild(t *testing.T) {
	dir := os.Getenv("SIDEKEEP_TEST_KILL_DIR")
	if dir == "" {
		t.Skip("runs only as a child of TestMirror_KilledAtEveryCommit")
	}
	at, err := strconv.Atoi(os.Getenv("SIDEKEEP_TEST_KILL_AT"))
	if err != nil {
		t.Fatal(err)
	}
	h, err := openHome(t, dir, "")
	if err != nil {
		t.Fatal(err)
	}
	m := h.mirror()
	k := &killer{Vault: h.vault}
	k.left.Store(int64(at))
	m.Vault = k
	if _, err := m.Account(context.Background(), h.account); err != nil {
		t.Fatal(err)
	}
}

// long is a card of 60 KB: fifty of them are more than one batch.
func long(b []byte, seed uint64, i int) []byte {
	note := "NOTE:" + strings.Repeat("0123456789", 6_000) + "\r\nEND:VCARD"
	return append(b, strings.Replace(string(gen.Card(nil, seed, i)), "END:VCARD", note, 1)...)
}

// The program is killed right after every single commit of a first mirroring
// and of one with changes. The next run converges.
func TestMirror_KilledAtEveryCommit_NextRunConverges(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 3
	}
	for _, first := range []bool{true, false} {
		t.Run(fmt.Sprintf("first %v", first), func(t *testing.T) {
			t.Parallel()
			for at := 1; ; at += step {
				if at > 60 {
					t.Fatal("there is no end to the commits")
				}
				s := davtest.New(t)
				book := s.AddCollection(pim.Contacts, "friends", "Friends")
				book.Fill(60, 1, long)
				s.AddCollection(pim.Calendar, "work", "Work").Fill(20, 2, gen.Event)
				dir := t.TempDir()
				h, err := openHome(t, dir, s.URL())
				if err != nil {
					t.Fatal(err)
				}
				if !first {
					h.runs(pim.Complete)
					for i, n := range book.Names()[:50] {
						book.Put(n, long(nil, 5, i))
					}
					book.Delete(book.Names()[55])
				}
				h.close()
				killed := runKilled(t, dir, at)
				h, err = openHome(t, dir, s.URL())
				if err != nil {
					t.Fatal(err)
				}
				converge(t, h, s, fmt.Sprintf("killed at commit %d", at))
				h.close()
				s.Close()
				if !killed {
					if at < 6 {
						t.Errorf("only %d commits", at-1)
					}
					return
				}
			}
		})
	}
}

// runKilled mirrors in a child and says whether it was killed.
func runKilled(t *testing.T, dir string, at int) bool {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestKilledChild$")
	c.Env = append(os.Environ(), "SIDEKEEP_TEST_KILL_DIR="+dir, "SIDEKEEP_TEST_KILL_AT="+strconv.Itoa(at))
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return false
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled():
		return true
	}
	t.Fatalf("the child failed: %v\n%s", err, out)
	return false
}
