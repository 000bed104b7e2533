//go:build unix

package app

import "syscall"

// ownUmask sees that an odd umask doesn't take files away from their owner:
// what is not for others is said file by file.
func ownUmask() {
	old := syscall.Umask(0o077)
	syscall.Umask(old &^ 0o700)
}
