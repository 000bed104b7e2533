package vault

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"sidekeep/sync/pim"
)

// pastSearch finds words among old states. Those that stand as they do now are in
// the index of the search; the words of others are made anew.
type pastSearch struct {
	v               *Vault
	match           string         // FTS5 query
	titled          map[int64]bool // of the current view
	inTitle, anyway expression
}

// pastSearch prepares for the words of a query; nil for none.
func (v *Vault) pastSearch(ctx context.Context, typed string) (*pastSearch, error) {
	inTitle := matchFor(typed, true, anyStart)
	if inTitle == "" {
		return nil, nil
	}
	s := &pastSearch{v: v, match: matchFor(typed, false, anyStart), titled: map[int64]bool{}, inTitle: parseMatch(inTitle)}
	s.anyway = parseMatch(s.match)
	ids, err := list(ctx, v, "search", scanID, `SELECT rowid FROM search WHERE search MATCH ?`, inTitle)
	for _, id := range ids {
		s.titled[id] = true
	}
	return s, err
}

// sift keeps the states that have the words, and ranks them. The caller must not
// be reading: this asks for the bytes of those whose notes may have the words.
func (s *pastSearch) sift(ctx context.Context, rows []pastRow) ([]pastRow, error) {
	if s == nil {
		return rows, nil
	}
	var words wordList
	var known reader
	kept := []pastRow{}
	unsure := map[int64][]pastRow{} // by blob
	for _, r := range rows {
		if r.asNow { // the index of the search found it
			r.rank = 1
			if s.titled[r.id] {
				r.rank = 0
			}
			kept = append(kept, r)
			continue
		}
		var summary pim.Summary
		if err := known.into(&summary, r.packed); err != nil {
			return nil, err
		}
		if s.meets(&r, words.of(&summary)) {
			kept = append(kept, r)
		} else {
			unsure[r.blob] = append(unsure[r.blob], r)
		}
	}
	if s.v.describe == nil {
		return kept, nil
	}
	for blobs := slices.Sorted(maps.Keys(unsure)); len(blobs) > 0; {
		n := min(len(blobs), 200)
		bodies, err := list(ctx, s.v, "search", scanBlob,
			`SELECT b.id, b.body FROM json_each(?) j CROSS JOIN blobs b ON b.id = j.value`, idList(blobs[:n]))
		if err != nil {
			return nil, err
		}
		for _, b := range bodies {
			for _, r := range unsure[b.id] {
				full := s.v.describe(r.of.Kind, b.body)
				if s.meets(&r, words.of(&full)) {
					kept = append(kept, r)
				}
			}
		}
		blobs = blobs[n:]
	}
	return kept, nil
}

type blob struct {
	id   int64
	body []byte
}

func scanBlob(r *sql.Rows) (b blob, err error) { return b, r.Scan(&b.id, &b.body) }

// meets looks for the words of the search among those of an object, and ranks it.
func (s *pastSearch) meets(r *pastRow, words string) bool {
	words = " " + words
	switch {
	case s.inTitle.meets(words):
		r.rank = 0
	case s.anyway.meets(words):
		r.rank = 1
	default:
		return false
	}
	return true
}

// expression is an FTS5 query as matchFor words it: the start of a word, or a
// list of expressions of which all or any must be met.
type expression struct {
	start string // with a space before it
	any   bool
	of    []expression
}

func (e *expression) meets(words string) bool {
	if e.of == nil {
		return strings.Contains(words, e.start)
	}
	for i := range e.of {
		if e.of[i].meets(words) == e.any {
			return e.any
		}
	}
	return !e.any
}

// parseMatch reads what matchFor words with anyStart. AND and OR are never mixed
// without brackets there.
func parseMatch(query string) expression {
	e, _ := parseList(query)
	return e
}

func parseList(query string) (e expression, rest string) {
	for {
		var one expression
		if inner, ok := strings.CutPrefix(query, "("); ok {
			one, query = parseList(inner)
			query = strings.TrimPrefix(query, ")")
		} else {
			word, after, _ := strings.Cut(strings.TrimPrefix(query, `"`), `"*`)
			one, query = expression{start: " " + word}, after
		}
		e.of = append(e.of, one)
		switch {
		case strings.HasPrefix(query, " AND "):
			query = query[len(" AND "):]
		case strings.HasPrefix(query, " OR "):
			e.any, query = true, query[len(" OR "):]
		default:
			return e, query
		}
	}
}
