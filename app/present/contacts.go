package present

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// Contacts is the list of people, its search and the opened one.
type Contacts struct {
	app     *App
	loaded  bool
	Query   string
	Removed bool // those that were removed are listed, not those that are there
	Rows    *Pager[service.Item]
	Detail  *DetailPane
	Changed func()
}

// ContactRow is one line of the list.
type ContactRow struct {
	ID       int64
	Name     string
	Under    string // organisation, e-mail or telephone
	Initials string
	HasPhoto bool
	Revision int       // for its picture
	PhotoAt  time.Time // the moment that its picture is of; zero: now
	Held     bool
	Badge    string
}

func newContacts(a *App) *Contacts {
	c := &Contacts{app: a, Changed: func() {}}
	c.Rows = newPager[service.Item](a)
	c.Rows.Changed = func() {
		c.Detail.leave(strings.TrimSpace(c.Query) != "" && c.Rows.Ready && c.Rows.Problem == nil, c.Rows.Len())
		c.Changed()
	}
	c.Detail = &DetailPane{app: a, kind: "contacts", Changed: func() { c.Changed() }}
	return c
}

// Enter is called when the page is shown; it loads what was not loaded yet.
func (c *Contacts) Enter() {
	if !c.loaded {
		c.loaded = true
		c.load(true)
	}
}

// Search shows what matches; "" shows everybody.
func (c *Contacts) Search(q string) {
	if q == c.Query {
		return
	}
	c.Query = q
	c.load(true)
}

// Row words row i, or false while it is on its way.
func (c *Contacts) Row(i int) (ContactRow, bool) {
	it, ok := c.Rows.At(i)
	if !ok {
		return ContactRow{}, false
	}
	r := ContactRow{ID: it.ID, Name: TitleOf(it), Under: oneLine(it.Subtitle), Initials: Initials(it.Title), HasPhoto: it.HasPhoto, Revision: it.Revisions, PhotoAt: c.app.Past.At, Held: it.Held}
	switch {
	case it.DeletedAt != nil:
		r.Badge = fmt.Sprintf(removedBadge, DayTime(*it.DeletedAt, c.app.Now()))
		r.PhotoAt = it.DeletedAt.Add(-time.Millisecond)
	case it.Held:
		r.Badge = heldBadge
	}
	return r, true
}

// Select opens row i.
func (c *Contacts) Select(i int) {
	if it, ok := c.Rows.At(i); ok {
		c.Detail.Open(it.ID, nil)
	}
}

// Chosen is the row of the opened contact, or -1 where it is not in sight.
func (c *Contacts) Chosen() int {
	if c.Detail.ID == 0 {
		return -1
	}
	return c.Rows.Find(func(it service.Item) bool { return it.ID == c.Detail.ID })
}

// Headline counts what is listed.
func (c *Contacts) Headline() string {
	if !c.Rows.Ready {
		return LoadingText
	}
	if c.Rows.Problem != nil && c.Rows.Len() == 0 { // it is not known how many there are
		return ""
	}
	n := Count(c.Rows.Len(), "contact", "contacts")
	if c.Removed && strings.TrimSpace(c.Query) == "" && c.Rows.Len() == 0 {
		return emptyRemoved
	}
	if c.Removed && strings.TrimSpace(c.Query) == "" {
		return fmt.Sprintf(removedHeadline, n)
	}
	if strings.TrimSpace(c.Query) != "" {
		return n + " found"
	}
	return n
}

// Empty says why the list is empty, or nil.
func (c *Contacts) Empty() *Notice {
	switch {
	case c.Rows.Problem != nil:
		return c.Rows.Problem
	case !c.Rows.Ready || c.Rows.Len() > 0:
		return nil
	case strings.TrimSpace(c.Query) != "":
		return &Notice{Title: fmt.Sprintf(emptySearch, c.Query), Text: emptySearchText}
	}
	if c.Removed {
		return &Notice{Title: emptyRemoved, Text: emptyRemovedText}
	}
	if c.mirrored() {
		return &Notice{Title: emptyBooks, Text: emptyBooksText}
	}
	return &Notice{Title: emptyContacts, Text: emptyContactsText}
}

// mirrored reports whether there is an address book that was read to its end.
func (c *Contacts) mirrored() bool {
	for _, a := range c.app.Status.Accounts {
		for _, col := range a.Collections {
			if col.Kind == pim.Contacts && col.LastComplete != nil {
				return true
			}
		}
	}
	return false
}

func (c *Contacts) load(fromTop bool) {
	c.Rows.Load(itemSource(c.app, service.ListQuery{What: "contacts", Search: strings.TrimSpace(c.Query), At: c.app.Past.At, Deleted: c.Removed}), fromTop)
}

// ToggleRemoved changes between the contacts that are there and those that were
// removed.
func (c *Contacts) ToggleRemoved() {
	c.Removed = !c.Removed
	c.loaded = true
	c.Rows.Clear() // first: the window opens the first row where nothing is open
	c.Detail.Open(0, nil)
	c.load(true)
	c.Changed()
}

// momentChanged shows another moment.
func (c *Contacts) momentChanged() {
	c.Rows.Clear()
	c.Detail.Open(0, nil)
	if c.loaded {
		c.load(true)
	}
}

func (c *Contacts) dataChanged() {
	if !c.loaded {
		return
	}
	c.load(false)
	c.Detail.again()
}

// itemSource reads items of a query page by page.
func itemSource(a *App, q service.ListQuery) source[service.Item] {
	return source[service.Item]{
		count: func(ctx context.Context) (int, error) { return a.cfg.Service.Count(ctx, q) },
		rows: func(ctx context.Context, offset, limit int) ([]service.Item, error) {
			q := q
			q.Offset, q.Limit = offset, limit
			return a.cfg.Service.List(ctx, q)
		},
	}
}
