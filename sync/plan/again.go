package plan

import "sidekeep/sync/pim"

// again looks at what newly went or changed as if nothing were held and nobody
// had been told of anything. Erosion is noticed anew with every object: it is not
// told of twice.
func (j *judge) again(o *Opinion) {
	switch {
	case !o.Alarm:
		return
	case j.Open == nil || j.fresh == 0: // what changed has an incident of its own
		o.Again = o.Pin && len(o.Eroded) == 0
		return
	case j.Open.ToldAt.IsZero() || j.Now.Sub(j.Open.ToldAt) < AgainAfter && !j.Open.ToldAt.After(j.Now): // by a clock that was right
		return
	}
	alone := j.Facts
	alone.Open, alone.Held, alone.Live = nil, 0, j.Live-j.Held
	alone.Moved = alone.Moved[:max(0, len(alone.Moved)-j.Held)]
	if first := Judge(alone); first.Hold && first.Verdict != pim.SlowLoss {
		if o.Again = true; o.Verdict == pim.LargeDeletion || o.Verdict == pim.SlowLoss {
			o.Message = j.more()
		}
	}
}
