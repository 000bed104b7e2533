package vault

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"sort"
	"time"
)

// ThinRule says what thinning keeps of the past, by age.
type ThinRule struct {
	All   time.Duration // every state that was shown less than this ago
	Daily time.Duration // of what is older, up to this age, what was shown at the end of each day; of older what was shown at the end of each month
}

// DefaultThin keeps everything of 90 days, the days of two years, and months.
var DefaultThin = ThinRule{All: 90 * 24 * time.Hour, Daily: 730 * 24 * time.Hour}

// ThinResult is what thinning lets go of.
type ThinResult struct {
	Revisions int64
	Bytes     int64     // of objects
	Objects   int       // that lose states; none loses its last
	Oldest    time.Time // when the oldest of the states was seen; zero: there is none
}

// Thin lets go of old states for good, and says of which; with dry it only says
// it. The view as of any moment of the last keep.All, of the end of any day
// within keep.Daily and of the end of any month before that stays as it is; days
// are those of now's zone. Between these a view shows what is left: the state
// before. Kept besides are every object's last state, the last content of
// whatever was deleted, what an open incident offers as the last good state, and
// what a restore that has not ended is to put back.
//
// No clock is believed alone. What goes is old by the calendar, which ends with the
// last mirroring, and by the time that was seen to pass (seen): a clock that was
// ahead or back, for whatever stretch and by however much, costs nothing that is
// younger. Where now is far from the last mirroring nothing goes.
//
// Errors: Invalid with Reason ReasonClock (CheckClock). An error with Reason
// ReasonFreePages comes after the states are gone. The caller has the writer's lock.
func (v *Vault) Thin(ctx context.Context, now time.Time, keep ThinRule, dry bool) (ThinResult, error) {
	const op = "thin history"
	if dry {
		tx, err := v.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return ThinResult{}, v.fail(op, err)
		}
		defer func() { _ = tx.Rollback() }()
		plan, err := planThinning(ctx, tx, now, keep)
		return plan.result, v.fail(op, err)
	}
	var plan thinPlan
	err := v.write(ctx, op, func(quiet context.Context, tx *sql.Tx) error {
		var err error
		if plan, err = planThinning(ctx, tx, now, keep); err != nil || len(plan.revisions) == 0 {
			return err
		}
		return plan.carryOut(quiet, tx, v.stamp())
	})
	if err != nil || len(plan.revisions) == 0 {
		return ThinResult{}, err
	}
	return plan.result, v.giveBack(ctx, op)
}

// thinPlan is what goes.
type thinPlan struct {
	revisions, resources, blobs []int64
	result                      ThinResult
}

// state is a revision as thinning looks at it.
type state struct {
	id, resource, collection, blob, seen int64 // blob 0: a tombstone
}

func planThinning(ctx context.Context, tx *sql.Tx, now time.Time, keep ThinRule) (p thinPlan, err error) {
	if now, err = thinUntil(ctx, tx, now); err != nil {
		return p, err
	}
	views, err := viewsToKeep(ctx, tx, now, keep)
	if err != nil {
		return p, err
	}
	ids, err := idsOf(ctx, tx, pinnedStates)
	if err != nil {
		return p, err
	}
	pinned := make(map[int64]bool, len(ids))
	for _, id := range ids {
		pinned[id] = true
	}
	all, err := readStates(ctx, tx)
	if err != nil {
		return p, err
	}
	gone := map[int64]bool{} // blobs
	var kept []state
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].resource == all[0].resource {
			n++
		}
		kept = p.choose(kept, all[:n], views[all[0].collection], pinned, gone)
		all = all[n:]
	}
	for _, s := range kept {
		delete(gone, s.blob)
	}
	for id := range gone {
		p.blobs = append(p.blobs, id)
	}
	slices.Sort(p.blobs)
	slices.Sort(p.revisions)
	p.result.Revisions, p.result.Objects = int64(len(p.revisions)), len(p.resources)
	return p, tx.QueryRowContext(ctx, `SELECT coalesce(sum(length(b.body)), 0) FROM json_each(?) j JOIN blobs b ON b.id = j.value`, idList(p.blobs)).
		Scan(&p.result.Bytes)
}

// choose decides on the states of one object, which stand in their order.
func (p *thinPlan) choose(kept []state, of []state, v keptViews, pinned, gone map[int64]bool) []state {
	before, last := len(kept), len(of)-1
	content := false // the next tombstone's content is still to be kept
	for i := last; i >= 0; i-- {
		s := of[i]
		stays := i == last || pinned[s.id] || of[i+1].id > v.all || v.shows(s.id, of[i+1].id) || content && s.blob != 0
		if stays {
			kept = append(kept, s)
			content = s.blob == 0
			continue
		}
		p.revisions = append(p.revisions, s.id)
		if s.blob != 0 {
			gone[s.blob] = true
		}
		if seen := time.UnixMilli(s.seen).UTC(); p.result.Oldest.IsZero() || seen.Before(p.result.Oldest) {
			p.result.Oldest = seen
		}
	}
	if len(kept)-before < len(of) {
		p.resources = append(p.resources, of[0].resource)
	}
	return kept
}

// keptViews are the views of one collection that stay as they are, by their last
// revisions in order; of states that were shown later than all, everything stays.
type keptViews struct {
	last []int64
	all  int64
}

// shows says whether one of the views shows a state, which is followed by next.
func (v keptViews) shows(id, next int64) bool {
	at := sort.Search(len(v.last), func(i int) bool { return v.last[i] >= id })
	return at < len(v.last) && v.last[at] < next
}

// pinnedStates are what is kept whatever its age.
const pinnedStates = `SELECT o.before FROM incident_objects o JOIN incidents i ON i.id = o.incident WHERE i.closed_at IS NULL
	UNION SELECT min(v.id) FROM incident_objects o JOIN incidents i ON i.id = o.incident JOIN revisions v ON v.resource = o.resource AND v.id > o.before
		WHERE i.closed_at IS NULL AND o.what = 'changed' GROUP BY o.incident, o.resource
	UNION SELECT s.revision FROM restore_steps s JOIN restores r ON r.id = s.restore WHERE r.state <> 'done'`

// readStates gives all revisions, object by object.
func readStates(ctx context.Context, tx *sql.Tx) ([]state, error) {
	collections, err := pairsOf(ctx, tx, `SELECT id, collection FROM resources`)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT id, resource, coalesce(blob, 0), seen_at FROM revisions NOT INDEXED`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []state
	for rows.Next() {
		var s state
		if err := rows.Scan(&s.id, &s.resource, &s.blob, &s.seen); err != nil {
			return nil, torn(err)
		}
		s.collection = collections[s.resource]
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b state) int {
		if c := cmp.Compare(a.resource, b.resource); c != 0 {
			return c
		}
		return cmp.Compare(a.id, b.id)
	})
	return all, rows.Err()
}

// pairsOf gives what a query for two numbers finds, the second by the first.
func pairsOf(ctx context.Context, tx *sql.Tx, query string) (map[int64]int64, error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]int64{}
	for rows.Next() {
		var id, of int64
		if err := rows.Scan(&id, &of); err != nil {
			return nil, torn(err)
		}
		out[id] = of
	}
	return out, rows.Err()
}

// goodMoments gives what open incidents offer as the last good moment, by
// collection.
func goodMoments(ctx context.Context, tx *sql.Tx) (map[int64][]int64, error) {
	rows, err := tx.QueryContext(ctx, `SELECT c.id, i.good_at FROM incidents i
		JOIN collections c ON c.id = i.collection OR i.collection IS NULL AND c.account = i.account
		WHERE i.closed_at IS NULL AND i.good_at IS NOT NULL`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64][]int64{}
	for rows.Next() {
		var collection, at int64
		if err := rows.Scan(&collection, &at); err != nil {
			return nil, torn(err)
		}
		out[collection] = append(out[collection], at)
	}
	return out, rows.Err()
}

// carryOut deletes what the plan names; the triggers allow it for what stands in
// the table thinning, and that goes with the same transaction.
func (p *thinPlan) carryOut(ctx context.Context, tx *sql.Tx, now int64) error {
	for _, q := range []struct {
		query string
		args  []any
	}{
		{`INSERT INTO thinning SELECT value FROM json_each(?)`, []any{idList(p.revisions)}},
		{`DELETE FROM revisions WHERE id IN (SELECT revision FROM thinning)`, nil},
		{`UPDATE resources SET revisions = (SELECT count(*) FROM revisions WHERE resource = resources.id)
			WHERE id IN (SELECT value FROM json_each(?))`, []any{idList(p.resources)}},
	} {
		if _, err := tx.ExecContext(ctx, q.query, q.args...); err != nil {
			return err
		}
	}
	if _, err := dropBlobs(ctx, tx, p.blobs); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM thinning`); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO removals (at, kind, revisions, bytes) VALUES (?, 'thin', ?, ?)`,
		now, p.result.Revisions, p.result.Bytes)
	return err
}
