package vault

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidekeep/sync/pim"
)

// describedBody reads test bodies: the first line is the title, the others are notes.
func describedBody(_ pim.Kind, body []byte) pim.Summary {
	title, notes, _ := strings.Cut(string(body), "\n")
	return pim.Summary{Component: "VCARD", Title: title, Text: []string{notes}, Percent: -1}
}

// diary is a vault whose runs end when the test says.
type diary struct {
	t     tester
	v     *Vault
	clock time.Time
	book  pim.Known
	cal   pim.Known
}

func newDiary(t testing.TB) *diary {
	t.Helper()
	d := &diary{t: t, clock: time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)}
	v, err := Open(context.Background(), t.TempDir()+"/vault", Options{Now: func() time.Time { return d.clock }, Describe: describedBody})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	d.v = v
	_, d.book, d.cal = addAccount(t, v, "home")
	return d
}

// on sets the day of January 2026 and gives the evening of it.
func (d *diary) on(day int) time.Time {
	d.clock = time.Date(2026, 1, day, 12, 0, 0, 0, time.UTC)
	return d.clock.Add(6 * time.Hour)
}

func (d *diary) card(name, body string) pim.Recorded {
	return object(hrefOf(d.book, name), fmt.Sprintf("%q", body), body, describedBody("", []byte(body)))
}

// mirror is one complete run of the book.
func (d *diary) mirror(c pim.Commit) pim.RunID {
	d.t.Helper()
	ctx := context.Background()
	run, err := d.v.BeginRun(ctx, d.book.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	if c.Outcome == "" {
		c.Outcome = pim.Complete
	}
	if _, err := d.v.Finish(ctx, run, c); err != nil {
		d.t.Fatal(err)
	}
	return run
}

func (d *diary) id(name string) int64 {
	d.t.Helper()
	var id int64
	if err := d.v.reader.QueryRow(`SELECT id FROM resources WHERE href = ?`, hrefOf(d.book, name)).Scan(&id); err != nil {
		d.t.Fatal(err)
	}
	return id
}

// titlesAt lists the titles of a day's evening, by Rows, Count and Bodies.
func (d *diary) titlesAt(at time.Time) string {
	d.t.Helper()
	ctx := context.Background()
	rows, err := d.v.Rows(ctx, Query{At: at})
	if err != nil {
		d.t.Fatal(err)
	}
	if n, err := d.v.Count(ctx, Query{At: at}); err != nil || n != len(rows) {
		d.t.Fatalf("%d rows, count %d, %v", len(rows), n, err)
	}
	bodies := 0
	for s, err := range d.v.BodiesAt(ctx, d.book.ID, at) {
		if err != nil {
			d.t.Fatal(err)
		}
		i := slices.IndexFunc(rows, func(r Row) bool { return r.ID == s.Resource })
		if i < 0 || rows[i].Revision != s.Revision || !strings.HasPrefix(string(s.Body), rows[i].Summary.Title) || rows[i].ETag != s.ETag {
			d.t.Fatalf("%+v is not the row of %+v", rows, s)
		}
		if one, err := d.v.BodyAt(ctx, s.Resource, at); err != nil || !cmp.Equal(one, s) {
			d.t.Fatalf("alone %+v, %v; among others %+v", one, err, s)
		}
		if again, err := d.v.RevisionBody(ctx, s.Revision); err != nil || string(again.Body) != string(s.Body) {
			d.t.Fatalf("revision %+v, %v", again, err)
		}
		bodies++
	}
	if bodies != len(rows) {
		d.t.Fatalf("%d bodies, %d rows", bodies, len(rows))
	}
	return titles(rows)
}

// TestPast_AnObjectsLife follows one contact: made, changed twice, deleted, there
// again.
func TestPast_AnObjectsLife(t *testing.T) {
	ctx := context.Background()
	d := newDiary(t)
	var evenings []time.Time
	var runs []pim.RunID
	for i, c := range []pim.Commit{
		{Objects: []pim.Recorded{d.card("a", "Ann\nplumber"), d.card("b", "Bob")}},
		{Objects: []pim.Recorded{d.card("a", "Ann Smith\nplumber, good")}},
		{Objects: []pim.Recorded{d.card("a", "Ann Jones\nplumber, good")}},
		{Tombstones: []int64{1}},
		{Objects: []pim.Recorded{d.card("a", "Ann Jones\nplumber, good")}},
	} {
		evenings = append(evenings, d.on(2*i+1))
		runs = append(runs, d.mirror(c))
	}
	for i, want := range []string{"Ann, Bob", "Ann Smith, Bob", "Ann Jones, Bob", "Bob", "Ann Jones, Bob"} {
		for _, at := range []time.Time{evenings[i], evenings[i].AddDate(0, 0, 1), evenings[i].Add(-6 * time.Hour)} {
			if got := d.titlesAt(at); got != want {
				t.Errorf("on %s: %s, want %s", at, got, want)
			}
		}
	}
	before := evenings[0].Add(-6*time.Hour - time.Millisecond)
	if got := d.titlesAt(before); got != "" {
		t.Errorf("before the first run: %s", got)
	}
	for _, id := range []int64{1, 99} {
		if _, err := d.v.BodyAt(ctx, id, before); pim.FaultOf(err) != pim.Invalid || pim.HintOf(err) == "" {
			t.Errorf("body before it was there: %v", err)
		}
		if _, err := d.v.RowAt(ctx, id, evenings[3]); pim.FaultOf(err) != pim.Invalid {
			t.Errorf("row while it was gone: %v", err)
		}
	}
	if r, err := d.v.RowAt(ctx, 1, evenings[1]); err != nil || r.Summary.Title != "Ann Smith" || r.Revisions != 5 || r.Account != "home" || r.Collection != "Book" {
		t.Errorf("%+v, %v", r, err)
	}

	history, err := d.v.History(ctx, 1)
	if err != nil || len(history) != 5 {
		t.Fatalf("%+v, %v", history, err)
	}
	var told []string
	for i, r := range history {
		told = append(told, fmt.Sprintf("%s %v %d", r.Title, r.Deleted, r.Size))
		if want := i == 0; r.Now != want || r.Until.IsZero() != want || r.Resource != 1 || r.Run != runs[4-i] || (r.SHA256 == "") != r.Deleted {
			t.Errorf("%d: %+v", i, r)
		}
		if i > 0 && !r.Until.Equal(history[i-1].SeenAt) {
			t.Errorf("%d ends %s, the next begins %s", i, r.Until, history[i-1].SeenAt)
		}
	}
	want := []string{"Ann Jones false 23", "Ann Jones true 0", "Ann Jones false 23", "Ann Smith false 23", "Ann false 11"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
	if _, err := d.v.RevisionBody(ctx, history[1].ID); pim.FaultOf(err) != pim.Invalid {
		t.Errorf("body of a tombstone: %v", err)
	}
	if _, err := d.v.History(ctx, 99); pim.FaultOf(err) != pim.Invalid {
		t.Errorf("history of nothing: %v", err)
	}
	d.changes(t, runs[0], "created Ann 0>1", "created Bob 0>2")
	d.changes(t, runs[1], "modified Ann Smith 1>4")
	d.changes(t, runs[3], "deleted Ann Jones 6>7")
	d.changes(t, runs[4], "back Ann Jones 7>9")
	if _, err := d.v.Changes(ctx, 99); pim.FaultOf(err) != pim.Invalid {
		t.Errorf("changes of no run: %v", err)
	}
	checkSound(t, d.v)
}

func (d *diary) changes(t *testing.T, run pim.RunID, want ...string) {
	t.Helper()
	all, err := d.v.Changes(context.Background(), run)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range all {
		got = append(got, fmt.Sprintf("%s %s %d>%d", c.What, c.Title, c.Before, c.After))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("run %d: %s", run, diff)
	}
}

// TestPast_OnlyConcludedRunsAreSnapshots: what a run that failed or was cut short
// had stored is seen with the next one that came to its end.
func TestPast_OnlyConcludedRunsAreSnapshots(t *testing.T) {
	ctx := context.Background()
	d := newDiary(t)
	first := d.on(1)
	d.mirror(pim.Commit{Objects: []pim.Recorded{d.card("a", "Ann")}})

	failed := d.on(3)
	d.mirror(pim.Commit{Objects: []pim.Recorded{d.card("b", "Bob")}, Outcome: pim.Failed, Fault: pim.Offline})

	cut := d.on(5)
	run, err := d.v.BeginRun(ctx, d.book.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.v.Put(ctx, run, []pim.Recorded{d.card("c", "Cara"), d.card("a", "Anna")}); err != nil {
		t.Fatal(err)
	}
	if got, err := d.v.Changes(ctx, run); err != nil || len(got) != 2 {
		t.Errorf("changes of the open run: %+v, %v", got, err)
	}
	partial := d.on(7)
	last := d.mirror(pim.Commit{Outcome: pim.Partial, Owed: []pim.OwedFetch{{Href: hrefOf(d.book, "x"), Fault: pim.Busy, Why: "time-out"}}})
	for _, c := range []struct {
		at   time.Time
		want string
	}{{first, "Ann"}, {failed, "Ann"}, {cut, "Ann"}, {partial, "Anna, Bob, Cara"}} {
		if got := d.titlesAt(c.at); got != c.want {
			t.Errorf("on %s: %s, want %s", c.at, got, c.want)
		}
	}
	d.changes(t, run, "created Cara 0>3", "modified Anna 1>5")
	d.changes(t, last)
	snaps, err := d.v.Snapshots(ctx, time.Time{})
	want := map[int64]pim.Snapshot{d.book.ID: {Collection: d.book.ID, Run: last, At: d.clock, Outcome: pim.Partial, LastRevision: 5, Objects: 3}}
	if diff := cmp.Diff(want, snaps); err != nil || diff != "" {
		t.Errorf("%v: %s", err, diff)
	}
	points, err := d.v.Timeline(ctx, 0, 0, first, time.Time{})
	if err != nil || len(points) != 3 || points[0].Outcome != pim.Failed || points[1].Outcome != interrupted || points[2].Objects != 3 {
		t.Errorf("timeline: %+v, %v", points, err)
	}
	if points, err := d.v.Timeline(ctx, 1, d.cal.ID, time.Time{}, time.Time{}); err != nil || len(points) != 0 {
		t.Errorf("timeline of the calendar: %+v, %v", points, err)
	}
}

// TestPast_HeldObjectsAreInTheSnapshot and marked only from when they were.
func TestPast_HeldObjectsAreInTheSnapshot(t *testing.T) {
	ctx := context.Background()
	d := newDiary(t)
	first := d.on(1)
	d.mirror(pim.Commit{Objects: []pim.Recorded{d.card("a", "Ann"), d.card("b", "Bob")}})
	second := d.on(3)
	run := d.mirror(pim.Commit{Held: []int64{1}, Outcome: pim.HeldBack, Reason: "1 of 2 is missing"})
	third := d.on(5)
	d.mirror(pim.Commit{Held: []int64{1}, Outcome: pim.HeldBack, Reason: "1 of 2 is missing"})
	for at, want := range map[time.Time]bool{first: false, second: true, third: true} {
		r, err := d.v.RowAt(ctx, 1, at)
		b, err2 := d.v.BodyAt(ctx, 1, at)
		if err != nil || err2 != nil || r.Held != want || b.Held != want {
			t.Errorf("on %s: %v, %v, %v, %v", at, r.Held, b.Held, err, err2)
		}
	}
	d.changes(t, run, "held Ann 1>1")
	if s, err := d.v.Snapshots(ctx, second); err != nil || s[d.book.ID].Held != 1 || s[d.book.ID].Outcome != pim.HeldBack {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestPast_IsSearchedAndSortedAsThePresent compares the past with what the present
// was at that time, query by query.
func TestPast_IsSearchedAndSortedAsThePresent(t *testing.T) {
	ctx := context.Background()
	d := newDiary(t)
	names := []string{"zoe Müller", "Émile", "emma +49 170 1234567", "王小明", "4 You", "Ann-Lee O'Neill", ""}
	var people []pim.Recorded
	for i, name := range names {
		s := titled(name)
		s.Phones, s.Text = []string{fmt.Sprintf("+49 30 555%04d", i)}, []string{"knows emma and zoe"}
		people = append(people, object(hrefOf(d.book, fmt.Sprint(i)), "1", name, s))
	}
	at := func(name string, s pim.Summary) pim.Recorded {
		s.Title = name
		return object(hrefOf(d.cal, name), "1", name, s)
	}
	dates := []pim.Recorded{
		at("later", pim.Summary{Component: "VEVENT", Start: day(20), End: day(21)}),
		at("early zoe", pim.Summary{Component: "VEVENT", Start: day(2), End: day(3)}),
		at("weekly", pim.Summary{Component: "VEVENT", Start: day(1), End: day(1), Recurs: true, RRule: "FREQ=WEEKLY"}),
		at("whole day", pim.Summary{Component: "VEVENT", Start: &pim.When{At: time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC), DateOnly: true}}),
		at("sometime", pim.Summary{Component: "VTODO", Priority: 1}),
		at("soon, less", pim.Summary{Component: "VTODO", Due: day(5), Priority: 9}),
		at("soon, most", pim.Summary{Component: "VTODO", Due: day(5), Priority: 1}),
		at("diary", pim.Summary{Component: "VJOURNAL", Start: day(4)}),
		at("odd", pim.Summary{Component: "X-ODD"}),
	}
	evening := d.on(1)
	d.mirror(pim.Commit{Objects: people})
	mirrorAll(t, d.v, d.cal.ID, pim.Commit{Objects: dates, Ended: d.clock})

	var queries []Query
	for _, q := range []Query{{}, {Collection: d.cal.ID}, {Account: 1}, {Account: 2}, {Components: []string{"VCARD"}}, {Components: []string{"vevent", "X-ODD"}},
		{From: day(3).At, To: day(5).At}, {From: day(3).At}, {To: day(2).At}, {IDs: []int64{3, 1, 9, 77}}, {IDs: []int64{}},
		{Offset: 2, Limit: 3}, {Offset: 99}, {Components: []string{"VTODO"}, From: day(5).At, To: day(6).At}} {
		for _, typed := range []string{"", "e", "zoe", "emma zoe", "mull", "1701234567", "0170 1234567", "小明", "王明", "o'n", "555", "!", "nobody"} {
			q.Search = typed
			queries = append(queries, q)
		}
	}
	present := make([][]Row, len(queries))
	for i, q := range queries {
		rows, err := d.v.Rows(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		present[i] = rows
	}
	compare := func(what string) {
		t.Helper()
		for i, q := range queries {
			q.At = evening
			past, err := d.v.Rows(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			for j := range past {
				past[j].Revisions = 1
			}
			if !slices.EqualFunc(past, present[i], func(a, b Row) bool { return cmp.Equal(a, b) }) {
				t.Errorf("%s, %+v:\n%s\nwas\n%s", what, q, titles(past), titles(present[i]))
			}
		}
	}
	compare("nothing changed")
	d.on(3)
	var gone []int64
	for i := range people {
		if i%3 == 0 {
			gone = append(gone, int64(i+1))
		} else {
			people[i] = object(people[i].Object.Href, "2", names[i]+"?", titled("another"))
		}
	}
	// Words of notes stand in the bytes only; here they stand in the summary.
	d.v.describe = func(kind pim.Kind, body []byte) pim.Summary {
		for i, name := range names {
			if name == string(body) {
				return pim.Summary{Component: "VCARD", Title: name, Phones: []string{fmt.Sprintf("+49 30 555%04d", i)}, Text: []string{"knows emma and zoe"}}
			}
		}
		return pim.Summary{}
	}
	d.mirror(pim.Commit{Objects: slices.DeleteFunc(slices.Clone(people), func(r pim.Recorded) bool { return r.Object.ETag == "1" }), Tombstones: gone})
	mirrorAll(t, d.v, d.cal.ID, pim.Commit{Tombstones: []int64{8, 9, 10}})
	compare("after changes")
}

func TestDeleted_IsFoundByItsLastContent(t *testing.T) {
	ctx := context.Background()
	d := newDiary(t)
	d.on(1)
	d.mirror(pim.Commit{Objects: []pim.Recorded{d.card("a", "Ann"), d.card("b", "Bob\nfriend of Ann"), d.card("c", "Cara")}})
	d.on(3)
	d.mirror(pim.Commit{Objects: []pim.Recorded{d.card("a", "Ann\nplumber at the corner")}})
	one := d.on(5)
	run := d.mirror(pim.Commit{Tombstones: []int64{1}})
	two := d.on(7)
	d.mirror(pim.Commit{Tombstones: []int64{2}})
	d.on(9)
	d.mirror(pim.Commit{Objects: []pim.Recorded{d.card("b", "Bob is back")}, Tombstones: []int64{3}})

	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{}, "Cara, Ann"},
		{Query{Search: "plumb corn"}, "Ann"},
		{Query{Search: "nobody"}, ""},
		{Query{At: one}, "Ann"},
		{Query{At: two}, "Bob, Ann"},
		{Query{At: two, Search: "ann"}, "Ann, Bob"},
		{Query{Limit: 1, Offset: 1}, "Ann"},
		{Query{IDs: []int64{2, 3}}, "Cara"},
		{Query{Collection: d.cal.ID}, ""},
		{Query{Components: []string{"VEVENT"}}, ""},
	} {
		rows, err := d.v.Deleted(ctx, c.q)
		var plain []Row
		for _, r := range rows {
			plain = append(plain, r.Row)
		}
		if err != nil || titles(plain) != c.want {
			t.Errorf("%+v: %s, %v, want %s", c.q, titles(plain), err, c.want)
		}
	}
	rows, _ := d.v.Deleted(ctx, Query{Search: "plumber"})
	if len(rows) != 1 || rows[0].ID != 1 || rows[0].Revision != 5 || rows[0].Run != run || !rows[0].DeletedAt.Equal(one.Add(-6*time.Hour)) || rows[0].Revisions != 3 {
		t.Errorf("%+v", rows)
	}
}

// TestPast_PagesFitTogether, and none shows what was forgotten in between.
func TestPast_PagesFitTogether(t *testing.T) {
	ctx := context.Background()
	d := newDiary(t)
	d.on(1)
	d.mirror(pim.Commit{Objects: d.many(40, "then")})
	evening := d.on(2)
	d.mirror(pim.Commit{Objects: d.many(20, "later")})
	d.on(3)
	d.mirror(pim.Commit{Objects: d.many(30, "now"), Tombstones: []int64{d.id("p39")}})
	pages := func(q Query) string {
		var all []Row
		for q.Limit = 7; ; q.Offset += 7 {
			rows, err := d.v.Rows(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			if all = append(all, rows...); len(rows) < 7 {
				return titles(all)
			}
		}
	}
	for _, q := range []Query{{At: evening}, {At: evening, Search: "then"}, {At: evening.Add(time.Hour), Components: []string{"VCARD"}}} {
		all, err := d.v.Rows(ctx, q)
		if err != nil || pages(q) != titles(all) {
			t.Errorf("%s\n%s, %v", pages(q), titles(all), err)
		}
	}
	if _, _, err := d.v.Forget(ctx, d.id("p39")); err != nil {
		t.Fatal(err)
	}
	if n, err := d.v.Count(ctx, Query{At: evening}); err != nil || n != 39 || strings.Contains(pages(Query{At: evening}), "Person39") {
		t.Errorf("%d after forgetting, %v", n, err)
	}
}
