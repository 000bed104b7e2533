package vault

import (
	"database/sql"
	"slices"

	"sidekeep/sync/pim"
)

// A collection that is copied to another address and then removed there was
// moved: of copyAll objects all but copyBut at most must be in one other
// collection, with equal bytes, that is new: it was first mirrored later than this
// one, and at most pim.RecentDays before it was missed. What has been in two places
// for longer is no move: a loss of one of them is told.
const copyAll, copyBut = 20, 1

// copied adds to what moved what stands in such a collection.
func (e *evidence) copied(gone []int64) error {
	at := e.GoodAt
	if e.Open != nil && !e.Open.GoodAt.IsZero() && e.Open.GoodAt.Before(at) {
		at = e.Open.GoodAt
	}
	news, err := list(e.ctx, e.v, "look for copies", func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) },
		`SELECT c.id FROM collections c JOIN collections o ON o.id = ?1 AND o.account = c.account AND o.kind = c.kind
		WHERE c.id <> o.id AND c.vanished = '' AND c.id NOT IN (SELECT value FROM json_each(?2))
		AND (SELECT min(started_at) FROM runs WHERE collection = c.id) > max(?3, (SELECT min(started_at) FROM runs WHERE collection = o.id))`,
		e.collection, idList(e.lost), at.AddDate(0, 0, -pim.RecentDays).UnixMilli())
	if err != nil || len(news) == 0 {
		return err
	}
	mine, err := e.blobs(e.collection)
	if err != nil {
		return err
	}
	var best []int64
	for _, c := range news {
		there, err := e.blobs(c)
		if err != nil {
			return err
		}
		free := make(map[int64]int, len(there))
		for _, blob := range there {
			free[blob]++
		}
		var found []int64
		for _, id := range gone {
			if blob := mine[id]; free[blob] > 0 {
				free[blob]--
				found = append(found, id)
			}
		}
		if len(found) > len(best) {
			best = found
		}
	}
	if (len(gone)-len(best))*copyAll > len(gone)*copyBut {
		return nil
	}
	e.Moved = append(e.Moved, best...)
	slices.Sort(e.Moved)
	e.Moved = slices.Compact(e.Moved)
	return nil
}

// blobs gives what stands in a collection on its server: resources and bytes.
// What is held of the collection that the evidence is about is among it.
func (e *evidence) blobs(collection int64) (map[int64]int64, error) {
	out := map[int64]int64{}
	_, err := list(e.ctx, e.v, "compare collections", func(r *sql.Rows) (struct{}, error) {
		var id, blob int64
		err := r.Scan(&id, &blob)
		out[id] = blob
		return struct{}{}, err
	}, `SELECT r.id, r.blob FROM resources r WHERE r.collection = ?1 AND r.blob IS NOT NULL
		AND (?1 = ?2 OR NOT EXISTS (SELECT 1 FROM held h WHERE h.resource = r.id))`, collection, e.collection)
	return out, err
}
