package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"sidekeep/sync/pim"
)

const runQuery = `SELECT r.id, a.name, c.name, c.url, c.id, c.kind, r.started_at, r.ended_at, r.outcome, r.enumerated,
	r.objects, r.created, r.modified, r.deleted, r.held, r.owed, r.fault,
	CASE WHEN r.message = '' THEN r.reason ELSE r.message END, r.requests, r.bytes
	FROM runs r JOIN collections c ON c.id = r.collection JOIN accounts a ON a.id = c.account `

func scanRun(r *sql.Rows) (x pim.Run, err error) {
	var of pim.Collection
	var started, ended sql.NullInt64
	n := &x.Counts
	err = r.Scan(&x.ID, &x.Account, &of.Name, &of.URL, &x.CollID, &x.Kind, &started, &ended, &x.Outcome, &x.Full,
		&n.Objects, &n.Created, &n.Modified, &n.Deleted, &n.Held, &n.Owed, &x.Fault, &x.Message,
		&x.Traffic.Requests, &x.Traffic.BytesReceived)
	x.Collection, x.Started, x.Ended = of.Title(), fromMillis(started), fromMillis(ended)
	return x, err
}

// Runs gives the runs of all collections, newest first; limit 0 gives all. A
// run that the program left open when it ended has the outcome "interrupted"
// as soon as the next one of its collection begins.
func (v *Vault) Runs(ctx context.Context, limit int) ([]pim.Run, error) {
	if limit <= 0 {
		limit = -1
	}
	return list(ctx, v, "list runs", scanRun, runQuery+`ORDER BY r.id DESC LIMIT ?`, limit)
}

// Run gives one run; an unknown ID is Invalid.
func (v *Vault) Run(ctx context.Context, id pim.RunID) (pim.Run, error) {
	found, err := list(ctx, v, "find run", scanRun, runQuery+`WHERE r.id = ?`, id)
	if err == nil && len(found) == 0 {
		err = invalid("find run", fmt.Sprint(id), "`sidekeep log --json` shows the runs with their IDs.", errors.New("there is no run with this ID"))
	}
	if err != nil {
		return pim.Run{}, err
	}
	return found[0], nil
}

// LastRuns gives the last finished run of each collection, by collection ID; one
// in which something was forgotten does not count.
func (v *Vault) LastRuns(ctx context.Context) (map[int64]pim.Run, error) {
	runs, err := list(ctx, v, "list runs", scanRun, runQuery+`WHERE r.id IN
		(SELECT (SELECT max(id) FROM runs WHERE collection = collections.id AND ended_at IS NOT NULL AND purpose <> 'forget') FROM collections)`)
	out := make(map[int64]pim.Run, len(runs))
	for _, r := range runs {
		out[r.CollID] = r
	}
	return out, err
}

// NotEnded gives the collections with a run that did not come to its end: it goes
// on, or was cut short.
func (v *Vault) NotEnded(ctx context.Context) (map[int64]bool, error) {
	out := map[int64]bool{}
	_, err := list(ctx, v, "list runs", func(r *sql.Rows) (id int64, err error) {
		err = r.Scan(&id)
		out[id] = true
		return id, err
	}, `SELECT id FROM collections WHERE EXISTS (SELECT 1 FROM runs WHERE collection = collections.id AND ended_at IS NULL)`)
	return out, err
}

// Stats gives the size of the file and its WAL, and the number of revisions.
func (v *Vault) Stats(ctx context.Context) (bytes, revisions int64, err error) {
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(v.path + suffix); err == nil {
			bytes += info.Size()
		}
	}
	err = v.reader.QueryRowContext(ctx, `SELECT count(*) FROM revisions`).Scan(&revisions)
	return bytes, revisions, v.fail("measure vault", err)
}

// DataVersion changes whenever any process wrote to the vault. It means
// something only in comparison with an earlier one of the same Vault.
func (v *Vault) DataVersion(ctx context.Context) (int64, error) {
	const op = "look for changes"
	v.watchMu.Lock()
	defer v.watchMu.Unlock()
	if v.watch == nil {
		c, err := v.reader.Conn(context.WithoutCancel(ctx))
		if err != nil {
			return 0, v.fail(op, err)
		}
		v.watch = c
	}
	var n int64
	err := v.watch.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&n)
	return n, v.fail(op, err)
}
