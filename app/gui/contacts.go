package gui

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// contactsPage is the list of people with the opened one beside it.
type contactsPage struct {
	w      *window
	head   *header
	gone   *button
	find   *field
	list   *rows
	empty  *emptyState
	detail *detailView
	query  string
	past   string // the moment that was shown last, and whether the removed ones
	chosen int    // the row that is marked, -1 none
	left   bool   // Escape was pressed: nothing opens by itself any more
}

func newContactsPage(w *window) *contactsPage { return &contactsPage{w: w} }

func (p *contactsPage) content() fyne.CanvasObject {
	c := p.w.app.Contacts
	p.gone = plain(present.ActShowRemoved, theme.DeleteIcon(), c.ToggleRemoved)
	p.head = newHeader(present.PageContacts, p.gone)
	p.find = newSearch(p.w, present.SearchContacts, c.Search)
	p.list = newRows(c.Rows.Len, func() fyne.CanvasObject { return newPersonRow() }, func(i int, o fyne.CanvasObject) {
		r, ok := c.Row(i)
		o.(*personRow).show(p.w.app, r, ok)
	})
	p.chosen = -1
	p.list.OnSelected = func(i int) {
		if p.chosen != i { // else the mark only follows the opened one
			p.chosen = i
			c.Select(i)
		}
	}
	p.find.onDown = func() { p.w.win.Canvas().Focus(p.list) }
	p.empty = newEmpty(theme.AccountIcon())
	p.detail = newDetailView(p.w, present.SelectContact, theme.AccountIcon(), true)
	return listPage(p.head.content, p.find, p.list, p.empty.content, p.detail.content)
}

func (p *contactsPage) enter()    { p.w.app.Contacts.Enter() }
func (p *contactsPage) search()   { focusAll(p.w, p.find) }
func (p *contactsPage) firstUse() {}
func (p *contactsPage) escape() {
	p.left = true
	p.find.SetText("")
	markRow(p.list, &p.chosen, -1)
	p.w.app.Contacts.Detail.Open(0, nil)
}

func (p *contactsPage) render() {
	c := p.w.app.Contacts
	p.head.under.set(c.Headline())
	if past := fmt.Sprint(p.w.app.Past.At.UnixMilli(), c.Removed); p.query != c.Query || p.past != past {
		p.query, p.past = c.Query, past
		markRow(p.list, &p.chosen, -1)
		p.list.ScrollToTop()
	}
	p.empty.show(c.Empty())
	p.list.Hidden = p.empty.content.Visible()
	p.list.Refresh()
	p.follow()
	p.detail.show(c.Detail)
	p.renderGone()
}

// renderGone words the button for those that were removed.
func (p *contactsPage) renderGone() {
	label, ic, hint := present.ActShowRemoved, theme.DeleteIcon(), present.SearchContacts
	if p.w.app.Contacts.Removed {
		label, ic, hint = present.ActHideRemoved, theme.VisibilityOffIcon(), present.SearchRemoved
	}
	if p.gone.Text != label {
		p.gone.SetText(label)
		p.gone.SetIcon(ink(ic, theme.ColorNameForeground))
		p.find.SetPlaceHolder(hint)
		relaid(p.head.content)
	}
}

// follow opens the first contact where nothing is open yet, and keeps the mark
// on the opened one when a mirror has moved it.
func (p *contactsPage) follow() {
	c := p.w.app.Contacts
	switch {
	case c.Detail.ID != 0:
		markRow(p.list, &p.chosen, c.Chosen())
	case !p.left && c.Query == "":
		if _, ok := c.Row(0); ok {
			markRow(p.list, &p.chosen, 0)
			c.Select(0)
		}
	}
}

// focusAll puts the cursor into a field and selects what is there.
func focusAll(w *window, f *field) {
	w.win.Canvas().Focus(f)
	if f.Text != "" {
		f.TypedShortcut(&fyne.ShortcutSelectAll{})
	}
}

// personRow is one contact in the list.
type personRow struct {
	widget.BaseWidget
	face        *avatar
	name, under *text
	badge       *text
	body        *fyne.Container
}

func newPersonRow() *personRow {
	r := &personRow{face: newAvatar(36), name: newText(""), under: newMuted(""), badge: newMuted("")}
	r.badge.colour = theme.ColorNameWarning
	r.badge.Hide()
	r.body = atLeast(0, 52, pad(row(12, 1, r.face, column(2, r.name, r.under, r.badge)), 4, 8, 4, 8))
	r.ExtendBaseWidget(r)
	return r
}

func (r *personRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.body) }

func (r *personRow) show(a *present.App, c present.ContactRow, ok bool) {
	if !ok {
		r.face.blank()
		r.name.set("")
		r.under.set("")
		hide(r.badge, true)
		return
	}
	r.face.show(c.Name, c.Initials, a.Photos, c.ID, c.Revision, c.PhotoAt, c.HasPhoto, present.ThumbPixels)
	r.name.set(c.Name)
	r.under.set(c.Under)
	r.badge.set(c.Badge)
	badge := hide(r.badge, c.Badge == "")
	if hide(r.under, c.Badge != "" || c.Under == "") || badge {
		relaid(r.body)
	}
}
