package service

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"

	"sidekeep/sync/pim"
)

// DefaultDir is the platform's folder for a person's vault:
// $XDG_DATA_HOME/sidekeep or ~/.local/share/sidekeep,
// ~/Library/Application Support/Sidekeep, %LocalAppData%\Sidekeep.
// An account without a home folder is Invalid.
func DefaultDir() (string, error) { return dirFor(runtime.GOOS, os.Getenv) }

// dirFor is DefaultDir for a system and an environment.
func dirFor(goos string, env func(string) string) (string, error) {
	switch goos {
	case "windows":
		if d := env("LocalAppData"); d != "" {
			return filepath.Join(d, "Sidekeep"), nil
		}
		if d := env("USERPROFILE"); d != "" {
			return filepath.Join(d, "AppData", "Local", "Sidekeep"), nil
		}
	case "darwin":
		if d := env("HOME"); d != "" {
			return filepath.Join(d, "Library", "Application Support", "Sidekeep"), nil
		}
	default:
		// A relative XDG_DATA_HOME is to be ignored (XDG Base Directory Specification).
		if d := env("XDG_DATA_HOME"); filepath.IsAbs(d) {
			return filepath.Join(d, "sidekeep"), nil
		}
		if d := env("HOME"); d != "" {
			return filepath.Join(d, ".local", "share", "sidekeep"), nil
		}
	}
	return "", &pim.Error{Fault: pim.Invalid, Op: "find the vault", Err: errors.New("this login has no home folder"),
		Hint: "say where the vault is with --vault DIR or SIDEKEEP_VAULT", Reason: "no-home"}
}
