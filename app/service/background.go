package service

import (
	"context"
	"math/rand/v2"
	"time"

	"sidekeep/sync/pim"
)

// Times of the background.
const (
	tick       = 20 * time.Second // how often the clock is looked at
	wakeJump   = time.Minute      // a tick that took this much longer was a sleep
	wakeDelay  = 10 * time.Second // for the network to come back after a sleep
	quietFirst = time.Minute      // first retry while offline; doubles
	jitterPart = 0.10             // of the interval, either way
)

// Clock is what the background asks for the time. Tests bring their own.
type Clock interface {
	// Now is the wall clock: what jumps when a machine wakes up.
	Now() time.Time
	// Running is the time that this process has been running for, as far as
	// the machine counts it: sleep may or may not be in it.
	Running() time.Duration
	// After gives a channel that is sent to once, d later, and a function that
	// gives it back.
	After(d time.Duration) (<-chan time.Time, func())
}

type systemClock struct{ start time.Time }

func (c systemClock) Now() time.Time         { return time.Now().Round(0) } // without the monotonic reading
func (c systemClock) Running() time.Duration { return time.Since(c.start) }
func (c systemClock) After(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}

// StartBackground mirrors from now on by itself: at once, at the interval of
// the settings give or take a tenth, and after the machine slept. An account
// that can't be reached is tried again quietly, at growing distances; one
// whose login is refused is left alone until a person acts. Runs never
// overlap. It ends with ctx or with Close; a second call does nothing.
func (s *Service) StartBackground(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.background || s.IsCopy() {
		return
	}
	s.background = true
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		stop := context.AfterFunc(s.ctx, cancel)
		defer stop()
		s.runBackground(ctx, s.cfg.clock, newPlan(rand.Float64))
	}()
}

// nudge makes the background look again: something changed.
func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Service) runBackground(ctx context.Context, clock Clock, p *plan) {
	p.lastWall, p.lastRun = clock.Now(), clock.Running()
	for ctx.Err() == nil {
		s.backgroundStep(ctx, clock, p)
		if s.upkeep(ctx, clock.Now()) {
			p.lastWall, p.lastRun = clock.Now(), clock.Running() // that was no sleep either
		}
		c, stop := clock.After(tick)
		select {
		case <-ctx.Done():
		case <-c:
		case <-s.wake:
		}
		stop()
	}
}

// backgroundStep mirrors what is due, and notes when it is due again.
func (s *Service) backgroundStep(ctx context.Context, clock Clock, p *plan) {
	p.look(clock.Now(), clock.Running())
	names := []string{}
	accounts, err := s.vault.Accounts(ctx)
	if err != nil {
		return // the vault is looked at again at the next tick
	}
	st, err := s.readState()
	if err != nil {
		return // the status says so; no password can be found without it
	}
	s.thinWhenDue(ctx, st)
	ids := map[int64]bool{}
	for _, a := range accounts {
		if a.RemovedAt.IsZero() {
			ids[a.ID] = true
			if e := st.Accounts[a.ID]; e != nil && e.Stopped {
				delete(p.next, a.ID) // due at once when a person has seen to it
			} else if p.due(a.ID, clock.Now(), s.Settings().Interval) {
				names = append(names, a.Name)
			}
		}
	}
	p.forget(ids)
	if len(names) == 0 {
		return
	}
	var out []outcome
	j := s.start("mirror", "", func(ctx context.Context, j *Job) (any, error) {
		var err error
		var rep MirrorReport
		out, rep, err = s.mirrorAndReport(ctx, j, names)
		return rep, err
	})
	jobErr := j.Wait(ctx)
	p.lastWall, p.lastRun = clock.Now(), clock.Running() // the time a mirroring takes is no sleep
	tried := map[int64]bool{}
	for _, o := range out {
		tried[o.account.ID] = true
		p.ended(o.account.ID, clock.Now(), s.Settings().Interval, o.err)
	}
	for _, a := range accounts { // what was not come to, say because the disk is full
		if jobErr != nil && ids[a.ID] && !tried[a.ID] {
			p.ended(a.ID, clock.Now(), s.Settings().Interval, jobErr)
		}
	}
}

// plan decides when each account is due. It does nothing but decide.
type plan struct {
	next     map[int64]time.Time
	failures map[int64]int
	interval map[int64]time.Duration // that next was made with
	random   func() float64          // [0, 1)
	lastWall time.Time
	lastRun  time.Duration
}

func newPlan(random func() float64) *plan {
	return &plan{next: map[int64]time.Time{}, failures: map[int64]int{}, interval: map[int64]time.Duration{}, random: random}
}

// look notices a sleep: the wall clock went on while the process did not, or a
// tick took much longer than it should. Then everything is due soon, except
// what a server asked us to wait with. A clock that was set back takes all plans
// back with it.
func (p *plan) look(wall time.Time, running time.Duration) {
	jump := wall.Sub(p.lastWall) - (running - p.lastRun)
	slept := jump > wakeJump || running-p.lastRun > tick+wakeJump
	p.lastWall, p.lastRun = wall, running
	if jump < 0 {
		for id, t := range p.next {
			p.next[id] = t.Add(jump)
		}
	}
	if !slept {
		return
	}
	for id, t := range p.next {
		if soon := wall.Add(wakeDelay); t.After(soon) && !p.mustWait(id) {
			p.next[id] = soon
		}
	}
}

func (p *plan) mustWait(id int64) bool { return p.failures[id] < 0 }

// due says whether an account is to be mirrored now. A new account is due at
// once; with interval 0 the background is off and nothing is ever due.
func (p *plan) due(id int64, now time.Time, interval time.Duration) bool {
	t, known := p.next[id]
	if !known {
		return interval > 0
	}
	if interval <= 0 {
		return false
	}
	if p.interval[id] != interval && p.failures[id] == 0 {
		// The settings changed: count the new interval from the old start.
		t = t.Add(interval - p.interval[id])
		p.next[id], p.interval[id] = t, interval
	}
	// What is later than any plan was made with a clock that was set back since.
	return !now.Before(t) || t.Sub(now) > interval+interval/4 && !p.mustWait(id)
}

// ended notes how a mirroring went and plans the next.
func (p *plan) ended(id int64, now time.Time, interval time.Duration, err error) {
	p.interval[id] = interval
	wait := p.jittered(interval)
	switch fault := pim.FaultOf(err); {
	case err == nil:
		p.failures[id] = 0
	case fault == pim.Busy && retryAfter(err) > 0:
		p.failures[id] = -1
		wait = retryAfter(err) + time.Duration(p.random()*float64(10*time.Second))
	case fault == pim.Offline || fault == pim.Busy:
		p.failures[id] = max(p.failures[id], 0) + 1
		wait = min(wait, p.jittered(quietFirst<<min(p.failures[id]-1, 6)))
	default:
		p.failures[id] = 0
	}
	p.next[id] = now.Add(wait)
}

func (p *plan) jittered(d time.Duration) time.Duration {
	return d + time.Duration((p.random()*2-1)*jitterPart*float64(d))
}

// forget drops accounts that are no longer there.
func (p *plan) forget(there map[int64]bool) {
	for id := range p.next {
		if !there[id] {
			delete(p.next, id)
			delete(p.failures, id)
			delete(p.interval, id)
		}
	}
}
