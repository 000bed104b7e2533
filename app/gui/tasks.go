package gui

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// tasksPage is every task in groups with the opened one beside it.
type tasksPage struct {
	w      *window
	head   *header
	done   *button
	find   *field
	list   *rows
	empty  *emptyState
	detail *detailView
	chosen int // the row that is marked, -1 none
}

func newTasksPage(w *window) *tasksPage { return &tasksPage{w: w} }

func (p *tasksPage) content() fyne.CanvasObject {
	t := p.w.app.Tasks
	p.done = plain(present.ActShowDone, theme.VisibilityIcon(), t.ToggleDone)
	p.head = newHeader(present.PageTasks, p.done)
	p.find = newSearch(p.w, present.SearchTasks, t.Search)
	p.list = newRows(func() int { return len(t.Rows) }, func() fyne.CanvasObject { return newTaskRow() }, func(i int, o fyne.CanvasObject) {
		if i < len(t.Rows) {
			o.(*taskRow).show(t.Rows[i])
		}
	})
	p.list.OnSelected = func(i int) {
		switch {
		case p.chosen == i: // the mark only follows the opened one
		case i < len(t.Rows) && t.Rows[i].Heading != "":
			at := p.chosen
			p.chosen = i
			markRow(p.list, &p.chosen, at)
		default:
			p.chosen = i
			t.Select(i)
		}
	}
	p.chosen = -1
	p.find.onDown = func() { p.w.win.Canvas().Focus(p.list) }
	p.empty = newEmpty(theme.CheckButtonCheckedIcon())
	p.detail = newDetailView(p.w, present.SelectTask, theme.CheckButtonCheckedIcon(), false)
	return listPage(p.head.content, p.find, p.list, p.empty.content, p.detail.content)
}

func (p *tasksPage) enter()    { p.w.app.Tasks.Enter() }
func (p *tasksPage) search()   { focusAll(p.w, p.find) }
func (p *tasksPage) firstUse() {}
func (p *tasksPage) escape() {
	p.find.SetText("")
	p.w.app.Tasks.Detail.Open(0, nil)
}

func (p *tasksPage) render() {
	t := p.w.app.Tasks
	p.head.under.set(t.Headline())
	label, ic := present.ActShowDone, theme.VisibilityIcon()
	if t.ShowDone {
		label, ic = present.ActHideDone, theme.VisibilityOffIcon()
	}
	if p.done.Text != label {
		p.done.SetText(label)
		p.done.SetIcon(ink(ic, theme.ColorNameForeground))
	}
	p.done.Hidden = !t.HasDone()
	p.empty.show(t.Empty())
	p.list.Hidden = p.empty.content.Visible()
	p.list.Refresh()
	markRow(p.list, &p.chosen, t.Chosen())
	p.detail.show(t.Detail)
	relaid(p.head.content)
}

// taskRow is a group's heading or one task.
type taskRow struct {
	widget.BaseWidget
	group, count *text
	heading      *fyne.Container
	box          *widget.Icon
	title, under *text
	due          *text
	dot          *dot
	entry        *fyne.Container
	body         *fyne.Container
	drawn        string
}

func newTaskRow() *taskRow {
	r := &taskRow{group: newText("").bold().full(), count: newMuted(""), box: widget.NewIcon(nil), title: newText(""), under: newMuted(""), due: newMuted("").full(), dot: newDot(8)}
	r.heading = container.NewBorder(nil, pad(row(8, 1, r.group, r.count), 0, 8, 4, 8), nil, nil)
	r.entry = pad(row(10, 1, exactly(20, 20, r.box), column(2, r.title, row(6, 1, r.dot, r.under)), r.due), 2, 8, 2, 8)
	r.body = atLeast(0, agendaHeight, container.NewStack(r.heading, r.entry))
	r.ExtendBaseWidget(r)
	return r
}

func (r *taskRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.body) }

func (r *taskRow) show(t present.TaskRow) {
	changed := hide(r.heading, t.Heading == "")
	hide(r.entry, t.Heading != "")
	if t.Heading != "" {
		r.group.set(t.Heading)
		r.count.set(present.Number(int64(t.Count)))
		if t.Level == present.LevelBad {
			r.group.tint(theme.ColorNameError)
		} else {
			r.group.tint(theme.ColorNameForeground)
		}
		relaid(r.body) // the count stands right behind the group
		return
	}
	look := fmt.Sprint(t.Done, t.Priority)
	if r.drawn != look {
		r.drawn = look
		res, c := theme.CheckButtonIcon(), colMuted
		switch {
		case t.Done:
			res, c = theme.CheckButtonCheckedIcon(), theme.ColorNameSuccess
		case t.Priority == "high":
			c = theme.ColorNameError
		}
		r.box.SetResource(ink(res, c))
	}
	r.title.set(t.Title)
	if t.Done {
		r.title.tint(colMuted)
	} else {
		r.title.tint(theme.ColorNameForeground)
	}
	r.under.set(t.Words())
	if r.due.content != t.Due {
		changed = true
	}
	r.due.set(t.Due)
	if t.Overdue {
		r.due.tint(theme.ColorNameError)
	} else {
		r.due.tint(colMuted)
	}
	r.dot.set(t.Color)
	if changed {
		relaid(r.body)
	}
}
