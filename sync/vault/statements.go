package vault

import (
	"context"
	"database/sql"
	"strings"
)

// table is one that Put adds rows to, many with one statement: a statement of
// its own for each row costs more than the row.
type table int

const (
	intoBlobs table = iota
	intoResources
	intoRevisions
	intoSummaries
	intoSearch
	tables
)

// A statement that fails is the end of its transaction, so that none need be able
// to undo a part of itself; with OR FAIL SQLite does not prepare for it. The words
// go in one by one because FTS5 writes out all it has gathered wherever a
// statement could be undone by half.
var inserts = [tables]struct {
	head, tail string
	row        string
}{
	intoBlobs:     {head: `INSERT OR FAIL INTO blobs (id, sha256, summary, body, digest) VALUES `, row: `(?,?,?,?,?)`},
	intoResources: {head: `INSERT INTO resources (id, collection, href, key, blob, head, revisions) VALUES `, row: `(?,?,?,?,?,?,1)`, tail: ` ON CONFLICT DO NOTHING`},
	intoRevisions: {head: `INSERT INTO revisions (id, resource, run, blob, seen_at, via, altered, etag) VALUES `, row: `(?,?,?,?,?,?,?,?)`},
	intoSummaries: {head: `INSERT INTO summaries (resource, collection, class, ord, begins, until) VALUES `, row: `(?,?,?,?,?,?)`},
	intoSearch:    {head: `INSERT INTO search (rowid, words) VALUES `, row: `(?,?)`},
}

// strides are how many rows the statements of a table add, largest first.
var strides = [...]int{64, 8, 1}

// statement names one of those that Put uses.
type statement int

const (
	findResource statement = iota
	findBlobs
	setHead
	setHref
	setETag
	setSummary
	setWords
	dropHeld
	dropOwed
	firstAdd      // from here on those that add rows, by table and stride
	allStatements = firstAdd + statement(tables)*statement(len(strides))
)

// lookups are how many blobs one statement looks for.
const lookups = 64

var queries = [firstAdd]string{
	findResource: `SELECT r.id, r.href, coalesce(r.etag, v.etag), r.blob FROM resources r
		LEFT JOIN revisions v ON v.id = r.head WHERE r.collection = ? AND coalesce(r.key, r.href) = ?`,
	findBlobs: `SELECT id, sha256 FROM blobs WHERE substr(sha256, 1, 8) IN (?` + strings.Repeat(`,?`, lookups-1) + `)`,
	setHead:   `UPDATE resources SET etag = NULL, blob = ?2, head = ?3, revisions = revisions + 1 WHERE id = ?1`,
	setHref:   `UPDATE resources SET href = ?2, key = ?3 WHERE id = ?1`, // apart: it costs a trigger and an index
	setETag:   `UPDATE resources SET etag = ?2 WHERE id = ?1`,
	setSummary: `INSERT INTO summaries (resource, collection, class, ord, begins, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
		ON CONFLICT (resource) DO UPDATE SET class = ?3, ord = ?4, begins = ?5, until = ?6`,
	setWords: `INSERT OR REPLACE INTO search (rowid, words) VALUES (?, ?)`,
	dropHeld: `DELETE FROM held WHERE resource = ?`,
	dropOwed: `DELETE FROM owed WHERE collection = ? AND key = ?`,
}

// statements are prepared once on the writer's one connection.
type statements [allStatements]*sql.Stmt

func prepareStatements(ctx context.Context, db *sql.DB) (*statements, error) {
	s := &statements{}
	for i := range s {
		var query string
		if n := i - int(firstAdd); n < 0 {
			query = queries[i]
		} else {
			x, rows := inserts[n/len(strides)], strides[n%len(strides)]
			query = x.head + strings.Repeat(x.row+",", rows-1) + x.row + x.tail
		}
		var err error
		if s[i], err = db.PrepareContext(ctx, query); err != nil {
			return s, err
		}
	}
	return s, nil
}

// in binds the statements to a transaction.
func (s *statements) in(ctx context.Context, tx *sql.Tx) *statements {
	out := &statements{}
	for i, x := range s {
		out[i] = tx.StmtContext(ctx, x)
	}
	return out
}

func (s *statements) close() {
	for _, x := range s {
		if x != nil {
			_ = x.Close() // what it held goes with the connection
		}
	}
}

// add adds rows, whose columns stand one after the other in args, and says how
// many were not there already.
func (b *batch) add(into table, args []any) (added int64, err error) {
	columns := strings.Count(inserts[into].row, "?")
	for i, rows := range strides {
		if rows > 1 && into == intoSearch {
			continue
		}
		for n := rows * columns; len(args) >= n; args = args[n:] {
			if err := b.ctx.Err(); err != nil {
				return added, err
			}
			res, err := b.st[int(firstAdd)+int(into)*len(strides)+i].ExecContext(b.quiet, args[:n]...)
			if err != nil {
				return added, err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return added, err
			}
			added += n
		}
	}
	return added, nil
}
