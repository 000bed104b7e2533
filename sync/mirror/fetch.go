package mirror

import (
	"context"

	"golang.org/x/sync/errgroup"

	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
)

const (
	// strikeLimit is how many bites in a row may be cut off without a single
	// object coming before the server is taken for gone.
	strikeLimit = 3
	// hopeless is how many single GETs in a row may fail, other than by 404,
	// before the rest are written down as owed without asking.
	hopeless = 25
)

// fetcher brings what is wanted, by the roads that the pacer chooses.
type fetcher struct {
	r       *run
	pacer   *plan.Pacer
	rest    []plan.Want
	split   [][]plan.Want // batches that failed as a whole, in halves
	singles []plan.Want   // to be asked for one by one
	blame   map[string]error
	strikes int
}

// fetch brings everything that is wanted and not here yet. What can't be had
// is noted in the diff; an error means that the collection can't go on.
func (r *run) fetch(ctx context.Context) error {
	wants := r.awaited(r.diff.Wants(r.complete))
	total := r.diff.Live()
	if r.complete {
		total = r.diff.Listings()
	}
	f := &fetcher{r: r, pacer: plan.NewPacer(r.mem, total), rest: wants, blame: map[string]error{}}
	if len(wants) > 0 {
		r.s.tell.step(r.known.ID, r.col.Title(), fetching)
		done, _ := r.taken()
		r.s.tell.total(done + len(wants))
	}
	err := f.all(ctx)
	inline := r.mem.Inline
	r.mem, r.mem.Inline = f.pacer.Memory(), inline
	return err
}

func (f *fetcher) all(ctx context.Context) error {
	for {
		n := len(f.rest)
		for _, s := range f.split {
			n += len(s)
		}
		if n == 0 {
			break
		}
		var err error
		switch bite := f.pacer.Next(n); bite.Road {
		case pim.ViaQuery:
			err = f.query(ctx, bite)
		case pim.ViaMultiget:
			err = f.multiget(ctx, bite)
		default:
			for _, c := range f.cut(plan.Bite{Batch: bite.Batch, Conns: 1}) {
				err = f.gets(ctx, c, bite)
			}
		}
		if err != nil {
			return err
		}
	}
	if err := f.gets(ctx, f.singles, plan.Bite{Road: pim.ViaGet, Conns: 2}); err != nil {
		return err
	}
	return f.repairs(ctx)
}

// query fetches everything by one request. What it leaves out is fetched by
// name afterwards; that it fails costs nothing but the road.
func (f *fetcher) query(ctx context.Context, bite plan.Bite) error {
	before, bytesBefore := f.r.taken()
	began := f.r.m.clock()
	err := f.r.m.Remote.Query(ctx, f.r.col, func(x pim.Fetched) error {
		if x.Err != nil {
			return nil
		}
		return f.r.take(answered(x))
	})
	after, bytesAfter := f.r.taken()
	if err != nil {
		if e := f.end(ctx, err, after > before); e != nil {
			return e
		}
		f.pacer.Failed(bite, bite.Batch, refused(err))
	} else {
		f.strikes = 0
		f.pacer.Did(bite, after-before, bytesAfter-bytesBefore, f.r.m.since(began))
	}
	f.rest = f.r.awaited(f.rest)
	for i := range f.split {
		f.split[i] = f.r.awaited(f.split[i])
	}
	return nil
}

// answered is an object with its href set, however it came.
func answered(x pim.Fetched) pim.Object {
	o := x.Object
	if x.Href != "" {
		o.Href = x.Href
	}
	return o
}

// end says whether an error ends the collection: what stops the account, a
// server that asked to wait, and one that is cut off again and again.
func (f *fetcher) end(ctx context.Context, err error, progress bool) error {
	if ctx.Err() != nil || stops(err) {
		return err
	}
	switch pim.FaultOf(err) {
	case pim.Busy:
		return err
	case pim.Offline:
		f.strikes++
		if progress {
			f.strikes = 1
		}
		if f.strikes >= strikeLimit {
			return err
		}
	}
	return nil
}

// cut takes the next batches: halves of what failed first, each by itself.
func (f *fetcher) cut(b plan.Bite) [][]plan.Want {
	var cuts [][]plan.Want
	for len(cuts) < b.Conns {
		switch {
		case len(f.split) > 0:
			last := len(f.split) - 1
			if c := f.split[last]; len(c) > 0 {
				cuts = append(cuts, c)
			}
			f.split = f.split[:last]
		case len(f.rest) > 0:
			n := min(b.Batch, len(f.rest))
			cuts = append(cuts, f.rest[:n:n])
			f.rest = f.rest[n:]
		default:
			return cuts
		}
	}
	return cuts
}

// batch is how one multiget went.
type batch struct {
	wants  []plan.Want
	failed []pim.Fetched
	err    error
}

func (f *fetcher) multiget(ctx context.Context, bite plan.Bite) error {
	before, bytesBefore := f.r.taken()
	began := f.r.m.clock()
	cuts := f.cut(bite)
	batches := make([]batch, len(cuts))
	var group errgroup.Group
	for i, wants := range cuts {
		batches[i].wants = wants
		group.Go(func() error { f.ask(ctx, &batches[i]); return nil })
	}
	_ = group.Wait() // each batch has its own error
	after, bytesAfter := f.r.taken()
	whole := true
	for i := range batches {
		if err := f.settle(ctx, bite, &batches[i]); err != nil {
			return err
		}
		whole = whole && batches[i].err == nil
	}
	if whole {
		f.strikes = 0
		f.pacer.Did(bite, after-before, bytesAfter-bytesBefore, f.r.m.since(began))
	}
	return nil
}

func (f *fetcher) ask(ctx context.Context, b *batch) {
	hrefs := make([]pim.Href, len(b.wants))
	for i, w := range b.wants {
		hrefs[i] = w.Href
	}
	b.err = f.r.m.Remote.Multiget(ctx, f.r.col, hrefs, func(x pim.Fetched) error {
		if x.Err != nil {
			b.failed = append(b.failed, x)
			return nil
		}
		return f.r.take(answered(x))
	})
}

// settle sees to what a multiget did not bring.
func (f *fetcher) settle(ctx context.Context, bite plan.Bite, b *batch) error {
	for _, x := range b.failed {
		f.blame[x.Href.Key()] = x.Err
		if key := x.Href.Key(); notThere(x.Err) && f.r.doubted(key) {
			f.owe(plan.Want{Key: key}, x.Err)
		}
	}
	left := f.r.awaited(b.wants)
	if b.err == nil {
		f.alone(left, errNoAnswer)
		return nil
	}
	if err := f.end(ctx, b.err, len(left) < len(b.wants)); err != nil {
		return err
	}
	var again []plan.Want
	for _, w := range left {
		if f.blame[w.Key] != nil {
			f.singles = append(f.singles, w)
		} else {
			again = append(again, w)
		}
	}
	no := refused(b.err) && bite.Conns == 1 // some answer 501 to a second connection
	f.pacer.Failed(bite, len(b.wants), no)
	switch {
	case len(again) == 0:
	case no:
		f.split = append(f.split, again)
	case len(again) == 1:
		f.alone(again, b.err)
	default:
		half := len(again) / 2
		f.split = append(f.split, again[half:], again[:half])
	}
	return nil
}

// alone puts wants aside to be asked for one by one.
func (f *fetcher) alone(wants []plan.Want, err error) {
	for _, w := range wants {
		if f.blame[w.Key] == nil {
			f.blame[w.Key] = err
		}
		f.singles = append(f.singles, w)
	}
}
