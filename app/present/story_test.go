package present_test

import (
	"archive/zip"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sidekeep/app/present"
	"sidekeep/app/present/presenttest"
	"sidekeep/app/service"
	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// TestStory_FromFirstRunToExport is a person's first quarter of an hour, on
// the real service, a real vault and a server on the loopback.
func TestStory_FromFirstRunToExport(t *testing.T) {
	server := davtest.New(t, davtest.WithLogin("person", "right"))
	book := server.AddCollection(pim.Contacts, "/dav/addressbooks/user/people/", "People")
	card := "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\nFN:%s\r\nTEL;TYPE=WORK:+49 30 23125 %03d\r\nEND:VCARD\r\n"
	for i, name := range []string{"Jürgen Größ", "Anna Ashdown", "李娜"} {
		book.Put(fmt.Sprintf("%d.vcf", i), fmt.Appendf(nil, card, fmt.Sprint("u", i), name, 100+i))
	}
	cal := server.AddCollection(pim.Calendar, "/dav/calendars/user/days/", "Days")
	cal.Put("weekly.ics", []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VEVENT\r\nUID:w\r\nDTSTAMP:20260101T000000Z\r\n"+
		"DTSTART:20260507T073000Z\r\nDTEND:20260507T080000Z\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\nSUMMARY:Stand-up\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))
	cal.Put("task.ics", []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VTODO\r\nUID:t\r\nDTSTAMP:20260101T000000Z\r\n"+
		"DUE;VALUE=DATE:20260513\r\nPRIORITY:1\r\nSUMMARY:Send the invoice\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"))

	now := func() time.Time { return noon }
	svc, err := service.Open(context.Background(), service.Config{Dir: t.TempDir(), Secrets: "file", Now: now, Explain: present.Explain})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = svc.Close() })
	loop, home := presenttest.NewLoop(), t.TempDir()
	a := present.New(context.Background(), present.Config{Service: present.FromService(svc), Desktop: &presenttest.Desktop{},
		Post: loop.Post, Now: now, Zone: berlin, Home: home, Secrets: "file"})
	t.Cleanup(a.Close)
	a.Start()
	loop.Until(t, "the first run", a.FirstRun)

	f := a.Account
	if !strings.Contains(f.SecretNote(), "not encrypted") {
		t.Error(f.SecretNote())
	}
	f.Address, f.User, f.Password, f.Name = server.URL()+"/", "person", "wrong", "Home"
	f.Submit()
	loop.Until(t, "the refusal", func() bool { return f.Problem != nil })
	if !strings.Contains(f.Problem.Title, "did not accept the user name or the password") {
		t.Fatalf("%+v", f.Problem)
	}
	f.Password = "right"
	f.Submit()
	loop.Until(t, "everything", func() bool {
		return len(a.Overview.Cards) == 1 && a.Overview.Cards[0].Level == present.LevelGood && a.Overview.Cards[0].Progress == nil
	})
	if c := a.Overview.Cards[0]; c.Name != "Home" || len(c.Collections) != 2 || c.Collections[0].Count != "3 contacts" {
		t.Fatalf("%+v", c)
	}

	a.Contacts.Enter()
	loop.Until(t, "the people", func() bool { return a.Contacts.Rows.Len() == 3 })
	for q, want := range map[string]string{"jurgen": "Jürgen Größ", "125101": "Anna Ashdown", "李": "李娜"} {
		a.Contacts.Search(q)
		loop.Until(t, q, func() bool { r, ok := a.Contacts.Row(0); return ok && a.Contacts.Rows.Len() == 1 && r.Name == want })
	}
	a.Contacts.Select(0)
	loop.Until(t, "the detail", func() bool { return a.Contacts.Detail.Detail != nil })
	if l := a.Contacts.Detail.Detail.Sections[0].Lines[0]; l.Label != "Telephone" || l.Note != "work" {
		t.Errorf("%+v", l)
	}

	a.Calendar.Enter()
	loop.Until(t, "the month", func() bool { return a.Calendar.Ready && len(a.Calendar.Rows) > 0 })
	days := 0
	for _, r := range a.Calendar.Rows {
		if r.Heading == "" && r.Title == "Stand-up" && r.Time == "09:30" && r.Until == "10:00" && r.Recurs {
			days++
		}
	}
	if days != 4 {
		t.Errorf("%d of 4 weeks in %+v", days, a.Calendar.Rows)
	}
	a.Tasks.Enter()
	loop.Until(t, "the tasks", func() bool { return len(a.Tasks.Rows) == 2 })
	if r := a.Tasks.Rows[1]; a.Tasks.Rows[0].Heading != "Overdue" || r.Due != "yesterday" || r.Priority != "high" {
		t.Errorf("%+v", a.Tasks.Rows)
	}

	// Nothing needs the network from here on.
	server.Close()
	e := a.Export
	e.SetZip(true)
	e.Start(false)
	loop.Until(t, "the export", func() bool { return e.Done != nil || e.Problem != nil })
	if e.Done == nil || e.Done.Title != "Exported 5 items" || filepath.Dir(e.Done.Path) != home {
		t.Fatalf("%+v %+v", e.Done, e.Problem)
	}
	z, err := zip.OpenReader(e.Done.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if len(z.File) != 3 {
		t.Errorf("%d files", len(z.File))
	}

	a.Mirror()
	loop.Until(t, "offline", func() bool { return a.Overview.Cards[0].Level == present.LevelAway })
	if c := a.Overview.Cards[0]; c.State != "Offline" || c.Problem == nil || !strings.Contains(c.Proven, "today 12:00") && !strings.Contains(c.Proven, "just now") {
		t.Errorf("%+v", c)
	}
}
