package plan

import "sidekeep/sync/pim"

// The judge's thresholds. Nothing is lost by holding a deletion: the current
// view shows what the server had. So they lean towards holding wherever a
// person would want to be asked, and away from it where people tidy up.
const (
	// HoldAll: a collection of at least this many that would lose everything.
	// Of two test entries both may go without a word.
	HoldAll = 3
	// HoldShare and HoldMin: more than one in HoldShare of the collection and
	// at least HoldMin. A quarter is more than tidying up takes at a time;
	// fewer than ten are soon found again in the history.
	HoldShare = 4
	HoldMin   = 10
)

// Large says whether losing missing of live objects is to be held back.
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

// Judgement is what becomes of a loss.
type Judgement struct {
	Tombstones []int64
	Held       []int64
	Reason     string // in words; "" if nothing is held
}

// Judge decides on a loss of a collection that had live objects. What was held
// before stays held and counts.
func Judge(kind pim.Kind, live int, l Loss) Judgement {
	j := Judgement{Held: l.Held}
	missing := len(l.Gone) + len(l.Held)
	if Large(missing, live) {
		j.Held = append(append([]int64(nil), l.Held...), l.Gone...)
	} else {
		j.Tombstones = l.Gone
	}
	if len(j.Held) > 0 {
		j.Reason = lossReason(kind, len(j.Held), live)
	}
	return j
}
