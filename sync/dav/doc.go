// Package dav reads accounts over CardDAV (RFC 6352) and CalDAV (RFC 4791):
// it finds what a login has (Discover) and reads it (Client). The Client has no
// way to write. What puts things back is another type, the Writer, which mirrors
// nothing and overwrites nothing but the one state it was told.
//
// It is a layer of its own over net/http's transport because a mirror needs
// what general clients give up: the exact bytes of every object, hrefs, ETags
// and tokens as they stood on the wire, one bad object costing that object and
// not its batch, answers of any size in constant memory, and errors that say
// who is to wait how long for what.
//
// The password is sent with the first request and only to hosts the account
// has named: the host of the address that a person gave, the ones that its
// principal and home-sets are on as long as they share its registrable domain,
// and those that Options.Hosts lists. During discovery a redirect of a
// well-known address (RFC 6764 section 5) over TLS inside the registrable
// domain names a host too. No redirect and no href leads from https to http.
//
// Listings may come compressed; whatever carries objects (GET, multiget, query,
// sync-collection with data) is asked for as it is, Accept-Encoding: identity,
// on every host alike.
//
// Nothing is concluded from half an answer: listings are complete or an error.
package dav
