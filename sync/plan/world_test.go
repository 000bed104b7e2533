package plan

import (
	"math/rand/v2"
	"slices"
	"time"

	"sidekeep/sync/pim"
)

// The simulation's world: one collection on a server, the vault's view of it,
// and the evidence that the vault would give of it. It is a model of
// vault.Evidence, which has tests of its own.

var simClasses = []string{pim.FieldPhoto, pim.FieldPhone, pim.FieldEmail, pim.FieldNote, pim.FieldAddress}

type state struct {
	content int
	fields  [5]uint8
	seen    time.Time
}

type thing struct {
	now  state   // on the server
	gone bool    // there
	hist []state // in the vault; the last is the current view
	held bool
	dead bool // here
}

type sim struct {
	r      *rand.Rand
	clock  time.Time
	things []*thing // by number, oldest first
	alive  []int    // on the server
	dirty  map[int]bool
	next   int // content

	good     time.Time
	recent   []pim.RecentRun
	decided  time.Time
	open     *pim.Incident
	emptied  bool
	moved    map[int]bool // deleted there, and now elsewhere
	stranger int          // objects of another account's in place of ours
	missing  pim.Verdict
	others   int // objects of the other collections, where all are empty now
	runs     int // all, those without a change too
	worked   int // with changes
	buried   int // tombstones written
	here     int // in the current view
	held     map[int]bool
}

func newSim(seed uint64, size int) *sim {
	s := &sim{r: rand.New(rand.NewPCG(seed, 7)), clock: noon.AddDate(-1, 0, 0), dirty: map[int]bool{}, moved: map[int]bool{}, held: map[int]bool{}}
	for range size {
		s.create()
	}
	s.look()
	return s
}

func (s *sim) create() {
	s.next++
	t := &thing{now: state{content: s.next}}
	for c := range t.now.fields {
		if s.r.IntN(3) > 0 {
			t.now.fields[c] = uint8(1 + s.r.IntN(2))
		}
	}
	s.things = append(s.things, t)
	s.alive = append(s.alive, len(s.things)-1)
	s.dirty[len(s.things)-1] = true
}

func (s *sim) remove(i int) int { // the i-th of those alive
	id := s.alive[i]
	s.alive[i] = s.alive[len(s.alive)-1]
	s.alive = s.alive[:len(s.alive)-1]
	s.things[id].gone = true
	s.dirty[id] = true
	return id
}

func (s *sim) restore(id int, st state) {
	t := s.things[id]
	if t.gone {
		t.gone = false
		s.alive = append(s.alive, id)
	}
	t.now = st
	s.dirty[id] = true
}

// edit changes an object; one edit in thirty takes a field away.
func (s *sim) edit(id int) {
	t := s.things[id]
	s.next++
	t.now.content = s.next
	c := s.r.IntN(len(t.now.fields))
	if s.r.IntN(30) == 0 {
		t.now.fields[c] = 0
	} else if s.r.IntN(4) == 0 {
		t.now.fields[c]++
	}
	s.dirty[id] = true
}

// fail is a run that fails.
func (s *sim) fail(f pim.Fault) {
	s.runs++
	s.recent = append(s.recent, pim.RecentRun{Ended: s.clock, Outcome: pim.Failed, Fault: f.String(), Objects: s.here})
}

// look is a run that goes through. It gives the judge's opinion of it.
func (s *sim) look() Opinion {
	s.runs++
	if len(s.dirty) == 0 && s.stranger == 0 {
		s.good = s.clock
		return Opinion{Verdict: pim.Ordinary}
	}
	s.worked++
	ids := make([]int, 0, len(s.dirty))
	for id := range s.dirty {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	clear(s.dirty)
	f := Facts{Kind: pim.Contacts, Now: s.clock, Live: s.here, Listed: -1, Missing: s.missing, Others: s.others}
	f.GoodAt, f.Recent, f.DecidedAt, f.Open, f.EmptiedBefore = s.good, s.recent, s.decided, s.open, s.emptied
	if s.stranger > 0 {
		f.Listed, f.Common = s.stranger, len(s.alive)
	}
	m := &modelled{sim: s, f: &f, fields: map[string]pim.FieldLoss{}}
	m.gather(ids)
	o := Judge(f)
	run := pim.RecentRun{Ended: s.clock, Outcome: pim.Complete, Created: f.Created, Changed: len(f.Changed), Fields: f.Fields}
	if s.good.IsZero() {
		o = Opinion{Verdict: pim.Ordinary}
	}
	movedNow := map[int]bool{}
	for _, id := range f.Moved {
		movedNow[int(id)] = true
	}
	for _, id := range m.gone {
		t := s.things[id]
		if !o.Hold || movedNow[id] {
			t.dead = true
			s.here--
			run.Deleted++
			if !movedNow[id] {
				s.buried++
			}
		} else {
			t.held, s.held[id] = true, true
		}
	}
	if run.Objects = s.here; run.Objects == 0 && run.Deleted > 0 {
		s.emptied = true
	}
	s.keep(run)
	if o.Alarm && s.open == nil {
		s.open = &pim.Incident{Verdict: o.Verdict, Message: o.Message, GoodAt: s.good, CollID: 1}
	}
	s.good = s.clock
	return o
}

func (s *sim) keep(run pim.RecentRun) {
	s.recent = append(s.recent, run)
	for len(s.recent) > 0 && s.clock.Sub(s.recent[0].Ended) > pim.RecentDays*24*time.Hour {
		s.recent = s.recent[1:]
	}
}

// accept is the person saying that it was them.
func (s *sim) accept() {
	n := len(s.held)
	for id := range s.held {
		s.things[id].held, s.things[id].dead = false, true
		s.here--
	}
	clear(s.held)
	s.decided, s.open = s.clock, nil
	objects := s.here
	s.emptied = s.emptied || objects == 0
	s.keep(pim.RecentRun{Ended: s.clock, Outcome: pim.Complete, Decided: true, Objects: objects, Deleted: n})
}

// modelled is what the vault would say of a run.
type modelled struct {
	*sim
	f      *Facts
	gone   []int
	fields map[string]pim.FieldLoss
	since  time.Time
	until  time.Time
}

func (m *modelled) gather(ids []int) {
	f := m.f
	for _, id := range ids {
		t := m.things[id]
		switch here := len(t.hist) > 0 && !t.dead; {
		case t.gone && here && !t.held:
			m.gone = append(m.gone, id)
			f.Gone++
			if m.moved[id] {
				f.Moved = append(f.Moved, int64(id))
			}
		case t.gone:
		case t.held:
			t.held = false
			delete(m.held, id)
			f.Back++
			m.change(id, t)
		case here:
			m.change(id, t)
		default:
			t.dead = false
			m.here++
			m.took(t)
			f.Created++
		}
	}
	f.Held += len(m.held)
	if len(f.Changed) > 0 {
		f.Fields = m.fields
		m.having()
	}
	if f.Reverted > 0 && m.since.Before(m.until) {
		f.RevertedTo = m.until
	}
	m.ages()
}

func (m *modelled) took(t *thing) {
	st := t.now
	st.seen = m.clock
	t.hist = append(t.hist, st)
}

func (m *modelled) change(id int, t *thing) {
	old := t.hist[len(t.hist)-1]
	if old.content == t.now.content {
		m.f.Equal++
		return
	}
	f := m.f
	f.Changed = append(f.Changed, int64(id))
	f.Equal++
	lost, before, after := 0, 0, 0
	for c, n := range old.fields {
		before, after = before+int(n), after+int(t.now.fields[c])
		if n == 0 {
			continue
		}
		x := m.fields[simClasses[c]]
		x.Had++
		if t.now.fields[c] < n {
			x.Lost++
		}
		if t.now.fields[c] == 0 {
			lost++
		}
		m.fields[simClasses[c]] = x
	}
	if lost >= 2 || after*2 <= before && before-after >= 2 {
		f.Hollow++
	}
	for i := len(t.hist) - 2; i >= 0; i-- {
		if t.hist[i].content != t.now.content {
			continue
		}
		f.Reverted++
		if t.hist[i].seen.After(m.since) {
			m.since = t.hist[i].seen
		}
		if u := t.hist[i+1].seen; m.until.IsZero() || u.Before(m.until) {
			m.until = u
		}
		break
	}
	m.took(t)
}

func (m *modelled) having() {
	m.f.Having = map[string]int{}
	in := map[int64]bool{}
	for _, id := range m.f.Changed {
		in[id] = true
	}
	for id, t := range m.things {
		if len(t.hist) == 0 || t.dead || in[int64(id)] {
			continue
		}
		for c, n := range t.hist[len(t.hist)-1].fields {
			if n > 0 {
				m.f.Having[simClasses[c]]++
			}
		}
	}
}

func (m *modelled) ages() {
	if len(m.gone) == 0 || len(m.gone) > 2000 {
		return
	}
	f := m.f
	days := map[int64]bool{}
	for _, id := range m.gone {
		at := m.things[id].hist[0].seen
		days[at.Unix()/86400] = true
		if !f.RevertedTo.IsZero() && at.After(m.since) {
			f.Younger++
			if at.Before(f.RevertedTo) {
				f.RevertedTo = at
			}
		}
	}
	f.Births = len(days)
	n := 0
	for _, t := range m.things[m.gone[0]:] {
		if len(t.hist) > 0 && !t.dead && t.hist[0].seen.Before(m.clock) {
			n++
		}
	}
	older := slices.ContainsFunc(m.things[:m.gone[0]], func(t *thing) bool { return len(t.hist) > 0 && !t.dead })
	f.Newest = n == len(m.gone) && older
}
