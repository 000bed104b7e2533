package dav

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

// dnsTable answers like a DNS with these records and no others.
type dnsTable struct {
	srv map[string][]*net.SRV // "_caldavs._tcp.example.com"
	txt map[string][]string
}

func (d dnsTable) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	key := "_" + service + "._" + proto + "." + name
	if r := d.srv[key]; r != nil {
		return key, r, nil
	}
	return "", nil, &net.DNSError{Name: key, IsNotFound: true}
}

func (d dnsTable) LookupTXT(_ context.Context, name string) ([]string, error) {
	if r := d.txt[name]; r != nil {
		return r, nil
	}
	return nil, &net.DNSError{Name: name, IsNotFound: true}
}

func principal(href string) string {
	return `<D:current-user-principal><D:href>` + href + `</D:href></D:current-user-principal>`
}

func homes(card, cal string) string {
	hrefs := func(s string) (out string) {
		for _, h := range strings.Fields(s) {
			out += `<D:href>` + h + `</D:href>`
		}
		return out
	}
	return `<R:addressbook-home-set>` + hrefs(card) + `</R:addressbook-home-set><L:calendar-home-set>` + hrefs(cal) + `</L:calendar-home-set>`
}

// davSite is a small account: root, principal, two calendar homes, one of
// address books.
func davSite(w http.ResponseWriter, r *http.Request) {
	if user, pass, _ := r.BasicAuth(); user != "user" || pass != "secret" {
		w.WriteHeader(401)
		return
	}
	switch r.URL.Path {
	case "/dav/":
		multi(w, resp("/dav/", isCollection, principal("/p/user/")))
	case "/p/user/":
		multi(w, resp("/p/user/", homes("/cards/", "/cals/ /shared/")))
	case "/cards/":
		multi(w, resp("/cards/", isCollection), resp("/cards/a/", isBook()), respStatus("/cards/x/", "403 Forbidden"))
	case "/cals/":
		multi(w, resp("/cals/", isCollection), resp("/cals/a/", isCal()), respStatus("/cals/x/", "404 Not Found"))
	case "/shared/":
		multi(w, resp("/shared/", isCollection), resp("/shared/b/", isCal()))
	case "/.well-known/caldav", "/.well-known/carddav":
		http.Redirect(w, r, "/dav/", http.StatusMovedPermanently)
	case "/":
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><html></html>")
	case "/collection/":
		multi(w, resp("/collection/", isCal(), principal("/p/user/")))
	default:
		w.WriteHeader(404)
	}
}

// summary is the paths found.
func summary(t *testing.T, d pim.Discovery) string {
	t.Helper()
	var out []string
	path := func(s string) string { u, _ := url.Parse(s); return u.Path }
	for _, h := range d.HomeSets {
		out = append(out, fmt.Sprintf("home %s %s", h.Kind, path(h.URL)))
	}
	for _, c := range d.Collections {
		out = append(out, fmt.Sprintf("%s %s", c.Kind, path(c.URL)))
	}
	return strings.Join(out, ", ")
}

const wholeSite = "home contacts /cards/, home calendar /cals/, home calendar /shared/, contacts /cards/a/, calendar /cals/a/, calendar /shared/b/"

func login() Options {
	return Options{User: "user", Password: "secret", Resolver: dnsTable{}}
}

func TestDiscover_FromAnyAddressOfAnAccount(t *testing.T) {
	s := serve(t, davSite)
	for _, path := range []string{"", "/", "/dav/", "/p/user/", "/collection/", "/some/where/", "/dav/?x=1#y"} {
		t.Run(path, func(t *testing.T) {
			d, err := Discover(t.Context(), s.URL+path, login())
			if err != nil {
				t.Fatal(err)
			}
			if got := summary(t, d); got != wholeSite {
				t.Errorf("got %s", got)
			}
			if fmt.Sprint(d.Hosts) != "["+strings.TrimPrefix(s.URL, "http://")+"]" || len(d.Principals) != 2 {
				t.Errorf("%+v", d)
			}
		})
	}
	for _, r := range s.requests() {
		if r.Auth == "" {
			t.Errorf("without a login: %+v", r)
		}
	}
}

func TestDiscover_AHomeSetOfBothKindsIsOne(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Depth") == "1" {
			multi(w, resp("/user/", isCollection), resp("/user/b/", isBook()), resp("/user/c/", isCal()))
			return
		}
		multi(w, resp("/user/", isCollection, principal("/user/"), homes("/user/", "/user")))
	})
	d, err := Discover(t.Context(), s.URL, login())
	if err != nil || summary(t, d) != "home  /user/, contacts /user/b/, calendar /user/c/" {
		t.Fatal(summary(t, d), err)
	}
	if n := len(s.requests()); n > 3 {
		t.Errorf("%d requests", n)
	}
}

func TestDiscover_FromAnEmailAddressByTheDNS(t *testing.T) {
	cal := serveTLS(t, davSite)
	card := serveTLS(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/odd/path/":
			multi(w, resp("/odd/path/", principal("/me/")))
		case "/me/":
			multi(w, resp("/me/", homes("/mine/", "")))
		case "/mine/":
			multi(w, resp("/mine/", isCollection), resp("/mine/b/", isBook()))
		default:
			w.WriteHeader(404)
		}
	})
	pool := x509.NewCertPool()
	pool.AddCert(cal.Certificate())
	dead := serveTLS(t, davSite)
	port := func(s *server) uint16 {
		_, p, _ := net.SplitHostPort(s.Listener.Addr().String())
		n, _ := strconv.Atoi(p)
		return uint16(n)
	}
	deadPort := port(dead)
	dead.Close()
	o := login()
	o.RootCAs = pool
	o.Resolver = dnsTable{
		srv: map[string][]*net.SRV{
			"_caldavs._tcp.127.0.0.1": {
				{Target: "127.0.0.1.", Port: port(cal), Priority: 20},
				{Target: "127.0.0.1.", Port: deadPort, Priority: 10},
			},
			"_caldav._tcp.127.0.0.1":   {{Target: ".", Port: 0}},
			"_carddavs._tcp.127.0.0.1": {{Target: "127.0.0.1.", Port: port(card)}},
		},
		txt: map[string][]string{"_carddavs._tcp.127.0.0.1": {"v=other", "path=/wrong/", "path=/odd/path/"}},
	}
	// The calendar server has address books too; those it names come first.
	d, err := Discover(t.Context(), "user@127.0.0.1", o)
	if err != nil || summary(t, d) != wholeSite {
		t.Fatal(summary(t, d), err)
	}
	// Without them, the other host's are found.
	o.Resolver.(dnsTable).srv["_caldavs._tcp.127.0.0.1"] = nil
	d, err = Discover(t.Context(), "mailto:user@127.0.0.1", o)
	if err != nil || summary(t, d) != "home contacts /mine/, contacts /mine/b/" {
		t.Fatal(summary(t, d), err)
	}
}

func TestDiscover_TheDNSDoesNotDecideWhoGetsThePassword(t *testing.T) {
	foreign := serveTLS(t, davSite)
	_, port, _ := net.SplitHostPort(foreign.Listener.Addr().String())
	n, _ := strconv.Atoi(port)
	o := login()
	o.RootCAs = x509.NewCertPool()
	o.RootCAs.AddCert(foreign.Certificate())
	o.Resolver = dnsTable{srv: map[string][]*net.SRV{"_caldavs._tcp.nowhere.invalid": {{Target: "127.0.0.1", Port: uint16(n)}}}}
	_, err := Discover(t.Context(), "user@nowhere.invalid", o)
	e := asError(t, err, pim.Protocol, "host")
	if !strings.Contains(e.Hint, foreign.URL) || len(foreign.requests()) != 0 {
		t.Errorf("%q, %d requests", e.Hint, len(foreign.requests()))
	}
	o.Hosts = []string{strings.TrimPrefix(foreign.URL, "https://")}
	if d, err := Discover(t.Context(), "user@nowhere.invalid", o); err != nil || summary(t, d) != wholeSite {
		t.Error("a host the person agreed to:", err)
	}
}

func TestDiscover_AForeignHomeSetIsNotAsked(t *testing.T) {
	foreign := serve(t, davSite)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Depth") == "1" {
			multi(w, resp("/b/", isCollection), resp("/b/1/", isBook()))
			return
		}
		other := strings.Replace(foreign.URL, "127.0.0.1", "localhost", 1)
		multi(w, resp("/", homes("/b/", other+"/cals/"), principal(other+"/p/user/")))
	})
	d, err := Discover(t.Context(), s.URL, login())
	if err != nil || summary(t, d) != "home contacts /b/, contacts /b/1/" {
		t.Fatal(summary(t, d), err)
	}
	if len(foreign.requests()) != 0 || len(d.Hosts) != 1 {
		t.Errorf("%v %v", foreign.requests(), d.Hosts)
	}
}

func TestDiscover_ContactsAndCalendarsOnDifferentHosts(t *testing.T) {
	other := serve(t, davSite)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Depth") == "1" {
			multi(w, resp("/b/", isCollection), resp("/b/1/", isBook()))
			return
		}
		multi(w, resp("/", homes("/b/", other.URL+"/cals/")))
	})
	d, err := Discover(t.Context(), s.URL, login())
	if err != nil || summary(t, d) != "home contacts /b/, home calendar /cals/, contacts /b/1/, calendar /cals/a/" {
		t.Fatal(summary(t, d), err)
	}
	if len(d.Hosts) != 2 {
		t.Error(d.Hosts)
	}
	for _, c := range d.Collections {
		if c.Kind == pim.Calendar && !strings.HasPrefix(c.URL, other.URL) {
			t.Errorf("%s is not on the host that listed it", c.URL)
		}
	}
}

func TestDiscover_WithoutAPrincipal(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/only/cal/":
			multi(w, resp("/only/cal/", isCal(), `<D:displayname>Team</D:displayname>`), resp("/only/cal/1.ics", `<D:resourcetype/>`))
		case "/home/":
			multi(w, resp("/home/", isCollection), resp("/home/b/", isBook()), resp("/home/c/", isCal()))
		default:
			w.WriteHeader(404)
		}
	})
	for path, want := range map[string]string{
		"/only/cal/": "home calendar /only/cal/, calendar /only/cal/",
		"/home/":     "home  /home/, contacts /home/b/, calendar /home/c/",
	} {
		d, err := Discover(t.Context(), s.URL+path, login())
		if got := summary(t, d); err != nil || got != want {
			t.Errorf("%s: %s %v", path, got, err)
		}
	}
}

func TestDiscover_TriesKnownPaths(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/SOGo/dav/") {
			w.WriteHeader(405)
			return
		}
		if r.Header.Get("Depth") == "1" {
			multi(w, resp(r.URL.Path, isCollection), resp("/SOGo/dav/u/c/", isCal()))
			return
		}
		multi(w, resp(r.URL.Path, principal("/SOGo/dav/u/"), homes("", "/SOGo/dav/u/Calendar/")))
	})
	d, err := Discover(t.Context(), s.URL, login())
	if err != nil || summary(t, d) != "home calendar /SOGo/dav/u/Calendar/, calendar /SOGo/dav/u/c/" {
		t.Fatal(summary(t, d), err)
	}
}

func TestDiscover_ErrorsAreToldApart(t *testing.T) {
	site := serve(t, davSite)
	wrong := login()
	wrong.Password = "not-the-secret"
	_, err := Discover(t.Context(), site.URL+"/dav/", wrong)
	asError(t, err, pim.Denied, "login")
	if n := len(site.requests()); n != 1 {
		t.Errorf("%d requests with a wrong password", n)
	}

	page := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>hello</html>") })
	_, err = Discover(t.Context(), page.URL, login())
	asError(t, err, pim.Protocol, "html")

	none := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) })
	_, err = Discover(t.Context(), none.URL+"/x?token=secret", login())
	asError(t, err, pim.Protocol, "not-dav")

	anonymous := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		multi(w, resp("/", `<D:current-user-principal><D:unauthenticated/></D:current-user-principal>`))
	})
	_, err = Discover(t.Context(), anonymous.URL, login())
	asError(t, err, pim.Denied, "login")

	tls := serveTLS(t, davSite)
	_, err = Discover(t.Context(), tls.URL, login())
	asError(t, err, pim.Untrusted, "certificate")

	closed := serve(t, davSite)
	closed.Close()
	_, err = Discover(t.Context(), closed.URL, login())
	asError(t, err, pim.Offline, "unreachable")

	_, err = Discover(t.Context(), "http://dav.example.com/", login())
	asError(t, err, pim.Invalid, "plain-http")
	for _, address := range []string{"", "ftp://x", "https://", "http://[", "mail@"} {
		_, err = Discover(t.Context(), address, login())
		asError(t, err, pim.Invalid, "")
	}
	_, err = Discover(t.Context(), "somebody@gmail.com", login())
	if e := asError(t, err, pim.Denied, "oauth"); !strings.Contains(e.Hint, "OAuth") {
		t.Error(e.Hint)
	}

	busy := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(429)
	})
	_, err = Discover(t.Context(), busy.URL, login())
	if e := asError(t, err, pim.Busy, ""); e.RetryAfter.Minutes() != 10 {
		t.Error(e.RetryAfter)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = Discover(ctx, site.URL, login()); !errors.Is(err, context.Canceled) || pim.FaultOf(err) != pim.Stopped {
		t.Error(err)
	}
}

func TestDiscover_OneDeadHomeSetCostsOnlyItself(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Depth") == "0":
			multi(w, resp("/", homes("/cards/", "/denied/ /dead/")))
		case r.URL.Path == "/cards/":
			multi(w, resp("/cards/", isCollection), resp("/cards/b/", isBook()))
		case r.URL.Path == "/denied/":
			w.WriteHeader(403)
		default:
			w.WriteHeader(500)
		}
	})
	d, err := Discover(t.Context(), s.URL, login())
	if err != nil || summary(t, d) != "home contacts /cards/, home calendar /dead/, contacts /cards/b/" {
		t.Fatal(summary(t, d), err)
	}
}
