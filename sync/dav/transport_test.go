package dav

import (
	"crypto/md5"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"sidekeep/sync/pim"
)

var quiet = log.New(io.Discard, "", 0)

func TestRedirect_KeepsMethodBodyDepthAndCredentials(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/b/" {
					w.Header().Set("Location", "/moved/%40/")
					w.WriteHeader(status)
					return
				}
				multi(w, resp("/moved/@/", isCollection), resp("/moved/@/1.vcf", etag("1")))
			})
			c, _ := client(t, Options{})
			got, err := list(t.Context(), c, book(s))
			if err != nil || fmt.Sprint(got) != "[/moved/@/1.vcf]" {
				t.Fatal(got, err)
			}
			all := s.requests()
			first, second := all[0], all[1]
			if second.URI != "/moved/%40/" || !strings.HasPrefix(second.Auth, "Basic ") {
				t.Errorf("%+v", second)
			}
			second.URI = first.URI
			if first != second || first.Method != "PROPFIND" || first.Depth != "1" || first.Encoding != "gzip" {
				t.Errorf("first %+v\nsecond %+v", first, second)
			}
		})
	}
}

func TestRedirect_NeverTakesThePasswordToAnotherHost(t *testing.T) {
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { multi(w, resp("/b/", isCollection)) })
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/b/", http.StatusMovedPermanently)
	})
	c, _ := client(t, Options{Hosts: []string{strings.TrimPrefix(s.URL, "http://")}})
	e := asError(t, c.List(t.Context(), book(s), nil), pim.Protocol, "redirect")
	if !strings.Contains(e.Hint, other.URL) {
		t.Errorf("hint %q", e.Hint)
	}
	if got := other.requests(); len(got) != 0 {
		t.Errorf("the other host was asked: %+v", got)
	}

	named, _ := client(t, Options{Hosts: []string{strings.TrimPrefix(s.URL, "http://"), strings.TrimPrefix(other.URL, "http://")}})
	if err := named.List(t.Context(), book(s), nil); err != nil {
		t.Error("a host that was named:", err)
	}
}

func TestHrefs_NeverLeadToAnotherHost(t *testing.T) {
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") })
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		multi(w, resp("/h/", isCollection), resp(other.URL+"/b/", isBook()))
	})
	c, _ := client(t, Options{Hosts: []string{strings.TrimPrefix(s.URL, "http://")}})
	_, err := c.Get(t.Context(), book(s), pim.Href(other.URL+"/b/1.vcf"))
	asError(t, err, pim.BadObject, "forbidden")
	home, err := c.Collections(t.Context(), pim.HomeSet{URL: s.URL + "/h/"})
	if err != nil || len(home.Collections) != 1 {
		t.Fatal(home, err)
	}
	asError(t, c.List(t.Context(), home.Collections[0], nil), pim.Protocol, "host")
	if got := other.requests(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestRedirect_NeverLeavesTLSAndEnds(t *testing.T) {
	s := serveTLS(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/loop/" {
			http.Redirect(w, r, "/loop/", http.StatusFound)
			return
		}
		http.Redirect(w, r, "http://"+r.Host+"/b/", http.StatusFound)
	})
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	c, _ := client(t, Options{RootCAs: pool})
	asError(t, c.List(t.Context(), book(s), nil), pim.Protocol, "redirect")
	asError(t, c.List(t.Context(), pim.Collection{URL: s.URL + "/loop/"}, nil), pim.Protocol, "redirect")
	if n := len(s.requests()); n != 2+maxRedirects {
		t.Errorf("%d requests", n)
	}
}

func TestRelated(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"https://example.com/", "https://dav.example.com:8443/", true},
		{"https://caldav.icloud.com/", "https://p42-caldav.icloud.com:443/", true},
		{"https://example.com/", "http://dav.example.com/", false},
		{"https://a.example.co.uk/", "https://b.example.co.uk/", true},
		{"https://one.co.uk/", "https://two.co.uk/", false},
		{"https://one.github.io/", "https://two.github.io/", false},
		{"https://example.com/", "https://example.com.evil.org/", false},
		{"https://127.0.0.1:1/", "https://127.0.0.1:2/", false},
		{"https://localhost:1/", "https://localhost:2/", false},
		{"https://127.0.0.1:1/", "https://127.0.0.1:1/x", true},
		{"https://10.0.0.1/", "https://10.0.0.2/", false},
		{"https://nas/", "https://nas:5001/", false},
	} {
		a, _ := parsePlace(c.a)
		b, _ := parsePlace(c.b)
		if related(a, b) != c.want {
			t.Errorf("%s %s: got %v", c.a, c.b, !c.want)
		}
	}
}

func TestPlace_ReadsAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"HTTPS://User:secret@DAV.Example.com.:443/A%2fb/#x": "https://dav.example.com/A%2fb/",
		"https://example.com":                               "https://example.com/",
		"https://example.com?x=secret":                      "https://example.com/",
		"http://[::1]:8080/x":                               "http://[::1]:8080/x",
		"https://b\u00fccher.example/dav/":                  "https://xn--bcher-kva.example/dav/",
		"https://example.com:8443/a@b/":                     "https://example.com:8443/a@b/",
	} {
		if p, err := parsePlace(in); err != nil || p.shown() != want || shownAddress(in) != want {
			t.Errorf("%s: %s %v", in, p.shown(), err)
		}
	}
}

func TestPlainHTTP_OnlyToThisComputerUnlessAgreed(t *testing.T) {
	c, _ := client(t, Options{})
	e := asError(t, c.List(t.Context(), pim.Collection{URL: "http://dav.example.invalid/b/"}, nil), pim.Invalid, "plain-http")
	if !strings.Contains(e.Hint, "--allow-http") {
		t.Error(e.Hint)
	}
	if n := c.Traffic().Requests; n != 0 {
		t.Errorf("%d requests", n)
	}
	c, _ = client(t, Options{AllowHTTP: true})
	asError(t, c.List(t.Context(), pim.Collection{URL: "http://dav.example.invalid/b/"}, nil), pim.Offline, "dns")
}

func TestTLS_SaysWhichCertificateIsNotTrusted(t *testing.T) {
	s := serveTLS(t, func(w http.ResponseWriter, _ *http.Request) { multi(w) })
	c, _ := client(t, Options{})
	e := asError(t, c.List(t.Context(), book(s), nil), pim.Untrusted, "certificate")
	cert := s.Certificate()
	var verify *tls.CertificateVerificationError
	if !errors.As(e, &verify) || !verify.UnverifiedCertificates[0].Equal(cert) {
		t.Error("the certificate is not in the error")
	}
	for _, want := range []string{fingerprint(cert.Raw), cert.NotAfter.Format("2006-01-02"), "Acme Co"} {
		if !strings.Contains(e.Error(), want) {
			t.Errorf("%q is missing in %q", want, e.Error())
		}
	}
	if len(s.requests()) != 0 {
		t.Error("a request was sent")
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	known, _ := client(t, Options{RootCAs: pool})
	other := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	e = asError(t, known.List(t.Context(), pim.Collection{URL: other + "/b/"}, nil), pim.Untrusted, "certificate")
	if !strings.Contains(e.Error(), "it is not for localhost") {
		t.Error(e)
	}
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	c, _ = client(t, Options{})
	asError(t, c.List(t.Context(), pim.Collection{URL: "https" + strings.TrimPrefix(plain.URL, "http")}, nil), pim.Protocol, "no-tls")
}

func TestLogin_RefusedOnceIsNotTriedAgain(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) })
	c, _ := client(t, Options{})
	for range 3 {
		e := asError(t, c.List(t.Context(), book(s), nil), pim.Denied, "login")
		if e.Status != 401 || e.Hint == "" {
			t.Errorf("%+v", e)
		}
	}
	if _, err := c.Get(t.Context(), book(s), "/b/1.vcf"); pim.FaultOf(err) != pim.Denied {
		t.Error(err)
	}
	if got := s.requests(); len(got) != 1 || !strings.HasPrefix(got[0].Auth, "Basic ") {
		t.Errorf("%+v", got)
	}
}

func TestLogin_HintsInTheProvidersTerms(t *testing.T) {
	for host, want := range map[string]string{
		"p01-caldav.icloud.com": "account.apple.com", "apidata.googleusercontent.com": "OAuth",
		"caldav.fastmail.com": "app password", "cloud.example.org": "Nextcloud", "noticloud.com": "Check the user name",
	} {
		if got := loginHint(host); !strings.Contains(got, want) {
			t.Errorf("%s: %s", host, got)
		}
	}
}

func TestLogin_Digest(t *testing.T) {
	md := func(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }
	var nonce atomic.Int32
	nonce.Store(1)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		p := authParams(strings.TrimPrefix(r.Header.Get("Authorization"), "Digest "))
		n := fmt.Sprintf("n%d", nonce.Load())
		want := md(md("user:re\"alm:secret") + ":" + n + ":" + p["nc"] + ":" + p["cnonce"] + ":auth:" + md(r.Method+":"+r.RequestURI))
		if p["nonce"] != n || p["response"] != want || p["username"] != "user" || p["opaque"] != "o" {
			w.Header().Set("WWW-Authenticate", `Digest realm="re\"alm", nonce="`+n+`", qop="auth,auth-int", opaque="o", algorithm=MD5`)
			w.WriteHeader(401)
			return
		}
		multi(w, resp("/b/", isCollection))
	})
	c, _ := client(t, Options{})
	for range 2 {
		if err := c.List(t.Context(), book(s), nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.requests()); n != 3 {
		t.Errorf("%d requests: one challenge for all", n)
	}
	nonce.Store(2) // it expires
	if err := c.List(t.Context(), book(s), nil); err != nil {
		t.Fatal(err)
	}
	wrong, _ := client(t, Options{User: "user", Password: "wrong-secret"})
	before := len(s.requests())
	asError(t, wrong.List(t.Context(), book(s), nil), pim.Denied, "login")
	if n := len(s.requests()) - before; n != 2 {
		t.Errorf("%d requests with a wrong password", n)
	}
}

func TestTrace_NamesNoSecret(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "body") })
	var lines []string
	c, _ := client(t, Options{Trace: func(l string) { lines = append(lines, l) }})
	u, _ := url.Parse(s.URL)
	if _, err := c.Get(t.Context(), pim.Collection{URL: "http://user:secret@" + u.Host + "/b/"}, "/b/1.vcf?key=secret"); err != nil {
		t.Fatal(err)
	}
	if len(lines) != 1 || strings.Contains(lines[0], "secret") || !strings.HasPrefix(lines[0], "GET "+s.URL+"/b/1.vcf 200 4 bytes ") {
		t.Errorf("%q", lines)
	}
	if got := s.requests()[0].URI; got != "/b/1.vcf?key=secret" {
		t.Error(got)
	}
}

func TestWebPage_IsSaidToBeOne(t *testing.T) {
	for _, status := range []int{200, 207} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<!DOCTYPE html>\n<html><body>Welcome</body></html>")
		})
		c, _ := client(t, Options{})
		e := asError(t, c.List(t.Context(), book(s), nil), pim.Protocol, "html")
		if !strings.Contains(e.Hint, "web page") {
			t.Error(e.Hint)
		}
	}
}

func TestPlace_KeepsThePathOnTheWire(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") })
	c, _ := client(t, Options{})
	for href, want := range map[string]string{
		"/b/a%2Fb.vcf":    "/b/a%2Fb.vcf",
		"/b/%40:+;,=.vcf": "/b/%40:+;,=.vcf",
		"/b/100%.ics":     "/b/100%25.ics", // refused as it is, asked again in another spelling
		"/b/a b.vcf":      "/b/a%20b.vcf",
		"/b/ü.vcf":        "/b/%C3%BC.vcf",
		"/b/#1.vcf":       "/b/%231.vcf",
		"a:b.vcf":         "/b/a:b.vcf",
		"../c/x.vcf":      "/c/x.vcf",
		s.URL + "/b/%2e":  "/b/%2e",
	} {
		before := len(s.requests())
		o, err := c.Get(t.Context(), book(s), pim.Href(href))
		if err != nil || o.Href != pim.Href(href) {
			t.Errorf("%s: %v", href, err)
			continue
		}
		if got := s.requests()[before].URI; got != want {
			t.Errorf("%s went out as %s, want %s", href, got, want)
		}
	}
}
