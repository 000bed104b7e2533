//go:build ci

package gui

import (
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"sidekeep/app/present/presenttest"
	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

var narrow = fyne.NewSize(720, 640)

// robbed is household after a bad night: Work's address book lost nearly all
// contacts.
func robbed() *presenttest.Service {
	svc := household()
	svc.Past.Losses = []service.Incident{{ID: 7, Account: "Work", Collection: svc.Accounts[1].Collections[0].Name, CollID: 4, Kind: pim.Contacts,
		Verdict: pim.LargeDeletion, Since: *clockAt(9, 2), Gone: 698, Kept: 698, Live: 700, Open: true, GoodAt: clockAt(8, 32),
		Message: "Your server no longer lists 698 of your 700 contacts. Nothing was removed here."}}
	names := []string{"Anna Ashdown", "Jürgen Größ", "Ζωή Αλεξίου", "A name as long as those that are made by joining every title, degree and honour"}
	for i := range 698 {
		svc.Past.LostItems = map[int64][]service.IncidentObject{7: append(svc.Past.LostItems[7], service.IncidentObject{What: "gone", Before: 501,
			Item: service.Item{ID: int64(i + 1), Kind: "contact", Title: fmt.Sprint(names[i%len(names)], " ", i+1), Subtitle: "person@example.org", Account: "Work"}})}
	}
	return svc
}

// ransacked has many incidents in several accounts, changes among them, and
// one that is over.
func ransacked() *presenttest.Service {
	svc := robbed()
	svc.Accounts[0].State = "held"
	for i, c := range svc.Accounts[0].Collections {
		svc.Past.Losses = append(svc.Past.Losses, service.Incident{ID: int64(20 + i), Account: "Home", Collection: c.Name, CollID: c.ID, Kind: c.Kind,
			Verdict: pim.EverythingGone, Since: *clockAt(11, 57), Gone: c.Objects, Live: c.Objects, Open: true, Message: "m."})
	}
	for i := range 4 {
		svc.Past.Losses = append(svc.Past.Losses, service.Incident{ID: int64(30 + i), Account: "Home", Collection: fmt.Sprint("Archive ", 2020+i), CollID: int64(50 + i), Kind: pim.Calendar,
			Verdict: pim.CollectionGone, Since: *clockAt(11, 57), Gone: 40 + i, Live: 40 + i, Open: true, Message: "m."})
	}
	svc.Past.Losses = append(svc.Past.Losses, service.Incident{ID: 40, Account: "Club", Collection: "Members", CollID: 60, Kind: pim.Contacts,
		Verdict: pim.Emptied, Since: *clockAt(10, 2), Changed: 412, Live: 430, Open: true, GoodAt: clockAt(9, 30),
		Message: "412 of your 430 contacts have lost their photos on the server. What they held before is kept here and can be put back."},
		service.Incident{ID: 50, Account: "Work", Collection: "Meetings", CollID: 5, Kind: pim.Calendar, Verdict: pim.EverythingGone, Closed: "recovered", ClosedAt: clockAt(11, 30)})
	return svc
}

func TestGolden_Losses(t *testing.T) {
	for _, c := range []struct {
		name    string
		svc     *presenttest.Service
		variant fyne.ThemeVariant
		size    fyne.Size
	}{
		{"overview-incident", robbed(), theme.VariantLight, fyne.NewSize(1280, 800)},
		{"overview-incident-dark", robbed(), theme.VariantDark, fyne.NewSize(1280, 800)},
		{"overview-incident-narrow", robbed(), theme.VariantLight, narrow},
		{"overview-incidents", ransacked(), theme.VariantLight, fyne.NewSize(1000, 1400)},
	} {
		s := newScene(t, c.svc, c.variant, c.size)
		s.until("the losses", func() bool {
			return len(s.app.Losses.Cards) > 0 && (c.name != "overview-incidents" || len(s.app.Losses.Over) > 0)
		})
		s.compare(c.name)
	}
}

func TestGolden_Review(t *testing.T) {
	s := newScene(t, robbed(), theme.VariantLight, wide)
	s.w.review(7)
	s.until("the list", func() bool { return s.app.Review.Ready })
	s.w.pages[pageReview].(*reviewPage).list.Select(0)
	s.until("the detail", func() bool { return s.app.Review.Detail.Detail != nil })
	s.compare("review")
}

// TestGolden_Proof: what is proven, what was found, a copy that is opened.
func TestGolden_Proof(t *testing.T) {
	svc := household()
	svc.Proof = &service.ProofStatus{OK: true, DrilledAt: clockAt(8, 50), VerifiedAt: clockAt(8, 50), CopiedAt: clockAt(9, 0), CopyTo: "/media/disk/sidekeep"}
	s := newScene(t, svc, theme.VariantLight, wide)
	s.app.Proof.Verify()
	svc.Last().Set(service.Progress{Kind: "verify", Step: "Rehearsing a restore", Done: 300, Total: 1204})
	s.app.Tick()
	s.compare("overview-verifying")
	svc.Last().Finish(service.VerifyReport{Problems: []pim.Problem{{Kind: "blob", What: "the bytes of Anna Ashdown are not those that were stored", Where: "blob 17"}}}, nil)
	svc.Proof = &service.ProofStatus{Problems: 1, Damaged: true, DrilledAt: clockAt(8, 50)}
	s.until("what was found", func() bool { return s.app.Proof.Problems != nil && s.app.Proof.Damaged != nil })
	s.compare("overview-damaged")

	svc = household()
	svc.Copy = true
	svc.Vault.Path = "/media/disk/sidekeep/sidekeep-20260514-090000.db"
	svc.Past.Losses = robbed().Past.Losses
	s = newScene(t, svc, theme.VariantLight, small)
	s.compare("overview-copy")
	s.w.show(pageSettings)
	s.compare("settings-copy")
	s.w.show(pageAdd)
	if s.w.shown == pageAdd {
		t.Error("an account can be added to a copy")
	}
}

func TestGolden_SecondCopy(t *testing.T) {
	svc := household()
	svc.Saved.CopyTo, svc.Saved.CopyEvery = "/media/disk/sidekeep", 24*time.Hour
	svc.Proof = &service.ProofStatus{OK: true, CopiedAt: clockAt(9, 0), CopyTo: "/media/disk/sidekeep"}
	s := newScene(t, svc, theme.VariantLight, fyne.NewSize(900, 1500))
	s.w.show(pageSettings)
	s.until("the desktop", func() bool { return s.app.Settings.HasTray })
	s.app.Copies.Now()
	svc.Last().Finish(service.CopyReport{Path: "/media/disk/sidekeep/sidekeep-20260514-120000.db", Bytes: 48_200_000, OK: true}, nil)
	s.until("the copy", func() bool { return s.app.Copies.Done != nil })
	s.compare("settings-second-copy")
	s.w.win.Resize(small)
	s.app.Copies.SetThin(true)
	oldest := now.AddDate(-3, 0, 0)
	svc.Last().Finish(service.ThinPlan{Revisions: 12_000, Bytes: 48_000_000, Objects: 3400, Oldest: &oldest}, nil)
	s.until("the question", func() bool { return s.w.win.Canvas().Overlays().Top() != nil })
	s.compare("dialog-thin")
}
