package vault

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sidekeep/sync/pim"
)

// childEnv makes the test binary a program that only writes, to be killed.
const childEnv = "SIDEKEEP_TEST_VAULT_CHILD"

func TestMain(m *testing.M) {
	if task, dir, ok := strings.Cut(os.Getenv(childEnv), ":"); ok {
		child(task, dir)
		return
	}
	// Every check opens vaults, and each commit waits for the disk: thirty by
	// default; -rapid.checks says otherwise.
	if err := flag.Set("rapid.checks", "30"); err != nil {
		panic(err)
	}
	code := m.Run()
	for _, f := range atExit {
		f()
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

type childT struct{}

func (childT) Helper()                     {}
func (childT) Cleanup(func())              {}
func (childT) Fatal(a ...any)              { fmt.Println("fatal", fmt.Sprint(a...)); os.Exit(1) }
func (c childT) Fatalf(f string, a ...any) { c.Fatal(fmt.Sprintf(f, a...)) }

// child does a task and says each commit that it was told is done. It does
// not stop by itself.
func child(task, dir string) {
	ctx := context.Background()
	if task == "read" {
		readAsItStands(childT{}, dir)
		return
	}
	if task == "locked" {
		fmt.Println(lockedFor(filepath.Join(dir, fileName)))
		return
	}
	v := openIn(childT{}, dir)
	if task == "one more" {
		fmt.Println(oneMore(childT{}, v))
		if err := v.Close(); err != nil {
			childT{}.Fatal(err)
		}
		return
	}
	if task == "lock" {
		if _, err := v.LockWriter(ctx, "mirror", false); err != nil {
			childT{}.Fatal(err)
		}
		fmt.Println("locked")
		select {}
	}
	known, err := v.Collections(ctx, 0)
	if err != nil {
		childT{}.Fatal(err)
	}
	book := known[0]
	for i := book.Live; ; {
		run, err := v.BeginRun(ctx, book.ID)
		if err != nil {
			childT{}.Fatal(err)
		}
		for range 2 {
			if err := v.Put(ctx, run, []pim.Recorded{generated(book, i, 3000), generated(book, i+1, 3000)}); err != nil {
				childT{}.Fatal(err)
			}
			i += 2
			fmt.Println("put", i)
		}
		_, err = v.Finish(ctx, run, pim.Commit{Outcome: pim.Complete, Objects: []pim.Recorded{generated(book, i, 3000)},
			State: pim.State{SyncToken: pim.SyncToken(fmt.Sprint(i + 1))}})
		if err != nil {
			childT{}.Fatal(err)
		}
		i++
		fmt.Println("finish", i)
	}
}

// oneMore stores an object in the first collection, and gives the hrefs of all that
// were there before.
func oneMore(t tester, v *Vault) string {
	t.Helper()
	ctx := context.Background()
	known, err := v.Collections(ctx, 0)
	if err != nil || len(known) == 0 {
		t.Fatal(known, err)
	}
	rows, err := v.Rows(ctx, Query{Collection: known[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, r := range rows {
		there = append(there, filepath.Base(string(r.Href)))
	}
	mirrorAll(t, v, known[0].ID, pim.Commit{Objects: []pim.Recorded{describedObject(known[0], len(there), cardOf(len(there), "one more"))}})
	return strings.Join(there, " ")
}

// startChild runs the test binary as a child; lines are what it says.
func startChild(t *testing.T, task, dir string) (kill func(), lines <-chan string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+task+":"+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 1000)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(said)
		for s := bufio.NewScanner(out); s.Scan(); {
			said <- s.Text()
		}
	})
	return sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		reading.Wait()
		_ = cmd.Wait()
	}), said
}

// TestKill_LosesNothingCommitted kills the writer after each of its first
// commits, mostly in the middle of the next one, and goes on in the same vault.
func TestKill_LosesNothingCommitted(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	addAccount(t, v, "home")
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	stored := 0
	step := 1
	if testing.Short() {
		step = 3
	}
	for commits := 1; commits <= 8; commits += step {
		kill, lines := startChild(t, "write", v.dir)
		defer kill()
		last := ""
		for range commits {
			last = <-lines
		}
		kill()
		for line := range lines { // said before the kill
			last = line
		}
		var said int
		if _, err := fmt.Sscanf(last, "put %d", &said); err != nil {
			if _, err := fmt.Sscanf(last, "finish %d", &said); err != nil {
				t.Fatalf("the child said %q", last)
			}
		}
		w, err := Open(ctx, v.dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		known, err := w.Collections(ctx, 0)
		if err != nil {
			t.Fatal(err)
		}
		live := known[0].Live
		if live < said || live < stored || live > said+2 {
			t.Errorf("%d objects, but %d were said to be stored", live, said)
		}
		stored = live
		if token := known[0].State.SyncToken; token != "" {
			var covers int
			if _, err := fmt.Sscan(string(token), &covers); err != nil || covers > live {
				t.Errorf("token %s with %d objects", token, live)
			}
		}
		n := 0
		for _, err := range w.Bodies(ctx, known[0].ID) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != live {
			t.Errorf("%d bodies, %d objects", n, live)
		}
		checkSound(t, w)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLockWriter_SaysWhoHasItAndIsFreeAfterAKill(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	kill, lines := startChild(t, "lock", v.dir)
	defer kill()
	if line := <-lines; line != "locked" {
		t.Fatalf("the child said %q", line)
	}
	_, err := v.LockWriter(ctx, "reindex", false)
	wantFault(t, err, pim.Busy, "writer", v.dir)
	if !strings.Contains(err.Error(), "mirror, since") || !strings.Contains(err.Error(), "(process ") {
		t.Errorf("the message does not say who: %v", err)
	}
	if got := v.Writer(); got != "mirror" {
		t.Errorf("the writer does %q", got)
	}
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	_, err = v.LockWriter(short, "reindex", true)
	wantFault(t, err, pim.Busy, "writer", v.dir)
	stopped, stop := context.WithCancel(ctx)
	stop()
	if _, err = v.LockWriter(stopped, "reindex", true); pim.FaultOf(err) != pim.Stopped {
		t.Errorf("stopped while waiting: %v", err)
	}
	type result struct {
		unlock func()
		err    error
	}
	got := make(chan result)
	go func() {
		unlock, err := v.LockWriter(ctx, "reindex", true)
		got <- result{unlock, err}
	}()
	kill()
	r := <-got
	if r.err != nil {
		t.Fatal(r.err)
	}
	if _, err := v.LockWriter(ctx, "mirror", false); pim.FaultOf(err) != pim.Busy || !strings.Contains(err.Error(), "reindex") {
		t.Errorf("second lock in one process: %v", err)
	}
	r.unlock()
	unlock, err := v.LockWriter(ctx, "mirror", false)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestRead_WhileARunWrites(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	_, book, cal := addAccount(t, v, "home")
	fill(t, v, book, 300, 500)
	done := make(chan error, 1)
	go func() {
		run, err := v.BeginRun(ctx, cal.ID)
		for i := 0; err == nil && i < 40; i++ {
			err = v.Put(ctx, run, []pim.Recorded{generated(cal, 2*i, 500), generated(cal, 2*i+1, 500)})
		}
		if err == nil {
			_, err = v.Finish(ctx, run, pim.Commit{Outcome: pim.Complete})
		}
		done <- err
	}()
	for reading := true; reading; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			reading = false
		default:
		}
		n := 0
		for _, err := range v.Bodies(ctx, book.ID) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if rows, err := v.Rows(ctx, Query{Collection: cal.ID}); err != nil || n != 300 || len(rows)%2 != 0 {
			t.Fatalf("%d bodies, %d new rows, %v", n, len(rows), err)
		}
	}
	// A reader that stays open sees one moment, and keeps nobody from writing.
	n := 0
	for _, err := range v.Bodies(ctx, book.ID) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 10 {
			mirrorAll(t, v, book.ID, pim.Commit{Objects: []pim.Recorded{object(hrefOf(book, "zzz"), "1", "Zoe", titled("Zoe"))}})
		}
	}
	if n != 300 {
		t.Errorf("%d bodies, want the 300 of the moment reading began", n)
	}
}

func TestDataVersion_ChangesWhenAnyoneWrites(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	other := openIn(t, v.dir)
	version := func() int64 {
		n, err := v.DataVersion(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	first := version()
	if version() != first {
		t.Error("it changed by itself")
	}
	mirrorAll(t, v, book.ID, pim.Commit{})
	second := version()
	mirrorAll(t, other, book.ID, pim.Commit{})
	if third := version(); second == first || third == second {
		t.Errorf("%d, %d, %d", first, second, third)
	}
}

func TestPut_StopsWithItsContext(t *testing.T) {
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	run, _ := v.BeginRun(context.Background(), book.ID)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := v.Put(ctx, run, []pim.Recorded{generated(book, 1, 100)})
	if !errors.Is(err, context.Canceled) || pim.FaultOf(err) != pim.Stopped {
		t.Errorf("%v", err)
	}
	if n, _ := v.Count(context.Background(), Query{}); n != 0 {
		t.Errorf("%d objects", n)
	}
}

func TestWrite_SaysThatAnotherProgramHasTheFile(t *testing.T) {
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	other := openIn(t, v.dir)
	tx, err := other.writer.Begin()
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err = v.BeginRun(short, book.ID)
	wantFault(t, err, pim.Busy, "locked", v.path)
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if _, err := v.BeginRun(context.Background(), book.ID); err != nil {
		t.Error(err)
	}
}
