package present_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sidekeep/app/present"
	"sidekeep/app/present/presenttest"
	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

func TestOverview_SaysHowEveryAccountIs(t *testing.T) {
	ok := service.AccountStatus{Name: "Work", URL: "https://dav.example.org/x/", User: "me", State: "ok", LastComplete: at(9, 2),
		Collections: []service.CollectionStatus{{ID: 1, Name: "People", Kind: pim.Contacts, Objects: 1200, LastComplete: at(9, 2)},
			{ID: 2, Name: "To do", Kind: pim.Calendar, Objects: 1, Components: []string{"VTODO"}, LastComplete: at(9, 2)}}}
	with := func(change func(*service.AccountStatus)) service.AccountStatus {
		v := ok
		v.Collections = append([]service.CollectionStatus(nil), ok.Collections...)
		change(&v)
		return v
	}
	for _, c := range []struct {
		name    string
		account service.AccountStatus
		state   string
		level   present.Level
		check   func(present.AccountCard) bool
	}{
		{"good", ok, "Everything is here", present.LevelGood, func(c present.AccountCard) bool {
			return c.Proven == "Last proven complete: today 09:02" && c.Login == "me at dav.example.org" &&
				c.Collections[0].Count == "1,200 contacts" && c.Collections[1].Count == "1 task" && c.Collections[1].Kind == "tasks"
		}},
		{"new", with(func(a *service.AccountStatus) { a.State, a.LastComplete = "new", nil }), "Not mirrored yet", present.LevelNone,
			func(c present.AccountCard) bool { return c.Proven == "Not complete yet" }},
		{"held", with(func(a *service.AccountStatus) {
			a.State, a.Collections[0].Held, a.Collections[0].Reason = "held", 698, "the server lists 2 of 700 contacts"
		}), "A loss is held back", present.LevelNote, func(c present.AccountCard) bool {
			return c.Held != nil && c.Held.Title == "698 items are missing on the server. Nothing was removed here." &&
				strings.Contains(c.Held.Text, "The server lists 2 of 700 contacts.") && c.Collections[0].Remark == "698 missing there, kept here"
		}},
		{"owed", with(func(a *service.AccountStatus) { a.State, a.Collections[0].Owed = "partial", 3 }), "Some items are still missing", present.LevelNote,
			func(c present.AccountCard) bool { return c.Owed != nil && strings.HasPrefix(c.Owed.Title, "3 items") }},
		{"offline", with(func(a *service.AccountStatus) {
			a.State, a.Error = "failed", &service.ErrorInfo{Fault: "offline", Message: "m.", Hint: "h.", Detail: "d"}
		}), "Offline", present.LevelAway, func(c present.AccountCard) bool { return c.Problem.Detail == "d" && !c.CanSignIn }},
		{"denied", with(func(a *service.AccountStatus) {
			a.State, a.Error = "failed", &service.ErrorInfo{Fault: "denied", Message: "m."}
		}), "Sign in again", present.LevelBad, func(c present.AccountCard) bool { return c.CanSignIn && c.Problem.Detail != "" }},
		{"a collection that is refused now", with(func(a *service.AccountStatus) {
			a.State, a.Error = "failed", &service.ErrorInfo{Fault: "denied", Message: "The collection u is there.", LoginWorks: true}
		}), "A part can't be read", present.LevelBad, func(c present.AccountCard) bool { return !c.CanSignIn && c.Problem.Title != "" }},
		{"collections that are refused", with(func(a *service.AccountStatus) {
			for i := range 5 {
				u := fmt.Sprintf("https://dav.example.org/x/%d/", i)
				a.Warnings = append(a.Warnings, service.Warning{URL: u, ErrorInfo: service.ErrorInfo{Fault: "denied",
					Message: "The collection " + u + " is refused.", Hint: "Ask.", LoginWorks: true}})
			}
		}), "A part can't be read", present.LevelNote, func(c present.AccountCard) bool {
			return !c.CanSignIn && strings.Contains(c.Problem.Text, "/x/2/ is refused. 2 more can't be read either. Ask.") &&
				strings.Count(c.Problem.Text, "Ask.") == 1 && strings.Contains(c.Problem.Detail, "/x/4/: denied")
		}},
		{"kept", with(func(a *service.AccountStatus) { a.State = "kept" }), "Signed out, the copy is kept", present.LevelAway,
			func(c present.AccountCard) bool { return c.Kept }},
		{"vanished", with(func(a *service.AccountStatus) { a.Collections[1].Vanished = true }), "Everything is here", present.LevelGood,
			func(c present.AccountCard) bool {
				return strings.Contains(c.Collections[1].Remark, "gone on the server")
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, _, _ := start(t, &presenttest.Service{Accounts: []service.AccountStatus{c.account}})
			card := a.Overview.Cards[0]
			if card.State != c.state || card.Level != c.level || !c.check(card) {
				t.Errorf("%+v", card)
			}
			// More is here than the server lists: that is not "complete".
			if head := a.Overview.Headline; c.name == "held" && head != "1,201 items on this computer; the server lists fewer." {
				t.Error(head)
			}
		})
	}
}

func TestOverview_ProgressAndCancel(t *testing.T) {
	s := &presenttest.Service{Accounts: []service.AccountStatus{{Name: "Work", State: "ok", LastComplete: at(9, 0)}}}
	a, loop, _ := start(t, s)
	a.Mirror()
	j := s.Last()
	j.Set(service.Progress{Kind: "mirror", Account: "Work", Collection: "People", Step: "Fetching", Done: 1200, Total: 4800})
	loop.Until(t, "progress", func() bool { p := a.Overview.Cards[0].Progress; return p != nil && p.Fraction == 0.25 })
	if p := a.Overview.Cards[0].Progress; p.Text != "Fetching · People · 1,200 of 4,800" {
		t.Error(p.Text)
	}
	if l, w := a.StatusLine(); l != present.LevelBusy || w != "Mirroring" {
		t.Error(l, w)
	}
	a.Mirror() // runs already
	a.CancelMirror()
	if !j.Canceled || !a.Overview.Cards[0].Progress.Stopping || len(s.Called()) != 1 {
		t.Error("not stopping", s.Called())
	}
	j.Finish(service.MirrorReport{}, context.Canceled)
	loop.Until(t, "the end", func() bool { return !a.Mirroring() && a.Overview.Cards[0].Progress == nil })
}

func TestAddAccount_ChecksFieldsBeforeAsking(t *testing.T) {
	for _, c := range []struct {
		address, user, password string
		http                    bool
		at                      string // where the complaint stands, "" none
	}{
		{"", "u", "p", false, "address"}, {"two words", "u", "p", false, "address"}, {"nodots", "u", "p", false, "address"},
		{"ftp://dav.example.org", "u", "p", false, "address"}, {"http://dav.example.org", "u", "p", false, "address"},
		{"http://dav.example.org", "u", "p", true, ""}, {"http://127.0.0.1:5232/", "u", "p", false, ""}, {"localhost:5232", "u", "p", false, ""},
		{"dav.example.org", "", "p", false, "user"}, {"me@example.org", "", "p", false, ""}, {"https://dav.example.org", "u", "", false, "password"},
		{"https://[::1]:8080/dav/", "u", "p", false, ""}, {"  https://dav.example.org/dav  ", "u", "p", false, ""},
	} {
		s := &presenttest.Service{}
		a, _, _ := start(t, s)
		f := a.Account
		f.Address, f.User, f.Password = c.address, c.user, c.password
		f.Edited()
		f.AllowHTTP = c.http
		f.Submit()
		got := map[bool]string{true: "address"}[f.AddressError != ""] + map[bool]string{true: "user"}[f.UserError != ""] + map[bool]string{true: "password"}[f.PasswordError != ""]
		if got != c.at || (len(s.Called()) == 1) != (c.at == "") {
			t.Errorf("%+v: complains at %q, calls %v", c, got, s.Called())
		}
	}
}

// An account of which a part can't be read does not look complete.
func TestAddAccount_SaysWhatIsMissing(t *testing.T) {
	s := &presenttest.Service{}
	a, loop, _ := start(t, s)
	added := false
	a.Account.Added = func(string) { added = true }
	a.Account.Address, a.Account.User, a.Account.Password = "https://dav.example.org", "me", "right"
	a.Account.Submit()
	st := service.AccountStatus{Name: "Work", State: "ok", LastComplete: at(9, 2)}
	s.Change(func() { s.Accounts = []service.AccountStatus{st} })
	st.Warnings = []service.Warning{{URL: "https://dav.example.org/calendars/", ErrorInfo: service.ErrorInfo{
		Fault: "denied", Message: "dav.example.org does not allow this login to read here.", Hint: "Ask whoever runs the server."}}}
	s.Last().Finish(st, nil)
	loop.Until(t, "the account", func() bool { return added && len(a.Overview.Cards) == 1 })
	s.Last().Finish(service.MirrorReport{}, nil)
	loop.Until(t, "the mirroring", func() bool { return a.Overview.Cards[0].Level != present.LevelBusy })
	c := a.Overview.Cards[0]
	if c.Level == present.LevelGood || c.Problem == nil || !strings.Contains(c.Problem.Title, "missing here") ||
		!strings.Contains(c.Problem.Text, "Ask whoever") || !strings.Contains(c.Problem.Detail, "/calendars/") {
		t.Errorf("%+v %+v", c, c.Problem)
	}
}

func TestAddAccount_FailsInWordsThenWorks(t *testing.T) {
	s := &presenttest.Service{}
	a, loop, _ := start(t, s)
	if !a.FirstRun() {
		t.Fatal("not a first run")
	}
	f := a.Account
	added := ""
	f.Added = func(n string) { added = n }
	f.Address, f.User, f.Password = "https://dav.example.org", "me", "wrong"
	f.Submit()
	f.Submit() // a second Enter
	s.Last().Set(service.Progress{Kind: "account", Step: "Looking for collections"})
	loop.Until(t, "the step", func() bool { return f.Busy != nil && f.Busy.Text == "Looking for collections" })
	s.Last().Finish(nil, &pim.Error{Fault: pim.Denied, Where: "https://dav.example.org/", Status: 401})
	loop.Until(t, "the failure", func() bool { return f.Problem != nil })
	if f.Busy != nil || !strings.Contains(f.Problem.Title, "did not accept") || f.Password != "wrong" {
		t.Errorf("%+v", f)
	}
	f.Password = "right"
	f.Edited()
	if f.Problem != nil {
		t.Error("the complaint stays while it is being answered")
	}
	f.Submit()
	s.Last().Finish(service.AccountStatus{Name: "Work"}, nil)
	loop.Until(t, "the account", func() bool { return added == "Work" })
	if f.Password != "" || s.Called()[len(s.Called())-1] != "mirror Work" {
		t.Errorf("%q %v", f.Password, s.Called())
	}
}

func TestExport_ChoicesAndPaths(t *testing.T) {
	s := &presenttest.Service{Accounts: []service.AccountStatus{{Name: "Work", State: "ok", Collections: []service.CollectionStatus{
		{ID: 7, Name: "People", Kind: pim.Contacts, Objects: 4}, {ID: 8, Name: "People", Kind: pim.Contacts, Objects: 4}}}}}
	a, loop, desk := start(t, s)
	e := a.Export
	if e.Empty() || strings.Join(e.Whats, ",") != "Everything,People,People (8)" {
		t.Errorf("%v %v", e.Empty(), e.Whats)
	}
	if filepath.Base(e.To) != "Sidekeep export 2026-05-14" {
		t.Error(e.To)
	}
	e.SetZip(true)
	if filepath.Base(e.To) != "Sidekeep export 2026-05-14.zip" {
		t.Error(e.To)
	}
	e.SetTo("")
	e.Start(false)
	if e.ToError == "" {
		t.Error("no complaint about no path")
	}
	e.SetTo("here")
	e.Start(false)
	if e.ToError == "" {
		t.Error("no complaint about a relative path")
	}
	e.SetTo("~/out.zip")
	e.What, e.Kind = 2, 1
	e.Start(false)
	if got := s.Called(); len(got) != 1 || got[0] != "export zip Work 8 contacts" {
		t.Fatal(got)
	}
	s.Last().Finish(nil, &pim.Error{Fault: pim.Invalid, Where: e.To, Reason: "exists", Err: errors.New("there is something there already")})
	loop.Until(t, "the refusal", func() bool { return e.Problem != nil })
	if !e.CanReplace {
		t.Error("can't be replaced")
	}
	e.Start(true)
	s.Last().Finish(service.ExportReport{Path: "/x/out.zip", As: "zip", Objects: 4, Bytes: 2000, Seconds: 0.25,
		Files: []service.ExportFile{{Name: "People.vcf", Kind: pim.Contacts, Objects: 4}}, Notes: []string{"One name was changed."}}, nil)
	loop.Until(t, "the result", func() bool { return e.Done != nil })
	if e.Done.Title != "Exported 4 items" || e.Done.List() != "People.vcf · 4 contacts\nOne name was changed." || !strings.HasPrefix(e.Done.Text, "1 file in less than a second") {
		t.Errorf("%+v", e.Done)
	}
	a.Show(e.Done.Path)
	loop.Until(t, "the folder", func() bool { _, opened := desk.Seen(); return len(opened) == 1 })
	if err := os.MkdirAll(filepath.Join(filepath.Dir(e.To)), 0o755); err == nil {
		e.SetFolder("/somewhere")
		if e.To != filepath.Join("/somewhere", "Sidekeep export 2026-05-14.zip") {
			t.Error(e.To)
		}
	}
}

// An export of a damaged vault says what it lacks, beside what it has.
func TestExport_SaysWhatItLacks(t *testing.T) {
	s := &presenttest.Service{Accounts: []service.AccountStatus{{Name: "Work", State: "ok", Collections: []service.CollectionStatus{
		{ID: 7, Name: "People", Kind: pim.Contacts, Objects: 8}}}}}
	a, loop, _ := start(t, s)
	e := a.Export
	e.SetTo("~/out")
	e.Start(false)
	s.Last().Finish(service.ExportReport{Path: "/x/out", As: "folder", Objects: 4, Files: []service.ExportFile{{Name: "People.vcf", Kind: pim.Contacts, Objects: 4}},
		Missing: []service.Missing{{ID: 5, Title: "Anna", Collection: "People", Objects: 1}, {ID: 6, Href: "/p/6.vcf", Collection: "People", Objects: 1},
			{Collection: "People", Objects: 2}}}, nil)
	loop.Until(t, "the result", func() bool { return e.Done != nil })
	want := "This export lacks 4 items that can't be read: Anna (People), /p/6.vcf (People), 2 items (People). On Overview, save what is readable"
	if e.Done.Title != "Exported 4 items" || e.Problem == nil || !strings.HasPrefix(e.Problem.Title, "The vault is damaged") || !strings.HasPrefix(e.Problem.Text, want) {
		t.Errorf("%+v, %+v", e.Done, e.Problem)
	}
}

func TestSettings_ChangesAreSaved(t *testing.T) {
	s := &presenttest.Service{Accounts: []service.AccountStatus{{Name: "Work", State: "ok", Secrets: "keychain"}, {Name: "Old", State: "kept"}},
		Saved: service.Settings{Interval: 30 * time.Minute}, Vault: service.VaultStatus{Path: "/v/vault.db", Bytes: 12e6, Revisions: 3400}}
	a, loop, desk := start(t, s)
	p := a.Settings
	p.Enter()
	loop.Until(t, "the desktop's answer", func() bool { return p.HasTray })
	if present.Intervals[p.Interval].Minutes != 30 || p.Secrets != "In this computer's keychain" || p.VaultIs != "12 MB · 3,400 revisions" {
		t.Errorf("%+v", p)
	}
	p.SetInterval(4)
	p.SetLogin(true)
	p.SetTray(true)
	loop.Until(t, "the settings", func() bool {
		v := s.Settings()
		on, _ := desk.Seen()
		return v.Interval == time.Hour && v.StartAtLogin && v.CloseToTray && on
	})
	desk.Fail(&pim.Error{Fault: pim.Storage, Where: "/ro", Err: os.ErrPermission})
	p.SetLogin(false)
	loop.Until(t, "the failure", func() bool { return p.Problem != nil && p.Login })
	p.Check("Work")
	loop.Until(t, "the check", func() bool { return p.Accounts[0].Remark == "The login works: 3 collections found." })
	s.Change(func() { s.PassErr = &pim.Error{Fault: pim.Denied, Where: "https://h/", Status: 401} })
	p.SetPassword("Work", "x", false)
	loop.Until(t, "the refusal", func() bool { return strings.Contains(p.PasswordError, "did not accept") })
	closed := false
	p.PasswordDone = func() { closed = true }
	s.Change(func() { s.PassErr = nil })
	p.SetPassword("Work", "y", false)
	loop.Until(t, "the password", func() bool { return closed })
	p.Remove("Work", true)
	loop.Until(t, "the removal", func() bool { c := s.Called(); return c[len(c)-1] == "purge Work" })
}

// TestAddAccount_OffersAFileWhereNoKeychainAnswers: the choice that the
// command line has is a check box here, and no option is spoken of.
func TestAddAccount_OffersAFileWhereNoKeychainAnswers(t *testing.T) {
	s := &presenttest.Service{}
	a, loop, _ := start(t, s)
	f := a.Account
	f.Address, f.User, f.Password, f.SecretInFile = "https://dav.example.org/", "me", "p", true
	f.Submit()
	s.Last().Finish(nil, &pim.Error{Fault: pim.Invalid, Reason: "keychain", Hint: "keep the password in a file with --secrets file"})
	loop.Until(t, "the refusal", func() bool { return f.Problem != nil })
	if !f.OfferFile || strings.Contains(f.Problem.Text, "--") {
		t.Errorf("%+v", f.Problem)
	}
	f.Submit()
	calls := strings.Join(s.Called(), "\n")
	if calls != "add https://dav.example.org/ me\nadd https://dav.example.org/ me file" {
		t.Error(calls)
	}
}
