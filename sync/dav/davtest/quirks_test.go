package davtest_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// shows checks, over raw HTTP, that a scene does what its quirk says.
type shows func(t *testing.T, sc *davtest.Scene)

func list(t *testing.T, sc *davtest.Scene) answer {
	t.Helper()
	return propfind(t, sc.Server, sc.Book.Path(), "1", "<D:getetag/><D:getcontenttype/><D:getlastmodified/><D:resourcetype/>")
}

func home(t *testing.T, sc *davtest.Scene) answer {
	t.Helper()
	return propfind(t, sc.Server, "/dav/calendars/user/", "1", "<D:resourcetype/><D:displayname/><S:getctag/><D:sync-token/><S:source/><D:supported-report-set/><C:supported-calendar-component-set/>")
}

func principal(t *testing.T, sc *davtest.Scene) answer {
	t.Helper()
	return propfind(t, sc.Server, "/dav/principals/user/", "0", "<C:calendar-home-set/><A:addressbook-home-set/>")
}

func multiget(t *testing.T, sc *davtest.Scene, hrefs ...string) answer {
	t.Helper()
	return ask(t, sc.Server, "REPORT", sc.Book.URL(), multigetBody(sc.Book, hrefs...), "Depth", "0")
}

// firstHrefs gives plain hrefs of the first n cards.
func firstHrefs(sc *davtest.Scene, n int) []string {
	var all []string
	for _, name := range sc.Book.Names()[:n] {
		all = append(all, sc.Book.Path()+name)
	}
	return all
}

func queryBook(t *testing.T, sc *davtest.Scene, props string) answer {
	t.Helper()
	return ask(t, sc.Server, "REPORT", sc.Book.URL(), `<A:addressbook-query `+ns+`><D:prop>`+props+`</D:prop><A:filter/></A:addressbook-query>`, "Depth", "1")
}

// listHas expects a text in the book's listing, listLacks that it is missing.
func listHas(text string) shows {
	return func(t *testing.T, sc *davtest.Scene) {
		if a := list(t, sc); a.status != 207 || !a.has(text) {
			t.Errorf("no %q in %d %.600s", text, a.status, a.raw)
		}
	}
}

func listLacks(text string) shows {
	return func(t *testing.T, sc *davtest.Scene) {
		if a := list(t, sc); a.status != 207 || a.has(text) {
			t.Errorf("%q in %d %.600s", text, a.status, a.raw)
		}
	}
}

func homeHas(text string) shows {
	return func(t *testing.T, sc *davtest.Scene) {
		if a := home(t, sc); !a.has(text) {
			t.Errorf("no %q in %.2000s", text, a.raw)
		}
	}
}

func homeLacks(text string) shows {
	return func(t *testing.T, sc *davtest.Scene) {
		if a := home(t, sc); a.status != 207 || a.has(text) {
			t.Errorf("%q in %.2000s", text, a.raw)
		}
	}
}

func listStatus(status int) shows {
	return func(t *testing.T, sc *davtest.Scene) {
		if a := list(t, sc); a.status != status {
			t.Errorf("listing: %d", a.status)
		}
		if a := changes(t, sc.Server, sc.Book, ""); a.status != status {
			t.Errorf("sync-collection: %d", a.status)
		}
	}
}

// tokenGets expects a status for a good token and 207 without one.
func tokenGets(status int) shows {
	return func(t *testing.T, sc *davtest.Scene) {
		a := changes(t, sc.Server, sc.Book, "")
		if a.status != 207 {
			t.Fatalf("without token: %d", a.status)
		}
		if a = changes(t, sc.Server, sc.Book, a.ms.Token); a.status != status {
			t.Errorf("with token: %d %s", a.status, a.raw)
		}
	}
}

// syncHas expects a text in an answer of sync-collection after Between.
func syncHas(text string) shows {
	return func(t *testing.T, sc *davtest.Scene) {
		token := changes(t, sc.Server, sc.Book, "").ms.Token
		sc.Between()
		if a := changes(t, sc.Server, sc.Book, token); !a.has(text) {
			t.Errorf("no %q in %d %.800s", text, a.status, a.raw)
		}
	}
}

func wellKnown(status int, location string) shows {
	return func(t *testing.T, sc *davtest.Scene) {
		a := ask(t, sc.Server, "PROPFIND", "/.well-known/carddav", "", "Depth", "0")
		if got := a.header.Get("Location"); a.status != status || !strings.HasSuffix(got, location) || sc.Info.Quirk == davtest.AbsoluteRedirect && !strings.HasPrefix(got, "http://") {
			t.Errorf("%d %q", a.status, a.header.Get("Location"))
		}
	}
}

func multigetStatus(n, status int) shows {
	return func(t *testing.T, sc *davtest.Scene) {
		if a := multiget(t, sc, firstHrefs(sc, n)...); a.status != status {
			t.Errorf("multiget of %d: %d", n, a.status)
		}
	}
}

// bodyIn expects GET to give a card's exact bytes.
func bodyIn(name string) shows {
	return func(t *testing.T, sc *davtest.Scene) {
		want, _, ok := sc.Book.Get(name)
		a := ask(t, sc.Server, "GET", sc.Book.URL()+strings.ReplaceAll(name, "=", "%3D"), "")
		if !ok || !bytes.Equal(a.raw, want) {
			t.Errorf("GET %s: %d %q", name, a.status, a.raw)
		}
	}
}

func verbatimHrefs(t *testing.T, sc *davtest.Scene) {
	listHas("a%3Ab%40c+d%20%C3%A9%2Cf.vcf</D:href>")(t, sc)
	h := list(t, sc).hrefs()[24]
	other := strings.ReplaceAll(h, "%40", "@")
	if a := ask(t, sc.Server, "GET", h, ""); a.status != 200 {
		t.Errorf("%s: %d", h, a.status)
	}
	if a := ask(t, sc.Server, "GET", other, ""); a.status != 404 {
		t.Errorf("%s: %d", other, a.status)
	}
	if a := multiget(t, sc, h, other); a.ms.Responses[0].Status != "" || a.ms.Responses[1].Status == "" {
		t.Errorf("%s", a.raw)
	}
}

func queryGives(status, n int) shows {
	return func(t *testing.T, sc *davtest.Scene) {
		if a := queryBook(t, sc, "<D:getetag/><A:address-data/>"); a.status != status || len(a.ms.Responses) != n {
			t.Errorf("%d, %d objects", a.status, len(a.ms.Responses))
		}
	}
}

func forgotten(status int) shows {
	return func(t *testing.T, sc *davtest.Scene) {
		token := changes(t, sc.Server, sc.Book, "").ms.Token
		sc.Between()
		if a := changes(t, sc.Server, sc.Book, token); a.status != status {
			t.Errorf("%d", a.status)
		}
	}
}

func digestOnly(t *testing.T, sc *davtest.Scene) {
	a := ask(t, sc.Server, "OPTIONS", "/dav/", "")
	if a.status != 401 || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Digest ") {
		t.Errorf("%d %v", a.status, a.header)
	}
	nonce := between(a.header.Get("WWW-Authenticate"), `nonce="`, `"`)
	a1, a2 := md5Hex("user:davtest:secret"), md5Hex("OPTIONS:/dav/")
	right := fmt.Sprintf(`Digest username="user", realm="davtest", nonce="%s", uri="/dav/", qop=auth, nc=00000001, cnonce="c", response="%s"`,
		nonce, md5Hex(a1+":"+nonce+":00000001:c:auth:"+a2))
	if a = ask(t, sc.Server, "OPTIONS", "/dav/", "", "Authorization", right); a.status != 200 {
		t.Errorf("right digest: %d", a.status)
	}
	if a = ask(t, sc.Server, "OPTIONS", "/dav/", "", "Authorization", strings.Replace(right, `response="`, `response="0`, 1)); a.status != 401 {
		t.Errorf("wrong digest: %d", a.status)
	}
}

// gzipBomb reads the wire only: the bomb must stay small there.
func gzipBomb(t *testing.T, sc *davtest.Scene) {
	r, _ := http.NewRequest("PROPFIND", sc.Book.URL(), strings.NewReader(""))
	r.SetBasicAuth(sc.User(), sc.Password())
	r.Header.Set("Depth", "1")
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil || n < 1<<20 || n > 8<<20 || resp.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%d bytes %v", n, err)
	}
}

func busyParallel(t *testing.T, sc *davtest.Scene) {
	sc.Fail(davtest.Fault{Kind: davtest.Stall, Times: 2})
	done := make(chan int, 2)
	for range 2 {
		stalled := sc.FaultsHit()
		go func() {
			a, _ := try(sc.Server, "OPTIONS", "/dav/", "")
			done <- a.status
		}()
		for sc.FaultsHit() == stalled {
			time.Sleep(time.Millisecond)
		}
	}
	if a := ask(t, sc.Server, "OPTIONS", "/dav/", ""); a.status != 501 {
		t.Errorf("third at once: %d", a.status)
	}
	sc.Release()
	<-done
	<-done
}

func TestQuirks_AreActedOut(t *testing.T) {
	for _, info := range davtest.Quirks() {
		t.Run(string(info.Quirk), func(t *testing.T) {
			check := checks[info.Quirk]
			if check == nil {
				t.Fatal("nobody checks this quirk")
			}
			check(t, davtest.Scenario(t, info.Quirk))
			if info.Who == "" || len(info.Outcomes) == 0 || slices.Contains(info.Outcomes, pim.Failed) != (len(info.Faults) > 0) {
				t.Errorf("%+v", info)
			}
		})
	}
	if n := len(davtest.Quirks()); n < 30 || n != len(checks) {
		t.Errorf("%d quirks, %d checks", n, len(checks))
	}
}

// TestQuirks_AreListed reads the constants from the source: a quirk that is
// not listed is never run against the client.
func TestQuirks_AreListed(t *testing.T) {
	listed := map[string]bool{}
	for _, i := range davtest.Quirks() {
		if listed[string(i.Quirk)] {
			t.Errorf("%s is listed twice", i.Quirk)
		}
		listed[string(i.Quirk)] = true
	}
	f, err := parser.ParseFile(token.NewFileSet(), "quirks.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		value := strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`)
		if !listed[value] || v.Doc == nil {
			t.Errorf("%s is not listed or has no comment", v.Names[0].Name)
		}
		return true
	})
}

func TestScenario_WantsWhatItServes(t *testing.T) {
	for _, info := range davtest.Quirks() {
		sc := davtest.Scenario(nil, info.Quirk)
		sc.Between()
		sc.Between()
		if len(sc.Want()) < 24 || sc.Work.Kind() != pim.Calendar {
			t.Errorf("%s wants %d objects", info.Quirk, len(sc.Want()))
		}
		sc.Close()
	}
}
