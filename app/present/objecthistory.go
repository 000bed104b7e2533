package present

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// OldState says of an opened object that this is an old state of it.
type OldState struct {
	Revision int64
	Title    string // "As it was 3 May 2024 to yesterday 09:14"; "": the page says it
	Text     string
	Since    string // when it came to be so
	Removed  bool   // it is no longer there
	// Listed says that it was chosen in the object's history, to which there is
	// a way back.
	Listed bool
}

// ObjectHistory is every state of an object, newest first.
type ObjectHistory struct {
	Title   string
	Under   string
	States  []State
	Ready   bool
	Problem *Notice
}

// State is one state of an object in words.
type State struct {
	Revision int64 // 0 where there is nothing to look at: removed, or forgotten
	What     string
	When     string
	Now      string // that it is so now, in words; "" where it is not
	Held     bool   // it is so here, and missing on the server
	Level    Level
	Lines    []StateLine
}

// StateLine is one field's difference to the state before.
type StateLine struct {
	Text string
	// Revision and Line name the field of the state before, for putting just it
	// back; Revision 0: it can't.
	Revision int64
	Line     int
}

// OpenHistory opens an object with its history.
func (p *DetailPane) OpenHistory(id int64) {
	p.Open(id, nil)
	if id != 0 {
		p.showHistory()
	}
}

// ToggleHistory changes between the object and its history.
func (p *DetailPane) ToggleHistory() {
	switch {
	case p.History != nil:
		p.History = nil
		if p.revision != 0 {
			p.revision = 0
			p.load()
		}
		p.Changed()
	case p.ID != 0:
		p.showHistory()
	}
}

func (p *DetailPane) showHistory() {
	p.History, p.Raw = &ObjectHistory{}, false
	if p.Detail != nil && p.Detail.ID == p.ID {
		p.History.Title = p.Detail.Title
	}
	p.loadHistory()
	p.Changed()
}

// Looking reports whether a state that was chosen in the history is shown in
// its place.
func (p *DetailPane) Looking() bool { return p.History != nil && p.revision != 0 }

// LookAt shows one old state; 0 goes back to the history.
func (p *DetailPane) LookAt(revision int64) {
	if p.revision == revision {
		return
	}
	p.revision, p.Detail, p.Raw = revision, nil, false
	p.load()
	p.Changed()
}

func (p *DetailPane) loadHistory() {
	h, id := p.History, p.ID
	async(p.app, func(ctx context.Context) ([]service.RevisionInfo, error) { return p.app.cfg.Service.History(ctx, id) },
		func(revs []service.RevisionInfo, err error) {
			if p.History != h || p.ID != id { // closed, or of another object
				return
			}
			now := p.app.Now()
			next := &ObjectHistory{Ready: true, Problem: notice(err, now), Title: h.Title}
			if err == nil {
				next.States = states(revs, p.Detail != nil && p.Detail.ID == id && p.Detail.Held, now)
				if t := oneLine(service.TitleOf(revs)); t != "" {
					next.Title = t
				}
				next.Under = fmt.Sprintf(objectStates, Count(len(revs), "state", "states"))
			}
			p.History = next
			p.Changed()
		})
}

// states words an object's history, newest first. held says that it is missing
// on the server.
func states(revs []service.RevisionInfo, held bool, now time.Time) []State {
	there := len(revs) > 0 && !revs[0].Deleted
	out := make([]State, len(revs))
	for i, r := range revs {
		s := State{When: DayTime(r.SeenAt, now)}
		switch {
		case i > 0 || r.Deleted:
		case held:
			s.Now, s.Held = HeldItem, true
		default:
			s.Now = stateNow
		}
		before := older(revs, i)
		switch {
		case r.Deleted:
			s.What, s.Level = stateRemoved, LevelNote
		case r.SHA256 == "":
			s.What, s.Level = stateForgotten, LevelAway
		case before == nil:
			s.What, s.Level = stateFirst, LevelGood
		case i+1 < len(revs) && revs[i+1].Deleted:
			s.What, s.Level = stateAgain, LevelGood
		default:
			s.What, s.Level = stateChanged, LevelBusy
		}
		if !r.Deleted && r.SHA256 != "" {
			s.Revision = r.ID
		}
		for _, c := range r.Changes {
			l := StateLine{Text: upperFirst(oneLine(c.Text))}
			if there && before != nil && c.Line >= 0 && (c.What == "removed" || c.What == "changed") {
				l.Revision, l.Line = before.ID, c.Line
			}
			s.Lines = append(s.Lines, l)
		}
		if len(s.Lines) == 0 && s.What == stateChanged {
			s.Lines = []StateLine{{Text: stateSame}}
		}
		out[i] = s
	}
	return out
}

// older is the state with content before state i, or nil.
func older(revs []service.RevisionInfo, i int) *service.RevisionInfo {
	for j := i + 1; j < len(revs); j++ {
		if revs[j].SHA256 != "" {
			return &revs[j]
		}
	}
	return nil
}

// isDeleted reports that an object is no longer there.
func isDeleted(err error) bool {
	var pe *pim.Error
	return errors.As(err, &pe) && pe.Reason == "deleted"
}

// oldState reads one state of an object; revision 0 is the last with content.
func (p *DetailPane) oldState(ctx context.Context, id, revision int64) (*Detail, error) {
	svc, now := p.app.cfg.Service, p.app.Now()
	revs, err := svc.History(ctx, id)
	if err != nil {
		return nil, err
	}
	at := -1
	for i, r := range revs {
		if r.SHA256 != "" && !r.Deleted && (revision == 0 || r.ID == revision) {
			at = i
			break
		}
	}
	if at < 0 {
		return nil, &pim.Error{Fault: pim.Invalid, Op: "look at an old state", Where: fmt.Sprint(revision), Err: errors.New("there is no such state")}
	}
	r := revs[at]
	item, err := svc.RevisionDetail(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	fields, err := svc.RevisionFields(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	d := p.app.detail(p.kind, shown{item, fields}, nil)
	d.ID = id
	d.Old = &OldState{Revision: r.ID, Listed: revision != 0, Since: DayTime(r.SeenAt, now), Removed: revs[0].Deleted}
	until := time.Time{}
	if r.Until != nil {
		until = *r.Until
		d.PhotoAt = until.Add(-time.Millisecond)
	}
	switch {
	case revision == 0:
		d.Old.Title = oldRemoved
		d.Old.Text = fmt.Sprintf(oldRemovedText, upperFirst(DayTime(until, now)))
	case at == 0:
		d.Old.Title, d.Old.Revision = fmt.Sprintf(oldNow, fromTo(r.SeenAt, until, now)), 0 // nothing to put back
	default:
		d.Old.Title = fmt.Sprintf(oldTitle, fromTo(r.SeenAt, until, now))
	}
	return d, nil
}

// pastState says which state of an object a moment of the past shows, so that
// it can be put back; nil where it still is so.
func (p *DetailPane) pastState(ctx context.Context, d service.ItemDetail) (*OldState, error) {
	revs, err := p.app.cfg.Service.History(ctx, d.ID)
	for i, r := range revs {
		if r.SHA256 == d.SHA256 && r.SeenAt.Equal(d.SeenAt) {
			if i == 0 {
				return nil, err
			}
			return &OldState{Revision: r.ID, Since: DayTime(r.SeenAt, p.app.Now()), Removed: revs[0].Deleted}, err
		}
	}
	return nil, err
}
