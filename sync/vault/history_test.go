package vault

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestHistory_TheDatabaseRefusesToChangeIt(t *testing.T) {
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	fill(t, v, book, 2, 100)
	for stmt, want := range map[string]string{
		`UPDATE revisions SET seen_at = 0`:                                     "revisions are append-only",
		`DELETE FROM revisions`:                                                "revisions are append-only",
		`UPDATE blobs SET body = x'00'`:                                        "blobs are append-only",
		`DELETE FROM blobs`:                                                    "blobs are append-only",
		`INSERT OR REPLACE INTO revisions SELECT * FROM revisions`:             "revisions are append-only",
		`INSERT OR REPLACE INTO blobs SELECT * FROM blobs`:                     "blobs are append-only",
		`REPLACE INTO runs SELECT * FROM runs`:                                 "runs are append-only",
		`UPDATE runs SET message = 'all is well'`:                              "runs are append-only",
		`DELETE FROM runs`:                                                     "runs are append-only",
		`UPDATE resources SET href = '/other'`:                                 "resources keep their identity",
		`UPDATE resources SET collection = collection + 1`:                     "resources keep their identity",
		`DELETE FROM resources`:                                                "resources are never deleted",
		`INSERT INTO blobs VALUES (9, x'00', '{}', x'00', NULL)`:               "CHECK",
		`INSERT INTO resources VALUES (9, 77, 'h', NULL, NULL, NULL, NULL, 0)`: "FOREIGN KEY",
		`UPDATE collections SET live = 'many'`:                                 "INTEGER",
	} {
		if _, err := v.writer.Exec(stmt); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", stmt, err, want)
		}
	}
	checkSound(t, v)
}

func TestRun_RevisionsOnlyWhereBytesDiffer(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	at := func(name, etag, body string) pim.Recorded {
		return object(hrefOf(book, name), etag, body, titled(body))
	}

	n := mirrorAll(t, v, book.ID, pim.Commit{Objects: []pim.Recorded{at("a", "1", "Ann"), at("b", "1", "Bob"), at("c", "1", "Bob")}, Full: true})
	if n != (pim.Counts{Objects: 3, Created: 3}) {
		t.Fatalf("first run: %+v", n)
	}
	if got := one(t, v, `SELECT count(*) FROM blobs`); got != "2" {
		t.Errorf("%s blobs, want 2: equal bytes are stored once", got)
	}
	n = mirrorAll(t, v, book.ID, pim.Commit{Objects: []pim.Recorded{at("a", "2", "Ann"), at("b", "2", "Bobby")}})
	if n != (pim.Counts{Objects: 3, Modified: 1}) {
		t.Fatalf("second run: %+v", n)
	}
	index, err := v.Index(ctx, book.ID)
	if err != nil || len(index) != 3 || index[0].ETag != "2" || index[1].ETag != "2" || index[2].ETag != "1" {
		t.Fatalf("index: %+v, %v", index, err)
	}
	// gone, and back with the same bytes: two more revisions
	n = mirrorAll(t, v, book.ID, pim.Commit{Tombstones: []int64{index[0].Resource, index[0].Resource}})
	if n != (pim.Counts{Objects: 2, Deleted: 1}) || search(t, v, "ann") != "" {
		t.Fatalf("deletion: %+v", n)
	}
	if _, err := v.Body(ctx, index[0].Resource); pim.FaultOf(err) != pim.Invalid {
		t.Errorf("body of a tombstone: %v", err)
	}
	n = mirrorAll(t, v, book.ID, pim.Commit{Objects: []pim.Recorded{at("a", "3", "Ann")}})
	if n != (pim.Counts{Objects: 3, Created: 1}) || search(t, v, "ann") != "Ann" {
		t.Fatalf("resurrection: %+v", n)
	}
	row, err := v.Row(ctx, index[0].Resource)
	if err != nil || row.Revisions != 3 || row.ETag != "3" {
		t.Errorf("row: %+v, %v", row, err)
	}
	stored, err := v.Body(ctx, index[0].Resource)
	if err != nil || string(stored.Body) != "Ann" || stored.ETag != "3" || stored.Via != pim.ViaMultiget || stored.SeenAt.IsZero() {
		t.Errorf("body: %+v, %v", stored, err)
	}
	checkSound(t, v)
}

func TestRun_HeldAndOwed(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	at := func(name, body string) pim.Recorded { return object(hrefOf(book, name), "1", body, titled(body)) }
	mirrorAll(t, v, book.ID, pim.Commit{Objects: []pim.Recorded{at("a", "Ann"), at("b", "Bob")}})
	index, _ := v.Index(ctx, book.ID)
	ann, bob := index[0].Resource, index[1].Resource

	owed := []pim.OwedFetch{{Href: hrefOf(book, "b"), ETag: "2", Fault: pim.Busy, Why: "time-out"},
		{Href: hrefOf(book, "z%40z"), ETag: "9", Fault: pim.BadObject, Why: "404 although listed", Final: true}}
	n := mirrorAll(t, v, book.ID, pim.Commit{Held: []int64{ann}, Owed: owed, Outcome: pim.HeldBack, Reason: "1 of 2 is missing"})
	if n != (pim.Counts{Objects: 2, Held: 1, Owed: 2}) {
		t.Fatalf("counts: %+v", n)
	}
	mirrorAll(t, v, book.ID, pim.Commit{Owed: owed, Outcome: pim.Partial, Message: "2 could not be fetched"})
	index, err := v.Index(ctx, book.ID)
	if err != nil || len(index) != 3 {
		t.Fatalf("index: %+v, %v", index, err)
	}
	if !index[0].Held || index[1].Held || !index[1].Owed || index[1].Tries != 2 || index[1].ETag != "1" || index[1].OwedETag != "2" {
		t.Errorf("index: %+v", index)
	}
	z := index[2]
	if z.Resource != 0 || z.Href != hrefOf(book, "z%40z") || z.Key != string(hrefOf(book, "z@z")) || z.ETag != "9" || !z.Final || z.Fault != pim.BadObject || z.Why == "" {
		t.Errorf("never had: %+v", z)
	}
	known, _ := v.Collections(ctx, 0)
	if known[0].Held != 1 || known[0].Owed != 2 || known[0].Live != 2 {
		t.Errorf("collection: %+v", known[0])
	}
	if rows, _ := v.Rows(ctx, Query{Search: "ann"}); len(rows) != 1 || !rows[0].Held {
		t.Errorf("a held object stays in the current view: %+v", rows)
	}
	runs, err := v.Runs(ctx, 10)
	if err != nil || len(runs) != 3 || runs[1].Message != "1 of 2 is missing" || runs[1].Outcome != pim.HeldBack || runs[0].Message != "2 could not be fetched" {
		t.Errorf("runs: %+v, %v", runs, err)
	}
	// Bob's new bytes come by Put, Ann is listed again
	run, _ := v.BeginRun(ctx, book.ID)
	if err := v.Put(ctx, run, []pim.Recorded{at("b", "Bobby")}); err != nil {
		t.Fatal(err)
	}
	n, err = v.Finish(ctx, run, pim.Commit{Back: []int64{ann}, Outcome: pim.Complete})
	if err != nil || n != (pim.Counts{Objects: 2, Modified: 1}) {
		t.Fatalf("back: %+v, %v", n, err)
	}
	if row, _ := v.Row(ctx, bob); row.Summary.Title != "Bobby" || row.ETag != "1" {
		t.Errorf("Bob: %+v", row)
	}
	if _, err := v.Finish(ctx, run, pim.Commit{Outcome: pim.Complete}); err == nil {
		t.Error("a run was finished twice")
	}
	checkSound(t, v)
}

func TestRun_StateMovesOnlyWithFinish(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	a, book, _ := addAccount(t, v, "home")
	listed := book.Collection
	listed.CTag, listed.SyncToken, listed.Name = "c1", "t1", "Friends"
	home := pim.HomeSet{URL: base + "home/"}
	known, err := v.SaveCollections(ctx, a.ID, home, []pim.Collection{listed})
	if err != nil || len(known) != 2 || known[0].Name != "Friends" || known[0].State != (pim.State{}) || known[0].ID != book.ID {
		t.Fatalf("save: %+v, %v", known, err)
	}
	now := v.now().UTC()
	want := pim.State{CTag: "c1", SyncToken: "t1", LastComplete: now, LastFull: now, Road: "multiget"}
	mirrorAll(t, v, book.ID, pim.Commit{State: want})
	known, _ = v.Collections(ctx, a.ID)
	if known[0].State != want || known[0].CTag != "c1" {
		t.Errorf("state: %+v", known[0].State)
	}
	if err := v.MarkVanished(ctx, book.ID, "no longer listed"); err != nil {
		t.Fatal(err)
	}
	if known, _ = v.Collections(ctx, a.ID); known[0].Vanished != "no longer listed" {
		t.Errorf("vanished: %+v", known[0])
	}
}

func TestRun_AnOpenRunIsMarkedByTheNext(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	first, _ := v.BeginRun(ctx, book.ID)
	if err := v.Put(ctx, first, []pim.Recorded{object(hrefOf(book, "a"), "1", "Ann", titled("Ann"))}); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = openIn(t, v.dir)
	second, err := v.BeginRun(ctx, book.ID)
	if err != nil {
		t.Fatal(err)
	}
	runs, _ := v.Runs(ctx, 0)
	if len(runs) != 2 || runs[1].ID != first || runs[1].Outcome != interrupted || runs[1].Counts.Created != 1 || runs[1].Ended.IsZero() {
		t.Fatalf("runs: %+v", runs)
	}
	if err := v.Put(ctx, first, nil); err == nil {
		t.Error("the interrupted run went on")
	}
	n, err := v.Finish(ctx, second, pim.Commit{Outcome: pim.Complete})
	if err != nil || n != (pim.Counts{Objects: 1}) {
		t.Errorf("%+v, %v", n, err)
	}
	last, err := v.LastRuns(ctx)
	if err != nil || last[book.ID].ID != second {
		t.Errorf("last runs: %+v, %v", last, err)
	}
}

// TestHistory_AsOfARun shows that the current view of any earlier moment can be
// had by the query in the package's documentation.
func TestHistory_AsOfARun(t *testing.T) {
	v := openTemp(t)
	_, book, cal := addAccount(t, v, "home")
	at := func(name, body string) pim.Recorded { return object(hrefOf(book, name), body, body, titled(body)) }
	asOf := func(run int) string {
		return one(t, v, `SELECT coalesce(group_concat(body, ','), '') FROM (SELECT CAST(b.body AS TEXT) body FROM resources r
			JOIN revisions v ON v.id = (SELECT max(id) FROM revisions WHERE resource = r.id AND id <= (SELECT last_revision FROM runs WHERE id = ?))
			JOIN blobs b ON b.id = v.blob WHERE r.collection = ? ORDER BY href)`, run, book.ID)
	}
	mirrorAll(t, v, book.ID, pim.Commit{Objects: []pim.Recorded{at("a", "A1"), at("b", "B1")}})
	fill(t, v, cal, 3, 100)
	index, _ := v.Index(context.Background(), book.ID)
	mirrorAll(t, v, book.ID, pim.Commit{Objects: []pim.Recorded{at("a", "A2")}, Tombstones: []int64{index[1].Resource}})
	mirrorAll(t, v, book.ID, pim.Commit{Objects: []pim.Recorded{at("b", "B1"), at("c", "C1")}})
	for run, want := range map[int]string{1: "A1,B1", 3: "A2", 4: "A2,B1,C1"} {
		if got := asOf(run); got != want {
			t.Errorf("as of run %d: %s, want %s", run, got, want)
		}
	}
}
