package desktop

import (
	"errors"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

func TestDisplay_MustTakeAConnection(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("this system always has a display")
	}
	run := t.TempDir()
	ln, err := net.Listen("unix", filepath.Join(run, "wayland-7"))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for _, c := range []struct {
		env  map[string]string
		says string // "" when it can be reached
	}{
		{map[string]string{}, "no display here"},
		{map[string]string{"DISPLAY": ":4711"}, "DISPLAY=:4711"},
		{map[string]string{"DISPLAY": "nonsense"}, "can't be reached"},
		{map[string]string{"WAYLAND_DISPLAY": "wayland-8", "XDG_RUNTIME_DIR": run}, "WAYLAND_DISPLAY=wayland-8"},
		{map[string]string{"WAYLAND_DISPLAY": "wayland-7"}, "can't be reached"},
		{map[string]string{"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": run}, ""},
		{map[string]string{"DISPLAY": ":4711", "WAYLAND_DISPLAY": filepath.Join(run, "wayland-7")}, ""},
	} {
		err := Display(t.Context(), func(k string) string { return c.env[k] })
		var e *pim.Error
		switch {
		case c.says == "" && err != nil, c.says != "" && err == nil:
			t.Errorf("%v: %v", c.env, err)
		case err != nil && (!errors.As(err, &e) || e.Fault != pim.Invalid || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%v: %v", c.env, err)
		}
	}
}

func TestX11Places_ReadsDisplayNames(t *testing.T) {
	for in, want := range map[string]string{
		":0": "@/tmp/.X11-unix/X0", ":12.3": "@/tmp/.X11-unix/X12", "unix:1": "@/tmp/.X11-unix/X1", "localhost:10.0": "localhost:6010",
		"[::1]:2": "[::1]:6002", "/run/x/d:0": "/run/x/d:0",
	} {
		if got := x11Places(in); len(got) == 0 || got[0].address != want {
			t.Errorf("%s: %v", in, got)
		}
	}
}
