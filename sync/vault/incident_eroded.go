package vault

import (
	"database/sql"
	"errors"

	"sidekeep/sync/pim"
)

// eroded names the objects that lost fields in earlier runs among those that an
// incident changed: each with its last state before the first of these losses
// that still stands. What is named already keeps its state.
func (b *batch) eroded(id int64, n *pim.IncidentNote) error {
	if len(n.Eroded) == 0 {
		return nil
	}
	var lost [len(classes)]bool
	for i, class := range classes {
		for _, c := range n.Eroded {
			lost[i] = lost[i] || c == class
		}
	}
	before, err := b.erosion(n.ErodedAt.UnixMilli()-1, &lost)
	if err != nil {
		return err
	}
	for resource, revision := range before {
		if err := b.exec(`INSERT INTO incident_objects (incident, resource, what, before) VALUES (?1, ?2, 'changed', ?3)
			ON CONFLICT (incident, resource) DO NOTHING`, id, resource, revision); err != nil {
			return err
		}
	}
	return nil
}

// stage is what an object held at one revision.
type stage struct {
	revision int64
	profile
}

// lacks says whether a later state has fewer fields of one of the classes.
func (s *stage) lacks(later *stage, lost *[len(classes)]bool) bool {
	for i, n := range s.of {
		if lost[i] && n > 0 && (later.of[i] == 0 || i < counted && later.of[i] < n) {
			return true
		}
	}
	return false
}

// erosion gives, for the live objects that changed since a moment and lost one of
// the classes, the revision before they did.
func (b *batch) erosion(since int64, lost *[len(classes)]bool) (map[int64]int64, error) {
	rows, err := b.tx.QueryContext(b.quiet, `WITH touched AS
		(SELECT r.id, (SELECT max(p.id) FROM revisions p WHERE p.resource = r.id AND p.seen_at < ?2) AS base
			FROM resources r WHERE r.collection = ?1 AND r.blob IS NOT NULL
			AND EXISTS (SELECT 1 FROM revisions v WHERE v.id = r.head AND v.seen_at >= ?2))
		SELECT t.id, v.id, b.summary FROM touched t JOIN revisions v ON v.resource = t.id AND v.id >= coalesce(t.base, 0) JOIN blobs b ON b.id = v.blob
		ORDER BY t.id, v.id`, b.collection, since)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]int64{}
	var resource int64
	var stages []stage
	one := func() {
		for i := 0; i+1 < len(stages); i++ {
			if s := &stages[i]; s.lacks(&stages[i+1], lost) && s.lacks(&stages[len(stages)-1], lost) {
				out[resource] = s.revision
				return
			}
		}
	}
	for rows.Next() {
		var r, v int64
		var summary sql.RawBytes
		if err := rows.Scan(&r, &v, &summary); err != nil {
			return nil, err
		}
		if r != resource {
			one()
			resource, stages = r, stages[:0]
		}
		s := stage{revision: v, profile: profileOf(summary, 0)}
		s.uid, s.producer = nil, nil // of the row's own memory
		stages = append(stages, s)
	}
	one()
	return out, errors.Join(rows.Err(), rows.Close())
}
