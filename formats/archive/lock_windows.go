package archive

import (
	"os"
	"syscall"
	"unsafe"
)

var lockFileEx = syscall.NewLazyDLL("kernel32.dll").NewProc("LockFileEx")

// lock takes a lock that ends with the process, however it ends.
func lock(f *os.File) bool {
	const exclusive, failNow = 2, 1
	var o syscall.Overlapped
	ok, _, _ := lockFileEx.Call(f.Fd(), exclusive|failNow, 0, 1, 0, uintptr(unsafe.Pointer(&o)))
	return ok != 0
}
