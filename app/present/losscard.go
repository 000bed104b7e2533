package present

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// linesOfLoss is how many incidents a card names before it says how many more
// there are.
const linesOfLoss = 4

// LossCard is the open incidents of one account in words.
type LossCard struct {
	Account string
	Title   string // what happened
	Text    string // and that it is safe
	Since   string // "Noticed today 09:02 · Work"
	Lines   []LossLine
	More    string // "and 3 more", or ""
	Several bool   // Lines are worth showing: there is more than one incident
	PutBack string // words of the button
	Export  string
	CanKeep bool // there is something that only this vault has
	CanBack bool // the account is still signed in
	Busy    bool
}

// LossLine is one incident.
type LossLine struct {
	ID   int64
	Kind string // for the picture: "contacts", "calendar", ""
	Name string
	What string
}

// byAccount groups incidents by their account, in the order they come in; that
// of the account as a whole is the first of its group.
func byAccount(all []service.Incident) [][]service.Incident {
	var names []string
	groups := map[string][]service.Incident{}
	for _, i := range all {
		if _, ok := groups[i.Account]; !ok {
			names = append(names, i.Account)
		}
		groups[i.Account] = append(groups[i.Account], i)
	}
	slices.Sort(names)
	out := make([][]service.Incident, len(names))
	for n, name := range names {
		g := groups[name]
		slices.SortStableFunc(g, func(a, b service.Incident) int {
			if whole := (b.CollID == 0) != (a.CollID == 0); whole && a.CollID == 0 {
				return -1
			} else if whole {
				return 1
			}
			return b.Gone + b.Changed - a.Gone - a.Changed
		})
		out[n] = g
	}
	return out
}

// card words the open incidents of one account.
func (l *Losses) card(group []service.Incident, now time.Time) LossCard {
	first := group[0]
	c := LossCard{Account: first.Account, Several: len(group) > 1, PutBack: ActPutThemBack, Export: ActExportNow, Busy: l.busy[first.Account] || l.app.Restore.Running(), CanBack: true}
	for _, s := range l.app.Status.Accounts {
		if s.Name == c.Account && s.State == service.StateKept {
			c.CanBack = false
		}
	}
	gone, changed, since := 0, 0, first.Since
	for _, i := range group {
		gone, changed = gone+i.Gone, changed+i.Changed
		if i.Since.Before(since) {
			since = i.Since
		}
		c.Lines = append(c.Lines, l.line(i))
		if i.Verdict == pim.WrongAccount { // it may be somebody else's
			c.CanBack = false
		}
	}
	c.CanKeep = gone > 0
	if gone == 0 {
		c.PutBack, c.Export = ActPutOldBack, ActExportState
	}
	if c.Several {
		c.PutBack = ActPutAllBack
	}
	switch {
	case !c.Several || first.CollID == 0:
		c.Title, c.Text = firstSentence(first.Message)
	case changed == 0:
		c.Title, c.Text = firstSentence(fmt.Sprintf(lossGone, sumUp(group, goneOf)))
	case gone == 0:
		c.Title, c.Text = firstSentence(sentence(fmt.Sprintf(lossChanged, sumUp(group, changedOf))))
	default:
		c.Title, c.Text = firstSentence(fmt.Sprintf(lossBoth, sumUp(group, goneOf), sumUp(group, changedOf)))
	}
	if changed > 0 {
		c.Text = strings.TrimSpace(c.Text + " " + goodWords(group, now))
	}
	c.Since = fmt.Sprintf(lossSince, Ago(since, now), where(group))
	if len(c.Lines) > linesOfLoss && !l.full[c.Account] {
		c.More = fmt.Sprintf(lossMore, Number(int64(len(c.Lines)-linesOfLoss)))
		c.Lines = c.Lines[:linesOfLoss]
	}
	return c
}

// where is what a card is about: "Work" or "Work, Personal".
func where(group []service.Incident) string {
	if len(group) == 1 && group[0].Collection != "" {
		return group[0].Account + ", " + group[0].Collection
	}
	return group[0].Account
}

// goodWords says which state is kept and can be had again.
func goodWords(group []service.Incident, now time.Time) string {
	moments := map[int64]time.Time{}
	for _, i := range group {
		if i.Changed > 0 && i.GoodAt != nil {
			moments[i.GoodAt.Unix()] = *i.GoodAt
		}
	}
	switch len(moments) {
	case 0:
		return ""
	case 1:
		for _, t := range moments {
			return fmt.Sprintf(lossGood, DayTime(t, now))
		}
	}
	return lossGoods
}

// line words one incident among several.
func (l *Losses) line(i service.Incident) LossLine {
	out := LossLine{ID: i.ID, Name: i.Collection}
	switch i.Kind {
	case pim.Contacts:
		out.Kind = "contacts"
	case pim.Calendar:
		out.Kind = "calendar"
	}
	if i.CollID == 0 {
		out.Name = lossWhole
	}
	var parts []string
	switch {
	case i.Gone > 0 && i.Gone == i.Live:
		parts = append(parts, fmt.Sprintf(lossLineAll, things(i.Kind, i.Gone)))
	case i.Gone > 0 && i.Live > i.Gone:
		parts = append(parts, fmt.Sprintf(lossLineGone, Number(int64(i.Gone)), things(i.Kind, i.Live)))
	case i.Gone > 0:
		parts = append(parts, fmt.Sprintf(lossLineSome, things(i.Kind, i.Gone)))
	}
	if i.Changed > 0 {
		parts = append(parts, fmt.Sprintf(lossLineMoved, things(i.Kind, i.Changed)))
	}
	out.What = strings.Join(parts, ", ")
	return out
}

func goneOf(i service.Incident) int    { return i.Gone }
func changedOf(i service.Incident) int { return i.Changed }

// sumUp adds incidents up by kind: "698 contacts and 1,204 calendar entries".
func sumUp(group []service.Incident, of func(service.Incident) int) string {
	sums := map[pim.Kind]int{}
	for _, i := range group {
		sums[i.Kind] += of(i)
	}
	var parts []string
	for _, k := range []pim.Kind{pim.Contacts, pim.Calendar, ""} {
		if sums[k] > 0 {
			parts = append(parts, things(k, sums[k]))
		}
	}
	return strings.Join(parts, wordAnd)
}

// things counts objects of a kind; "" is of any.
func things(k pim.Kind, n int) string {
	switch k {
	case pim.Contacts:
		return Count(n, kindContactOne, kindContactMany)
	case pim.Calendar:
		return Count(n, kindCalendarOne, kindCalendarMany)
	}
	return Count(n, kindItemOne, kindItemMany)
}

// firstSentence parts a message into its first sentence and the rest. A full
// stop in a name that stands in quotes ends nothing.
func firstSentence(s string) (first, rest string) {
	s = sentence(s)
	quoted := false
	for i, r := range s {
		switch {
		case r == '“':
			quoted = true
		case r == '”':
			quoted = false
		case r == '"':
			quoted = !quoted
		case r == '.' && !quoted && strings.HasPrefix(s[i:], ". "):
			return s[:i+1], strings.TrimSpace(s[i+2:])
		}
	}
	return s, ""
}
