package mirror

import (
	"context"
	"crypto/sha256"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"sidekeep/sync/pim"
)

const (
	batchObjects = 800     // objects a Put
	batchBytes   = 5 << 19 // bytes of bodies a Put
	// flightBytes bounds the bodies that were received and are not yet in the
	// vault: when it is reached the network waits.
	flightBytes = 5 << 20
	// objectCost is what an object weighs beside its body: its summary, its
	// strings.
	objectCost = 2 << 10
)

// intake takes objects as they come from the network, understands them in
// workers and puts them into the vault in batches. Close waits for all of it.
type intake struct {
	m          *Mirror
	collection int64
	kind       pim.Kind
	tell       *teller
	run        pim.RunID // 0 until it is begun; to be read after close

	group  *errgroup.Group
	ctx    context.Context // ends when the vault fails
	room   *semaphore.Weighted
	raw    chan pim.Object
	ready  chan pim.Recorded
	dead   chan struct{}  // closed when the vault fails: nobody takes any more
	done   sync.WaitGroup // workers
	last   []pim.Recorded // the batch that was not put
	closed bool
}

// newIntake begins a run of a collection, beside its caller.
func (m *Mirror) newIntake(ctx context.Context, collection int64, kind pim.Kind, tell *teller) *intake {
	group, ctx := errgroup.WithContext(ctx)
	n := m.workers()
	in := &intake{
		m: m, collection: collection, kind: kind, tell: tell, group: group, ctx: ctx,
		room:  semaphore.NewWeighted(flightBytes),
		raw:   make(chan pim.Object, n),
		ready: make(chan pim.Recorded, n),
		dead:  make(chan struct{}),
	}
	for range n {
		in.done.Add(1)
		group.Go(func() error { defer in.done.Done(); return in.understand() })
	}
	group.Go(func() error { in.done.Wait(); close(in.ready); return nil })
	group.Go(in.store)
	return in
}

// weight is what an object counts against flightBytes. A pending batch holds
// less than batchBytes, so whatever is above may always come in: an object
// larger than that counts as that.
func weight(o pim.Object) int64 {
	return min(int64(len(o.Body))+objectCost, flightBytes-batchBytes-objectCost)
}

// put hands an object in. It waits while too much is in flight.
func (in *intake) put(o pim.Object) error {
	if err := in.room.Acquire(in.ctx, weight(o)); err != nil {
		return in.ctx.Err()
	}
	select {
	case in.raw <- o:
		return nil
	case <-in.ctx.Done():
		return in.ctx.Err()
	}
}

func (in *intake) understand() error {
	for o := range in.raw {
		r := pim.Recorded{Object: o, SHA256: sha256.Sum256(o.Body), Summary: in.m.Describe(in.kind, o.Body)}
		select {
		case in.ready <- r:
		case <-in.dead:
			return nil // the reason is the vault's
		}
	}
	return nil
}

func (in *intake) store() error {
	var err error
	if in.run, err = in.m.Vault.BeginRun(in.ctx, in.collection); err != nil {
		close(in.dead)
		return fromVault(err)
	}
	var batch []pim.Recorded
	var bytes, weighs int64
	for r := range in.ready {
		batch = append(batch, r)
		bytes += int64(len(r.Object.Body)) + objectCost
		weighs += weight(r.Object)
		if len(batch) < batchObjects && bytes < batchBytes {
			continue
		}
		if in.ctx.Err() != nil {
			continue // stopped: what is here yet goes into the run's last transaction
		}
		if err := in.m.Vault.Put(in.ctx, in.run, batch); err != nil {
			if in.ctx.Err() != nil {
				continue
			}
			close(in.dead)
			return fromVault(err)
		}
		in.tell.stored(in.collection, len(batch), bytes-int64(len(batch))*objectCost)
		in.room.Release(weighs)
		clear(batch)
		batch, bytes, weighs = batch[:0], 0, 0
	}
	in.last = batch
	return nil
}

// close ends the intake and gives the batch that was not put: it is for the
// run's last transaction. The error is the vault's.
func (in *intake) close() ([]pim.Recorded, error) {
	if in.closed {
		return nil, nil
	}
	in.closed = true
	close(in.raw)
	err := in.group.Wait()
	return in.last, err
}
