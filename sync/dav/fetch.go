package dav

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"sidekeep/sync/pim"
)

func object(h pim.Href, resp *response, via pim.Via) pim.Object {
	return pim.Object{Href: h, ETag: pim.ETag(resp.props.etag), ContentType: resp.props.ctype,
		Body: resp.props.data, Via: via, Altered: resp.props.odd}
}

// bad is why one object could not be had. Reasons: "not-found", "forbidden",
// "missing" (asked for by name and not answered), "no-data", "too-big",
// "status".
func bad(h pim.Href, reason string, status int, why string) pim.Fetched {
	return pim.Fetched{Href: h, Err: &pim.Error{Fault: pim.BadObject, Op: "fetch", Where: string(h),
		Reason: reason, Status: status, Err: errors.New(why)}}
}

// fetched judges one response of a report that carries objects.
func (c *Client) fetched(h pim.Href, resp *response, via pim.Via) pim.Fetched {
	status := resp.status
	if status == 0 && !resp.props.hasData && resp.props.etag == "" {
		status = resp.failed
	}
	switch {
	case status == 404 || status == 410:
		return bad(h, "not-found", status, "the server lists it but does not have it")
	case status == 401 || status == 403:
		return bad(h, "forbidden", status, "the server does not let it be read")
	case status >= 300:
		return bad(h, "status", status, fmt.Sprintf("the server answers with status %d for it", status))
	case resp.props.tooBig:
		return bad(h, "too-big", 0, fmt.Sprintf("it has more than %d bytes", c.o.MaxObject))
	case !resp.props.hasData:
		return bad(h, "no-data", 0, "the server answers without its data")
	}
	return pim.Fetched{Href: h, Object: object(h, resp, via)}
}

// Multiget fetches objects by name (RFC 4791 section 7.9, RFC 6352 section
// 8.7). Every href is answered exactly once through each, spelled as it was
// asked for, unless the whole request fails; then some may have been answered
// already, and fewer at a time may go better.
func (c *Client) Multiget(ctx context.Context, col pim.Collection, hrefs []pim.Href,
	each func(pim.Fetched) error) error {
	at, err := c.collection("fetch", col.URL)
	if err != nil || len(hrefs) == 0 {
		return err
	}
	b := c.book(col)
	switch {
	case b.known(c.o.Now()) == v4Keeps:
		return c.multiget(ctx, col, at, hrefs, "", each)
	case len(hrefs) <= fewCards:
		return c.fewV4(ctx, b, col, at, hrefs, each)
	}
	return c.manyV4(ctx, b, col, at, hrefs, each)
}

func (c *Client) multiget(ctx context.Context, col pim.Collection, at place, hrefs []pim.Href, version string,
	each func(pim.Fetched) error) error {
	asked := make(map[string][]pim.Href, len(hrefs))
	for _, h := range hrefs {
		asked[h.Key()] = append(asked[h.Key()], h)
	}
	r := request{op: "fetch", method: "REPORT", to: at, depth: "1",
		body: dialectOf(col.Kind).multigetBody(hrefs, version)}
	err := c.retrying(ctx, func() (bool, error) {
		handed := false
		_, _, err := c.read(ctx, r, func(from place, resp *response) error {
			key := member(from, resp.href).Key()
			for _, h := range asked[key] {
				handed = true
				if err := each(c.fetched(h, resp, pim.ViaMultiget)); err != nil {
					return err
				}
			}
			delete(asked, key)
			return nil
		})
		return handed, err
	})
	if err != nil {
		return err
	}
	for _, h := range hrefs {
		for _, h := range asked[h.Key()] {
			if err := each(bad(h, "missing", 0, "the server did not answer for it")); err != nil {
				return err
			}
		}
		delete(asked, h.Key())
	}
	return nil
}

// Query fetches everything by an unfiltered query (RFC 4791 section 7.8, RFC
// 6352 section 8.6). Servers leave things out of it, so what does not come is
// not absent.
func (c *Client) Query(ctx context.Context, col pim.Collection, each func(pim.Fetched) error) error {
	at, err := c.collection("fetch all", col.URL)
	if err != nil {
		return err
	}
	b := c.book(col)
	way, err := c.v4Way(ctx, b, at)
	if err != nil {
		return err
	}
	if way == v4Converts {
		return c.queryV4(ctx, b, at, each)
	}
	return c.query(ctx, at, dialectOf(col.Kind).queryBody(), func(h pim.Href, resp *response) error {
		return each(c.fetched(h, resp, pim.ViaQuery))
	})
}

// query sends a query and hands over what it answers, each href once.
func (c *Client) query(ctx context.Context, at place, body []byte, each func(pim.Href, *response) error) error {
	r := request{op: "fetch all", method: "REPORT", to: at, depth: "1", body: body}
	return c.retrying(ctx, func() (bool, error) {
		known, handed := newSeen(), false
		_, _, err := c.read(ctx, r, func(from place, resp *response) error {
			h := member(from, resp.href)
			if h == "" || strings.HasSuffix(string(h), "/") || sameKey(resp.href, from.path) || !known.add(h) {
				return nil
			}
			handed = true
			return each(h, resp)
		})
		return handed, err
	})
}

// Get fetches one object by GET, unpacked, with the bytes the server sends. A
// server that refuses the spelling of its own href (400, 404) is asked again
// with other ones; the object keeps the href it was asked by.
func (c *Client) Get(ctx context.Context, col pim.Collection, href pim.Href) (pim.Object, error) {
	const op = "fetch"
	base, err := c.collection(op, col.URL)
	if err != nil {
		return pim.Object{}, err
	}
	names, err := c.v4Names(ctx, c.book(col), base)
	if err != nil {
		return pim.Object{}, err
	}
	at, err := base.follow(string(href))
	if err != nil {
		return pim.Object{}, &pim.Error{Fault: pim.Invalid, Op: op, Where: string(href), Err: err}
	}
	accept := ""
	if names.has(href) {
		accept = acceptV4
	}
	o, err := c.get(ctx, href, at, accept)
	for _, path := range spellings(at.path) {
		if s := statusOf(err); s != 400 && s != 404 {
			break
		}
		if o2, err2 := c.get(ctx, href, at.at(path), accept); err2 == nil {
			return o2, nil
		}
	}
	return o, getError(href, err)
}

// getError makes what concerns one object an error of that object.
func getError(href pim.Href, err error) error {
	status := statusOf(err)
	var reason, why string
	var e *pim.Error
	switch {
	case errors.As(err, &e) && e.Reason == "host":
		reason, why = "forbidden", e.Err.Error()
	case status == 404 || status == 410:
		reason, why = "not-found", "the server lists it but does not have it"
	case status == 403 && pim.FaultOf(err) == pim.Denied:
		reason, why = "forbidden", "the server does not let it be read"
	case status >= 400 && pim.FaultOf(err) == pim.Protocol:
		reason, why = "status", fmt.Sprintf("the server answers with status %d for it", status)
	default:
		return err
	}
	return bad(href, reason, status, why).Err
}

func (c *Client) get(ctx context.Context, href pim.Href, at place, accept string) (pim.Object, error) {
	var o pim.Object
	r := request{op: "fetch", method: "GET", to: at, accept: accept}
	err := c.retrying(ctx, func() (bool, error) {
		a, err := c.do(ctx, r)
		if err != nil {
			return false, err
		}
		defer a.close()
		if a.status != 200 { // a 207 or 206 is no object, whatever is in it
			return false, c.unreadable(ctx, r, a, fmt.Errorf("a single object with HTTP status %d", a.status))
		}
		body, err := io.ReadAll(io.LimitReader(a.body, c.o.MaxObject+1))
		switch {
		case err != nil:
			return false, c.unreadable(ctx, r, a, err)
		case int64(len(body)) <= c.o.MaxObject:
			a.whole = true
		default:
			return false, bad(href, "too-big", 0, fmt.Sprintf("it has more than %d bytes", c.o.MaxObject)).Err
		}
		o = pim.Object{Href: href, ETag: pim.ETag(a.header.Get("ETag")), ContentType: a.header.Get("Content-Type"),
			Body: body, Via: pim.ViaGet}
		if strings.HasPrefix(o.ContentType, "text/html") && errors.Is(sniff(body), errHTML) {
			return false, c.unreadable(ctx, r, a, errHTML)
		}
		return false, nil
	})
	return o, err
}

// spellings are other ways to write a path, in the order in which they have
// been seen to help: without needless escapes ("@" for "%40"), with "%" itself
// escaped, and with everything escaped that may be.
func spellings(path string) []string {
	var out []string
	add := func(p string) {
		if p == path {
			return
		}
		for _, q := range out {
			if p == q {
				return
			}
		}
		out = append(out, p)
	}
	plain := strings.NewReplacer("%40", "@", "%3A", ":", "%3a", ":", "%2B", "+", "%2b", "+", "%2C", ",", "%2c", ",",
		"%3D", "=", "%3d", "=", "%7E", "~", "%7e", "~", "%21", "!", "%28", "(", "%29", ")", "%27", "'").Replace(path)
	add(plain)
	if strings.Contains(path, "%") {
		add(strings.ReplaceAll(path, "%", "%25"))
	}
	add(strings.NewReplacer("@", "%40", ":", "%3A", "+", "%2B", ",", "%2C", "=", "%3D").Replace(path))
	return out
}
