package vault

import (
	"context"
	"fmt"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

// An object that got another address, or went into another collection, is not among
// what is gone, until it is gone from there.
func TestDeleted_LeavesOutWhatOnlyMoved(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	v, err := Open(ctx, t.TempDir(), Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	_, book, cal := addAccount(t, v, "home")
	_, other, _ := addAccount(t, v, "work")
	card := func(in pim.Known, name, uid, body string) pim.Recorded {
		return object(hrefOf(in, name+".vcf"), "1", body, pim.Summary{Component: "VCARD", Format: "vcard 3.0", UID: uid, Title: body})
	}
	change := func(in pim.Known, gone []string, put ...pim.Recorded) {
		t.Helper()
		now = now.Add(time.Hour)
		var ids []int64
		for _, name := range gone {
			var id int64
			if err := v.reader.QueryRow(`SELECT id FROM resources WHERE href = ?`, string(hrefOf(in, name+".vcf"))).Scan(&id); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		mirrorAll(t, v, in.ID, pim.Commit{Objects: put, Tombstones: ids, Ended: now})
	}
	gone := func(q Query) string {
		t.Helper()
		rows, err := v.Deleted(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		out := make([]Row, len(rows))
		for i := range rows {
			out[i] = rows[i].Row
		}
		return titles(out)
	}
	change(book, nil, card(book, "ann", "u-ann", "Ann"), card(book, "bob", "", "Bob"), card(book, "cara", "u-cara", "Cara"), card(book, "dora", "u-dora", "Dora"), card(book, "eve", "u-eve", "Eve"))
	change(other, nil, card(other, "dora", "u-dora", "Dora at work"))
	change(cal, nil, object(hrefOf(cal, "eve.ics"), "1", "event", pim.Summary{Component: "VEVENT", Format: "icalendar 2.0", UID: "u-eve", Title: "Event"}))
	// Ann comes back under another address with another number, and Bob in another collection as he was.
	change(book, []string{"ann", "bob", "cara", "dora", "eve"}, card(book, "ann-2", "u-ann", "Ann Smith"))
	change(cal, nil, card(cal, "bob", "", "Bob"))
	moved := now
	for _, q := range []Query{{}, {Collection: book.ID}, {At: moved}, {Components: []string{"VCARD"}}} {
		if got := gone(q); got != "Cara, Dora, Eve" {
			t.Errorf("%+v: %s", q, got)
		}
	}
	if got := gone(Query{Search: "ann"}) + gone(Query{Search: "bob"}); got != "" {
		t.Errorf("found: %s", got)
	}
	if got := gone(Query{At: moved.Add(-time.Hour)}); got != "Bob, Cara, Dora, Eve" {
		t.Errorf("before Bob was put elsewhere: %s", got)
	}
	if got := gone(Query{IDs: []int64{1, 2}}); got != "Ann, Bob" {
		t.Errorf("asked for by ID: %s", got)
	}
	change(book, []string{"ann-2"})
	if got := gone(Query{Search: "ann"}); got != "Ann Smith, Ann" {
		t.Errorf("gone for good: %s", got)
	}
	if got := gone(Query{At: moved}); got != "Cara, Dora, Eve" {
		t.Errorf("as it was: %s", got)
	}
	// Of a list that is as long, every one.
	var many []pim.Recorded
	var names []string
	for i := range 50 {
		names = append(names, fmt.Sprint("m", i))
		many = append(many, card(book, names[i], fmt.Sprint("u-", i), fmt.Sprint("Many ", i)))
	}
	change(book, nil, many...)
	for i := range many {
		many[i].Object.Href = hrefOf(book, fmt.Sprint("renamed", i, ".vcf"))
	}
	change(book, names, many[:49]...)
	if got := gone(Query{Search: "many"}); got != "Many 49" {
		t.Errorf("of many: %s", got)
	}
}
