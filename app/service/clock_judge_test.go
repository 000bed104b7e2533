package service

import (
	"fmt"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// lossAhead is a book of n contacts that lost some while the clock was ahead by so
// many days, and the day on which the clock was right before.
func lossAhead(t *testing.T, n, lost, ahead int) (*Service, *davtest.Collection, *ticking, time.Time, MirrorReport) {
	t.Helper()
	srv, book, _ := home(t, n)
	now := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	clock := newTicking(now)
	s := open(t, Config{Now: clock.Now})
	add(t, s, srv)
	mirrorNow(t, s)
	clock.set(now.AddDate(0, 0, 1+ahead))
	for i := range lost {
		book.Delete(fmt.Sprintf("c%d.vcf", i))
	}
	return s, book, clock, now, mirrorNow(t, s)
}

// A decision that was made while the clock was ahead is no reason to let a slow loss
// go by until that date: it is noticed on the same day as otherwise.
func TestIncident_ADecisionWithAClockAheadHidesNoSlowLoss(t *testing.T) {
	noticed := map[int]int{}
	for _, ahead := range []int{0, 1, 10, 30, 365, 3650} {
		s, book, clock, now, rep := lossAhead(t, 200, 80, ahead)
		if len(rep.Incidents) != 1 {
			t.Fatal(rep.Incidents)
		}
		if _, err := s.DecideIncident(t.Context(), rep.Incidents[0].ID, pim.Accepted); err != nil {
			t.Fatal(err)
		}
		gone := 80
		for day := 2; day < 20 && noticed[ahead] == 0; day++ {
			clock.set(now.AddDate(0, 0, day))
			for range 6 {
				book.Delete(fmt.Sprintf("c%d.vcf", gone))
				gone++
			}
			if len(mirrorNow(t, s).Incidents) > 0 {
				noticed[ahead] = day
			}
		}
		if noticed[ahead] == 0 || noticed[ahead] != noticed[0] {
			t.Errorf("ahead by %d days it was noticed on day %d, and else on day %d", ahead, noticed[ahead], noticed[0])
		}
	}
}

// What was deleted while the clock was ahead is of the day on which it was: months
// later it adds to no slow loss.
func TestIncident_DeletionsOfAClockAheadDoNotCountForEver(t *testing.T) {
	for _, ahead := range []int{0, 100, 3650} {
		s, book, clock, now, rep := lossAhead(t, 100, 18, ahead)
		gone := 18
		for day := 60; day < 200; day += 20 {
			clock.set(now.AddDate(0, 0, day))
			for range 8 {
				book.Delete(fmt.Sprintf("c%d.vcf", gone))
				gone++
			}
			if rep = mirrorNow(t, s); len(rep.Incidents) > 0 {
				t.Errorf("ahead by %d days, on day %d: %s", ahead, day, rep.Incidents[0].Message)
				break
			}
		}
	}
}

// What was put back while the clock was ahead is guarded like everything else.
func TestIncident_ARestoreWithAClockAheadHidesNoLaterLoss(t *testing.T) {
	for _, ahead := range []int{0, 3650} {
		s, book, clock, now, _ := lossAhead(t, 0, 0, 0)
		for i := range 60 {
			book.Put(fmt.Sprintf("c%d.vcf", i), []byte(fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c%d\r\nFN:Person %d\r\nN:;P;;;\r\nTEL:+4722334%d\r\nEMAIL:p%d@example.org\r\nNOTE:a note\r\nEND:VCARD\r\n", i, i, i, i)))
		}
		mirrorNow(t, s)
		for i := range 60 {
			book.Delete(fmt.Sprintf("c%d.vcf", i))
		}
		clock.set(now.AddDate(0, 0, 2+ahead))
		rep := mirrorNow(t, s)
		if len(rep.Incidents) != 1 {
			t.Fatal(rep.Incidents)
		}
		result[Receipt](t, s.StartPutBack(rep.Incidents[0].ID))
		clock.set(now.AddDate(0, 0, 3)) // what was written is ours, whenever it is looked at
		if rep = mirrorNow(t, s); len(rep.Incidents) > 0 {
			t.Errorf("ahead by %d days: %s", ahead, rep.Incidents[0].Message)
		}
		clock.set(now.AddDate(0, 0, 6))
		for i := range 60 {
			book.Put(fmt.Sprintf("c%d.vcf", i), card(fmt.Sprintf("c%d", i), fmt.Sprintf("Person %d", i)))
		}
		if rep = mirrorNow(t, s); len(rep.Incidents) != 1 {
			t.Errorf("ahead by %d days, emptied after it was put back: %d incidents", ahead, len(rep.Incidents))
		}
	}
}

// Where the last good mirroring was with a clock that was ahead, what an incident
// offers is yet to come, and can be asked for all the same.
func TestIncident_TheGoodMomentOfAClockAheadCanBeAskedFor(t *testing.T) {
	s, book, clock, now, _ := lossAhead(t, 40, 0, 3650)
	book.Put("c1.vcf", card("c1", "Edited while ahead"))
	mirrorNow(t, s)
	clock.set(now.AddDate(0, 0, 1))
	for i := range 40 {
		book.Put(fmt.Sprintf("c%d.vcf", i), card(fmt.Sprintf("c%d", i), "X"))
	}
	rep := mirrorNow(t, s)
	if len(rep.Incidents) != 1 || !rep.Incidents[0].GoodAt.After(clock.Now()) {
		t.Fatal(rep.Incidents)
	}
	good := *rep.Incidents[0].GoodAt
	for text, want := range map[string]bool{good.Format(time.RFC3339Nano): true, good.Format("2006-01-02 15:04"): true,
		good.Add(time.Hour).Format(time.RFC3339): false, "tomorrow": false} {
		at, ok := s.GoodAhead(t.Context(), text, clock.Now(), time.UTC)
		if ok != want || ok && !at.Equal(good) {
			t.Errorf("%s: %v, %v", text, at, ok)
		}
	}
	items, err := s.List(t.Context(), ListQuery{What: "contacts", At: good, Search: "ahead"})
	if err != nil || len(items) != 1 {
		t.Error(items, err)
	}
}
