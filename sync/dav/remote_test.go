package dav

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"sidekeep/sync/pim"
)

func TestList_IsTheMembersAndNothingElse(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		multi(w,
			resp("/b", isCollection),
			resp("/b/1.vcf", etag("1"), `<D:getlastmodified>Mon, 01 Jan 2024 00:00:00 GMT</D:getlastmodified><D:getcontenttype>text/x-vcard</D:getcontenttype><D:getcontentlength>12</D:getcontentlength>`),
			resp("/b/1.vcf", etag("other")),
			resp("/b/%31.vcf", etag("same key")),
			resp("/b/sub/", isCollection),
			resp("/b/sub2", isCollection),
			resp("", etag("none")),
			`<D:response/>`,
			resp("a:b.vcf", etag("rel")),
			resp("http://elsewhere.example/b/abs.vcf", etag("abs")),
			resp("/b/unquoted.EML", `<D:getetag>W/abc</D:getetag>`),
			resp("/b/noetag%2F.vcf"),
			respStatus("/b/gone.vcf", "404 Not Found"),
		)
	})
	c, _ := client(t, Options{})
	var got []pim.Entry
	err := c.List(t.Context(), book(s), func(e pim.Entry) error { got = append(got, e); return nil })
	if err != nil {
		t.Fatal(err)
	}
	want := []pim.Entry{
		{Href: "/b/1.vcf", ETag: `"1"`, Modified: "Mon, 01 Jan 2024 00:00:00 GMT", ContentType: "text/x-vcard", Size: 12},
		{Href: "/b/a:b.vcf", ETag: `"rel"`, Size: -1},
		{Href: "http://elsewhere.example/b/abs.vcf", ETag: `"abs"`, Size: -1},
		{Href: "/b/unquoted.EML", ETag: "W/abc", Size: -1},
		{Href: "/b/noetag%2F.vcf", Size: -1},
		{Href: "/b/gone.vcf", Size: -1}, // listed is listed: absence needs more than this
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	r := s.requests()[0]
	for _, p := range []string{"getetag", "getlastmodified", "getcontenttype", "getcontentlength"} {
		if !strings.Contains(r.Body, p) {
			t.Errorf("does not ask for %s", p)
		}
	}
}

func TestList_ErrorsAreToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		fault  pim.Fault
		reason string
	}{
		"gone":                 {404, "", pim.Gone, ""},
		"gone for good":        {410, "", pim.Gone, ""},
		"no right":             {403, `<D:error xmlns:D="DAV:"><D:need-privileges/></D:error>`, pim.Denied, ""},
		"no such method":       {405, "", pim.Protocol, "unsupported"},
		"server error":         {500, "", pim.Protocol, ""},
		"gateway":              {502, "", pim.Offline, ""},
		"not even itself":      {207, `<D:multistatus xmlns:D="DAV:"/>`, pim.Protocol, "empty"},
		"itself is gone":       {207, `<D:multistatus xmlns:D="DAV:">` + respStatus("/b/", "404 x") + `</D:multistatus>`, pim.Gone, ""},
		"no end":               {207, `<D:multistatus xmlns:D="DAV:">` + resp("/b/", isCollection), pim.Protocol, "truncated"},
		"an answer of a proxy": {200, `{"ok":true}`, pim.Protocol, "not-dav"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			cl, _ := client(t, Options{})
			asError(t, cl.List(t.Context(), book(s), func(pim.Entry) error { return nil }), c.fault, c.reason)
		})
	}
	cl, _ := client(t, Options{})
	asError(t, cl.List(t.Context(), pim.Collection{URL: "nonsense"}, nil), pim.Invalid, "")
}

func TestList_ACallbacksErrorComesBackAsItIs(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		multi(w, resp("/b/", isCollection), resp("/b/1", etag("1")))
	})
	c, _ := client(t, Options{})
	mine := errors.New("enough")
	if err := c.List(t.Context(), book(s), func(pim.Entry) error { return mine }); err != mine {
		t.Error(err)
	}
	if len(s.requests()) != 1 {
		t.Error("tried again")
	}
}

func changes(t *testing.T, c *Client, col pim.Collection, token pim.SyncToken) (lines []string, page pim.Page, err error) {
	t.Helper()
	page, err = c.Changes(t.Context(), col, token, false, func(ch pim.Change) error {
		line := string(ch.Href) + " " + string(ch.ETag)
		if ch.Removed {
			line = string(ch.Href) + " removed"
		}
		lines = append(lines, line)
		return nil
	})
	return lines, page, err
}

func TestChanges_PagesWith507(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), "<D:sync-token></D:sync-token>") {
			multi(w, resp("/b/1.vcf", etag("1")), respStatus("/b/", "507 Insufficient Storage"), `<D:sync-token>t&amp;1</D:sync-token>`)
			return
		}
		if !strings.Contains(string(body), "t&amp;1") {
			t.Errorf("token: %s", body)
		}
		multi(w, respStatus("/b/3.vcf", "404 Not Found"), respStatus("/b/2.vcf", "404 Not Found"),
			resp("/b/2.vcf", etag("back")), `<D:response><D:href>/b/4.vcf</D:href><D:status>HTTP/1.1 201 Created</D:status></D:response>`,
			resp("/b/", etag("self")), resp("/b/2.vcf", etag("twice")), `<D:sync-token>t2</D:sync-token>`)
	})
	c, _ := client(t, Options{})
	got, page, err := changes(t, c, book(s), "")
	if err != nil || fmt.Sprint(got) != `[/b/1.vcf "1"]` || page != (pim.Page{Token: "t&1", More: true}) {
		t.Fatal(got, page, err)
	}
	got, page, err = changes(t, c, book(s), page.Token)
	if err != nil || fmt.Sprint(got) != `[/b/2.vcf "back" /b/4.vcf  /b/3.vcf removed]` || page != (pim.Page{Token: "t2"}) {
		t.Fatalf("%q %v %v", got, page, err)
	}
	if r := s.requests()[0]; r.Method != "REPORT" || r.Depth != "0" || !strings.Contains(r.Body, "<D:sync-level>1<") {
		t.Errorf("%+v", r)
	}
}

func TestChanges_InTheEndlessCircleIsAnError(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		multi(w, respStatus("/b/", "507 x"), `<D:sync-token>t</D:sync-token>`)
	})
	c, _ := client(t, Options{})
	_, _, err := changes(t, c, book(s), "t")
	asError(t, err, pim.Protocol, "unsupported")
}

func TestChanges_RemovalsOfHalfAPageAreNotHandedOver(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(207)
		_, _ = io.WriteString(w, `<D:multistatus xmlns:D="DAV:">`+respStatus("/b/1.vcf", "404 x")+`</D:response>`)
	})
	c, _ := client(t, Options{})
	got, _, err := changes(t, c, book(s), "t")
	asError(t, err, pim.Protocol, "")
	if len(got) != 0 {
		t.Error(got)
	}
}

func TestChanges_KnowsALostTokenByWhateverName(t *testing.T) {
	valid := `<D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>`
	for _, c := range []struct {
		token  pim.SyncToken
		status int
		body   string
		fault  pim.Fault
		reason string
	}{
		{"t", 403, valid, pim.Protocol, "sync-token"},
		{"t", 409, valid, pim.Protocol, "sync-token"},
		{"t", 412, valid, pim.Protocol, "sync-token"},
		{"", 403, valid, pim.Protocol, "sync-token"},
		{"t", 403, "", pim.Protocol, "sync-token"},
		{"t", 410, "", pim.Protocol, "sync-token"},
		{"t", 400, "", pim.Protocol, "sync-token"},
		{"t", 500, "Internal Server Error", pim.Protocol, "sync-token"},
		{"t", 403, `<error xmlns="DAV:"/>`, pim.Busy, ""},
		{"t", 429, "", pim.Busy, ""},
		{"t", 503, "", pim.Busy, ""},
		{"t", 401, "", pim.Denied, "login"},
		{"t", 404, "", pim.Gone, ""},
		{"", 400, "", pim.Protocol, "unsupported"},
		{"", 403, `<D:error xmlns:D="DAV:"><D:supported-report/></D:error>`, pim.Protocol, "unsupported"},
		{"", 501, "", pim.Protocol, "unsupported"},
		{"", 410, "", pim.Gone, ""},
	} {
		t.Run(fmt.Sprintf("%q %d %s", c.token, c.status, c.body), func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			cl, _ := client(t, Options{})
			_, _, err := changes(t, cl, book(s), c.token)
			asError(t, err, c.fault, c.reason)
		})
	}
}

func TestChanges_LearnsWhoWantsDepth1(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Depth") != "1" {
			w.WriteHeader(400)
			return
		}
		multi(w, resp("/b/1.vcf", etag("1")), `<D:sync-token>t</D:sync-token>`)
	})
	c, _ := client(t, Options{})
	for range 2 {
		if got, _, err := changes(t, c, book(s), ""); err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
	}
	if n := len(s.requests()); n != 3 {
		t.Errorf("%d requests", n)
	}
	google, _ := parsePlace("https://apidata.googleusercontent.com/caldav/v2/x/")
	if c.syncDepth(google) != "1" {
		t.Error("Google wants 1")
	}
}

func TestChanges_BringsDataWhereAsked(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		multi(w, resp("/b/1.vcf", etag("1"), "<R:address-data>BEGIN:VCARD\r\n</R:address-data>"), resp("/b/2.vcf", etag("2")),
			`<D:sync-token>t</D:sync-token>`)
	})
	c, _ := client(t, Options{})
	var objects []*pim.Object
	_, err := c.Changes(t.Context(), book(s), "", true, func(ch pim.Change) error {
		objects = append(objects, ch.Object)
		return nil
	})
	if err != nil || len(objects) != 2 || objects[1] != nil {
		t.Fatal(err, objects)
	}
	if o := objects[0]; string(o.Body) != "BEGIN:VCARD\r\n" || o.Via != pim.ViaSync || o.ETag != `"1"` || o.Href != "/b/1.vcf" {
		t.Errorf("%+v", o)
	}
}

func TestCollections_OneRequestForAllThereIs(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		multi(w,
			resp("/h/", isCollection),
			resp("/h/book%20one/", isBook(), `<D:displayname> Friends &amp; Co </D:displayname><S:getctag>c1</S:getctag><D:sync-token>s1</D:sync-token>`,
				`<R:supported-address-data><R:address-data-type content-type="text/vcard" version="4.0"/></R:supported-address-data>`),
			resp("/h/cal/", isCal(), `<A:calendar-color>#FF0000FF</A:calendar-color><A:calendar-order> 3 </A:calendar-order>`,
				`<L:supported-calendar-component-set><L:comp name="VEVENT"/><L:comp name="vtodo"/></L:supported-calendar-component-set>`,
				`<D:supported-report-set><D:supported-report><D:report><D:sync-collection/></D:report></D:supported-report><D:supported-report><L:calendar-multiget/></D:supported-report></D:supported-report-set>`,
				`<D:current-user-privilege-set><D:privilege><D:read/></D:privilege></D:current-user-privilege-set>`),
			resp("/h/sub/", `<D:resourcetype><D:collection/><S:subscribed/></D:resourcetype>`, `<S:source><D:href>https://example.com/x.ics</D:href></S:source>`),
			resp("/h/inbox/", `<D:resourcetype><D:collection/><L:schedule-inbox/></D:resourcetype>`),
			resp("/h/outbox/", `<D:resourcetype><D:collection/><L:calendar/><L:schedule-outbox/></D:resourcetype>`),
			resp("/h/trash/", `<D:resourcetype><D:collection/><trash-bin xmlns="http://nextcloud.com/ns"/></D:resourcetype>`),
			resp("/h/bin/", `<D:resourcetype><D:collection/><L:calendar/><deleted-calendar xmlns="http://nextcloud.com/ns"/></D:resourcetype>`),
			resp("/h/cal/", isCal()),
			respStatus("/h/secret/", "403 Forbidden"),
			`<D:response><D:href>/h/half/</D:href><D:propstat><D:prop>`+isCal()+`</D:prop><D:status>HTTP/1.1 404 x</D:status></D:propstat></D:response>`,
			resp("/h/file.txt", `<D:resourcetype/>`),
		)
	})
	c, _ := client(t, Options{})
	home := s.URL + "/h/"
	found, err := c.Collections(t.Context(), pim.HomeSet{URL: home})
	if err != nil {
		t.Fatal(err)
	}
	got := found.Collections
	want := []pim.Collection{
		{Kind: pim.Contacts, HomeSet: home, URL: home + "book%20one/", Name: "Friends & Co", CTag: "c1", SyncToken: "s1", DataTypes: []string{"text/vcard 4.0"}},
		{Kind: pim.Calendar, HomeSet: home, URL: home + "cal/", Color: "#FF0000FF", Order: 3, Components: []string{"VEVENT", "VTODO"},
			Reports: []string{"sync-collection", "calendar-multiget"}, Privileges: []string{"read"}},
		{Kind: pim.Calendar, HomeSet: home, URL: home + "sub/", Source: "https://example.com/x.ics"},
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got[0].Reports != nil || got[0].Components != nil || got[0].Privileges != nil {
		t.Error("unknown is not empty")
	}
	only, err := c.Collections(t.Context(), pim.HomeSet{Kind: pim.Contacts, URL: home})
	if err != nil || len(only.Collections) != 1 || len(only.Refused) != 1 {
		t.Error(only, err)
	}
	if n := len(s.requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

func TestCollections_IsTriedAgain(t *testing.T) {
	var n atomic.Int32
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) == 1 {
			w.Header().Set("Content-Length", "5000")
			_, _ = io.WriteString(w, `<D:multistatus xmlns:D="DAV:">`)
			return
		}
		multi(w, resp("/h/", isCollection), resp("/h/b/", isBook()))
	})
	c, _ := client(t, Options{})
	got, err := c.Collections(t.Context(), pim.HomeSet{URL: s.URL + "/h/"})
	if err != nil || len(got.Collections) != 1 {
		t.Fatal(got, err)
	}
}

// A member that can't be read is told, whatever way its server says so; the
// listing goes on, and what is not there or is nothing of ours is left out.
func TestCollections_RefusedMembersAreTold(t *testing.T) {
	half := func(href, status string, props ...string) string {
		return `<D:response><D:href>` + href + `</D:href><D:propstat><D:prop>` + strings.Join(props, "") +
			`</D:prop><D:status>HTTP/1.1 ` + status + `</D:status></D:propstat></D:response>`
	}
	const noType, noName, named = `<D:resourcetype/>`, `<D:displayname/>`, `<D:displayname>Named</D:displayname>`
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		multi(w, resp("/h/", isCollection), resp("/h/b/", isBook()),
			respStatus("/h/own/", "403 Forbidden"), respStatus("/h/own/", "403 Forbidden"),
			respStatus("/h/login", "401 Unauthorized"),
			respStatus("broken/?x=token", "500"),
			respStatus("/h/wait/", "503 Service Unavailable"),
			respStatus("/h/gone/", "404 Not Found"), respStatus("/h/over/", "410 Gone"),
			half("/h/whole/", "403 Forbidden", noType, noName),
			strings.Replace(half("/h/partly/", "403 Forbidden", noType), "<D:propstat>", `<D:propstat><D:prop>`+named+
				`</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat><D:propstat>`, 1),
			half("/h/no-type/", "404 Not Found", noType),
			strings.Replace(resp("/h/c/", isCal()), "</D:response>", `<D:propstat><D:prop><D:current-user-privilege-set/></D:prop>`+
				`<D:status>HTTP/1.1 403 Forbidden</D:status></D:propstat></D:response>`, 1),
		)
	})
	c, _ := client(t, Options{})
	got, err := c.Collections(t.Context(), pim.HomeSet{URL: s.URL + "/h/"})
	if err != nil || len(got.Collections) != 2 {
		t.Fatal(got, err)
	}
	var told []string
	for _, e := range got.Refused {
		told = append(told, fmt.Sprintf("%v %d %s", e.Fault, e.Status, strings.TrimPrefix(e.Where, s.URL)))
		if e.Reason != pim.ReasonRefused || e.Hint == "" {
			t.Errorf("%+v", e)
		}
	}
	want := "denied 403 /h/own/, denied 401 /h/login, protocol 500 /h/broken/, busy 503 /h/wait/, denied 403 /h/whole/, denied 403 /h/partly/"
	if strings.Join(told, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(told, ", "), want)
	}
	if err := c.List(t.Context(), book(s), func(pim.Entry) error { return nil }); err != nil {
		t.Error("a refused member was taken for a refused login:", err)
	}
}
