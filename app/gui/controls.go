package gui

import (
	"image"
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// field is an entry that lets the window's shortcuts through and knows Escape.
type field struct {
	widget.Entry
	onShortcut func(fyne.Shortcut) bool
	onEscape   func()
	onDown     func()
}

func newField(w *window, placeholder string) *field {
	f := &field{onShortcut: w.shortcut}
	f.ExtendBaseWidget(f)
	f.PlaceHolder = placeholder
	return f
}

func newSecret(w *window, placeholder string) *field {
	f := newField(w, placeholder)
	f.Password = true
	return f
}

// TypedShortcut offers the shortcut to the window first.
func (f *field) TypedShortcut(s fyne.Shortcut) {
	if f.onShortcut != nil && f.onShortcut(s) {
		return
	}
	f.Entry.TypedShortcut(s)
}

// TypedKey handles Escape and Down, and leaves the rest to the entry.
func (f *field) TypedKey(k *fyne.KeyEvent) {
	switch {
	case k.Name == fyne.KeyEscape && f.onEscape != nil:
		f.onEscape()
	case k.Name == fyne.KeyDown && f.onDown != nil:
		f.onDown()
	default:
		f.Entry.TypedKey(k)
	}
}

// newSearch is a field with a magnifying glass that clears on Escape.
func newSearch(w *window, placeholder string, changed func(string)) *field {
	f := newField(w, placeholder)
	f.Icon = ink(theme.SearchIcon(), theme.ColorNameForeground)
	f.OnChanged = changed
	f.onEscape = func() {
		if f.Text != "" {
			f.SetText("")
			return
		}
		w.win.Canvas().Unfocus()
	}
	return f
}

// weigh gives a button its weight, and its icon the colour that goes with it.
func weigh(b *button, i widget.Importance) {
	c := theme.ColorNameForeground
	switch i {
	case widget.HighImportance:
		c = theme.ColorNameForegroundOnPrimary
	case widget.DangerImportance:
		c = theme.ColorNameForegroundOnError
	}
	b.Importance, b.Icon = i, ink(b.Icon, c)
}

// dot is a filled circle in a collection's colour, or in the muted one.
type dot struct {
	widget.BaseWidget
	colour string
	size   float32
}

func newDot(size float32) *dot {
	d := &dot{size: size}
	d.ExtendBaseWidget(d)
	return d
}

func (d *dot) set(colour string) {
	if d.colour != colour {
		d.colour = colour
		d.Refresh()
	}
}

func (d *dot) CreateRenderer() fyne.WidgetRenderer {
	c := canvas.NewCircle(color.Transparent)
	r := &dotRenderer{d: d, c: c}
	r.Refresh()
	return r
}

type dotRenderer struct {
	d *dot
	c *canvas.Circle
}

func (r *dotRenderer) Destroy()                     {}
func (r *dotRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.c} }
func (r *dotRenderer) MinSize() fyne.Size           { return fyne.NewSquareSize(r.d.size) }
func (r *dotRenderer) Layout(s fyne.Size) {
	r.c.Resize(fyne.NewSquareSize(r.d.size))
	r.c.Move(fyne.NewPos((s.Width-r.d.size)/2, (s.Height-r.d.size)/2))
}
func (r *dotRenderer) Refresh() {
	if c, ok := parseColor(r.d.colour); ok {
		r.c.FillColor = c
	} else {
		r.c.FillColor = themed(colMuted)
	}
	r.c.Refresh()
}

// avatar is a round picture: a photo, or initials on a tint.
type avatar struct {
	widget.BaseWidget
	size   float32
	name   string // what is drawn
	circle *canvas.Circle
	text   *canvas.Text
	photo  *canvas.Image
}

func newAvatar(size float32) *avatar {
	a := &avatar{size: size, circle: canvas.NewCircle(color.Transparent), text: canvas.NewText("", color.White), photo: &canvas.Image{}}
	a.text.Alignment = fyne.TextAlignCenter
	a.text.TextSize = size * 0.38
	a.text.TextStyle.Bold = true
	a.photo.FillMode = canvas.ImageFillContain
	a.photo.ScaleMode = canvas.ImageScaleSmooth
	a.ExtendBaseWidget(a)
	return a
}

func (a *avatar) show(name, initials string, photos *present.Photos, id int64, revision int, at time.Time, hasPhoto bool, pixels int) {
	var img image.Image
	if hasPhoto {
		img = photos.Round(id, revision, at, pixels)
	}
	if a.name == name && a.photo.Image == img {
		return
	}
	a.name = name
	a.circle.FillColor = avatarTints[present.Tint(name, len(avatarTints))]
	a.text.Text = initials
	a.photo.Image = img
	a.circle.Hidden = a.photo.Image != nil
	a.text.Hidden = a.photo.Image != nil
	a.photo.Hidden = a.photo.Image == nil
	a.Refresh()
}

func (a *avatar) blank() {
	a.name = ""
	a.circle.FillColor = themed(colLine)
	a.circle.Hidden, a.text.Hidden, a.photo.Hidden = false, true, true
	a.Refresh()
}

func (a *avatar) CreateRenderer() fyne.WidgetRenderer { return &avatarRenderer{a} }

type avatarRenderer struct{ a *avatar }

func (r *avatarRenderer) Destroy() {}
func (r *avatarRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.a.circle, r.a.text, r.a.photo}
}
func (r *avatarRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(r.a.size) }
func (r *avatarRenderer) Layout(s fyne.Size) {
	q := fyne.NewSquareSize(r.a.size)
	p := fyne.NewPos((s.Width-q.Width)/2, (s.Height-q.Height)/2)
	for _, o := range r.Objects() {
		o.Resize(q)
		o.Move(p)
	}
	h := r.a.text.MinSize().Height
	r.a.text.Resize(fyne.NewSize(q.Width, h))
	r.a.text.Move(p.AddXY(0, (q.Height-h)/2))
}
func (r *avatarRenderer) Refresh() {
	r.Layout(r.a.Size())
	r.a.circle.Refresh()
	r.a.text.Refresh()
	if !r.a.photo.Hidden {
		r.a.photo.Refresh()
	}
}

// levelLook is the icon and colour of a level.
func levelLook(l present.Level) (fyne.Resource, fyne.ThemeColorName) {
	switch l {
	case present.LevelGood:
		return theme.ConfirmIcon(), theme.ColorNameSuccess
	case present.LevelBusy:
		return theme.ViewRefreshIcon(), theme.ColorNamePrimary
	case present.LevelNote:
		return theme.InfoIcon(), theme.ColorNameWarning
	case present.LevelBad:
		return theme.WarningIcon(), theme.ColorNameError
	}
	return theme.HistoryIcon(), colMuted
}

// levelSurface is the surface behind a level.
func levelSurface(l present.Level) fyne.ThemeColorName {
	switch l {
	case present.LevelGood:
		return colGood
	case present.LevelBusy:
		return colAccent
	case present.LevelNote:
		return colNote
	case present.LevelBad:
		return colAlert
	}
	return colRail
}

// levelIcon shows a level.
type levelIcon struct {
	*widget.Icon
	box   *fyne.Container
	level present.Level
	set_  bool
}

func newLevelIcon(size float32) *levelIcon {
	i := &levelIcon{Icon: widget.NewIcon(nil)}
	i.box = exactly(size, size, i.Icon)
	return i
}

func (i *levelIcon) set(l present.Level) {
	if i.set_ && i.level == l {
		return
	}
	i.level, i.set_ = l, true
	res, c := levelLook(l)
	i.SetResource(ink(res, c))
}

// kindIcon is the picture of a kind of collection.
func kindIcon(kind string) fyne.Resource {
	switch kind {
	case "contacts":
		return theme.AccountIcon()
	case "tasks":
		return theme.CheckButtonCheckedIcon()
	}
	return theme.CalendarIcon()
}

// kindMark is the icon of a kind, drawn anew only when the kind is another.
type kindMark struct {
	icon *widget.Icon
	kind string
}

func newKindMark() *kindMark { return &kindMark{icon: widget.NewIcon(nil)} }

func (m *kindMark) set(kind string) {
	if m.kind != kind {
		m.kind = kind
		m.icon.SetResource(ink(kindIcon(kind), colMuted))
	}
}

// tappable makes any content a button with a hover surface.
type tappable struct {
	widget.BaseWidget
	label   string
	tap     func()
	bg      *panel
	content fyne.CanvasObject
	resting fyne.ThemeColorName
}

func newTappable(label string, content fyne.CanvasObject, tap func()) *tappable {
	t := &tappable{label: label, tap: tap, content: content, bg: newPanel(colNone, "", 6, nil)}
	t.resting = colNone
	t.ExtendBaseWidget(t)
	return t
}

// colNone is no colour.
const colNone fyne.ThemeColorName = "sidekeepNone"

func (t *tappable) Tapped(*fyne.PointEvent)                { t.tap() }
func (t *tappable) MouseIn(*desktop.MouseEvent)            { t.bg.refill(theme.ColorNameHover) }
func (t *tappable) MouseMoved(*desktop.MouseEvent)         {}
func (t *tappable) MouseOut()                              { t.bg.refill(t.resting) }
func (t *tappable) AccessibilityLabel() string             { return t.label }
func (t *tappable) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }
func (t *tappable) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewStack(t.bg, t.content))
}
