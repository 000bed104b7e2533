package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
)

// chartRenderer lays out what stands on and around the plot: the axes' words,
// the slider, and what the mouse points at.
type chartRenderer struct {
	c                            *chart
	labels                       []fyne.CanvasObject
	track, done, cursor, pointer *canvas.Rectangle
	halo, thumb                  *canvas.Circle
	bubble                       *canvas.Rectangle
	words                        *canvas.Text
}

func (r *chartRenderer) Destroy() {}

func (r *chartRenderer) MinSize() fyne.Size { return fyne.NewSize(240, 140) }

func (r *chartRenderer) Objects() []fyne.CanvasObject {
	out := append([]fyne.CanvasObject{r.c.plot}, r.labels...)
	return append(out, r.track, r.done, r.pointer, r.cursor, r.halo, r.thumb, r.bubble, r.words)
}

func (r *chartRenderer) Layout(fyne.Size) { r.arrange() }

// Refresh draws everything anew: other data, or another theme.
func (r *chartRenderer) Refresh() {
	for i, n := range chartColourNames {
		r.c.colours[i] = nrgba(themed(n))
	}
	r.arrange()
	r.c.plot.Refresh()
}

// arrange gives everything its place for the widget's size.
func (r *chartRenderer) arrange() {
	c := r.c
	if c.Size().IsZero() {
		return
	}
	_, size := c.area()
	c.counts, c.top = c.h.Counts(c.h.Bins(int(size.Width)))
	pos, size := c.area() // the words of the axis decide where the plot begins
	c.dates = c.h.Dates(max(2, int(size.Width/76)))
	c.plot.Move(pos)
	c.plot.Resize(size)

	r.labels = r.labels[:0]
	high := size.Height * (1 - chartBars)
	for _, t := range c.counts {
		l := r.label(t.Text)
		m := l.MinSize()
		l.Move(fyne.NewPos(pos.X-8-m.Width, pos.Y+(high-chartGap)*float32(1-t.Pos)-m.Height/2))
	}
	right := c.Size().Width
	last := float32(-100)
	for _, t := range c.dates {
		l := r.label(t.Text)
		m := l.MinSize()
		x := pos.X + size.Width*float32(t.Pos) - m.Width/2
		x = max(0, min(x, right-m.Width))
		if x < last+12 {
			r.labels = r.labels[:len(r.labels)-1]
			continue
		}
		last = x + m.Width
		l.Move(fyne.NewPos(x, pos.Y+size.Height+chartSlider))
	}
	y := pos.Y + size.Height + chartSlider/2
	r.track.FillColor, r.done.FillColor = themed(colLine), themed(theme.ColorNamePrimary)
	r.track.Resize(fyne.NewSize(size.Width, 4))
	r.track.Move(fyne.NewPos(pos.X, y-2))
	r.marks()
}

func (r *chartRenderer) label(s string) *canvas.Text {
	t := canvas.NewText(s, themed(colMuted))
	t.TextSize = theme.Size(sizeSmall) - 1
	t.Resize(t.MinSize())
	r.labels = append(r.labels, t)
	return t
}

// marks puts the slider where the chosen moment is, and words where the mouse is.
func (r *chartRenderer) marks() {
	c := r.c
	pos, size := c.area()
	x := pos.X + size.Width*float32(c.h.Pos())
	y := pos.Y + size.Height + chartSlider/2
	r.done.Resize(fyne.NewSize(max(0, x-pos.X), 4))
	r.done.Move(fyne.NewPos(pos.X, y-2))
	r.cursor.FillColor = themed(theme.ColorNameForeground)
	r.cursor.Resize(fyne.NewSize(1.5, size.Height+chartTop))
	r.cursor.Move(fyne.NewPos(x-0.75, pos.Y-chartTop))
	r.thumb.FillColor, r.thumb.StrokeColor, r.thumb.StrokeWidth = themed(colCard), themed(theme.ColorNamePrimary), 4
	r.thumb.Resize(fyne.NewSquareSize(thumbSize))
	r.thumb.Move(fyne.NewPos(x-thumbSize/2, y-thumbSize/2))
	r.halo.Hidden = !c.focused
	r.halo.FillColor = themed(theme.ColorNameFocus)
	r.halo.Resize(fyne.NewSquareSize(thumbSize + 8))
	r.halo.Move(fyne.NewPos(x-thumbSize/2-4, y-thumbSize/2-4))
	r.pointed(pos, size)
	for _, o := range []fyne.CanvasObject{r.track, r.done, r.cursor, r.thumb, r.halo, r.pointer, r.bubble, r.words} {
		o.Refresh()
	}
}

// pointed shows what was there when the mouse points.
func (r *chartRenderer) pointed(pos fyne.Position, size fyne.Size) {
	c := r.c
	off := c.hover < 0
	r.pointer.Hidden, r.bubble.Hidden, r.words.Hidden = off, off, off
	if off {
		return
	}
	r.pointer.FillColor = themed(colFaint)
	r.pointer.Resize(fyne.NewSize(1, size.Height))
	r.pointer.Move(fyne.NewPos(c.hover, pos.Y))
	r.words.Text = c.h.Peek(c.place(c.hover))
	r.words.Color, r.words.TextSize = themed(theme.ColorNameBackground), theme.Size(sizeSmall)
	m := r.words.MinSize()
	box := fyne.NewSize(m.Width+16, m.Height+8)
	x := c.hover + 8
	if x+box.Width > pos.X+size.Width {
		x = c.hover - 8 - box.Width
	}
	r.bubble.FillColor = themed(theme.ColorNameForeground)
	r.bubble.Resize(box)
	r.bubble.Move(fyne.NewPos(max(0, x), pos.Y))
	r.words.Resize(m)
	r.words.Move(fyne.NewPos(max(0, x)+8, pos.Y+4))
}
