package vault

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/sqlite/vfs"

	"sidekeep/sync/pim"
)

// File names in the vault's folder.
const (
	fileName = "vault.db"
	lockName = "writer.lock"
	whoName  = "writer.json"
)

// Options say how a vault is opened.
type Options struct {
	Now        func() time.Time // nil: time.Now
	ReadOnly   bool             // never write; works on a folder that cannot be written
	AppVersion string           // noted in the vault as the last to write it
	// Describe lets a search among old states look into their notes, as that in
	// the current view does; nil: it looks at what lists show.
	Describe func(pim.Kind, []byte) pim.Summary
}

// Vault is one person's store. It is safe for concurrent use.
type Vault struct {
	dir, path string
	now       func() time.Time
	readOnly  bool
	isFile    bool                               // opened as one file, by OpenFile
	digests   bool                               // its blobs have them: only a vault that is read may be older
	describe  func(pim.Kind, []byte) pim.Summary // may be nil

	writer  *sql.DB // nil when read-only
	reader  *sql.DB
	readDSN string      // with which reader was opened
	stands  *still      // its files, where it is read as it stands; else nil
	noRoom  bool        // that is for want of room
	through *vfs.FS     // through which it is read then; may be nil
	st      *statements // prepared on the writer's one connection

	// damaged is set for good when SQLite met damage: nothing is written any more,
	// and what stands in the WAL is not brought into the file.
	damaged atomic.Bool

	past pastCache // of lists of the past

	unlocked func() // SQLite has the file no more

	watchMu sync.Mutex
	watch   *sql.Conn // asks for data_version, which is relative to a connection
}

// Open opens the vault in dir, and makes it where there is none. The folder it
// makes is 0700, the file 0600. Errors are *pim.Error: Storage with Reason
// "newer" (a newer Sidekeep wrote it), "foreign" (not a vault), "corrupt",
// "read-only", "full", "missing" or "cannot-open"; Busy when another program
// keeps it locked.
func Open(ctx context.Context, dir string, o Options) (*Vault, error) {
	const op = "open vault"
	v := &Vault{dir: dir, path: filepath.Join(dir, fileName), now: o.Now, readOnly: o.ReadOnly, describe: o.Describe}
	if v.now == nil {
		v.now = time.Now
	}
	fresh, err := v.prepareFiles()
	if err != nil {
		return nil, fault(op, v.path, err)
	}
	if !fresh {
		if err := checkMagic(v.path); err != nil {
			return nil, fault(op, v.path, err)
		}
	}
	v.unlocked = keepLocks(v.path)
	if err := v.openHandles(ctx, fresh, o.AppVersion); err != nil {
		return nil, errors.Join(fault(op, v.path, err), v.Close())
	}
	return v, nil
}

func (v *Vault) openHandles(ctx context.Context, fresh bool, version string) error {
	if !v.readOnly {
		if err := tryRoom(v.dir); err != nil {
			return err
		}
	}
	shared, _ := os.Stat(v.path + "-shm")
	v.readDSN = v.readerDSN()
	v.reader = openDB(v.readDSN, 4)
	if !fresh {
		err := v.checkSchema(ctx)
		switch {
		case err != nil && v.readOnly:
			err = v.openAsItStands(ctx, err)
		case v.readOnly && shared != nil && shared.Size() > 0:
			v.noRoom = noRoom(tryRoom(v.dir)) // it has the place that it needs from before
		}
		if err != nil {
			return err
		}
	}
	if v.readOnly {
		return nil
	}
	// The driver runs _pragma in alphabetical order and _journal_mode after
	// them all; the page size has no effect once the file is in WAL mode.
	v.writer = openDB(dsn(v.path, url.Values{
		"_txlock":       {"immediate"},
		"_journal_mode": {"WAL"},
		"_pragma": {"busy_timeout(10000)", "page_size(8192)", "synchronous(FULL)", "foreign_keys(1)",
			"cache_size(-8192)", "journal_size_limit(33554432)", "temp_store(MEMORY)", "trusted_schema(0)"},
	}), 1)
	if err := v.migrate(ctx, fresh, version); err != nil {
		return err
	}
	v.tidyModes()
	var err error
	v.st, err = prepareStatements(ctx, v.writer)
	return err
}

// prepareFiles makes the folder and an empty file with the right modes (SQLite
// gives its -wal and -shm the mode of the file), and says whether it is new.
func (v *Vault) prepareFiles() (fresh bool, err error) {
	info, err := os.Stat(v.path)
	switch {
	case err == nil && info.IsDir():
		return false, &pim.Error{Fault: pim.Storage, Op: "open vault", Where: v.path, Reason: "foreign",
			Hint: hintForeign, Err: errors.New("it is a folder")}
	case err == nil:
		return info.Size() == 0 && !v.readOnly, nil
	case v.readOnly || !errors.Is(err, os.ErrNotExist):
		return false, err
	}
	if err := os.MkdirAll(v.dir, 0o700); err != nil {
		return false, err
	}
	if names, err := os.ReadDir(v.dir); err == nil && len(names) == 0 {
		_ = os.Chmod(v.dir, 0o700) // ours alone; a folder with other things in it keeps its mode
	}
	f, err := os.OpenFile(v.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return false, err
	}
	return true, f.Close()
}

// tidyModes takes back permissions that a copy or an old umask left. A failure
// is not worth refusing the vault for: the owner may be another.
func (v *Vault) tidyModes() {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if info, err := os.Stat(v.path + suffix); err == nil && info.Mode().Perm()&0o077 != 0 {
			_ = os.Chmod(v.path+suffix, 0o600)
		}
	}
}

// checkMagic refuses what is not a database before SQLite opens it
// (https://sqlite.org/fileformat2.html section 1.2).
func checkMagic(path string) error {
	f, done, err := openBeside(path)
	if err != nil {
		return err
	}
	defer done()
	head := make([]byte, 16)
	_, err = io.ReadFull(f, head)
	if IsDiskError(err) {
		return err
	}
	if err != nil || string(head) != "SQLite format 3\x00" {
		return notOurs(path, "it is not a database")
	}
	return nil
}

func notOurs(path, why string) error {
	return &pim.Error{Fault: pim.Storage, Op: "open vault", Where: path, Reason: "foreign",
		Hint: hintForeign, Err: errors.New("this is not a Sidekeep vault: " + why)}
}

// readerDSN opens for reading only. A folder that cannot be written has no
// place for the shared memory of WAL; without a WAL the file can't change
// either and is read as immutable.
func (v *Vault) readerDSN() string {
	q := url.Values{"mode": {"ro"},
		"_pragma": {"busy_timeout(10000)", "query_only(1)", "cache_size(-4096)", "trusted_schema(0)"}}
	if v.readOnly {
		info, err := os.Stat(v.path + "-wal")
		if (err != nil || info.Size() == 0) && tryWrite(v.dir) != nil {
			q.Set("immutable", "1")
		}
	}
	return dsn(v.path, q)
}

// tryWrite says why a file can't be made in a folder: SQLite would only say
// that it could not open one.
func tryWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".sidekeep-*")
	if err != nil {
		return err
	}
	name := f.Name()
	return errors.Join(f.Close(), os.Remove(name))
}

func dsn(path string, q url.Values) string {
	p := filepath.ToSlash(path)
	if runtime.GOOS == "windows" && !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	return "file:" + (&url.URL{Path: p}).EscapedPath() + "?" + q.Encode()
}

func openDB(dsn string, conns int) *sql.DB {
	db, err := sql.Open("sqlite", dsn)
	if err != nil { // only for a driver that is not registered
		panic(err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db
}

// Close ends all use of the vault. Runs that are open stay unfinished.
func (v *Vault) Close() error {
	var errs []error
	v.watchMu.Lock()
	if v.watch != nil {
		errs = append(errs, v.watch.Close())
		v.watch = nil
	}
	v.watchMu.Unlock()
	handles := []*sql.DB{v.reader, v.writer}
	if v.st != nil {
		v.st.close()
	}
	if v.damaged.Load() {
		// The last connection brings the WAL into the file, unless it can't write.
		slices.Reverse(handles)
	}
	for _, db := range handles {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if v.through != nil {
		errs = append(errs, v.through.Close())
		v.through = nil
	}
	if v.unlocked != nil {
		v.unlocked()
	}
	return v.fail("close vault", errors.Join(append(errs, v.moved("close vault"))...))
}

// Freeze makes sure that nothing is written any more to a vault that was found
// damaged, not even what stands in its WAL.
func (v *Vault) Freeze() { v.damaged.Store(true) }

// IsDatabase says whether a file begins as SQLite's do.
func IsDatabase(path string) bool { return checkMagic(path) == nil }

// Path is the vault's file.
func (v *Vault) Path() string { return v.path }

// write runs f in one transaction that holds the write lock from its start.
func (v *Vault) write(ctx context.Context, op string, f func(ctx context.Context, tx *sql.Tx) error) error {
	if v.damaged.Load() {
		return &pim.Error{Fault: pim.Storage, Op: op, Where: v.path, Reason: "corrupt", Hint: hintCorrupt,
			Err: errors.New("the vault is damaged; nothing is written to it any more")}
	}
	if v.writer == nil {
		return v.readOnlyError(op)
	}
	tx, err := v.writer.BeginTx(ctx, nil)
	if err != nil {
		return v.fail(op, err)
	}
	// The statements get a context that can't end: watching for its end costs a
	// goroutine each. The transaction itself still ends with ctx.
	if err := f(context.WithoutCancel(ctx), tx); err != nil {
		_ = tx.Rollback()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return v.fail(op, err)
	}
	return v.fail(op, tx.Commit())
}

func (v *Vault) readOnlyError(op string) error {
	e := &pim.Error{Fault: pim.Storage, Op: op, Where: v.path, Reason: "read-only", Hint: hintReadOnly,
		Err: errors.New("the vault was opened for reading only")}
	if v.isFile {
		e.Fault, e.Reason, e.Hint = pim.Invalid, "copy", hintCopy
		e.Err = errors.New("this is a copy of a vault, opened for reading only")
	}
	return e
}

func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

func fromMillis(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}

func (v *Vault) stamp() int64 { return v.now().UnixMilli() }
