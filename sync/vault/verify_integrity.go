package vault

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"modernc.org/sqlite"
	"modernc.org/sqlite/vtab"
)

// SQLite's integrity_check looks at every page, at every index against its table,
// and, through FTS5, at the index of words. Here it runs on a connection that knows
// FTS5 only by name, so that SQLite leaves the index of words out: that is read
// otherwise, and FTS5 looks at it on another connection where it has to. Both are
// new: the check of FTS5 believes what a connection remembers of the index, though
// another has changed it since, and calls that damage.

// Page caches of the connections that read side by side, in KiB. They are one group
// here: a connection whose cache is full takes the page of the group that was used
// the longest ago, be it another's, and where all together have more than all of
// them may, none keeps a page for as long as from one row to the next. So there is
// room for that: a connection that reads nothing and may have much.
const (
	tableCache = 16 << 10 // indexes are looked up in the order of the table
	wordCache  = 4 << 10
	blobCache  = 1 << 10 // every page is read once
	roomCache  = 128 << 10
)

// cached opens a connection with a cache of some size. To close it, close both.
func cached(ctx context.Context, db *sql.DB, size int) (*sql.Conn, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, fmt.Sprintf(`PRAGMA cache_size = -%d`, size)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// makeRoom lets the caches of connections grow until the function that it gives is
// called.
func (c *checker) makeRoom(ctx context.Context) (func(), error) {
	db := openDB(c.v.readDSN, 1)
	conn, err := cached(ctx, db, roomCache)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return func() { _, _ = conn.Close(), db.Close() }, nil
}

// A file of up to maxAhead is read ahead, for of a larger one the system may have
// forgotten the first part when it is asked for. If samples of it came faster than
// any disk gives them, it is at hand.
const (
	maxAhead  = 1 << 30
	aheadPart = 256 << 10
	samples   = 16
	noDisk    = 100 * time.Microsecond
)

// readAhead reads a file from its beginning to its end, for the system to have it
// at hand: SQLite asks for one page at a time, and several connections do so in
// different places. What can't be read is for them to find.
func readAhead(ctx context.Context, path string) {
	f, done, err := openBeside(path)
	if err != nil {
		return
	}
	defer done()
	info, err := f.Stat()
	if err != nil || info.Size() > maxAhead {
		return
	}
	part := make([]byte, aheadPart)
	if atHand(f, info.Size(), part) {
		return
	}
	for err == nil && ctx.Err() == nil {
		_, err = f.Read(part)
	}
}

func atHand(f *os.File, size int64, part []byte) bool {
	for i := range int64(samples) {
		began := time.Now()
		_, err := f.ReadAt(part, size/samples*i)
		if err != nil && !errors.Is(err, io.EOF) || time.Since(began) > noDisk {
			return false
		}
	}
	return true
}

// tables asks SQLite about every page of the file, every index against its table,
// and the links of small tables.
func (c *checker) tables(ctx context.Context) error {
	if n := Missing(c.v.path); n > 0 {
		c.add(problemIntegrity, 0, fmt.Sprintf("the last %d bytes of the file are missing", n), c.v.path)
	}
	if err := c.pragma(ctx, sql.OpenDB(withoutFTS5(c.v.readDSN)), tableCache, `PRAGMA integrity_check(100)`); err != nil {
		return err
	}
	for _, table := range []string{"principals", "home_sets", "hosts", "collections", "runs", "owed", "held",
		"incidents", "incident_objects", "restores", "restore_steps", "restore_makes"} {
		n, err := c.orphans(ctx, table)
		if err != nil {
			return err
		}
		if n > 0 {
			c.add(problemIntegrity, 0, fmt.Sprintf("%d rows of the table %s belong to nothing", n, table), c.v.path)
		}
	}
	return nil
}

// searchIndex asks FTS5 about the index of words.
func (c *checker) searchIndex(ctx context.Context) error {
	return c.pragma(ctx, openDB(c.v.readDSN, 1), wordCache, `PRAGMA integrity_check(search)`)
}

// pragma asks on a connection of its own, and closes what it came from.
func (c *checker) pragma(ctx context.Context, db *sql.DB, cache int, query string) error {
	defer db.Close()
	conn, err := cached(ctx, db, cache)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		if text != "ok" {
			c.add(problemIntegrity, 0, "the structure of the file is damaged: "+clip(text, 300), c.v.path)
		}
	}
	return rows.Err()
}

func (c *checker) orphans(ctx context.Context, table string) (n int64, err error) {
	err = c.v.reader.QueryRowContext(ctx, `SELECT count(*) FROM pragma_foreign_key_check(?)`, table).Scan(&n)
	return n, err
}

// withoutFTS5 opens connections to a database on which FTS5 does nothing.
type withoutFTS5 string

var plainDriver = newPlainDriver()

func newPlainDriver() *sqlite.Driver {
	d := &sqlite.Driver{}
	if err := d.RegisterModule("fts5", noModule{}); err != nil { // only for a name that it has
		panic(err)
	}
	return d
}

// Connect makes the connection; it does not wait, so ctx does not matter.
func (dsn withoutFTS5) Connect(context.Context) (driver.Conn, error) {
	return plainDriver.Open(string(dsn))
}

// Driver is that of the connections.
func (withoutFTS5) Driver() driver.Driver { return plainDriver }

// noModule stands in for a module of virtual tables: there are such tables, and
// nothing can be asked of them.
type noModule struct{}

var errNoModule = errors.New("the index of words is not read here")

func (noModule) Create(vtab.Context, []string) (vtab.Table, error) { return nil, errNoModule }

func (noModule) Connect(c vtab.Context, _ []string) (vtab.Table, error) {
	return noTable{}, c.Declare(`CREATE TABLE x (words)`)
}

type noTable struct{}

func (noTable) BestIndex(*vtab.IndexInfo) error { return errNoModule }
func (noTable) Open() (vtab.Cursor, error)      { return nil, errNoModule }
func (noTable) Disconnect() error               { return nil }
func (noTable) Destroy() error                  { return errNoModule }
