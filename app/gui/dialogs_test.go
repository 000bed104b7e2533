//go:build ci

package gui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
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

// TestButtons_ByTheKeyboard: Enter presses what Tab has come to and leaves the
// focus there, in a list it opens the row, Escape is the page's, and what was put away presses nothing.
func TestButtons_ByTheKeyboard(t *testing.T) {
	s := newScene(t, robbed(), theme.VariantLight, wide)
	s.until("the card", func() bool {
		return len(s.app.Losses.Cards) == 1 && len(s.w.pages[pageOverview].(*overviewPage).losses.cards) == 1
	})
	c := s.w.win.Canvas()
	card := s.w.pages[pageOverview].(*overviewPage).losses.cards[0]
	for range 40 { // as long as it takes to come by everything
		if c.FocusNext(); c.Focused() == fyne.Focusable(card.mine) {
			break
		}
	}
	s.press(fyne.KeyEnter)
	if !s.open() {
		t.Fatal("Enter does not ask whether it was me")
	}
	s.press(fyne.KeyEscape)
	c.Focus(card.look)
	s.press(fyne.KeyReturn)
	if s.w.shown != pageReview {
		t.Fatal("Enter does not open the review")
	}
	c.Focus(s.w.pages[pageReview].(*reviewPage).back)
	s.press(fyne.KeyEscape)
	if s.w.shown != pageOverview {
		t.Error("Escape on a button does not lead back")
	}
	list := s.w.pages[pageReview].(*reviewPage).list
	s.w.review(7)
	s.until("the list", func() bool { return s.app.Review.Ready })
	c.Focus(list)
	s.press(fyne.KeyDown)
	s.press(fyne.KeyReturn)
	s.until("the second row", func() bool { return s.app.Review.Detail.ID == s.app.Review.Rows[1].ID })
	s.press(fyne.KeyEscape) // closes what is open, and then the page
	s.press(fyne.KeyEscape)
	if s.w.shown != pageOverview {
		t.Error("Escape in a list does not lead back")
	}
	c.Focus(card.look)
	card.content.Hide()
	s.press(fyne.KeyEnter)
	if s.w.shown != pageOverview {
		t.Error("a button that is put away was pressed")
	}
}

// TestKeys_AreNotSwallowed: a text that was clicked on leaves the window its
// shortcuts and Escape, and Tab goes past it; what is selected can be copied.
func TestKeys_AreNotSwallowed(t *testing.T) {
	s := newScene(t, household(), theme.VariantLight, small)
	c := s.w.win.Canvas()
	said, field := newWords("selectable words"), newField(s.w, "")
	s.w.win.SetContent(container.NewVBox(said, field))
	c.FocusNext()
	if c.Focused() != fyne.Focusable(field) {
		t.Error("Tab stops at words")
	}
	words := test.WidgetRenderer(said).Objects()[0].(*selection)
	words.DoubleTapped(&fyne.PointEvent{Position: fyne.NewPos(20, 12)})
	if c.Focused() != fyne.Focusable(words) || words.SelectedText() != "selectable" {
		t.Fatalf("%T, %q", c.Focused(), words.SelectedText())
	}
	words.TypedShortcut(&fyne.ShortcutCopy{})
	if got := fyne.CurrentApp().Clipboard().Content(); got != "selectable" {
		t.Errorf("%q was copied", got)
	}
	escaped := false
	c.SetOnTypedKey(func(k *fyne.KeyEvent) { escaped = k.Name == fyne.KeyEscape })
	s.press(fyne.KeyEscape)
	if !escaped {
		t.Error("Escape is swallowed")
	}
	real := shortcutCanvas{c, s.w.shortcut} // the test driver's canvas knows no shortcuts
	words.typed(real, &fyne.KeyEvent{Name: fyne.Key2}, fyne.KeyModifierShortcutDefault)
	if s.w.shown != pageContacts {
		t.Error("Ctrl+2 is swallowed")
	}
}

type shortcutCanvas struct {
	fyne.Canvas
	do func(fyne.Shortcut) bool
}

func (c shortcutCanvas) TypedShortcut(s fyne.Shortcut) { c.do(s) }
