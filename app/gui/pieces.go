package gui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
)

// part makes one piece of a pane.
type part func() fyne.CanvasObject

// Pieces that are made in one go: a line of an object takes a quarter of a
// millisecond, and an object may have hundreds.
const partsAtOnce = 8

// clear empties the pane.
func (v *detailView) clear() {
	v.shown = nil
	v.filled++
	v.scroll.Hide()
}

// fill puts pieces into the pane: those that are seen at once, and the others
// below them a few at a time, between the window's other work, until the pane is
// filled with something else. Where a person has scrolled down, what is there
// stays until all is made, so that nothing moves under their eyes.
func (v *detailView) fill(parts []part) {
	v.filled++
	filling := v.filled
	width, window := v.body.Size().Width, v.scroll.Size().Height
	whole := v.scroll.Offset.Y > 0
	var made []fyne.CanvasObject
	high := float32(0)
	var step func()
	step = func() {
		if v.filled != filling {
			return
		}
		for first := true; len(parts) > 0 && (first || width <= 0 || !whole && high < window); first = false {
			n := min(partsAtOnce, len(parts))
			b := newBatch(parts[:n], width)
			parts = parts[n:]
			high += b.MinSize().Height
			made = append(made, b)
		}
		if len(parts) > 0 {
			v.w.app.Later(step)
		}
		if len(parts) == 0 || !whole {
			v.body.Objects = append([]fyne.CanvasObject(nil), made...)
			v.place()
		}
	}
	step()
	if width <= 0 { // the pane was never laid out
		high = 0
		settle(v.body, v.scroll, &high)
	}
}

// newBatch makes pieces and lays them out for a width: twice, because wrapped
// text knows its height only when it has been given one.
func newBatch(parts []part, width float32) *fyne.Container {
	c := container.New(&batchLayout{inner: layout.NewCustomPaddedVBoxLayout(0)})
	for _, p := range parts {
		c.Objects = append(c.Objects, p())
	}
	if width > 0 {
		for range 2 {
			c.Resize(fyne.NewSize(width, c.MinSize().Height))
		}
	}
	return c
}

// batchLayout remembers the least size of what it lays out while the width
// stays: otherwise every piece that is added would have all others measured.
type batchLayout struct {
	inner fyne.Layout
	width float32
	known bool
	least fyne.Size
}

func (l *batchLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	if !l.known {
		l.known, l.least = true, l.inner.MinSize(o)
	}
	return l.least
}

func (l *batchLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	l.inner.Layout(o, s)
	if s.Width != l.width || s.Height != l.least.Height {
		l.width, l.known = s.Width, false
	}
}

// Lines of raw text that are one label. The first is longer: an object without a
// picture is one label, in which all of it can be marked.
const (
	rawFirst = 60
	rawMore  = 40
)

// rawPart shows the stored bytes. A label of thousands of lines takes a second to
// lay out, so there are several, one right under the other, and those after the
// first come later.
func (v *detailView) rawPart(raw string) fyne.CanvasObject {
	lines := strings.Split(raw, "\n")
	take := func(n int) fyne.CanvasObject {
		n = min(n, len(lines))
		t := newWords(strings.Join(lines[:n], "\n"))
		lines = lines[n:]
		t.TextStyle.Monospace = true
		t.SizeName = sizeSmall
		t.Wrapping = fyne.TextWrapBreak
		return t
	}
	all := column(theme.Size(theme.SizeNameLineSpacing)-2*theme.Size(theme.SizeNameInnerPadding), take(rawFirst))
	filling := v.filled
	var more func()
	more = func() {
		if v.filled != filling || len(lines) == 0 {
			return
		}
		t := take(rawMore)
		t.Resize(fyne.NewSize(all.Size().Width, t.MinSize().Height))
		all.Objects = append(all.Objects, t)
		v.grown()
		v.w.app.Later(more)
	}
	v.w.app.Later(more)
	return pad(newPanel(theme.ColorNameBackground, colLine, 8, all), 16, 0, 0, 0)
}

// grown makes room for what has become longer.
func (v *detailView) grown() {
	for _, o := range v.body.Objects {
		o.(*fyne.Container).Layout.(*batchLayout).known = false
	}
	v.place()
}

// place lays out what the pane has.
func (v *detailView) place() {
	v.body.Layout.Layout(v.body.Objects, v.body.Size())
	rescroll(v.scroll)
}
