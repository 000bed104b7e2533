package presenttest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sidekeep/app/present"
	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// Moment is what the vault held at a moment of the past and until the next.
type Moment struct {
	At       time.Time
	Accounts []service.AccountStatus
	People   []service.Item
	Events   []service.Item
	ToDo     []service.Item
	Entries  []service.AgendaEntry
	Details  map[int64]service.ItemDetail
	FieldsOf map[int64][]present.Field
	Photos   map[int64][]byte
}

// Past is what Service answers about history, incidents and restores.
type Past struct {
	Moments   []Moment       // oldest first; before the first there was nothing
	Removed   []service.Item // deleted objects: what a list of them gives
	Revisions map[int64][]service.RevisionInfo
	// OldDetails and OldFields are by revision.
	OldDetails map[int64]service.ItemDetail
	OldFields  map[int64][]present.Field
	Changed    map[int64]service.RunChanges
	Chart      service.Timeline
	Losses     []service.Incident // newest first
	Told       map[int64]bool     // incidents that NewIncidents gave already
	LostItems  map[int64][]service.IncidentObject
	Restored   []service.RestoreInfo
	Plans      map[int64]service.RestorePlan
	Receipts   map[int64]service.Receipt
	Asked      []pim.RestoreAsk // by StartRestorePlan
}

// at is the moment that a time shows; now for the zero time.
func (s *Service) at(t time.Time) Moment {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.IsZero() {
		return Moment{Accounts: s.Accounts, People: s.People, Events: s.Events, ToDo: s.ToDo, Entries: s.Entries,
			Details: s.Details, FieldsOf: s.FieldsOf, Photos: s.Photos}
	}
	for _, m := range slices.Backward(s.Past.Moments) {
		if !m.At.After(t) {
			return m
		}
	}
	return Moment{}
}

// past is what there is of the past by now: a test may change it meanwhile.
func (s *Service) past() Past {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Past
}

func unknown(op string, id int64) error {
	return &pim.Error{Fault: pim.Invalid, Op: op, Where: fmt.Sprint(id), Err: errors.New("there is none with this ID")}
}

func (s *Service) called(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Calls = append(s.Calls, fmt.Sprintf(format, args...))
}

func (s *Service) StatusAt(_ context.Context, at time.Time) (service.Status, error) {
	accounts := s.at(at).Accounts
	s.mu.Lock()
	st := service.Status{Accounts: append([]service.AccountStatus{}, accounts...), Vault: s.Vault, Incidents: []service.Incident{}, Proof: s.Proof}
	s.mu.Unlock()
	if !at.IsZero() {
		st.At, st.Proof = &at, nil
		return st, s.fault()
	}
	var err error
	st.Incidents, err = s.Incidents(context.Background(), true)
	return st, err
}

// ShowAt says of what is among Past.Removed that it was deleted.
func (s *Service) ShowAt(_ context.Context, id int64, at time.Time) (service.ItemDetail, error) {
	if at.IsZero() {
		for _, it := range s.past().Removed {
			if it.ID == id {
				return service.ItemDetail{}, &pim.Error{Fault: pim.Invalid, Op: "find object", Where: fmt.Sprint(id), Reason: "deleted"}
			}
		}
	}
	return s.at(at).Details[id], s.fault()
}

func (s *Service) FieldsAt(_ context.Context, id int64, at time.Time) ([]present.Field, error) {
	return s.at(at).FieldsOf[id], s.fault()
}

func (s *Service) PhotoAt(_ context.Context, id int64, at time.Time) ([]byte, string, error) {
	return s.at(at).Photos[id], "image/png", s.fault()
}

func (s *Service) AgendaAt(_ context.Context, from, to time.Time, _ *time.Location, at time.Time) ([]service.AgendaEntry, error) {
	var out []service.AgendaEntry
	for _, e := range s.at(at).Entries {
		if e.Start.Before(to) && e.End.After(from) {
			out = append(out, e)
		}
	}
	return out, s.fault()
}

func (s *Service) History(_ context.Context, id int64) ([]service.RevisionInfo, error) {
	return s.past().Revisions[id], s.fault()
}

func (s *Service) RevisionDetail(_ context.Context, revision int64) (service.ItemDetail, error) {
	return s.past().OldDetails[revision], s.fault()
}

func (s *Service) RevisionFields(_ context.Context, revision int64) ([]present.Field, error) {
	return s.past().OldFields[revision], s.fault()
}

func (s *Service) RunChanges(_ context.Context, run int64) (service.RunChanges, error) {
	return s.past().Changed[run], s.fault()
}

// Timeline gives the chart's points in [from, to], whatever the account.
func (s *Service) Timeline(_ context.Context, _ string, _ int64, from, to time.Time) (service.Timeline, error) {
	out := s.past().Chart
	out.Points = slices.DeleteFunc(slices.Clone(out.Points), func(p service.TimelinePoint) bool {
		return !from.IsZero() && p.At.Before(from) || !to.IsZero() && p.At.After(to)
	})
	return out, s.fault()
}

func (s *Service) Incidents(_ context.Context, onlyOpen bool) ([]service.Incident, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []service.Incident{}
	for _, i := range s.Past.Losses {
		if i.Open || !onlyOpen {
			out = append(out, i)
		}
	}
	return out, s.Err
}

func (s *Service) Incident(ctx context.Context, id int64) (service.Incident, error) {
	all, err := s.Incidents(ctx, false)
	for _, i := range all {
		if i.ID == id {
			return i, err
		}
	}
	return service.Incident{}, unknown("show the incident", id)
}

func (s *Service) NewIncidents(ctx context.Context) ([]service.Incident, error) {
	open, err := s.Incidents(ctx, true)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Past.Told == nil {
		s.Past.Told = map[int64]bool{}
	}
	open = slices.DeleteFunc(open, func(i service.Incident) bool { return s.Past.Told[i.ID] })
	for _, i := range open {
		s.Past.Told[i.ID] = true
	}
	return open, err
}

func (s *Service) IncidentObjects(_ context.Context, id int64, offset, limit int) ([]service.IncidentObject, error) {
	all := s.past().LostItems[id]
	all = all[min(offset, len(all)):]
	if limit > 0 {
		all = all[:min(limit, len(all))]
	}
	return all, s.fault()
}

// DecideIncident closes the incident, and is in Calls as "decide ID DECISION".
func (s *Service) DecideIncident(_ context.Context, id int64, d pim.Decision) (service.Incident, error) {
	s.called("decide %d %s", id, d)
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := range s.Past.Losses {
		if i := &s.Past.Losses[n]; i.ID == id && i.Open {
			i.Open, i.Closed = false, string(d)
			return *i, s.Err
		}
	}
	return service.Incident{}, unknown("decide", id)
}

// StartPutBack and the other Start methods give a job for the test to Finish,
// and are in Calls as "put-back ID" and so on.
func (s *Service) StartPutBack(incident int64) present.Job {
	return s.start("restore", fmt.Sprintf("put-back %d", incident))
}

// StartRestorePlan notes what was asked for in Past.Asked.
func (s *Service) StartRestorePlan(ask pim.RestoreAsk) present.Job {
	s.Change(func() { s.Past.Asked = append(s.Past.Asked, ask) })
	return s.start("plan", strings.TrimSpace("plan "+ask.To+ask.Folder))
}

func (s *Service) StartRestore(id int64) present.Job {
	return s.start("restore", fmt.Sprintf("restore %d", id))
}

func (s *Service) PutBackVersion(revision int64) present.Job {
	return s.start("restore", fmt.Sprintf("put-back-version %d", revision))
}

func (s *Service) PutBackField(id, revision int64, line int) present.Job {
	return s.start("restore", fmt.Sprintf("put-back-field %d %d %d", id, revision, line))
}

func (s *Service) Restores(context.Context) ([]service.RestoreInfo, error) {
	return s.past().Restored, s.fault()
}

func (s *Service) RestorePlan(_ context.Context, id int64) (service.RestorePlan, error) {
	p, ok := s.past().Plans[id]
	if !ok {
		return p, unknown("show the plan", id)
	}
	return p, s.fault()
}

func (s *Service) Receipt(_ context.Context, id int64) (service.Receipt, error) {
	r, ok := s.past().Receipts[id]
	if !ok {
		return r, unknown("show the receipt", id)
	}
	return r, s.fault()
}

// Forget wants the title of the object, from Past.Removed, or its ID.
func (s *Service) Forget(_ context.Context, id int64, again string) error {
	s.called("forget %d %s", id, again)
	for _, it := range s.Past.Removed {
		if it.ID == id && (again == it.Title || again == fmt.Sprint(id)) {
			return s.fault()
		}
	}
	return unknown("forget", id)
}

func (s *Service) StartThin(dry bool) present.Job {
	if dry {
		return s.start("thin", "thin dry")
	}
	return s.start("thin", "thin")
}
