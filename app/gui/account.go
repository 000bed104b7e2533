package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
	"sidekeep/assets"
)

// addPage adds an account. It is also what a person sees first.
type addPage struct {
	w                     *window
	title, under          *widget.Label
	address, user, secret *field
	name                  *field
	addressBad, userBad   *widget.Label
	secretBad             *widget.Label
	http, inFile          *widget.Check
	note                  *widget.Label
	inFileBlock           *fyne.Container
	problem               *banner
	progress              *progress
	submit, back, demo    *button
	lost                  *banner
	copy                  *button
	demoBlock             *fyne.Container
	body                  *fyne.Container
	scroll                *container.Scroll
	height                float32
}

func newAddPage(w *window) *addPage { return &addPage{w: w} }

func (p *addPage) content() fyne.CanvasObject {
	f := p.w.app.Account
	logo := canvas.NewImageFromResource(fyne.NewStaticResource("icon.png", assets.IconPNG))
	logo.FillMode, logo.ScaleMode = canvas.ImageFillContain, canvas.ImageScaleSmooth
	p.title, p.under = newPara(""), newPara("")
	p.title.SizeName, p.title.TextStyle.Bold = sizeTitle, true
	p.under.Importance = widget.LowImportance
	p.address = p.entry(present.FieldAddressEx, func(s string) { f.Address = s })
	p.user = p.entry(present.FieldUserEx, func(s string) { f.User = s })
	p.secret = p.entry(present.FieldPasswordEx, func(s string) { f.Password = s })
	p.secret.Password = true
	p.name = p.entry(present.FieldNameEx, func(s string) { f.Name = s })
	p.addressBad, p.userBad, p.secretBad = newErrorLine(), newErrorLine(), newErrorLine()
	p.http = widget.NewCheck(present.AddHTTP, func(on bool) { f.AllowHTTP = on; f.Edited() })
	p.http.Hide()
	p.inFile, p.inFileBlock = newFileChoice(func(on bool) { f.SecretInFile = on; f.Edited(); p.render() })
	p.problem = newBanner(p.w)
	p.progress = newProgress(f.Cancel)
	p.submit = primary(present.ActAddAccount, theme.LoginIcon(), f.Submit)
	p.back = quiet(present.ActBack, theme.NavigateBackIcon(), p.w.goBack)
	p.demo = plain(present.ActDemo, theme.MediaPlayIcon(), f.Demo)
	p.note = newSmallPara(f.SecretNote())
	p.note.Importance = widget.LowImportance
	form := newCard(column(8,
		column(0, caption(present.FieldAddress), p.address, flush(p.addressBad), flush(p.http)),
		column(0, caption(present.FieldUser), p.user, flush(p.userBad)),
		column(0, caption(present.FieldPassword), p.secret, flush(p.secretBad), p.inFileBlock),
		column(0, caption(present.FieldName), p.name),
		p.problem.content, p.progress.content,
		pad(row(8, 0, fill(), p.back, p.submit), 8, 0, 0, 0)))
	words := newSmallPara(present.DemoNote)
	openCopy := func() { pickCopy(p.w, p.w.app.Copies.Open) }
	p.copy = quiet(present.ActOpenCopy, theme.FileIcon(), openCopy)
	p.demoBlock = row(16, 0, words, p.demo)
	p.lost = newBanner(p.w, plain(present.ActOpenCopy, theme.FileIcon(), openCopy))
	head := row(4, 1, exactly(56, 56, logo), column(-12, p.title, p.under))
	p.body = column(12, head, p.lost.content, form, flush(column(-4, row(8, 0, p.note, p.copy), p.demoBlock)))
	p.scroll = container.NewVScroll(container.New(columnLayout{width: 520}, p.body))
	return p.scroll
}

// entry is a field of the form; Enter sends it.
func (p *addPage) entry(example string, set func(string)) *field {
	e := newField(p.w, example)
	e.OnChanged = func(s string) { set(s); p.w.app.Account.Edited() }
	e.OnSubmitted = func(string) { p.w.app.Account.Submit() }
	e.onEscape = p.escape
	return e
}

// newFileChoice asks whether the password may go into a file: a check box with
// a sentence beside it that wraps, and can be clicked like the box.
func newFileChoice(changed func(bool)) (*widget.Check, *fyne.Container) {
	box := widget.NewCheck("", changed)
	words := newSmallPara(present.AddFile)
	said := newTappable(present.AddFile, words, func() {
		if !box.Disabled() {
			box.SetChecked(!box.Checked)
		}
	})
	block := flush(topRow(-12, 1, container.NewVBox(box), said))
	block.Hide()
	return box, block
}

func caption(s string) fyne.CanvasObject { return pad(newMuted(s), 0, 0, 4, 2) }
func fill() fyne.CanvasObject            { return layout.NewSpacer() }

// columnLayout centres one column of a width between the sides, with margins
// above and below. Its top stays where it is when the column becomes longer.
type columnLayout struct{ width float32 }

func (l columnLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(320, o[0].MinSize().Height+64)
}
func (l columnLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	w := min(l.width, s.Width-48)
	o[0].Resize(fyne.NewSize(w, o[0].MinSize().Height))
	h := o[0].MinSize().Height
	o[0].Resize(fyne.NewSize(w, h))
	o[0].Move(fyne.NewPos((s.Width-w)/2, 32))
}

func (p *addPage) enter()  { p.render() }
func (p *addPage) search() { p.firstUse() }
func (p *addPage) escape() {
	if p.w.app.Account.Busy == nil {
		p.w.goBack()
	}
}
func (p *addPage) firstUse() { p.w.win.Canvas().Focus(p.address) }

func (p *addPage) render() {
	f := p.w.app.Account
	title, under, do := present.AddTitle, present.AddText, present.ActAddAccount
	first := p.w.app.FirstRun()
	switch {
	case first:
		title, under = present.FirstTitle, present.FirstText
	case p.w.back == pageRestore:
		title, under, do = present.AddThereTitle, present.AddThereText, present.ActSignInThere
	}
	if p.submit.Text != do {
		p.submit.SetText(do)
	}
	p.title.SetText(title)
	p.under.SetText(under)
	for e, s := range map[*field]string{p.address: f.Address, p.user: f.User, p.secret: f.Password, p.name: f.Name} {
		if e.Text != s {
			e.SetText(s)
		}
	}
	showError(p.addressBad, f.AddressError)
	showError(p.userBad, f.UserError)
	showError(p.secretBad, f.PasswordError)
	p.http.Hidden = !f.OfferHTTP
	p.inFileBlock.Hidden = !f.OfferFile
	p.inFile.Checked = f.SecretInFile
	p.inFile.Refresh()
	p.note.SetText(f.SecretNote())
	p.problem.show(f.Problem, present.LevelBad)
	p.progress.show(f.Busy)
	for _, b := range []fyne.Disableable{p.submit, p.back, p.demo, p.address, p.user, p.secret, p.name, p.inFile} {
		if f.Busy != nil {
			b.Disable()
		} else {
			b.Enable()
		}
	}
	p.back.Hidden = first
	lost := p.w.app.Proof.Lost()
	p.lost.show(lost, present.LevelNote)
	p.demoBlock.Hidden = !first
	p.copy.Hidden = !first || lost != nil // the banner offers it then
	settle(p.body, p.scroll, &p.height)
}
