package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"

	"sidekeep/app/present"
)

// page is one screen of the window.
type page interface {
	content() fyne.CanvasObject
	render()   // show the presenter's state
	enter()    // the page comes into view
	search()   // Ctrl+F: focus the search field, if there is one
	escape()   // Escape: clear or go back
	firstUse() // focus what is typed into first, if anything
}

// window is the shell: the rail at the left and one page beside it.
type window struct {
	app       *present.App
	win       fyne.Window
	rail      *rail
	pages     []page // in the order of the rail, then those that others lead to
	built     []fyne.CanvasObject
	stale     []bool
	shown     int
	stack     *fyne.Container
	root      *fyne.Container
	restoring string        // what Overview shows of a restore
	reading   *readingStrip // over everything, where the vault is only read
	hidden    bool          // in the tray: nothing is made ready
	warmed    bool
	ready     readiness
	// Of the past: the strip over the pages and the tint behind them.
	pastBar  *pastBar
	pastTint *panel
	pastBody *fyne.Container
	back     int // where Back leads from adding an account
	quit     func()
	close    func() // what the close button does
}

// The pages, as Ctrl+1 to Ctrl+7 and the rail number them.
const (
	pageOverview = iota
	pageContacts
	pageCalendar
	pageTasks
	pageHistory
	pageExport
	pageSettings
	pageAdd
	pageReview
	pageRestore
	pageCount
)

var pageNames = [pageCount]string{
	present.PageOverview, present.PageContacts, present.PageCalendar,
	present.PageTasks, present.PageHistory, present.PageExport, present.PageSettings, present.AddTitle, present.PageReview, present.PageRestore,
}

// newWindow fills win. Nothing is loaded before app.Start.
func newWindow(app *present.App, win fyne.Window) *window {
	w := &window{app: app, win: win, shown: -1, quit: func() {}, close: func() {}}
	w.stack = container.New(shownLayout{})
	w.rail = newRail(w)
	w.pages = []page{newOverviewPage(w), newContactsPage(w), newCalendarPage(w), newTasksPage(w),
		newHistoryPage(w), newExportPage(w), newSettingsPage(w), newAddPage(w), newReviewPage(w), newRestorePage(w)}
	w.built = make([]fyne.CanvasObject, pageCount)
	w.stale = make([]bool, pageCount)
	w.root = container.NewBorder(nil, nil, w.rail.content, nil, w.pastShell(w.stack))
	if app.ReadOnly {
		w.reading = newReadingStrip(w)
		w.root = container.NewBorder(w.reading.content, nil, w.rail.content, nil, w.pastShell(w.stack))
	}
	w.wire()
	win.SetContent(container.New(fullLayout{}, w.root)) // the background is what the canvas is cleared to
	win.SetPadded(false)
	w.shortcuts()
	w.show(pageOverview)
	return w
}

// fullLayout lets its objects fill everything and asks for a sensible least.
type fullLayout struct{}

func (fullLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(720, 520) }
func (fullLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		o.Resize(s)
		o.Move(fyne.NewPos(0, 0))
	}
}

// shownLayout is a stack of which only what is seen is laid out: while a person
// pulls at the edge of the window, the pages behind need no place.
type shownLayout struct{}

func (shownLayout) MinSize(objects []fyne.CanvasObject) (s fyne.Size) {
	for _, o := range objects {
		if o.Visible() {
			s = s.Max(o.MinSize())
		}
	}
	return s
}

func (shownLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		if o.Visible() {
			o.Resize(s)
			o.Move(fyne.NewPos(0, 0))
		}
	}
}

// wire connects the presenters' changes to the pages.
func (w *window) wire() {
	a := w.app
	a.Overview.Changed = func() { w.dirty(pageOverview) }
	a.Losses.Changed = func() { w.dirty(pageOverview) }
	a.Review.Changed = func() { w.dirty(pageReview) }
	a.Restore.Changed = w.restoreChanged
	a.Proof.Changed = func() { w.dirty(pageOverview) }
	a.Copies.Changed = func() { w.dirty(pageSettings) }
	a.Contacts.Changed = func() { w.dirty(pageContacts) }
	a.Photos.Changed = func() { w.dirty(pageContacts) }
	a.Calendar.Changed = func() { w.dirty(pageCalendar) }
	a.Tasks.Changed = func() { w.dirty(pageTasks) }
	a.History.Changed = func() { w.dirty(pageHistory) }
	a.History.Moved = w.historyMoved
	a.Past.Changed = w.pastChanged
	watchPutBack(w)
	a.Export.Changed = func() { w.dirty(pageExport) }
	a.Settings.Changed = func() { w.dirty(pageSettings) }
	a.Account.Changed = func() { w.dirty(pageAdd) }
	a.Account.Added = w.added
	a.Changed = w.statusChanged
}

// statusChanged follows the state of everything: the rail, and whether there
// is an account at all.
func (w *window) statusChanged() {
	w.rail.render()
	if w.reading != nil {
		w.reading.render()
	}
	w.warm()
	first := w.app.FirstRun()
	switch {
	case first && w.shown != pageAdd:
		w.back = -1
		w.show(pageAdd)
	case !first && w.app.Known && w.shown == pageAdd && w.back < 0 && w.app.Account.Busy == nil:
		w.show(pageOverview)
	}
}

// dirty renders a page now if it is in view, otherwise when it comes into view.
func (w *window) dirty(p int) {
	if p == w.shown {
		w.pages[p].render()
		return
	}
	w.stale[p] = true
	w.prepare(p)
}

// show brings a page into view.
func (w *window) show(p int) {
	if p == w.shown || w.app.ReadOnly && (p == pageAdd || p == pageRestore) {
		return
	}
	if w.app.FirstRun() && p != pageAdd && p != pageSettings {
		p = pageAdd
	}
	if p == pageAdd && w.shown != pageAdd {
		w.back = w.shown
		if w.app.FirstRun() {
			w.back = -1
		}
	}
	w.win.Canvas().Unfocus()
	w.shown = p
	w.ready.seen[p] = true
	w.build(p)
	for i, o := range w.built {
		if o != nil && i != p {
			o.Hide()
		}
	}
	w.built[p].Show() // first: a list that was never shown does not scroll
	w.built[p].Resize(w.stack.Size())
	if w.stale[p] {
		w.stale[p] = false
		w.pages[p].render()
	}
	w.pages[p].enter()
	w.rail.choose(p)
	w.renderPast()
	if bare := p == pageAdd && w.app.FirstRun(); bare == w.rail.content.Visible() {
		w.rail.content.Hidden = bare
		relaid(w.root)
	}
	w.pages[p].firstUse()
}

// build makes a page's widgets, once.
func (w *window) build(p int) {
	if w.built[p] != nil {
		return
	}
	w.built[p] = w.pages[p].content()
	w.stack.Add(w.built[p]) // seen for now: it is laid out for the window's size
	w.built[p].Hide()
	w.stale[p] = true
}

// goBack leaves adding an account.
func (w *window) goBack() {
	if w.back >= 0 {
		w.show(w.back)
	}
}

// shortcuts registers the window's keys.
func (w *window) shortcuts() {
	c := w.win.Canvas()
	for _, s := range w.keys() {
		c.AddShortcut(s.key, func(fyne.Shortcut) { s.do() })
	}
	c.SetOnTypedKey(func(k *fyne.KeyEvent) {
		if k.Name == fyne.KeyEscape {
			if w.app.PutBack.Open {
				w.app.PutBack.Close()
				return
			}
			w.pages[w.shown].escape()
		}
	})
}

type keyDo struct {
	key *desktop.CustomShortcut
	do  func()
}

func (w *window) keys() []keyDo {
	ctrl := func(k fyne.KeyName, do func()) keyDo {
		return keyDo{&desktop.CustomShortcut{KeyName: k, Modifier: fyne.KeyModifierShortcutDefault}, do}
	}
	out := []keyDo{
		ctrl(fyne.KeyF, func() { w.pages[w.shown].search() }),
		ctrl(fyne.KeyR, func() { w.app.Mirror() }),
		ctrl(fyne.KeyE, func() {
			if w.shown == pageExport { // again: there may be something to export by now
				w.pages[pageExport].firstUse()
			}
			w.show(pageExport)
		}),
		ctrl(fyne.KeyN, func() { w.show(pageAdd) }),
		ctrl(fyne.KeyQ, func() { w.quit() }),
		ctrl(fyne.KeyW, func() { w.close() }),
	}
	for i, k := range []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6, fyne.Key7} {
		out = append(out, ctrl(k, func() { w.show(i) }))
	}
	return out
}

// shortcut runs one of the window's shortcuts for a field that has the focus.
func (w *window) shortcut(s fyne.Shortcut) bool {
	for _, k := range w.keys() {
		if k.key.ShortcutName() == s.ShortcutName() {
			k.do()
			return true
		}
	}
	return false
}

// copy puts text on the clipboard.
func (w *window) copy(s string) { fyne.CurrentApp().Clipboard().SetContent(s) }

// header is the top of a page: title, a line under it, actions at the right.
type header struct {
	title, under *text
	words        *fyne.Container // both
	content      *fyne.Container
}

func newHeader(title string, actions ...fyne.CanvasObject) *header {
	h := &header{title: newText(title).as(sizeTitle, theme.ColorNameForeground).bold(), under: newMuted("")}
	h.words = column(2, h.title, h.under)
	line := append([]fyne.CanvasObject{h.words}, actions...)
	h.content = pad(row(8, 0, line...), 20, 24, 16, 24)
	return h
}
