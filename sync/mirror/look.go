package mirror

import (
	"context"
	"slices"

	"sidekeep/sync/pim"
)

// look asks every home-set and gives the collections to look at. homeErr is
// the first home-set's that failed while others answered; err stops the
// account.
func (s *session) look(ctx context.Context) (targets []target, homeErr, err error) {
	v := s.m.Vault
	if s.login.known, err = v.Discovery(ctx, s.account.ID); err != nil {
		return nil, nil, fromVault(err)
	}
	homes := mergeHomes(s.login.known.HomeSets)
	known, err := v.Collections(ctx, s.account.ID)
	if err != nil {
		return nil, nil, fromVault(err)
	}
	if len(homes) == 0 && len(known) == 0 {
		return nil, nil, &pim.Error{Fault: pim.Invalid, Op: "mirror the account", Where: s.account.Name,
			Hint: "Remove the account, keeping its data, and add it again.",
			Err:  errNoHomes}
	}
	asked := map[string]*answer{}
	for _, home := range homes {
		a := s.ask(ctx, home)
		if asked[home.URL] = a; a.err == nil {
			continue
		}
		if stops(a.err) {
			return all(known, ""), nil, a.err
		}
		if homeErr == nil {
			homeErr = a.err
		}
	}
	moved, err := s.recognise(ctx, homes, known, asked)
	switch {
	case err != nil:
		return all(known, ""), nil, err
	case moved:
		return s.look(ctx)
	case s.login.other() || s.login.unsure:
		return all(known, pim.WrongAccount), nil, nil // and nothing of it is taken over
	}
	targets, err = s.targets(ctx, homes, known, asked)
	return targets, homeErr, err
}

// all are all collections that are known, each gone in the same way.
func all(known []pim.Known, vanished pim.Verdict) []target {
	targets := make([]target, len(known))
	for i, k := range known {
		targets[i] = target{known: k, col: k.Collection, vanished: vanished}
	}
	return targets
}

// targets takes over what the home-sets list, and finds what they don't.
func (s *session) targets(ctx context.Context, homes []pim.HomeSet, known []pim.Known, asked map[string]*answer) ([]target, error) {
	before := map[identity]pim.Known{}
	for _, k := range known {
		before[identityOf(k.Collection)] = k
	}
	var targets []target
	seen := map[identity]bool{}
	for _, home := range homes {
		a := asked[home.URL]
		if a.err != nil {
			continue
		}
		listed, err := s.save(ctx, home, a, before, seen)
		if err != nil {
			return all(known, ""), err
		}
		for _, t := range listed {
			seen[identityOf(t.col)] = true
			targets = append(targets, t)
		}
	}
	refused := refusedBy(asked)
	for _, k := range known {
		if !seen[identityOf(k.Collection)] {
			targets = append(targets, refused.or(k, missing(k, asked[k.HomeSet])))
		}
	}
	if s.report.Warnings = refused.rest(targets); len(s.report.Warnings) == 0 {
		emptied(targets)
	}
	return targets, nil
}

// emptied says so of every collection where none of the account is listed.
func emptied(targets []target) {
	for _, t := range targets {
		if t.vanished == "" {
			return
		}
	}
	for i := range targets {
		targets[i].vanished = pim.AccountEmptied
	}
}

// missing is a collection that no home-set lists.
func missing(k pim.Known, a *answer) target {
	t := target{known: k, col: k.Collection}
	switch {
	case a == nil && k.Vanished != "" && k.Live == k.Kept: // nothing of it could come back
		t.vanished = pim.HomeChanged
	case a == nil: // of no home-set: its own tags are not known
		t.col.CTag, t.col.SyncToken, t.loose = "", "", true
	case a.err != nil:
		t.err = a.err
	default:
		t.vanished = pim.CollectionGone
	}
	return t
}

// answer is what one home-set said.
type answer struct {
	pim.HomeListing
	err error
}

func (s *session) ask(ctx context.Context, home pim.HomeSet) *answer {
	found, err := s.m.Remote.Collections(ctx, home)
	return &answer{found, err}
}

// save has the vault know what a home-set lists. A collection that one before it
// listed stays with that one: otherwise two that list the same would take it from
// each other in every run.
func (s *session) save(ctx context.Context, home pim.HomeSet, a *answer, before map[identity]pim.Known, seen map[identity]bool) ([]target, error) {
	listed := slices.DeleteFunc(slices.Clone(a.Collections), func(c pim.Collection) bool {
		_, known := before[identityOf(c)]
		return seen[identityOf(c)] || s.login.busy && !known // it may be another's: the next run asks
	})
	now := before
	if !allSame(home, listed, before) {
		saved, err := s.m.Vault.SaveCollections(ctx, s.account.ID, home, listed)
		if err != nil {
			return nil, fromVault(err)
		}
		now = map[identity]pim.Known{}
		for _, k := range saved {
			now[identityOf(k.Collection)] = k
		}
	}
	var targets []target
	for i, c := range listed {
		if slices.ContainsFunc(listed[:i], func(d pim.Collection) bool { return identityOf(d) == identityOf(c) }) {
			continue // listed twice
		}
		k, ok := now[identityOf(c)]
		if !ok {
			continue // listed twice, and saved once under the other kind
		}
		c.ID, c.AccountID, c.HomeSet = k.ID, s.account.ID, home.URL
		targets = append(targets, target{known: k, col: c})
	}
	return targets, nil
}

// mergeHomes makes one of the home-sets that share a URL, so that it is asked
// once for both kinds.
func mergeHomes(homes []pim.HomeSet) []pim.HomeSet {
	var merged []pim.HomeSet
	for _, h := range homes {
		i := slices.IndexFunc(merged, func(m pim.HomeSet) bool { return m.URL == h.URL })
		switch {
		case i < 0:
			merged = append(merged, h)
		case merged[i].Kind != h.Kind:
			merged[i].Kind = ""
		}
	}
	return merged
}

// allSame says whether the vault knows everything that is listed, as it is
// listed: then nothing need be written.
func allSame(home pim.HomeSet, listed []pim.Collection, known map[identity]pim.Known) bool {
	for _, c := range listed {
		k, ok := known[identityOf(c)]
		if !ok || k.HomeSet != home.URL || !sameDescription(c, k.Collection) {
			return false
		}
	}
	return true
}

func sameDescription(a, b pim.Collection) bool {
	return a.URL == b.URL && a.Name == b.Name && a.Description == b.Description &&
		a.Color == b.Color && a.Order == b.Order && a.Source == b.Source &&
		slices.Equal(a.Components, b.Components) && slices.Equal(a.Reports, b.Reports) &&
		slices.Equal(a.Privileges, b.Privileges) && slices.Equal(a.DataTypes, b.DataTypes)
}
