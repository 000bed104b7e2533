package mirror_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/mirror"
	"sidekeep/sync/pim"
)

// lingering is a vault whose Finish is preceded by something; an error is its
// answer.
type lingering struct {
	mirror.Vault
	n      atomic.Int64
	before func(n int64) error
}

func (l *lingering) Finish(ctx context.Context, r pim.RunID, c pim.Commit) (pim.Counts, error) {
	if err := l.before(l.n.Add(1)); err != nil {
		return pim.Counts{}, err
	}
	return l.Vault.Finish(ctx, r, c)
}

// overheard is a remote that tells which collections it has listed.
type overheard struct {
	mirror.Remote
	listed chan string
}

func (o overheard) Changes(ctx context.Context, c pim.Collection, token pim.SyncToken, inline bool,
	each func(pim.Change) error) (pim.Page, error) {
	page, err := o.Remote.Changes(ctx, c, token, inline, each)
	o.listed <- c.Title()
	return page, err
}

// ahead mirrors a town for the first time. The first run is ended only when the
// second collection has been listed, and after then has been called.
func ahead(t *testing.T, ctx context.Context, h *home, then func() error) (mirror.Report, error) {
	t.Helper()
	o := overheard{h.client, make(chan string, 10)}
	m := h.mirror()
	m.Remote = o
	m.Vault = &lingering{Vault: h.vault, before: func(n int64) error {
		if n > 1 {
			return nil
		}
		for first := <-o.listed; ; {
			select {
			case title := <-o.listed:
				if title == first {
					continue
				}
				return then()
			case <-time.After(20 * time.Second):
				return errors.New("nothing is asked for while the vault writes")
			}
		}
	}}
	return m.Account(ctx, h.account)
}

// While the end of one collection is written the next is asked for; the report
// has them in the order they are listed in, and each run has its own requests.
func TestMirror_NextCollectionIsAskedFor_WhileTheLastIsWritten(t *testing.T) {
	t.Parallel()
	s, _, _, _ := town(t)
	h := newHome(t, s.URL())
	s.ResetRequests()
	rep, err := ahead(t, t.Context(), h, func() error { return nil })
	if err != nil || rep.Outcome != pim.Complete {
		t.Fatalf("%v\n%s", err, describe(rep))
	}
	equal(t, h.view(), s.Objects())
	runs, err := h.vault.Runs(t.Context(), 10)
	h.must(err)
	var all pim.Traffic
	for _, r := range runs {
		i := slices.IndexFunc(rep.Collections, func(c mirror.CollectionReport) bool { return c.ID == r.CollID })
		url := rep.Collections[i].URL
		n := s.CountOf(func(q davtest.Request) bool { return q.Method == "REPORT" && strings.HasSuffix(url, q.Path) })
		if r.Traffic.Requests != int64(n) || r.Traffic.BytesReceived == 0 {
			t.Errorf("%s: %+v, want %d requests", r.Collection, r.Traffic, n)
		}
		all.Requests += r.Traffic.Requests
		all.BytesReceived += r.Traffic.BytesReceived
	}
	if len(runs) != 3 || all.Requests != rep.Traffic.Requests-2 || all.BytesReceived >= rep.Traffic.BytesReceived {
		t.Errorf("%d runs with %+v of %+v:\n%s", len(runs), all, rep.Traffic, s.Transcript())
	}
	if last := h.steps[len(h.steps)-1]; last.Done > last.Total && last.Total > 0 {
		t.Errorf("told of objects of another collection: %+v", last)
	}
	again := h.runs(pim.Complete)
	for i, c := range again.Collections {
		if rep.Collections[i].ID != c.ID {
			t.Errorf("another order:\n%s%s", describe(rep), describe(again))
		}
	}
}

// A login that is refused while the end of the collection before is written
// stops the account, and costs that one nothing.
func TestMirror_DeniedWhileTheLastIsWritten_KeepsTheLast(t *testing.T) {
	t.Parallel()
	s, _, _, _ := town(t)
	h := newHome(t, s.URL())
	s.ResetRequests()
	s.Fail(davtest.Fault{Kind: davtest.Status, Status: 401, Times: -1,
		Match: func(r davtest.Request) bool { return r.Report != "" && strings.HasPrefix(r.Path, "/dav/calendars/") }})
	rep, err := ahead(t, t.Context(), h, func() error { return nil })
	if pim.FaultOf(err) != pim.Denied || len(rep.Collections) != 3 {
		t.Fatalf("%v\n%s", err, describe(rep))
	}
	for i, want := range []pim.Outcome{pim.Complete, pim.Failed, pim.Failed} {
		if rep.Collections[i].Outcome != want {
			t.Errorf("%d: want %s\n%s", i, want, describe(rep))
		}
	}
	if n := s.CountOf(func(r davtest.Request) bool { return r.Report != "" && strings.HasPrefix(r.Path, "/dav/calendars/") }); n != 1 {
		t.Errorf("asked %d times:\n%s", n, s.Transcript())
	}
	if len(h.view()) != 40 || h.known("Friends").State.LastComplete.IsZero() {
		t.Errorf("%d objects, %+v", len(h.view()), h.known("Friends").State)
	}
	s.ClearFaults()
	h.restart()
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
}

// Stopping while one collection is written and the next is asked for ends both
// and moves the position of neither.
func TestMirror_StoppedBetweenTwoCollections_NextRunConverges(t *testing.T) {
	t.Parallel()
	s, _, _, _ := town(t)
	h := newHome(t, s.URL())
	ctx, cancel := context.WithCancel(t.Context())
	rep, err := ahead(t, ctx, h, func() error { cancel(); return nil })
	if pim.FaultOf(err) != pim.Stopped || rep.Outcome != pim.Failed {
		t.Fatalf("%v\n%s", err, describe(rep))
	}
	for _, title := range []string{"Friends", "Work", "Things to do"} {
		if k := h.known(title); k.State.SyncToken != "" || !k.State.LastComplete.IsZero() {
			t.Errorf("the position of %s moved: %+v", title, k.State)
		}
	}
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
}

// A vault that fails at the end of one collection stops the account: the one
// that was asked for meanwhile is ended, and the others are not asked for.
func TestMirror_VaultFailsWhileTheNextIsAskedFor_StopsTheAccount(t *testing.T) {
	t.Parallel()
	s, _, _, _ := town(t)
	h := newHome(t, s.URL())
	full := &pim.Error{Fault: pim.Storage, Op: "finish run", Err: errors.New("the disk is full")}
	rep, err := ahead(t, t.Context(), h, func() error { return full })
	if pim.FaultOf(err) != pim.Storage || len(rep.Collections) != 2 || rep.Collections[0].Err == nil {
		t.Fatalf("%v\n%s", err, describe(rep))
	}
	if k := h.known("Friends"); k.State.SyncToken != "" {
		t.Errorf("the position moved: %+v", k.State)
	}
	h.runs(pim.Complete)
	equal(t, h.view(), s.Objects())
}
