package app

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
)

func TestMain_RunsACommand(t *testing.T) {
	var out, errs bytes.Buffer
	code := Main(context.Background(), []string{"version"}, Stdio{In: strings.NewReader(""), Out: &out, Err: &errs})
	if code != 0 || out.String() != "sidekeep "+Version()+"\n" || errs.Len() > 0 {
		t.Fatalf("%d %q %q", code, out.String(), errs.String())
	}
}

// A server's Sidekeep must not drag in a display library, and it brings the
// time zones that a small container does not have.
func TestHeadless_HasZonesAndNoWindow(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-tags", "headless", "-deps", ".")
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, "time/tzdata") {
		t.Error("the program has no time zones in it")
	}
	for _, p := range deps {
		if strings.HasPrefix(p, "fyne.io/") || strings.HasPrefix(p, "github.com/go-gl/") || p == "sidekeep/app/gui" {
			t.Errorf("the headless build contains %s", p)
		}
	}
}

// headless builds the program.
func headless(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "sidekeep")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "headless", "-o", bin, "sidekeep")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// Two signals at once, as timeout sends them, stop a run politely.
func TestHeadless_SignalledTwice(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such signals here")
	}
	bin, srv := headless(t), davtest.New(t)
	srv.FailAt(srv.CountRequests()+1, davtest.Stall)
	vault := filepath.Join(t.TempDir(), "vault")
	cmd := exec.CommandContext(t.Context(), bin, "account", "add", srv.URL(), "--user", "user", "--password-stdin", "--vault", vault, "--secrets", "file")
	var errs bytes.Buffer
	cmd.Stdin, cmd.Stderr = strings.NewReader("secret\n"), &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-srv.Stalled():
	case <-time.After(20 * time.Second):
	}
	for range 2 {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 || errs.String() != "sidekeep: Stopped.\n" {
		t.Errorf("exit code %d, %q", code, errs.String())
	}
}

// Whatever the umask is, files are their owner's, and nobody else's.
func TestHeadless_OddUmask(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no umask here")
	}
	dir := t.TempDir()
	bin := headless(t)
	vault := filepath.Join(dir, "vault")
	run := exec.CommandContext(t.Context(), "sh", "-c", `umask 777; exec "$0" demo --headless --vault "$1"`, bin, vault)
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for path, want := range map[string]fs.FileMode{
		vault: 0o700, filepath.Join(vault, "vault.db"): 0o600, filepath.Join(vault, "secrets.json"): 0o600,
		filepath.Join(vault, "export"): 0o700, filepath.Join(vault, "export", "MANIFEST.json"): 0o600,
	} {
		if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, fi, err)
		}
	}
}
