package mirror

import (
	"cmp"
	"slices"
	"strings"

	"sidekeep/sync/pim"
)

// refusals are the members of home-sets that the server names and does not let
// be read, by where they are. What they hold is not known.
type refusals map[string]*pim.Error

func refusedBy(asked map[string]*answer) refusals {
	r := refusals{}
	for _, a := range asked {
		for _, e := range a.Refused {
			r[placeOf(e.Where)] = e
		}
	}
	return r
}

// placeOf makes two mentions of a place one: with and without a slash at the end.
func placeOf(url string) string { return strings.TrimSuffix(pim.Href(url).Key(), "/") }

// or gives what becomes of a known collection that no home-set lists. One that
// is named and refused is still there: it is neither gone nor unchanged, it has
// failed, and everything in it stays as it was.
func (r refusals) or(k pim.Known, unlisted target) target {
	if e := r[placeOf(k.URL)]; e != nil {
		return target{known: k, col: k.Collection, err: e}
	}
	return unlisted
}

// maxWarnings bounds how many are told: nobody reads more.
const maxWarnings = 50

// rest are those that are no target by any way.
func (r refusals) rest(targets []target) []*pim.Error {
	have := map[string]bool{}
	for _, t := range targets {
		have[placeOf(t.col.URL)] = true
	}
	var out []*pim.Error
	for place, e := range r {
		if !have[place] {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b *pim.Error) int { return cmp.Compare(a.Where, b.Where) })
	return out[:min(len(out), maxWarnings)]
}
