//go:build ci

package gui

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"sidekeep/app/present"
	"sidekeep/app/present/presenttest"
	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

var update = flag.Bool("update", false, "write the pictures that pages are compared with")

var zone = time.FixedZone("UTC+1", 3600)

// now is the fixed clock of the pictures: a Thursday.
var now = time.Date(2026, 5, 14, 12, 0, 0, 0, zone)

// scene is a window on a service in memory, drawn without a display.
type scene struct {
	t    testing.TB
	w    *window
	app  *present.App
	loop *presenttest.Loop
	svc  *presenttest.Service
}

// observePost wraps what is posted to the next scene, if set.
var observePost func(func()) func()

func newScene(t testing.TB, s *presenttest.Service, variant fyne.ThemeVariant, size fyne.Size) *scene {
	t.Helper()
	fy := test.NewTempApp(t)
	th := newTheme()
	th.fixed, th.variant = true, variant
	fy.Settings().SetTheme(th)
	win := test.NewTempWindow(t, nil)
	loop := presenttest.NewLoop()
	post := loop.Post
	if watch := observePost; watch != nil {
		post = func(f func()) { loop.Post(watch(f)) }
	}
	app := present.New(context.Background(), present.Config{Service: s, Desktop: &presenttest.Desktop{Tray: true}, Post: post,
		Now: func() time.Time { return now }, Zone: zone, Home: "/home/person", Version: "1.0"})
	t.Cleanup(app.Close)
	w := newWindow(app, win)
	win.Resize(size)
	app.Start()
	sc := &scene{t: t, w: w, app: app, loop: loop, svc: s}
	loop.Until(t, "the first status", func() bool { return app.Known || app.Problem != nil })
	return sc
}

func (s *scene) until(what string, ok func() bool) { s.t.Helper(); s.loop.Until(s.t, what, ok) }

// compare holds the window against testdata/NAME.png. Pictures are the same
// bit by bit on one platform only.
func (s *scene) compare(name string) {
	s.t.Helper()
	s.loop.Drain()
	s.w.win.Canvas().Unfocus() // a cursor blinks
	got := s.w.win.Canvas().Capture()
	path := filepath.Join("testdata", name+".png")
	if *update {
		write(s.t, path, got)
		return
	}
	if runtime.GOOS+"/"+runtime.GOARCH != "linux/amd64" {
		s.t.Skip("the pictures were drawn on linux/amd64")
	}
	f, err := os.Open(path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		s.t.Fatal(err)
	}
	if n := different(got, want); n > 0 {
		failed := filepath.Join(os.TempDir(), "sidekeep-golden", name+".png")
		_ = os.MkdirAll(filepath.Dir(failed), 0o755)
		write(s.t, failed, got)
		s.t.Errorf("%s: %d points differ; what was drawn is in %s (make golden takes it over)", name, n, failed)
	}
}

func different(a, b image.Image) int {
	if a.Bounds().Size() != b.Bounds().Size() {
		return a.Bounds().Dx() * a.Bounds().Dy()
	}
	n := 0
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r1, g1, b1, a1 := a.At(x, y).RGBA()
			r2, g2, b2, a2 := b.At(x, y).RGBA()
			if r1 != r2 || g1 != g2 || b1 != b2 || a1 != a2 {
				n++
			}
		}
	}
	return n
}

func write(t testing.TB, path string, img image.Image) {
	t.Helper()
	f, err := os.Create(path)
	if err == nil {
		err = errors.Join((&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, img), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func clockAt(h, m int) *time.Time {
	v := time.Date(2026, 5, 14, h, m, 0, 0, zone)
	return &v
}

// household is a vault with something of everything, long names included.
func household() *presenttest.Service {
	long := "The address book with a name that somebody typed without ever looking at how long it became"
	s := &presenttest.Service{
		Vault: service.VaultStatus{Path: "/home/person/.local/share/sidekeep/vault.db", Bytes: 48_200_000, Revisions: 12_345},
		Saved: service.Settings{Interval: 30 * time.Minute, CloseToTray: true},
		Accounts: []service.AccountStatus{
			{ID: 1, Name: "Home", URL: "https://dav.example.org/dav/", User: "person", State: "ok", LastComplete: clockAt(11, 57), Secrets: "keychain",
				Collections: []service.CollectionStatus{
					{ID: 1, Name: "Personal", Kind: pim.Contacts, Objects: 167, LastComplete: clockAt(11, 57)},
					{ID: 2, Name: "Family", Kind: pim.Calendar, Objects: 1204, Color: "#C05C2E", Components: []string{"VEVENT"}, LastComplete: clockAt(11, 57)},
					{ID: 3, Name: "Errands", Kind: pim.Calendar, Objects: 1, Color: "#2F7FB8", Components: []string{"VTODO"}, LastComplete: clockAt(11, 57)}}},
			{ID: 2, Name: "Work", URL: "https://cloud.example.com/remote.php/dav", User: "person@example.com", State: "held", LastComplete: clockAt(9, 2), Secrets: "keychain",
				Collections: []service.CollectionStatus{
					{ID: 4, Name: long, Kind: pim.Contacts, Objects: 700, Held: 698, Reason: "the server lists 2 of 700 contacts", LastComplete: clockAt(9, 2)},
					{ID: 5, Name: "Meetings", Kind: pim.Calendar, Objects: 3120, Owed: 3, Color: "#8A5AB5", LastComplete: clockAt(9, 2)}}},
			{ID: 3, Name: "Club", URL: "https://club.example.net/", User: "person", State: "failed", Secrets: "keychain",
				Error: &service.ErrorInfo{Fault: "denied", Message: "club.example.net did not accept the user name or the password.", Hint: "Sign in again. Many providers want an app password made for this purpose.", Detail: "list https://club.example.net/: HTTP status 401"}},
			{ID: 4, Name: "Old provider", URL: "https://old.example.net/", User: "person", State: "kept", LastComplete: clockAt(8, 0),
				Collections: []service.CollectionStatus{{ID: 9, Name: "Contacts", Kind: pim.Contacts, Objects: 88, Vanished: true, LastComplete: clockAt(8, 0)}}},
		},
		Details:  map[int64]service.ItemDetail{},
		FieldsOf: map[int64][]present.Field{},
	}
	names := []string{"Anna Ashdown", "Jürgen Größ", "Ζωή Αλεξίου", "Élodie Roux", "A name as long as those that are made by joining every title, degree and honour", "Q", "Zoë Ångström"}
	for i := range 40 {
		s.People = append(s.People, service.Item{ID: int64(i + 1), Kind: "contact", Title: names[i%len(names)], Subtitle: "person@example.org", Account: "Home", Collection: "Personal", Held: i == 3})
	}
	s.Details[1] = service.ItemDetail{Item: service.Item{ID: 1, Kind: "contact", Title: "Anna Ashdown", Account: "Home", Collection: "Personal", Href: "/dav/p/anna.vcf", Revisions: 2},
		Body: []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna Ashdown\r\nEND:VCARD\r\n"), Size: 412, SeenAt: *clockAt(9, 2), Summary: pim.Summary{Orgs: []string{"North Pier Sailing Club"}}}
	s.FieldsOf[1] = []present.Field{
		{Name: "VERSION", Title: "Format version", Value: "3.0", Type: "other"},
		{Name: "EMAIL", Title: "E-mail", Label: "home", Value: "anna.ashdown@example.org", Type: "email"},
		{Name: "TEL", Title: "Telephone", Label: "work, mobile", Value: "+44 20 7946 0739", Type: "phone"},
		{Name: "ADR", Title: "Address", Value: "1 Quay Street\nHarbourtown\nHB1 2CD", Type: "address"},
		{Name: "NOTE", Title: "Note", Value: "Prefers to be called after lunch, and never on the days when the ferry runs.", Type: "text"}}
	s.Entries = []service.AgendaEntry{
		event(1, "Spring fair", 14, 0, 0, true), event(2, "Planning", 14, 9, 60, false), event(2, "A meeting whose title goes on for much longer than anybody wants to read in a list", 14, 14, 90, false),
		event(1, "Dentist", 15, 8, 30, false), event(2, "Stand-up", 18, 9, 15, false)}
	for i, due := range []int{-3, 0, 0, 4, 30} {
		d := time.Date(2026, 5, 14+due, 0, 0, 0, 0, time.UTC)
		s.ToDo = append(s.ToDo, service.Item{ID: int64(100 + i), Kind: "task", Title: fmt.Sprintf("Task %d with a title of some length", i+1), Collection: "Errands", CollID: 3, Color: "#2F7FB8",
			Due: d.Format("2006-01-02"), DueAt: d.Unix(), Percent: i * 20, Priority: i * 2})
	}
	s.ToDo = append(s.ToDo, service.Item{ID: 110, Kind: "task", Title: "Done long ago", Completed: true, Collection: "Errands", CollID: 3, Percent: 100})
	return s
}

func event(coll int64, title string, day, hour, minutes int, allDay bool) service.AgendaEntry {
	e := service.AgendaEntry{ItemID: coll*1000 + int64(day*100+hour), Title: title, Collection: []string{"", "Family", "Meetings"}[coll], CollID: coll, AllDay: allDay, Recurring: coll == 2,
		Start: time.Date(2026, 5, day, hour, 0, 0, 0, zone), Location: []string{"", "", "Room Linde"}[coll]}
	e.End = e.Start.Add(time.Duration(minutes) * time.Minute)
	if allDay {
		e.Start = time.Date(2026, 5, day, 0, 0, 0, 0, time.UTC)
		e.End = e.Start.AddDate(0, 0, 1)
	}
	return e
}

var (
	small = fyne.NewSize(900, 600)
	wide  = fyne.NewSize(1280, 800)
)

func TestGolden_FirstRun(t *testing.T) {
	s := newScene(t, &presenttest.Service{}, theme.VariantLight, small)
	if s.w.shown != pageAdd {
		t.Fatal("a vault without accounts does not ask for one")
	}
	s.compare("first-run")
	s.w.pages[pageAdd].(*addPage).address.SetText("http://dav.example.org")
	s.app.Account.Submit()
	s.compare("first-run-complaints")

	svc := &presenttest.Service{}
	s = newScene(t, svc, theme.VariantLight, wide)
	f := s.app.Account
	f.Address, f.User, f.Password, f.SecretInFile = "https://dav.example.org/", "person", "p", true
	f.Submit()
	svc.Last().Finish(nil, &pim.Error{Fault: pim.Invalid, Reason: "keychain", Hint: "keep the password in a file with --secrets file"})
	s.until("the question", func() bool { return f.OfferFile })
	s.compare("first-run-no-keychain")
}

func TestGolden_Overview(t *testing.T) {
	for name, v := range map[string]fyne.ThemeVariant{"overview": theme.VariantLight, "overview-dark": theme.VariantDark} {
		s := newScene(t, household(), v, fyne.NewSize(1280, 1240))
		s.compare(name)
	}
	svc := household()
	s := newScene(t, svc, theme.VariantLight, small)
	s.app.Mirror()
	svc.Last().Set(service.Progress{Kind: "mirror", Account: "Home", Collection: "Family", Step: "Fetching", Done: 300, Total: 1204})
	s.until("progress", func() bool {
		return s.app.Overview.Cards[0].Progress != nil && s.app.Overview.Cards[0].Progress.Fraction > 0
	})
	s.compare("overview-mirroring")
}

func TestGolden_Contacts(t *testing.T) {
	for name, size := range map[string]fyne.Size{"contacts": wide, "contacts-narrow": small, "contacts-least": fyne.NewSize(720, 560)} {
		s := newScene(t, household(), theme.VariantLight, size)
		s.w.show(pageContacts)
		s.until("the list", func() bool { return s.app.Contacts.Rows.Ready })
		s.w.pages[pageContacts].(*contactsPage).list.Select(0)
		s.until("the detail", func() bool { return s.app.Contacts.Detail.Detail != nil })
		s.compare(name)
	}
	s := newScene(t, household(), theme.VariantDark, small)
	s.w.show(pageContacts)
	s.until("the list", func() bool { return s.app.Contacts.Rows.Ready })
	s.w.pages[pageContacts].(*contactsPage).find.SetText("nobody of that name")
	s.until("nothing found", func() bool { return s.app.Contacts.Empty() != nil })
	if c := s.app.Contacts; c.Detail.ID != 0 {
		t.Error("a search that finds nothing leaves somebody else open")
	}
	s.compare("contacts-none-dark")
}

func TestGolden_Calendar(t *testing.T) {
	s := newScene(t, household(), theme.VariantLight, small)
	s.w.show(pageCalendar)
	s.until("the month", func() bool { return s.app.Calendar.Ready })
	s.compare("calendar")

	// Loaded before it is seen, it still opens at today.
	svc := household()
	for day := 1; day < 14; day++ {
		svc.Entries = append(svc.Entries, event(1, "Earlier", day, 9, 30, false), event(1, "Earlier too", day, 11, 30, false))
	}
	s = newScene(t, svc, theme.VariantLight, small)
	s.until("the month", func() bool { return s.app.Calendar.Ready })
	s.loop.Drain()
	s.w.show(pageCalendar)
	if at := s.w.pages[pageCalendar].(*calendarPage).list.GetScrollOffset(); at < 13*3*agendaHeight {
		t.Errorf("the calendar opens at %v, not at today", at)
	}
}

func TestGolden_Tasks(t *testing.T) {
	svc := household()
	svc.Details[101] = service.ItemDetail{Item: svc.ToDo[1], Size: 212, SeenAt: *clockAt(9, 2)}
	s := newScene(t, svc, theme.VariantLight, small)
	s.w.show(pageTasks)
	s.until("the tasks", func() bool { return s.app.Tasks.Ready })
	page := s.w.pages[pageTasks].(*tasksPage)
	page.list.Select(3)
	s.until("the detail", func() bool { return s.app.Tasks.Detail.Detail != nil })
	id := s.app.Tasks.Detail.ID
	page.list.Select(0) // a heading
	s.app.Tasks.ToggleDone()
	if at := page.chosen; at < 0 || s.app.Tasks.Rows[at].ID != id {
		t.Errorf("row %d is marked, and %d is open", at, id)
	}
	s.compare("tasks")
}

func TestGolden_Export(t *testing.T) {
	svc := household()
	s := newScene(t, svc, theme.VariantLight, wide)
	s.w.show(pageExport)
	s.compare("export")
	s.app.Export.Start(false)
	svc.Last().Finish(service.ExportReport{Path: "/home/person/out", Objects: 5280, Bytes: 12_000_000, Seconds: 1.4, Files: []service.ExportFile{
		{Name: "Home/Personal.vcf", Kind: pim.Contacts, Objects: 167}, {Name: "Home/Family.ics", Kind: pim.Calendar, Objects: 1204}}, Notes: []string{"Two collections have the same name; one file was renamed."}}, nil)
	s.until("the result", func() bool { return s.app.Export.Done != nil })
	s.compare("export-done")
}

func TestGolden_Settings(t *testing.T) {
	s := newScene(t, household(), theme.VariantLight, fyne.NewSize(900, 1100))
	s.w.show(pageSettings)
	s.until("the desktop", func() bool { return s.app.Settings.HasTray })
	s.compare("settings")
}

func TestGolden_Dialogs(t *testing.T) {
	svc := household()
	svc.PassErr = &pim.Error{Fault: pim.Denied, Where: "https://dav.example.org/", Status: 401}
	s := newScene(t, svc, theme.VariantLight, small)
	s.w.show(pageSettings)
	s.until("the desktop", func() bool { return s.app.Settings.HasTray })
	askPassword(s.w, "Home")
	s.app.Settings.SetPassword("Home", "wrong", false)
	s.until("the refusal", func() bool { return s.app.Settings.PasswordError != "" })
	s.compare("dialog-password")
	s.w.win.Canvas().Overlays().Top().Hide()

	s = newScene(t, household(), theme.VariantLight, small)
	s.w.show(pageSettings)
	s.until("the desktop", func() bool { return s.app.Settings.HasTray })
	askRemove(s.w, "Home", false)
	s.compare("dialog-remove")
	s.w.win.Canvas().Overlays().Top().Hide()
	askRemove(s.w, "Old provider", true)
	s.compare("dialog-purge")
}

// TestGolden_RawText: the raw view is what the server sent.
func TestGolden_RawText(t *testing.T) {
	s := newScene(t, household(), theme.VariantDark, small)
	s.w.show(pageContacts)
	s.until("the list", func() bool { return s.app.Contacts.Rows.Ready })
	s.w.pages[pageContacts].(*contactsPage).list.Select(0)
	s.until("the detail", func() bool { return s.app.Contacts.Detail.Detail != nil })
	s.app.Contacts.Detail.ToggleRaw()
	s.compare("contacts-raw-dark")
}

// TestKeys_WorkInFields: a field that has the focus lets the window's
// shortcuts through, and Escape clears a search.
func TestKeys_WorkInFields(t *testing.T) {
	s := newScene(t, household(), theme.VariantLight, small)
	s.w.show(pageContacts)
	s.until("the list", func() bool { return s.app.Contacts.Rows.Ready })
	find := s.w.pages[pageContacts].(*contactsPage).find
	press := func(k fyne.KeyName) {
		if !s.w.shortcut(&desktop.CustomShortcut{KeyName: k, Modifier: fyne.KeyModifierShortcutDefault}) {
			t.Fatalf("nothing happens on %s", k)
		}
	}
	press(fyne.KeyF)
	if s.w.win.Canvas().Focused() != find {
		t.Fatal("Ctrl+F does not focus the search")
	}
	test.Type(find, "anna")
	s.until("the search", func() bool { return s.app.Contacts.Headline() == "6 contacts found" })
	find.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	s.until("everybody again", func() bool { return find.Text == "" && s.app.Contacts.Rows.Len() == 40 })
	for i, k := range []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6, fyne.Key7} {
		press(k)
		if s.w.shown != i {
			t.Errorf("%s shows page %d", k, s.w.shown)
		}
	}
	press(fyne.KeyE)
	if s.w.shown != pageExport {
		t.Error("Ctrl+E does not show the export")
	}
	press(fyne.KeyR)
	if c := s.svc.Called(); len(c) != 1 || c[0] != "mirror " {
		t.Errorf("Ctrl+R: %v", c)
	}
	press(fyne.KeyN)
	s.w.pages[pageAdd].escape()
	if s.w.shown != pageExport {
		t.Error("Escape does not lead back")
	}
}
