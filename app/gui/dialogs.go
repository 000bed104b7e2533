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

// askPassword opens the dialog that replaces an account's password.
func askPassword(w *window, name string) {
	s := w.app.Settings
	secret := newSecret(w, present.FieldPasswordEx)
	wrong := newPara("")
	wrong.Importance = widget.DangerImportance
	wrong.Hide()
	save := primary(present.ActSave, theme.LoginIcon(), func() { s.SetPassword(name, secret.Text) })
	secret.OnSubmitted = func(string) { s.SetPassword(name, secret.Text) }
	body := column(4, newPara(present.PasswordText), pad(secret, 0, 8, 0, 8), wrong)
	var d *dialog.CustomDialog
	closeIt := func() { d.Hide() }
	d = dialog.NewCustomWithoutButtons(fmt.Sprintf(present.PasswordTitle, name), atLeast(400, 0, body), w.win)
	cancel := plain(present.ActCancel, nil, closeIt)
	d.SetButtons([]fyne.CanvasObject{cancel, save})
	s.PasswordError, s.PasswordDone = "", closeIt
	before := s.Changed
	s.Changed = func() {
		before()
		if s.PasswordBusy {
			save.Disable()
		} else {
			save.Enable()
		}
		wrong.SetText(s.PasswordError)
		wrong.Hidden = s.PasswordError == ""
		body.Refresh()
	}
	d.SetOnClosed(func() { s.Changed, s.PasswordDone = before, func() {} })
	d.Show()
	w.win.Canvas().Focus(secret)
}

// askRemove opens the dialog that signs an account out, and on a separate,
// typed confirmation deletes its data.
func askRemove(w *window, name string, kept bool) {
	confirm := newField(w, name)
	confirm.Disable()
	purge := widget.NewCheck(present.RemovePurge, nil)
	ask := newSmallPara(fmt.Sprintf(present.RemoveConfirm, name))
	block := column(0, ask, pad(confirm, 0, 8, 0, 8))
	block.Hide()
	var d *dialog.CustomDialog
	do := plain(present.ActRemoveKeep, theme.LogoutIcon(), nil)
	update := func() {
		do.SetText(present.ActRemoveKeep)
		do.Importance = widget.HighImportance
		do.Enable()
		if purge.Checked {
			do.SetText(present.ActRemovePurge)
			do.Importance = widget.DangerImportance
			if confirm.Text != name {
				do.Disable()
			}
		} else if kept {
			do.Disable()
		}
		do.Refresh()
	}
	confirm.OnChanged = func(string) { update() }
	purge.OnChanged = func(on bool) {
		block.Hidden = !on
		if on {
			confirm.Enable()
			w.win.Canvas().Focus(confirm)
		} else {
			confirm.Disable()
		}
		update()
	}
	do.OnTapped = func() {
		d.Hide()
		w.app.Settings.Remove(name, purge.Checked)
	}
	update()
	body := column(4, newPara(present.RemoveText), pad(purge, 0, 8, 0, 8), block)
	d = dialog.NewCustomWithoutButtons(fmt.Sprintf(present.RemoveTitle, name), atLeast(440, 0, body), w.win)
	d.SetButtons([]fyne.CanvasObject{plain(present.ActCancel, nil, func() { d.Hide() }), do})
	d.Show()
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
