package service

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"sidekeep/sync/pim"
)

// DefaultDir is the platform's folder for a person's vault:
// $XDG_DATA_HOME/sidekeep or ~/.local/share/sidekeep,
// ~/Library/Application Support/Sidekeep, %LocalAppData%\Sidekeep; and where a new
// vault was made in place of a damaged one, the folder of that.
// An account without a home folder is Invalid.
func DefaultDir() (string, error) {
	dir, err := dirFor(runtime.GOOS, os.Getenv)
	if err != nil {
		return "", err
	}
	return newestOf(dir), nil
}

// successorFile stands in the folder of a damaged vault, and has the name of the
// folder beside it with the vault that took its place.
const successorFile = "replaced-by"

// replaceBy notes that a vault took the place of another beside it.
func replaceBy(old, dir string) error {
	return writeFile(filepath.Join(old, successorFile), []byte(filepath.Base(dir)+"\n"))
}

// newestOf goes from a vault to the one that took its place, and on from there. One
// that is not there has taken no place.
func newestOf(dir string) string {
	for range 100 {
		b, err := os.ReadFile(filepath.Join(dir, successorFile))
		name := strings.TrimSpace(string(b))
		if err != nil || name == "" || name != filepath.Base(name) || strings.Trim(name, ".") == "" {
			return dir
		}
		next := filepath.Join(filepath.Dir(dir), name)
		if _, err := os.Stat(filepath.Join(next, vaultFile)); err != nil {
			return dir
		}
		dir = next
	}
	return dir
}

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
