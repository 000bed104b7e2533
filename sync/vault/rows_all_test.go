package vault

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidekeep/sync/pim"
)

// What is listed all at once is what is listed page by page.
func TestRows_AllAtOnceIsAsPageByPage(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	home, book, cal := addAccount(t, v, "home")
	_, other, _ := addAccount(t, v, "work")
	fill(t, v, book, 1500, 300)
	fill(t, v, cal, 1500, 300)
	fill(t, v, other, 900, 300)
	all, err := v.Rows(ctx, Query{Collection: book.ID, Limit: 1500})
	if err != nil {
		t.Fatal(err)
	}
	// Some are gone, some held, one has another ETag, and a run goes on that has stored one.
	again := generated(book, 7, 300)
	again.Object.ETag = `"another"`
	mirrorAll(t, v, book.ID, pim.Commit{Tombstones: []int64{all[3].ID, all[700].ID}, Held: []int64{all[5].ID, all[1400].ID}, Outcome: pim.HeldBack, Objects: []pim.Recorded{again}})
	run, err := v.BeginRun(ctx, other.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Put(ctx, run, []pim.Recorded{object(hrefOf(other, "new.vcf"), "1", "new", titled("Aaron New"))}); err != nil {
		t.Fatal(err)
	}
	for _, q := range []Query{{}, {Components: []string{"VCARD"}}, {Components: []string{"VEVENT", "VTODO"}}, {Account: home.ID}, {Collection: other.ID}} {
		if _, ok, err := v.allNow(ctx, q); err != nil || ok != (q.Collection == 0) {
			t.Errorf("%+v: all at once: %v, %v", q, ok, err)
		}
		got, err := v.Rows(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		q.Limit = 1 << 30
		want, err := v.Rows(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" || len(got) < 900 {
			t.Errorf("%+v: %d rows: %s", q, len(got), diff)
		}
	}
}

// A list that is read while a mirror writes shows one moment: a run that adds to
// both ends of the vault is in it as a whole, or not at all.
func TestRows_AllAtOnceIsOneMoment(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	fill(t, v, book, 3000, 200)
	first, last := generated(book, 0, 200), generated(book, 2999, 200)
	done := make(chan error, 1)
	go func() {
		var err error
		for n := 0; n < 200 && err == nil; n++ {
			title := titled(fmt.Sprintf("Round %d", n))
			var run pim.RunID
			if run, err = v.BeginRun(ctx, book.ID); err == nil {
				_, err = v.Finish(ctx, run, pim.Commit{Outcome: pim.Complete, Objects: []pim.Recorded{
					object(first.Object.Href, fmt.Sprint(n), fmt.Sprint("first", n), title), object(last.Object.Href, fmt.Sprint(n), fmt.Sprint("last", n), title)}})
			}
		}
		done <- err
	}()
	for going := true; going; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			going = false
		default:
		}
		rows, err := v.Rows(ctx, Query{})
		if err != nil || len(rows) != 3000 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		var one, two string
		for i := range rows {
			switch rows[i].Href {
			case first.Object.Href:
				one = rows[i].Summary.Title
			case last.Object.Href:
				two = rows[i].Summary.Title
			}
		}
		if one != two && one[:5]+two[:5] == "RoundRound" {
			t.Fatalf("the first says %s, and the last %s", one, two)
		}
	}
}
