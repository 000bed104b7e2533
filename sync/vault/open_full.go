package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"modernc.org/sqlite/vfs"

	"sidekeep/sync/pim"
)

// A vault is read where nothing can be written beside it: its folder may not be
// written to, or its disk has no room. SQLite then has no place for the shared
// memory of the WAL, without which it reads neither. Nobody else can be writing
// there either, or that memory would be there, so the file is read as it stands:
// as immutable where the WAL has nothing, and otherwise through the WAL, whose last
// transactions are not in the file yet. Should a program write all the same, as
// when there is room again, then what was read may be of two moments: that is an
// error, and not taken for damage.

// room is what has to fit on a vault's disk to open it for writing: the shared
// memory of a WAL, twice.
const room = 64 << 10

// tryRoom says why nothing can be written in a folder, be it for want of room.
func tryRoom(dir string) error {
	f, err := os.CreateTemp(dir, ".sidekeep-*")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, room))
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

// noRoom says that a disk, a quota or the largest size of a file is used up.
func noRoom(err error) bool {
	var no syscall.Errno
	if runtime.GOOS == "windows" && errors.As(err, &no) && (no == 112 || no == 39) { // ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL
		return true
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// still is what shows that files were not written to.
type still struct{ file, wal written }

type written struct {
	size     int64
	modified time.Time
}

func stillOf(path string) still {
	one := func(path string) written {
		info, err := os.Stat(path)
		if err != nil || info.Size() == 0 {
			return written{} // an empty WAL says what none says
		}
		return written{info.Size(), info.ModTime()}
	}
	return still{one(path), one(path + "-wal")}
}

// NoRoom says that this vault was opened for reading, and that its disk was found
// full then.
func (v *Vault) NoRoom() bool { return v.noRoom }

// IsFull says that the vault's disk is full now: it tries.
func (v *Vault) IsFull() bool { return v.noRoom || !v.isFile && noRoom(tryRoom(v.dir)) }

// openAsItStands opens the vault for reading, after failed, where nothing can be
// written beside it.
func (v *Vault) openAsItStands(ctx context.Context, failed error) error {
	var known *pim.Error
	if errors.As(failed, &known) || ctx.Err() != nil {
		return failed // it was read
	}
	why := tryRoom(v.dir)
	if why == nil {
		return failed
	}
	stands := stillOf(v.path)
	wal, err := readWAL(v.path + "-wal")
	if err != nil {
		return err
	}
	q := url.Values{"mode": {"ro"}, "immutable": {"1"},
		"_pragma": {"query_only(1)", "cache_size(-4096)", "trusted_schema(0)", "temp_store(MEMORY)"}}
	where := v.path
	if wal.pages > 0 {
		var name string
		if name, v.through, err = vfs.New(through{v.path, wal}); err != nil {
			return err
		}
		q.Set("vfs", name)
		where = fileName
	}
	err = v.reader.Close()
	v.readDSN = dsn(where, q)
	v.reader = openDB(v.readDSN, 4)
	v.stands, v.noRoom = &stands, noRoom(why)
	return errors.Join(err, v.checkSchema(ctx))
}

// moved is the error where the files of a vault that is read as it stands were
// written to meanwhile; nil where they were not.
func (v *Vault) moved(op string) error {
	if v.stands == nil || *v.stands == stillOf(v.path) {
		return nil
	}
	return &pim.Error{Fault: pim.Busy, Op: op, Where: v.path, Reason: "locked",
		Hint: "Run it again: what was read may be of two moments.",
		Err:  errors.New("the vault was written to while it was read on a disk that had no room")}
}

// plainFiles names SQLite's own file system, for a file that is made from one that
// is read through its WAL.
func plainFiles() string {
	if runtime.GOOS == "windows" {
		return "win32"
	}
	return "unix"
}

// through is a file system with one file: the vault with the transactions of its
// WAL in it.
type through struct {
	path string
	wal  walIndex
}

func (t through) Open(name string) (fs.File, error) {
	if filepath.Base(name) != fileName {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	file, done, err := openBeside(t.path)
	if err != nil {
		return nil, err
	}
	wal, err := os.Open(t.path + "-wal")
	if err != nil {
		done()
		return nil, err
	}
	return &throughFile{file: file, done: done, log: wal, wal: t.wal}, nil
}

type throughFile struct {
	file, log *os.File
	done      func() // with file
	wal       walIndex
	at        int64
}

func (f *throughFile) Close() error {
	f.done()
	return f.log.Close()
}

func (f *throughFile) size() int64 { return f.wal.pages * f.wal.page }

// Stat is that of the file, with the size that it has by its WAL.
func (f *throughFile) Stat() (fs.FileInfo, error) {
	info, err := f.file.Stat()
	return sized{info, f.size()}, err
}

type sized struct {
	fs.FileInfo
	size int64
}

func (s sized) Size() int64 { return s.size }

func (f *throughFile) Seek(offset int64, whence int) (int64, error) {
	if whence != io.SeekStart {
		return 0, fmt.Errorf("seek from %d", whence) // SQLite does not
	}
	f.at = offset
	return offset, nil
}

// Read gives a page, or a part of one, as the last transaction left it. The header
// says there that the file has no WAL (https://sqlite.org/fileformat2.html section
// 1.3.3): SQLite is not to look for one.
func (f *throughFile) Read(p []byte) (int, error) {
	if f.at >= f.size() {
		return 0, io.EOF
	}
	page, within := f.at/f.wal.page+1, f.at%f.wal.page
	p = p[:min(int64(len(p)), f.wal.page-within)]
	var n int
	var err error
	if at, ok := f.wal.at[page]; ok {
		n, err = f.log.ReadAt(p, at+within)
	} else {
		n, err = f.file.ReadAt(p, f.at)
	}
	for i := max(18, f.at); i < min(20, f.at+int64(n)); i++ {
		p[i-f.at] = 1
	}
	f.at += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}
