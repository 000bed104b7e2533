package plan

import (
	"time"

	"sidekeep/sync/pim"
)

// Facts are all that a judgement rests on: what a run found, and what the vault
// knows beside it.
type Facts struct {
	Kind  pim.Kind
	Title string // of the collection; "" says "this address book"
	Now   time.Time

	// What the run found. What is kept for good counts nowhere.
	Live   int // objects before the run, held ones included
	Gone   int // newly missing
	Held   int // missing since earlier and not decided on
	Back   int // missing before and there again
	Listed int // objects of a complete listing; -1: there was none
	Common int // of Live, how many are listed
	Kept   int // kept here for good, on top of Live
	Equal  int // fetched for their new ETag, and of equal bytes

	// Missing is how the collection itself is not there: CollectionGone,
	// AccountEmptied, HomeChanged, or WrongAccount where the login is another
	// principal's. "": it is there.
	Missing pim.Verdict
	// Was and Is are the principals, as URLs, where it is another one's.
	Was, Is string

	// Others are the objects of the account's other collections where each of these
	// lost all it had in this mirroring; 0: one still has something, or there is
	// none.
	Others int

	pim.Evidence
}

// Opinion is what the judge thinks.
type Opinion struct {
	Verdict pim.Verdict
	// Hold: what is newly gone is to be held. What is held already stays so in any
	// case.
	Hold bool
	// Pin: what changed is recorded, and the state before it is pinned and offered.
	Pin bool
	// Alarm: a person is to be told, once an incident.
	Alarm bool
	// Again: this run alone is a reason, whatever an incident that is open says. If
	// they were told of that at least AgainAfter ago they are to be told once more.
	Again   bool
	Message string // in words; "" for Ordinary and TokenReset
	// Since is when a slow loss began: what was deleted since then belongs to it.
	// Zero: it is no slow loss.
	Since time.Time
	// Eroded are the classes of fields that were lost over several runs, from
	// ErodedAt on: what changed then belongs to it.
	Eroded   []string
	ErodedAt time.Time
	Evidence map[string]int
}

// Facts counts what the run found. complete is as for Loss.
func (d *Diff) Facts(complete bool) Facts {
	f := Facts{Listed: -1}
	if complete {
		f.Listed = 0
	}
	for _, r := range d.rows.all {
		there := r.is(listed | fresh)
		if complete && r.is(listed) && !r.is(alias) {
			f.Listed++
		}
		if r.is(isKept) && !there {
			f.Kept++
		}
		if !r.is(inVault) || r.is(isKept) {
			continue
		}
		f.Live++
		switch {
		case r.is(isHeld) && there:
			f.Back++
		case r.is(isHeld):
			f.Held++
		case r.is(removed), complete && !there:
			f.Gone++
		}
		if there && r.is(listed) {
			f.Common++
		}
		if r.is(fresh) {
			f.Equal++ // less those that turn out to have changed
		}
	}
	return f
}

// habit is how many objects are deleted a day, the most on one day, and how many
// days that is known from. What a person decided and what is held are no habit.
func (f *Facts) habit() (daily float64, most, days int) {
	var first time.Time
	perDay := map[int64]int{}
	sum := 0
	for _, r := range f.Recent {
		if first.IsZero() {
			first = r.Ended
		}
		if r.Decided || r.Ended.After(f.GoodAt) {
			continue
		}
		sum += r.Deleted
		day := r.Ended.Unix() / 86400
		perDay[day] += r.Deleted
		most = max(most, perDay[day])
	}
	if first.IsZero() {
		return 0, 0, 0
	}
	days = int(f.GoodAt.Sub(first).Hours() / 24)
	return float64(sum) / float64(max(days, 1)), most, days
}

// since is when a look back over span begins: not before a person last decided.
func (f *Facts) since(span time.Duration) time.Time {
	t := f.Now.Add(-span)
	if t.Before(f.DecidedAt) {
		return f.DecidedAt
	}
	return t
}

// window adds up what was deleted in a span before this run, and the most
// objects that there were.
func (f *Facts) window(span time.Duration) (deleted, peak, runs int, first time.Time) {
	from := f.since(span)
	peak = f.Live
	for _, r := range f.Recent {
		if r.Decided || !r.Ended.After(from) {
			continue
		}
		peak = max(peak, r.Objects+r.Deleted-r.Created-f.Kept)
		if r.Deleted > 0 {
			deleted += r.Deleted
			if runs++; first.IsZero() {
				first = r.Ended
			}
		}
	}
	return deleted, peak, runs, first
}

// troubles counts the runs just before this one that failed at the server: what
// is offline, stopped or full is here.
func (f *Facts) troubles() int {
	n := 0
	for i := len(f.Recent) - 1; i >= 0; i-- {
		r := f.Recent[i]
		if r.Outcome != pim.Failed || !r.Ended.After(f.GoodAt) {
			break
		}
		switch pim.ParseFault(r.Fault) {
		case pim.Busy, pim.Protocol, pim.Gone, pim.Denied, pim.BadObject:
			n++
		}
	}
	return n
}
