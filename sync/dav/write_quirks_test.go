package dav_test

import (
	"strings"
	"testing"

	"sidekeep/sync/dav"
	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// Whatever a server does in its own way, asking first, making a calendar, storing,
// replacing and finding again work there, or fail with a fault that says why.
func TestWriter_OnEveryQuirk(t *testing.T) {
	for _, info := range davtest.Quirks() {
		if info.AtDiscovery || info.OneCollection {
			continue // the address of a home-set is not known, or there is none
		}
		t.Run(string(info.Quirk), func(t *testing.T) {
			t.Parallel()
			sc := davtest.Scenario(t, info.Quirk)
			w, _ := writer(t, sc.Server)
			terms, err := w.Preflight(t.Context(), home(sc.Server, pim.Calendar))
			if err != nil || len(terms.Collections) < 2 {
				t.Fatal(terms, err)
			}
			for _, c := range terms.Collections {
				if c.Create == pim.LeaveNo && c.Collection.Source == "" {
					t.Errorf("%+v", c)
				}
			}
			made, err := w.MakeCollection(t.Context(), home(sc.Server, pim.Calendar), "New", pim.Calendar, []string{"VEVENT"}, "")
			if err != nil {
				t.Fatal(err)
			}
			href := pim.Href(strings.TrimPrefix(made.URL, sc.URL()) + "1.ics")
			res, err := w.Put(t.Context(), pim.PutRequest{Collection: made, Href: href, Body: event("q1", "One")})
			if err != nil || res.Status != 201 {
				t.Fatal(res, err)
			}
			_, err = w.Put(t.Context(), pim.PutRequest{Collection: made, Href: href, Body: event("q1", "Other")})
			failure(t, err, pim.BadObject, pim.ReasonPrecondition)
			second, err := w.Put(t.Context(), pim.PutRequest{Collection: made, Href: href, Body: event("q1", "Two"), IfMatch: res.ETag})
			switch {
			case res.ETag == "" || strings.HasPrefix(string(res.ETag), "W/") || info.Quirk == davtest.FlakyETags:
				// Nothing to name the state by: it is not replaced.
				failure(t, err, pim.BadObject, pim.ReasonPrecondition)
			case err != nil || second.Status != 204:
				t.Fatal(second, err)
			}
			found, err := w.FindUID(t.Context(), made, "q1")
			if err != nil && !info.Fails() || err == nil && len(found) != 1 && info.Quirk != davtest.QueryHidesPast {
				t.Error(found, err)
			}
		})
	}
}

// A writer and a client are as careful with the login as each other.
func TestWriter_StopsAtARefusedLogin(t *testing.T) {
	s := davtest.New(t)
	book := s.AddCollection(pim.Contacts, "book", "Book")
	w := dav.NewWriter(dav.Options{User: s.User(), Password: "wrong"})
	t.Cleanup(w.Close)
	for range 3 {
		_, err := w.Put(t.Context(), pim.PutRequest{Collection: col(book), Href: at(book, "1.vcf"), Body: card("1", "x")})
		failure(t, err, pim.Denied, "login")
	}
	if n := s.CountRequests(); n != 1 {
		t.Errorf("%d requests", n)
	}
}
