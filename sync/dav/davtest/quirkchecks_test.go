package davtest_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
)

// checks has one entry for every quirk.
var checks = map[davtest.Quirk]shows{
	davtest.WrongContentType: func(t *testing.T, sc *davtest.Scene) {
		if a := list(t, sc); !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") || len(a.ms.Responses) != 25 {
			t.Errorf("%v, %d responses", a.header, len(a.ms.Responses))
		}
	},
	davtest.NoContentType: func(t *testing.T, sc *davtest.Scene) {
		if a := list(t, sc); a.header.Get("Content-Type") != "" || len(a.ms.Responses) != 25 {
			t.Errorf("%v", a.header)
		}
	},
	davtest.CharsetUTF8NoDash: listHas(`encoding="UTF8"`),
	davtest.Latin1: func(t *testing.T, sc *davtest.Scene) {
		a := queryBook(t, sc, "<D:getetag/><A:address-data/>")
		if !a.has(`encoding="ISO-8859-1"`) || !a.has("M\xfcller") && !a.has("J\xfcrgen") && !a.has("\xe9") || !a.has("&#") {
			t.Errorf("%.300s", a.raw)
		}
	},
	davtest.XML11:                 listHas(`<?xml version="1.1"`),
	davtest.ByteOrderMark:         listHas("\ufeff<?xml"),
	davtest.LeadingNewline:        listHas("\r\n\n<?xml"),
	davtest.DefaultNamespace:      listHas(`<multistatus xmlns="DAV:"`),
	davtest.PropstatWithoutStatus: listLacks("HTTP/1.1"),
	davtest.StatusWithoutReason:   listHas("<D:status>HTTP/1.1 200</D:status>"),
	davtest.MissingHref:           listHas("<D:response><D:propstat>"),
	davtest.EmptyHrefs: func(t *testing.T, sc *davtest.Scene) {
		if a := multiget(t, sc, firstHrefs(sc, 2)...); !a.has("<D:href></D:href>") || len(a.ms.Responses) != 3 {
			t.Errorf("%.900s", a.raw)
		}
	},
	davtest.DuplicateEntries: func(t *testing.T, sc *davtest.Scene) {
		if a := list(t, sc); len(a.ms.Responses) != 49 {
			t.Errorf("%d responses", len(a.ms.Responses))
		}
	},
	davtest.UnsolicitedEntries: listHas("/dav/elsewhere/stray.vcf"),
	davtest.OddContentTypes:    listHas("text/x-vcard"),
	davtest.NoResourceType: func(t *testing.T, sc *davtest.Scene) {
		if a := list(t, sc); bytes.Count(a.raw, []byte("<D:resourcetype>")) != 1 { // the collection's own
			t.Errorf("%.900s", a.raw)
		}
	},
	davtest.ControlCharacters: func(t *testing.T, sc *davtest.Scene) {
		bodyIn("control.vcf")(t, sc)
		if a := multiget(t, sc, sc.Book.Path()+"control.vcf"); !a.has("vertical\x0btab \x01") {
			t.Errorf("%s", a.raw)
		}
	},
	davtest.InvalidUTF8: func(t *testing.T, sc *davtest.Scene) {
		bodyIn("latin.vcf")(t, sc)
		if a := multiget(t, sc, sc.Book.Path()+"latin.vcf"); !a.has("J\xfcrgen \xff") {
			t.Errorf("%s", a.raw)
		}
	},
	davtest.OddData: func(t *testing.T, sc *davtest.Scene) {
		for i := range 5 {
			bodyIn("odd-"+string(rune('0'+i))+".vcf")(t, sc)
		}
	},
	davtest.SomeETags: func(t *testing.T, sc *davtest.Scene) {
		if a := list(t, sc); bytes.Count(a.raw, []byte("</D:getetag>")) != 12 {
			t.Errorf("%.900s", a.raw)
		}
	},
	davtest.SyncTooBig: func(t *testing.T, sc *davtest.Scene) {
		if a, b := changes(t, sc.Server, sc.Book, ""), changes(t, sc.Server, sc.Book, sc.Book.Token()); a.status != 507 || b.status != 207 {
			t.Errorf("%d %d", a.status, b.status)
		}
	},
	davtest.DataAsCharRefs: func(t *testing.T, sc *davtest.Scene) {
		if a := multiget(t, sc, firstHrefs(sc, 1)...); !a.has("BEGIN:VCARD&#13;\n") {
			t.Errorf("%s", a.raw)
		}
	},
	davtest.DataAsCDATA: func(t *testing.T, sc *davtest.Scene) {
		a := multiget(t, sc, sc.Book.Path()+"cdata.vcf")
		if !a.has("<![CDATA[BEGIN:VCARD\r\n") || !strings.Contains(*a.ms.Responses[0].Props[0].Prop.Card, "]]> & <tag>") {
			t.Errorf("%s", a.raw)
		}
	},
	davtest.ConnectionClose: func(t *testing.T, sc *davtest.Scene) {
		r, _ := http.NewRequest("OPTIONS", sc.URL()+"/dav/", nil)
		r.SetBasicAuth(sc.User(), sc.Password())
		keep := &http.Transport{}
		defer keep.CloseIdleConnections()
		resp, err := keep.RoundTrip(r)
		if err != nil || !resp.Close {
			t.Errorf("%v", err)
		}
		resp.Body.Close()
	},
	davtest.LengthRequired: func(t *testing.T, sc *davtest.Scene) {
		r, _ := http.NewRequest("PROPFIND", sc.Book.URL(), io.NopCloser(strings.NewReader("<x/>")))
		r.SetBasicAuth(sc.User(), sc.Password())
		resp, err := client.Do(r)
		if err != nil || resp.StatusCode != http.StatusLengthRequired {
			t.Fatalf("%v %v", resp, err)
		}
		resp.Body.Close()
	},
	davtest.RelativeHrefs:    listHas("<D:href>a:b@c+d%20%C3%A9,f.vcf</D:href>"),
	davtest.VerbatimHrefs:    verbatimHrefs,
	davtest.LowerCaseEscapes: listHas("a:b@c+d%20%c3%a9,f.vcf"),
	davtest.RawSpaces:        listHas("a:b@c+d é,f.vcf</D:href>"),
	davtest.AbsoluteHrefs: func(t *testing.T, sc *davtest.Scene) {
		a := list(t, sc)
		if h := a.hrefs()[1]; !strings.HasPrefix(h, "http://127.0.0.1:") || multiget(t, sc, h).status != http.StatusBadRequest {
			t.Errorf("%s", h)
		}
		multigetStatus(1, 207)(t, sc)
	},
	davtest.PercentAt: func(t *testing.T, sc *davtest.Scene) {
		h := list(t, sc).hrefs()[24]
		at := strings.ReplaceAll(h, "%40", "@")
		if a, b := ask(t, sc.Server, "GET", h, ""), ask(t, sc.Server, "GET", at, ""); h == at || a.status != 400 || b.status != 200 {
			t.Errorf("%s: %d, %s: %d", h, a.status, at, b.status)
		}
	},
	davtest.RespelledAnswers: func(t *testing.T, sc *davtest.Scene) {
		if a := multiget(t, sc, firstHrefs(sc, 1)...); !a.has("%2D") {
			t.Errorf("%s", a.raw)
		}
	},
	davtest.DoubleEscape: func(t *testing.T, sc *davtest.Scene) {
		listHas("odd%15name.vcf")(t, sc)
		h := sc.Book.Path() + "odd%15name.vcf"
		if a, b := ask(t, sc.Server, "GET", h, ""), ask(t, sc.Server, "GET", strings.Replace(h, "%", "%25", 1), ""); a.status != 404 || b.status != 200 {
			t.Errorf("%d %d", a.status, b.status)
		}
	},
	davtest.MailHrefs: bodyIn("Card=2.EML"),
	davtest.CaseInsensitive: func(t *testing.T, sc *davtest.Scene) {
		h := firstHrefs(sc, 1)[0]
		if a := ask(t, sc.Server, "GET", strings.Replace(h, ".vcf", ".VCF", 1), ""); a.status != 200 {
			t.Errorf("%d", a.status)
		}
	},
	davtest.CaseTwins: func(t *testing.T, sc *davtest.Scene) {
		bodyIn("Twin.vcf")(t, sc)
		bodyIn("twin.vcf")(t, sc)
	},
	davtest.EqualUIDs: func(t *testing.T, sc *davtest.Scene) {
		bodyIn("one.vcf")(t, sc)
		bodyIn("other.vcf")(t, sc)
	},
	davtest.OneHrefTwice: listHas(`"twin"`),
	davtest.SlashRedirect: func(t *testing.T, sc *davtest.Scene) {
		h := home(t, sc).hrefs()[1]
		if a := propfind(t, sc.Server, h, "1", "<D:getetag/>"); strings.HasSuffix(h, "/") || a.status != 301 || a.header.Get("Location") != h+"/" {
			t.Errorf("%s: %d", h, a.status)
		}
	},
	davtest.GzipETags: func(t *testing.T, sc *davtest.Scene) {
		h := firstHrefs(sc, 1)[0]
		plain, zipped := ask(t, sc.Server, "GET", h, ""), ask(t, sc.Server, "GET", h, "", "Accept-Encoding", "gzip")
		if tag := zipped.header.Get("ETag"); !strings.HasSuffix(tag, `-gzip"`) || tag == plain.header.Get("ETag") || !bytes.Equal(plain.raw, zipped.raw) {
			t.Errorf("%s", tag)
		}
	},
	davtest.NoETags: listLacks("getetag>"),
	davtest.NoValidators: func(t *testing.T, sc *davtest.Scene) {
		listLacks("<D:getetag>")(t, sc)
		listLacks("<D:getlastmodified>")(t, sc)
	},
	davtest.UnquotedETags:  listHas("<D:getetag>b-0</D:getetag>"),
	davtest.WeakETags:      listHas(`<D:getetag>W/"b-0"</D:getetag>`),
	davtest.TimestampETags: listHas(`<D:getetag>"2026-01-01T00:00:01Z"</D:getetag>`),
	davtest.FlakyETags: func(t *testing.T, sc *davtest.Scene) {
		if bytes.Equal(list(t, sc).raw, list(t, sc).raw) {
			t.Error("the same ETags twice")
		}
	},
	davtest.GetForbidden: func(t *testing.T, sc *davtest.Scene) {
		multigetStatus(3, 207)(t, sc)
		if a := ask(t, sc.Server, "GET", firstHrefs(sc, 1)[0], ""); a.status != 403 {
			t.Errorf("%d", a.status)
		}
	},
	davtest.MultigetBroken: multigetStatus(1, 501),
	davtest.MultigetDeadHref: func(t *testing.T, sc *davtest.Scene) {
		multigetStatus(3, 207)(t, sc)
		if a := multiget(t, sc, append(firstHrefs(sc, 3), sc.Book.Path()+"ghost.vcf")...); a.status != 500 {
			t.Errorf("%d", a.status)
		}
	},
	davtest.MultigetOmits: func(t *testing.T, sc *davtest.Scene) {
		if a := multiget(t, sc, firstHrefs(sc, 8)...); len(a.ms.Responses) != 6 {
			t.Errorf("%d answers", len(a.ms.Responses))
		}
	},
	davtest.MultigetTooLarge: func(t *testing.T, sc *davtest.Scene) {
		multigetStatus(10, 207)(t, sc)
		multigetStatus(11, 413)(t, sc)
	},
	davtest.SlowMultiget: func(t *testing.T, sc *davtest.Scene) {
		begin := time.Now()
		multigetStatus(23, 207)(t, sc)
		if time.Since(begin) < 10*time.Millisecond {
			t.Error("it is fast")
		}
	},
	davtest.ListedButGone: func(t *testing.T, sc *davtest.Scene) {
		listHas("ghost.vcf")(t, sc)
		if a := ask(t, sc.Server, "GET", sc.Book.Path()+"ghost.vcf", ""); a.status != 404 || sc.Objects()[sc.Book.Path()+"ghost.vcf"] != nil {
			t.Errorf("%d", a.status)
		}
		if a := multiget(t, sc, sc.Book.Path()+"ghost.vcf"); a.ms.Responses[0].Status != "HTTP/1.1 404 Not Found" {
			t.Errorf("%s", a.raw)
		}
	},
	davtest.NoQuery:        queryGives(501, 0),
	davtest.WindowedQuery:  queryGives(207, 12),
	davtest.QueryHidesPast: queryGives(207, 20),
	davtest.ETagRequired: func(t *testing.T, sc *davtest.Scene) {
		queryGives(207, 24)(t, sc)
		if a := queryBook(t, sc, "<A:address-data/>"); a.status != 500 {
			t.Errorf("%d", a.status)
		}
	},
	davtest.ConvertsVCard4: func(t *testing.T, sc *davtest.Scene) {
		h := sc.Book.Path() + "four.vcf"
		if a := ask(t, sc.Server, "GET", h, ""); !a.has("VERSION:3.0") {
			t.Errorf("%s", a.raw)
		}
		if a := ask(t, sc.Server, "GET", h, "", "Accept", "text/vcard; version=4.0"); !a.has("VERSION:4.0") {
			t.Errorf("%s", a.raw)
		}
		body := strings.Replace(multigetBody(sc.Book, h), "<A:address-data/>", `<A:address-data content-type="text/vcard" version="4.0"/>`, 1)
		if a := ask(t, sc.Server, "REPORT", sc.Book.URL(), body, "Depth", "0"); !a.has("VERSION:4.0") {
			t.Errorf("%s", a.raw)
		}
	},
	davtest.NoSync: func(t *testing.T, sc *davtest.Scene) {
		homeLacks("sync-collection")(t, sc)
		homeLacks("<D:sync-token>")(t, sc)
		if a := changes(t, sc.Server, sc.Book, ""); a.status != 403 {
			t.Errorf("%d", a.status)
		}
	},
	davtest.SyncOnlyAdvertised: func(t *testing.T, sc *davtest.Scene) {
		homeHas("<D:sync-collection/>")(t, sc)
		if a := changes(t, sc.Server, sc.Book, ""); a.status != 501 {
			t.Errorf("%d", a.status)
		}
	},
	davtest.SyncDepthOne: func(t *testing.T, sc *davtest.Scene) {
		a := ask(t, sc.Server, "REPORT", sc.Book.URL(), syncBody("", ""), "Depth", "1")
		if b := changes(t, sc.Server, sc.Book, ""); a.status != 207 || b.status != 400 {
			t.Errorf("Depth 1: %d, Depth 0: %d", a.status, b.status)
		}
	},
	davtest.TokenRefused:    tokenGets(403),
	davtest.TokenBadRequest: tokenGets(400),
	davtest.RateLimited403: func(t *testing.T, sc *davtest.Scene) {
		tokenGets(403)(t, sc)
		if a := changes(t, sc.Server, sc.Book, "x"); a.has("valid-sync-token") || !a.has("<D:error") {
			t.Errorf("%s", a.raw)
		}
	},
	davtest.TokenError500:   forgotten(500),
	davtest.TokensForgotten: forgotten(403),
	davtest.OpaqueTokens: func(t *testing.T, sc *davtest.Scene) {
		homeHas(`FT=-@RU=1&amp;"`)(t, sc)
		tokenGets(207)(t, sc)
	},
	davtest.PagedSync: func(t *testing.T, sc *davtest.Scene) {
		if a := changes(t, sc.Server, sc.Book, ""); len(a.ms.Responses) != 6 || a.ms.Responses[5].Status != "HTTP/1.1 507 Insufficient Storage" {
			t.Errorf("%s", a.raw)
		}
	},
	davtest.LimitRefused: func(t *testing.T, sc *davtest.Scene) {
		limit := "<D:limit><D:nresults>3</D:nresults></D:limit>"
		a := ask(t, sc.Server, "REPORT", sc.Book.URL(), syncBody("", limit), "Depth", "0")
		b := ask(t, sc.Server, "REPORT", sc.Book.URL(), syncBody(sc.Book.Token(), limit), "Depth", "0")
		if a.status != 507 || b.status != 207 {
			t.Errorf("%d %d", a.status, b.status)
		}
	},
	davtest.EmptyTokenSelfOnly: func(t *testing.T, sc *davtest.Scene) {
		if a := changes(t, sc.Server, sc.Book, ""); len(a.ms.Responses) > 1 || a.ms.Token == "" {
			t.Errorf("%s", a.raw)
		}
		syncHas("new-1.vcf")(t, sc)
	},
	davtest.SelfInSync:    syncHas("<D:href>/dav/addressbooks/user/contacts/</D:href>"),
	davtest.CreatedInSync: syncHas("HTTP/1.1 201 Created"),
	davtest.GoneInSync:    syncHas("HTTP/1.1 410 Gone"),
	davtest.UnrelatedDeletions: func(t *testing.T, sc *davtest.Scene) {
		token := changes(t, sc.Server, sc.Book, "").ms.Token
		if a := changes(t, sc.Server, sc.Book, token); bytes.Count(a.raw, []byte("404 Not Found")) != 12 || sc.Book.Len() != 24 {
			t.Errorf("%s", a.raw)
		}
	},
	davtest.NoCTag: homeLacks("<S:getctag>"),
	davtest.FlappingCTag: func(t *testing.T, sc *davtest.Scene) {
		if bytes.Equal(home(t, sc).raw, home(t, sc).raw) {
			t.Error("the same ctag twice")
		}
	},
	davtest.NoOptions: func(t *testing.T, sc *davtest.Scene) {
		if a := ask(t, sc.Server, "OPTIONS", "/dav/", ""); a.status != 404 {
			t.Errorf("%d", a.status)
		}
	},
	davtest.NoChallenge: func(t *testing.T, sc *davtest.Scene) {
		a := ask(t, sc.Server, "PROPFIND", "/dav/", "", "Depth", "0", "Authorization", "")
		if a.status != 401 || a.header.Get("WWW-Authenticate") != "" {
			t.Errorf("%d %v", a.status, a.header)
		}
		homeHas("work/")(t, sc)
	},
	davtest.DigestOnly:            digestOnly,
	davtest.AbsoluteRedirect:      wellKnown(301, "/dav/"),
	davtest.WellKnown405:          wellKnown(405, ""),
	davtest.WellKnownMissing:      wellKnown(404, ""),
	davtest.WellKnownLoop:         wellKnown(301, "/.well-known/carddav"),
	davtest.WellKnownHTML:         wellKnown(200, ""),
	davtest.WellKnownToCollection: wellKnown(301, "/dav/addressbooks/user/contacts/"),
	davtest.NoPrincipal: func(t *testing.T, sc *davtest.Scene) {
		if a := propfind(t, sc.Server, "/", "0", "<D:current-user-principal/>"); a.status != 404 || sc.Address != sc.Book.URL() {
			t.Errorf("%d %s", a.status, sc.Address)
		}
		if a := propfind(t, sc.Server, sc.Book.Path(), "0", "<D:current-user-principal/><D:resourcetype/>"); a.has("/principals/") || !a.has("addressbook/>") {
			t.Errorf("%s", a.raw)
		}
	},
	davtest.NoHomeSet: func(t *testing.T, sc *davtest.Scene) {
		if a := principal(t, sc); a.has("/dav/calendars/user/") {
			t.Errorf("%s", a.raw)
		}
		if a := propfind(t, sc.Server, "/dav/principals/user/", "1", "<D:resourcetype/>"); len(a.ms.Responses) != 4 {
			t.Errorf("%s", a.raw)
		}
	},
	davtest.SeveralHomeSets: func(t *testing.T, sc *davtest.Scene) {
		if a := principal(t, sc); !a.has("/dav/calendars/team/") || !a.has("/dav/calendars/user/") {
			t.Errorf("%s", a.raw)
		}
	},
	davtest.CrossHost: func(t *testing.T, sc *davtest.Scene) {
		if a := principal(t, sc); !a.has(sc.OtherURL() + "/dav/calendars/user/") {
			t.Errorf("%s", a.raw)
		}
		if a := home(t, sc); a.status != 404 {
			t.Errorf("%d", a.status)
		}
		if a := propfind(t, sc.Server, sc.OtherURL()+"/dav/calendars/user/", "1", "<D:displayname/>"); !a.has("Tasks") {
			t.Errorf("%s", a.raw)
		}
	},
	davtest.ForeignHost: func(t *testing.T, sc *davtest.Scene) {
		if a := principal(t, sc); !a.has("http://localhost:") {
			t.Errorf("%s", a.raw)
		}
	},
	davtest.ForbiddenChild:         homeHas("403 Forbidden"),
	davtest.SchedulingBoxes:        homeHas("<C:schedule-inbox/>"),
	davtest.TrashBin:               homeHas("<N:trash-bin/>"),
	davtest.Subscriptions:          homeHas("<S:subscribed/>"),
	davtest.NoComponentSet:         homeLacks("<C:comp "),
	davtest.NoReportSet:            homeLacks("<D:supported-report>"),
	davtest.ReportSetWithoutReport: homeLacks("<D:report>"),
	davtest.HTML200:                listStatus(200),
	davtest.HTML207:                listLacks("multistatus"),
	davtest.Truncated:              listLacks("</D:multistatus>"),
	davtest.GzipBomb:               gzipBomb,
	davtest.TooManyOnce: func(t *testing.T, sc *davtest.Scene) {
		if a, b := list(t, sc), list(t, sc); a.status != 429 || a.header.Get("Retry-After") != "1" || b.status != 207 {
			t.Errorf("%d %d", a.status, b.status)
		}
	},
	davtest.TooMany:      listStatus(429),
	davtest.Unavailable:  listStatus(503),
	davtest.BusyParallel: busyParallel,
}
