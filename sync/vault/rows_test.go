package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidekeep/sync/pim"
)

func day(n int) *pim.When {
	return &pim.When{At: time.Date(2026, 3, n, 10, 0, 0, 0, time.UTC)}
}

func TestRows_StandInTheirOrder(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	_, book, cal := addAccount(t, v, "home")
	var people, dates []pim.Recorded
	for i, name := range []string{"zoe", "Émile", "emma", "Eduard", "", "Ångström", "ärzte", "王小明", "4 You"} {
		people = append(people, object(hrefOf(book, fmt.Sprint(i)), "1", "c"+name, titled(name)))
	}
	at := func(name string, s pim.Summary) {
		s.Title = name
		dates = append(dates, object(hrefOf(cal, name), "1", name, s))
	}
	at("later", pim.Summary{Component: "VEVENT", Start: day(20), End: day(21)})
	at("early", pim.Summary{Component: "VEVENT", Start: day(2), End: day(3)})
	at("weekly", pim.Summary{Component: "VEVENT", Start: day(1), End: day(1), Recurs: true, RRule: "FREQ=WEEKLY"})
	at("long ago", pim.Summary{Component: "VEVENT", Start: &pim.When{At: time.Date(1890, 5, 1, 0, 0, 0, 0, time.UTC), DateOnly: true}})
	at("sometime", pim.Summary{Component: "VTODO", Priority: 1})
	at("soon, less", pim.Summary{Component: "VTODO", Due: day(5), Priority: 9})
	at("soon, most", pim.Summary{Component: "VTODO", Due: day(5), Priority: 1})
	at("soon, unsaid", pim.Summary{Component: "VTODO", Due: day(5)})
	at("diary", pim.Summary{Component: "VJOURNAL", Start: day(4)})
	at("odd", pim.Summary{Component: "X-ODD"})
	mirrorAll(t, v, book.ID, pim.Commit{Objects: people})
	mirrorAll(t, v, cal.ID, pim.Commit{Objects: dates})

	for _, c := range []struct {
		name string
		q    Query
		want string
	}{
		{"contacts by name", Query{Components: []string{"VCARD"}}, "4 You, Ångström, ärzte, Eduard, Émile, emma, zoe, 王小明, "},
		{"second page", Query{Components: []string{"VCARD"}, Offset: 3, Limit: 2}, "Eduard, Émile"},
		{"events by start", Query{Components: []string{"VEVENT"}}, "long ago, weekly, early, later"},
		{"tasks by due, priority", Query{Components: []string{"VTODO"}}, "soon, most, soon, less, soon, unsaid, sometime"},
		{"journals and others", Query{Components: []string{"VJOURNAL", "X-ODD"}}, "diary, odd"},
		{"collection", Query{Collection: cal.ID, Components: []string{"VJOURNAL"}}, "diary"},
		{"a day", Query{Components: []string{"VEVENT"}, From: day(2).At, To: day(4).At}, "weekly, early"},
		{"ends as the day begins", Query{Components: []string{"VEVENT"}, From: day(3).At, To: day(4).At}, "weekly"},
		{"before the series", Query{Components: []string{"VEVENT"}, To: day(1).At}, "long ago"},
		{"from", Query{Components: []string{"VEVENT"}, From: day(20).At}, "weekly, later"},
		{"all at that time", Query{From: day(4).At, To: day(6).At}, "weekly, soon, most, soon, less, soon, unsaid, diary"},
		{"search in order", Query{Search: "s", Components: []string{"VTODO"}}, "soon, most, soon, less, soon, unsaid, sometime"},
		{"search in a time", Query{Search: "s", Components: []string{"VTODO"}, From: day(4).At, To: day(6).At}, "soon, most, soon, less, soon, unsaid"},
		{"IDs in a time", Query{IDs: []int64{1, 2, 3}, From: day(4).At}, ""},
		{"no IDs", Query{IDs: []int64{}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, err := v.Rows(ctx, c.q)
			if err != nil || titles(rows) != c.want {
				t.Errorf("%s\nwant %s (%v)", titles(rows), c.want, err)
			}
			c.q.Offset, c.q.Limit = 0, 0
			if n, err := v.Count(ctx, c.q); err != nil || c.name != "second page" && n != len(rows) {
				t.Errorf("count %d, %v", n, err)
			}
		})
	}
}

func TestRows_GiveBackTheSummary(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	s := pim.Summary{
		Format: "vcard 3.0", Component: "VCARD", UID: "u-1", Title: "Ann", Names: []string{"Annie"}, Emails: []string{"ann@example.org"},
		Phones: []string{"+49 30 1234"}, Orgs: []string{"Works"}, Start: &pim.When{At: time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), TZID: "Europe/Berlin"},
		End: &pim.When{At: time.Date(2026, 3, 30, 0, 0, 0, 0, time.UTC), DateOnly: true}, Due: &pim.When{At: time.Date(2026, 4, 1, 8, 0, 0, 0, time.UTC), Floating: true},
		RRule: "FREQ=DAILY", Recurs: true, Status: "CONFIRMED", Completed: true, Percent: 40, Priority: 3, Location: "Here", HasPhoto: true,
		Fields: map[string]int{"TEL": 2}, Problems: []string{"a line has no name"},
	}
	bad := titled("bad \xff bytes\x00")
	bad.Percent = -1
	mirrorAll(t, v, book.ID, pim.Commit{Objects: []pim.Recorded{
		object(hrefOf(book, "a"), `"e"`, "body", s), object(hrefOf(book, "b"), "", "", bad)}})
	rows, err := v.Rows(ctx, Query{})
	if err != nil || len(rows) != 2 {
		t.Fatalf("%+v, %v", rows, err)
	}
	want := Row{ID: rows[0].ID, Revision: 1, AccountID: 1, Account: "home", CollectionID: book.ID, Collection: "Book", Kind: pim.Contacts,
		Href: hrefOf(book, "a"), ETag: `"e"`, Revisions: 1, Summary: s}
	if diff := cmp.Diff(want, rows[0]); diff != "" {
		t.Error(diff)
	}
	if got := rows[1].Summary; got.Title != "bad \ufffd bytes\x00" || got.Percent != -1 {
		t.Errorf("%+v", got)
	}
	if b, err := v.Body(ctx, rows[1].ID); err != nil || len(b.Body) != 0 {
		t.Errorf("empty body: %+v, %v", b, err)
	}
}

func TestSearch_PagesFitTogether(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	var objects []pim.Recorded
	for i := range 40 {
		s := titled(fmt.Sprintf("Person %02d", (i*7)%40))
		if i%3 == 0 {
			s = pim.Summary{Title: fmt.Sprintf("Other %02d", i), Orgs: []string{"Personal"}}
		}
		objects = append(objects, object(hrefOf(book, fmt.Sprint(i)), "1", fmt.Sprint(i), s))
	}
	mirrorAll(t, v, book.ID, pim.Commit{Objects: objects})
	all, err := v.Rows(ctx, Query{Search: "person"})
	if err != nil || len(all) != 40 || !strings.HasPrefix(all[0].Summary.Title, "Person") || !strings.HasPrefix(all[39].Summary.Title, "Other") {
		t.Fatalf("%s, %v", titles(all), err)
	}
	for _, size := range []int{1, 7, 13, 26, 27, 40, 100} {
		var paged []Row
		for at := 0; at < 45; at += size {
			rows, err := v.Rows(ctx, Query{Search: "person", Offset: at, Limit: size})
			if err != nil {
				t.Fatal(err)
			}
			paged = append(paged, rows...)
		}
		if titles(paged) != titles(all) {
			t.Errorf("pages of %d: %s", size, titles(paged))
		}
	}
}

func TestReindex_IsResumedAndChangesOnlyWhatIsMade(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	n := 3*reindexStep + 10
	fill(t, v, book, n, 60)
	describe := func(_ pim.Kind, body []byte) pim.Summary {
		return pim.Summary{Component: "VCARD", Title: "New " + string(body[:8]), Percent: -1}
	}
	stopped, stop := context.WithCancel(ctx)
	var seen []int64
	err := v.Reindex(stopped, describe, func(done, total int64) {
		if seen = append(seen, done); len(seen) == 3 {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("stopped: %v", err)
	}
	if got, err := v.Count(ctx, Query{Search: "new"}); err != nil || got != 2*reindexStep {
		t.Fatalf("%d done, %v", got, err)
	}
	seen = nil
	calls := 0
	if err := v.Reindex(ctx, func(k pim.Kind, b []byte) pim.Summary { calls++; return describe(k, b) },
		func(done, total int64) { seen = append(seen, done, total) }); err != nil {
		t.Fatal(err)
	}
	if calls != n-2*reindexStep || !slices.Equal(seen[:2], []int64{int64(2 * reindexStep), int64(n)}) || seen[len(seen)-2] != int64(n) {
		t.Errorf("%d calls, progress %v", calls, seen)
	}
	if got, err := v.Count(ctx, Query{Search: "new"}); err != nil || got != n {
		t.Errorf("%d done, %v", got, err)
	}
	if _, revisions, err := v.Stats(ctx); err != nil || revisions != int64(n) {
		t.Errorf("%d revisions, %v", revisions, err)
	}
	checkSound(t, v)
}

func TestMigrate_CopiesTheVaultFirst(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	fill(t, v, book, 5, 100)
	for range 2 { // the second finds the copy of the first
		if err := v.copyBefore(ctx, 2); err != nil {
			t.Fatal(err)
		}
	}
	db := openDB(dsn(v.path+".before-schema-2", nil), 1)
	defer db.Close()
	var n int
	if err := db.QueryRow(`SELECT count(*) FROM resources`).Scan(&n); err != nil || n != 5 {
		t.Errorf("%d objects in the copy, %v", n, err)
	}
}
