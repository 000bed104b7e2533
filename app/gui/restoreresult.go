package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// restoreResult is a plan or a receipt: sentences and buttons at the left, the
// objects at the right.
type restoreResult struct {
	w           *window
	badge       *levelIcon
	badgeBox    *panel
	title       *words
	under       *words
	problem     *banner
	signIn      *button
	lines       *fyne.Container
	options     *fyne.Container
	checks      [4]*widget.Check
	buttons     *fyne.Container
	body        *fyne.Container
	scroll      *container.Scroll
	height      float32
	filter      *widget.Select
	list        *rows
	table       *present.RowTable
	shownPlan   *present.PlanView
	shownDone   *present.ReceiptView
	shownNotice *present.Notice
	filling     bool
	content     *fyne.Container
}

func newRestoreResult(w *window) *restoreResult {
	r := w.app.Restore
	p := &restoreResult{w: w, badge: newLevelIcon(20), title: newWords(""), under: newWords(""), signIn: signInButton(w), table: &present.RowTable{}}
	p.problem = newBanner(w, p.signIn)
	p.title.TextStyle.Bold, p.title.SizeName = true, sizeSection
	p.under.Importance = widget.LowImportance
	p.badgeBox = newPanel(colGood, "", 18, pad(p.badge.box, 8, 8, 8, 8))
	p.lines = column(-6)
	for i, o := range []struct {
		words string
		value *bool
	}{{present.OptOverwrite, &r.Overwrite}, {present.OptNewUIDs, &r.NewUIDs}, {present.OptMake, &r.Make}, {present.OptAsIs, &r.AsIs}} {
		p.checks[i] = widget.NewCheck("", func(on bool) {
			if !p.filling {
				r.SetOption(o.value, on)
			}
		})
	}
	p.options = column(-8)
	p.buttons = flowRow(8)
	p.body = column(12, topRow(12, 1, column(0, p.badgeBox), pad(column(-10, flush(p.title), flush(p.under)), -6, 0, 0, 0)), p.problem.content, p.lines, p.options)
	p.scroll = container.NewVScroll(pad(p.body, 16, 16, 8, 16))
	left := container.NewBorder(nil, pad(p.buttons, 8, 16, 16, 16), nil, nil, p.scroll)
	p.filter = widget.NewSelect(nil, func(string) {
		if i := p.filter.SelectedIndex(); !p.filling && i >= 0 && i != p.table.Filter {
			p.table.Filter = i
			p.list.ScrollToTop()
			p.list.Refresh()
		}
	})
	p.list = newRows(func() int { return p.table.Len() }, func() fyne.CanvasObject { return newRestoreRow() }, func(i int, o fyne.CanvasObject) {
		if i < p.table.Len() {
			o.(*restoreRow).show(p.table.At(i))
		}
	})
	p.list.OnSelected = func(i int) {
		p.list.UnselectAll()
		if i < p.table.Len() {
			showRow(w, p.table.At(i))
		}
	}
	right := container.NewBorder(pad(framed(p.filter), 12, 12, 8, 12), nil, nil, nil, pad(p.list, 0, 4, 8, 4))
	p.content = pad(container.New(resultLayout{func() float32 {
		return left.MinSize().Height - p.scroll.MinSize().Height + p.scroll.Content.MinSize().Height
	}},
		container.NewStack(newPanel(colCard, colLine, 10, nil), left),
		container.NewStack(newPanel(colCard, colLine, 10, nil), right)), 0, 24, 24, 24)
	return p
}

// resultLayout sets the sentences beside the list, or above it where it is
// narrow: there they get no more height than they need.
type resultLayout struct{ need func() float32 }

const (
	resultGap  = 16
	resultSide = 640 // from this width on they stand side by side
)

func (resultLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(300, 360) }

func (l resultLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	o[0].Move(fyne.NewPos(0, 0))
	if s.Width < resultSide {
		most := float32(int((s.Height - resultGap) * 0.58))
		h := most
		for range 2 { // what wraps knows its height once it has its width
			o[0].Resize(fyne.NewSize(s.Width, h))
			h = min(most, l.need())
		}
		o[0].Resize(fyne.NewSize(s.Width, h))
		o[1].Move(fyne.NewPos(0, h+resultGap))
		o[1].Resize(fyne.NewSize(s.Width, s.Height-h-resultGap))
		return
	}
	w := float32(int(min(420, max(300, s.Width*0.42))))
	o[0].Resize(fyne.NewSize(w, s.Height))
	o[1].Move(fyne.NewPos(w+resultGap, 0))
	o[1].Resize(fyne.NewSize(s.Width-w-resultGap, s.Height))
}

func (p *restoreResult) render() {
	r := p.w.app.Restore
	if p.shownPlan == r.Plan && p.shownDone == r.Done && p.shownNotice == r.Problem {
		return
	}
	fresh := p.shownPlan != r.Plan || p.shownDone != r.Done
	p.shownPlan, p.shownDone, p.shownNotice = r.Plan, r.Done, r.Problem
	p.signIn.Hidden = r.SignIn == ""
	p.problem.show(r.Problem, present.LevelBad)
	switch {
	case r.Done != nil:
		p.showReceipt(r.Done)
	case r.Plan != nil:
		p.showPlan(r.Plan)
	}
	p.filling = true
	p.filter.SetOptions(p.table.Filters)
	p.filter.SetSelectedIndex(p.table.Filter)
	p.filling = false
	p.filter.Refresh()
	p.list.Refresh()
	if fresh {
		p.list.ScrollToTop()
		p.scroll.ScrollToTop()
	}
	p.height = 0
	settle(p.body, p.scroll, &p.height)
	p.buttons.Refresh()
	p.content.Refresh()
}

func (p *restoreResult) head(title, under string, l present.Level) {
	p.title.SetText(title)
	p.under.SetText(under)
	p.under.Hidden = under == ""
	p.badge.set(l)
	p.badgeBox.refill(levelSurface(l))
}

func (p *restoreResult) showPlan(v *present.PlanView) {
	r := p.w.app.Restore
	p.table = &v.Table
	p.head(v.Title, v.Under, v.Level)
	p.setLines(v.Lines, nil)
	p.options.Objects = nil
	p.filling = true
	for i, o := range []struct {
		can, on bool
		words   string
	}{{v.CanOverwrite, r.Overwrite, present.OptOverwrite}, {v.CanNewUIDs, r.NewUIDs, present.OptNewUIDs}, {v.CanMake, r.Make, present.OptMake}, {v.CanAsIs, r.AsIs, present.OptAsIs}} {
		p.checks[i].SetChecked(o.on)
		if o.can {
			p.options.Objects = append(p.options.Objects, wordyCheck(p.checks[i], o.words))
		}
	}
	p.filling = false
	p.options.Hidden = len(p.options.Objects) == 0
	p.buttons.Objects = nil
	if v.Do != "" {
		p.buttons.Objects = append(p.buttons.Objects, primary(v.Do, theme.MediaReplayIcon(), r.Go))
	}
	p.buttons.Objects = append(p.buttons.Objects, plain(present.ActChange, nil, r.Back))
}

func (p *restoreResult) showReceipt(v *present.ReceiptView) {
	r := p.w.app.Restore
	p.table = &v.Table
	p.head(v.Title, v.Text, v.Level)
	p.setLines(v.Lines, v.Notes)
	p.options.Hidden = true
	p.buttons.Objects = nil
	for i, o := range r.Offers() {
		b := plain(o.Label, theme.MediaReplayIcon(), o.Do)
		if i == 0 {
			weigh(b, widget.HighImportance)
		}
		p.buttons.Objects = append(p.buttons.Objects, b)
	}
	done := plain(present.ActDone, theme.ConfirmIcon(), func() {
		r.Begin("")
		p.w.show(pageOverview)
	})
	if len(p.buttons.Objects) == 0 {
		weigh(done, widget.HighImportance)
	}
	p.buttons.Objects = append(p.buttons.Objects, done)
	if v.File != "" {
		p.buttons.Objects = append(p.buttons.Objects, plain(r.FileWords(), theme.FileTextIcon(), r.ShowReceipt))
	}
}

// setLines shows sentences with the picture of their level, and notes under them.
func (p *restoreResult) setLines(lines []present.PlanLine, notes []string) {
	p.lines.Objects = nil
	for _, l := range lines {
		res, c := levelLook(l.Level)
		if l.Level == present.LevelNone {
			res = theme.ContentRemoveIcon()
		}
		p.lines.Objects = append(p.lines.Objects, topRow(0, 1, pad(icon(res, 16, c), 10, 0, 0, 10), newPara(l.Text)))
	}
	for _, n := range notes {
		small := newSmallPara(n)
		small.Importance = widget.LowImportance
		p.lines.Objects = append(p.lines.Objects, topRow(0, 1, pad(icon(theme.InfoIcon(), 16, colMuted), 9, 0, 0, 10), small))
	}
}

// signInButton is for where a login was refused on the way.
func signInButton(w *window) *button {
	r := w.app.Restore
	return plain(present.ActSignIn, theme.LoginIcon(), func() { signIn(w, r.SignIn, r.SignedIn) })
}

// showRow opens a row of a plan or a receipt, with all of its words.
func showRow(w *window, l present.RestoreRow) {
	word := newPara(l.State())
	word.TextStyle.Bold = true
	body := column(-8, flush(word))
	for _, s := range []string{l.Into, l.Why} {
		if s != "" {
			body.Add(flush(newWords(s)))
		}
	}
	done := newButton(present.ActClose, nil, widget.MediumImportance, nil)
	m := newModal(w, l.Title, body, done)
	done.OnTapped = m.hide
	m.show()
}

// wordyCheck sets a check box beside words that wrap and can be clicked too.
func wordyCheck(box *widget.Check, words string) *fyne.Container {
	said := newTappable(words, newSmallPara(words), func() {
		if !box.Disabled() {
			box.SetChecked(!box.Checked)
		}
	})
	return topRow(-8, 1, pad(container.NewVBox(box), -2, 0, 0, 0), said)
}

// restoreRow is one object of a plan or a receipt.
type restoreRow struct {
	widget.BaseWidget
	icon             *kindMark
	title, word, why *text
	body             *fyne.Container
}

func newRestoreRow() *restoreRow {
	r := &restoreRow{icon: newKindMark(), title: newText(""), word: newMuted("").full(), why: newMuted("")}
	r.body = atLeast(0, 44, pad(row(12, 1, exactly(20, 20, r.icon.icon), column(2, r.title, r.why), r.word), 4, 8, 4, 8))
	r.ExtendBaseWidget(r)
	return r
}

func (r *restoreRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.body) }

func (r *restoreRow) show(l present.RestoreRow) {
	r.icon.set(l.Kind)
	r.title.set(l.Title)
	r.why.set(l.Under())
	changed := hide(r.why, r.why.content == "")
	changed = changed || r.word.content != l.Word
	r.word.set(l.Word)
	_, c := levelLook(l.Level)
	r.word.tint(c)
	if changed {
		r.body.Refresh()
	}
}
