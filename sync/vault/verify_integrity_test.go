package vault

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"sidekeep/formats"
	"sidekeep/sync/pim"
)

// The two connections that share SQLite's check find what it finds alone.
func TestVerify_FindsWhatSQLiteFindsAlone(t *testing.T) {
	ctx := context.Background()
	both := func(t *testing.T, dir string) (alone, shared string) {
		t.Helper()
		db := openDB(dsn(filepath.Join(dir, fileName), nil), 1)
		defer db.Close()
		rows, err := db.Query(`PRAGMA integrity_check(100)`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				t.Fatal(err)
			}
			alone += text + "\n"
		}
		v, err := Open(ctx, dir, Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		c := &checker{v: v}
		for _, check := range []func(context.Context) error{c.tables, c.searchIndex} {
			if err := check(ctx); err != nil {
				t.Fatal(err)
			}
		}
		for _, f := range c.found {
			shared += strings.TrimPrefix(f.What, "the structure of the file is damaged: ") + "\n"
		}
		if alone == "ok\n" {
			alone = ""
		}
		return alone, shared
	}
	const schema = `PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = replace(sql, `
	for name, harm := range map[string][]string{
		"nothing":                      {`SELECT 1`},
		"a page that nothing leads to": {`PRAGMA writable_schema = 1; CREATE TABLE extra (x); INSERT INTO extra VALUES (1); DELETE FROM sqlite_schema WHERE name = 'extra'`},
		"an index that lacks an entry": {schema + `'ON held (collection)', 'ON held (collection) WHERE 0') WHERE name = 'held_by_collection'`,
			`INSERT INTO held (resource, collection, run, since) VALUES (1, 1, 1, 1)`, schema + `' WHERE 0', '') WHERE name = 'held_by_collection'`},
		"an index with others":   {schema + `'(class, ord,', '(ord, class,') WHERE name = 'summaries_in_order'`},
		"a table with a reason":  {schema + `'ord        BLOB NOT NULL', 'ord        TEXT NOT NULL') WHERE name = 'summaries'`},
		"a tree for another's":   {`PRAGMA writable_schema = 1; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'owed') WHERE name = 'hosts'`},
		"no row of FTS5's sizes": {`DELETE FROM search_docsize WHERE id = 4`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "vault")
			lived(t, dir, 30)
			for _, text := range harm {
				run(t, openIn(t, dir), text)
			}
			alone, shared := both(t, dir)
			if alone != shared || (name == "nothing") != (alone == "") && name != "no row of FTS5's sizes" {
				t.Errorf("it finds\n%sand alone\n%s", shared, alone)
			}
		})
	}
	t.Run("the index of words", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "vault")
		lived(t, dir, 30)
		v := openIn(t, dir)
		ids := strings.Split(one(t, v, `SELECT group_concat(id) FROM search_data`), ",")
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, id := range ids {
			for _, at := range []int{1, 4, 9, 60} {
				v := openIn(t, dir)
				old := one(t, v, `SELECT hex(block) FROM search_data WHERE id = `+id)
				if len(old) < 2*at {
					continue
				}
				run(t, v, fmt.Sprintf(`UPDATE search_data SET block = CAST(substr(block, 1, %d) || x'e7' || substr(block, %d) AS BLOB) WHERE id = %s`, at-1, at+1, id))
				alone, shared := both(t, dir)
				if alone != shared {
					t.Errorf("byte %d of %s: it finds\n%sand alone\n%s", at, id, shared, alone)
				}
				if alone != "" {
					found++
				}
				run(t, openIn(t, dir), fmt.Sprintf(`UPDATE search_data SET block = x'%s' WHERE id = %s`, old, id))
			}
		}
		if found < 3 {
			t.Errorf("only %d were noticed: this tests nothing", found)
		}
	})
}

// What is verified again while it is in use, by connections that know it as it was,
// is as whole as before.
func TestVerify_AgainAfterChanges(t *testing.T) {
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	for round := range 6 {
		var objects []pim.Recorded
		for i := range 50 {
			objects = append(objects, describedObject(book, i, cardOf(i, strings.Repeat(fmt.Sprintf("alpha%d beta%d ", round, i*round), 30))))
		}
		mirrorAll(t, v, book.ID, pim.Commit{Objects: objects})
		if err := v.Reindex(context.Background(), formats.Describe, nil); err != nil {
			t.Fatal(err)
		}
		for _, words := range []bool{false, true} {
			if got, err := v.Verify(context.Background(), Check{Describe: formats.Describe, Anew: words}); err != nil || len(got.Problems) > 0 || got.Damaged {
				t.Fatalf("round %d: %+v, %v", round, got.Problems, err)
			}
		}
	}
}
