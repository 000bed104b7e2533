//go:build ci && linux

package gui

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"sidekeep/app/present"
)

// longPane is the pane of contacts with the first contact, of n lines, just put
// into it: what comes later has not come yet.
func longPane(t *testing.T, n int) (*scene, *detailView) {
	t.Helper()
	svc := household()
	for i := range n {
		svc.FieldsOf[1] = append(svc.FieldsOf[1], present.Field{Name: "TEL", Title: "Telephone", Value: fmt.Sprint("+44 20 7946 ", i), Type: "phone"})
	}
	s := newScene(t, svc, theme.VariantLight, wide)
	s.w.show(pageContacts)
	v := s.w.pages[pageContacts].(*contactsPage).detail
	s.until("the detail", func() bool { return v.shown != nil })
	return s, v
}

// pieces counts what is in the pane.
func pieces(v *detailView) (n int) {
	for _, b := range v.body.Objects {
		n += len(b.(*fyne.Container).Objects)
	}
	return n
}

func TestPane_FillsBelowWhatIsSeen(t *testing.T) {
	s, v := longPane(t, 150)
	first, seen := pieces(v), v.scroll.Size().Height
	if high := v.body.MinSize().Height; first > 60 || high < seen {
		t.Errorf("at first there are %d pieces, %v high in a pane of %v", first, high, seen)
	}
	top := v.body.Objects[0]
	s.loop.Drain()
	if n := pieces(v); n < 150 || v.body.Objects[0] != top {
		t.Errorf("in the end there are %d pieces", n)
	}
}

func TestPane_OtherObjectEndsFilling(t *testing.T) {
	s, v := longPane(t, 150)
	s.w.pages[pageContacts].escape()
	n := pieces(v)
	s.loop.Drain()
	if pieces(v) != n {
		t.Error("a pane that was emptied went on filling")
	}
}

func TestPane_StaysWhereItIsRead(t *testing.T) {
	s, v := longPane(t, 150)
	s.loop.Drain()
	v.scroll.ScrollToOffset(fyne.NewPos(0, 1500))
	changed := *v.shown
	changed.Title = "Anna of another name"
	before := v.body.Objects[0]
	v.show(&present.DetailPane{ID: 1, Detail: &changed})
	if v.body.Objects[0] != before || v.scroll.Offset.Y != 1500 {
		t.Error("the pane changed under the eyes of who reads it")
	}
	s.loop.Drain()
	if v.body.Objects[0] == before || v.scroll.Offset.Y != 1500 || pieces(v) < 150 {
		t.Errorf("afterwards there are %d pieces, scrolled to %v", pieces(v), v.scroll.Offset.Y)
	}
}

func TestPane_LongRawText(t *testing.T) {
	s, v := longPane(t, 0)
	d := *v.shown
	lines := make([]string, 500)
	for i := range lines {
		lines[i] = fmt.Sprint("LINE:", i)
	}
	d.Raw = strings.Join(lines, "\n")
	v.show(&present.DetailPane{ID: 1, Detail: &d, Raw: true})
	high := v.body.MinSize().Height
	s.loop.Drain()
	pitch := theme.Size(sizeSmall) // each line takes more than its letters
	if got := v.body.MinSize().Height; got < high+440*pitch || v.scroll.Content.Size().Height < got {
		t.Errorf("500 lines are %v high, the first 60 %v", got, high)
	}
}

func TestWarm_FirstVisitNeedsNothing(t *testing.T) {
	s := newScene(t, household(), theme.VariantLight, wide)
	c := s.app.Contacts
	s.until("the first contact", func() bool { return c.Detail.Detail != nil && s.app.Calendar.Ready && s.app.Tasks.Ready })
	s.loop.Drain()
	for _, p := range []int{pageContacts, pageCalendar, pageTasks} {
		if s.w.stale[p] || s.w.built[p].Visible() || s.w.built[p].Size() != s.w.stack.Size() {
			t.Errorf("%s is not ready: stale %v, size %v", pageNames[p], s.w.stale[p], s.w.built[p].Size())
		}
	}
	if v := s.w.pages[pageContacts].(*contactsPage).detail; v.shown == nil {
		t.Error("the first contact is not open")
	}
}

func TestWarm_HistoryStandsAtItsFirstRow(t *testing.T) {
	s := newScene(t, crowd(), theme.VariantLight, wide)
	s.until("the timeline", func() bool { return s.app.History.Ready && s.app.History.Settled() })
	s.loop.Drain()
	s.w.show(pageHistory)
	p := s.w.pages[pageHistory].(*historyPage)
	if y := p.list.GetScrollOffset(); p.chosen != 0 || y != 0 {
		t.Errorf("row %d is chosen and the list scrolled to %v", p.chosen, y)
	}
}
