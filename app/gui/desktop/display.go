package desktop

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"sidekeep/sync/pim"
)

// displayPatience is how long a display may take to answer.
const displayPatience = 3 * time.Second

// Display reports whether a window can be opened here: a display that the
// environment names must take a connection. The toolkit ends the program where
// it does not. Errors are Invalid with Reason "display".
func Display(ctx context.Context, getenv func(string) string) error {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, displayPatience)
	defer cancel()
	x11, wayland := getenv("DISPLAY"), getenv("WAYLAND_DISPLAY")
	if getenv("WAYLAND_SOCKET") != "" || wayland != "" && answers(ctx, waylandPlaces(wayland, getenv("XDG_RUNTIME_DIR"))) ||
		x11 != "" && answers(ctx, x11Places(x11)) {
		return nil
	}
	var named []string
	if x11 != "" {
		named = append(named, "DISPLAY="+x11)
	}
	if wayland != "" {
		named = append(named, "WAYLAND_DISPLAY="+wayland)
	}
	err := errors.New("there is no display here to open the window on")
	if len(named) > 0 {
		err = fmt.Errorf("the display can't be reached (%s)", strings.Join(named, ", "))
	}
	return &pim.Error{Fault: pim.Invalid, Op: "open the window", Reason: "display", Err: err}
}

// place is where a display may listen.
type place struct{ network, address string }

// x11Places reads a display name: "[host]:number[.screen]" (X(7), "Display
// Names"). Without a host it is a socket, on Linux in the abstract name space
// too, or else the port on this computer.
func x11Places(display string) []place {
	i := strings.LastIndexByte(display, ':')
	if i < 0 {
		return nil
	}
	host, number := display[:i], display[i+1:]
	number, _, _ = strings.Cut(number, ".")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n > 59535 {
		return nil
	}
	port := strconv.Itoa(6000 + n)
	switch {
	case filepath.IsAbs(host):
		return []place{{"unix", display}, {"unix", host}}
	case host == "" || host == "unix" || strings.HasSuffix(host, "/unix"):
		name := "/tmp/.X11-unix/X" + number
		return []place{{"unix", "@" + name}, {"unix", name}, {"tcp", net.JoinHostPort("localhost", port)}}
	}
	return []place{{"tcp", net.JoinHostPort(strings.Trim(strings.TrimPrefix(host, "tcp/"), "[]"), port)}}
}

// waylandPlaces: WAYLAND_DISPLAY is a path, or a name in the runtime folder.
func waylandPlaces(name, run string) []place {
	if filepath.IsAbs(name) {
		return []place{{"unix", name}}
	}
	if run == "" {
		return nil
	}
	return []place{{"unix", filepath.Join(run, name)}}
}

// answers reports whether one of the places takes a connection.
func answers(ctx context.Context, places []place) bool {
	var d net.Dialer
	for _, p := range places {
		if p.address[0] == '@' && runtime.GOOS != "linux" {
			continue
		}
		if c, err := d.DialContext(ctx, p.network, p.address); err == nil {
			_ = c.Close()
			return true
		}
	}
	return false
}
