package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// exportPage writes standard files.
type exportPage struct {
	w        *window
	head     *header
	what     *widget.Select
	kind     *widget.Select
	as       *widget.RadioGroup
	to       *field
	toError  *widget.Label
	start    *button
	progress *progress
	problem  *banner
	replace  *button
	done     *banner
	files    *words
	filesBox *panel
	form     *panel
	back     *panel // leads to putting back
	empty    *emptyState
	body     *fyne.Container
	scroll   *container.Scroll
	height   float32
	filling  bool
}

func newExportPage(w *window) *exportPage { return &exportPage{w: w} }

func (p *exportPage) content() fyne.CanvasObject {
	e := p.w.app.Export
	p.head = newHeader(present.PageExport)
	p.what = widget.NewSelect(e.Whats, func(string) {
		if !p.filling {
			e.What = p.what.SelectedIndex()
		}
	})
	p.kind = widget.NewSelect(present.ExportKinds, func(string) { e.Kind = p.kind.SelectedIndex() })
	p.kind.SetSelectedIndex(0)
	p.as = widget.NewRadioGroup([]string{present.ExportAsFolder, present.ExportAsZip}, func(s string) {
		if !p.filling {
			e.SetZip(s == present.ExportAsZip)
		}
	})
	p.as.Horizontal = true
	p.as.Required = true
	p.to = newField(p.w, "")
	p.to.OnChanged = func(s string) {
		if !p.filling {
			e.SetTo(s)
		}
	}
	p.to.OnSubmitted = func(string) { e.Start(false) }
	p.toError = newErrorLine()
	choose := plain(present.ActChoose, theme.FolderOpenIcon(), func() { pickFolder(p.w, e.SetFolder) })
	p.start = primary(present.ActExport, theme.DownloadIcon(), func() { e.Start(false) })
	p.progress = newProgress(e.Cancel)
	p.replace = plain(present.ActReplace, nil, func() { e.Start(true) })
	p.problem = newBanner(p.w, p.replace)
	p.done = newBanner(p.w,
		plain(present.ActShowFolder, theme.FolderOpenIcon(), func() { p.w.app.Show(e.Done.Path) }),
		quiet(present.ActAgain, nil, e.Again))
	p.files = newWords("")
	p.files.SizeName = sizeSmall
	p.filesBox = newCard(column(0, newText(present.ExportFiles).as(sizeSmall, theme.ColorNamePrimary).bold(), flush(p.files)))
	p.form = newCard(column(16,
		formLine(present.ExportWhat, framed(p.what)), formLine(present.ExportKind, framed(p.kind)), formLine(present.ExportAs, flush(p.as)),
		formLine(present.ExportWhere, row(8, 0, p.to, choose)), pad(p.toError, -12, 0, 0, 96),
		formLine("", row(0, -1, p.start))))
	restore := plain(present.ActRestore, theme.MediaReplayIcon(), func() { p.w.restore("") })
	p.back = newCard(container.New(&besideLayout{}, flush(explain(present.RestoreFrom)), row(0, -1, restore)))
	p.back.Hidden = p.w.app.ReadOnly
	p.empty = newEmpty(theme.DownloadIcon())
	p.empty.show(&present.Notice{Title: present.NothingToExport, Text: present.NothingToExportMsg})
	p.body = column(16, p.form, p.progress.content, p.problem.content, p.done.content, p.filesBox, p.back)
	p.scroll = scrolled(atMost(760, p.body))
	return container.NewBorder(p.head.content, nil, nil, nil, container.NewStack(p.scroll, p.empty.content))
}

func (p *exportPage) enter()  { p.render() }
func (p *exportPage) search() { focusAll(p.w, p.to) }
func (p *exportPage) escape() {}
func (p *exportPage) firstUse() {
	if !p.w.app.Export.Empty() {
		p.w.win.Canvas().Focus(p.to)
	}
}

func (p *exportPage) render() {
	e := p.w.app.Export
	p.head.under.set(e.Text())
	p.filling = true
	p.what.SetOptions(e.Whats)
	p.what.SetSelectedIndex(e.What)
	as := present.ExportAsFolder
	if e.Zip {
		as = present.ExportAsZip
	}
	if p.as.Selected != as {
		p.as.SetSelected(as)
	}
	if p.to.Text != e.To {
		p.to.SetText(e.To)
		p.to.CursorColumn = len([]rune(e.To))
	}
	p.filling = false
	showError(p.toError, e.ToError)
	if e.Busy != nil {
		p.start.Disable()
	} else {
		p.start.Enable()
	}
	p.progress.show(e.Busy)
	p.replace.Hidden = !e.CanReplace
	p.problem.show(e.Problem, present.LevelNote)
	if e.Done != nil {
		p.done.show(&present.Notice{Title: e.Done.Title, Text: e.Done.Text + "\n" + e.Done.Where}, present.LevelGood)
		p.files.SetText(e.Done.List())
	} else {
		p.done.show(nil, 0)
	}
	p.filesBox.Hidden = e.Done == nil
	nothing := e.Empty()
	p.empty.content.Hidden = !nothing
	p.body.Hidden = nothing
	settle(p.body, p.scroll, &p.height)
}

// formLine is a label beside a control.
func formLine(label string, o fyne.CanvasObject) *fyne.Container {
	return row(16, 1, fixedWidth(88, newText(label).as(sizeBody, colMuted)), o)
}

// newErrorLine says what is wrong with the field above it.
func newErrorLine() *widget.Label {
	l := newSmallPara("")
	l.Importance = widget.DangerImportance
	l.Hide()
	return l
}

func showError(l *widget.Label, s string) {
	if l.Text != s {
		l.SetText(s)
	}
	l.Hidden = s == ""
}
