package service

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// A person hears of a loss once, from whichever process gets to it first.
func TestIncidents_ToldOnce(t *testing.T) {
	srv, book, _ := home(t, 20)
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	add(t, s, srv)
	mirrorNow(t, s)
	if fresh, err := s.NewIncidents(t.Context()); err != nil || len(fresh) != 0 {
		t.Fatal(fresh, err)
	}
	saved := srv.Snapshot()
	for _, n := range book.Names() {
		book.Delete(n)
	}
	rep := mirrorNow(t, s)
	if len(rep.Incidents) != 1 || !rep.Incidents[0].Open || rep.Incidents[0].Gone != 20 || rep.Incidents[0].Kept != 20 || rep.Incidents[0].GoodAt == nil {
		t.Fatalf("%+v", rep.Incidents)
	}
	other := open(t, Config{Dir: dir})
	fresh, err := other.NewIncidents(t.Context())
	if err != nil || len(fresh) != 1 || fresh[0].ID != rep.Incidents[0].ID || fresh[0].Message == "" {
		t.Fatal(fresh, err)
	}
	for _, who := range []*Service{s, other} {
		if fresh, err := who.NewIncidents(t.Context()); err != nil || len(fresh) != 0 {
			t.Fatal(fresh, err)
		}
	}
	st, err := s.Status(t.Context())
	if err != nil || len(st.Incidents) != 1 || st.Accounts[0].State != StateHeld {
		t.Fatalf("%+v, %v", st, err)
	}

	id := rep.Incidents[0].ID
	all, err := s.IncidentObjects(t.Context(), id, 0, 0)
	if err != nil || len(all) != 20 || all[0].What != "gone" || all[0].Title != "Person 0" || all[0].Before == 0 {
		t.Fatalf("%+v, %v", all, err)
	}
	part, err := s.IncidentObjects(t.Context(), id, 18, 5)
	if err != nil || len(part) != 2 || part[0].ID != all[18].ID {
		t.Fatalf("%+v, %v", part, err)
	}
	if past, err := s.IncidentObjects(t.Context(), id, 99, 5); err != nil || len(past) != 0 {
		t.Fatal(past, err)
	}

	srv.Restore(saved)
	if rep := mirrorNow(t, s); len(rep.Incidents) != 0 {
		t.Fatalf("%+v", rep.Incidents)
	}
	in, err := s.Incident(t.Context(), id)
	if err != nil || in.Open || in.Closed != string(pim.Recovered) || in.ClosedAt == nil {
		t.Fatalf("%+v, %v", in, err)
	}
	for _, d := range []pim.Decision{pim.Accepted, pim.KeptHere} {
		_, err := s.DecideIncident(t.Context(), id, d)
		var e *pim.Error
		if !errors.As(err, &e) || e.Reason != "closed" || e.Hint == "" {
			t.Fatal(err)
		}
	}
	_, err = s.DecideIncident(t.Context(), id, pim.PutBack)
	wantFault(t, err, pim.Invalid)
	_, err = s.DecideIncident(t.Context(), 4711, pim.Accepted)
	wantFault(t, err, pim.Invalid)
	_, err = s.IncidentObjects(t.Context(), 4711, 0, 0)
	wantFault(t, err, pim.Invalid)
	wantFault(t, s.StartPutBack(id).Wait(t.Context()), pim.Invalid)
}

// Put back while some of it has come back by itself, and one of it in another
// state: what is there is not doubled, what differs is undone.
func TestPutBack_AnIncidentHalfWay(t *testing.T) {
	srv, book, _ := home(t, 20)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	want := book.Objects()
	for _, n := range book.Names() {
		book.Delete(n)
	}
	rep := mirrorNow(t, s)
	book.Put("c1.vcf", card("c1", "Person 1"))
	rec := result[Receipt](t, s.StartPutBack(rep.Incidents[0].ID))
	if rec.State != "done" || rec.Missing() != 0 {
		t.Fatalf("%+v", rec)
	}
	got := book.Objects()
	if len(got) != 20 {
		t.Fatalf("%d objects", len(got))
	}
	for n, b := range want {
		if string(got[n]) != string(b) {
			t.Fatalf("%s: %q", n, got[n])
		}
	}
	in, err := s.Incident(t.Context(), rep.Incidents[0].ID)
	if err != nil || in.Closed != string(pim.PutBack) {
		t.Fatalf("%+v, %v", in, err)
	}
	if rep := mirrorNow(t, s); rep.Accounts[0].Held != 0 || rep.Accounts[0].Outcome != pim.Complete {
		t.Fatalf("%+v", rep)
	}
}

// A server that takes nothing: the incident stays open, and it is said why.
func TestPutBack_RefusedStaysOpen(t *testing.T) {
	srv, book, _ := home(t, 20)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	for _, n := range book.Names() {
		book.Delete(n)
	}
	rep := mirrorNow(t, s)
	srv.Fail(davtest.Fault{Kind: davtest.Status, Status: 403, Times: -1, Match: func(r davtest.Request) bool { return r.Method == "PUT" }})
	j := s.StartPutBack(rep.Incidents[0].ID)
	err := j.Wait(t.Context())
	rec, _ := j.Result().(Receipt)
	if err == nil && rec.Missing() != 20 || rec.ID == 0 {
		t.Fatalf("%+v, %v", rec, err)
	}
	for _, i := range rec.Items {
		if i.Why == "" && err == nil {
			t.Fatalf("%+v", i)
		}
	}
	in, e := s.Incident(t.Context(), rep.Incidents[0].ID)
	if e != nil || !in.Open {
		t.Fatalf("%+v, %v", in, e)
	}
	if book.Len() != 0 {
		t.Fatal(book.Names())
	}
}

// The chart of an account: what was chosen is summed over its collections, and a
// run that failed changes nothing of it.
func TestTimeline_SumsUp(t *testing.T) {
	srv, book, cal := home(t, 20)
	clock := newTicking(time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC))
	s := open(t, Config{Now: clock.Now})
	add(t, s, srv)
	for day := range 4 {
		clock.set(time.Date(2026, 3, 14+day, 9, 0, 0, 0, time.UTC))
		switch day {
		case 1:
			book.Put("new.vcf", card("new", "Newcomer"))
			cal.Put("e2.ics", event("e2", "DTSTART:20260315T090000Z"))
		case 2:
			srv.Fail(davtest.Fault{Kind: davtest.Status, Status: 500, Times: -1, Match: func(r davtest.Request) bool { return strings.HasPrefix(r.Path, "/dav/addressbooks/user/friends/") }})
			book.Put("late.vcf", card("late", "Latecomer"))
		case 3:
			srv.ClearFaults()
		}
		mirrorNow(t, s)
	}
	tl, err := s.Timeline(t.Context(), "Home", 0, time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	last := map[int]int{}
	for _, p := range tl.Points {
		last[p.At.Day()] = p.Objects
	}
	if last[14] != 21 || last[15] != 23 || last[16] != 23 || last[17] != 24 {
		t.Fatalf("%v\n%+v", last, tl.Points)
	}
	if !slices.IsSortedFunc(tl.Points, func(a, b TimelinePoint) int { return a.At.Compare(b.At) }) {
		t.Fatal("not in order")
	}
	tail, err := s.Timeline(t.Context(), "Home", 0, time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 16, 0, 0, 0, 0, time.UTC))
	if err != nil || len(tail.Points) != 2 || tail.Points[1].Objects != 23 {
		t.Fatalf("%+v, %v", tail.Points, err)
	}
	one, err := s.Timeline(t.Context(), "", tl.Points[0].Collection, time.Time{}, time.Time{})
	if err != nil || len(one.Points) == 0 || len(one.Points) >= len(tl.Points) {
		t.Fatalf("%+v, %v", one.Points, err)
	}
	_, err = s.Timeline(t.Context(), "Nobody", 0, time.Time{}, time.Time{})
	wantFault(t, err, pim.Invalid)

	// The past, day by day.
	for day, want := range map[int]int{14: 21, 15: 23, 16: 23, 17: 24} {
		at, err := ParseTime(fmt.Sprintf("2026-03-%d", day), clock.Now(), time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		q := ListQuery{What: "all", At: at}
		items, err := s.List(t.Context(), q)
		n, e := s.Count(t.Context(), q)
		if err != nil || e != nil || len(items) != want || n != want {
			t.Fatalf("on the %dth: %d, %d objects, want %d, %v", day, len(items), n, want, err)
		}
		events, err := s.AgendaAt(t.Context(), time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), time.UTC, at)
		if err != nil || (len(events) == 2) != (day > 14) {
			t.Fatalf("on the %dth: %v, %v", day, events, err)
		}
	}
	_, err = s.List(t.Context(), ListQuery{What: "all", At: time.Date(2026, 3, 13, 0, 0, 0, 0, time.UTC)})
	wantFault(t, err, pim.Invalid)
}

// Hundreds of cards were emptied and are put back: what Sidekeep itself wrote is
// no new alarm, nor is putting an older moment over everything.
func TestPutBack_OwnWritingIsNoAlarm(t *testing.T) {
	srv, book, _ := home(t, 0)
	for i := range 120 {
		book.Put(fmt.Sprintf("c%d.vcf", i), []byte(strings.ReplaceAll(strings.ReplaceAll(richCard, "UID:c1", fmt.Sprintf("UID:c%d", i)), "Person One", fmt.Sprintf("Person %d", i))))
	}
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	good := s.now()
	srv.Lose(davtest.LoseContents)
	rep := mirrorNow(t, s)
	if len(rep.Incidents) == 0 {
		t.Fatalf("%+v", rep)
	}
	rec := result[Receipt](t, s.StartPutBack(rep.Incidents[0].ID))
	if rec.Counts["updated"] != 120 {
		t.Fatalf("%+v", rec.Counts)
	}
	if rep := mirrorNow(t, s); len(rep.Incidents) != 0 {
		t.Fatalf("%+v", rep.Incidents)
	}
	// The same once more, by a plan of a moment.
	for _, n := range book.Names() {
		b, _, _ := book.Get(n)
		book.Put(n, []byte(strings.ReplaceAll(string(b), "Keeps the spare key", "Has the cat")))
	}
	rep = mirrorNow(t, s)
	plan := result[RestorePlan](t, s.StartRestorePlan(pim.RestoreAsk{At: good, To: "Home", Collection: "Friends", Overwrite: true}))
	if plan.Counts["update"] != 120 {
		t.Fatalf("%+v", plan.Counts)
	}
	before := len(rep.Incidents)
	result[Receipt](t, s.StartRestore(plan.ID))
	if rep := mirrorNow(t, s); len(rep.Incidents) > before {
		t.Fatalf("%+v", rep.Incidents)
	}
}

// What a server has lost is not deleted here before somebody has decided about it:
// it may be the only copy.
func TestRemoveAccount_KeepsWhatMayBeTheOnlyCopy(t *testing.T) {
	srv, _, _ := home(t, 40)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	srv.Lose(davtest.LoseEverything)
	mirrorNow(t, s)
	for _, gone := range []bool{false, true} { // the account still mirrored, and removed
		err := s.RemoveAccount(t.Context(), "Home", true)
		var e *pim.Error
		if !errors.As(err, &e) || e.Reason != "loss-open" || !strings.Contains(e.Hint, "sidekeep incident") {
			t.Fatalf("%v, %v", gone, err)
		}
		if n, err := s.vault.Count(t.Context(), vault.Query{}); err != nil || n != 41 {
			t.Fatal(n, err)
		}
		if !gone {
			if err := s.RemoveAccount(t.Context(), "Home", false); err != nil {
				t.Fatal(err)
			}
		}
	}
	all, err := s.vault.Incidents(t.Context(), true)
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	for _, x := range all {
		if _, err := s.DecideIncident(t.Context(), x.ID, pim.Accepted); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.RemoveAccount(t.Context(), "Home", true); err != nil {
		t.Error(err)
	}
}
