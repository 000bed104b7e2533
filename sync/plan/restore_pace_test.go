package plan

import (
	"testing"
	"time"
)

func TestWrites_AsManyAsAreWorthIt(t *testing.T) {
	// rate gives objects a second by how many are written at a time.
	for name, c := range map[string]struct {
		rate map[int]float64
		want int
	}{
		"on this machine":  {map[int]float64{1: 400, 2: 390, 4: 300}, 1},
		"a little faster":  {map[int]float64{1: 400, 2: 440, 4: 300}, 1},
		"two are faster":   {map[int]float64{1: 100, 2: 180, 4: 190}, 2},
		"far away":         {map[int]float64{1: 10, 2: 20, 4: 40}, 4},
		"slower with more": {map[int]float64{1: 100, 2: 30, 4: 10}, 1},
	} {
		var w Writes
		for range 10 {
			n := w.Next()
			w.Did(100, time.Duration(float64(100*time.Second)/c.rate[n]))
		}
		if w.Next() != c.want {
			t.Errorf("%s: %d at a time, want %d", name, w.Next(), c.want)
		}
		w.Busy()
		if w.Next() != 1 {
			t.Errorf("%s: %d at a time for a busy server", name, w.Next())
		}
	}
	var w Writes
	for range 10 {
		w.Did(3, time.Second)
	}
	if w.Next() != 1 {
		t.Error("it learned from next to nothing")
	}
}
