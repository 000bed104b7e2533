package presenttest

import (
	"context"
	"sync"
)

// Desktop is a desktop in memory.
type Desktop struct {
	mu          sync.Mutex
	Login, Tray bool
	Opened      []string
	Told        []string // notifications: "title | text"
	Err         error
}

// The methods of present.Desktop.

func (d *Desktop) StartsAtLogin() (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.Login, nil
}

func (d *Desktop) HasTray() bool { return d.Tray }

// Seen gives whether the start at login is on, and what was opened.
func (d *Desktop) Seen() (login bool, opened []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.Login, append([]string(nil), d.Opened...)
}

// Fail has every later change fail.
func (d *Desktop) Fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Err = err
}

func (d *Desktop) SetStartAtLogin(on bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.Err == nil {
		d.Login = on
	}
	return d.Err
}

func (d *Desktop) Start(_ context.Context, vault string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Opened = append(d.Opened, "window on "+vault)
	return d.Err
}

func (d *Desktop) Notify(_ context.Context, title, text string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Told = append(d.Told, title+" | "+text)
	return d.Err
}

func (d *Desktop) Open(_ context.Context, path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Opened = append(d.Opened, path)
	return d.Err
}
