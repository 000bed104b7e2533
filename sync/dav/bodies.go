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
var collectionsBody = []byte(xmlHead + `<D:propfind` + allNamespaces + `><D:prop>` + collectionProps + `</D:prop></D:propfind>`)

// termsBody asks for what Preflight needs besides (RFC 4791 section 5.2.5, RFC 6352
// section 6.2.3).
var termsBody = []byte(xmlHead + `<D:propfind` + allNamespaces + `><D:prop>` + collectionProps +
	`<L:max-resource-size/><R:max-resource-size/></D:prop></D:propfind>`)

// outboxBody asks a principal whether it can send invitations (RFC 6638 section 2.1.1).
var outboxBody = []byte(xmlHead + `<D:propfind` + allNamespaces + `><D:prop><L:schedule-outbox-URL/></D:prop></D:propfind>`)

const collectionProps = `<D:resourcetype/><D:displayname/><S:getctag/><D:sync-token/>` +
	`<R:addressbook-description/><L:calendar-description/>` +
	`<A:calendar-color/><I:addressbook-color/><A:calendar-order/>` +
	`<L:supported-calendar-component-set/><D:supported-report-set/><D:current-user-privilege-set/>` +
	`<R:supported-address-data/><L:supported-calendar-data/><S:source/><D:current-user-principal/>`

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

// Questions about versions look at what is stored (RFC 6352 section 10.5.1).
const (
	v4Only   = `<X:prop-filter name="VERSION"><X:text-match match-type="equals">4.0</X:text-match></X:prop-filter>`
	v4Others = `<X:prop-filter name="VERSION"><X:text-match negate-condition="yes" match-type="equals">4.0</X:text-match></X:prop-filter>`
)

var (
	// v4ProbeBody asks for one 4.0 card (section 8.6.1), as nothing in particular.
	v4ProbeBody = cardQuery(cards.dataProp(""), `<X:filter>`+v4Only+`</X:filter><X:limit><X:nresults>1</X:nresults></X:limit>`)
	// v4NamesBody asks which cards are 4.0.
	v4NamesBody = cardQuery("", `<X:filter>`+v4Only+`</X:filter>`)
	// v4DataBody asks for them, v4OthersBody for all the others.
	v4DataBody   = cardQuery(cards.dataProp("4.0"), `<X:filter>`+v4Only+`</X:filter>`)
	v4OthersBody = cardQuery(cards.dataProp(""), `<X:filter>`+v4Others+`</X:filter>`)
)

var cards = dialects[pim.Contacts]

// v4UIDBody asks for those of some cards that are 4.0. The order of the
// conditions matters to the time it takes.
func v4UIDBody(uids []string) []byte {
	var b strings.Builder
	b.WriteString(`<X:filter test="allof">` + v4Only + `<X:prop-filter name="UID" test="anyof">`)
	for _, u := range uids {
		b.WriteString(`<X:text-match match-type="equals">`)
		escape(&b, u)
		b.WriteString(`</X:text-match>`)
	}
	b.WriteString(`</X:prop-filter></X:filter>`)
	return cardQuery(cards.dataProp("4.0"), b.String())
}

func cardQuery(data, filter string) []byte {
	return []byte(xmlHead + `<X:` + cards.query + ` xmlns:D="DAV:" xmlns:X="` + cards.ns + `"><D:prop><D:getetag/>` +
		data + `</D:prop>` + filter + `</X:` + cards.query + `>`)
}

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
