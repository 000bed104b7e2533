//go:build e2e

// Package e2e drives the real program: its window under Xvfb with the keyboard
// and the mouse, its tray icon over D-Bus. Nothing in the program knows of it.
package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	once     sync.Once
	program  string
	buildErr error
)

// need skips the test where a tool is missing; on CI that is a failure.
func need(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is missing", tool)
			}
			t.Skipf("%s is missing (make deps installs it)", tool)
		}
	}
}

// build builds the program once.
func build(t *testing.T) string {
	t.Helper()
	once.Do(func() {
		dir, err := os.MkdirTemp("", "sidekeep-e2e")
		if err != nil {
			buildErr = err
			return
		}
		program = filepath.Join(dir, "sidekeep")
		out, err := exec.Command("go", "build", "-tags", "migrated_fynedo", "-o", program, "sidekeep").CombinedOutput()
		if err != nil {
			buildErr = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if buildErr != nil {
		t.Fatal(buildErr)
	}
	return program
}

func TestMain(m *testing.M) {
	code := m.Run()
	if program != "" {
		_ = os.RemoveAll(filepath.Dir(program))
	}
	os.Exit(code)
}

// desk is a display and a session bus of one's own, with a private home.
type desk struct {
	t    *testing.T
	home string
	env  []string
	bus  string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	need(t, "Xvfb", "xdotool", "dbus-daemon", "import")
	d := &desk{t: t, home: t.TempDir()}
	run := filepath.Join(d.home, "run")
	for _, dir := range []string{run, filepath.Join(d.home, ".cache"), filepath.Join(d.home, "Documents")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	d.env = append(os.Environ(), "HOME="+d.home, "XDG_RUNTIME_DIR="+run, "XDG_CONFIG_HOME="+filepath.Join(d.home, ".config"),
		"XDG_DATA_HOME="+filepath.Join(d.home, ".local", "share"), "XDG_CACHE_HOME="+filepath.Join(d.home, ".cache"),
		"FYNE_THEME=light", "FYNE_SCALE=1", "LANG=C.UTF-8", "WAYLAND_DISPLAY=", "SIDEKEEP_SECRETS=file", "SIDEKEEP_VAULT=", "TZ=Europe/Berlin")
	// Xvfb picks a free display and writes its number once it takes clients.
	d.env = append(d.env, "DISPLAY=:"+d.started(exec.Command("Xvfb", "-displayfd", "1", "-screen", "0", "1120x740x24", "-nolisten", "tcp", "-noreset")))
	d.bus = d.started(exec.Command("dbus-daemon", "--session", "--nofork", "--print-address=1"))
	d.env = append(d.env, "DBUS_SESSION_BUS_ADDRESS="+d.bus)
	return d
}

// started starts a helper that ends with the test, and gives its first line.
func (d *desk) started(c *exec.Cmd) string {
	d.t.Helper()
	out, w, err := os.Pipe()
	if err != nil {
		d.t.Fatal(err)
	}
	c.Stdout, c.Env = w, d.env
	if err := c.Start(); err != nil {
		d.t.Fatal(err)
	}
	_ = w.Close()
	d.t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait(); _ = out.Close() })
	_ = out.SetReadDeadline(time.Now().Add(15 * time.Second))
	buf := make([]byte, 512)
	n, err := out.Read(buf)
	if err != nil {
		d.t.Fatalf("%s: %v", c.Path, err)
	}
	return strings.TrimSpace(string(buf[:n]))
}

// window is the program, running.
type window struct {
	d   *desk
	cmd *exec.Cmd
	log *bytes.Buffer
	end chan error
}

// start starts the program with arguments.
func (d *desk) start(args ...string) *window {
	d.t.Helper()
	w := &window{d: d, cmd: exec.Command(build(d.t), args...), log: &bytes.Buffer{}, end: make(chan error, 1)}
	w.cmd.Env, w.cmd.Stdout, w.cmd.Stderr = d.env, w.log, w.log
	if err := w.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	go func() { w.end <- w.cmd.Wait() }()
	d.t.Cleanup(func() {
		_ = w.cmd.Process.Kill()
		if d.t.Failed() {
			d.t.Logf("the program said:\n%s", w.log)
			d.photograph()
		}
	})
	return w
}

// photograph keeps a picture of the screen when a test has failed.
func (d *desk) photograph() {
	path := filepath.Join(os.TempDir(), "sidekeep-e2e-"+d.t.Name()+".png")
	if _, err := d.try("import", "-window", "root", path); err == nil {
		d.t.Logf("the screen is in %s", path)
	}
}

// ended waits for the program's end and gives its exit code.
func (w *window) ended() int {
	w.d.t.Helper()
	select {
	case <-w.end:
		return w.cmd.ProcessState.ExitCode()
	case <-time.After(20 * time.Second):
		w.d.t.Fatal("the program did not end")
		return -1
	}
}

func (d *desk) try(name string, args ...string) (string, error) {
	c := exec.Command(name, args...)
	c.Env = d.env
	out, err := c.Output()
	return strings.TrimSpace(string(out)), err
}

// do runs a tool that must work.
func (d *desk) do(name string, args ...string) string {
	d.t.Helper()
	out, err := d.try(name, args...)
	if err != nil {
		d.t.Fatalf("%s %v: %v", name, args, err)
	}
	return out
}

func (d *desk) key(keys ...string) {
	d.t.Helper()
	d.do("xdotool", append([]string{"key", "--clearmodifiers", "--delay", "40"}, keys...)...)
}

func (d *desk) typed(s string) {
	d.t.Helper()
	d.do("xdotool", "type", "--delay", "15", s)
}

// visible reports whether the window is on the screen.
func (d *desk) visible() bool {
	out, err := d.try("xdotool", "search", "--onlyvisible", "--name", "^Sidekeep$")
	return err == nil && out != ""
}

// focus waits for the window and gives it the keyboard: there is no window
// manager to do it.
func (d *desk) focus() {
	d.t.Helper()
	d.until("the window", d.visible)
	id, _, _ := strings.Cut(d.do("xdotool", "search", "--onlyvisible", "--name", "^Sidekeep$"), "\n")
	d.do("xdotool", "windowfocus", "--sync", id)
	d.do("xdotool", "mousemove", "10", "700")
}

// until waits for what ok reports, looking ten times a second.
func (d *desk) until(what string, ok func() bool) {
	d.t.Helper()
	if !d.within(40*time.Second, ok) {
		d.t.Fatalf("waited in vain for %s", what)
	}
}

// within reports whether ok comes true in time, looking ten times a second.
func (d *desk) within(limit time.Duration, ok func() bool) bool {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if ok() {
			return true
		}
	}
	return ok()
}

// look takes the screen's picture, a byte for each point.
func (d *desk) look() []byte {
	c := exec.Command("import", "-window", "root", "-depth", "8", "gray:-")
	c.Env = d.env
	out, err := c.Output()
	if err != nil {
		d.t.Fatalf("import: %v", err)
	}
	return out
}

// settled waits until the screen shows another picture than before (nil: the
// empty screen), and goes on showing it.
func (d *desk) settled(before []byte) {
	d.t.Helper()
	last := d.look()
	d.until("the picture", func() bool {
		now := d.look()
		still := alike(last, now)
		last = now
		return still && !alike(now, before) && !alike(now, make([]byte, len(now)))
	})
}

// alike reports whether two pictures differ in no more than a blinking cursor.
func alike(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	n := 0
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n < 300
}
