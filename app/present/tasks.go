package present

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sidekeep/app/service"
)

// At most this many tasks are shown; who has more, searches.
const tasksShown = 20_000

// Tasks is every task list in one, grouped by when things are due.
type Tasks struct {
	app      *App
	loaded   bool
	gen      int
	groups   groupedTasks
	Query    string
	ShowDone bool
	Rows     []TaskRow
	Ready    bool
	Problem  *Notice
	Detail   *DetailPane
	Changed  func()
}

// TaskRow is a group's heading or one task.
type TaskRow struct {
	Heading string
	Count   int
	Level   Level // of the heading: LevelBad for overdue

	ID       int64
	Title    string
	Under    string // list
	Due      string // "tomorrow 14:00"
	Overdue  bool
	Done     bool
	Priority string // "high", "medium", "low" or ""
	Percent  int    // -1 none
	Color    string
	Held     bool
}

func newTasks(a *App) *Tasks {
	t := &Tasks{app: a, Changed: func() {}}
	t.Detail = &DetailPane{app: a, kind: "tasks", Changed: func() { t.Changed() }}
	return t
}

// Enter is called when the page is shown.
func (t *Tasks) Enter() {
	if !t.loaded {
		t.loaded = true
		t.load()
	}
}

// Search shows the tasks that match.
func (t *Tasks) Search(q string) {
	if q != t.Query {
		t.Query = q
		t.load()
	}
}

// ToggleDone shows or hides what is done.
func (t *Tasks) ToggleDone() {
	t.ShowDone = !t.ShowDone
	t.pick()
	t.Changed()
}

// Select opens row i; a heading is not opened.
func (t *Tasks) Select(i int) {
	if i >= 0 && i < len(t.Rows) && t.Rows[i].Heading == "" {
		t.Detail.Open(t.Rows[i].ID, nil)
	}
}

// Chosen is the row of the opened task, or -1 where it is not listed.
func (t *Tasks) Chosen() int {
	if t.Detail.ID == 0 {
		return -1
	}
	return slices.IndexFunc(t.Rows, func(r TaskRow) bool { return r.Heading == "" && r.ID == t.Detail.ID })
}

// Headline counts what is open and done.
func (t *Tasks) Headline() string {
	if !t.Ready {
		return LoadingText
	}
	if t.Problem != nil && len(t.Rows) == 0 { // it is not known how many there are
		return ""
	}
	return Number(int64(t.groups.open)) + " open, " + Number(int64(t.groups.all-t.groups.open)) + " done"
}

// HasDone reports whether there is anything done to show or hide.
func (t *Tasks) HasDone() bool { return t.groups.all > t.groups.open }

// Empty says why there is nothing, or nil.
func (t *Tasks) Empty() *Notice {
	switch {
	case t.Problem != nil:
		return t.Problem
	case !t.Ready || len(t.Rows) > 0:
		return nil
	case strings.TrimSpace(t.Query) != "" && t.groups.all == 0:
		return &Notice{Title: fmt.Sprintf(emptySearch, t.Query), Text: emptySearchText}
	case t.groups.all > 0:
		return &Notice{Title: emptyTasksDone, Text: emptyTasksDoneText}
	}
	return &Notice{Title: emptyTasks, Text: emptyTasksText}
}

func (t *Tasks) load() {
	t.gen++
	gen := t.gen
	q := service.ListQuery{What: "tasks", Search: strings.TrimSpace(t.Query), Limit: tasksShown, At: t.app.Past.At}
	m := t.app.shown()
	async(t.app, func(ctx context.Context) (groupedTasks, error) {
		items, err := t.app.cfg.Service.List(ctx, q)
		return groupTasks(items, m), err
	}, func(g groupedTasks, err error) {
		if gen != t.gen {
			return
		}
		t.Ready = true
		t.Problem = notice(err, t.app.Now())
		if err == nil {
			t.groups = g
			t.pick()
			t.Detail.leave(strings.TrimSpace(t.Query) != "", t.groups.all)
		}
		t.Changed()
	})
}

func (t *Tasks) dataChanged() {
	if !t.loaded {
		return
	}
	t.load()
	t.Detail.again()
}

// momentChanged shows another moment.
func (t *Tasks) momentChanged() {
	t.Rows, t.groups, t.Ready = nil, groupedTasks{}, false
	t.Detail.Open(0, nil)
	if t.loaded {
		t.load()
	}
}

// groupedTasks are rows with the done ones last.
type groupedTasks struct {
	rows      []TaskRow
	without   int // rows before those that are done
	all, open int // tasks
}

// pick takes over the rows that are wanted.
func (t *Tasks) pick() {
	t.Rows = t.groups.rows[:t.groups.without]
	if t.ShowDone {
		t.Rows = t.groups.rows
	}
}

// groupTasks sorts tasks into groups, with a heading before each.
func groupTasks(items []service.Item, m moment) (out groupedTasks) {
	groups := map[string][]TaskRow{}
	due := map[int64]int64{}
	out.all = len(items)
	for _, it := range items {
		g, row := taskRow(it, m)
		if !row.Done {
			out.open++
		}
		due[it.ID] = it.DueAt
		groups[g] = append(groups[g], row)
	}
	for _, g := range []string{groupOverdue, groupToday, groupWeek, groupLater, groupNoDate, groupDone} {
		rows := groups[g]
		if len(rows) == 0 {
			continue
		}
		slices.SortStableFunc(rows, func(a, b TaskRow) int {
			if d := due[a.ID] - due[b.ID]; d != 0 {
				if g == groupDone {
					d = -d
				}
				if d < 0 {
					return -1
				}
				return 1
			}
			if d := rankOf(a.Priority) - rankOf(b.Priority); d != 0 {
				return d
			}
			return strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
		})
		level := LevelNone
		if g == groupOverdue {
			level = LevelBad
		}
		if g == groupDone {
			out.without = len(out.rows)
		}
		out.rows = append(append(out.rows, TaskRow{Heading: m.group(g), Count: len(rows), Level: level}), rows...)
	}
	if len(groups[groupDone]) == 0 {
		out.without = len(out.rows)
	}
	return out
}

// group words a group of tasks: in the past, there is no today.
func (m moment) group(g string) string {
	switch {
	case m.past && g == groupToday:
		return groupThatDay
	case m.past && g == groupWeek:
		return groupThatWeek
	}
	return g
}

func rankOf(priority string) int {
	return map[string]int{"high": 0, "medium": 1, "": 2, "low": 3}[priority]
}

// taskRow words a task and says which group it is in.
func taskRow(it service.Item, m moment) (string, TaskRow) {
	now := m.at
	r := TaskRow{ID: it.ID, Title: TitleOf(it), Under: it.Collection, Done: it.Completed, Percent: it.Percent,
		Priority: priorityWords(it.Priority), Color: ColorOf(it.Color, it.CollID), Held: it.Held}
	if r.Percent <= 0 || r.Percent >= 100 {
		r.Percent = -1
	}
	if it.DueAt == 0 {
		if r.Done {
			return groupDone, r
		}
		return groupNoDate, r
	}
	dateOnly := len(it.Due) == len("2006-01-02")
	due := time.Unix(it.DueAt, 0).In(now.Location())
	end := due
	if dateOnly || len(it.Due) == len("2006-01-02T15:04:05") { // the same clock time everywhere
		u := due.UTC()
		due = time.Date(u.Year(), u.Month(), u.Day(), u.Hour(), u.Minute(), 0, 0, now.Location())
		end = due
	}
	if dateOnly {
		end = due.AddDate(0, 0, 1)
		r.Due = m.dueDay(due)
	} else {
		r.Due = m.dueTime(due)
	}
	switch n := -daysBetween(due, now); {
	case r.Done:
		return groupDone, r
	case !end.After(now):
		r.Overdue = true
		return groupOverdue, r
	case n <= 0:
		return groupToday, r
	case n <= 7:
		return groupWeek, r
	}
	return groupLater, r
}

// dueDay words a date without a time: relative to now, but not to a moment of
// the past.
func (m moment) dueDay(t time.Time) string {
	switch n := daysBetween(t, m.at); {
	case m.past:
	case n == 0:
		return "today"
	case n == 1:
		return "yesterday"
	case n == -1:
		return "tomorrow"
	case n < 0 && n > -7:
		return t.Format("Monday")
	}
	if t.Year() == m.at.Year() {
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}

// dueTime words a date with a time, briefly: it stands beside a title.
func (m moment) dueTime(t time.Time) string {
	if t.Year() != m.at.Year() {
		return m.dueDay(t)
	}
	return m.dueDay(t) + " " + t.Format("15:04")
}

// Words is the line under a task's title: its list, how far it is, how urgent.
func (r TaskRow) Words() string {
	out := []string{r.Under}
	if r.Percent >= 0 && !r.Done {
		out = append(out, fmt.Sprintf(taskPercent, r.Percent))
	}
	if r.Priority != "" && !r.Done {
		out = append(out, r.Priority+" "+taskPriority)
	}
	if r.Held {
		out = append(out, heldBadge)
	}
	return strings.Join(out, " · ")
}
