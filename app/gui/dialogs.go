package gui

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// modal is a question in the middle of the window: a title, a body that may
// grow, and buttons at the right. Escape closes it, whatever has the focus.
type modal struct {
	w      *window
	pop    *widget.PopUp
	head   *widget.Label
	inside *fyne.Container
	first  *button // has the focus, where no field takes it
	below  func(*fyne.KeyEvent)
	escape func()
	closed func()
}

func newModal(w *window, title string, body fyne.CanvasObject, buttons ...fyne.CanvasObject) *modal {
	m := &modal{w: w, closed: func() {}}
	m.escape = m.hide
	head := newPara(title)
	m.head = head
	head.SizeName, head.TextStyle.Bold = theme.SizeNameSubHeadingText, true
	for _, o := range buttons {
		if b, ok := o.(*button); ok {
			b.escape = func() { m.escape() }
			if m.first == nil {
				m.first = b
			}
		}
	}
	line := row(8, 0, append([]fyne.CanvasObject{fill()}, buttons...)...)
	m.inside = fixedWidth(448, pad(column(8, flush(head), body, pad(line, 8, 0, 0, 0)), 12, 20, 16, 20))
	m.pop = widget.NewModalPopUp(m.inside, w.win.Canvas())
	return m
}

func (m *modal) show() {
	m.pop.Show()
	m.fit()
	c := m.w.win.Canvas()
	m.below = c.OnTypedKey()
	c.SetOnTypedKey(func(k *fyne.KeyEvent) {
		if k.Name == fyne.KeyEscape {
			m.escape()
		}
	})
	if m.first != nil {
		c.Focus(m.first)
	}
}

// fit grows or shrinks the modal to its body: wrapped text knows its height
// only once it was given a width.
func (m *modal) fit() {
	for range 3 {
		m.inside.Refresh()
		m.pop.Resize(m.pop.MinSize())
	}
}

func (m *modal) hide() {
	if m.below != nil {
		m.w.win.Canvas().SetOnTypedKey(m.below)
		m.below = nil
	}
	m.pop.Hide()
	m.closed()
}

// askPassword opens the dialog that replaces an account's password.
func askPassword(w *window, name string) { signIn(w, name, func() {}) }

// signIn is askPassword that goes on with then, once the login was proved.
func signIn(w *window, name string, then func()) {
	s := w.app.Settings
	secret := newSecret(w, present.FieldPasswordEx)
	wrong := newErrorLine()
	inFile, offer := newFileChoice(nil)
	send := func() { s.SetPassword(name, secret.Text, inFile.Checked) }
	save := newButton(present.ActSave, theme.LoginIcon(), widget.HighImportance, send)
	secret.OnSubmitted = func(string) { send() }
	cancel := newButton(present.ActCancel, nil, widget.MediumImportance, nil)
	m := newModal(w, fmt.Sprintf(present.PasswordTitle, name),
		column(4, flush(newPara(present.PasswordText)), secret, flush(wrong), offer), cancel, save)
	cancel.OnTapped, secret.onEscape = m.hide, m.hide
	before := s.Changed
	s.PasswordError, s.OfferFile = "", false
	s.PasswordDone = func() {
		m.hide()
		then()
	}
	s.Changed = func() {
		before()
		if s.PasswordBusy {
			save.Disable()
		} else {
			save.Enable()
		}
		if wrong.Text != s.PasswordError {
			showError(wrong, s.PasswordError)
			offer.Hidden = !s.OfferFile
			m.fit()
		}
	}
	m.closed = func() { s.Changed, s.PasswordDone = before, func() {} }
	m.show()
	w.win.Canvas().Focus(secret)
}

// askRemove opens the dialog that signs an account out, and on a separate,
// typed confirmation deletes its data.
func askRemove(w *window, name string, kept bool) {
	confirm := newField(w, name)
	purge := widget.NewCheck(present.RemovePurge, nil)
	text := present.RemoveText
	if kept {
		text = present.RemoveKept
	}
	purge.Checked = kept // of a kept account there is only its data to remove
	block := column(0, flush(newSmallPara(fmt.Sprintf(present.RemoveConfirm, name))), confirm)
	do := newButton(present.ActRemoveKeep, theme.LogoutIcon(), widget.HighImportance, nil)
	cancel := newButton(present.ActCancel, nil, widget.MediumImportance, nil)
	m := newModal(w, fmt.Sprintf(present.RemoveTitle, name), column(4, flush(newPara(text)), flush(purge), block), cancel, do)
	update := func() {
		block.Hidden = !purge.Checked
		do.Text = present.ActRemoveKeep
		weigh(do, widget.HighImportance)
		off := kept
		if purge.Checked {
			do.Text = present.ActRemovePurge
			weigh(do, widget.DangerImportance)
			off = confirm.Text != name
		}
		if off {
			do.Disable()
		} else {
			do.Enable()
		}
		do.Refresh()
		m.fit()
	}
	confirm.OnChanged = func(string) { update() }
	purge.OnChanged = func(on bool) {
		update()
		if on {
			w.win.Canvas().Focus(confirm)
		}
	}
	do.OnTapped = func() {
		m.hide()
		w.app.Settings.Remove(name, purge.Checked)
	}
	cancel.OnTapped, confirm.onEscape = m.hide, m.hide
	m.show()
	update()
	if purge.Checked {
		w.win.Canvas().Focus(confirm)
	}
}

// pickFolder opens the folder dialog.
func pickFolder(w *window, picked func(path string)) {
	d := dialog.NewFolderOpen(func(u fyne.ListableURI, err error) {
		if err == nil && u != nil {
			picked(u.Path())
		}
	}, w.win)
	d.SetTitleText(present.PickFolder)
	d.SetConfirmText(present.ActPick)
	showFiles(w, d)
}

// showFiles opens a dialog for files, which Escape closes. Where the desktop shows
// one of its own, Fyne's has neither a size nor a key.
func showFiles(w *window, d *dialog.FileDialog) {
	c := w.win.Canvas()
	before := c.Overlays().Top()
	d.Show()
	if top := c.Overlays().Top(); top == nil || top == before {
		return
	}
	d.Resize(fyne.NewSize(720, 480)) // not before it is shown: Fyne 2.8.1 has nothing to resize then, and panics
	below := c.OnTypedKey()
	c.SetOnTypedKey(func(k *fyne.KeyEvent) {
		if k.Name == fyne.KeyEscape {
			d.Hide()
		}
	})
	d.SetOnClosed(func() { c.SetOnTypedKey(below) })
}

// scrolled is content that scrolls with the pages' margins.
func scrolled(o fyne.CanvasObject) *container.Scroll {
	return container.NewVScroll(pad(o, 0, 24, 24, 24))
}
