package gui

import (
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// text is one line of type without padding, so that it sits on the grid. A
// line that does not fit ends in an ellipsis; its colour follows the theme.
type text struct {
	widget.BaseWidget
	content string
	size    fyne.ThemeSizeName
	colour  fyne.ThemeColorName
	style   fyne.TextStyle
	align   fyne.TextAlign
	// whole asks for the width of the whole line; otherwise the line takes
	// what it is given and is cut there.
	whole bool
	short string // what is shown where content does not fit, if set
}

// newText makes a line of body text that is cut where it does not fit.
func newText(s string) *text {
	t := &text{content: s, size: sizeBody, colour: theme.ColorNameForeground}
	t.ExtendBaseWidget(t)
	return t
}

func newMuted(s string) *text { return newText(s).as(sizeSmall, colMuted) }

// as sets size and colour.
func (t *text) as(size fyne.ThemeSizeName, c fyne.ThemeColorName) *text {
	t.size, t.colour = size, c
	return t
}

func (t *text) bold() *text  { t.style.Bold = true; return t }
func (t *text) full() *text  { t.whole = true; return t }
func (t *text) right() *text { t.align = fyne.TextAlignTrailing; return t }

// set changes the words, and redraws only if they are others.
func (t *text) set(s string) {
	if s != t.content {
		t.content = s
		t.Refresh()
	}
}

// tint changes the colour, and redraws only if it is another.
func (t *text) tint(c fyne.ThemeColorName) {
	if c != t.colour {
		t.colour = c
		t.Refresh()
	}
}

// strike crosses the line out, or not.
func (t *text) strike(on bool) {
	if on != t.style.Strikethrough {
		t.style.Strikethrough = on
		t.Refresh()
	}
}

// hide changes what is hidden and reports whether it was otherwise before: only
// then the row has to be laid out again.
func hide(o fyne.CanvasObject, hidden bool) bool {
	if o.Visible() != hidden {
		return false
	}
	if hidden {
		o.Hide()
	} else {
		o.Show()
	}
	return true
}

// AccessibilityLabel and AccessibilityRole make it readable for aids.
func (t *text) AccessibilityLabel() string             { return t.content }
func (t *text) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }
func (t *text) CreateRenderer() fyne.WidgetRenderer {
	r := &textRenderer{t: t, line: canvas.NewText("", nil)}
	r.Refresh()
	return r
}

type textRenderer struct {
	t    *text
	line *canvas.Text
}

func (r *textRenderer) Destroy()                     {}
func (r *textRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.line} }

func (r *textRenderer) MinSize() fyne.Size {
	size := r.t.Theme().Size(r.t.size)
	s := fyne.MeasureText(r.t.content, size, r.t.style)
	if r.t.content == "" {
		s = fyne.MeasureText("M", size, r.t.style)
		s.Width = 0
	}
	if !r.t.whole {
		s.Width = min(s.Width, 24)
	}
	return s
}

func (r *textRenderer) Layout(size fyne.Size) {
	r.fit(size.Width)
	h := r.line.MinSize().Height
	r.line.Move(fyne.NewPos(0, (size.Height-h)/2))
	r.line.Resize(fyne.NewSize(size.Width, h))
}

func (r *textRenderer) Refresh() {
	th, v := r.t.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	r.line.TextSize = th.Size(r.t.size)
	r.line.TextStyle = r.t.style
	r.line.Alignment = r.t.align
	r.line.Color = th.Color(r.t.colour, v)
	r.Layout(r.t.Size())
	r.line.Refresh()
}

// fit cuts the line to the width, at a rune.
func (r *textRenderer) fit(width float32) {
	s := r.t.content
	r.line.Text = s
	if s == "" || width <= 0 {
		return
	}
	measure := func(s string) float32 { return fyne.MeasureText(s, r.line.TextSize, r.line.TextStyle).Width }
	if measure(s) <= width+0.5 {
		return
	}
	if r.t.short != "" {
		s = r.t.short
		r.line.Text = s
		if measure(s) <= width+0.5 {
			return
		}
	}
	runes := []rune(s)
	if len(runes) > 400 {
		runes = runes[:400]
	}
	n := lastThat(len(runes), int(float32(len(runes))*width/measure(string(runes))), func(n int) bool { return measure(string(runes[:n])+"…") <= width })
	for n > 0 && runes[n-1] == ' ' {
		n--
	}
	r.line.Text = string(runes[:n]) + "…"
}

// lastThat gives the greatest n up to most for which ok holds, 0 if none; ok
// holds up to some number and not beyond. It looks around guess first: each
// look measures a text that was never measured before.
func lastThat(most, guess int, ok func(int) bool) int {
	if most < 1 {
		return 0
	}
	guess = min(most, max(1, guess))
	if ok(guess) {
		step := 1
		for guess+step <= most && ok(guess+step) {
			guess += step
			step *= 2
		}
		end := min(most+1, guess+step)
		return guess + sort.Search(end-guess-1, func(i int) bool { return !ok(guess + i + 1) })
	}
	low, step := guess-1, 1
	for low > 0 && !ok(low) {
		guess, low = low, max(0, low-step)
		step *= 2
	}
	return low + sort.Search(guess-low-1, func(i int) bool { return !ok(low + i + 1) })
}

// newPara makes wrapped text. It has Fyne's inner padding of 8 around it.
func newPara(s string) *widget.Label {
	l := widget.NewLabel(s)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// newMutedPara makes small, muted text that wraps, and its place in a column.
func newMutedPara() (*widget.Label, *fyne.Container) {
	l := newSmallPara("")
	l.Importance = widget.LowImportance
	return l, tight(l)
}

// tight takes Fyne's inner padding off text that wraps, so that it stands in a
// column like a line of newText.
func tight(l fyne.CanvasObject) *fyne.Container { return pad(l, -8, -8, -8, -8) }

// newSmallPara makes small, quiet wrapped text.
func newSmallPara(s string) *widget.Label {
	l := newPara(s)
	l.SizeName = sizeSmall
	return l
}
