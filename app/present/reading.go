package present

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"sidekeep/sync/pim"
)

// Reading says of a vault that it is only read, and why.
type Reading struct {
	Window string // the window's title
	Title  string // "" until the status is known
	Text   string
	// Again is the button that tries to open the vault for writing; "": it is a copy,
	// and there is nothing to try.
	Again string
	app   *App
}

// newReading is nil where the vault is written to.
func newReading(a *App) *Reading {
	r := &Reading{app: a, Window: AppName}
	var e *pim.Error
	switch {
	case a.cfg.Service.IsCopy():
		r.Window, r.Text = CopyTitle, CopyStrip
	case a.cfg.OnlyRead == nil:
		return nil
	case errors.As(a.cfg.OnlyRead, &e) && e.Reason == "full":
		r.Title, r.Text, r.Again = readingFull, readingFullText, ActTryAgain
	default:
		r.Title, r.Text, r.Again = readingLocked, readingLockedText, ActTryAgain
	}
	return r
}

// update names the copy once it is known.
func (r *Reading) update() {
	if r != nil && r.Again == "" {
		v := r.app.Status.Vault.Path
		r.Title = fmt.Sprintf(CopyStripFrom, filepath.Base(v), r.app.short(filepath.Dir(v)))
	}
}

// TryAgain opens the vault anew in another window, and then calls done: this one
// is of no more use.
func (r *Reading) TryAgain(done func()) {
	a := r.app
	async(a, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, a.cfg.Desktop.Start(ctx, filepath.Dir(a.Status.Vault.Path))
	}, func(_ struct{}, err error) {
		if err == nil {
			done()
			return
		}
		r.Text = ExplainInWindow(err, a.Now()).Message
		a.Changed()
	})
}
