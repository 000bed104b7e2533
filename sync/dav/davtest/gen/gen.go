// Package gen makes contacts, events and tasks from a seed: the same seed and
// index always give the same bytes. Names are put together from lists of given
// and family names; every address lies under a reserved example domain and
// every telephone number in a range kept for fiction, so nothing in it is a
// real person's.
//
// It imports nothing of testing, so that a demo and a benchmark can use it.
package gen

// Maker appends object number i of the series named by seed to dst and gives
// the longer slice. It is pure: it can be called from any goroutine, in any
// order, and gives the same bytes each time.
type Maker func(dst []byte, seed uint64, i int) []byte

// rng is SplitMix64: small, fast and the same on every machine and in every
// release of Go.
type rng struct{ s uint64 }

func newRNG(seed uint64, i int, salt uint64) *rng {
	r := &rng{s: seed*0x9E3779B97F4A7C15 ^ uint64(i)*0xBF58476D1CE4E5B9 ^ salt}
	r.next()
	return r
}

func (r *rng) next() uint64 {
	r.s += 0x9E3779B97F4A7C15
	z := r.s
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
	z = (z ^ (z >> 27)) * 0x94D049BB133111EB
	return z ^ (z >> 31)
}

// n gives a number from 0 to n-1.
func (r *rng) n(n int) int { return int(r.next() % uint64(n)) }

// chance is true in percent of a hundred cases.
func (r *rng) chance(percent int) bool { return r.n(100) < percent }

// pick gives one of the list.
func pick[T any](r *rng, list []T) T { return list[r.n(len(list))] }
