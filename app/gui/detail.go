package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// Lines of an object that are shown; the rest can be read in its raw text.
const linesShown = 200

// detailView shows an opened object.
type detailView struct {
	w       *window
	empty   *emptyState
	hint    string
	people  bool
	pane    *present.DetailPane
	shown   *present.Detail
	states  *statesView
	raw     bool
	body    *fyne.Container
	scroll  *container.Scroll
	filled  int // how many times, so that what an object before had still to come is dropped
	face    *avatar
	content *fyne.Container
}

func newDetailView(w *window, hint string, res fyne.Resource, people bool) *detailView {
	v := &detailView{w: w, hint: hint, people: people, empty: newEmpty(res), face: newAvatar(72)}
	v.body = container.New(layout.NewCustomPaddedVBoxLayout(0))
	v.scroll = container.NewVScroll(pad(v.body, 20, 24, 24, 24))
	v.scroll.Hide()
	v.states = newStatesView(v)
	v.content = container.NewStack(newPanel(colCard, colLine, 10, nil), v.empty.content, pad(v.scroll, 1, 1, 1, 1), v.states.content)
	v.empty.show(&present.Notice{Text: hint})
	return v
}

// show shows what a pane has: an object, its history, a problem, or the hint to
// select something.
func (v *detailView) show(pane *present.DetailPane) {
	v.pane = pane
	if pane.History != nil && !pane.Looking() {
		v.showHistory(pane.History)
		return
	}
	d := pane.Detail
	hide(v.states.content, true)
	if d == nil {
		v.clear()
		switch {
		case pane.Problem != nil:
			v.empty.show(pane.Problem)
		case pane.ID != 0:
			v.empty.show(&present.Notice{Text: present.LoadingText})
		default:
			v.empty.show(&present.Notice{Text: v.hint})
		}
		return
	}
	v.empty.show(nil)
	if v.people {
		v.face.show(d.Title, present.Initials(d.Title), v.w.app.Photos, d.ID, d.Revision, d.PhotoAt, d.HasPhoto, present.PortraitPixels)
	}
	if v.shown == d && v.raw == pane.Raw {
		return
	}
	other := v.shown == nil || v.shown.ID != d.ID
	v.shown, v.raw = d, pane.Raw
	v.scroll.Show()
	if other {
		v.scroll.ScrollToTop()
	}
	v.fill(v.parts(d, pane.Raw, pane.ToggleRaw))
}

// parts gives the pane's content, piece by piece.
func (v *detailView) parts(d *present.Detail, raw bool, toggle func()) []part {
	out := []part{func() fyne.CanvasObject { return v.title(d) }}
	for _, o := range v.oldState(d) {
		out = append(out, func() fyne.CanvasObject { return o })
	}
	if d.Held {
		out = append(out, func() fyne.CanvasObject {
			b := newBanner(v.w)
			b.show(&present.Notice{Title: present.HeldItem}, present.LevelNote)
			return pad(b.content, 8, 0, 0, 0)
		})
	}
	label, ic := present.ActRawShow, theme.FileTextIcon()
	if raw {
		label, ic = present.ActRawHide, theme.ListIcon()
		out = append(out, func() fyne.CanvasObject { return v.rawPart(d.Raw) })
	} else {
		n := 0
		for _, s := range d.Sections {
			out = append(out, func() fyne.CanvasObject { return sectionHead(s) })
			for _, l := range s.Lines {
				if n++; n <= linesShown {
					out = append(out, func() fyne.CanvasObject { return v.line(l) })
				}
			}
		}
	}
	return append(out, func() fyne.CanvasObject {
		return pad(row(8, 1, quiet(label, ic, toggle), newMuted(d.File).right()), 16, 0, 0, -8)
	})
}

// title is what the object is called, with a contact's picture beside it.
func (v *detailView) title(d *present.Detail) fyne.CanvasObject {
	title := newWords(d.Title)
	title.SizeName = theme.SizeNameHeadingText
	title.TextStyle.Bold = true
	words := column(-8, title)
	if d.Subtitle != "" {
		sub := newPara(d.Subtitle)
		sub.Importance = widget.LowImportance
		words.Add(sub)
	}
	if v.people {
		return row(8, 1, v.face, words)
	}
	return pad(words, 0, 0, 0, -8)
}

// sectionHead is a section's title, or a line where it has none.
func sectionHead(s present.Section) fyne.CanvasObject {
	if s.Title == "" {
		return pad(newRule(false), 16, 0, 4, 0)
	}
	return pad(newText(s.Title).as(sizeSmall, theme.ColorNamePrimary).bold(), 20, 0, 4, 0)
}

// line is a label, a value that can be selected, and a button that copies it.
func (v *detailView) line(l present.Line) fyne.CanvasObject {
	note := newMuted(l.Note)
	note.Hidden = l.Note == ""
	value := newWords(l.Value)
	if l.Type == "key" {
		value.TextStyle.Monospace = true
		value.SizeName = sizeSmall
	}
	o := []fyne.CanvasObject{newMuted(l.Label).full(), note, value}
	if l.Type != present.TypeFact {
		o = append(o, newCopyButton(v.w, l.Value))
	}
	return container.New(&lineLayout{}, o...)
}

// newCopyButton is a small mark that copies text and shows that it did.
func newCopyButton(w *window, value string) fyne.CanvasObject {
	mark := widget.NewIcon(ink(theme.ContentCopyIcon(), colFaint))
	b := newTappable(present.ActCopy, pad(exactly(16, 16, mark), 8, 8, 8, 8), func() {
		w.copy(value)
		mark.SetResource(ink(theme.ConfirmIcon(), theme.ColorNameSuccess))
	})
	return container.NewVBox(pad(b, 2, 0, 0, 0))
}
