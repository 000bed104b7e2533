package present

import (
	"context"
	"fmt"
	"time"

	"sidekeep/sync/pim"
)

// History is the page that shows what was there when, what each mirroring
// changed, and from which a moment of the past is chosen to be looked at.
type History struct {
	app    *App
	loaded bool
	busy   bool // the timeline is being read
	again  bool
	scopes []historyScope
	story  story
	places map[int64]string // collections by ID: "Personal in Home"
	names  runNames

	Scopes []string // choices, the first is everything
	Scope  int
	Range  int // index into HistoryRanges
	Ready  bool
	// Problem is why the timeline could not be read, or nil.
	Problem *Notice
	// At is the chosen moment; the zero time is now.
	At time.Time
	// Chosen is the row of the last change before At; -1 none.
	Chosen int
	Run    RunView
	// Detail is an object that was chosen among the changes.
	Detail  *DetailPane
	Changed func()
	// Moved is called when only At and what hangs on it has changed: the chart
	// need not be drawn anew.
	Moved func()
}

type historyScope struct {
	account    string
	collection int64
}

func newHistory(a *App) *History {
	h := &History{app: a, Chosen: -1, Changed: func() {}, Moved: func() {}, Scopes: []string{historyAll}, scopes: []historyScope{{}}}
	h.names = runNames{h: h, known: map[int64]string{}}
	h.Detail = &DetailPane{app: a, kind: "contacts", Changed: func() { h.Moved() }}
	return h
}

// Enter is called when the page is shown.
func (h *History) Enter() {
	if !h.loaded {
		h.loaded = true
		h.load()
	}
}

// SetScope chooses whose history is shown.
func (h *History) SetScope(i int) {
	if i == h.Scope || i < 0 || i >= len(h.scopes) {
		return
	}
	h.Scope = i
	h.Ready, h.story = false, story{}
	h.load()
	h.Changed()
}

// SetRange chooses how much time the chart shows; a moment before it comes to
// its beginning.
func (h *History) SetRange(i int) {
	if i == h.Range || i < 0 || i >= len(HistoryRanges) {
		return
	}
	h.Range = i
	if from, _ := h.Span(); !h.At.IsZero() && h.At.Before(from) {
		h.choose(from)
	}
	h.Changed()
}

func (h *History) load() {
	if h.busy {
		h.again = true
		return
	}
	h.busy = true
	scope, now := h.scopes[h.Scope], h.app.Now()
	async(h.app, func(ctx context.Context) (story, error) {
		t, err := h.app.cfg.Service.Timeline(ctx, scope.account, scope.collection, time.Time{}, time.Time{})
		return condense(t, now), err
	}, func(s story, err error) {
		h.busy = false
		if h.again {
			h.again = false
			h.load()
			return
		}
		h.Ready = true
		h.Problem = notice(err, h.app.Now())
		if err == nil {
			h.story = s
		}
		h.choose(h.At)
		h.Changed()
	})
}

// statusChanged brings the choices up to date and keeps the chosen one.
func (h *History) statusChanged() {
	chosen := h.scopes[min(h.Scope, len(h.scopes)-1)]
	h.Scopes, h.scopes, h.Scope, h.places = []string{historyAll}, []historyScope{{}}, 0, map[int64]string{}
	several := len(h.app.Status.Accounts) > 1
	for _, a := range h.app.Status.Accounts {
		if several {
			h.addScope(a.Name, historyScope{account: a.Name}, chosen)
		}
		for _, c := range a.Collections {
			words, place := c.Name, c.Name
			if several {
				words, place = a.Name+": "+c.Name, c.Name+" in "+a.Name
			}
			h.places[c.ID] = place
			h.addScope(words, historyScope{a.Name, c.ID}, chosen)
		}
	}
	if h.loaded {
		h.load()
	}
	h.Changed()
}

func (h *History) addScope(words string, s, chosen historyScope) {
	for _, w := range h.Scopes { // a choice must be unique
		if w == words {
			words += fmt.Sprintf(" (%d)", s.collection)
			break
		}
	}
	h.Scopes, h.scopes = append(h.Scopes, words), append(h.scopes, s)
	if s == chosen {
		h.Scope = len(h.scopes) - 1
	}
}

// Headline counts runs and changes.
func (h *History) Headline() string {
	if !h.Ready {
		return LoadingText
	}
	if h.story.runs == 0 {
		return ""
	}
	return fmt.Sprintf(historyHeadline, Count(h.story.runs, "time", "times"), Count(len(h.story.steps), "time", "times"))
}

// ShortHeadline is Headline where there is little room.
func (h *History) ShortHeadline() string {
	if h.Headline() == "" || !h.Ready {
		return h.Headline()
	}
	return Count(len(h.story.steps), "change", "changes")
}

// Empty says why there is nothing to show, or nil.
func (h *History) Empty() *Notice {
	switch {
	case h.Problem != nil:
		return h.Problem
	case h.Ready && h.story.runs == 0:
		return &Notice{Title: historyEmpty, Text: historyEmptyText}
	}
	return nil
}

// kindOfPage is the page that objects of a kind of collection are shown on.
func kindOfPage(k pim.Kind) string {
	if k == pim.Contacts {
		return "contacts"
	}
	return "calendar"
}

// Settled reports that nothing the page shows is on its way.
func (h *History) Settled() bool {
	return !h.busy && !h.names.busy && len(h.names.wanted) == 0 && !h.Run.busy
}
