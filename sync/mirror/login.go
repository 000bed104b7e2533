package mirror

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
)

// login is whom the server takes the login for, as far as it was asked.
type login struct {
	known  pim.Discovery // what is remembered
	asked  bool
	same   bool   // it is ours: the server says so
	was    string // the principal that is remembered
	is     string // the one it is now, where it is another; "": it is ours, or nobody knows
	homes  []pim.HomeSet
	hosts  []string
	silent bool // the home-sets' answers do not say
	unsure bool // it was another's before, and nobody says whether it is ours again
	busy   bool // something is amiss, and the server could not be asked for now
}

func (l *login) other() bool { return l.is != "" }

// recognise finds out whether the login is still the principal's that the vault
// remembers. Most servers say so when a home-set is listed; the others, and one
// that names another, are asked, where something is amiss and once a week. moved
// says that other home-sets are remembered now, to look at anew: the same
// principal's, or those of one that a person agreed to.
func (s *session) recognise(ctx context.Context, homes []pim.HomeSet, known []pim.Known, asked map[string]*answer) (moved bool, err error) {
	if s.login.asked || len(s.login.known.Principals) == 0 {
		return false, nil
	}
	s.login.silent = true
	other := ""
	for _, home := range homes {
		if a := asked[home.URL]; a.err == nil && a.Principal != "" {
			s.login.silent = false
			if s.names(home.Kind, a.Principal) {
				other = a.Principal
			}
		}
	}
	amiss := suspicious(known, asked)
	if other == "" && !amiss && !(s.login.silent && due(known, s.m.now())) {
		return false, nil
	}
	if err := s.identify(ctx); err != nil {
		return false, err
	}
	s.login.busy = s.login.busy && amiss && s.login.silent && !s.login.same
	switch known := slices.ContainsFunc(known, func(k pim.Known) bool { return plan.ToldOfOther(k.Vanished) }); {
	case s.login.same || s.login.other():
	case other != "": // it could not be asked once more
		s.login.was, s.login.is = s.login.known.Principals[0].URL, other
	case known:
		s.login.unsure = true
		return false, nil
	}
	if s.login.other() {
		return s.agreed(ctx)
	}
	return s.rehome(ctx, asked)
}

// names says that a home-set of a kind names a principal that is none of those
// which are remembered for it.
func (s *session) names(kind pim.Kind, is string) bool {
	other := false
	for _, p := range s.login.known.Principals {
		if kind != "" && p.Kind != "" && p.Kind != kind {
			continue
		}
		if other = plan.OtherPrincipal(s.account.User, p.URL, is); !other {
			return false
		}
	}
	return other
}

// suspicious says that a home-set is not there or not ours, or that something
// that was there is in none, newly or while there is something that is not known.
func suspicious(known []pim.Known, asked map[string]*answer) bool {
	listed := map[identity]bool{}
	for _, a := range asked {
		if a.err != nil && left(a.err) {
			return true
		}
		for _, c := range a.Collections {
			listed[identityOf(c)] = true
		}
	}
	news := len(listed)
	for _, k := range known {
		if listed[identityOf(k.Collection)] {
			news--
		}
	}
	return slices.ContainsFunc(known, func(k pim.Known) bool {
		home := asked[k.HomeSet]
		return plan.ToldOfOther(k.Vanished) || // until it is ours again
			(k.Vanished == "" || news > 0) && k.Live > k.Kept && home != nil && home.err == nil && !listed[identityOf(k.Collection)]
	})
}

// due says that the weekly listing of a collection is.
func due(known []pim.Known, now time.Time) bool {
	return slices.ContainsFunc(known, func(k pim.Known) bool {
		return k.Vanished == "" && !k.State.LastFull.IsZero() && now.Sub(k.State.LastFull) >= plan.FullEvery
	})
}

// identify asks once. Where it can't be asked nothing is known; the error is that
// of the person's own wish.
func (s *session) identify(ctx context.Context) error {
	s.login.asked = true
	done := map[string]bool{}
	for _, p := range s.login.known.Principals {
		if done[p.URL] {
			continue
		}
		done[p.URL] = true
		id, err := s.m.Remote.Identify(ctx, p, s.account.URL)
		if ctx.Err() != nil {
			return stopped(ctx.Err())
		}
		if err != nil || id.Principal == "" {
			s.login.busy = s.login.busy || err != nil && pim.FaultOf(err) == pim.Busy
			continue
		}
		s.login.same = true
		if plan.OtherPrincipal(s.account.User, p.URL, id.Principal) && !s.login.other() {
			s.login.was, s.login.is = p.URL, id.Principal
		}
		s.login.homes, s.login.hosts = append(s.login.homes, id.HomeSets...), id.Hosts
	}
	s.login.same = s.login.same && !s.login.other()
	return nil
}

// agreed takes another principal over that a person said was their own doing.
func (s *session) agreed(ctx context.Context) (bool, error) {
	all, err := s.m.Vault.Incidents(ctx, false)
	if err != nil {
		return false, fromVault(err)
	}
	if !slices.ContainsFunc(all, func(x pim.Incident) bool {
		return x.AccountID == s.account.ID && (x.Closed == pim.Accepted || x.Closed == pim.KeptHere) && plan.ToldOf(x.Message, s.login.is)
	}) {
		return false, nil
	}
	d := s.login.known
	for i := range d.Principals {
		d.Principals[i].URL = s.login.is
	}
	if len(s.login.homes) > 0 {
		d.HomeSets = s.login.homes
	}
	s.login.is = ""
	return true, s.remember(ctx, d)
}

// rehome remembers the home-sets that the principal names now, if one is new, in
// the place of those that are not there any more.
func (s *session) rehome(ctx context.Context, asked map[string]*answer) (bool, error) {
	d := s.login.known
	var kept []pim.HomeSet
	for _, h := range d.HomeSets {
		a := asked[h.URL]
		if has(s.login.homes, h) || a != nil && a.err == nil && len(a.Collections) > 0 || a != nil && a.err != nil && !left(a.err) {
			kept = append(kept, h)
		}
	}
	n := len(kept)
	for _, h := range s.login.homes {
		if !has(d.HomeSets, h) {
			kept = append(kept, h)
		}
	}
	if len(kept) == n { // it names nothing that is new
		return false, nil
	}
	d.HomeSets = kept
	return true, s.remember(ctx, d)
}

// left says that a home-set was left, and not merely that it failed.
func left(err error) bool { return pim.FaultOf(err) == pim.Gone || status(err) == 403 }

func has(homes []pim.HomeSet, h pim.HomeSet) bool {
	return slices.ContainsFunc(homes, func(o pim.HomeSet) bool {
		return strings.TrimSuffix(pim.Href(o.URL).Key(), "/") == strings.TrimSuffix(pim.Href(h.URL).Key(), "/")
	})
}

func (s *session) remember(ctx context.Context, d pim.Discovery) error {
	for _, h := range s.login.hosts {
		if !slices.Contains(d.Hosts, h) {
			d.Hosts = append(d.Hosts, h)
		}
	}
	d.Collections = nil
	return fromVault(s.m.Vault.SaveDiscovery(ctx, s.account.ID, d))
}

// isOther asks, where the home-sets do not say whom the login is taken for, once
// a collection turns out to have nothing of what was in it. The error is Busy where
// it could not be asked for now: then the collection waits for the next mirroring.
func (r *run) isOther(ctx context.Context) (bool, error) {
	s := r.s
	if s.login.asked && !s.login.busy || !s.login.silent {
		return false, nil
	}
	f := r.diff.Facts(r.complete)
	if f.Live == 0 || f.Gone+f.Held < f.Live && !(r.complete && f.Common*plan.SomethingElse <= f.Live) {
		return false, nil
	}
	if !s.login.asked {
		if err := s.identify(ctx); err != nil {
			return false, err
		}
		s.login.busy = s.login.busy && !s.login.same
	}
	if s.login.busy && !s.login.other() && f.Listed > f.Common {
		return false, &pim.Error{Fault: pim.Busy, Op: "ask who is signed in", Where: r.col.URL, Err: errUnheard}
	}
	return s.login.other(), nil
}

var errUnheard = errors.New("all of it is other than before, and the server could not say whether it is still this account's")

// retract holds what is in the collections that were mirrored before it was found
// that the login is another principal's.
func (s *session) retract(ctx context.Context, done []target) error {
	if len(done) == 0 {
		return nil
	}
	known, err := s.m.Vault.Collections(ctx, s.account.ID)
	if err != nil {
		return fromVault(err)
	}
	for _, k := range known {
		i := slices.IndexFunc(s.report.Collections, func(c CollectionReport) bool { return c.ID == k.ID })
		if i < 0 || !slices.ContainsFunc(done, func(t target) bool { return t.known.ID == k.ID }) {
			continue
		}
		rep := s.vanish(ctx, target{known: k, col: k.Collection}, pim.WrongAccount)
		was := s.report.Collections[i].Counts
		rep.Counts.Created, rep.Counts.Modified = was.Created, was.Modified
		if s.report.Collections[i] = rep; rep.Err != nil {
			return rep.Err
		}
	}
	return nil
}
