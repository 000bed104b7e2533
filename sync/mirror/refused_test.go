package mirror_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/mirror"
	"sidekeep/sync/pim"
)

// warned gives the addresses that a mirroring warns of.
func warned(t *testing.T, rep mirror.Report) string {
	t.Helper()
	var out []string
	for _, w := range rep.Warnings {
		if w.Reason != pim.ReasonRefused || w.Hint == "" {
			t.Errorf("%+v", w)
		}
		out = append(out, w.Where)
	}
	return strings.Join(out, " ")
}

// partOf is one collection's report.
func partOf(t *testing.T, rep mirror.Report, title string) mirror.CollectionReport {
	t.Helper()
	for _, c := range rep.Collections {
		if c.Title == title {
			return c
		}
	}
	t.Fatalf("nothing is said of %s:\n%s", title, describe(rep))
	return mirror.CollectionReport{}
}

// A collection that never could be read is told when the account is added and
// by every mirroring, and once it can be read it comes.
func TestMirror_CollectionIsRefusedFromTheStart_EveryRunTells(t *testing.T) {
	t.Parallel()
	s, _, _, tasks := town(t)
	whole := s.Objects()
	tasks.Refuse(403)
	h := newHome(t, s.URL())
	for range 2 {
		rep := h.runs(pim.Complete)
		if got := warned(t, rep); got != tasks.URL() || len(rep.Collections) != 2 {
			t.Errorf("warned of %q\n%s", got, describe(rep))
		}
		if got := h.view(); len(got) != 70 {
			t.Errorf("%d objects", len(got))
		}
	}
	s.ResetRequests()
	h.runs(pim.Complete)
	atMost(t, s, 2)
	tasks.Refuse(0)
	if rep := h.runs(pim.Complete); warned(t, rep) != "" {
		t.Errorf("%v", rep.Warnings)
	}
	equal(t, h.view(), whole)
}

// A known collection that its home-set names and refuses is not gone and not
// passed over: it has failed, its objects stay in the view, the others are
// mirrored, and with its right back it goes on where it was.
func TestMirror_KnownCollectionIsRefused_FailsAndKeepsItsObjects(t *testing.T) {
	t.Parallel()
	for status, fault := range map[int]pim.Fault{403: pim.Denied, 401: pim.Denied, 500: pim.Protocol, 503: pim.Busy} {
		s, book, cal, h := settled(t)
		proven := h.known("Friends").State
		book.Refuse(status)
		book.Put("meanwhile.vcf", gen.Card(nil, 91, 1))
		for i := range 2 {
			cal.Put("more.ics", gen.Event(nil, 91, i))
			rep := h.runs(pim.Failed)
			c := partOf(t, rep, "Friends")
			if c.Outcome != pim.Failed || pim.FaultOf(c.Err) != fault || c.Counts.Objects != 40 || c.Counts.Held != 0 || c.Reason == "" {
				t.Errorf("%d: %+v", status, c)
			}
			if w := partOf(t, rep, "Work"); w.Outcome != pim.Complete || w.Counts.Created+w.Counts.Modified != 1 {
				t.Errorf("%d: the others: %+v", status, w)
			}
			if k := h.known("Friends"); k.Vanished != "" || k.Held != 0 || k.Live != 40 || k.State.SyncToken != proven.SyncToken ||
				!k.State.LastComplete.Equal(proven.LastComplete) {
				t.Errorf("%d: %+v", status, k)
			}
			if warned(t, rep) != "" {
				t.Errorf("%d: told twice: %v", status, rep.Warnings)
			}
		}
		book.Refuse(0)
		if rep := h.runs(pim.Complete); rep.Counts.Created != 1 || rep.Counts.Deleted != 0 {
			t.Errorf("%d: %+v", status, rep.Counts)
		}
		equal(t, h.view(), s.Objects())
	}
}

// One that is listed well and refuses every request of its own has failed too.
func TestMirror_CollectionRefusesItsOwnRequests_FailsAndKeepsItsObjects(t *testing.T) {
	t.Parallel()
	s, book, _, h := settled(t)
	book.Put("new.vcf", gen.Card(nil, 90, 1))
	s.Fail(davtest.Fault{Kind: davtest.Status, Status: 403, Times: -1, Match: func(r davtest.Request) bool {
		return strings.HasPrefix(r.Path, book.Path())
	}})
	rep := h.runs(pim.Failed)
	if c := partOf(t, rep, "Friends"); pim.FaultOf(c.Err) != pim.Denied || c.Counts.Objects != 40 || c.Counts.Held != 0 {
		t.Errorf("%+v", c)
	}
	s.ClearFaults()
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
}

// What is held because its collection had gone stays held while that is refused.
func TestMirror_HeldCollectionIsRefused_StaysHeld(t *testing.T) {
	t.Parallel()
	s, book, _, h := settled(t)
	want := s.Objects()
	before := s.Snapshot()
	book.Remove()
	h.runs(pim.HeldBack)
	s.Restore(before)
	s.Collection(pim.Contacts, "friends").Refuse(403)
	if c := partOf(t, h.runs(pim.Failed), "Friends"); c.Counts.Held != 40 || c.Counts.Deleted != 0 {
		t.Errorf("%+v", c)
	}
	equal(t, h.view(), want)
	s.Collection(pim.Contacts, "friends").Refuse(0)
	if rep := h.runs(pim.Complete); rep.Counts.Held != 0 {
		t.Errorf("%+v", rep.Counts)
	}
	equal(t, h.view(), want)
}

// What one home-set refuses and another lists is simply there.
func TestMirror_RefusedHereAndListedThere_IsThere(t *testing.T) {
	t.Parallel()
	s, book, _, _ := town(t)
	h := newHome(t, s.URL())
	ctx := context.Background()
	d := must(h.vault.Discovery(ctx, h.account.ID))(t)
	for _, home := range slices.Clone(d.HomeSets) { // the same place under another spelling, which answers otherwise
		home.ID, home.URL = 0, strings.Replace(home.URL, "/user/", "/use%72/", 1)
		d.HomeSets = append([]pim.HomeSet{home}, d.HomeSets...)
	}
	h.must(h.vault.SaveDiscovery(ctx, h.account.ID, d))
	s.Fail(davtest.Fault{Kind: davtest.Status, Status: 207, Times: -1,
		Match: func(r davtest.Request) bool { return strings.Contains(r.Path, "/use%72/") && r.Depth == "1" },
		Body: `<D:multistatus xmlns:D="DAV:"><D:response><D:href>` + book.Path() +
			`</D:href><D:status>HTTP/1.1 403 Forbidden</D:status></D:response></D:multistatus>`})
	for range 2 {
		if rep := h.runs(pim.Complete); warned(t, rep) != "" || len(rep.Collections) != 3 {
			t.Errorf("%v\n%s", rep.Warnings, describe(rep))
		}
		equal(t, h.view(), s.Objects())
		book.Put("more.vcf", gen.Card(nil, 89, 1))
	}
}
