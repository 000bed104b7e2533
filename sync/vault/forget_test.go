package vault

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

// inFiles looks for a mark in everything that the vault's folder holds, in any case.
func inFiles(t *testing.T, v *Vault, mark string) (found []string) {
	t.Helper()
	entries, err := os.ReadDir(v.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(v.dir + "/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(bytes.ToLower(b), []byte(mark)) {
			found = append(found, e.Name())
		}
	}
	return found
}

// many gives people who stay, with words of their own.
func (d *diary) many(n int, tag string) []pim.Recorded {
	var out []pim.Recorded
	for i := range n {
		out = append(out, d.card(fmt.Sprintf("p%d", i), fmt.Sprintf("Person%d %s\nnotes of person %d", i, tag, i)))
	}
	return out
}

// TestForget_LeavesNoByteOfTheContent: one contact is changed, deleted, planned to
// be restored, and forgotten; another one is held.
func TestForget_LeavesNoByteOfTheContent(t *testing.T) {
	ctx := context.Background()
	d := newDiary(t)
	d.on(1)
	d.mirror(pim.Commit{Objects: append(d.many(300, "one"), d.card("qvwxyz-1", "Qvwxyz First\nqvwxyzzy note"), d.card("qvwxyz-2", "Qvwxyz Held\nqvwxyzheld"))})
	gone, held := d.id("qvwxyz-1"), d.id("qvwxyz-2")
	d.on(2)
	d.mirror(pim.Commit{Objects: append(d.many(300, "two"), d.card("qvwxyz-1", "Qvwxyz Second\nqvwxyz note"))})
	day := d.on(3)
	d.mirror(pim.Commit{Objects: d.many(100, "three"), Tombstones: []int64{gone}, Held: []int64{held}, Outcome: pim.HeldBack, Reason: "missing",
		Owed: []pim.OwedFetch{{Href: hrefOf(d.book, "qvwxyz-1"), Fault: pim.Busy, Why: "time-out"}}})
	plan, err := d.v.SaveRestore(ctx, pim.Restore{Created: d.clock, Ask: pim.RestoreAsk{IDs: []int64{gone}, Body: []byte("qvwxyz")}, Target: 1, State: "planned",
		Steps: []pim.RestoreStep{{N: 1, Action: pim.Create, Resource: gone, Revision: 1, Body: []byte("qvwxyz"), Title: "Qvwxyz", UID: "qvwxyz", Kind: pim.Contacts,
			Collection: d.book.URL, Href: "/qvwxyz", Mail: []string{"qvwxyz@example.org"}, State: "todo"}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(inFiles(t, d.v, "qvwxyz")) == 0 {
		t.Fatal("the mark is not there to begin with")
	}
	if _, _, err := d.v.Forget(ctx, d.id("p1")); pim.FaultOf(err) != pim.Invalid || pim.HintOf(err) == "" {
		t.Errorf("what the server has was forgotten: %v", err)
	}
	if _, _, err := d.v.Forget(ctx, 9999); pim.FaultOf(err) != pim.Invalid {
		t.Errorf("nothing was forgotten: %v", err)
	}
	d.on(4)
	for _, x := range []struct {
		id, states int64
		bytes      int
	}{{gone, 2, len("Qvwxyz First\nqvwxyzzy note") + len("Qvwxyz Second\nqvwxyz note")}, {held, 1, len("Qvwxyz Held\nqvwxyzheld")}} {
		n, size, err := d.v.Forget(ctx, x.id)
		if err != nil || int64(n) != x.states || size != int64(x.bytes) {
			t.Errorf("forgot %d states, %d bytes, %v; want %d, %d", n, size, err, x.states, x.bytes)
		}
	}
	if found := inFiles(t, d.v, "qvwxyz"); found != nil {
		t.Errorf("the mark is still in %v", found)
	}
	// Not even a part of the word, which an index may have spelled in two.
	if found := inFiles(t, d.v, "vwxyz"); found != nil {
		t.Errorf("a part of it is still in %v", found)
	}
	if n, size, err := d.v.Forget(ctx, gone); n != 0 || size != 0 || err != nil {
		t.Errorf("a second time: %d, %d, %v", n, size, err)
	}
	for _, id := range []int64{gone, held} {
		history, err := d.v.History(ctx, id)
		if err != nil || len(history) != 1 || !history[0].Deleted || history[0].Title != "" {
			t.Errorf("history of what was forgotten: %+v, %v", history, err)
		}
		if _, err := d.v.BodyAt(ctx, id, day); pim.FaultOf(err) != pim.Invalid {
			t.Errorf("body of what was forgotten: %v", err)
		}
	}
	if rows, err := d.v.Deleted(ctx, Query{}); err != nil || len(rows) != 0 {
		t.Errorf("deleted: %+v, %v", rows, err)
	}
	if n, err := d.v.Count(ctx, Query{At: day}); err != nil || n != 300 {
		t.Errorf("%d others that day, %v", n, err)
	}
	if n, err := d.v.Count(ctx, Query{Search: "person7"}); err != nil || n != 11 {
		t.Errorf("search finds %d others, %v", n, err)
	}
	if r, err := d.v.Restore(ctx, plan); err != nil || r.Steps[0].Action != pim.Cannot || r.Steps[0].State != "done" || r.Steps[0].Title != "" {
		t.Errorf("restore: %+v, %v", r, err)
	}
	if got := one(t, d.v, `SELECT group_concat(kind || resource || ':' || revisions, ' ') FROM removals`); got != fmt.Sprintf("forget%d:2 forget%d:1", gone, held) {
		t.Error(got)
	}
	// The same address is another object now.
	d.on(5)
	d.mirror(pim.Commit{Objects: []pim.Recorded{d.card("qvwxyz-1", "Somebody else")}})
	if id := d.id("qvwxyz-1"); id == gone {
		t.Error("what was forgotten came back as itself")
	}
	checkSound(t, d.v)
}

// TestForget_KeepsWhatAnotherHasToo: equal bytes are that other object's.
func TestForget_KeepsWhatAnotherHasToo(t *testing.T) {
	ctx := context.Background()
	d := newDiary(t)
	d.on(1)
	d.mirror(pim.Commit{Objects: []pim.Recorded{d.card("a", "Ann"), d.card("b", "Ann")}})
	d.on(2)
	d.mirror(pim.Commit{Tombstones: []int64{1}})
	if n, size, err := d.v.Forget(ctx, 1); err != nil || n != 1 || size != 0 {
		t.Errorf("%d, %d, %v", n, size, err)
	}
	if got := search(t, d.v, "ann"); got != "Ann" {
		t.Error(got)
	}
	checkSound(t, d.v)
}

// TestForget_ThePermissionIsOfOneTransaction: nothing that lets history go is left
// behind, and without it the database refuses.
func TestForget_ThePermissionIsOfOneTransaction(t *testing.T) {
	ctx := context.Background()
	d := newDiary(t)
	d.on(1)
	d.mirror(pim.Commit{Objects: d.many(5, "x")})
	d.on(2)
	d.mirror(pim.Commit{Objects: d.many(5, "y"), Tombstones: []int64{1}})
	if _, _, err := d.v.Forget(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := d.v.Thin(ctx, d.clock.AddDate(0, 2, 0), ThinRule{}, false); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"forgetting", "thinning", "purging"} {
		if got := one(t, d.v, `SELECT count(*) FROM `+table); got != "0" {
			t.Errorf("%s rows in %s", got, table)
		}
	}
	for stmt, want := range map[string]string{
		`DELETE FROM revisions WHERE id > 0`:            "revisions are append-only",
		`DELETE FROM blobs WHERE id > 0`:                "blobs are append-only",
		`UPDATE resources SET href = 'x' WHERE id > 0`:  "resources keep their identity",
		`DELETE FROM resources WHERE id > 0`:            "resources are never deleted",
		`UPDATE runs SET message = 'x'`:                 "runs are append-only",
		`UPDATE blobs SET body = x'00' WHERE id > 0`:    "blobs are append-only",
		`UPDATE revisions SET blob = NULL WHERE id > 0`: "revisions are append-only",
	} {
		if _, err := d.v.writer.Exec(stmt); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", stmt, err, want)
		}
	}
	// The permission reaches no further than what it names.
	for name, allow := range map[string]string{"forget": `INSERT INTO forgetting VALUES (2)`, "thin": `INSERT INTO thinning VALUES (2)`} {
		t.Run(name, func(t *testing.T) {
			tx, err := d.v.writer.Begin()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback() }()
			if _, err := tx.Exec(allow); err != nil {
				t.Fatal(err)
			}
			for _, stmt := range []string{`DELETE FROM revisions WHERE resource = 3`, `DELETE FROM resources WHERE id = 2`, `DELETE FROM runs`,
				`UPDATE resources SET href = 'x' WHERE id = 3`, `DELETE FROM blobs WHERE id = (SELECT blob FROM resources WHERE id = 3)`} {
				if _, err := tx.Exec(stmt); err == nil {
					t.Errorf("%s was allowed", stmt)
				}
			}
		})
	}
	checkSound(t, d.v)
}

// TestForget_WaitsForNobodyAndSaysSo: while somebody reads, the file can't be
// rewritten; the object is forgotten all the same, and a second time clears up.
func TestForget_WaitsForNobodyAndSaysSo(t *testing.T) {
	ctx := context.Background()
	d := newDiary(t)
	if _, err := d.v.writer.Exec(`PRAGMA busy_timeout = 50`); err != nil {
		t.Fatal(err)
	}
	d.on(1)
	d.mirror(pim.Commit{Objects: append(d.many(50, "x"), d.card("q", "Qvwxyz"))})
	d.mirror(pim.Commit{Tombstones: []int64{51}})
	tx, err := d.v.reader.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.QueryRow(`SELECT count(*) FROM blobs`).Scan(new(int)); err != nil {
		t.Fatal(err)
	}
	_, _, err = d.v.Forget(ctx, 51)
	wantFault(t, err, pim.Storage, ReasonFreePages, "vault")
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if n, _, err := d.v.Forget(ctx, 51); err != nil || n != 0 {
		t.Errorf("%d, %v", n, err)
	}
	if found := inFiles(t, d.v, "qvwxyz"); found != nil {
		t.Errorf("still in %v", found)
	}
}

// TestThin_KeepsTheDaysAndTheMonths goes through three years of a contact that
// changes three times a day.
func TestThin_KeepsTheDaysAndTheMonths(t *testing.T) {
	ctx := context.Background()
	d := newDiary(t)
	start := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)
	var ends []time.Time
	for day := 0; day < 3*365; day += 2 {
		for _, hour := range []int{8, 12, 20} {
			d.clock = start.AddDate(0, 0, day).Add(time.Duration(hour) * time.Hour)
			c := pim.Commit{Objects: []pim.Recorded{d.card("a", fmt.Sprintf("Ann %s", d.clock.Format("2006-01-02 15")))}}
			if day == 10 && hour == 8 {
				c.Objects = append(c.Objects, d.card("b", "Bob"))
			}
			if day == 10 && hour == 12 { // lived for four hours of one day
				c.Tombstones = []int64{d.id("b")}
			}
			d.mirror(c)
			ends = append(ends, d.clock)
		}
	}
	now := start.AddDate(3, 0, 0)
	view := func(at time.Time) string { return d.titlesAt(at) }
	kept := map[time.Time]string{}
	for _, end := range ends {
		next := time.Date(end.Year(), end.Month(), end.Day()+1, 0, 0, 0, 0, time.UTC)
		switch age := now.Sub(end); {
		case age <= 90*24*time.Hour:
			kept[end] = view(end)
		case age <= 729*24*time.Hour, next.Day() == 1:
			kept[next.Add(-time.Millisecond)] = view(next.Add(-time.Millisecond))
		}
	}
	cut := now.Add(-DefaultThin.All)
	kept[cut] = view(cut)
	pin := ends[7]
	kept[pin] = view(pin)
	pinned(t, d, pin)

	before := one(t, d.v, `SELECT count(*) FROM revisions`)
	plan, err := d.v.Thin(ctx, now, DefaultThin, true)
	if err != nil || plan.Revisions < 800 || plan.Objects != 1 || plan.Bytes == 0 || !plan.Oldest.Equal(ends[0]) {
		t.Fatalf("%+v, %v", plan, err)
	}
	if got := one(t, d.v, `SELECT count(*) FROM revisions`); got != before {
		t.Fatalf("the dry run changed %s to %s", before, got)
	}
	size, _, _ := d.v.Stats(ctx)
	done, err := d.v.Thin(ctx, now, DefaultThin, false)
	if err != nil || done != plan {
		t.Fatalf("planned %+v, did %+v, %v", plan, done, err)
	}
	if after, _, _ := d.v.Stats(ctx); after >= size {
		t.Errorf("the vault had %d bytes and has %d", size, after)
	}
	for at, want := range kept {
		if got := view(at); got != want {
			t.Errorf("on %s: %s, was %s", at, got, want)
		}
	}
	if rows, err := d.v.Deleted(ctx, Query{Search: "bob"}); err != nil || len(rows) != 1 {
		t.Errorf("the last content of what was deleted: %+v, %v", rows, err)
	}
	if again, err := d.v.Thin(ctx, now, DefaultThin, false); err != nil || again != (ThinResult{}) {
		t.Errorf("a second time: %+v, %v", again, err)
	}
	if got := one(t, d.v, `SELECT group_concat(kind || revisions, ' ') FROM removals`); got != fmt.Sprintf("thin%d", plan.Revisions) {
		t.Error(got)
	}
	checkSound(t, d.v)
}

// pinned opens an incident whose last good moment is at.
func pinned(t *testing.T, d *diary, at time.Time) {
	t.Helper()
	_, err := d.v.writer.Exec(`INSERT INTO incidents (account, collection, verdict, since, good_at, live, message, evidence)
		VALUES (1, NULL, 'emptied', ?1, ?1, 1, '', '{}')`, at.UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
}

// TestThin_KeepsWhatARestoreIsToPutBack until it has ended.
func TestThin_KeepsWhatARestoreIsToPutBack(t *testing.T) {
	ctx := context.Background()
	d := newDiary(t)
	for i := range 6 {
		d.clock = time.Date(2025, 1, 1, 8+i, 0, 0, 0, time.UTC)
		d.mirror(pim.Commit{Objects: []pim.Recorded{d.card("a", fmt.Sprint("Ann ", i))}})
	}
	history, _ := d.v.History(ctx, 1)
	id, err := d.v.SaveRestore(ctx, pim.Restore{Created: d.clock, Target: 1, State: "planned",
		Steps: []pim.RestoreStep{{N: 1, Action: pim.Update, Resource: 1, Revision: history[3].ID, Kind: pim.Contacts, State: "todo"}}})
	if err != nil {
		t.Fatal(err)
	}
	left := func() (out []string) {
		history, err := d.v.History(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range history {
			out = append(out, r.Title)
		}
		return out
	}
	d.days(110)
	now := d.clock
	if _, err := d.v.Thin(ctx, now, DefaultThin, false); err != nil || !slices.Equal(left(), []string{"Ann 5", "Ann 2"}) {
		t.Errorf("%v, %v", left(), err)
	}
	if _, err := d.v.writer.Exec(`UPDATE restores SET state = 'done' WHERE id = ?`, id); err != nil {
		t.Fatal(err)
	}
	if _, err := d.v.Thin(ctx, now, DefaultThin, false); err != nil || !slices.Equal(left(), []string{"Ann 5"}) {
		t.Errorf("%v, %v", left(), err)
	}
}

// TestPurge_LeavesNoByteOfTheContent: nor does an account that is removed with all
// its data, whatever was done with it.
func TestPurge_LeavesNoByteOfTheContent(t *testing.T) {
	ctx := context.Background()
	d := newDiary(t)
	_, other, _ := addAccount(t, d.v, "other")
	d.on(1)
	d.mirror(pim.Commit{Objects: d.many(100, "qvwxyz")})
	stays := object(hrefOf(other, "s"), "1", "Stays", titled("Stays"))
	mirrorAll(t, d.v, other.ID, pim.Commit{Objects: []pim.Recorded{stays}})
	d.on(2)
	d.mirror(pim.Commit{Objects: d.many(100, "qvwxyz again"), Tombstones: []int64{d.id("p99")}})
	if _, err := d.v.SaveRestore(ctx, pim.Restore{Created: d.clock, Target: other.AccountID, State: "planned",
		Steps: []pim.RestoreStep{{N: 1, Action: pim.Create, Resource: d.id("p1"), Title: "Qvwxyz", Kind: pim.Contacts, State: "todo"}}}); err != nil {
		t.Fatal(err)
	}
	pinned(t, d, d.clock)
	if err := d.v.RemoveAccount(ctx, d.book.AccountID, true); err != nil {
		t.Fatal(err)
	}
	if found := inFiles(t, d.v, "vwxyz"); found != nil {
		t.Errorf("the mark is still in %v", found)
	}
	if got := search(t, d.v, "s"); got != "Stays" {
		t.Error(got)
	}
	checkSound(t, d.v)
}
