package dav

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"sidekeep/sync/pim"
)

const (
	maxRedirects = 10
	maxTries     = 4 // one request and three more
	longestWait  = 10 * time.Second
	// maxRetryAfter is the longest a server is believed to be busy.
	maxRetryAfter = 7 * 24 * time.Hour
)

// newTransport has no cookie jar, follows nothing and unpacks nothing: all of
// that is decided here.
func newTransport(o Options) http.RoundTripper {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dial,
		TLSHandshakeTimeout: connectTimeout,
		// Headers are small; what a server may send without end is its body.
		MaxResponseHeaderBytes: 1 << 20,
		TLSClientConfig:        &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    perHost,
		IdleConnTimeout:        90 * time.Second,
		ReadBufferSize:         32 << 10,
	}
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}
	if host, _, err := net.SplitHostPort(address); err == nil && loopback(host) {
		d.Control = onlyLoopback
	}
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return prompt(c), nil
}

// request is one thing to ask for.
type request struct {
	op     string
	method string
	to     place
	depth  string // "": no header
	body   []byte
	ctype  string            // of body; "": XML
	more   map[string]string // header fields that only writing needs
	accept string            // "": anything
	// gzip lets the answer be compressed. Listings may be: they are long and say
	// the same over and over. What carries objects never is: their bytes are to
	// come as the server has them, a compressor that fails at the server costs a
	// whole batch, and photos do not shrink.
	gzip  bool
	quick bool  // no server needs long for this
	limit int64 // bytes of the answer, where it is less than Options.MaxListing; 0: not
	// adopt may let a host that a redirect names have the credentials; nil: only
	// those that are known already.
	adopt func(from, to place) bool
	// wrote is set as soon as a part of the request may have reached the server.
	wrote *atomic.Bool
}

// do sends a request and follows redirects with the same method, headers and
// body. The answer has a 2xx status; anything else is an error whose cause is a
// *statusError. The caller closes the answer.
func (c *Client) do(ctx context.Context, r request) (*answer, error) {
	for hop := 0; ; hop++ {
		a, err := c.send(ctx, r)
		if err != nil {
			return nil, err
		}
		switch a.status {
		case 301, 302, 303, 307, 308:
			to, err := c.redirected(r, a)
			a.whole = true
			a.close()
			if err != nil {
				return nil, err
			}
			if hop == maxRedirects {
				return nil, &pim.Error{Fault: pim.Protocol, Op: r.op, Where: r.to.shown(), Reason: "redirect",
					Err: errors.New("the server sends us in circles")}
			}
			r.to = to
			continue
		}
		if a.status/100 == 2 {
			return a, nil
		}
		err = c.refused(r, a)
		a.close()
		return nil, err
	}
}

// redirected decides where a redirect may lead.
func (c *Client) redirected(r request, a *answer) (place, error) {
	fail := func(why, hint string) (place, error) {
		return place{}, &pim.Error{Fault: pim.Protocol, Op: r.op, Where: r.to.shown(), Status: a.status,
			Reason: "redirect", Err: errors.New(why), Hint: hint}
	}
	location, _, _ := strings.Cut(a.header.Get("Location"), "#")
	to, err := r.to.resolve(location)
	if err != nil {
		return fail("the server sends us elsewhere without saying where", "")
	}
	if r.to.scheme == "https" && to.scheme == "http" {
		return fail("the server sends us to an unencrypted address: "+to.shown(), "Ask the provider for the right address.")
	}
	upgrade := r.to.scheme == "http" && to.scheme == "https" && r.to.hostname() == to.hostname() &&
		registrable(to.hostname()) != "" // the same name, now encrypted
	if c.trusts(to) || upgrade && c.trusts(r.to) || r.adopt != nil && r.adopt(r.to, to) {
		c.trust(to)
		return to, nil
	}
	return fail("the server sends us to another host: "+to.at("/").String(),
		"If you trust that host, use "+to.at("/").String()+" as the account's address.")
}

// trusts says whether a host may be sent the credentials.
func (c *Client) trusts(p place) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.hosts) == 0 { // made without Hosts: the first one asked is the one
		c.hosts[p.host] = true
	}
	return c.hosts[p.host]
}

func (c *Client) trust(p place) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hosts[p.host] = true
}

// trusted gives the hosts that may have the credentials, sorted.
func (c *Client) trusted() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.hosts))
}

// send does one exchange with a host that may have the credentials, and a second one where the first was answered by a
// Digest challenge.
func (c *Client) send(ctx context.Context, r request) (*answer, error) {
	if r.to.scheme == "http" && !c.o.AllowHTTP && !loopback(r.to.hostname()) {
		return nil, &pim.Error{Fault: pim.Invalid, Op: r.op, Where: r.to.shown(), Reason: "plain-http",
			Err:  errors.New("the address is not encrypted"),
			Hint: "Use an address that begins with https://, or allow plain http for this account (--allow-http)."}
	}
	if !c.trusts(r.to) { // not even without credentials: a server must not make us fetch what it likes
		return nil, &pim.Error{Fault: pim.Protocol, Op: r.op, Where: r.to.shown(), Reason: "host",
			Err:  errors.New("this host was not named by the account"),
			Hint: "If you trust " + r.to.hostname() + ", add an account with " + r.to.at("/").String() + " as its address."}
	}
	c.mu.Lock()
	denied := c.denied[r.to.host]
	c.mu.Unlock()
	if denied != nil {
		again := *denied
		again.Op, again.Where = r.op, r.to.shown()
		return nil, &again
	}
	a, err := c.exchange(ctx, r)
	if err != nil || a.status != http.StatusUnauthorized {
		return a, err
	}
	d, basic := parseDigest(a.header)
	c.mu.Lock()
	tried := c.digest[r.to.host]
	stale := tried != nil && d != nil && tried.nonce != d.nonce
	if d != nil && !basic {
		c.digest[r.to.host] = d
	}
	c.mu.Unlock()
	if d == nil || basic || tried != nil && !stale {
		return a, nil
	}
	a.whole = true
	a.close()
	return c.exchange(ctx, r)
}

// exchange sends one request and waits for its header.
func (c *Client) exchange(ctx context.Context, r request) (*answer, error) {
	leave, err := c.enter(ctx, r.to.host)
	if err != nil {
		return nil, c.failed(ctx, r.op, r.to, err)
	}
	first := c.o.FirstByte
	if r.quick {
		first = c.o.IdleTimeout
	}
	wctx, w := newWatch(ctx, first)
	end := func() { w.stop(); leave() }
	c.requests.Add(1)
	start := time.Now()
	if r.wrote != nil {
		wctx = httptrace.WithClientTrace(wctx, &httptrace.ClientTrace{WroteHeaders: func() { r.wrote.Store(true) }})
	}
	resp, err := c.rt.RoundTrip(c.build(wctx, r))
	w.rest()
	if err != nil {
		if cause := context.Cause(wctx); cause != nil {
			err = cause
		}
		end()
		c.trace(r, 0, 0, start)
		return nil, c.failed(ctx, r.op, r.to, err)
	}
	wr := &wire{r: resp.Body, w: w, ctx: wctx, total: &c.received, idle: c.o.IdleTimeout}
	a := &answer{status: resp.StatusCode, header: resp.Header, from: r.to}
	a.done = func() {
		_ = resp.Body.Close()
		end()
		c.trace(r, resp.StatusCode, wr.n, start)
	}
	limit := c.o.MaxListing
	if r.limit > 0 {
		limit = min(limit, r.limit)
	}
	if a.body, err = decoded(resp.Header, wr, limit); err != nil {
		a.body = bytes.NewReader(nil)
		a.close()
		return nil, &pim.Error{Fault: pim.Protocol, Op: r.op, Where: r.to.shown(), Status: resp.StatusCode, Err: err}
	}
	return a, nil
}

func (c *Client) build(ctx context.Context, r request) *http.Request {
	req := (&http.Request{
		Method: r.method, URL: r.to.url(), Host: hostHeader(r.to), Header: http.Header{},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	h := req.Header
	h.Set("User-Agent", c.o.UserAgent)
	h.Set("Accept", "*/*")
	if r.accept != "" {
		h.Set("Accept", r.accept)
	}
	h.Set("Accept-Encoding", "identity")
	if r.gzip {
		h.Set("Accept-Encoding", "gzip")
	}
	if r.depth != "" {
		h.Set("Depth", r.depth)
	}
	for name, value := range r.more {
		h[name] = []string{value} // an ETag goes as it came, whatever its bytes
	}
	if r.body != nil {
		h.Set("Content-Type", "application/xml; charset=utf-8")
		if r.ctype != "" {
			h.Set("Content-Type", r.ctype)
		}
		body := r.body
		req.ContentLength = int64(len(body))
		req.Body = io.NopCloser(bytes.NewReader(body))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	if c.o.User != "" {
		c.mu.Lock()
		d := c.digest[r.to.host]
		c.mu.Unlock()
		if d != nil {
			h.Set("Authorization", d.header(c.o.User, c.o.Password, r.method, r.to.wirePath()))
		} else {
			req.SetBasicAuth(c.o.User, c.o.Password)
		}
	}
	return req
}

// hostHeader leaves out a port that goes without saying.
func hostHeader(p place) string {
	_, host, _ := strings.Cut(p.at("").String(), "://")
	return host
}

// enter takes one of a host's places; leave gives it back.
func (c *Client) enter(ctx context.Context, host string) (leave func(), err error) {
	c.mu.Lock()
	places := c.places[host]
	if places == nil {
		places = make(chan struct{}, perHost)
		c.places[host] = places
	}
	c.mu.Unlock()
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *Client) trace(r request, status int, n int64, start time.Time) {
	if c.o.Trace != nil {
		c.o.Trace(fmt.Sprintf("%s %s %d %d bytes %d ms", r.method, r.to.shown(), status, n,
			time.Since(start).Milliseconds()))
	}
}

// retrying repeats a reading attempt that a busy server or a cut connection
// spoiled, unless it has already handed something to its caller.
func (c *Client) retrying(ctx context.Context, attempt func() (delivered bool, err error)) error {
	for try := 1; ; try++ {
		delivered, err := attempt()
		if err == nil || delivered || try == maxTries {
			return err
		}
		wait, ok := pause(err, try)
		if !ok {
			return err
		}
		if stopped := c.sleep(ctx, wait); stopped != nil {
			return &pim.Error{Fault: pim.FaultOf(stopped), Op: "wait for the server", Err: stopped}
		}
	}
}

// pause says how long to wait before the next try, if there is to be one: what
// the server asked for when that is short, or a growing time with jitter.
func pause(err error, try int) (time.Duration, bool) {
	var e *pim.Error
	if !errors.As(err, &e) {
		return 0, false
	}
	base := 500 * time.Millisecond
	switch {
	case e.Fault == pim.Busy && e.RetryAfter > 0:
		return e.RetryAfter, e.RetryAfter <= longestWait
	case e.Fault == pim.Busy:
	case e.Fault == pim.Offline && e.Reason == "cut":
		base = 200 * time.Millisecond
	default:
		return 0, false
	}
	d := base << (try - 1)
	return d/2 + rand.N(d), true
}

func sleepFor(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// retryAfter reads the header's seconds or date (RFC 9110 section 10.2.3); 0
// when there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.Atoi(v); err == nil && n >= 0 {
		return min(time.Duration(min(n, 1<<30))*time.Second, maxRetryAfter)
	}
	if t, err := http.ParseTime(v); err == nil && t.After(now) {
		return min(t.Sub(now), maxRetryAfter)
	}
	return 0
}
