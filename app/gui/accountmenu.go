package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// accountMenu is a button with what can be done with one account: what a person
// looks for on its card.
type accountMenu struct {
	*button
	w    *window
	name string
	kept bool // signed out: there is only its copy
}

func newAccountMenu(w *window) *accountMenu {
	m := &accountMenu{w: w}
	m.button = quiet("", theme.MoreHorizontalIcon(), m.open)
	m.Hidden = w.app.ReadOnly
	return m
}

func (m *accountMenu) show(s present.AccountCard) { m.name, m.kept = s.Name, s.Kept }

func (m *accountMenu) open() {
	w, name := m.w, m.name
	item := func(label string, icon fyne.Resource, do func()) *fyne.MenuItem {
		i := fyne.NewMenuItem(label, do)
		i.Icon = icon
		return i
	}
	mirror := item(present.ActMirrorNow, theme.ViewRefreshIcon(), func() { w.app.Mirror(name) })
	mirror.Disabled = m.kept || w.app.Mirroring()
	menu := fyne.NewMenu("", mirror,
		item(present.ActRestore, theme.MediaReplayIcon(), func() { w.restore(name) }),
		item(present.ActExportMore, theme.DownloadIcon(), func() { w.app.Export.Choose(name); w.show(pageExport) }),
		item(present.PageSettings, theme.SettingsIcon(), func() { w.show(pageSettings) }))
	c := w.win.Canvas()
	pop := widget.NewPopUpMenu(menu, c)
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(m.button)
	at.X += m.Size().Width - pop.MinSize().Width
	at.Y += m.Size().Height
	pop.ShowAtPosition(at)
	c.Focus(pop)
}
