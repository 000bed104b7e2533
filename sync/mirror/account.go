package mirror

import (
	"cmp"
	"context"
	"slices"

	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
)

// session is one mirroring of one account.
type session struct {
	m       *Mirror
	account pim.Account
	tell    *teller
	report  Report
	lost    []int64 // collections that are not on the server any more
}

// target is one collection to look at.
type target struct {
	known    pim.Known
	col      pim.Collection // as listed now, with its tags
	vanished pim.Verdict    // how it is gone; "" listed
	loose    bool           // of no home-set: nothing lists it
	err      error          // its home-set could not be asked
}

// last is 1 for a collection of a few objects: that all of them are gone means
// something only beside the others, so it is looked at after them.
func (t *target) last() int {
	if n := t.known.Live - t.known.Kept; n > 0 && n < plan.HoldAll {
		return 1
	}
	return 0
}

// identity is what makes two mentions of a collection one.
type identity struct {
	kind pim.Kind
	key  string
}

func identityOf(c pim.Collection) identity { return identity{c.Kind, pim.Href(c.URL).Key()} }

func (s *session) mirror(ctx context.Context) error {
	since := s.m.now()
	s.tell.step(0, "", lookingForChanges)
	targets, homeErr, err := s.look(ctx)
	if err != nil {
		if s.record(ctx, err) {
			for i := range targets {
				targets[i].err = err
			}
			s.failAll(ctx, targets, err)
		}
		return err
	}
	if err := s.each(ctx, targets); err != nil {
		return err
	}
	if err := s.whole(ctx, targets, since); err != nil {
		return err
	}
	return homeErr
}

// each mirrors the collections in their order. The server is asked for one at
// a time, but while the last objects of one that went well are written, the
// next one is asked for: the network need not wait for the vault. At most one
// is being ended at any time, and none is begun once one has stopped the
// account.
func (s *session) each(ctx context.Context, targets []target) error {
	busy := 0
	var behind chan CollectionReport // of the one that is being ended; nil: none
	take := func(rep CollectionReport, rest []target) error {
		s.report.Collections = append(s.report.Collections, rep)
		busy = s.waits(busy, rep, rest)
		if rep.Err == nil || !stops(rep.Err) {
			return nil
		}
		if s.record(ctx, rep.Err) {
			s.failAll(ctx, rest, rep.Err)
		}
		return rep.Err
	}
	settle := func() error {
		if behind == nil {
			return nil
		}
		rep := <-behind
		behind = nil
		return take(rep, nil)
	}
	for i, t := range targets {
		if err := ctx.Err(); err != nil {
			return cmp.Or(settle(), stopped(err))
		}
		end, well := s.collection(ctx, t)
		if err := settle(); err != nil {
			return cmp.Or(err, take(end(ctx), nil))
		}
		if !well { // what it says decides whether another one is asked for
			if err := take(end(ctx), targets[i+1:]); err != nil {
				return err
			}
			continue
		}
		behind = make(chan CollectionReport, 1)
		go func(done chan<- CollectionReport) { done <- end(ctx) }(behind)
	}
	return settle()
}

// busyLimit is how many collections in a row may be told to wait, or be cut
// off, before the rest are not asked for: one may be broken, two are the server.
const busyLimit = 2

// waits counts collections that a busy or unreachable server turned away, and
// spares it the rest.
func (s *session) waits(busy int, rep CollectionReport, rest []target) int {
	if rep.Unchanged {
		return busy
	}
	if f := pim.FaultOf(rep.Err); rep.Err == nil || f != pim.Busy && f != pim.Offline {
		return 0
	}
	if busy++; busy >= busyLimit {
		for i := range rest {
			if rest[i].err == nil && rest[i].vanished == "" {
				rest[i].err = rep.Err
			}
		}
	}
	return busy
}

// record says whether a failure that stops the account is to be written to the
// runs of the collections it never came to: not the person's own wish, and not
// what the vault can't take.
func (s *session) record(ctx context.Context, err error) bool {
	f := pim.FaultOf(err)
	return ctx.Err() == nil && (f == pim.Denied || f == pim.Untrusted)
}

func (s *session) failAll(ctx context.Context, targets []target, err error) {
	for _, t := range targets {
		t.err = err
		s.report.Collections = append(s.report.Collections, s.fail(ctx, t))
	}
}

func stopped(err error) error {
	return &pim.Error{Fault: pim.FaultOf(err), Op: "mirror the account", Err: err}
}

// look asks every home-set and gives the collections to look at. homeErr is
// the first home-set's that failed while others answered; err stops the
// account.
func (s *session) look(ctx context.Context) (targets []target, homeErr, err error) {
	v := s.m.Vault
	homes, err := v.HomeSets(ctx, s.account.ID)
	if err != nil {
		return nil, nil, fromVault(err)
	}
	known, err := v.Collections(ctx, s.account.ID)
	if err != nil {
		return nil, nil, fromVault(err)
	}
	if len(homes) == 0 && len(known) == 0 {
		return nil, nil, &pim.Error{Fault: pim.Invalid, Op: "mirror the account", Where: s.account.Name,
			Hint: "Remove the account, keeping its data, and add it again.",
			Err:  errNoHomes}
	}
	before := map[identity]pim.Known{}
	for _, k := range known {
		before[identityOf(k.Collection)] = k
	}
	asked := map[string]*answer{}
	seen := map[identity]bool{}
	for _, home := range mergeHomes(homes) {
		a := s.ask(ctx, home, before, seen)
		asked[home.URL] = a
		if a.err != nil && stops(a.err) {
			for _, k := range known {
				targets = append(targets, target{known: k, col: k.Collection})
			}
			return targets, nil, a.err
		}
		if a.err != nil && homeErr == nil {
			homeErr = a.err
		}
		for _, t := range a.targets {
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
	slices.SortStableFunc(targets, func(a, b target) int { return cmp.Compare(a.last(), b.last()) })
	if s.report.Warnings = refused.rest(targets); len(s.report.Warnings) == 0 {
		emptied(targets)
	}
	return targets, homeErr, nil
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
	targets []target
	refused []*pim.Error // what it names and does not let be read
	err     error
}

// ask asks a home-set. A collection that one before it listed stays with that
// one: otherwise two that list the same would take it from each other in every
// run.
func (s *session) ask(ctx context.Context, home pim.HomeSet, before map[identity]pim.Known, seen map[identity]bool) *answer {
	found, err := s.m.Remote.Collections(ctx, home)
	if err != nil {
		return &answer{err: err}
	}
	a := &answer{refused: found.Refused}
	listed := slices.DeleteFunc(found.Collections, func(c pim.Collection) bool { return seen[identityOf(c)] })
	now := before
	if !allSame(home, listed, before) {
		saved, err := s.m.Vault.SaveCollections(ctx, s.account.ID, home, listed)
		if err != nil {
			return &answer{err: fromVault(err)}
		}
		now = map[identity]pim.Known{}
		for _, k := range saved {
			now[identityOf(k.Collection)] = k
		}
	}
	for i, c := range listed {
		if slices.ContainsFunc(listed[:i], func(d pim.Collection) bool { return identityOf(d) == identityOf(c) }) {
			continue // listed twice
		}
		k, ok := now[identityOf(c)]
		if !ok {
			continue // listed twice, and saved once under the other kind
		}
		c.ID, c.AccountID, c.HomeSet = k.ID, s.account.ID, home.URL
		a.targets = append(a.targets, target{known: k, col: c})
	}
	return a
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
