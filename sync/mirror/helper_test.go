package mirror_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sidekeep/formats"
	"sidekeep/sync/dav"
	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/mirror"
	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

var _ mirror.Vault = (*vault.Vault)(nil)
var _ mirror.Remote = (*dav.Client)(nil)

// tb is what *testing.T, *testing.B and *rapid.T share.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
	Cleanup(func())
}

// home is a person's machine with one account: a vault in a folder, and a
// clock that the test moves.
type home struct {
	t       tb
	dir     string
	vault   *vault.Vault
	client  *dav.Client
	account pim.Account
	options dav.Options
	clock   time.Time
	steps   []mirror.Step
	measure func() time.Time // nil: real time
}

const testLogin, testPassword = "user", "secret"

// newHome discovers the account at address and adds it to a fresh vault.
func newHome(t *testing.T, address string) *home {
	t.Helper()
	h, err := openHome(t, t.TempDir(), address)
	if err != nil {
		t.Fatalf("discover: %v", err)
	}
	return h
}

// openHome opens the vault in dir, with the account in it where it is there
// already. The error is that of the discovery.
func openHome(t tb, dir, address string) (*home, error) {
	t.Helper()
	h := &home{t: t, dir: dir, clock: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	h.options = dav.Options{User: testLogin, Password: testPassword, Now: func() time.Time { return h.clock },
		MaxListing: 64 << 20,
		Sleep:      func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
	ctx := context.Background()
	h.openVault()
	t.Cleanup(h.close)
	accounts, err := h.vault.Accounts(ctx)
	h.must(err)
	if len(accounts) > 0 {
		h.account = accounts[0]
		d, err := h.vault.Discovery(ctx, h.account.ID)
		h.must(err)
		h.options.Hosts = d.Hosts
		h.client = dav.New(h.options)
		return h, nil
	}
	d, err := dav.Discover(ctx, address, h.options)
	if err != nil {
		return nil, err
	}
	h.options.Hosts = d.Hosts
	h.client = dav.New(h.options)
	h.account, err = h.vault.AddAccount(ctx, pim.Account{Name: "home", URL: address, User: testLogin}, d, "file")
	h.must(err)
	return h, nil
}

func (h *home) openVault() {
	h.t.Helper()
	v, err := vault.Open(context.Background(), h.dir, vault.Options{Now: func() time.Time { return h.clock }})
	h.must(err)
	h.vault = v
}

func (h *home) close() {
	if h.client != nil {
		h.client.Close()
	}
	if h.vault != nil {
		h.must(h.vault.Close())
		h.vault = nil
	}
}

// restart is the program ended and started again.
func (h *home) restart() {
	h.t.Helper()
	h.close()
	h.openVault()
	h.client = dav.New(h.options)
}

func (h *home) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatalf("%v", err)
	}
}

// ticking is a clock that goes on by step whenever somebody looks at it.
func ticking(step time.Duration) func() time.Time {
	var looks atomic.Int64
	return func() time.Time { return time.Unix(0, int64(step)*looks.Add(1)) }
}

func (h *home) mirror() *mirror.Mirror {
	return &mirror.Mirror{Remote: h.client, Vault: h.vault, Describe: formats.Describe, Clock: h.measure,
		Now: func() time.Time { return h.clock }, Progress: func(s mirror.Step) { h.steps = append(h.steps, s) }}
}

// run mirrors once, half an hour later.
func (h *home) run() (mirror.Report, error) {
	h.clock = h.clock.Add(30 * time.Minute)
	return h.mirror().Account(context.Background(), h.account)
}

// runs mirrors once and expects an outcome.
func (h *home) runs(want pim.Outcome) mirror.Report {
	h.t.Helper()
	rep, err := h.run()
	if rep.Outcome != want || (err != nil) != (want == pim.Failed) {
		h.t.Fatalf("outcome %q, %v; want %q\n%s", rep.Outcome, err, want, describe(rep))
	}
	return rep
}

func describe(rep mirror.Report) string {
	var b strings.Builder
	for _, c := range rep.Collections {
		fmt.Fprintf(&b, "  %s %s: %s %+v %s %v\n", c.Kind, c.Title, c.Outcome, c.Counts, c.Reason, c.Err)
	}
	return b.String()
}

// view is the current view: bytes by compare key.
func (h *home) view() map[string][]byte {
	h.t.Helper()
	ctx := context.Background()
	all := map[string][]byte{}
	known, err := h.vault.Collections(ctx, h.account.ID)
	h.must(err)
	for _, k := range known {
		for s, err := range h.vault.Bodies(ctx, k.ID) {
			h.must(err)
			all[s.Href.Key()] = s.Body
		}
	}
	return all
}

func (h *home) known(title string) pim.Known {
	h.t.Helper()
	known, err := h.vault.Collections(context.Background(), h.account.ID)
	h.must(err)
	for _, k := range known {
		if k.Title() == title {
			return k
		}
	}
	h.t.Fatalf("there is no collection %q", title)
	return pim.Known{}
}

// equal compares bytes by compare key.
func equal(t tb, got, want map[string][]byte) {
	t.Helper()
	davtest.Equal(t, got, want)
}

func atMost(t tb, s *davtest.Server, n int) {
	t.Helper()
	if got := s.CountRequests(); got > n {
		t.Errorf("%d requests, want at most %d:\n%s", got, n, s.Transcript())
	}
}
