package archive

import (
	"errors"
	"io/fs"
	"runtime"
	"syscall"

	"sidekeep/sync/pim"
)

// Fail makes a fault of what a file system answered.
func Fail(op, where string, err error) error {
	if err == nil {
		return nil
	}
	var known *pim.Error
	if errors.As(err, &known) {
		return err
	}
	e := &pim.Error{Fault: pim.Storage, Op: op, Where: where, Err: err}
	switch {
	case full(err):
		e.Reason, e.Hint = "full", "Free some space on that disk, or choose another one."
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		e.Reason, e.Hint = "permission", "Choose a folder that you may write to."
	case errors.Is(err, syscall.ENOTDIR):
		e.Fault, e.Hint = pim.Invalid, "A part of this path is a file. Choose another folder."
	case errors.Is(err, syscall.ENAMETOOLONG):
		e.Fault, e.Hint = pim.Invalid, "Choose a shorter name."
	}
	return e
}

// full says whether a disk or a quota is.
func full(err error) bool {
	var no syscall.Errno
	if runtime.GOOS == "windows" && errors.As(err, &no) && (no == 112 || no == 39) { // ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL
		return true
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// refuse is the answer where something stands that Sidekeep did not write.
func refuse(where, why string) error {
	return &pim.Error{
		Fault: pim.Invalid, Op: "export to", Where: where, Reason: "exists", Err: errors.New(why),
		Hint: "Choose another place, or allow overwriting (--force).",
	}
}
