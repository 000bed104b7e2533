package vault

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"sidekeep/sync/pim"
)

// summed are the incidents that SumUp makes one of: of account ?1, opened since
// ?2, about objects that are missing.
const summed = `account = ?1 AND collection IS NOT NULL AND closed_at IS NULL AND told_at IS NULL AND since >= ?2
	AND verdict NOT IN ('emptied', 'mass-rewrite')`

// SumUp makes one incident of the account out of those of several of its
// collections that were opened since a moment and that nobody was told of. It
// does nothing where there are none, or where one of the account is open
// already; one that closed by itself within the last day is taken up again if it
// was about the same objects.
func (v *Vault) SumUp(ctx context.Context, account int64, since time.Time, n pim.IncidentNote) error {
	return v.write(ctx, "sum up incidents", func(ctx context.Context, tx *sql.Tx) error {
		var any bool
		err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM incidents WHERE `+summed+`)
			AND NOT EXISTS (SELECT 1 FROM incidents WHERE account = ?1 AND collection IS NULL AND closed_at IS NULL)`,
			account, since.UnixMilli()).Scan(&any)
		if err != nil || !any {
			return err
		}
		id, err := v.accountIncident(ctx, tx, account, since, n)
		if err != nil {
			return err
		}
		for _, q := range []string{
			`INSERT OR IGNORE INTO incident_objects (incident, resource, what, before)
				SELECT ?3, o.resource, o.what, o.before FROM incident_objects o JOIN incidents i ON i.id = o.incident WHERE ` + summed,
			`DELETE FROM incidents WHERE ` + summed + ` AND id <> ?3`,
		} {
			if _, err := tx.ExecContext(ctx, q, account, since.UnixMilli(), id); err != nil {
				return err
			}
		}
		return nil
	})
}

// accountIncident opens the account's, or takes up its last one again.
func (v *Vault) accountIncident(ctx context.Context, tx *sql.Tx, account int64, since time.Time, n pim.IncidentNote) (id int64, err error) {
	evidence, err := json.Marshal(n.Evidence)
	if err != nil {
		return 0, err
	}
	mark, err := markOf(ctx, tx, account, since)
	if err != nil {
		return 0, err
	}
	now := v.stamp()
	var common, all int
	err = tx.QueryRowContext(ctx, `WITH news AS (SELECT DISTINCT o.resource FROM incident_objects o JOIN incidents i ON i.id = o.incident WHERE `+summed+`)
		SELECT x.id, (SELECT count(*) FROM news JOIN incident_objects o ON o.resource = news.resource AND o.incident = x.id), (SELECT count(*) FROM news)
		FROM incidents x WHERE x.account = ?1 AND x.collection IS NULL AND x.closed = 'recovered' AND x.closed_at > ?3
		ORDER BY x.id DESC LIMIT 1`, account, since.UnixMilli(), now-reopenWithin.Milliseconds()).Scan(&id, &common, &all)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !mostly(common, all) {
		res, err := tx.ExecContext(ctx, `INSERT INTO incidents (account, verdict, since, good_at, live, message, evidence) VALUES (?, ?, ?, ?, ?, ?, `+withMark(7, 8)+`)`,
			account, n.Verdict, now, millis(n.GoodAt), n.Live, n.Message, string(evidence), mark)
		if err != nil {
			return 0, err
		}
		return res.LastInsertId()
	}
	if err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM incident_objects WHERE incident = ?`, id); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE incidents SET closed = '', closed_at = NULL, told_at = `+toldStill("?9")+`, since = ?7,
		verdict = ?2, message = ?3, evidence = `+withMark(4, 8)+`, live = ?5, good_at = ?6
		WHERE id = ?1`, id, n.Verdict, n.Message, string(evidence), n.Live, millis(n.GoodAt), now, mark, now-tellAgainAfter.Milliseconds())
	return id, err
}

// Reword replaces the message and the evidence of an incident that is open.
func (v *Vault) Reword(ctx context.Context, id int64, message string, evidence map[string]int) error {
	text, err := json.Marshal(evidence)
	if err != nil {
		return err
	}
	return v.write(ctx, "bring an incident up to date", func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE incidents SET message = ?2, evidence = `+strings.ReplaceAll(keepMark, "?4", "?3")+` WHERE id = ?1 AND closed_at IS NULL`, id, message, string(text))
		return err
	})
}
