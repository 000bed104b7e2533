package gui

import "fyne.io/fyne/v2"

// readiness is what is known of pages that were not seen yet.
type readiness struct {
	seen     [pageCount]bool
	asked    [pageCount]bool // to be rendered, when the window has nothing else to do
	rendered [pageCount]int
}

// A page that was not seen yet is rendered this often before that: once empty,
// once with its rows, once with what is open beside them.
const rendersAhead = 4

// Lists grow by this height while their rows are made ahead: two rows.
const growth = 2 * (agendaHeight + 4)

// warm makes the pages ready that were not seen yet, one at a time, so that the
// first visit to each is as quick as the second.
func (w *window) warm() {
	if w.warmed || w.hidden || !w.app.Known || w.app.FirstRun() {
		return
	}
	w.warmed = true
	load := []func(){pageContacts: w.app.Contacts.Enter, pageCalendar: w.app.Calendar.Enter, pageTasks: w.app.Tasks.Enter, pageHistory: w.app.History.Enter}
	p := pageContacts
	var step func()
	step = func() {
		if p < len(load) {
			load[p]()
		}
		w.build(p)
		w.prepare(p)
		if p++; p < pageAdd {
			w.app.Later(step)
		}
	}
	w.app.Later(step)
}

// prepare renders a page that was not seen yet, after what waits already.
func (w *window) prepare(p int) {
	r := &w.ready
	if !w.warmed || w.hidden || w.built[p] == nil || r.seen[p] || r.asked[p] || r.rendered[p] >= rendersAhead {
		return
	}
	r.asked[p] = true
	w.app.Later(func() {
		r.asked[p] = false
		if r.seen[p] || !w.stale[p] {
			return
		}
		r.rendered[p]++
		w.stale[p] = false
		size := w.stack.Size()
		if p < pageContacts || p > pageTasks { // these scroll to a row by their height, or have few rows
			w.built[p].Resize(size)
			w.pages[p].render()
			return
		}
		high := min(size.Height, 320) // at first a low page, which has few rows
		w.built[p].Resize(fyne.NewSize(size.Width, high))
		w.pages[p].render()
		w.grow(p, high)
	})
}

// grow makes a page higher, and with that its list longer, until it has the
// window's height.
func (w *window) grow(p int, high float32) {
	w.app.Later(func() {
		size := w.stack.Size()
		if w.ready.seen[p] || high >= size.Height {
			return
		}
		high = min(size.Height, high+growth)
		w.built[p].Resize(fyne.NewSize(size.Width, high))
		w.grow(p, high)
	})
}
