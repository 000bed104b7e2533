package dav

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sidekeep/sync/pim"
)

// Preflight asks what may be written into a home-set, and changes nothing:
// OPTIONS for what the server can do, and one PROPFIND for privileges,
// components and sizes of the collections. What a server does not say stays
// unknown; nothing is gated on OPTIONS, which some answer with 404.
//
// Told by the software itself (its headers, or the provider's host) are the
// scope of UIDs, whether names are kept, and whether it mails. Xandikos 0.2.8
// announces "calendar-auto-scheduling", which is not the class of RFC 6638, and
// sends nothing.
func (w *Writer) Preflight(ctx context.Context, home pim.HomeSet) (pim.Terms, error) {
	base, err := w.c.collection("look what may be written", home.URL)
	if err != nil {
		return pim.Terms{}, err
	}
	s := survey{terms: pim.Terms{Home: home}, base: base}
	if err := w.options(ctx, base, &s); err != nil {
		return pim.Terms{}, err
	}
	_, err = w.c.collections(ctx, home, termsBody, s.look)
	if err != nil {
		return pim.Terms{}, err
	}
	if err := w.making(ctx, &s); err != nil {
		return pim.Terms{}, err
	}
	s.software()
	if err := w.mails(ctx, &s); err != nil {
		return pim.Terms{}, err
	}
	return s.terms, nil
}

// survey collects what a server says.
type survey struct {
	terms     pim.Terms
	base      place
	allow     []string // methods, of the home-set; nil: not told
	headers   http.Header
	own       []string // privileges on the home-set; nil: not told
	isOne     bool     // the address is itself a collection of objects
	principal string
}

// options asks for the classes and methods of a place; a refusal is no error.
func (w *Writer) options(ctx context.Context, at place, s *survey) error {
	r := request{op: "look what may be written", method: http.MethodOptions, to: at, quick: true, limit: maxErrorBody}
	return w.c.retrying(ctx, func() (bool, error) {
		a, err := w.c.do(ctx, r)
		if err != nil && cannotTell(err) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		defer a.close()
		a.whole = true
		s.headers = a.header
		s.allow = append(s.allow, fieldValues(a.header["Allow"])...)
		if s.terms.Classes == nil {
			s.terms.Classes = fieldValues(a.header[http.CanonicalHeaderKey("DAV")])
		}
		return true, nil
	})
}

// fieldValues splits header fields at their commas.
func fieldValues(fields []string) []string {
	var out []string
	for _, f := range fields {
		for _, v := range strings.Split(f, ",") {
			if v = strings.TrimSpace(v); v != "" && len(v) <= maxName {
				out = append(out, v)
			}
		}
	}
	return out
}

func (s *survey) look(col *pim.Collection, at place, resp *response) {
	p := &resp.props
	if col == nil {
		s.own = p.locals(elPrivileges)
		_, s.isOne = kindOf(resp)
		if h := p.hrefs[elPrincipal]; len(h) > 0 {
			s.principal = h[0]
		}
		return
	}
	t := pim.CollectionTerms{Collection: *col, Components: col.Components,
		Create: may(col.Privileges, "bind"), Change: may(col.Privileges, "write-content"), Delete: may(col.Privileges, "unbind")}
	if col.Source != "" { // a subscription: what it holds is elsewhere
		t.Create, t.Change, t.Delete = pim.LeaveNo, pim.LeaveNo, pim.LeaveNo
	}
	if n, err := strconv.ParseInt(p.text[elMaxSize], 10, 64); err == nil && n > 0 {
		t.MaxSize = n
	}
	s.terms.Collections = append(s.terms.Collections, t)
}

// may reads a current-user-privilege-set (RFC 3744 sections 3 and 5.4).
func may(privileges []string, one string) pim.Leave {
	switch {
	case privileges == nil:
		return pim.LeaveUnknown
	case slices.Contains(privileges, one), slices.Contains(privileges, "write"), slices.Contains(privileges, "all"):
		return pim.LeaveYes
	}
	return pim.LeaveNo
}

// making says which collections can be made. The methods that a place allows are
// those for what is there: sabre/dav names MKCALENDAR only for an address where
// nothing is yet.
func (w *Writer) making(ctx context.Context, s *survey) error {
	if s.isOne || may(s.own, "bind") == pim.LeaveNo {
		s.terms.MakeCalendar, s.terms.MakeBook = pim.LeaveNo, pim.LeaveNo
		return nil
	}
	if s.allow != nil && !slices.Contains(s.allow, "MKCALENDAR") && s.terms.Home.Kind != pim.Contacts {
		if err := w.options(ctx, s.base.at(folder(s.base.path)+"none-such-yet/"), s); err != nil {
			return err
		}
	}
	mkcol := slices.Contains(s.allow, "MKCOL") && slices.Contains(s.terms.Classes, "extended-mkcol")
	if slices.Contains(s.allow, "MKCALENDAR") || mkcol && slices.Contains(s.terms.Classes, "calendar-access") {
		s.terms.MakeCalendar = pim.LeaveYes
	}
	if mkcol {
		s.terms.MakeBook = pim.LeaveYes
	}
	switch s.terms.Home.Kind {
	case pim.Contacts:
		s.terms.MakeCalendar = pim.LeaveNo
	case pim.Calendar:
		s.terms.MakeBook = pim.LeaveNo
	}
	return nil
}

// software knows a server by what it says of itself, and its ways.
func (s *survey) software() {
	t := &s.terms
	has := func(class string) bool {
		return slices.ContainsFunc(t.Classes, func(c string) bool { return strings.HasPrefix(c, class) })
	}
	agent := s.headers.Get("Server")
	if p := providerOfHost(s.base.hostname()); p != nil {
		t.Server = p.name
	}
	switch {
	case t.Server != "":
	case strings.HasPrefix(agent, "Cyrus"):
		t.Server = "Cyrus"
	case has("nextcloud-"), has("nc-"):
		t.Server = "Nextcloud"
	case has("calendar-auto-scheduling"):
		t.Server = "Xandikos"
	case strings.Join(t.Classes, " ") == "1 2 3 calendar-access addressbook extended-mkcol":
		t.Server = "Radicale"
	case s.headers.Get("X-Sabre-Version") != "", has("calendarserver-principal-property-search"):
		t.Server = "sabre/dav"
	}
	switch t.Server {
	case "Cyrus", "Fastmail":
		t.UIDScope, t.OwnNames = "account", pim.LeaveNo
		if t.Home.Kind == pim.Contacts {
			t.UIDScope = "none"
		}
	case "Radicale":
		t.UIDScope, t.OwnNames = "collection", pim.LeaveNo
	case "Xandikos":
		t.UIDScope, t.OwnNames = "collection", pim.LeaveNo
		if t.Home.Kind == pim.Contacts {
			t.UIDScope = "none"
		}
	case "Nextcloud", "sabre/dav":
		t.UIDScope = "collection"
	case "Google":
		t.OwnNames, t.MakeCalendar, t.MakeBook = pim.LeaveYes, pim.LeaveNo, pim.LeaveNo
	}
}

// mails finds out whether the server sends invitations by itself. Where OPTIONS
// tells nothing, a principal with an outbox is taken to mail.
func (w *Writer) mails(ctx context.Context, s *survey) error {
	t := &s.terms
	switch {
	case t.Home.Kind == pim.Contacts:
		t.Mails = pim.LeaveNo
		return nil
	case slices.Contains(t.Classes, "calendar-auto-schedule"), t.Server == "Google", t.Server == "iCloud":
		t.Mails = pim.LeaveYes
		return nil
	case slices.Contains(t.Classes, "calendar-access"):
		t.Mails = pim.LeaveNo
		return nil
	}
	at, err := s.base.follow(s.principal)
	if err != nil || !w.c.trusts(at) {
		return nil
	}
	r := request{op: "look what may be written", method: "PROPFIND", to: at, depth: "0", body: outboxBody, quick: true, limit: maxPrincipal}
	err = w.c.retrying(ctx, func() (bool, error) {
		_, _, err := w.c.read(ctx, r, func(_ place, resp *response) error {
			if len(resp.props.hrefs[elOutbox]) > 0 {
				t.Mails = pim.LeaveYes
			}
			return nil
		})
		return false, err
	})
	if err != nil && !cannotTell(err) {
		return err
	}
	return nil
}
