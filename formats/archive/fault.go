package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
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
		e.Fault, e.Err, e.Hint = pim.Invalid, worded{"a part of this path is a file", err}, "Choose another folder."
	case errors.Is(err, syscall.ENAMETOOLONG):
		e.Fault, e.Err, e.Hint = pim.Invalid, worded{"this name is too long", err}, "Choose a shorter name."
	default:
		e.Err = worded{fmt.Sprintf("the export could not be written to %s (%v)", where, cause(err)), err}
		e.Hint = "Choose another place, on a disk that you may write to."
	}
	return e
}

// worded is an error in words for a person, over the one it came from.
type worded struct {
	text string
	err  error
}

func (w worded) Error() string { return w.text }
func (w worded) Unwrap() error { return w.err }

// cause is the system's own word, without the call and the path.
func cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
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
