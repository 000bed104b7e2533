package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"sidekeep/app/present"
)

// pastBar is the strip over the pages that says that they show the past.
type pastBar struct {
	w       *window
	title   *text
	words   *text
	content *panel
}

func newPastBar(w *window) *pastBar {
	b := &pastBar{w: w, title: newText("").bold(), words: newMuted("")}
	b.words.short = present.PastShort
	back := primary(present.ActBackToNow, theme.HistoryIcon(), w.app.Past.Leave)
	mark := icon(theme.HistoryIcon(), 20, theme.ColorNameWarning)
	line := row(12, 1, mark, column(1, b.title, b.words), back)
	b.content = newPanel(colPast, "", 0, column(0, pad(line, 8, 24, 8, 24), newRule(false)))
	b.content.Hide()
	return b
}

func (b *pastBar) show(n *present.Notice) {
	if n == nil {
		b.content.Hide()
		return
	}
	b.title.set(n.Title)
	b.words.set(n.Text)
	b.content.Show()
}

// showsPast are the pages that show the chosen moment in place of now.
var showsPast = [pageCount]bool{pageContacts: true, pageCalendar: true, pageTasks: true, pageHistory: true, pageExport: true}

// pastShell puts the strip over the pages, and the tint behind them.
func (w *window) pastShell(pages fyne.CanvasObject) fyne.CanvasObject {
	w.pastBar = newPastBar(w)
	w.pastTint = newPanel(colPastPage, "", 0, nil)
	w.pastTint.Hide()
	w.pastBody = container.NewBorder(w.pastBar.content, nil, nil, nil, pages)
	return container.NewStack(w.pastTint, w.pastBody)
}

// renderPast follows the moment that is looked at, and the page in view.
func (w *window) renderPast() {
	n := w.app.Past.Notice()
	if !showsPast[max(0, w.shown)] {
		n = nil
	}
	was := w.pastBar.content.Visible()
	w.pastBar.show(n)
	tint := n != nil && w.shown != pageHistory
	hide(w.pastTint, !tint)
	if was != w.pastBar.content.Visible() {
		w.pastBody.Layout.Layout(w.pastBody.Objects, w.pastBody.Size()) // its Refresh would draw every page anew
	}
	w.rail.renderPast()
}

// pastChanged follows another moment, or the way back to now.
func (w *window) pastChanged() {
	w.renderPast()
	for _, p := range []int{pageContacts, pageCalendar, pageTasks, pageExport} {
		w.dirty(p)
	}
	if w.app.Past.On() && w.shown == pageHistory {
		w.show(pageContacts)
	}
}

// historyMoved shows another chosen moment, at once if the page is in view.
func (w *window) historyMoved() {
	if w.shown == pageHistory {
		w.pages[pageHistory].(*historyPage).moved()
		return
	}
	w.stale[pageHistory] = true
}
