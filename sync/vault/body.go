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
	Sum      []byte // the same as it is
	Held     bool
	Via      pim.Via   // the road these bytes came by
	Altered  bool      // they could not be taken as they were on the wire
	SeenAt   time.Time // when these bytes were first seen
	// Of what is damaged [Vault.BodiesAt] gives what is known of it.
	Lost string // why there is no Body, in words; "" there is
	More int    // that many objects, of which nothing is known, are lost
}

// storedQuery gives objects as they stand, and what is known of those that are
// damaged. What has no blob is deleted.
const storedQuery = `SELECT r.id, coalesce(r.head, 0), r.href, coalesce(r.etag, v.etag, ''), b.body, b.sha256,
	EXISTS (SELECT 1 FROM held h WHERE h.resource = r.id), coalesce(v.via, ''), coalesce(v.altered, 0), v.seen_at
	FROM resources r LEFT JOIN blobs b ON b.id = r.blob LEFT JOIN revisions v ON v.id = r.head `

func scanStored(row interface{ Scan(...any) error }) (Stored, error) {
	var s Stored
	var seen sql.NullInt64
	err := row.Scan(&s.Resource, &s.Revision, &s.Href, &s.ETag, &s.Body, &s.Sum, &s.Held, &s.Via, &s.Altered, &seen)
	s.SHA256, s.SeenAt = hex.EncodeToString(s.Sum), fromMillis(seen)
	return s, err
}

// Body gives one object of the current view with its bytes; an unknown ID is
// Invalid. Bytes that can't be had or do not match their SHA-256 are Storage with
// Reason "corrupt", as wherever one object is asked for.
func (v *Vault) Body(ctx context.Context, id int64) (Stored, error) {
	return v.oneStored("read object", unknownObject(id), v.reader.QueryRowContext(ctx, storedQuery+`WHERE r.id = ? AND r.blob IS NOT NULL`, id))
}

// oneStored takes one object; none is what to say where there is none.
func (v *Vault) oneStored(op string, none error, row *sql.Row) (Stored, error) {
	s, err := scanStored(row)
	if errors.Is(err, sql.ErrNoRows) {
		return s, none
	}
	if err == nil {
		err = v.sound(op, &s)
	}
	return s, v.fail(op, err)
}

// Bodies gives the objects of a collection's current view by href, held ones
// included, all as they stood at one moment, without keeping more than one in
// memory. Their bytes are not checked, and one that is not there is left out. An
// error ends the sequence.
func (v *Vault) Bodies(ctx context.Context, collection int64) iter.Seq2[Stored, error] {
	const op = "read objects"
	return func(yield func(Stored, error) bool) {
		rows, err := v.reader.QueryContext(ctx, storedQuery+`WHERE r.collection = ? AND b.id IS NOT NULL ORDER BY coalesce(r.key, r.href)`, collection)
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
