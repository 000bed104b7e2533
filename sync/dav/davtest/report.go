package davtest

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sidekeep/sync/pim"
)

func (c *call) report(t target) {
	switch {
	case t.place == nowhere:
		c.fail(http.StatusNotFound, "")
		return
	case t.place != atCollection || c.xml == nil:
		c.fail(http.StatusForbidden, "<D:supported-report/>")
		return
	case c.q[ETagRequired] && !slices.ContainsFunc(c.props(), func(p xml.Name) bool { return p.Local == "getetag" }):
		c.fail(http.StatusInternalServerError, "")
		return
	}
	c.s.mu.RLock()
	special := t.col.special
	c.s.mu.RUnlock()
	if special != "" {
		c.fail(http.StatusForbidden, "")
		return
	}
	contacts := t.col.kind == pim.Contacts
	switch name := c.log.Report; {
	case name == "sync-collection":
		c.syncCollection(t.col)
	case name == "addressbook-multiget" && contacts, name == "calendar-multiget" && !contacts:
		c.multiget(t.col)
	case name == "addressbook-query" && contacts, name == "calendar-query" && !contacts:
		c.query(t.col)
	default:
		c.fail(http.StatusForbidden, "<D:supported-report/>")
	}
}

// syncCollection is RFC 6578.
func (c *call) syncCollection(col *Collection) {
	token := ""
	if n := c.xml.kid("sync-token"); n != nil {
		token = strings.TrimSpace(n.Text)
	}
	if c.syncRefused(token) || c.spoiled() {
		return
	}
	changes, next, more, ok := c.page(col, token)
	if !ok {
		if c.q[TokenError500] {
			c.fail(http.StatusInternalServerError, "")
			return
		}
		c.fail(http.StatusForbidden, "<D:valid-sync-token/>")
		return
	}
	m := c.multistatus()
	m.truncate()
	props := c.props()
	if c.q[SelfInSync] {
		m.collection(col, props)
	}
	if !(c.q[EmptyTokenSelfOnly] && token == "") {
		m.changes(col, changes, props)
	}
	if c.q[UnrelatedDeletions] && token != "" {
		for i, o := range col.snapshot() {
			if i%2 == 0 {
				m.gone(c.hrefOf(col, o.name, inListing), http.StatusNotFound)
			}
		}
	}
	if more {
		m.full(col)
	}
	m.end(next)
}

// page takes what changed since token, as much as one answer may hold.
func (c *call) page(col *Collection, token string) (changes []change, next string, more, ok bool) {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	seq := uint64(0)
	if token != "" {
		if seq, ok = col.parseToken(token); !ok {
			return nil, "", false, false
		}
	}
	changes = col.since(seq)
	limit := c.s.limit
	if c.q[PagedSync] && limit == 0 {
		limit = 5
	}
	if l := c.xml.kid("limit").kid("nresults"); l != nil {
		if n, err := strconv.Atoi(strings.TrimSpace(l.Text)); err == nil && n > 0 && (limit == 0 || n < limit) {
			limit = n
		}
	}
	next = col.token(col.seq)
	if limit > 0 && len(changes) > limit {
		changes, more = changes[:limit], true
		next = col.token(changes[limit-1].seq)
	}
	return changes, next, more, true
}

func (m *multistatus) changes(col *Collection, changes []change, props []xml.Name) {
	code := http.StatusOK
	if m.c.q[CreatedInSync] {
		code = http.StatusCreated
	}
	for _, ch := range changes {
		href := m.c.hrefOf(col, ch.name, inListing)
		switch {
		case ch.o != nil:
			m.object(col, href, ch.o, props, code)
		case m.c.q[GoneInSync]:
			m.gone(href, http.StatusGone)
		default:
			m.gone(href, http.StatusNotFound)
		}
		if m.c.q[DuplicateEntries] && ch.o != nil {
			m.object(col, href, ch.o, props, code)
		}
	}
}

// full says that there is more: RFC 6578 section 3.6.
func (m *multistatus) full(col *Collection) {
	m.b.WriteString("<" + m.dav + "response>")
	m.href(escapePath(col.Path()))
	m.status(http.StatusInsufficientStorage)
	m.b.WriteString("<" + m.dav + "error><" + m.dav + "number-of-matches-within-limits/></" + m.dav + "error>")
	m.b.WriteString("</" + m.dav + "response>\n")
	m.flush(false)
}

// multiget is RFC 4791 section 7.9 and RFC 6352 section 8.7.
func (c *call) multiget(col *Collection) {
	var hrefs []string
	for _, k := range c.xml.Kids {
		if k.XMLName.Local == "href" {
			hrefs = append(hrefs, strings.TrimSpace(k.Text))
		}
	}
	objects := make([]*object, len(hrefs))
	dead := false
	for i, h := range hrefs {
		objects[i] = c.lookup(col, h)
		dead = dead || objects[i] == nil
	}
	if c.multigetRefused(hrefs, dead) {
		return
	}
	if c.q[SlowMultiget] {
		c.wait(time.Duration(len(hrefs)*len(hrefs)) * 20 * time.Microsecond)
	}
	m := c.multistatus()
	props := c.props()
	for i, h := range hrefs {
		o := objects[i]
		switch {
		case c.q[MultigetOmits] && i%4 == 3:
		case o == nil:
			m.gone(h, http.StatusNotFound)
		default:
			m.object(col, c.hrefOf(col, o.name, inData), o, props, http.StatusOK)
			if c.q[DuplicateEntries] {
				m.object(col, c.hrefOf(col, o.name, inData), o, props, http.StatusOK)
			}
		}
	}
	if c.q[EmptyHrefs] {
		m.response("", props, http.StatusNotFound, func(xml.Name) bool { return false })
	}
	if c.q[UnsolicitedEntries] {
		for _, o := range col.snapshot()[:min(1, col.Len())] {
			m.object(col, c.hrefOf(col, o.name, inData), o, props, http.StatusOK)
		}
	}
	m.end("")
}

// lookup finds an object by an href of the client's spelling.
func (c *call) lookup(col *Collection, href string) *object {
	key, ok := keyOf(href)
	name, in := strings.CutPrefix(key, col.Path())
	if !ok || !in || !c.accepted(col, href, name) {
		return nil
	}
	t := c.s.find(key)
	if t.o == nil || t.o.ghost {
		return nil
	}
	return t.o
}

// query answers an addressbook-query or calendar-query. Of filters it knows
// one, the version of a card; with any other it answers as if it had none.
func (c *call) query(col *Collection) {
	if c.q[NoQuery] {
		c.fail(http.StatusNotImplemented, "")
		return
	}
	if c.spoiled() {
		return
	}
	m := c.multistatus()
	m.truncate()
	props := c.props()
	version := c.versionFilter()
	for i, o := range col.snapshot() {
		if version != "" && !m.holds(o, []byte("\nVERSION:"+version)) {
			continue
		}
		if o.ghost || c.q[WindowedQuery] && i%2 == 1 || c.q[QueryHidesPast] && i < 4 {
			continue
		}
		m.object(col, c.hrefOf(col, o.name, inData), o, props, http.StatusOK)
	}
	m.end("")
}

// holds says whether an object's bytes have text in them.
func (m *multistatus) holds(o *object, text []byte) bool {
	body := o.bytes(m.data)
	if o.make != nil {
		m.data = body
	}
	return bytes.Contains(body, text)
}

// versionFilter is the text that a query wants VERSION to be (RFC 6352 section
// 10.5.1), or "".
func (c *call) versionFilter() string {
	if p := c.xml.kid("filter").kid("prop-filter"); p != nil {
		for _, a := range p.Attrs {
			if a.Name.Local == "name" && a.Value == "VERSION" {
				if m := p.kid("text-match"); m != nil {
					return m.Text
				}
			}
		}
	}
	return ""
}

// wants4 says whether the client takes vCard 4.0 where a server converts.
func (c *call) wants4() bool {
	if strings.Contains(c.r.Header.Get("Accept"), "4.0") {
		return true
	}
	d := c.xml.kid("prop").kid("address-data")
	if d == nil {
		return false
	}
	for _, a := range d.Attrs {
		if a.Name.Local == "version" && a.Value == "4.0" {
			return true
		}
	}
	return false
}

// served gives an object's bytes as this server serves them.
func (c *call) served(o *object, body []byte, wants4 bool) []byte {
	if c.q[ConvertsVCard4] && !wants4 {
		return bytes.Replace(body, []byte("VERSION:4.0"), []byte("VERSION:3.0"), 1)
	}
	return body
}

// wait pauses, but not longer than the client stays.
func (c *call) wait(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.r.Context().Done():
	}
}
