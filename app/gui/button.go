package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// button is a button that the keyboard can do everything with: Enter presses it
// as Space does, and the focus stays where it was; Escape is for what is around
// it: the modal it is in, or the page.
type button struct {
	widget.Button
	escape func() // nil: what Escape does where nothing has the focus
}

// primary, plain and quiet are the three weights of buttons.
func primary(label string, ic fyne.Resource, tap func()) *button {
	return newButton(label, ic, widget.HighImportance, tap)
}

func plain(label string, ic fyne.Resource, tap func()) *button {
	return newButton(label, ic, widget.MediumImportance, tap)
}

func quiet(label string, ic fyne.Resource, tap func()) *button {
	return newButton(label, ic, widget.LowImportance, tap)
}

func newButton(label string, ic fyne.Resource, i widget.Importance, tap func()) *button {
	b := &button{}
	b.Text, b.Icon, b.OnTapped = label, ic, tap
	weigh(b, i)
	b.ExtendBaseWidget(b)
	return b
}

// TypedKey presses the button, as long as it is to be seen: one that was put away
// while it had the focus does nothing.
func (b *button) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		if !b.Disabled() && inSight(b) && b.OnTapped != nil {
			b.OnTapped()
		}
	case fyne.KeyEscape:
		if b.escape != nil {
			b.escape()
			return
		}
		passOn(b, k)
	}
}

// passOn gives a key to the page that an object is in.
func passOn(o fyne.CanvasObject, k *fyne.KeyEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(k)
	}
}

// inSight reports whether an object is shown, and everything that it is in: where
// that is not so it has no place, and in the very corner there is none of ours.
func inSight(o fyne.CanvasObject) bool {
	return o.Visible() && !fyne.CurrentApp().Driver().AbsolutePositionForObject(o).IsZero()
}
