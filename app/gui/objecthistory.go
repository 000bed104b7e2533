package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
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

// statesView is an object's history in the pane: a list, because an object
// that a server rewrote every night has thousands of states.
type statesView struct {
	w       *window
	pane    *present.DetailPane
	shown   *present.ObjectHistory
	width   float32 // that lines were broken for
	rows    []stateRow
	title   *text
	under   *text
	box     *fyne.Container // of the list
	content *fyne.Container
}

func newStatesView(v *detailView) *statesView {
	s := &statesView{w: v.w, title: newText("").as(sizeTitle, theme.ColorNameForeground).bold(), under: newMuted(""), box: container.NewStack()}
	close := quiet(present.ActHistoryHide, theme.CancelIcon(), func() { s.pane.ToggleHistory() })
	head := row(8, 0, column(2, s.title, s.under), close)
	s.content = container.NewBorder(pad(head, 20, 16, 8, 24), nil, nil, nil, pad(s.box, 0, 8, 8, 16))
	s.content.Hide()
	return s
}

// showHistory shows every state of the object.
func (v *detailView) showHistory(h *present.ObjectHistory) {
	v.clear()
	s := v.states
	hide(s.content, h.Problem != nil || !h.Ready)
	switch {
	case h.Problem != nil:
		v.empty.show(h.Problem)
		return
	case !h.Ready:
		v.empty.show(&present.Notice{Text: present.LoadingText})
		return
	}
	v.empty.show(nil)
	s.show(v.pane, h, v.content.Size().Width-24)
}

func (s *statesView) show(pane *present.DetailPane, h *present.ObjectHistory, width float32) {
	if s.shown == h && s.pane == pane && s.width == width {
		return
	}
	s.shown, s.pane, s.width = h, pane, width
	s.title.set(h.Title)
	s.under.set(h.Under)
	s.rows = stateRows(h.States, width-stateLeft-stateRight)
	list := newRows(func() int { return len(s.rows) }, func() fyne.CanvasObject { return newStateRowView(s) }, func(i int, o fyne.CanvasObject) {
		if i < len(s.rows) {
			o.(*stateRowView).show(s.rows[i])
		}
	})
	list.OnSelected = func(int) { list.UnselectAll() }
	for i, r := range s.rows {
		if i == heightsSet {
			break
		}
		list.SetItemHeight(i, r.height())
	}
	s.box.Objects = []fyne.CanvasObject{list}
	relaid(s.box)
}

// Rows beyond these all have the same height: a height of its own for each of
// very many would take time.
const heightsSet = 1000

const (
	stateLeft   = 28
	stateRight  = 24
	stateButton = 104 // room for Put back
)

// stateRow is one line of a history: the head of a state, a part of one of its
// differences, or what can be done with it.
type stateRow struct {
	kind  int
	state *present.State
	line  *present.StateLine // with a button in this row; nil: none
	text  string
}

const (
	stateHead = iota
	stateText
	stateMore // goes on with the text above
	stateNow
	stateActions
)

func (r stateRow) height() float32 {
	return [...]float32{stateHead: 36, stateText: 28, stateMore: 16, stateNow: 24, stateActions: 40}[r.kind]
}

// stateRows lays states out as rows; texts are broken into lines of a width.
func stateRows(states []present.State, width float32) []stateRow {
	var out []stateRow
	measured := 0
	for i := range states {
		s := &states[i]
		out = append(out, stateRow{kind: stateHead, state: s})
		for j := range s.Lines {
			l := &s.Lines[j]
			parts, room := []string{l.Text}, width
			if l.Revision != 0 {
				room -= stateButton
			}
			if measured++; measured <= brokenAtMost && room > 0 {
				parts = breakWords(l.Text, func(s string) bool { return fyne.MeasureText(s, theme.Size(sizeBody), fyne.TextStyle{}).Width <= room })
			}
			for k, part := range parts {
				r := stateRow{kind: stateText, state: s, text: part}
				if k > 0 {
					r.kind = stateMore
				} else if l.Revision != 0 {
					r.line = l
				}
				out = append(out, r)
			}
		}
		if s.Now != "" {
			out = append(out, stateRow{kind: stateNow, state: s})
		}
		if s.Revision != 0 && (s.Now == "" || s.Held) {
			out = append(out, stateRow{kind: stateActions, state: s})
		}
	}
	return out
}

// stateRowView shows any stateRow.
type stateRowView struct {
	widget.BaseWidget
	of              *statesView
	row             stateRow
	mark            *panel
	what, when      *text
	words, now      *text
	putBack         *button
	head, line      *fyne.Container
	nowBox, actions *fyne.Container
	body            *fyne.Container
}

func newStateRowView(s *statesView) *stateRowView {
	r := &stateRowView{of: s, mark: newPanel(colFaint, "", 5, nil), what: newText("").bold(), when: newMuted("").full(), words: newText(""), now: newText("")}
	r.now.size = sizeSmall
	r.head = container.NewBorder(newRule(false), nil, nil, nil, pad(row(10, 1, exactly(10, 10, r.mark), r.what, r.when), 4, stateRight, 0, 8))
	r.line = pad(row(8, 0, r.words), 0, stateRight-8, 0, stateLeft)
	r.nowBox = pad(r.now, 0, stateRight, 0, stateLeft)
	r.actions = row(8, -1)
	r.body = container.NewStack(r.head, r.line, r.nowBox, pad(r.actions, 0, 0, 0, stateLeft))
	r.ExtendBaseWidget(r)
	return r
}

func (r *stateRowView) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.New(&boxLayout{height: 28}, r.body))
}

func (r *stateRowView) show(row stateRow) {
	r.row = row
	hide(r.head, row.kind != stateHead)
	hide(r.line, row.kind != stateText && row.kind != stateMore)
	hide(r.nowBox, row.kind != stateNow)
	hide(r.actions, row.kind != stateActions)
	r.buttons()
	switch row.kind {
	case stateHead:
		r.mark.refill(levelInk(row.state.Level))
		r.what.set(row.state.What)
		r.when.set(row.state.When)
	case stateText, stateMore:
		r.words.set(row.text)
		if r.putBack != nil {
			hide(r.putBack, row.line == nil)
		}
	case stateNow:
		r.now.set(row.state.Now)
		r.now.tint(theme.ColorNameSuccess)
		if row.state.Held {
			r.now.tint(theme.ColorNameWarning)
		}
	}
	relaid(r.body)
}

// buttons makes what the row is pressed on when it is first needed: most rows
// never have any, and a button takes longer to make than all the rest of a row.
func (r *stateRowView) buttons() {
	s := r.of
	if r.row.line != nil && r.putBack == nil {
		r.putBack = quiet(present.ActPutBack, theme.ContentUndoIcon(), func() { s.w.app.PutBack.AskField(s.pane, *r.row.line) })
		r.line.Objects[0].(*fyne.Container).Add(r.putBack)
	}
	if r.row.kind == stateActions && len(r.actions.Objects) == 0 {
		r.actions.Add(plain(present.ActLook, theme.VisibilityIcon(), func() { s.pane.LookAt(r.row.state.Revision) }))
		r.actions.Add(plain(present.ActPutBackAll, theme.ContentUndoIcon(), func() { s.w.app.PutBack.AskVersion(s.pane, r.row.state.Revision) }))
	}
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
	cancel   *button
	do       *button
	modal    *modal
}

func newPutBackDialog(w *window) *putBackDialog {
	p := w.app.PutBack
	d := &putBackDialog{p: p, text: newPara(""), note: newSmallPara(""), progress: newProgress(p.Close), done: newBanner(w), lines: newSmallPara("")}
	d.note.Importance = widget.LowImportance
	d.lines.TextStyle.Monospace = true
	d.cancel = newButton(present.ActCancel, nil, widget.MediumImportance, p.Close)
	d.do = newButton(p.Action, theme.ContentUndoIcon(), widget.HighImportance, p.Confirm)
	d.modal = newModal(w, p.Title, column(4, flush(d.text), flush(d.note), d.progress.content, d.done.content, flush(d.lines)), d.cancel, d.do)
	d.modal.escape = p.Close
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
		if p.Done != nil { // what had the focus is not there any more
			d.modal.w.win.Canvas().Focus(d.cancel)
		}
	}
}
