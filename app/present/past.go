package present

import (
	"context"
	"fmt"
	"time"

	"sidekeep/app/service"
)

// Past is the moment that Contacts, Calendar, Tasks and Export show in place
// of now. Overview and Settings always show now.
type Past struct {
	app *App
	gen int

	At time.Time // zero: now
	// Status is that of the moment, once it is known.
	Status  service.Status
	Changed func()
}

// On reports whether a moment of the past is looked at.
func (p *Past) On() bool { return !p.At.IsZero() }

// Look has the pages show a moment of the past.
func (p *Past) Look(at time.Time) { p.set(at) }

// Leave has them show now again.
func (p *Past) Leave() {
	if p.On() {
		p.set(time.Time{})
	}
}

func (p *Past) set(at time.Time) {
	p.At, p.Status = at, service.Status{}
	p.gen++
	gen := p.gen
	a := p.app
	if p.On() {
		async(a, func(ctx context.Context) (service.Status, error) { return a.cfg.Service.StatusAt(ctx, at) }, func(s service.Status, err error) {
			if gen != p.gen {
				return
			}
			p.Status = s // none where it can't be read: then there is nothing to export
			a.Export.statusChanged()
		})
	}
	a.Contacts.momentChanged()
	a.Calendar.momentChanged()
	a.Tasks.momentChanged()
	a.Export.momentChanged()
	p.Changed()
	a.Changed()
}

// Notice is the banner over the pages, or nil.
func (p *Past) Notice() *Notice {
	if !p.On() {
		return nil
	}
	return &Notice{Title: fmt.Sprintf(pastTitle, p.Words()), Text: pastText}
}

// Words is the moment: "15 November 2026, 09:14".
func (p *Past) Words() string { return p.At.In(p.app.cfg.Zone).Format("2 January 2006, 15:04") }

// Rail is the moment in few words, for the foot of the rail; "" is now.
func (p *Past) Rail() string {
	if !p.On() {
		return ""
	}
	return p.At.In(p.app.cfg.Zone).Format("2 Jan 2006")
}

// moment is what time it is on a page.
type moment struct {
	at   time.Time // in the person's zone
	past bool
}

// shown is the moment that the pages show.
func (a *App) shown() moment {
	if a.Past.On() {
		return moment{a.Past.At.In(a.cfg.Zone), true}
	}
	return moment{a.Now(), false}
}

// shownStatus is the state of the accounts at the moment that the pages show.
func (a *App) shownStatus() service.Status {
	if a.Past.On() {
		return a.Past.Status
	}
	return a.Status
}

// day words a day: relative to now, but not to a moment of the past.
func (m moment) day(t time.Time) string {
	if m.past {
		return t.Format("Monday 2 January 2006")
	}
	return Day(t, m.at)
}
