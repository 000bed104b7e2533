package dav

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// event is one thing both parsers can be compared by.
type event struct {
	kind string // "start", "end", "text"
	ns   namespace
	text string
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func addText(evs []event, s string) []event {
	if s == "" {
		return evs
	}
	if n := len(evs); n > 0 && evs[n-1].kind == "text" {
		evs[n-1].text += s
		return evs
	}
	return append(evs, event{kind: "text", text: s})
}

// standardEvents reads with encoding/xml; ok is false for what it refuses, and
// for what we refuse on purpose.
func standardEvents(doc []byte) (evs []event, ok bool) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	depth := 0
	for {
		t, err := d.Token()
		if err == io.EOF {
			return evs, true
		}
		if err != nil {
			return nil, false
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth >= maxDepth {
				return nil, false
			}
			evs = append(evs, event{"start", namespaces[t.Name.Space], t.Name.Local})
		case xml.EndElement:
			depth--
			evs = append(evs, event{"end", 0, t.Name.Local})
		case xml.CharData:
			evs = addText(evs, string(t))
		case xml.Directive:
			return nil, false
		}
	}
}

// ownEvents reads with the scanner and normalises line ends as XML wants it.
func ownEvents(r io.Reader) (evs []event, err error) {
	s := newScanner(r)
	var raw []byte
	var cdata bool
	flush := func() {
		text := []byte(lineEnds.Replace(string(raw)))
		if !cdata {
			text, _ = decodeText(nil, text)
		}
		evs, raw = addText(evs, string(text)), raw[:0]
	}
	for {
		kind, err := s.next()
		if err != nil {
			return nil, err
		}
		if (kind != tokText && kind != tokCDATA) || cdata != (kind == tokCDATA) {
			flush()
		}
		switch kind {
		case tokEOF:
			return evs, nil
		case tokStart:
			n := s.ns.lookup(s.name)
			_, local := splitName(s.name)
			evs = append(evs, event{"start", n.ns, string(local)})
		case tokEnd:
			_, local := splitName(s.name)
			evs = append(evs, event{"end", 0, string(local)})
		default:
			cdata = kind == tokCDATA
			raw = append(raw, s.text...)
		}
	}
}

func FuzzMultistatus(f *testing.F) {
	for _, s := range []string{
		sample, strings.ReplaceAll(sample, "\n", "\r\n"), strings.ReplaceAll(sample, "D:", ""),
		`<a xmlns="DAV:"><href/><b xmlns="">t</b><x:href xmlns:x='DAV:'>1&lt;&#x32;</x:href ></a>`,
		`<?xml version="1.0"?><!-- c --><m><![CDATA[a]]b]]]]><![CDATA[>]]></m>`,
		`<a b=">" c='"'>` + "\r" + `&#13;&amp;&quot;</a>`, "\xef\xbb\xbf<a/>", `<a><b></a></b>`, `<a>&bogus; & x</a>`, `<?A0?>0000001`, `<!DOCTYPE x [<!ENTITY a "b">]><x/>`, `<!---->`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		m, err := readMultistatus(bytes.NewReader(doc), "", 1<<16)
		for err == nil {
			_, err = m.next()
		}
		preconditions(doc)
		want, ok := standardEvents(doc)
		if !ok || bytes.HasPrefix(doc, []byte("\xef\xbb\xbf")) {
			return
		}
		for _, r := range []io.Reader{bytes.NewReader(doc), iotest.OneByteReader(bytes.NewReader(doc))} {
			got, err := ownEvents(r)
			if err != nil {
				t.Fatalf("encoding/xml reads it, the scanner does not: %v\n%q", err, doc)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%q\n got %v\nwant %v", doc, got, want)
			}
		}
	})
}

const sample = `<?xml version="1.0" encoding="utf-8"?>
<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav">
<D:response><D:href>/b/1.vcf</D:href><D:propstat><D:prop><D:getetag>"1"</D:getetag>
<C:address-data>BEGIN:VCARD
FN:A &amp; B
END:VCARD
</C:address-data></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
<D:response><D:href>/b/2.vcf</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>
<D:sync-token>t2</D:sync-token>
</D:multistatus>`

// bigAnswer is an answer of n objects, made as it is read.
func bigAnswer(n, size int) io.Reader {
	data := strings.Repeat("NOTE:0123456789 &amp; abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOP\r\n", size/68+1)[:size]
	parts := make([]io.Reader, 0, n+2)
	parts = append(parts, strings.NewReader(`<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav">`))
	for i := range n {
		parts = append(parts, strings.NewReader(fmt.Sprintf(`<D:response><D:href>/b/%d.vcf</D:href><D:propstat><D:prop>`+
			`<D:getetag>&quot;%d&quot;</D:getetag><C:address-data>`, i, i)), strings.NewReader(data),
			strings.NewReader(`</C:address-data></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`))
	}
	parts = append(parts, strings.NewReader(`</D:multistatus>`))
	return io.MultiReader(parts...)
}

// BenchmarkMultistatus reads 35 MB in 15,000 responses.
func BenchmarkMultistatus(b *testing.B) {
	var doc bytes.Buffer
	_, _ = io.Copy(&doc, bigAnswer(15000, 2200))
	b.SetBytes(int64(doc.Len()))
	b.ReportAllocs()
	for b.Loop() {
		m, err := readMultistatus(bytes.NewReader(doc.Bytes()), "", 1<<20)
		n := 0
		for err == nil {
			if _, err = m.next(); err == nil {
				n++
			}
		}
		if err != io.EOF || n != 15000 {
			b.Fatal(n, err)
		}
	}
}
