package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// overviewPage shows a card for each account.
type overviewPage struct {
	w      *window
	head   *header
	under  *widget.Label // the line under the title, which wraps
	page   *fyne.Container
	mirror *button
	top    *banner
	losses *lossList
	proof  *proofStrip
	drawn  int // parts that were built: the head, the accounts
	add    *button
	list   *fyne.Container
	cards  []*accountCard
	scroll *container.Scroll
	height float32
}

func newOverviewPage(w *window) *overviewPage { return &overviewPage{w: w} }

func (p *overviewPage) content() fyne.CanvasObject {
	p.mirror = primary(present.ActMirrorNow, theme.ViewRefreshIcon(), func() { p.w.app.Mirror() })
	p.add = plain(present.ActAddAccount, theme.ContentAddIcon(), func() { p.w.show(pageAdd) })
	p.add.Hidden, p.mirror.Hidden = p.w.app.ReadOnly, p.w.app.ReadOnly
	p.head = newHeader(present.PageOverview, p.add, p.mirror)
	var under *fyne.Container
	p.under, under = newMutedPara()
	p.head.words.Objects[1] = under
	p.top = newBanner(p.w)
	p.losses, p.proof = newLossList(p.w), newProofStrip(p.w)
	p.list = container.New(layout.NewCustomPaddedVBoxLayout(16), p.top.content, p.losses.content, p.proof.content)
	p.scroll = scrolled(p.list)
	p.page = container.New(headedLayout{}, p.head.content, p.scroll)
	return p.page
}

func (p *overviewPage) enter()    {}
func (p *overviewPage) search()   {}
func (p *overviewPage) escape()   {}
func (p *overviewPage) firstUse() {}

func (p *overviewPage) render() {
	o := p.w.app.Overview
	if p.under.Text != o.Headline {
		p.under.SetText(o.Headline)
		p.page.Layout.Layout(p.page.Objects, p.page.Size())
	}
	p.top.show(p.w.app.Trouble(), present.LevelBad)
	if p.w.app.Mirroring() || !p.w.app.Known {
		p.mirror.Disable()
	} else {
		p.mirror.Enable()
	}
	if p.drawn < 2 && p.w.app.Known { // building all of it takes longer than a frame
		p.drawn++
		p.w.app.Later(p.render)
		if p.drawn == 1 {
			return
		}
	} else {
		p.losses.render()
		p.proof.render()
	}
	if len(p.cards) < len(o.Cards) { // one at a time, for the same reason
		c := newAccountCard(p.w)
		p.cards = append(p.cards, c)
		p.list.Add(c.content)
		if len(p.cards) < len(o.Cards) {
			p.w.app.Later(p.render)
		}
	}
	for len(p.cards) > len(o.Cards) {
		last := p.cards[len(p.cards)-1]
		p.cards = p.cards[:len(p.cards)-1]
		p.list.Remove(last.content)
	}
	for i, c := range p.cards {
		c.show(o.Cards[i])
	}
	settle(p.list, p.scroll, &p.height)
}

// accountCard is one account.
type accountCard struct {
	w             *window
	name          string
	title, login  *text
	badge         *panel
	level         *levelIcon
	state, proven *text
	progress      *progress
	problem, owed *banner
	held          *banner
	signIn        *button
	more          *accountMenu
	tiles         *fyne.Container
	lines         []*collectionTile
	body          *fyne.Container
	content       *panel
}

func newAccountCard(w *window) *accountCard {
	c := &accountCard{w: w, level: newLevelIcon(20)}
	c.badge = newPanel(colGood, "", 18, pad(c.level.box, 8, 8, 8, 8))
	c.title = newText("").as(sizeSection, theme.ColorNameForeground).bold()
	c.login = newMuted("")
	c.state, c.proven = newText("").bold().right(), newMuted("").right()
	c.state.whole, c.proven.whole = true, true
	c.progress = newProgress(w.app.CancelMirror)
	c.signIn = plain(present.ActSignIn, theme.LoginIcon(), func() { askPassword(w, c.name) })
	c.problem, c.held, c.owed = newBanner(w, c.signIn), newBanner(w), newBanner(w)
	c.tiles = tiles(232, 8)
	c.more = newAccountMenu(w)
	head := row(12, 1, c.badge, column(2, c.title, c.login), column(2, c.state, c.proven), c.more.button)
	c.body = column(16, head, c.progress.content, c.problem.content, c.held.content, c.owed.content, c.tiles)
	c.content = newCard(c.body)
	return c
}

func (c *accountCard) show(s present.AccountCard) {
	c.name = s.Name
	c.more.show(s)
	c.title.set(s.Name)
	c.login.set(s.Login)
	moved := c.state.content != s.State || c.proven.content != s.Proven
	c.level.set(s.Level)
	c.badge.refill(levelSurface(s.Level))
	_, colour := levelLook(s.Level)
	c.state.tint(colour)
	c.state.set(s.State)
	c.proven.set(s.Proven)
	c.progress.show(s.Progress)
	c.signIn.Hidden = !s.CanSignIn
	bad := present.LevelBad
	if s.Level == present.LevelAway || s.Level == present.LevelNote {
		bad = s.Level
	}
	c.problem.show(s.Problem, bad)
	c.held.show(s.Held, present.LevelNote)
	c.owed.show(s.Owed, present.LevelNote)
	for len(c.lines) < len(s.Collections) {
		l := newCollectionTile()
		c.lines = append(c.lines, l)
		c.tiles.Add(l.content)
	}
	for len(c.lines) > len(s.Collections) {
		last := c.lines[len(c.lines)-1]
		c.lines = c.lines[:len(c.lines)-1]
		c.tiles.Remove(last.content)
	}
	for i, l := range s.Collections {
		c.lines[i].show(l)
	}
	if hide(c.tiles, len(s.Collections) == 0) || moved {
		relaid(c.body)
	}
}

// collectionTile is one collection in a card.
type collectionTile struct {
	icon                *kindMark
	name, count, remark *text
	dot                 *dot
	content             *panel
}

func newCollectionTile() *collectionTile {
	t := &collectionTile{icon: newKindMark(), name: newText("").bold(), count: newMuted(""), remark: newMuted(""), dot: newDot(8)}
	t.remark.colour = theme.ColorNameWarning
	words := column(2, row(6, 0, t.name, t.dot), t.count, t.remark)
	t.content = newPanel(theme.ColorNameBackground, "", 8, pad(topRow(12, 1, pad(exactly(20, 20, t.icon.icon), 2, 0, 0, 0), words), 10, 12, 10, 12))
	return t
}

func (t *collectionTile) show(l present.CollectionLine) {
	t.icon.set(l.Kind)
	t.name.set(l.Name)
	t.count.set(l.Count)
	t.remark.set(l.Remark)
	if l.Level == present.LevelNote {
		t.remark.tint(theme.ColorNameWarning)
	} else {
		t.remark.tint(colMuted)
	}
	t.remark.Hidden = l.Remark == ""
	t.dot.set(l.Color)
	t.dot.Hidden = l.Color == ""
}
