package desktop

import (
	"os"
	"path/filepath"
)

// Written to launchd's documentation; it has not been run on macOS yet. The
// agent takes effect at the next login.

func (a Autostart) path() string {
	dir := a.Config
	if dir == "" {
		home, _ := os.UserHomeDir()
		dir = filepath.Join(home, "Library")
	}
	return filepath.Join(dir, "LaunchAgents", appID+".plist")
}

// Enabled reports whether the agent is there.
func (a Autostart) Enabled() (bool, error) {
	_, err := os.Stat(a.path())
	if os.IsNotExist(err) {
		return false, nil
	}
	return err == nil, err
}

// Set writes or removes the agent.
func (a Autostart) Set(on bool) error {
	if !on {
		return removeEntry(a.path())
	}
	return writeEntry(a.path(), launchAgent(a.Program, a.Args))
}
