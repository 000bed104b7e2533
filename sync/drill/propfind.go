package drill

import (
	"bufio"
	"encoding/xml"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"sidekeep/sync/pim"
)

const (
	nsDAV  = "DAV:"
	nsCal  = "urn:ietf:params:xml:ns:caldav"
	nsCard = "urn:ietf:params:xml:ns:carddav"
	nsCal2 = "http://apple.com/ns/ical/"
	nsInf  = "http://inf-it.com/ns/ab/"
)

// prefixes under which the namespaces are written.
var prefixes = map[string]string{nsDAV: "D", nsCal: "L", nsCard: "R", nsCal2: "A", nsInf: "I"}

const answerHead = xml.Header + `<D:multistatus xmlns:D="DAV:" xmlns:L="` + nsCal + `" xmlns:R="` + nsCard +
	`" xmlns:A="` + nsCal2 + `" xmlns:I="` + nsInf + `">`

// anyProp is the name of a property that is asked for.
type anyProp struct{ XMLName xml.Name }

type propfindRequest struct {
	All []struct {
		Any []anyProp `xml:",any"`
	} `xml:"DAV: prop"`
}

func (q *propfindRequest) names() []xml.Name {
	var out []xml.Name
	for _, p := range q.All {
		for _, a := range p.Any {
			out = append(out, a.XMLName)
		}
	}
	return out
}

// propfind answers PROPFIND with Depth 0 or 1 (RFC 4918 section 9.1).
func (s *server) propfind(w http.ResponseWriter, r *http.Request) {
	var ask propfindRequest
	if err := readXML(w, r, &ask); err != nil {
		return
	}
	at, deep := r.URL.Path, r.Header.Get("Depth") == "1"
	a := answerTo(ask.names())
	folder, name := split(at)
	switch b, isBook := s.store.book(strings.TrimSuffix(at, "/") + "/"); {
	case at == rootPath, at == principalPath:
		a.response(at, common())
	case at == booksPath, at == calendarsPath:
		a.response(at, common())
		kind := pim.Contacts
		if at == calendarsPath {
			kind = pim.Calendar
		}
		for _, p := range s.store.paths(kind) {
			if b, ok := s.store.book(p); ok && deep {
				a.response(p, bookProps(b))
			}
		}
	case isBook:
		a.response(b.path, bookProps(b))
		for _, n := range b.names {
			if deep {
				a.response(b.path+n, objectProps(b.path, b.objectNow(s.store, n)))
			}
		}
	default:
		o, ok := s.store.object(folder, name)
		if !ok {
			http.NotFound(w, r)
			return
		}
		a.response(at, objectProps(folder, o))
	}
	a.send(w)
}

func (b *book) objectNow(s *store, name string) object {
	o, _ := s.object(b.path, name)
	return o
}

func common() map[xml.Name]string {
	return map[xml.Name]string{
		{Space: nsDAV, Local: "resourcetype"}:               `<D:collection/>`,
		{Space: nsDAV, Local: "current-user-principal"}:     `<D:href>` + principalPath + `</D:href>`,
		{Space: nsDAV, Local: "principal-URL"}:              `<D:href>` + principalPath + `</D:href>`,
		{Space: nsCard, Local: "addressbook-home-set"}:      `<D:href>` + booksPath + `</D:href>`,
		{Space: nsCal, Local: "calendar-home-set"}:          `<D:href>` + calendarsPath + `</D:href>`,
		{Space: nsDAV, Local: "current-user-privilege-set"}: privileges,
	}
}

const privileges = `<D:privilege><D:read/></D:privilege><D:privilege><D:write/></D:privilege><D:privilege><D:bind/></D:privilege>`

func bookProps(b book) map[xml.Name]string {
	report := func(name string) string {
		return `<D:supported-report><D:report><` + name + `/></D:report></D:supported-report>`
	}
	m := map[xml.Name]string{
		{Space: nsDAV, Local: "displayname"}:                escaped(b.name),
		{Space: nsDAV, Local: "current-user-privilege-set"}: privileges,
	}
	if b.kind == pim.Contacts {
		m[xml.Name{Space: nsDAV, Local: "resourcetype"}] = `<D:collection/><R:addressbook/>`
		m[xml.Name{Space: nsDAV, Local: "supported-report-set"}] = report("R:addressbook-multiget")
		m[xml.Name{Space: nsCard, Local: "supported-address-data"}] =
			`<R:address-data-type content-type="text/vcard" version="3.0"/><R:address-data-type content-type="text/vcard" version="4.0"/>`
		m[xml.Name{Space: nsInf, Local: "addressbook-color"}] = escaped(b.color)
		return m
	}
	m[xml.Name{Space: nsDAV, Local: "resourcetype"}] = `<D:collection/><L:calendar/>`
	m[xml.Name{Space: nsDAV, Local: "supported-report-set"}] = report("L:calendar-multiget")
	m[xml.Name{Space: nsCal2, Local: "calendar-color"}] = escaped(b.color)
	var comps strings.Builder
	for _, c := range b.components {
		comps.WriteString(`<L:comp name="` + escaped(c) + `"/>`)
	}
	if len(b.components) > 0 {
		m[xml.Name{Space: nsCal, Local: "supported-calendar-component-set"}] = comps.String()
	}
	return m
}

func objectProps(folder string, o object) map[xml.Name]string {
	return map[xml.Name]string{
		{Space: nsDAV, Local: "resourcetype"}:     "",
		{Space: nsDAV, Local: "getetag"}:          escaped(o.etag),
		{Space: nsDAV, Local: "getcontenttype"}:   mediaType(folder),
		{Space: nsDAV, Local: "getcontentlength"}: strconv.FormatInt(o.size, 10),
	}
}

// multigetRequest is calendar-multiget (RFC 4791 section 7.9) or
// addressbook-multiget (RFC 6352 section 8.7).
type multigetRequest struct {
	XMLName xml.Name
	Hrefs   []string `xml:"DAV: href"`
}

func (s *server) report(w http.ResponseWriter, r *http.Request) {
	var ask multigetRequest
	if err := readXML(w, r, &ask); err != nil {
		return
	}
	data := xml.Name{Space: nsCal, Local: "calendar-data"}
	switch ask.XMLName {
	case xml.Name{Space: nsCal, Local: "calendar-multiget"}:
	case xml.Name{Space: nsCard, Local: "addressbook-multiget"}:
		data = xml.Name{Space: nsCard, Local: "address-data"}
	default:
		w.Header().Set("Content-Type", "application/xml; charset=utf-8")
		w.WriteHeader(http.StatusForbidden) // RFC 3253 section 3.6
		_, _ = w.Write([]byte(xml.Header + `<D:error xmlns:D="DAV:"><D:supported-report/></D:error>`))
		return
	}
	a := answerTo([]xml.Name{{Space: nsDAV, Local: "getetag"}, data})
	a.begin(w)
	for _, href := range ask.Hrefs {
		u, err := url.Parse(href)
		if err != nil {
			a.status(href, http.StatusBadRequest)
			continue
		}
		folder, name := split(u.Path)
		o, ok := s.store.object(folder, name)
		if !ok {
			a.status(href, http.StatusNotFound)
			continue
		}
		body, err := s.store.body(o)
		if err != nil || !fitsXML(body) {
			a.status(href, http.StatusConflict) // GET gives it
			continue
		}
		a.response(u.Path, map[xml.Name]string{a.asked[0]: escaped(o.etag), data: escaped(string(body))})
	}
	a.send(w)
}

// answer writes a multistatus.
type answer struct {
	asked []xml.Name
	buf   strings.Builder
	out   *bufio.Writer
}

func answerTo(asked []xml.Name) *answer { return &answer{asked: asked} }

// begin sends what comes from now on as it is written.
func (a *answer) begin(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.WriteHeader(http.StatusMultiStatus)
	a.out = bufio.NewWriterSize(w, 64<<10)
	_, _ = a.out.WriteString(answerHead + a.buf.String())
	a.buf.Reset()
}

// response names what is there of what was asked for, and what is not.
func (a *answer) response(path string, props map[xml.Name]string) {
	var found, missing strings.Builder
	for _, n := range a.asked {
		tag := "x:" + n.Local
		if p := prefixes[n.Space]; p != "" {
			tag = p + ":" + n.Local
		}
		if v, ok := props[n]; ok {
			found.WriteString("<" + tag + ">" + v + "</" + tag + ">")
		} else if prefixes[n.Space] != "" {
			missing.WriteString("<" + tag + "/>")
		} else {
			missing.WriteString("<" + tag + ` xmlns:x="` + escaped(n.Space) + `"/>`)
		}
	}
	a.write("<D:response><D:href>" + escaped((&url.URL{Path: path}).EscapedPath()) + "</D:href>")
	for i, s := range []string{found.String(), missing.String()} {
		if s != "" || i == 0 {
			a.write("<D:propstat><D:prop>" + s + "</D:prop><D:status>HTTP/1.1 " + []string{"200 OK", "404 Not Found"}[i] + "</D:status></D:propstat>")
		}
	}
	a.write("</D:response>")
}

func (a *answer) status(href string, status int) {
	a.write("<D:response><D:href>" + escaped(href) + "</D:href><D:status>HTTP/1.1 " + strconv.Itoa(status) + " " +
		http.StatusText(status) + "</D:status></D:response>")
}

func (a *answer) write(s string) {
	if a.out != nil {
		_, _ = a.out.WriteString(s)
		return
	}
	a.buf.WriteString(s)
}

func (a *answer) send(w http.ResponseWriter) {
	if a.out == nil {
		a.begin(w)
	}
	_, _ = a.out.WriteString("</D:multistatus>")
	_ = a.out.Flush()
}

// fitsXML says that bytes can stand in an XML document and be read out of it again
// (XML 1.0 section 2.2).
func fitsXML(b []byte) bool {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return false
		}
		i += n
	}
	return true
}

// A carriage return is written as a reference: otherwise it would be read as a
// line feed (XML 1.0 section 2.11).
var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\r", "&#13;")

func escaped(s string) string { return escaper.Replace(s) }
