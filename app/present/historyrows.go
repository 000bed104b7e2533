package present

import (
	"context"
	"fmt"
	"strings"

	"sidekeep/app/service"
)

// HistoryRow is one run in the list of changes.
type HistoryRow struct {
	What  string // "3 changed: Anna Ashdown, Ben Elder and 1 more"
	When  string
	Where string
	Level Level
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
