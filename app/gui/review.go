package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// reviewPage lists what one incident is about, with the opened object beside it.
type reviewPage struct {
	w          *window
	head       *header
	find       *field
	list       *rows
	empty      *emptyState
	detail     *detailView
	back, mine *button
	keep       *button
	page       *fyne.Container
	id         int64
	query      string
}

func newReviewPage(w *window) *reviewPage { return &reviewPage{w: w} }

func (p *reviewPage) content() fyne.CanvasObject {
	r := p.w.app.Review
	leave := quiet(present.ActBack, theme.NavigateBackIcon(), func() { p.w.show(pageOverview) })
	p.back = primary(present.ActPutThemBack, theme.MediaReplayIcon(), func() { p.w.putBack(r.Account()) })
	p.mine = plain(present.ActMine, nil, func() { p.w.ask(p.w.app.Losses.Mine(r.Account())) })
	p.keep = plain(present.ActKeepHere, nil, func() { p.w.ask(p.w.app.Losses.Keep(r.Account())) })
	p.head = newHeader(present.PageReview)
	p.find = newSearch(p.w, present.SearchReview, r.Search)
	p.list = newRows(func() int { return len(r.Rows) }, func() fyne.CanvasObject { return newLostRow() }, func(i int, o fyne.CanvasObject) {
		if i < len(r.Rows) {
			o.(*lostRow).show(r.Rows[i])
		}
	})
	p.list.OnSelected = r.Select
	p.find.onDown = func() { p.w.win.Canvas().Focus(p.list) }
	p.empty = newEmpty(theme.ConfirmIcon())
	p.detail = newDetailView(p.w, present.SelectLost, theme.HistoryIcon(), false)
	named := container.NewBorder(nil, nil, pad(container.NewVBox(leave), 20, 0, 0, 16), nil, p.head.content)
	head := container.New(&decideLayout{}, named, row(8, -1, p.keep, p.mine, p.back))
	p.page = container.New(headedLayout{}, head, listPage(nil, p.find, p.list, p.empty.content, p.detail.content))
	return p.page
}

func (p *reviewPage) enter()    {}
func (p *reviewPage) search()   { focusAll(p.w, p.find) }
func (p *reviewPage) firstUse() {}
func (p *reviewPage) escape() {
	if p.find.Text != "" || p.w.app.Review.Detail.ID != 0 {
		p.find.SetText("")
		p.list.UnselectAll()
		p.w.app.Review.Leave()
		return
	}
	p.w.show(pageOverview)
}

func (p *reviewPage) render() {
	r := p.w.app.Review
	p.head.title.set(r.Title())
	p.head.under.set(r.Headline())
	if p.id != r.ID() || p.query != r.Query {
		if p.id != r.ID() {
			p.find.SetText("")
		}
		p.id, p.query = r.ID(), r.Query
		p.list.UnselectAll()
		p.list.ScrollToTop()
	}
	over := r.Decided() || p.w.app.ReadOnly
	p.back.Hidden, p.mine.Hidden = over, over
	p.keep.Hidden = over || p.w.app.Losses.OnlyChanged(r.Account())
	p.empty.show(r.Empty())
	p.list.Hidden = p.empty.content.Visible()
	p.list.Refresh()
	p.detail.show(r.Detail)
	relaid(p.page)
}

// decideLayout sets what can be done beside a heading, or under it where the
// heading would have too little room.
type decideLayout struct {
	width float32 // of the last layout; decides the height asked for
}

func (l *decideLayout) under(o []fyne.CanvasObject) bool {
	return l.width > 0 && l.width < o[1].MinSize().Width+440
}

func (l *decideLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	s, do := o[0].MinSize(), o[1].MinSize()
	if l.under(o) && do.Width > 0 {
		s.Height += do.Height + 4
	}
	return s
}

func (l *decideLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	l.width = s.Width
	head, do := o[0].MinSize(), o[1].MinSize()
	o[0].Move(fyne.NewPos(0, 0))
	o[1].Resize(do)
	if l.under(o) {
		o[0].Resize(fyne.NewSize(s.Width, head.Height))
		o[1].Move(fyne.NewPos(28, head.Height-12))
		return
	}
	o[0].Resize(fyne.NewSize(s.Width-do.Width-16, head.Height))
	o[1].Move(fyne.NewPos(s.Width-do.Width-24, 28))
}

// lostRow is one object of an incident.
type lostRow struct {
	widget.BaseWidget
	icon              *kindMark
	name, under, what *text
	body              *fyne.Container
}

func newLostRow() *lostRow {
	r := &lostRow{icon: newKindMark(), name: newText(""), under: newMuted(""), what: newMuted("")}
	r.body = atLeast(0, 52, pad(row(12, 1, exactly(20, 20, r.icon.icon), column(2, r.name, r.under, r.what)), 4, 8, 4, 8))
	r.ExtendBaseWidget(r)
	return r
}

func (r *lostRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.body) }

func (r *lostRow) show(l present.LostRow) {
	r.icon.set(l.Kind)
	r.name.set(l.Name)
	r.under.set(l.Under)
	r.what.set(l.What)
	if hide(r.what, l.What == "") {
		r.body.Refresh()
	}
	if l.Lost {
		r.what.tint(theme.ColorNameError)
	} else {
		r.what.tint(theme.ColorNameWarning)
	}
}
