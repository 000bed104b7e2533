package dav

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// readAll reads an answer to its end.
func readAll(doc, contentType string) (out []*response, m *multistatus, err error) {
	m, err = readMultistatus(strings.NewReader(doc), contentType, 1<<20)
	if err != nil {
		return nil, nil, err
	}
	for {
		r, err := m.next()
		if err == io.EOF {
			return out, m, nil
		}
		if err != nil {
			return out, m, err
		}
		out = append(out, r)
	}
}

const msOpen = `<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav">`

func card(data string) string {
	return msOpen + `<D:response><D:href>/b/1.vcf</D:href><D:propstat><D:prop><D:getetag>"1"</D:getetag><C:address-data>` +
		data + `</C:address-data></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>`
}

// Every byte of an object is the one on the wire, whatever XML would make of it.
func TestMultistatus_KeepsTheBytesOfAnObject(t *testing.T) {
	long := strings.Repeat("x&amp;y\r\n", 40_000)
	for _, c := range []struct {
		name, wire, want string
		odd              bool
	}{
		{"literal CRLF", "A\r\nB\r\n", "A\r\nB\r\n", false},
		{"bare LF", "A\nB\n", "A\nB\n", false},
		{"bare CR", "A\rB", "A\rB", false},
		{"CR by reference", "A&#13;\nB&#xD;&#10;", "A\r\nB\r\n", false},
		{"CDATA", "<![CDATA[A <&amp;> B\r\n]]>", "A <&amp;> B\r\n", false},
		{"CDATA in parts", "<![CDATA[A]]]]><![CDATA[>B]]>&lt;", "A]]>B<", false},
		{"entities", "&lt;&gt;&amp;&quot;&apos;&#252;", `<>&"'ü`, false},
		{"white space", "  A \n\n ", "  A \n\n ", false},
		{"control character", "A\x0bB", "A\x0bB", true},
		{"control character by reference", "A&#11;B", "A\x0bB", true},
		{"bare ampersand", "A & B &bogus; C", "A & B &bogus; C", true},
		{"broken UTF-8", "A\xffB", "A\xffB", false},
		{"longer than the buffer", long, strings.ReplaceAll(long, "&amp;", "&"), false},
		{"CDATA longer than the buffer", "<![CDATA[" + long + "]]>", long, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, err := readAll(card(c.wire), "")
			if err != nil || len(got) != 1 {
				t.Fatal(len(got), err)
			}
			if p := got[0].props; string(p.data) != c.want || p.odd != c.odd {
				t.Errorf("got %.80q odd %v, want %.80q odd %v", p.data, p.odd, c.want, c.odd)
			}
		})
	}
}

func TestMultistatus_ForgivesItsServer(t *testing.T) {
	one := `<D:response><D:href>/b/1.vcf</D:href><D:propstat><D:prop><D:getetag>"1"</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>`
	for name, doc := range map[string]string{
		"leading newlines":      "\r\n\n<?xml version=\"1.0\"?>" + msOpen + one,
		"byte order mark":       "\xef\xbb\xbf<?xml version=\"1.0\"?>" + msOpen + one,
		"label UTF8":            `<?xml version="1.0" encoding="UTF8"?>` + msOpen + one,
		"XML 1.1":               `<?xml version="1.1" encoding="utf-8"?>` + msOpen + one,
		"latin 1":               `<?xml version="1.0" encoding="iso-8859-1"?>` + msOpen + one,
		"no status":             msOpen + strings.Replace(one, `<D:status>HTTP/1.1 200 OK</D:status>`, "", 1),
		"status without reason": msOpen + strings.Replace(one, `200 OK`, "200", 1),
		"status first":          msOpen + strings.Replace(one, `<D:propstat>`, `<D:propstat><D:status>HTTP/2 200</D:status>`, 1),
		"default namespace":     `<multistatus xmlns="DAV:">` + strings.ReplaceAll(one, "D:", ""),
		"other prefix":          `<_.x:multistatus xmlns:_.x="DAV:">` + strings.ReplaceAll(one, "D:", "_.x:"),
		"white space":           msOpen + strings.ReplaceAll(strings.ReplaceAll(one, "<", "\n <"), ">", "> "),
		"CDATA":                 msOpen + strings.Replace(one, `"1"`, `<![CDATA["1"]]>`, 1),
		"an href of ours twice": msOpen + strings.Replace(one, `<D:propstat>`, `<D:href>/b/2.vcf</D:href><D:propstat>`, 1),
		"comments and unknown":  msOpen + `<!-- > --><x:y xmlns:x="u"><D:response/></x:y>` + one + "<!-- end -->",
		"foreign getetag": msOpen + strings.Replace(one, `<D:getetag>`,
			`<getetag xmlns="http://example.com/">no</getetag><D:getetag>`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := readAll(doc, "text/plain; charset=utf-8")
			if err != nil || len(got) != 1 || strings.TrimSpace(got[0].href) != "/b/1.vcf" || got[0].props.etag != `"1"` {
				t.Fatalf("%v %+v", err, got)
			}
		})
	}
}

func TestMultistatus_TranscodesAndSaysSo(t *testing.T) {
	doc := `<?xml version="1.0" encoding="ISO-8859-1"?>` + card("FN:J\xfcrgen")
	got, _, err := readAll(doc, "")
	if err != nil || string(got[0].props.data) != "FN:Jürgen" || !got[0].props.odd {
		t.Fatalf("%v %+v", err, got)
	}
	got, _, err = readAll(`<?xml version="1.0" encoding="ISO-8859-1"?>`+card("FN:Jo"), "")
	if err != nil || got[0].props.odd {
		t.Errorf("plain ASCII is the same in any charset: %v %+v", err, got)
	}
	got, _, err = readAll(card("FN:J\xfcrgen"), "text/xml; charset=iso-8859-1")
	if err != nil || string(got[0].props.data) != "FN:Jürgen" {
		t.Errorf("charset of the content type: %v %+v", err, got)
	}
	if _, _, err = readAll(`<?xml version="1.0" encoding="klingon"?>`+card(""), ""); err == nil {
		t.Error("an unknown charset is an error")
	}
}

// Half an answer, or one of a broken structure, proves nothing.
func TestMultistatus_RefusesWhatIsNotWhole(t *testing.T) {
	whole := card("FN:x")
	for i := range len(whole) {
		if _, _, err := readAll(whole[:i], ""); err == nil {
			t.Fatalf("cut after %d of %d bytes, and no error", i, len(whole))
		}
	}
	for name, c := range map[string]struct {
		doc  string
		want error
	}{
		"web page":        {"<!DOCTYPE html><html><body>Sign in</body></html>", errHTML},
		"XHTML":           {`<?xml version="1.0"?><!DOCTYPE html PUBLIC "x"><html/>`, errHTML},
		"plain text":      {"Not found", errNotXML},
		"nothing":         {"", errNotXML},
		"other XML":       {`<D:error xmlns:D="DAV:"/>`, errNotMultistatus},
		"wrong namespace": {`<multistatus xmlns="http://example.com/"/>`, errNotMultistatus},
		"crossed tags":    {msOpen + `<D:response><D:href></D:response></D:href></D:multistatus>`, nil},
		"entity bomb":     {`<!DOCTYPE x [<!ENTITY a "aaaa">]>` + card("&a;"), nil},
		"too deep":        {msOpen + strings.Repeat("<a>", 300), nil},
		"endless tag":     {msOpen + "<D:response " + strings.Repeat("a", 2<<20), nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := readAll(c.doc, "text/xml")
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Fatal(err)
			}
		})
	}
}

func TestMultistatus_OneGiantCostsOnlyItself(t *testing.T) {
	doc := strings.Replace(card(strings.Repeat("x", 2<<20)), "</D:multistatus>", "", 1) +
		strings.TrimPrefix(card("FN:small"), msOpen)
	got, _, err := readAll(doc, "")
	if err != nil || len(got) != 2 || !got[0].props.tooBig || got[0].props.data != nil || string(got[1].props.data) != "FN:small" {
		t.Fatalf("%v %d", err, len(got))
	}
}

func TestMultistatus_LeavesOutWhatFailed(t *testing.T) {
	doc := msOpen + `<D:response><D:href>/b/</D:href><D:propstat><D:prop><D:displayname>x</D:displayname></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>
<D:propstat><D:prop><D:resourcetype><D:collection/><C:addressbook/></D:resourcetype></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
<D:response><D:href>/b/</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status><D:error><D:number-of-matches-within-limits/></D:error></D:response>
<D:sync-token> urn:t&amp;1 </D:sync-token></D:multistatus>`
	got, m, err := readAll(doc, "")
	if err != nil || len(got) != 2 || m.token != "urn:t&1" {
		t.Fatal(err, len(got))
	}
	if got[0].props.text[elDisplayName] != "" || !got[0].props.has(elResourceType, nsCard, "addressbook") {
		t.Errorf("%+v", got[0].props)
	}
	if got[1].status != 507 || fmt.Sprint(got[1].errs.names) != "[number-of-matches-within-limits]" {
		t.Errorf("%+v", got[1])
	}
}

// 40 MB of answer pass with less than a megabyte held.
func TestMultistatus_ReadsAnySizeInLittleMemory(t *testing.T) {
	m, err := readMultistatus(bigAnswer(20_000, 2000), "", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	most := uint64(0)
	for n := 0; ; n++ {
		if _, err := m.next(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if n%4000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			if now.HeapAlloc > before.HeapAlloc {
				most = max(most, now.HeapAlloc-before.HeapAlloc)
			}
		}
	}
	if most > 1<<20 {
		t.Errorf("%d bytes held", most)
	}
}

func TestPreconditions(t *testing.T) {
	for doc, want := range map[string]string{
		`<D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>`: "[valid-sync-token] false",
		`<error xmlns="DAV:"/>`:                                   "[] true",
		`<error xmlns="DAV:"> </error>`:                           "[] true",
		`<error xmlns="http://example.com/"/>`:                    "[] false",
		``:                                                        "[] false",
		`<html>`:                                                  "[] false",
		`<error xmlns="DAV:"><valid-sync-token`:                   "[] false",
	} {
		x, empty := preconditions([]byte(doc))
		if got := fmt.Sprint(x.names, empty); got != want {
			t.Errorf("%s: got %s, want %s", doc, got, want)
		}
	}
}
