package desktop

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"sidekeep/sync/pim"
)

// Open shows a folder in the machine's file manager, or the folder that a file
// is in. It waits, ten seconds at most, until the file manager was started, not until it is closed.
func Open(ctx context.Context, path string) error {
	fi, err := os.Stat(path)
	if err != nil {
		return &pim.Error{Fault: pim.Storage, Op: "open", Where: path, Err: err}
	}
	name, args := openCommand(runtime.GOOS, path, fi.IsDir())
	if _, err := exec.LookPath(name); err != nil {
		return &pim.Error{Fault: pim.Invalid, Op: "open", Where: path, Err: err, Hint: "open this folder yourself: " + path}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	err = exec.CommandContext(ctx, name, args...).Run()
	if runtime.GOOS == "windows" || ctx.Err() != nil {
		return nil // explorer answers 1 when all is well; others may stay
	}
	if err != nil {
		return &pim.Error{Fault: pim.Invalid, Op: "open", Where: path, Err: err, Hint: "open this folder yourself: " + path}
	}
	return nil
}

// openCommand is the command of each system. macOS and Windows can select a
// file; elsewhere its folder is shown.
func openCommand(goos, path string, dir bool) (string, []string) {
	switch {
	case goos == "darwin" && !dir:
		return "open", []string{"-R", path}
	case goos == "darwin":
		return "open", []string{path}
	case goos == "windows" && !dir:
		return "explorer", []string{"/select," + path}
	case goos == "windows":
		return "explorer", []string{path}
	case !dir:
		return "xdg-open", []string{filepath.Dir(path)}
	}
	return "xdg-open", []string{path}
}
