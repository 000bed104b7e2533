package plan

import (
	"time"

	"sidekeep/sync/pim"
)

// The judge's thresholds. Nothing is lost by holding a deletion: the current
// view shows what the server had. So they lean towards holding wherever a
// person would want to be asked, and away from it where people tidy up. The
// simulation (TestRates) measures both ways.
const (
	// HoldAll: a collection of at least this many that would lose everything.
	// Of two test entries both may go without a word.
	HoldAll = 3
	// HoldShare and HoldMin: more than one in HoldShare of the collection and
	// at least HoldMin. A quarter is more than tidying up takes at a time;
	// fewer than ten are soon found again in the history.
	HoldShare = 4
	HoldMin   = 10

	// MostMin: so many and more than half of the collection in one run, and more
	// than was ever deleted here on one day. A short list is hardly tidied by
	// halves, and its owner misses five of nine.
	MostMin = 5

	// BurstMin and BurstShare stand for HoldMin and HoldShare right after the
	// server had failed: then a person's own wish is the less likely cause. It
	// must also be more than was ever deleted here on one day.
	BurstMin   = 5
	BurstShare = 10
	// KnownDays is how long a collection must be known before "more than ever on
	// one day" means anything.
	KnownDays = 7

	// AgainAfter is how long a person is left alone with an incident that is open
	// when another loss comes to it: what a server loses by and by in a day is one.
	AgainAfter = 24 * time.Hour

	// BesideMin: so many objects, and more than one in HoldShare, where another
	// collection of the account has just lost some: it is the same server.
	BesideMin = 2

	// RevertedMin: so many objects back in a state that they had before, and at
	// least half of all that changed. One is somebody's undo.
	RevertedMin = 3
	// RevertedLoose is how many it takes where they fit no common moment.
	RevertedLoose = 10
	// NewestMin and NewestDays: so many missing, from so many different days, and
	// exactly the youngest of all. Nobody deletes what was added last and
	// nothing else; a backup that is a few days old does.
	NewestMin  = 5
	NewestDays = 3

	// HollowMin: so many objects of which half the fields went, or two sorts of
	// them, and one in FieldShare of the collection.
	HollowMin = 5
	// FieldMin: so many objects that lost a sort of field, at least half of those
	// that had it and changed. Of a sort that few have, a quarter of all must
	// have lost it (HoldShare); else one in FieldShare of the collection.
	FieldMin   = 5
	FieldMany  = 10
	FieldShare = 20
	// ErodedMin: the same over many runs: edits that people make lose a field
	// here and there.
	ErodedMin = 10

	// RewriteMin: so many changed objects, and more than half of the collection.
	// A tidy person edits much, but not most of it between two looks.
	RewriteMin = 20

	// EmptyHabit: a list of fewer than this many that was emptied before may be
	// emptied again: that is what a to-do list is for. Not where every other
	// collection of the account lost all of its own in the same mirroring: nobody
	// empties all of them at once. Lists of fewer than HoldAll, which are believed
	// otherwise, are added up for that.
	EmptyHabit = 10
	// SomethingElse: of a collection with so few in common (one in this many) the
	// rest is another one's.
	SomethingElse = 20
)

// slowly are the spans over which small losses are added up. Each wants more
// than a person who deletes eight things a day comes to in that time (the first
// ones hold two evenings' worth), and counts only what the collection shrank by,
// so that a list whose entries come and go is none.
var slowly = []struct {
	span       time.Duration
	min        int
	part, from int // more than part in from of what there was
}{
	{36 * time.Hour, 20, 1, 4},
	{36 * time.Hour, 12, 1, 2},
	{7 * 24 * time.Hour, 40, 1, 3},
	{30 * 24 * time.Hour, 60, 2, 5},
}

// Large says whether losing missing of live objects is to be held back however
// it came about.
func Large(missing, live int) bool {
	return missing >= live && live >= HoldAll ||
		missing >= HoldMin && missing*HoldShare > live
}

// Doubtful says whether so many reported removals, though not large enough to
// be held, are to be asked for by name first: some servers report removals
// that never were (rustical#204). One here and there is believed at once.
func Doubtful(removed, live int) bool {
	return removed >= HoldMin/2 || removed > 0 && removed*10 >= live
}

// Judge says what to make of a run. It is pure. What moved may be believed in
// any case.
func Judge(f Facts) Opinion {
	j := judge{Facts: f, lost: max(0, f.Gone+f.Held-len(f.Moved)), changed: len(f.Changed)}
	j.fresh = max(0, f.Gone-max(0, len(f.Moved)-f.Held))
	j.left = max(0, f.Live-j.lost)
	if f.GoodAt.IsZero() {
		return j.say(pim.Ordinary)
	}
	o := j.opinion()
	o.Alarm = o.Verdict != pim.Ordinary && o.Verdict != pim.TokenReset
	j.again(&o)
	return o
}

type judge struct {
	Facts
	lost    int // missing, moved ones aside
	fresh   int // of them newly so
	left    int // objects that remain
	changed int
	word    wording

	eroded   []string // classes lost over several runs
	erodedAt time.Time
}

func (j *judge) opinion() Opinion {
	if j.Missing != "" {
		if j.lost == 0 {
			return j.say(pim.Ordinary)
		}
		return j.hold(j.Missing) // even of one object
	}
	loss, lost := j.missing()
	change, changed := j.altered()
	switch {
	case lost && changed && !loss.Pin:
		loss.Pin, loss.Message = true, loss.Message+" "+change.Message
		loss.Eroded, loss.ErodedAt = change.Eroded, change.ErodedAt
		return loss
	case lost:
		return loss
	case changed && j.Held == 0:
		return change
	case changed: // what is held stays the first thing to tell
		o := j.still()
		o.Pin, o.Message = true, o.Message+" "+change.Message
		o.Eroded, o.ErodedAt = change.Eroded, change.ErodedAt
		return o
	}
	switch {
	case j.Held > 0 && j.lost > 0:
		return j.still()
	case j.Equal >= RewriteMin && j.Equal*2 > j.Live && j.changed == 0:
		return j.say(pim.TokenReset)
	}
	return j.say(pim.Ordinary)
}

// missing looks at what went. It has nothing to say where nothing newly did.
func (j *judge) missing() (Opinion, bool) {
	if j.fresh == 0 {
		if j.rolledBack() {
			return j.pin(pim.RolledBack), true
		}
		return Opinion{}, false
	}
	switch {
	case j.anotherOne():
		return j.hold(pim.WrongAccount), true
	case j.left == 0 && (j.allGone() || j.Beside > 0 || j.allOfAll()): // beside a loss, of a few objects too
		if _, _, runs, first := j.window(slowly[0].span); runs > 0 && j.lost < HoldAll {
			j.word.since = first
		}
		return j.hold(pim.EverythingGone), true
	case j.rolledBack():
		return j.pin(pim.RolledBack), true
	case j.muchGone():
		if j.Open != nil && j.Open.Verdict == pim.SlowLoss && j.trickle() {
			return j.hold(pim.SlowLoss), true // what went before belongs to it
		}
		return j.hold(pim.LargeDeletion), true
	case j.burst() || j.trickle():
		return j.hold(pim.SlowLoss), true
	}
	return Opinion{}, false
}

// anotherOne: there are objects, and next to none of them is one of ours.
func (j *judge) anotherOne() bool {
	return j.Listed > 0 && j.Listed > j.Common && j.Live >= HoldAll && j.lost >= HoldAll &&
		j.Common*SomethingElse <= j.Live && j.lost*SomethingElse >= j.Live*(SomethingElse-1)
}

// allGone: nothing is left, at once or within two days.
func (j *judge) allGone() bool {
	_, peak, _, _ := j.window(slowly[0].span)
	return max(peak, j.Live) >= HoldAll && !(j.EmptiedBefore && max(peak, j.Live) < EmptyHabit)
}

// allOfAll: nothing is left, here as in all other collections of the account.
func (j *judge) allOfAll() bool { return j.Others > 0 && j.Others+j.Live >= HoldAll }

// muchGone grows more patient with the days that nobody looked, by twice what is
// deleted on a usual day.
func (j *judge) muchGone() bool {
	if j.Beside > 0 && j.lost >= BesideMin && j.lost*HoldShare > j.Live {
		return true
	}
	daily, most, days := j.habit()
	if j.fresh >= MostMin && j.fresh*2 > j.Live && (days < KnownDays || j.fresh > most) && !(j.EmptiedBefore && j.Live < EmptyHabit) {
		return true
	}
	usual := 0
	if away := j.Now.Sub(j.GoodAt).Hours() / 24; away > 1 && days >= KnownDays {
		usual = int(2 * daily * away)
	}
	return j.lost >= HoldMin && j.lost > usual && j.lost*HoldShare > j.Live
}

func (j *judge) burst() bool {
	j.word.troubles = j.troubles()
	_, most, days := j.habit()
	if days < KnownDays {
		most = HoldMin - 1
	}
	if j.word.troubles == 0 || j.lost < BurstMin || j.lost*BurstShare <= j.Live || j.lost <= most {
		j.word.troubles = 0
	}
	return j.word.troubles > 0
}

func (j *judge) trickle() bool {
	daily, _, days := j.habit()
	for _, s := range slowly {
		deleted, peak, runs, first := j.window(s.span)
		usual := 0
		if s.span < 48*time.Hour && days >= KnownDays {
			usual = int(3 * daily)
		}
		if runs > 0 && deleted+j.lost >= max(s.min, usual) && (peak-j.left)*s.from > peak*s.part {
			j.word.slow, j.word.since, j.word.peak = min(deleted+j.lost, peak-j.left), first, peak
			return true
		}
	}
	return false
}

func (j *judge) rolledBack() bool {
	switch {
	case j.Reverted > 0 && j.Reverted*2 >= j.changed && !j.RevertedTo.IsZero() && j.Reverted+j.Younger >= RevertedMin:
		return true
	case j.Reverted >= RevertedLoose && j.Reverted*2 >= j.changed:
		return true
	}
	daily, _, _ := j.habit()
	return j.Newest && j.Births >= NewestDays && j.lost >= NewestMin && daily*pim.RecentDays < float64(j.lost)/2
}

// altered looks at what changed.
func (j *judge) altered() (Opinion, bool) {
	switch {
	case j.changed == 0:
		return Opinion{}, false
	case j.emptied():
		return j.pin(pim.Emptied), true
	case j.changed >= RewriteMin && j.changed*2 > j.Live:
		return j.pin(pim.MassRewrite), true
	}
	return Opinion{}, false
}

func (j *judge) emptied() bool {
	if j.Hollow >= HollowMin && j.Hollow*FieldShare > j.Live ||
		j.Hollow >= HoldAll && j.Hollow*2 > j.Live {
		return true
	}
	from := j.since(pim.RecentDays * 24 * time.Hour)
	for _, class := range fieldOrder {
		f := j.Fields[class]
		if f.Lost == 0 {
			continue
		}
		all := f.Had + j.Having[class]
		if f.Lost*2 >= f.Had && (f.Lost >= FieldMin && f.Lost*HoldShare > all ||
			f.Lost >= FieldMany && f.Lost*FieldShare > j.Live) {
			j.word.lost(class, f.Lost)
			continue
		}
		eroded := f.Lost
		var first time.Time
		for _, r := range j.Recent {
			if n := r.Fields[class].Lost; n > 0 && r.Ended.After(from) {
				if eroded += n; first.IsZero() {
					first = r.Ended
				}
			}
		}
		if !first.IsZero() && eroded >= ErodedMin && eroded*HoldShare > all+eroded-f.Lost {
			j.word.lost(class, eroded)
			j.word.since = first
			j.eroded = append(j.eroded, class)
			if j.erodedAt.IsZero() || first.Before(j.erodedAt) {
				j.erodedAt = first
			}
		}
	}
	return len(j.word.classes) > 0
}

// still is about what is held since an earlier run: it stays so until somebody
// decides or it comes back. What newly went beside it is ordinary.
func (j *judge) still() Opinion {
	v := pim.LargeDeletion
	if j.left == 0 {
		v = pim.EverythingGone
	}
	if j.Open != nil && j.Open.CollID != 0 && j.Open.Verdict != pim.EverythingGone && j.Open.Verdict != pim.LargeDeletion {
		v = j.Open.Verdict
	}
	j.lost -= j.fresh
	o := j.say(v)
	if o.Message = j.message(v); v != pim.LargeDeletion && v != pim.EverythingGone && j.Open.Message != "" {
		o.Message = j.Open.Message // it says more than the numbers of this run
	}
	return o
}

func (j *judge) say(v pim.Verdict) Opinion { return Opinion{Verdict: v, Evidence: j.evidence()} }

func (j *judge) hold(v pim.Verdict) Opinion {
	return Opinion{Verdict: v, Hold: true, Since: j.word.since, Message: j.message(v), Evidence: j.evidence()}
}

func (j *judge) pin(v pim.Verdict) Opinion {
	// Of a server that went back in time no deletion is believed.
	o := Opinion{Verdict: v, Pin: true, Hold: v == pim.RolledBack && j.lost > 0, Message: j.message(v), Evidence: j.evidence()}
	if v == pim.Emptied {
		o.Eroded, o.ErodedAt = j.eroded, j.erodedAt
	}
	return o
}

// evidence gives the numbers that are not zero.
func (j *judge) evidence() map[string]int {
	deleted, _, _, _ := j.window(pim.RecentDays * 24 * time.Hour)
	all := map[string]int{
		"live": j.Live, "gone": j.Gone, "held": j.Held, "back": j.Back, "created": j.Created, "changed": j.changed,
		"equal": max(0, j.Equal-j.changed), "moved": len(j.Moved), "common": j.Common, "listed": max(0, j.Listed),
		"hollow": j.Hollow, "reverted": j.Reverted, "younger": j.Younger, "same-producer": j.Produced,
		"failed-before": j.troubles(), "deleted-30-days": deleted, "others-gone": j.Others,
	}
	if j.Missing == pim.WrongAccount {
		all["another-principal"] = 1
	}
	for class, f := range j.Fields {
		all["lost-"+class] = f.Lost
	}
	for k, n := range all {
		if n == 0 {
			delete(all, k)
		}
	}
	return all
}
