package plan

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sidekeep/sync/pim"
)

func TestMemory_IsTolerant(t *testing.T) {
	for _, s := range []string{"", "x", "{}", "null", "[]", `{"v":99,"batch":5}`, `{"v":"1"}`, "\x00"} {
		if m := ParseMemory(s); m != (Memory{V: memoryVersion}) {
			t.Errorf("%q: %+v", s, m)
		}
	}
	m := ParseMemory(`{"v":1,"batch":100000,"conns":-3,"query":{"rate":-1},"later":{"x":1}}`)
	if m.Batch != maxBatch || m.Conns != 0 || m.Query != (Speed{}) {
		t.Errorf("%+v", m)
	}
	m = Memory{V: 1, Inline: Speed{Rate: 10, Cover: 1}, Batch: 400, Conns: 2, NoSync: 3}
	if back := ParseMemory(m.String()); back != m {
		t.Errorf("%s: %+v", m, back)
	}
	rapid.Check(t, func(t *rapid.T) { // never panics, always gives something usable
		m := ParseMemory(rapid.String().Draw(t, "memory"))
		if b := NewPacer(m, 100).Next(100); b.Batch < 1 || b.Conns < 1 {
			t.Fatalf("%+v", b)
		}
	})
}

// model is how a server spends time, in seconds; after research on real ones.
type model struct {
	latency  float64 // a request
	item     float64 // an object in a multiget
	query    float64 // everything by a query; 0: it has none
	parallel float64 // speed-up by four connections
	window   float64 // share of what a query gives
}

func (m model) multiget(b Bite, n int) float64 {
	speed := 1 + (m.parallel-1)*float64(b.Conns-1)/3
	return (m.latency*float64((n+b.Batch-1)/b.Batch) + m.item*float64(n)) / speed
}

// simulate fetches remaining of total objects and gives the seconds and
// requests it took.
func (m model) simulate(mem Memory, remaining, total int) (seconds float64, requests int, after Memory) {
	p := NewPacer(mem, total)
	for remaining > 0 && requests < 100000 {
		b := p.Next(remaining)
		var took float64
		n := 0
		switch b.Road {
		case pim.ViaQuery:
			requests++
			if m.query == 0 {
				p.Failed(b, remaining, true)
				seconds += m.latency
				continue
			}
			took = m.query * float64(total)
			n = int(float64(remaining) * m.window)
		case pim.ViaMultiget:
			n = min(remaining, b.Batch*b.Conns)
			took = m.multiget(b, n)
			requests += (n + b.Batch - 1) / b.Batch
		case pim.ViaGet:
			n = min(remaining, b.Batch)
			took = (m.latency + m.item) * float64(n)
			requests += n
		}
		seconds += took
		remaining -= n
		p.Did(b, n, int64(n)*3000, time.Duration(took*float64(time.Second)))
	}
	return seconds, requests, p.Memory()
}

func TestPacer_AgainstModelsOfServers(t *testing.T) {
	xandikos := model{latency: 0.005, item: 0.042, query: 0.0004, parallel: 1, window: 1}
	radicale := model{latency: 0.01, item: 0.0001, query: 0.00007, parallel: 1.3, window: 1}
	cyrus := model{latency: 0.05, item: 0.00007, query: 0.00006, parallel: 3.2, window: 1}
	noQuery := cyrus
	noQuery.query = 0
	windowed := cyrus
	windowed.window = 0.3
	slowQuery := model{latency: 0.01, item: 0.0001, query: 0.02, parallel: 2, window: 1}
	for _, c := range []struct {
		name             string
		m                model
		remaining, total int
		seconds          float64
		requests         int
	}{
		{"xandikos, everything", xandikos, 5000, 5000, 2.1, 1},
		{"xandikos, a fifth", xandikos, 1000, 5000, 5, 3},
		{"xandikos, ten", xandikos, 10, 5000, 0.5, 1},
		{"radicale, everything", radicale, 5000, 5000, 0.4, 1},
		{"radicale, a fifth", radicale, 1000, 5000, 0.2, 8},
		{"cyrus, everything", cyrus, 5000, 5000, 0.4, 1},
		{"cyrus without query", noQuery, 5000, 5000, 1.2, 20},
		{"cyrus, windowed query", windowed, 5000, 5000, 1.3, 18},
		{"a slow query is not taken for a few", slowQuery, 200, 5000, 0.2, 4},
		{"ten", cyrus, 10, 15000, 0.06, 1},
	} {
		seconds, requests, mem := c.m.simulate(Memory{V: 1}, c.remaining, c.total)
		if seconds > c.seconds || requests > c.requests {
			t.Errorf("%s: %.2f s in %d requests, want %.2f s in %d", c.name, seconds, requests, c.seconds, c.requests)
		}
		again, _, _ := c.m.simulate(ParseMemory(mem.String()), c.remaining, c.total)
		if again > seconds*1.1 {
			t.Errorf("%s: %.2f s with what was learned, %.2f s without", c.name, again, seconds)
		}
	}
}

// A road that fails is left, whatever the order of failures, and the end is
// always reached.
func TestPacer_AlwaysEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.IntRange(1, 3000).Draw(t, "total")
		remaining := rapid.IntRange(1, total).Draw(t, "remaining")
		p := NewPacer(Memory{V: 1}, total)
		for step := 0; remaining > 0; step++ {
			if step > 4000 {
				t.Fatal("no end")
			}
			b := p.Next(remaining)
			if b.Batch < 1 || b.Conns < 1 || b.Conns > maxConns || b.Batch > max(maxBatch, total) {
				t.Fatalf("%+v", b)
			}
			if rapid.IntRange(0, 3).Draw(t, "luck") == 0 {
				p.Failed(b, min(b.Batch, remaining), rapid.Bool().Draw(t, "refused"))
				if b.Road == pim.ViaGet {
					remaining--
				}
				continue
			}
			n := min(remaining, b.Batch*b.Conns)
			p.Did(b, n, int64(n)*100, time.Duration(rapid.IntRange(0, 1000).Draw(t, "ms"))*time.Millisecond)
			remaining -= n
		}
		if s := p.Memory().String(); ParseMemory(s).String() != s {
			t.Fatal(s)
		}
	})
}

func TestPacer_ClosesARoadThatFailsAlone(t *testing.T) {
	p := NewPacer(Memory{V: 1}, 20)
	sizes := ""
	for n := 20; ; n /= 2 {
		b := p.Next(20)
		if b.Road != pim.ViaMultiget {
			break
		}
		sizes += fmt.Sprintf("%d ", b.Batch)
		p.Failed(b, b.Batch, false)
	}
	if sizes != "20 10 5 2 1 1 1 " {
		t.Errorf("sizes %q", sizes)
	}
	m := p.Memory()
	if !m.Multiget.closed() {
		t.Error("not closed")
	}
	m.Reopen()
	if b := NewPacer(m, 20).Next(20); b.Road != pim.ViaMultiget {
		t.Errorf("an audit does not reopen it: %+v", b)
	}
}

func TestAskInline(t *testing.T) {
	var m Memory
	if !AskInline(m, true) || AskInline(m, false) {
		t.Error("unknown: for everything, not for a few")
	}
	m.Inlined(100, 100, time.Second)
	if !AskInline(m, true) || !AskInline(m, false) {
		t.Errorf("known to work: %+v", m.Inline)
	}
	m.Inline.Bad++
	if AskInline(m, true) && m.Inline.Rate == 0 {
		t.Error("it failed for everything")
	}
	m.Inlined(100, 0, time.Second)
	if AskInline(m, true) || AskInline(m, false) {
		t.Error("it gives no data")
	}
}
