package dav_test

import (
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// However hrefs are spelled and logins asked for, what was listed can be replaced
// under its own href.
func TestPut_ReplacesWhatWasListed(t *testing.T) {
	for _, q := range []davtest.Quirk{"", davtest.AbsoluteHrefs, davtest.RelativeHrefs, davtest.VerbatimHrefs, davtest.LowerCaseEscapes,
		davtest.RawSpaces, davtest.DigestOnly, davtest.UnquotedETags, davtest.ConnectionClose, davtest.LengthRequired} {
		t.Run(string(q), func(t *testing.T) {
			s := davtest.New(t, davtest.WithQuirks(q))
			book := s.AddCollection(pim.Contacts, "book", "Book")
			book.Put(davtest.Oddly+".vcf", card("1", "One"))
			w, _ := writer(t, s)
			var entries []pim.Entry
			if err := w.List(t.Context(), col(book), func(e pim.Entry) error { entries = append(entries, e); return nil }); err != nil || len(entries) != 1 {
				t.Fatal(entries, err)
			}
			res, err := w.Put(t.Context(), pim.PutRequest{Collection: col(book), Href: entries[0].Href, Body: card("1", "Two"), IfMatch: entries[0].ETag})
			if err != nil || res.Status != 204 || res.Href != entries[0].Href {
				t.Fatal(res, err)
			}
			if body, _, _ := book.Get(davtest.Oddly + ".vcf"); book.Len() != 1 || string(body) != string(card("1", "Two")) {
				t.Errorf("%v %q", book.Names(), body)
			}
		})
	}
}

func TestPut_ManyAtOnce(t *testing.T) {
	s := davtest.New(t)
	book := s.AddCollection(pim.Contacts, "book", "Book")
	w, _ := writer(t, s)
	var g errgroup.Group
	for i := range 100 {
		g.Go(func() error {
			_, err := w.Put(t.Context(), pim.PutRequest{Collection: col(book), Href: at(book, fmt.Sprintf("%d.vcf", i)), Body: card(fmt.Sprint(i), "x")})
			return err
		})
	}
	if err := g.Wait(); err != nil || book.Len() != 100 {
		t.Errorf("%d %v", book.Len(), err)
	}
	if got := w.Traffic().Requests; got != 100 {
		t.Errorf("%d requests", got)
	}
}

// A host that was not named gets neither the password nor the object, whatever
// the server says.
func TestPut_RedirectsAreFollowedToNamedHostsOnly(t *testing.T) {
	other := davtest.New(t)
	there := other.AddCollection(pim.Contacts, "book", "Book")
	s := davtest.New(t)
	book := s.AddCollection(pim.Contacts, "book", "Book")
	w, _ := writer(t, s)
	s.Fail(davtest.Fault{Kind: davtest.Status, Status: 307, Header: map[string][]string{"Location": {there.URL() + "1.vcf"}}})
	_, err := w.Put(t.Context(), pim.PutRequest{Collection: col(book), Href: at(book, "1.vcf"), Body: card("1", "x")})
	failure(t, err, pim.Protocol, "redirect")
	if other.CountRequests() != 0 {
		t.Error(other.Requests())
	}
	second := s.AddCollection(pim.Contacts, "second", "Second")
	s.Fail(davtest.Fault{Kind: davtest.Status, Status: 301, Header: map[string][]string{"Location": {second.Path() + "1.vcf"}}})
	res, err := w.Put(t.Context(), pim.PutRequest{Collection: col(book), Href: at(book, "1.vcf"), Body: card("1", "x")})
	if err != nil || res.Href != at(second, "1.vcf") || second.Len() != 1 || book.Len() != 0 {
		t.Error(res, err)
	}
}

func TestPut_AsksForNothingThatIsReadBackAnyhow(t *testing.T) {
	s := davtest.New(t, davtest.WithQuirks(davtest.NoPutETag))
	book := s.AddCollection(pim.Contacts, "book", "Book")
	w, _ := writer(t, s)
	for i, back := range []bool{false, true} {
		s.ResetRequests()
		res, err := w.Put(t.Context(), pim.PutRequest{Collection: col(book), Href: at(book, fmt.Sprintf("%d.vcf", i)), Body: card(fmt.Sprint(i), "x"), ReadBack: back})
		if err != nil || (res.ETag == "") != back || (s.CountRequests() == 1) != back {
			t.Errorf("%v: %+v %v, %d requests", back, res, err, s.CountRequests())
		}
	}
}
