//go:build unix

package service

import (
	"os"
	"path/filepath"
	"syscall"
)

// mountOf is where the disk that a folder is on is mounted, or "" where that can't
// be told: the highest folder above it that is on the same device.
func mountOf(folder string) string {
	at := resolved(folder)
	dev, ok := deviceOf(at)
	if !ok {
		return ""
	}
	for {
		above := filepath.Dir(at)
		other, ok := deviceOf(above)
		if above == at || !ok || other != dev {
			return at
		}
		at = above
	}
}

// isMount says that something is mounted at a folder: it is on another device than
// the folder above it.
func isMount(folder string) bool {
	dev, ok := deviceOf(folder)
	above := filepath.Dir(folder)
	if !ok || above == folder {
		return ok
	}
	other, ok := deviceOf(above)
	return ok && dev != other
}

func deviceOf(path string) (uint64, bool) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return uint64(st.Dev), true // of another type on some systems
}
