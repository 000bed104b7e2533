package vault

import (
	"context"
	"database/sql"

	"sidekeep/sync/pim"
)

// WreckAccount is an account with what is needed to mirror it again.
type WreckAccount struct {
	pim.Account
	Discovery pim.Discovery
}

// Accounts gives the accounts in use of which all that signing in takes can be
// read. Others have to be added again.
func (w *Wreck) Accounts(ctx context.Context) []WreckAccount {
	var out []WreckAccount
	w.each(ctx, func(r *sql.Rows) error {
		var a WreckAccount
		if err := r.Scan(&a.ID, &a.Name, &a.URL, &a.User, &a.AllowHTTP, &a.Secrets); err != nil {
			return err
		}
		out = append(out, a)
		return nil
	}, `SELECT id, name, url, user, allow_http, secrets FROM accounts WHERE removed_at IS NULL ORDER BY id`)
	whole := out[:0]
	for _, a := range out {
		d := &a.Discovery
		w.each(ctx, func(r *sql.Rows) error {
			var p pim.Principal
			err := r.Scan(&p.Kind, &p.URL)
			d.Principals = append(d.Principals, p)
			return err
		}, `SELECT kind, url FROM principals WHERE account = ?`, a.ID)
		w.each(ctx, func(r *sql.Rows) error {
			var h pim.HomeSet
			err := r.Scan(&h.Kind, &h.URL)
			d.HomeSets = append(d.HomeSets, h)
			return err
		}, `SELECT kind, url FROM home_sets WHERE account = ? AND gone = 0`, a.ID)
		w.each(ctx, func(r *sql.Rows) error {
			var h string
			err := r.Scan(&h)
			d.Hosts = append(d.Hosts, h)
			return err
		}, `SELECT host FROM hosts WHERE account = ?`, a.ID)
		if len(d.HomeSets) > 0 && len(d.Hosts) > 0 {
			whole = append(whole, a)
		}
	}
	return whole
}

// each calls f for the rows that can be read.
func (w *Wreck) each(ctx context.Context, f func(*sql.Rows) error, query string, args ...any) {
	rows, err := w.db.QueryContext(ctx, query, args...)
	if err != nil {
		return
	}
	defer rows.Close()
	for rows.Next() {
		if f(rows) != nil {
			return
		}
	}
}
