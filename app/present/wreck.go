package present

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// Wreck is a vault that can't be opened: what can be read of it is saved, and
// another one begun beside it. It needs no service.
type Wreck struct {
	cfg    WreckConfig
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	Notice  Notice
	CanSave bool // the vault is there, and damaged, or on a disk that fails
	CanAnew bool // another one can be begun beside it
	Busy    *ProgressLine
	Done    *ExportDone
	Problem *Notice
	Changed func()
}

// WreckConfig is what a Wreck is made of. Rescue writes into a folder, Anew makes
// another vault.
type WreckConfig struct {
	Err    error // why it can't be opened
	Vault  string
	Rescue func(ctx context.Context, to string) (service.RescueReport, error)
	Anew   func(ctx context.Context) (service.AnewReport, error)
	Start  func(ctx context.Context, vault string) error
	Show   func(ctx context.Context, path string) error
	Post   func(func())
	Now    func() time.Time
}

// NewWreck words why the vault can't be opened.
func NewWreck(ctx context.Context, cfg WreckConfig) *Wreck {
	info := ExplainInWindow(cfg.Err, cfg.Now())
	w := &Wreck{cfg: cfg, Notice: Notice{Title: info.Message, Text: info.Hint, Detail: info.Detail}, Changed: func() {}}
	w.ctx, w.cancel = context.WithCancel(ctx)
	var e *pim.Error
	damaged := errors.As(cfg.Err, &e) && e.Reason == "corrupt" && cfg.Rescue != nil
	w.CanSave = damaged || e != nil && e.Reason == "io" && cfg.Rescue != nil // from a disk that fails, too
	w.CanAnew = damaged || e != nil && strings.Contains(strings.ToLower(e.Hint), rescueAnew)
	if damaged {
		w.Notice.Text = damageText
	}
	return w
}

// Close waits for what is under way.
func (w *Wreck) Close() {
	w.cancel()
	w.wg.Wait()
}

func (w *Wreck) async(work func() error, done func(error)) {
	w.wg.Add(1)
	go func() {
		defer w.wg.Done()
		err := work()
		if w.ctx.Err() == nil {
			w.cfg.Post(func() { done(err); w.Changed() })
		}
	}()
}

// Save writes everything that can be read into a new folder in dir.
func (w *Wreck) Save(dir string) {
	if w.Busy != nil {
		return
	}
	to := filepath.Join(dir, fmt.Sprintf(rescueName, w.cfg.Now().Format("2006-01-02 1504")))
	w.Busy, w.Problem, w.Done = &ProgressLine{Text: rescueWorking, Fraction: -1}, nil, nil
	var report service.RescueReport
	w.async(func() (err error) {
		report, err = w.cfg.Rescue(w.ctx, to)
		return err
	}, func(err error) {
		w.Busy = nil
		if w.Problem = notice(err, w.cfg.Now()); err == nil {
			w.Done = rescueWords(report)
			w.Done.Where = report.Path
		}
	})
	w.Changed()
}

// Beside makes a new vault beside this one, with the accounts that can be read, and
// starts Sidekeep on it.
func (w *Wreck) Beside() {
	if w.Busy != nil {
		return
	}
	w.Busy, w.Problem = &ProgressLine{Text: anewWorking, Fraction: -1}, nil
	var report service.AnewReport
	w.async(func() (err error) {
		if report, err = w.cfg.Anew(w.ctx); err == nil {
			err = w.cfg.Start(w.ctx, report.Vault)
		}
		return err
	}, func(err error) {
		w.Busy = nil
		if w.Problem = notice(err, w.cfg.Now()); err == nil {
			w.Problem = anewNotice(report)
		}
	})
	w.Changed()
}

// ShowSaved opens the folder of what was saved.
func (w *Wreck) ShowSaved() {
	if w.Done != nil {
		path := w.Done.Path
		w.async(func() error { return w.cfg.Show(w.ctx, path) }, func(err error) { w.Problem = notice(err, w.cfg.Now()) })
	}
}
