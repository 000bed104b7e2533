package vault

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	"modernc.org/sqlite/vtab"
)

// SQLite's integrity_check looks at every page, at every index against its table,
// and, through FTS5, at the index of words, one after the other on one core. Here
// two connections share it: one knows FTS5 only by name, so that SQLite leaves the
// index of words out, and the other looks at nothing else. Both are new: the
// check of FTS5 believes what a connection remembers of the index, though another
// has changed it since, and calls that damage.

// checkCache is the page cache of a checking connection, in KiB: indexes are
// looked up in the order of the table.
const checkCache = 32 << 10

// tables asks SQLite about every page of the file, every index against its table,
// and the links of small tables.
func (c *checker) tables(ctx context.Context) error {
	if n := Missing(c.v.path); n > 0 {
		c.add(problemIntegrity, 0, fmt.Sprintf("the last %d bytes of the file are missing", n), c.v.path)
	}
	if err := c.pragma(ctx, sql.OpenDB(withoutFTS5(c.v.readDSN)), `PRAGMA integrity_check(100)`); err != nil {
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
	return c.pragma(ctx, openDB(c.v.readDSN, 1), `PRAGMA integrity_check(search)`)
}

// pragma asks on a connection of its own, which it closes.
func (c *checker) pragma(ctx context.Context, db *sql.DB, query string) error {
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, fmt.Sprintf(`PRAGMA cache_size = -%d`, checkCache)); err != nil {
		return err
	}
	rows, err := db.QueryContext(ctx, query)
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
