//go:build ci && linux

package gui

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"sidekeep/app/present"
	"sidekeep/app/present/presenttest"
	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// remembering is household with a year of history: a mirroring every six hours,
// few of which change anything, an incident that is over and one that is open.
func remembering() *presenttest.Service {
	s := household()
	objects := map[int64]int{}
	total, run := 0, int64(0)
	for at := now.AddDate(-1, 0, 0); !at.After(now.Add(-time.Minute)); at = at.Add(6 * time.Hour) {
		for _, coll := range []int64{1, 2} {
			run++
			p := service.TimelinePoint{Run: run, Collection: coll, At: at.Add(time.Duration(coll) * time.Second), Outcome: pim.Complete}
			switch {
			case run <= 2:
				p.Created = 150 * int(coll)
			case run == 2401:
				p.Deleted, p.Modified = 90, 4
			case run%61 == 0:
				p.Modified, p.Created = int(run%7), int(run%5)
			case run%97 == 0:
				p.Deleted, p.Modified = int(run%4), 1
			}
			objects[coll] += p.Created - p.Deleted
			if run >= 2900 {
				p.Held = 60
			}
			if run >= 1700 && run < 1760 && coll == 2 {
				p.Held = 35
			}
			total = objects[1] + objects[2]
			p.Objects = total
			s.Past.Chart.Points = append(s.Past.Chart.Points, p)
			if p.Created+p.Modified+p.Deleted+p.Held > 0 {
				if s.Past.Changed == nil {
					s.Past.Changed = map[int64]service.RunChanges{}
				}
				s.Past.Changed[run] = runOf(p)
			}
		}
	}
	since, over := now.AddDate(0, 0, -5), now.AddDate(0, 0, -150)
	s.Past.Chart.Incidents = []service.Incident{
		{ID: 2, Since: since, Open: true, Message: "Your server no longer lists 60 of your 245 contacts. Nothing was removed here."},
		{ID: 1, Since: over.AddDate(0, 0, -8), ClosedAt: &over, Message: "Your server no longer listed 35 of your 391 events."}}
	s.Past.Revisions = map[int64][]service.RevisionInfo{1: annasStates()}
	return s
}

// runOf makes up what a run changed.
func runOf(p service.TimelinePoint) service.RunChanges {
	names := []string{"Anna Ashdown", "Jürgen Größ", "Ζωή Αλεξίου", "A name as long as those that are made by joining every title, degree and honour there is", "Zoë Ångström"}
	c := service.RunChanges{Run: service.RunInfo{ID: p.Run, Kind: pim.Contacts}}
	for what, n := range map[string]int{"created": p.Created, "deleted": p.Deleted, "modified": p.Modified} {
		for i := range n {
			o := service.RunChange{What: what, ID: int64(i + 1), Title: names[i%len(names)]}
			if what == "modified" {
				o.Changes = []service.Change{{Text: "telephone, work: +44 20 7946 0739 removed"}, {Text: "note: “Prefers to be called after lunch” changed to “Prefers to be called before lunch, and never on Fridays”"}}
			}
			c.Changes = append(c.Changes, o)
		}
	}
	slices.SortStableFunc(c.Changes, func(a, b service.RunChange) int { return -cmpString(a.What, b.What) })
	return c
}

func cmpString(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// annasStates is a contact that changed, was removed, came back and changed.
func annasStates() []service.RevisionInfo {
	at := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	until := func(days int) *time.Time { v := at(days); return &v }
	change := func(what, text string, line int) service.Change {
		return service.Change{What: what, Text: text, Line: line}
	}
	return []service.RevisionInfo{
		{ID: 15, SeenAt: at(2), Title: "Anna Ashdown", SHA256: "e", Changes: []service.Change{
			change("removed", "telephone, work: +44 20 7946 0739 removed", 4), change("changed", "photo replaced", 6),
			change("added", "e-mail, home: anna.ashdown@example.org added", -1)}},
		{ID: 14, SeenAt: at(20), Until: until(2), Title: "Anna Ashdown", SHA256: "d"},
		{ID: 13, SeenAt: at(21), Until: until(20), Deleted: true, Title: "Anna Ashdown"},
		{ID: 12, SeenAt: at(200), Until: until(21), Title: "Anna Ashdown", SHA256: "c", Changes: []service.Change{
			change("changed", "name: Anna Rowan changed to Anna Ashdown", 2)}},
		{ID: 11, SeenAt: at(500), Until: until(200), Title: "Anna Rowan", SHA256: "b"},
	}
}

func (s *scene) history() *historyPage {
	s.t.Helper()
	s.w.show(pageHistory)
	s.until("the timeline", func() bool { return s.app.History.Ready && s.app.History.Run.Ready })
	s.until("the names", func() bool { s.loop.Drain(); return s.app.History.Settled() })
	return s.w.pages[pageHistory].(*historyPage)
}

func TestGolden_History(t *testing.T) {
	for _, c := range []struct {
		name    string
		variant fyne.ThemeVariant
		size    fyne.Size
	}{{"history", theme.VariantLight, wide}, {"history-dark", theme.VariantDark, wide}, {"history-narrow", theme.VariantLight, fyne.NewSize(760, 560)}} {
		s := newScene(t, remembering(), c.variant, c.size)
		s.history()
		if c.name != "history" {
			s.app.History.SlideTo(0.7)
			s.until("the run", func() bool { return s.app.History.Run.Ready })
			s.until("the names", func() bool { s.loop.Drain(); return s.app.History.Settled() })
		}
		s.compare(c.name)
	}
	s := newScene(t, &presenttest.Service{Accounts: household().Accounts}, theme.VariantLight, small)
	s.w.show(pageHistory)
	s.until("nothing", func() bool { return s.app.History.Ready })
	s.compare("history-empty")
}

// TestGolden_Past: contacts, an agenda and the export as they were.
func TestGolden_Past(t *testing.T) {
	for name, v := range map[string]fyne.ThemeVariant{"past": theme.VariantLight, "past-dark": theme.VariantDark} {
		svc := remembering()
		h := household()
		then := time.Date(2026, 2, 3, 9, 14, 0, 0, zone)
		svc.Past.Moments = []presenttest.Moment{{At: then.AddDate(0, 0, -1), Accounts: h.Accounts, People: h.People[:12], Details: h.Details, FieldsOf: h.FieldsOf, ToDo: h.ToDo, Entries: h.Entries}}
		d := svc.Past.Moments[0].Details[1]
		d.SHA256, d.SeenAt = "c", now.AddDate(0, 0, -200)
		svc.Past.Moments[0].Details[1] = d
		s := newScene(t, svc, v, small)
		s.history()
		s.app.History.SetAt(then)
		s.app.History.Look()
		s.until("the list", func() bool { return s.app.Contacts.Rows.Len() == 12 })
		s.until("the detail", func() bool { return s.app.Contacts.Detail.Detail != nil })
		s.compare("contacts-" + name)
		if v == theme.VariantDark {
			continue
		}
		s.w.show(pageTasks)
		s.until("the tasks", func() bool { return s.app.Tasks.Ready })
		s.compare("tasks-past")
		s.w.show(pageExport)
		s.until("the choices", func() bool { return len(s.app.Export.Whats) > 1 })
		s.compare("export-past")
		s.w.show(pageOverview)
		s.compare("overview-past")
		s.app.Past.Leave()
		if s.w.show(pageContacts); s.w.pastTint.Visible() || s.w.pastBar.content.Visible() {
			t.Error("now looks like the past")
		}
	}
}

// TestGolden_ObjectHistory: an object's states, an old one, and putting back.
func TestGolden_ObjectHistory(t *testing.T) {
	svc := remembering()
	svc.Past.OldDetails = map[int64]service.ItemDetail{12: svc.Details[1]}
	svc.Past.OldFields = map[int64][]present.Field{12: svc.FieldsOf[1]}
	s := newScene(t, svc, theme.VariantLight, wide)
	s.w.show(pageContacts)
	s.until("the list", func() bool { return s.app.Contacts.Rows.Ready })
	s.w.pages[pageContacts].(*contactsPage).list.Select(0)
	pane := s.app.Contacts.Detail
	s.until("the detail", func() bool { return pane.Detail != nil })
	pane.ToggleHistory()
	s.until("the history", func() bool { return pane.History.Ready })
	s.compare("object-history")
	pane.LookAt(12)
	s.until("the old state", func() bool { return pane.Detail != nil })
	s.compare("object-old")
	s.app.PutBack.AskVersion(pane, 12)
	s.compare("dialog-put-back")
	s.app.PutBack.Confirm()
	svc.Last().Finish(service.Receipt{Items: []service.ReceiptItem{{Result: pim.DoneAltered, Title: "Anna Ashdown", Lines: []string{"PRODID:-//Server//EN", "REV:20260514T100000Z"}}}}, nil)
	s.until("the receipt", func() bool { return s.app.PutBack.Done != nil })
	s.compare("dialog-put-back-done")
}

func TestGolden_Removed(t *testing.T) {
	svc := remembering()
	gone := now.AddDate(-3, 1, 0)
	svc.Past.Removed = []service.Item{{ID: 77, Kind: "contact", Title: "Zoë Plumber", Subtitle: "Blue Door Heating", DeletedAt: &gone}}
	svc.Past.Revisions[77] = []service.RevisionInfo{{ID: 102, Deleted: true, SeenAt: gone}, {ID: 101, SeenAt: gone.AddDate(-1, 0, 0), Until: &gone, SHA256: "x", Title: "Zoë Plumber"}}
	d := svc.Details[1]
	d.Title = "Zoë Plumber"
	svc.Past.OldDetails = map[int64]service.ItemDetail{101: d}
	svc.Past.OldFields = map[int64][]present.Field{101: svc.FieldsOf[1]}
	s := newScene(t, svc, theme.VariantLight, small)
	s.w.show(pageContacts)
	s.until("the list", func() bool { return s.app.Contacts.Rows.Ready })
	s.app.Contacts.ToggleRemoved()
	s.until("the removed", func() bool { return s.app.Contacts.Rows.Len() == 1 && s.app.Contacts.Detail.Detail != nil })
	if id := s.app.Contacts.Detail.ID; id != 77 {
		t.Errorf("object %d is open, which is not in the list", id)
	}
	s.compare("contacts-removed")
}

// BenchmarkChart draws the plot of 10,000 changes at twice the usual density.
func BenchmarkChart(b *testing.B) {
	svc := household()
	svc.Past.Chart, _ = years()
	s := newScene(b, svc, theme.VariantLight, wide)
	s.w.show(pageHistory)
	s.until("the timeline", func() bool { return s.app.History.Ready })
	c := s.w.pages[pageHistory].(*historyPage).chart
	for b.Loop() {
		c.draw(2000, 460)
	}
}

// TestChart_IsASlider: by the keys, by a tap and by dragging.
func TestChart_IsASlider(t *testing.T) {
	s := newScene(t, remembering(), theme.VariantLight, wide)
	p := s.history()
	h := s.app.History
	if s.w.win.Canvas().Focused() != fyne.Focusable(p.chart) {
		t.Error("the slider does not have the focus")
	}
	key := func(n fyne.KeyName) { p.chart.TypedKey(&fyne.KeyEvent{Name: n}) }
	newest := h.Row(0).When
	key(fyne.KeyLeft)
	if h.Chosen != 0 || h.At.IsZero() || !p.look.Visible() || p.look.Disabled() {
		t.Errorf("Left from now leads to row %d at %v, not to %s", h.Chosen, h.At, newest)
	}
	key(fyne.KeyLeft)
	key(fyne.KeyRight)
	if h.Chosen != 0 {
		t.Errorf("Left and Right lead to row %d", h.Chosen)
	}
	key(fyne.KeyRight)
	if !h.At.IsZero() || h.When() != "Now" {
		t.Errorf("Right from the last change leads to %v", h.At)
	}
	key(fyne.KeyPageUp)
	if got := now.Sub(h.At); got != 24*time.Hour {
		t.Errorf("Page Up goes back %v", got)
	}
	key(fyne.KeyHome)
	if h.Chosen != h.Len()-1 || p.prev.Disabled() != true {
		t.Errorf("Home leads to row %d of %d", h.Chosen, h.Len())
	}
	pos, size := p.chart.area()
	p.chart.Tapped(&fyne.PointEvent{Position: fyne.NewPos(pos.X+size.Width/2, 50)})
	if got := h.Pos(); got < 0.49 || got > 0.51 {
		t.Errorf("a tap in the middle leads to %v", got)
	}
	p.chart.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(pos.X+size.Width+40, 50)}})
	if !h.At.IsZero() {
		t.Errorf("dragged past the end, it is %v", h.At)
	}
	p.chart.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(-10, 50)}})
	if h.Pos() != 0 || h.CanLook() {
		t.Errorf("dragged before the beginning, it is %v", h.At)
	}
	s.until("nothing on its way", h.Settled)
}
