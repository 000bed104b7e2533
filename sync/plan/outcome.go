package plan

import "sidekeep/sync/pim"

// Failed notes that a wanted object could not be had. gone says that the
// server answers 404 or 410 for it although it lists it: after the third run
// in which it does so the fetch is final.
func (d *Diff) Failed(key string, fault pim.Fault, why string, gone bool) {
	i, ok := d.at[key]
	if !ok {
		return
	}
	r := d.rows.at(i)
	if r.is(doubted) {
		r.flags &^= doubted
		if gone { // it is as the server said
			return
		}
		r.flags &^= removed // nobody knows: owed, until it comes or a full listing lacks it
	}
	r.flags |= failed
	tries := d.notes[i].tries
	d.notes[i] = note{fault, why, gone && tries+1 >= TriesUntilFinal, d.notes[i].etag, tries}
}

// TriesUntilFinal is in how many runs a server must list an object and answer
// 404 for it before it is believed: once is a deletion that came between the
// listing and the fetch, twice a slow replica.
const TriesUntilFinal = 3

// Owed gives everything that is owed after the run. complete is as for Wants.
func (d *Diff) Owed(complete bool) []pim.OwedFetch {
	var owed []pim.OwedFetch
	for i, r := range d.rows.all {
		n, noted := d.notes[i]
		if !noted || r.is(removed|alias) || r.is(fresh) && !r.is(failed) {
			continue
		}
		if complete && !r.is(listed) {
			continue
		}
		etag := r.now
		if etag == "" {
			etag = n.etag
		}
		owed = append(owed, pim.OwedFetch{Href: r.href, ETag: etag, Fault: n.fault, Why: n.why, Final: n.final})
	}
	return owed
}

// Listings is how many objects this enumeration listed.
func (d *Diff) Listings() int {
	n := 0
	for _, r := range d.rows.all {
		if r.is(listed) {
			n++
		}
	}
	return n
}

// Strayed says that something stored in this run was gone again before the
// enumeration ended. It has no resource yet that could be named as gone, and
// the server need not tell of it again: only another enumeration of everything
// will show it missing.
func (d *Diff) Strayed(complete bool) bool {
	for _, r := range d.rows.all {
		if r.is(fresh) && (r.is(removed) && !r.is(inVault) || complete && !r.is(listed)) {
			return true
		}
	}
	return false
}

// Loss is what an enumeration lacks.
type Loss struct {
	Gone []int64 // resources newly gone
	Held []int64 // resources held before and still missing
	Back []int64 // resources held before and there again
}

// Loss concludes: with complete, whatever is not listed is missing; without,
// only what was said to be removed.
func (d *Diff) Loss(complete bool) Loss {
	var l Loss
	for _, r := range d.rows.all {
		if !r.is(inVault) {
			continue
		}
		there := r.is(listed | fresh)
		switch {
		case r.is(isHeld|isKept) && there:
			l.Back = append(l.Back, r.resource)
		case r.is(isKept): // decided on
		case r.is(isHeld):
			l.Held = append(l.Held, r.resource)
		case r.is(removed), complete && !there:
			l.Gone = append(l.Gone, r.resource)
		}
	}
	return l
}

// Compare is Diff at once, for a complete listing: what to fetch, how many are
// unchanged, what is gone and what is back.
func Compare(index []pim.Indexed, listing []pim.Entry) (fetch []Want, unchanged int, l Loss) {
	d := NewDiff(index, false)
	d.Begin()
	for _, e := range listing {
		d.Listed(e)
	}
	fetch = d.Wants(true)
	for _, r := range d.rows.all {
		if r.is(same) {
			unchanged++
		}
	}
	return fetch, unchanged, d.Loss(true)
}
