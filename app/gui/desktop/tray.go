package desktop

import (
	"runtime"

	"github.com/godbus/dbus/v5"
)

// watcherName is who takes tray icons on Linux desktops.
const watcherName = "org.kde.StatusNotifierWatcher"

// HasTray reports whether icons in the system tray are shown. macOS and
// Windows always have one; elsewhere somebody must own the watcher's name on
// the session bus.
func HasTray() bool {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		return true
	}
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		return false
	}
	defer conn.Close()
	var owned bool
	err = conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, watcherName).Store(&owned)
	return err == nil && owned
}
