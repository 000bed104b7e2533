//go:build ci

package gui

import (
	"fmt"
	"testing"

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
