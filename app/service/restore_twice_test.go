package service

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/dav/davtest/realserver"
	"sidekeep/sync/pim"
	"sidekeep/sync/restore"
)

// empty is a server with a login and nothing else, as it is seen without Sidekeep's
// memory of it.
type empty struct {
	t                   *testing.T
	url, user, password string
	stop, start         func() // it can't be reached, and can be again
}

// emptyServers runs a story at every kind of server that has nothing yet.
func emptyServers(t *testing.T, story func(t *testing.T, to *empty)) {
	t.Run("davtest", func(t *testing.T) {
		srv := davtest.New(t)
		story(t, &empty{t: t, url: srv.URL(), user: srv.User(), password: srv.Password(), start: srv.ClearFaults, stop: func() {
			srv.Fail(davtest.Fault{Kind: davtest.Reset, Times: -1, Match: func(davtest.Request) bool { return true }})
		}})
	})
	for _, kind := range []realserver.Kind{realserver.Radicale, realserver.Cyrus} {
		t.Run(string(kind), func(t *testing.T) {
			srv := realserver.Start(t, kind)
			story(t, &empty{t: t, url: srv.URL, user: srv.User, password: srv.Password, stop: srv.Stop, start: func() { must(t, srv.Restart()) }})
		})
	}
}

// has gives the collections that are there now with the number of their objects, as
// a vault that knows nothing finds them.
func (e *empty) has() []string {
	e.t.Helper()
	s := open(e.t, Config{})
	e.add(s)
	mirrorNow(e.t, s)
	a, err := s.vault.Account(e.t.Context(), "To")
	must(e.t, err)
	all, err := s.vault.Collections(e.t.Context(), a.ID)
	must(e.t, err)
	out := []string{}
	for _, k := range all {
		if k.Live > 0 {
			out = append(out, fmt.Sprint(k.Title(), " ", k.Live))
		}
	}
	slices.Sort(out)
	return out
}

func (e *empty) add(s *Service) {
	e.t.Helper()
	_, err := s.AddAccount(e.t.Context(), NewAccount{Address: e.url, User: e.user, Password: e.password, Name: "To"})
	must(e.t, err)
}

// lost is a vault with an account "Home" of 30 cards and 20 events, whose server is
// no longer needed, and the account "To" without anything.
func lost(t *testing.T, to *empty) *Service {
	t.Helper()
	srv := davtest.New(t)
	srv.AddCollection(pim.Contacts, "book", "Book").Fill(30, 1, gen.Card)
	srv.AddCollection(pim.Calendar, "cal", "Cal").Fill(20, 2, gen.Event)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	to.add(s)
	return s
}

func twice(s *Service) pim.RestoreAsk {
	return pim.RestoreAsk{At: s.now(), Account: "Home", To: "To", Make: true}
}

var once = []string{"Book 30", "Cal 20"}

// Two plans of the same, both made while the server had nothing: the second is
// refused before it writes anything, remains a plan, and a new one finds all there.
func TestRestore_TwoPlansThatMakeTheSame_TheSecondWritesNothing(t *testing.T) {
	emptyServers(t, func(t *testing.T, to *empty) {
		s := lost(t, to)
		ask := twice(s)
		first := result[RestorePlan](t, s.StartRestorePlan(ask))
		second := result[RestorePlan](t, s.StartRestorePlan(ask))
		if first.Counts["create"] != 50 || second.Counts["create"] != 50 {
			t.Fatalf("%v %v", first.Counts, second.Counts)
		}
		if rec := result[Receipt](t, s.StartRestore(first.ID)); rec.Counts["created"]+rec.Counts["altered"] != 50 {
			t.Fatalf("%+v", rec.Counts)
		}
		for range 2 { // trying again changes nothing
			j := s.StartRestore(second.ID)
			err := j.Wait(t.Context())
			var e *pim.Error
			if !errors.As(err, &e) || e.Fault != pim.Invalid || e.Reason != restore.ReasonOutOfDate || !strings.Contains(e.Hint, "new plan") {
				t.Fatalf("%v", err)
			}
			if rec, _ := j.Result().(Receipt); rec.ID != 0 {
				t.Errorf("a receipt of nothing: %+v", rec.Counts)
			}
		}
		if got := to.has(); !slices.Equal(got, once) {
			t.Errorf("the server has %q", got)
		}
		list, err := s.Restores(t.Context())
		if err != nil || list[0].State != "planned" || list[0].Started != nil || len(list[0].Results) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
		third := result[RestorePlan](t, s.StartRestorePlan(ask))
		if third.Counts["identical"] != 50 || len(third.Collections) != 0 {
			t.Errorf("%v", third.Counts)
		}
		if rec := result[Receipt](t, s.StartRestore(third.ID)); rec.Counts["identical"] != 50 {
			t.Errorf("%v", rec.Counts)
		}
		if got := to.has(); !slices.Equal(got, once) {
			t.Errorf("the server has %q", got)
		}
	})
}

// A restore stops because the server can't be reached; the person plans again, and
// that one comes to its end. The first is then offered nowhere, and explains itself.
func TestRestore_PlannedAgainAfterItStopped_TheFirstIsOver(t *testing.T) {
	if testing.Short() {
		t.Skip("the server is tried again for a while")
	}
	emptyServers(t, func(t *testing.T, to *empty) {
		s := lost(t, to)
		ask := twice(s)
		first := result[RestorePlan](t, s.StartRestorePlan(ask))
		to.stop()
		wantFault(t, s.StartRestore(first.ID).Wait(t.Context()), pim.Offline)
		to.start()
		stopped, err := s.InterruptedRestores(t.Context())
		if err != nil || stopped["To"] != first.ID {
			t.Fatalf("%v, %v", stopped, err)
		}
		ask.At = s.now() // "now" is another moment, and all is as it was
		second := result[RestorePlan](t, s.StartRestorePlan(ask))
		if len(second.Notes) == 0 || !strings.Contains(second.Notes[0], "goes on with it") {
			t.Errorf("%q", second.Notes)
		}
		rec := result[Receipt](t, s.StartRestore(second.ID))
		if rec.Counts["created"]+rec.Counts["altered"] != 50 || strings.Contains(strings.Join(rec.Notes, ""), "goes on with") {
			t.Errorf("%v %q", rec.Counts, rec.Notes)
		}
		wantOver(t, s, first.ID, second.ID)
		if got := to.has(); !slices.Equal(got, once) {
			t.Errorf("the server has %q", got)
		}
	})
}

// wantOver says that a restore is offered nowhere, and that running it explains which
// one took its place.
func wantOver(t *testing.T, s *Service, id, by int64) {
	t.Helper()
	err := s.StartRestore(id).Wait(t.Context())
	var e *pim.Error
	if !errors.As(err, &e) || e.Fault != pim.Invalid || e.Reason != "superseded" || !strings.Contains(e.Error(), fmt.Sprint("restore ", by)) {
		t.Fatalf("%v", err)
	}
	list, err := s.Restores(t.Context())
	must(t, err)
	for _, r := range list {
		if r.ID == id && r.Superseded != by {
			t.Errorf("%+v", r)
		}
	}
	if stopped, err := s.InterruptedRestores(t.Context()); err != nil || len(stopped) != 0 {
		t.Errorf("%v, %v", stopped, err)
	}
	rec, err := s.Receipt(t.Context(), id)
	if err != nil || len(rec.Notes) == 0 || !strings.Contains(rec.Notes[len(rec.Notes)-1], "took its place") || len(rec.Items) > 0 && rec.Items[0].Offer != "" {
		t.Errorf("%+v, %v", rec.Notes, err)
	}
}

// A restore of the whole takes the place of one of a part; the other way round what
// is left is still to be done, and goes on into what was made meanwhile by itself.
func TestRestore_OneOfAPartAndOneOfAll(t *testing.T) {
	srv := davtest.New(t)
	to := &empty{t: t, url: srv.URL(), user: srv.User(), password: srv.Password()}
	s := lost(t, to)
	ask := twice(s)
	half := ask
	half.Collection = "Book"
	part := result[RestorePlan](t, s.StartRestorePlan(half))
	all := result[RestorePlan](t, s.StartRestorePlan(ask))
	begun := func(id int64) { must(t, s.vault.SetRestoreState(t.Context(), id, "stopped", nil, s.now())) }
	for _, id := range []int64{part.ID, all.ID} {
		must(t, s.vault.SetRestoreState(t.Context(), id, "running", nil, s.now()))
		begun(id)
	}
	// The part was put back by another plan of it: the whole has the calendar to do.
	again := result[RestorePlan](t, s.StartRestorePlan(half))
	if rec := result[Receipt](t, s.StartRestore(again.ID)); rec.Missing() != 0 {
		t.Fatalf("%+v", rec.Counts)
	}
	wantSuperseded := func(want map[int64]int64) {
		t.Helper()
		list, err := s.Restores(t.Context())
		must(t, err)
		for _, r := range list {
			if r.Superseded != want[r.ID] {
				t.Errorf("restore %d: %+v, want %d", r.ID, r, want[r.ID])
			}
		}
	}
	wantSuperseded(map[int64]int64{part.ID: again.ID})
	err := s.StartRestore(all.ID).Wait(t.Context())
	wantFault(t, err, pim.Invalid) // it would make another address book
	if got := to.has(); !slices.Equal(got, []string{"Book 30"}) {
		t.Errorf("the server has %q", got)
	}
	rest := result[RestorePlan](t, s.StartRestorePlan(ask))
	if rest.Counts["create"] != 20 || rest.Counts["identical"] != 30 {
		t.Fatalf("%v", rest.Counts)
	}
	if rec := result[Receipt](t, s.StartRestore(rest.ID)); rec.Missing() != 0 {
		t.Fatalf("%+v", rec.Counts)
	}
	wantSuperseded(map[int64]int64{part.ID: rest.ID})
	if got := to.has(); !slices.Equal(got, once) {
		t.Errorf("the server has %q", got)
	}
}

// A restore is cut short when it has just asked for a collection, and another one
// makes and fills it: the first takes neither that for its own, nor makes one more.
func TestRestore_AnotherMadeItsCollection_NothingTwice(t *testing.T) {
	srv := davtest.New(t)
	to := &empty{t: t, url: srv.URL(), user: srv.User(), password: srv.Password()}
	s := lost(t, to)
	ask := twice(s)
	first := result[RestorePlan](t, s.StartRestorePlan(ask))
	srv.Fail(davtest.Fault{Kind: davtest.Stall, Times: -1, Match: func(r davtest.Request) bool { return strings.HasPrefix(r.Method, "MK") }})
	j := s.StartRestore(first.ID)
	within(t, "the server is asked for a collection", srv.Stalled())
	j.Cancel()
	wantFault(t, j.Wait(t.Context()), pim.Stopped)
	srv.ClearFaults()
	srv.Release()
	// Another machine puts it all there, and the first vault hears nothing of it.
	other := lost(t, to)
	done := result[RestorePlan](t, other.StartRestorePlan(twice(other)))
	if rec := result[Receipt](t, other.StartRestore(done.ID)); rec.Missing() != 0 {
		t.Fatalf("%+v", rec.Counts)
	}
	rec := result[Receipt](t, s.StartRestore(first.ID))
	if rec.State != "done" || rec.Counts["failed"] != 50 || !strings.Contains(rec.Items[0].Offer, "new plan") {
		t.Errorf("%s %v %+v", rec.State, rec.Counts, rec.Items[0])
	}
	if got := to.has(); !slices.Equal(got, once) {
		t.Errorf("the server has %q", got)
	}
	for _, r := range srv.Requests() {
		if r.Method == http.MethodDelete {
			t.Error(r)
		}
	}
}
