package plan

import (
	"fmt"
	"strings"

	"sidekeep/sync/pim"
)

// RestoreFacts is all that a restore plan is made from.
type RestoreFacts struct {
	Ask    pim.RestoreAsk
	Target int64 // account that is written to
	Wanted []RestoreWanted
	There  []RestorePlace // collections of the target account, as mirrored just now

	// Terms are what the target's server said about writing, one for each
	// home-set; none: nothing is known.
	Terms []pim.Terms

	// Earlier is what restores before this one put there, by resource: what has
	// the UID that one had to give is that resource, and what is as the server
	// stored it then is not put again, though it may have altered it.
	Earlier map[int64]pim.Earlier

	// Made is what restores before this one made at the target, the oldest first: what
	// came from the same collection goes there again, whatever it is called now.
	Made []pim.Made

	// Equal says whether the bytes of a wanted object, once they have the UID of
	// what is there, have the same meaning as those there. It is asked for few.
	// nil: only equal bytes are equal.
	Equal func(w RestoreWanted, p pim.Present) bool

	// Told are the people that a scheduling server tells of a change to what stands
	// there (formats.Mailable). nil: nobody.
	Told func(p pim.Present) []string
}

// RestoreWanted is one object to put back.
type RestoreWanted struct {
	Resource   int64
	Revision   int64          // 0: Body
	Body       []byte         // where it is no stored state
	SHA256     string         // hexadecimal, of the bytes
	Size       int64          // bytes
	Collection pim.Collection // where it was: with ID and AccountID
	Href       pim.Href
	Title      string
	Component  string // "VEVENT", "VTODO", "VCARD" ...
	UID        string
	Sign       string   // what it is known again by (pim.Sign); "": by nothing
	Mail       []string // who could be sent mail (formats.Mailable)
	// Undo says that what stands there now is what this restore is meant to undo:
	// the incident's own change, or whatever a person chose a version over.
	Undo bool
	// Undone is the revision that the change to be undone made. Where another one
	// stands there it was changed since, and Undo does not hold. 0: any.
	Undone int64
}

// RestorePlace is one collection of the target with what is in it.
type RestorePlace struct {
	Collection pim.Collection
	Vanished   string // reason it is believed missing on the server; "" listed
	Objects    []pim.Present
}

// RestorePlan is what PlanRestore decided.
type RestorePlan struct {
	Steps []pim.RestoreStep // in the order of what is wanted, numbered from 1
	Makes []pim.RestoreMake // collections to make first
	Notes []string          // in words, for the plan and the receipt
}

// PlanRestore decides what is to be done about each wanted object. It is pure:
// the same facts give the same plan.
//
// The Href of a step into a collection that is still to be made is the last
// segment only.
func PlanRestore(f RestoreFacts) RestorePlan {
	p := newPlanner(f)
	p.claim()
	for i := range f.Wanted {
		s := p.step(&f.Wanted[i])
		s.N = i + 1
		p.plan.Steps = append(p.plan.Steps, s)
	}
	p.notes()
	return p.plan
}

// planner makes one plan.
type planner struct {
	f      RestoreFacts
	plan   RestorePlan
	places []*room // as in f.There
	made   map[madeKey]*room
	scope  bool // one UID once in all calendars
	mails  bool
	heeds  bool // Schedule-Reply: F keeps the server quiet where it stores a change too
	own    bool // the server gives names of its own
	terms  map[string]*pim.CollectionTerms
	uids   map[string]*room // UIDs of the account's calendars
	// claimed is what stands there for one of the wanted objects.
	claimed map[*pim.Present]bool
}

type madeKey struct {
	kind pim.Kind
	name string
}

// room is a collection that objects can be put into: one that is there, or one
// that is still to be made.
type room struct {
	place *RestorePlace // nil: to be made
	make  int           // index in Makes; -1
	byUID map[string]*pim.Present
	byKey map[string]*pim.Present
	bySum map[string]*pim.Present
	signs map[string][]*pim.Present
	taken map[string]string // UIDs that this plan puts there, with their bytes' hash
	names map[string]bool   // hrefs' keys that this plan uses
}

func newRoom(place *RestorePlace) *room {
	r := &room{place: place, make: -1, byUID: map[string]*pim.Present{}, byKey: map[string]*pim.Present{},
		bySum: map[string]*pim.Present{}, signs: map[string][]*pim.Present{}, taken: map[string]string{}, names: map[string]bool{}}
	if place == nil {
		return r
	}
	for i := range place.Objects {
		o := &place.Objects[i]
		if o.Held {
			continue // the server has it no more
		}
		r.byKey[o.Href.Key()] = o
		r.bySum[o.SHA256] = o
		r.signs[o.Sign] = append(r.signs[o.Sign], o)
		if o.UID != "" {
			r.byUID[o.UID] = o
		}
	}
	return r
}

func newPlanner(f RestoreFacts) *planner {
	p := &planner{f: f, made: map[madeKey]*room{}, terms: map[string]*pim.CollectionTerms{}, uids: map[string]*room{},
		claimed: map[*pim.Present]bool{}}
	for i := range f.Terms {
		t := &f.Terms[i]
		p.scope = p.scope || t.UIDScope == "account"
		p.mails = p.mails || t.Mails != pim.LeaveNo
		p.heeds = (p.heeds || i == 0) && (t.Mails == pim.LeaveNo || t.Server == "Nextcloud" || t.Server == "sabre/dav")
		p.own = p.own || t.OwnNames == pim.LeaveYes
		for j := range t.Collections {
			c := &t.Collections[j]
			p.terms[string(c.Collection.Kind)+pim.Href(c.Collection.URL).Key()] = c
		}
	}
	p.mails = p.mails || len(f.Terms) == 0
	for i := range f.There {
		place := &f.There[i]
		r := newRoom(place)
		p.places = append(p.places, r)
		if place.Collection.Kind == pim.Calendar && place.Vanished == "" {
			for uid := range r.byUID {
				p.uids[uid] = r
			}
		}
	}
	return p
}

// step decides about one object.
func (p *planner) step(w *RestoreWanted) pim.RestoreStep {
	s := pim.RestoreStep{Resource: w.Resource, Revision: w.Revision, Body: w.Body, Title: w.Title, UID: w.UID,
		Kind: w.Collection.Kind, State: "todo"}
	r, why := p.room(w)
	if r == nil {
		return cannot(s, why)
	}
	if r.place != nil {
		s.Collection = r.place.Collection.URL
	} else {
		s.Make = p.plan.Makes[r.make].Name
	}
	there := p.find(w, r)
	if there == nil {
		o, same := p.renamed(w, r)
		if same {
			s.Href, s.ETag, s.NewUID = o.Href, o.ETag, o.UID
			return p.identical(s, w, r, "the server has it, under another UID")
		}
		if o != nil && !p.f.Ask.Overwrite {
			return p.maybe(s, w, o)
		}
		there = o
	}
	if there != nil {
		s.Href, s.ETag = there.Href, there.ETag
		if there.SHA256 == w.SHA256 {
			return p.identical(s, w, r, "the server has it, byte for byte")
		}
		if e := p.f.Earlier[w.Resource]; e.ETag != "" && e.ETag == there.ETag && e.Revision == w.Revision && w.Revision != 0 {
			return p.identical(s, w, r, "the server has it, as it stored it when it was restored before")
		}
		if p.f.Equal != nil && p.f.Equal(*w, *there) {
			return p.identical(s, w, r, "the server has it, in other words")
		}
	}
	if sum, twice := r.taken[w.UID]; twice && w.UID != "" {
		return p.twice(s, w, r, sum)
	}
	if why := p.refused(w, r, there != nil); why != "" {
		return cannot(s, why)
	}
	var told []string
	if there != nil {
		s = p.replace(s, w, there)
		if told = p.told(s, there); len(told) > 0 && !p.f.Ask.AsIs {
			return cannot(s, "it is an event with other people, whom the server would tell of any change, and be it that the event was cancelled: it is left as it is unless mail may be sent (--as-is)")
		}
	} else {
		s = p.create(s, w, r)
	}
	if s.Action == pim.Create || s.Action == pim.Update {
		p.mark(w, r, &s)
		s.Mail = union(s.Mail, told)
	}
	return s
}

// mark notes what the step takes up.
func (p *planner) mark(w *RestoreWanted, r *room, s *pim.RestoreStep) {
	r.names[s.Href.Key()] = true
	uid := w.UID
	if s.NewUID != "" {
		uid = s.NewUID
	}
	if uid != "" {
		r.taken[uid] = w.SHA256
		if s.Kind == pim.Calendar {
			p.uids[uid] = r
		}
	}
	if p.mails && s.Kind == pim.Calendar {
		s.Mail = w.Mail
	}
}

func cannot(s pim.RestoreStep, why string) pim.RestoreStep {
	s.Action, s.Why = pim.Cannot, why
	return s
}

func (p *planner) identical(s pim.RestoreStep, w *RestoreWanted, r *room, why string) pim.RestoreStep {
	s.Action, s.Why = pim.Identical, why
	if w.UID != "" {
		r.taken[w.UID] = w.SHA256
	}
	return s
}

// find gives what stands for the wanted object in a room: by its UID, or by the
// one that an earlier restore gave it. Where the server gave it another UID it is
// found by the address that it was put to. Without a UID it is found by its
// address where it came from, and by its bytes elsewhere.
func (p *planner) find(w *RestoreWanted, r *room) *pim.Present {
	earlier := p.f.Earlier[w.Resource]
	if earlier.UID != "" && r.byUID[earlier.UID] != nil {
		return r.byUID[earlier.UID]
	}
	if w.UID != "" && r.byUID[w.UID] != nil {
		return r.byUID[w.UID]
	}
	if o := r.byKey[earlier.Href.Key()]; earlier.Href != "" && o != nil {
		return o
	}
	if w.UID != "" {
		return nil
	}
	if p.home(w, r) {
		if o := r.byKey[w.Href.Key()]; o != nil && o.UID == "" {
			return o
		}
	}
	return r.bySum[w.SHA256]
}

// home says whether the room is the very collection that the object was in.
func (p *planner) home(w *RestoreWanted, r *room) bool {
	return r.place != nil && w.Collection.AccountID == p.f.Target && r.place.Collection.ID == w.Collection.ID
}

// twice is an object whose UID this plan has given away in the same collection.
func (p *planner) twice(s pim.RestoreStep, w *RestoreWanted, r *room, sum string) pim.RestoreStep {
	if sum == w.SHA256 {
		s.Action, s.Why = pim.Identical, "the same object is in this restore once already"
		return s
	}
	if !p.f.Ask.NewUIDs {
		return cannot(s, "another object of this restore has the same UID; it can be given a new one (--new-uids)")
	}
	s = p.renew(s, w, r)
	s.Why = "another object of this restore has the same UID: it gets a new one"
	p.mark(w, r, &s)
	return s
}

// replace is an object that stands there in another state.
func (p *planner) replace(s pim.RestoreStep, w *RestoreWanted, there *pim.Present) pim.RestoreStep {
	switch {
	case there.ETag == "" || strings.HasPrefix(string(there.ETag), standIn):
		return cannot(s, "the server gives no ETag for it, so that what stands there can't be replaced safely")
	case w.Undo && (w.Undone == 0 || w.Undone == there.Revision):
		s.Action, s.Why = pim.Update, "the server has another state of it, which this undoes"
	case p.f.Ask.Overwrite:
		s.Action, s.Why = pim.Update, "the server has another state of it, which is overwritten as asked for"
	default:
		s.Action = pim.Conflict
		s.Why = "it was changed on the server since"
		if w.Collection.AccountID != p.f.Target {
			s.Why = "the server has another state of it"
		}
		if !there.SeenAt.IsZero() {
			s.Why += fmt.Sprintf(" (seen %s)", there.SeenAt.Format("2006-01-02 15:04"))
		}
		s.Why += "; it is left as it is unless overwriting is asked for (--overwrite)"
	}
	if there.UID != w.UID {
		s.NewUID = there.UID // that an earlier restore gave it, or the server
	}
	return s
}

// create is an object that is not there.
func (p *planner) create(s pim.RestoreStep, w *RestoreWanted, r *room) pim.RestoreStep {
	s.ETag = ""
	other := p.uids[w.UID]
	if w.UID == "" || s.Kind != pim.Calendar || other == r {
		other = nil
	}
	switch {
	case other != nil && p.scope && p.f.Ask.NewUIDs:
		s = p.renew(s, w, r)
		s.Why = "its UID is taken in " + p.title(other) + ": it gets a new one"
		return s
	case other != nil && p.scope:
		return cannot(s, "its UID is taken in "+p.title(other)+
			", and this server allows one UID once in all calendars; it can be given a new one (--new-uids)")
	case other != nil:
		s.Why = "it is not there; it stands in " + p.title(other) + " too"
	default:
		s.Why = "it is not there"
	}
	s.Action, s.Href = pim.Create, p.name(w, r, w.UID)
	return s
}

// renew is a new object with another UID.
func (p *planner) renew(s pim.RestoreStep, w *RestoreWanted, r *room) pim.RestoreStep {
	where := s.Collection
	if where == "" {
		where = s.Make
	}
	for n := 0; ; n++ {
		s.NewUID = NewUID(w.UID, fmt.Sprint(p.f.Target, where, w.Resource), n)
		if _, taken := r.taken[s.NewUID]; !taken && r.byUID[s.NewUID] == nil {
			break
		}
	}
	s.Action, s.ETag = pim.Create, ""
	s.Href = p.name(w, r, s.NewUID)
	return s
}

// title names a room in words.
func (p *planner) title(r *room) string {
	if r.place == nil {
		return fmt.Sprintf("%q", p.plan.Makes[r.make].Name)
	}
	return fmt.Sprintf("%q", r.place.Collection.Title())
}
