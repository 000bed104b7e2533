package present_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sidekeep/app/present"
	"sidekeep/app/present/presenttest"
	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// loss is an open incident with these numbers.
func loss(id int64, account, collection string, kind pim.Kind, gone, changed, live int, message string) service.Incident {
	return service.Incident{ID: id, Account: account, Collection: collection, CollID: id, Kind: kind, Verdict: pim.LargeDeletion,
		Since: *at(9, 2), GoodAt: at(8, 30), Gone: gone, Changed: changed, Live: live, Message: message, Open: true}
}

func signedIn(names ...string) []service.AccountStatus {
	var out []service.AccountStatus
	for i, n := range names {
		out = append(out, service.AccountStatus{ID: int64(i + 1), Name: n, URL: "https://dav.example.org/", State: "held", LastComplete: at(9, 2),
			Collections: []service.CollectionStatus{{ID: int64(i + 1), Name: "People", Kind: pim.Contacts, Objects: 700, Held: 698, LastComplete: at(9, 2)}}})
	}
	return out
}

// What shows another account may be somebody else's: nothing is offered to be
// written there.
func TestLosses_NothingIsPutBackIntoAnotherAccount(t *testing.T) {
	other := loss(1, "Work", "", pim.Contacts, 5, 0, 5, "This login shows another account now. Nothing of yours was removed here.")
	other.Verdict = pim.WrongAccount
	a, loop, _ := start(t, &presenttest.Service{Accounts: signedIn("Work"), Past: presenttest.Past{Losses: []service.Incident{other}}})
	loop.Until(t, "the card", func() bool { return len(a.Losses.Cards) == 1 })
	if c := a.Losses.Cards[0]; c.CanBack || !c.CanKeep {
		t.Errorf("%+v", c)
	}
}

func TestLosses_AreSaidCalmly(t *testing.T) {
	list := "Your server no longer lists 698 of your 700 contacts. Nothing was removed here."
	photos := "412 of your 430 contacts have lost their photos on the server. What they held before is kept here and can be put back."
	for _, c := range []struct {
		name   string
		losses []service.Incident
		want   present.LossCard
		lines  []string
	}{
		{"one", []service.Incident{loss(1, "Work", "People", pim.Contacts, 698, 0, 700, list)},
			present.LossCard{Title: "Your server no longer lists 698 of your 700 contacts.", Text: "Nothing was removed here.", Since: "Noticed today 09:02 · Work, People",
				PutBack: "Put them back", Export: "Export now", CanKeep: true, CanBack: true}, []string{"698 of 700 contacts missing on the server"}},
		{"a change", []service.Incident{loss(1, "Work", "People", pim.Contacts, 0, 412, 430, photos)},
			present.LossCard{Title: "412 of your 430 contacts have lost their photos on the server.", Text: "What they held before is kept here and can be put back. The state of today 08:30 is kept.",
				Since: "Noticed today 09:02 · Work, People", PutBack: "Put the old state back", Export: "Export that state", CanBack: true}, []string{"412 contacts changed on the server"}},
		{"several", []service.Incident{loss(1, "Work", "People", pim.Contacts, 698, 0, 700, list), loss(2, "Work", "Days", pim.Calendar, 1204, 0, 1204, "m.")},
			present.LossCard{Title: "Your server no longer lists 698 contacts and 1,204 calendar entries.", Text: "Nothing was removed here.", Since: "Noticed today 09:02 · Work",
				PutBack: "Put everything back", Export: "Export now", CanKeep: true, CanBack: true, Several: true},
			[]string{"all 1,204 calendar entries missing on the server", "698 of 700 contacts missing on the server"}},
		{"both kinds", []service.Incident{loss(1, "Work", "People", pim.Contacts, 1, 0, 700, list), loss(2, "Work", "Days", pim.Calendar, 0, 40, 50, "m.")},
			present.LossCard{Title: "Your server no longer lists 1 contact, and changed 40 calendar entries at once.", Text: "Nothing was removed here. The state of today 08:30 is kept.",
				Since: "Noticed today 09:02 · Work", PutBack: "Put everything back", Export: "Export now", CanKeep: true, CanBack: true, Several: true},
			[]string{"40 calendar entries changed on the server", "1 of 700 contacts missing on the server"}},
		{"a name with a full stop", []service.Incident{loss(1, "Work", "St. Mary", pim.Contacts, 5, 0, 5, "Your server no longer has the address book “St. Mary”. Your copy of its 5 contacts is kept here.")},
			present.LossCard{Title: "Your server no longer has the address book “St. Mary”.", Text: "Your copy of its 5 contacts is kept here.", Since: "Noticed today 09:02 · Work, St. Mary",
				PutBack: "Put them back", Export: "Export now", CanKeep: true, CanBack: true}, []string{"all 5 contacts missing on the server"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			svc := &presenttest.Service{Accounts: signedIn("Work"), Past: presenttest.Past{Losses: c.losses}}
			a, loop, _ := start(t, svc)
			loop.Until(t, "the card", func() bool { return len(a.Losses.Cards) == 1 })
			got := a.Losses.Cards[0]
			var lines []string
			for _, l := range got.Lines {
				lines = append(lines, l.What)
			}
			if !slices.Equal(lines, c.lines) {
				t.Errorf("%q", lines)
			}
			c.want.Account, c.want.Lines = "Work", got.Lines
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
			if held := a.Overview.Cards[0].Held; held != nil {
				t.Errorf("told twice: %+v", held)
			}
		})
	}
}

// TestLosses_AreToldOnce: one notification for an account, however often the
// screens look.
func TestLosses_AreToldOnce(t *testing.T) {
	svc := &presenttest.Service{Accounts: signedIn("Home", "Work"), Past: presenttest.Past{Losses: []service.Incident{
		loss(1, "Work", "People", pim.Contacts, 698, 0, 700, "Your server no longer lists 698 of your 700 contacts. Nothing was removed here."),
		loss(2, "Work", "Days", pim.Calendar, 10, 0, 10, "m.")}}}
	a, loop, desk := start(t, svc)
	loop.Until(t, "the notification", func() bool { return len(desk.Notified()) == 1 })
	if want := "Work: look at your server | Your server no longer lists 698 contacts and 10 calendar entries. Nothing was removed here."; desk.Notified()[0] != want {
		t.Error(desk.Notified())
	}
	for range 3 {
		a.Reload()
	}
	svc.Change(func() {
		svc.Past.Losses = append(svc.Past.Losses, loss(3, "Home", "People", pim.Contacts, 5, 0, 5, "m."))
	})
	a.Reload()
	loop.Until(t, "the other one", func() bool { return len(desk.Notified()) == 2 })
	if told := desk.Notified(); !strings.HasPrefix(told[1], "Home: ") {
		t.Error(told)
	}
}

func TestLosses_AreDecidedOnAfterAsking(t *testing.T) {
	svc := &presenttest.Service{Accounts: signedIn("Home", "Work"), Past: presenttest.Past{Losses: []service.Incident{
		loss(1, "Work", "People", pim.Contacts, 698, 0, 700, "m."), loss(2, "Work", "Days", pim.Calendar, 0, 7, 10, "m."),
		loss(3, "Home", "People", pim.Contacts, 5, 0, 5, "m.")}}}
	a, loop, _ := start(t, svc)
	loop.Until(t, "the cards", func() bool { return len(a.Losses.Cards) == 2 })
	q := a.Losses.Mine("Work")
	if q == nil || !strings.Contains(q.Text, "698 contacts leave the current view") || q.Do != "Yes, it was me" || len(svc.Called()) > 0 {
		t.Fatalf("%+v, %v", q, svc.Called())
	}
	q.Yes()
	loop.Until(t, "the decision", func() bool { return len(a.Losses.Cards) == 1 })
	if got := svc.Called(); !slices.Equal(got, []string{"decide 1 accepted", "decide 2 accepted"}) {
		t.Error(got)
	}
	q = a.Losses.Keep("Home")
	if q == nil || !strings.HasPrefix(q.Text, "5 contacts stay in every view") {
		t.Fatalf("%+v", q)
	}
	q.Yes()
	loop.Until(t, "none left", func() bool { return len(a.Losses.Cards) == 0 })
	if a.Losses.Mine("Home") != nil || a.Losses.Keep("Home") != nil {
		t.Error("it can be decided on twice")
	}
}

// TestLosses_SayWhenTheyAreOver: for a day, until it was read.
func TestLosses_SayWhenTheyAreOver(t *testing.T) {
	over := func(id int64, how pim.Decision, days int) service.Incident {
		i := loss(id, "Work", "People", pim.Contacts, 0, 0, 700, "m.")
		when := noon.AddDate(0, 0, -days)
		i.Open, i.Closed, i.ClosedAt = false, string(how), &when
		return i
	}
	svc := &presenttest.Service{Accounts: signedIn("Work"), Past: presenttest.Past{Losses: []service.Incident{
		over(1, pim.Recovered, 0), over(2, pim.Recovered, 3), over(3, pim.Accepted, 0), over(4, pim.PutBack, 0)}}}
	a, loop, _ := start(t, svc)
	loop.Until(t, "the notes", func() bool { return len(a.Losses.Over) == 2 })
	var got []string
	for _, n := range a.Losses.Over {
		got = append(got, n.Title+" "+n.Text)
	}
	if want := []string{"Everything is back on the server. Work: People, just now.", "The server has everything again. Work: People, just now."}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	a.Losses.Dismiss(a.Losses.Over[1])
	if len(a.Losses.Over) != 1 {
		t.Error("a note stays after it was read")
	}
	svc.Change(func() {
		anew := loss(9, "Work", "People", pim.Contacts, 698, 0, 700, "m.")
		anew.CollID = svc.Past.Losses[3].CollID
		svc.Past.Losses = append(svc.Past.Losses, anew)
	})
	a.Reload()
	loop.Until(t, "the new loss", func() bool { return len(a.Losses.Cards) == 1 })
	if len(a.Losses.Over) != 0 {
		t.Errorf("the card is contradicted by %+v", a.Losses.Over)
	}
}

func TestReview_ShowsWhatWasLost(t *testing.T) {
	svc := &presenttest.Service{Accounts: signedIn("Work")}
	svc.Past.Losses = []service.Incident{loss(1, "Work", "People", pim.Contacts, 10_000, 1, 10_001, "Your server no longer lists 10,000 of your 10,001 contacts. Nothing was removed here.")}
	items := []service.IncidentObject{{What: "changed", Before: 11, Item: service.Item{ID: 5, Kind: "contact", Title: "Anna Ashdown"}}}
	for i := range 10_000 {
		items = append(items, service.IncidentObject{What: "gone", Before: 12, Item: service.Item{ID: int64(100 + i), Kind: "contact", Title: fmt.Sprintf("Person %d", i), Subtitle: "Mill"}})
	}
	svc.Past.LostItems = map[int64][]service.IncidentObject{1: items}
	svc.Past.Revisions = map[int64][]service.RevisionInfo{5: {
		{ID: 13, SHA256: "b", Title: "Anna Ashdown", SeenAt: *at(9, 2), Changes: []service.Change{{What: "removed", Field: "TEL", Old: "+44 1", Text: "telephone, work: +44 1 removed"}}},
		{ID: 11, SHA256: "a", Title: "Anna Ashdown", SeenAt: *at(8, 0)}}}
	a, loop, _ := start(t, svc)
	r := a.Review
	r.Open(1)
	loop.Until(t, "the list", func() bool { return r.Ready })
	if len(r.Rows) != 10_001 || r.Title() != "People" || r.Headline() != "Your server no longer lists 10,000 of your 10,001 contacts." || r.Rows[1].What != "missing on the server" {
		t.Fatalf("%d, %q, %q, %+v", len(r.Rows), r.Title(), r.Headline(), r.Rows[1])
	}
	r.Search("person 77 mill")
	if len(r.Rows) == 0 || r.Headline() != fmt.Sprintf("%s found", present.Count(len(r.Rows), "contact", "contacts")) {
		t.Errorf("%d rows, %q", len(r.Rows), r.Headline())
	}
	r.Search("nobody")
	if n := r.Empty(); n == nil || n.Title != "Nothing found for “nobody”" {
		t.Errorf("%+v", n)
	}
	r.Search("anna")
	r.Select(0)
	loop.Until(t, "the history", func() bool { return r.Detail.History != nil && r.Detail.History.Ready })
	if s := r.Detail.History.States; len(s) != 2 || s[0].Lines[0].Text != "Telephone, work: +44 1 removed" {
		t.Errorf("%+v", s)
	}

	// The server has it again: nothing on the page says otherwise any more.
	svc.Change(func() { svc.Past.Losses[0].Open, svc.Past.Losses[0].Closed = false, string(pim.Recovered) })
	r.Search("")
	a.Reload()
	loop.Until(t, "the end", r.Decided)
	if r.Headline() != "The server has everything again." || r.Rows[1].What != "" {
		t.Errorf("%q, %+v", r.Headline(), r.Rows[1])
	}
}
