package mirror

import (
	"sync"
	"time"
)

// progressEvery bounds how often Progress is called.
const progressEvery = 100 * time.Millisecond

// teller passes steps on at a bounded rate. A change of what is being done is
// passed on at once; numbers wait for their turn.
type teller struct {
	tell  func(Step)
	clock func() time.Time
	mu    sync.Mutex
	now   Step
	told  time.Time
}

func (t *teller) step(collection, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tell == nil || t.now.Collection == collection && t.now.Text == text {
		return
	}
	t.now.Text = text
	if t.now.Collection != collection {
		t.now = Step{Collection: collection, Text: text}
	}
	t.say(false)
}

func (t *teller) total(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now.Total = int64(n)
}

func (t *teller) stored(n int, bytes int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now.Done += int64(n)
	t.now.Bytes += bytes
	t.say(false)
}

func (t *teller) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.say(true)
}

func (t *teller) say(always bool) {
	if t.tell == nil {
		return
	}
	if now := t.clock(); always || now.Sub(t.told) >= progressEvery {
		t.told = now
		t.tell(t.now)
	}
}
