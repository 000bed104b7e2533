package mirror_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/dav"
	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/mirror"
	"sidekeep/sync/pim"
)

// Stopping in the middle of an answer ends at once, is no failure of the
// server, keeps what was committed, and leaves no goroutine behind.
func TestMirror_Stopped_EndsAtOnceAndKeepsWhatCame(t *testing.T) {
	t.Parallel()
	s := davtest.New(t)
	s.AddCollection(pim.Contacts, "friends", "Friends").Fill(3000, 1, gen.Card)
	h := newHome(t, s.URL())
	h.options.IdleTimeout = 24 * time.Hour // so that nothing but being stopped ends the wait
	h.restart()
	s.Fail(davtest.Fault{Kind: davtest.Stall, After: 1 << 20, Times: -1,
		Match: func(r davtest.Request) bool { return r.Inline }})
	stalled := s.Stalled()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	kept := make(chan struct{})
	h.measure = ticking(time.Second) // so that every step is told
	m := h.mirror()
	m.Progress = func(s mirror.Step) {
		if s.Done > 0 {
			select {
			case <-kept:
			default:
				close(kept)
			}
		}
	}
	asked := 0
	go func() { <-stalled; <-kept; asked = s.CountRequests(); cancel() }()
	rep, err := m.Account(ctx, h.account)
	if pim.FaultOf(err) != pim.Stopped || rep.Outcome != pim.Failed {
		t.Fatalf("%s %v\n%s", rep.Outcome, err, describe(rep))
	}
	if n := s.CountRequests(); n != asked { // the answer never goes on by itself: whoever waited for it would still be here
		t.Errorf("%d requests after it was stopped:\n%s", n-asked, s.Transcript())
	}
	if n := len(h.view()); n == 0 || n >= 3000 {
		t.Errorf("%d objects were kept", n)
	}
	if k := h.known("Friends"); k.State.SyncToken != "" || !k.State.LastFull.IsZero() {
		t.Errorf("the position moved: %+v", k.State)
	}
	s.ClearFaults()
	s.ResetRequests()
	h.restart()
	rep = h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
	if rep.Counts.Created >= 3000 {
		t.Errorf("everything was stored again: %+v", rep.Counts)
	}
}

// A refused login stops at the first refusal: some providers lock the whole
// address out after a few. Every collection says why.
func TestMirror_WrongPassword_StopsAtOnce(t *testing.T) {
	t.Parallel()
	s, _, _, _ := town(t)
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	want := h.view()
	s.SetPassword("changed")
	s.ResetRequests()
	rep, err := h.run()
	if pim.FaultOf(err) != pim.Denied || rep.Outcome != pim.Failed || len(rep.Collections) != 3 {
		t.Fatalf("%s %v\n%s", rep.Outcome, err, describe(rep))
	}
	atMost(t, s, 1)
	equal(t, h.view(), want)
	if strings.Contains(err.Error()+describe(rep), testPassword) {
		t.Error("the password is in an error")
	}
	s.SetPassword(testPassword)
	h.restart()
	h.runs(pim.Complete)
}

// A vault that can't be written stops the account before another request.
func TestMirror_VaultFails_StopsTheAccount(t *testing.T) {
	t.Parallel()
	s, _, _, _ := town(t)
	h := newHome(t, s.URL())
	m := h.mirror()
	h.must(h.vault.Close())
	rep, err := m.Account(context.Background(), h.account)
	h.vault = nil
	if err == nil || rep.Outcome != pim.Failed {
		t.Fatalf("%s %v", rep.Outcome, err)
	}
}

// One collection that fails costs that collection.
func TestMirror_OneBadCollection_OthersGoOn(t *testing.T) {
	t.Parallel()
	for _, status := range []int{403, 404, 500} {
		s, _, _, _ := town(t)
		h := newHome(t, s.URL())
		s.Fail(davtest.Fault{Kind: davtest.Status, Status: status, Times: -1,
			Match: func(r davtest.Request) bool { return strings.HasPrefix(r.Path, "/dav/addressbooks/user/friends/") }})
		rep, err := h.run()
		if err == nil || rep.Outcome != pim.Failed || rep.Counts.Created != 36 {
			t.Errorf("%d: %s %v\n%s", status, rep.Outcome, err, describe(rep))
		}
		s.ClearFaults()
		h.runs(pim.Complete)
		equal(t, h.view(), s.Objects())
	}
}

func TestMirror_ExpiredToken_ListsInFull(t *testing.T) {
	t.Parallel()
	s, book, _, _ := town(t)
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	s.ForgetTokens()
	book.Put("new.vcf", gen.Card(nil, 80, 1))
	book.Delete(book.Names()[0])
	rep := h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
	if c := rep.Counts; c.Created != 1 || c.Modified != 0 || c.Deleted != 1 {
		t.Errorf("%+v", c)
	}
	s.ResetRequests()
	h.runs(pim.Complete)
	atMost(t, s, 2)
}

func TestMirror_PagedChanges_AreReadToTheEnd(t *testing.T) {
	t.Parallel()
	s, book, _, _ := town(t, davtest.WithPages(7))
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
	for i, n := range book.Names()[:20] {
		book.Put(n, gen.Card(nil, 81, i))
	}
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
}

// A ctag that changes at every request costs one sync-collection a collection.
func TestMirror_UnstableCTag_OneSyncCollection(t *testing.T) {
	t.Parallel()
	s, _, _, _ := town(t)
	s.Set(davtest.FlappingCTag)
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	s.ResetRequests()
	h.runs(pim.Complete)
	atMost(t, s, 2+3+1) // two home-sets, a sync-collection each; which cards are vCard 4.0
	if n := s.CountOf(func(r davtest.Request) bool { return r.Report == "sync-collection" }); n != 3 {
		t.Errorf("%d times sync-collection:\n%s", n, s.Transcript())
	}
}

// One URL that is the home of both kinds is asked once.
func TestMirror_OneHomeForBothKinds_OneRequest(t *testing.T) {
	t.Parallel()
	s, _, _, _ := town(t)
	h := newHome(t, s.URL())
	ctx := context.Background()
	d, err := h.vault.Discovery(ctx, h.account.ID)
	h.must(err)
	first := d.HomeSets[0].URL
	d.HomeSets = []pim.HomeSet{{Kind: pim.Contacts, URL: first}, {Kind: pim.Calendar, URL: first}}
	h.must(h.vault.SaveDiscovery(ctx, h.account.ID, d))
	s.ResetRequests()
	_, _ = h.run()
	n := s.CountOf(func(r davtest.Request) bool {
		return r.Method == "PROPFIND" && strings.HasSuffix(first, r.Path)
	})
	if n != 1 {
		t.Errorf("asked %d times:\n%s", n, s.Transcript())
	}
}

// An object of many megabytes does not stop the flow, nor the ones beside it.
func TestMirror_LargeObjects_PassThrough(t *testing.T) {
	t.Parallel()
	s := davtest.New(t)
	book := s.AddCollection(pim.Contacts, "friends", "Friends")
	for i := range 12 {
		card := gen.Card(nil, 90, i)
		note := "NOTE:" + strings.Repeat("0123456789", 150_000*(1+i%4)) + "\r\nEND:VCARD"
		book.Put(strings.Repeat("x", i+1)+".vcf", []byte(strings.Replace(string(card), "END:VCARD", note, 1)))
	}
	h := newHome(t, s.URL())
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
}

// What a report can't carry comes by GET with its true bytes, and where GET
// does not give it, it is kept as it came and stays owed.
func TestMirror_AlteredObject_ComesByGet(t *testing.T) {
	t.Parallel()
	s, book, _, _ := town(t)
	book.Put("odd.vcf", []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:odd\r\nFN:Vertical\x0btab\r\nEND:VCARD\r\n"))
	h := newHome(t, s.URL())
	h.options = dav.Options{User: testLogin, Password: testPassword, Hosts: h.options.Hosts}
	s.Fail(davtest.Fault{Kind: davtest.Status, Status: 403, Times: -1, Match: func(r davtest.Request) bool { return r.Method == "GET" }})
	rep := h.runs(pim.Partial)
	if rep.Counts.Objects != 77 || rep.Counts.Owed != 1 {
		t.Errorf("%+v", rep.Counts)
	}
	s.ClearFaults()
	rep = h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
	if rep.Counts.Owed != 0 || rep.Counts.Objects != 77 {
		t.Errorf("%+v", rep.Counts)
	}
}

func TestMirror_ProgressIsToldAtABoundedRate(t *testing.T) {
	t.Parallel()
	s := davtest.New(t)
	s.AddCollection(pim.Contacts, "friends", "Friends").Fill(1500, 1, gen.Card)
	h := newHome(t, s.URL())
	h.measure = func() time.Time { return time.Unix(1000, 0) } // all in one moment
	h.runs(pim.Complete)
	if len(h.steps) != 2 { // the first and the last
		t.Errorf("%+v", h.steps)
	}
	last := h.steps[len(h.steps)-1]
	if last.Done != 1500 || last.Bytes == 0 || last.Collection != "Friends" {
		t.Errorf("%+v", last)
	}
}

// A listing that brings the objects with it is fetching, and says so from the
// first of them on; one that finds nothing new is not.
func TestMirror_DataWithinTheListing_IsCalledFetching(t *testing.T) {
	t.Parallel()
	s := davtest.New(t)
	s.AddCollection(pim.Contacts, "friends", "Friends").Fill(2000, 1, gen.Card)
	h := newHome(t, s.URL())
	h.measure = ticking(time.Second)
	h.runs(pim.Complete)
	if n := s.CountOf(func(r davtest.Request) bool { return r.Inline }); n == 0 {
		t.Fatalf("the data did not come with the listing:\n%s", s.Transcript())
	}
	first := slices.IndexFunc(h.steps, func(s mirror.Step) bool { return s.Text == "Fetching" })
	if first < 0 || h.steps[first].Done != 0 {
		t.Errorf("%+v", h.steps)
	}
	for _, s := range h.steps {
		if s.Done > 0 && s.Text != "Fetching" {
			t.Errorf("%+v", s)
		}
	}
	h.steps = nil
	h.runs(pim.Complete)
	if slices.ContainsFunc(h.steps, func(s mirror.Step) bool { return s.Text != "Looking for changes" }) {
		t.Errorf("%+v", h.steps)
	}
}
