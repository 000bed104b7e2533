package service

import (
	"context"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

func TestMirror_KeepsWhyItFailedForTheNextProcess(t *testing.T) {
	srv, _, _ := home(t, 3)
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	add(t, s, srv)
	mirrorNow(t, s)
	srv.Close()
	if a := mirrorNow(t, s).Accounts[0]; a.Outcome != pim.Failed || a.Error.Fault != "offline" {
		t.Fatalf("%+v", a)
	}
	other := open(t, Config{Dir: dir, ReadOnly: true})
	st, err := other.Status(t.Context())
	if err != nil || st.Accounts[0].State != StateFailed || st.Accounts[0].Error.Fault != "offline" || st.Accounts[0].LastComplete == nil {
		t.Fatalf("%+v, %v", st, err)
	}
	srv.Listen()
	mirrorNow(t, s)
	if st, _ := other.Status(t.Context()); st.Accounts[0].State != StateOK || st.Accounts[0].Error != nil {
		t.Fatalf("%+v", st.Accounts[0])
	}
}

func TestMirror_OneRefusedAccountDoesNotStopTheOthers(t *testing.T) {
	one, _, _ := home(t, 1)
	two, _, _ := home(t, 2)
	s := open(t, Config{})
	add(t, s, one)
	if _, err := s.AddAccount(t.Context(), NewAccount{Address: two.URL(), User: "user", Password: "secret", Name: "Work"}); err != nil {
		t.Fatal(err)
	}
	one.SetPassword("changed")
	rep := mirrorNow(t, s)
	if len(rep.Accounts) != 2 || rep.Accounts[0].Outcome != pim.Failed || rep.Accounts[1].Outcome != pim.Complete {
		t.Fatalf("%+v", rep)
	}
}

func TestMirror_HomeSetMovedIsFoundAgain(t *testing.T) {
	srv, _, _ := home(t, 2)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	// What is remembered points to where nothing is any more.
	id := accountID(t, s)
	d, err := s.vault.Discovery(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for i := range d.HomeSets {
		if d.HomeSets[i].Kind == pim.Contacts {
			d.HomeSets[i].URL = srv.URL() + "/dav/old/user/"
		}
	}
	d.Collections = nil
	if err := s.vault.SaveDiscovery(t.Context(), id, d); err != nil {
		t.Fatal(err)
	}
	if a := mirrorNow(t, s).Accounts[0]; a.Outcome != pim.Complete {
		t.Fatalf("%+v %+v", a, a.Error)
	}
	d, _ = s.vault.Discovery(t.Context(), id)
	for _, h := range d.HomeSets {
		if h.URL == srv.URL()+"/dav/old/user/" {
			t.Fatalf("the old home-set is still remembered: %+v", d.HomeSets)
		}
	}
}

func TestMirror_WaitsForAnotherProcess(t *testing.T) {
	srv, _, _ := home(t, 1)
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	add(t, s, srv)
	other, err := vault.Open(t.Context(), dir, vault.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	unlock, err := other.LockWriter(t.Context(), "mirror", false)
	if err != nil {
		t.Fatal(err)
	}
	j := s.StartMirror()
	deadline := time.Now().Add(10 * time.Second)
	for j.Snapshot().Step == "" && time.Now().Before(deadline) {
		select {
		case <-j.Done():
			t.Fatal("it did not wait")
		case <-time.After(5 * time.Millisecond):
		}
	}
	if step := j.Snapshot().Step; len(step) < len("Waiting: ") || step[:9] != "Waiting: " {
		t.Fatalf("it says %q", step)
	}
	unlock()
	within(t, "the mirror", j.Done())
	if err := j.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestClose_StopsAMirrorAndWaits(t *testing.T) {
	srv, _, _ := home(t, 50)
	s := open(t, Config{})
	add(t, s, srv)
	srv.FailAt(srv.CountRequests()+2, davtest.Stall)
	j := s.StartMirror()
	within(t, "the stall", srv.Stalled())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-j.Done():
	default:
		t.Fatal("Close came back before its job")
	}
	wantFault(t, j.Wait(context.Background()), pim.Stopped)
	wantFault(t, s.StartMirror().Wait(context.Background()), pim.Stopped)
}

func TestAgenda_ExpandsAndRemembers(t *testing.T) {
	srv, _, cal := home(t, 0)
	cal.Put("weekly.ics", event("weekly", "DTSTART;TZID=Europe/Berlin:20260302T090000\r\nDTEND;TZID=Europe/Berlin:20260302T100000\r\nRRULE:FREQ=WEEKLY"))
	cal.Put("day.ics", event("day", "DTSTART;VALUE=DATE:20260316\r\nDTEND;VALUE=DATE:20260317"))
	cal.Put("broken.ics", []byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:b\r\nDTSTART:garbage\r\nRRULE:FREQ=NEVER\r\n"))
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 3, 9, 0, 0, 0, 0, berlin)
	for range 2 {
		got, err := s.Agenda(t.Context(), from, from.AddDate(0, 0, 28), berlin)
		if err != nil {
			t.Fatal(err)
		}
		var text []string
		for _, e := range got {
			text = append(text, e.Start.In(berlin).Format("01-02 15:04 ")+e.UID)
		}
		want := []string{"03-09 09:00 weekly", "03-14 10:00 e1", "03-16 00:00 day", "03-16 09:00 weekly", "03-23 09:00 weekly", "03-30 09:00 weekly"}
		if len(text) != len(want) {
			t.Fatalf("got %v", text)
		}
		for i := range want {
			if text[i] != want[i] {
				t.Fatalf("got %v", text)
			}
		}
	}
	if len(s.agenda.entries) == 0 {
		t.Fatal("nothing was remembered")
	}
}

// An empty calendar that is deleted on the server does not stop the account's
// time; one with objects in it does, for they are held.
func TestStatus_AnEmptyCollectionThatIsGoneHoldsNobodyUp(t *testing.T) {
	for _, contacts := range []int{0, 3} {
		srv, _, _ := home(t, contacts)
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		s := open(t, Config{Now: func() time.Time { return now }})
		add(t, s, srv)
		mirrorNow(t, s)
		before := now
		srv.Lose(davtest.LoseCollection) // Friends
		for range 2 {
			now = now.Add(time.Hour)
			mirrorNow(t, s)
		}
		want, state := now, StateOK
		if contacts > 0 {
			want, state = before, StateHeld
		}
		st, err := s.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		a := st.Accounts[0]
		if a.LastComplete == nil || !a.LastComplete.Equal(want) || a.State != state || len(a.Collections) != 2 {
			t.Errorf("%d contacts: %s, last complete %v, want %s, %v", contacts, a.State, a.LastComplete, state, want)
		}
		if got := st.LastComplete(); got == nil || !got.Equal(want) {
			t.Errorf("%d contacts: everything last complete %v, want %v", contacts, got, want)
		}
	}
}
