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

// Whatever the umask is, files are their owner's, and nobody else's.
func TestHeadless_OddUmask(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no umask here")
	}
	dir := t.TempDir()
	bin := filepath.Join(dir, "sidekeep")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "headless", "-o", bin, "sidekeep")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
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
