package plan

import "time"

// Bounds of how many objects are written at a time.
const (
	maxWrites = 4 // some servers are fragile with more, and none measured gained
	// gain is how much faster twice as many must be to be worth the server's work:
	// near the server one at a time is the fastest there is, since others only
	// wait for a lock (Cyrus does a third more work for four); far away they hide
	// the way, and twice as many are nearly twice as fast.
	gain = 1.5
	// enough is how many objects a measurement needs.
	enough = 20
)

// Writes chooses how many objects are written at a time, by what the last took.
// It reads no clock: the caller measures. The zero value begins with one.
type Writes struct {
	n       int
	best    float64 // objects a second
	settled bool
	warm    bool // the first measurement is of connections being made
}

// Next is how many to write at a time.
func (w *Writes) Next() int { return max(w.n, 1) }

// Did notes that objects were written in the time it took.
func (w *Writes) Did(objects int, took time.Duration) {
	if objects < enough || w.settled {
		return
	}
	if !w.warm {
		w.warm = true
		return
	}
	rate := perSecond(objects, took)
	switch n := w.Next(); {
	case w.best > 0 && rate < gain*w.best:
		w.n, w.settled = n/2, true
	case n >= maxWrites:
		w.settled = true
	default:
		w.best, w.n = rate, 2*n
	}
}

// Busy notes that the server asked to be spared: one at a time from here on.
func (w *Writes) Busy() { w.n, w.settled = 1, true }
