package plan

import (
	"strings"

	"sidekeep/sync/pim"
)

// Validator is what an entry is compared by: its ETag exactly as on the wire
// or, where the server has none, its getlastmodified in a form that no server
// writes as an ETag. "" says that nothing is known: the object must be fetched
// and its bytes compared.
func Validator(etag pim.ETag, modified string) pim.ETag {
	if etag != "" || modified == "" {
		return etag
	}
	return pim.ETag("last-modified " + modified)
}

// Verdict is what one line of a listing means.
type Verdict int

// The verdicts.
const (
	Unchanged Verdict = iota // the vault has it in this state
	Fetch                    // it does not, or can't tell
	Shelved                  // owed for good: tried again when it changes
)

// Want is one object to fetch.
type Want struct {
	Href pim.Href // as the server last wrote it
	Key  string
	ETag pim.ETag // as listed; "" unknown
}

// Diff compares what a server lists with what is in the vault, line by line,
// and keeps the account of one run: what is to be fetched, what came, what
// failed, what is gone. It holds no bodies. It is not safe for concurrent use.
type Diff struct {
	rows  rows
	at    map[string]int32 // by key
	notes map[int32]note   // of what is owed
	retry bool             // final ones are tried again too
	live  int
}

// NewDiff starts from the vault's index. retryFinal tries again what was given
// up: at the weekly full listing.
func NewDiff(index []pim.Indexed, retryFinal bool) *Diff {
	d := &Diff{at: make(map[string]int32, len(index)), notes: map[int32]note{}, retry: retryFinal}
	for _, x := range index {
		r := row{href: x.Href, etag: x.ETag, resource: x.Resource}
		if x.Resource != 0 {
			r.flags |= inVault
			d.live++
		}
		if x.Held {
			r.flags |= isHeld
		}
		if x.Kept {
			r.flags |= isKept
		}
		if x.Owed {
			r.flags |= isOwed
		}
		if x.Final {
			r.flags |= isFinal
		}
		i := d.add(x.Href.Key(), r)
		if x.Owed {
			d.notes[i] = note{x.Fault, x.Why, x.Final, x.OwedETag, x.Tries}
		}
	}
	return d
}

func (d *Diff) add(key string, r row) int32 {
	if i, ok := d.at[key]; ok { // a resource and an owed fetch of one href
		have := d.rows.at(i)
		if !have.is(inVault) {
			have.resource, have.etag = r.resource, r.etag
		}
		have.flags |= r.flags
		return i
	}
	i := d.rows.add(r)
	d.at[key] = i
	return i
}

// Live is how many resources the current view had before the run, those that
// are held included.
func (d *Diff) Live() int { return d.live }

// Begin starts an enumeration anew: what was listed and removed is forgotten,
// what was stored is not.
func (d *Diff) Begin() {
	for _, r := range d.rows.all {
		r.flags &^= enumerated
	}
}

// Listed notes one line of a listing. Lines that come twice are tolerated; if
// they name different states the object is fetched, since one of them may have
// come after a change.
func (d *Diff) Listed(e pim.Entry) Verdict {
	key, v := e.Href.Key(), Validator(e.ETag, e.Modified)
	i, ok := d.at[key]
	if !ok {
		d.add(key, row{href: e.Href, now: v, flags: listed})
		return Fetch
	}
	r := d.rows.at(i)
	if r.is(listed) && v != "" && r.now != "" && v != r.now {
		r.flags = r.flags&^same | disputed
	}
	r.flags = r.flags&^(removed|doubted) | listed
	if v == r.etag {
		v = r.etag // one string, not two
	}
	if r.href != e.Href {
		r.href = e.Href
	}
	r.now = v
	if r.is(same) {
		return Unchanged
	}
	r.flags &^= shelved
	switch {
	case r.is(fresh) && (v == "" || v == r.etag):
		r.flags |= same
		return Unchanged
	case r.is(isOwed) && !r.is(fresh):
		if r.is(isFinal) && !d.retry && v != "" && v == d.notes[i].etag {
			r.flags |= shelved
			return Shelved
		}
		return Fetch
	case r.is(inVault|fresh) && v != "" && v == r.etag && !r.is(disputed):
		r.flags |= same
		return Unchanged
	}
	r.flags &^= fresh
	return Fetch
}

// Removed notes that the server says an object is gone. One that the vault
// never had is ignored.
func (d *Diff) Removed(h pim.Href) {
	if i, ok := d.at[h.Key()]; ok {
		r := d.rows.at(i)
		r.flags = r.flags&^enumerated | removed
	}
}

// Doubt makes those that are said to be gone wanted once more: one that comes
// is not gone, one that does not is.
func (d *Diff) Doubt() {
	for _, r := range d.rows.all {
		if r.is(removed) && r.is(inVault) && !r.is(isHeld|isKept) {
			r.flags |= doubted
		}
	}
}

// Doubted says whether a key is wanted only because it is said to be gone.
func (d *Diff) Doubted(key string) bool {
	i, ok := d.at[key]
	return ok && d.rows.at(i).is(doubted)
}

// Stored notes that an object's bytes are on their way into the vault, with
// the ETag that came with them (which may differ from the listing's).
func (d *Diff) Stored(key string, etag pim.ETag) {
	i, ok := d.at[key]
	if !ok {
		return
	}
	r := d.rows.at(i)
	r.flags = r.flags&^(isOwed|isFinal|failed|removed|doubted|disputed) | fresh
	if r.etag = etag; etag == r.now {
		r.etag = r.now // one string, not two
	}
	delete(d.notes, i)
}

// Awaited gives the want for a key if it is listed (or owed) and not yet
// stored: answers to anything else are unsolicited and dropped.
func (d *Diff) Awaited(key string) (Want, bool) {
	i, ok := d.at[key]
	if !ok || !d.wanted(d.rows.at(i)) {
		return Want{}, false
	}
	r := d.rows.at(i)
	return Want{r.href, r.href.Key(), r.now}, true
}

func (d *Diff) wanted(r *row) bool {
	switch {
	case r.is(doubted):
		return true
	case r.is(fresh | removed | alias | shelved | same):
		return false
	case r.is(listed):
		return true
	}
	return r.is(isOwed) && (!r.is(isFinal) || d.retry)
}

// Wants gives what is to be fetched, what is owed first. complete says that
// the enumeration listed everything: then an owed object that it does not list
// is dropped.
func (d *Diff) Wants(complete bool) []Want {
	if complete {
		d.foldCase()
	}
	var first, rest []Want
	for _, r := range d.rows.all {
		if !d.wanted(r) || complete && !r.is(listed) {
			continue
		}
		w := Want{r.href, r.href.Key(), r.now}
		if r.is(isOwed) {
			first = append(first, w)
		} else {
			rest = append(rest, w)
		}
	}
	if first == nil {
		return rest
	}
	return append(first, rest...)
}

// foldCase takes a resource that is not listed and a listed one that the vault
// does not have for one and the same where their keys differ in case alone,
// their ETags are equal and there is no second candidate: some servers spell
// hrefs now this way, now that.
func (d *Diff) foldCase() {
	missing := map[string]int32{}
	for i, r := range d.rows.all {
		if r.is(inVault) && !r.is(listed|fresh) {
			low := strings.ToLower(r.href.Key())
			if _, twice := missing[low]; twice {
				missing[low] = -1
			} else {
				missing[low] = i
			}
		}
	}
	if len(missing) == 0 {
		return
	}
	for _, r := range d.rows.all {
		if r.is(inVault|fresh) || !r.is(listed) {
			continue
		}
		low := strings.ToLower(r.href.Key())
		j, ok := missing[low]
		if !ok || j < 0 || r.now == "" || r.now != d.rows.at(j).etag {
			continue
		}
		missing[low] = -1
		r.flags |= alias
		d.rows.at(j).flags |= listed | same
	}
}
