package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// indexed is a vault whose search is filled by hand, and what it should have.
type indexed struct {
	v     *Vault
	ids   int // the highest
	model map[int64][]string
}

func newIndexed(t testing.TB, ids int) *indexed {
	v := openIn(t, filepath.Join(t.TempDir(), "vault"))
	t.Cleanup(func() { _ = v.Close() })
	return &indexed{v, ids, map[int64][]string{}}
}

func (x *indexed) do(t interface{ Fatal(...any) }, query string, args ...any) {
	if _, err := x.v.writer.ExecContext(context.Background(), query, args...); err != nil {
		t.Fatal(query, err)
	}
}

// put stores objects in one transaction.
func (x *indexed) put(t interface{ Fatal(...any) }, objects map[int64][]string) {
	tx, err := x.v.writer.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ids := slices.Collect(maps.Keys(objects))
	if len(ids) > 1000 { // in their order one segment holds them, out of it many
		slices.Sort(ids)
	}
	for _, id := range ids {
		if _, err := tx.Exec(`INSERT OR REPLACE INTO search (rowid, words) VALUES (?, ?)`, id, strings.Join(objects[id], " ")); err != nil {
			t.Fatal(err)
		}
		x.model[id] = objects[id]
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// read reads the index, as a verification of these objects does.
func (x *indexed) read() (*checker, error) {
	c := &checker{v: x.v, low: 1, dense: make([]int32, x.ids)}
	for i := range c.dense {
		c.dense[i] = int32(i) + 1
		c.rows = append(c.rows, checkedResource{id: int64(i) + 1})
	}
	return c, c.readWords(context.Background())
}

// wrong says what was read that is not in the model.
func (x *indexed) wrong() error {
	c, err := x.read()
	if err != nil {
		return err
	}
	for i := range c.rows {
		r := &c.rows[i]
		want := uint64(0)
		for _, w := range x.model[r.id] {
			want += wordSum(w)
		}
		if r.words != want {
			return fmt.Errorf("object %d: other words than %q", r.id, x.model[r.id])
		}
		if r.noStarts {
			return fmt.Errorf("object %d: other starts than those of %q", r.id, x.model[r.id])
		}
	}
	return nil
}

// someWords are a few, with letters of one byte and of several, alone and in pairs,
// and with marks.
func someWords(r *rand.Rand) []string {
	letters := []string{"a", "b", "c", "1", "9", "é", "日", "本", "\U0001f600", markTitle, markPlace, "\u07ff"}
	var out []string
	for range 1 + r.IntN(12) {
		word := ""
		for range 1 + r.IntN(6) {
			word += letters[r.IntN(len(letters))]
		}
		if !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return out
}

// TestVerifyWords_EveryHistoryOfAnIndex writes, replaces, deletes and merges in
// every order, and reads in between.
func TestVerifyWords_EveryHistoryOfAnIndex(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x := newIndexed(t, 300)
		seed := rapid.Uint64().Draw(rt, "seed")
		r := rand.New(rand.NewPCG(seed, 1))
		x.do(rt, `INSERT INTO search (search, rank) VALUES ('pgsz', ?)`, rapid.SampledFrom([]int{64, 200, 1000, 4050}).Draw(rt, "bytes of a page"))
		x.do(rt, `INSERT INTO search (search, rank) VALUES ('automerge', ?)`, rapid.SampledFrom([]int{0, 2, 4}).Draw(rt, "automerge"))
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"put", "put", "put", "delete", "merge", "optimize"}).Draw(rt, "step") {
			case "put":
				objects := map[int64][]string{}
				for range 1 + r.IntN(80) {
					objects[1+r.Int64N(int64(x.ids))] = someWords(r)
				}
				x.put(rt, objects)
			case "delete":
				for id := range x.model {
					if r.IntN(3) == 0 {
						x.do(rt, `DELETE FROM search WHERE rowid = ?`, id)
						delete(x.model, id)
					}
				}
			case "merge":
				x.do(rt, `INSERT INTO search (search, rank) VALUES ('merge', ?)`, rapid.SampledFrom([]int{1, 4, 30, -1, -4, -30}).Draw(rt, "pages"))
			case "optimize":
				x.do(rt, `INSERT INTO search (search) VALUES ('optimize')`)
			}
			if err := x.wrong(); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

// TestVerifyWords_LongLists has words that many objects have, whose lists take
// many pages and have an index, in several segments.
func TestVerifyWords_LongLists(t *testing.T) {
	x := newIndexed(t, 20_000)
	r := rand.New(rand.NewPCG(1, 2))
	x.do(t, `INSERT INTO search (search, rank) VALUES ('pgsz', 1000)`)
	x.do(t, `INSERT INTO search (search, rank) VALUES ('automerge', 0)`)
	parts := 3
	if testing.Short() {
		parts = 1
	}
	for part := range parts {
		objects := map[int64][]string{}
		for range 9_000 {
			objects[1+r.Int64N(int64(x.ids))] = append(someWords(r), "all", fmt.Sprintf("part%d", part))
		}
		x.put(t, objects)
		if err := x.wrong(); err != nil {
			t.Fatal(part, err)
		}
	}
	var lists int
	count := `SELECT count(*) FROM search_data WHERE (id >> 36) & 1`
	if err := x.v.reader.QueryRowContext(t.Context(), count).Scan(&lists); err != nil || lists == 0 {
		t.Fatal("no list has an index", lists, err)
	}
	merges := 40
	if testing.Short() {
		merges = 4
	}
	for n := range merges {
		x.do(t, `INSERT INTO search (search, rank) VALUES ('merge', 20)`)
		if err := x.wrong(); err != nil {
			t.Fatal("merged ", n, err)
		}
	}
}

// TestVerifyWords_NoDamageIsMissed changes bits of the index: whatever FTS5 finds is
// found, and most of what it does not find.
func TestVerifyWords_NoDamageIsMissed(t *testing.T) {
	x := newIndexed(t, 300)
	r := rand.New(rand.NewPCG(3, 4))
	x.do(t, `INSERT INTO search (search, rank) VALUES ('pgsz', 300)`)
	for range 4 {
		objects := map[int64][]string{}
		for range 120 {
			objects[1+r.Int64N(int64(x.ids))] = append(someWords(r), "all")
		}
		x.put(t, objects)
	}
	type row struct {
		id    int64
		block []byte
	}
	rows, err := list(t.Context(), x.v, "", func(s *sql.Rows) (a row, err error) { return a, s.Scan(&a.id, &a.block) },
		`SELECT id, block FROM search_data WHERE id > 1`)
	if err != nil {
		t.Fatal(err)
	}
	rounds := 700
	if testing.Short() {
		rounds = 60
	}
	missed, found := 0, 0
	for range rounds {
		a := rows[r.IntN(len(rows))]
		if len(a.block) == 0 {
			continue
		}
		at, bit := r.IntN(len(a.block)), byte(1)<<r.IntN(8)
		harmed := slices.Clone(a.block)
		if harmed[at] ^= bit; r.IntN(4) == 0 {
			harmed = harmed[:at]
		}
		x.do(t, `UPDATE search_data SET block = ? WHERE id = ?`, harmed, a.id)
		err := x.wrong()
		theirs := (&checker{v: x.v})
		if e := theirs.searchIndex(t.Context()); e != nil && !isDamage(e) {
			t.Fatal(e)
		}
		switch {
		case err != nil:
			found++
			if !errors.Is(err, errUnclear) && !strings.HasPrefix(err.Error(), "object") {
				t.Errorf("row %d, byte %d: %v", a.id, at, err)
			}
		case len(theirs.found) > 0:
			t.Errorf("row %d, byte %d of %d, bit %x: FTS5 finds %q", a.id, at, len(a.block), bit, theirs.found[0].What)
		default:
			missed++
		}
		x.do(t, `UPDATE search_data SET block = ? WHERE id = ?`, a.block, a.id)
	}
	// What is missed says of objects that are gone from a segment, or counts what was written.
	if missed > found/8 {
		t.Errorf("%d found, %d missed", found, missed)
	}
	if err := x.wrong(); err != nil {
		t.Error(err)
	}
}

// FuzzSearchIndex reads any bytes as pages of the index.
func FuzzSearchIndex(f *testing.F) {
	f.Add(int64(1), []byte("\x00\x00\x00\x0c\x030ab\x05\x02\x01\x03\x04"), []byte("\x00\x00\x00\x0a\x030ab\x05\x02\x04"))
	f.Add(int64(1), []byte("\x00\x00\x00\x09\x0301\x81\x00\x04"), []byte("\x00\x04\x00\x06\x81\x02"))
	f.Add(int64(2), []byte("\x00\x00\x00\x00\xff\x00\x00\x01\x01\x01\x05\x00\x01\x03\x01\x02\x01\x01\x01\x00\x09"), []byte("\x04\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x07"))
	f.Fuzz(func(t *testing.T, what int64, one, two []byte) {
		c := &checker{rows: make([]checkedResource, 300), dense: make([]int32, 300), low: 1}
		for i := range c.dense {
			c.dense[i] = int32(i) + 1
		}
		x := &wordIndex{c: c, segments: map[int64]*segment{}, edges: map[string]bits{},
			words: make([]uint64, 300), starts: make([]uint64, 300), expect: make([]uint64, 300), round: make([]int32, 300)}
		if what&2 != 0 {
			_ = x.structure(one)
			for _, s := range x.segments {
				_ = x.grave(s, 0, two)
			}
			return
		}
		s := &segment{id: 1, first: 1, last: 2, graves: 1, splits: map[int64]split{2: {}}}
		x.segments[1] = s
		if what&4 != 0 {
			s.splits[1] = split{list: true}
		}
		for page, b := range [][]byte{one, two} {
			if term := firstTerm(b); len(term) > len(b) {
				t.Fatal("a term is longer than its page")
			}
			if x.block(1<<segmentShift|int64(page+1), b) != nil {
				return
			}
		}
		s.page = s.last
		s.rows = append(s.rows, 0, 0)
		_ = x.block(1<<segmentShift|1<<listIndexBit|1, two)
	})
}
