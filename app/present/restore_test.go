package present_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sidekeep/app/present"
	"sidekeep/app/present/presenttest"
	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// twoClouds is a vault with two accounts and one that was signed out; the first
// has lost something.
func twoClouds() *presenttest.Service {
	svc := &presenttest.Service{Accounts: signedIn("Home", "Work", "Old")}
	svc.Accounts[2].State = service.StateKept
	svc.Past.Losses = []service.Incident{loss(1, "Home", "People", pim.Contacts, 698, 0, 700, "m."), loss(2, "Home", "Days", pim.Calendar, 7, 0, 7, "m.")}
	return svc
}

func TestRestore_AsksForWhatIsMeant(t *testing.T) {
	good := *at(8, 30)
	for _, c := range []struct {
		name string
		do   func(*present.Restore)
		want []pim.RestoreAsk
		bad  string
	}{
		{"everything, where it came from: what is signed out has no place", func(r *present.Restore) { r.Begin("") },
			[]pim.RestoreAsk{{At: noon, Account: "Home", To: "Home", Make: true}, {At: noon, Account: "Work", To: "Work", Make: true}}, ""},
		{"everything to one", func(r *present.Restore) { r.Begin(""); r.Target("Work") },
			[]pim.RestoreAsk{{At: noon, Account: "Home", To: "Work", Make: true}, {At: noon, Account: "Work", To: "Work", Make: true}, {At: noon, Account: "Old", To: "Work", Make: true}}, ""},
		{"the last good state of one", func(r *present.Restore) { r.Begin("Home"); r.SetWhen(present.WhenGood) },
			[]pim.RestoreAsk{{At: good, Account: "Home", To: "Home", Make: true}}, ""},
		{"another day, of one signed out, elsewhere", func(r *present.Restore) {
			r.Begin("Old")
			r.SetWhen(present.WhenDay)
			r.SetDay("2026-05-01")
			r.Target("Home")
		}, []pim.RestoreAsk{{At: time.Date(2026, 5, 2, 0, 0, 0, 0, berlin).Add(-1), Account: "Old", To: "Home", Make: true}}, ""},
		{"one signed out goes elsewhere", func(r *present.Restore) { r.Begin("Old"); r.Target("Work") },
			[]pim.RestoreAsk{{At: noon, Account: "Old", To: "Work", Make: true}}, ""},
		{"one signed out, where it came from", func(r *present.Restore) { r.Begin("Old"); r.SetWhere(present.WhereSame) }, nil, "Old is signed out: choose another account, or a folder."},
		{"incidents have their own moment", func(r *present.Restore) { r.Begin(""); r.SetWhat(0) },
			[]pim.RestoreAsk{{Incident: 1, To: "Home", Make: true}, {Incident: 2, To: "Home", Make: true}}, ""},
		{"incidents at another provider", func(r *present.Restore) { r.Begin(""); r.SetWhat(0); r.Target("Work") },
			[]pim.RestoreAsk{{Incident: 1, To: "Work", Make: true}, {Incident: 2, To: "Work", Make: true}}, ""},
		{"a collection", func(r *present.Restore) { r.Begin(""); r.SetWhat(slices.Index(r.Whats, "Work: People")) },
			[]pim.RestoreAsk{{At: noon, Account: "Work", Collection: "2", To: "Work", Make: true}}, ""},
		{"a folder", func(r *present.Restore) { r.Begin("Work"); r.SetWhere(present.WhereFolder); r.SetFolder("/x/out") },
			[]pim.RestoreAsk{{At: noon, Account: "Work", Folder: "/x/out"}}, ""},
		{"no path", func(r *present.Restore) { r.Begin("Work"); r.SetWhere(present.WhereFolder); r.SetFolder("out") }, nil, "Give the whole path, or start it with ~/."},
		{"no folder", func(r *present.Restore) { r.Begin("Work"); r.SetWhere(present.WhereFolder); r.SetFolder(" ") }, nil, "Say where the export should go."},
		{"no day", func(r *present.Restore) { r.Begin("Work"); r.SetWhen(present.WhenDay) }, nil, "Say which day, for example 2026-03-14 or yesterday."},
		{"no such day", func(r *present.Restore) { r.Begin("Work"); r.SetWhen(present.WhenDay); r.SetDay("soon") }, nil,
			"This is no day that can be understood. Try 2026-03-14, yesterday or 3 weeks ago."},
		{"a day to come", func(r *present.Restore) { r.Begin("Work"); r.SetWhen(present.WhenDay); r.SetDay("2027-01-01") }, nil, "This day is yet to come."},
	} {
		t.Run(c.name, func(t *testing.T) {
			svc := twoClouds()
			a, loop, _ := start(t, svc)
			r := a.Restore
			c.do(r)
			r.PlanIt()
			if c.want == nil {
				if r.DayBad+r.ToBad != c.bad || len(svc.Called()) > 0 || r.Stage != present.StageAsk {
					t.Errorf("%q, %v", r.DayBad+r.ToBad, svc.Called())
				}
				return
			}
			for i := range c.want {
				loop.Until(t, "plan", func() bool { return len(svc.Called()) == i+1 })
				svc.Last().Finish(service.RestorePlan{ID: int64(i + 1), To: "x"}, nil)
			}
			loop.Until(t, "the preview", func() bool { return r.Stage == present.StagePreview })
			if got := svc.Past.Asked; fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("\n%+v\n%+v", got, c.want)
			}
		})
	}
}

// TestRestore_FromLossToReceipt: planned, shown, carried out, told.
func TestRestore_FromLossToReceipt(t *testing.T) {
	svc := twoClouds()
	a, loop, _ := start(t, svc)
	r := a.Restore
	if n := r.Whats[:0]; len(n) != 0 {
		t.Fatal(n)
	}
	r.PutBack("Home")
	if r.Stage != present.StagePlan || r.Busy == nil {
		t.Fatalf("%+v", r)
	}
	if r.Whats[r.What] != "What is missing in Home (698 contacts and 7 calendar entries)" {
		t.Error(r.Whats)
	}
	mail := []service.MailRisk{{Title: "Fair", Href: "/f.ics", Addresses: []string{"guest@example.org"}}}
	svc.Last().Finish(service.RestorePlan{ID: 1, To: "Home", Collections: []string{"People"}, Steps: []service.RestoreStep{
		{Action: pim.Create, Title: "Anna", Href: "/a.vcf", Kind: pim.Contacts, Into: "People", Why: "it is not there"},
		{Action: pim.Conflict, Title: "Ben", Href: "/b.vcf", Kind: pim.Contacts, Into: "People", Why: "it was changed on the server since; it is left as it is unless overwriting is asked for (--overwrite)"}}}, nil)
	loop.Until(t, "the next plan", func() bool { return len(svc.Called()) == 2 })
	svc.Last().Finish(service.RestorePlan{ID: 2, To: "Home", CouldBeMailed: mail, Steps: []service.RestoreStep{
		{Action: pim.Create, Title: "Fair", Href: "/f.ics", Kind: pim.Calendar, Into: "Days"},
		{Action: pim.Identical, Title: "Talk", Href: "/t.ics", Kind: pim.Calendar, Into: "Days"},
		{Action: pim.Cannot, Title: "Trip", Href: "/u.ics", Kind: pim.Calendar, Into: "Days", Why: "its UID is taken; it can be given a new one (--new-uids)"}}}, nil)
	loop.Until(t, "the preview", func() bool { return r.Plan != nil })
	v := r.Plan
	if got := linesOf(v.Lines); got != strings.Join([]string{
		"1 contact and 1 calendar entry are made again.", "New there: People.", "1 calendar entry is there already and stays as it is.",
		"1 contact was changed on the server since. It is left alone.", "1 calendar entry can't be put back.",
		"Nobody is sent mail. 1 event with other people is stored so that the server invites nobody."}, "\n") {
		t.Error(got)
	}
	if v.Title != "This would happen at Home" || v.Do != "Put 2 items back" || !v.CanOverwrite || !v.CanNewUIDs || !v.CanMake || !v.CanAsIs {
		t.Errorf("%+v", v)
	}
	if !slices.Equal(v.Table.Filters, []string{"All 5", "1 can't", "1 changed since", "2 made again", "1 there already", "1 with other people"}) {
		t.Errorf("%q", v.Table.Filters)
	}
	if got := titlesOf(&v.Table); got != "Trip, Ben, Anna, Fair, Talk" {
		t.Error(got)
	}
	v.Table.Filter = 2
	if row := v.Table.At(0); v.Table.Len() != 1 || row.Title != "Ben" || row.Under() != "People · It was changed on the server since" {
		t.Errorf("%+v", row)
	}

	r.SetOption(&r.AsIs, true)
	svc.Last().Finish(service.RestorePlan{ID: 3, To: "Home", CouldBeMailed: mail, Steps: []service.RestoreStep{{Action: pim.Create, Title: "Fair", Href: "/f.ics", Kind: pim.Calendar}}}, nil)
	loop.Until(t, "the next plan", func() bool { return len(svc.Called()) == 4 })
	svc.Last().Finish(service.RestorePlan{ID: 4, To: "Home"}, nil)
	loop.Until(t, "the new preview", func() bool { return r.Stage == present.StagePreview })
	if got := linesOf(r.Plan.Lines); !strings.Contains(got, "The server may send mail to 1 address because of 1 event.") || !svc.Past.Asked[3].AsIs {
		t.Error(got)
	}

	r.Go()
	svc.Last().Set(service.Progress{Kind: "restore", Step: "Writing", Done: 1, Total: 4})
	r.Changed = func() {}
	a.Tick()
	if r.Busy == nil || r.Busy.Fraction != 0.25 || !strings.Contains(r.Busy.Text, "1 of 4") {
		t.Errorf("%+v", r.Busy)
	}
	if !a.Losses.Cards[0].Busy {
		t.Error("it could be put back twice")
	}
	svc.Last().Finish(service.Receipt{ID: 3, To: "Home", State: "done", Seconds: 3, File: "/v/receipts/restore-3.txt", Items: []service.ReceiptItem{
		{Result: pim.DoneCreated, Title: "Anna"}, {Result: pim.DoneAltered, Title: "Fair", Lines: []string{"PRODID", "X-STAMP added"}},
		{Result: pim.DoneConflict, Title: "Ben", Why: "the server answered 412", Offer: "make a new plan with --overwrite"}}}, nil)
	loop.Until(t, "the second restore", func() bool { return svc.Called()[len(svc.Called())-1] == "restore 4" })
	svc.Last().Finish(service.Receipt{ID: 4, To: "Home", State: "done", Items: []service.ReceiptItem{{Result: pim.DoneIdentical, Title: "Talk"}}}, nil)
	loop.Until(t, "the receipt", func() bool { return r.Done != nil })
	d := r.Done
	if d.Title != "3 of 4 are back." || d.Level != present.LevelNote || linesOf(d.Lines) != "1 stored by the server with other lines.\n1 changed on the server since, left alone.\n1 made again.\n1 there already." {
		t.Errorf("%q, %q", d.Title, linesOf(d.Lines))
	}
	if got := titlesOf(&d.Table); got != "Fair, Ben, Anna, Talk" {
		t.Error(got)
	}
	offers := r.Offers()
	if len(offers) != 1 || offers[0].Label != "Put the old state over them" {
		t.Fatalf("%+v", offers)
	}
	offers[0].Do()
	if ask := svc.Past.Asked[len(svc.Past.Asked)-1]; !ask.Overwrite || ask.Incident != 1 {
		t.Errorf("%+v", ask)
	}
}

func titlesOf(t *present.RowTable) string {
	var out []string
	for i := range t.Len() {
		out = append(out, t.At(i).Title)
	}
	return strings.Join(out, ", ")
}

func linesOf(lines []present.PlanLine) string {
	var out []string
	for _, l := range lines {
		out = append(out, l.Text)
	}
	return strings.Join(out, "\n")
}

// TestRestore_StopsAndGoesOn: stopped, taken up again, and after a new start of
// the program offered on Overview.
func TestRestore_StopsAndGoesOn(t *testing.T) {
	svc := twoClouds()
	svc.Past.Losses = svc.Past.Losses[:1]
	plan := service.RestorePlan{ID: 5, To: "Home", Steps: []service.RestoreStep{{Action: pim.Create, Title: "Anna", Kind: pim.Contacts}, {Action: pim.Create, Title: "Ben", Kind: pim.Contacts}}}
	half := service.Receipt{ID: 5, To: "Home", State: "stopped", Items: []service.ReceiptItem{{Result: pim.DoneCreated, Title: "Anna"}, {Title: "Ben"}}}
	a, loop, _ := start(t, svc)
	r := a.Restore
	r.PutBack("Home")
	svc.Last().Finish(plan, nil)
	loop.Until(t, "the preview", func() bool { return r.Plan != nil })
	r.Go()
	r.Cancel()
	if !svc.Last().Canceled || !r.Busy.Stopping {
		t.Fatal("it goes on")
	}
	svc.Last().Finish(half, &pim.Error{Fault: pim.Stopped})
	loop.Until(t, "the receipt", func() bool { return r.Done != nil })
	if r.Done.Title != "Stopped: 1 of 2 are back." || r.Problem != nil || r.Offers()[0].Label != "Go on" {
		t.Fatalf("%+v, %+v", r.Done, r.Problem)
	}
	r.GoOn()
	svc.Last().Finish(half, &pim.Error{Fault: pim.Offline, Where: "https://dav.example.org/"})
	loop.Until(t, "the failure", func() bool { return r.Problem != nil && r.Stage == present.StageDone })
	if r.Done.Title != "It broke off: 1 of 2 are back." {
		t.Error(r.Done.Title)
	}

	svc.Change(func() {
		svc.Past.Restored = []service.RestoreInfo{{ID: 5, To: "Home", State: "running", Counts: map[string]int{"create": 2}, Results: map[string]int{"created": 1}}, {ID: 4, State: "done"}, {ID: 3, State: "planned"}}
		svc.Past.Plans = map[int64]service.RestorePlan{5: plan}
	})
	b, loop2, _ := start(t, svc)
	loop2.Until(t, "the offer", func() bool { return len(b.Restore.Unfinished) == 1 })
	if u := b.Restore.Unfinished[0]; u.Title != "A restore to Home is not finished." || u.Text != "1 of 2 were put back before it stopped. Nothing is written twice." {
		t.Errorf("%+v", u)
	}
	before := len(svc.Called())
	b.Restore.Resume(5)
	loop2.Until(t, "the restore", func() bool { return len(svc.Called()) > before })
	svc.Last().Finish(service.Receipt{ID: 5, To: "Home", State: "done", Items: []service.ReceiptItem{{Result: pim.DoneCreated, Title: "Anna"}, {Result: pim.DoneCreated, Title: "Ben"}}}, nil)
	loop2.Until(t, "the receipt", func() bool { return b.Restore.Done != nil })
	if b.Restore.Done.Title != "Everything is back." || len(b.Restore.Offers()) != 0 {
		t.Errorf("%+v", b.Restore.Done)
	}
	b.Restore.Drop(5)
	if len(b.Restore.Unfinished) != 0 {
		t.Error("it is offered again")
	}
}

// TestRestore_OffersWhereItCanGo: not where all of it comes from, and the account
// that was just added before the status tells of it.
func TestRestore_OffersWhereItCanGo(t *testing.T) {
	svc := &presenttest.Service{Accounts: signedIn("Home")}
	a, loop, _ := start(t, svc)
	r := a.Restore
	r.Begin("")
	if len(r.Tos) != 0 {
		t.Errorf("%q", r.Tos)
	}
	r.Target("Elsewhere")
	shown := 0
	r.Changed = func() { shown++ }
	a.Reload()
	loop.Until(t, "the old status", func() bool { return shown > 0 })
	if fmt.Sprint(r.Tos, r.To) != "[Elsewhere] 0" {
		t.Errorf("%q %d", r.Tos, r.To)
	}
	svc.Change(func() {
		svc.Accounts = append(signedIn("Home"), service.AccountStatus{Name: "Elsewhere", State: "new"}, service.AccountStatus{Name: "Third", State: "new"})
	})
	a.Reload()
	loop.Until(t, "the new status", func() bool { return len(a.Status.Accounts) == 3 })
	if fmt.Sprint(r.Tos, r.To) != "[Elsewhere Third] 0" {
		t.Errorf("%q %d", r.Tos, r.To)
	}
	r.SetTo(1)
	r.PlanIt()
	if asked := svc.Past.Asked; len(asked) != 1 || asked[0].To != "Third" || asked[0].Account != "Home" {
		t.Errorf("%+v", asked)
	}
}

// TestRestore_BeginsWithWhatIsLookedAt: a past moment that is looked at is the
// one that is asked for, and what is signed out goes elsewhere.
func TestRestore_BeginsWithWhatIsLookedAt(t *testing.T) {
	svc := twoClouds()
	a, _, _ := start(t, svc)
	r := a.Restore
	r.Begin("Old")
	if r.Where != present.WhereOther || r.When != present.WhenNow {
		t.Errorf("%d %d", r.Where, r.When)
	}
	r.Begin("Work")
	if r.Where != present.WhereSame {
		t.Error(r.Where)
	}
	past := time.Date(2026, 5, 2, 7, 30, 5, 0, time.UTC)
	a.Past.Look(past)
	r.Begin("Work")
	r.PlanIt()
	if asked := svc.Past.Asked; len(asked) != 1 || !asked[0].At.Equal(past) || r.Day != "2026-05-02 09:30:05" {
		t.Errorf("%q %+v", r.Day, asked)
	}
}

// TestRestore_ALoginThatIsRefused: on the way, and while it is looked at what
// would happen; in the account's own terms, and then it goes on.
func TestRestore_ALoginThatIsRefused(t *testing.T) {
	svc := twoClouds()
	a, loop, _ := start(t, svc)
	r := a.Restore
	denied := &pim.Error{Fault: pim.Denied, Where: "https://dav.example.org/"}
	r.Begin("Work")
	r.Target("Home")
	r.PlanIt()
	svc.Last().Finish(nil, denied)
	loop.Until(t, "the problem", func() bool { return r.Problem != nil })
	if r.SignIn != "Home" || r.Stage != present.StageAsk {
		t.Errorf("%q %v", r.SignIn, r.Stage)
	}
	r.SignedIn()
	if r.Problem != nil || r.SignIn != "" {
		t.Errorf("%+v %q", r.Problem, r.SignIn)
	}
	r.PlanIt()
	svc.Last().Finish(service.RestorePlan{ID: 7, To: "Home", Steps: []service.RestoreStep{{Action: pim.Create, Title: "Anna", Kind: pim.Contacts}}}, nil)
	loop.Until(t, "the preview", func() bool { return r.Plan != nil })
	r.Go()
	svc.Last().Finish(service.Receipt{ID: 7, To: "Home", State: "stopped", Items: []service.ReceiptItem{{Title: "Anna"}}}, denied)
	loop.Until(t, "the receipt", func() bool { return r.Done != nil })
	if r.SignIn != "Home" || r.Done.Title != "It broke off: 0 of 1 are back." {
		t.Errorf("%q %q", r.SignIn, r.Done.Title)
	}
	r.SignedIn()
	if offers := r.Offers(); r.Problem != nil || len(offers) != 1 || offers[0].Label != "Go on" {
		t.Errorf("%+v %+v", r.Problem, offers)
	}
}

// TestRestore_FailsToPlan: back to the question, with the reason.
func TestRestore_FailsToPlan(t *testing.T) {
	svc := twoClouds()
	a, loop, _ := start(t, svc)
	r := a.Restore
	r.Begin("Work")
	r.PlanIt()
	svc.Last().Finish(nil, &pim.Error{Fault: pim.Offline, Where: "https://dav.example.org/"})
	loop.Until(t, "the problem", func() bool { return r.Problem != nil })
	if r.Stage != present.StageAsk || !strings.Contains(r.Problem.Title, "dav.example.org") {
		t.Errorf("%+v", r.Problem)
	}
}
