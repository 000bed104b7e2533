package vault

import (
	"context"
	"database/sql"
	"errors"

	"sidekeep/sync/pim"
)

// interrupted is the outcome of a run that the program left open when it ended.
const interrupted pim.Outcome = "interrupted"

// wasInterrupted is what is known of such a run: the program ended in the middle of
// it, or it failed for want of room, of which there was none to say so either.
const wasInterrupted = "It was cut short: the program ended, or the disk was full."

// BeginRun opens a run of a collection. One that was left open, because the
// program ended in the middle or the disk was full, is marked as interrupted; what
// it stored stays.
func (v *Vault) BeginRun(ctx context.Context, collection int64) (pim.RunID, error) {
	const op = "begin run"
	var id int64
	err := v.write(ctx, op, func(ctx context.Context, tx *sql.Tx) error {
		now := v.stamp()
		_, err := tx.ExecContext(ctx, `UPDATE runs SET ended_at = ?1, outcome = ?2, message = ?4,
			objects = (SELECT live FROM collections WHERE id = ?3),
			last_revision = (SELECT last_revision FROM collections WHERE id = ?3)
			WHERE collection = ?3 AND ended_at IS NULL`, now, interrupted, collection, wasInterrupted)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `INSERT INTO runs (collection, started_at) SELECT id, ?1 FROM collections WHERE id = ?2`, now, collection)
		if err != nil {
			return err
		}
		if err := oneRow(res, op, collection); err != nil {
			return err
		}
		id, err = res.LastInsertId()
		return err
	})
	return pim.RunID(id), err
}

// Put commits objects as they come, so that a run that is cut short need not
// fetch them again. Equal bytes make no new revision; the ETag is always the
// one last seen. An object that was owed or held no longer is.
func (v *Vault) Put(ctx context.Context, run pim.RunID, objects []pim.Recorded) error {
	ready := makeReady(objects)
	return v.write(ctx, "store objects", func(_ context.Context, tx *sql.Tx) error {
		b, err := v.openBatch(ctx, tx, run)
		if err != nil {
			return err
		}
		if err := b.put(ready); err != nil {
			return err
		}
		return b.save()
	})
}

// Finish ends a run: its last objects, tombstones, what is held and owed, and
// the state that covers them become true in one transaction. It gives the
// counts of the whole run. A zero LastComplete or LastFull keeps what was. A run
// that failed and that there is no room to end is ended without its last objects,
// in the room that the WAL takes.
func (v *Vault) Finish(ctx context.Context, run pim.RunID, c pim.Commit) (pim.Counts, error) {
	counts, err := v.finish(ctx, run, c)
	var e *pim.Error
	if c.Outcome != pim.Failed || !errors.As(err, &e) || e.Reason != "full" || v.emptyWAL(ctx) != nil {
		return counts, err
	}
	c.Objects = nil
	return v.finish(ctx, run, c)
}

func (v *Vault) finish(ctx context.Context, run pim.RunID, c pim.Commit) (pim.Counts, error) {
	var counts pim.Counts
	ready := makeReady(c.Objects)
	err := v.write(ctx, "finish run", func(inner context.Context, tx *sql.Tx) error {
		b, err := v.openBatch(ctx, tx, run)
		if err != nil {
			return err
		}
		if err := b.put(ready); err != nil {
			return err
		}
		for _, f := range []func() error{
			func() error { return b.tombstones(c.Tombstones) },
			func() error { return b.hold(c.Held, c.Back) },
			func() error { return b.owe(c.Owed) },
			func() error { return b.save() },
			func() error { return b.state(c.State) },
			func() error { return b.settle(c.Incident) },
			func() error { counts, err = b.end(c); return err },
		} {
			if err := f(); err != nil {
				return err
			}
		}
		return nil
	})
	return counts, err
}

// batch is one transaction of one run.
type batch struct {
	ctx        context.Context // asked between objects, never given to a statement
	quiet      context.Context // without an end
	v          *Vault
	st         *statements
	tx         *sql.Tx
	run        pim.RunID
	collection int64
	calendar   bool // of its kind
	pending    bool // something of the collection is owed or held
	now        int64

	created, modified, deleted int
	live                       int   // change of the number of live resources
	last                       int64 // last revision written, 0 none
	next                       nextIDs
}

// nextIDs are the IDs that the next rows get. Counted here, they are known
// before the rows are there, and SQLite need not be asked for each.
type nextIDs struct{ blob, resource, revision int64 }

func (v *Vault) openBatch(ctx context.Context, tx *sql.Tx, run pim.RunID) (*batch, error) {
	b := &batch{ctx: ctx, quiet: context.WithoutCancel(ctx), v: v, tx: tx, run: run, now: v.stamp()}
	b.st = v.st.in(b.quiet, tx)
	var ended sql.NullInt64
	err := tx.QueryRowContext(b.quiet, `SELECT collection, ended_at, (SELECT kind = 'calendar' FROM collections WHERE id = runs.collection),
		EXISTS (SELECT 1 FROM owed WHERE collection = runs.collection) OR EXISTS (SELECT 1 FROM held WHERE collection = runs.collection),
		(SELECT coalesce(max(id), 0) + 1 FROM blobs), (SELECT coalesce(max(id), 0) + 1 FROM resources), (SELECT coalesce(max(id), 0) + 1 FROM revisions)
		FROM runs WHERE id = ?`, run).Scan(&b.collection, &ended, &b.calendar, &b.pending, &b.next.blob, &b.next.resource, &b.next.revision)
	if errors.Is(err, sql.ErrNoRows) || (err == nil && ended.Valid) {
		err = &pim.Error{Fault: pim.Internal, Op: "store objects", Where: v.path, Err: errNoRun}
	}
	return b, err
}

func (b *batch) exec(query string, args ...any) error {
	_, err := b.tx.ExecContext(b.quiet, query, args...)
	return err
}

// tombstones ends the current life of resources; those that are gone already
// are left alone.
func (b *batch) tombstones(resources []int64) error {
	if len(resources) == 0 {
		return nil
	}
	all := idList(resources)
	var foreign bool
	err := b.tx.QueryRowContext(b.quiet, `SELECT EXISTS (SELECT 1 FROM json_each(?1) j
		WHERE NOT EXISTS (SELECT 1 FROM resources r WHERE r.id = j.value AND r.collection = ?2))`, all, b.collection).Scan(&foreign)
	if err == nil && foreign {
		err = &pim.Error{Fault: pim.Internal, Op: "store tombstones", Where: b.v.path,
			Err: errors.New("a resource is not of this collection")}
	}
	if err != nil {
		return err
	}
	first := b.next.revision
	res, err := b.tx.ExecContext(b.quiet, `INSERT INTO revisions (id, resource, run, blob, seen_at, via, altered, etag)
		SELECT ?2 - 1 + row_number() OVER (ORDER BY id), id, ?3, NULL, ?4, '', 0, '' FROM resources
		WHERE id IN (SELECT value FROM json_each(?1)) AND blob IS NOT NULL ORDER BY id`, all, first, b.run, b.now)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil || n == 0 {
		return err
	}
	for _, q := range []string{
		`UPDATE resources SET blob = NULL, etag = NULL, revisions = revisions + 1, head = v.id
			FROM revisions v WHERE v.id >= ?1 AND v.id < ?2 AND resources.id = v.resource`,
		`DELETE FROM held WHERE resource IN (SELECT resource FROM revisions WHERE id >= ?1 AND id < ?2)`,
		`DELETE FROM summaries WHERE resource IN (SELECT resource FROM revisions WHERE id >= ?1 AND id < ?2)`,
		`DELETE FROM search WHERE rowid IN (SELECT resource FROM revisions WHERE id >= ?1 AND id < ?2)`,
	} {
		if err := b.exec(q, first, first+n); err != nil {
			return err
		}
	}
	b.next.revision += n
	b.last = first + n - 1
	b.deleted += int(n)
	b.live -= int(n)
	return nil
}

// hold notes deletions that are not believed, and takes back those that are no
// longer missing. What was held and is named in neither stays held.
func (b *batch) hold(held, back []int64) error {
	if len(back) > 0 {
		if err := b.exec(`DELETE FROM held WHERE collection = ? AND resource IN (SELECT value FROM json_each(?))`, b.collection, idList(back)); err != nil {
			return err
		}
	}
	if len(held) == 0 {
		return nil
	}
	return b.exec(`INSERT INTO held (resource, collection, run, since)
		SELECT id, collection, ?3, ?4 FROM resources WHERE id IN (SELECT value FROM json_each(?1)) AND collection = ?2 AND blob IS NOT NULL
		ON CONFLICT (resource) DO UPDATE SET run = ?3`, idList(held), b.collection, b.run, b.now)
}

// owe replaces what is owed; a fetch that was owed before has failed once more.
func (b *batch) owe(owed []pim.OwedFetch) error {
	keys := make(map[string]bool, len(owed))
	for _, o := range owed {
		key := o.Href.Key()
		keys[key] = true
		err := b.exec(`INSERT INTO owed (collection, key, href, etag, fault, why, final, tries, since)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8)
			ON CONFLICT (collection, key) DO UPDATE SET href = ?3, etag = ?4, fault = ?5, why = ?6, final = ?7, tries = tries + 1`,
			b.collection, key, o.Href, o.ETag, o.Fault.String(), o.Why, o.Final, b.now)
		if err != nil {
			return err
		}
	}
	rows, err := b.tx.QueryContext(b.quiet, `SELECT key FROM owed WHERE collection = ?`, b.collection)
	if err != nil {
		return err
	}
	defer rows.Close()
	var paid []string
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return err
		}
		if !keys[key] {
			paid = append(paid, key)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, key := range paid {
		if err := b.exec(`DELETE FROM owed WHERE collection = ? AND key = ?`, b.collection, key); err != nil {
			return err
		}
	}
	return nil
}

// save adds what this batch did to the run and its collection.
func (b *batch) save() error {
	err := b.exec(`UPDATE runs SET created = created + ?2, modified = modified + ?3, deleted = deleted + ?4 WHERE id = ?1`,
		b.run, b.created, b.modified, b.deleted)
	if err != nil || (b.live == 0 && b.last == 0) {
		return err
	}
	return b.exec(`UPDATE collections SET live = live + ?2, last_revision = max(last_revision, ?3) WHERE id = ?1`,
		b.collection, b.live, b.last)
}

func (b *batch) state(s pim.State) error {
	return b.exec(`UPDATE collections SET ctag = ?2, sync_token = ?3,
		last_complete = coalesce(?4, last_complete), last_full = coalesce(?5, last_full), road = ?6 WHERE id = ?1`,
		b.collection, s.CTag, s.SyncToken, millis(s.LastComplete), millis(s.LastFull), s.Road)
}

func (b *batch) end(c pim.Commit) (pim.Counts, error) {
	ended := c.Ended
	if ended.IsZero() {
		ended = b.v.now()
	}
	fault := ""
	if c.Outcome == pim.Failed {
		fault = c.Fault.String()
	}
	fields, err := fieldsText(c.Fields)
	if err != nil {
		return pim.Counts{}, err
	}
	var n pim.Counts
	err = b.tx.QueryRowContext(b.quiet, `UPDATE runs SET ended_at = ?2, outcome = ?3, enumerated = ?4, fault = ?5, message = ?6, reason = ?7,
		requests = ?8, bytes = ?9, fields = ?11,
		objects = (SELECT live FROM collections WHERE id = ?10),
		last_revision = (SELECT last_revision FROM collections WHERE id = ?10),
		held = (SELECT count(*) FROM held WHERE collection = ?10 AND kept = 0),
		owed = (SELECT count(*) FROM owed WHERE collection = ?10)
		WHERE id = ?1 RETURNING objects, created, modified, deleted, held, owed`,
		b.run, millis(ended), c.Outcome, c.Full, fault, c.Message, c.Reason, c.Traffic.Requests, c.Traffic.BytesReceived, b.collection, fields).
		Scan(&n.Objects, &n.Created, &n.Modified, &n.Deleted, &n.Held, &n.Owed)
	return n, err
}
