package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// historyPage shows what was there when, and leads to it.
type historyPage struct {
	w      *window
	head   *header
	scope  *widget.Select
	span   *widget.Select
	chart  *chart
	moment *text
	alarm  *widget.Label
	prev   *button
	next   *button
	look   *button
	list   *rows
	run    *runView
	body   *fyne.Container
	empty  *emptyState

	filling bool
	chosen  int
}

func newHistoryPage(w *window) *historyPage { return &historyPage{w: w, chosen: -1} }

func (p *historyPage) content() fyne.CanvasObject {
	h := p.w.app.History
	p.scope = widget.NewSelect(h.Scopes, func(string) {
		if !p.filling {
			h.SetScope(p.scope.SelectedIndex())
		}
	})
	var spans []string
	for _, r := range present.HistoryRanges {
		spans = append(spans, r.Words)
	}
	p.span = widget.NewSelect(spans, func(string) { h.SetRange(p.span.SelectedIndex()) })
	p.span.Selected = spans[0]
	p.head = newHeader(present.PageHistory, fixedWidth(184, framed(p.scope)), fixedWidth(120, framed(p.span)))
	p.chart = newChart(p.w)
	p.moment = newText("").as(sizeSection, theme.ColorNameForeground).bold()
	p.alarm = newSmallPara("")
	p.alarm.Importance = widget.DangerImportance
	p.alarm.Hide()
	p.prev = quiet("", theme.NavigateBackIcon(), func() { h.Skip(-1) })
	p.next = quiet("", theme.NavigateNextIcon(), func() { h.Skip(1) })
	p.look = primary(present.ActLookAtDay, theme.VisibilityIcon(), h.Look)
	top := newPanel(colCard, colLine, 10, pad(container.NewBorder(newLegend(), nil, nil, nil, p.chart), 12, 12, 8, 12))
	line := column(-6, row(4, 0, p.moment, p.prev, p.next, p.look), flush(p.alarm))
	p.list = newRows(h.Len, func() fyne.CanvasObject { return newChangeRow() }, func(i int, o fyne.CanvasObject) {
		if i < h.Len() {
			o.(*changeRow).show(h.Row(i))
		}
	})
	p.list.OnSelected = func(i int) {
		if p.chosen != i {
			p.chosen = i
			h.Choose(i)
		}
	}
	p.run = newRunView(p.w)
	lists := container.New(paneLayout{most: 0.48}, pad(p.list, 0, 12, 8, 16), pad(p.run.content, 0, 24, 16, 0))
	p.body = container.New(historyLayout{}, pad(top, 0, 24, 0, 24), pad(line, 10, 24, 8, 24), lists)
	p.empty = newEmpty(theme.HistoryIcon())
	return container.NewBorder(p.head.content, nil, nil, nil, container.NewStack(p.body, p.empty.content))
}

// historyLayout gives the chart two fifths of the height within limits.
type historyLayout struct{}

func (historyLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(o[2].MinSize().Width, 160+o[1].MinSize().Height+100)
}

func (historyLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	top := min(360, max(190, s.Height*0.44))
	mid := o[1].MinSize().Height
	y := float32(0)
	for i, h := range []float32{top, mid, max(0, s.Height-top-mid)} {
		o[i].Move(fyne.NewPos(0, y))
		o[i].Resize(fyne.NewSize(s.Width, h))
		y += h
	}
}

func (p *historyPage) enter()    { p.w.app.History.Enter() }
func (p *historyPage) search()   {}
func (p *historyPage) firstUse() { p.w.win.Canvas().Focus(p.chart) }
func (p *historyPage) escape() {
	h := p.w.app.History
	if h.Detail.ID != 0 {
		h.CloseObject()
		return
	}
	h.Last()
}

func (p *historyPage) render() {
	h := p.w.app.History
	p.head.under.short = h.ShortHeadline()
	p.head.under.set(h.Headline())
	p.filling = true
	p.scope.SetOptions(h.Scopes)
	p.scope.SetSelectedIndex(h.Scope)
	p.filling = false
	empty := h.Empty()
	p.empty.show(empty)
	p.body.Hidden = empty != nil
	p.chart.Refresh()
	p.list.Refresh()
	p.moved()
}

// moved shows another chosen moment.
func (p *historyPage) moved() {
	if p.list == nil {
		return
	}
	h := p.w.app.History
	p.moment.short = h.ShortMoment()
	p.moment.set(h.Moment())
	alarm := h.Alarm()
	if p.alarm.Text != alarm {
		p.alarm.SetText(alarm)
	}
	if hide(p.alarm, alarm == "") {
		relaid(p.body)
	}
	back, on := h.CanSkip()
	enable(p.prev, back)
	enable(p.next, on)
	enable(p.look, h.CanLook())
	p.chart.mark()
	p.follow()
	p.list.Refresh()
	p.run.show(h)
}

// follow marks the chosen run in the list and brings it into view.
func (p *historyPage) follow() {
	h := p.w.app.History
	if h.Chosen == p.chosen {
		return
	}
	p.chosen = h.Chosen
	if p.chosen < 0 {
		p.list.UnselectAll()
		return
	}
	p.list.Select(p.chosen)
	if high := p.list.Size().Height; high > agendaHeight { // a list without a size yet has no middle
		p.list.ScrollToOffset(max(0, (float32(p.chosen)+0.5)*(agendaHeight+4)-high/2))
	}
}

// enable makes a button usable, or not.
func enable(b *button, on bool) {
	switch {
	case on && b.Disabled():
		b.Enable()
	case !on && !b.Disabled():
		b.Disable()
	}
}

// newLegend says what the chart's colours mean.
func newLegend() fyne.CanvasObject {
	var items []fyne.CanvasObject
	for _, l := range []struct {
		words string
		c     fyne.ThemeColorName
	}{{present.LegendObjects, theme.ColorNamePrimary}, {present.LegendAdded, colAdded}, {present.LegendChanged, colChanged},
		{present.LegendRemoved, colRemoved}, {present.LegendHeld, theme.ColorNameError}} {
		items = append(items, row(6, -1, exactly(10, 10, newPanel(l.c, "", 3, nil)), newMuted(l.words).full()))
	}
	return pad(row(16, -1, items...), 0, 0, 4, 4)
}

// changeRow is one run in the list.
type changeRow struct {
	widget.BaseWidget
	mark        *panel
	what, where *text
	when        *text
	body        *fyne.Container
}

func newChangeRow() *changeRow {
	r := &changeRow{mark: newPanel(colFaint, "", 3, nil), what: newText(""), where: newMuted(""), when: newMuted("").full()}
	under := row(8, 0, r.where, r.when)
	r.body = atLeast(0, agendaHeight, pad(row(10, 1, exactly(6, 30, r.mark), column(2, r.what, under)), 4, 8, 4, 8))
	r.ExtendBaseWidget(r)
	return r
}

func (r *changeRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.body) }

func (r *changeRow) show(c present.HistoryRow) {
	r.mark.refill(levelInk(c.Level))
	r.what.set(c.What)
	r.where.set(c.Where)
	if r.when.content != c.When {
		r.when.set(c.When)
		relaid(r.body)
	}
}

// levelInk is the chart's colour of what was done to an object.
func levelInk(l present.Level) fyne.ThemeColorName {
	switch l {
	case present.LevelGood:
		return colAdded
	case present.LevelBusy:
		return colChanged
	case present.LevelNote:
		return colRemoved
	case present.LevelBad:
		return theme.ColorNameError
	}
	return colFaint
}
