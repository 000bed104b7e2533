package davtest

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"sidekeep/sync/pim"
)

// multistatus streams a 207 answer (RFC 4918 section 13). It gathers about
// 32 KB before it writes, whole responses only, so an answer of any length
// takes little memory.
type multistatus struct {
	c       *call
	w       io.Writer
	close   func()
	b       bytes.Buffer
	data    []byte // scratch for generated bodies
	sent    int
	dav     string // prefix with colon for DAV:
	style   DataStyle
	limit   int // stop after so many bytes (a truncated document), 0: never
	stopped bool
}

const flushAt = 32 << 10

func (c *call) multistatus() *multistatus {
	m := &multistatus{c: c, dav: "D:"}
	c.s.mu.RLock()
	m.style = c.s.style
	c.s.mu.RUnlock()
	if c.q[DefaultNamespace] {
		m.dav = ""
	}
	m.w, m.close = c.out(http.StatusMultiStatus, c.xmlType(), !c.q[GzipBomb])
	m.b.WriteString(c.xmlHead())
	ns := "xmlns:D"
	if m.dav == "" {
		ns = "xmlns"
	}
	m.b.WriteString("<" + m.dav + "multistatus " + ns + `="DAV:" xmlns:C="` + nsCal + `" xmlns:A="` + nsCard +
		`" xmlns:S="` + nsServer + `" xmlns:I="` + nsApple + `" xmlns:N="http://nextcloud.com/ns">` + "\n")
	return m
}

// xmlType is the content type of XML answers.
func (c *call) xmlType() string {
	switch {
	case c.q[WrongContentType]:
		return "text/html; charset=utf-8"
	case c.q[NoContentType]:
		return ""
	case c.q[Latin1]:
		return "application/xml; charset=iso-8859-1"
	case c.q[CharsetUTF8NoDash]:
		return "text/xml; charset=UTF8"
	}
	return "application/xml; charset=utf-8"
}

func (c *call) xmlHead() string {
	switch {
	case c.q[Latin1]:
		return `<?xml version="1.0" encoding="ISO-8859-1"?>` + "\n"
	case c.q[CharsetUTF8NoDash]:
		return `<?xml version="1.0" encoding="UTF8"?>` + "\n"
	case c.q[XML11]:
		return `<?xml version="1.1" encoding="utf-8"?>` + "\n"
	case c.q[ByteOrderMark]:
		return "\ufeff" + `<?xml version="1.0" encoding="utf-8"?>` + "\n"
	case c.q[LeadingNewline]:
		return "\r\n\n" + `<?xml version="1.0" encoding="utf-8"?>` + "\n"
	}
	return `<?xml version="1.0" encoding="utf-8"?>` + "\n"
}

func (m *multistatus) text(s string) {
	escape(&m.b, []byte(s), Literal)
}

// status line of HTTP inside XML.
func (m *multistatus) status(code int) {
	m.b.WriteString("<" + m.dav + "status>HTTP/1.1 " + strconv.Itoa(code))
	if !m.c.q[StatusWithoutReason] {
		m.b.WriteString(" " + http.StatusText(code))
	}
	m.b.WriteString("</" + m.dav + "status>")
}

func (m *multistatus) href(href string) {
	m.b.WriteString("<" + m.dav + "href>")
	m.text(href)
	m.b.WriteString("</" + m.dav + "href>")
}

// gone writes a response that is only a status.
func (m *multistatus) gone(href string, code int) {
	m.b.WriteString("<" + m.dav + "response>")
	m.href(href)
	m.status(code)
	m.b.WriteString("</" + m.dav + "response>\n")
	m.flush(false)
}

// response writes href and the properties that value knows; the others stand
// in a propstat of 404. code is 200, or 201 for a quirk.
func (m *multistatus) response(href string, props []xml.Name, code int, value func(xml.Name) bool) {
	d := m.dav
	m.b.WriteString("<" + d + "response>")
	if href != noHref {
		m.href(href)
	}
	if code == http.StatusCreated {
		m.status(code)
	}
	m.b.WriteString("<" + d + "propstat><" + d + "prop>")
	var missing []xml.Name
	for _, p := range props {
		if !value(p) {
			missing = append(missing, p)
		}
	}
	m.b.WriteString("</" + d + "prop>")
	if !m.c.q[PropstatWithoutStatus] {
		m.status(code)
	}
	m.b.WriteString("</" + d + "propstat>")
	if len(missing) > 0 && !m.c.q[PropstatWithoutStatus] {
		m.b.WriteString("<" + d + "propstat><" + d + "prop>")
		for _, p := range missing {
			m.b.WriteString("<")
			m.name(p)
			m.b.WriteString("/>")
		}
		m.b.WriteString("</" + d + "prop>")
		m.status(http.StatusNotFound)
		m.b.WriteString("</" + d + "propstat>")
	}
	m.b.WriteString("</" + d + "response>\n")
	m.flush(false)
}

const noHref = "\x00"

// name writes an element name with the prefix of its namespace.
func (m *multistatus) name(p xml.Name) {
	switch p.Space {
	case nsDAV:
		m.b.WriteString(m.dav + p.Local)
	case nsCal:
		m.b.WriteString("C:" + p.Local)
	case nsCard:
		m.b.WriteString("A:" + p.Local)
	case nsServer:
		m.b.WriteString("S:" + p.Local)
	case nsApple:
		m.b.WriteString("I:" + p.Local)
	default:
		m.b.WriteString("x:" + p.Local + ` xmlns:x="`)
		m.text(p.Space)
		m.b.WriteString(`"`)
	}
}

// wrap writes an element; inner is XML.
func (m *multistatus) wrap(p xml.Name, inner string) bool {
	m.b.WriteString("<")
	m.name(p)
	m.b.WriteString(">")
	m.b.WriteString(inner)
	m.closeTag(p)
	return true
}

// put writes an element that holds text.
func (m *multistatus) put(p xml.Name, text string) bool {
	m.b.WriteString("<")
	m.name(p)
	m.b.WriteString(">")
	m.text(text)
	m.closeTag(p)
	return true
}

func (m *multistatus) closeTag(p xml.Name) {
	m.b.WriteString("</")
	switch p.Space {
	case nsDAV, nsCal, nsCard, nsServer, nsApple:
		m.name(p)
	default:
		m.b.WriteString("x:" + p.Local)
	}
	m.b.WriteString(">")
}

func (m *multistatus) flush(all bool) {
	if m.stopped {
		m.b.Reset()
		return
	}
	if m.limit > 0 && m.sent+m.b.Len() > m.limit {
		m.b.Truncate(max(0, m.limit-m.sent))
		_, _ = m.w.Write(m.b.Bytes())
		m.b.Reset()
		m.stopped = true
		return
	}
	if !all && m.b.Len() < flushAt {
		return
	}
	n, err := m.w.Write(m.b.Bytes())
	m.sent += n
	m.b.Reset()
	if err != nil {
		m.stopped = true
	}
}

// end closes the document; a token stands last, as RFC 6578 has it.
func (m *multistatus) end(token string) {
	if token != "" {
		m.put(xml.Name{Space: nsDAV, Local: "sync-token"}, token)
	}
	m.b.WriteString("</" + m.dav + "multistatus>\n")
	m.flush(true)
	m.close()
}

// object writes an object's entry. data asks for its bytes where the
// properties name them.
func (m *multistatus) object(col *Collection, href string, o *object, props []xml.Name, code int) {
	m.response(href, props, code, func(p xml.Name) bool { return m.objectProp(col, o, p) })
}

func (m *multistatus) objectProp(col *Collection, o *object, p xml.Name) bool {
	q := m.c.q
	switch p.Local {
	case "getetag":
		tag, ok := m.c.etag(o)
		return ok && m.put(p, tag)
	case "getlastmodified":
		return !q[NoValidators] && m.put(p, o.modified().Format(http.TimeFormat))
	case "getcontenttype":
		return m.put(p, m.c.ctype(col, o))
	case "getcontentlength":
		body := o.bytes(m.data)
		if o.make != nil { // else it is the object's own
			m.data = body
		}
		return m.put(p, strconv.Itoa(len(body)))
	case "resourcetype":
		return !q[NoResourceType] && m.wrap(p, "")
	case "address-data", "calendar-data":
		if (p.Local == "address-data") != (col.kind == pim.Contacts) {
			return false
		}
		m.b.WriteString("<")
		m.name(p)
		m.b.WriteString(">")
		body := o.bytes(m.data)
		if o.make != nil {
			m.data = body
		}
		escape(&m.b, m.c.served(o, body, m.c.wants4()), m.style)
		m.closeTag(p)
		return true
	}
	return false
}

// etag spells an object's ETag as the quirks have it.
func (c *call) etag(o *object) (string, bool) {
	switch {
	case c.q[NoETags], c.q[NoValidators], c.q[SomeETags] && o.seq%2 == 0:
		return "", false
	case c.q[UnquotedETags]:
		return strings.Trim(o.etag, `"`), true
	case c.q[WeakETags]:
		return "W/" + o.etag, true
	case c.q[TimestampETags]:
		return `"` + o.modified().Format(time.RFC3339) + `"`, true
	case c.q[FlakyETags]:
		return `"` + strings.Trim(o.etag, `"`) + "-" + strconv.Itoa(c.log.N) + `"`, true
	}
	return o.etag, true
}

func (c *call) ctype(col *Collection, o *object) string {
	if o.ctype != "" {
		return o.ctype
	}
	if c.q[OddContentTypes] {
		odd := []string{"text/x-vcard", "text/directory; profile=vcard", "application/octet-stream", ""}
		if col.kind == pim.Calendar {
			odd = []string{"text/plain", "application/ics", "message/rfc822", ""}
		}
		return odd[int(o.seq)%len(odd)]
	}
	if col.kind == pim.Contacts {
		return "text/vcard; charset=utf-8"
	}
	return "text/calendar; charset=utf-8"
}
