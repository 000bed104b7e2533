package mirror

import (
	"sync"
	"time"
)

// progressEvery bounds how often Progress is called.
const progressEvery = 100 * time.Millisecond

// teller passes steps on at a bounded rate. A change of what is being done is
// passed on at once; numbers wait for their turn. It tells of the collection
// that the server is asked for: that the last of the one before is still being
// written is not worth a word.
type teller struct {
	tell  func(Step)
	clock func() time.Time
	mu    sync.Mutex
	now   Step
	about int64 // the collection of now; 0: the account
	told  time.Time
}

func (t *teller) step(about int64, collection, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tell == nil || t.about == about && t.now.Text == text {
		return
	}
	t.now.Text = text
	if t.about != about {
		t.about, t.now = about, Step{Collection: collection, Text: text}
	}
	t.say(false)
}

func (t *teller) total(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now.Total = int64(n)
}

func (t *teller) stored(about int64, n int, bytes int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.about != about {
		return
	}
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
