package mirror_test

import (
	"fmt"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/dav/davtest/realserver"
	"sidekeep/sync/pim"
)

// loginAs is a server's front that signs everybody in as one user or another, as a
// proxy does that knows the users itself.
func loginAs(t *testing.T, s *realserver.Server, as *atomic.Value) string {
	t.Helper()
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(&httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
		r.Out.SetBasicAuth(as.Load().(string), s.Password)
	}})
	t.Cleanup(front.Close)
	return front.URL
}

// The same on real servers, whose front takes the login for another of their users.
func TestLogin_AnotherPrincipal_RealServers(t *testing.T) {
	for _, kind := range []realserver.Kind{realserver.Radicale, realserver.Cyrus} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			r := &real{T: t, s: realserver.Start(t, kind), put: map[string][]byte{}}
			r.check(r.s.AddUser("other"))
			r.book = r.make(pim.Contacts, "people")
			for i := range 12 {
				r.store(fmt.Sprintf("%sc%02d.vcf", r.book, i), gen.Card(nil, 1, i))
			}
			var as atomic.Value
			as.Store(r.s.User)
			h := newHome(t, loginAs(t, r.s, &as))
			h.runs(pim.Complete)
			want, titles := h.view(), len(collectionsOf(h))
			as.Store("other")
			told := 0
			for range 2 {
				if rep := h.runs(pim.HeldBack); rep.Counts.Held != 12 || rep.Counts.Created != 0 {
					t.Errorf("%+v\n%s", rep.Counts, describe(rep))
				}
				equal(t, h.view(), want)
				told += len(h.notify())
			}
			if x := h.incidents(true, pim.WrongAccount)[0]; told != 1 || x.Gone != 12 || len(collectionsOf(h)) != titles {
				t.Errorf("told %d times, %v, %+v", told, collectionsOf(h), x)
			} else {
				t.Log(x.Message)
			}
			as.Store(r.s.User)
			if rep := h.runs(pim.Complete); rep.Counts.Held != 0 {
				t.Errorf("%+v", rep.Counts)
			}
			equal(t, h.view(), want)
			h.incidents(true)
		})
	}
}
