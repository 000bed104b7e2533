package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// calendarPage is the agenda of a month with the opened event beside it.
type calendarPage struct {
	w      *window
	head   *header
	today  *button
	find   *field
	list   *rows
	empty  *emptyState
	detail *detailView
	query  string
	month  string
	chosen string // key of the selected row
}

func newCalendarPage(w *window) *calendarPage { return &calendarPage{w: w} }

func (p *calendarPage) content() fyne.CanvasObject {
	c := p.w.app.Calendar
	p.today = plain(present.ActToday, nil, func() { p.clear(); c.Today() })
	p.head = newHeader(present.PageCalendar,
		quiet("", theme.NavigateBackIcon(), func() { c.Move(-1) }),
		p.today,
		quiet("", theme.NavigateNextIcon(), func() { c.Move(1) }))
	p.find = newSearch(p.w, present.SearchEvents, c.Search)
	p.list = newRows(c.Len, func() fyne.CanvasObject { return newAgendaRow() }, func(i int, o fyne.CanvasObject) {
		o.(*agendaRow).show(c.Row(i))
	})
	p.list.OnSelected = func(i int) {
		if c.Row(i).Heading != "" {
			p.list.UnselectAll()
			return
		}
		p.chosen = c.Row(i).Key
		c.Select(i)
	}
	p.find.onDown = func() { p.w.win.Canvas().Focus(p.list) }
	p.empty = newEmpty(theme.CalendarIcon())
	p.detail = newDetailView(p.w, present.SelectEvent, theme.CalendarIcon(), false)
	return listPage(p.head.content, p.find, p.list, p.empty.content, p.detail.content)
}

func (p *calendarPage) clear() {
	if p.find.Text != "" {
		p.find.SetText("")
	}
}

func (p *calendarPage) enter()    { p.w.app.Calendar.Enter() }
func (p *calendarPage) search()   { focusAll(p.w, p.find) }
func (p *calendarPage) firstUse() {}
func (p *calendarPage) escape() {
	p.clear()
	p.list.UnselectAll()
	p.w.app.Calendar.Detail.Open(0, nil)
}

func (p *calendarPage) render() {
	c := p.w.app.Calendar
	p.head.title.set(c.Title())
	p.head.under.set(c.Headline())
	if p.query != c.Query || p.month != c.Title() {
		p.query, p.month = c.Query, c.Title()
		p.list.UnselectAll()
		p.list.ScrollToTop()
	}
	if label := c.TodayText(); p.today.Text != label {
		p.today.SetText(label)
		relaid(p.head.content)
	}
	p.empty.show(c.Empty())
	p.list.Hidden = p.empty.content.Visible()
	p.list.Refresh()
	if c.ScrollTo >= 0 {
		p.list.ScrollToOffset(float32(c.ScrollTo) * (agendaHeight + 4))
		c.ScrollTo = -1
	}
	p.detail.show(c.Detail)
}

const agendaHeight = 48

// agendaRow is a day's heading or one event.
type agendaRow struct {
	widget.BaseWidget
	day          *text
	heading      *fyne.Container
	time, until  *text
	title, under *text
	dot          *dot
	again        *fyne.Container
	entry        *fyne.Container
	body         *fyne.Container
}

func newAgendaRow() *agendaRow {
	r := &agendaRow{day: newText("").bold(), time: newText("").right(), until: newMuted("").right(), title: newText(""), under: newMuted(""), dot: newDot(10)}
	r.heading = container.NewBorder(nil, pad(r.day, 0, 8, 4, 8), nil, nil)
	r.again = icon(theme.ViewRefreshIcon(), 14, theme.ColorNameDisabled)
	r.entry = pad(row(10, 2, fixedWidth(44, column(1, r.time, r.until)), r.dot, column(2, r.title, r.under), r.again), 2, 8, 2, 4)
	r.body = atLeast(0, agendaHeight, container.NewStack(r.heading, r.entry))
	r.ExtendBaseWidget(r)
	return r
}

func (r *agendaRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.body) }

func (r *agendaRow) show(a present.AgendaRow) {
	changed := hide(r.heading, a.Heading == "")
	hide(r.entry, a.Heading != "")
	if a.Heading != "" {
		r.day.set(a.Heading)
		if a.Today {
			r.day.tint(theme.ColorNamePrimary)
		} else {
			r.day.tint(theme.ColorNameForeground)
		}
		if changed {
			relaid(r.body)
		}
		return
	}
	r.time.set(a.Time)
	r.until.set(a.Until)
	size := sizeBody
	if a.Time == present.AllDay {
		size = sizeSmall
	}
	if r.time.size != size {
		r.time.size, changed = size, true
		r.time.Refresh()
	}
	colour := theme.ColorNameForeground
	if a.Past || a.Struck {
		colour = colMuted
	}
	r.title.set(a.Title)
	r.title.strike(a.Struck)
	r.title.tint(colour)
	r.time.tint(colour)
	r.under.set(a.Under)
	r.dot.set(a.Color)
	for o, hidden := range map[fyne.CanvasObject]bool{r.until: a.Until == "", r.under: a.Under == "", r.again: !a.Recurs} {
		changed = hide(o, hidden) || changed
	}
	if changed {
		relaid(r.body)
	}
}
