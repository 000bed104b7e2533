package dav

import (
	"encoding/xml"
	"strings"

	"sidekeep/sync/pim"
)

// What we ask for, in XML. Every request asks for getetag: some servers answer
// a report without it with status 500.

const xmlHead = `<?xml version="1.0" encoding="utf-8"?>` + "\n"

const allNamespaces = ` xmlns:D="DAV:" xmlns:L="urn:ietf:params:xml:ns:caldav" xmlns:R="urn:ietf:params:xml:ns:carddav"` +
	` xmlns:S="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/" xmlns:I="http://inf-it.com/ns/ab/"`

// principalBody asks where an account's collections are (RFC 5397 section 3,
// RFC 4791 section 6.2.1, RFC 6352 section 7.1.1).
var principalBody = []byte(xmlHead + `<D:propfind` + allNamespaces + `><D:prop>` +
	`<D:current-user-principal/><D:principal-URL/><D:resourcetype/>` +
	`<R:addressbook-home-set/><L:calendar-home-set/>` +
	`</D:prop></D:propfind>`)

// collectionsBody asks for everything Collections gives.
var collectionsBody = []byte(xmlHead + `<D:propfind` + allNamespaces + `><D:prop>` +
	`<D:resourcetype/><D:displayname/><S:getctag/><D:sync-token/>` +
	`<R:addressbook-description/><L:calendar-description/>` +
	`<A:calendar-color/><I:addressbook-color/><A:calendar-order/>` +
	`<L:supported-calendar-component-set/><D:supported-report-set/><D:current-user-privilege-set/>` +
	`<R:supported-address-data/><L:supported-calendar-data/><S:source/>` +
	`</D:prop></D:propfind>`)

// listBody asks for what List gives; the type tells sub-collections apart.
var listBody = []byte(xmlHead + `<D:propfind xmlns:D="DAV:"><D:prop>` +
	`<D:getetag/><D:getlastmodified/><D:getcontenttype/><D:getcontentlength/><D:resourcetype/>` +
	`</D:prop></D:propfind>`)

// dialect is what differs between address books and calendars.
type dialect struct {
	ns, data, multiget, query, filter string
}

var dialects = map[pim.Kind]dialect{
	pim.Contacts: {"urn:ietf:params:xml:ns:carddav", "address-data", "addressbook-multiget", "addressbook-query",
		`<X:filter/>`},
	pim.Calendar: {"urn:ietf:params:xml:ns:caldav", "calendar-data", "calendar-multiget", "calendar-query",
		`<X:filter><X:comp-filter name="VCALENDAR"/></X:filter>`},
}

func dialectOf(k pim.Kind) dialect {
	if d, ok := dialects[k]; ok {
		return d
	}
	return dialects[pim.Calendar]
}

// dataProp asks for an object's bytes; version is "4.0" or "".
func (d dialect) dataProp(version string) string {
	if version != "" {
		return `<X:` + d.data + ` content-type="text/vcard" version="` + version + `"/>`
	}
	return `<X:` + d.data + `/>`
}

// syncBody is RFC 6578 section 6.1; an empty token lists everything.
func (d dialect) syncBody(token pim.SyncToken, inline bool) []byte {
	var b strings.Builder
	b.WriteString(xmlHead + `<D:sync-collection xmlns:D="DAV:" xmlns:X="` + d.ns + `"><D:sync-token>`)
	escape(&b, string(token))
	b.WriteString(`</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/>`)
	if inline {
		b.WriteString(d.dataProp(""))
	}
	b.WriteString(`</D:prop></D:sync-collection>`)
	return []byte(b.String())
}

// multigetBody is RFC 4791 section 7.9 and RFC 6352 section 8.7. Hrefs go as
// they came, but paths only: some servers refuse absolute ones.
func (d dialect) multigetBody(hrefs []pim.Href, version string) []byte {
	var b strings.Builder
	b.WriteString(xmlHead + `<X:` + d.multiget + ` xmlns:D="DAV:" xmlns:X="` + d.ns + `"><D:prop><D:getetag/>` +
		d.dataProp(version) + `</D:prop>`)
	for _, h := range hrefs {
		b.WriteString(`<D:href>`)
		escape(&b, pathOnly(h))
		b.WriteString(`</D:href>`)
	}
	b.WriteString(`</X:` + d.multiget + `>`)
	return []byte(b.String())
}

// queryBody is RFC 4791 section 7.8 and RFC 6352 section 8.6, without a
// condition.
func (d dialect) queryBody() []byte {
	return []byte(xmlHead + `<X:` + d.query + ` xmlns:D="DAV:" xmlns:X="` + d.ns + `"><D:prop><D:getetag/>` +
		d.dataProp("") + `</D:prop>` + d.filter + `</X:` + d.query + `>`)
}

// versionBody asks which cards are stored as vCard 4.0 (RFC 6352 section
// 10.5.1).
var versionBody = []byte(xmlHead + `<X:addressbook-query xmlns:D="DAV:" xmlns:X="urn:ietf:params:xml:ns:carddav">` +
	`<D:prop><D:getetag/></D:prop><X:filter><X:prop-filter name="VERSION">` +
	`<X:text-match match-type="equals">4.0</X:text-match></X:prop-filter></X:filter></X:addressbook-query>`)

func escape(b *strings.Builder, s string) {
	_ = xml.EscapeText(b, []byte(s)) // a Builder never fails
}

// pathOnly leaves out scheme and host.
func pathOnly(h pim.Href) string {
	if p, err := parsePlace(string(h)); err == nil {
		return p.path
	}
	return string(h)
}
