package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// freeKeys keeps what only shows something from swallowing the window's keys. A
// text that was clicked on takes every shortcut for itself, though it knows but
// Copy, and it and a list take Escape, which means nothing to them.
func freeKeys(c fyne.Canvas) {
	d, ok := c.(desktop.Canvas)
	if !ok {
		return
	}
	d.SetOnKeyDown(func(k *fyne.KeyEvent) {
		var held fyne.KeyModifier
		if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok {
			held = d.CurrentKeyModifiers()
		}
		freeKey(c, k.Name, held)
	})
}

// freeKey takes the focus from what would swallow a key: it then goes where it
// goes when nothing has the focus. It is called before the key takes effect.
func freeKey(c fyne.Canvas, k fyne.KeyName, held fyne.KeyModifier) {
	swallows := false
	switch f := c.Focused().(type) {
	case nil, *field, *button:
		return
	case *widget.List, *widget.Check, *widget.Select, *widget.Slider:
		swallows = k == fyne.KeyEscape
	case interface{ SelectedText() string }:
		letter := len(k) == 1 && held&fyne.KeyModifierShortcutDefault != 0
		swallows = k == fyne.KeyEscape || letter && (k != fyne.KeyC || f.SelectedText() == "")
	}
	if swallows {
		c.Unfocus()
	}
}
