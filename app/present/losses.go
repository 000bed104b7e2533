package present

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// overFor is how long it is told that an incident is over.
const overFor = 24 * time.Hour

// Losses is what servers lost or changed beyond reason: a card for each account
// with open incidents, and a note for those that are over.
type Losses struct {
	app     *App
	Cards   []LossCard
	Over    []LossNote
	Problem *Notice
	Changed func()

	open    []service.Incident
	recent  []service.Incident // over since a short while
	decided map[int64]bool     // here, since the program started
	gone    map[int64]bool     // notes that were put away
	full    map[string]bool    // cards that show all their lines
	busy    map[string]bool    // accounts that are being decided on
	telling bool
}

// LossNote says that an incident is over.
type LossNote struct {
	Title, Text string
	Good        bool
	ids         []int64
}

// Question is asked before something is done that is not easily undone.
type Question struct {
	Title, Text, Do string
	Yes             func()
}

func newLosses(a *App) *Losses {
	return &Losses{app: a, Changed: func() {}, decided: map[int64]bool{}, gone: map[int64]bool{},
		full: map[string]bool{}, busy: map[string]bool{}}
}

// statusChanged takes over the open incidents, and looks for those that are
// over and those that nobody was told of.
func (l *Losses) statusChanged() {
	l.open = l.app.Status.Incidents
	l.word()
	async(l.app, func(ctx context.Context) ([]service.Incident, error) {
		return l.app.cfg.Service.Incidents(ctx, false)
	}, func(all []service.Incident, err error) {
		if err != nil {
			return // the status has told already what can't be read
		}
		now := l.app.Now()
		l.recent = slices.DeleteFunc(slices.Clone(all), func(i service.Incident) bool {
			return i.Open || i.ClosedAt == nil || now.Sub(*i.ClosedAt) > overFor
		})
		l.update()
	})
	if len(l.open) > 0 {
		l.tell()
	}
}

// tell notifies of incidents that are new: each of them once, those of an
// account together.
func (l *Losses) tell() {
	if l.telling {
		return
	}
	l.telling = true
	async(l.app, l.app.cfg.Service.NewIncidents, func(fresh []service.Incident, err error) {
		l.telling = false
		if err != nil {
			return // it is tried again when something changes
		}
		for _, group := range byAccount(fresh) {
			c := l.card(group, l.app.Now())
			title, text := fmt.Sprintf(tellTitle, c.Account), strings.TrimSpace(c.Title+" "+c.Text)
			async(l.app, func(ctx context.Context) (struct{}, error) {
				return struct{}{}, l.app.cfg.Desktop.Notify(ctx, title, text)
			}, func(struct{}, error) {}) // a desktop without notifications has the card
		}
	})
}

// update words everything anew and shows it.
func (l *Losses) update() {
	l.word()
	l.Changed()
}

// word words everything anew.
func (l *Losses) word() {
	now := l.app.Now()
	l.Cards = l.Cards[:0]
	for _, group := range byAccount(l.open) {
		l.Cards = append(l.Cards, l.card(group, now))
	}
	l.Over = l.notes(now)
}

// notes words what is over, an account's of one kind together.
func (l *Losses) notes(now time.Time) []LossNote {
	type key struct{ account, how string }
	groups := map[key][]service.Incident{}
	for _, i := range l.recent {
		if l.again(i) {
			continue
		}
		told := i.Closed == string(pim.Recovered) || i.Closed == string(pim.PutBack) || l.decided[i.ID]
		if told && !l.gone[i.ID] {
			k := key{i.Account, i.Closed}
			groups[k] = append(groups[k], i)
		}
	}
	keys := slices.SortedFunc(maps.Keys(groups), func(a, b key) int { return strings.Compare(a.account+a.how, b.account+b.how) })
	var out []LossNote
	for _, k := range keys {
		n := overWords(k.how)
		last, names := time.Time{}, []string{}
		for _, i := range groups[k] {
			n.ids = append(n.ids, i.ID)
			if i.ClosedAt.After(last) {
				last = *i.ClosedAt
			}
			if i.Collection != "" {
				names = append(names, i.Collection)
			}
		}
		at := Ago(last, now)
		switch {
		case n.Text != "":
		case len(names) == 1:
			n.Text = fmt.Sprintf(overWhereAccount, k.account, names[0], at)
		default:
			n.Text = fmt.Sprintf(overWhere, k.account, at)
		}
		out = append(out, n)
	}
	return out
}

func overWords(how string) LossNote {
	switch pim.Decision(how) {
	case pim.PutBack:
		return LossNote{Title: overPutBack, Good: true}
	case pim.Accepted:
		return LossNote{Title: overAccepted, Text: overAcceptedText}
	case pim.KeptHere:
		return LossNote{Title: overKept, Text: overKeptText}
	}
	return LossNote{Title: overRecovered, Good: true}
}

// Dismiss puts a note away.
func (l *Losses) Dismiss(n LossNote) {
	for _, id := range n.ids {
		l.gone[id] = true
	}
	l.update()
}

// ShowAll names every incident of an account.
func (l *Losses) ShowAll(account string) {
	l.full[account] = true
	l.update()
}

// Mine asks whether the person did it; nil if there is nothing to decide.
func (l *Losses) Mine(account string) *Question {
	group := l.of(account)
	if len(group) == 0 {
		return nil
	}
	gone, changed := sumUp(group, goneOf), sumUp(group, changedOf)
	q := &Question{Do: mineDo, Yes: func() { l.decide(account, pim.Accepted) }}
	switch {
	case changed == "":
		q.Title, q.Text = mineTitleGone, fmt.Sprintf(mineTextGone, gone)
	case gone == "":
		q.Title, q.Text = mineTitleChanged, mineTextChanged
	default:
		q.Title, q.Text = mineTitleChanged, fmt.Sprintf(mineTextBoth, gone)
	}
	return q
}

// Keep asks whether everything stays here for good; nil if there is nothing to
// decide.
func (l *Losses) Keep(account string) *Question {
	group := l.of(account)
	if len(group) == 0 {
		return nil
	}
	return &Question{Title: keepTitle, Text: sentence(fmt.Sprintf(keepText, sumUp(group, goneOf))), Do: keepDo,
		Yes: func() { l.decide(account, pim.KeptHere) }}
}

func (l *Losses) of(account string) []service.Incident {
	return slices.DeleteFunc(slices.Clone(l.open), func(i service.Incident) bool { return i.Account != account })
}

// decide ends an account's incidents. One that is over by itself meanwhile is
// no failure.
func (l *Losses) decide(account string, d pim.Decision) {
	group := l.of(account)
	if len(group) == 0 || l.busy[account] {
		return
	}
	l.busy[account] = true
	l.update()
	async(l.app, func(ctx context.Context) (struct{}, error) {
		for _, i := range group {
			if d == pim.KeptHere && i.Gone == 0 {
				continue
			}
			_, err := l.app.cfg.Service.DecideIncident(ctx, i.ID, d)
			var e *pim.Error
			if err != nil && (!errors.As(err, &e) || e.Reason != "closed") {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	}, func(_ struct{}, err error) {
		delete(l.busy, account)
		for _, i := range group {
			l.decided[i.ID] = true
		}
		l.Problem = notice(err, l.app.Now())
		l.update()
		l.app.Reload()
	})
}

// OnlyChanged reports whether nothing of an account is missing, but something
// was changed.
func (l *Losses) OnlyChanged(account string) bool {
	group := l.of(account)
	return len(group) > 0 && sumUp(group, goneOf) == ""
}

// again reports whether what an incident was about is lost anew: that it was over
// would contradict the card.
func (l *Losses) again(over service.Incident) bool {
	return slices.ContainsFunc(l.open, func(i service.Incident) bool {
		return i.Account == over.Account && (i.CollID == over.CollID || i.CollID == 0 || over.CollID == 0)
	})
}

// has reports whether an account has an open incident.
func (l *Losses) has(account string) bool {
	return slices.ContainsFunc(l.open, func(i service.Incident) bool { return i.Account == account })
}
