package presenttest

import "time"

// Loop is a window's thread for tests: what is posted runs when the test says.
type Loop struct {
	queue chan func()
}

// NewLoop gives a loop with room for a test's posts.
func NewLoop() *Loop { return &Loop{queue: make(chan func(), 4096)} }

// Post is for present.Config.
func (l *Loop) Post(f func()) { l.queue <- f }

// Until runs posts until ok reports true, or fails after twenty seconds.
func (l *Loop) Until(t interface {
	Helper()
	Fatalf(string, ...any)
}, what string, ok func() bool) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for !ok() {
		select {
		case f := <-l.queue:
			f()
		case <-limit:
			t.Fatalf("waited in vain for %s", what)
			return
		}
	}
}

// Drain runs what is posted already.
func (l *Loop) Drain() {
	for {
		select {
		case f := <-l.queue:
			f()
		default:
			return
		}
	}
}
