package vault

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// FTS5 answers a word's beginning that no prefix index covers by collecting all
// objects of all words that begin so, before it gives the first of them. Words
// in full it reads one object at a time, several side by side, and only as far
// as they are asked for. So where a beginning means few words, these are named.
const (
	fewWords   = 16
	fewLetters = 64 // of beginnings of two characters, which the prefix index covers
)

// vocabulary knows the words that stand in the search.
type vocabulary struct {
	ctx  context.Context
	from *sql.Stmt
	wide string // the last word that begins too many to name them
	err  error  // the first one; what starts gives after it means nothing
}

// openVocabulary prepares for the words of a text; "" needs none.
func openVocabulary(ctx context.Context, tx *sql.Tx, typed string) (*vocabulary, error) {
	v := &vocabulary{ctx: ctx}
	if typed == "" {
		return v, nil
	}
	var err error
	v.from, err = tx.PrepareContext(ctx, `SELECT term FROM words WHERE term >= ? LIMIT 1`)
	return v, err
}

func (v *vocabulary) close() {
	if v.from != nil {
		_ = v.from.Close() // it has only read
	}
}

// starts gives the FTS5 query for the words that start with one.
func (v *vocabulary) starts(word string) string {
	switch n := utf8.RuneCountInString(word); {
	case n == 1:
		return v.list(word, fewLetters, func(found string) (query, last string) {
			_, first := utf8.DecodeRuneInString(found)
			if first == len(found) {
				return `"` + found + `"`, found
			}
			_, second := utf8.DecodeRuneInString(found[first:])
			pair := found[:first+second]
			return anyStart(pair), pair + "\U0010ffff"
		})
	case n == 2:
		return anyStart(word) // by the prefix index
	}
	return v.list(word, fewWords, func(found string) (query, last string) { return `"` + found + `"`, found })
}

// list names what starts with a word, if it is no more than most. each gives the
// query for a word that was found, and the last word for which that serves.
func (v *vocabulary) list(word string, most int, each func(found string) (query, last string)) string {
	var list []string
	for from := word; len(list) <= most; {
		found, err := v.atLeast(from)
		if err != nil {
			v.err = errors.Join(v.err, err)
			return ""
		}
		if !strings.HasPrefix(found, word) {
			if list == nil {
				return `"` + word + `"` // meets nothing
			}
			return "(" + strings.Join(list, " OR ") + ")"
		}
		query, last := each(found)
		list = append(list, query)
		from = last + "\x01" // no word has it
	}
	v.wide = word
	return anyStart(word)
}

// some gives objects with words that start with the wide one, by these words as
// far as that goes quickly. They are to be checked for the place in match.
func (v *vocabulary) some(ctx context.Context, tx *sql.Tx, match string) (hits, error) {
	h := hits{match: match}
	err := h.read(ctx, tx, `SELECT doc FROM words WHERE term >= ? AND term < ? LIMIT ?`, v.wide, v.wide+"\U0010ffff", manyHits)
	h.many = len(h.first) == manyHits
	slices.Sort(h.first)
	h.first = slices.Compact(h.first)
	return h, err
}

// atLeast gives the first word that does not sort before one; "" if there is
// none.
func (v *vocabulary) atLeast(word string) (found string, err error) {
	err = v.from.QueryRowContext(v.ctx, word).Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return found, err
}
