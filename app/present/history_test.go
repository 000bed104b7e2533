package present_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sidekeep/app/present"
	"sidekeep/app/present/presenttest"
	"sidekeep/app/service"
	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// TestStory_LookAtThePastAndPutItBack is a person who misses a contact and a
// number, on the real service, a real vault and a server on the loopback.
func TestStory_LookAtThePastAndPutItBack(t *testing.T) {
	server := davtest.New(t, davtest.WithLogin("person", "right"))
	book := server.AddCollection(pim.Contacts, "/dav/addressbooks/user/people/", "People")
	card := func(uid, name, more string) []byte {
		return fmt.Appendf(nil, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\nFN:%s\r\nN:%s;;;;\r\n%sEND:VCARD\r\n", uid, name, name, more)
	}
	anna := card("a", "Anna Ashdown", "TEL;TYPE=WORK:+44 20 7946 0739\r\nEMAIL:anna@example.org\r\n")
	book.Put("anna.vcf", anna)
	book.Put("plumber.vcf", card("p", "Pia Plumber", "TEL:+44 20 7946 0111\r\n"))
	cal := server.AddCollection(pim.Calendar, "/dav/calendars/user/days/", "Days")
	cal.Put("fair.ics", []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VEVENT\r\nUID:f\r\nDTSTAMP:20260101T000000Z\r\n"+
		"DTSTART:20260502T073000Z\r\nDTEND:20260502T080000Z\r\nSUMMARY:Spring fair\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))

	clock := noon.AddDate(0, 0, -20)
	now := func() time.Time { return clock }
	svc, err := service.Open(context.Background(), service.Config{Dir: t.TempDir(), Secrets: "file", Now: now, Explain: present.Explain})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = svc.Close() })
	if _, err := svc.AddAccount(t.Context(), service.NewAccount{Address: server.URL() + "/", User: "person", Password: "right", Name: "Home", AllowHTTP: true}); err != nil {
		t.Fatal(err)
	}
	mirror := func(ago int) {
		t.Helper()
		clock = noon.AddDate(0, 0, -ago)
		if err := svc.StartMirror().Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	mirror(20)
	mirror(15)
	book.Delete("plumber.vcf")
	mirror(10)
	book.Put("anna.vcf", card("a", "Anna Rowan", "EMAIL:anna@example.org\r\n"))
	cal.Delete("fair.ics")
	mirror(5)
	clock = noon

	loop := presenttest.NewLoop()
	a := present.New(context.Background(), present.Config{Service: present.FromService(svc), Desktop: &presenttest.Desktop{},
		Post: loop.Post, Now: now, Zone: berlin, Home: t.TempDir(), Secrets: "file"})
	t.Cleanup(a.Close)
	a.Start()
	loop.Until(t, "the status", func() bool { return a.Known })

	h := a.History
	h.Enter()
	settled := func() bool { return h.Ready && h.Run.Ready && h.Settled() }
	loop.Until(t, "the timeline", settled)
	if got := h.Moment(); got != "Now – 1 item" {
		t.Errorf("now: %q", got)
	}
	if !strings.HasPrefix(h.Headline(), "Looked ") || h.Len() != 5 || len(h.Scopes) != 3 {
		t.Errorf("%q, %d rows, %v", h.Headline(), h.Len(), h.Scopes)
	}
	var rows []string
	for i := range h.Len() {
		rows = append(rows, h.Row(i).What)
	}
	loop.Until(t, "the names", settled)
	rows = rows[:0]
	for i := range h.Len() {
		rows = append(rows, h.Row(i).What+" · "+h.Row(i).Where)
	}
	for _, want := range []string{"1 changed: Anna Rowan · People", "1 removed: Spring fair · Days", "1 removed: Pia Plumber · People"} {
		if !strings.Contains(strings.Join(rows, "\n"), want) {
			t.Errorf("no %q in\n%s", want, strings.Join(rows, "\n"))
		}
	}

	// The slider's keys: back to the last change, then to those before it.
	h.Skip(-1)
	if got := h.When(); got != "Saturday 9 May, 12:00" {
		t.Errorf("the last change was %q", got)
	}
	for h.Run.Title != "Monday 4 May, 12:00" {
		before := h.Run.Title
		h.Skip(-1)
		if h.Run.Title == before && h.Chosen == h.Len()-1 {
			t.Fatal("the plumber's removal is not to be found")
		}
	}
	h.Skip(-1)
	h.Shift(10) // days after the first mirroring, before anything was lost
	loop.Until(t, "the run", settled)
	if got := h.Moment(); got != "Monday 4 May, 12:00 – 2 items" && !strings.HasSuffix(got, "– 3 items") {
		t.Errorf("%q", got)
	}

	// That day, everywhere.
	h.SetAt(noon.AddDate(0, 0, -12))
	h.Look()
	if n := a.Past.Notice(); n == nil || n.Title != "You are looking at 2 May 2026, 12:00." {
		t.Errorf("%+v", n)
	}
	a.Contacts.Enter()
	loop.Until(t, "the people of then", func() bool { return a.Contacts.Rows.Len() == 2 })
	a.Contacts.Search("plumber")
	loop.Until(t, "the search of then", func() bool {
		r, ok := a.Contacts.Row(0)
		return ok && a.Contacts.Rows.Len() == 1 && r.Name == "Pia Plumber"
	})
	a.Contacts.Search("ashdown")
	loop.Until(t, "Anna as she was", func() bool { r, ok := a.Contacts.Row(0); return ok && r.Name == "Anna Ashdown" })
	a.Contacts.Select(0)
	pane := a.Contacts.Detail
	loop.Until(t, "the detail", func() bool { return pane.Detail != nil })
	if pane.Detail.Old == nil || pane.Detail.Old.Revision == 0 || pane.Detail.Sections[0].Lines[0].Value != "+44 20 7946 0739" {
		t.Errorf("%+v", pane.Detail)
	}
	a.Calendar.Enter()
	loop.Until(t, "the month", func() bool { return a.Calendar.Ready && len(a.Calendar.Rows) == 2 })
	if r := a.Calendar.Rows; r[0].Heading != "Saturday 2 May 2026" || !r[0].Today || r[1].Title != "Spring fair" {
		t.Errorf("%+v", r)
	}
	e := a.Export
	loop.Until(t, "the choices", func() bool { return len(e.Whats) > 1 })
	if !strings.HasSuffix(e.To, "2026-05-02") {
		t.Error(e.To)
	}
	e.Start(false)
	loop.Until(t, "the export", func() bool { return e.Done != nil || e.Problem != nil })
	if e.Done == nil || e.Done.Title != "Exported 3 items" {
		t.Fatalf("%+v %+v", e.Done, e.Problem)
	}

	// Back to now; just the number goes back to the server.
	a.Past.Leave()
	a.Contacts.Search("")
	loop.Until(t, "now", func() bool {
		r, ok := a.Contacts.Row(0)
		return ok && a.Contacts.Rows.Len() == 1 && r.Name == "Anna Rowan"
	})
	a.Contacts.Select(0)
	loop.Until(t, "the detail", func() bool { return pane.Detail != nil })
	pane.ToggleHistory()
	loop.Until(t, "the states", func() bool { return pane.History != nil && pane.History.Ready })
	states := pane.History.States
	if len(states) != 2 || states[0].Now == "" || states[1].What != "First seen" {
		t.Fatalf("%+v", states)
	}
	var number *present.StateLine
	for i, l := range states[0].Lines {
		if strings.HasPrefix(l.Text, "Telephone") {
			number = &states[0].Lines[i]
		}
	}
	if number == nil || number.Revision == 0 {
		t.Fatalf("%+v", states[0].Lines)
	}
	a.PutBack.AskField(pane, *number)
	if !a.PutBack.Open || !strings.Contains(a.PutBack.Text, "+44 20 7946 0739") {
		t.Fatalf("%+v", a.PutBack)
	}
	a.PutBack.Confirm()
	loop.Until(t, "the receipt", func() bool { return a.PutBack.Done != nil })
	if a.PutBack.Done.Title != "Put back into “Anna Rowan”" {
		t.Errorf("%+v", a.PutBack.Done)
	}
	if got, _, _ := book.Get("anna.vcf"); !strings.Contains(string(got), "TEL;TYPE=WORK:+44 20 7946 0739") || !strings.Contains(string(got), "FN:Anna Rowan") {
		t.Errorf("the server has %q", got)
	}
	a.PutBack.Close()
	loop.Until(t, "the new state", func() bool { return pane.History != nil && len(pane.History.States) == 3 })

	// The plumber is found among the removed, and put back whole.
	a.Contacts.ToggleRemoved()
	loop.Until(t, "the removed", func() bool { return a.Contacts.Rows.Ready && a.Contacts.Rows.Len() == 1 })
	if r, ok := a.Contacts.Row(0); !ok || r.Name != "Pia Plumber" || r.Badge != "removed 4 May 12:00" || a.Contacts.Headline() != "1 contact removed, all kept here" {
		t.Errorf("%+v %q", r, a.Contacts.Headline())
	}
	a.Contacts.Select(0)
	loop.Until(t, "the plumber", func() bool { return pane.Detail != nil && pane.Detail.Old != nil })
	if o := pane.Detail.Old; !o.Removed || o.Title != "Removed on the server" {
		t.Errorf("%+v", o)
	}
	a.PutBack.AskVersion(pane, pane.Detail.Old.Revision)
	a.PutBack.Confirm()
	loop.Until(t, "the receipt", func() bool { return a.PutBack.Done != nil })
	if a.PutBack.Done.Title != "“Pia Plumber” is back" {
		t.Errorf("%+v", a.PutBack.Done)
	}
	if _, _, ok := book.Get("plumber.vcf"); !ok {
		t.Error("the server does not have the plumber")
	}
	a.PutBack.Close()
	loop.Until(t, "nobody removed", func() bool { return a.Contacts.Rows.Ready && a.Contacts.Rows.Len() == 0 && !a.Mirroring() })
}
