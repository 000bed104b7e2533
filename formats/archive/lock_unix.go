//go:build !windows

package archive

import (
	"os"
	"syscall"
)

// lock takes a lock that ends with the process, however it ends. Process numbers
// would not do: in containers they repeat.
func lock(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
