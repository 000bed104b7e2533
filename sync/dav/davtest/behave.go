package davtest

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
)

// early applies the quirks that concern every request; true: it is answered.
func (c *call) early() bool {
	if c.q[ConnectionClose] {
		c.w.Header().Set("Connection", "close")
	}
	if c.q[LengthRequired] && c.log.Chunked {
		c.fail(http.StatusLengthRequired, "")
		return true
	}
	if c.q[BusyParallel] {
		c.s.logMu.Lock()
		busy := c.s.busy
		c.s.logMu.Unlock()
		if busy > 2 {
			c.fail(http.StatusNotImplemented, "")
			return true
		}
	}
	return false
}

// first is true the first time that a quirk asks.
func (c *call) first(q Quirk) bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.numbers[q]++
	return c.s.numbers[q] == 1
}

// spoiled answers a listing with what a mirror can only refuse or wait for.
func (c *call) spoiled() bool {
	switch {
	case c.q[HTML200]:
		c.html(http.StatusOK)
	case c.q[HTML207]:
		c.html(http.StatusMultiStatus)
	case c.q[GzipBomb]:
		c.bomb()
	case c.q[TooMany]:
		c.w.Header().Set("Retry-After", "3600")
		c.fail(http.StatusTooManyRequests, "")
	case c.q[TooManyOnce] && c.first(TooManyOnce):
		c.w.Header().Set("Retry-After", "1")
		c.fail(http.StatusTooManyRequests, "")
	case c.q[Unavailable]:
		c.fail(http.StatusServiceUnavailable, "")
	default:
		return false
	}
	return true
}

func (m *multistatus) truncate() {
	if m.c.q[Truncated] {
		m.limit = 2500
	}
}

// bomb sends the same compressed megabyte of one endless href four thousand
// times: about 4 MB on the wire, 4 GB for who unpacks it.
func (c *call) bomb() {
	c.w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	c.w.Header().Set("Content-Encoding", "gzip")
	c.w.WriteHeader(http.StatusMultiStatus)
	member := func(b []byte) []byte {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		_, _ = w.Write(b)
		_ = w.Close()
		return z.Bytes()
	}
	head := member([]byte(`<?xml version="1.0"?><D:multistatus xmlns:D="DAV:"><D:response><D:href>/`))
	if _, err := c.w.Write(head); err != nil {
		return
	}
	many := member(bytes.Repeat([]byte("a"), 1<<20))
	for range 4000 {
		if _, err := c.w.Write(many); err != nil {
			return
		}
	}
}

// syncRefused answers a sync-collection that this server does not take.
func (c *call) syncRefused(token string) bool {
	limit := c.xml.kid("limit") != nil
	switch {
	case c.q[NoSync]:
		c.fail(http.StatusForbidden, "<D:supported-report/>")
	case c.q[SyncOnlyAdvertised]:
		c.fail(http.StatusNotImplemented, "")
	case c.q[SyncDepthOne] && c.log.Depth != "1":
		c.fail(http.StatusBadRequest, "")
	case c.q[TokenRefused] && token != "":
		c.fail(http.StatusForbidden, "<D:valid-sync-token/>")
	case c.q[TokenBadRequest] && token != "":
		c.fail(http.StatusBadRequest, "")
	case c.q[RateLimited403] && token != "":
		c.fail(http.StatusForbidden, " ")
	case c.q[SyncTooBig] && token == "":
		c.fail(http.StatusInsufficientStorage, "<D:number-of-matches-within-limits/>")
	case c.q[LimitRefused] && token == "" && limit:
		c.fail(http.StatusInsufficientStorage, "<D:number-of-matches-within-limits/>")
	default:
		return false
	}
	return true
}

// multigetRefused answers a multiget that this server does not take.
func (c *call) multigetRefused(hrefs []string, dead bool) bool {
	absolute := false
	for _, h := range hrefs {
		absolute = absolute || strings.Contains(h, "://")
	}
	switch {
	case c.q[MultigetBroken]:
		c.fail(http.StatusNotImplemented, "")
	case c.q[MultigetDeadHref] && dead:
		c.fail(http.StatusInternalServerError, "")
	case c.q[MultigetTooLarge] && len(hrefs) > 10:
		c.fail(http.StatusRequestEntityTooLarge, "")
	case c.q[AbsoluteHrefs] && absolute:
		c.fail(http.StatusBadRequest, "")
	default:
		return false
	}
	return true
}
