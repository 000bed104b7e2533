package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
	"sidekeep/assets"
)

const railWidth = 184

// rail is the navigation at the left, with the state of everything at its foot.
type rail struct {
	w       *window
	items   []*railItem
	level   *levelIcon
	state   *widget.Label
	past    *text // which moment of the past is looked at
	pastBox *fyne.Container
	body    *fyne.Container
	content *fyne.Container
}

func newRail(w *window) *rail {
	r := &rail{w: w, level: newLevelIcon(16), state: newSmallPara("")}
	icons := []fyne.Resource{theme.HomeIcon(), theme.AccountIcon(), theme.CalendarIcon(), theme.CheckButtonCheckedIcon(), theme.HistoryIcon(), theme.DownloadIcon(), theme.SettingsIcon()}
	list := container.New(layout.NewCustomPaddedVBoxLayout(4))
	for i, ic := range icons {
		it := newRailItem(pageNames[i], ic, func() { w.show(i) })
		r.items = append(r.items, it)
		list.Add(it)
	}
	logo := canvas.NewImageFromResource(fyne.NewStaticResource("icon.png", assets.IconPNG))
	logo.FillMode, logo.ScaleMode = canvas.ImageFillContain, canvas.ImageScaleSmooth
	name := newText(present.AppName).as(sizeSection, theme.ColorNameForeground).bold()
	r.state.Importance = widget.LowImportance
	head := pad(row(8, 1, exactly(28, 28, logo), name), 20, 16, 16, 20)
	foot := newTappable("", pad(row(0, 1, r.level.box, r.state), 0, 0, 0, 8), func() { w.show(pageOverview) })
	r.past = newText("").as(sizeSmall, theme.ColorNameForeground).bold()
	past := newTappable("", pad(row(8, 1, icon(theme.HistoryIcon(), 16, theme.ColorNameWarning), r.past), 6, 8, 6, 8), func() { w.show(pageHistory) })
	r.pastBox = pad(container.NewStack(newPanel(colPast, "", 6, nil), past), 0, 0, 4, 0)
	r.pastBox.Hide()
	r.body = container.NewBorder(head, pad(column(0, r.pastBox, foot), 8, 8, 12, 8), nil, nil, pad(list, 0, 8, 0, 8))
	r.content = container.NewStack(fixedWidth(railWidth, newPanel(colRail, "", 0, nil)), r.body)
	return r
}

func (r *rail) choose(p int) {
	for i, it := range r.items {
		it.choose(i == p)
	}
}

func (r *rail) render() {
	level, words := r.w.app.StatusLine()
	r.level.set(level)
	if r.state.Text != words {
		r.state.SetText(words)
	}
}

// renderPast says which moment of the past is looked at.
func (r *rail) renderPast() {
	words := r.w.app.Past.Rail()
	r.past.set(words)
	if hide(r.pastBox, words == "") {
		r.body.Layout.Layout(r.body.Objects, r.body.Size())
	}
}

// railItem is one entry of the rail. It can be reached by Tab and chosen by
// Enter or Space.
type railItem struct {
	widget.BaseWidget
	label        string
	res          fyne.Resource
	tap          func()
	chosen, over bool
	focused      bool
	bg           *canvas.Rectangle
	icon         *widget.Icon
	text         *text
	body         *fyne.Container
}

func newRailItem(label string, res fyne.Resource, tap func()) *railItem {
	it := &railItem{label: label, res: res, tap: tap, bg: canvas.NewRectangle(nil), icon: widget.NewIcon(nil), text: newText(label)}
	it.bg.CornerRadius = 6
	it.body = atLeast(0, 40, pad(row(12, 1, exactly(20, 20, it.icon), it.text), 8, 12, 8, 12))
	it.ExtendBaseWidget(it)
	it.paint()
	return it
}

func (it *railItem) choose(on bool) {
	if it.chosen != on {
		it.chosen = on
		it.paint()
	}
}

func (it *railItem) paint() {
	fill, fg := colNone, theme.ColorNameForeground
	switch {
	case it.chosen:
		fill, fg = colAccent, theme.ColorNamePrimary
	case it.over:
		fill = theme.ColorNameHover
	}
	it.bg.FillColor = themed(fill)
	it.bg.StrokeWidth = 0
	if it.focused {
		it.bg.StrokeWidth, it.bg.StrokeColor = 2, themed(theme.ColorNameFocus)
	}
	it.bg.Refresh()
	it.text.style.Bold = it.chosen
	it.text.colour = fg
	it.text.Refresh()
	it.icon.SetResource(ink(it.res, fg))
}

func (it *railItem) Tapped(*fyne.PointEvent)                { it.tap() }
func (it *railItem) MouseIn(*desktop.MouseEvent)            { it.over = true; it.paint() }
func (it *railItem) MouseMoved(*desktop.MouseEvent)         {}
func (it *railItem) MouseOut()                              { it.over = false; it.paint() }
func (it *railItem) FocusGained()                           { it.focused = true; it.paint() }
func (it *railItem) FocusLost()                             { it.focused = false; it.paint() }
func (it *railItem) TypedRune(rune)                         {}
func (it *railItem) AccessibilityLabel() string             { return it.label }
func (it *railItem) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }
func (it *railItem) Refresh()                               { it.paint(); it.BaseWidget.Refresh() }
func (it *railItem) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		it.tap()
	}
}
func (it *railItem) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewStack(it.bg, it.body))
}
