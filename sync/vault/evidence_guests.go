package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"sidekeep/sync/pim"
)

// A guest is what newly came where a collection turned out to be somebody else's,
// or later, before that incident was over: nobody's loss if it goes again. What the
// incident names itself is none, nor is what was here before under another href, nor
// what came once more than one in twenty of what was missing of the collection had
// come back: a guest never stands for an object of one's own. Where a person says
// that it was them, or to keep what is missing, there are no guests any more. Where
// the incident closed otherwise they are guests for reopenWithin longer.

// guestsAfter is the key, among an incident's evidence, of the last revision before
// the run that was first judged so. It is the vault's own, and shown to nobody.
const guestsAfter = "guests-after"

// keepMark is evidence ?4 with the mark that stood in the row's before.
const keepMark = `CASE WHEN evidence ->> '$."` + guestsAfter + `"' IS NULL THEN ?4 ELSE json_set(?4, '$."` + guestsAfter + `"', evidence ->> '$."` + guestsAfter + `"') END`

// withMark is evidence with a mark, by the numbers of their parameters; -1: none.
func withMark(evidence, mark int) string {
	return fmt.Sprintf(`CASE WHEN ?%d < 0 THEN ?%d ELSE json_set(?%d, '$."%s"', ?%d) END`, mark, evidence, evidence, guestsAfter, mark)
}

// markOf is the latest mark of the incidents that SumUp makes one of; -1: none.
func markOf(ctx context.Context, tx *sql.Tx, account int64, since time.Time) (mark int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT coalesce(max(evidence ->> '$."`+guestsAfter+`"'), -1) FROM incidents WHERE `+summed,
		account, since.UnixMilli()).Scan(&mark)
	return mark, err
}

// guest is an object that is or was one.
type guest struct {
	id, blob  int64
	born, end int64 // runs; end 0: it is there
	until     int64 // Unix milliseconds: when it stopped being one; 0: it has not
	uid       []byte
}

// guests finds those of the collection, and takes them and what became of them out
// of the runs in Recent.
func (e *evidence) guests() error {
	type span struct{ incident, mark, until int64 }
	spans, err := list(e.ctx, e.v, "look for guests", func(r *sql.Rows) (s span, err error) {
		return s, r.Scan(&s.incident, &s.mark, &s.until)
	}, `SELECT id, evidence ->> '$."`+guestsAfter+`"', coalesce(closed_at, 0) FROM incidents
		WHERE account = (SELECT account FROM collections WHERE id = ?1) AND (collection = ?1 OR collection IS NULL)
		AND closed IN ('', 'recovered', 'put-back') AND coalesce(closed_at, ?2) BETWEEN ?2 AND ?3 AND evidence ->> '$."`+guestsAfter+`"' IS NOT NULL ORDER BY id`,
		e.collection, e.v.now().AddDate(0, 0, -pim.RecentDays-1).UnixMilli(), e.v.now().Add(reopenWithin).UnixMilli())
	if err != nil {
		return err
	}
	seen := map[int64]bool{}
	for _, s := range spans {
		found, err := e.newIn(s.incident, s.mark, s.until)
		if err == nil && len(found) > 0 {
			found, err = e.strange(found, s.mark)
		}
		if err != nil {
			return err
		}
		for _, g := range found {
			if !seen[g.id] {
				seen[g.id] = true
				e.without(&g)
			}
		}
	}
	return nil
}

// newIn gives what came to the collection after a mark, until an incident was over,
// and is there or went again no later than reopenWithin after that.
func (e *evidence) newIn(incident, mark, until int64) ([]guest, error) {
	last := until + reopenWithin.Milliseconds()
	if until == 0 {
		until, last = 1<<62, 1<<62
	}
	found, err := list(e.ctx, e.v, "look for guests", func(r *sql.Rows) (g guest, err error) {
		var summary []byte
		err = r.Scan(&g.id, &g.blob, &g.born, &g.end, &g.until, &summary)
		g.uid = textIn(summary, `"u":"`)
		return g, err
	}, `WITH came AS (SELECT v.resource AS id, min(v.id) AS first FROM revisions v CROSS JOIN resources r
			WHERE v.id > ?2 AND r.id = v.resource AND r.collection = ?1 AND v.blob IS NOT NULL GROUP BY v.resource)
		SELECT c.id, f.blob, f.run, CASE WHEN h.blob IS NULL THEN h.run ELSE 0 END, CASE WHEN h.blob IS NULL THEN h.seen_at ELSE 0 END, b.summary
		FROM came c JOIN revisions f ON f.id = c.first JOIN resources r ON r.id = c.id JOIN revisions h ON h.id = r.head JOIN blobs b ON b.id = f.blob
		WHERE f.seen_at <= ?3 AND (SELECT p.blob FROM revisions p WHERE p.resource = c.id AND p.id <= ?2 ORDER BY p.id DESC LIMIT 1) IS NULL
		AND NOT EXISTS (SELECT 1 FROM incident_objects o WHERE o.incident = ?4 AND o.resource = c.id)
		AND NOT EXISTS (SELECT 1 FROM runs x WHERE x.id = f.run AND x.ended_at IS NOT NULL AND x.outcome IN ('complete', 'partial', 'held') AND x.held * 20 <
			19 * (SELECT count(*) FROM incident_objects o JOIN resources n ON n.id = o.resource WHERE o.incident = ?4 AND n.collection = ?1)) ORDER BY c.id`,
		e.collection, mark, until, incident)
	now := e.v.now().UnixMilli()
	n := 0
	for _, g := range found {
		if g.end == 0 && now <= last || g.end != 0 && g.until <= last {
			found[n] = g
			n++
		}
	}
	return found[:n], err
}

// strange leaves out what was in the account before the mark: by its bytes, or by
// its UID.
func (e *evidence) strange(found []guest, mark int64) ([]guest, error) {
	rows, err := e.v.reader.QueryContext(e.ctx, `SELECT b.id, b.summary FROM blobs b WHERE b.id IN (SELECT v.blob FROM revisions v
		JOIN resources r ON r.id = v.resource JOIN collections c ON c.id = r.collection
		WHERE v.id <= ?2 AND v.blob IS NOT NULL AND c.account = (SELECT account FROM collections WHERE id = ?1))`, e.collection, mark)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	blobs, uids := map[int64]bool{}, map[string]bool{}
	for rows.Next() {
		var id int64
		var summary sql.RawBytes
		if err := rows.Scan(&id, &summary); err != nil {
			return nil, err
		}
		blobs[id] = true
		if uid := textIn(summary, `"u":"`); len(uid) > 0 {
			uids[string(uid)] = true
		}
	}
	n := 0
	for _, g := range found {
		if !blobs[g.blob] && !uids[string(g.uid)] {
			found[n] = g
			n++
		}
	}
	return found[:n], errors.Join(rows.Err(), rows.Close())
}

// without counts one guest no more.
func (e *evidence) without(g *guest) {
	if g.end == 0 {
		e.Guests = append(e.Guests, g.id)
	}
	for i := range e.Recent {
		r, run := &e.Recent[i], e.runs[i]
		if run == g.born {
			r.Created--
		}
		if run == g.end && g.end != 0 {
			r.Deleted--
		}
		if run >= g.born && (g.end == 0 || run < g.end) {
			r.Objects--
		}
	}
}

// own leaves the guests out.
func (e *evidence) own(gone []int64) []int64 {
	guests := make(map[int64]bool, len(e.Guests))
	for _, id := range e.Guests {
		guests[id] = true
	}
	return slices.DeleteFunc(slices.Clone(gone), func(id int64) bool { return guests[id] })
}
