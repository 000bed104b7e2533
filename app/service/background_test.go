package service

import (
	"errors"
	"sync"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

// fakeClock goes on only when it is told to.
type fakeClock struct {
	mu      sync.Mutex
	wall    time.Time
	running time.Duration
	timer   chan time.Time
	at      time.Duration
	idle    chan struct{} // sent to each time somebody waits
}

func newFakeClock() *fakeClock {
	return &fakeClock{wall: time.Date(2026, 3, 14, 8, 0, 0, 0, time.UTC), idle: make(chan struct{}, 100)}
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wall
}

func (c *fakeClock) Running() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.running
}

func (c *fakeClock) After(d time.Duration) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer, c.at = make(chan time.Time, 1), c.running+d
	c.idle <- struct{}{}
	return c.timer, func() {}
}

// pass lets time go by in ticks, waiting each time until the background has
// done what there was to do.
func (c *fakeClock) pass(t *testing.T, d time.Duration) {
	t.Helper()
	for d > 0 {
		step := min(d, tick)
		c.jump(step, step)
		c.wait(t)
		d -= step
	}
}

// sleep is a machine that sleeps: only the wall clock goes on.
func (c *fakeClock) sleep(t *testing.T, d time.Duration) {
	t.Helper()
	c.jump(d, 0)
	c.pass(t, tick)
}

func (c *fakeClock) jump(wall, running time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall, c.running = c.wall.Add(wall), c.running+running
	if c.timer != nil && c.running >= c.at {
		c.timer <- c.wall
		c.timer = nil
	}
}

func (c *fakeClock) wait(t *testing.T) {
	t.Helper()
	within(t, "the background", c.idle)
}

// TestBackground_ADay drives the real service against a real server.
func TestBackground_ADay(t *testing.T) {
	srv, book, _ := home(t, 2)
	clock := newFakeClock()
	s := open(t, Config{clock: clock, Now: clock.Now})
	add(t, s, srv)
	<-s.wake // of adding the account
	mirrored := func() bool {
		n := srv.CountRequests()
		srv.ResetRequests()
		return n > 0
	}
	s.StartBackground(t.Context())
	s.StartBackground(t.Context()) // does nothing
	clock.wait(t)
	mirrored()
	if n, _ := s.Count(t.Context(), ListQuery{What: "contacts"}); n != 2 {
		t.Fatalf("%d contacts after the start", n)
	}

	clock.pass(t, 26*time.Minute)
	if mirrored() {
		t.Fatal("it did not wait for the interval")
	}
	book.Put("new.vcf", card("new", "New"))
	clock.pass(t, 8*time.Minute)
	if !mirrored() {
		t.Fatal("the interval went by")
	}
	if n, _ := s.Count(t.Context(), ListQuery{What: "contacts"}); n != 3 {
		t.Fatalf("%d contacts", n)
	}

	// The machine sleeps for a night.
	clock.sleep(t, 8*time.Hour)
	clock.pass(t, time.Minute)
	if !mirrored() {
		t.Fatal("nothing after the sleep")
	}

	// Offline: quiet retries, then back at once.
	srv.Close()
	clock.pass(t, 36*time.Minute)
	st, _ := s.Status(t.Context())
	if st.Accounts[0].Error == nil || st.Accounts[0].Error.Fault != "offline" {
		t.Fatalf("%+v", st.Accounts[0])
	}
	srv.Listen()
	clock.pass(t, 20*time.Minute) // less than the interval
	if !mirrored() {
		t.Fatal("it was not tried again")
	}

	// The password is refused: left alone until a person acts.
	srv.SetPassword("changed")
	clock.pass(t, 34*time.Minute)
	mirrored()
	clock.pass(t, 3*time.Hour)
	if mirrored() {
		t.Fatal("a refused login was tried again and again")
	}
	if err := s.SetPassword(t.Context(), "Home", "changed"); err != nil {
		t.Fatal(err)
	}
	clock.wait(t) // it is told at once
	mirrored()
	if st, _ := s.Status(t.Context()); st.Accounts[0].State != StateOK {
		t.Fatalf("%+v", st.Accounts[0])
	}

	// Off.
	if err := s.SaveSettings(Settings{Interval: 0}); err != nil {
		t.Fatal(err)
	}
	clock.wait(t)
	clock.pass(t, 3*time.Hour)
	if mirrored() {
		t.Fatal("it is switched off")
	}
}

func TestPlan_WhenIsItDue(t *testing.T) {
	const interval = 30 * time.Minute
	middle := func() float64 { return 0.5 } // no jitter
	start := time.Date(2026, 3, 14, 8, 0, 0, 0, time.UTC)
	offline := &pim.Error{Fault: pim.Offline}
	busy := &pim.Error{Fault: pim.Busy, RetryAfter: 2 * time.Hour}
	for _, c := range []struct {
		name string
		ends []error
		want time.Duration // after the last end
	}{
		{"fine", []error{nil}, interval},
		{"offline once", []error{offline}, time.Minute},
		{"offline again", []error{offline, offline}, 2 * time.Minute},
		{"offline for long", []error{offline, offline, offline, offline, offline, offline, offline, offline, offline}, interval},
		{"back", []error{offline, offline, nil}, interval},
		{"asked to wait", []error{busy}, 2*time.Hour + 5*time.Second},
		{"busy without a time", []error{&pim.Error{Fault: pim.Busy}}, time.Minute},
		{"broken answer", []error{&pim.Error{Fault: pim.Protocol}}, interval},
		{"a bug", []error{errors.New("x")}, interval},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPlan(middle)
			if !p.due(1, start, interval) {
				t.Fatal("a new account is not due")
			}
			for _, err := range c.ends {
				p.ended(1, start, interval, err)
			}
			if p.due(1, start.Add(c.want-time.Second), interval) {
				t.Error("due too early")
			}
			if !p.due(1, start.Add(c.want), interval) {
				t.Error("not due in time")
			}
		})
	}
}

func TestPlan_JitterStaysWithinATenth(t *testing.T) {
	for _, r := range []float64{0, 0.25, 0.999} {
		p := newPlan(func() float64 { return r })
		if d := p.jittered(time.Hour); d < 54*time.Minute || d > 66*time.Minute {
			t.Errorf("%v", d)
		}
	}
}

func TestPlan_SleepMakesDueButNotWhatAServerAskedFor(t *testing.T) {
	p := newPlan(func() float64 { return 0.5 })
	now := time.Date(2026, 3, 14, 8, 0, 0, 0, time.UTC)
	p.lastWall = now
	p.ended(1, now, 30*time.Minute, nil)
	p.ended(2, now, 30*time.Minute, &pim.Error{Fault: pim.Busy, RetryAfter: time.Hour})
	now = now.Add(10 * time.Minute)
	p.look(now, 20*time.Second)
	if p.due(1, now, 30*time.Minute) {
		t.Error("the network gets a moment")
	}
	now = now.Add(wakeDelay)
	if !p.due(1, now, 30*time.Minute) || p.due(2, now, 30*time.Minute) {
		t.Error("wrong after the sleep")
	}
}

func TestPlan_NewIntervalCountsFromTheLastMirror(t *testing.T) {
	p := newPlan(func() float64 { return 0.5 })
	now := time.Date(2026, 3, 14, 8, 0, 0, 0, time.UTC)
	p.ended(1, now, 2*time.Hour, nil)
	now = now.Add(20 * time.Minute)
	if p.due(1, now, 2*time.Hour) || !p.due(1, now, 15*time.Minute) {
		t.Error("the new interval does not count")
	}
}

func TestSettings_SurviveAndAreChecked(t *testing.T) {
	s := open(t, Config{})
	if got := s.Settings(); got.Interval != DefaultInterval || !got.CloseToTray || got.StartAtLogin {
		t.Fatalf("%+v", got)
	}
	want := Settings{Interval: time.Hour, StartAtLogin: true}
	if err := s.SaveSettings(want); err != nil {
		t.Fatal(err)
	}
	if got := s.Settings(); got != want {
		t.Fatalf("%+v", got)
	}
	wantFault(t, s.SaveSettings(Settings{Interval: time.Second}), pim.Invalid)
	wantFault(t, s.SaveSettings(Settings{Interval: -1}), pim.Invalid)
}

func TestDefaultDir_IsThePlatforms(t *testing.T) {
	for _, c := range []struct {
		goos string
		env  map[string]string
		want string
	}{
		{"linux", map[string]string{"HOME": "/home/x"}, "/home/x/.local/share/sidekeep"},
		{"linux", map[string]string{"HOME": "/home/x", "XDG_DATA_HOME": "/data"}, "/data/sidekeep"},
		{"linux", map[string]string{"HOME": "/home/x", "XDG_DATA_HOME": "relative"}, "/home/x/.local/share/sidekeep"},
		{"darwin", map[string]string{"HOME": "/Users/x"}, "/Users/x/Library/Application Support/Sidekeep"},
		{"windows", map[string]string{"LocalAppData": "/L"}, "/L/Sidekeep"},
		{"linux", nil, ""},
	} {
		got, err := dirFor(c.goos, func(k string) string { return c.env[k] })
		if got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s %v: %q, %v", c.goos, c.env, got, err)
		}
	}
}
