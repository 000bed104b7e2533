package vault

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"sidekeep/sync/pim"
)

// Listing most of what stands now goes the way of the views of the past: it reads
// resources in their own order, on all cores, and sorts what it has read. To look
// up every one in the order of the lists takes several times as long.

// errChanged says that the connections which share a view of now did not see the
// same: something was written between the first and the last.
var errChanged = errors.New("the vault was changed while it was read")

// manyRows is from how many on that is worth the while.
const manyRows = 2000

// allNow gives everything that a query selects, if that is worth the while: ok says
// whether it did.
func (v *Vault) allNow(ctx context.Context, q Query) (rows []Row, ok bool, err error) {
	if q.Search != "" || q.IDs != nil || q.Limit > 0 || q.Offset > 0 || !q.From.IsZero() || !q.To.IsZero() {
		return nil, false, nil
	}
	w, total, err := v.viewNow(ctx, q)
	if err != nil || w.objects < manyRows || w.objects < total/4 {
		return nil, false, err
	}
	rows, err = w.allRows(ctx, q)
	if errors.Is(err, errChanged) {
		return nil, false, nil
	}
	return rows, true, err
}

// viewNow is the view of what stands now, and how many objects the vault has.
func (v *Vault) viewNow(ctx context.Context, q Query) (w *view, total int, err error) {
	w = &view{v: v, now: true, snapshots: map[int64]int64{}, collections: map[int64]*Row{}}
	_, err = list(ctx, v, "list objects", func(r *sql.Rows) (none struct{}, err error) {
		row := &Row{}
		var of pim.Collection
		var objects int
		var wanted bool
		if err := r.Scan(&wanted, &objects, &row.AccountID, &row.Account, &row.CollectionID, &of.Name, &of.URL, &row.Color, &row.Kind); err != nil {
			return none, err
		}
		total += objects
		if wanted {
			row.Collection = of.Title()
			w.collections[row.CollectionID] = row
			w.snapshots[row.CollectionID] = 0 // that it is there
			w.objects += objects
		}
		return none, nil
	}, `SELECT (?1 = 0 OR c.account = ?1) AND (?2 = 0 OR c.id = ?2), c.live, c.account, a.name, c.id, c.name, c.url, c.color, c.kind
		FROM collections c JOIN accounts a ON a.id = c.account`, q.Account, q.Collection)
	if err == nil {
		w.held, err = v.heldBefore(ctx, atMillis(q.At))
	}
	return w, total, err
}

// inTurn gives the rows of a part. Of a view of now it notes what there was.
func (w *view) inTurn(ctx context.Context, p *part, query string, args []any, f func([]driver.Value) error) error {
	if !w.now {
		return w.v.each(ctx, query, args, f)
	}
	conn, err := w.v.reader.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // what is noted is then true of all that is read
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	var newest, removed, purged int64
	if err := tx.QueryRowContext(ctx, `SELECT (SELECT coalesce(max(id), 0) FROM revisions), (SELECT coalesce(max(id), 0) FROM removals),
		(SELECT count(*) FROM collections)`).Scan(&newest, &removed, &purged); err != nil {
		return err
	}
	*p.seen = fmt.Sprint(newest, removed, purged)
	return eachOn(ctx, conn, query, args, f)
}
