package secret

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sidekeep/sync/pim"
)

func TestMain(m *testing.M) {
	// The D-Bus connection of the keychain library is shared and never closed.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/godbus/dbus/v5.(*Conn).inWorker"),
		goleak.IgnoreAnyFunction("github.com/godbus/dbus/v5.newConn.func1"))
}

func TestFile_KeepsReplacesAndForgets(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "vault")
	s, err := Open(File, dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(ctx, "a"); reason(err) != ReasonNoPassword {
		t.Fatalf("an empty store gave %v", err)
	}
	for _, p := range []string{"first", "sécret <&> \"quoted\"\n\t", ""} {
		if err := s.Set(ctx, "a", p); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(ctx, "a"); err != nil || got != p {
			t.Fatalf("got %q, %v; want %q", got, err, p)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "NOT encrypted") {
		t.Errorf("the file does not say that it is not encrypted: %s", b)
	}
	if err := s.Delete(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, "a"); err != nil {
		t.Fatalf("deleting twice: %v", err)
	}
	if _, err := s.Get(ctx, "a"); reason(err) != ReasonNoPassword {
		t.Fatalf("after deleting: %v", err)
	}
}

func TestFile_IsOnlyForItsOwner(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no mode bits")
	}
	ctx := context.Background()
	dir := t.TempDir()
	s, _ := Open(File, dir)
	if err := s.Set(ctx, "a", "x"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, FileName)
	wantMode := func(when string) {
		t.Helper()
		if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o600 {
			t.Fatalf("%s: %v, %v", when, fi.Mode(), err)
		}
	}
	wantMode("new")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	wantMode("after a chmod by somebody")
}

func TestFile_DamagedIsNeverOverwritten(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	const damaged = `{"passwords":{"a":"hunter`
	if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ := Open(File, dir)
	err := s.Set(ctx, "b", "x")
	if pim.FaultOf(err) != pim.Storage || pim.HintOf(err) == "" {
		t.Fatalf("got %v", err)
	}
	if strings.Contains(err.Error(), "hunter") {
		t.Fatalf("the error quotes a password: %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != damaged {
		t.Fatalf("the file was changed: %s", b)
	}
}

func TestFile_ManyStoresAtOnceLoseNothing(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			s, _ := Open(File, dir) // one for each, as if they were processes
			if err := s.Set(ctx, fmt.Sprint(i), "p"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s, _ := Open(File, dir)
	for i := range 8 {
		if _, err := s.Get(ctx, fmt.Sprint(i)); err != nil {
			t.Error(err)
		}
	}
}

func TestFile_ReadOnlyFolderIsStorage(t *testing.T) {
	if os.Geteuid() == 0 {
		// Root may write anywhere: a file where the folder should be does it.
		dir := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(dir, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		s, _ := Open(File, dir)
		if err := s.Set(context.Background(), "a", "x"); pim.FaultOf(err) != pim.Storage {
			t.Fatalf("got %v", err)
		}
		return
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	s, _ := Open(File, dir)
	if err := s.Set(context.Background(), "a", "x"); pim.FaultOf(err) != pim.Storage {
		t.Fatalf("got %v", err)
	}
}

func TestOpen_UnknownKind(t *testing.T) {
	_, err := Open("paper", t.TempDir())
	if pim.FaultOf(err) != pim.Invalid || pim.HintOf(err) == "" {
		t.Fatalf("got %v", err)
	}
}

func TestKey_IsUnambiguous(t *testing.T) {
	seen := map[string][]string{}
	words := []string{"", "a", "a@b", "a/b", "%40", "b@", "/", "ä b"}
	for _, v := range words {
		for _, n := range words {
			for _, u := range words {
				for _, h := range words {
					k := Key(v, n, u, h)
					if was, ok := seen[k]; ok {
						t.Fatalf("%q stands for %q and %q", k, was, []string{v, n, u, h})
					}
					seen[k] = []string{v, n, u, h}
				}
			}
		}
	}
}

func TestKeychain_HangingCallTimesOutAndLeavesNothingBehind(t *testing.T) {
	release := make(chan struct{})
	k := newKeychain()
	k.ready = func() error { return nil }
	k.patience = 20 * time.Millisecond
	var calls atomic.Int32
	k.get = func(string, string) (string, error) { calls.Add(1); <-release; return "late", nil }
	ctx := context.Background()
	for range 3 {
		if _, err := k.Get(ctx, "a"); reason(err) != ReasonKeychain || pim.FaultOf(err) != pim.Invalid {
			t.Fatalf("got %v", err)
		}
	}
	if n := calls.Load(); n != 1 {
		t.Fatalf("%d calls hang, want one", n)
	}
	close(release)
	k.patience = time.Minute
	if v, err := k.Get(ctx, "a"); err != nil || v != "late" {
		t.Fatalf("got %q, %v", v, err)
	}
}

func TestKeychain_CancelledIsStopped(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	k := newKeychain()
	k.ready = func() error { return nil }
	started := make(chan struct{})
	k.get = func(string, string) (string, error) { close(started); <-release; return "", nil }
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-started; cancel() }()
	if _, err := k.Get(ctx, "a"); pim.FaultOf(err) != pim.Stopped {
		t.Fatalf("got %v", err)
	}
}

func TestKeychain_PanicInTheLibraryIsAnError(t *testing.T) {
	k := newKeychain()
	k.ready = func() error { return nil }
	k.get = func(string, string) (string, error) { panic("interface conversion") }
	if _, err := k.Get(context.Background(), "a"); reason(err) != ReasonKeychain {
		t.Fatalf("got %v", err)
	}
}

func reason(err error) string {
	var e *pim.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}
