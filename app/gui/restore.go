package gui

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// restorePage puts back: the question, what would happen, how it goes, and the
// receipt.
type restorePage struct {
	w        *window
	head     *header
	back     *button
	ask      *restoreForm
	progress *progress
	doing    *widget.Label
	note     *widget.Label
	card     *fyne.Container
	work     *fyne.Container
	working  *fyne.Container
	result   *restoreResult
	empty    *emptyState
	from     int // the page that it was opened from
}

func newRestorePage(w *window) *restorePage { return &restorePage{w: w} }

func (p *restorePage) content() fyne.CanvasObject {
	p.head = newHeader(present.PageRestore)
	p.back = quiet(present.ActBack, theme.NavigateBackIcon(), p.escape)
	p.ask = newRestoreForm(p.w)
	p.progress = newProgress(p.w.app.Restore.Cancel)
	p.doing, p.note = newPara(""), newSmallPara("")
	p.doing.TextStyle.Bold, p.doing.SizeName = true, sizeSection
	p.note.Importance = widget.LowImportance
	p.card = column(8, flush(p.doing), p.progress.content, flush(p.note))
	p.working = pad(atMost(760, newCard(p.card)), 0, 24, 24, 24)
	p.work = container.NewVBox(p.working)
	p.result = newRestoreResult(p.w)
	p.empty = newEmpty(theme.MediaReplayIcon())
	p.empty.show(p.w.app.Restore.Nothing())
	head := container.NewBorder(nil, nil, pad(container.NewVBox(p.back), 20, 0, 0, 16), nil, p.head.content)
	return container.NewBorder(head, nil, nil, nil,
		container.NewStack(p.ask.scroll, p.work, p.result.content, p.empty.content))
}

func (p *restorePage) enter()    { p.render() }
func (p *restorePage) search()   {}
func (p *restorePage) firstUse() {}

// escape goes a step back, and from the first one to where it was opened from.
func (p *restorePage) escape() {
	r := p.w.app.Restore
	switch {
	case r.Running():
		p.w.show(pageOverview) // it goes on; Overview shows it
	case r.Stage == present.StagePreview:
		r.Back()
	case r.Stage == present.StageAsk:
		p.w.show(p.from)
	default:
		p.w.show(pageOverview)
	}
}

func (p *restorePage) render() {
	r := p.w.app.Restore
	p.head.title.set(r.Title())
	p.head.under.set(r.Headline())
	nothing := r.Empty()
	hide(p.empty.content, !nothing)
	hide(p.ask.scroll, nothing || r.Stage != present.StageAsk)
	hide(p.working, nothing || r.Stage != present.StagePlan && r.Stage != present.StageRun)
	hide(p.result.content, nothing || r.Stage != present.StagePreview && r.Stage != present.StageDone)
	shown := p.progress.content.Visible()
	p.progress.show(r.Busy)
	if doing, note := r.Doing(); p.doing.Text != doing || shown != p.progress.content.Visible() {
		p.doing.SetText(doing)
		p.note.SetText(note)
		for range 2 { // the note knows its height once it has its width
			p.card.Refresh()
			p.work.Refresh()
		}
	}
	if p.ask.scroll.Visible() {
		p.ask.render()
	}
	if p.result.content.Visible() {
		p.result.render()
	}
}

// restoreForm asks what, as of when, and where to.
type restoreForm struct {
	w                *window
	what, to         *widget.Select
	when             *widget.RadioGroup
	where            [3]*widget.RadioGroup
	day, folder      *field
	dayIs            *text
	dayBad, toBad    *widget.Label
	whenLine, dayBox *fyne.Container
	toBox, folderBox *fyne.Container
	problem          *banner
	signIn           *button
	plan             *button
	body             *fyne.Container
	scroll           *container.Scroll
	height           float32
	filling          bool
}

func newRestoreForm(w *window) *restoreForm {
	r := w.app.Restore
	f := &restoreForm{w: w, dayIs: newMuted(""), dayBad: newErrorLine(), toBad: newErrorLine()}
	user := func(do func()) func(string) { // a choice of the person, not of render
		return func(string) {
			if !f.filling {
				do()
			}
		}
	}
	f.what = widget.NewSelect(nil, user(func() { r.SetWhat(f.what.SelectedIndex()) }))
	f.to = widget.NewSelect(nil, user(func() { r.SetTo(f.to.SelectedIndex()) }))
	f.when = widget.NewRadioGroup(nil, user(func() { r.SetWhen(r.WhenOf(f.when.Selected)) }))
	f.when.Required = true
	for i, words := range r.Wheres() { // apart, as each has its own fields under it
		f.where[i] = widget.NewRadioGroup([]string{words}, user(func() { r.SetWhere(i) }))
		f.where[i].Required = true
	}
	f.day = newField(w, present.RestoreDayEx)
	f.day.OnChanged = user2(f, r.SetDay)
	f.day.OnSubmitted = func(string) { r.PlanIt() }
	f.folder = newField(w, "")
	f.folder.OnChanged = user2(f, r.SetFolder)
	f.folder.OnSubmitted = func(string) { r.PlanIt() }
	choose := plain(present.ActChoose, theme.FolderOpenIcon(), func() { pickFolder(w, r.PickFolder) })
	other := plain(present.ActOtherCloud, theme.LoginIcon(), func() { w.show(pageAdd) })
	f.dayBox = pad(column(4, f.day, f.dayIs, flush(f.dayBad)), 0, 0, 0, 28)
	f.toBox = pad(flowRow(8, exactlyHigh(38, fixedWidth(220, framed(f.to))), other), 0, 0, 0, 28)
	f.folderBox = pad(row(8, 0, f.folder, choose), 0, 0, 0, 28)
	f.plan = primary(present.ActPlan, theme.NavigateNextIcon(), r.PlanIt)
	f.plan.IconPlacement = widget.ButtonIconTrailingText
	f.signIn = signInButton(w)
	f.problem = newBanner(w, f.signIn)
	f.whenLine = topLine(present.RestoreWhen, column(0, flush(f.when), f.dayBox))
	form := newCard(column(16,
		formLine(present.RestoreWhat, framed(f.what)), f.whenLine,
		topLine(present.RestoreWhere, column(0, flush(f.where[0]), flush(f.where[1]), f.toBox, flush(f.where[2]), f.folderBox, pad(flush(f.toBad), 0, 0, 0, 28))),
		formLine("", row(0, -1, f.plan))))
	f.body = column(16, f.problem.content, form)
	f.scroll = scrolled(atMost(760, f.body))
	return f
}

// user2 is for fields: what render fills in is not typed.
func user2(f *restoreForm, set func(string)) func(string) {
	return func(s string) {
		if !f.filling {
			set(s)
		}
	}
}

// topLine is formLine for something high: the label stands beside its first line.
func topLine(label string, o fyne.CanvasObject) *fyne.Container {
	return topRow(16, 1, fixedWidth(88, column(0, pad(newText(label).as(sizeBody, colMuted), 9, 0, 0, 0))), o)
}

func (f *restoreForm) render() {
	r := f.w.app.Restore
	f.filling = true
	f.what.SetOptions(r.Whats)
	f.what.SetSelectedIndex(r.What)
	var whens []string
	for _, w := range r.Whens() {
		if w != "" {
			whens = append(whens, w)
		}
	}
	f.when.Options = whens
	f.when.Selected = r.Whens()[r.When]
	f.when.Refresh()
	for i, words := range r.Wheres() {
		f.where[i].Selected = ""
		if i == r.Where {
			f.where[i].Selected = words
		}
		f.where[i].Refresh()
	}
	f.to.SetOptions(r.Tos)
	if len(r.Tos) > 0 {
		f.to.SetSelectedIndex(r.To)
	}
	for e, s := range map[*field]string{f.day: r.Day, f.folder: r.Folder} {
		if e.Text != s {
			e.SetText(s)
		}
	}
	f.filling = false
	f.dayIs.set(r.DayIs)
	f.dayIs.Hidden = r.DayIs == ""
	showError(f.dayBad, r.DayBad)
	showError(f.toBad, r.ToBad)
	f.whenLine.Hidden = !r.AsksWhen()
	f.dayBox.Hidden = r.When != present.WhenDay
	f.toBox.Hidden = r.Where != present.WhereOther
	f.to.Hidden = len(r.Tos) == 0
	f.toBox.Objects[0].(*fyne.Container).Objects[0].(*fyne.Container).Hidden = len(r.Tos) == 0
	f.folderBox.Hidden = r.Where != present.WhereFolder
	f.signIn.Hidden = r.SignIn == ""
	f.problem.show(r.Problem, present.LevelBad)
	f.height = 0
	settle(f.body, f.scroll, &f.height)
}

// restore opens the question; account is chosen, "" everything.
func (w *window) restore(account string) {
	if w.shown != pageRestore {
		w.pages[pageRestore].(*restorePage).from = w.shown
	}
	w.app.Restore.Begin(account)
	w.show(pageRestore)
}

// putBack plans putting back what an account lost.
func (w *window) putBack(account string) {
	w.app.Restore.PutBack(account)
	w.show(pageRestore)
}

// exportLoss exports an account now, or the state before what was changed.
func (w *window) exportLoss(account string) {
	if w.app.Losses.OnlyChanged(account) {
		w.app.Restore.StateOf(account)
		w.show(pageRestore)
		return
	}
	w.app.Export.Now(account)
	w.show(pageExport)
}

// restoreChanged shows what has become of a restore: on its page, and on
// Overview when one begins, ends or is left half-way. How far one is Overview
// shows by itself.
func (w *window) restoreChanged() {
	w.dirty(pageRestore)
	r := w.app.Restore
	if told := fmt.Sprint(r.Busy != nil, r.Unfinished); told != w.restoring {
		w.restoring = told
		w.dirty(pageOverview)
	}
}

// added leads back to where an account was wanted for.
func (w *window) added(name string) {
	if w.back == pageRestore {
		w.app.Restore.Target(name)
		w.show(pageRestore)
		return
	}
	w.show(pageOverview)
}
