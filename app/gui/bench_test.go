//go:build ci

package gui

import (
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2/theme"

	"sidekeep/app/service"
)

// BenchmarkPageSwitch shows contacts and calendar in turn, on 100,000 contacts
// and a month of 3,000 events: the window's own part of a page switch.
func BenchmarkPageSwitch(b *testing.B) {
	svc := household()
	svc.People = nil
	for i := range 100_000 {
		svc.People = append(svc.People, service.Item{ID: int64(i + 1), Kind: "contact", Title: fmt.Sprintf("Given Family%05d", i), Subtitle: "person@example.org", CollID: 1})
	}
	for i := range 3000 {
		svc.Entries = append(svc.Entries, event(2, fmt.Sprint("Event ", i), 1+i%30, i%20, 30, false))
	}
	s := newScene(b, svc, theme.VariantLight, wide)
	s.w.show(pageContacts)
	s.until("the list", func() bool { return s.app.Contacts.Rows.Ready })
	s.w.show(pageCalendar)
	s.until("the month", func() bool { return s.app.Calendar.Ready })
	s.loop.Drain()
	var worst time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		s.w.show(pageContacts + i%2)
		worst = max(worst, time.Since(start))
	}
	b.ReportMetric(float64(worst.Microseconds())/1000, "worst-ms")
}

// BenchmarkScroll moves 5 rows on in a list of 100,000.
func BenchmarkScroll(b *testing.B) {
	svc := household()
	svc.People = nil
	for i := range 100_000 {
		svc.People = append(svc.People, service.Item{ID: int64(i + 1), Kind: "contact", Title: fmt.Sprintf("Given Family%05d", i), Subtitle: "person@example.org", CollID: 1})
	}
	s := newScene(b, svc, theme.VariantLight, wide)
	s.w.show(pageContacts)
	s.until("the list", func() bool { return s.app.Contacts.Rows.Ready })
	list := s.w.pages[pageContacts].(*contactsPage).list
	for i := 0; b.Loop(); i++ {
		list.ScrollToOffset(float32(i%10_000) * 5 * 56)
		s.loop.Drain()
	}
}

// BenchmarkRefresh renders the contacts again after another page of answers.
func BenchmarkRefresh(b *testing.B) {
	s := newScene(b, household(), theme.VariantLight, wide)
	s.w.show(pageContacts)
	s.until("the list", func() bool { return s.app.Contacts.Rows.Ready })
	for b.Loop() {
		s.w.pages[pageContacts].render()
	}
}

// BenchmarkOverviewTick words and renders the overview while something runs.
func BenchmarkOverviewTick(b *testing.B) {
	s := newScene(b, household(), theme.VariantLight, wide)
	s.app.Mirror()
	n := int64(0)
	for b.Loop() {
		n++
		s.svc.Last().Set(service.Progress{Kind: "mirror", Account: "Home", Step: "Fetching", Done: n % 1000, Total: 1000})
		s.app.Tick()
	}
}
