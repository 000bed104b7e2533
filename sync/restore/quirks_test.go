package restore_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// Every way of servers to store things, as far as it is known: the cloud that died
// is restored there, and a second plan leaves all of it alone.
func TestRestore_WriteQuirks(t *testing.T) {
	t.Parallel()
	type result = map[pim.RestoreResult]int
	all := result{pim.DoneCreated: 24}
	for quirk, want := range map[davtest.Quirk]result{
		davtest.PutRenames: all, davtest.PutLocation: all, davtest.Reencodes: all, davtest.NoPutETag: all,
		davtest.IgnoresIfNoneMatch: all, davtest.StrictComponents: all, davtest.AccountUIDs: all,
		davtest.CollectionUIDs: all, davtest.CollectionUIDs207: all, davtest.Mails: all, davtest.MailsAnyway: all,
		davtest.NoMkcalendar: all, davtest.PlainMkcol: all, davtest.MakeNoColor: all, davtest.MakeTaken: all, davtest.MakeNoName: all,
		davtest.OwnUIDs:         {pim.DoneAltered: 24},
		davtest.DropsProperties: {pim.DoneAltered: 3, pim.DoneCreated: 21}, /* three have a photo */
		davtest.Locked:          {pim.DoneFailed: 24},
		davtest.NoMake:          {pim.DoneFailed: 24},
	} {
		t.Run(string(quirk), func(t *testing.T) {
			t.Parallel()
			h := openHome(t, t.TempDir())
			from := davtest.New(t)
			from.AddCollection(pim.Contacts, "friends", "Friends").Fill(10, 1, gen.CardWithPhoto)
			cal := from.AddCollection(pim.Calendar, "work", "Work")
			cal.Describe("", "#336699", 1)
			cal.Fill(13, 2, gen.Event)
			cal.Put("meeting.ics", []byte(invited))
			wanted := h.wanted(h.add("cloud", from.URL()))
			from.Close()
			s := davtest.New(t, davtest.WithQuirks(quirk))
			to := h.add("other", s.URL())
			ask := pim.RestoreAsk{Make: true}
			re := h.runs(to, h.plan(ask, to, wanted))
			if got := counts(re); !maps.Equal(got, want) {
				t.Errorf("%v, want %v\n%s", got, want, receipt(re))
			}
			if m := s.Mailed(); len(m) > 0 {
				t.Errorf("mailed: %v", m)
			}
			made := want[pim.DoneCreated]+want[pim.DoneAltered] == 24
			if n := len(s.Objects()); made && n != 24 || !made && n != 0 {
				t.Errorf("%d objects there", n)
			}
			// What stands there is what was put, wherever and in whatever words.
			for _, st := range re.Steps {
				if made && s.Objects()[st.Href.Key()] == nil {
					t.Errorf("step %d: nothing at %s", st.N, st.Href)
				}
			}
			again := h.saved(h.plan(ask, to, wanted))
			if made && actions(again)[pim.Identical] != 24 {
				t.Errorf("planned again: %v\n%s", actions(again), receipt(again))
			}
			t.Logf("%d requests; %.100v", s.CountRequests(), re.Steps[0].Detail)
		})
	}
}

// As it is means as it is: the plan says who may be mailed, and they are.
func TestRestore_AsIs_ExactBytes(t *testing.T) {
	t.Parallel()
	h := openHome(t, t.TempDir())
	s := davtest.New(t, davtest.WithQuirks(davtest.Mails))
	cal := s.AddCollection(pim.Calendar, "work", "Work")
	cal.Put("meeting.ics", []byte(invited))
	a := h.add("home", s.URL())
	wanted := h.wanted(a)
	empty(cal)
	id := h.plan(pim.RestoreAsk{AsIs: true}, a, wanted)
	if st := h.saved(id).Steps[0]; fmt.Sprint(st.Mail) != "[me@example.org you@example.org]" {
		t.Errorf("%v", st.Mail)
	}
	re := h.runs(a, id)
	if b, _, _ := cal.Get("meeting.ics"); string(b) != invited || counts(re)[pim.DoneCreated] != 1 {
		t.Errorf("%s\n%s", b, receipt(re))
	}
	if len(s.Mailed()) == 0 {
		t.Error("the test server mailed nobody: this test proves nothing")
	}
}

// Between the plan and the run others have been there: nothing is overwritten.
func TestRestore_OthersWereFaster_NothingIsOverwritten(t *testing.T) {
	t.Parallel()
	s, book, _, _ := town(t)
	h := openHome(t, t.TempDir())
	a := h.add("home", s.URL())
	wanted := h.wanted(a)[:40]
	names := book.Names()
	old := map[string][]byte{}
	for _, n := range names {
		old[n], _, _ = book.Get(n)
	}
	for _, n := range names[:6] {
		book.Delete(n)
	}
	noted := func(name, note string) []byte {
		return []byte(strings.Replace(string(old[name]), "END:VCARD", "NOTE:"+note+"\r\nEND:VCARD", 1))
	}
	book.Put(names[6], noted(names[6], "one"))
	book.Put(names[7], noted(names[7], "one"))
	for i := range wanted {
		wanted[i].Undo = true
	}
	id := h.plan(pim.RestoreAsk{}, a, wanted)
	// 0: somebody puts another card there; 1: the same one; 2: the same under
	// another name; 6: changes it; 7: deletes it.
	other := gen.Card(nil, 10, 3)
	book.Put(names[0], other)
	book.Put(names[1], old[names[1]])
	book.Put("moved.vcf", old[names[2]])
	s.Set(davtest.CollectionUIDs)
	changed := noted(names[6], "two")
	book.Put(names[6], changed)
	book.Delete(names[7])
	re := h.runs(a, id)
	at := map[string]pim.RestoreStep{}
	for _, st := range re.Steps {
		at[st.Href.Base()] = st
	}
	for name, want := range map[string]pim.RestoreResult{
		names[0]: pim.DoneConflict, names[1]: pim.DoneIdentical, "moved.vcf": pim.DoneIdentical, names[3]: pim.DoneCreated,
		names[6]: pim.DoneConflict, names[7]: pim.DoneConflict,
	} {
		if at[name].Result != want {
			t.Errorf("%s: %s, want %s: %v %s", name, at[name].Result, want, at[name].Detail, at[name].Action)
		}
	}
	t.Logf("%s", receipt(re))
	for name, want := range map[string][]byte{names[0]: other, names[6]: changed, names[3]: old[names[3]]} {
		if got, _, _ := book.Get(name); string(got) != string(want) {
			t.Errorf("%s is\n%s", name, got)
		}
	}
	if _, _, there := book.Get(names[2]); there {
		t.Error("the moved card is there twice")
	}
}

// A UID that the server keeps in its bin: said, with an offer; with new UIDs it
// works, and a third plan knows them again.
func TestRestore_UIDInTheBin(t *testing.T) {
	t.Parallel()
	h := openHome(t, t.TempDir())
	s := davtest.New(t, davtest.WithQuirks(davtest.UIDBin))
	book := s.AddCollection(pim.Contacts, "friends", "Friends")
	book.Fill(5, 1, gen.Card)
	cal := s.AddCollection(pim.Calendar, "work", "Work")
	cal.Fill(5, 2, gen.Event)
	a := h.add("home", s.URL())
	wanted := h.wanted(a)
	empty(book)
	empty(cal)
	re := h.runs(a, h.plan(pim.RestoreAsk{}, a, wanted))
	binned := 0
	for _, st := range re.Steps {
		if st.Result == pim.DoneFailed && strings.Contains(st.Detail[0], "trash bin") && strings.Contains(st.Detail[1], "--new-uids") {
			binned++
		}
	}
	if binned == 0 {
		t.Fatalf("%s", receipt(re))
	}
	ask := pim.RestoreAsk{NewUIDs: true}
	re = h.runs(a, h.plan(ask, a, wanted))
	renewed := 0
	for _, st := range re.Steps {
		if st.Result == pim.DoneCreated && st.NewUID != "" {
			body := s.Objects()[st.Href.Key()]
			if !strings.Contains(string(body), "UID:"+st.NewUID) || strings.Contains(string(body), st.UID) {
				t.Errorf("step %d: new UID %s, but\n%s", st.N, st.NewUID, body)
			}
			renewed++
		}
	}
	if renewed != binned || len(s.Objects()) != 10 {
		t.Errorf("%d renewed of %d, %d there\n%s", renewed, binned, len(s.Objects()), receipt(re))
	}
	if x := h.saved(h.plan(ask, a, wanted)); actions(x)[pim.Identical] != 10 {
		t.Errorf("%v\n%s", actions(x), receipt(x))
	}
}

// No room: it stops, says so, and goes on when there is room.
func TestRestore_NoRoom_GoesOnWhenThereIs(t *testing.T) {
	t.Parallel()
	h := openHome(t, t.TempDir())
	s := davtest.New(t)
	book := s.AddCollection(pim.Contacts, "friends", "Friends")
	for i := range 30 {
		book.Put(fmt.Sprintf("c%d.vcf", i), gen.Card(nil, 1, i))
	}
	a := h.add("home", s.URL())
	wanted, before := h.wanted(a), s.Objects()
	empty(book)
	s.SetQuota(3000)
	id := h.plan(pim.RestoreAsk{}, a, wanted)
	re, err := h.run(a, id)
	if pim.FaultOf(err) != pim.Denied || re.State != "stopped" || len(s.Objects()) == 0 || len(s.Objects()) == 30 {
		t.Fatalf("%v %s, %d there\n%s", err, re.State, len(s.Objects()), receipt(re))
	}
	s.SetQuota(0)
	re = h.runs(a, id)
	equal(t, s.Objects(), before)
	if counts(re)[pim.DoneCreated] != 30 {
		t.Errorf("%s", receipt(re))
	}
}

// What one object is too large or too new for fails alone.
func TestRestore_WhatTheServerDoesNotTake_FailsAlone(t *testing.T) {
	t.Parallel()
	h := openHome(t, t.TempDir())
	s := davtest.New(t)
	book := s.AddCollection(pim.Contacts, "friends", "Friends")
	book.Fill(20, 1, gen.CardWithPhoto)
	book.Put("large.vcf", []byte(strings.Replace(string(gen.Card(nil, 5, 1)), "END:VCARD", "NOTE:"+strings.Repeat("x", 300_000)+"\r\nEND:VCARD", 1)))
	a := h.add("home", s.URL())
	wanted := h.wanted(a)
	empty(book)
	id := h.plan(pim.RestoreAsk{}, a, wanted)
	s.SetMaxSize(100_000)
	s.Set(davtest.NoVCard4)
	re := h.runs(a, id)
	for _, st := range re.Steps {
		body := s.Objects()[st.Href.Key()]
		if (st.Result == pim.DoneCreated) != (body != nil) || st.Result != pim.DoneCreated && (st.Result != pim.DoneFailed || len(st.Detail) != 2) {
			t.Errorf("step %d: %s %v, there: %v", st.N, st.Result, st.Detail, body != nil)
		}
	}
	c := counts(re)
	if c[pim.DoneCreated] < 10 || c[pim.DoneFailed] < 2 {
		t.Errorf("%s", receipt(re))
	}
}

// The collection is taken away in the middle: what is left fails, and it is said why.
func TestRestore_TheCollectionGoesAway(t *testing.T) {
	t.Parallel()
	h := openHome(t, t.TempDir())
	s := davtest.New(t)
	book := s.AddCollection(pim.Contacts, "friends", "Friends")
	book.Fill(60, 1, gen.Card)
	f := newFront(t, s)
	a := h.add("home", f.URL)
	wanted := h.wanted(a)
	empty(book)
	id := h.plan(pim.RestoreAsk{}, a, wanted)
	h.window, h.conns = 10, 1
	puts := 0
	f.reset(func(_ int, r *http.Request) action {
		if r.Method == http.MethodPut {
			if puts++; puts == 15 {
				book.Remove()
			}
		}
		return pass
	})
	re := h.runs(a, id)
	said := 0
	for _, st := range re.Steps {
		if len(st.Detail) == 2 && strings.Contains(st.Detail[0], "no longer on the server") && strings.Contains(st.Detail[1], "--make") {
			said++
		}
		if len(st.Detail) > 0 && strings.Contains(st.Detail[0], "may not write") {
			t.Errorf("step %d: %v", st.N, st.Detail)
		}
	}
	if counts(re)[pim.DoneFailed] < 45 || said < 20 {
		t.Errorf("%d say why\n%s", said, receipt(re))
	}
}
