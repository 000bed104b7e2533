package davtest

import (
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// The namespaces of this world.
const (
	nsDAV     = "DAV:"
	nsCal     = "urn:ietf:params:xml:ns:caldav"
	nsCard    = "urn:ietf:params:xml:ns:carddav"
	nsServer  = "http://calendarserver.org/ns/"
	nsApple   = "http://apple.com/ns/ical/"
	maxUpload = 64 << 20
)

// node is an XML element of a request.
type node struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Kids    []node     `xml:",any"`
}

func (n *node) kid(local string) *node {
	if n == nil {
		return nil
	}
	for i := range n.Kids {
		if n.Kids[i].XMLName.Local == local {
			return &n.Kids[i]
		}
	}
	return nil
}

// call is one request being answered.
type call struct {
	s    *Server
	w    http.ResponseWriter
	r    *http.Request
	log  *Request
	raw  string // path as on the wire
	path string // decoded
	body []byte
	xml  *node
	q    map[Quirk]bool // as they were when the request came
	cut  *cutter        // set by a fault that works on the body
	lost *loser         // set by a fault that loses the answer
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	c := s.newCall(w, r)
	done := s.enter()
	defer done()
	s.mu.RLock()
	latency := s.latency
	s.mu.RUnlock()
	if latency > 0 {
		c.wait(latency)
	}
	if s.faults.before(c) {
		return
	}
	if c.cut != nil {
		defer c.cut.finish()
	}
	if c.lost != nil {
		c.lost.answer(c)
		return
	}
	c.answer()
}

// enter counts the requests being served at the same time.
func (s *Server) enter() func() {
	s.logMu.Lock()
	s.busy++
	s.logMu.Unlock()
	return func() {
		s.logMu.Lock()
		s.busy--
		s.logMu.Unlock()
	}
}

func (s *Server) newCall(w http.ResponseWriter, r *http.Request) *call {
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxUpload))
	c := &call{s: s, r: r, body: body}
	c.raw, _, _ = strings.Cut(r.RequestURI, "?")
	c.path = r.URL.Path
	if r.Method == "PROPFIND" || r.Method == "REPORT" || strings.HasPrefix(r.Method, "MK") || r.Method == "PROPPATCH" {
		var n node
		if len(body) > 0 && xml.Unmarshal(body, &n) == nil {
			c.xml = &n
		}
	}
	s.mu.RLock()
	c.q = maps.Clone(s.quirks)
	s.mu.RUnlock()
	c.log = &Request{
		Method: r.Method, Path: c.raw, Host: r.Host, Depth: r.Header.Get("Depth"),
		AcceptEncoding: r.Header.Get("Accept-Encoding"), UserAgent: r.UserAgent(),
		ContentType: r.Header.Get("Content-Type"), IfMatch: r.Header.Get("If-Match"),
		IfNoneMatch: r.Header.Get("If-None-Match"), ScheduleReply: r.Header.Get("Schedule-Reply"),
		Chunked: len(r.TransferEncoding) > 0, Received: int64(len(body)),
		Credentials: r.Header.Get("Authorization") != "", Authorized: s.authorized(c),
	}
	if r.Method == "REPORT" && c.xml != nil {
		c.log.Report = c.xml.XMLName.Local
		t := c.xml.kid("sync-token")
		c.log.Token = t != nil && strings.TrimSpace(t.Text) != ""
		for _, k := range c.xml.Kids {
			if k.XMLName.Local == "href" {
				c.log.Hrefs++
			}
		}
		for _, p := range c.props() {
			c.log.Inline = c.log.Inline || p.Local == "address-data" || p.Local == "calendar-data"
		}
	}
	c.w = &meter{ResponseWriter: w, c: c}
	s.logRequest(c.log)
	return c
}

// meter counts what goes out.
type meter struct {
	http.ResponseWriter
	c *call
}

func (m *meter) WriteHeader(status int) {
	m.c.s.update(func() { m.c.log.Status = status })
	m.ResponseWriter.WriteHeader(status)
}

func (m *meter) Write(b []byte) (int, error) {
	n, err := m.ResponseWriter.Write(b)
	m.c.s.update(func() {
		if m.c.log.Status == 0 {
			m.c.log.Status = http.StatusOK
		}
		m.c.log.Sent += int64(n)
	})
	return n, err
}

func (m *meter) Unwrap() http.ResponseWriter { return m.ResponseWriter }

// props lists the properties that the request asks for; nil means all.
func (c *call) props() []xml.Name {
	if c.xml == nil {
		return nil
	}
	p := c.xml.kid("prop")
	if p == nil {
		return nil
	}
	names := make([]xml.Name, len(p.Kids))
	for i, k := range p.Kids {
		names[i] = k.XMLName
	}
	return names
}

// root is the server's root as the client addressed it.
func (c *call) root() string { return c.s.scheme() + c.r.Host }

// fail answers with a status and, if given, a DAV error condition.
func (c *call) fail(status int, condition string) {
	c.w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	c.w.WriteHeader(status)
	if condition != "" {
		_, _ = io.WriteString(c.w, `<?xml version="1.0" encoding="utf-8"?>`+"\n"+
			`<D:error xmlns:D="DAV:" xmlns:C="`+nsCal+`" xmlns:A="`+nsCard+`">`+condition+`</D:error>`)
	}
}

// out opens the body of an answer: compressed if the client takes that, and
// in the charset that a quirk asks for. close ends it.
func (c *call) out(status int, contentType string, compress bool) (w io.Writer, close func()) {
	h := c.w.Header()
	if contentType != "" {
		h.Set("Content-Type", contentType)
	} else {
		h["Content-Type"] = nil
	}
	w = c.w
	closers := []func(){}
	if compress && !c.s.noGzip && strings.Contains(c.log.AcceptEncoding, "gzip") {
		h.Set("Content-Encoding", "gzip")
		h.Set("Vary", "Accept-Encoding")
		z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		closers = append(closers, func() { _ = z.Close() })
		w = z
	}
	c.w.WriteHeader(status)
	if c.q[Latin1] {
		w = encoding.HTMLEscapeUnsupported(charmap.ISO8859_1.NewEncoder()).Writer(w)
	}
	return w, func() {
		for _, f := range closers {
			f()
		}
	}
}

// keyOf gives the decoded path of an href as a client may spell it.
func keyOf(href string) (string, bool) {
	if i := strings.Index(href, "://"); i >= 0 {
		j := strings.IndexByte(href[i+3:], '/')
		if j < 0 {
			return "/", true
		}
		href = href[i+3+j:]
	}
	p, err := url.PathUnescape(href)
	return p, err == nil
}

// escape writes text into XML in the given style. Bytes that XML does not
// allow go out as they are: that is what servers do, and a client must live
// with it.
func escape(w *bytes.Buffer, b []byte, style DataStyle) {
	if style == CDATA {
		w.WriteString("<![CDATA[")
		w.Write(bytes.ReplaceAll(b, []byte("]]>"), []byte("]]]]><![CDATA[>")))
		w.WriteString("]]>")
		return
	}
	from := 0
	for i, ch := range b {
		var rep string
		switch ch {
		case '&':
			rep = "&amp;"
		case '<':
			rep = "&lt;"
		case '>':
			rep = "&gt;"
		case '\r':
			if style != CharRefs {
				continue
			}
			rep = "&#13;"
		default:
			continue
		}
		w.Write(b[from:i])
		w.WriteString(rep)
		from = i + 1
	}
	w.Write(b[from:])
}
