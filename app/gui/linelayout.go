package gui

import "fyne.io/fyne/v2"

// lineLayout places a label, a note to it, a value that wraps, and a button or
// none. The value stands beside the label, or under it where that would leave it
// too little room.
type lineLayout struct {
	width float32 // of the last layout; decides the height asked for
}

const (
	lineStacked = 340 // narrower than this, the value stands under its label
	lineLabel   = 112 // the label's width beside a value
	lineAbove   = 6   // over a label that has its value under it
	lineInner   = 8   // what a value that wraps has around it
)

func (l *lineLayout) stacked() bool { return l.width > 0 && l.width < lineStacked }

func (l *lineLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	label, note, value := o[0].MinSize(), o[1].MinSize(), o[2].MinSize()
	s := fyne.NewSize(lineLabel+value.Width, value.Height)
	if l.stacked() {
		s = fyne.NewSize(value.Width, lineAbove+label.Height+value.Height-lineInner/2)
	} else {
		under := 13 + label.Height
		if o[1].Visible() {
			under += 2 + note.Height
		}
		s.Height = max(s.Height, under)
	}
	if len(o) > 3 {
		b := o[3].MinSize()
		s.Width += b.Width
		s.Height = max(s.Height, b.Height)
	}
	return s
}

func (l *lineLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	room := size.Width
	if len(o) > 3 {
		b := o[3].MinSize()
		room -= b.Width
		o[3].Move(fyne.NewPos(room, 0))
		o[3].Resize(fyne.NewSize(b.Width, size.Height))
	}
	label, note := o[0].MinSize(), o[1].MinSize()
	put := func(o fyne.CanvasObject, x, y, w, h float32) {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(max(0, w), h))
	}
	if !l.stacked() {
		put(o[0], 0, 9, lineLabel, label.Height)
		put(o[1], 0, 11+label.Height, lineLabel, note.Height)
		put(o[2], lineLabel, 0, room-lineLabel, size.Height)
		return
	}
	w := min(label.Width, room)
	put(o[0], 0, lineAbove, w, label.Height)
	put(o[1], w+lineInner, lineAbove, room-w-lineInner, note.Height)
	y := lineAbove + label.Height - lineInner/2
	put(o[2], -lineInner, y, room+lineInner, size.Height-y)
}
