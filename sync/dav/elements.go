package dav

import "bytes"

// namespace is one of those we know; everything else is nsOther.
type namespace uint8

const (
	nsOther     namespace = iota
	nsDAV                 // RFC 4918
	nsCal                 // RFC 4791
	nsCard                // RFC 6352
	nsCS                  // CalendarServer extensions
	nsApple               // colour and order of calendars
	nsInfIT               // colour of address books
	nsNextcloud           // trash bins
)

var namespaces = map[string]namespace{
	"DAV:":                           nsDAV,
	"urn:ietf:params:xml:ns:caldav":  nsCal,
	"urn:ietf:params:xml:ns:carddav": nsCard,
	"http://calendarserver.org/ns/":  nsCS,
	"http://apple.com/ns/ical/":      nsApple,
	"http://inf-it.com/ns/ab/":       nsInfIT,
	"http://nextcloud.com/ns":        nsNextcloud,
}

// elem is an element we act on; local names that we only list have none.
type elem uint8

const (
	elOther elem = iota
	elMultistatus
	elResponse
	elHref
	elPropstat
	elProp
	elStatus
	elError
	elSyncToken
	elETag
	elModified
	elContentType
	elLength
	elData
	elResourceType
	elDisplayName
	elDescription
	elColor
	elOrder
	elComponents
	elReports
	elPrivileges
	elDataTypes
	elSource
	elCTag
	elPrincipal
	elPrincipalURL
	elCardHome
	elCalHome
	elUnauthenticated
	elMaxSize
	elOutbox
)

type qname struct {
	ns    namespace
	local string
}

var elements = map[qname]elem{
	{nsDAV, "multistatus"}:                      elMultistatus,
	{nsDAV, "response"}:                         elResponse,
	{nsDAV, "href"}:                             elHref,
	{nsDAV, "propstat"}:                         elPropstat,
	{nsDAV, "prop"}:                             elProp,
	{nsDAV, "status"}:                           elStatus,
	{nsDAV, "error"}:                            elError,
	{nsDAV, "sync-token"}:                       elSyncToken,
	{nsDAV, "getetag"}:                          elETag,
	{nsDAV, "getlastmodified"}:                  elModified,
	{nsDAV, "getcontenttype"}:                   elContentType,
	{nsDAV, "getcontentlength"}:                 elLength,
	{nsCard, "address-data"}:                    elData,
	{nsCal, "calendar-data"}:                    elData,
	{nsDAV, "resourcetype"}:                     elResourceType,
	{nsDAV, "displayname"}:                      elDisplayName,
	{nsCard, "addressbook-description"}:         elDescription,
	{nsCal, "calendar-description"}:             elDescription,
	{nsApple, "calendar-color"}:                 elColor,
	{nsInfIT, "addressbook-color"}:              elColor,
	{nsApple, "calendar-order"}:                 elOrder,
	{nsCal, "supported-calendar-component-set"}: elComponents,
	{nsDAV, "supported-report-set"}:             elReports,
	{nsDAV, "current-user-privilege-set"}:       elPrivileges,
	{nsCard, "supported-address-data"}:          elDataTypes,
	{nsCal, "supported-calendar-data"}:          elDataTypes,
	{nsCS, "source"}:                            elSource,
	{nsCS, "getctag"}:                           elCTag,
	{nsDAV, "current-user-principal"}:           elPrincipal,
	{nsDAV, "principal-URL"}:                    elPrincipalURL,
	{nsCard, "addressbook-home-set"}:            elCardHome,
	{nsCal, "calendar-home-set"}:                elCalHome,
	{nsDAV, "unauthenticated"}:                  elUnauthenticated,
	{nsCal, "max-resource-size"}:                elMaxSize,
	{nsCard, "max-resource-size"}:               elMaxSize,
	{nsCal, "schedule-outbox-URL"}:              elOutbox,
}

// nsScope is the namespace bindings in force (Namespaces in XML 1.0).
type nsScope struct {
	bound []binding
	cache map[string]resolved // by name as written; valid for the bindings in force
}

type binding struct {
	depth  int
	prefix string
	ns     namespace
}

type resolved struct {
	ns namespace
	el elem
}

func (n *nsScope) open(depth int, attrs []byte) {
	if !bytes.Contains(attrs, []byte("xmlns")) {
		return
	}
	eachAttr(attrs, func(name, value []byte) {
		prefix, local := splitName(name)
		switch {
		case string(prefix) == "xmlns":
			prefix = local
		case prefix == nil && string(local) == "xmlns":
		default:
			return
		}
		if len(n.bound) > maxBindings {
			return // the scanner gives up
		}
		uri, _ := decodeText(nil, value[:min(len(value), maxName)]) // no longer one is ours
		n.bound = append(n.bound, binding{depth, string(prefix), namespaces[string(uri)]})
		clear(n.cache)
	})
}

func (n *nsScope) close(depth int) {
	for len(n.bound) > 0 && n.bound[len(n.bound)-1].depth >= depth {
		n.bound = n.bound[:len(n.bound)-1]
		clear(n.cache)
	}
}

func (n *nsScope) lookup(name []byte) resolved {
	if r, ok := n.cache[string(name)]; ok {
		return r
	}
	prefix, local := splitName(name)
	var r resolved
	for i := len(n.bound) - 1; i >= 0; i-- {
		if n.bound[i].prefix == string(prefix) {
			r.ns = n.bound[i].ns
			break
		}
	}
	r.el = elements[qname{r.ns, string(local)}]
	if n.cache == nil {
		n.cache = map[string]resolved{}
	}
	if len(n.cache) < 1000 && len(name) <= maxName {
		n.cache[string(name)] = r
	}
	return r
}

func (n *nsScope) resolve(name []byte) elem { return n.lookup(name).el }
