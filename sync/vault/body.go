package vault

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"iter"
	"time"

	"sidekeep/sync/pim"
)

// Stored is an object as the vault keeps it. Body belongs to the caller.
type Stored struct {
	Resource int64
	Revision int64 // which state of it this is
	Href     pim.Href
	ETag     pim.ETag
	Body     []byte
	SHA256   string // hexadecimal, of Body
	Held     bool
	Via      pim.Via   // the road these bytes came by
	Altered  bool      // they could not be taken as they were on the wire
	SeenAt   time.Time // when these bytes were first seen
}

const storedQuery = `SELECT r.id, r.head, r.href, coalesce(r.etag, v.etag), b.body, b.sha256,
	EXISTS (SELECT 1 FROM held h WHERE h.resource = r.id), v.via, v.altered, v.seen_at
	FROM resources r JOIN blobs b ON b.id = r.blob JOIN revisions v ON v.id = r.head `

func scanStored(row interface{ Scan(...any) error }) (Stored, error) {
	var s Stored
	var sum []byte
	var seen sql.NullInt64
	err := row.Scan(&s.Resource, &s.Revision, &s.Href, &s.ETag, &s.Body, &sum, &s.Held, &s.Via, &s.Altered, &seen)
	s.SHA256, s.SeenAt = hex.EncodeToString(sum), fromMillis(seen)
	return s, err
}

// Body gives one object of the current view with its bytes; an unknown ID is
// Invalid.
func (v *Vault) Body(ctx context.Context, id int64) (Stored, error) {
	s, err := scanStored(v.reader.QueryRowContext(ctx, storedQuery+`WHERE r.id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return s, unknownObject(id)
	}
	return s, v.fail("read object", err)
}

// Bodies gives the objects of a collection's current view by href, held ones
// included, all as they stood at one moment, without keeping more than one in
// memory. An error ends the sequence.
func (v *Vault) Bodies(ctx context.Context, collection int64) iter.Seq2[Stored, error] {
	return v.bodies(ctx, storedQuery+`WHERE r.collection = ? ORDER BY coalesce(r.key, r.href)`, collection)
}

// bodies gives what a query for objects finds, one after the other; one statement
// is one read transaction.
func (v *Vault) bodies(ctx context.Context, query string, args ...any) iter.Seq2[Stored, error] {
	const op = "read objects"
	return func(yield func(Stored, error) bool) {
		rows, err := v.reader.QueryContext(ctx, query, args...)
		if err != nil {
			yield(Stored{}, v.fail(op, err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			s, err := scanStored(rows)
			if err != nil {
				yield(Stored{}, v.fail(op, err))
				return
			}
			if !yield(s, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Stored{}, v.fail(op, err))
		}
	}
}
