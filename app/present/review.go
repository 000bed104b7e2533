package present

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// Review is everything that one incident is about, with the opened object
// beside it.
type Review struct {
	app      *App
	gen      int
	incident service.Incident
	all      []LostRow
	names    []string // titles in lower case, for searching

	Rows    []LostRow
	Query   string
	Ready   bool
	Problem *Notice
	Detail  *DetailPane
	Changed func()
}

// LostRow is one object in the list.
type LostRow struct {
	ID    int64
	Kind  string // "contacts", "calendar", "tasks"
	Name  string
	Under string
	What  string
	Lost  bool // missing, and not only changed
}

func newReview(a *App) *Review {
	r := &Review{app: a, Changed: func() {}, Detail: &DetailPane{app: a}}
	r.Detail.Changed = func() { r.Changed() }
	return r
}

// Open shows an incident.
func (r *Review) Open(id int64) {
	if r.incident.ID != id {
		r.all, r.names, r.Rows, r.Query, r.Ready, r.Problem = nil, nil, nil, "", false, nil
		r.Detail.Open(0, nil)
	}
	r.incident = service.Incident{ID: id}
	r.load()
}

// ID is the incident that is shown; 0 none.
func (r *Review) ID() int64 { return r.incident.ID }

// Account is the account of the incident that is shown.
func (r *Review) Account() string { return r.incident.Account }

type reviewed struct {
	incident service.Incident
	rows     []LostRow
	names    []string
}

// load reads everything of the incident: rows are small, so that a search is
// at once.
func (r *Review) load() {
	r.gen++
	gen, id := r.gen, r.incident.ID
	svc := r.app.cfg.Service
	async(r.app, func(ctx context.Context) (out reviewed, err error) {
		if out.incident, err = svc.Incident(ctx, id); err != nil {
			return out, err
		}
		found, err := svc.IncidentObjects(ctx, id, 0, 0)
		if err != nil {
			return out, err
		}
		out.rows, out.names = make([]LostRow, len(found)), make([]string, len(found))
		for i, o := range found {
			out.rows[i] = lostRow(o)
			out.names[i] = strings.ToLower(out.rows[i].Name + "\n" + out.rows[i].Under)
		}
		tellApart(out.rows, out.incident.Open)
		return out, nil
	}, func(out reviewed, err error) {
		if gen != r.gen {
			return
		}
		r.Ready, r.Problem = true, notice(err, r.app.Now())
		if err == nil {
			r.incident, r.all, r.names = out.incident, out.rows, out.names
		}
		r.filter()
	})
}

// statusChanged looks again: the server may have something back.
func (r *Review) statusChanged() {
	if r.incident.ID != 0 && r.Ready {
		r.load()
		r.Detail.again()
	}
}

func lostRow(o service.IncidentObject) LostRow {
	row := LostRow{ID: o.ID, Kind: "calendar", Name: TitleOf(o.Item), Under: o.Subtitle, What: reviewChanged, Lost: o.What == "gone"}
	switch o.Kind {
	case "contact":
		row.Kind = "contacts"
	case "task":
		row.Kind = "tasks"
	}
	if row.Lost {
		row.What = reviewGone
	}
	if row.Under == "" {
		row.Under = o.Collection
	}
	return row
}

// tellApart leaves out what happened to each where it is the same for all, and
// was said above, and where it is over.
func tellApart(rows []LostRow, open bool) {
	lost := 0
	for _, r := range rows {
		if r.Lost {
			lost++
		}
	}
	if open && lost != 0 && lost != len(rows) {
		return
	}
	for i := range rows {
		rows[i].What = ""
	}
}

// Search narrows the list.
func (r *Review) Search(q string) {
	if q != r.Query {
		r.Query = q
		r.filter()
	}
}

func (r *Review) filter() {
	words := strings.Fields(strings.ToLower(r.Query))
	if len(words) == 0 {
		r.Rows = r.all
		r.Changed()
		return
	}
	r.Rows = nil
	for i, name := range r.names {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) }) {
			r.Rows = append(r.Rows, r.all[i])
		}
	}
	r.Detail.leave(r.Ready, len(r.Rows))
	r.Changed()
}

// Headline is what happened, under the page's title.
func (r *Review) Headline() string {
	switch {
	case !r.Ready:
		return reviewLoading
	case r.Query != "":
		return fmt.Sprintf(reviewFound, things(r.incident.Kind, len(r.Rows)))
	case r.Decided(): // what happened is not so any more
		return overWords(r.incident.Closed).Title
	case r.incident.Message == "":
		return ""
	}
	first, _ := firstSentence(r.incident.Message)
	return first
}

// Title is the collection that it is about.
func (r *Review) Title() string {
	switch {
	case r.incident.Collection != "":
		return r.incident.Collection
	case r.incident.Account != "":
		return r.incident.Account
	}
	return PageReview
}

// Decided reports whether the incident is over.
func (r *Review) Decided() bool { return r.Ready && r.Problem == nil && !r.incident.Open }

// Empty says why there is nothing in the list; nil if there is.
func (r *Review) Empty() *Notice {
	switch {
	case len(r.Rows) > 0:
		return nil
	case r.Problem != nil:
		return r.Problem
	case !r.Ready:
		return &Notice{Text: LoadingText}
	case r.Query != "":
		return &Notice{Title: fmt.Sprintf(reviewNone, r.Query), Text: reviewNoneText}
	}
	return &Notice{Title: reviewEmpty, Text: reviewEmptyText}
}

// Select opens row i: what is missing as it is kept, what was changed with its
// history, in which the difference is said and can be put back.
func (r *Review) Select(i int) {
	if i < 0 || i >= len(r.Rows) {
		return
	}
	row := r.Rows[i]
	r.Detail.kind = row.Kind
	if row.Lost {
		r.Detail.Open(row.ID, nil)
		return
	}
	r.Detail.OpenHistory(row.ID)
}

// Leave opens nothing.
func (r *Review) Leave() { r.Detail.Open(0, nil) }

// kindOf is for the picture of a row.
func kindOf(k pim.Kind) string {
	if k == pim.Contacts {
		return "contacts"
	}
	return "calendar"
}
