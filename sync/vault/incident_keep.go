package vault

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"sidekeep/sync/pim"
)

// reopenWithin is for how long an incident that closed by itself is taken up
// again when the same happens once more: a server that goes to and fro is one
// incident, and one notification.
const reopenWithin = 24 * time.Hour

// tellAgainAfter is when such a one is told anew: so long after it was told, or
// once something was put back since, which is how the person knows it to be over.
const tellAgainAfter = 6 * time.Hour

// toldStill words what becomes of told_at of an incident that is taken up again;
// the argument is the latest moment that is so long ago. What a clock noted that was
// ahead is not waited for.
func toldStill(arg string) string {
	return `CASE WHEN told_at <= ` + arg + ` OR told_at > ` + arg + ` + ` + fmt.Sprint(tellAgainAfter.Milliseconds()) + ` OR EXISTS (SELECT 1 FROM restores p WHERE p.target = incidents.account AND p.started_at >= told_at) THEN NULL ELSE told_at END`
}

// changing are the verdicts about objects that are there and changed; all
// others are about objects that are missing. Of the latter a collection has one
// open incident at most, since what is missing can't be lost once more. What
// changed can change again: that is another incident, which keeps the state before
// it.
var changing = []pim.Verdict{pim.Emptied, pim.MassRewrite}

// mostly says whether so many objects in common make a loss of all the same as
// before. A second one that takes others, or many more, is to be told.
func mostly(common, all int) bool { return common*4 >= all*3 }

func sortOf(v pim.Verdict) int {
	if slices.Contains(changing, v) {
		return 1
	}
	return 0
}

// incident opens what a run found wrong, or brings the open incident up to
// date. good is the last revision before the run that saw it.
func (b *batch) incident(n *pim.IncidentNote, account int64, good int64) error {
	if n == nil {
		return nil
	}
	id, whole, err := b.openIncident(account, n)
	if err != nil {
		return err
	}
	evidence, err := json.Marshal(n.Evidence)
	if err != nil {
		return err
	}
	fresh := id == 0
	if fresh {
		res, err := b.tx.ExecContext(b.quiet, `INSERT INTO incidents (account, collection, verdict, since, good_at, live, message, evidence)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, account, b.collection, n.Verdict, b.now, millis(n.GoodAt), n.Live, n.Message, string(evidence))
		if err != nil {
			return err
		}
		if id, err = res.LastInsertId(); err != nil {
			return err
		}
	}
	if n.Verdict == pim.WrongAccount && n.Evidence["another-principal"] == 0 { // nothing comes from another principal
		if err := b.exec(`UPDATE incidents SET evidence = json_set(evidence, '$."`+guestsAfter+`"', ?2) WHERE id = ?1 AND evidence ->> '$."`+guestsAfter+`"' IS NULL`, id, good); err != nil {
			return err
		}
	}
	added, err := b.name(id, n, good)
	if err == nil && !n.Earlier.IsZero() {
		err = b.exec(`INSERT INTO incident_objects (incident, resource, what, before)
			SELECT ?1, r.id, 'gone', (SELECT max(p.id) FROM revisions p WHERE p.resource = r.id AND p.blob IS NOT NULL)
			FROM resources r JOIN revisions v ON v.id = r.head WHERE r.collection = ?2 AND r.blob IS NULL AND v.run <> ?4
				AND v.seen_at >= ?3 AND (v.seen_at <= ?5 OR v.run >= (SELECT min(+id) FROM runs WHERE collection = ?2 AND ended_at >= ?3 AND ended_at <= ?5))
			ON CONFLICT (incident, resource) DO NOTHING`, id, b.collection, n.Earlier.UnixMilli()-1, b.run, b.now)
	}
	if err == nil {
		err = b.eroded(id, n)
	}
	switch {
	case err != nil:
		return err
	case fresh && added == 0: // a person decided on them while the run was under way
		return b.exec(`DELETE FROM incidents WHERE id = ?`, id)
	case fresh:
		return nil
	}
	if n.Again {
		err := b.exec(`UPDATE incidents SET told_at = NULL WHERE id = ?1 AND (told_at <= ?2 OR told_at > ?3)`, id, b.now-reopenWithin.Milliseconds(), b.now)
		if err != nil {
			return err
		}
	}
	if whole {
		return nil
	}
	return b.exec(`UPDATE incidents SET verdict = ?2, message = ?3, evidence = `+keepMark+`, live = max(live, ?5) WHERE id = ?1`,
		id, n.Verdict, n.Message, string(evidence), n.Live)
}

// openIncident finds the open incident that a note belongs to: the collection's
// own, or that of its account as a whole; or takes one up again that closed by
// itself a short while ago, if it was about the same objects. 0: there is none.
func (b *batch) openIncident(account int64, n *pim.IncidentNote) (id int64, whole bool, err error) {
	rows, err := b.tx.QueryContext(b.quiet, `SELECT id, verdict, collection IS NULL, closed_at IS NOT NULL,
		CASE WHEN closed_at IS NULL THEN 0 ELSE (SELECT count(*) FROM incident_objects o WHERE o.incident = incidents.id
			AND (o.what = 'gone' AND o.resource IN (SELECT value FROM json_each(?4)) OR o.what = 'changed' AND o.resource IN (SELECT value FROM json_each(?5)))) END
		FROM incidents
		WHERE account = ?1 AND (collection IS NULL OR collection = ?2) AND (closed_at IS NULL OR closed = 'recovered' AND closed_at > ?3 AND closed_at <= ?7)
		AND NOT (?6 AND closed_at IS NULL AND told_at <= ?3 AND verdict IN ('emptied', 'mass-rewrite'))
		ORDER BY closed_at IS NOT NULL, collection IS NULL, id DESC`, account, b.collection, b.now-reopenWithin.Milliseconds(), idList(n.Gone), idList(n.Changed), n.Again, b.now+reopenWithin.Milliseconds())
	if err != nil {
		return 0, false, err
	}
	defer rows.Close()
	closed := false
	for rows.Next() && id == 0 {
		var have pim.Verdict
		var x int64
		var common int
		if err := rows.Scan(&x, &have, &whole, &closed, &common); err != nil {
			return 0, false, err
		}
		if sortOf(have) == sortOf(n.Verdict) && (!closed || !whole && mostly(common, len(n.Gone)+len(n.Changed))) {
			id = x
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || id == 0 || !closed {
		return id, whole && id != 0, err
	}
	if err := b.exec(`DELETE FROM incident_objects WHERE incident = ?`, id); err != nil {
		return 0, false, err
	}
	return id, whole, b.exec(`UPDATE incidents SET closed = '', closed_at = NULL, told_at = `+toldStill("?4")+`, since = ?2, good_at = ?3, evidence = '{}' WHERE id = ?1`,
		id, b.now, millis(n.GoodAt), b.now-tellAgainAfter.Milliseconds())
}

// name writes down which objects an incident is about, each with its last good
// revision, which stays what it was when the incident began. What is named as
// gone must be held.
func (b *batch) name(id int64, n *pim.IncidentNote, good int64) (added int64, err error) {
	for _, x := range []struct {
		resources []int64
		query     string
	}{
		{n.Gone, `SELECT ?1, h.resource, 'gone', (SELECT max(v.id) FROM revisions v WHERE v.resource = h.resource AND v.blob IS NOT NULL)
			FROM held h WHERE h.resource IN (SELECT value FROM json_each(?2)) AND h.kept = 0 AND ?3 >= 0`},
		{n.Changed, `SELECT ?1, v.resource, 'changed', max(v.id) FROM revisions v
			WHERE v.resource IN (SELECT value FROM json_each(?2)) AND v.id <= ?3 AND v.blob IS NOT NULL GROUP BY v.resource`},
	} {
		if len(x.resources) == 0 {
			continue
		}
		res, err := b.tx.ExecContext(b.quiet, `INSERT INTO incident_objects (incident, resource, what, before) `+x.query+
			` ON CONFLICT (incident, resource) DO NOTHING`, id, idList(x.resources), good)
		if err != nil {
			return added, err
		}
		k, err := res.RowsAffected()
		if err != nil {
			return added, err
		}
		added += k
	}
	return added, nil
}

// recovered closes the incidents of the collection, and of its account, that
// are over: nothing of what they name is missing any more, and what was changed
// stands again as it did before.
func (b *batch) recovered(account int64) error {
	return b.exec(`UPDATE incidents SET closed = 'recovered', closed_at = ?3
		WHERE closed_at IS NULL AND account = ?1 AND (collection = ?2 OR collection IS NULL)
		AND NOT EXISTS (SELECT 1 FROM incident_objects o WHERE o.incident = incidents.id AND o.what = 'gone' AND `+missing+`)
		AND NOT EXISTS (SELECT 1 FROM incident_objects o JOIN resources r ON r.id = o.resource JOIN revisions v ON v.id = o.before
			WHERE o.incident = incidents.id AND o.what = 'changed' AND r.blob IS NOT v.blob)`, account, b.collection, b.now)
}

// settle is the part of the end of a run that is about incidents. It costs one
// small question where there are none.
func (b *batch) settle(n *pim.IncidentNote) error {
	var account int64
	var any bool
	err := b.tx.QueryRowContext(b.quiet, `SELECT c.account, EXISTS (SELECT 1 FROM incidents i WHERE i.account = c.account)
		FROM collections c WHERE c.id = ?`, b.collection).Scan(&account, &any)
	if err != nil || n == nil && !any {
		return err
	}
	if any {
		if err := b.recovered(account); err != nil {
			return err
		}
	}
	if n == nil {
		return nil
	}
	_, _, good, err := lastGood(b.quiet, b.tx, b.collection, b.run)
	if err != nil {
		return err
	}
	return b.incident(n, account, good)
}

// querier is a handle or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// lastGood gives the last run of a collection that came to its end, other than this
// one, when its clock said that it did, and a revision so that all later ones came after it. The
// time is zero if there is none. Runs are numbered as they begin: a clock that
// was put back does not confuse it.
func lastGood(ctx context.Context, q querier, collection int64, run pim.RunID) (id int64, at time.Time, mark int64, err error) {
	var ended sql.NullInt64
	err = q.QueryRowContext(ctx, `SELECT id, ended_at FROM runs WHERE +collection = ?1 AND id <> ?2 AND ended_at IS NOT NULL
		AND outcome IN ('complete', 'partial', 'held') ORDER BY id DESC LIMIT 1`, collection, run).Scan(&id, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, time.Time{}, 0, nil
	}
	if err == nil {
		err = q.QueryRowContext(ctx, `SELECT max((SELECT last_revision FROM runs WHERE id = ?1), coalesce(max((SELECT r.last_revision FROM runs r
			WHERE r.collection = c.id AND r.ended_at <= ?2 AND r.id <= ?1 ORDER BY r.ended_at DESC LIMIT 1)), 0)) FROM collections c`, id, ended).Scan(&mark)
	}
	return id, fromMillis(ended), mark, err
}
