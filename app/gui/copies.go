package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// copiesGroup is the second copy and the history in the settings.
type copiesGroup struct {
	w           *window
	where       *text
	every       *widget.Select
	last        *widget.Label
	level       *levelIcon
	choose, now *button
	progress    *progress
	done        *banner
	problem     *banner
	thin        *widget.Check
	thinDone    *widget.Label
	thinning    *progress
	copies      *fyne.Container
	history     *fyne.Container
	content     *fyne.Container
	filling     bool
}

func newCopiesGroup(w *window) *copiesGroup {
	c := w.app.Copies
	g := &copiesGroup{w: w, where: newText(""), level: newLevelIcon(16), done: newBanner(w), problem: newBanner(w), thinDone: newSmallPara("")}
	var last *fyne.Container
	g.last, last = newMutedPara()
	var choices []string
	for _, i := range present.CopyIntervals {
		choices = append(choices, i.Words)
	}
	g.every = widget.NewSelect(choices, func(string) {
		if !g.filling {
			c.SetEvery(g.every.SelectedIndex())
		}
	})
	g.choose = plain(present.ActChoose, theme.FolderOpenIcon(), func() { pickFolder(w, c.SetTo) })
	g.now = plain(present.ActCopyNow, theme.ContentCopyIcon(), c.Now)
	open := quiet(present.ActOpenCopy, theme.FileIcon(), func() { pickCopy(w, c.Open) })
	g.progress, g.thinning = newProgress(c.Cancel), newProgress(c.Cancel)
	g.thin = widget.NewCheck(present.SetThin, func(on bool) {
		if !g.filling {
			c.SetThin(on)
		}
	})
	c.Ask = func(q *present.Question) {
		w.ask(q)
		g.render() // the box follows what is decided
	}
	g.copies = column(8,
		row(16, 0, column(2, g.where, row(6, 1, g.level.box, last)), g.choose),
		row(16, 1, newText(present.SetCopyEvery).full(), fill(), fixedWidth(220, framed(g.every))),
		g.progress.content, g.done.content, g.problem.content,
		flowRow(8, g.now, open), pad(explain(present.SetCopyText), 0, 0, -8, -8))
	g.history = column(-12, flush(g.thin), pad(explain(present.SetThinText), 0, 0, 0, 14), pad(g.thinning.content, 16, 0, 8, 0), pad(g.thinDone, 0, 0, 0, 14))
	g.content = column(20, settingsGroup(present.SetCopy, g.copies), settingsGroup(present.SetHistory, g.history))
	return g
}

func (g *copiesGroup) render() {
	c := g.w.app.Copies
	g.where.set(c.Where)
	if g.last.Text != c.Last {
		g.last.SetText(c.Last)
	}
	g.level.set(c.Level)
	g.filling = true
	g.every.SetSelectedIndex(c.Every)
	g.thin.SetChecked(c.Thin)
	g.filling = false
	g.progress.show(c.Busy)
	g.thinning.show(c.ThinBusy)
	g.done.show(c.Done, present.LevelGood)
	g.problem.show(c.Problem, present.LevelNote)
	g.thinDone.SetText(c.ThinDone)
	g.thinDone.Hidden = c.ThinDone == ""
	for _, b := range []*button{g.choose, g.now} {
		if c.Busy != nil {
			b.Disable()
		} else {
			b.Enable()
		}
	}
	if c.ThinBusy != nil {
		g.thin.Disable()
	} else {
		g.thin.Enable()
	}
	g.copies.Refresh()
	g.history.Refresh()
}

// pickCopy opens the dialog that chooses a copy of a vault.
func pickCopy(w *window, picked func(path string)) {
	d := dialog.NewFileOpen(func(u fyne.URIReadCloser, err error) {
		if err == nil && u != nil {
			_ = u.Close() // only its place is wanted
			picked(u.URI().Path())
		}
	}, w.win)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".db"}))
	showFiles(w, d)
}

// readingStrip says above every page that the vault is only read: it is a copy, or
// can't be written to.
type readingStrip struct {
	of      *present.Reading
	name    *text
	words   *text
	content *panel
}

func newReadingStrip(w *window) *readingStrip {
	s := &readingStrip{of: w.app.Reading, name: newText("").bold(), words: newMuted("")}
	act := plain(present.ActCloseCopy, theme.CancelIcon(), func() { w.quit() })
	if s.of.Again != "" {
		act = plain(s.of.Again, theme.ViewRefreshIcon(), func() { s.of.TryAgain(w.quit) })
	}
	line := row(12, 1, icon(theme.InfoIcon(), 20, theme.ColorNameWarning), column(2, s.name, s.words), act)
	s.content = newPanel(colPast, "", 0, pad(line, 8, 16, 8, 16))
	s.render()
	return s
}

func (s *readingStrip) render() {
	s.name.set(s.of.Title)
	s.words.set(s.of.Text)
}
