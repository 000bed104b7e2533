package restore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sidekeep/sync/pim"
)

// makeAll makes the collections that are not made yet. One that the server does
// not make fails the steps that wait for it.
func (s *session) makeAll(ctx context.Context) error {
	for i := range s.re.Makes {
		m := &s.re.Makes[i]
		if m.URL == "" {
			if !s.waited(m) {
				continue
			}
			s.tell("Making collections")
			err := s.makeOne(ctx, m)
			if err != nil && (stops(ctx, err) || retryable(err)) {
				return err
			}
			if err != nil {
				if err := s.without(ctx, m, err); err != nil {
					return err
				}
				continue
			}
		}
		for j := range s.re.Steps {
			if st := &s.re.Steps[j]; st.Collection == "" && st.Kind == m.Kind && st.Make == m.Name {
				st.Collection = m.URL
			}
		}
	}
	return nil
}

// waited says whether a step still waits for the collection.
func (s *session) waited(m *pim.RestoreMake) bool {
	return slices.ContainsFunc(s.re.Steps, func(st pim.RestoreStep) bool {
		return st.State != "done" && st.Collection == "" && st.Kind == m.Kind && st.Make == m.Name
	})
}

var errNoHome = errors.New("the account has no place where a collection of this kind could be made")

// makeOne makes one collection. What stood there before is noted first, so that
// after an interruption the one that was made is found, and none is made twice.
func (s *session) makeOne(ctx context.Context, m *pim.RestoreMake) error {
	home := s.homeFor(m.Kind)
	if home == nil {
		return &pim.Error{Fault: pim.BadObject, Op: "make a collection", Where: m.Name, Reason: pim.ReasonNoMake, Err: errNoHome}
	}
	if home.err != nil {
		return home.err // without knowing what is there, none can be made only once
	}
	if m.Before == nil {
		if err := s.missing(m); err != nil {
			return err
		}
	} else if ok, err := s.half(ctx, *home, m); ok || err != nil {
		return err
	}
	m.Before = []string{}
	for _, c := range home.Collections {
		m.Before = append(m.Before, c.Collection.URL)
	}
	if err := s.r.Journal.RecordMake(ctx, s.re.ID, *m); err != nil {
		return err
	}
	c, err := s.r.Writer.MakeCollection(ctx, home.Home, m.Name, m.Kind, m.Components, m.Color)
	if err == nil {
		return s.made(ctx, m, c)
	}
	if reasonOf(err) != pim.ReasonUnknownOutcome && !retryable(err) {
		return err
	}
	// It may have been made all the same.
	if *home = s.preflight(ctx, home.Home); home.err != nil {
		return home.err
	}
	if ok, e := s.half(ctx, *home, m); ok || e != nil {
		return e
	}
	return err
}

// homeFor is where a collection of the kind is made: the first home-set that
// does not deny it.
func (s *session) homeFor(kind pim.Kind) *place {
	var any *place
	for i := range s.homes {
		h := &s.homes[i]
		leave, ok := h.Makes(kind)
		switch {
		case !ok:
		case leave != pim.LeaveNo:
			return h
		default:
			any = h
		}
	}
	return any
}

func (s *session) made(ctx context.Context, m *pim.RestoreMake, c pim.Collection) error {
	m.URL = c.URL
	s.cols[colKey(m.Kind, c.URL)] = c
	return s.r.Journal.RecordMake(context.WithoutCancel(ctx), s.re.ID, *m)
}

// without gives the steps that wait for a collection that could not be made
// their result.
func (s *session) without(ctx context.Context, m *pim.RestoreMake, err error) error {
	var steps []pim.RestoreStep
	why, offer := fmt.Sprintf("the collection %q could not be made: %s", m.Name, s.r.words(err)), offerInto
	if reasonOf(err) == ReasonOutOfDate {
		offer = offerAnew
	}
	for i := range s.re.Steps {
		st := &s.re.Steps[i]
		if st.State == "done" || st.Collection != "" || st.Kind != m.Kind || st.Make != m.Name {
			continue
		}
		st.State, st.Result, st.Detail = "done", pim.DoneFailed, []string{why, offer}
		steps = append(steps, *st)
		s.step.Done++
	}
	return s.r.Journal.RecordSteps(ctx, s.re.ID, steps)
}
