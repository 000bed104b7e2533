package mirror

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"

	"sidekeep/sync/pim"
)

// session is one mirroring of one account.
type session struct {
	m       *Mirror
	account pim.Account
	tell    *teller
	report  Report
	lost    []int64 // collections that are not on the server any more
	login   login
	late    []late      // collections to be judged when all others have been
	again   atomic.Bool // a loss came to one that was told of before
}

// target is one collection to look at.
type target struct {
	known    pim.Known
	col      pim.Collection // as listed now, with its tags
	vanished pim.Verdict    // how it is gone; "" listed
	loose    bool           // of no home-set: nothing lists it
	err      error          // its home-set could not be asked
}

// identity is what makes two mentions of a collection one.
type identity struct {
	kind pim.Kind
	key  string
}

func identityOf(c pim.Collection) identity { return identity{c.Kind, pim.Href(c.URL).Key()} }

func idsOf(targets []target) (ids []int64) {
	for _, t := range targets {
		ids = append(ids, t.known.ID)
	}
	return ids
}

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
	s.lost = idsOf(slices.DeleteFunc(slices.Clone(targets), func(t target) bool { return t.vanished == "" }))
	if err := cmp.Or(s.each(ctx, targets), s.latecomers(ctx, targets)); err != nil {
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
	known, found := s.login.other(), 0
	for i, t := range targets {
		if err := ctx.Err(); err != nil {
			return cmp.Or(settle(), stopped(err))
		}
		if s.login.other() {
			t.err, t.vanished = nil, pim.WrongAccount
		}
		a := s.collection(ctx, t)
		if a.late != nil {
			s.late = append(s.late, *a.late)
		}
		if err := settle(); err != nil {
			if a.end != nil {
				_ = take(a.end(ctx), nil) // the first is the one to name
			}
			return err
		}
		if s.login.other() && !known {
			known, found = true, i
			s.lost = idsOf(targets)
		}
		switch {
		case a.late != nil:
		case !a.well: // what it says decides whether another one is asked for
			if err := take(a.end(ctx), targets[i+1:]); err != nil {
				return err
			}
		default:
			behind = make(chan CollectionReport, 1)
			go func(done chan<- CollectionReport) { done <- a.end(ctx) }(behind)
		}
	}
	if err := settle(); err != nil {
		return err
	}
	return s.retract(ctx, targets[:found])
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
