package vault

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"sidekeep/sync/pim"
)

// Hints for what a person can do about a vault that does not work.
const (
	hintFull       = "Free some space on the disk, then try again. Nothing that was stored is lost, and `sidekeep export --to FOLDER` on another disk works meanwhile."
	hintRescueFull = "Give a folder on a disk with more room: it takes a copy of the vault besides the files. The vault was left as it is."
	hintReadOnly   = "Give yourself write permission for the vault's folder, or choose another with --vault."
	hintCorrupt    = "Run `sidekeep rescue --to FOLDER`, which exports everything that can still be read, then `sidekeep rescue --anew`, which begins a new vault beside it. The damaged file is left as it is."
	hintCopy       = "To change something, give the vault's folder with --vault. What is in a copy can be listed, shown and exported."
	hintVerify     = "Run `sidekeep verify`, which names what is damaged. Earlier copies were left alone."
	hintForeign    = "Choose another folder with --vault; this file was left as it is."
	hintNewer      = "Update Sidekeep, or choose another folder with --vault. The vault was left as it is."
	hintLocked     = "Another program is using the vault. Close it, then try again."
	hintOpen       = "Check that the vault's folder exists and that you may read and write it."
)

// fail gives err its place and fault. nil stays nil, and an error that already
// has a fault keeps it.
func (v *Vault) fail(op string, err error) error {
	if err != nil && v.stands != nil {
		if moved := v.moved(op); moved != nil {
			return moved
		}
	}
	err = fault(op, v.path, err)
	var e *pim.Error
	if errors.As(err, &e) && e.Fault == pim.Storage && e.Reason == "corrupt" {
		v.damaged.Store(true)
	}
	return err
}

func fault(op, path string, err error) error {
	if err == nil {
		return nil
	}
	var known *pim.Error
	if errors.As(err, &known) {
		return err
	}
	e := &pim.Error{Fault: pim.Storage, Op: op, Where: path, Err: err}
	var se *sqlite.Error
	var syntax *json.SyntaxError // what is stored as JSON was right when it was written
	var kind *json.UnmarshalTypeError
	switch {
	case errors.Is(err, context.Canceled):
		e.Fault = pim.Stopped
	case errors.Is(err, context.DeadlineExceeded):
		e.Fault, e.Reason, e.Hint = pim.Busy, "locked", hintLocked
	case errors.Is(err, errTorn), errors.As(err, &syntax), errors.As(err, &kind):
		e.Reason, e.Hint = "corrupt", hintCorrupt
	case errors.As(err, &se):
		classify(e, se.Code())
		if mayBeDisk(err) {
			if disk := DiskFails(path); disk != nil {
				return DiskError(op, path, disk)
			}
		}
		if (e.Reason == ReasonDisk || e.Reason == "cannot-open") && noRoom(tryRoom(filepath.Dir(path))) {
			e.Reason, e.Hint = "full", hintFull
		}
	case noRoom(err):
		e.Reason, e.Hint = "full", hintFull
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		e.Reason, e.Hint = "read-only", hintReadOnly
	case IsDiskError(err):
		return DiskError(op, path, err)
	case errors.Is(err, fs.ErrNotExist):
		e.Reason, e.Hint = "missing", hintOpen
	default:
		var pe *fs.PathError
		if errors.As(err, &pe) {
			e.Hint = hintOpen
			break
		}
		e.Fault = pim.Internal
	}
	return e
}

// classify words SQLite's primary result codes (https://sqlite.org/rescode.html).
func classify(e *pim.Error, code int) {
	switch code & 0xff {
	case sqlite3.SQLITE_FULL:
		e.Reason, e.Hint = "full", hintFull
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		e.Reason, e.Hint = "read-only", hintReadOnly
	case sqlite3.SQLITE_CORRUPT:
		e.Reason, e.Hint = "corrupt", hintCorrupt
	case sqlite3.SQLITE_NOTADB:
		e.Reason, e.Hint = "foreign", hintForeign
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		e.Fault, e.Reason, e.Hint = pim.Busy, "locked", hintLocked
	case sqlite3.SQLITE_IOERR:
		e.Reason, e.Hint = ReasonDisk, hintDisk
	case sqlite3.SQLITE_CANTOPEN:
		e.Reason, e.Hint = "cannot-open", hintOpen
	case sqlite3.SQLITE_INTERRUPT:
		e.Fault = pim.Stopped
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_NOMEM:
		e.Fault = pim.Internal
	}
}

func invalid(op, where, hint string, err error) error {
	return &pim.Error{Fault: pim.Invalid, Op: op, Where: where, Hint: hint, Err: err}
}
