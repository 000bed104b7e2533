//go:build !windows

package archive

import (
	"errors"
	"syscall"
)

// alive says whether a process of that number runs.
func alive(pid int) bool {
	if pid <= 0 {
		return false
	}
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
