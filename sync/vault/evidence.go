package vault

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"sidekeep/sync/pim"
)

// Evidence gives what the vault knows about a run that is about to end: its
// objects have been Put, and gone are the resources that it lacks. lost are the
// collections that are gone from the server themselves: nothing went there. It only
// reads. What came in a run that failed half-way counts as this run's, since
// nobody judged it then.
func (v *Vault) Evidence(ctx context.Context, collection int64, run pim.RunID, gone, lost []int64) (pim.Evidence, error) {
	const op = "gather evidence"
	e := evidence{v: v, ctx: ctx, collection: collection, lost: lost}
	var err error
	if e.good, e.ShownAt, e.mark, err = lastGood(ctx, v.reader, collection, run); err != nil || e.ShownAt.IsZero() {
		return e.Evidence, v.fail(op, err)
	}
	e.GoodAt = e.ShownAt
	for _, f := range []func() error{
		e.incidents,
		func() error { return e.recent(run) },
		e.guests,
		e.changes,
		func() error { return e.missing(e.own(gone)) },
		e.having,
	} {
		if err := f(); err != nil {
			return e.Evidence, v.fail(op, err)
		}
	}
	e.sums.into(&e.Evidence)
	return e.Evidence, nil
}

// evidence is in the making.
type evidence struct {
	pim.Evidence
	v          *Vault
	ctx        context.Context
	collection int64
	lost       []int64
	good       int64 // the run of GoodAt
	mark       int64 // revisions after it came since GoodAt
	decided    int64 // the last run when a person last decided; 0: that is known by the time alone
	sums       losses
	since      int64   // Unix milliseconds: Reverted stood so from then on
	runs       []int64 // of Recent
}

// incidents finds the one that is open, the collection's own first, and when a
// person last decided.
func (e *evidence) incidents() error {
	const of = `i.account = (SELECT account FROM collections WHERE id = ?1) AND (i.collection = ?1 OR i.collection IS NULL)`
	open, err := list(e.ctx, e.v, "list incidents", func(r *sql.Rows) (x pim.Incident, err error) {
		var good, told sql.NullInt64
		err = r.Scan(&x.ID, &x.CollID, &x.Verdict, &x.Message, &good, &told)
		x.GoodAt, x.ToldAt = fromMillis(good), fromMillis(told)
		return x, err
	}, `SELECT i.id, coalesce(i.collection, 0), i.verdict, i.message, i.good_at, i.told_at FROM incidents i WHERE `+of+` AND i.closed_at IS NULL
		AND i.verdict NOT IN ('emptied', 'mass-rewrite') ORDER BY i.collection IS NULL, i.id DESC LIMIT 1`, e.collection)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		e.Open = &open[0]
	}
	var at, after sql.NullInt64
	now := e.v.now()
	err = e.v.reader.QueryRowContext(e.ctx, `SELECT max(CASE WHEN i.evidence ->> '$."`+decidedAfter+`"' IS NOT NULL THEN NULL
			WHEN i.closed_at <= ?2 THEN i.closed_at WHEN i.since <= ?2 THEN i.since END), max(i.evidence ->> '$."`+decidedAfter+`"')
		FROM incidents i WHERE `+of+` AND i.closed IN ('accepted', 'kept', 'put-back')`,
		e.collection, now.UnixMilli()).Scan(&at, &after)
	if e.DecidedAt, e.decided = fromMillis(at), after.Int64; err != nil {
		return err
	}
	return e.v.reader.QueryRowContext(e.ctx, `SELECT count(*) FROM incidents
		WHERE account = (SELECT account FROM collections WHERE id = ?1) AND collection <> ?1 AND closed_at IS NULL AND since > ?2 AND since < ?3
		AND verdict IN ('large-deletion', 'everything-gone', 'wrong-account', 'rolled-back')`,
		e.collection, now.Add(-24*time.Hour).UnixMilli(), now.Add(24*time.Hour).UnixMilli()).Scan(&e.Beside)
}

// maxReverted bounds how many returns to an older state are dated: no more is
// needed to find the moment.
const maxReverted = 2000

// nearLoss is from how many losses of a sort on, earlier runs included, it is
// counted how many have it at all.
const nearLoss = 5

// having counts the objects of the collection that have fields of each class,
// where that may matter: it reads all of them.
func (e *evidence) having() error {
	near := false
	for i, f := range e.sums.fields {
		n := f.Lost
		for _, r := range e.Recent {
			n += r.Fields[classes[i]].Lost
		}
		near = near || f.Lost > 0 && n >= nearLoss
	}
	if !near {
		return nil
	}
	rows, err := e.v.reader.QueryContext(e.ctx, `SELECT b.summary FROM resources r JOIN blobs b ON b.id = r.blob WHERE r.collection = ?`, e.collection)
	if err != nil {
		return err
	}
	defer rows.Close()
	var all [len(classes)]int
	for rows.Next() {
		var summary sql.RawBytes
		if err := rows.Scan(&summary); err != nil {
			return err
		}
		p := profileOf(summary, 0)
		for i, n := range p.of {
			if n > 0 {
				all[i]++
			}
		}
	}
	e.Having = map[string]int{}
	for i, n := range all { // those that changed and have some left were counted too
		if n -= e.sums.has[i]; n > 0 {
			e.Having[classes[i]] = n
		}
	}
	return rows.Err()
}

// changes compares what stands now with what stood at GoodAt. What an incident
// changed that is open, or was accepted and nothing changed since, recovers if it
// is as it was again; what a restore wrote is no doing of the server; and a guest is
// nobody's loss: none of these counts.
func (e *evidence) changes() error {
	ours, err := e.restored()
	if err != nil {
		return err
	}
	for _, id := range e.Guests {
		ours[id] = true
	}
	rows, err := e.v.reader.QueryContext(e.ctx, `WITH touched AS
		(SELECT DISTINCT v.resource AS id FROM revisions v CROSS JOIN resources r WHERE v.id > ?2 AND r.id = v.resource AND r.collection = ?1)
		SELECT t.id, p.blob IS NULL, n.summary, length(n.body), o.summary, length(o.body),
			(SELECT max(b.id) FROM revisions b WHERE b.resource = t.id AND b.id < p.id AND b.blob = r.blob)
		FROM touched t CROSS JOIN resources r ON r.id = t.id CROSS JOIN blobs n ON n.id = r.blob
		LEFT JOIN revisions p ON p.id = (SELECT max(q.id) FROM revisions q WHERE q.resource = t.id AND q.id <= ?2)
		LEFT JOIN blobs o ON o.id = p.blob
		WHERE p.blob IS NOT r.blob AND NOT EXISTS (SELECT 1 FROM incident_objects i JOIN incidents x ON x.id = i.incident
			JOIN revisions b ON b.id = i.before WHERE i.resource = t.id AND i.what = 'changed' AND b.blob = r.blob
			AND (x.closed_at IS NULL OR x.closed IN ('accepted', 'kept')
				AND CASE WHEN x.evidence ->> '$."`+decidedAfter+`"' IS NULL THEN p.seen_at <= x.closed_at ELSE p.run <= x.evidence ->> '$."`+decidedAfter+`"' END))`,
		e.collection, e.mark)
	if err != nil {
		return err
	}
	defer rows.Close()
	var backs []back
	for rows.Next() {
		var id int64
		var isNew bool
		var now, old sql.RawBytes
		var size, oldSize sql.NullInt64
		var revision sql.NullInt64
		if err := rows.Scan(&id, &isNew, &now, &size, &old, &oldSize, &revision); err != nil {
			return err
		}
		if isNew {
			e.Created++
			continue
		}
		if ours[id] {
			continue
		}
		e.Changed = append(e.Changed, id)
		before, after := profileOf(old, int(oldSize.Int64)), profileOf(now, int(size.Int64))
		e.sums.add(&before, &after)
		if revision.Valid {
			if e.Reverted++; e.Reverted <= maxReverted {
				backs = append(backs, back{id, revision.Int64})
			}
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(backs) == 0 {
		return err
	}
	return e.date(backs)
}

// back is a return to an older revision.
type back struct{ resource, revision int64 }

// date finds the moment that all that returned to an older state may have stood
// so at once, if there is one.
func (e *evidence) date(backs []back) error {
	var from, until int64
	for _, b := range backs {
		var f, u int64
		err := e.v.reader.QueryRowContext(e.ctx, `SELECT (SELECT seen_at FROM revisions WHERE id = ?2),
			(SELECT min(seen_at) FROM revisions WHERE resource = ?1 AND id > ?2)`, b.resource, b.revision).Scan(&f, &u)
		if err != nil {
			return err
		}
		if from = max(from, f); until == 0 || u < until {
			until = u
		}
	}
	if from < until {
		e.since, e.RevertedTo = from, time.UnixMilli(until)
	}
	return nil
}

// restored gives the objects that a restore of ours wrote to the server since the
// run of GoodAt, or may have written. Of one that ended before its order was noted
// the time decides, unless it lies ahead.
func (e *evidence) restored() (map[int64]bool, error) {
	ids, err := list(e.ctx, e.v, "look for restores", func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) },
		`SELECT s.resource FROM restores x JOIN restore_steps s ON s.restore = x.id
		WHERE x.started_at IS NOT NULL AND s.state <> 'todo' AND (x.ended_at IS NULL OR CASE WHEN x.ask ->> '$."`+endedAfter+`"' IS NOT NULL
			THEN x.ask ->> '$."`+endedAfter+`"' >= ?1 ELSE x.ended_at >= ?2 AND (x.ended_at <= ?3 OR ?2 > ?3) END)`,
		e.good, e.ShownAt.UnixMilli(), e.v.now().UnixMilli())
	out := make(map[int64]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}
