package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// States that are built at once, and at most: building a state takes a
// fraction of a millisecond, and nothing may block the window for long.
const (
	statesAtOnce = 6
	statesShown  = 200
)

// oldState says of an object that it is shown as it was, with what can be done
// about that, and leads to its history.
func (v *detailView) oldState(d *present.Detail) []fyne.CanvasObject {
	pane, old := v.pane, d.Old
	var actions []fyne.CanvasObject
	if old != nil && old.Revision != 0 {
		actions = append(actions, plain(present.ActPutBackAll, theme.ContentUndoIcon(), func() { v.w.app.PutBack.AskVersion(pane, old.Revision) }))
	}
	if pane.Looking() {
		actions = append(actions, quiet(present.ActToHistory, theme.NavigateBackIcon(), func() { pane.LookAt(0) }))
	} else {
		actions = append(actions, quiet(present.ActHistory, theme.HistoryIcon(), pane.ToggleHistory))
	}
	if old == nil || old.Title == "" {
		return []fyne.CanvasObject{pad(flowRow(8, actions...), 8, 0, 0, -8)}
	}
	b := newBanner(v.w)
	b.show(&present.Notice{Title: old.Title, Text: old.Text}, present.LevelNote)
	return []fyne.CanvasObject{pad(b.content, 8, 0, 0, 0), pad(flowRow(8, actions...), 8, 0, 0, 0)}
}

// showHistory shows every state of the object.
func (v *detailView) showHistory(h *present.ObjectHistory) {
	if v.history == h {
		return
	}
	v.history, v.shown = h, nil
	v.part++
	switch {
	case h.Problem != nil:
		v.scroll.Hide()
		v.empty.show(h.Problem)
		return
	case !h.Ready:
		v.scroll.Hide()
		v.empty.show(&present.Notice{Text: present.LoadingText})
		return
	}
	v.empty.show(nil)
	title := newPara(h.Title)
	title.SizeName, title.TextStyle.Bold = theme.SizeNameHeadingText, true
	under := newMuted(h.Under)
	close := quiet(present.ActHistoryHide, theme.CancelIcon(), v.pane.ToggleHistory)
	v.body.Objects = []fyne.CanvasObject{topRow(8, 0, column(-2, flush(title), under), container.NewVBox(close))}
	v.scroll.Show()
	v.scroll.ScrollToTop()
	v.addStates(h, 0, v.part)
}

// addStates builds some states, and the next ones later.
func (v *detailView) addStates(h *present.ObjectHistory, from, part int) {
	if part != v.part {
		return
	}
	to := min(from+statesAtOnce, len(h.States), statesShown)
	for _, s := range h.States[from:to] {
		v.body.Objects = append(v.body.Objects, v.state(s))
	}
	v.height = 0
	settle(v.body, v.scroll, &v.height)
	if to < min(len(h.States), statesShown) {
		v.w.app.Later(func() { v.addStates(h, to, part) })
	}
}

// state is one state: what happened, when, each difference, and what can be
// done with it.
func (v *detailView) state(s present.State) fyne.CanvasObject {
	pane := v.pane
	head := row(10, 1, exactly(10, 10, newPanel(levelInk(s.Level), "", 5, nil)), newText(s.What).bold(), newMuted(s.When).full())
	body := column(0, pad(newRule(false), 12, 0, 10, 0), head)
	for _, l := range s.Lines {
		words := newPara(l.Text)
		words.Selectable = true
		o := []fyne.CanvasObject{words}
		if l.Revision != 0 {
			b := quiet(present.ActPutBack, theme.ContentUndoIcon(), func() { v.w.app.PutBack.AskField(pane, l) })
			o = append(o, column(0, b))
		}
		body.Add(pad(topRow(4, 0, o...), 0, 0, -4, 12))
	}
	var actions []fyne.CanvasObject
	if s.Revision != 0 && (s.Now == "" || s.Held) {
		actions = append(actions,
			plain(present.ActLook, theme.VisibilityIcon(), func() { pane.LookAt(s.Revision) }),
			plain(present.ActPutBackAll, theme.ContentUndoIcon(), func() { v.w.app.PutBack.AskVersion(pane, s.Revision) }))
	}
	if s.Now != "" {
		n := newText(s.Now).as(sizeSmall, theme.ColorNameSuccess)
		if s.Held {
			n.colour = theme.ColorNameWarning
		}
		body.Add(pad(n, 4, 0, 0, 20))
	}
	if len(actions) > 0 {
		body.Add(pad(flowRow(8, actions...), 8, 0, 0, 20))
	}
	return body
}

// watchPutBack shows the question, the work and the answer of putting back.
func watchPutBack(w *window) {
	var d *putBackDialog
	p := w.app.PutBack
	p.Changed = func() {
		switch {
		case p.Open && d == nil:
			d = newPutBackDialog(w)
			d.render()
			d.modal.show()
		case p.Open:
			d.render()
			d.modal.fit()
		case d != nil:
			d.modal.hide()
			d = nil
		}
	}
}

// putBackDialog asks before something is written to the server.
type putBackDialog struct {
	p        *present.PutBack
	text     *widget.Label
	note     *widget.Label
	progress *progress
	done     *banner
	lines    *widget.Label
	cancel   *widget.Button
	do       *widget.Button
	modal    *modal
}

func newPutBackDialog(w *window) *putBackDialog {
	p := w.app.PutBack
	d := &putBackDialog{p: p, text: newPara(""), note: newSmallPara(""), progress: newProgress(p.Close), done: newBanner(w), lines: newSmallPara("")}
	d.note.Importance = widget.LowImportance
	d.lines.TextStyle.Monospace = true
	d.cancel = plain(present.ActCancel, nil, p.Close)
	d.do = primary(p.Action, theme.ContentUndoIcon(), p.Confirm)
	d.modal = newModal(w, p.Title, column(4, flush(d.text), flush(d.note), d.progress.content, d.done.content, flush(d.lines)), d.cancel, d.do)
	return d
}

func (d *putBackDialog) render() {
	p := d.p
	if d.modal.head.Text != p.Title {
		d.modal.head.SetText(p.Title)
	}
	asking := p.Busy == nil && p.Done == nil
	d.text.SetText(p.Text)
	d.note.SetText(p.Note)
	d.text.Hidden, d.note.Hidden = !asking, !asking || p.Note == ""
	d.progress.show(p.Busy)
	d.progress.cancel.Hide() // Cancel is below
	d.done.show(p.Done, p.Level)
	d.lines.SetText(p.LineText())
	d.lines.Hidden = p.LineText() == ""
	d.do.Hidden = !asking
	label := present.ActCancel
	if p.Done != nil {
		label = present.ActClose
	}
	if d.cancel.Text != label {
		d.cancel.SetText(label)
	}
}
