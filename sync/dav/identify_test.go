package dav

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

// Whom the login is taken for is asked where it was known to be, and otherwise
// where the account began.
func TestIdentify_AsksUntilSomebodySays(t *testing.T) {
	self := func(path, who string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			multi(w, resp(path, principal(who), homes("/cards"+who, "/cals"+who)))
		}
	}
	status := func(n int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) }
	}
	silent := func(path string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { multi(w, resp(path, isCollection)) }
	}
	for name, c := range map[string]struct {
		at       map[string]func(http.ResponseWriter, *http.Request)
		who      string
		home     string
		requests int
	}{
		"the same":                   {map[string]func(http.ResponseWriter, *http.Request){"/p/a/": self("/p/a/", "/p/a/")}, "/p/a/", "/cards/p/a/", 1},
		"another, readable by all":   {map[string]func(http.ResponseWriter, *http.Request){"/p/a/": self("/p/a/", "/p/b/"), "/p/b/": self("/p/b/", "/p/b/")}, "/p/b/", "/cards/p/b/", 2},
		"another, and not ours":      {map[string]func(http.ResponseWriter, *http.Request){"/p/a/": status(403), "/dav/": self("/dav/", "/p/b/"), "/p/b/": self("/p/b/", "/p/b/")}, "/p/b/", "/cards/p/b/", 3},
		"another, itself unreadable": {map[string]func(http.ResponseWriter, *http.Request){"/dav/": self("/dav/", "/p/b/")}, "/p/b/", "", 3},
		"by the well-known address":  {map[string]func(http.ResponseWriter, *http.Request){"/.well-known/carddav": self("/", "/p/b/"), "/p/b/": self("/p/b/", "/p/b/")}, "/p/b/", "/cards/p/b/", 4},
		"at the root":                {map[string]func(http.ResponseWriter, *http.Request){"/p/a/": silent("/p/a/"), "/": self("/", "/p/a/")}, "/p/a/", "", 0},
		"nobody says":                {map[string]func(http.ResponseWriter, *http.Request){"/": silent("/"), "/p/a/": status(404)}, "", "", 4},
		"a host of another owner":    {map[string]func(http.ResponseWriter, *http.Request){"/p/a/": self("/p/a/", "https://elsewhere.example.org/p/b/")}, "https://elsewhere.example.org/p/b/", "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if f := c.at[r.URL.Path]; f != nil && r.Header.Get("Depth") == "0" {
					f(w, r)
					return
				}
				w.WriteHeader(404)
			})
			client := New(login())
			defer client.Close()
			id, err := client.Identify(t.Context(), pim.Principal{Kind: pim.Contacts, URL: s.URL + "/p/a/"}, s.URL+"/dav/")
			if err != nil {
				t.Fatal(err)
			}
			if strings.TrimPrefix(id.Principal, s.URL) != c.who {
				t.Errorf("principal %q", id.Principal)
			}
			if c.home != "" && (len(id.HomeSets) != 2 || id.HomeSets[0].URL != s.URL+c.home || len(id.Hosts) != 1) || c.home == "" && c.requests > 0 && len(id.HomeSets) != 0 {
				t.Errorf("%+v", id)
			}
			if n := len(s.requests()); c.requests > 0 && n != c.requests {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// What asking elsewhere would not mend is an error; a refused login above all.
func TestIdentify_Fails(t *testing.T) {
	for status, fault := range map[int]pim.Fault{401: pim.Denied, 503: pim.Busy} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		client := New(login())
		_, err := client.Identify(t.Context(), pim.Principal{URL: s.URL + "/p/a/"}, s.URL)
		client.Close()
		var e *pim.Error
		if !errors.As(err, &e) || e.Fault != fault {
			t.Errorf("%d: %v", status, err)
		}
	}
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		multi(w, resp("/p/a/", `<D:current-user-principal><D:unauthenticated/></D:current-user-principal>`))
	})
	client := New(login())
	defer client.Close()
	if _, err := client.Identify(t.Context(), pim.Principal{URL: s.URL + "/p/a/"}, s.URL); pim.FaultOf(err) != pim.Denied {
		t.Error(err)
	}
}

// A home-set says whom the login is taken for in the same answer that lists it; an
// address that names home-sets and another principal is not that principal.
func TestCollections_NamePrincipal(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			multi(w, resp("/", isCollection, principal("/p/a/"), homes("/home/", "/home/")))
		case "/home/":
			multi(w, resp("/home/", isCollection, principal("/p/a/")), resp("/home/b/", isBook()))
		default:
			w.WriteHeader(404)
		}
	})
	d, err := Discover(t.Context(), s.URL, login())
	if err != nil || len(d.Principals) != 2 || d.Principals[0].URL != s.URL+"/p/a/" {
		t.Fatalf("%+v, %v", d.Principals, err)
	}
	client := New(login())
	defer client.Close()
	l, err := client.Collections(t.Context(), pim.HomeSet{URL: s.URL + "/home/"})
	if err != nil || l.Principal != s.URL+"/p/a/" || len(l.Collections) != 1 {
		t.Errorf("%+v, %v", l, err)
	}
}
