package vault

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"sidekeep/sync/pim"
)

// A copy is one file, sidekeep-YYYYMMDD-HHMMSS.db (UTC), which needs nothing
// beside it. VACUUM INTO makes it, and not the online backup interface, because
// it reads one moment of the vault in one read transaction while a mirror goes on
// writing (a backup that is stepped begins anew with every write of another
// process), because it reads and rebuilds every table, so that damage shows
// instead of being copied page by page, and because nothing that was forgotten or
// freed comes along. The copy is not in WAL mode: to read it makes no file.
const (
	copyPrefix = "sidekeep-"
	copySuffix = ".db"
	copyStamp  = "20060102-150405"
	copyMark   = "copy" // in meta: what makes a file one of ours
)

// ReasonNoFolder is the Reason of an error about a folder for copies that is not
// there, as when a disk is not plugged in.
const ReasonNoFolder = "no-folder"

const (
	hintCopyFolder = "Plug in the disk, or make the folder, or choose another with `sidekeep copy --to FOLDER`."
	hintCopyDisk   = "Check the disk of the copies and its cable, or choose another folder. The vault is as it was."
	hintBadCopy    = "The vault itself is whole. Check the disk of the copies, or choose another folder. Earlier copies were left alone."
	hintCopyFull   = "Free some space on the disk of the copies, or choose another folder. Earlier copies were left alone."
)

func reasonOf(err error) string {
	var e *pim.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

// mark is what a copy says of itself.
type mark struct {
	Vault string    `json:"vault"`
	At    time.Time `json:"at"`
}

// Copied is a copy that was made.
type Copied struct {
	Path    string
	Bytes   int64
	Checked Verified
}

// Copy writes a copy of the vault into a folder that is there, opens it again and
// verifies it as Verify does but for lists and search. Only a copy without a
// problem gets its name; otherwise nothing is left and the error is Storage with
// Reason "corrupt". What copies left there that were cut short is removed first. id
// names the vault, so that Rotate knows its own copies. A mirror may write meanwhile.
//
// Other errors are Storage: Reason ReasonNoFolder for a folder that is not there,
// ReasonDisk for the disk of the vault or of the folder, "full", "read-only"; and
// Stopped.
func (v *Vault) Copy(ctx context.Context, folder, id string, progress func(done, total int64)) (Copied, error) {
	const op = "copy vault"
	info, err := os.Stat(folder)
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: folder, Err: errors.New("it is not a folder")}
	}
	if err != nil {
		return Copied{}, copyFault(op, folder, err)
	}
	at := v.now().UTC().Truncate(time.Second)
	name, err := freeName(folder, at)
	if err != nil {
		return Copied{}, copyFault(op, folder, err)
	}
	sweepCopies(folder, v.now())
	file, err := os.CreateTemp(folder, temp(copyTemp))
	if err != nil {
		return Copied{}, copyFault(op, folder, err)
	}
	path := file.Name()
	defer removeCopy(path)
	if err := file.Close(); err != nil {
		return Copied{}, copyFault(op, folder, err)
	}
	if err := v.vacuumInto(ctx, path); err != nil {
		return Copied{}, v.copyFailed(op, path, err)
	}
	if err := putMark(ctx, path, mark{id, at}); err != nil {
		return Copied{}, v.copyFailed(op, path, err)
	}
	out := Copied{Path: name}
	if out.Checked, err = verifyCopy(ctx, path, progress); err != nil {
		return Copied{}, v.copyFailed(op, path, err)
	}
	if len(out.Checked.Problems) > 0 {
		return Copied{}, v.badCopy(ctx, folder, out.Checked.Problems)
	}
	if out.Bytes, err = settle(path, name); err != nil {
		return Copied{}, copyFault(op, folder, err)
	}
	return out, nil
}

// badCopy words what is wrong with a copy: the vault itself, which is looked through
// for that, or the disk of the copies.
func (v *Vault) badCopy(ctx context.Context, folder string, found []Finding) error {
	e := &pim.Error{Fault: pim.Storage, Op: "copy vault", Where: v.path, Reason: "corrupt", Hint: hintVerify,
		Err: fmt.Errorf("the copy did not pass its check (%d problems, the first: %s, %s); it was not kept", len(found), found[0].What, found[0].Where)}
	own, err := v.Verify(ctx, Check{})
	switch {
	case err != nil && !isDamage(err):
		return v.fail("copy vault", err)
	case err == nil && len(own.Problems) == 0:
		e.Where, e.Reason, e.Hint = folder, "bad-copy", hintBadCopy
	default:
		v.damaged.Store(true)
	}
	return e
}

// copyFailed blames the vault, or its disk, for what is wrong with it, and the folder
// of the copy for everything else.
func (v *Vault) copyFailed(op, path string, err error) error {
	folder := filepath.Dir(path)
	if isDamage(err) || mayBeDisk(err) || reasonOf(err) == ReasonDisk {
		if disk := DiskFails(v.path); disk != nil {
			return DiskError(op, v.path, disk)
		}
		if disk := DiskFails(path); disk != nil {
			return copyFault(op, folder, disk)
		}
	}
	if isDamage(err) {
		v.damaged.Store(true)
		return &pim.Error{Fault: pim.Storage, Op: op, Where: v.path, Reason: "corrupt", Hint: hintCorrupt, Err: err}
	}
	return copyFault(op, folder, err)
}

func copyFault(op, folder string, err error) error {
	err = fault(op, folder, err)
	var e *pim.Error
	if errors.As(err, &e) && e.Fault == pim.Storage {
		switch e.Reason {
		case "missing":
			e.Reason, e.Hint = ReasonNoFolder, hintCopyFolder
			e.Err = fmt.Errorf("the folder %s is not there", folder)
		case "cannot-open", "not-a-folder", "":
			e.Hint = hintCopyFolder
		case ReasonDisk:
			e.Where, e.Hint = folder, hintCopyDisk
		case "full":
			e.Hint = hintCopyFull
		}
	}
	return err
}

// vacuumInto writes the vault as it is at this moment into a file that is empty.
func (v *Vault) vacuumInto(ctx context.Context, path string) error {
	db := openDB(v.readDSN, 1) // of its own: the readers' may not write
	defer db.Close()
	if _, err := db.ExecContext(ctx, `PRAGMA query_only = 0`); err != nil {
		return err
	}
	_, err := db.ExecContext(ctx, `VACUUM INTO ?`, dsn(path, url.Values{"vfs": {plainFiles()}}))
	return err
}

// putMark says in a copy that it is one.
func putMark(ctx context.Context, path string, m mark) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	db := openDB(dsn(path, url.Values{"_pragma": {"journal_mode(MEMORY)", "synchronous(FULL)", "trusted_schema(0)"}}), 1)
	_, err = db.ExecContext(ctx, `INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2`, copyMark, string(text))
	return errors.Join(err, db.Close())
}

// verifyCopy opens a copy and reads all of it.
func verifyCopy(ctx context.Context, path string, progress func(done, total int64)) (Verified, error) {
	c, err := OpenFile(ctx, path, Options{})
	if err != nil {
		return Verified{}, err
	}
	out, err := c.Verify(ctx, Check{Progress: progress})
	return out, errors.Join(err, c.Close())
}

// settle gives a finished file its name: on the disk, and only then under it.
func settle(temp, name string) (size int64, err error) {
	f, err := os.OpenFile(temp, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	err = errors.Join(f.Chmod(0o600), f.Sync())
	if info, e := f.Stat(); e == nil {
		size = info.Size()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	if err := os.Rename(temp, name); err != nil {
		return 0, err
	}
	syncFolder(filepath.Dir(name))
	return size, nil
}

// syncFolder makes a new name last. Not every file system can.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// freeName gives a copy the name of its time, or of the next second that is free.
func freeName(folder string, at time.Time) (string, error) {
	for range 60 {
		name := filepath.Join(folder, copyPrefix+at.Format(copyStamp)+copySuffix)
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name, nil
		} else if err != nil {
			return "", err
		}
		at = at.Add(time.Second)
	}
	return "", errors.New("the names of this minute are taken")
}

// OpenFile opens one file that holds a vault, such as a copy, for reading only,
// and leaves no trace: no file beside it, no new time of change. It must not be
// in use: a file with a WAL that holds something is Invalid with Reason "in-use".
// Other errors are those of Open.
func OpenFile(ctx context.Context, path string, o Options) (*Vault, error) {
	const op = "open vault"
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return nil, &pim.Error{Fault: pim.Invalid, Op: op, Where: path, Reason: "in-use",
			Hint: "Give the vault's folder, not its file.",
			Err:  errors.New("this is a vault in use, not a copy of one: a part of it stands beside it")}
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		if err == nil {
			err = notOurs(path, "it is no file")
		}
		return nil, fault(op, path, err)
	}
	if err := checkMagic(path); err != nil {
		return nil, fault(op, path, err)
	}
	v := &Vault{dir: filepath.Dir(path), path: path, now: o.Now, readOnly: true, isFile: true, describe: o.Describe}
	if v.now == nil {
		v.now = time.Now
	}
	v.readDSN = dsn(path, url.Values{"mode": {"ro"}, "immutable": {"1"},
		"_pragma": {"query_only(1)", "cache_size(-4096)", "trusted_schema(0)", "temp_store(MEMORY)"}})
	v.reader = openDB(v.readDSN, 4)
	if err := v.checkSchema(ctx); err != nil {
		return nil, errors.Join(fault(op, path, err), v.Close())
	}
	return v, nil
}

// readMark says of which vault a file is a copy, and when it was made.
func readMark(ctx context.Context, path string) (mark, error) {
	c, err := OpenFile(ctx, path, Options{})
	if err != nil {
		return mark{}, err
	}
	defer c.Close()
	var text string
	err = c.reader.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = ?`, copyMark).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return mark{}, nil
	}
	var m mark
	if err == nil {
		err = json.Unmarshal([]byte(text), &m)
	}
	return m, err
}
