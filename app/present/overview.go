package present

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// Level is how something is, for an icon and a colour.
type Level int

// The levels.
const (
	LevelNone Level = iota // nothing to say yet
	LevelGood
	LevelBusy
	LevelNote // look at it when you like
	LevelBad  // needs you
	LevelAway // offline, kept: grey
)

// Overview is the first page: a card for each account.
type Overview struct {
	app      *App
	stopping bool
	Cards    []AccountCard
	Headline string // under the page's title
	Changed  func()
	missing  map[string][]service.Warning // by account: what could not be read when it was added
}

// AccountCard is one account in words.
type AccountCard struct {
	Name        string
	Login       string // "user at host"
	Level       Level
	State       string // "Everything is here"
	Proven      string // "Last proven complete: today 14:02"
	Kept        bool   // signed out, data kept
	Collections []CollectionLine
	Held        *Notice // losses that are held back
	Owed        *Notice
	Problem     *Notice
	CanSignIn   bool // Problem is about the password
	Progress    *ProgressLine
}

// CollectionLine is one collection in a card.
type CollectionLine struct {
	ID     int64
	Name   string
	Kind   string // "contacts", "calendar", "tasks"
	Color  string // "#RRGGBB" or ""
	Count  string // "250 contacts"
	Remark string // "3 kept back", "no longer on the server", "never mirrored completely"
	Level  Level
}

// ProgressLine is work that runs.
type ProgressLine struct {
	Text     string
	Fraction float64 // 0..1; -1 not known
	Stopping bool
}

// update words everything anew.
func (o *Overview) update() {
	a := o.app
	now := a.Now()
	if !a.Mirroring() {
		o.stopping = false
	}
	o.Cards = o.Cards[:0]
	for _, s := range a.Status.Accounts {
		o.Cards = append(o.Cards, o.card(s, now))
	}
	o.Headline = o.headline(now)
	o.Changed()
}

// added remembers what of a new account could not be read, until the program
// ends: an incomplete copy must not look like a complete one. Refused
// collections are left to the status, which follows what each mirroring meets.
func (o *Overview) added(s service.AccountStatus) {
	delete(o.missing, s.Name)
	var keep []service.Warning
	for _, w := range s.Warnings {
		if !w.LoginWorks {
			keep = append(keep, w)
		}
	}
	if len(keep) == 0 {
		return
	}
	if o.missing == nil {
		o.missing = map[string][]service.Warning{}
	}
	o.missing[s.Name] = keep
}

// missingNotice words what of an account can't be read; nil if that is nothing.
// The first few are named, all of them are in the details.
func missingNotice(warnings []service.Warning) *Notice {
	const named = 3
	if len(warnings) == 0 {
		return nil
	}
	n := &Notice{Title: cardMissingTitle}
	hint := ""
	for i, w := range warnings {
		e := inWindow(w.ErrorInfo)
		if i < named {
			if hint != "" && hint != e.Hint {
				n.Text += " " + hint
			}
			n.Text, hint = strings.TrimSpace(n.Text+" "+sentence(e.Message)), e.Hint
		}
		n.Detail = strings.TrimSpace(n.Detail + "\n" + w.URL + ": " + w.Fault + ": " + w.Message)
	}
	if more := len(warnings) - named; more > 0 {
		n.Text += " " + fmt.Sprintf(cardMissingMore, Number(int64(more)))
	}
	n.Text = strings.TrimSpace(n.Text + " " + hint)
	return n
}

// headline sums the accounts up in one line.
func (o *Overview) headline(now time.Time) string {
	if o.app.Mirroring() {
		return headMirroring
	}
	worst, oldest, never := LevelNone, time.Time{}, false
	objects, fewer, held := 0, 0, false
	for i, s := range o.app.Status.Accounts {
		if o.Cards[i].Kept {
			continue
		}
		worst = max(worst, o.Cards[i].Level)
		if hasNothing(s) {
			continue
		}
		if s.LastComplete == nil {
			never = true
		} else if oldest.IsZero() || s.LastComplete.Before(oldest) {
			oldest = *s.LastComplete
		}
		held = held || s.State == "held"
		for _, c := range s.Collections {
			objects += c.Objects
			fewer += c.Held
		}
	}
	switch {
	case !o.app.Known: // it can't be read, or was not yet
		return ""
	case len(o.Cards) == 0:
		return headEmpty
	case oldest.IsZero() && !never:
		return headNothing
	case never:
		return fmt.Sprintf(headNever, Count(objects, "item", "items"))
	case fewer > 0: // what is here is more than what was proven
		return fmt.Sprintf(headFewer, Count(objects, "item", "items"))
	case held:
		return fmt.Sprintf(headHeld, Count(objects, "item", "items"))
	}
	return fmt.Sprintf(headProven, Count(objects, "item", "items"), Ago(oldest, now))
}

// card words one account.
func (o *Overview) card(s service.AccountStatus, now time.Time) AccountCard {
	c := AccountCard{Name: s.Name, Login: login(s), Kept: s.State == "kept"}
	held, owed := 0, 0
	reasons := []string{}
	for _, col := range s.Collections {
		if !col.Vanished || col.Objects > 0 { // of one that is gone and empty there is only history
			c.Collections = append(c.Collections, collectionLine(col))
		}
		held += col.Held
		owed += col.Owed
		if col.Held > 0 && col.Reason != "" {
			// The title says already that nothing was removed.
			reasons = append(reasons, strings.TrimSuffix(sentence(col.Reason), " Nothing was removed here."))
		}
	}
	switch {
	case hasNothing(s):
		c.Proven = cardNothing
	case s.LastComplete != nil:
		c.Proven = fmt.Sprintf(cardProven, Ago(*s.LastComplete, now))
	default:
		c.Proven = cardNeverProven
	}
	if held > 0 && !o.app.Losses.has(s.Name) { // what its own card tells is not told twice
		c.Held = &Notice{Title: fmt.Sprintf(cardHeldTitle, Count(held, "item is", "items are")), Text: strings.TrimSpace(strings.Join(reasons, " ") + " " + cardHeldText)}
	}
	if owed > 0 {
		c.Owed = &Notice{Title: fmt.Sprintf(cardOwedTitle, Count(owed, "item", "items")), Text: cardOwedText}
	}
	fault := pim.Internal
	if s.Error != nil && !damages(s.Error) { // what its own banner tells is not told twice
		e := inWindow(*s.Error)
		c.Problem = &Notice{Title: e.Message, Text: e.Hint, Detail: e.Detail}
		if c.Problem.Detail == "" {
			c.Problem.Detail = s.Error.Fault + ": " + s.Error.Message
		}
		fault = pim.ParseFault(s.Error.Fault)
		c.CanSignIn = fault == pim.Denied && !s.Error.LoginWorks
	}
	c.Level, c.State = stateWords(s, fault, held, owed)
	if m := missingNotice(slices.Concat(o.missing[s.Name], s.Warnings)); m != nil && c.Problem == nil && !c.Kept {
		c.Problem = m
		if c.Level == LevelGood || c.Level == LevelNone {
			c.Level, c.State = LevelNote, stateMissing
		}
	}
	if p := o.progress(s.Name); p != nil {
		c.Progress, c.Level, c.State = p, LevelBusy, stateRunning
	}
	return c
}

// hasNothing reports an account in order whose server has no collections.
func hasNothing(s service.AccountStatus) bool {
	return len(s.Collections) == 0 && s.Error == nil && (s.State == "new" || s.State == "ok")
}

// stateWords is an account's state in a few words.
func stateWords(s service.AccountStatus, fault pim.Fault, held, owed int) (Level, string) {
	switch {
	case s.State == "kept":
		return LevelAway, stateKept
	case s.State == "running":
		return LevelBusy, stateRunning
	case s.Error != nil && s.Error.LoginWorks:
		return LevelBad, stateMissing
	case s.Error != nil && (fault == pim.Offline || fault == pim.Busy):
		return LevelAway, map[pim.Fault]string{pim.Offline: stateOffline, pim.Busy: stateBusy}[fault]
	case s.Error != nil && fault == pim.Stopped:
		return LevelNote, stateStopped
	case s.Error != nil && fault == pim.Denied:
		return LevelBad, stateSignIn
	case s.State == "failed":
		return LevelBad, stateFailed
	case held > 0 || s.State == "held":
		return LevelNote, stateHeld
	case owed > 0 || s.State == "partial":
		return LevelNote, statePartial
	case hasNothing(s):
		return LevelNone, stateNothing
	case s.State == "new" || s.LastComplete == nil:
		return LevelNone, stateNew
	}
	return LevelGood, stateGood
}

// progress is the running mirror's, where it is at this account.
func (o *Overview) progress(account string) *ProgressLine {
	j := o.app.mirrorJob()
	if j == nil {
		return nil
	}
	s := j.Snapshot()
	if s.Account != account {
		// Before it has said where it is, a single account is the one.
		if s.Account != "" || len(o.app.Status.Accounts) != 1 {
			return nil
		}
	}
	p := progressLine(s)
	p.Stopping = o.stopping
	if p.Stopping {
		p.Text = stepStopping
	}
	return p
}

// progressLine words a snapshot.
func progressLine(s service.Progress) *ProgressLine {
	p := &ProgressLine{Fraction: -1, Text: s.Step}
	if p.Text == "" {
		p.Text = stepStarting
	}
	if s.Collection != "" {
		p.Text += " · " + s.Collection
	}
	switch {
	case s.Total > 0:
		p.Fraction = min(1, float64(s.Done)/float64(s.Total))
		p.Text += fmt.Sprintf(" · %s of %s", Number(s.Done), Number(s.Total))
	case s.Done > 0:
		p.Text += " · " + Number(s.Done)
	}
	return p
}

// collectionLine words one collection.
func collectionLine(c service.CollectionStatus) CollectionLine {
	l := CollectionLine{ID: c.ID, Name: c.Name, Kind: collectionKind(c), Color: ColorOf(c.Color, c.ID), Level: LevelGood}
	switch l.Kind {
	case "contacts":
		l.Color = ""
		l.Count = Count(c.Objects, "contact", "contacts")
	case "tasks":
		l.Count = Count(c.Objects, "task", "tasks")
	default:
		l.Count = Count(c.Objects, "entry", "entries")
		if len(c.Components) == 1 {
			l.Count = Count(c.Objects, "event", "events")
		}
	}
	switch {
	case c.Vanished:
		l.Remark, l.Level = remarkVanished, LevelNote
	case c.Held > 0:
		l.Remark, l.Level = fmt.Sprintf(remarkHeld, Number(int64(c.Held))), LevelNote
	case c.Owed > 0:
		l.Remark, l.Level = fmt.Sprintf(remarkOwed, Number(int64(c.Owed))), LevelNote
	case c.LastComplete == nil:
		l.Remark, l.Level = remarkNever, LevelNone
	}
	return l
}

// colors are for collections whose server gives none: distinct, and readable
// on light and dark.
var colors = [...]string{"#2F7FB8", "#C05C2E", "#4E8A3A", "#8A5AB5", "#B8862B", "#B84A73", "#2E8F86", "#6B7785"}

// ColorOf is a collection's own colour, or a stable one by its ID.
func ColorOf(color string, id int64) string {
	if color != "" {
		return color
	}
	return colors[uint64(id)%uint64(len(colors))]
}

// collectionKind tells task lists from calendars.
func collectionKind(c service.CollectionStatus) string {
	if c.Kind == pim.Contacts {
		return "contacts"
	}
	if len(c.Components) == 1 && c.Components[0] == "VTODO" {
		return "tasks"
	}
	return "calendar"
}

// login is who is logged in where.
func login(s service.AccountStatus) string {
	host := s.URL
	if u, err := url.Parse(s.URL); err == nil && u.Host != "" {
		host = u.Host
	}
	switch {
	case s.User == "" || s.User == host:
		return host
	case strings.Contains(s.User, "@") && strings.Contains(host, "@"):
		return s.User
	}
	return s.User + " at " + host
}

// StatusLine is the state of everything in a few words, for the tray and the
// foot of the rail.
func (a *App) StatusLine() (Level, string) {
	if a.Proof.Damaged != nil {
		return LevelBad, stateDamaged
	}
	if a.Problem != nil {
		return LevelBad, a.Problem.Title
	}
	if a.Mirroring() {
		return LevelBusy, stateRunning
	}
	worst, words := LevelNone, stateNoAccount
	rank := map[Level]int{LevelNone: 0, LevelGood: 1, LevelAway: 2, LevelNote: 3, LevelBad: 4}
	for _, c := range a.Overview.Cards {
		if c.Kept {
			continue
		}
		if words == stateNoAccount || rank[c.Level] > rank[worst] {
			worst, words = c.Level, c.State
		}
	}
	return worst, words
}
