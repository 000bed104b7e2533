//go:build !unix

package app

// ownUmask does nothing: this system has no umask.
func ownUmask() {}
