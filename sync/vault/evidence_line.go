package vault

import (
	"database/sql"
	"slices"
	"time"

	"sidekeep/sync/pim"
)

// Clocks go wrong; the order of runs does not. Times are believed as far as they
// agree with it: of a collection's runs those are in line that make the longest row
// of times which never go back, and none of which lies after now. What is out of line,
// for a clock was ahead or back, follows right on what is before it, with as much time
// between its runs as passed by that clock, and comes before what is in line again. So
// no time that is judged by lies ahead, and none has to be waited for.

// decidedAfter is the key, among an incident's evidence, of the last run when a
// person decided on it. It is the vault's own, and shown to nobody.
const decidedAfter = "decided-after"

// endedAfter is the key, among what was asked of a restore, of the last run that had
// begun when it ended.
const endedAfter = "ended-after"

// lined is a run and when it counts as ended, in milliseconds.
type lined struct{ id, at int64 }

// inLine gives runs, which stand in their order with the times that their clocks
// said, the times that they count as.
func inLine(runs []lined, now int64) {
	var ends []int                 // of the shortest rows of each length, by run
	from := make([]int, len(runs)) // the run before it in its row, +1
	var said int64                 // by the run before
	for i, r := range runs {
		if r.at > now {
			continue
		}
		n, _ := slices.BinarySearchFunc(ends, r.at, func(e int, at int64) int {
			if runs[e].at <= at {
				return -1
			}
			return 1
		})
		if n > 0 {
			from[i] = ends[n-1] + 1
		}
		if n == len(ends) {
			ends = append(ends, i)
		}
		ends[n] = i
	}
	right, until := make([]bool, len(runs)), make([]int64, len(runs)) // what comes next in line
	if len(ends) > 0 {
		for i := ends[len(ends)-1]; i >= 0; i = from[i] - 1 {
			right[i] = true
		}
	}
	next := now
	for i := len(runs) - 1; i >= 0; i-- {
		if right[i] {
			next = runs[i].at
		}
		until[i] = next
	}
	for i := range runs {
		if right[i] {
			continue
		}
		switch next := until[i]; {
		case i == 0:
			said, runs[i].at = runs[i].at, next-1
		case right[i-1]:
			said, runs[i].at = runs[i].at, min(runs[i-1].at+1, next)
		default:
			passed := max(0, runs[i].at-said)
			said, runs[i].at = runs[i].at, min(runs[i-1].at+passed, next)
		}
	}
}

// recent reads the runs of the last RecentDays, and puts them and GoodAt in line. The
// plus signs keep SQLite from looking for the lowest number from the first run on.
func (e *evidence) recent(run pim.RunID) error {
	now := e.v.now()
	from := now.AddDate(0, 0, -pim.RecentDays).UnixMilli()
	var line []lined
	type told struct {
		pim.RecentRun
		at int // in line
	}
	found, err := list(e.ctx, e.v, "list runs", func(r *sql.Rows) (x told, err error) {
		var at lined
		var fields string
		if err = r.Scan(&at.id, &at.at, &x.Outcome, &x.Fault, &x.Decided, &x.Objects, &x.Created, &x.Deleted, &x.Changed, &fields); err != nil {
			return x, err
		}
		x.at = len(line)
		line = append(line, at)
		x.Fields, err = fieldsOf(fields)
		return x, err
	}, `SELECT id, ended_at, outcome, fault, purpose = 'accept', objects, created, deleted, modified, fields FROM runs
		WHERE +collection = ?1 AND ended_at IS NOT NULL AND id <> ?4
		AND id >= min(?5, coalesce((SELECT min(+id) FROM runs WHERE collection = ?1 AND ended_at >= ?2 AND ended_at <= ?3), ?5),
			coalesce((SELECT id FROM runs WHERE collection = ?1 AND ended_at < ?2 ORDER BY ended_at DESC LIMIT 1), ?5)) ORDER BY id`,
		e.collection, from, now.UnixMilli(), run, e.good)
	if err != nil {
		return err
	}
	inLine(line, now.UnixMilli())
	var decided time.Time
	for _, x := range found {
		at := line[x.at]
		x.Ended = time.UnixMilli(at.at)
		if at.id > e.good { // though it may be of the same millisecond
			x.Ended = later(x.Ended, e.GoodAt)
		}
		if at.id > e.decided {
			x.Ended = later(x.Ended, decided)
		}
		if at.id == e.good {
			e.GoodAt = x.Ended
		}
		if at.id <= e.decided && at.at >= from {
			decided = x.Ended
		}
		if at.at >= from && (x.Created > 0 || x.Deleted > 0 || x.Changed > 0 || x.Outcome == pim.Failed) {
			e.Recent, e.runs = append(e.Recent, x.RecentRun), append(e.runs, at.id)
		}
	}
	if decided.After(e.DecidedAt) {
		e.DecidedAt = decided
	}
	return nil
}

// later is t, or what comes right after than where that is not later.
func later(t, than time.Time) time.Time {
	if t.After(than) {
		return t
	}
	return than.Add(1)
}
