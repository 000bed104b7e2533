package pim

import (
	"net/url"
	"path"
	"strings"
)

// Href is an object's address exactly as the server wrote it. It is sent back
// as it came; compare two of them by Key.
type Href string

// Key is the compare key of an href: the path only, percent-decoded once where
// it decodes, so that "/a/%40.vcf", "/a/@.vcf" and "https://host/a/@.vcf" are
// one. It is never sent to a server.
func (h Href) Key() string {
	s := string(h)
	if i := strings.Index(s, "://"); i > 0 {
		if j := strings.IndexByte(s[i+3:], '/'); j >= 0 {
			s = s[i+3+j:]
		} else {
			s = "/"
		}
	}
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

// Base is the last segment of the path, decoded, without a trailing slash.
func (h Href) Base() string {
	return path.Base(strings.TrimSuffix(h.Key(), "/"))
}

// ETag is an opaque validator, kept as on the wire: quotes, weakness and all.
// Compare with ==. The empty ETag never equals what was stored.
type ETag string

// Via says which road an object's bytes came by.
type Via string

// The roads.
const (
	ViaGet      Via = "get"      // single GET: the bytes are the server's own
	ViaMultiget Via = "multiget" // addressbook-multiget, calendar-multiget
	ViaQuery    Via = "query"    // unfiltered addressbook-query, calendar-query
	ViaSync     Via = "sync"     // inline data in sync-collection
)

// Object is what a server holds under one href: exact bytes.
type Object struct {
	Href        Href
	ETag        ETag
	ContentType string
	Body        []byte
	Via         Via
	// Altered says that the bytes could not be taken as they were on the wire
	// (a control character or a wrong charset inside XML had to be repaired).
	Altered bool
}

// Entry is one line of a listing.
type Entry struct {
	Href        Href
	ETag        ETag   // may be empty: some servers have none
	Modified    string // getlastmodified as on the wire; stands in for an ETag
	ContentType string
	Size        int64 // getcontentlength; -1 unknown
}

// Change is one line of a sync-collection answer (RFC 6578 section 3.5).
type Change struct {
	Entry
	Removed bool
	Object  *Object // inline data, if it was asked for and came
}

// Page ends one answer of sync-collection.
type Page struct {
	Token SyncToken // position after this page
	More  bool      // 507: ask again from Token
}

// Fetched is one object, or why it could not be had. Href is always set, and
// is spelled as it was asked for where the object was asked for by name.
type Fetched struct {
	Href   Href
	Object Object
	Err    error
}

// Traffic counts what a client did on the wire.
type Traffic struct {
	Requests      int64
	BytesReceived int64 // bodies, as received (compressed where they were)
}
