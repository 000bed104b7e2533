package present

import "time"

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
