package vault

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sidekeep/sync/pim"
)

// RestoreRow is one restore in a list, without its steps.
type RestoreRow struct {
	pim.Restore
	Actions map[pim.Action]int        // how many steps have which action
	Results map[pim.RestoreResult]int // and which result; Unchecked: sent, Pending: not carried out yet
}

const restoreColumns = `id, created_at, ask, coalesce(target, 0), state, started_at, ended_at, notes`

func scanRestore(row interface{ Scan(...any) error }) (r pim.Restore, err error) {
	var created, started, ended sql.NullInt64
	var ask, notes []byte
	if err := row.Scan(&r.ID, &created, &ask, &r.Target, &r.State, &started, &ended, &notes); err != nil {
		return r, err
	}
	r.Created, r.Started, r.Ended = fromMillis(created), fromMillis(started), fromMillis(ended)
	return r, errors.Join(json.Unmarshal(ask, &r.Ask), json.Unmarshal(notes, &r.Notes))
}

// SaveRestore keeps a plan, with what it makes and all its steps, and gives its
// ID. Created is stamped where it is zero. The ask is kept without its Body,
// which stands in the step.
func (v *Vault) SaveRestore(ctx context.Context, r pim.Restore) (int64, error) {
	r.Ask.Body = nil
	if r.Created.IsZero() {
		r.Created = v.now()
	}
	if r.State == "" {
		r.State = "planned"
	}
	var id int64
	err := v.write(ctx, "keep restore plan", func(inner context.Context, tx *sql.Tx) error {
		ask, err := json.Marshal(r.Ask)
		if err != nil {
			return err
		}
		var target any
		if r.Target != 0 {
			target = r.Target
		}
		res, err := tx.ExecContext(inner, `INSERT INTO restores (created_at, ask, target, state, started_at, ended_at, notes)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, millis(r.Created), string(ask), target, r.State, millis(r.Started), millis(r.Ended), jsonList(r.Notes))
		if err != nil {
			return err
		}
		if id, err = res.LastInsertId(); err != nil {
			return err
		}
		if err := insertMakes(inner, tx, id, r.Makes); err != nil {
			return err
		}
		return insertSteps(ctx, inner, tx, id, r.Steps)
	})
	return id, err
}

func insertMakes(ctx context.Context, tx *sql.Tx, id int64, makes []pim.RestoreMake) error {
	for _, m := range makes {
		_, err := tx.ExecContext(ctx, `INSERT INTO restore_makes (restore, kind, name, components, color, before, url)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, id, m.Kind, m.Name, jsonList(m.Components), m.Color, jsonBefore(m.Before), m.URL)
		if err != nil {
			return err
		}
	}
	return nil
}

// insertSteps asks ctx between steps; the statements run in inner.
func insertSteps(ctx, inner context.Context, tx *sql.Tx, id int64, steps []pim.RestoreStep) error {
	add, err := tx.PrepareContext(inner, `INSERT INTO restore_steps (restore, n, action, resource, revision, body, title, uid,
		collection, make, kind, href, etag, why, mail, state, result, new_uid, detail, quiet)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer add.Close()
	for _, s := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.State == "" {
			s.State = "todo"
		}
		_, err := add.ExecContext(inner, id, s.N, s.Action, s.Resource, s.Revision, s.Body, s.Title, s.UID,
			s.Collection, s.Make, s.Kind, s.Href, s.ETag, s.Why, jsonList(s.Mail), s.State, s.Result, s.NewUID, jsonList(s.Detail), jsonList(s.Quiet))
		if err != nil {
			return err
		}
	}
	return nil
}

// jsonList writes strings as a JSON array, none of them as [].
func jsonList(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	b, err := json.Marshal(list)
	if err != nil { // strings always can be
		panic(err)
	}
	return string(b)
}

// jsonBefore keeps apart "none" and "not looked yet".
func jsonBefore(list []string) any {
	if list == nil {
		return nil
	}
	return jsonList(list)
}

// Restore gives a restore with all its steps, and the bytes of those that are no
// stored state; an unknown ID is Invalid.
func (v *Vault) Restore(ctx context.Context, id int64) (pim.Restore, error) {
	const op = "read restore"
	tx, err := v.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return pim.Restore{}, v.fail(op, err)
	}
	defer func() { _ = tx.Rollback() }()
	r, err := scanRestore(tx.QueryRowContext(ctx, `SELECT `+restoreColumns+` FROM restores WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return r, unknownRestore(op, id)
	}
	if err != nil {
		return r, v.fail(op, err)
	}
	if r.Makes, err = readMakes(ctx, tx, id); err != nil {
		return r, v.fail(op, err)
	}
	r.Steps, err = readSteps(ctx, tx, id)
	return r, v.fail(op, err)
}

func unknownRestore(op string, id int64) error {
	return invalid(op, fmt.Sprint(id), "`sidekeep restore list` shows what there is.",
		errors.New("there is no restore of this number"))
}

func readMakes(ctx context.Context, tx *sql.Tx, id int64) ([]pim.RestoreMake, error) {
	rows, err := tx.QueryContext(ctx, `SELECT kind, name, components, color, before, url FROM restore_makes
		WHERE restore = ? ORDER BY kind DESC, name`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []pim.RestoreMake
	for rows.Next() {
		var m pim.RestoreMake
		var components []byte
		var before sql.NullString
		if err := rows.Scan(&m.Kind, &m.Name, &components, &m.Color, &before, &m.URL); err != nil {
			return nil, err
		}
		if m.Components, err = readList(components); err != nil {
			return nil, err
		}
		if before.Valid {
			m.Before = []string{}
			if err := json.Unmarshal([]byte(before.String), &m.Before); err != nil {
				return nil, err
			}
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

func readSteps(ctx context.Context, tx *sql.Tx, id int64) ([]pim.RestoreStep, error) {
	rows, err := tx.QueryContext(ctx, `SELECT n, action, resource, revision, body, title, uid, collection, make, kind, href, etag,
		why, mail, state, result, new_uid, detail, quiet FROM restore_steps WHERE restore = ? ORDER BY n`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []pim.RestoreStep
	for rows.Next() {
		var s pim.RestoreStep
		var mail, detail, quiet []byte
		err := rows.Scan(&s.N, &s.Action, &s.Resource, &s.Revision, &s.Body, &s.Title, &s.UID, &s.Collection, &s.Make, &s.Kind,
			&s.Href, &s.ETag, &s.Why, &mail, &s.State, &s.Result, &s.NewUID, &detail, &quiet)
		if err != nil {
			return nil, err
		}
		var errs [3]error
		s.Mail, errs[0] = readList(mail)
		s.Detail, errs[1] = readList(detail)
		s.Quiet, errs[2] = readList(quiet)
		if err := errors.Join(errs[:]...); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// readList reads what jsonList wrote; most are empty.
func readList(b []byte) (list []string, err error) {
	if string(b) == "[]" {
		return nil, nil
	}
	err = json.Unmarshal(b, &list)
	return list, err
}

// Restores gives all plans and restores, newest first, with counts of their steps.
func (v *Vault) Restores(ctx context.Context) ([]RestoreRow, error) {
	const op = "list restores"
	all, err := list(ctx, v, op, func(r *sql.Rows) (RestoreRow, error) {
		x, err := scanRestore(r)
		return RestoreRow{Restore: x, Actions: map[pim.Action]int{}, Results: map[pim.RestoreResult]int{}}, err
	}, `SELECT `+restoreColumns+` FROM restores ORDER BY id DESC`)
	if err != nil {
		return nil, err
	}
	at := make(map[int64]*RestoreRow, len(all))
	for i := range all {
		at[all[i].ID] = &all[i]
	}
	_, err = list(ctx, v, op, func(r *sql.Rows) (none struct{}, err error) {
		var id int64
		var action pim.Action
		var result pim.RestoreResult
		var n int
		if err = r.Scan(&id, &action, &result, &n); err == nil && at[id] != nil {
			at[id].Actions[action] += n
			at[id].Results[result] += n
		}
		return none, err
	}, `SELECT restore, action, CASE WHEN result = '' AND state = 'sent' THEN 'unchecked' ELSE result END AS became, count(*)
		FROM restore_steps GROUP BY restore, action, became`)
	return all, err
}

// SetRestoreState moves a restore on: "running" stamps Started where it was not
// and takes Ended back, "stopped" and "done" stamp Ended, "planned" takes both back:
// nothing came of it. Notes replace what was noted.
func (v *Vault) SetRestoreState(ctx context.Context, id int64, state string, notes []string, at time.Time) error {
	const op = "note restore"
	return v.write(ctx, op, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE restores SET state = ?2, notes = ?3,
			started_at = CASE ?2 WHEN 'running' THEN coalesce(started_at, ?4) WHEN 'planned' THEN NULL ELSE started_at END,
			ended_at = CASE WHEN ?2 IN ('stopped', 'done') THEN ?4 END,
			ask = CASE WHEN ?2 IN ('stopped', 'done') THEN json_set(ask, '$."`+endedAfter+`"', (SELECT coalesce(max(id), 0) FROM runs)) ELSE ask END
			WHERE id = ?1`, id, state, jsonList(notes), millis(at))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			return unknownRestore(op, id)
		}
		return err
	})
}
