package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"sidekeep/sync/pim"
)

const accountColumns = `id, name, url, user, allow_http, secrets, added_at, removed_at`

func scanAccount(row interface{ Scan(...any) error }) (pim.Account, error) {
	var a pim.Account
	var added, removed sql.NullInt64
	err := row.Scan(&a.ID, &a.Name, &a.URL, &a.User, &a.AllowHTTP, &a.Secrets, &added, &removed)
	a.AddedAt, a.RemovedAt = fromMillis(added), fromMillis(removed)
	return a, err
}

// Accounts gives all accounts by name, also those that were removed but whose
// data is kept (RemovedAt is set).
func (v *Vault) Accounts(ctx context.Context) ([]pim.Account, error) {
	return list(ctx, v, "list accounts", scanAccountRows,
		`SELECT `+accountColumns+` FROM accounts ORDER BY name COLLATE NOCASE, id`)
}

func scanAccountRows(rows *sql.Rows) (pim.Account, error) { return scanAccount(rows) }

// Account gives one account by its name; an unknown one is Invalid, with the
// names there are as the hint.
func (v *Vault) Account(ctx context.Context, name string) (pim.Account, error) {
	a, err := scanAccount(v.reader.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM accounts WHERE name = ?`, name))
	if !errors.Is(err, sql.ErrNoRows) {
		return a, v.fail("find account", err)
	}
	all, err := v.Accounts(ctx)
	if err != nil {
		return a, err
	}
	hint := "There are no accounts yet: add one with `sidekeep account add`."
	if len(all) > 0 {
		names := make([]string, len(all))
		for i, x := range all {
			names[i] = x.Name
		}
		hint = "The accounts are: " + strings.Join(names, ", ") + "."
	}
	return a, invalid("find account", name, hint, errors.New("there is no account of this name"))
}

// AddAccount stores a login that was proved, with all that was discovered.
// secrets says where the password is, "keychain" or "file". The same URL and
// user as a removed account takes that account up again, with its data. A name
// that is taken, or a URL and user that are there already, is Invalid.
func (v *Vault) AddAccount(ctx context.Context, a pim.Account, d pim.Discovery, secrets string) (pim.Account, error) {
	const op = "add account"
	if a.Name == "" {
		return a, invalid(op, "", "Give the account a name.", errors.New("the name is empty"))
	}
	err := v.write(ctx, op, func(ctx context.Context, tx *sql.Tx) error {
		old, err := scanAccount(tx.QueryRowContext(ctx, `SELECT `+accountColumns+
			` FROM accounts WHERE url = ? AND user = ? ORDER BY removed_at IS NULL DESC, id LIMIT 1`, a.URL, a.User))
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err == nil && old.RemovedAt.IsZero() {
			return invalid(op, a.URL, "It is the account "+old.Name+".", errors.New("this login is here already"))
		}
		var taken int64
		err = tx.QueryRowContext(ctx, `SELECT id FROM accounts WHERE name = ? AND id <> ?`, a.Name, old.ID).Scan(&taken)
		switch {
		case err == nil:
			return invalid(op, a.Name, "Choose another name with --name.", errors.New("an account of this name is here already"))
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		if a.AddedAt.IsZero() {
			a.AddedAt = v.now()
		}
		a.ID, a.Secrets = old.ID, secrets
		if err := putAccount(ctx, tx, &a); err != nil {
			return err
		}
		return v.putDiscovery(ctx, tx, a.ID, d)
	})
	return a, err
}

func putAccount(ctx context.Context, tx *sql.Tx, a *pim.Account) error {
	if a.ID != 0 {
		_, err := tx.ExecContext(ctx, `UPDATE accounts SET name = ?, allow_http = ?, secrets = ?, removed_at = NULL WHERE id = ?`,
			a.Name, a.AllowHTTP, a.Secrets, a.ID)
		return err
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO accounts (name, url, user, allow_http, secrets, added_at) VALUES (?, ?, ?, ?, ?, ?)`,
		a.Name, a.URL, a.User, a.AllowHTTP, a.Secrets, millis(a.AddedAt))
	if err != nil {
		return err
	}
	a.ID, err = res.LastInsertId()
	return err
}

// RemoveAccount ends an account. With purge false its data stays in the current
// view, to list and to export. With purge true everything of it is deleted for
// good: history, incidents, and what a restore was to put back of it, wherever
// to. An error with Reason ReasonFreePages comes after all that is done.
func (v *Vault) RemoveAccount(ctx context.Context, id int64, purge bool) error {
	const op = "remove account"
	err := v.write(ctx, op, func(ctx context.Context, tx *sql.Tx) error {
		if purge {
			return purgeAccount(ctx, tx, id)
		}
		res, err := tx.ExecContext(ctx, `UPDATE accounts SET removed_at = coalesce(removed_at, ?) WHERE id = ?`, v.stamp(), id)
		if err != nil {
			return err
		}
		return oneRow(res, op, id)
	})
	if err != nil || !purge {
		return err
	}
	return v.giveBack(ctx, op)
}

// ReasonFreePages: the data was deleted for good, and only the space that it
// took could not be given back.
const ReasonFreePages = "free-pages"

// giveBack rewrites the file after data was deleted for good, for what was
// deleted still stands in free pages. It needs room for a second copy, which is
// too large for memory.
func (v *Vault) giveBack(ctx context.Context, op string) error {
	var errs []error
	for _, q := range []string{`PRAGMA temp_store = FILE`, `VACUUM`, `PRAGMA temp_store = MEMORY`} {
		_, err := v.writer.ExecContext(ctx, q)
		errs = append(errs, err)
	}
	errs = append(errs, v.emptyWAL(ctx))
	err := errors.Join(errs...)
	if err == nil {
		return nil
	}
	return &pim.Error{Fault: pim.Storage, Op: op, Where: v.path, Reason: ReasonFreePages,
		Err:  fmt.Errorf("the data was deleted, but traces of it may still be found in the file %s, which could not be rewritten (%v)", v.path, err),
		Hint: "Free some space on the disk; the traces go with the next removal of data."}
}

// emptyWAL writes the WAL into the file and leaves it empty. It fails while
// somebody reads on.
func (v *Vault) emptyWAL(ctx context.Context) error {
	var busy, pages, done int
	err := v.writer.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &done)
	if err == nil && busy != 0 {
		err = errors.New("somebody reads in the vault")
	}
	return err
}

func oneRow(res sql.Result, op string, id int64) error {
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return invalid(op, fmt.Sprint(id), "", errors.New("it is not in the vault"))
}

// purgeAccount deletes an account; the triggers allow it for the account in
// the table purging, and that row goes with the same transaction.
func purgeAccount(ctx context.Context, tx *sql.Tx, id int64) error {
	const mine = ` IN (SELECT id FROM collections WHERE account = ?1)`
	const resources = ` IN (SELECT id FROM resources WHERE collection` + mine + `)`
	for _, q := range []string{
		`INSERT INTO purging VALUES (?1)`,
		// for the foreign keys; they would be a burden in daily life
		`CREATE INDEX purge_by_run ON revisions (run)`,
		`CREATE INDEX purge_by_blob ON revisions (blob)`,
		`DELETE FROM search WHERE rowid IN (SELECT resource FROM summaries WHERE collection` + mine + `)`,
		`DELETE FROM summaries WHERE collection` + mine,
		`DELETE FROM held WHERE collection` + mine,
		`DELETE FROM owed WHERE collection` + mine,
		`INSERT INTO search (search) VALUES ('optimize')`, // words of what was deleted stand in it until it is written anew
		`DELETE FROM incident_objects WHERE resource` + resources,
		`UPDATE restores SET ask = json_remove(ask, '$.Body', '$.body') WHERE id IN (SELECT restore FROM restore_steps WHERE resource` + resources + `)`,
		`DELETE FROM restore_steps WHERE resource` + resources,
		`DELETE FROM revisions WHERE resource` + resources,
		`DELETE FROM resources WHERE collection` + mine,
		`DELETE FROM blobs WHERE NOT EXISTS (SELECT 1 FROM revisions r WHERE r.blob = blobs.id)`,
		`DELETE FROM runs WHERE collection` + mine,
		`DELETE FROM collections WHERE account = ?1`,
		`DELETE FROM accounts WHERE id = ?1`,
		`DROP INDEX purge_by_run`,
		`DROP INDEX purge_by_blob`,
		`DELETE FROM purging WHERE account = ?1`,
	} {
		args := []any{id}
		if !strings.Contains(q, "?1") {
			args = nil
		}
		res, err := tx.ExecContext(ctx, q, args...)
		if err != nil {
			return err
		}
		if strings.HasPrefix(q, `DELETE FROM accounts`) {
			if err := oneRow(res, "remove account", id); err != nil {
				return err
			}
		}
	}
	return nil
}

// SetSecrets notes where an account's password is kept: "keychain" or "file".
func (v *Vault) SetSecrets(ctx context.Context, id int64, secrets string) error {
	const op = "save where the password is"
	return v.write(ctx, op, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE accounts SET secrets = ? WHERE id = ?`, secrets, id)
		if err != nil {
			return err
		}
		return oneRow(res, op, id)
	})
}

// Discovery gives what is remembered of a login, so that a mirror need not
// look for it again. Collections come without CTag and SyncToken.
func (v *Vault) Discovery(ctx context.Context, id int64) (pim.Discovery, error) {
	const op = "read discovery"
	var d pim.Discovery
	var err error
	d.Principals, err = list(ctx, v, op, func(r *sql.Rows) (p pim.Principal, err error) {
		return p, r.Scan(&p.Kind, &p.URL)
	}, `SELECT kind, url FROM principals WHERE account = ? ORDER BY kind, url`, id)
	if err != nil {
		return d, err
	}
	if d.HomeSets, err = v.HomeSets(ctx, id); err != nil {
		return d, err
	}
	d.Hosts, err = list(ctx, v, op, func(r *sql.Rows) (h string, err error) {
		return h, r.Scan(&h)
	}, `SELECT host FROM hosts WHERE account = ? ORDER BY host`, id)
	if err != nil {
		return d, err
	}
	known, err := v.Collections(ctx, id)
	for _, k := range known {
		d.Collections = append(d.Collections, k.Collection)
	}
	return d, err
}

// SaveDiscovery replaces what is remembered of a login. Collections are added
// and updated; none is forgotten.
func (v *Vault) SaveDiscovery(ctx context.Context, id int64, d pim.Discovery) error {
	return v.write(ctx, "save discovery", func(ctx context.Context, tx *sql.Tx) error {
		return v.putDiscovery(ctx, tx, id, d)
	})
}

func (v *Vault) putDiscovery(ctx context.Context, tx *sql.Tx, id int64, d pim.Discovery) error {
	for _, q := range []string{
		`DELETE FROM principals WHERE account = ?`,
		`DELETE FROM hosts WHERE account = ?`,
		`UPDATE home_sets SET gone = 1 WHERE account = ?`,
	} {
		if _, err := tx.ExecContext(ctx, q, id); err != nil {
			return err
		}
	}
	for _, p := range d.Principals {
		if _, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO principals VALUES (?, ?, ?)`, id, p.Kind, p.URL); err != nil {
			return err
		}
	}
	for _, h := range d.Hosts {
		if _, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO hosts VALUES (?, ?)`, id, h); err != nil {
			return err
		}
	}
	for _, h := range d.HomeSets {
		if err := putHomeSet(ctx, tx, id, h); err != nil {
			return err
		}
	}
	for _, c := range d.Collections {
		if _, err := putCollection(ctx, tx, id, c.HomeSet, c); err != nil {
			return err
		}
	}
	return nil
}

// putHomeSet looks before it writes: even an INSERT that ends in DO NOTHING
// takes a number, which is a change of the file.
func putHomeSet(ctx context.Context, tx *sql.Tx, account int64, h pim.HomeSet) error {
	var gone bool
	err := tx.QueryRowContext(ctx, `SELECT gone FROM home_sets WHERE account = ? AND url = ? AND kind = ?`,
		account, h.URL, h.Kind).Scan(&gone)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		_, err = tx.ExecContext(ctx, `INSERT INTO home_sets (account, kind, url) VALUES (?, ?, ?)`, account, h.Kind, h.URL)
	case err == nil && gone:
		_, err = tx.ExecContext(ctx, `UPDATE home_sets SET gone = 0 WHERE account = ? AND url = ? AND kind = ?`, account, h.URL, h.Kind)
	}
	return err
}

// list gives all rows of a query on the reading handle.
func list[T any](ctx context.Context, v *Vault, op string, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := v.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, v.fail(op, err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		t, err := scan(rows)
		if err != nil {
			return nil, v.fail(op, torn(err))
		}
		out = append(out, t)
	}
	return out, v.fail(op, rows.Err())
}
