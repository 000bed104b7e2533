package vault

import (
	"context"
	"database/sql"
	"errors"

	"sidekeep/sync/pim"
)

// statements are those of Put, prepared once on the writer's one connection.
type statements struct {
	find, findBlob, addBlob, addResource, setHead, setHref, setETag, addRevision *sql.Stmt
	addSummary, addWords, dropHeld, dropOwed                                     *sql.Stmt
}

func (s *statements) each(f func(dst **sql.Stmt, query string) error) error {
	for _, p := range []struct {
		dst   **sql.Stmt
		query string
	}{
		{&s.find, `SELECT r.id, r.href, coalesce(r.etag, v.etag), r.blob, b.sha256 FROM resources r
			LEFT JOIN revisions v ON v.id = r.head LEFT JOIN blobs b ON b.id = r.blob
			WHERE r.collection = ? AND coalesce(r.key, r.href) = ?`},
		{&s.findBlob, `SELECT id FROM blobs WHERE substr(sha256, 1, 8) = ?1 AND sha256 = ?2`},
		{&s.addBlob, `INSERT INTO blobs (sha256, summary, body) VALUES (?, ?, ?)`},
		{&s.addResource, `INSERT INTO resources (collection, href, key, revisions) VALUES (?, ?, ?, 0)`},
		{&s.setHead, `UPDATE resources SET etag = NULL, blob = ?2, head = ?3, revisions = revisions + 1 WHERE id = ?1`},
		{&s.setHref, `UPDATE resources SET href = ?2, key = ?3 WHERE id = ?1`}, // apart: it costs a trigger and an index
		{&s.setETag, `UPDATE resources SET etag = ?2 WHERE id = ?1`},
		{&s.addRevision, `INSERT INTO revisions (resource, run, blob, seen_at, via, altered, etag) VALUES (?, ?, ?, ?, ?, ?, ?)`},
		{&s.addSummary, `INSERT INTO summaries (resource, collection, class, ord, begins, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
			ON CONFLICT (resource) DO UPDATE SET class = ?3, ord = ?4, begins = ?5, until = ?6`},
		{&s.addWords, `INSERT OR REPLACE INTO search (rowid, words) VALUES (?, ?)`},
		{&s.dropHeld, `DELETE FROM held WHERE resource = ?`},
		{&s.dropOwed, `DELETE FROM owed WHERE collection = ? AND key = ?`},
	} {
		if err := f(p.dst, p.query); err != nil {
			return err
		}
	}
	return nil
}

func prepareStatements(ctx context.Context, db *sql.DB) (*statements, error) {
	s := &statements{}
	err := s.each(func(dst **sql.Stmt, query string) (err error) {
		*dst, err = db.PrepareContext(ctx, query)
		return err
	})
	return s, err
}

// in binds the statements to a transaction.
func (s *statements) in(ctx context.Context, tx *sql.Tx) *statements {
	return &statements{
		find: tx.StmtContext(ctx, s.find), findBlob: tx.StmtContext(ctx, s.findBlob), addBlob: tx.StmtContext(ctx, s.addBlob),
		addResource: tx.StmtContext(ctx, s.addResource), setHead: tx.StmtContext(ctx, s.setHead), setHref: tx.StmtContext(ctx, s.setHref), setETag: tx.StmtContext(ctx, s.setETag),
		addRevision: tx.StmtContext(ctx, s.addRevision), addSummary: tx.StmtContext(ctx, s.addSummary), addWords: tx.StmtContext(ctx, s.addWords),
		dropHeld: tx.StmtContext(ctx, s.dropHeld), dropOwed: tx.StmtContext(ctx, s.dropOwed),
	}
}

func (s *statements) close() {
	_ = s.each(func(dst **sql.Stmt, _ string) error {
		if *dst != nil {
			_ = (*dst).Close() // what it held goes with the connection
		}
		return nil
	})
}

func (b *batch) put(objects []pim.Recorded) error {
	for i := range objects {
		if err := b.ctx.Err(); err != nil {
			return err
		}
		if err := b.putOne(&objects[i]); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) putOne(r *pim.Recorded) error {
	o := &r.Object
	key := o.Href.Key()
	var stored sql.NullString
	if key != string(o.Href) {
		stored = sql.NullString{String: key, Valid: true}
	}
	var id int64
	var href, etag string
	var blob sql.NullInt64
	var sum []byte
	err := b.st.find.QueryRowContext(b.quiet, b.collection, key).Scan(&id, &href, &etag, &blob, &sum)
	isNew := errors.Is(err, sql.ErrNoRows)
	if err != nil && !isNew {
		return err
	}
	if b.pending && !isNew {
		if _, err := b.st.dropHeld.ExecContext(b.quiet, id); err != nil {
			return err
		}
	}
	if b.pending {
		if _, err := b.st.dropOwed.ExecContext(b.quiet, b.collection, key); err != nil {
			return err
		}
	}
	if !isNew && href != string(o.Href) {
		if _, err := b.st.setHref.ExecContext(b.quiet, id, o.Href, stored); err != nil {
			return err
		}
	}
	if blob.Valid && string(sum) == string(r.SHA256[:]) {
		if etag == string(o.ETag) {
			return nil
		}
		_, err := b.st.setETag.ExecContext(b.quiet, id, o.ETag)
		return err
	}
	if isNew {
		res, err := b.st.addResource.ExecContext(b.quiet, b.collection, o.Href, stored)
		if err != nil {
			return err
		}
		if id, err = res.LastInsertId(); err != nil {
			return err
		}
	}
	if blob.Valid {
		b.modified++
	} else {
		b.created++
		b.live++
	}
	return b.newRevision(id, r)
}

// newRevision stores bytes that are new to a resource, and what is understood
// of them.
func (b *batch) newRevision(id int64, r *pim.Recorded) error {
	p, err := pack(&r.Summary)
	if err != nil {
		return err
	}
	blob, err := b.blob(r, p.json)
	if err != nil {
		return err
	}
	rev, err := b.revision(id, blob, r.Object.ETag, r.Object)
	if err != nil {
		return err
	}
	if _, err := b.st.setHead.ExecContext(b.quiet, id, blob, rev); err != nil {
		return err
	}
	return b.summarize(id, b.collection, p, &r.Summary)
}

func (b *batch) revision(resource int64, blob any, etag pim.ETag, o pim.Object) (int64, error) {
	res, err := b.st.addRevision.ExecContext(b.quiet, resource, b.run, blob, b.now, o.Via, o.Altered, etag)
	if err != nil {
		return 0, err
	}
	b.last, err = res.LastInsertId()
	return b.last, err
}

// blob gives the ID of the bytes, which are stored once however many objects
// and revisions are equal.
func (b *batch) blob(r *pim.Recorded, summary string) (int64, error) {
	body := r.Object.Body
	if body == nil {
		body = []byte{} // not NULL
	}
	sum := r.SHA256[:]
	var id int64
	err := b.st.findBlob.QueryRowContext(b.quiet, sum[:8], sum).Scan(&id)
	if !errors.Is(err, sql.ErrNoRows) {
		return id, err
	}
	res, err := b.st.addBlob.ExecContext(b.quiet, sum, summary, body)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// summarize places a resource in lists and in the search.
func (b *batch) summarize(resource, collection int64, p packed, s *pim.Summary) error {
	_, err := b.st.addSummary.ExecContext(b.quiet, resource, collection, p.class, p.ord, p.begins, p.until)
	if err != nil {
		return err
	}
	_, err = b.st.addWords.ExecContext(b.quiet, resource, b.words.of(s, collection))
	return err
}
