package dav

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// elsewhere gives a client that knows the server by a name which is not this
// computer's: some things are done otherwise on loopback.
func elsewhere(t *testing.T, s *davtest.Server) (c *Client, at func(*davtest.Collection) string) {
	t.Helper()
	o := login()
	o.AllowHTTP = true
	o.Hosts = []string{"dav.example.com:80"}
	c, _ = client(t, o)
	address := strings.TrimPrefix(s.URL(), "http://")
	c.rt.(*http.Transport).DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	return c, func(col *davtest.Collection) string { return "http://dav.example.com" + col.Path() }
}

// Listings may be compressed; what carries objects comes as it is, by whatever
// road, and on any host.
func TestEncoding_GzipForListings_IdentityForObjects(t *testing.T) {
	sc := davtest.Scenario(t, davtest.ConvertsVCard4)
	far, at := elsewhere(t, sc.Server)
	near, _ := client(t, login())
	for name, c := range map[string]struct {
		client *Client
		url    func(*davtest.Collection) string
	}{
		"another host": {far, at},
		"loopback":     {near, (*davtest.Collection).URL},
	} {
		sc.ResetRequests()
		book := pim.Collection{Kind: pim.Contacts, URL: c.url(sc.Book), DataTypes: []string{"text/vcard 4.0"}}
		work := pim.Collection{Kind: pim.Calendar, URL: c.url(sc.Work)}
		home := pim.HomeSet{URL: work.URL[:strings.LastIndexByte(strings.TrimSuffix(work.URL, "/"), '/')+1]}
		everything(t, c.client, home, book, work)
		seen := map[string]bool{}
		for _, r := range sc.Requests() {
			if r.Status >= 300 {
				t.Errorf("%s: %s gives %d", name, r.Line(), r.Status)
			}
			carries := r.Method == "GET" || r.Inline
			seen[r.Report+r.Method] = true
			if want := map[bool]string{true: "identity", false: "gzip"}[carries]; r.AcceptEncoding != want {
				t.Errorf("%s: %s (inline %v) asks for %q, want %q", name, r.Line(), r.Inline, r.AcceptEncoding, want)
			}
		}
		for _, what := range []string{"PROPFIND", "GET", "sync-collectionREPORT", "addressbook-queryREPORT", "calendar-queryREPORT",
			"addressbook-multigetREPORT", "calendar-multigetREPORT"} {
			if !seen[what] {
				t.Errorf("%s: there was no %s", name, what)
			}
		}
	}
}

// everything reads an account by every road there is.
func everything(t *testing.T, c *Client, home pim.HomeSet, cols ...pim.Collection) {
	t.Helper()
	ctx := t.Context()
	if _, err := c.Collections(ctx, home); err != nil {
		t.Fatal(err)
	}
	for _, col := range cols {
		hrefs, err := list(ctx, c, col)
		if err != nil || len(hrefs) == 0 {
			t.Fatal(hrefs, err)
		}
		for _, inline := range []bool{false, true} {
			if _, err := c.Changes(ctx, col, "", inline, func(pim.Change) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		had := func(f pim.Fetched) error { return f.Err }
		if err := c.Query(ctx, col, had); err != nil {
			t.Fatal(err)
		}
		if err := c.Multiget(ctx, col, []pim.Href{pim.Href(hrefs[0]), pim.Href(hrefs[1])}, had); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Get(ctx, col, pim.Href(hrefs[0])); err != nil {
			t.Fatal(err)
		}
	}
}
