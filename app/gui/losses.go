package gui

import (
	"fmt"
	"reflect"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// lossList is what Overview shows of losses: a card for each account, and notes
// on what is over.
type lossList struct {
	w       *window
	problem *banner
	running *progress
	restore *panel // what is being put back
	cards   []*lossCard
	notes   []*lossNote
	halves  []*halfway
	parts   string // what is shown
	content *fyne.Container
}

func newLossList(w *window) *lossList {
	l := &lossList{w: w, problem: newBanner(w), running: newProgress(w.app.Restore.Cancel)}
	look := plain(present.ActShow, nil, func() { w.show(pageRestore) })
	l.restore = newCard(row(8, 0, l.running.content, look))
	l.content = column(16, l.problem.content, l.restore)
	l.content.Hide()
	return l
}

func (l *lossList) render() {
	s := l.w.app.Losses
	r := l.w.app.Restore
	l.problem.show(s.Problem, present.LevelBad)
	l.running.show(r.Busy)
	l.restore.Hidden = r.Busy == nil
	for len(l.cards) < len(s.Cards) {
		c := newLossCard(l.w)
		l.cards = append(l.cards, c)
		l.content.Objects = slices.Insert(l.content.Objects, 1+len(l.cards), fyne.CanvasObject(c.content))
	}
	for len(l.cards) > len(s.Cards) {
		last := l.cards[len(l.cards)-1]
		l.cards = l.cards[:len(l.cards)-1]
		l.content.Remove(last.content)
	}
	moved := false
	for i, c := range s.Cards {
		moved = l.cards[i].show(c) || moved
	}
	for len(l.notes) < len(s.Over) {
		n := newLossNote(l.w)
		l.notes = append(l.notes, n)
		l.content.Add(n.content)
	}
	for len(l.notes) > len(s.Over) {
		last := l.notes[len(l.notes)-1]
		l.notes = l.notes[:len(l.notes)-1]
		l.content.Remove(last.content)
	}
	for i, n := range s.Over {
		l.notes[i].show(n)
	}
	for len(l.halves) < len(r.Unfinished) {
		h := newHalfway(l.w)
		l.halves = append(l.halves, h)
		l.content.Add(h.banner.content)
	}
	for len(l.halves) > len(r.Unfinished) {
		last := l.halves[len(l.halves)-1]
		l.halves = l.halves[:len(l.halves)-1]
		l.content.Remove(last.banner.content)
	}
	for i, u := range r.Unfinished {
		l.halves[i].show(u, r.Running())
	}
	l.content.Hidden = s.Problem == nil && r.Busy == nil && len(s.Cards)+len(s.Over)+len(r.Unfinished) == 0
	if parts := fmt.Sprint(s.Problem != nil, r.Busy != nil, len(s.Cards), len(s.Over), len(r.Unfinished)); moved || parts != l.parts {
		l.parts = parts
		l.content.Refresh()
	}
}

// lossNote says that an incident is over.
type lossNote struct {
	now          present.LossNote
	icon         *levelIcon
	title, words *text
	content      *panel
}

func newLossNote(w *window) *lossNote {
	n := &lossNote{icon: newLevelIcon(20), title: newText("").bold(), words: newMuted("")}
	seen := quiet(present.ActDismiss, nil, func() { w.app.Losses.Dismiss(n.now) })
	n.content = newPanel(colGood, "", 8, pad(row(10, 1, n.icon.box, column(2, n.title, n.words), seen), 8, 8, 8, 12))
	return n
}

func (n *lossNote) show(s present.LossNote) {
	n.now = s
	level := present.LevelBusy // noted
	if s.Good {
		level = present.LevelGood
	}
	n.icon.set(level)
	n.content.refill(levelSurface(level))
	n.title.set(s.Title)
	n.words.set(s.Text)
}

// halfway is a restore that stopped.
type halfway struct {
	now    present.Unfinished
	goOn   *button
	banner *banner
}

func newHalfway(w *window) *halfway {
	h := &halfway{}
	h.goOn = plain(present.ActGoOn, theme.MediaReplayIcon(), func() {
		w.app.Restore.Resume(h.now.ID)
		w.show(pageRestore)
	})
	h.banner = newBanner(w, h.goOn, quiet(present.ActNotNow, nil, func() { w.app.Restore.Drop(h.now.ID) }))
	return h
}

func (h *halfway) show(u present.Unfinished, busy bool) {
	h.now = u
	h.banner.show(&present.Notice{Title: u.Title, Text: u.Text}, present.LevelNote)
	if busy {
		h.goOn.Disable()
	} else {
		h.goOn.Enable()
	}
}

// lossCard is what one account lost, and what can be done.
type lossCard struct {
	w             *window
	now           present.LossCard
	title, words  *words
	since         *text
	lines         *fyne.Container
	rows          []*lossRow
	more          *button
	back, look    *button
	mine, keep    *button
	export        *button
	buttons, body *fyne.Container
	content       *panel
}

func newLossCard(w *window) *lossCard {
	c := &lossCard{w: w, title: newWords(""), words: newWords(""), since: newMuted("")}
	c.title.TextStyle.Bold, c.title.SizeName = true, sizeSection
	account := func() string { return c.now.Account }
	c.back = primary("", theme.MediaReplayIcon(), func() { w.putBack(account()) })
	c.look = plain(present.ActReview, theme.SearchIcon(), func() { w.review(c.now.Lines[0].ID) })
	c.mine = plain(present.ActMine, theme.AccountIcon(), func() { w.ask(w.app.Losses.Mine(account())) })
	c.keep = plain(present.ActKeepHere, theme.StorageIcon(), func() { w.ask(w.app.Losses.Keep(account())) })
	c.export = plain("", theme.DownloadIcon(), func() { w.exportLoss(account()) })
	c.more = quiet("", nil, func() { w.app.Losses.ShowAll(account()) })
	c.lines = column(2)
	c.buttons = flowRow(8, c.back, c.look, c.mine, c.keep, c.export)
	badge := newPanel(colCard, "", 18, pad(icon(theme.WarningIcon(), 20, theme.ColorNameError), 8, 8, 8, 8))
	words := column(-8, flush(c.title), flush(c.words))
	c.body = column(12, topRow(12, 1, column(0, badge), column(-2, pad(words, -6, 0, 0, 0), c.since)), c.lines, c.buttons)
	c.content = newPanel(colAlert, colAlertLine, 10, pad(c.body, 16, 16, 16, 16))
	return c
}

// show shows an account's losses, and reports whether that is anything new:
// drawing the buttons' icons again costs a good part of a frame.
func (c *lossCard) show(s present.LossCard) bool {
	if reflect.DeepEqual(c.now, s) {
		return false
	}
	c.now = s
	if c.title.Text != s.Title {
		c.title.SetText(s.Title)
	}
	if c.words.Text != s.Text {
		c.words.SetText(s.Text)
	}
	c.words.Hidden = s.Text == ""
	c.since.set(s.Since)
	for _, b := range []struct {
		b *button
		s string
	}{{c.back, s.PutBack}, {c.export, s.Export}, {c.more, s.More}} {
		if b.b.Text != b.s {
			b.b.SetText(b.s)
		}
	}
	c.showLines(s)
	c.back.Hidden, c.keep.Hidden, c.look.Hidden = !s.CanBack, !s.CanKeep, s.Several
	for _, b := range []*button{c.back, c.mine, c.keep, c.export} {
		if s.Busy {
			b.Disable()
		} else {
			b.Enable()
		}
	}
	if c.w.app.ReadOnly { // nothing can be decided on in a copy
		c.mine.Hidden, c.keep.Hidden, c.back.Hidden = true, true, true
	}
	c.body.Refresh()
	return true
}

func (c *lossCard) showLines(s present.LossCard) {
	lines := s.Lines
	if !s.Several {
		lines = nil
	}
	for len(c.rows) < len(lines) {
		c.rows = append(c.rows, newLossRow(c.w))
	}
	c.rows = c.rows[:len(lines)]
	objects := make([]fyne.CanvasObject, 0, len(lines)+1)
	for i, l := range lines {
		c.rows[i].show(l)
		objects = append(objects, c.rows[i].content)
	}
	if s.More != "" {
		objects = append(objects, container.NewHBox(c.more))
	}
	c.lines.Objects = objects
	c.lines.Hidden = len(lines) == 0
}

// lossRow is one incident among several.
type lossRow struct {
	now        present.LossLine
	kind       string
	icon       *widget.Icon
	name, what *text
	content    *panel
}

func newLossRow(w *window) *lossRow {
	r := &lossRow{kind: "-", icon: widget.NewIcon(nil), name: newText("").bold(), what: newMuted("")}
	look := quiet(present.ActReview, theme.SearchIcon(), func() { w.review(r.now.ID) })
	line := row(12, 1, exactly(20, 20, r.icon), column(2, r.name, r.what), look)
	r.content = newPanel(colCard, "", 8, pad(line, 6, 8, 6, 12))
	return r
}

func (r *lossRow) show(l present.LossLine) {
	r.now = l
	if r.kind != l.Kind {
		r.kind = l.Kind
		res := theme.HomeIcon()
		if l.Kind != "" {
			res = kindIcon(l.Kind)
		}
		r.icon.SetResource(theme.NewColoredResource(res, colMuted))
	}
	r.name.set(l.Name)
	r.what.set(l.What)
}

// ask opens a question; nil asks nothing.
func (w *window) ask(q *present.Question) {
	if q == nil {
		return
	}
	cancel := newButton(present.ActCancel, nil, widget.MediumImportance, nil)
	do := newButton(q.Do, nil, widget.HighImportance, nil)
	m := newModal(w, q.Title, flush(newPara(q.Text)), cancel, do)
	cancel.OnTapped = m.hide
	do.OnTapped = func() {
		m.hide()
		q.Yes()
	}
	m.show()
}

// review opens everything that an incident is about.
func (w *window) review(id int64) {
	w.app.Review.Open(id)
	w.show(pageReview)
}
