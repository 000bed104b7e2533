package mirror_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// "It was me": what is missing gets its tombstones, everything is well again, and
// the next runs cost what they always cost.
func TestIncident_Accepted_IsBelieved(t *testing.T) {
	t.Parallel()
	byEitherListing(t, func(t *testing.T, s *davtest.Server, book *davtest.Collection, h *home) {
		for _, n := range book.Names()[:30] {
			book.Delete(n)
		}
		h.runs(pim.HeldBack)
		x := h.incidents(true, pim.LargeDeletion)[0]
		if y := h.decide(x.ID, pim.Accepted); y.Closed != pim.Accepted || y.Gone != 30 {
			t.Errorf("%+v", y)
		}
		equal(t, h.view(), s.Objects())
		s.ResetRequests()
		h.runs(pim.Complete)
		atMost(t, s, 2)
		book.Delete(book.Names()[0])
		if rep := h.runs(pim.Complete); rep.Counts.Deleted != 1 {
			t.Errorf("%+v", rep.Counts)
		}
		equal(t, h.view(), s.Objects())
		h.incidents(true)
	})
}

// Kept here for good: it stays in the view, counts nowhere, costs nothing, and is
// as any other object once the server has it again.
func TestIncident_Kept_IsAskedAboutNoMore(t *testing.T) {
	t.Parallel()
	byEitherListing(t, func(t *testing.T, s *davtest.Server, book *davtest.Collection, h *home) {
		want := s.Objects()
		names, bodies := book.Names(), book.Objects()
		for _, n := range names[:30] {
			book.Delete(n)
		}
		h.runs(pim.HeldBack)
		h.decide(h.incidents(true, pim.LargeDeletion)[0].ID, pim.KeptHere)
		for i := range 3 {
			s.ResetRequests()
			rep := h.runs(pim.Complete)
			atMost(t, s, 2)
			equal(t, h.view(), want)
			if rep.Counts.Held != 0 {
				t.Errorf("run %d: %+v", i, rep.Counts)
			}
		}
		book.Delete(names[35]) // an ordinary one, of the ten that are left
		delete(want, davHref(book, names[35]))
		h.clock = h.clock.AddDate(0, 0, 8) // the weekly listing, too
		if rep := h.runs(pim.Complete); rep.Counts.Deleted != 1 || rep.Counts.Held != 0 {
			t.Errorf("%+v", rep.Counts)
		}
		equal(t, h.view(), want)
		book.Put(names[3], bodies[davHref(book, names[3])])
		h.runs(pim.Complete)
		equal(t, h.view(), want)
		if k := h.known("Friends"); k.Kept != 29 {
			t.Errorf("%+v", k)
		}
		h.incidents(true)
	})
}

// What was missing is put back by somebody: over, without a word.
func TestIncident_PutBack_IsOver(t *testing.T) {
	t.Parallel()
	s, book, _, h := settled(t)
	want, bodies := s.Objects(), book.Objects()
	before := s.Snapshot()
	s.Lose(davtest.LoseContents)
	h.runs(pim.Complete)
	if len(h.incidents(true, pim.Emptied, pim.Emptied, pim.Emptied)) != 3 {
		return
	}
	for path, body := range bodies {
		book.Put(path[strings.LastIndexByte(path, '/')+1:], body)
	}
	h.runs(pim.Complete)
	h.incidents(true, pim.Emptied, pim.Emptied)
	s.Restore(before)
	h.runs(pim.Complete)
	h.incidents(true)
	equal(t, h.view(), want)
}

// An old calendar is removed: it is held and told once, however long nobody
// decides; and then it is gone.
func TestIncident_OldCalendarRemoved_ToldOnce(t *testing.T) {
	t.Parallel()
	s, _, cal, h := settled(t)
	want := s.Objects()
	cal.Remove()
	told := 0
	for range 10 {
		h.clock = h.clock.AddDate(0, 0, 3)
		h.runs(pim.HeldBack)
		told += len(h.notify())
		equal(t, h.view(), want)
	}
	x := h.incidents(true, pim.CollectionGone)[0]
	if told != 1 || x.Collection != "Work" || x.Gone != 30 {
		t.Errorf("told %d times, %+v", told, x)
	}
	h.decide(x.ID, pim.Accepted)
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
	h.incidents(true)
}

// The same kept for good.
func TestIncident_OldCalendarRemoved_Kept(t *testing.T) {
	t.Parallel()
	s, _, cal, h := settled(t)
	want := s.Objects()
	cal.Remove()
	h.runs(pim.HeldBack)
	h.decide(h.incidents(true, pim.CollectionGone)[0].ID, pim.KeptHere)
	for range 3 {
		h.runs(pim.Complete)
		equal(t, h.view(), want)
	}
	h.incidents(true)
}

// A server that goes to and fro is one incident, and one notification.
func TestIncident_ToAndFro_ToldOnce(t *testing.T) {
	t.Parallel()
	s, _, _, h := settled(t)
	want := s.Objects()
	full := s.Snapshot()
	s.Lose(davtest.LoseHalf)
	half := s.Snapshot()
	told := 0
	for i := range 6 {
		outcome := pim.HeldBack
		if i%2 == 1 {
			s.Restore(full)
			outcome = pim.Complete
		} else {
			s.Restore(half)
		}
		h.runs(outcome)
		told += len(h.notify())
		equal(t, h.view(), want)
	}
	h.incidents(true)
	h.incidents(false, pim.LargeDeletion, pim.LargeDeletion, pim.LargeDeletion)
	if told != 3 { // one for each collection; three of six tasks only because the others lost half, too
		t.Errorf("told %d times", told)
	}
}

// The same of the whole account.
func TestIncident_AccountToAndFro_ToldOnce(t *testing.T) {
	t.Parallel()
	s, _, _, h := settled(t)
	told := 0
	for i := range 6 {
		outcome := pim.HeldBack
		if i%2 == 1 {
			s.Find()
			outcome = pim.Complete
		} else {
			s.Lose(davtest.LoseHomeSet)
		}
		h.runs(outcome)
		told += len(h.notify())
	}
	h.incidents(false, pim.AccountEmptied)
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}

// Back to the state of a week ago, as an administrator does it and as a disk
// image does: what is newer is held, what was changed is kept, and forward again
// it is over.
func TestIncident_RolledBackAWeek(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]func(*davtest.Server, davtest.Snapshot){"restored": (*davtest.Server).Restore, "rewound": (*davtest.Server).Rewind} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, book, _, h := settled(t)
			old := s.Snapshot()
			for i, n := range book.Names()[:4] {
				h.clock = h.clock.AddDate(0, 0, 2)
				book.Put(n, gen.Card(nil, 60, i))
				book.Put(fmt.Sprintf("new%d.vcf", i), gen.Card(nil, 61, i))
				h.runs(pim.Complete)
			}
			want := s.Objects()
			now := s.Snapshot()
			back(s, old)
			rep := h.runs(pim.HeldBack)
			if rep.Counts.Held != 4 || rep.Counts.Deleted != 0 || rep.Counts.Modified != 4 {
				t.Errorf("%+v", rep.Counts)
			}
			x := h.incidents(true, pim.RolledBack)[0]
			if x.Gone != 4 || x.Changed != 4 || !strings.Contains(x.Message, "older state, of before 3 March: 4 contacts are as they were long ago, and 4 contacts are missing there") {
				t.Errorf("%+v", x)
			}
			for _, o := range must(h.vault.IncidentObjects(context.Background(), x.ID))(t) {
				if o.Before == 0 {
					t.Errorf("%+v", o)
				}
			}
			h.runs(pim.HeldBack)
			s.Restore(now)
			h.runs(pim.Complete)
			equal(t, h.view(), want)
			h.incidents(true)
			h.incidents(false, pim.RolledBack)
		})
	}
}

// The address book is replaced by an empty one at the same address, and by
// somebody else's.
func TestIncident_ReplacedAtTheSameAddress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		others  int
		verdict pim.Verdict
	}{"empty": {0, pim.EverythingGone}, "another's": {25, pim.WrongAccount}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, book, _, h := settled(t)
			want := s.Objects()
			path := book.Path()
			book.Remove()
			other := s.AddCollection(pim.Contacts, path, "Friends")
			for i := range c.others {
				n := fmt.Sprintf("other%d.vcf", i)
				other.Put(n, gen.Card(nil, 77, i))
				want[davHref(other, n)] = gen.Card(nil, 77, i)
			}
			for range 2 {
				if rep := h.runs(pim.HeldBack); rep.Counts.Held != 40 || rep.Counts.Deleted != 0 {
					t.Errorf("%+v", rep.Counts)
				}
				equal(t, h.view(), want)
			}
			t.Log(h.incidents(true, c.verdict)[0].Message)
		})
	}
}

// Sixty move from one book to another, whichever of them is looked at first.
func TestIncident_MovedBetweenBooks_NobodyIsTold(t *testing.T) {
	t.Parallel()
	for _, fromFirst := range []bool{true, false} {
		s := davtest.New(t)
		a := s.AddCollection(pim.Contacts, "a", "A")
		b := s.AddCollection(pim.Contacts, "b", "B")
		if !fromFirst {
			a, b = b, a
		}
		a.Fill(80, 1, gen.Card)
		h := newHome(t, s.URL())
		h.runs(pim.Complete)
		for i, n := range a.Names()[:60] {
			body, _, _ := a.Get(n)
			if i%3 == 0 { // some servers and clients rewrite what they move
				body = bytes.Replace(body, []byte("END:VCARD"), []byte("X-MOVED:1\r\nEND:VCARD"), 1)
			}
			b.Put(fmt.Sprintf("moved%d.vcf", i), body)
			a.Delete(n)
		}
		rep := h.runs(pim.Complete)
		if rep.Counts.Held != 0 || rep.Counts.Deleted != 60 {
			t.Errorf("from the first %v: %+v\n%s", fromFirst, rep.Counts, describe(rep))
		}
		equal(t, h.view(), s.Objects())
		h.incidents(true)
		if len(h.notify()) > 0 {
			t.Error("somebody was told")
		}
	}
}

// Nine in every run, for a day: it is noticed, and what went before can be put
// back too.
func TestIncident_LittleByLittle_IsNoticed(t *testing.T) {
	t.Parallel()
	s := davtest.New(t)
	book := s.AddCollection(pim.Contacts, "friends", "Friends")
	book.Fill(120, 1, gen.Card)
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	runs := 0
	for rep := h.runs(pim.Complete); rep.Counts.Held == 0; runs++ {
		if runs > 12 {
			t.Fatal("nobody noticed")
		}
		for _, n := range book.Names()[:9] {
			book.Delete(n)
		}
		rep, _ = h.run()
		if rep.Counts.Held > 0 {
			break
		}
	}
	x := h.incidents(true, pim.SlowLoss)[0]
	gone := 120 - book.Len()
	if x.Gone != gone || x.Kept != 9 || gone > 60 {
		t.Errorf("%d are gone: %+v", gone, x)
	}
	t.Log(x.Message)
}

// Every card is rewritten by one program; the bytes change and nothing is lost.
func TestIncident_MassRewrite_IsPinned(t *testing.T) {
	t.Parallel()
	s, book, _, h := settled(t)
	good := h.clock
	for _, n := range book.Names() {
		body, _, _ := book.Get(n)
		book.Put(n, bytes.Replace(body, []byte("PRODID:-//Sidekeep//Generator//EN"), []byte("PRODID:-//Example//Tidy 2//EN"), 1))
	}
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
	x := h.incidents(true, pim.MassRewrite)[0]
	if x.Changed != 40 || x.Gone != 0 || !x.GoodAt.Equal(good) || x.Evidence["same-producer"] != 40 || !strings.Contains(x.Message, "same program") {
		t.Errorf("%+v", x)
	}
	h.decide(x.ID, pim.Accepted)
	h.runs(pim.Complete)
	h.incidents(true)
}

// New tokens, new ETags, equal bytes: nothing to say.
func TestIncident_TokenResetAndNewETags_NobodyIsTold(t *testing.T) {
	t.Parallel()
	s, _, _, h := settled(t)
	s.ForgetTokens()
	s.Set(davtest.FlakyETags)
	for range 2 {
		rep := h.runs(pim.Complete)
		if rep.Counts.Modified+rep.Counts.Deleted+rep.Counts.Created != 0 {
			t.Errorf("%+v", rep.Counts)
		}
	}
	h.incidents(false)
}

// A client that drops photos whenever it saves, one card a day.
func TestIncident_PhotosErode_IsNoticed(t *testing.T) {
	t.Parallel()
	s := davtest.New(t)
	book := s.AddCollection(pim.Contacts, "friends", "Friends")
	photo := func(i int) []byte {
		return []byte(fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u%d\r\nFN:Person %d\r\nTEL:+47 0000 %04d\r\nPHOTO;ENCODING=b;TYPE=PNG:iVBORw0KGgo=\r\nEND:VCARD\r\n", i, i, i))
	}
	for i := range 30 {
		book.Put(fmt.Sprintf("%02d.vcf", i), photo(i))
	}
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	days := 0
	for ; days < 20; days++ {
		h.clock = h.clock.AddDate(0, 0, 1)
		n := fmt.Sprintf("%02d.vcf", days)
		book.Put(n, bytes.Replace(photo(days), []byte("PHOTO;ENCODING=b;TYPE=PNG:iVBORw0KGgo="), []byte("NOTE:seen"), 1))
		h.runs(pim.Complete)
		if len(must(h.vault.Incidents(context.Background(), true))(t)) > 0 {
			break
		}
	}
	x := h.incidents(true, pim.Emptied)[0]
	if days > 12 || !strings.Contains(x.Message, "have lost their photos on the server since 2 March") {
		t.Errorf("after %d days: %s", days, x.Message)
	}
	t.Log(x.Message)
}

// The account's home-sets are others than before: what was in the old ones and
// is in none of the new is held, as one incident; with somebody else's data in
// the new ones the login is taken for another account's.
func TestIncident_OtherHomeSets(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		others  int
		verdict pim.Verdict
	}{"empty": {0, pim.HomeChanged}, "another's": {12, pim.WrongAccount}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _, _, h := settled(t)
			want := s.Objects()
			for _, k := range s.Collections() {
				k.Remove()
			}
			home := s.AddHome(pim.Contacts, "/elsewhere/")
			if c.others > 0 {
				other := s.AddCollection(pim.Contacts, home+"theirs", "Theirs")
				other.Fill(c.others, 9, gen.Card)
				for k, v := range other.Objects() {
					want[k] = v
				}
			}
			ctx := context.Background()
			d := must(h.vault.Discovery(ctx, h.account.ID))(t)
			d.HomeSets = []pim.HomeSet{{Kind: pim.Contacts, URL: s.URL() + home}}
			h.must(h.vault.SaveDiscovery(ctx, h.account.ID, d))
			told := 0
			for range 3 {
				h.runs(pim.HeldBack)
				equal(t, h.view(), want)
				told += len(h.notify())
			}
			x := h.incidents(true, c.verdict)[0]
			if told != 1 || x.CollID != 0 || x.Gone != 76 || x.Kept != 76 {
				t.Errorf("told %d times, %+v", told, x)
			}
			t.Log(x.Message)
			h.decide(x.ID, pim.KeptHere)
			h.runs(pim.Complete)
			equal(t, h.view(), want)
			h.incidents(true)
		})
	}
}
