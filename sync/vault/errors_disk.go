package vault

import (
	"errors"
	"runtime"
	"slices"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"sidekeep/sync/pim"
)

// A disk that does not give what is on it, because it fails or was pulled out, says
// nothing about what is on it. SQLite takes a read that fails for damage of the file
// (SQLITE_IOERR_CORRUPTFS becomes SQLITE_CORRUPT), so the file is read again where
// it speaks of that, to see whether it can be.

// ReasonDisk is the Reason of an error about a disk that could not be read or
// written to, though the system has leave and room.
const ReasonDisk = "io"

const hintDisk = "Check the disk and its cable, then try again: the vault may well be whole. Only if it stays so, run `sidekeep rescue`, which saves what can still be read."

// Numbers of errors of a disk, or of what connects it. Ext4 says ENOMEM of what
// lies behind the end of a disk.
var (
	diskErrors = []syscall.Errno{syscall.EIO, syscall.ENXIO, syscall.ENODEV, syscall.ESTALE, syscall.ENOTCONN, syscall.EHOSTDOWN, syscall.ENOMEM}
	// EUCLEAN, EREMOTEIO, ENOMEDIUM
	diskErrorsLinux = []syscall.Errno{117, 121, 123}
	// ERROR_NOT_READY, _CRC, _SECTOR_NOT_FOUND, _READ_FAULT, _WRITE_FAULT, _GEN_FAILURE, _DEV_NOT_EXIST,
	// _BAD_NETPATH, _NETNAME_DELETED, _FILE_INVALID, _IO_DEVICE, _DEVICE_NOT_CONNECTED, _DEVICE_REMOVED
	diskErrorsWindows = []syscall.Errno{21, 23, 27, 30, 29, 31, 55, 53, 64, 1006, 1117, 1167, 1617}
)

// IsDiskError says of an error of the system that it is about the disk itself.
func IsDiskError(err error) bool {
	var no syscall.Errno
	if !errors.As(err, &no) {
		return false
	}
	switch runtime.GOOS {
	case "windows":
		return slices.Contains(diskErrorsWindows, no) || slices.Contains(diskErrors, no)
	case "linux":
		return slices.Contains(diskErrorsLinux, no) || slices.Contains(diskErrors, no)
	}
	return slices.Contains(diskErrors, no)
}

// DiskError is the error for a disk that could not be read or written to.
func DiskError(op, where string, err error) *pim.Error {
	return &pim.Error{Fault: pim.Storage, Op: op, Where: where, Reason: ReasonDisk, Hint: hintDisk, Err: err}
}

// mayBeDisk says of an error of SQLite that a disk that fails gives it too.
func mayBeDisk(err error) bool {
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return false
	}
	switch se.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL:
		return true
	}
	return false
}

// DiskFails reads a vault's file and its WAL, and gives the error of the disk where
// they can't be; nil where they can, or are not there.
func DiskFails(path string) error {
	part := make([]byte, aheadPart)
	for _, suffix := range []string{"", "-wal"} {
		f, done, err := openBeside(path + suffix)
		if err == nil {
			for err == nil {
				_, err = f.Read(part)
			}
			done()
		}
		if IsDiskError(err) {
			return err
		}
	}
	return nil
}
