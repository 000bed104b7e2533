package davtest

import (
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"

	"sidekeep/sync/pim"
)

func dav(local string) xml.Name { return xml.Name{Space: nsDAV, Local: local} }

// the properties of an allprop request (RFC 4918 section 9.1).
var allProps = []xml.Name{dav("resourcetype"), dav("displayname"), dav("getetag"), dav("getcontenttype"), dav("getlastmodified")}

func (c *call) propfind(t target) {
	props := c.props()
	if props == nil {
		props = allProps
	}
	depth := c.log.Depth
	switch {
	case t.place == nowhere, t.place == atObject && (t.o == nil || t.o.ghost), c.q[NoPrincipal] && (t.place == atRoot || t.place == atPrincipal || t.place == atHome):
		c.fail(http.StatusNotFound, "")
		return
	case depth != "0" && depth != "1":
		c.fail(http.StatusForbidden, "<D:propfind-finite-depth/>")
		return
	}
	if t.place == atCollection && depth == "1" {
		c.listCollection(t.col, props)
		return
	}
	if c.q[CrossHost] && t.place == atHome && c.root() != c.s.OtherURL() {
		c.fail(http.StatusNotFound, "")
		return
	}
	m := c.multistatus()
	switch t.place {
	case atObject:
		m.object(t.col, c.hrefOf(t.col, t.o.name, inListing), t.o, props, http.StatusOK)
	case atCollection:
		m.collection(t.col, props)
	default:
		m.response(escapePath(t.path), props, http.StatusOK, func(p xml.Name) bool { return m.placeProp(t, p) })
		if depth == "1" {
			m.children(t, props)
		}
	}
	m.end("")
}

// placeProp gives a property of the root, the principal or a home-set.
func (m *multistatus) placeProp(t target, p xml.Name) bool {
	c := m.c
	switch p.Local {
	case "resourcetype":
		inner := "<" + m.dav + "collection/>"
		if t.place == atPrincipal {
			inner += "<" + m.dav + "principal/>"
		}
		return m.wrap(p, inner)
	case "displayname":
		return m.put(p, map[place]string{atRoot: "davtest", atPrincipal: "User", atHome: "Home"}[t.place])
	case "current-user-principal":
		c.s.mu.RLock()
		path, hidden := c.s.principalPath(), c.s.hidden && t.place == atHome
		c.s.mu.RUnlock()
		return !hidden && m.wrap(p, m.hrefXML(escapePath(path)))
	case "principal-URL":
		return t.place == atPrincipal && m.wrap(p, m.hrefXML(escapePath(t.path)))
	case "schedule-outbox-URL":
		return t.place == atPrincipal && (c.q[Mails] || c.q[MailsAnyway]) && m.wrap(p, m.hrefXML(escapePath(t.path)+"outbox/"))
	case "calendar-home-set":
		return t.place == atPrincipal && m.homeSet(p, pim.Calendar)
	case "addressbook-home-set":
		return t.place == atPrincipal && m.homeSet(p, pim.Contacts)
	}
	return false
}

func (m *multistatus) hrefXML(href string) string {
	return "<" + m.dav + "href>" + strings.ReplaceAll(href, "&", "&amp;") + "</" + m.dav + "href>"
}

func (m *multistatus) homeSet(p xml.Name, kind pim.Kind) bool {
	c := m.c
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	if c.q[NoHomeSet] {
		return false
	}
	inner := ""
	for _, h := range c.s.homes {
		if h.kind != kind {
			continue
		}
		path := escapePath(h.path)
		switch {
		case c.s.lost[LosePrincipal]:
			path = escapePath(c.s.othersHome(h))
		case c.q[CrossHost]:
			path = c.s.OtherURL() + path
		case c.q[ForeignHost]:
			path = strings.Replace(c.s.OtherURL(), "127.0.0.1", "localhost", 1) + path
		}
		inner += m.hrefXML(path)
	}
	return inner != "" && m.wrap(p, inner)
}

// othersHome is the home-set that the user has after LosePrincipal.
func (s *Server) othersHome(h home) string {
	return strings.Replace(h.path, "/"+s.who+"/", "/somebody-else/", 1)
}

// children lists what lies in a home-set, a principal or the root.
func (m *multistatus) children(t target, props []xml.Name) {
	c := m.c
	c.s.mu.RLock()
	cols := append([]*Collection(nil), c.s.order...)
	empty := c.s.lost[LoseHomeSet] || c.s.lost[LosePrincipal]
	c.s.mu.RUnlock()
	if c.q[ForbiddenChild] {
		m.gone(escapePath(t.path)+"someone-elses/", http.StatusForbidden)
	}
	if c.q[SchedulingBoxes] {
		m.special(t.path+"inbox/", "C:schedule-inbox", props)
		m.special(t.path+"outbox/", "C:schedule-outbox", props)
		m.special(t.path+"notifications/", "S:notification", props)
	}
	if c.q[TrashBin] {
		m.special(t.path+"trashbin/", "N:trash-bin", props)
	}
	if empty {
		return
	}
	for _, col := range cols {
		path := col.Path()
		parent := path[:strings.LastIndexByte(strings.TrimSuffix(path, "/"), '/')+1]
		if parent == t.path || t.place == atPrincipal && len(t.homes) > 0 {
			m.collection(col, props)
			if c.q[DuplicateEntries] {
				m.collection(col, props)
			}
		}
	}
}

// special lists a collection that holds no address data a mirror wants.
func (m *multistatus) special(path, typ string, props []xml.Name) {
	m.response(escapePath(path), props, http.StatusOK, func(p xml.Name) bool {
		switch p.Local {
		case "resourcetype":
			return m.wrap(p, "<"+m.dav+"collection/><"+typ+"/>")
		case "displayname":
			return m.put(p, "Not yours to mirror")
		}
		return false
	})
}

func (m *multistatus) collection(col *Collection, props []xml.Name) {
	href := escapePath(col.Path())
	switch {
	case m.c.q[SlashRedirect]:
		href = strings.TrimSuffix(href, "/")
	case m.c.q[AbsoluteHrefs]:
		href = m.c.root() + href
	}
	if status := col.refusal(); status != 0 {
		m.gone(href, status)
		return
	}
	m.response(href, props, http.StatusOK, func(p xml.Name) bool { return m.collectionProp(col, p) })
}

func (m *multistatus) collectionProp(col *Collection, p xml.Name) bool {
	c := m.c
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	switch p.Local {
	case "resourcetype":
		return m.wrap(p, m.resourceType(col))
	case "displayname":
		return col.name != "" && m.put(p, col.name)
	case "getctag":
		switch {
		case c.q[NoCTag]:
			return false
		case c.q[FlappingCTag]:
			return m.put(p, strconv.Itoa(c.log.N)+"-"+col.token(col.seq))
		}
		return m.put(p, strconv.Itoa(c.s.epoch)+"-"+strconv.FormatUint(col.seq, 10))
	case "sync-token":
		return !c.q[NoSync] && m.put(p, col.token(col.seq))
	case "supported-report-set":
		return !c.q[NoReportSet] && m.wrap(p, m.reportSet(col))
	case "current-user-privilege-set":
		inner := ""
		for _, v := range col.privileges {
			inner += "<" + m.dav + "privilege><" + m.dav + v + "/></" + m.dav + "privilege>"
		}
		return inner != "" && m.wrap(p, inner)
	case "current-user-principal":
		return !c.q[NoPrincipal] && !c.s.hidden && m.wrap(p, m.hrefXML(escapePath(c.s.principalPath())))
	case "max-resource-size":
		return c.s.write.maxSize > 0 && m.put(p, strconv.FormatInt(c.s.write.maxSize, 10))
	case "source":
		return col.source != "" && m.wrap(p, m.hrefXML(col.source))
	}
	if col.kind == pim.Contacts {
		return m.bookProp(col, p)
	}
	return m.calendarProp(col, p)
}

func (m *multistatus) bookProp(col *Collection, p xml.Name) bool {
	switch p.Local {
	case "addressbook-description":
		return col.description != "" && m.put(p, col.description)
	case "supported-address-data":
		return m.wrap(p, `<A:address-data-type content-type="text/vcard" version="3.0"/>`+
			`<A:address-data-type content-type="text/vcard" version="4.0"/>`)
	}
	return false
}

func (m *multistatus) calendarProp(col *Collection, p xml.Name) bool {
	switch p.Local {
	case "calendar-description":
		return col.description != "" && m.put(p, col.description)
	case "calendar-color":
		return col.color != "" && m.put(p, col.color)
	case "calendar-order":
		return m.put(p, strconv.Itoa(col.calOrder))
	case "supported-calendar-component-set":
		if m.c.q[NoComponentSet] || len(col.components) == 0 {
			return false
		}
		inner := ""
		for _, v := range col.components {
			inner += `<C:comp name="` + v + `"/>`
		}
		return m.wrap(p, inner)
	case "supported-calendar-data":
		return m.wrap(p, `<C:calendar-data content-type="text/calendar" version="2.0"/>`)
	}
	return false
}

func (m *multistatus) resourceType(col *Collection) string {
	inner := "<" + m.dav + "collection/>"
	switch {
	case col.special == "subscribed":
		return inner + "<S:subscribed/>"
	case col.kind == pim.Contacts:
		return inner + "<A:addressbook/>"
	case col.kind == "": // a plain folder
		return inner
	}
	return inner + "<C:calendar/>"
}

func (m *multistatus) reportSet(col *Collection) string {
	reports := []string{"C:calendar-multiget", "C:calendar-query"}
	if col.kind == pim.Contacts {
		reports = []string{"A:addressbook-multiget", "A:addressbook-query"}
	}
	if !m.c.q[NoSync] {
		reports = append(reports, m.dav+"sync-collection")
	}
	inner := ""
	for _, r := range reports {
		r = "<" + r + "/>"
		if !m.c.q[ReportSetWithoutReport] {
			r = "<" + m.dav + "report>" + r + "</" + m.dav + "report>"
		}
		inner += "<" + m.dav + "supported-report>" + r + "</" + m.dav + "supported-report>"
	}
	return inner
}

// listCollection is PROPFIND Depth 1 on a collection.
func (c *call) listCollection(col *Collection, props []xml.Name) {
	if c.spoiled() {
		return
	}
	m := c.multistatus()
	m.truncate()
	m.collection(col, props)
	if c.q[MissingHref] {
		m.response(noHref, props, http.StatusOK, func(xml.Name) bool { return false })
	}
	if c.q[UnsolicitedEntries] {
		m.folder(escapePath(col.Path())+"attachments/", props)
		m.response("/dav/elsewhere/stray"+col.ext(), props, http.StatusOK, func(p xml.Name) bool {
			return p.Local == "getetag" && m.put(p, `"stray"`)
		})
	}
	for _, o := range col.snapshot() {
		m.object(col, c.hrefOf(col, o.name, inListing), o, props, http.StatusOK)
		if c.q[DuplicateEntries] {
			m.object(col, c.hrefOf(col, o.name, inListing), o, props, http.StatusOK)
		}
		if c.q[OneHrefTwice] && o.seq%3 == 0 {
			twin := *o
			twin.etag = `"twin"`
			m.object(col, c.hrefOf(col, o.name, inListing), &twin, props, http.StatusOK)
		}
	}
	m.end("")
}

// folder lists a plain folder inside a collection.
func (m *multistatus) folder(href string, props []xml.Name) {
	m.response(href, props, http.StatusOK, func(p xml.Name) bool {
		return p.Local == "resourcetype" && m.wrap(p, "<"+m.dav+"collection/>")
	})
}
