package present

import (
	"context"
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"

	"sidekeep/app/service"
)

// RunView is what one run changed.
type RunView struct {
	Run     int64 // 0: none is chosen
	Title   string
	Under   string
	Rows    []RunRow
	Ready   bool
	Problem *Notice

	kind string // of the page its objects are shown on
	busy bool
	want Step
}

// RunRow is an object that a run did something to, or a line of what is
// different about it.
type RunRow struct {
	ID    int64 // 0 for a line under an object
	What  string
	Title string
	Level Level
}

// show opens what row i changed; -1 none. While the slider moves, only the
// run that it stops at is read.
func (h *History) show(i int) {
	h.Chosen = i
	v := &h.Run
	if i < 0 {
		*v = RunView{busy: v.busy}
		return
	}
	s := h.step(i)
	now := h.app.Now()
	v.Title = longMoment(s.At.In(h.app.cfg.Zone), now)
	v.Under = s.Words()
	if p := h.places[s.Collection]; p != "" {
		v.Under = p + " · " + v.Under
	}
	if s.Run == v.Run {
		return
	}
	if h.Detail.ID != 0 {
		h.Detail.Open(0, nil)
	}
	v.Run, v.want, v.Ready, v.Rows, v.Problem = s.Run, s, false, nil, nil
	h.readRun()
}

type readRun struct {
	rows []RunRow
	kind string
}

func (h *History) readRun() {
	v := &h.Run
	if v.busy {
		return
	}
	v.busy = true
	run := v.Run
	async(h.app, func(ctx context.Context) (readRun, error) {
		c, err := h.app.cfg.Service.RunChanges(ctx, run)
		return readRun{runRows(c), kindOfPage(c.Run.Kind)}, err
	}, func(r readRun, err error) {
		v.busy = false
		switch {
		case v.Run == 0:
			return
		case v.Run != run:
			h.readRun()
			return
		}
		v.Ready, v.Rows, v.kind = true, r.rows, r.kind
		v.Problem = notice(err, h.app.Now())
		h.Moved()
	})
}

// runRows words what a run changed, object by object.
func runRows(c service.RunChanges) []RunRow {
	levels := map[string]Level{"created": LevelGood, "modified": LevelBusy, "deleted": LevelNote, "held": LevelBad, "back": LevelGood}
	var out []RunRow
	for _, o := range c.Changes {
		r := RunRow{ID: o.ID, Title: oneLine(o.Title), What: whatWords[o.What], Level: levels[o.What]}
		if r.Title == "" {
			r.Title = fileOf(o.Href)
		}
		out = append(out, r)
		for _, l := range o.Changes {
			out = append(out, RunRow{Title: upperFirst(oneLine(l.Text))})
		}
	}
	return out
}

// OpenObject opens the history of the object in row i of the run.
func (h *History) OpenObject(i int) {
	if i < 0 || i >= len(h.Run.Rows) {
		return
	}
	for i > 0 && h.Run.Rows[i].ID == 0 { // a line belongs to the object above it
		i--
	}
	h.Detail.kind = h.Run.kind
	h.Detail.OpenHistory(h.Run.Rows[i].ID)
}

// CloseObject goes back to what the run changed.
func (h *History) CloseObject() { h.Detail.Open(0, nil) }

// upperFirst begins a sentence.
func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// lowerFirst goes on with a sentence.
func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToLower(r)) + s[n:]
}

// fromTo words a stretch of time; the zero time is no end.
func fromTo(from, to, now time.Time) string {
	if to.IsZero() {
		return fmt.Sprintf(stateSince, DayTime(from, now))
	}
	return fmt.Sprintf(stateFromTo, DayTime(from, now), DayTime(to, now))
}
