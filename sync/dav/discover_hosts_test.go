package dav

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

// example.com, its other names, and a foreign domain, all on one TLS server
// that notes which name was sent what.
type manyHosts struct {
	client *Client
	auth   map[string]string // host -> Authorization, "-" for none
}

func serveHosts(t *testing.T, h func(host string, w http.ResponseWriter, r *http.Request)) *manyHosts {
	t.Helper()
	m := &manyHosts{auth: map[string]string{}}
	s := serveTLS(t, func(w http.ResponseWriter, r *http.Request) {
		m.auth[r.Host] = cmp.Or(r.Header.Get("Authorization"), "-")
		h(r.Host, w, r)
	})
	m.client, _ = client(t, login())
	tr := m.client.rt.(*http.Transport)
	tr.TLSClientConfig.InsecureSkipVerify = true // the names are not the certificate's
	tr.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, s.Listener.Addr().String())
	}
	return m
}

func TestDiscover_AcrossTheHostsOfOneDomain(t *testing.T) {
	m := serveHosts(t, func(host string, w http.ResponseWriter, r *http.Request) {
		switch {
		case host == "example.com" && strings.HasPrefix(r.URL.Path, "/.well-known/"):
			http.Redirect(w, r, "https://dav.example.com/root/", http.StatusMovedPermanently)
		case host == "dav.example.com":
			multi(w, resp("/root/", principal("/p/"), homes("https://p42-dav.example.com:443/b/", "https://dav.example.org/c/")))
		case host == "p42-dav.example.com":
			multi(w, resp("https://p42-dav.example.com:443/b/", isCollection), resp("https://p43-dav.example.com/b/1/", isBook()))
		default:
			w.WriteHeader(404)
		}
	})
	d, err := discover(t.Context(), "example.com", m.client)
	if err != nil || summary(t, d) != "home contacts /b/, contacts /b/1/" {
		t.Fatal(summary(t, d), err)
	}
	if fmt.Sprint(d.Hosts) != "[dav.example.com:443 example.com:443 p42-dav.example.com:443 p43-dav.example.com:443]" {
		t.Error(d.Hosts)
	}
	if m.auth["dav.example.org"] != "" {
		t.Error("a host of another domain was asked")
	}
}

func TestDiscover_OnlyAWellKnownRedirectNamesAHost(t *testing.T) {
	m := serveHosts(t, func(host string, w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/.well-known/caldav":
			http.Redirect(w, r, "https://example.net/", http.StatusMovedPermanently)
		case r.URL.Path == "/.well-known/carddav":
			http.Redirect(w, r, "http://example.com/", http.StatusMovedPermanently)
		default:
			http.Redirect(w, r, "https://other.example.com/", http.StatusFound)
		}
	})
	_, err := discover(t.Context(), "https://example.com/dav/", m.client)
	asError(t, err, pim.Protocol, "redirect")
	if len(m.auth) != 1 || !strings.HasPrefix(m.auth["example.com"], "Basic ") {
		t.Error(m.auth)
	}
}
