//go:build ci

package gui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"sidekeep/app/present"
)

// press sends a key to what has it: the focused widget, or the canvas.
func (s *scene) press(k fyne.KeyName) {
	c := s.w.win.Canvas()
	if f := c.Focused(); f != nil {
		f.TypedKey(&fyne.KeyEvent{Name: k})
		return
	}
	c.OnTypedKey()(&fyne.KeyEvent{Name: k})
}

func (s *scene) open() bool { return s.w.win.Canvas().Overlays().Top() != nil }

// TestDialogs_ByTheKeyboard: a question opens on Cancel; Tab and Enter say yes,
// Escape closes it with or without a focus, and the page is left as it was.
func TestDialogs_ByTheKeyboard(t *testing.T) {
	s := newScene(t, household(), theme.VariantLight, small)
	s.w.show(pageExport)
	c := s.w.win.Canvas()
	yes := 0
	ask := func() {
		s.w.ask(&present.Question{Title: "Really?", Text: "It is so.", Do: "Yes", Yes: func() { yes++ }})
	}
	for _, step := range []struct {
		name string
		do   func()
		yes  int
	}{
		{"Enter on Cancel", func() { s.press(fyne.KeyReturn) }, 0},
		{"Escape on Cancel", func() { s.press(fyne.KeyEscape) }, 0},
		{"Escape with no focus", func() { c.Unfocus(); s.press(fyne.KeyEscape) }, 0},
		{"Tab and Enter", func() { c.FocusNext(); s.press(fyne.KeyEnter) }, 1},
		{"Tab and Space", func() { c.FocusNext(); s.press(fyne.KeySpace) }, 2},
		{"Tab and Escape", func() { c.FocusNext(); s.press(fyne.KeyEscape) }, 2},
	} {
		ask()
		step.do()
		if s.open() || yes != step.yes || s.w.shown != pageExport {
			t.Fatalf("%s: open %v, yes %d, page %d", step.name, s.open(), yes, s.w.shown)
		}
	}
	askRemove(s.w, "Home", false)
	s.press(fyne.KeyEscape)
	if s.open() {
		t.Error("the account's dialog is still open")
	}
}

// TestDialogs_ForFiles: those that choose a folder or a copy open, and Escape
// closes them.
func TestDialogs_ForFiles(t *testing.T) {
	s := newScene(t, household(), theme.VariantLight, small)
	for _, pick := range []func(*window, func(string)){pickFolder, pickCopy} {
		pick(s.w, func(path string) { t.Errorf("%s was picked", path) })
		if !s.open() {
			t.Fatal("it did not open")
		}
		s.press(fyne.KeyEscape)
		if s.open() {
			t.Fatal("it is still open")
		}
	}
	s.w.show(pageExport)
	s.w.win.Canvas().Unfocus()
	s.press(fyne.KeyEscape)
	if s.w.shown != pageExport {
		t.Error("the page lost its keys")
	}
}
