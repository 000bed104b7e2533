//go:build !windows && !darwin

package desktop

import (
	"os"
	"path/filepath"
	"strings"
)

// path is $XDG_CONFIG_HOME/autostart (XDG Base Directory Specification).
func (a Autostart) path() string {
	dir := a.Config
	if dir == "" {
		if dir = os.Getenv("XDG_CONFIG_HOME"); !filepath.IsAbs(dir) {
			home, _ := os.UserHomeDir()
			dir = filepath.Join(home, ".config")
		}
	}
	return filepath.Join(dir, "autostart", appID+".desktop")
}

// Enabled reports whether the entry is there and was not switched off by the
// desktop's own settings.
func (a Autostart) Enabled() (bool, error) {
	b, err := os.ReadFile(a.path())
	if os.IsNotExist(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, line := range strings.Split(string(b), "\n") {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if key == "Hidden" && value == "true" || key == "X-GNOME-Autostart-enabled" && value == "false" {
			return false, nil
		}
	}
	return true, nil
}

// Set writes or removes the entry.
func (a Autostart) Set(on bool) error {
	if !on {
		return removeEntry(a.path())
	}
	return writeEntry(a.path(), desktopEntry(a.Program, a.Args))
}
