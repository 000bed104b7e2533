package present

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"sidekeep/app/service"
)

// How often things are looked at. Progress at most ten times a second; other
// processes' changes once a second; words like "3 minutes ago" twice a minute.
const (
	tickEvery    = 100 * time.Millisecond
	versionEvery = time.Second
	wordsEvery   = 30 * time.Second
)

// Config is what an App is built from. Post runs a function on the window's
// thread, later or at once; functions run in the order they were posted.
type Config struct {
	Service Service
	Desktop Desktop
	Post    func(func())
	Now     func() time.Time // nil: time.Now
	Zone    *time.Location   // nil: time.Local
	Home    string           // the person's home folder; "" asks the system
	Version string
	Vault   string // the vault's folder, for while the status is not known
	Secrets string // where new passwords go: "keychain" (also "") or "file"
	// OnlyRead is why the vault is only read, though it is no copy; nil: it is
	// written to.
	OnlyRead error
}

// App is the root of all presenters. Its exported fields belong to the
// window's thread.
type App struct {
	cfg    Config
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	posted atomic.Bool // a tick is waiting in the window's queue

	Overview *Overview
	Contacts *Contacts
	Calendar *Calendar
	Tasks    *Tasks
	Export   *Export
	Settings *SettingsPage
	Account  *AddAccount
	Photos   *Photos
	History  *History
	Past     *Past
	PutBack  *PutBack
	Losses   *Losses
	Review   *Review
	Restore  *Restore
	Proof    *Proof
	Copies   *Copies

	// Status is the newest answer; Known is false until there is one.
	Status service.Status
	Known  bool
	// ReadOnly says that nothing is written: it is a copy of a vault, opened to look
	// at, or the vault can't be written to. Reading then says so above every page.
	ReadOnly bool
	Reading  *Reading
	// Problem is why the status could not be read, or nil.
	Problem *Notice
	// Changed is called after Status, or a job's progress, has changed.
	Changed func()

	jobs      []Job // running now
	loading   bool  // a status request is under way
	day       string
	again     bool // and another one is wanted after it
	listeners []func()
}

// Notice is something to tell in a banner.
type Notice struct {
	Title  string
	Text   string
	Detail string // technical line for "Copy details"; may be empty
}

// notice words an error.
func notice(err error, now time.Time) *Notice {
	if err == nil {
		return nil
	}
	i := ExplainInWindow(err, now)
	return &Notice{Title: i.Message, Text: i.Hint, Detail: i.Detail}
}

// New builds the presenters. Nothing runs until Start.
func New(ctx context.Context, cfg Config) *App {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Zone == nil {
		cfg.Zone = time.Local
	}
	if cfg.Home == "" {
		cfg.Home, _ = os.UserHomeDir()
	}
	a := &App{cfg: cfg, Changed: func() {}}
	a.ctx, a.cancel = context.WithCancel(ctx)
	a.Photos = newPhotos(a)
	a.Past = &Past{app: a, Changed: func() {}}
	a.PutBack = &PutBack{app: a, Changed: func() {}}
	a.Overview = &Overview{app: a, Changed: func() {}}
	a.Losses = newLosses(a)
	a.Review = newReview(a)
	a.Contacts = newContacts(a)
	a.Calendar = newCalendar(a)
	a.Tasks = newTasks(a)
	a.Export = newExport(a)
	a.Restore = newRestore(a)
	a.Proof = newProof(a)
	a.Copies = newCopies(a)
	a.Reading = newReading(a)
	a.ReadOnly = a.Reading != nil
	a.Settings = newSettings(a)
	a.Account = newAddAccount(a)
	a.History = newHistory(a)
	return a
}

// Start loads what the first screen shows and begins to poll.
func (a *App) Start() {
	a.Reload()
	a.wg.Add(1)
	go a.poll()
}

// Close stops polling, drops what is under way and waits for it.
func (a *App) Close() {
	a.cancel()
	a.wg.Wait()
}

// Now is the clock, in the person's zone.
func (a *App) Now() time.Time { return a.cfg.Now().In(a.cfg.Zone) }

// Later runs f on the window's thread after what waits there already.
func (a *App) Later(f func()) { a.cfg.Post(f) }

// Version is the program's.
func (a *App) Version() string { return a.cfg.Version }

// async runs work on its own goroutine and done on the window's thread, unless
// the App was closed in between.
func async[T any](a *App, work func(ctx context.Context) (T, error), done func(T, error)) {
	a.wg.Add(1)
	go func() {
		defer a.wg.Done()
		v, err := work(a.ctx)
		if a.ctx.Err() != nil {
			return
		}
		a.cfg.Post(func() { a.Proof.heard(err); done(v, err) })
	}()
}

// watch calls done on the window's thread when the job has ended.
func (a *App) watch(j Job, done func()) {
	a.jobs = append(a.jobs, j)
	a.wg.Add(1)
	go func() {
		defer a.wg.Done()
		select {
		case <-j.Done():
			a.cfg.Post(func() { a.Proof.heard(j.Snapshot().Err); done() })
		case <-a.ctx.Done():
		}
	}()
}

// poll looks at jobs and the vault's version, and posts at most one tick at a
// time: a window that is busy is not given a queue of them.
func (a *App) poll() {
	defer a.wg.Done()
	t := time.NewTicker(tickEvery)
	defer t.Stop()
	var version int64
	var lastVersion, lastWords time.Time
	running := false
	for {
		select {
		case <-a.ctx.Done():
			return
		case now := <-t.C:
			jobs := a.cfg.Service.Jobs()
			changed := false
			if now.Sub(lastVersion) >= versionEvery {
				lastVersion = now
				v, err := a.cfg.Service.DataVersion(a.ctx)
				changed = err == nil && v != version
				version = v
			}
			words := now.Sub(lastWords) >= wordsEvery
			if words {
				lastWords = now
			}
			ended := running && len(jobs) == 0
			running = len(jobs) > 0
			if !running && !ended && !changed && !words {
				continue
			}
			if changed || ended {
				a.cfg.Post(a.Reload)
			}
			if a.posted.CompareAndSwap(false, true) {
				a.cfg.Post(func() { a.posted.Store(false); a.tick(jobs) })
			}
		}
	}
}

// tick takes over the running jobs and lets every screen word itself anew.
func (a *App) tick(jobs []Job) {
	a.jobs = jobs
	if day := a.Now().Format("0102"); day != a.day { // midnight has passed
		a.day = day
		a.Calendar.dataChanged()
		a.Tasks.dataChanged()
	}
	a.Losses.word()
	a.Restore.tick()
	a.Proof.tick()
	a.Overview.update()
	a.Export.tick()
	a.Copies.tick()
	a.Account.tick()
	a.PutBack.tick()
	a.Changed()
}

// Reload asks for the status again, and has every page that shows something
// look again. Calls while one is under way are folded into one more.
func (a *App) Reload() {
	if a.loading {
		a.again = true
		return
	}
	a.loading = true
	async(a, a.cfg.Service.Status, func(s service.Status, err error) {
		a.loading = false
		if err == nil {
			a.Status, a.Known, a.Problem = s, true, nil
		} else {
			a.Problem = notice(err, a.Now())
		}
		a.Reading.update()
		a.Losses.statusChanged()
		a.Restore.statusChanged()
		a.Proof.statusChanged()
		a.Review.statusChanged()
		a.Overview.update()
		a.Export.statusChanged()
		a.Copies.update()
		a.Settings.statusChanged()
		a.Contacts.dataChanged()
		a.Calendar.dataChanged()
		a.Tasks.dataChanged()
		a.History.statusChanged()
		a.Changed()
		for _, f := range a.listeners {
			f()
		}
		if a.again {
			a.again = false
			a.Reload()
		}
	})
}

// FirstRun reports whether there is no account yet.
func (a *App) FirstRun() bool { return a.Known && !a.ReadOnly && len(a.Status.Accounts) == 0 }

// vaultDir is the folder of the vault, also of one whose status can't be read.
func (a *App) vaultDir() string {
	if a.Status.Vault.Path == "" {
		return a.cfg.Vault
	}
	return filepath.Dir(a.Status.Vault.Path)
}

// Trouble is Problem, where nothing says it better: of a damaged vault Overview
// tells what can be done.
func (a *App) Trouble() *Notice {
	if a.Problem != nil && a.Problem.Text == hintWindowRescue && a.Proof.Damaged != nil {
		return nil
	}
	return a.Problem
}

// Mirror starts mirroring the named accounts, or all, unless it runs already.
func (a *App) Mirror(names ...string) {
	if a.ReadOnly || a.Mirroring() || !a.Known || len(a.Status.Accounts) == 0 {
		return
	}
	j := a.cfg.Service.StartMirror(names...)
	a.watch(j, a.Reload)
	a.Overview.update()
	a.Changed()
}

// Mirroring reports whether a mirror job runs.
func (a *App) Mirroring() bool { return a.mirrorJob() != nil }

// CancelMirror asks all running mirrorings to stop.
func (a *App) CancelMirror() {
	for _, j := range a.jobs {
		if s := j.Snapshot(); s.Kind == kindMirror && !s.Finished {
			j.Cancel()
		}
	}
	a.Overview.stopping = true
	a.Overview.update()
}

func (a *App) mirrorJob() Job {
	for _, j := range a.jobs {
		if s := j.Snapshot(); s.Kind == kindMirror && !s.Finished {
			return j
		}
	}
	return nil
}

const kindMirror = "mirror"

// Tick words everything anew now; the App does it by itself ten times a second
// while something runs.
func (a *App) Tick() { a.tick(a.jobs) }
