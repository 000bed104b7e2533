package vault

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"sidekeep/sync/pim"
)

// view is the vault as it was at a moment.
type view struct {
	v           *Vault
	at          int64
	now         bool                // what stands now, whatever run stored it
	snapshots   map[int64]int64     // last revision, by collection
	sure        int64               // what is the head of a resource and not above this stood so
	collections map[int64]*Row      // what rows have of their collection and account
	objects     int                 // how many there were
	removals    int64               // the last time that something was let go of
	held        map[int64]time.Time // since when, before the moment and still
}

// viewAt finds the collections that a query asks for as they were.
func (v *Vault) viewAt(ctx context.Context, q Query) (*view, error) {
	const op = "find snapshots"
	at := atMillis(q.At)
	w := &view{v: v, at: at, snapshots: map[int64]int64{}, collections: map[int64]*Row{}}
	rows, err := v.reader.QueryContext(ctx, `SELECT r.last_revision, r.objects, c.account, a.name, c.id, c.name, c.url, c.color, c.kind,
			c.last_revision, (SELECT max(id) FROM revisions)
		FROM collections c JOIN accounts a ON a.id = c.account CROSS JOIN runs r
		WHERE r.id = `+lastRun+` AND (?2 = 0 OR c.account = ?2) AND (?3 = 0 OR c.id = ?3)`, at, q.Account, q.Collection)
	if err != nil {
		return nil, v.fail(op, err)
	}
	defer rows.Close()
	lowest, covered := int64(1<<62), true
	for rows.Next() {
		r := &Row{}
		var of pim.Collection
		var last, newest int64
		var all sql.NullInt64
		var objects int
		if err := rows.Scan(&last, &objects, &r.AccountID, &r.Account, &r.CollectionID, &of.Name, &of.URL, &r.Color, &r.Kind, &newest, &all); err != nil {
			return nil, v.fail(op, err)
		}
		r.Collection = of.Title()
		lowest, covered = min(lowest, last), covered && last >= newest
		if w.sure = lowest; covered { // whatever is there by now
			w.sure = all.Int64
		}
		w.snapshots[r.CollectionID], w.collections[r.CollectionID] = last, r
		w.objects += objects
	}
	if err := rows.Err(); err != nil {
		return nil, v.fail(op, err)
	}
	if err := v.reader.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM removals`).Scan(&w.removals); err != nil {
		return nil, v.fail(op, err)
	}
	w.held, err = v.heldBefore(ctx, at)
	return w, err
}

// heldBefore gives what is held since before a moment, and since when.
func (v *Vault) heldBefore(ctx context.Context, at int64) (map[int64]time.Time, error) {
	held := map[int64]time.Time{}
	_, err := list(ctx, v, "find snapshots", func(r *sql.Rows) (none struct{}, err error) {
		var id int64
		var since sql.NullInt64
		err = r.Scan(&id, &since)
		held[id] = fromMillis(since)
		return none, err
	}, `SELECT resource, since FROM held WHERE since <= ?`, at)
	return held, err
}

func scanID(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) }

// lastRevision words the last revision of the collection of resource r.
func (w *view) lastRevision() string {
	if w.now || w.at == atMillis(time.Time{}) {
		return `r.head`
	}
	var b strings.Builder
	b.WriteString(`CASE r.collection`)
	for id, last := range w.snapshots {
		fmt.Fprintf(&b, ` WHEN %d THEN %d`, id, last)
	}
	b.WriteString(` ELSE 0 END`)
	return b.String()
}

// state words the revision in which resource r stood; NULL: there was none yet.
func (w *view) state() string {
	last := w.lastRevision()
	if last == `r.head` {
		return last
	}
	return `CASE WHEN r.head <= ` + fmt.Sprint(w.sure) + ` OR r.head <= ` + last + ` THEN r.head ELSE
		(SELECT id FROM revisions WHERE resource = r.id AND id <= ` + last + ` ORDER BY id DESC LIMIT 1) END`
}

// pastRow is a state that a view may show, before it is read in full.
type pastRow struct {
	id, revision, blob int64
	of                 *Row // what it has of its collection
	href               pim.Href
	etag               pim.ETag
	packed             string // its summary
	revisions          int
	asNow              bool // the current view shows the same state

	ord       []byte
	class     class
	rank      int   // of a search: 0 in the title, 1 elsewhere
	deletedAt int64 // of what was gone, milliseconds
	deletedBy pim.RunID
}

// into makes a row of a state.
func (p *pastRow) into(out *Row, w *view, known *reader) error {
	of := p.of // not all of it at once: the rest of out is zero, and large
	out.AccountID, out.Account, out.CollectionID, out.Collection, out.Color, out.Kind = of.AccountID, of.Account, of.CollectionID, of.Collection, of.Color, of.Kind
	out.ID, out.Revision, out.Href, out.ETag, out.Revisions = p.id, p.revision, p.href, p.etag, p.revisions
	out.HeldSince, out.Held = w.held[p.id], !w.held[p.id].IsZero()
	if known.into(&out.Summary, p.packed) != nil { // damaged
		out.Summary = lostSummary(p.class, p.href)
	}
	return nil
}

// rowsAt gives what a query selects from a view of the past, in the order in
// which Rows gives it.
func (v *Vault) rowsAt(ctx context.Context, q Query) ([]Row, error) {
	const op = "list objects"
	w, err := v.viewAt(ctx, q)
	if err != nil {
		return nil, err
	}
	if q.Limit == 0 && q.Offset == 0 {
		rows, err := w.allRows(ctx, q)
		return rows, v.fail(op, err)
	}
	revisions, err := w.revisions(ctx, q)
	if err != nil {
		return nil, v.fail(op, err)
	}
	revisions = revisions[min(q.Offset, len(revisions)):]
	if q.Limit > 0 {
		revisions = revisions[:min(q.Limit, len(revisions))]
	}
	rows, err := w.page(ctx, revisions)
	return rows, v.fail(op, err)
}

func (v *Vault) countAt(ctx context.Context, q Query) (int, error) {
	w, err := v.viewAt(ctx, q)
	if err != nil {
		return 0, err
	}
	revisions, err := w.revisions(ctx, q)
	return len(revisions), v.fail("count objects", err)
}

// revisions gives the states that a query selects, in order.
func (w *view) revisions(ctx context.Context, q Query) ([]int64, error) {
	key := w.cacheKey(q)
	if known, ok := w.v.past.get(key); ok {
		return known, nil
	}
	states, order, err := w.states(ctx, q)
	if err != nil {
		return nil, err
	}
	out := make([]int64, len(order))
	for i, k := range order {
		out[i] = states[k.part][k.at].revision
	}
	w.v.past.put(key, out)
	return out, nil
}

// allRows gives everything that a query selects.
func (w *view) allRows(ctx context.Context, q Query) ([]Row, error) {
	// The room for all rows comes first: the rest is then little beside it, and
	// the garbage collector need not look through it while it grows.
	var room []Row
	if q.IDs == nil && q.Search == "" {
		room = make([]Row, w.objects)
	}
	states, order, err := w.states(ctx, q)
	if err != nil {
		return nil, err
	}
	if len(order) > len(room) {
		room = make([]Row, len(order))
	}
	room = room[:len(order)]
	return room, inShares(len(order), func(from, to int) error {
		var known reader
		for i := from; i < to; i++ {
			if err := states[order[i].part][order[i].at].into(&room[i], w, &known); err != nil {
				return err
			}
		}
		return nil
	})
}

// inShares does n things on all cores, in shares of which each is a run of them.
func inShares(n int, do func(from, to int) error) error {
	shares := min(runtime.GOMAXPROCS(0), n/1000+1)
	errs := make([]error, shares)
	var group sync.WaitGroup
	for i := range shares {
		group.Go(func() { errs[i] = do(n*i/shares, n*(i+1)/shares) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// states reads what a query selects, in several parts, and gives the order of all.
func (w *view) states(ctx context.Context, q Query) (parts [][]pastRow, order []sortKey, err error) {
	if len(w.snapshots) == 0 {
		return nil, nil, nil
	}
	s, err := w.v.pastSearch(ctx, q.Search)
	if err != nil {
		return nil, nil, err
	}
	conds, err := w.parts(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	// The page caches of all connections are one group here. Connections that
	// read a lot side by side take pages from each other until the group is over
	// its limit, and from then on the root of every table is read anew for each
	// row. With empty caches they never get there.
	if len(conds) > 1 {
		if _, err := w.v.reader.ExecContext(ctx, `PRAGMA shrink_memory`); err != nil {
			return nil, nil, err
		}
	}
	parts = make([][]pastRow, len(conds))
	keys := make([][]sortKey, len(conds))
	errs := make([]error, len(conds))
	var group sync.WaitGroup
	for i, c := range conds {
		group.Go(func() {
			if parts[i], errs[i] = w.read(ctx, q, s, c); errs[i] == nil {
				keys[i] = sortKeys(parts, i)
			}
		})
	}
	group.Wait()
	for _, c := range conds {
		if w.now && *c.seen != *conds[0].seen {
			return nil, nil, errors.Join(append(errs, errChanged)...)
		}
	}
	return parts, mergeKeys(parts, keys), errors.Join(errs...)
}

// part is a condition on resources, which several connections share out.
type part struct {
	cond string
	args []any
	room int     // for about as many states
	seen *string // what there was when it was read, of a view of now
}

func (w *view) parts(ctx context.Context, q Query) ([]part, error) {
	if q.IDs != nil {
		return []part{{`r.id IN (SELECT value FROM json_each(?1))`, []any{idList(q.IDs)}, len(q.IDs), nil}}, nil
	}
	var highest int64
	if err := w.v.reader.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM resources`).Scan(&highest); err != nil {
		return nil, err
	}
	n := int64(min(runtime.GOMAXPROCS(0), 3)) // of the connections there are four
	if highest < 2000 {
		n = 1
	}
	room := 0
	if q.Search == "" && len(q.Components) == 0 {
		room = w.objects/int(n) + w.objects/20
	}
	var out []part
	for i := range n {
		out = append(out, part{`r.id > ?1 AND r.id <= ?2`, []any{highest * i / n, highest * (i + 1) / n}, room, new(string)})
	}
	return out, nil
}

// read gives the states of one part.
func (w *view) read(ctx context.Context, q Query, s *pastSearch, p part) ([]pastRow, error) {
	more := `` // columns that only a search needs
	if s != nil {
		more = `, v.id = r.head, v.blob`
	}
	query := `SELECT r.id, r.collection, r.href, CASE WHEN v.id = r.head THEN coalesce(r.etag, v.etag) ELSE v.etag END,
		r.revisions, v.id, b.summary` + more + `
		FROM resources r NOT INDEXED CROSS JOIN revisions v ON v.id = ` + w.state() + `
		CROSS JOIN blobs b ON b.id = v.blob WHERE ` + p.cond
	args := p.args
	if s != nil {
		query += ` AND (r.head > ` + w.lastRevision() + ` OR +r.id IN (SELECT rowid FROM search WHERE search MATCH ?))`
		args = append(slices.Clone(args), s.match)
	}
	want := chosen(q)
	var known reader
	out := make([]pastRow, 0, p.room)
	err := w.inTurn(ctx, &p, query, args, func(row []driver.Value) error {
		of := w.collections[integer(row[1])]
		if of == nil {
			return nil
		}
		out = append(out, pastRow{}) // in place: it is large, and there are many
		r := &out[len(out)-1]
		r.id, r.of, r.href, r.etag = integer(row[0]), of, pim.Href(text(row[2])), pim.ETag(text(row[3]))
		r.revisions, r.revision, r.packed = int(integer(row[4])), integer(row[5]), text(row[6])
		if s != nil {
			r.asNow, r.blob = integer(row[7]) != 0, integer(row[8])
		}
		ok, err := want(r, &known)
		if !ok || err != nil {
			out = out[:len(out)-1]
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.sift(ctx, out)
}

// chosen gives the conditions of a query that a summary answers, as selection
// words them for the current view. It sets what the state is sorted by.
func chosen(q Query) func(*pastRow, *reader) (bool, error) {
	classes := classesOf(q.Components)
	timed := !q.From.IsZero() || !q.To.IsZero()
	return func(r *pastRow, known *reader) (bool, error) {
		var s pim.Summary
		if known.peek(&s, r.packed, timed) != nil { // damaged
			s = lostSummary(classOther, r.href)
		}
		r.class = classFor(s.Component)
		if len(q.Components) > 0 && !slices.Contains(classes, r.class) {
			return false, nil
		}
		r.ord = orderOf(r.class, &s)
		return !timed || happens(r.class, &s, q), nil
	}
}

// happens says whether something may happen in the time of a query.
func happens(c class, s *pim.Summary, q Query) bool {
	begins, until := spanOf(c, s)
	b, ok := begins.(int64)
	u, _ := until.(int64)
	switch {
	case !ok:
		return false
	case !q.From.IsZero() && !(u >= q.From.Unix() && (u > q.From.Unix() || b == u)):
		return false
	}
	return q.To.IsZero() || b < q.To.Unix()
}
