package plan

import (
	"fmt"

	"sidekeep/sync/pim"
)

// claim notes what stands there for the wanted objects by their UIDs and addresses,
// so that nothing of it is taken for another one.
func (p *planner) claim() {
	for i := range p.f.Wanted {
		w := &p.f.Wanted[i]
		if r, _ := p.room(w); r != nil {
			if o := p.find(w, r); o != nil {
				p.claimed[o] = true
			}
		}
	}
}

// renamed finds a wanted object that the server has under a UID of its own: one of
// the same meaning that stands there for nothing else. Where the object came from
// UIDs are kept, so that this holds only for a server that is known not to, and
// for what an interrupted restore was sending. Where that has left something that
// is only alike, same is false: nobody can tell without looking at it.
func (p *planner) renamed(w *RestoreWanted, r *room) (o *pim.Present, same bool) {
	sent := p.f.Earlier[w.Resource].Sent
	if w.Sign == "" || p.f.Equal == nil || p.home(w, r) && !p.own && sent == 0 {
		return nil, false
	}
	var alike *pim.Present
	for _, o := range r.signs[w.Sign] {
		if p.claimed[o] {
			continue
		}
		if p.f.Equal(*w, *o) {
			p.claimed[o] = true
			return o, true
		}
		if alike == nil && sent != 0 {
			alike = o
		}
	}
	if alike != nil {
		p.claimed[alike] = true
	}
	return alike, false
}

// maybe is an object that an interrupted restore may have put where another one
// stands now that is like it.
func (p *planner) maybe(s pim.RestoreStep, w *RestoreWanted, there *pim.Present) pim.RestoreStep {
	s.Action, s.Href, s.ETag = pim.Conflict, there.Href, there.ETag
	s.Why = fmt.Sprintf("restore %d was interrupted when it sent this, and what stands there may be it: "+
		"going on with that one (`sidekeep restore run %[1]d`) settles it, and so does overwriting (--overwrite)", p.f.Earlier[w.Resource].Sent)
	return s
}
