package plan

import "sidekeep/sync/pim"

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
