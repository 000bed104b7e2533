package present

import (
	"fmt"
	"strings"
	"time"
)

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

func (h *History) Last() { h.SetAt(time.Time{}) }

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
