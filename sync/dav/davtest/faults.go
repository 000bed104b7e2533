package davtest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// FaultKind is how a request goes wrong.
type FaultKind string

// The kinds of faults.
const (
	Reset   FaultKind = "reset"   // the connection is reset before a header is sent
	Cut     FaultKind = "cut"     // the connection ends after After bytes of the body
	Stall   FaultKind = "stall"   // nothing more comes after After bytes, until Release or Close
	Status  FaultKind = "status"  // Status, with Header and Body
	Garbage FaultKind = "garbage" // 207 with bytes that are no XML
	// Lost carries the request out and loses the answer: the connection is reset,
	// or Status is sent in its place where that is set.
	Lost FaultKind = "lost"
	Drip FaultKind = "drip" // the body comes in pieces of After bytes, one each Pause
)

// Fault breaks requests. The zero At and a nil Match mean every request.
type Fault struct {
	Kind   FaultKind
	At     int                // the request with this number (Request.N); 0: any
	Match  func(Request) bool // only requests that match; nil: any
	Times  int                // how many requests to break; 0 is one, negative is all
	After  int                // bytes of the body, for Cut, Stall and Drip
	Pause  time.Duration      // for Drip; 0 is a millisecond
	Status int                // for Status
	Header http.Header        // for Status
	Body   string             // for Status and Garbage
}

// faultBox holds the faults that wait for their request.
type faultBox struct {
	mu      sync.Mutex
	list    []*Fault
	rng     *rand.Rand
	rate    float64
	kinds   []FaultKind
	hit     int
	stalled int
	waitCh  chan struct{} // closed when a stall begins
	freeCh  chan struct{} // closed by release
}

// Fail adds a fault.
func (s *Server) Fail(f Fault) {
	b := &s.faults
	b.mu.Lock()
	defer b.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	b.list = append(b.list, &f)
}

// FailAt breaks request number n, counted since the last ResetRequests.
func (s *Server) FailAt(n int, kind FaultKind) {
	s.Fail(Fault{Kind: kind, At: n, Status: http.StatusInternalServerError})
}

// FailRandomly breaks about rate (0 to 1) of all requests from now on, in a
// way that seed decides; kinds are those to choose from, or Reset, Cut,
// Status and Garbage. Rate 0 ends it.
func (s *Server) FailRandomly(seed uint64, rate float64, kinds ...FaultKind) {
	b := &s.faults
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(kinds) == 0 {
		kinds = []FaultKind{Reset, Cut, Status, Garbage}
	}
	b.rng, b.rate, b.kinds = rand.New(rand.NewPCG(seed, 1)), rate, kinds
}

// ClearFaults takes all faults away and releases what is stalled.
func (s *Server) ClearFaults() {
	b := &s.faults
	b.mu.Lock()
	b.list, b.rng, b.rate = nil, nil, 0
	b.mu.Unlock()
	b.release()
}

// FaultsHit counts the requests that were broken so far.
func (s *Server) FaultsHit() int {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	return s.faults.hit
}

// Stalled gives a channel that is closed once a request is stalled.
func (s *Server) Stalled() <-chan struct{} {
	b := &s.faults
	b.mu.Lock()
	defer b.mu.Unlock()
	b.channels()
	return b.waitCh
}

// Release lets stalled requests go on.
func (s *Server) Release() { s.faults.release() }

func (b *faultBox) channels() {
	if b.waitCh == nil {
		b.waitCh, b.freeCh = make(chan struct{}), make(chan struct{})
	}
}

func (b *faultBox) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.freeCh != nil {
		close(b.freeCh)
	}
	b.waitCh, b.freeCh, b.stalled = nil, nil, 0
}

// stall waits for a release, or for the client to go away.
func (b *faultBox) stall(c *call) {
	b.mu.Lock()
	b.channels()
	if b.stalled == 0 {
		close(b.waitCh)
	}
	b.stalled++
	free := b.freeCh
	b.mu.Unlock()
	select {
	case <-free:
	case <-c.r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

// pick finds the fault for a request.
func (b *faultBox) pick(r Request) (Fault, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.list {
		if f.Times != 0 && (f.At == 0 || f.At == r.N) && (f.Match == nil || f.Match(r)) {
			f.Times--
			b.hit++
			return *f, true
		}
	}
	if b.rng == nil || b.rng.Float64() >= b.rate {
		return Fault{}, false
	}
	b.hit++
	statuses := []int{500, 502, 503, 504, 408, 429}
	return Fault{
		Kind: b.kinds[b.rng.IntN(len(b.kinds))], After: b.rng.IntN(4000), Pause: time.Millisecond,
		Status: statuses[b.rng.IntN(len(statuses))], Header: http.Header{"Retry-After": {"0"}},
	}, true
}

// before applies a fault; true: the request is answered with it.
func (b *faultBox) before(c *call) bool {
	f, ok := b.pick(*c.log)
	if !ok {
		return false
	}
	switch f.Kind {
	case Reset:
		reset(c)
	case Status:
		for k, v := range f.Header {
			c.w.Header()[k] = v
		}
		c.w.Header().Set("Content-Length", strconv.Itoa(len(f.Body)))
		c.w.WriteHeader(f.Status)
		_, _ = c.w.Write([]byte(f.Body))
	case Garbage:
		if f.Body == "" {
			f.Body = "\x00\x01\xff<<<not xml & never was\r\n"
		}
		c.w.Header().Set("Content-Type", "application/xml; charset=utf-8")
		c.w.WriteHeader(http.StatusMultiStatus)
		_, _ = c.w.Write([]byte(f.Body))
	case Lost:
		c.lost = &loser{f: f}
		return false
	case Cut, Stall, Drip:
		if f.Kind == Stall && f.After == 0 {
			b.stall(c)
			return false
		}
		c.cut = &cutter{ResponseWriter: c.w, c: c, f: f, left: f.After}
		c.w = c.cut
		return false
	default:
		panic(fmt.Sprintf("davtest: no such fault: %q", f.Kind))
	}
	return true
}

// reset ends the connection so that the client sees a reset, not an end.
func reset(c *call) {
	conn, _, err := http.NewResponseController(c.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// loser answers into nothing, and then breaks the connection.
type loser struct {
	f      Fault
	header http.Header
}

func (l *loser) answer(c *call) {
	w := c.w
	l.header = http.Header{}
	c.w = l
	c.answer()
	c.w = w
	if l.f.Status == 0 {
		reset(c)
		return
	}
	for k, v := range l.f.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(l.f.Status)
}

func (l *loser) Header() http.Header         { return l.header }
func (l *loser) WriteHeader(int)             {}
func (l *loser) Write(b []byte) (int, error) { return len(b), nil }

// cutter is a ResponseWriter whose body ends early, stalls, or drips.
type cutter struct {
	http.ResponseWriter
	c     *call
	f     Fault
	left  int
	short bool
}

func (k *cutter) Write(b []byte) (int, error) {
	if k.f.Kind == Drip {
		return k.drip(b)
	}
	if k.short || len(b) < k.left {
		n, err := k.ResponseWriter.Write(b)
		k.left -= n
		return n, err
	}
	n, err := k.ResponseWriter.Write(b[:k.left])
	if err != nil {
		return n, err
	}
	k.left = 0
	_ = http.NewResponseController(k.ResponseWriter).Flush()
	if k.f.Kind == Cut {
		panic(http.ErrAbortHandler)
	}
	k.c.s.faults.stall(k.c)
	k.short = true // released: the rest goes out
	more, err := k.ResponseWriter.Write(b[n:])
	return n + more, err
}

func (k *cutter) drip(b []byte) (int, error) {
	step, pause := max(1, k.f.After), k.f.Pause
	if pause == 0 {
		pause = time.Millisecond
	}
	sent := 0
	for sent < len(b) {
		n, err := k.ResponseWriter.Write(b[sent:min(sent+step, len(b))])
		sent += n
		if err != nil {
			return sent, err
		}
		_ = http.NewResponseController(k.ResponseWriter).Flush()
		k.c.wait(pause)
	}
	return sent, nil
}

// finish cuts an answer that was shorter than After.
func (k *cutter) finish() {
	if k.f.Kind != Cut {
		return
	}
	if p := recover(); p != nil {
		panic(p)
	}
	_ = http.NewResponseController(k.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

func (k *cutter) Unwrap() http.ResponseWriter { return k.ResponseWriter }
