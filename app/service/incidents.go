package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// Incidents gives the losses and doubtful changes that were noticed, newest
// first; onlyOpen leaves out those that are over.
func (s *Service) Incidents(ctx context.Context, onlyOpen bool) ([]Incident, error) {
	found, err := s.vault.Incidents(ctx, onlyOpen)
	return incidentsOf(found), err
}

func incidentsOf(found []pim.Incident) []Incident {
	out := make([]Incident, len(found))
	for i, in := range found {
		out[i] = incidentOf(in)
	}
	return out
}

func incidentOf(in pim.Incident) Incident {
	out := Incident{ID: in.ID, Account: in.Account, Collection: in.Collection, CollID: in.CollID, Kind: in.Kind, Verdict: in.Verdict,
		Since: in.Since, Gone: in.Gone, Changed: in.Changed, Kept: in.Kept, Live: in.Live, Message: in.Message, Evidence: in.Evidence,
		Open: in.Closed == pim.Undecided, Closed: string(in.Closed), ClosedAt: timeOrNil(in.ClosedAt), GoodAt: timeOrNil(in.GoodAt)}
	if out.Evidence == nil {
		out.Evidence = map[string]int{}
	}
	return out
}

// Incident gives one. An unknown ID is Invalid.
func (s *Service) Incident(ctx context.Context, id int64) (Incident, error) {
	in, err := s.vault.Incident(ctx, id)
	return incidentOf(in), err
}

// GoodAhead finds the moment when all was well that an incident offers, where the last
// good mirroring was with a clock that was ahead, so that it is yet to come: text is
// that moment to the minute. The views know it as they know any other.
func (s *Service) GoodAhead(ctx context.Context, text string, now time.Time, loc *time.Location) (time.Time, bool) {
	t, _, ok := newTimeReader(text, now, loc).read()
	if !ok {
		return t, false
	}
	all, err := s.Incidents(ctx, false)
	if err != nil {
		return t, false
	}
	for _, i := range all {
		if i.GoodAt != nil && i.GoodAt.After(now) && i.GoodAt.Sub(t).Abs() < time.Minute {
			return *i.GoodAt, true
		}
	}
	return t, false
}

// openOf gives the open incidents of the accounts named.
func (s *Service) openOf(ctx context.Context, names []string) ([]Incident, error) {
	open, err := s.Incidents(ctx, true)
	return slices.DeleteFunc(open, func(i Incident) bool { return !slices.Contains(names, i.Account) }), err
}

// recovered gives those of some incidents that closed by themselves since, of the
// accounts named: the server has everything again.
func (s *Service) recovered(ctx context.Context, before []Incident, names []string) (out []Incident) {
	for _, i := range before {
		if !slices.Contains(names, i.Account) {
			continue
		}
		if now, err := s.vault.Incident(ctx, i.ID); err == nil && now.Closed == pim.Recovered {
			out = append(out, incidentOf(now))
		}
	}
	return out
}

// NewIncidents gives the open incidents that nobody was told of yet, oldest
// first and once: whoever gets them tells the person.
func (s *Service) NewIncidents(ctx context.Context) ([]Incident, error) {
	found, err := s.vault.Untold(ctx)
	if err != nil {
		return nil, err
	}
	for _, in := range found {
		if err := s.vault.Told(ctx, in.ID, s.now()); err != nil {
			return nil, err
		}
	}
	out := incidentsOf(found)
	if len(out) > 0 {
		_, err = s.ChangedIncidents(ctx, out)
	}
	return out, err
}

// ChangedIncidents gives those of some open incidents that say something else than
// when the person was last told, by this or by NewIncidents: whoever gets them tells.
// What was told of one that it knows nothing of is taken to be what it says now.
func (s *Service) ChangedIncidents(ctx context.Context, open []Incident) (out []Incident, err error) {
	err = s.changeState(ctx, func(st *state) bool {
		changed := false
		for _, i := range open {
			says := fmt.Sprint(i.Gone, " ", i.Changed, " ", i.Message)
			told, known := st.Told[i.ID]
			if known && told == says {
				continue
			}
			if known {
				out = append(out, i)
			}
			if st.Told == nil {
				st.Told = map[int64]string{}
			}
			st.Told[i.ID], changed = says, true
		}
		return changed
	})
	return out, err
}

// IncidentObjects gives an incident's objects as they were before it, by
// title. limit 0 gives all. An unknown ID is Invalid.
func (s *Service) IncidentObjects(ctx context.Context, id int64, offset, limit int) ([]IncidentObject, error) {
	if _, err := s.vault.Incident(ctx, id); err != nil {
		return nil, err
	}
	found, err := s.vault.IncidentObjects(ctx, id)
	if err != nil {
		return nil, err
	}
	rows, err := s.rowsOf(ctx, found)
	if err != nil {
		return nil, err
	}
	out := make([]IncidentObject, 0, len(found))
	for _, o := range found {
		it := Item{ID: o.Resource}
		if row, ok := rows[o.Resource]; ok {
			it = itemOf(&row)
		}
		out = append(out, IncidentObject{Item: it, What: o.What, Before: o.Before})
	}
	slices.SortStableFunc(out, func(a, b IncidentObject) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)), cmp.Compare(a.ID, b.ID))
	})
	out = out[min(max(offset, 0), len(out)):]
	if limit > 0 {
		out = out[:min(limit, len(out))]
	}
	return out, nil
}

// rowsOf finds objects in the current view, and those that are gone as they
// last were.
func (s *Service) rowsOf(ctx context.Context, objects []pim.IncidentObject) (map[int64]vault.Row, error) {
	ids := make([]int64, len(objects))
	for i, o := range objects {
		ids[i] = o.Resource
	}
	out := make(map[int64]vault.Row, len(ids))
	rows, err := s.vault.Rows(ctx, vault.Query{IDs: ids})
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		out[r.ID] = r
	}
	if len(out) == len(ids) {
		return out, nil
	}
	gone, err := s.vault.Deleted(ctx, vault.Query{IDs: slices.DeleteFunc(ids, func(id int64) bool { _, ok := out[id]; return ok })})
	for _, r := range gone {
		out[r.ID] = r.Row
	}
	return out, err
}

// DecideIncident ends an incident: pim.Accepted believes the loss ("It was
// me"), pim.KeptHere keeps its objects here for good. Errors: Invalid for an
// unknown ID, another decision, or one that is over already (Reason "closed").
func (s *Service) DecideIncident(ctx context.Context, id int64, d pim.Decision) (Incident, error) {
	if d != pim.Accepted && d != pim.KeptHere {
		return Incident{}, &pim.Error{Fault: pim.Invalid, Op: "decide on an incident", Where: fmt.Sprint(id),
			Err: fmt.Errorf("%q is no decision", d), Hint: "decide with accept, keep or put-back"}
	}
	if _, err := s.openIncident(ctx, id); err != nil {
		return Incident{}, err
	}
	in, err := s.vault.Decide(ctx, id, d, s.now())
	return incidentOf(in), err
}

// closedWords says how an incident ended.
var closedWords = map[pim.Decision]string{
	pim.Recovered: "the server has everything again",
	pim.Accepted:  "it was accepted",
	pim.KeptHere:  "everything is kept here for good",
	pim.PutBack:   "it was put back",
}

// openIncident gives an incident that waits for a decision.
func (s *Service) openIncident(ctx context.Context, id int64) (pim.Incident, error) {
	in, err := s.vault.Incident(ctx, id)
	if err != nil || in.Closed == pim.Undecided {
		return in, err
	}
	return in, &pim.Error{Fault: pim.Invalid, Op: "decide on an incident", Where: fmt.Sprint(id), Reason: "closed",
		Err:  errors.New("this incident is over: " + closedWords[in.Closed]),
		Hint: "what it was about is in the history; `sidekeep restore plan --at TIME` brings it back from there"}
}
