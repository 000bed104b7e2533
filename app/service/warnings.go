package service

import (
	"slices"

	"sidekeep/sync/pim"
)

// Warnings: the parts of an account that can't be read while its login works.

// warnings words what of an account could not be looked at.
func (s *Service) warnings(problems []*pim.Error) []Warning {
	var out []Warning
	for _, p := range problems {
		out = append(out, Warning{URL: p.Where, ErrorInfo: *s.explain(p)})
	}
	return out
}

// refusedIn are those problems that every mirroring meets anew.
func refusedIn(d pim.Discovery) (out []*pim.Error) {
	for _, p := range d.Problems {
		if p.Reason == pim.ReasonRefused {
			out = append(out, p)
		}
	}
	return out
}

// savedWarning is a refused collection that is not here.
type savedWarning struct {
	URL string `json:"url"`
	savedError
}

// saveWarnings says whether there was anything new in them.
func (s *Service) saveWarnings(st *state, account int64, refused []*pim.Error) bool {
	var now []savedWarning
	for _, e := range refused {
		now = append(now, savedWarning{e.Where, *s.saveable(e)})
	}
	if slices.EqualFunc(now, st.Warnings[account], func(a, b savedWarning) bool { return a.URL == b.URL && a.Message == b.Message }) {
		return false
	}
	if st.Warnings == nil {
		st.Warnings = map[int64][]savedWarning{}
	}
	if st.Warnings[account] = now; len(now) == 0 {
		delete(st.Warnings, account)
	}
	return true
}

// warnings are what is remembered of an account's refused collections.
func (st state) warnings(account int64) (out []Warning) {
	for _, w := range st.Warnings[account] {
		out = append(out, Warning{URL: w.URL, ErrorInfo: *w.info()})
	}
	return out
}
