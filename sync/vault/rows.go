package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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
	Offset   int
	Limit    int // 0: all
}

// Row is one object of the current view with what is understood of it.
// Summary has no Text: that is only searched.
type Row struct {
	ID           int64 // of the resource
	AccountID    int64
	Account      string // name
	CollectionID int64
	Collection   string // title
	Color        string
	Kind         pim.Kind
	Href         pim.Href
	ETag         pim.ETag
	Held         bool
	Revisions    int
	Summary      pim.Summary
}

// Rows gives the objects a query selects. Without Search they stand by
// component, contacts by name, events by start, tasks by due date and priority.
// With Search those come first that have all words in their title.
func (v *Vault) Rows(ctx context.Context, q Query) ([]Row, error) {
	const op = "list objects"
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
	s := selection(q)
	var n int
	if match := matchFor(q.Search, false); match != "" {
		if len(s.conds) == 0 {
			err := v.reader.QueryRowContext(ctx, `SELECT count(*) FROM search WHERE search MATCH ?`, match).Scan(&n)
			return n, v.fail("count objects", err)
		}
		s.add(`+resource IN (SELECT rowid FROM search WHERE search MATCH ?)`, match)
	}
	err := v.reader.QueryRowContext(ctx, `SELECT count(*) FROM summaries`+s.where(), s.args...).Scan(&n)
	return n, v.fail("count objects", err)
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

func unknownObject(id int64) error {
	return invalid("find object", fmt.Sprint(id), "`sidekeep list all` shows what there is.",
		errors.New("no object of the current view has this ID"))
}

// selected is a WHERE clause over summaries in the making.
type selected struct {
	conds []string
	args  []any
}

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
		set := map[class]bool{}
		var in []string
		for _, name := range q.Components {
			if c := classFor(strings.ToUpper(name)); !set[c] {
				set[c] = true
				in = append(in, fmt.Sprint(int(c)))
			}
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
		s.add(`resource IN (SELECT value FROM json_each(?))`, idList(q.IDs))
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

const inOrder = ` ORDER BY class, ord, collection, resource`

// find gives the IDs a query selects, in order.
func find(ctx context.Context, tx *sql.Tx, q Query) ([]int64, error) {
	match := matchFor(q.Search, false)
	if match == "" {
		return findIDs(ctx, tx, selection(q), q.Offset, q.Limit)
	}
	titled, err := lookUp(ctx, tx, matchFor(q.Search, true))
	if err != nil {
		return nil, err
	}
	first := selection(q)
	titled.in(first, "IN")
	ids, err := findIDs(ctx, tx, first, q.Offset, q.Limit)
	if err != nil || (q.Limit > 0 && len(ids) == q.Limit) {
		return ids, err
	}
	before := len(ids) + q.Offset // objects with the words in their title, unless the offset is beyond them
	if len(ids) == 0 && q.Offset > 0 {
		err := tx.QueryRowContext(ctx, `SELECT count(*) FROM summaries`+first.where(), first.args...).Scan(&before)
		if err != nil {
			return nil, err
		}
	}
	all, err := lookUp(ctx, tx, match)
	if err != nil {
		return nil, err
	}
	rest := selection(q)
	all.in(rest, "IN")
	titled.in(rest, "NOT IN")
	limit := q.Limit
	if limit > 0 {
		limit -= len(ids)
	}
	more, err := findIDs(ctx, tx, rest, max(0, q.Offset-before), limit)
	return append(ids, more...), err
}

// manyHits is from how many on it is faster to walk the lists in their order,
// asking of each object whether it is a hit, than to look up and sort the hits.
const manyHits = 3000

// hits are the objects that have certain words.
type hits struct {
	match string
	few   []int64 // all of them, unless there are many
	many  bool
}

func lookUp(ctx context.Context, tx *sql.Tx, match string) (hits, error) {
	h := hits{match: match}
	rows, err := tx.QueryContext(ctx, `SELECT rowid FROM search WHERE search MATCH ? LIMIT ?`, match, manyHits)
	if err != nil {
		return h, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return h, err
		}
		h.few = append(h.few, id)
	}
	h.many = len(h.few) == manyHits
	return h, rows.Err()
}

// in adds the condition that an object is (op "IN") or is not ("NOT IN") a hit.
// The plus keeps SQLite from looking up many hits one by one.
func (h *hits) in(s *selected, op string) {
	if h.many {
		s.add(`+resource `+op+` (SELECT rowid FROM search WHERE search MATCH ?)`, h.match)
		return
	}
	s.add(`resource `+op+` (SELECT value FROM json_each(?))`, idList(h.few))
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
	rows, err := tx.QueryContext(ctx, `SELECT resource FROM summaries`+s.where()+inOrder+` LIMIT ? OFFSET ?`, args...)
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

// appendRows reads the rows of ids and appends them in the order of ids.
func appendRows(ctx context.Context, tx *sql.Tx, out []Row, ids []int64) ([]Row, error) {
	rows, err := tx.QueryContext(ctx, `SELECT s.resource, c.account, a.name, c.id, c.name, c.url, c.color, c.kind, r.href, coalesce(r.etag, v.etag),
			EXISTS (SELECT 1 FROM held h WHERE h.resource = r.id), r.revisions, b.summary
		FROM json_each(?) j CROSS JOIN summaries s ON s.resource = j.value
			JOIN resources r ON r.id = s.resource JOIN blobs b ON b.id = r.blob JOIN revisions v ON v.id = r.head
			JOIN collections c ON c.id = r.collection JOIN accounts a ON a.id = c.account`, idList(ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	at := make(map[int64]int, len(ids))
	for i, id := range ids {
		at[id] = len(out) + i
	}
	out = append(out, make([]Row, len(ids))...)
	for rows.Next() {
		var r Row
		var of pim.Collection
		var packed sql.RawBytes
		err := rows.Scan(&r.ID, &r.AccountID, &r.Account, &r.CollectionID, &of.Name, &of.URL, &r.Color, &r.Kind, &r.Href, &r.ETag,
			&r.Held, &r.Revisions, &packed)
		if err != nil {
			return nil, err
		}
		if r.Summary, err = unpack(packed); err != nil {
			return nil, err
		}
		r.Collection = of.Title()
		out[at[r.ID]] = r
	}
	return out, rows.Err()
}
