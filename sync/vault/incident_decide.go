package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"sidekeep/sync/pim"
)

// Told records that the person was notified of an incident: it is done once.
func (v *Vault) Told(ctx context.Context, id int64, at time.Time) error {
	const op = "note a notification"
	return v.write(ctx, op, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE incidents SET told_at = coalesce(told_at, ?2) WHERE id = ?1`, id, at.UnixMilli())
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, noIncident(op, id))
		}
		return nil
	})
}

// Decide closes an incident. Accepted believes the loss: what is held gets its
// tombstone, in a run of its own for every collection. KeptHere keeps it in the
// current view for good. Both reach over everything that the incident names and
// the server still lacks. PutBack only closes: it comes after a restore, and an
// incident that the server's recovery closed meanwhile may be given that name.
// Any other decision, and a second one, is Invalid.
func (v *Vault) Decide(ctx context.Context, id int64, d pim.Decision, now time.Time) (pim.Incident, error) {
	const op = "decide on an incident"
	if d != pim.Accepted && d != pim.KeptHere && d != pim.PutBack {
		return pim.Incident{}, invalid(op, fmt.Sprint(id), "", fmt.Errorf("%q is no decision", d))
	}
	err := v.write(ctx, op, func(ctx context.Context, tx *sql.Tx) error {
		var closed string
		err := tx.QueryRowContext(ctx, `SELECT closed FROM incidents WHERE id = ?`, id).Scan(&closed)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return noIncident(op, id)
		case err != nil:
			return err
		case closed != "" && (d != pim.PutBack || closed != string(pim.Recovered)):
			return invalid(op, fmt.Sprint(id), "What it was about can still be found in the history.",
				fmt.Errorf("the incident is over: %s", closed))
		}
		if d != pim.PutBack {
			if err := v.carryOut(ctx, tx, id, d, now); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE incidents SET closed = ?2, closed_at = ?3, told_at = coalesce(told_at, ?3),
			evidence = json_set(evidence, '$."`+decidedAfter+`"', (SELECT coalesce(max(id), 0) FROM runs WHERE ended_at IS NOT NULL)) WHERE id = ?1`,
			id, d, now.UnixMilli())
		return err
	})
	if err != nil {
		return pim.Incident{}, err
	}
	return v.Incident(ctx, id)
}

// carryOut makes a decision true in each collection that the incident touches.
func (v *Vault) carryOut(ctx context.Context, tx *sql.Tx, id int64, d pim.Decision, now time.Time) error {
	return v.decideAll(ctx, tx, d, now, `SELECT h.collection, h.resource FROM held h JOIN incident_objects o ON o.resource = h.resource
		WHERE o.incident = ? AND o.what = 'gone' AND h.kept = 0 ORDER BY h.collection, h.resource`, id)
}

// PutElsewhere believes that objects which are held are gone from where they were,
// since a restore has put each where the same collection's or another's listing
// has it now. Those that are not held are left alone.
func (v *Vault) PutElsewhere(ctx context.Context, resources []int64, now time.Time) error {
	return v.write(ctx, "note what was put elsewhere", func(ctx context.Context, tx *sql.Tx) error {
		return v.decideAll(ctx, tx, pim.PutBack, now, `SELECT collection, resource FROM held
			WHERE resource IN (SELECT value FROM json_each(?)) ORDER BY collection, resource`, idList(resources))
	})
}

// decideAll carries a decision out for the collections and held resources that a
// query gives, in the order of the collections.
func (v *Vault) decideAll(ctx context.Context, tx *sql.Tx, d pim.Decision, now time.Time, query string, arg any) error {
	rows, err := tx.QueryContext(ctx, query, arg)
	if err != nil {
		return err
	}
	defer rows.Close()
	var order []int64
	of := map[int64][]int64{}
	for rows.Next() {
		var collection, resource int64
		if err := rows.Scan(&collection, &resource); err != nil {
			return err
		}
		if of[collection] == nil {
			order = append(order, collection)
		}
		of[collection] = append(of[collection], resource)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, c := range order {
		if err := v.decideIn(ctx, tx, c, of[c], d, now); err != nil {
			return err
		}
	}
	return nil
}

// What a run that carries out a decision says.
const (
	saidAccepted = "You said that it was you."
	saidKept     = "You said to keep here what the server no longer has."
	saidPutBack  = "It was put back, under an address of its own."
)

// decideIn makes a run of one collection that carries out a decision. A
// mirroring that is under way is left to itself: whatever of these it finds on
// the server is there again afterwards.
func (v *Vault) decideIn(ctx context.Context, tx *sql.Tx, collection int64, resources []int64, d pim.Decision, now time.Time) error {
	res, err := tx.ExecContext(ctx, `INSERT INTO runs (collection, started_at, purpose) VALUES (?, ?, 'accept')`, collection, now.UnixMilli())
	if err != nil {
		return err
	}
	id, err := res.LastInsertId()
	if err != nil {
		return err
	}
	b, err := v.openBatch(ctx, tx, pim.RunID(id))
	if err != nil {
		return err
	}
	b.now = now.UnixMilli()
	c := pim.Commit{Outcome: pim.Complete, Message: saidAccepted, Ended: now}
	switch d {
	case pim.Accepted:
		err = b.tombstones(resources)
	case pim.PutBack:
		c.Message = saidPutBack
		err = b.tombstones(resources)
	default:
		c.Message = saidKept
		for _, r := range resources {
			if err = b.exec(`UPDATE held SET kept = 1 WHERE resource = ?`, r); err != nil {
				break
			}
		}
	}
	if err == nil {
		err = b.save()
	}
	if err == nil {
		_, err = b.end(c)
	}
	return err
}
