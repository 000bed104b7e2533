package vault

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

// firstSchema is schema 1 as vaults have it that are in use: it never changes.
const firstSchema = "a64bfe6fb6fe4e76edaa227628528565919b4d638d51484a74eaccfeaa19f401"

// oldVault makes a vault of schema 1, filled as the program of that time filled
// it: two contacts, one changed and one held, one that was deleted, and an event;
// three runs, of which one failed.
func oldVault(t *testing.T, dir string) {
	t.Helper()
	text := migrations()[0]
	if got := fmt.Sprintf("%x", sha256.Sum256([]byte(text))); got != firstSchema {
		t.Fatalf("schema 1 was changed: its sum is %s", got)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	db := openDB(dsn(filepath.Join(dir, fileName), nil), 1)
	defer db.Close()
	run := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	run(`PRAGMA page_size = 8192`)
	run(`PRAGMA journal_mode = WAL`)
	run(text + fmt.Sprintf("; PRAGMA application_id = %d; PRAGMA user_version = 1", applicationID))
	run(`INSERT INTO accounts VALUES (1, 'home', 'https://dav.example.org/', 'u', 0, 'file', 1000, NULL)`)
	run(`INSERT INTO home_sets (account, kind, url) VALUES (1, '', 'https://dav.example.org/u/')`)
	for id, kind := range []string{"contacts", "calendar"} {
		run(`INSERT INTO collections (account, home_set, kind, url, key, name, description, color, ord, offers, live, last_revision)
			VALUES (1, 'https://dav.example.org/u/', ?1, 'https://dav.example.org/u/' || ?1, '/u/' || ?1, ?1, '', '', 0, '{}', ?2, ?3)`,
			kind, []int{2, 1}[id], []int{6, 4}[id])
	}
	hour := time.Hour.Milliseconds()
	for id, r := range []struct {
		collection, last int
		outcome          string
	}{{1, 3, "complete"}, {2, 4, "complete"}, {1, 5, "failed"}, {1, 6, "held"}} {
		run(`INSERT INTO runs (id, collection, started_at, ended_at, outcome, objects, last_revision) VALUES (?1, ?2, ?1 * ?5, ?1 * ?5 + 9, ?3, 2, ?4)`,
			id+1, r.collection, r.outcome, r.last, hour)
	}
	var j jsonText
	for id, body := range []string{"Ann", "Bob", "Cara", "Meeting", "Ann Smith"} {
		sum := sha256.Sum256([]byte(body))
		component := "VCARD"
		if body == "Meeting" {
			component = "VEVENT"
		}
		run(`INSERT INTO blobs VALUES (?, ?, ?, ?)`, id+1, sum[:], j.of(&pim.Summary{Component: component, Title: body, Percent: -1}), []byte(body))
	}
	for id, r := range []struct {
		collection, revisions int
		blob, head            any
	}{{1, 2, 5, 5}, {1, 1, 2, 2}, {1, 2, nil, 6}, {2, 1, 4, 4}} {
		run(`INSERT INTO resources VALUES (?1, ?2, '/u/' || ?1, NULL, NULL, ?3, ?4, ?5)`, id+1, r.collection, r.blob, r.head, r.revisions)
	}
	for id, r := range []struct {
		resource, run int
		blob          any
	}{{1, 1, 1}, {2, 1, 2}, {3, 1, 3}, {4, 2, 4}, {1, 3, 5}, {3, 4, nil}} {
		run(`INSERT INTO revisions VALUES (?1, ?2, ?3, ?4, ?3 * ?5, 'get', 0, 'e' || ?1)`, id+1, r.resource, r.run, r.blob, hour)
	}
	for _, r := range []struct {
		resource, collection, class int
		words                       string
	}{{1, 1, 1, "ann smith"}, {2, 1, 1, "bob"}, {4, 2, 2, "meeting"}} {
		run(`INSERT INTO summaries VALUES (?, ?, ?, ?, NULL, NULL)`, r.resource, r.collection, r.class, []byte(r.words))
		run(`INSERT INTO search (rowid, words) VALUES (?, ?)`, r.resource, markClass+fmt.Sprint(r.class)+" "+placeWord(int64(r.collection))+r.words)
	}
	run(`INSERT INTO held VALUES (2, 1, 4, ?)`, 4*hour)
}

// TestMigrate_AnOldVaultHasItsHistory: what schema 1 stored serves the views of
// the past as it is.
func TestMigrate_AnOldVaultHasItsHistory(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "vault")
	oldVault(t, dir)
	if _, err := Open(ctx, dir, Options{ReadOnly: true}); pim.FaultOf(err) != pim.Storage {
		t.Errorf("an old vault was opened for reading only: %v", err)
	}
	v := openIn(t, dir)
	if got := one(t, v, `PRAGMA user_version`); got != fmt.Sprint(len(migrations())) {
		t.Errorf("schema %s", got)
	}
	info, err := os.Stat(v.path + ".before-schema-2")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v", info, err)
	}
	checkSound(t, v)
	hour := func(n int) time.Time { return time.UnixMilli(int64(n)*time.Hour.Milliseconds() + 500) }
	for n, want := range map[int]string{0: "", 1: "Ann, Bob, Cara", 2: "Ann, Bob, Cara, Meeting", 3: "Ann, Bob, Cara, Meeting", 4: "Ann Smith, Bob, Meeting"} {
		rows, err := v.Rows(ctx, Query{At: hour(n)})
		if err != nil || titles(rows) != want {
			t.Errorf("after hour %d: %s, %v; want %s", n, titles(rows), err, want)
		}
	}
	if history, err := v.History(ctx, 1); err != nil || len(history) != 2 || history[0].Title != "Ann Smith" {
		t.Errorf("%+v, %v", history, err)
	}
	if rows, err := v.Deleted(ctx, Query{Search: "car"}); err != nil || len(rows) != 1 || rows[0].ID != 3 {
		t.Errorf("%+v, %v", rows, err)
	}
	if changes, err := v.Changes(ctx, 4); err != nil || len(changes) != 2 || changes[0].What != "deleted" || changes[1].What != "held" {
		t.Errorf("%+v, %v", changes, err)
	}
	if got := one(t, v, `SELECT group_concat(DISTINCT purpose) FROM runs`) + one(t, v, `SELECT kept FROM held`); got != "mirror0" {
		t.Errorf("runs and what is held: %s", got)
	}
	// It goes on being mirrored, and lets go of things.
	n := mirrorAll(t, v, 1, pim.Commit{Objects: []pim.Recorded{object("/u/3", "e", "Cara is back", titled("Cara is back"))}, Tombstones: []int64{2}})
	if n != (pim.Counts{Objects: 2, Created: 1, Deleted: 1}) {
		t.Errorf("%+v", n)
	}
	if n, _, err := v.Forget(ctx, 2); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	checkSound(t, v)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if v, err = Open(ctx, dir, Options{ReadOnly: true}); err != nil {
		t.Fatal(err)
	}
	if rows, err := v.Rows(ctx, Query{At: hour(1)}); err != nil || titles(rows) != "Ann, Cara" {
		t.Errorf("read only: %s, %v", titles(rows), err)
	}
	_ = v.Close()
}

// TestOpen_ReadsAnOlderVaultAsItIs: a copy on a disk that can't be written to, or a
// status asked for right after an update.
func TestOpen_ReadsAnOlderVaultAsItIs(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "vault")
	oldVault(t, dir)
	path := filepath.Join(dir, fileName)
	db := openDB(dsn(path, nil), 1)
	if _, err := db.Exec(migrations()[1] + "; PRAGMA user_version = 2"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	folder, err := Open(ctx, dir, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	file, err := OpenFile(ctx, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []*Vault{folder, file} {
		if rows, err := v.Rows(ctx, Query{}); err != nil || titles(rows) != "Ann Smith, Bob, Meeting" {
			t.Errorf("%s, %v", titles(rows), err)
		}
		if history, err := v.History(ctx, 1); err != nil || len(history) != 2 {
			t.Errorf("%+v, %v", history, err)
		}
		out, err := v.Verify(ctx, Check{})
		if err != nil || len(out.Problems) != 0 || out.Blobs != 5 {
			t.Errorf("%+v, %v", out, err)
		}
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}
	v := openIn(t, dir) // for writing: brought up to date
	if got := one(t, v, `PRAGMA user_version`); got != fmt.Sprint(len(migrations())) {
		t.Errorf("schema %s", got)
	}
}

// TestMigrate_AFailureLeavesTheOldVault: the step that fails is not done by half.
func TestMigrate_AFailureLeavesTheOldVault(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "vault")
	oldVault(t, dir)
	path := filepath.Join(dir, fileName)
	db := openDB(dsn(path, nil), 1)
	if _, err := db.Exec(`CREATE TABLE removals (x)`); err != nil { // stands in the way of schema 2
		t.Fatal(err)
	}
	if _, err := Open(ctx, dir, Options{}); err == nil {
		t.Fatal("it was migrated")
	}
	var version, tables int
	if err := db.QueryRow(`SELECT (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema WHERE name = 'incidents')`).Scan(&version, &tables); err != nil || version != 1 || tables != 0 {
		t.Errorf("schema %d, %d new tables, %v", version, tables, err)
	}
	if _, err := db.Exec(`DROP TABLE removals`); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	v := openIn(t, dir)
	checkSound(t, v)
	if _, err := os.Stat(path + ".before-schema-2.tmp"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a copy: %v", err)
	}
}
