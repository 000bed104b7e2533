package restore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sidekeep/sync/pim"
)

// A plan that has a collection made was made for a server that had none of that
// name. Where there is one when the plan is carried out, whoever made it, what is
// to be put into a new one may stand in it already: making another would double it
// all. Only a new plan, which looks into it, can tell.

// ReasonOutOfDate is that of a plan which is no longer true of the server.
const ReasonOutOfDate = "out-of-date"

// timely refuses a plan that nothing came of yet where a collection is there that it
// has made. One that was begun goes on with what else there is to do. Errors:
// Invalid, ReasonOutOfDate.
func (s *session) timely() error {
	if touched(s.re) {
		return nil
	}
	for i := range s.re.Makes {
		if m := &s.re.Makes[i]; s.waited(m) {
			if err := s.missing(m); err != nil {
				s.early = true
				return err
			}
		}
	}
	return nil
}

// touched says whether a restore asked anything of the server, or may have.
func touched(re pim.Restore) bool {
	return slices.ContainsFunc(re.Makes, func(m pim.RestoreMake) bool { return m.Before != nil || m.URL != "" }) ||
		slices.ContainsFunc(re.Steps, func(st pim.RestoreStep) bool {
			return st.State == "sent" || st.State == "done" && st.Result != pim.DoneIdentical && st.Result != pim.DoneSkipped
		})
}

// missing says that no collection stands for one that was never asked for: none of
// its kind and name, and none that another restore made under that name since the
// plan was made, whatever it is called now. Errors: Invalid, ReasonOutOfDate.
func (s *session) missing(m *pim.RestoreMake) error {
	since := map[string]bool{}
	for _, x := range s.others {
		later := x.Restore > s.re.ID || x.Restore != s.re.ID && x.At.After(s.re.Created)
		if later && x.Kind == m.Kind && alike(x.Name, m.Name) {
			since[pim.Href(x.URL).Key()] = true
		}
	}
	for _, h := range s.homes {
		for _, c := range h.Collections {
			if c.Collection.Kind == m.Kind && (alike(c.Collection.Title(), m.Name) || since[pim.Href(c.Collection.URL).Key()]) {
				return outOfDate(c.Collection)
			}
		}
	}
	return nil
}

// half takes the collection that this restore asked for before it was cut short.
// Nothing is put into a collection before it is noted as made, so that one with
// anything in it is somebody else's. Errors: Invalid, ReasonOutOfDate, and those of
// listing it.
func (s *session) half(ctx context.Context, t place, m *pim.RestoreMake) (ok bool, err error) {
	c, ok := appeared(t, m)
	if !ok {
		return false, nil
	}
	n := 0
	err = s.persist(ctx, func() error {
		n = 0
		return s.r.Writer.List(ctx, c, func(pim.Entry) error { n++; return nil })
	})
	switch {
	case err != nil:
		return false, err
	case n > 0:
		return false, outOfDate(c)
	}
	return true, s.made(ctx, m, c)
}

// appeared finds the collection that was not there before it was asked for.
func appeared(t place, m *pim.RestoreMake) (pim.Collection, bool) {
	before := map[string]bool{}
	for _, u := range m.Before {
		before[pim.Href(u).Key()] = true
	}
	for _, c := range t.Collections {
		if c.Collection.Kind == m.Kind && !before[pim.Href(c.Collection.URL).Key()] && alike(c.Collection.Title(), m.Name) {
			return c.Collection, true
		}
	}
	return pim.Collection{}, false
}

func alike(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }

func outOfDate(c pim.Collection) error {
	what := "an address book"
	if c.Kind == pim.Calendar {
		what = "a calendar"
	}
	return &pim.Error{Fault: pim.Invalid, Op: "restore", Reason: ReasonOutOfDate,
		Err:  fmt.Errorf("the server has %s named %q now, which was not there when this was planned; nothing was written into it", what, c.Title()),
		Hint: "make a new plan: what is there already is skipped, and nothing is doubled"}
}
