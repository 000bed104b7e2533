//go:build !unix

package service

import (
	"os"
	"path/filepath"
)

// mountOf is the root of the volume that a folder is on.
func mountOf(folder string) string {
	if v := filepath.VolumeName(folder); v != "" {
		return v + string(filepath.Separator)
	}
	return ""
}

// isMount says that a volume is there. What is mounted in a folder is not known.
func isMount(folder string) bool {
	_, err := os.Stat(folder)
	return err == nil
}
