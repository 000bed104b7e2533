//go:build bench

package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// usage is what one child process cost: wall and CPU in seconds, peak resident
// memory in MB (10^6 bytes), as the kernel accounts for it. The peak is looked
// up every few milliseconds: the one that the kernel gives at the end counts
// what the process was started from, too.
type usage struct {
	Wall   float64 `json:"wall_s"`
	CPU    float64 `json:"cpu_s"`
	PeakMB float64 `json:"peak_mb"`
	Err    string  `json:"error,omitempty"`
}

// run runs a command to its end and accounts for it.
func run(ctx context.Context, dir string, env []string, stdin string, name string, args ...string) (usage, []byte) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	start := time.Now()
	err := cmd.Start()
	peak := func() float64 { return 0 }
	if err == nil {
		peak = watchPeak(cmd.Process.Pid)
		err = cmd.Wait()
	}
	u := usage{Wall: time.Since(start).Seconds(), PeakMB: peak()}
	if ps := cmd.ProcessState; ps != nil {
		u.CPU = (ps.UserTime() + ps.SystemTime()).Seconds()
	}
	if err != nil {
		u.Err = lastLine(errOut.String())
		if ctx.Err() != nil {
			u.Err = fmt.Sprintf("stopped after %.0f s", u.Wall)
		}
		if u.Err == "" {
			u.Err = err.Error()
		}
	}
	return u, out.Bytes()
}

// watchPeak follows a process's peak resident set, in MB, until it has ended and
// the function it gives is called.
func watchPeak(pid int) func() float64 {
	stop, done := make(chan struct{}), make(chan float64)
	go func() {
		var most float64
		for {
			kb := match(fmt.Sprintf("/proc/%d/status", pid), `(?m)^VmHWM:\s*(\d+) kB$`)
			if n, err := strconv.ParseFloat(kb, 64); err == nil {
				most = max(most, n*1024/1e6)
			}
			select {
			case <-stop:
				done <- most
				return
			case <-time.After(3 * time.Millisecond):
			}
		}
	}()
	return func() float64 { close(stop); return <-done }
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// app is one Sidekeep with a vault of its own.
type app struct {
	tb    testing.TB
	bin   string
	vault string
}

// mirrorTotals is the part of mirror's JSON document that is measured.
type mirrorTotals struct {
	Accounts []struct {
		Outcome       string  `json:"outcome"`
		Created       int     `json:"created"`
		Modified      int     `json:"modified"`
		Deleted       int     `json:"deleted"`
		Requests      int     `json:"requests"`
		BytesReceived int64   `json:"bytes_received"`
		Seconds       float64 `json:"seconds"`
	} `json:"accounts"`
}

func newApp(tb testing.TB, bin string) *app {
	return &app{tb: tb, bin: bin, vault: tb.TempDir()}
}

func (a *app) run(stdin string, args ...string) (usage, []byte) {
	env := []string{"SIDEKEEP_VAULT=" + a.vault, "SIDEKEEP_SECRETS=file"}
	return run(a.tb.Context(), "", env, stdin, a.bin, args...)
}

func (a *app) must(stdin string, args ...string) (usage, []byte) {
	a.tb.Helper()
	u, out := a.run(stdin, args...)
	if u.Err != "" {
		a.tb.Fatalf("sidekeep %s: %s", args[0], u.Err)
	}
	return u, out
}

func (a *app) add(url, user, password string) {
	a.tb.Helper()
	a.must(password+"\n", "account", "add", url, "--user", user, "--password-stdin", "--name", "bench")
}

func (a *app) mirror() (usage, mirrorTotals) {
	a.tb.Helper()
	u, out := a.run("", "mirror", "--json")
	var t mirrorTotals
	if err := json.Unmarshal(out, &t); err != nil {
		a.tb.Fatalf("mirror printed no JSON: %v (%s)", err, u.Err)
	}
	return u, t
}
