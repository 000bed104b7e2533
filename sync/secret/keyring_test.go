//go:build linux

package secret

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

const insideEnv = "SIDEKEEP_TEST_KEYCHAIN"

// TestKeychain_RealDaemon runs the test below inside a D-Bus session of its
// own, with an unlocked gnome-keyring in a private home.
func TestKeychain_RealDaemon(t *testing.T) {
	need(t, "dbus-run-session", "gnome-keyring-daemon")
	inSession(t, "unlocked", `printf 'test\n' | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null 2>&1; "$0" -test.v -test.run='^TestInsideSession$'`)
}

// TestKeychain_NoDaemonIsTold: a session bus and no usable keychain on it.
func TestKeychain_NoDaemonIsTold(t *testing.T) {
	need(t, "dbus-run-session")
	inSession(t, "none", `"$0" -test.v -test.run='^TestInsideSession$'`)
}

// TestKeychain_NoSessionIsToldAtOnce: a server, a container, cron.
func TestKeychain_NoSessionIsToldAtOnce(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	s, _ := Open(Keychain, "")
	_, err := s.Get(context.Background(), "a")
	if reason(err) != ReasonKeychain || pim.FaultOf(err) != pim.Invalid || pim.HintOf(err) == "" {
		t.Fatalf("got %v", err)
	}
}

func TestInsideSession(t *testing.T) {
	k := newKeychain()
	k.patience = 10 * time.Second
	ctx := context.Background()
	switch os.Getenv(insideEnv) {
	case "none":
		k.patience = 3 * time.Second
		err := k.Set(ctx, "a", "x")
		if reason(err) != ReasonKeychain {
			t.Fatalf("got %v", err)
		}
	case "unlocked":
		if _, err := k.Get(ctx, "a"); reason(err) != ReasonNoPassword {
			t.Fatalf("an empty keychain gave %v", err)
		}
		for _, p := range []string{"one", "zwei ü 漢字"} {
			if err := k.Set(ctx, "a", p); err != nil {
				t.Fatal(err)
			}
			if got, err := k.Get(ctx, "a"); err != nil || got != p {
				t.Fatalf("got %q, %v", got, err)
			}
		}
		if err := k.Delete(ctx, "a"); err != nil {
			t.Fatal(err)
		}
		if err := k.Delete(ctx, "a"); err != nil {
			t.Fatalf("deleting twice: %v", err)
		}
		if _, err := k.Get(ctx, "a"); reason(err) != ReasonNoPassword {
			t.Fatalf("after deleting: %v", err)
		}
	default:
		t.Skip("run by the tests above, inside a D-Bus session")
	}
}

func inSession(t *testing.T, what, script string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	home, run := t.TempDir(), t.TempDir()
	if err := os.Chmod(run, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "dbus-run-session", "--", "bash", "-c", script, os.Args[0])
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_RUNTIME_DIR="+run, "XDG_DATA_HOME="+home,
		"DISPLAY=", "WAYLAND_DISPLAY=", insideEnv+"="+what)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// need skips where a tool is missing, and fails where CI is set.
func need(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is not installed", tool)
			}
			t.Skipf("%s is not installed", tool)
		}
	}
}
