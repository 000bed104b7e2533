package mirror

import (
	"context"

	"golang.org/x/sync/errgroup"

	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
)

// gets asks for objects one by one, on a few connections. One that fails is
// noted as owed.
func (f *fetcher) gets(ctx context.Context, wants []plan.Want, bite plan.Bite) error {
	conns := max(bite.Conns, 1)
	row := 0 // failures in a row that are the server's, not the object's
	for start := 0; start < len(wants); start += conns {
		round := wants[start:min(start+conns, len(wants))]
		if row >= hopeless {
			for _, w := range round {
				f.owe(w, f.blame[w.Key])
			}
			continue
		}
		before, bytesBefore := f.r.taken()
		began := f.r.m.clock()
		errs := f.getRound(ctx, round)
		for i, err := range errs {
			if err != nil && conns > 1 && !notThere(err) && ctx.Err() == nil && !stops(err) {
				// Some servers can't do several things at once.
				err = f.getRound(ctx, round[i:i+1])[0]
			}
			if err == nil {
				row = 0
				continue
			}
			if e := f.end(ctx, err, false); e != nil {
				return e
			}
			if !notThere(err) {
				row++
			}
			f.owe(round[i], err)
		}
		after, bytesAfter := f.r.taken()
		if after > before {
			f.strikes = 0
			f.pacer.Did(plan.Bite{Road: pim.ViaGet}, after-before, bytesAfter-bytesBefore, f.r.m.since(began))
		}
	}
	return nil
}

func (f *fetcher) getRound(ctx context.Context, wants []plan.Want) []error {
	errs := make([]error, len(wants))
	var group errgroup.Group
	for i, w := range wants {
		group.Go(func() error {
			o, err := f.r.m.Remote.Get(ctx, f.r.col, w.Href)
			if err == nil {
				o.Href, o.Via = w.Href, pim.ViaGet
				err = f.r.take(o)
			}
			errs[i] = err
			return nil
		})
	}
	_ = group.Wait() // each has its own error
	return errs
}

func (f *fetcher) owe(w plan.Want, err error) {
	if err == nil {
		err = errNoAnswer
	}
	fault := pim.FaultOf(err)
	if fault == pim.Internal || fault == pim.Protocol || fault == pim.Gone {
		fault = pim.BadObject
	}
	f.r.mu.Lock()
	defer f.r.mu.Unlock()
	f.r.diff.Failed(w.Key, fault, why(err), notThere(err))
}

// repairs fetches by GET what came altered by a REPORT: only there are its
// true bytes. Where GET does not give it, the altered form is better than
// nothing, and the true one stays owed.
func (f *fetcher) repairs(ctx context.Context) error {
	f.r.mu.Lock()
	wants := f.r.altered
	f.r.altered = nil
	f.r.mu.Unlock()
	for len(wants) > 0 {
		n := min(len(wants), 4)
		round := wants[:n]
		wants = wants[n:]
		errs := f.getRound(ctx, round)
		var still []plan.Want
		for i, err := range errs {
			if err == nil {
				continue
			}
			if e := f.end(ctx, err, false); e != nil {
				return e
			}
			f.blame[round[i].Key] = err
			still = append(still, round[i])
		}
		if len(still) == 0 {
			continue
		}
		b := batch{wants: still}
		f.ask(ctx, &b) // a second time: taken as it is
		if b.err != nil {
			if e := f.end(ctx, b.err, false); e != nil {
				return e
			}
		}
		for _, w := range still {
			f.owe(w, f.blame[w.Key])
		}
	}
	return nil
}
