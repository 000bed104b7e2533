package vault

import (
	"context"
	"database/sql"
	"slices"
	"time"
)

// smallList is below what size a list may have been emptied before.
const smallList = 20

// maxBirths bounds how many of the missing are asked when they first appeared:
// a loss of more is none of the newest things alone.
const maxBirths = 2000

// missing looks at what is gone: whether it is somewhere else now, and how old
// it was.
func (e *evidence) missing(gone []int64) error {
	if len(gone) == 0 {
		return nil
	}
	if err := e.moved(gone); err != nil {
		return err
	}
	if slices.Contains(e.lost, e.collection) && len(e.Moved) < len(gone) {
		if err := e.copied(gone); err != nil {
			return err
		}
	}
	if len(gone) < smallList {
		err := e.v.reader.QueryRowContext(e.ctx, `SELECT EXISTS (SELECT 1 FROM runs WHERE collection = ? AND objects = 0 AND deleted > 0)`,
			e.collection).Scan(&e.EmptiedBefore)
		if err != nil {
			return err
		}
	}
	if len(gone) > maxBirths {
		return nil
	}
	st, err := e.v.reader.PrepareContext(e.ctx, `SELECT min(seen_at), min(id) FROM revisions WHERE resource = ?`)
	if err != nil {
		return err
	}
	defer st.Close()
	first := slices.Min(gone)
	days := map[int64]bool{}
	for _, id := range gone {
		var at, revision int64
		if err := st.QueryRowContext(e.ctx, id).Scan(&at, &revision); err != nil {
			return err
		}
		if len(days) < 100 {
			days[at/(24*3600*1000)] = true
		}
		if !e.RevertedTo.IsZero() && at > e.since {
			e.Younger++
			if t := time.UnixMilli(at); t.Before(e.RevertedTo) {
				e.RevertedTo = t
			}
		}
	}
	e.Births = len(days)
	// Resources are numbered as they appear: the gone ones are the youngest if as
	// many stand from the first of them on. What came since GoodAt and guests are left out.
	var n, others int
	err = e.v.reader.QueryRowContext(e.ctx, `SELECT count(*) FROM resources r WHERE r.collection = ?1 AND r.id >= ?2 AND r.blob IS NOT NULL
		AND EXISTS (SELECT 1 FROM revisions v WHERE v.resource = r.id AND v.id <= ?3) AND r.id NOT IN (SELECT value FROM json_each(?4))`,
		e.collection, first, e.mark, idList(e.Guests)).Scan(&n)
	if err == nil {
		err = e.v.reader.QueryRowContext(e.ctx, `SELECT EXISTS (SELECT 1 FROM resources WHERE collection = ? AND id < ? AND blob IS NOT NULL)`,
			e.collection, first).Scan(&others)
	}
	e.Newest = n == len(gone) && others == 1
	return err
}

// born is an object that appeared since all was well, somewhere in the account.
type born struct {
	id, blob int64
	profile  profile
	taken    bool
}

// moved finds those of the gone objects that appeared under another href or in
// another collection: by equal bytes, or by the same UID if it holds as much as
// before. A copy that had been there all along proves nothing.
func (e *evidence) moved(gone []int64) error {
	mark := e.mark
	if e.Open != nil && !e.Open.GoodAt.IsZero() {
		m, err := markAt(e.ctx, e.v.reader, e.Open.GoodAt)
		if err != nil {
			return err
		}
		mark = min(mark, m)
	}
	all, err := e.newcomers(mark)
	if err != nil || len(all) == 0 {
		return err
	}
	wanted := make(map[int64]bool, len(gone))
	for _, id := range gone {
		wanted[id] = true
	}
	byBlob, byUID := map[int64][]*born{}, map[string][]*born{}
	for _, b := range all {
		if wanted[b.id] {
			continue // what is gone itself is no place to have gone to
		}
		byBlob[b.blob] = append(byBlob[b.blob], b)
		if len(b.profile.uid) > 0 {
			byUID[string(b.profile.uid)] = append(byUID[string(b.profile.uid)], b)
		}
	}
	rows, err := e.v.reader.QueryContext(e.ctx, `SELECT r.id, r.blob, b.summary, length(b.body) FROM resources r JOIN blobs b ON b.id = r.blob
		WHERE r.collection = ? ORDER BY r.id`, e.collection)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, blob, size int64
		var summary sql.RawBytes
		if err := rows.Scan(&id, &blob, &summary, &size); err != nil {
			return err
		}
		if !wanted[id] {
			continue
		}
		old := profileOf(summary, int(size))
		if e.counterpart(byBlob[blob], &old, blob) || e.counterpart(byUID[string(old.uid)], &old, blob) {
			e.Moved = append(e.Moved, id)
		}
	}
	return rows.Err()
}

// counterpart takes the first that is free. One that has other bytes counts
// among the changed for what it lost, and is none if that is most of it.
func (e *evidence) counterpart(all []*born, old *profile, blob int64) bool {
	for _, b := range all {
		if b.taken {
			continue
		}
		b.taken = true
		return b.blob == blob || !e.sums.add(old, &b.profile)
	}
	return false
}

// newcomers gives the live objects of the account that were not there at a mark.
// The joins are in an order of their own: the new revisions are few, and the
// collection is not.
func (e *evidence) newcomers(mark int64) ([]*born, error) {
	return list(e.ctx, e.v, "look for what moved", func(r *sql.Rows) (*born, error) {
		var b born
		var summary []byte
		var size int
		err := r.Scan(&b.id, &b.blob, &summary, &size)
		b.profile = profileOf(summary, size)
		return &b, err
	}, `SELECT r.id, r.blob, b.summary, length(b.body) FROM revisions v CROSS JOIN resources r CROSS JOIN collections c CROSS JOIN blobs b
		WHERE v.id > ?2 AND r.id = v.resource AND r.head = v.id AND c.id = r.collection AND b.id = r.blob AND c.account = (SELECT account FROM collections WHERE id = ?1)
		AND (SELECT p.blob FROM revisions p WHERE p.resource = r.id AND p.id <= ?2 ORDER BY p.id DESC LIMIT 1) IS NULL
		AND NOT EXISTS (SELECT 1 FROM held h WHERE h.resource = r.id) AND c.id NOT IN (SELECT value FROM json_each(?3)) ORDER BY r.id`, e.collection, mark, idList(e.lost))
}

// markAt gives a revision so that all later ones came after a moment.
func markAt(ctx context.Context, q querier, at time.Time) (mark int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT coalesce(max((SELECT r.last_revision FROM runs r
		WHERE r.collection = c.id AND r.ended_at <= ?1 ORDER BY r.ended_at DESC, r.id DESC LIMIT 1)), 0) FROM collections c`,
		at.UnixMilli()).Scan(&mark)
	return mark, err
}
