package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// settingsPage is accounts, mirroring, passwords and the vault.
type settingsPage struct {
	w        *window
	head     *header
	problem  *banner
	accounts *fyne.Container
	rows     []*accountLine
	interval *widget.Select
	login    *widget.Check
	tray     *widget.Check
	trayText *widget.Label
	secrets  *text
	vault    *words
	vaultIs  *text
	copies   *copiesGroup
	add      *button
	// mirroring is hidden where a copy is shown.
	mirroring *fyne.Container
	body      *fyne.Container
	scroll    *container.Scroll
	height    float32
	filling   bool
}

func newSettingsPage(w *window) *settingsPage { return &settingsPage{w: w} }

func (p *settingsPage) content() fyne.CanvasObject {
	s := p.w.app.Settings
	p.head = newHeader(present.PageSettings)
	p.head.under.set(present.Tagline)
	p.problem = newBanner(p.w)
	p.accounts = column(8)
	p.add = plain(present.ActAddAccount, theme.ContentAddIcon(), func() { p.w.show(pageAdd) })
	var choices []string
	for _, i := range present.Intervals {
		choices = append(choices, i.Words)
	}
	p.interval = widget.NewSelect(choices, func(string) {
		if !p.filling {
			s.SetInterval(p.interval.SelectedIndex())
		}
	})
	p.login = widget.NewCheck(present.SetLogin, func(on bool) {
		if !p.filling {
			s.SetLogin(on)
		}
	})
	p.tray = widget.NewCheck(present.SetTray, func(on bool) {
		if !p.filling {
			s.SetTray(on)
		}
	})
	p.trayText = explain(present.SetTrayText)
	p.secrets = newText("")
	p.vault = newWords("")
	p.vault.Wrapping = fyne.TextWrapBreak
	p.vaultIs = newMuted("")
	p.copies = newCopiesGroup(p.w)
	open := plain(present.ActOpenFolder, theme.FolderOpenIcon(), s.OpenVault)
	p.mirroring = settingsGroup(present.SetMirroring, column(4,
		row(16, 1, newText(present.SetInterval).full(), fill(), fixedWidth(220, framed(p.interval))),
		column(-12, flush(p.login), pad(explain(present.SetLoginText), 0, 0, 0, 14)),
		column(-12, flush(p.tray), pad(p.trayText, 0, 0, 0, 14))))
	p.body = column(20, p.problem.content,
		settingsGroup(present.SetAccounts, column(12, p.accounts, row(0, -1, p.add))),
		p.mirroring,
		settingsGroup(present.SetPrivacy, p.secrets),
		settingsGroup(present.SetVault, column(4,
			row(16, 0, column(-4, pad(p.vault, -8, 0, -4, -8), p.vaultIs), open), pad(explain(present.SetVaultText), 0, 0, -8, -8))),
		p.copies.content,
		settingsGroup(present.SetAbout, newText(present.AppName+" "+s.Version)))
	p.scroll = scrolled(atMost(760, p.body))
	return container.NewBorder(p.head.content, nil, nil, nil, p.scroll)
}

// explain is a quiet sentence under a check box, in line with its words.
func explain(s string) *widget.Label {
	l := newSmallPara(s)
	l.Importance = widget.LowImportance
	return l
}

// settingsGroup is a heading over a card.
func settingsGroup(title string, o fyne.CanvasObject) *fyne.Container {
	return column(8, newText(title).as(sizeSection, theme.ColorNameForeground).bold(), newCard(o))
}

func (p *settingsPage) enter()    { p.w.app.Settings.Enter() }
func (p *settingsPage) search()   {}
func (p *settingsPage) escape()   {}
func (p *settingsPage) firstUse() {}

func (p *settingsPage) render() {
	s := p.w.app.Settings
	p.problem.show(s.Problem, present.LevelBad)
	for len(p.rows) < len(s.Accounts) {
		r := newAccountLine(p.w)
		p.rows = append(p.rows, r)
		p.accounts.Add(r.content)
	}
	for len(p.rows) > len(s.Accounts) {
		last := p.rows[len(p.rows)-1]
		p.rows = p.rows[:len(p.rows)-1]
		p.accounts.Remove(last.content)
	}
	for i, a := range s.Accounts {
		p.rows[i].show(a)
	}
	p.accounts.Hidden = len(p.rows) == 0
	p.add.Hidden, p.mirroring.Hidden, p.copies.content.Hidden = p.w.app.ReadOnly, p.w.app.ReadOnly, p.w.app.ReadOnly
	p.filling = true
	p.interval.SetSelectedIndex(s.Interval)
	p.login.SetChecked(s.Login)
	p.tray.SetChecked(s.Tray && s.HasTray)
	p.filling = false
	if s.HasTray {
		p.tray.Enable()
		p.trayText.SetText(present.SetTrayText)
	} else {
		p.tray.Disable()
		p.trayText.SetText(present.SetTrayNone)
	}
	p.secrets.set(s.Secrets)
	p.vault.SetText(s.Vault)
	p.vaultIs.set(s.VaultIs)
	p.copies.render()
	settle(p.body, p.scroll, &p.height)
}

// accountLine is one account in the settings.
type accountLine struct {
	account           present.AccountRow
	name, login       *text
	remark            *words
	level             *levelIcon
	back              *button
	check, sign, drop *button
	remarks           *fyne.Container
	still             bool // in a copy nothing can be done
	content           *fyne.Container
}

func newAccountLine(w *window) *accountLine {
	l := &accountLine{still: w.app.ReadOnly, name: newText("").bold(), login: newMuted(""), remark: newWords(""), level: newLevelIcon(16)}
	l.back = plain(present.ActRestore, nil, func() { w.restore(l.account.Name) })
	l.check = plain(present.ActCheck, nil, func() { w.app.Settings.Check(l.account.Name) })
	l.sign = plain(present.ActSignIn, nil, func() { askPassword(w, l.account.Name) })
	l.drop = quiet(present.ActRemove, nil, func() { askRemove(w, l.account.Name, l.account.Kept) })
	l.remark.SizeName = sizeSmall
	l.remarks = topRow(0, 1, pad(l.level.box, 8, 0, 0, 0), l.remark)
	l.content = column(0, container.New(&besideLayout{}, column(2, l.name, l.login), row(8, -1, l.back, l.check, l.sign, l.drop)), l.remarks)
	return l
}

func (l *accountLine) show(a present.AccountRow) {
	l.account = a
	l.name.set(a.Name)
	l.login.set(a.Login)
	l.level.set(a.Level)
	if l.remark.Text != a.Remark {
		l.remark.SetText(a.Remark)
	}
	moved := hide(l.remarks, a.Remark == "")
	moved = hide(l.back, l.still) || moved
	moved = hide(l.check, a.Kept || l.still) || moved
	moved = hide(l.sign, a.Kept || l.still) || moved
	moved = hide(l.drop, l.still) || moved
	for _, b := range []*button{l.back, l.check, l.sign, l.drop} {
		if a.Busy {
			b.Disable()
		} else {
			b.Enable()
		}
	}
	if moved {
		l.content.Refresh()
	}
}

// besideLayout sets buttons at the right of words, or under them where there is
// little room.
type besideLayout struct {
	width float32 // of the last layout; decides the height asked for
}

const (
	besideGap   = 8
	besideWords = 180 // least room for the words
)

func (l *besideLayout) under(o []fyne.CanvasObject, width float32) bool {
	return besideWords+besideGap+o[1].MinSize().Width > width
}

func (l *besideLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	words, buttons := o[0].MinSize(), o[1].MinSize()
	s := fyne.NewSize(max(besideWords, buttons.Width), max(words.Height, buttons.Height))
	if l.under(o, max(l.width, s.Width)) {
		s.Height = words.Height + besideGap + buttons.Height
	}
	return s
}

func (l *besideLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	words, buttons := o[0].MinSize(), o[1].MinSize()
	if l.under(o, size.Width) {
		o[0].Move(fyne.NewPos(0, 0))
		o[0].Resize(fyne.NewSize(size.Width, words.Height))
		o[1].Move(fyne.NewPos(0, words.Height+besideGap))
		o[1].Resize(buttons)
		return
	}
	o[0].Move(fyne.NewPos(0, (size.Height-words.Height)/2))
	o[0].Resize(fyne.NewSize(size.Width-buttons.Width-besideGap, words.Height))
	o[1].Move(fyne.NewPos(size.Width-buttons.Width, (size.Height-buttons.Height)/2))
	o[1].Resize(buttons)
}
