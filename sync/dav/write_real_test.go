package dav_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sidekeep/sync/dav"
	"sidekeep/sync/dav/davtest/realserver"
	"sidekeep/sync/pim"
)

// pathOf is the path of a URL as it stands on the wire.
func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return u.EscapedPath()
}

// shelf is a real server with a writer and two collections of each kind, the
// calendars for events only.
type shelf struct {
	t     *testing.T
	kind  realserver.Kind
	s     *realserver.Server
	w     *dav.Writer
	books [2]pim.Collection
	cals  [2]pim.Collection
}

func newShelf(t *testing.T, kind realserver.Kind) *shelf {
	t.Helper()
	h := &shelf{t: t, kind: kind, s: realserver.Start(t, kind)}
	h.w = dav.NewWriter(dav.Options{User: h.s.User, Password: h.s.Password})
	t.Cleanup(h.w.Close)
	for i := range 2 {
		h.books[i] = h.make(pim.Contacts)
		h.cals[i] = h.make(pim.Calendar)
	}
	return h
}

const realName = "Friends & <Co> é"

func (h *shelf) make(kind pim.Kind) pim.Collection {
	h.t.Helper()
	home := pim.HomeSet{Kind: kind, URL: h.s.URL + h.s.Home(kind)}
	c, err := h.w.MakeCollection(h.t.Context(), home, realName, kind, []string{"VEVENT"}, "#22AA44FF")
	if err != nil {
		h.t.Fatal(err)
	}
	wantComps := "[VEVENT]"
	if h.kind == realserver.Xandikos { // it takes everything, whatever is asked for
		wantComps = "[VEVENT VTODO VJOURNAL VFREEBUSY]"
	}
	if c.Name != realName || c.Kind != kind || kind == pim.Calendar && (fmt.Sprint(c.Components) != wantComps || c.Color != "#22AA44FF") {
		h.t.Errorf("asked for %q, made %+v", realName, c)
	}
	return c
}

func (h *shelf) put(c pim.Collection, name string, body []byte, match pim.ETag) (pim.PutResult, error) {
	return h.w.Put(h.t.Context(), pim.PutRequest{Collection: c, Href: pim.Href(pathOf(c.URL) + name), Body: body, IfMatch: match, Quiet: true})
}

// reason is what became of a PUT: "ok", or the error's reason with the last
// segment of the href in conflict.
func reason(err error) string {
	var e *pim.Error
	var conflict *pim.UIDConflict
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &conflict) && conflict.Href != "":
		return "uid-conflict with " + conflict.Href.Base()
	case errors.As(err, &e):
		return e.Fault.String() + " " + e.Reason
	}
	return err.Error()
}

func eachReal(t *testing.T, story func(t *testing.T, h *shelf)) {
	for _, kind := range realserver.Kinds() {
		t.Run(string(kind), func(t *testing.T) { story(t, newShelf(t, kind)) })
	}
}

func TestRealPut_CreateReplaceAndRefuse(t *testing.T) {
	eachReal(t, func(t *testing.T, h *shelf) {
		for _, c := range []struct {
			col  pim.Collection
			body func(title string) []byte
		}{
			{h.books[0], func(title string) []byte { return card("c1", title) }},
			{h.cals[0], func(title string) []byte { return event("e1", title) }},
		} {
			name := "a%20b@c.obj"
			made, err := h.put(c.col, name, c.body("One"), "")
			if err != nil || made.Status != 201 || made.ETag == "" {
				t.Fatal(made, err)
			}
			_, err = h.put(c.col, name, c.body("Other"), "")
			failure(t, err, pim.BadObject, pim.ReasonPrecondition)
			_, err = h.put(c.col, name, c.body("Other"), `"no-such-state"`)
			failure(t, err, pim.BadObject, pim.ReasonPrecondition)
			_, err = h.put(c.col, "never.obj", c.body("Other"), made.ETag)
			failure(t, err, pim.BadObject, pim.ReasonPrecondition)
			second, err := h.put(c.col, name, c.body("Two"), made.ETag)
			if err != nil || second.ETag == made.ETag || second.ETag == "" {
				t.Fatal(second, err)
			}
			o, err := h.w.Get(t.Context(), c.col, second.Href)
			if err != nil || o.ETag != second.ETag || !strings.Contains(string(o.Body), "Two") {
				t.Errorf("%+v %v, told %s", o, err, second.ETag)
			}
			var listed []pim.ETag
			if err := h.w.List(t.Context(), c.col, func(e pim.Entry) error { listed = append(listed, e.ETag); return nil }); err != nil || !slices.Equal(listed, []pim.ETag{second.ETag}) {
				t.Error(listed, err)
			}
			gone := c.col
			gone.URL = strings.TrimSuffix(gone.URL, "/") + "-none/"
			_, err = h.put(gone, "x.obj", c.body("Two"), "")
			failure(t, err, pim.Gone, "")
		}
	})
}

// What each server says to a UID that is in use, to a component that the calendar
// does not name, and to what is no object: the facts in Put's comment.
func TestRealPut_WhatEachServerRefuses(t *testing.T) {
	want := map[realserver.Kind]map[string]string{
		realserver.Radicale: {
			"event, same calendar": "bad-object uid-conflict", "event, other calendar": "ok", "another UID in its place": "bad-object uid-conflict",
			"event, after deleting": "ok", "card, same book": "bad-object uid-conflict", "card, other book": "ok",
			"task for events": "ok", "nothing": "bad-object invalid-data", "a card for events": "bad-object invalid-data", "no end": "ok", "vCard 2.1": "ok",
			"event without UID": "bad-object invalid-data", "card without UID": "bad-object invalid-data", "METHOD": "ok",
		},
		realserver.Xandikos: {
			"event, same calendar": "bad-object uid-conflict", "event, other calendar": "ok", "another UID in its place": "ok",
			"event, after deleting": "ok", "card, same book": "ok", "card, other book": "ok",
			"task for events": "ok", "nothing": "bad-object invalid-data", "a card for events": "ok", "no end": "ok", "vCard 2.1": "ok",
			"event without UID": "ok", "card without UID": "ok", "METHOD": "ok",
		},
		realserver.Cyrus: {
			"event, same calendar": "uid-conflict with 1.ics", "event, other calendar": "uid-conflict with 1.ics", "another UID in its place": "uid-conflict with 1.ics",
			"event, after deleting": "ok", "card, same book": "ok", "card, other book": "ok",
			"task for events": "bad-object unsupported-component", "nothing": "bad-object invalid-data", "a card for events": "bad-object invalid-data",
			"no end": "bad-object invalid-data", "vCard 2.1": "bad-object media-type",
			"event without UID": "bad-object invalid-data", "card without UID": "bad-object invalid-data", "METHOD": "bad-object invalid-data",
		},
	}
	eachReal(t, func(t *testing.T, h *shelf) {
		got := map[string]string{}
		try := func(what string, c pim.Collection, name string, body []byte, match pim.ETag) {
			_, err := h.put(c, name, body, match)
			got[what] = reason(err)
		}
		first, err := h.put(h.cals[0], "1.ics", event("u1", "First"), "")
		if err != nil {
			t.Fatal(err)
		}
		try("event, same calendar", h.cals[0], "2.ics", event("u1", "Second"), "")
		try("another UID in its place", h.cals[0], "1.ics", event("u2", "Second"), first.ETag)
		try("event, other calendar", h.cals[1], "2.ics", event("u1", "Second"), "")
		for _, c := range []string{pathOf(h.cals[0].URL) + "1.ics", pathOf(h.cals[1].URL) + "2.ics"} {
			if err := h.s.Delete(c); err != nil {
				t.Fatal(err)
			}
		}
		try("event, after deleting", h.cals[1], "3.ics", event("u1", "Third"), "")
		if _, err := h.put(h.books[0], "1.vcf", card("u1", "First"), ""); err != nil {
			t.Fatal(err)
		}
		try("card, same book", h.books[0], "2.vcf", card("u1", "Second"), "")
		try("card, other book", h.books[1], "2.vcf", card("u1", "Second"), "")
		try("task for events", h.cals[0], "t.ics", entry("VTODO", "t1", "Task"), "")
		try("nothing", h.cals[0], "n.ics", []byte("this is nothing"), "")
		try("a card for events", h.cals[0], "c.ics", card("u9", "Card"), "")
		try("no end", h.cals[0], "e.ics", []byte(strings.Replace(string(event("u7", "Point")), "DTEND:20260301T110000Z\r\n", "", 1)), "")
		if _, err := h.put(h.cals[0], "e2.ics", []byte(strings.Replace(string(event("u8", "Point")), "DTEND:20260301T110000Z", "DURATION:PT0S", 1)), ""); h.kind == realserver.Cyrus &&
			!strings.Contains(pim.HintOf(err), "begins and ends at the same moment") {
			t.Errorf("%v: %s", err, pim.HintOf(err))
		}
		try("event without UID", h.cals[0], "no.ics", []byte(strings.Replace(string(event("u10", "None")), "UID:u10\r\n", "", 1)), "")
		try("card without UID", h.books[0], "no.vcf", []byte(strings.Replace(string(card("u10", "None")), "UID:u10\r\n", "", 1)), "")
		try("METHOD", h.cals[0], "m.ics", []byte(strings.Replace(string(event("u11", "Sent")), "BEGIN:VEVENT", "METHOD:REQUEST\r\nBEGIN:VEVENT", 1)), "")
		try("vCard 2.1", h.books[0], "21.vcf", []byte(strings.Replace(string(card("u21", "Old")), "VERSION:3.0", "VERSION:2.1", 1)), "")
		for what, r := range want[h.kind] {
			if got[what] != r {
				t.Errorf("%s: %s, and was %s", what, got[what], r)
			}
		}
	})
}

// What each server makes of what it stores: the lines that are not as they were,
// whatever their order.
func TestRealPut_WhatEachServerAlters(t *testing.T) {
	note := "a long line that is folded in a place where nobody would fold it\\, which"
	oddCard := "BEGIN:VCARD\r\nVERSION:3.0\r\nX-ODD;X-P=\"a,b\":kept?\r\nUID:odd\r\nitem1.TEL;TYPE=CELL,VOICE:+47 1\r\nitem1.X-ABLabel:boat\r\n" +
		"NOTE:" + note + "\r\n  is here\r\nTITLE:one, two\r\nPHOTO;ENCODING=b;TYPE=PNG:iVBORw0KGgo=\r\nFN:Odd Card\r\nN:Card;Odd;;;\r\nEND:VCARD\r\n"
	oddEvent := strings.Replace(string(event("odd", "Odd")), "SUMMARY", "X-ODD;X-P=\"a,b\":kept?\r\nCATEGORIES:B,A\r\nATTACH;VALUE=BINARY;ENCODING=BASE64:AAAA\r\nSUMMARY", 1)
	want := map[realserver.Kind][2]string{
		// An unescaped comma in a text ends it (TITLE). X- names become upper case,
		// parameters are sorted.
		realserver.Radicale: {"-TITLE:one, two -item1.X-ABLabel:boat +TITLE:one +item1.X-ABLABEL:boat",
			"-ATTACH;VALUE=BINARY;ENCODING=BASE64:AAAA +ATTACH;ENCODING=BASE64;VALUE=BINARY:AAAA"},
		realserver.Xandikos: {"bytes", "-ATTACH;VALUE=BINARY;ENCODING=BASE64:AAAA +ATTACH;ENCODING=BASE64;VALUE=BINARY:AAAA"},
		// One TYPE for each value, commas escaped, one CATEGORIES for each value.
		realserver.Cyrus: {"-TITLE:one, two -item1.TEL;TYPE=CELL,VOICE:+47 1 +TITLE:one\\, two +item1.TEL;TYPE=CELL;TYPE=VOICE:+47 1",
			"-CATEGORIES:B,A +CATEGORIES:A +CATEGORIES:B"},
	}
	eachReal(t, func(t *testing.T, h *shelf) {
		for i, c := range []struct {
			col  pim.Collection
			body string
		}{{h.books[0], oddCard}, {h.cals[0], oddEvent}} {
			res, err := h.put(c.col, "odd.obj", []byte(c.body), "")
			if err != nil {
				t.Fatal(err)
			}
			o, err := h.w.Get(t.Context(), c.col, res.Href)
			if err != nil {
				t.Fatal(err)
			}
			if got := altered(c.body, string(o.Body)); got != want[h.kind][i] {
				t.Errorf("%s, and was %s", got, want[h.kind][i])
			}
		}
	})
}

// altered names the lines that were and those that are.
func altered(was, is string) string {
	if was == is {
		return "bytes"
	}
	a, b := sortedLines(was), sortedLines(is)
	var out []string
	for _, l := range a {
		if !slices.Contains(b, l) {
			out = append(out, "-"+l)
		}
	}
	for _, l := range b {
		if !slices.Contains(a, l) {
			out = append(out, "+"+l)
		}
	}
	return strings.Join(out, " ")
}

// sortedLines unfolds.
func sortedLines(body string) []string {
	body = strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\n ", "")
	all := strings.Split(strings.TrimSpace(body), "\n")
	slices.Sort(all)
	return all
}

func TestRealFindUID(t *testing.T) {
	eachReal(t, func(t *testing.T, h *shelf) {
		for i := range 5 {
			for _, err := range []error{
				second(h.put(h.books[0], fmt.Sprintf("%d.vcf", i), card(fmt.Sprintf("Uid-%d", i), "x"), "")),
				second(h.put(h.cals[0], fmt.Sprintf("%d.ics", i), event(fmt.Sprintf("Uid-%d", i), "x"), "")),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, c := range []pim.Collection{h.books[0], h.cals[0]} {
			for uid, want := range map[string]string{"Uid-3": "3", "uid-3": "", "Uid": "", "Uid-33": ""} {
				hrefs, err := h.w.FindUID(t.Context(), c, uid)
				if err != nil || len(hrefs) > 1 || (len(hrefs) == 1) != (want != "") || want != "" && !strings.HasPrefix(hrefs[0].Base(), want+".") {
					t.Errorf("%s %s: %v %v", c.Kind, uid, hrefs, err)
				}
			}
		}
	})
}

func second(_ pim.PutResult, err error) error { return err }

func TestRealPreflight(t *testing.T) {
	want := map[realserver.Kind][2]string{
		realserver.Radicale: {"Radicale yes no no collection", "Radicale no yes no collection"},
		realserver.Xandikos: {"Xandikos yes no no collection", "Xandikos no yes no none"},
		realserver.Cyrus:    {"Cyrus yes no no account", "Cyrus no yes no none"},
	}
	eachReal(t, func(t *testing.T, h *shelf) {
		for i, kind := range []pim.Kind{pim.Calendar, pim.Contacts} {
			terms, err := h.w.Preflight(t.Context(), pim.HomeSet{Kind: kind, URL: h.s.URL + h.s.Home(kind)})
			got := fmt.Sprint(terms.Server, " ", terms.MakeCalendar, " ", terms.MakeBook, " ", terms.Mails, " ", terms.UIDScope)
			if err != nil || got != want[h.kind][i] || len(terms.Collections) < 2 {
				t.Errorf("%s: %s %+v %v", kind, got, terms, err)
			}
			for _, c := range terms.Collections {
				if c.Create != pim.LeaveYes || c.Change != pim.LeaveYes || c.Delete != pim.LeaveYes {
					t.Errorf("%+v", c)
				}
			}
		}
	})
}

// A server that mails says so, and does not mail for what says that it is not to.
func TestRealPut_InvitationsOfCyrus(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server twice")
	}
	h := newShelf(t, realserver.Cyrus)
	if err := h.s.AllowScheduling(); err != nil {
		t.Fatal(err)
	}
	terms, err := h.w.Preflight(t.Context(), pim.HomeSet{Kind: pim.Calendar, URL: h.s.URL + h.s.Home(pim.Calendar)})
	if err != nil || terms.Mails != pim.LeaveYes {
		t.Errorf("%+v %v", terms, err)
	}
	for i, agent := range []string{"", ";SCHEDULE-AGENT=CLIENT"} {
		body := strings.Replace(string(event(fmt.Sprint("m", i), "Meeting")), "SUMMARY", "ORGANIZER"+agent+":mailto:user@example.org\r\n"+
			"ATTENDEE"+agent+";PARTSTAT=NEEDS-ACTION:mailto:guest@example.net\r\nSUMMARY", 1)
		body = strings.ReplaceAll(body, "20260301", "20990301") // nobody is invited to what is over
		res, err := h.put(h.cals[0], fmt.Sprintf("%d.ics", i), []byte(body), "")
		if err != nil || res.ETag == "" {
			t.Fatal(res, err)
		}
		o, err := h.w.Get(t.Context(), h.cals[0], res.Href)
		if err != nil || o.ETag != res.ETag || strings.Contains(string(o.Body), "SCHEDULE-STATUS") != (agent == "") {
			t.Errorf("agent %q, ETag %s: %+v %v\n%s", agent, res.ETag, o.ETag, err, o.Body)
		}
	}
}

// The server is killed in the middle of writing and comes back: what was said to
// be stored is there, and what is not known is found out by reading.
func TestRealPut_ServerIsKilledAndComesBack(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers twice")
	}
	eachReal(t, func(t *testing.T, h *shelf) {
		stored := map[string]bool{}
		killed := make(chan struct{})
		for i := range 60 {
			if i == 20 {
				go func() { h.s.Kill(); close(killed) }()
			}
			name := fmt.Sprintf("%d.vcf", i)
			_, err := h.put(h.books[0], name, card("k"+name, "x"), "")
			stored[name] = err == nil
			if err != nil && reason(err) != "offline unknown-outcome" && reason(err) != "offline unreachable" {
				t.Errorf("%s: %v", name, err)
			}
			if err != nil {
				break
			}
		}
		<-killed
		if err := h.s.Restart(); err != nil {
			t.Fatal(err)
		}
		for name, was := range stored {
			_, err := h.w.Get(t.Context(), h.books[0], pim.Href(pathOf(h.books[0].URL)+name))
			if was && err != nil {
				t.Errorf("%s was stored: %v", name, err)
			}
		}
		if _, err := h.put(h.books[0], "after.vcf", card("after", "x"), ""); err != nil {
			t.Error(err)
		}
	})
}
