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
// grow, and buttons at the right. Escape closes it.
type modal struct {
	pop    *widget.PopUp
	head   *widget.Label
	inside *fyne.Container
	closed func()
}

func newModal(w *window, title string, body fyne.CanvasObject, buttons ...fyne.CanvasObject) *modal {
	m := &modal{closed: func() {}}
	head := newPara(title)
	m.head = head
	head.SizeName, head.TextStyle.Bold = theme.SizeNameSubHeadingText, true
	line := row(8, 0, append([]fyne.CanvasObject{fill()}, buttons...)...)
	m.inside = fixedWidth(448, pad(column(8, flush(head), body, pad(line, 8, 0, 0, 0)), 12, 20, 16, 20))
	m.pop = widget.NewModalPopUp(m.inside, w.win.Canvas())
	return m
}

func (m *modal) show() {
	m.pop.Show()
	m.fit()
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
	m.pop.Hide()
	m.closed()
}

// askPassword opens the dialog that replaces an account's password.
func askPassword(w *window, name string) {
	s := w.app.Settings
	secret := newSecret(w, present.FieldPasswordEx)
	wrong := newErrorLine()
	inFile, offer := newFileChoice(nil)
	send := func() { s.SetPassword(name, secret.Text, inFile.Checked) }
	save := primary(present.ActSave, theme.LoginIcon(), send)
	secret.OnSubmitted = func(string) { send() }
	cancel := plain(present.ActCancel, nil, nil)
	m := newModal(w, fmt.Sprintf(present.PasswordTitle, name),
		column(4, flush(newPara(present.PasswordText)), secret, flush(wrong), offer), cancel, save)
	cancel.OnTapped, secret.onEscape = m.hide, m.hide
	before := s.Changed
	s.PasswordError, s.PasswordDone, s.OfferFile = "", m.hide, false
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
	do := primary(present.ActRemoveKeep, theme.LogoutIcon(), nil)
	cancel := plain(present.ActCancel, nil, nil)
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
	d.Resize(fyne.NewSize(720, 480))
	d.Show()
}

// scrolled is content that scrolls with the pages' margins.
func scrolled(o fyne.CanvasObject) *container.Scroll {
	return container.NewVScroll(pad(o, 0, 24, 24, 24))
}
