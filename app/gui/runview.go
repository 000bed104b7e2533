package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// runView shows what one run changed, and over it an object that was chosen
// there.
type runView struct {
	w       *window
	run     int64
	lines   []runLine
	width   float32 // that lines were broken for
	read    bool
	title   *text
	under   *text
	list    *rows
	empty   *emptyState
	changes *fyne.Container
	detail  *detailView
	object  *fyne.Container
	content *fyne.Container
}

func newRunView(w *window) *runView {
	h := w.app.History
	v := &runView{w: w, title: newText("").as(sizeSection, theme.ColorNameForeground).bold(), under: newMuted("")}
	v.list = newRows(func() int { return len(v.lines) }, func() fyne.CanvasObject { return newRunRow() }, func(i int, o fyne.CanvasObject) {
		if i < len(v.lines) {
			o.(*runRow).show(v.lines[i])
		}
	})
	v.list.OnSelected = func(i int) {
		v.list.UnselectAll()
		h.OpenObject(v.lines[i].row)
	}
	v.empty = newEmpty(theme.HistoryIcon())
	inside := container.NewBorder(pad(column(2, v.title, v.under), 14, 20, 8, 20), nil, nil, nil, container.NewStack(pad(v.list, 0, 8, 8, 8), v.empty.content))
	v.changes = container.NewStack(newPanel(colCard, colLine, 10, nil), inside)
	v.detail = newDetailView(w, present.LoadingText, theme.AccountIcon(), false)
	back := quiet(present.ActToRun, theme.NavigateBackIcon(), h.CloseObject)
	v.object = container.NewBorder(pad(row(0, -1, back), 0, 0, 4, -8), nil, nil, nil, v.detail.content)
	v.object.Hide()
	v.content = container.NewStack(v.changes, v.object)
	return v
}

func (v *runView) show(h *present.History) {
	r := &h.Run
	opened := h.Detail.ID != 0
	hide(v.object, !opened)
	hide(v.changes, opened)
	if opened {
		v.detail.show(h.Detail)
		return
	}
	v.title.set(r.Title)
	v.under.set(r.Under)
	switch {
	case r.Problem != nil:
		v.empty.show(r.Problem)
	case r.Run == 0:
		v.empty.show(&present.Notice{Text: present.HistoryNothing})
	default:
		v.empty.show(nil)
	}
	if width := v.list.Size().Width; v.run != r.Run || v.width != width || v.read != r.Ready {
		other := v.run != r.Run
		v.run, v.width, v.read = r.Run, width, r.Ready
		v.lines = breakRows(r.Rows, width-runRowLeft-runRowRight)
		v.list.Refresh()
		if other {
			v.list.ScrollToTop()
		}
	}
}

// runLine is one line of the list: an object, or a part of a difference.
type runLine struct {
	present.RunRow
	row int // that it is of
}

// At most this many differences are measured and broken into lines; of more,
// each has one line, cut where it does not fit.
const brokenAtMost = 60

// What was done to an object stands beside its name, and on a line of its own
// where it would take more than this of the width.
const beside = 0.4

// breakRows breaks the words of differences into lines of a width.
func breakRows(rows []present.RunRow, width float32) []runLine {
	out := make([]runLine, 0, len(rows))
	size, n := theme.Size(sizeSmall), 0
	long := map[string]bool{} // what is done is the same few words again and again
	for i, r := range rows {
		if r.ID != 0 && width > 0 {
			is, known := long[r.What]
			if !known {
				is = fyne.MeasureText(r.What, size, fyne.TextStyle{}).Width > width*beside
				long[r.What] = is
			}
			if is {
				under := present.RunRow{Title: r.What}
				r.What = ""
				out = append(out, runLine{r, i}, runLine{under, i})
				continue
			}
		}
		if r.ID != 0 || width <= 0 || n >= brokenAtMost {
			out = append(out, runLine{r, i})
			continue
		}
		n++
		for _, l := range breakWords(r.Title, func(s string) bool { return fyne.MeasureText(s, size, fyne.TextStyle{}).Width <= width }) {
			part := r
			part.Title = l
			out = append(out, runLine{part, i})
		}
	}
	return out
}

// breakWords breaks s between words into lines that fit, four at most: the
// last one has all the rest.
func breakWords(s string, fits func(string) bool) []string {
	const most = 4
	var out []string
	for len(out) < most-1 && !fits(s) {
		end := 0
		for i, c := range s {
			if c != ' ' {
				continue
			}
			if !fits(s[:i]) {
				break
			}
			end = i
		}
		if end == 0 { // one long word
			break
		}
		out, s = append(out, s[:end]), s[end+1:]
	}
	return append(out, s)
}

// runRow is an object that a run did something to, or a difference in it.
type runRow struct {
	widget.BaseWidget
	mark   *panel
	title  *text
	what   *text
	more   *text
	object *fyne.Container
	line   *fyne.Container
	body   *fyne.Container
}

const (
	runRowHeight = 22
	runRowLeft   = 30
	runRowRight  = 12
)

func newRunRow() *runRow {
	r := &runRow{mark: newPanel(colFaint, "", 4, nil), title: newText(""), what: newMuted("").full(), more: newText("").as(sizeSmall, colMuted)}
	r.object = pad(row(10, 1, exactly(8, 8, r.mark), r.title, r.what), 0, runRowRight, 0, 12)
	r.line = pad(r.more, 0, runRowRight, 0, runRowLeft)
	r.body = atLeast(0, runRowHeight, container.NewStack(r.object, r.line))
	r.ExtendBaseWidget(r)
	return r
}

func (r *runRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.body) }

func (r *runRow) show(c runLine) {
	object := c.ID != 0
	changed := hide(r.object, !object)
	hide(r.line, object)
	if !object {
		r.more.set(c.Title)
		if changed {
			relaid(r.body)
		}
		return
	}
	r.mark.refill(levelInk(c.Level))
	r.title.set(c.Title)
	if r.what.content != c.What || changed {
		r.what.set(c.What)
		relaid(r.body)
	}
}
