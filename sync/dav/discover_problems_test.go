package dav

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

// problems is fault, reason and path or host of each.
func problems(d pim.Discovery) string {
	var out []string
	for _, e := range d.Problems {
		_, where, _ := strings.Cut(e.Where, "://")
		out = append(out, strings.TrimSpace(fmt.Sprintf("%v %s %s", e.Fault, e.Reason, where)))
	}
	return strings.Join(out, ", ")
}

// A home-set that can't be read while others can is told, each with its reason.
func TestDiscover_TellsWhichHomeSetsItCouldNotRead(t *testing.T) {
	m := serveHosts(t, func(host string, w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Depth") == "0":
			multi(w, resp("/", homes("/cards/ https://refuses.example.com/b/ https://refuses.example.com/more/ /gone/",
				"/denied/ /broken/ https://dav.example.org/c/")))
		case r.URL.Path == "/cards/":
			multi(w, resp("/cards/", isCollection), resp("/cards/b/", isBook()), respStatus("/cards/x/", "403 Forbidden"),
				respStatus("/cards/y/", "403 Forbidden"))
		case host == "refuses.example.com":
			w.WriteHeader(401)
		case r.URL.Path == "/denied/":
			w.WriteHeader(403)
		case r.URL.Path == "/gone/":
			w.WriteHeader(404)
		default:
			w.WriteHeader(500)
		}
	})
	d, err := discover(t.Context(), "https://example.com/", m.client)
	if err != nil || summary(t, d) != "home contacts /cards/, home calendar /broken/, contacts /cards/b/" {
		t.Fatal(summary(t, d), err)
	}
	want := "protocol host dav.example.org/, denied login refuses.example.com/b/, denied  example.com/denied/, protocol  example.com/broken/"
	want = strings.Replace(want, "denied login", "denied refused-collection example.com/cards/x/, "+
		"denied refused-collection example.com/cards/y/, denied login", 1)
	if problems(d) != want {
		t.Errorf("got %s", problems(d))
	}
	for _, e := range d.Problems {
		if e.Fault != pim.Protocol && e.Hint == "" {
			t.Errorf("%v has no next step", e)
		}
	}
}

// What keeps address books or calendars from being found is told too, but not
// that there is nothing where nobody said there was something.
func TestDiscover_TellsWhyAKindWasNotFound(t *testing.T) {
	cal := serveTLS(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/.well-known/caldav":
			multi(w, resp("/", homes("", "/cals/")))
		case "/cals/":
			multi(w, resp("/cals/", isCollection), resp("/cals/a/", isCal()))
		default:
			w.WriteHeader(404)
		}
	})
	refuses := serveTLS(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) })
	whole := serveTLS(t, davSite)
	dead := serveTLS(t, davSite)
	dead.Close()
	srv := func(all ...*server) (out []*net.SRV) {
		for i, s := range all {
			_, p, _ := net.SplitHostPort(s.Listener.Addr().String())
			n, _ := strconv.Atoi(p)
			out = append(out, &net.SRV{Target: "127.0.0.1.", Port: uint16(n), Priority: uint16(i)})
		}
		return out
	}
	o := login()
	o.RootCAs = x509.NewCertPool()
	o.RootCAs.AddCert(cal.Certificate())
	for _, c := range []struct {
		name  string
		cards []*net.SRV
		want  string
	}{
		{"no address books anywhere", nil, ""},
		{"refused", srv(refuses), "denied login"},
		{"dead", srv(dead), "offline unreachable"},
		{"dead, but another one is not", srv(dead, whole), "denied refused-collection"}, // one of the other's
	} {
		o.Resolver = dnsTable{srv: map[string][]*net.SRV{"_caldavs._tcp.127.0.0.1": srv(cal), "_carddavs._tcp.127.0.0.1": c.cards}}
		d, err := Discover(t.Context(), "user@127.0.0.1", o)
		if err != nil || !strings.Contains(summary(t, d), "calendar /cals/a/") {
			t.Fatal(c.name, summary(t, d), err)
		}
		if got := problems(d); !strings.HasPrefix(got, c.want) || c.want == "" && got != "" || strings.Contains(got, ",") {
			t.Errorf("%s: got %q", c.name, got)
		}
	}
	for _, path := range []string{"", "/dav/", "/p/user/", "/collection/", "/some/where/"} {
		d, err := Discover(t.Context(), whole.URL+path, o)
		if err != nil || len(d.Problems) != 1 || d.Problems[0].Reason != pim.ReasonRefused {
			t.Error(path, problems(d), err)
		}
	}
}

// A home-set that answers with a problem of the server's own is there: it is that
// problem that is told, and not that nothing was found.
func TestDiscover_AHomeThatFailsIsNoWrongAddress(t *testing.T) {
	for _, at := range []string{"home", "everything"} {
		m := serveHosts(t, func(_ string, w http.ResponseWriter, r *http.Request) {
			if at == "home" && r.Header.Get("Depth") == "0" && !strings.HasPrefix(r.URL.Path, "/me/") {
				multi(w, resp("/", homes("/me/cards/", "/me/cals/")))
				return
			}
			w.WriteHeader(http.StatusInternalServerError)
		})
		_, err := discover(t.Context(), "https://example.com/", m.client)
		var e *pim.Error
		if !errors.As(err, &e) || e.Fault != pim.Protocol || e.Status != 500 || e.Reason == "not-dav" {
			t.Errorf("%s: %v", at, err)
		}
	}
}

// What speaks no TLS is said, and asked once; plain http is proposed only where it
// gives nothing away.
func TestDiscover_AServerWithoutTLSIsNoWrongAddress(t *testing.T) {
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	c, _ := client(t, login())
	_, err := discover(t.Context(), strings.TrimPrefix(plain.URL, "http://"), c)
	if e := asError(t, err, pim.Protocol, "no-tls"); !strings.Contains(e.Hint, "http://") {
		t.Error(e.Hint)
	}
	c, _ = client(t, login())
	c.rt.(*http.Transport).DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, plain.Listener.Addr().String())
	}
	_, err = discover(t.Context(), "https://dav.example.com:8443/", c)
	if e := asError(t, err, pim.Protocol, "no-tls"); strings.Contains(e.Hint, "http://") {
		t.Error(e.Hint)
	}
}
