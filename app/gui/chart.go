package gui

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// Measures of the chart, from the top: the marks of incidents, the line, the
// bars, the slider, the dates.
const (
	chartTop    = 8
	chartGap    = 8
	chartBars   = 0.24 // of the plot, for the bars
	chartSlider = 20
	chartDates  = 16
	chartBar    = 6 // a bar with the space beside it
	thumbSize   = 16
)

// chart draws how many objects there were when, what each run changed, and
// which moment is chosen. It is the slider of that moment too: by the mouse, and
// by the keys once it has the focus.
type chart struct {
	widget.BaseWidget
	w       *window
	h       *present.History
	plot    *canvas.Raster
	colours [chartColours]color.NRGBA
	top     int // at the top of the count axis
	counts  []present.Tick
	dates   []present.Tick
	hover   float32 // where the mouse is, -1 nowhere
	focused bool
	drawn   *chartRenderer
}

func newChart(w *window) *chart {
	c := &chart{w: w, h: w.app.History, hover: -1}
	c.plot = canvas.NewRaster(c.draw)
	c.ExtendBaseWidget(c)
	return c
}

// draw makes the picture of the plot: size in the screen's own pixels.
func (c *chart) draw(width, height int) image.Image {
	scale := 1.0
	if s := c.plot.Size().Width; s > 0 {
		scale = float64(width) / float64(s)
	}
	p := newPlot(width, height, scale, c.colours)
	bins := c.h.Bins(width)
	_, p.top = c.h.Counts(bins)
	p.grid(c.counts)
	p.area(bins)
	p.bands(c.h.Bands())
	p.line(bins)
	p.bars(c.h.Bins(max(1, int(math.Round(float64(width)/(chartBar*scale))))))
	return p.img
}

// area is where the plot is within the widget.
func (c *chart) area() (pos fyne.Position, size fyne.Size) {
	left := float32(24)
	for _, t := range c.counts {
		left = max(left, fyne.MeasureText(t.Text, theme.Size(sizeSmall), fyne.TextStyle{}).Width)
	}
	pos = fyne.NewPos(left+8, chartTop)
	s := c.Size()
	return pos, fyne.NewSize(max(10, s.Width-pos.X-thumbSize/2), max(10, s.Height-chartTop-chartSlider-chartDates))
}

// place is where a point of the widget is on the time axis, from 0 to 1.
func (c *chart) place(x float32) float64 {
	pos, size := c.area()
	return float64((x - pos.X) / size.Width)
}

func (c *chart) Tapped(e *fyne.PointEvent) {
	c.w.win.Canvas().Focus(c)
	c.slide(e.Position.X)
}

func (c *chart) Dragged(e *fyne.DragEvent) {
	if !c.focused {
		c.w.win.Canvas().Focus(c)
	}
	c.slide(e.Position.X)
}

// slide chooses the moment under x; the last pixels are now.
func (c *chart) slide(x float32) {
	c.hover = -1
	pos := c.place(x)
	if _, size := c.area(); pos > 1-3/float64(size.Width) {
		pos = 1
	}
	c.h.SlideTo(pos)
}

func (c *chart) DragEnd()                         {}
func (c *chart) MouseIn(e *desktop.MouseEvent)    { c.point(e.Position.X) }
func (c *chart) MouseMoved(e *desktop.MouseEvent) { c.point(e.Position.X) }
func (c *chart) MouseOut()                        { c.point(-1) }
func (c *chart) Cursor() desktop.Cursor           { return desktop.PointerCursor }

func (c *chart) point(x float32) {
	if p := c.place(x); x >= 0 && (p < 0 || p > 1) {
		x = -1
	}
	if x != c.hover {
		c.hover = x
		c.mark()
	}
}

func (c *chart) FocusGained()                           { c.focused = true; c.mark() }
func (c *chart) FocusLost()                             { c.focused = false; c.mark() }
func (c *chart) TypedRune(rune)                         {}
func (c *chart) AccessibilityLabel() string             { return c.h.Moment() }
func (c *chart) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// TypedKey moves the slider: by changes, by days, to the ends.
func (c *chart) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyLeft, fyne.KeyDown:
		c.h.Skip(-1)
	case fyne.KeyRight, fyne.KeyUp:
		c.h.Skip(1)
	case fyne.KeyPageUp:
		c.h.Shift(-1)
	case fyne.KeyPageDown:
		c.h.Shift(1)
	case fyne.KeyHome:
		c.h.First()
	case fyne.KeyEnd, fyne.KeyEscape:
		c.h.Last()
	case fyne.KeyReturn, fyne.KeyEnter:
		c.h.Look()
	}
}

// TypedShortcut lets the window's shortcuts through.
func (c *chart) TypedShortcut(s fyne.Shortcut) { c.w.shortcut(s) }

// mark shows another chosen moment, or mouse, without drawing the plot anew.
func (c *chart) mark() {
	if c.drawn != nil {
		c.drawn.marks()
	}
}

func (c *chart) CreateRenderer() fyne.WidgetRenderer {
	r := &chartRenderer{c: c, track: canvas.NewRectangle(nil), done: canvas.NewRectangle(nil), cursor: canvas.NewRectangle(nil), pointer: canvas.NewRectangle(nil),
		halo: canvas.NewCircle(nil), thumb: canvas.NewCircle(nil), bubble: canvas.NewRectangle(nil), words: canvas.NewText("", nil)}
	r.track.CornerRadius, r.done.CornerRadius, r.bubble.CornerRadius = 2, 2, 5
	c.drawn = r
	return r
}
