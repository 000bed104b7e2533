package vault

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sidekeep/sync/mirror"
	"sidekeep/sync/pim"
)

var _ mirror.Vault = (*Vault)(nil)

// clock is a Now that moves on by a second with every look at it.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(time.Second)
	return c.t
}

type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Cleanup(func())
}

func openIn(t tester, dir string) *Vault {
	t.Helper()
	v, err := Open(context.Background(), dir, Options{Now: newClock().now, AppVersion: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v
}

func openTemp(t testing.TB) *Vault {
	t.Helper()
	return openIn(t, filepath.Join(t.TempDir(), "vault"))
}

const base = "https://dav.example.org/dav/u/"

// addAccount adds an account with an address book and a calendar.
func addAccount(t tester, v *Vault, name string) (a pim.Account, book, cal pim.Known) {
	t.Helper()
	ctx := context.Background()
	home := base + name + "/"
	d := pim.Discovery{
		Principals: []pim.Principal{{Kind: pim.Contacts, URL: home + "me"}},
		HomeSets:   []pim.HomeSet{{URL: home}},
		Hosts:      []string{"dav.example.org:443"},
		Collections: []pim.Collection{
			{Kind: pim.Contacts, HomeSet: home, URL: home + "book/", Name: "Book", Reports: []string{"sync-collection"}},
			{Kind: pim.Calendar, HomeSet: home, URL: home + "cal/", Name: "Calendar", Color: "#aabbcc", Components: []string{"VEVENT", "VTODO"}},
		},
	}
	a, err := v.AddAccount(ctx, pim.Account{Name: name, URL: home, User: name}, d, "keychain")
	if err != nil {
		t.Fatal(err)
	}
	known, err := v.Collections(ctx, a.ID)
	if err != nil || len(known) != 2 {
		t.Fatalf("collections: %v, %v", known, err)
	}
	return a, known[0], known[1]
}

func hrefOf(c pim.Known, name string) pim.Href {
	return pim.Href(strings.TrimPrefix(c.URL, "https://dav.example.org") + name)
}

// object makes a Recorded; its summary's title is its first line.
func object(href pim.Href, etag, body string, s pim.Summary) pim.Recorded {
	if s.Component == "" {
		s.Component = "VCARD"
	}
	if s.Percent == 0 {
		s.Percent = -1
	}
	return pim.Recorded{
		Object:  pim.Object{Href: href, ETag: pim.ETag(etag), Body: []byte(body), Via: pim.ViaMultiget},
		SHA256:  sha256.Sum256([]byte(body)),
		Summary: s,
	}
}

func titled(title string) pim.Summary { return pim.Summary{Title: title} }

// mirrorAll does one complete run.
func mirrorAll(t tester, v *Vault, collection int64, c pim.Commit) pim.Counts {
	t.Helper()
	ctx := context.Background()
	run, err := v.BeginRun(ctx, collection)
	if err != nil {
		t.Fatal(err)
	}
	if c.Outcome == "" {
		c.Outcome = pim.Complete
	}
	n, err := v.Finish(ctx, run, c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func titles(rows []Row) string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.Summary.Title
	}
	return strings.Join(out, ", ")
}

func search(t tester, v *Vault, q string) string {
	t.Helper()
	rows, err := v.Rows(context.Background(), Query{Search: q})
	if err != nil {
		t.Fatalf("search %q: %v", q, err)
	}
	n, err := v.Count(context.Background(), Query{Search: q})
	if err != nil || n != len(rows) {
		t.Fatalf("search %q: %d rows, count %d, %v", q, len(rows), n, err)
	}
	return titles(rows)
}

func one(t tester, v *Vault, query string, args ...any) string {
	t.Helper()
	var out any
	if err := v.reader.QueryRow(query, args...).Scan(&out); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if b, ok := out.([]byte); ok {
		return string(b)
	}
	return fmt.Sprint(out)
}
