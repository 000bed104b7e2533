package restore_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"sidekeep/formats"
	"sidekeep/sync/dav"
	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/mirror"
	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
	"sidekeep/sync/restore"
	"sidekeep/sync/vault"
)

// tb is what *testing.T and *testing.B share.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
	Cleanup(func())
	Context() context.Context
}

// home is a person's machine: a vault in a folder, and a clock that the test moves.
type home struct {
	t       tb
	dir     string
	vault   *vault.Vault
	clock   time.Time
	options map[string]dav.Options // by account
	slept   atomic.Int64           // nanoseconds
	conns   int
	window  int
}

const login, password = "user", "secret"

func openHome(t tb, dir string) *home {
	t.Helper()
	h := &home{t: t, dir: dir, clock: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), options: map[string]dav.Options{}}
	h.openVault()
	t.Cleanup(h.close)
	return h
}

func (h *home) openVault() {
	h.t.Helper()
	v, err := vault.Open(context.Background(), h.dir, vault.Options{Now: func() time.Time { return h.clock }})
	h.must(err)
	h.vault = v
	accounts, err := v.Accounts(context.Background())
	h.must(err)
	for _, a := range accounts {
		d, err := v.Discovery(context.Background(), a.ID)
		h.must(err)
		o := h.fresh()
		o.Hosts = d.Hosts
		h.options[a.Name] = o
	}
}

func (h *home) close() {
	if h.vault != nil {
		h.must(h.vault.Close())
		h.vault = nil
	}
}

func (h *home) restart() {
	h.t.Helper()
	h.close()
	h.openVault()
}

func (h *home) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatalf("%v", err)
	}
}

func (h *home) fresh() dav.Options {
	return dav.Options{User: login, Password: password, Now: func() time.Time { return h.clock },
		MaxListing: 256 << 20, IdleTimeout: time.Minute, Sleep: h.sleep}
}

// sleep passes without waiting.
func (h *home) sleep(ctx context.Context, d time.Duration) error {
	h.slept.Add(int64(d))
	return ctx.Err()
}

// add discovers an account and mirrors it.
func (h *home) add(name, address string) pim.Account {
	h.t.Helper()
	ctx := context.Background()
	o := h.fresh()
	d, err := dav.Discover(ctx, address, o)
	h.must(err)
	o.Hosts = d.Hosts
	h.options[name] = o
	a, err := h.vault.AddAccount(ctx, pim.Account{Name: name, URL: address, User: login}, d, "file")
	h.must(err)
	h.mirror(a)
	return a
}

func (h *home) account(name string) pim.Account {
	h.t.Helper()
	a, err := h.vault.Account(context.Background(), name)
	h.must(err)
	return a
}

func (h *home) mirror(a pim.Account) {
	h.t.Helper()
	h.clock = h.clock.Add(30 * time.Minute)
	c := dav.New(h.options[a.Name])
	defer c.Close()
	m := &mirror.Mirror{Remote: c, Vault: h.vault, Describe: formats.Describe, Now: func() time.Time { return h.clock }}
	if _, err := m.Account(context.Background(), a); err != nil && pim.FaultOf(err) != pim.Gone {
		h.t.Fatalf("mirror: %v", err)
	}
}

// wanted is everything that the vault shows of an account.
func (h *home) wanted(a pim.Account) []plan.RestoreWanted {
	h.t.Helper()
	ctx := context.Background()
	known, err := h.vault.Collections(ctx, a.ID)
	h.must(err)
	var out []plan.RestoreWanted
	for _, k := range known {
		for s, err := range h.vault.Bodies(ctx, k.ID) {
			h.must(err)
			d := formats.Describe(k.Kind, s.Body)
			out = append(out, plan.RestoreWanted{Resource: s.Resource, Revision: s.Revision, SHA256: s.SHA256, Size: int64(len(s.Body)),
				Collection: k.Collection, Href: s.Href, Title: d.Title, Component: d.Component, UID: d.UID,
				Sign: d.Sign(), Mail: formats.Mailable(s.Body, nil)})
		}
	}
	return out
}

// plan makes a plan for an account, which is mirrored first, and keeps it.
func (h *home) plan(ask pim.RestoreAsk, to pim.Account, wanted []plan.RestoreWanted) int64 {
	h.t.Helper()
	ctx := context.Background()
	h.mirror(to)
	known, err := h.vault.Collections(ctx, to.ID)
	h.must(err)
	f := plan.RestoreFacts{Ask: ask, Target: to.ID, Wanted: wanted}
	for _, k := range known {
		there, err := h.vault.Present(ctx, k.ID)
		h.must(err)
		f.There = append(f.There, plan.RestorePlace{Collection: k.Collection, Vanished: k.Vanished, Objects: there})
	}
	f.Earlier, err = h.vault.EarlierRestores(ctx, to.ID)
	h.must(err)
	f.Made, err = h.vault.MadeCollections(ctx, to.ID)
	h.must(err)
	f.Equal = h.equal
	w := dav.NewWriter(h.options[to.Name])
	defer w.Close()
	homes, err := h.vault.HomeSets(ctx, to.ID)
	h.must(err)
	for _, home := range homes {
		terms, err := w.Preflight(ctx, home)
		h.must(err)
		f.Terms = append(f.Terms, terms)
	}
	p := plan.PlanRestore(f)
	id, err := h.vault.SaveRestore(ctx, pim.Restore{Created: h.clock, Ask: ask, Target: to.ID, Makes: p.Makes, Notes: p.Notes, Steps: p.Steps})
	h.must(err)
	return id
}

func (h *home) equal(w plan.RestoreWanted, p pim.Present) bool {
	ctx := context.Background()
	body, err := h.vault.StepBody(ctx, pim.RestoreStep{Revision: w.Revision, Body: w.Body})
	h.must(err)
	there, err := h.vault.Body(ctx, p.Resource)
	h.must(err)
	same, _ := formats.Compare(w.Collection.Kind, formats.WithUID(w.Collection.Kind, body, p.UID), there.Body)
	return same != formats.Different
}

func (h *home) restorer(to pim.Account) (*restore.Restorer, func()) {
	w := dav.NewWriter(h.options[to.Name])
	return &restore.Restorer{Writer: w, Journal: h.vault, Quiet: formats.Quiet, Compare: formats.Compare, WithUID: formats.WithUID, Respell: formats.Respell,
		Describe: formats.Describe,
		Now:      func() time.Time { return h.clock }, Sleep: h.sleep, Conns: h.conns, Window: h.window}, w.Close
}

func (h *home) run(to pim.Account, id int64) (pim.Restore, error) {
	h.t.Helper()
	r, closeAll := h.restorer(to)
	defer closeAll()
	return r.Run(context.Background(), id)
}

// runs carries a restore out and expects it to come to its end.
func (h *home) runs(to pim.Account, id int64) pim.Restore {
	h.t.Helper()
	re, err := h.run(to, id)
	if err != nil || re.State != "done" {
		h.t.Fatalf("restore: state %q, %v\n%s", re.State, err, receipt(re))
	}
	return re
}

func counts(re pim.Restore) map[pim.RestoreResult]int {
	out := map[pim.RestoreResult]int{}
	for _, s := range re.Steps {
		out[s.Result]++
	}
	return out
}

// receipt words the results for a failed test.
func receipt(re pim.Restore) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %v\n", counts(re), re.Notes)
	for _, s := range re.Steps {
		if s.Result != pim.DoneCreated && s.Result != pim.DoneIdentical {
			fmt.Fprintf(&b, "  %d %s %s %s %q: %s %q %s\n", s.N, s.Action, s.State, s.Href, s.Result, s.Title, s.Detail, s.Why)
		}
		if b.Len() > 3000 {
			break
		}
	}
	return b.String()
}

func actions(re pim.Restore) map[pim.Action]int {
	out := map[pim.Action]int{}
	for _, s := range re.Steps {
		out[s.Action]++
	}
	return out
}

func (h *home) saved(id int64) pim.Restore {
	h.t.Helper()
	re, err := h.vault.Restore(context.Background(), id)
	h.must(err)
	return re
}

// quiet is every object as it is stored by a restore that mails nobody.
func quiet(objects map[string][]byte) map[string][]byte {
	out := map[string][]byte{}
	for k, b := range objects {
		out[k], _ = formats.Quiet(b)
	}
	return out
}

// equal compares bytes by compare key.
func equal(t tb, got, want map[string][]byte) {
	t.Helper()
	davtest.Equal(t, got, want)
}

func requests(s *davtest.Server) string { return s.Transcript() }
