package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// rows is a list that Enter chooses in as Space does, and that leaves Escape to
// the page.
type rows struct{ widget.List }

// TypedKey adds Enter and Escape to what a list knows.
func (l *rows) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		l.List.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	case fyne.KeyEscape:
		passOn(l, k)
	default:
		l.List.TypedKey(k)
	}
}

// newRows is a list without hairlines between the rows.
//
// At every refresh Fyne's list makes a row that it never shows, to ask how high
// rows are. So what create makes comes late into its place in the list: the
// first one tells the height, and every other is made when it is shown first.
func newRows(n func() int, create func() fyne.CanvasObject, update func(int, fyne.CanvasObject)) *rows {
	size := &rowSize{}
	l := &rows{}
	l.Length = n
	l.CreateItem = func() fyne.CanvasObject { return container.New(&rowPlace{size, create}) }
	l.UpdateItem = func(i int, o fyne.CanvasObject) {
		place := o.(*fyne.Container)
		if len(place.Objects) == 0 {
			place.Add(create())
		}
		update(i, place.Objects[0])
	}
	l.HideSeparators = true
	l.ExtendBaseWidget(l)
	return l
}

// markRow marks a row of a list without opening it or scrolling to it; -1 marks
// none. chosen is the one that is marked.
func markRow(l *rows, chosen *int, i int) {
	if i == *chosen {
		return
	}
	*chosen = i
	if i < 0 {
		l.UnselectAll()
		return
	}
	at := l.GetScrollOffset()
	l.Select(i)
	l.ScrollToOffset(at)
}

// rowSize is the least size of a list's rows.
type rowSize struct {
	known bool
	least fyne.Size
}

// rowPlace lays out the place of a row, empty or not.
type rowPlace struct {
	of     *rowSize
	create func() fyne.CanvasObject
}

func (p *rowPlace) MinSize([]fyne.CanvasObject) fyne.Size {
	if !p.of.known {
		p.of.known, p.of.least = true, p.create().MinSize()
	}
	return p.of.least
}

func (p *rowPlace) Layout(o []fyne.CanvasObject, s fyne.Size) {
	for _, o := range o {
		o.Resize(s)
	}
}
