package present

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

var noonHere = time.Date(2026, 5, 14, 12, 0, 0, 0, time.UTC)

func point(run, coll int64, ago time.Duration, objects, created, modified, deleted, held int) service.TimelinePoint {
	return service.TimelinePoint{Run: run, Collection: coll, At: noonHere.Add(-ago), Objects: objects, Created: created, Modified: modified,
		Deleted: deleted, Held: held, Outcome: pim.Complete}
}

// TestCondense: only runs that did something are kept, and a loss that is held
// is one step when it comes and one when it ends.
func TestCondense(t *testing.T) {
	const h = time.Hour
	over := noonHere.Add(-10 * h)
	s := condense(service.Timeline{Points: []service.TimelinePoint{
		point(1, 1, 100*h, 10, 10, 0, 0, 0), point(2, 2, 99*h, 15, 5, 0, 0, 0),
		point(3, 1, 80*h, 15, 0, 0, 0, 0), point(4, 1, 70*h, 15, 0, 2, 0, 0),
		point(5, 1, 60*h, 15, 0, 0, 0, 8), point(6, 2, 59*h, 15, 0, 0, 0, 0), point(7, 1, 50*h, 15, 0, 0, 0, 8),
		point(8, 1, 40*h, 15, 0, 0, 0, 0), point(9, 2, 30*h, 14, 0, 0, 1, 0)},
		Incidents: []service.Incident{{Since: noonHere.Add(-20 * h), Message: "second", Open: true}, {Since: noonHere.Add(-60 * h), ClosedAt: &over, Message: "first"}}}, noonHere)
	var got []string
	for _, st := range s.steps {
		got = append(got, fmt.Sprintf("%d: %s, %d", st.Run, st.Words(), st.Objects))
	}
	want := []string{"1: 10 added, 10", "2: 5 added, 15", "4: 2 changed, 15", "5: 8 missing on the server, kept, 15", "8: 8 no longer missing, 15", "9: 1 removed, 14"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if s.runs != 9 || !s.first.Equal(noonHere.Add(-100*h)) {
		t.Errorf("%d runs from %v", s.runs, s.first)
	}
	if len(s.alarms) != 2 || s.alarms[0].Words != "From 12 May 2026, 00:00 to today 02:00: first" && !strings.HasPrefix(s.alarms[0].Words, "From ") || s.alarms[1].Words != "Since yesterday 16:00: second" {
		t.Errorf("%+v", s.alarms)
	}
	if e := condense(service.Timeline{}, noonHere); len(e.steps) != 0 || e.at(noonHere) != -1 {
		t.Errorf("%+v", e)
	}
}

// TestBins: every change is in exactly one column, and the line goes on where
// nothing happens.
func TestBins(t *testing.T) {
	const h = time.Hour
	var points []service.TimelinePoint
	for i := range 5000 { // far more than columns
		points = append(points, point(int64(i), 1, time.Duration(5000-i)*h, 100+i%7, 1, 2, 1, 0))
	}
	s := condense(service.Timeline{Points: points}, noonHere)
	from, to := noonHere.Add(-5100*h), noonHere
	for _, n := range []int{1, 3, 97, 1000, 9000} {
		bins := s.bins(from, to, n)
		added, changed := 0, 0
		for i, b := range bins {
			added, changed = added+b.Added, changed+b.Changed
			if b.Known && (b.Low > b.Last || b.High < b.Last) {
				t.Fatalf("%d of %d: %+v", i, n, b)
			}
		}
		if added != 5000 || changed != 10000 || bins[n-1].Last != 100+4999%7 {
			t.Errorf("%d columns: %d added, %d changed, %+v last", n, added, changed, bins[n-1])
		}
		if n > 100 && (bins[0].Known || !bins[n-1].Known) {
			t.Errorf("%d columns: known at the beginning %v, at the end %v", n, bins[0].Known, bins[n-1].Known)
		}
	}
	later := s.bins(noonHere.Add(-10*h), noonHere, 10) // what was there before is known
	if !later[0].Known || later[0].Last == 0 {
		t.Errorf("%+v", later[0])
	}
	if s.bins(to, from, 10) != nil || s.bins(from, to, 0) != nil {
		t.Error("bins of nothing")
	}
}

func TestDateTicks(t *testing.T) {
	words := func(ticks []Tick) string {
		var out []string
		for i, k := range ticks {
			if k.Pos < 0 || k.Pos > 1 || i > 0 && k.Pos <= ticks[i-1].Pos {
				t.Errorf("place %v", k)
			}
			out = append(out, k.Text)
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		back time.Duration
		n    int
		want string
	}{
		{10 * time.Minute, 4, "11:50 11:55 12:00"},
		{6 * time.Hour, 7, "06:00 07:00 08:00 09:00 10:00 11:00 12:00"},
		{36 * time.Hour, 5, "13 May 12:00 14 May 12:00"},
		{7 * 24 * time.Hour, 9, "8 May 9 May 10 May 11 May 12 May 13 May 14 May"},
		{30 * 24 * time.Hour, 6, "20 Apr 27 Apr 4 May 11 May"},
		{400 * 24 * time.Hour, 8, "May Jul Sep Nov 2026 Mar May"},
		{20 * 365 * 24 * time.Hour, 6, "2010 2015 2020 2025"},
	} {
		if got := words(dateTicks(noonHere.Add(-c.back), noonHere, c.n)); got != c.want {
			t.Errorf("%v in %d: %q, want %q", c.back, c.n, got, c.want)
		}
	}
	for back := time.Minute; back < 200*365*24*time.Hour; back += back / 3 {
		for n := range 12 {
			if got := dateTicks(noonHere.Add(-back), noonHere, n); len(got) > n+1 {
				t.Errorf("%v: %d marks, %d wanted", back, len(got), n)
			}
		}
	}
}

func TestCountTicks(t *testing.T) {
	for most, want := range map[int]string{0: "0 1 2 3 4", 4: "0 1 2 3 4", 5: "0 2 4 6", 11: "0 5 10 15", 417: "0 200 400 600", 843: "0 500 1,000", 12345: "0 5,000 10,000 15,000"} {
		ticks, top := countTicks(most)
		var got []string
		for _, k := range ticks {
			got = append(got, k.Text)
		}
		if strings.Join(got, " ") != want || top < most {
			t.Errorf("%d: %v up to %d, want %s", most, got, top, want)
		}
	}
}

// TestStates: what an object went through, and what of it can be put back.
func TestStates(t *testing.T) {
	at := func(h int) time.Time { return noonHere.Add(-time.Duration(h) * time.Hour) }
	revs := []service.RevisionInfo{
		{ID: 5, SeenAt: at(1), SHA256: "e", Changes: []service.Change{{What: "removed", Text: "telephone: 1 removed", Line: 3}, {What: "added", Text: "note: x added", Line: -1}}},
		{ID: 4, SeenAt: at(2), SHA256: "d", Changes: []service.Change{}},
		{ID: 3, SeenAt: at(3), Deleted: true},
		{ID: 2, SeenAt: at(4), SHA256: "b", Changes: []service.Change{{What: "changed", Text: "name: A changed to B", Line: 1}}},
		{ID: 1, SeenAt: at(5), SHA256: "a", Changes: []service.Change{}}}
	show := func(held bool, revs []service.RevisionInfo) string {
		var b strings.Builder
		for _, s := range states(revs, held, noonHere) {
			fmt.Fprintf(&b, "%d %s %s", s.Revision, s.What, s.Now)
			for _, l := range s.Lines {
				fmt.Fprintf(&b, " [%s %d/%d]", l.Text, l.Revision, l.Line)
			}
			b.WriteByte('\n')
		}
		return b.String()
	}
	want := "5 Changed As it is now [Telephone: 1 removed 4/3] [Note: x added 0/0]\n4 There again \n0 Removed on the server \n2 Changed  [Name: A changed to B 1/1]\n1 First seen \n"
	if got := show(false, revs); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
	if got := show(true, revs[:1]); got != "5 First seen Missing on the server, kept here [Telephone: 1 removed 0/0] [Note: x added 0/0]\n" {
		t.Error(got)
	}
	// Of what is gone, a single field can't be put back: the whole is offered.
	if got := show(false, revs[2:]); strings.Contains(got, "1/1") || !strings.Contains(got, "2 Changed") {
		t.Error(got)
	}
}

func TestNameList(t *testing.T) {
	c := func(titles ...string) (out []service.RunChange) {
		for _, s := range titles {
			out = append(out, service.RunChange{Title: s})
		}
		return out
	}
	for _, x := range []struct {
		changes []service.RunChange
		all     int
		want    string
	}{{nil, 3, ""}, {c("A"), 1, "A"}, {c("A", "B", "C"), 3, "A, B, C"}, {c("A", "", "C", "D", "E"), 5, "A, C, D and 2 more"}, {c("", ""), 2, ""}} {
		if got := nameList(x.changes, x.all); got != x.want {
			t.Errorf("%v: %q, want %q", x.changes, got, x.want)
		}
	}
}

func TestPutBackWords(t *testing.T) {
	one := func(r pim.RestoreResult, why string) service.Receipt {
		return service.Receipt{Items: []service.ReceiptItem{{Result: r, Why: why, Lines: []string{"REV:1"}}}, Notes: []string{"invitations were kept quiet"}}
	}
	for _, c := range []struct {
		r     service.Receipt
		field bool
		title string
		text  string
		level Level
	}{
		{one(pim.DoneCreated, ""), false, "“Anna” is back", "Read again from the server, it is exactly what was sent.\nInvitations were kept quiet.", LevelGood},
		{one(pim.DoneUpdated, ""), true, "Put back into “Anna”", "Read again from the server, it is exactly what was sent.\nInvitations were kept quiet.", LevelGood},
		{one(pim.DoneIdentical, ""), false, "Nothing had to be done", "The server has “Anna” exactly so already.\nInvitations were kept quiet.", LevelGood},
		{one(pim.DoneAltered, ""), false, "“Anna” is back, with a difference", "The server stored these lines in its own way:\nInvitations were kept quiet.", LevelNote},
		{one(pim.DoneSkipped, "the address book is read-only"), false, "“Anna” was not put back", "The address book is read-only.\nInvitations were kept quiet.", LevelBad},
	} {
		n, level, _ := putBackWords("Anna", c.field, c.r)
		if n.Title != c.title || n.Text != c.text || level != c.level {
			t.Errorf("%s: %q %q %v", c.r.Items[0].Result, n.Title, n.Text, level)
		}
	}
}
