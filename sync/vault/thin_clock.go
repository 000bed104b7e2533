package vault

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"sidekeep/sync/pim"
)

// ReasonClock is the Reason of a thinning that is refused since the clock is far
// from the last mirroring.
const ReasonClock = "clock"

// clockAhead and clockBack are how far a clock may be from the last mirroring before
// it is not believed.
const (
	clockAhead = 90 * 24 * time.Hour
	clockBack  = 24 * time.Hour
)

// CheckClock says whether the history may be thinned at a moment. Errors: Invalid
// with Reason ReasonClock where it is 90 days after the end of the last run that
// concluded against a server, or a day before it; Storage.
func (v *Vault) CheckClock(ctx context.Context, now time.Time) error {
	_, err := thinUntil(ctx, v.reader, now)
	return v.fail("thin history", err)
}

// thinUntil gives when the calendar ends by which ages are counted: with the last
// mirroring, or now if that is earlier.
func thinUntil(ctx context.Context, q querier, now time.Time) (time.Time, error) {
	var ended sql.NullInt64
	err := q.QueryRowContext(ctx, `SELECT ended_at FROM runs WHERE ended_at IS NOT NULL AND purpose = 'mirror' AND `+seenWhole+`
		ORDER BY id DESC LIMIT 1`).Scan(&ended)
	if errors.Is(err, sql.ErrNoRows) {
		return now, nil
	}
	if err != nil {
		return now, err
	}
	last := fromMillis(ended).In(now.Location())
	if now.Sub(last) > clockAhead || last.Sub(now) > clockBack {
		const day = "2 January 2006"
		return now, &pim.Error{Fault: pim.Invalid, Op: "thin history", Where: "clock", Reason: ReasonClock,
			Err: fmt.Errorf("this computer's clock says that it is %s, and the last mirroring was on %s: with a wrong clock, history would be lost that is still young",
				now.Format(day), last.Format(day)),
			Hint: "set the clock right, or if it is right mirror once, and thin then"}
	}
	if last.Before(now) {
		now = last
	}
	return now, nil
}

// leap is how much time counts at most as passed between a run and the next: what is
// more may be the clock's own doing. The margin is the part of keep.All that is kept
// on top: of 90 days it is nine leaps, so many as a clock may go ahead by turns
// without once being set back.
const (
	leap   = 24 * time.Hour
	margin = 10
)

// viewsToKeep gives the views that stay, by collection.
func viewsToKeep(ctx context.Context, tx *sql.Tx, now time.Time, keep ThinRule) (map[int64]keptViews, error) {
	runs, err := concludedRuns(ctx, tx)
	if err != nil {
		return nil, err
	}
	good, err := goodMoments(ctx, tx)
	if err != nil {
		return nil, err
	}
	out := make(map[int64]keptViews, len(runs))
	for collection, of := range runs {
		out[collection] = keepOf(of, now, keep, good[collection])
	}
	return out, nil
}

// moment is the end of a run, in milliseconds, and the last revision it saw.
type moment struct {
	at, last int64
	seen     time.Duration // that was seen to pass since, by the runs that followed
}

// concludedRuns gives the runs of each collection by their ends.
//
// The time that was seen to pass since a run is added up from one run to the next,
// in the order in which they were, by all collections' clocks: at most leap for
// each step, and for a step back as much is taken off. With a clock that is right this
// is what passed or less. A clock that goes wrong and is set right again steps once
// ahead and once back, which cancel out; one that is still wrong has added one leap.
func concludedRuns(ctx context.Context, tx *sql.Tx) (map[int64][]moment, error) {
	rows, err := tx.QueryContext(ctx, `SELECT collection, ended_at, last_revision FROM runs
		WHERE ended_at IS NOT NULL AND `+seenWhole+` ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	runs := map[int64][]moment{}
	var passed time.Duration
	var before int64
	first := true
	for rows.Next() {
		var collection int64
		var m moment
		if err := rows.Scan(&collection, &m.at, &m.last); err != nil {
			return nil, torn(err)
		}
		if !first {
			passed += time.Duration(max(-leap.Milliseconds(), min(leap.Milliseconds(), m.at-before))) * time.Millisecond
		}
		m.seen, before, first = passed, m.at, false
		runs[collection] = append(runs[collection], m)
	}
	for _, of := range runs {
		for i := range of {
			of[i].seen = passed - of[i].seen
		}
		slices.SortStableFunc(of, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
	}
	return runs, rows.Err()
}

// keepOf chooses among the views of one collection, whose runs stand in the order of
// their ends.
func keepOf(runs []moment, now time.Time, keep ThinRule, good []int64) keptViews {
	var v keptViews
	showing := func(at int64) {
		if i := sort.Search(len(runs), func(i int) bool { return runs[i].at > at }); i > 0 {
			v.last = append(v.last, runs[i-1].last)
		}
	}
	cut, daily := now.Add(-keep.All), now.Add(-max(keep.Daily, keep.All)).UnixMilli()
	i := sort.Search(len(runs), func(i int) bool { return runs[i].at > cut.UnixMilli() })
	if i > 0 {
		v.all = runs[i-1].last
	}
	for _, later := range runs[i:] { // where a clock was set back, a later run saw less
		if later.at <= now.UnixMilli() {
			v.all = min(v.all, later.last)
		}
		v.last = append(v.last, later.last)
	}
	var old int64 // what the newest run saw since which keep.All was seen to pass
	for _, m := range runs {
		if m.seen >= keep.All+keep.All/margin {
			old = max(old, m.last)
		}
		if m.seen < max(keep.Daily, keep.All)+keep.All/margin {
			daily = min(daily, m.at)
		}
	}
	v.all = min(v.all, old)
	showing(cut.UnixMilli())
	for _, at := range good {
		showing(at)
	}
	if len(runs) > 0 {
		for _, at := range ends(time.UnixMilli(runs[0].at).In(now.Location()), cut, time.UnixMilli(daily)) {
			showing(at)
		}
	}
	slices.Sort(v.last)
	v.last = slices.Compact(v.last)
	return v
}

// ends gives the last millisecond of every month from a moment on and, from daily
// on, of every day, as far as they are before cut.
func ends(from, cut, daily time.Time) []int64 {
	var out []int64
	y, m, d := from.Date()
	for day := 1; ; day++ {
		end := pim.DayStart(y, m, d+day, from.Location())
		if !end.Before(cut) {
			return out
		}
		if !end.Before(daily) || end.Day() == 1 {
			out = append(out, end.UnixMilli()-1)
		}
	}
}
