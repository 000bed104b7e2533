package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sidekeep/sync/pim"
)

// Query selects from the current view. Zero fields do not restrict.
type Query struct {
	Components []string // "VCARD", "VEVENT", "VTODO", "VJOURNAL"; any other name stands for all others
	Search     string   // words as a person types them; each is the start of a word, all must be there
	Account    int64
	Collection int64
	IDs        []int64
	// From and To keep what may happen in [From, To): recurring objects from
	// their first start on, others where they overlap. What has no time is left
	// out as soon as one of them is set.
	From, To time.Time
	// At selects from the view as it was at a moment, by snapshots: see
	// [Vault.Snapshots]. Zero: now.
	At     time.Time
	Offset int
	Limit  int // 0: all
}

// Row is one object of a view with what is understood of it. Summary has no Text:
// that is only searched. Its Fields may be those of another row too.
type Row struct {
	ID           int64 // of the resource
	Revision     int64 // which state of it this is
	AccountID    int64
	Account      string // name
	CollectionID int64
	Collection   string // title
	Color        string
	Kind         pim.Kind
	Href         pim.Href
	ETag         pim.ETag
	Held         bool
	HeldSince    time.Time // when it was first seen to be missing on the server; zero: it was there
	Revisions    int       // how many states are kept, whichever this is
	Summary      pim.Summary
}

// Rows gives the objects a query selects. Without Search they stand by
// component, contacts by name, events by start, tasks by due date and priority.
// With Search those come first that have all words in their title; the others
// stand in the same order, but of more than a few thousand some come first: the
// oldest or, for the beginning of very many words, those with the first of them.
func (v *Vault) Rows(ctx context.Context, q Query) ([]Row, error) {
	const op = "list objects"
	if !q.At.IsZero() {
		return v.rowsAt(ctx, q)
	}
	if rows, ok, err := v.allNow(ctx, q); ok || err != nil {
		return rows, v.fail(op, err)
	}
	tx, err := v.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, v.fail(op, err)
	}
	defer func() { _ = tx.Rollback() }()
	ids, err := find(ctx, tx, q)
	if err != nil {
		return nil, v.fail(op, err)
	}
	out := make([]Row, 0, len(ids))
	for len(ids) > 0 {
		n := min(len(ids), 1000)
		if out, err = appendRows(ctx, tx, out, ids[:n]); err != nil {
			return nil, v.fail(op, err)
		}
		ids = ids[n:]
	}
	return out, nil
}

// Count says how many objects a query selects; Offset and Limit do not matter.
func (v *Vault) Count(ctx context.Context, q Query) (int, error) {
	const op = "count objects"
	if !q.At.IsZero() {
		return v.countAt(ctx, q)
	}
	tx, err := v.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return 0, v.fail(op, err)
	}
	defer func() { _ = tx.Rollback() }()
	n, err := count(ctx, tx, q)
	return n, v.fail(op, err)
}

func count(ctx context.Context, tx *sql.Tx, q Query) (n int, err error) {
	known, err := openVocabulary(ctx, tx, q.Search)
	if err != nil {
		return 0, err
	}
	defer known.close()
	s := selection(q)
	if match := matchFor(q.Search, false, known.starts); match != "" {
		match += matchPlace(q)
		if known.err != nil {
			return 0, known.err
		}
		if q.Account == 0 && q.IDs == nil && q.From.IsZero() && q.To.IsZero() { // the search knows all the rest
			return n, tx.QueryRowContext(ctx, `SELECT count(*) FROM search WHERE search MATCH ?`, match).Scan(&n)
		}
		s.add(`+resource IN (SELECT rowid FROM search WHERE search MATCH ?)`, match)
	}
	return n, tx.QueryRowContext(ctx, `SELECT count(*) FROM summaries`+s.hint+s.where(), s.args...).Scan(&n)
}

// Row gives one object of the current view; an unknown ID is Invalid.
func (v *Vault) Row(ctx context.Context, id int64) (Row, error) {
	rows, err := v.Rows(ctx, Query{IDs: []int64{id}})
	if err != nil {
		return Row{}, err
	}
	if len(rows) == 0 {
		return Row{}, unknownObject(id)
	}
	return rows[0], nil
}

// RowAt gives one object as it was at a moment; the zero moment is now. What was
// not there then is Invalid.
func (v *Vault) RowAt(ctx context.Context, id int64, at time.Time) (Row, error) {
	if at.IsZero() {
		return v.Row(ctx, id)
	}
	rows, err := v.Rows(ctx, Query{IDs: []int64{id}, At: at})
	if err == nil && len(rows) == 0 {
		err = notThen(id, at)
	}
	if err != nil {
		return Row{}, err
	}
	return rows[0], nil
}

func unknownObject(id int64) error {
	return invalid("find object", fmt.Sprint(id), "`sidekeep list all` shows what there is.",
		errors.New("no object of the current view has this ID"))
}

// selected is a WHERE clause over summaries in the making. hint tells SQLite,
// which knows nothing of how many there are of anything, how to go about it.
type selected struct {
	hint  string
	conds []string
	args  []any
}

// Hints: look up one by one what is named, walk the lists in their order, or
// look at times only.
const (
	oneByOne = ` NOT INDEXED` // by rowid still
	walking  = ` INDEXED BY summaries_in_order`
	byTime   = ` INDEXED BY summaries_in_time`
)

func (s *selected) add(cond string, args ...any) {
	s.conds, s.args = append(s.conds, cond), append(s.args, args...)
}

func (s *selected) where() string {
	if len(s.conds) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(s.conds, " AND ")
}

func selection(q Query) *selected {
	s := &selected{}
	if len(q.Components) > 0 {
		var in []string
		for _, c := range classesOf(q.Components) {
			in = append(in, strconv.Itoa(int(c)))
		}
		s.add(`class IN (` + strings.Join(in, ", ") + `)`)
	}
	if q.Account != 0 {
		s.add(`collection IN (SELECT id FROM collections WHERE account = ?)`, q.Account)
	}
	if q.Collection != 0 {
		s.add(`collection = ?`, q.Collection)
	}
	if q.IDs != nil {
		s.hint = oneByOne
		s.add(`resource IN (SELECT value FROM json_each(?))`, idList(q.IDs))
	}
	if s.hint == "" && !(q.From.IsZero() && q.To.IsZero()) {
		s.hint = byTime
	}
	if !q.From.IsZero() {
		from := q.From.Unix()
		s.add(`until >= ? AND (until > ? OR begins = until)`, from, from)
	}
	if !q.To.IsZero() {
		s.add(`until IS NOT NULL AND begins < ?`, q.To.Unix())
	}
	return s
}

func classesOf(components []string) []class {
	var out []class
	for _, name := range components {
		if c := classFor(strings.ToUpper(name)); !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

const inOrder = ` ORDER BY class, ord, collection, resource`

// find gives the IDs a query selects, in order.
func find(ctx context.Context, tx *sql.Tx, q Query) ([]int64, error) {
	known, err := openVocabulary(ctx, tx, q.Search)
	if err != nil {
		return nil, err
	}
	defer known.close()
	inTitle := matchFor(q.Search, true, known.starts)
	if inTitle == "" {
		return findIDs(ctx, tx, selection(q), q.Offset, q.Limit)
	}
	titled, err := lookUp(ctx, tx, inTitle+matchPlace(q))
	if err = errors.Join(known.err, err); err != nil {
		return nil, err
	}
	var all hits
	groups := []func(*selected) error{
		func(s *selected) error { titled.in(s, "IN"); return nil },
		func(s *selected) error {
			match := matchFor(q.Search, false, known.starts)
			if known.err != nil {
				return known.err
			}
			if match == anyStart(known.wide) {
				all, err = known.some(ctx, tx, match+matchPlace(q))
			} else {
				all, err = lookUp(ctx, tx, match+matchPlace(q))
			}
			if err != nil {
				return err
			}
			s.add(`resource IN (SELECT value FROM json_each(?))`, idList(all.first))
			titled.in(s, "NOT IN")
			s.hint = oneByOne
			return nil
		},
		// Of a great many hits some come first, so that the first page need not
		// wait for all of them to be sorted.
		func(s *selected) error {
			if !all.many {
				s.hint = "" // an index that cannot help is an error
				s.add(`0`)
				return nil
			}
			all.without(s)
			all.in(s, "IN")
			titled.in(s, "NOT IN")
			return nil
		},
	}
	return findInTurn(ctx, tx, q, groups)
}

// findInTurn gives the part of several groups, one after the other, that
// Offset and Limit ask for.
func findInTurn(ctx context.Context, tx *sql.Tx, q Query, groups []func(*selected) error) (ids []int64, err error) {
	offset := q.Offset
	for _, condition := range groups {
		s := selection(q)
		if err := condition(s); err != nil {
			return nil, err
		}
		left := 0
		if q.Limit > 0 {
			left = q.Limit - len(ids)
		}
		part, err := findIDs(ctx, tx, s, offset, left)
		if err != nil {
			return nil, err
		}
		ids = append(ids, part...)
		switch {
		case q.Limit > 0 && len(ids) == q.Limit:
			return ids, nil
		case len(part) > 0:
			offset = 0
		case offset > 0:
			var n int
			err := tx.QueryRowContext(ctx, `SELECT count(*) FROM summaries`+s.hint+s.where(), s.args...).Scan(&n)
			if err != nil {
				return nil, err
			}
			offset -= n
		}
	}
	return ids, nil
}

// matchPlace adds to an FTS5 query what else the query asks for and the search
// knows.
func matchPlace(q Query) string {
	var b strings.Builder
	if q.Collection != 0 {
		fmt.Fprintf(&b, ` AND "%s%d"`, markPlace, q.Collection)
	}
	for i, c := range classesOf(q.Components) {
		b.WriteString([]string{` AND (`, ` OR `}[min(i, 1)])
		fmt.Fprintf(&b, `"%s%d"`, markClass, c)
	}
	if len(q.Components) > 0 {
		b.WriteByte(')')
	}
	return b.String()
}

// idList words IDs as JSON, which SQLite takes as one parameter.
func idList(ids []int64) string {
	b := []byte{'['}
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, id, 10)
	}
	return string(append(b, ']'))
}

func findIDs(ctx context.Context, tx *sql.Tx, s *selected, offset, limit int) ([]int64, error) {
	if limit <= 0 {
		limit = -1
	}
	args := append(append([]any{}, s.args...), limit, offset)
	rows, err := tx.QueryContext(ctx, `SELECT resource FROM summaries`+s.hint+s.where()+inOrder+` LIMIT ? OFFSET ?`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// appendRows reads the rows of ids and appends them in the order of ids. Of an
// object whose bytes are lost there is what else is known; one whose own row is lost
// is left out.
func appendRows(ctx context.Context, tx *sql.Tx, out []Row, ids []int64) ([]Row, error) {
	rows, err := tx.QueryContext(ctx, `SELECT s.resource, coalesce(r.head, 0), c.account, a.name, c.id, c.name, c.url, c.color, c.kind, r.href, coalesce(r.etag, v.etag, ''),
			(SELECT h.since FROM held h WHERE h.resource = r.id), r.revisions, coalesce(b.summary, ''), s.class
		FROM json_each(?) j CROSS JOIN summaries s ON s.resource = j.value
			JOIN resources r ON r.id = s.resource LEFT JOIN blobs b ON b.id = r.blob LEFT JOIN revisions v ON v.id = r.head
			JOIN collections c ON c.id = r.collection JOIN accounts a ON a.id = c.account`, idList(ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	at := make(map[int64]int, len(ids))
	for i, id := range ids {
		at[id] = len(out) + i
	}
	first, found := len(out), 0
	out = append(out, make([]Row, len(ids))...)
	var known reader
	for rows.Next() {
		found++
		var r Row
		var of pim.Collection
		var packed string
		var kind class
		var since sql.NullInt64
		err := rows.Scan(&r.ID, &r.Revision, &r.AccountID, &r.Account, &r.CollectionID, &of.Name, &of.URL, &r.Color, &r.Kind, &r.Href, &r.ETag,
			&since, &r.Revisions, &packed, &kind)
		if err != nil {
			return nil, torn(err)
		}
		if packed == "" || known.into(&r.Summary, packed) != nil { // damaged
			r.Summary = lostSummary(kind, r.Href)
		}
		r.Collection, r.Held, r.HeldSince = of.Title(), since.Valid, fromMillis(since)
		out[at[r.ID]] = r
	}
	if found < len(ids) {
		out = append(out[:first], slices.DeleteFunc(out[first:], func(r Row) bool { return r.ID == 0 })...)
	}
	return out, rows.Err()
}

// lostSummary is what is said of an object whose bytes and summary are lost.
func lostSummary(of class, href pim.Href) pim.Summary {
	s := pim.Summary{Title: href.Base(), Percent: -1, Problems: []string{lostBytes}}
	for name, c := range classOf {
		if c == of {
			s.Component = name
		}
	}
	return s
}
