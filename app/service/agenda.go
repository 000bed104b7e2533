package service

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"sidekeep/formats/ical"
	"sidekeep/sync/vault"
)

// AgendaEntry is one occurrence of an event.
type AgendaEntry struct {
	ItemID       int64
	Start, End   time.Time // End is exclusive
	AllDay       bool
	UID          string
	Title        string
	Location     string
	Status       string
	Component    string
	Recurring    bool
	Override     bool
	RecurrenceID string
	Account      string
	Collection   string
	CollID       int64
	Color        string
	Held         bool
}

// Bounds of the agenda: occurrences of one object in one window, and
// occurrences that are remembered from window to window.
const (
	agendaPerObject = 2000
	agendaCacheSize = 20000
)

// Agenda gives every occurrence of every event in [from, to), by start, all-day
// ones first. loc is the zone of what has none. An event that can't be
// expanded is there once, where its summary says.
func (s *Service) Agenda(ctx context.Context, from, to time.Time, loc *time.Location) ([]AgendaEntry, error) {
	return s.AgendaAt(ctx, from, to, loc, time.Time{})
}

// AgendaAt is Agenda of the events as they were at that moment; zero is now.
func (s *Service) AgendaAt(ctx context.Context, from, to time.Time, loc *time.Location, at time.Time) ([]AgendaEntry, error) {
	rows, err := s.vault.Rows(ctx, vault.Query{Components: []string{"VEVENT"}, At: at, From: from.Add(-14 * time.Hour), To: to.Add(14 * time.Hour)})
	if err != nil {
		return nil, err
	}
	out := []AgendaEntry{}
	for i := range rows {
		r := &rows[i]
		occ, err := s.occurrences(ctx, r, from, to, loc)
		if err != nil {
			return nil, err
		}
		for _, o := range occ {
			out = append(out, AgendaEntry{ItemID: r.ID, Start: o.Start, End: o.End, AllDay: o.AllDay, UID: o.UID, Title: o.Title,
				Location: o.Location, Status: o.Status, Component: o.Component, Recurring: o.Recurring, Override: o.Override,
				RecurrenceID: o.RecurrenceID, Account: r.Account, Collection: r.Collection, CollID: r.CollectionID,
				Color: r.Color, Held: r.Held})
		}
	}
	slices.SortStableFunc(out, func(a, b AgendaEntry) int {
		return cmp.Or(a.Start.Compare(b.Start), -cmp.Compare(b2i(a.AllDay), b2i(b.AllDay)), a.End.Compare(b.End),
			cmp.Compare(a.Title, b.Title), cmp.Compare(a.ItemID, b.ItemID))
	})
	return out, nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// occurrences expands one state of an object, or remembers having done so.
func (s *Service) occurrences(ctx context.Context, r *vault.Row, from, to time.Time, loc *time.Location) ([]ical.Occurrence, error) {
	key := agendaKey{r.Revision, from.Unix(), to.Unix(), loc.String()}
	if occ, ok := s.agenda.get(key); ok {
		return occ, nil
	}
	st, err := s.vault.RevisionBody(ctx, r.Revision)
	if err != nil {
		return nil, err
	}
	occ, err := guard("expand", func() ([]ical.Occurrence, error) {
		occ, _ := ical.Expand(st.Body, from, to, loc, agendaPerObject)
		return occ, nil
	})
	if err != nil {
		occ = fromSummary(r, from, to, loc)
	}
	s.agenda.put(key, occ)
	return occ, nil
}

// fromSummary is the one occurrence that a summary knows.
func fromSummary(r *vault.Row, from, to time.Time, loc *time.Location) []ical.Occurrence {
	start := r.Summary.Start
	if start == nil {
		return nil
	}
	o := ical.Occurrence{Start: start.At, End: start.At, AllDay: start.DateOnly, UID: r.Summary.UID, Title: r.Summary.Title,
		Location: r.Summary.Location, Status: r.Summary.Status, Component: r.Summary.Component}
	if r.Summary.End != nil {
		o.End = r.Summary.End.At
	}
	if start.DateOnly || start.Floating {
		local := func(t time.Time) time.Time {
			return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, loc)
		}
		o.Start, o.End = local(o.Start), local(o.End)
	}
	if !o.Start.Before(to) || o.End.Before(from) {
		return nil
	}
	return []ical.Occurrence{o}
}

type agendaKey struct {
	revision int64
	from, to int64
	loc      string
}

// agendaCache remembers expanded objects. When it is full it forgets all of
// them: a window that is looked at again fills it again.
type agendaCache struct {
	mu      sync.Mutex
	entries map[agendaKey][]ical.Occurrence
	size    int
}

func (c *agendaCache) get(k agendaKey) ([]ical.Occurrence, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	occ, ok := c.entries[k]
	return occ, ok
}

func (c *agendaCache) put(k agendaKey, occ []ical.Occurrence) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil || c.size > agendaCacheSize {
		c.entries, c.size = map[agendaKey][]ical.Occurrence{}, 0
	}
	if _, had := c.entries[k]; !had {
		c.size += len(occ) + 1
	}
	c.entries[k] = occ
}
