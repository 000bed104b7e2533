package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// words are text that may be selected. Fyne's own label takes every key for itself
// once it was clicked on, and Tab comes by it: then no shortcut works, nor Escape,
// and the focus is nowhere to be seen. This one keeps just Copy.
type words struct{ widget.Label }

// newWords makes wrapped text, as newPara does.
func newWords(s string) *words {
	w := &words{}
	w.Text, w.Wrapping, w.Selectable = s, fyne.TextWrapWord, true
	w.ExtendBaseWidget(w)
	return w
}

// CreateRenderer puts a selection of ours in the place of Fyne's.
func (w *words) CreateRenderer() fyne.WidgetRenderer {
	r := w.Label.CreateRenderer()
	if o := r.Objects(); len(o) == 2 { // what is selected, and the text
		if of, ok := o[0].(selects); ok {
			s := &selection{of: of}
			s.ExtendBaseWidget(s)
			return &wordsRenderer{r, s, []fyne.CanvasObject{s, o[1]}}
		}
	}
	return r
}

type wordsRenderer struct {
	fyne.WidgetRenderer
	selection *selection
	objects   []fyne.CanvasObject
}

func (r *wordsRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *wordsRenderer) Layout(s fyne.Size) {
	r.WidgetRenderer.Layout(s)
	r.selection.Resize(s)
}
func (r *wordsRenderer) Refresh() {
	r.WidgetRenderer.Refresh()
	r.selection.Refresh()
}

// selects is what Fyne's label selects with.
type selects interface {
	fyne.Widget
	fyne.Focusable
	fyne.Draggable
	fyne.DoubleTappable
	fyne.SecondaryTappable
	fyne.Shortcutable
	desktop.Mouseable
	desktop.Cursorable
	SelectedText() string
}

// selection stands where Fyne's would: it passes on what the mouse does, and has
// the focus in its place.
type selection struct {
	widget.BaseWidget
	of selects
}

func (s *selection) canvas() fyne.Canvas { return fyne.CurrentApp().Driver().CanvasForObject(s) }

// after takes the focus, without which nothing selected is shown or copied.
func (s *selection) after() {
	if c := s.canvas(); c != nil && c.Focused() != fyne.Focusable(s) {
		c.Focus(s)
	}
	s.Refresh()
}

func (s *selection) CreateRenderer() fyne.WidgetRenderer    { return s.of.CreateRenderer() }
func (s *selection) SelectedText() string                   { return s.of.SelectedText() }
func (s *selection) Cursor() desktop.Cursor                 { return s.of.Cursor() }
func (s *selection) MouseDown(e *desktop.MouseEvent)        { s.of.MouseDown(e); s.after() }
func (s *selection) MouseUp(e *desktop.MouseEvent)          { s.of.MouseUp(e); s.Refresh() }
func (s *selection) Dragged(e *fyne.DragEvent)              { s.of.Dragged(e); s.after() }
func (s *selection) DragEnd()                               { s.of.DragEnd(); s.Refresh() }
func (s *selection) DoubleTapped(e *fyne.PointEvent)        { s.of.DoubleTapped(e); s.after() }
func (s *selection) FocusGained()                           { s.of.FocusGained(); s.Refresh() }
func (s *selection) FocusLost()                             { s.of.FocusLost(); s.Refresh() }
func (s *selection) TypedRune(rune)                         {}
func (s *selection) AccessibilityLabel() string             { return s.of.SelectedText() }
func (s *selection) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// Refresh draws what is selected anew.
func (s *selection) Refresh() {
	s.BaseWidget.Refresh()
	if c := s.canvas(); c != nil {
		c.Refresh(s)
	}
}

// TappedSecondary offers to copy.
func (s *selection) TappedSecondary(e *fyne.PointEvent) {
	c := s.canvas()
	if c == nil {
		return
	}
	item := fyne.NewMenuItem(present.ActCopy, func() { fyne.CurrentApp().Clipboard().SetContent(s.SelectedText()) })
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", item), c, e.AbsolutePosition)
}

// Disabled keeps Tab from coming here: to the keyboard there is nothing to select.
// Fyne still gives it the focus when it is clicked on, and Copy.
func (s *selection) Disabled() bool { return true }

// Enable and Disable make it what Fyne takes for something disabled.
func (s *selection) Enable()  {}
func (s *selection) Disable() {}

// TypedShortcut copies what is selected.
func (s *selection) TypedShortcut(k fyne.Shortcut) { s.of.TypedShortcut(k) }

// TypedKey leaves every key, and every shortcut but Copy, to the window.
func (s *selection) TypedKey(k *fyne.KeyEvent) {
	c := s.canvas()
	if c == nil {
		return
	}
	var held fyne.KeyModifier
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok {
		held = d.CurrentKeyModifiers()
	}
	s.typed(c, k, held)
}

func (s *selection) typed(c fyne.Canvas, k *fyne.KeyEvent, held fyne.KeyModifier) {
	if h, ok := c.(fyne.Shortcutable); ok && held&^fyne.KeyModifierShift != 0 {
		h.TypedShortcut(&desktop.CustomShortcut{KeyName: k.Name, Modifier: held})
	} else if do := c.OnTypedKey(); do != nil {
		do(k)
	}
}
