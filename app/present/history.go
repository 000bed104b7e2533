package present

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sidekeep/app/service"
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

// HistoryRow is one run in the list of changes.
type HistoryRow struct {
	What  string // "3 changed: Anna Ashdown, Ben Elder and 1 more"
	When  string
	Where string
	Level Level
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

// Span is the stretch of time that the chart shows.
func (h *History) Span() (from, to time.Time) {
	to = h.app.Now()
	const least = 10 * time.Minute
	if d := HistoryRanges[h.Range].Days; d > 0 {
		return to.AddDate(0, 0, -d), to
	}
	from = h.story.first
	if from.IsZero() || from.After(to) {
		from = to
	}
	from = from.In(to.Location()).Add(-max(to.Sub(from)/40, least/10)) // the first one is not on the edge
	if to.Sub(from) < least {
		from = to.Add(-least)
	}
	return from, to
}

// Bins spreads the shown time over n columns.
func (h *History) Bins(n int) []Bin {
	from, to := h.Span()
	return h.story.bins(from, to, n)
}

// Dates are at most n marks for the date axis.
func (h *History) Dates(n int) []Tick {
	from, to := h.Span()
	return dateTicks(from, to, n)
}

// Counts are marks for the axis of objects, and the number at its top.
func (h *History) Counts(bins []Bin) ([]Tick, int) {
	most := 0
	for _, b := range bins {
		most = max(most, b.High)
	}
	return countTicks(most)
}

// Span of an incident on the chart, from 0 to 1.
type Band struct {
	From, To float64
	Open     bool
}

// Bands are the incidents within the shown time.
func (h *History) Bands() []Band {
	from, to := h.Span()
	span := float64(to.Sub(from))
	var out []Band
	for _, a := range h.story.alarms {
		end := a.To
		if end.IsZero() || end.After(to) {
			end = to
		}
		if a.From.After(to) || end.Before(from) {
			continue
		}
		out = append(out, Band{max(0, float64(a.From.Sub(from))/span), float64(end.Sub(from)) / span, a.To.IsZero()})
	}
	return out
}

// Pos is where At is on the chart: 0 at its beginning, 1 at its end.
func (h *History) Pos() float64 {
	if h.At.IsZero() {
		return 1
	}
	from, to := h.Span()
	return min(1, max(0, float64(h.At.Sub(from))/float64(to.Sub(from))))
}

// TimeAt is the moment at a place of the chart; the zero time at its end.
func (h *History) TimeAt(pos float64) time.Time {
	from, to := h.Span()
	if pos >= 1 {
		return time.Time{}
	}
	return from.Add(time.Duration(max(0, pos) * float64(to.Sub(from))))
}

// SlideTo chooses the moment at a place of the chart.
func (h *History) SlideTo(pos float64) { h.SetAt(h.TimeAt(pos)) }

// SetAt chooses a moment; one that is not before now is now.
func (h *History) SetAt(at time.Time) {
	if !at.IsZero() && !at.Before(h.app.Now()) {
		at = time.Time{}
	}
	if at.Equal(h.At) {
		return
	}
	h.choose(at)
	h.Moved()
}

// Skip goes n changes on (or back): from now, back to the last one.
func (h *History) Skip(n int) {
	steps := h.story.steps
	if len(steps) == 0 {
		return
	}
	i := h.index() + n
	if n < 0 && (h.At.IsZero() || h.index() >= 0 && h.At.After(steps[h.index()].At)) {
		i++ // first to the change that made it so
	}
	switch {
	case i >= len(steps):
		h.SetAt(time.Time{})
	default:
		h.Choose(len(steps) - 1 - max(0, i))
	}
}

// Shift goes days on (or back).
func (h *History) Shift(days int) {
	at := h.At
	if at.IsZero() {
		at = h.app.Now()
	}
	at = at.In(h.app.cfg.Zone).AddDate(0, 0, days)
	if at.Before(h.story.first) {
		at = h.story.first
	}
	h.SetAt(at)
}

// First goes to the beginning, Last to now.
func (h *History) First() { h.Choose(len(h.story.steps) - 1) }
func (h *History) Last()  { h.SetAt(time.Time{}) }

// CanSkip reports whether there are changes before and after the chosen moment.
func (h *History) CanSkip() (back, on bool) {
	return len(h.story.steps) > 0 && (h.At.IsZero() || h.At.After(h.story.steps[0].At)), !h.At.IsZero()
}

// Choose takes the moment of row i and opens what it changed.
func (h *History) Choose(i int) {
	if i < 0 || i >= len(h.story.steps) {
		return
	}
	h.At = h.step(i).At
	h.show(i)
	h.Moved()
}

// choose takes a moment and opens the last change before it.
func (h *History) choose(at time.Time) {
	h.At = at
	if h.At.IsZero() {
		at = h.app.Now()
	}
	i := h.story.at(at)
	if i < 0 {
		h.show(-1)
		return
	}
	h.show(len(h.story.steps) - 1 - i)
}

// index is the step of the chosen row, oldest 0; -1 none.
func (h *History) index() int {
	if h.Chosen < 0 {
		return -1
	}
	return len(h.story.steps) - 1 - h.Chosen
}

func (h *History) step(row int) Step { return h.story.steps[len(h.story.steps)-1-row] }

// Moment is the chosen moment in words: "Sunday 15 November, 09:14 – 417 items".
func (h *History) Moment() string {
	if !h.Ready {
		return LoadingText
	}
	n := 0
	if i := h.index(); i >= 0 {
		n = h.story.steps[i].Objects
	} else if h.story.runs > 0 && !h.At.IsZero() {
		return fmt.Sprintf(historyMoment, h.When(), historyBefore)
	}
	return fmt.Sprintf(historyMoment, h.When(), Count(n, "item", "items"))
}

// ShortMoment is Moment where there is little room: "22 Jan 2026, 06:18 – 486 items".
func (h *History) ShortMoment() string {
	words := h.Moment()
	if h.At.IsZero() || !h.Ready {
		return words
	}
	at := h.At.In(h.app.cfg.Zone)
	return strings.Replace(words, h.When(), at.Format("2 Jan 2006, 15:04"), 1)
}

// When is the chosen moment without what was there.
func (h *History) When() string {
	if h.At.IsZero() {
		return historyNow
	}
	return longMoment(h.At.In(h.app.cfg.Zone), h.app.Now())
}

// longMoment is a day with its name and a clock time; the year only where it
// is another one.
func longMoment(t, now time.Time) string {
	if t.Year() == now.Year() {
		return t.Format("Monday 2 January, 15:04")
	}
	return t.Format("Monday 2 January 2006, 15:04")
}

// Peek is what was there at a place of the chart, in few words.
func (h *History) Peek(pos float64) string {
	at, now := h.TimeAt(pos), h.app.Now()
	if at.IsZero() {
		at = now
	}
	i := h.story.at(at)
	if i < 0 {
		return at.Format("2 Jan 2006") + " · " + lowerFirst(historyBefore)
	}
	when := at.Format("2 Jan 2006")
	if from, to := h.Span(); to.Sub(from) < 60*24*time.Hour {
		when = at.Format("2 Jan, 15:04")
	}
	return when + " · " + Count(h.story.steps[i].Objects, "item", "items")
}

// Alarm says of the chosen moment that a loss was held back then; "" if not.
func (h *History) Alarm() string {
	at := h.At
	if at.IsZero() {
		at = h.app.Now()
	}
	words, more := "", 0
	for _, a := range h.story.alarms { // the last one is the one that matters
		if !a.From.After(at) && (a.To.IsZero() || a.To.After(at)) {
			if words != "" {
				more++
			}
			words = a.Words
		}
	}
	if more > 0 {
		return fmt.Sprintf(historyAlsoOpen, words, Count(more, "earlier one", "earlier ones"))
	}
	return words
}

// CanLook reports whether the chosen moment is one that can be looked at.
func (h *History) CanLook() bool { return !h.At.IsZero() && h.index() >= 0 }

// Look has the other pages show the chosen moment.
func (h *History) Look() {
	if h.CanLook() {
		h.app.Past.Look(h.At)
	}
}

// Len is the number of rows: runs that changed something, newest first.
func (h *History) Len() int { return len(h.story.steps) }

// Row words row i.
func (h *History) Row(i int) HistoryRow {
	s := h.step(i)
	r := HistoryRow{What: s.Words(), When: DayTime(s.At, h.app.Now()), Where: h.places[s.Collection]}
	if r.What == "" {
		r.What = Count(s.Objects, "item", "items")
	}
	if s.At.In(h.app.cfg.Zone).Year() != h.app.Now().Year() {
		r.When = s.At.In(h.app.cfg.Zone).Format("2 Jan 2006, 15:04")
	}
	if names := h.names.of(s); names != "" {
		r.What += ": " + names
	}
	switch {
	case s.Missing > 0:
		r.Level = LevelBad
	case s.Removed > 0:
		r.Level = LevelNote
	case s.Added > 0:
		r.Level = LevelGood
	case s.Changed > 0:
		r.Level = LevelBusy
	}
	return r
}

// runNames fetches the names of what small runs changed, for the rows in sight.
type runNames struct {
	h      *History
	known  map[int64]string
	wanted []Step
	busy   bool
}

// Names of a run with more objects than this are not fetched.
const (
	namesOfAtMost = 60
	namesShown    = 3
)

func (n *runNames) of(s Step) string {
	if words, ok := n.known[s.Run]; ok || s.Touched() > namesOfAtMost || s.Touched() == 0 {
		return words
	}
	for _, w := range n.wanted {
		if w.Run == s.Run {
			return ""
		}
	}
	n.wanted = append(n.wanted, s)
	if len(n.wanted) > 40 { // scrolled past
		n.wanted = n.wanted[1:]
	}
	n.pump()
	return ""
}

// pump fetches what is wanted, all of it in one go, so that the list is drawn
// anew once and not for each row.
func (n *runNames) pump() {
	if n.busy || len(n.wanted) == 0 {
		return
	}
	n.busy = true
	wanted := n.wanted
	n.wanted = nil
	svc := n.h.app.cfg.Service
	async(n.h.app, func(ctx context.Context) (map[int64]string, error) {
		out := map[int64]string{}
		for _, s := range wanted {
			c, err := svc.RunChanges(ctx, s.Run)
			if err != nil {
				out[s.Run] = "" // the row does without
				continue
			}
			out[s.Run] = nameList(c.Changes, s.Touched())
		}
		return out, nil
	}, func(names map[int64]string, _ error) {
		n.busy = false
		for run, words := range names {
			n.known[run] = words
		}
		n.pump()
		n.h.Moved()
	})
}

// nameList is the first few titles, and how many more there are.
func nameList(changes []service.RunChange, all int) string {
	var out []string
	for _, c := range changes {
		if t := oneLine(c.Title); t != "" && len(out) < namesShown {
			out = append(out, t)
		}
	}
	if len(out) == 0 {
		return ""
	}
	words := strings.Join(out, ", ")
	if more := max(all, len(changes)) - len(out); more > 0 {
		words += " " + fmt.Sprintf(historyMore, Number(int64(more)))
	}
	return words
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
