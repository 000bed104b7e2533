package vault

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

// days are mirrorings that find nothing new, one a day.
func (d *diary) days(n int) {
	d.t.Helper()
	for range n {
		d.clock = d.clock.AddDate(0, 0, 1)
		d.mirror(pim.Commit{})
	}
}

// hours are mirrorings from the clock's day on, of a contact that changed each time.
func (d *diary) hours(n int) {
	d.t.Helper()
	for i := range n {
		d.clock = d.clock.Add(time.Hour)
		d.mirror(pim.Commit{Objects: []pim.Recorded{d.card("a", fmt.Sprint("Ann ", d.clock.Unix(), " ", i))}})
	}
}

func (d *diary) states() string { return one(d.t, d.v, `SELECT count(*) FROM revisions`) }

func wantClock(t *testing.T, err error) {
	t.Helper()
	wantFault(t, err, pim.Invalid, ReasonClock, "clock")
	if pim.HintOf(err) == "" {
		t.Errorf("no hint: %v", err)
	}
}

// TestThin_RefusesAClockFarFromTheLastMirroring, to count too, and goes on once that
// was mirrored with a clock that is right.
func TestThin_RefusesAClockFarFromTheLastMirroring(t *testing.T) {
	ctx := context.Background()
	d := newDiary(t)
	if err := d.v.CheckClock(ctx, d.clock); err != nil {
		t.Errorf("before the first mirroring: %v", err)
	}
	d.hours(20)
	last := d.clock
	for _, now := range []time.Time{last.AddDate(10, 0, 0), last.AddDate(0, 0, 91), last.AddDate(0, 0, -2), last.AddDate(-20, 0, 0)} {
		for _, dry := range []bool{true, false} {
			_, err := d.v.Thin(ctx, now, DefaultThin, dry)
			wantClock(t, err)
		}
		wantClock(t, d.v.CheckClock(ctx, now))
	}
	for _, now := range []time.Time{last.AddDate(0, 0, 89), last.Add(-time.Hour)} {
		if r, err := d.v.Thin(ctx, now, DefaultThin, false); err != nil || r.Revisions != 0 {
			t.Errorf("%v: %+v, %v", now, r, err)
		}
	}
	if got := d.states(); got != "20" {
		t.Errorf("%s states are left", got)
	}
}

// TestThin_AMirroringWithAWrongClockMakesNothingOld: neither while the clock is ten
// years ahead, nor right after it was set back; what was seen in the meantime grows
// old as days go by.
func TestThin_AMirroringWithAWrongClockMakesNothingOld(t *testing.T) {
	ctx := context.Background()
	d := newDiary(t)
	d.hours(20)
	right := d.clock
	thin := func(want string) {
		t.Helper()
		if _, err := d.v.Thin(ctx, d.clock, DefaultThin, false); err != nil {
			t.Error(err)
		}
		if got := d.states(); got != want {
			t.Errorf("%s states are left at %v, want %s", got, d.clock, want)
		}
	}
	d.clock = right.AddDate(10, 0, 0)
	d.mirror(pim.Commit{})
	thin("20")
	d.days(5)
	d.hours(3)
	d.clock = d.clock.AddDate(10, 0, 0)
	d.mirror(pim.Commit{})
	thin("23")
	d.clock = right.AddDate(0, 0, 7)
	wantClock(t, d.v.CheckClock(ctx, d.clock))
	d.days(1)
	thin("23")
	d.days(80)
	thin("23")
	d.days(20)
	thin("5") // the last of two days, and all of those that are dated ahead
}

// TestThin_AYearWithoutMirroringIsOneDay to what was seen before it.
func TestThin_AYearWithoutMirroringIsOneDay(t *testing.T) {
	ctx := context.Background()
	d := newDiary(t)
	d.hours(6)
	d.clock = d.clock.AddDate(1, 0, 0)
	wantClock(t, d.v.CheckClock(ctx, d.clock))
	d.mirror(pim.Commit{})
	if r, err := d.v.Thin(ctx, d.clock, DefaultThin, false); err != nil || r.Revisions != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	d.days(100)
	if r, err := d.v.Thin(ctx, d.clock, DefaultThin, false); err != nil || r.Revisions != 5 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestThin_TheDaysOfTwoYearsStayWithAClockAhead, though by that clock they are
// twelve years old, and though it is so for months.
func TestThin_TheDaysOfTwoYearsStayWithAClockAhead(t *testing.T) {
	ctx := context.Background()
	d := newDiary(t)
	var evenings []time.Time
	for range 120 {
		d.hours(2)
		evenings = append(evenings, d.clock.Add(time.Hour))
		d.clock = d.clock.Add(22 * time.Hour)
	}
	was := map[time.Time]string{}
	for _, at := range evenings {
		was[at] = d.titlesAt(at)
	}
	d.clock = d.clock.AddDate(12, 0, 0)
	d.days(110)
	if r, err := d.v.Thin(ctx, d.clock, DefaultThin, false); err != nil || r.Revisions < 100 {
		t.Errorf("%+v, %v", r, err)
	}
	for _, at := range evenings {
		if got := d.titlesAt(at); got != was[at] {
			t.Errorf("at %v: %s, was %s", at, got, was[at])
		}
	}
}

// TestThin_WhatIsYoungByTheTrueTimeStays draws histories with a clock that goes wrong
// and is set right again, or wrong otherwise, and thins now and then by that clock:
// no state goes that was shown in the last 90 days of the true time.
func TestThin_WhatIsYoungByTheTrueTimeStays(t *testing.T) {
	n := 12
	if testing.Short() {
		n = 2
	}
	var went int64
	for seed := range n {
		went += trueTimes(t, rand.New(rand.NewPCG(uint64(seed), 1)))
	}
	if went == 0 {
		t.Error("nothing was ever thinned")
	}
}

func trueTimes(t *testing.T, r *rand.Rand) (went int64) {
	ctx := context.Background()
	d := newDiary(t)
	now, off := d.clock, time.Duration(0)
	until := map[int64]time.Time{} // revisions that were followed by another, when that was
	heads := map[int]int64{}
	wrong := []time.Duration{0, 0, time.Hour, 20 * time.Hour, 30 * 24 * time.Hour, 200 * 24 * time.Hour, 3650 * 24 * time.Hour}
	for step := range 220 {
		now = now.Add(time.Duration([]int{1, 5, 13, 24, 48}[r.IntN(5)]) * time.Hour)
		if r.IntN(10) == 0 {
			if off = wrong[r.IntN(len(wrong))]; r.IntN(3) == 0 {
				off = -off
			}
		}
		d.clock = now.Add(off)
		var c pim.Commit
		i := r.IntN(3)
		c.Objects = []pim.Recorded{d.card(fmt.Sprint(i), fmt.Sprint("Ann ", step))}
		d.mirror(c)
		var head int64
		if err := d.v.reader.QueryRowContext(ctx, `SELECT max(id) FROM revisions`).Scan(&head); err != nil {
			t.Fatal(err)
		}
		if heads[i] != 0 {
			until[heads[i]] = now
		}
		heads[i] = head
		if r.IntN(8) != 0 {
			continue
		}
		done, err := d.v.Thin(ctx, d.clock.Add(time.Hour), DefaultThin, false)
		if err != nil {
			t.Fatal(err)
		}
		went += done.Revisions
		ids := revisionIDs(t, d.v)
		for id, end := range until {
			if ids[id] == 0 && now.Sub(end) < DefaultThin.All {
				t.Fatalf("step %d: what was shown until %v went at %v, by a clock that said %v", step, end, now, d.clock)
			}
		}
		for _, id := range heads {
			if ids[id] == 0 {
				t.Fatal("a last state went")
			}
		}
	}
	checkSound(t, d.v)
	return went
}

func revisionIDs(t *testing.T, v *Vault) map[int64]int64 {
	t.Helper()
	tx, err := v.reader.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	ids, err := pairsOf(context.Background(), tx, `SELECT id, id FROM revisions`)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestThin_TheLastHourOfADayBeforeAMidnightThatIsLeftOut: where clocks are put
// forward at midnight, what was seen between 23:00 and midnight is of that day.
func TestThin_TheLastHourOfADayBeforeAMidnightThatIsLeftOut(t *testing.T) {
	ctx := context.Background()
	for zone, day := range map[string]time.Time{
		"America/Asuncion": time.Date(2023, 9, 30, 0, 0, 0, 0, time.UTC), // of a month too
		"America/Havana":   time.Date(2026, 3, 7, 0, 0, 0, 0, time.UTC),
		"Africa/Cairo":     time.Date(2026, 4, 23, 0, 0, 0, 0, time.UTC),
		"Europe/Berlin":    time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC),
	} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		d := newDiary(t)
		y, m, n := day.Date()
		for _, at := range []time.Time{time.Date(y, m, n, 9, 0, 0, 0, loc), time.Date(y, m, n, 22, 30, 0, 0, loc),
			time.Date(y, m, n, 23, 30, 0, 0, loc), time.Date(y, m, n+1, 9, 0, 0, 0, loc), time.Date(y, m, n+1, 23, 30, 0, 0, loc)} {
			d.clock = at
			d.mirror(pim.Commit{Objects: []pim.Recorded{d.card("a", "Ann at "+at.Format("02 15:04"))}})
		}
		d.days(101)
		if y == 2023 {
			d.days(800) // until only the ends of months are left
		}
		last := time.Date(y, m, n, 23, 59, 0, 0, loc)
		was := d.titlesAt(last)
		done, err := d.v.Thin(ctx, d.clock.In(loc), DefaultThin, false)
		if err != nil || done.Revisions < 3 {
			t.Errorf("%s: %+v, %v", zone, done, err)
		}
		if got := d.titlesAt(last); got != was || was == "" {
			t.Errorf("%s: at %v %q, was %q", zone, last, got, was)
		}
	}
}
