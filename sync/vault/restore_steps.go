package vault

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"sidekeep/sync/pim"
)

// StepBody gives the bytes that a step puts back, as they were stored. A state
// that was let go of since is Invalid.
func (v *Vault) StepBody(ctx context.Context, s pim.RestoreStep) ([]byte, error) {
	const op = "read what is restored"
	if s.Revision == 0 {
		return s.Body, nil
	}
	st := Stored{Resource: s.Resource, Href: s.Href}
	err := v.reader.QueryRowContext(ctx, `SELECT b.body, b.sha256 FROM revisions v LEFT JOIN blobs b ON b.id = v.blob WHERE v.id = ? AND v.blob IS NOT NULL`,
		s.Revision).Scan(&st.Body, &st.Sum)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, invalid(op, fmt.Sprint(s.Revision), "Make a new plan.", errors.New("this state is no longer in the vault"))
	}
	if err == nil {
		err = v.sound(op, &st)
	}
	return st.Body, v.fail(op, err)
}

// RecordSteps writes State, Result, Collection, Href, ETag, NewUID, Detail and
// Quiet of steps in one transaction: all of them or none.
func (v *Vault) RecordSteps(ctx context.Context, id int64, steps []pim.RestoreStep) error {
	if len(steps) == 0 {
		return nil
	}
	return v.write(ctx, "note what was restored", func(ctx context.Context, tx *sql.Tx) error {
		set, err := tx.PrepareContext(ctx, `UPDATE restore_steps SET state = ?3, result = ?4, collection = ?5, href = ?6,
			etag = ?7, new_uid = ?8, detail = ?9, quiet = ?10 WHERE restore = ?1 AND n = ?2`)
		if err != nil {
			return err
		}
		defer set.Close()
		for _, s := range steps {
			_, err := set.ExecContext(ctx, id, s.N, s.State, s.Result, s.Collection, s.Href, s.ETag, s.NewUID, jsonList(s.Detail), jsonList(s.Quiet))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// RecordMake writes Before and URL of a collection to make; with a URL the steps
// that wait for it get it too.
func (v *Vault) RecordMake(ctx context.Context, id int64, m pim.RestoreMake) error {
	return v.write(ctx, "note a new collection", func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE restore_makes SET before = ?4, url = ?5
			WHERE restore = ?1 AND kind = ?2 AND name = ?3`, id, m.Kind, m.Name, jsonBefore(m.Before), m.URL)
		if err != nil || m.URL == "" {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE restore_steps SET collection = ?4
			WHERE restore = ?1 AND kind = ?2 AND make = ?3 AND collection = ''`, id, m.Kind, m.Name, m.URL)
		return err
	})
}

// Present gives the current view of a collection by href, held objects included,
// as a restore compares with it: without bodies.
func (v *Vault) Present(ctx context.Context, collection int64) ([]pim.Present, error) {
	return list(ctx, v, "list what is there", func(r *sql.Rows) (p pim.Present, err error) {
		var sum []byte
		var seen sql.NullInt64
		var component, title string
		var start int64
		err = r.Scan(&p.Resource, &p.Collection, &p.Revision, &p.Href, &p.ETag, &p.UID, &component, &title, &start, &sum, &p.Held, &seen)
		p.SHA256, p.SeenAt, p.Sign = hex.EncodeToString(sum), fromMillis(seen), pim.Sign(component, title, start)
		return p, err
	}, `SELECT r.id, r.collection, r.head, r.href, coalesce(r.etag, v.etag), coalesce(json_extract(b.summary, '$.u'), ''),
		coalesce(json_extract(b.summary, '$.c'), ''), coalesce(json_extract(b.summary, '$.T'), ''), coalesce(json_extract(b.summary, '$.s.t'), 0), b.sha256,
		EXISTS (SELECT 1 FROM held h WHERE h.resource = r.id), v.seen_at
		FROM resources r JOIN blobs b ON b.id = r.blob JOIN revisions v ON v.id = r.head
		WHERE r.collection = ? ORDER BY coalesce(r.key, r.href)`, collection)
}

// EarlierRestores gives what restores to an account put there, by resource: the
// last of each, and whether one was interrupted at it since.
func (v *Vault) EarlierRestores(ctx context.Context, target int64) (map[int64]pim.Earlier, error) {
	out := map[int64]pim.Earlier{}
	_, err := list(ctx, v, "list earlier restores", func(r *sql.Rows) (none struct{}, err error) {
		var resource, restore int64
		var e pim.Earlier
		var done bool
		if err = r.Scan(&resource, &restore, &e.Revision, &e.ETag, &e.UID, &e.Href, &done); err != nil {
			return none, err
		}
		switch {
		case done:
		case e.UID != "": // it may stand there under that UID, and that is all that is known
			e = pim.Earlier{UID: e.UID, Sent: restore}
		default:
			e = out[resource]
			e.Sent = restore
		}
		out[resource] = e
		return none, nil
	}, `SELECT s.resource, x.id, s.revision, s.etag, s.new_uid, s.href, s.state = 'done' FROM restores x JOIN restore_steps s ON s.restore = x.id
		WHERE x.target = ? AND (s.result IN ('created', 'updated', 'altered') OR s.result = 'identical' AND s.new_uid <> '' OR s.state = 'sent')
		ORDER BY x.id, s.n`, target)
	return out, err
}
