package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"sidekeep/app/present"
	"sidekeep/assets"
	"sidekeep/sync/pim"
)

// addTray puts an icon into the system tray, with the state of everything and
// what one wants without the window.
func (s *shell) addTray() {
	d, ok := s.fy.(desktop.App)
	if !ok {
		s.tray = false
		return
	}
	s.status = fyne.NewMenuItem(present.TrayStarting, nil)
	s.status.Disabled = true
	s.mirror = fyne.NewMenuItem(present.ActMirrorNow, func() { s.app.Mirror() })
	export := fyne.NewMenuItem(present.ActExport+"…", func() {
		s.w.show(pageExport)
		s.show()
	})
	open := fyne.NewMenuItem(present.ActOpen, s.show)
	quit := fyne.NewMenuItem(present.ActQuit, s.quit)
	quit.IsQuit = true
	s.menu = fyne.NewMenu(present.AppName, s.status, fyne.NewMenuItemSeparator(), s.mirror, export, open, fyne.NewMenuItemSeparator(), quit)
	d.SetSystemTrayIcon(fyne.NewStaticResource("sidekeep.png", assets.IconPNG))
	d.SetSystemTrayMenu(s.menu)
	d.SetSystemTrayWindow(s.win)
	changed := s.app.Changed
	s.app.Changed = func() {
		changed()
		s.updateTray()
	}
}

// updateTray words the state in the menu; the menu is sent again only when it
// has changed.
func (s *shell) updateTray() {
	_, words := s.app.StatusLine()
	busy := s.app.Mirroring()
	if words == s.status.Label && busy == s.mirror.Disabled {
		return
	}
	s.status.Label, s.mirror.Disabled = words, busy
	s.menu.Refresh()
}

func exitCode(err error) int { return pim.FaultOf(err).ExitCode() }
