package plan

import (
	"time"

	"sidekeep/sync/pim"
)

const (
	firstBatch = 50   // small enough to learn from within seconds on the slowest server
	maxBatch   = 1000 // beyond it no server measured gained
	maxConns   = 4    // some servers are fragile with more
	// maxBatchBytes bounds what one failed multiget costs.
	maxBatchBytes = 8 << 20
	// priorQueryRate stands for an unfiltered query that was never measured:
	// less than the slowest that was (1,300 objects a second).
	priorQueryRate = 1000
	// quickServer is how many objects a second another road must have given for
	// the first multiget to be a large one.
	quickServer = 1000
	// worthQuery is how many seconds a query must save before the objects it
	// brings in vain are worth it.
	worthQuery = 1.0
)

// Bite is one thing to do next: fetch up to Batch objects on each of Conns
// connections by Road (for ViaQuery: everything, by one request).
type Bite struct {
	Road  pim.Via
	Batch int
	Conns int
}

// Pacer chooses the road and the size of each bite by what the last ones
// took. It reads no clock: the caller measures.
type Pacer struct {
	mem   Memory
	total int // objects in the collection

	batch, conns int
	climb        climb
	last         float64 // objects a second of the bite before
	best         float64
	size         float64 // bytes an object, smoothed
	measured     bool    // multiget, in this run
	queried      bool    // in this run
	lone         int     // single multigets in a row that failed
}

type climb int

const (
	growBatch climb = iota
	growConns
	settled
)

// NewPacer starts with what is remembered, for a collection of total objects.
func NewPacer(m Memory, total int) *Pacer {
	p := &Pacer{mem: m, total: total, batch: firstBatch, conns: 1}
	if max(m.Inline.Rate, m.Query.Rate) > quickServer && m.Multiget.Rate == 0 {
		p.batch = 4 * firstBatch // it has just shown that it need not be felt for
	}
	if m.Batch > firstBatch {
		p.batch, p.conns, p.climb = m.Batch, max(m.Conns, 1), settled
	}
	return p
}

// Memory is what to remember.
func (p *Pacer) Memory() Memory { return p.mem }

// AskInline says whether to ask for the data within sync-collection: where
// everything is needed and it was never refused, or where it is known to work.
func AskInline(m Memory, whole bool) bool {
	if m.Inline.closed() {
		return false
	}
	return whole && m.Inline.Bad == 0 || m.Inline.Rate > 0 && m.Inline.Cover > 0.5
}

// Inlined notes how a sync-collection that was asked for data went: how many
// of the objects it listed came with it.
func (m *Memory) Inlined(listed, came int, took time.Duration) {
	if listed == 0 {
		return
	}
	m.Inline.Cover = float64(came) / float64(listed)
	if came*2 < listed {
		m.Inline.Bad = badLimit // it does not do this: no harm, nothing gained
		return
	}
	m.Inline.went(perSecond(came, took))
}

// Next gives the next bite when remaining objects are still wanted.
func (p *Pacer) Next(remaining int) Bite {
	if p.wantQuery(remaining) {
		return Bite{Road: pim.ViaQuery, Batch: remaining, Conns: 1}
	}
	conns := min(p.conns, remaining)
	if p.mem.Multiget.closed() {
		if p.mem.Get.Bad == 0 {
			conns = min(maxConns, remaining)
		}
		return Bite{Road: pim.ViaGet, Batch: min(remaining, firstBatch), Conns: conns}
	}
	batch := p.batch
	if p.size > 0 {
		batch = max(1, min(batch, int(maxBatchBytes/p.size)))
	}
	// The last bites are shared out evenly among the connections.
	if remaining < batch*conns {
		if remaining <= batch/2 {
			conns = 1
		}
		batch = (remaining + conns - 1) / conns
	}
	return Bite{Road: pim.ViaMultiget, Batch: batch, Conns: conns}
}

func (p *Pacer) wantQuery(remaining int) bool {
	q := p.mem.Query
	if p.queried || q.closed() || q.Cover > 0 && q.Cover < 0.5 || p.total == 0 {
		return false
	}
	rate := q.Rate
	if rate == 0 {
		rate = priorQueryRate
	}
	byQuery := float64(p.total) / rate
	known := p.mem.Multiget.Rate > 0
	byMultiget := 0.0
	if known {
		byMultiget = float64(remaining) / p.mem.Multiget.Rate
	}
	if p.mem.Multiget.closed() {
		return remaining > firstBatch // against as many single GETs
	}
	if known && byMultiget > 1.5*byQuery+worthQuery {
		return true
	}
	whole := remaining*2 >= p.total && remaining > firstBatch
	return whole && !(p.measured && byMultiget < byQuery)
}

// Did notes that a bite brought items of bytes in the time it took.
func (p *Pacer) Did(b Bite, items int, bytes int64, took time.Duration) {
	rate := perSecond(items, took)
	if items > 0 {
		size := float64(bytes) / float64(items)
		if p.size == 0 {
			p.size = size
		}
		p.size += (size - p.size) / 4
	}
	switch b.Road {
	case pim.ViaQuery:
		p.queried = true
		p.mem.Query.Cover = float64(items) / float64(max(b.Batch, 1))
		p.mem.Query.went(perSecond(max(items, 1), took))
	case pim.ViaGet:
		p.mem.Get.went(rate)
	case pim.ViaMultiget:
		p.lone = 0
		p.measured = true
		p.mem.Multiget.went(rate)
		if items*10 >= p.batch*p.conns*9 { // a full bite, to learn from
			p.learn(rate)
		}
	}
}

// learn climbs: larger batches as long as they are not slower, then more
// connections as long as they are faster.
func (p *Pacer) learn(rate float64) {
	defer func() { p.last = rate }()
	switch p.climb {
	case growBatch:
		if p.last > 0 && rate < 0.75*p.last {
			p.batch, p.climb = max(1, p.batch/2), growConns
		}
		p.best = max(p.best, rate)
		p.remember()
		if p.climb == growConns || p.batch >= maxBatch {
			p.climb, p.conns = growConns, 2
			return
		}
		p.batch = min(p.batch*2, maxBatch)
	case growConns:
		if rate < 1.15*p.best {
			p.conns, p.climb = max(1, p.conns/2), settled
			return
		}
		p.best = rate
		p.remember()
		if p.conns >= maxConns {
			p.climb = settled
			return
		}
		p.conns = min(p.conns*2, maxConns)
	case settled:
		if p.batch < firstBatch || p.best > 0 && rate < p.best/3 {
			p.climb, p.best = growBatch, rate // the server is not what it was
		}
	}
}

func (p *Pacer) remember() { p.mem.Batch, p.mem.Conns = p.batch, p.conns }

// Failed notes that a bite of asked objects failed as a whole. The next one is
// smaller. Where even single multigets fail, one after the other, or where the
// server refuses the request for good, the road is closed.
func (p *Pacer) Failed(b Bite, asked int, refused bool) {
	switch b.Road {
	case pim.ViaQuery:
		p.queried = true
		p.mem.Query.Bad++
		if refused {
			p.mem.Query.Bad = badLimit
		}
	case pim.ViaGet:
		p.mem.Get.Bad++
	case pim.ViaMultiget:
		p.batch, p.conns, p.climb = max(1, asked/2), 1, settled
		if asked == 1 {
			p.lone++
		}
		if refused || p.lone >= badLimit {
			p.mem.Multiget.Bad = badLimit
		}
		p.mem.Batch, p.mem.Conns = 0, 0
	}
}

func perSecond(n int, took time.Duration) float64 {
	if took < time.Microsecond {
		took = time.Microsecond
	}
	return float64(n) / took.Seconds()
}
