package vault

import (
	"context"
	"database/sql"
)

// manyHits is from how many on it is faster to walk the lists in their order,
// asking of each object whether it is a hit, than to look up and sort the hits.
const manyHits = 3000

// hits are the objects that have certain words.
type hits struct {
	match string
	first []int64 // all of them, unless there are many
	many  bool
	byID  bool // the first ones have the lowest IDs
}

func lookUp(ctx context.Context, tx *sql.Tx, match string) (hits, error) {
	h := hits{match: match, byID: true}
	err := h.read(ctx, tx, `SELECT rowid FROM search WHERE search MATCH ? LIMIT ?`, match, manyHits)
	h.many = len(h.first) == manyHits
	return h, err
}

func (h *hits) read(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		h.first = append(h.first, id)
	}
	return rows.Err()
}

// without adds the condition that an object is none of the first ones.
func (h *hits) without(s *selected) {
	if h.byID {
		s.add(`+resource > ?`, h.first[len(h.first)-1])
		return
	}
	s.add(`+resource NOT IN (SELECT value FROM json_each(?))`, idList(h.first))
}

// in adds the condition that an object is (op "IN") or is not ("NOT IN") a hit.
func (h *hits) in(s *selected, op string) {
	if h.many {
		s.hint = walking
		s.add(`+resource `+op+` (SELECT rowid FROM search WHERE search MATCH ?)`, h.match)
		return
	}
	if op == "IN" {
		s.hint = oneByOne
	}
	s.add(`resource `+op+` (SELECT value FROM json_each(?))`, idList(h.first))
}
