//go:build ci

package gui

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"sidekeep/app/present"
	"sidekeep/app/present/presenttest"
	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// planOf is a plan of everything that can happen.
func planOf(id int64, n int) service.RestorePlan {
	p := service.RestorePlan{ID: id, To: "Work", Counts: map[string]int{}, Collections: []string{"Family"}, Notes: []string{}}
	names := []string{"Anna Ashdown", "Jürgen Größ", "A name as long as those that are made by joining every title, degree and honour", "Planning"}
	for i := range n {
		s := service.RestoreStep{Action: pim.Create, Title: fmt.Sprint(names[i%4], " ", i+1), Href: fmt.Sprintf("/%d.vcf", i), Kind: pim.Contacts, Into: "Personal", Why: "it is not there"}
		if i%4 == 3 {
			s.Kind, s.Into = pim.Calendar, "Family"
			p.CouldBeMailed = append(p.CouldBeMailed, service.MailRisk{Title: s.Title, Href: s.Href, Addresses: []string{fmt.Sprint("guest", i%5, "@example.org")}})
		}
		switch {
		case i%50 == 7:
			s.Action, s.Why = pim.Conflict, "it was changed on the server since (seen 2026-05-14 09:02); it is left as it is unless overwriting is asked for (--overwrite)"
		case i%50 == 12:
			s.Action, s.Why = pim.Cannot, "its UID is taken in \"Other\", and this server allows one UID once in all calendars; it can be given a new one (--new-uids)"
		case i%10 == 5:
			s.Action, s.Why = pim.Identical, "the server has it, byte for byte"
		}
		p.Counts[string(s.Action)]++
		p.Steps = append(p.Steps, s)
	}
	return p
}

// receiptOf carries a plan out; stopped after half of it.
func receiptOf(p service.RestorePlan, stopped bool) service.Receipt {
	r := service.Receipt{ID: p.ID, To: p.To, State: "done", File: "/home/person/.local/share/sidekeep/receipts/restore-1.txt", Seconds: 42, Counts: map[string]int{},
		Notes: []string{"12 events with other people are stored so that the server invites nobody (SCHEDULE-AGENT=CLIENT)."}}
	for i, s := range p.Steps {
		it := service.ReceiptItem{Result: pim.DoneCreated, Title: s.Title, Href: s.Href}
		switch {
		case stopped && i > len(p.Steps)/2:
			it.Result, it.Offer = pim.Pending, "To go on: sidekeep restore run 1"
		case s.Action == pim.Conflict:
			it.Result, it.Why, it.Offer = pim.DoneSkipped, s.Why, "What changed on the server since was left alone: make a new plan with --overwrite to put the old state over it."
		case s.Action == pim.Cannot:
			it.Result, it.Why, it.Offer = pim.DoneSkipped, s.Why, "Where a UID is in use elsewhere: make a new plan with --new-uids to give a new one."
		case s.Action == pim.Identical:
			it.Result = pim.DoneIdentical
		case i%40 == 9:
			it.Result, it.Lines = pim.DoneAltered, []string{"PRODID", "X-SERVER-STAMP added"}
		case i%60 == 30:
			it.Result, it.Why = pim.DoneFailed, "the server refused it (status 507): not enough room"
		}
		r.Counts[string(it.Result)]++
		r.Items = append(r.Items, it)
	}
	if stopped {
		r.State = "stopped"
	}
	return r
}

func TestGolden_Restore(t *testing.T) {
	for name, v := range map[string]fyne.ThemeVariant{"": theme.VariantLight, "-dark": theme.VariantDark} {
		svc := robbed()
		s := newScene(t, svc, v, wide)
		s.until("the loss", func() bool { return len(s.app.Losses.Cards) == 1 })
		s.w.restore("")
		s.app.Restore.SetWhen(present.WhenGood)
		s.app.Restore.SetWhere(present.WhereOther)
		if v == theme.VariantLight {
			s.compare("restore-ask")
			s.app.Restore.SetWhen(present.WhenDay)
			s.app.Restore.SetDay("12 days before Christmas")
			s.app.Restore.SetWhere(present.WhereFolder)
			s.app.Restore.SetFolder("here")
			s.app.Restore.PlanIt()
			s.w.win.Resize(narrow)
			s.compare("restore-ask-narrow")
			s.w.win.Resize(wide)
		}
		s.w.putBack("Work")
		svc.Last().Finish(planOf(1, 698), nil)
		s.until("the plan", func() bool { return s.app.Restore.Plan != nil })
		s.compare("restore-plan" + name)
		if v == theme.VariantLight {
			s.w.win.Resize(narrow)
			s.compare("restore-plan-narrow")
			s.w.win.Resize(wide)
		}
		s.app.Restore.Go()
		svc.Last().Set(service.Progress{Kind: "restore", Account: "Work", Step: "Putting back", Done: 300, Total: 698})
		s.app.Tick()
		if v == theme.VariantLight {
			s.compare("restore-run")
			s.w.show(pageOverview)
			s.compare("overview-restoring")
			s.w.show(pageRestore)
		}
		svc.Last().Finish(receiptOf(planOf(1, 698), false), nil)
		s.until("the receipt", func() bool { return s.app.Restore.Done != nil })
		s.compare("restore-receipt" + name)
	}
}

// TestGolden_RestoreStopped: what was stopped is offered again, there and on
// Overview.
func TestGolden_RestoreStopped(t *testing.T) {
	svc := robbed()
	s := newScene(t, svc, theme.VariantLight, small)
	s.until("the loss", func() bool { return len(s.app.Losses.Cards) == 1 })
	s.w.putBack("Work")
	svc.Last().Finish(planOf(1, 698), nil)
	s.until("the plan", func() bool { return s.app.Restore.Plan != nil })
	s.app.Restore.Go()
	svc.Last().Finish(receiptOf(planOf(1, 698), true), &pim.Error{Fault: pim.Offline, Where: "https://cloud.example.com/"})
	s.until("the receipt", func() bool { return s.app.Restore.Done != nil })
	s.compare("restore-stopped")

	svc = robbed()
	svc.Past.Restored = []service.RestoreInfo{{ID: 1, To: "Work", State: "stopped", Counts: map[string]int{"create": 698}, Results: map[string]int{"created": 300}}}
	s = newScene(t, svc, theme.VariantLight, small)
	s.until("the offer", func() bool { return len(s.app.Restore.Unfinished) == 1 })
	s.w.pages[pageOverview].(*overviewPage).scroll.ScrollToBottom()
	s.w.pages[pageOverview].(*overviewPage).scroll.ScrollToTop()
	s.compare("overview-unfinished")

	s = newScene(t, &presenttest.Service{}, theme.VariantLight, small)
	s.w.putBack("")
	if s.w.shown != pageAdd {
		t.Error("without an account there is something to restore")
	}
}
