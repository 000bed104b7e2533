package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"sidekeep/sync/pim"
)

// Why the bytes of an object can't be had.
const (
	lostBytes   = "its bytes can't be read"
	lostChanged = "its bytes are not those that were stored"
	lostMany    = "what is known of them is lost"
)

// BodiesAt gives the objects of a collection by href as they stood at a moment; the
// zero moment is now. A collection that was not there yet has none. Damage does not
// end the sequence, other errors do: an object whose bytes can't be had comes with
// Lost and without Body, and of objects that are known only to have been there one
// Stored says how many, in More. Whether bytes are those that were stored, a look at
// their SHA-256 tells: [Stored.Check].
func (v *Vault) BodiesAt(ctx context.Context, collection int64, at time.Time) iter.Seq2[Stored, error] {
	const op = "read objects"
	return func(yield func(Stored, error) bool) {
		w := &wholeReader{v: v, collection: collection, at: at, yield: yield}
		if err := w.run(ctx); err != nil && !w.stopped {
			yield(Stored{}, v.fail(op, err))
		}
		if w.lost > 0 {
			v.damaged.Store(true)
		}
	}
}

// wholeReader is one BodiesAt.
type wholeReader struct {
	v          *Vault
	collection int64
	at         time.Time
	upTo       int64 // the last revision by then
	yield      func(Stored, error) bool
	stopped    bool
	given      []int64 // resources
	lost       int
}

// query words what gives the objects, of which which says more.
func (w *wholeReader) query(which string) (string, []any) {
	if w.at.IsZero() {
		return storedQuery + `WHERE r.collection = ? AND r.blob IS NOT NULL` + which, []any{w.collection}
	}
	const state = `(SELECT max(id) FROM revisions WHERE resource = r.id AND id <= ?3)`
	// Without the row of its state it is not known whether it was deleted then: it was
	// there before, and is taken to be lost.
	return `SELECT ` + pastColumns + `FROM resources r LEFT JOIN revisions v ON v.id = ` + state + ` LEFT JOIN blobs b ON b.id = v.blob
		WHERE r.collection = ?2 AND CASE WHEN v.id IS NULL THEN ` + state + ` IS NOT NULL ELSE v.blob IS NOT NULL END` + which,
		[]any{atMillis(w.at), w.collection, w.upTo}
}

func (w *wholeReader) run(ctx context.Context) error {
	tx, err := w.v.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // what is counted is then true of what is read
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if !w.at.IsZero() {
		err := tx.QueryRowContext(ctx, `SELECT r.last_revision FROM collections c CROSS JOIN runs r WHERE c.id = ?2 AND r.id = `+lastRun,
			atMillis(w.at), w.collection).Scan(&w.upTo)
		if errors.Is(err, sql.ErrNoRows) { // it was not there yet
			return nil
		}
		if err != nil {
			return err
		}
	}
	query, args := w.query(` ORDER BY coalesce(r.key, r.href)`)
	err = w.read(ctx, tx, query, args)
	if err != nil && !w.stopped && isDamage(err) {
		err = w.oneByOne(ctx, tx)
	}
	if err != nil || w.stopped {
		return err
	}
	return w.count(ctx, tx)
}

// read gives what a query finds, and what of it is lost.
func (w *wholeReader) read(ctx context.Context, tx *sql.Tx, query string, args []any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		s, err := scanStored(rows)
		if err != nil { // the columns are not what they have to be
			return torn(err)
		}
		w.give(s)
		if w.stopped {
			return nil
		}
	}
	return rows.Err()
}

func (w *wholeReader) give(s Stored) {
	w.given = append(w.given, s.Resource)
	if s.Sum == nil && s.Lost == "" {
		s.Lost = lostBytes
	}
	if s.Lost != "" {
		w.lost++
	}
	w.stopped = !w.yield(s, nil)
}

// count compares how many there were with how many should be.
func (w *wholeReader) count(ctx context.Context, tx *sql.Tx) error {
	var want int
	var err error
	if w.at.IsZero() {
		err = tx.QueryRowContext(ctx, `SELECT live FROM collections WHERE id = ?`, w.collection).Scan(&want)
	} else { // what was forgotten since may have been counted then, and of what was thinned out nobody knows
		err = tx.QueryRowContext(ctx, `SELECT r.objects - (SELECT count(DISTINCT o.id) FROM removals x JOIN resources o ON o.id = x.resource
				WHERE x.kind = 'forget' AND o.collection = c.id AND o.head > r.last_revision)
			FROM collections c CROSS JOIN runs r WHERE c.id = ?2 AND r.id = `+lastRun+`
			AND NOT EXISTS (SELECT 1 FROM removals WHERE kind = 'thin')`, atMillis(w.at), w.collection).Scan(&want)
	}
	switch {
	case ctx.Err() != nil:
		return err
	case err != nil: // nobody knows
		return nil
	}
	if more := want - len(w.given); more > 0 {
		w.lost += more
		w.yield(Stored{Lost: lostMany, More: more}, nil)
	}
	return nil
}

// oneByOne goes on where a part of the tables can't be read: it looks for every
// object on its own, by all that names it.
func (w *wholeReader) oneByOne(ctx context.Context, tx *sql.Tx) error {
	ids, err := w.named(ctx, tx)
	if err != nil {
		return err
	}
	seen := make(map[int64]bool, len(w.given))
	for _, id := range w.given {
		seen[id] = true
	}
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		query, args := w.query(fmt.Sprintf(` AND r.id = %d`, id))
		err := w.read(ctx, tx, query, args)
		if err != nil && isDamage(err) {
			s := Stored{Resource: id, Lost: lostBytes}
			if e := tx.QueryRowContext(ctx, `SELECT href FROM resources WHERE id = ?`, id).Scan(&s.Href); e != nil {
				s.Href = pim.Href(fmt.Sprintf("object-%d", id))
			}
			w.give(s)
			err = nil
		}
		if err != nil || w.stopped {
			return err
		}
	}
	return nil
}

// named gives the objects that resources and lists name. Lists know only what
// stands now, and of what stood once they would name what was not there.
func (w *wholeReader) named(ctx context.Context, tx *sql.Tx) ([]int64, error) {
	var ids []int64
	for _, table := range []struct{ name, id string }{{"resources", "id"}, {"summaries", "resource"}} {
		if table.name == "summaries" && !w.at.IsZero() {
			break
		}
		var high sql.NullInt64
		_ = tx.QueryRowContext(ctx, `SELECT max(`+table.id+`) FROM `+table.name).Scan(&high)
		s := spans{
			tries: manyTries,
			read: func(ctx context.Context, from, to int64) (int64, error) {
				rows, err := tx.QueryContext(ctx, `SELECT `+table.id+`, collection FROM `+table.name+` WHERE `+table.id+` >= ? AND `+table.id+` < ? ORDER BY `+table.id, from, to)
				if err != nil {
					return from, err
				}
				defer rows.Close()
				for rows.Next() {
					var id int64
					var collection sql.NullInt64
					// A page of which a part is lost gives rows that are none.
					if err := rows.Scan(&id, &collection); err != nil || id < from || id >= to {
						return from, errTorn
					}
					if from = id + 1; collection.Int64 == w.collection {
						ids = append(ids, id)
					}
				}
				return from, rows.Err()
			},
		}
		if err := s.walk(ctx, 1, max(high.Int64, 1<<16)+1); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// errTorn is damage that SQLite does not see: it gives a row whose columns are not
// what its table says that they are.
var errTorn = errors.New("a row is damaged")

func torn(err error) error { return fmt.Errorf("%w: %w", errTorn, err) }

// Check says in Lost what is wrong with the bytes, and takes them away.
func (s *Stored) Check() {
	if s.Lost != "" {
		return
	}
	if s.Sum == nil {
		s.Lost = lostBytes
		return
	}
	if sum := sha256.Sum256(s.Body); !bytes.Equal(s.Sum, sum[:]) {
		s.Body, s.Lost = nil, lostChanged
	}
}

// sound gives an error for an object whose bytes can't be had or are not those
// that were stored.
func (v *Vault) sound(op string, s *Stored) error {
	if s.Check(); s.Lost == "" {
		return nil
	}
	return v.fail(op, &pim.Error{Fault: pim.Storage, Op: fmt.Sprintf("%s %d (%s) from", op, s.Resource, s.Href), Where: v.path,
		Reason: "corrupt", Hint: hintCorrupt, Err: errors.New(s.Lost)})
}

// TitleOf gives the last title of an object that can be read; "" where none can.
func (v *Vault) TitleOf(ctx context.Context, resource int64) string {
	rows, err := v.reader.QueryContext(ctx, `SELECT blob FROM revisions WHERE resource = ? AND blob IS NOT NULL ORDER BY id DESC LIMIT 10`, resource)
	if err != nil {
		return ""
	}
	var blobs []int64
	for rows.Next() {
		if id, err := scanID(rows); err == nil {
			blobs = append(blobs, id)
		}
	}
	_ = rows.Close()
	for _, b := range blobs {
		var title sql.NullString
		err := v.reader.QueryRowContext(ctx, `SELECT CASE WHEN json_valid(summary) THEN json_extract(summary, '$.T') END FROM blobs WHERE id = ?`, b).Scan(&title)
		if err == nil && title.String != "" {
			return title.String
		}
	}
	return ""
}
