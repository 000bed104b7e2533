//go:build !windows && !darwin

package secret

import (
	"errors"
	"os"
	"path/filepath"
)

// keychainReady says whether a session bus can be there at all. Without this
// the D-Bus library would start a bus of its own, with no keychain on it, and
// leave it running.
func keychainReady() error {
	if a := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); a != "" && a != "autolaunch:" {
		return nil
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		for _, name := range []string{"bus", "dbus-session"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				return nil
			}
		}
	}
	return errors.New("there is no desktop session here, so no keychain can be reached")
}
