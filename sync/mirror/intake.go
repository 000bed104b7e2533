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

	group   *errgroup.Group
	ctx     context.Context // ends when the vault fails
	room    *semaphore.Weighted
	raw     chan pim.Object
	ready   chan pim.Recorded
	parcels chan parcel
	dead    chan struct{}  // closed when the vault fails: nobody takes any more
	die     func()         // closes it
	done    sync.WaitGroup // workers
	mu      sync.Mutex
	unput   []pim.Recorded // parcels that were not put, the run being stopped
	last    []pim.Recorded // the parcel that was not full
	closed  bool
}

// newIntake begins a run of a collection, beside its caller.
func (m *Mirror) newIntake(ctx context.Context, collection int64, kind pim.Kind, tell *teller) *intake {
	group, ctx := errgroup.WithContext(ctx)
	n := m.workers()
	in := &intake{
		m: m, collection: collection, kind: kind, tell: tell, group: group, ctx: ctx,
		room:    semaphore.NewWeighted(flightBytes),
		raw:     make(chan pim.Object, n),
		ready:   make(chan pim.Recorded, n),
		parcels: make(chan parcel),
		dead:    make(chan struct{}),
	}
	in.die = sync.OnceFunc(func() { close(in.dead) })
	for range n {
		in.done.Add(1)
		group.Go(func() error { defer in.done.Done(); return in.understand() })
	}
	group.Go(func() error { in.done.Wait(); close(in.ready); return nil })
	group.Go(in.gather)
	group.Go(in.store)
	return in
}

// weight is what an object counts against flightBytes. A pending parcel holds
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

// parcel is what one Put takes.
type parcel struct {
	objects []pim.Recorded
	bytes   int64 // of bodies
	weighs  int64 // of flightBytes
}

func (p *parcel) full() bool {
	return len(p.objects) >= batchObjects || p.bytes+int64(len(p.objects))*objectCost >= batchBytes
}

// gather packs what is understood, so that the next parcel fills while one is
// being written.
func (in *intake) gather() error {
	defer close(in.parcels)
	var p parcel
	for r := range in.ready {
		p.objects = append(p.objects, r)
		p.bytes += int64(len(r.Object.Body))
		p.weighs += weight(r.Object)
		if !p.full() {
			continue
		}
		select {
		case in.parcels <- p:
		case <-in.dead:
			return nil // the reason is the vault's
		}
		p = parcel{objects: make([]pim.Recorded, 0, len(p.objects))}
	}
	in.last = p.objects
	return nil
}

func (in *intake) store() error {
	var err error
	if in.run, err = in.m.Vault.BeginRun(in.ctx, in.collection); err != nil {
		in.die()
		return fromVault(err)
	}
	// The vault readies one parcel while it writes another. They hold different
	// objects, so it does not matter which goes first.
	var writes errgroup.Group
	writes.SetLimit(2)
	for p := range in.parcels {
		writes.Go(func() error { return in.write(p) })
	}
	return writes.Wait()
}

func (in *intake) write(p parcel) error {
	var err error
	if in.ctx.Err() == nil {
		if err = in.m.Vault.Put(in.ctx, in.run, p.objects); err == nil {
			in.tell.stored(in.collection, len(p.objects), p.bytes)
			in.room.Release(p.weighs)
			return nil
		}
	}
	if in.ctx.Err() == nil {
		in.die()
		return fromVault(err)
	}
	in.mu.Lock()
	in.unput = append(in.unput, p.objects...) // stopped
	in.mu.Unlock()
	return nil
}

// close ends the intake and gives what was not put: it is for the run's last
// transaction. The error is the vault's.
func (in *intake) close() ([]pim.Recorded, error) {
	if in.closed {
		return nil, nil
	}
	in.closed = true
	close(in.raw)
	err := in.group.Wait()
	return append(in.unput, in.last...), err
}
