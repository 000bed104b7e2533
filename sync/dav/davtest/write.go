package davtest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"sidekeep/sync/pim"
)

func (c *call) get(t target) {
	switch {
	case t.place == atObject && t.o != nil && !t.o.ghost && c.accepted(t.col, c.raw, t.name):
	case t.place == nowhere || t.place == atObject:
		c.fail(http.StatusNotFound, "")
		return
	default:
		c.fail(http.StatusMethodNotAllowed, "")
		return
	}
	switch {
	case c.q[GetForbidden]:
		c.fail(http.StatusForbidden, "")
		return
	case c.q[PercentAt] && strings.Contains(c.raw, "%40"):
		c.fail(http.StatusBadRequest, "")
		return
	}
	body := c.served(t.o, t.o.bytes(nil), c.wants4())
	h := c.w.Header()
	tag, ok := c.etag(t.o)
	if ct := c.ctype(t.col, t.o); ct != "" {
		h.Set("Content-Type", ct)
	} else {
		h["Content-Type"] = nil
	}
	if !c.q[NoValidators] {
		h.Set("Last-Modified", t.o.modified().Format(http.TimeFormat))
	}
	if c.q[GzipETags] && strings.Contains(c.log.AcceptEncoding, "gzip") {
		// mod_deflate compresses objects too, and marks the ETag.
		tag = strings.TrimSuffix(tag, `"`) + `-gzip"`
		var z bytes.Buffer
		zw := gzip.NewWriter(&z)
		_, _ = zw.Write(body)
		_ = zw.Close()
		body = z.Bytes()
		h.Set("Content-Encoding", "gzip")
	}
	if ok {
		h.Set("ETag", tag)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(http.StatusOK)
	if c.r.Method == http.MethodGet {
		_, _ = c.w.Write(body)
	}
}

// precondition checks If-Match and If-None-Match (RFC 9110 section 13.1).
func (c *call) precondition(t target) bool {
	tag := ""
	if t.o != nil {
		tag, _ = c.etag(t.o)
	}
	if v := c.r.Header.Get("If-None-Match"); (v == "*" && t.o != nil || v != "" && v == tag) && !c.q[IgnoresIfNoneMatch] {
		return false
	}
	// A weak tag never matches: the comparison is a strong one (section 13.1.1).
	if v := c.r.Header.Get("If-Match"); v != "" && (t.o == nil || v != "*" && (v != tag || strings.HasPrefix(v, "W/"))) {
		return false
	}
	return true
}

func (c *call) put(t target) {
	switch {
	case t.place != atObject:
		c.fail(http.StatusConflict, "")
		return
	case c.log.Chunked && c.q[LengthRequired]:
		c.fail(http.StatusLengthRequired, "")
		return
	}
	c.s.mu.Lock()
	t.o = nil
	if i, ok := t.col.idx[t.name]; ok {
		t.o = t.col.list[i]
	}
	refused := refusal{}
	if c.precondition(t) {
		refused = c.refusePut(t)
	} else {
		refused.status = http.StatusPreconditionFailed
	}
	if refused.status != 0 || c.q[PutHTML] {
		c.s.mu.Unlock()
		c.refuse(refused)
		return
	}
	name := t.name
	if t.o == nil && (c.q[PutRenames] || c.q[PutLocation]) {
		name = c.newName() + t.col.ext()
	}
	body := c.kept(c.body, t.o)
	if t.o != nil {
		c.mailCancelled(t.o.bytes(nil), c.body)
	}
	o := t.col.put(&object{name: name, body: body, etag: etagOf(body)})
	c.mail(c.body)
	path := escapePath(t.col.path + name)
	c.s.mu.Unlock()
	if c.q[PutLocation] && name != t.name {
		c.w.Header().Set("Location", c.root()+path)
	}
	if tag, ok := c.etag(o); ok && !c.q[NoPutETag] && !c.q[PutRenames] {
		c.w.Header().Set("ETag", tag)
	}
	if t.o != nil {
		c.w.WriteHeader(http.StatusNoContent)
		return
	}
	c.w.WriteHeader(http.StatusCreated)
}

// refuse answers a PUT that is not stored.
func (c *call) refuse(r refusal) {
	switch {
	case r.status == 0:
		c.html(http.StatusOK)
	case r.status == http.StatusConflict && c.q[CollectionUIDs207]:
		m := c.multistatus()
		m.b.WriteString("<" + m.dav + "response>")
		m.href(c.raw)
		m.status(http.StatusPreconditionFailed)
		m.b.WriteString("<" + m.dav + "error>" + r.condition + "</" + m.dav + "error></" + m.dav + "response>")
		m.end("")
	default:
		c.fail(r.status, r.condition)
	}
}

func (c *call) del(t target) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	switch {
	case t.place == atCollection:
		c.s.drop(t.col)
	case t.place != atObject || t.o == nil:
		c.fail(http.StatusNotFound, "")
		return
	case !c.precondition(t):
		c.fail(http.StatusPreconditionFailed, "")
		return
	default:
		t.col.remove(t.name)
	}
	c.w.WriteHeader(http.StatusNoContent)
}

// mkcol is MKCALENDAR (RFC 4791 section 5.3.1) and extended MKCOL (RFC 5689).
func (c *call) mkcol(t target) {
	prop := c.xml.kid("set").kid("prop")
	if c.refuseMake(t, prop) {
		return
	}
	kind := pim.Calendar
	switch rt := prop.kid("resourcetype"); {
	case c.r.Method == "MKCALENDAR":
	case rt.kid("addressbook") != nil:
		kind = pim.Contacts
	case c.q[PlainMkcol]: // until PROPPATCH says what it is
		kind = ""
	case rt.kid("calendar") == nil:
		c.fail(http.StatusForbidden, "<D:valid-resourcetype/>")
		return
	}
	parent := c.path[:strings.LastIndexByte(strings.TrimSuffix(c.path, "/"), '/')+1]
	if c.s.find(parent).place != atHome {
		c.fail(http.StatusConflict, "")
		return
	}
	c.s.mu.Lock()
	col := c.s.add(kind, c.path, "")
	col.set(prop)
	if c.q[MakeNoName] {
		col.name = ""
	}
	c.s.mu.Unlock()
	c.w.WriteHeader(http.StatusCreated)
}

// refuseMake answers a MKCALENDAR or MKCOL that is not carried out.
func (c *call) refuseMake(t target, prop *node) bool {
	switch {
	case c.q[NoMake], c.q[NoMkcalendar] && c.r.Method == "MKCALENDAR":
		c.w.Header().Set("Allow", "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, REPORT")
		c.fail(http.StatusMethodNotAllowed, "")
	case t.place != nowhere && c.q[MakeTaken]:
		c.fail(http.StatusForbidden, "<D:resource-must-be-null/>")
	case t.place != nowhere:
		c.fail(http.StatusMethodNotAllowed, "")
	case c.q[PlainMkcol] && c.r.Method == "MKCOL" && len(c.body) > 0:
		c.fail(http.StatusUnsupportedMediaType, "")
	case c.q[MakeNoColor] && (prop.kid("calendar-color") != nil || prop.kid("addressbook-color") != nil):
		c.fail(http.StatusForbidden, "<D:cannot-modify-protected-property/>")
	default:
		return false
	}
	return true
}

// set takes the properties of a MKCOL, MKCALENDAR or PROPPATCH.
func (c *Collection) set(prop *node) {
	if prop == nil {
		return
	}
	for _, k := range prop.Kids {
		switch k.XMLName.Local {
		case "resourcetype":
			if c.kind == "" && k.kid("addressbook") != nil {
				c.kind = pim.Contacts
			}
		case "displayname":
			c.name = k.Text
		case "calendar-description", "addressbook-description":
			c.description = k.Text
		case "calendar-color":
			c.color = k.Text
		case "calendar-order":
			c.calOrder, _ = strconv.Atoi(k.Text)
		case "supported-calendar-component-set":
			c.components = nil
			for _, comp := range k.Kids {
				for _, a := range comp.Attrs {
					if a.Name.Local == "name" {
						c.components = append(c.components, a.Value)
					}
				}
			}
		}
	}
}

func (c *call) proppatch(t target) {
	if t.place != atCollection || c.xml == nil {
		c.fail(http.StatusForbidden, "")
		return
	}
	c.s.mu.Lock()
	for _, k := range c.xml.Kids {
		if k.XMLName.Local == "set" {
			t.col.set(k.kid("prop"))
		}
	}
	c.s.mu.Unlock()
	m := c.multistatus()
	m.response(escapePath(t.path), nil, http.StatusOK, nil)
	m.end("")
}

// String names the collection in a test's messages.
func (c *Collection) String() string { return fmt.Sprintf("%s %s", c.kind, c.Path()) }
