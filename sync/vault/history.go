package vault

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"sidekeep/sync/pim"
)

// History gives all states of an object that are kept, newest first; an unknown
// ID is Invalid. A tombstone has the title of the state before it.
func (v *Vault) History(ctx context.Context, resource int64) ([]pim.Revision, error) {
	const op = "read history"
	all, err := list(ctx, v, op, scanRevision, `SELECT v.id, v.resource, v.run, v.seen_at, v.blob IS NULL, v.etag, v.via,
			length(b.body), b.sha256, json_extract(b.summary, '$.T')
		FROM revisions v LEFT JOIN blobs b ON b.id = v.blob WHERE v.resource = ? ORDER BY v.id`, resource)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, invalid(op, fmt.Sprint(resource), hintObject, errors.New("no object has this ID"))
	}
	for i := range all {
		if i+1 < len(all) {
			all[i].Until = all[i+1].SeenAt
		}
		if i > 0 && all[i].Deleted {
			all[i].Title = all[i-1].Title
		}
	}
	all[len(all)-1].Now = true
	slices.Reverse(all)
	return all, nil
}

const hintObject = "`sidekeep list all` shows what there is, `sidekeep search WORDS --deleted` what there was."

func scanRevision(r *sql.Rows) (x pim.Revision, err error) {
	var seen, size sql.NullInt64
	var sum []byte
	var title sql.NullString
	err = r.Scan(&x.ID, &x.Resource, &x.Run, &seen, &x.Deleted, &x.ETag, &x.Via, &size, &sum, &title)
	x.SeenAt, x.Size, x.SHA256, x.Title = fromMillis(seen), size.Int64, hex.EncodeToString(sum), title.String
	return x, err
}

// RevisionBody gives the bytes of one state of an object. An unknown revision,
// and a tombstone, which has none, are Invalid.
func (v *Vault) RevisionBody(ctx context.Context, revision int64) (Stored, error) {
	const op = "read revision"
	none := invalid(op, fmt.Sprint(revision), "`sidekeep history ID` shows the revisions of an object.",
		errors.New("no revision with content has this ID"))
	return v.oneStored(op, none, v.reader.QueryRowContext(ctx, pastQuery+`WHERE v.id = ?2 AND v.blob IS NOT NULL`, atMillis(time.Time{}), revision))
}

// pastQuery gives one state of an object as storedQuery gives the last. Parameter
// 1 is the moment: what came to be held later was not yet held. What has no blob
// is a tombstone.
const (
	pastQuery = `SELECT ` + pastColumns + `FROM revisions v JOIN resources r ON r.id = v.resource LEFT JOIN blobs b ON b.id = v.blob `

	pastColumns = `r.id, coalesce(v.id, 0), r.href, coalesce(v.etag, ''), b.body, b.sha256,
	EXISTS (SELECT 1 FROM held h WHERE h.resource = r.id AND h.since <= ?1), coalesce(v.via, ''), coalesce(v.altered, 0), v.seen_at
	`
)

// BodyAt gives an object with its bytes as it stood at a moment, by snapshots;
// the zero moment is now. What was not there then is Invalid.
func (v *Vault) BodyAt(ctx context.Context, id int64, at time.Time) (Stored, error) {
	if at.IsZero() {
		return v.Body(ctx, id)
	}
	return v.oneStored("read object", notThen(id, at), v.reader.QueryRowContext(ctx, pastQuery+`WHERE v.id = (SELECT max(id) FROM revisions WHERE resource = ?2
		AND id <= (SELECT last_revision FROM runs WHERE id = (SELECT `+lastRun+` FROM collections c
			WHERE c.id = (SELECT collection FROM resources WHERE id = ?2)))) AND v.blob IS NOT NULL`, atMillis(at), id))
}

func notThen(id int64, at time.Time) error {
	return invalid("find object", fmt.Sprint(id), "`sidekeep history ID` shows when it was there.",
		errors.New("it was not there on "+at.Format("2006-01-02 at 15:04")))
}
