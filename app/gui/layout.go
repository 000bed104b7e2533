package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// pad puts space around an object: top, right, bottom, left.
func pad(o fyne.CanvasObject, top, right, bottom, left float32) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(top, bottom, left, right), o)
}

// column stacks objects with a gap.
func column(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(gap), objects...)
}

// row sets objects side by side, centred on one line, each as wide as it must
// be and the one at index stretch as wide as it can be. -1 stretches none.
func row(gap float32, stretch int, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&rowLayout{gap: gap, stretch: stretch}, objects...)
}

// topRow is row with everything at the top.
func topRow(gap float32, stretch int, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&rowLayout{gap: gap, stretch: stretch, top: true}, objects...)
}

type rowLayout struct {
	gap     float32
	stretch int
	top     bool
}

func (l *rowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	n := 0
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		s.Width += m.Width
		s.Height = max(s.Height, m.Height)
		n++
	}
	if n > 1 {
		s.Width += l.gap * float32(n-1)
	}
	return s
}

func (l *rowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	spare := size.Width - l.MinSize(objects).Width
	x := float32(0)
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		w := m.Width
		if i == l.stretch {
			w += max(0, spare)
		}
		h, y := m.Height, (size.Height-m.Height)/2
		if l.top {
			h, y = size.Height, 0
		}
		o.Resize(fyne.NewSize(w, h))
		o.Move(fyne.NewPos(x, y))
		x += w + l.gap
	}
}

// flowRow sets objects side by side, and goes on below where they don't fit.
func flowRow(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&flowLayout{gap: gap}, objects...)
}

type flowLayout struct {
	gap, width float32 // width of the last layout; decides the height asked for
}

func (l *flowLayout) place(objects []fyne.CanvasObject, width float32, put func(fyne.CanvasObject, fyne.Position, fyne.Size)) (height float32) {
	x, y, line := float32(0), float32(0), float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		if x > 0 && x+m.Width > width {
			x, y, line = 0, y+line+l.gap, 0
		}
		put(o, fyne.NewPos(x, y), m)
		x += m.Width + l.gap
		line = max(line, m.Height)
	}
	return y + line
}

func (l *flowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	widest := float32(0)
	for _, o := range objects {
		if o.Visible() {
			widest = max(widest, o.MinSize().Width)
		}
	}
	h := l.place(objects, max(l.width, widest), func(fyne.CanvasObject, fyne.Position, fyne.Size) {})
	return fyne.NewSize(widest, h)
}

func (l *flowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	l.place(objects, size.Width, func(o fyne.CanvasObject, pos fyne.Position, s fyne.Size) {
		o.Move(pos)
		o.Resize(s)
	})
}

// headedLayout puts a head that may wrap over all the rest.
type headedLayout struct{}

func (headedLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	head, rest := o[0].MinSize(), o[1].MinSize()
	return fyne.NewSize(max(head.Width, rest.Width), head.Height+rest.Height)
}

func (headedLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	for range 2 { // wrapped text knows its height only once it was given a width
		o[0].Resize(fyne.NewSize(s.Width, o[0].MinSize().Height))
	}
	high := o[0].Size().Height
	o[0].Move(fyne.NewPos(0, 0))
	o[1].Move(fyne.NewPos(0, high))
	o[1].Resize(fyne.NewSize(s.Width, max(0, s.Height-high)))
}

// fixedWidth gives an object exactly this width to ask for.
func fixedWidth(w float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&boxLayout{width: w}, o)
}

// atLeast gives an object at least this size.
func atLeast(w, h float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&boxLayout{minWidth: w, minHeight: h}, o)
}

// exactly gives an object exactly this size.
func exactly(w, h float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&boxLayout{width: w, height: h}, o)
}

// atMost gives its objects no more than this width and keeps them at the left.
func atMost(w float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&boxLayout{maxWidth: w}, o)
}

type boxLayout struct {
	width, height, minWidth, minHeight, maxWidth float32
}

func (l *boxLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	s := objects[0].MinSize()
	if l.width > 0 {
		s.Width = l.width
	}
	if l.height > 0 {
		s.Height = l.height
	}
	return s.Max(fyne.NewSize(l.minWidth, l.minHeight))
}

func (l *boxLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	if l.maxWidth > 0 {
		size.Width = min(size.Width, l.maxWidth)
	}
	if l.width > 0 && l.height > 0 {
		size = fyne.NewSize(l.width, l.height)
	}
	for _, o := range objects {
		o.Resize(size)
		o.Move(fyne.NewPos(0, 0))
	}
}

// tiles sets objects in as many equal columns as are at least minWidth wide.
func tiles(minWidth, gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&tileLayout{minWidth: minWidth, gap: gap}, objects...)
}

type tileLayout struct {
	minWidth, gap float32
	width         float32 // of the last layout; decides the height asked for
}

func (l *tileLayout) shape(n int, width float32) (cols, rows int) {
	cols = max(1, int((width+l.gap)/(l.minWidth+l.gap)))
	return cols, (n + cols - 1) / cols
}

func (l *tileLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	h := float32(0)
	for _, o := range objects {
		h = max(h, o.MinSize().Height)
	}
	_, rows := l.shape(len(objects), max(l.width, l.minWidth))
	return fyne.NewSize(l.minWidth, float32(rows)*h+float32(max(0, rows-1))*l.gap)
}

func (l *tileLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	cols, _ := l.shape(len(objects), size.Width)
	h := float32(0)
	for _, o := range objects {
		h = max(h, o.MinSize().Height)
	}
	w := (size.Width - l.gap*float32(cols-1)) / float32(cols)
	for i, o := range objects {
		o.Resize(fyne.NewSize(w, h))
		o.Move(fyne.NewPos(float32(i%cols)*(w+l.gap), float32(i/cols)*(h+l.gap)))
	}
}

// listPage is a page with a heading, and under it a search field over a list
// (or what stands there while the list is empty) beside a detail. The list takes
// two fifths within limits, the detail the rest.
func listPage(head, find, list, empty, detail fyne.CanvasObject) *fyne.Container {
	left := container.NewBorder(pad(find, 0, 16, 8, 24), nil, nil, nil,
		container.NewStack(pad(list, 0, 12, 0, 16), empty))
	return container.NewBorder(head, nil, nil, nil, container.New(paneLayout{most: 0.42}, left, pad(detail, 0, 24, 24, 0)))
}

// paneLayout sets a list and a detail side by side.
type paneLayout struct {
	most float32 // of the width for the list, where that is less than listMin
}

const (
	listMin = 272
	listMax = 400
)

func (paneLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(listMin+240, max(o[0].MinSize().Height, o[1].MinSize().Height))
}

func (l paneLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	w := float32(int(min(listMax, size.Width*l.most, max(listMin, size.Width*0.38))))
	o[0].Resize(fyne.NewSize(w, size.Height))
	o[0].Move(fyne.NewPos(0, 0))
	o[1].Resize(fyne.NewSize(size.Width-w, size.Height))
	o[1].Move(fyne.NewPos(w, 0))
}

// panel is a surface in a theme colour, with a border and round corners where
// asked for.
type panel struct {
	widget.BaseWidget
	fill, line fyne.ThemeColorName
	radius     float32
	content    fyne.CanvasObject
}

func newPanel(fill, line fyne.ThemeColorName, radius float32, content fyne.CanvasObject) *panel {
	p := &panel{fill: fill, line: line, radius: radius, content: content}
	p.ExtendBaseWidget(p)
	return p
}

// newCard is a panel for content, with 16 around it.
func newCard(content fyne.CanvasObject) *panel {
	return newPanel(colCard, colLine, 10, pad(content, 16, 16, 16, 16))
}

func (p *panel) refill(fill fyne.ThemeColorName) {
	if p.fill != fill {
		p.fill = fill
		p.Refresh()
	}
}

func (p *panel) CreateRenderer() fyne.WidgetRenderer {
	r := &panelRenderer{p: p, bg: canvas.NewRectangle(nil)}
	r.paint()
	r.objects = []fyne.CanvasObject{r.bg}
	if p.content != nil {
		r.objects = append(r.objects, p.content)
	}
	return r
}

type panelRenderer struct {
	p       *panel
	bg      *canvas.Rectangle
	objects []fyne.CanvasObject
}

func (r *panelRenderer) Destroy()                     {}
func (r *panelRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *panelRenderer) MinSize() fyne.Size {
	if r.p.content == nil {
		return fyne.NewSize(0, 0)
	}
	return r.p.content.MinSize()
}

func (r *panelRenderer) Layout(s fyne.Size) {
	for _, o := range r.objects {
		o.Resize(s)
		o.Move(fyne.NewPos(0, 0))
	}
}

func (r *panelRenderer) Refresh() {
	r.paint()
	r.Layout(r.p.Size())
	r.bg.Refresh()
	if r.p.content != nil {
		r.p.content.Refresh()
	}
}

func (r *panelRenderer) paint() {
	r.bg.CornerRadius = r.p.radius
	r.bg.FillColor = themed(r.p.fill)
	r.bg.StrokeWidth = 0
	if r.p.line != "" {
		r.bg.StrokeColor = themed(r.p.line)
		r.bg.StrokeWidth = 1
	}
}

// newRule is a hairline.
func newRule(vertical bool) fyne.CanvasObject {
	p := newPanel(colLine, "", 0, nil)
	if vertical {
		return atLeast(1, 0, p)
	}
	return atLeast(0, 1, p)
}

// settle lays a scrolled column out until its height stays: wrapped text and
// tiles know theirs only once they were given a width. last is the height of
// the time before; nothing is done while that is still right.
func settle(c *fyne.Container, s *container.Scroll, last *float32) {
	for range 3 {
		h := c.MinSize().Height
		if h == *last {
			return
		}
		*last = h
		rescroll(s)
		arrange(s.Content)
	}
}

// rescroll gives a scrolled column the height it asks for, and stays within it.
func rescroll(s *container.Scroll) {
	s.Base.Refresh()
	if end := max(0, s.Content.Size().Height-s.Size().Height); s.Offset.Y > end {
		s.ScrollToOffset(fyne.NewPos(s.Offset.X, end))
	}
}

// relaid lays a container out after something in it was shown, hidden or made
// longer. What changed has drawn itself.
func relaid(c *fyne.Container) {
	arrange(c)
	canvas.Refresh(c)
}

// arrange gives everything in o its place anew. Refresh does that too, but
// draws each label, button and picture again as well, which takes ten times as
// long.
func arrange(o fyne.CanvasObject) {
	switch o := o.(type) {
	case *fyne.Container:
		if o.Layout != nil {
			o.Layout.Layout(o.Objects, o.Size())
		}
		for _, inner := range o.Objects {
			if inner.Visible() {
				arrange(inner)
			}
		}
	case *panel:
		if o.content != nil {
			o.content.Resize(o.Size())
			arrange(o.content)
		}
	case *tappable:
		arrange(o.content)
	}
}

// framed gives a select the border that entries have.
func framed(o fyne.CanvasObject) fyne.CanvasObject {
	return newPanel(theme.ColorNameInputBackground, theme.ColorNameInputBorder, 6, pad(o, 2, 2, 2, 2))
}

// flush takes the inner padding of Fyne's text off at the left, so that it
// stands in line with what is above it.
func flush(o fyne.CanvasObject) *fyne.Container { return pad(o, 0, 0, 0, -8) }

// icon is a small themed picture.
func icon(res fyne.Resource, size float32, c fyne.ThemeColorName) *fyne.Container {
	i := widget.NewIcon(ink(res, c))
	return exactly(size, size, i)
}
