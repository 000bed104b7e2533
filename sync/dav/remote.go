package dav

import (
	"context"
	"errors"
	"hash/maphash"
	"io"
	"strings"

	"sidekeep/sync/pim"
)

// read sends a request and calls each for every response of its multistatus.
// It is nil only when the answer was read to its end tag. delivered says that
// each was called.
func (c *Client) read(ctx context.Context, r request, each func(from place, resp *response) error) (
	token pim.SyncToken, delivered bool, err error) {
	a, err := c.do(ctx, r)
	if err != nil {
		return "", false, err
	}
	defer a.close()
	m, err := readMultistatus(a.body, a.header.Get("Content-Type"), c.o.MaxObject)
	if err != nil {
		return "", false, c.unreadable(ctx, r, a, err)
	}
	for n := 1; ; n++ {
		resp, err := m.next()
		if err == io.EOF {
			a.whole = true
			return m.token, delivered, nil
		}
		if err != nil {
			return "", delivered, c.unreadable(ctx, r, a, describeXML(err, m.s.offset()))
		}
		if n > c.maxResponses {
			return "", delivered, c.unreadable(ctx, r, a, errTooLong)
		}
		if err := each(a.from, resp); err != nil {
			return "", true, err
		}
		delivered = true
	}
}

// collection is the place of a collection, and why it has none.
func (c *Client) collection(op, url string) (place, error) {
	p, err := parsePlace(url)
	if err != nil {
		return p, &pim.Error{Fault: pim.Invalid, Op: op, Where: shownAddress(url), Err: err}
	}
	return p, nil
}

// member gives an href as it is kept: as on the wire, but a relative one as the
// path it means. It is "" for what names nothing.
func member(from place, href string) pim.Href {
	low := strings.ToLower(href)
	if href == "" || href[0] == '/' || strings.HasPrefix(low, "http://") || strings.HasPrefix(low, "https://") {
		return pim.Href(href)
	}
	p, err := from.follow(href)
	if err != nil {
		return ""
	}
	return pim.Href(p.path)
}

// seen remembers hrefs by a hash of their key: a hundred thousand of them must
// not cost more than a few megabytes.
type seen struct {
	seed maphash.Seed
	m    map[uint64]struct{}
}

func newSeen() *seen { return &seen{maphash.MakeSeed(), map[uint64]struct{}{}} }

// has says whether the href was added. A nil one has none.
func (s *seen) has(h pim.Href) bool {
	if s == nil {
		return false
	}
	_, ok := s.m[maphash.String(s.seed, h.Key())]
	return ok
}

// add says whether the href is new.
func (s *seen) add(h pim.Href) bool {
	n := maphash.String(s.seed, h.Key())
	if _, ok := s.m[n]; ok {
		return false
	}
	s.m[n] = struct{}{}
	return true
}

// selfError is what a collection says about itself inside an answer, where that
// is no success.
func selfError(r request, resp *response) error {
	if resp.status < 400 {
		return nil
	}
	se := &statusError{status: resp.status, names: resp.errs.names}
	return &pim.Error{Fault: faultOf(se), Op: r.op, Where: r.to.shown(), Status: resp.status, Err: se}
}

// List enumerates a collection by PROPFIND Depth 1 (RFC 4918 section 9.1).
// Sub-collections are left out. nil means that the listing is complete.
func (c *Client) List(ctx context.Context, col pim.Collection, each func(pim.Entry) error) error {
	const op = "list"
	at, err := c.collection(op, col.URL)
	if err != nil {
		return err
	}
	r := request{op: op, method: "PROPFIND", to: at, depth: "1", body: listBody, gzip: true}
	return c.retrying(ctx, func() (bool, error) {
		known, total, handed := newSeen(), 0, false
		_, _, err := c.read(ctx, r, func(from place, resp *response) error {
			total++
			if sameKey(resp.href, from.path) || sameKey(resp.href, at.path) {
				return selfError(r, resp)
			}
			h := member(from, resp.href)
			if h == "" || strings.HasSuffix(string(h), "/") || resp.props.has(elResourceType, nsDAV, "collection") || !known.add(h) {
				return nil
			}
			handed = true
			return each(entry(h, resp))
		})
		if err == nil && total == 0 {
			err = &pim.Error{Fault: pim.Protocol, Op: op, Where: at.shown(), Reason: "empty",
				Err: errors.New("the listing does not even name the collection itself")}
		}
		return handed, err
	})
}

func entry(h pim.Href, resp *response) pim.Entry {
	return pim.Entry{Href: h, ETag: pim.ETag(resp.props.etag), Modified: resp.props.modified,
		ContentType: resp.props.ctype, Size: resp.props.length}
}

// Changes is one page of sync-collection (RFC 6578 section 3). Removals are
// handed over last, and only when the page is complete.
//
// Data is asked for only where it comes as it is stored: not where vCard 4.0 is
// turned into 3.0, or may be.
//
// The Depth header is 0, as RFC 6578 section 3.2 has it, or 1 where a server is
// known to want that or refuses 0. A token that the server no longer knows has
// Reason "sync-token", whatever status it is told by: 400, 403 (but not with an
// empty DAV:error, which is a rate limit), 409, 410, 412 and, on one server,
// 500. Reason "unsupported" means that there is no such report here.
func (c *Client) Changes(ctx context.Context, col pim.Collection, token pim.SyncToken, inline bool,
	each func(pim.Change) error) (pim.Page, error) {
	const op = "list changes"
	at, err := c.collection(op, col.URL)
	if err != nil {
		return pim.Page{}, err
	}
	if b := c.book(col); inline && b != nil {
		way := b.known(c.o.Now())
		if token == "" { // otherwise it may be a few changes: these by name cost less than finding out
			if way, err = c.v4Way(ctx, b, at); err != nil {
				return pim.Page{}, err
			}
		}
		inline = way == v4Keeps || way == v4None
	}
	s := syncer{c: c, at: at, token: token, each: each, r: request{
		op: op, method: "REPORT", to: at, depth: c.syncDepth(at),
		body: dialectOf(col.Kind).syncBody(token, inline), gzip: !inline}}
	page, err := s.page(ctx)
	if token == "" && s.r.depth == "0" && statusOf(err) == 400 {
		s.r.depth = "1"
		if second, err2 := s.page(ctx); err2 == nil {
			c.mu.Lock()
			c.depth1[at.host] = true
			c.mu.Unlock()
			return second, nil
		}
	}
	return page, tokenError(err, token)
}

// syncDepth knows the servers that want sync-collection with Depth 1.
func (c *Client) syncDepth(at place) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := providerOfHost(at.hostname()); c.depth1[at.host] || p != nil && p.name == "Google" {
		return "1"
	}
	return "0"
}

func statusOf(err error) int {
	var se *statusError
	if errors.As(err, &se) {
		return se.status
	}
	return 0
}

// tokenError tells a refused token from other errors.
func tokenError(err error, token pim.SyncToken) error {
	var e *pim.Error
	var se *statusError
	if !errors.As(err, &e) || !errors.As(err, &se) || e.Fault == pim.Busy || e.Fault == pim.Offline {
		return err
	}
	valid := false
	for _, n := range se.names {
		valid = valid || n == "valid-sync-token"
	}
	switch s := se.status; {
	case s == 401 || s == 404 || s == 407:
		return err
	case valid || token != "" && (s >= 400 && s < 500 || s == 500):
		e.Fault, e.Reason, e.Hint = pim.Protocol, "sync-token", ""
	case token == "" && s != 410:
		e.Fault, e.Reason, e.Hint = pim.Protocol, "unsupported", ""
	}
	return e
}

// syncer reads one page.
type syncer struct {
	c     *Client
	r     request
	at    place
	token pim.SyncToken
	each  func(pim.Change) error
}

func (s *syncer) page(ctx context.Context) (pim.Page, error) {
	var page pim.Page
	err := s.c.retrying(ctx, func() (bool, error) {
		page = pim.Page{}
		known, handed := newSeen(), false
		var removed []pim.Href
		room := maxRemoved
		token, _, err := s.c.read(ctx, s.r, func(from place, resp *response) error {
			if sameKey(resp.href, from.path) || sameKey(resp.href, s.at.path) {
				if resp.status == 507 || resp.failed == 507 {
					page.More = true
					return nil
				}
				return selfError(s.r, resp)
			}
			h := member(from, resp.href)
			switch {
			case h == "" || strings.HasSuffix(string(h), "/"):
				return nil
			case resp.status == 404 || resp.status == 410:
				if room -= len(h); room < 0 {
					return s.c.failed(ctx, s.r.op, s.at, errTooLong)
				}
				removed = append(removed, h)
				return nil
			case !known.add(h):
				return nil
			}
			handed = true
			return s.each(s.change(h, resp))
		})
		if err != nil {
			return handed, err
		}
		page.Token = token
		if page.More && (token == "" || token == s.token) {
			return true, &pim.Error{Fault: pim.Protocol, Op: s.r.op, Where: s.at.shown(), Reason: "unsupported",
				Err: errors.New("there is more, but no position to go on from")}
		}
		for _, h := range removed {
			if !known.add(h) {
				continue
			}
			if err := s.each(pim.Change{Entry: pim.Entry{Href: h, Size: -1}, Removed: true}); err != nil {
				return true, err
			}
		}
		return true, nil
	})
	if err != nil {
		return pim.Page{}, err
	}
	return page, nil
}

func (s *syncer) change(h pim.Href, resp *response) pim.Change {
	ch := pim.Change{Entry: entry(h, resp)}
	if resp.props.hasData && !resp.props.tooBig {
		o := object(h, resp, pim.ViaSync)
		ch.Object = &o
	}
	return ch
}
