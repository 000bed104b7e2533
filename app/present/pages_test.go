package present_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sidekeep/app/present"
	"sidekeep/app/present/presenttest"
	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var berlin = func() *time.Location {
	z, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return time.FixedZone("Europe/Berlin", 7200)
	}
	return z
}()

// noon is a Thursday.
var noon = time.Date(2026, 5, 14, 12, 0, 0, 0, berlin)

func start(t *testing.T, s *presenttest.Service, edit ...func(*present.Config)) (*present.App, *presenttest.Loop, *presenttest.Desktop) {
	t.Helper()
	loop, desk := presenttest.NewLoop(), &presenttest.Desktop{Tray: true}
	cfg := present.Config{Service: s, Desktop: desk, Post: loop.Post,
		Now: func() time.Time { return noon }, Zone: berlin, Home: t.TempDir(), Version: "1.0"}
	for _, f := range edit {
		f(&cfg)
	}
	a := present.New(context.Background(), cfg)
	t.Cleanup(a.Close)
	a.Start()
	loop.Until(t, "the first status", func() bool { return a.Known || a.Problem != nil })
	return a, loop, desk
}

func people(n int) []service.Item {
	out := make([]service.Item, n)
	for i := range out {
		out[i] = service.Item{ID: int64(i + 1), Kind: "contact", Title: fmt.Sprintf("Person %05d", i), Collection: "Personal"}
	}
	return out
}

func at(h, m int) *time.Time {
	v := time.Date(2026, 5, 14, h, m, 0, 0, berlin)
	return &v
}

func TestContacts_PagesOnDemandAndBounded(t *testing.T) {
	s := &presenttest.Service{People: people(100_000)}
	a, loop, _ := start(t, s)
	c := a.Contacts
	c.Enter()
	loop.Until(t, "the first page", func() bool { return c.Rows.Ready })
	if c.Rows.Len() != 100_000 || c.Headline() != "100,000 contacts" {
		t.Fatalf("%d rows, %q", c.Rows.Len(), c.Headline())
	}
	row, ok := c.Row(0)
	if !ok || row.Name != "Person 00000" || row.Initials != "P" {
		t.Fatalf("row 0: %+v %v", row, ok)
	}
	if _, ok := c.Row(99_999); ok {
		t.Fatal("the last row was there before it was asked for")
	}
	loop.Until(t, "the last page", func() bool { r, ok := c.Row(99_999); return ok && r.Name == "Person 99999" })
	// A fast scroll looks at every page; only the last ones looked at are fetched.
	before := s.Listed()
	for i := 0; i < 90_000; i += 100 {
		c.Row(i)
	}
	loop.Until(t, "where the scroll stopped", func() bool { _, ok := c.Row(89_900); return ok })
	if n := s.Listed() - before; n > 12 {
		t.Errorf("a scroll past 900 pages fetched %d", n)
	}
}

func TestContacts_LateAnswersOfEarlierSearchesAreDropped(t *testing.T) {
	s := &presenttest.Service{People: people(300)}
	a, loop, _ := start(t, s)
	c := a.Contacts
	c.Enter()
	loop.Until(t, "the list", func() bool { return c.Rows.Ready })
	gate := make(chan struct{})
	s.Change(func() { s.Gate = gate })
	c.Search("person 0000")
	c.Search("person 00001")
	close(gate)
	loop.Until(t, "the newest answer", func() bool { return c.Rows.Len() == 1 })
	loop.Drain()
	if r, _ := c.Row(0); r.Name != "Person 00001" || c.Headline() != "1 contact found" {
		t.Errorf("%+v, %q", r, c.Headline())
	}
}

// TestContacts_EmptiedIsNotNew: where everything was removed, nobody is told that
// it will appear.
func TestContacts_EmptiedIsNotNew(t *testing.T) {
	accounts := signedIn("Home")
	accounts[0].Collections = []service.CollectionStatus{{ID: 1, Name: "People", Kind: pim.Contacts, LastComplete: at(9, 0)}}
	a, loop, _ := start(t, &presenttest.Service{Accounts: accounts})
	a.Contacts.Enter()
	loop.Until(t, "the list", func() bool { return a.Contacts.Rows.Ready })
	if e := a.Contacts.Empty(); e == nil || e.Title != "No contacts" || !strings.Contains(e.Text, present.ActShowRemoved) {
		t.Errorf("%+v", e)
	}
}

func TestContacts_EmptyStates(t *testing.T) {
	s := &presenttest.Service{}
	a, loop, _ := start(t, s)
	c := a.Contacts
	if c.Empty() != nil {
		t.Error("empty before it was looked at")
	}
	c.Enter()
	loop.Until(t, "the list", func() bool { return c.Rows.Ready })
	if e := c.Empty(); e == nil || e.Title != "No contacts yet" {
		t.Errorf("%+v", e)
	}
	c.Search("zoe")
	loop.Until(t, "the search", func() bool { e := c.Empty(); return e != nil && strings.Contains(e.Title, "zoe") })
	s.Change(func() { s.Err = &pim.Error{Fault: pim.Storage, Where: "/v"} })
	c.Search("")
	loop.Until(t, "the failure", func() bool { e := c.Empty(); return e != nil && strings.Contains(e.Title, "/v") })
}

func TestContacts_AnotherProcessChangesTheVault(t *testing.T) {
	s := &presenttest.Service{People: people(3)}
	a, loop, _ := start(t, s)
	a.Contacts.Enter()
	loop.Until(t, "three", func() bool { return a.Contacts.Rows.Len() == 3 })
	// Pages read the list when they are told that the version has changed.
	s.Touch()
	loop.Until(t, "a new status", func() bool { return s.Listed() >= 2 })
}

func TestDetail_ShowsEveryFieldInOrder(t *testing.T) {
	s := &presenttest.Service{People: people(1),
		Details: map[int64]service.ItemDetail{1: {Item: service.Item{ID: 1, Kind: "contact", Title: "Anna", Collection: "Personal", Account: "Work", Href: "/c/a%20b.vcf", Revisions: 2, Held: true},
			Body: []byte("BEGIN:VCARD\r\nNOTE:\x07" + strings.Repeat("x", 1000) + "\r\nEND:VCARD\r\n"), Size: 1031, SeenAt: *at(9, 30), Summary: pim.Summary{Orgs: []string{"Mill", "Mill", "Baker"}}}},
		FieldsOf: map[int64][]present.Field{1: {{Name: "BEGIN", Value: "VCARD"}, {Name: "NOTE", Title: "Note", Value: "n"}, {Name: "VERSION", Title: "Format version", Value: "3.0"},
			{Name: "TEL", Title: "Telephone", Label: "work", Value: "+49 1", Type: "phone"}, {Name: "X-ODD", Title: "Odd", Value: "o", Type: "other"}, {Name: "EMAIL", Title: "E-mail", Value: ""}}}}
	a, loop, _ := start(t, s)
	a.Contacts.Enter()
	loop.Until(t, "the list", func() bool { return a.Contacts.Rows.Ready })
	a.Contacts.Select(0)
	loop.Until(t, "the detail", func() bool { return a.Contacts.Detail.Detail != nil })
	d := a.Contacts.Detail.Detail
	var got []string
	for _, sec := range d.Sections {
		got = append(got, "# "+sec.Title)
		for _, l := range sec.Lines {
			got = append(got, l.Label+"="+l.Value)
		}
	}
	want := "# Contact;Telephone=+49 1;Note=n;# Also in this card;Format version=3.0;Odd=o;# In the vault;Collection=Personal in Work;Seen like this since=today 09:30;Revisions=2;Size=1.0 KB"
	if s := strings.Join(got, ";"); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if d.Subtitle != "Mill · Baker" || !d.Held || d.File != "a b.vcf, 1.0 KB" {
		t.Errorf("%q %v %q", d.Subtitle, d.Held, d.File)
	}
	if strings.ContainsAny(d.Raw, "\r\x07") || len(d.Raw) > 600 || !strings.Contains(d.Raw, "more)") {
		t.Errorf("raw text is not safe to show: %q", d.Raw)
	}
}

func TestPhotos_AreRoundAndBadOnesAreSkipped(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 40, 20))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		t.Fatal(err)
	}
	s := &presenttest.Service{Photos: map[int64][]byte{1: buf.Bytes(), 2: []byte("no picture")}}
	a, loop, _ := start(t, s)
	loop.Until(t, "the photo", func() bool { return a.Photos.Round(1, 1, time.Time{}, 32) != nil })
	got := a.Photos.Round(1, 1, time.Time{}, 32)
	if got.Bounds().Dx() != 32 || got.Bounds().Dy() != 32 {
		t.Fatal(got.Bounds())
	}
	if _, _, _, alpha := got.At(0, 0).RGBA(); alpha != 0 {
		t.Error("the corner is not cut off")
	}
	if c := color.RGBAModel.Convert(got.At(16, 16)).(color.RGBA); c.R < 250 || c.A != 255 {
		t.Errorf("the middle is %v", c)
	}
	if a.Photos.Round(2, 1, time.Time{}, 32) != nil {
		t.Error("a picture out of nothing")
	}
}

func entry(title string, day, h1, m1, h2, m2 int) service.AgendaEntry {
	return service.AgendaEntry{ItemID: int64(day), Title: title, Collection: "Work", CollID: 3,
		Start: time.Date(2026, 5, day, h1, m1, 0, 0, berlin), End: time.Date(2026, 5, day, h2, m2, 0, 0, berlin)}
}

func TestCalendar_DaysInOrder(t *testing.T) {
	utc := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 0, 0, 0, 0, time.UTC) }
	s := &presenttest.Service{Entries: []service.AgendaEntry{
		entry("Late", 14, 18, 0, 19, 0), entry("Early", 14, 9, 30, 10, 15),
		{ItemID: 9, Title: "Fair", AllDay: true, Start: utc(5, 13), End: utc(5, 16)},
		{ItemID: 10, Title: "Night", Start: time.Date(2026, 5, 20, 22, 0, 0, 0, berlin), End: time.Date(2026, 5, 21, 2, 0, 0, 0, berlin)},
		{ItemID: 11, Title: "Over from April", AllDay: true, Start: utc(4, 29), End: utc(5, 2)},
		{ItemID: 12, Title: "Off", Status: "CANCELLED", Start: time.Date(2026, 5, 30, 8, 0, 0, 0, berlin), End: time.Date(2026, 5, 30, 8, 0, 0, 0, berlin)},
	}}
	a, loop, _ := start(t, s)
	c := a.Calendar
	c.Enter()
	loop.Until(t, "the month", func() bool { return c.Ready })
	var got []string
	for i := range c.Len() {
		r := c.Row(i)
		if r.Heading != "" {
			got = append(got, "# "+r.Heading)
		} else {
			got = append(got, strings.TrimSpace(r.Time+" "+r.Until+" "+r.Title))
		}
	}
	want := []string{"# Friday 1 May", "all day  Over from April", "# Yesterday, Wed 13 May", "all day  Fair",
		"# Today, Thu 14 May", "all day  Fair", "09:30 10:15 Early", "18:00 19:00 Late", "# Tomorrow, Fri 15 May", "all day  Fair",
		"# Wednesday 20 May", "22:00  Night", "# Thursday 21 May", "until 02:00 Night", "# Saturday 30 May", "08:00  Off"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if c.Row(c.ScrollTo).Heading != "Today, Thu 14 May" {
		t.Errorf("scrolls to %q", c.Row(c.ScrollTo).Heading)
	}
	last := c.Row(c.Len() - 1)
	if !last.Struck || !strings.HasPrefix(last.Color, "#") {
		t.Errorf("%+v", last)
	}
	c.Move(2)
	loop.Until(t, "July", func() bool { e := c.Empty(); return e != nil && e.Title == "Nothing in July 2026" })
}

func TestTasks_Groups(t *testing.T) {
	day := func(d int) int64 { return time.Date(2026, 5, d, 0, 0, 0, 0, time.UTC).Unix() }
	s := &presenttest.Service{ToDo: []service.Item{
		{ID: 1, Kind: "task", Title: "no date", Priority: 9, Percent: -1},
		{ID: 2, Kind: "task", Title: "today", Due: "2026-05-14", DueAt: day(14), Percent: 40, Collection: "Home"},
		{ID: 3, Kind: "task", Title: "an hour ago", Due: "2026-05-14T11:00:00+02:00", DueAt: at(11, 0).Unix()},
		{ID: 4, Kind: "task", Title: "last year", Due: "2025-05-14", DueAt: day(14) - 365*86400},
		{ID: 5, Kind: "task", Title: "in a week", Due: "2026-05-21", DueAt: day(21)},
		{ID: 6, Kind: "task", Title: "in a month", Due: "2026-06-14", DueAt: day(14) + 31*86400, Priority: 1},
		{ID: 7, Kind: "task", Title: "done", Completed: true, Due: "2026-05-01", DueAt: day(1), Percent: 100},
		{ID: 8, Kind: "task", Title: "tonight, wherever", Due: "2026-05-14T23:00:00", DueAt: day(14) + 23*3600},
	}}
	a, loop, _ := start(t, s)
	p := a.Tasks
	p.Enter()
	loop.Until(t, "the tasks", func() bool { return p.Ready })
	list := func() string {
		var got []string
		for _, r := range p.Rows {
			if r.Heading != "" {
				got = append(got, fmt.Sprintf("# %s %d", r.Heading, r.Count))
			} else {
				got = append(got, strings.TrimSpace(r.Title+" | "+r.Due+" | "+r.Words()))
			}
		}
		return strings.Join(got, "\n")
	}
	want := `# Overdue 2
last year | 14 May 2025 |
an hour ago | today 11:00 |
# Today 2
today | today | Home · 40% done
tonight, wherever | today 23:00 |
# Next seven days 1
in a week | 21 May |
# Later 1
in a month | 14 Jun |  · high priority
# No date 1
no date |  |  · low priority`
	if got := list(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	p.ToggleDone()
	if got := list(); !strings.HasSuffix(got, "# Done 1\ndone | 1 May |") || p.Headline() != "7 open, 1 done" {
		t.Errorf("%s\n%s", got, p.Headline())
	}
}

// TestDetail_ChangedOccurrencesHaveTheirDay: an overridden occurrence stands
// under its day with what is other there, and nothing is said twice.
func TestDetail_ChangedOccurrencesHaveTheirDay(t *testing.T) {
	first := time.Date(2026, 9, 13, 10, 0, 0, 0, berlin)
	f := func(part int, component, name, title, value, raw string) present.Field {
		return present.Field{Part: part, Component: component, Name: name, Title: title, Value: value, Raw: raw}
	}
	s := &presenttest.Service{
		Details: map[int64]service.ItemDetail{1: {Item: service.Item{ID: 1, Kind: "event", Title: "Planning", Collection: "Days"},
			Summary: pim.Summary{Recurs: true, RRule: "FREQ=WEEKLY", Start: &pim.When{At: first}}}},
		FieldsOf: map[int64][]present.Field{1: {
			f(0, "VEVENT", "SUMMARY", "Title", "Planning", ""), f(0, "VEVENT", "DTSTART", "Starts", "13 September", ""), f(0, "VEVENT", "RRULE", "Repeats", "every week", ""),
			f(0, "VEVENT", "EXDATE", "Except on", "4 October", ""), f(0, "VEVENT", "LOCATION", "Place", "Room", ""), f(0, "VEVENT", "UID", "Identifier", "u", ""),
			f(1, "VEVENT", "UID", "Identifier", "u", ""), f(1, "VEVENT", "LOCATION", "Place", "Garden", ""), f(1, "VEVENT", "DTSTART", "Starts", "12 November, 11:00", ""),
			f(1, "VEVENT", "SUMMARY", "Title", "Planning", ""), f(1, "VEVENT", "RECURRENCE-ID", "Instead of", "x", "RECURRENCE-ID;TZID=Europe/Berlin:20261112T100000"),
			f(0, "VTIMEZONE/DAYLIGHT", "DTSTART", "Starts", "1 January 1970", "")}}}
	a, loop, _ := start(t, s)
	a.Calendar.Detail.Open(1, &service.AgendaEntry{ItemID: 1, Start: first.AddDate(0, 0, 7), End: first.AddDate(0, 0, 7).Add(time.Hour)})
	loop.Until(t, "the detail", func() bool { return a.Calendar.Detail.Detail != nil })
	var got []string
	for _, sec := range a.Calendar.Detail.Detail.Sections {
		if sec.Title == "In the vault" {
			continue
		}
		got = append(got, "# "+sec.Title)
		for _, l := range sec.Lines {
			got = append(got, l.Label+"="+l.Value)
		}
	}
	want := "# When;Starts=Sunday 20 September 2026, 10:00;Ends=11:00;Repeats=every week;First time=Sunday 13 September 2026, 10:00;Except on=4 October;" +
		"# ;Place=Room;# Changed on Thu 12 November 2026;Starts=12 November, 11:00;Place=Garden;# Also in this entry;Identifier=u;# Time zone;Starts=1 January 1970"
	if s := strings.Join(got, ";"); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

// TestCalendar_OpensAtTodayThoughAMirrorEnds: an answer that is overtaken by a
// look at new data does not take the way to today with it.
func TestCalendar_OpensAtTodayThoughAMirrorEnds(t *testing.T) {
	s := &presenttest.Service{}
	for _, d := range []int{-3, 0} {
		at := noon.AddDate(0, 0, d)
		s.Entries = append(s.Entries, service.AgendaEntry{ItemID: int64(d + 5), Title: "E", Start: at, End: at.Add(time.Hour)})
	}
	a, loop, _ := start(t, s)
	a.Calendar.Enter()
	a.Reload()
	loop.Until(t, "the month", func() bool { return a.Calendar.Ready && len(a.Calendar.Rows) > 0 })
	if a.Calendar.ScrollTo != 2 {
		t.Errorf("it opens at row %d", a.Calendar.ScrollTo)
	}
}
