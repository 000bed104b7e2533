package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// banner tells something: an icon, what, the next step, and buttons. It hides
// when there is nothing to tell.
type banner struct {
	w       *window
	surface *panel
	icon    *widget.Icon
	title   *words
	words   *words
	copyBtn *button
	actions *fyne.Container
	now     present.Notice
	level   present.Level
	content *fyne.Container
}

func newBanner(w *window, actions ...fyne.CanvasObject) *banner {
	b := &banner{w: w, icon: widget.NewIcon(nil), title: newWords(""), words: newWords("")}
	b.title.TextStyle.Bold = true
	b.copyBtn = quiet(present.ActCopyDetails, theme.ContentCopyIcon(), func() {
		w.copy(b.now.Detail)
		b.copyBtn.SetText(present.ActCopied)
		b.copyBtn.SetIcon(ink(theme.ConfirmIcon(), theme.ColorNameForeground))
	})
	b.actions = flowRow(8, append(actions, b.copyBtn)...)
	words := column(-12, b.title, b.words)
	body := topRow(0, 1, pad(exactly(20, 20, b.icon), 8, 0, 0, 8), column(0, words, pad(b.actions, 0, 0, 4, 8)))
	b.surface = newPanel(colNote, "", 8, pad(body, 4, 8, 4, 4))
	b.content = container.NewStack(b.surface)
	b.content.Hide()
	return b
}

// show tells n at a level; nil hides the banner.
func (b *banner) show(n *present.Notice, level present.Level) {
	if n == nil {
		b.content.Hide()
		return
	}
	if b.content.Visible() && b.now == *n && b.level == level {
		return
	}
	b.now, b.level = *n, level
	b.title.SetText(n.Title)
	b.words.SetText(n.Text)
	b.words.Hidden = n.Text == ""
	res, c := levelLook(level)
	b.icon.SetResource(ink(res, c))
	b.surface.refill(levelSurface(level))
	b.copyBtn.Hidden = n.Detail == ""
	b.copyBtn.SetText(present.ActCopyDetails)
	b.copyBtn.SetIcon(ink(theme.ContentCopyIcon(), theme.ColorNameForeground))
	some := false
	for _, o := range b.actions.Objects {
		some = some || o.Visible()
	}
	b.actions.Hidden = !some
	b.content.Show()
	relaid(b.content)
}

// emptyState fills a place where there is nothing: an icon, what, and why.
type emptyState struct {
	title, words *widget.Label
	content      *fyne.Container
}

func newEmpty(res fyne.Resource) *emptyState {
	e := &emptyState{title: newPara(""), words: newPara("")}
	e.title.TextStyle.Bold = true
	e.title.Alignment, e.words.Alignment = fyne.TextAlignCenter, fyne.TextAlignCenter
	e.title.SizeName = sizeSection
	e.words.Importance = widget.LowImportance
	pic := container.NewCenter(icon(res, 40, colFaint))
	e.content = container.New(middleLayout{}, column(8, pic, column(-8, e.title, e.words)))
	return e
}

func (e *emptyState) show(n *present.Notice) {
	if n == nil {
		e.content.Hide()
		return
	}
	e.title.SetText(n.Title)
	e.title.Hidden = n.Title == ""
	e.words.SetText(n.Text)
	e.content.Show()
	relaid(e.content)
}

// middleLayout centres a block of at most 320 wide, a little above the middle.
type middleLayout struct{}

func (middleLayout) MinSize(o []fyne.CanvasObject) fyne.Size { return fyne.NewSize(200, 160) }
func (middleLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		w := min(320, s.Width-32)
		o.Resize(fyne.NewSize(w, o.MinSize().Height))
		h := o.MinSize().Height
		o.Resize(fyne.NewSize(w, h))
		o.Move(fyne.NewPos((s.Width-w)/2, max(16, (s.Height-h)*0.42)))
	}
}

// progress is a line of words over a bar, with Cancel beside it.
type progress struct {
	words   *text
	bar     *widget.ProgressBar
	running *widget.ProgressBarInfinite
	cancel  *button
	content *fyne.Container
}

func newProgress(cancel func()) *progress {
	p := &progress{words: newMuted(""), bar: widget.NewProgressBar(), running: widget.NewProgressBarInfinite()}
	p.running.Stop()
	p.bar.TextFormatter = func() string { return "" }
	p.cancel = plain(present.ActCancel, nil, cancel)
	bars := exactlyHigh(8, container.NewStack(p.bar, p.running))
	p.content = row(16, 0, column(8, p.words, bars), p.cancel)
	p.content.Hide()
	return p
}

func (p *progress) show(l *present.ProgressLine) {
	if l == nil {
		if p.content.Visible() {
			p.running.Stop()
			p.content.Hide()
		}
		return
	}
	p.words.set(l.Text)
	if l.Fraction >= 0 {
		p.running.Stop()
		p.running.Hide()
		p.bar.Show()
		p.bar.SetValue(l.Fraction)
	} else {
		p.bar.Hide()
		p.running.Show()
		p.running.Start()
	}
	if l.Stopping {
		p.cancel.Disable()
	} else {
		p.cancel.Enable()
	}
	p.content.Show()
}

// exactlyHigh gives an object this height and whatever width there is.
func exactlyHigh(h float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&boxLayout{height: h}, o)
}
