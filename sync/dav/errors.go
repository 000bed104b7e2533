package dav

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"sidekeep/sync/pim"
)

// statusError is an HTTP status that is no success, as the cause of an Error.
type statusError struct {
	status int
	names  []string // preconditions (RFC 4918 section 16)
	empty  bool     // DAV:error with nothing in it
	href   string   // that a precondition names; "": none
	words  string   // what the server says to people, in lower case; only ever compared
}

func (e *statusError) Error() string {
	s := fmt.Sprintf("HTTP status %d", e.status)
	if len(e.names) > 0 {
		s += " (" + strings.Join(e.names, ", ") + ")"
	}
	return s
}

// refused turns an answer that is no success into an error, and remembers a
// login that was refused: asking again with the same password makes some
// servers lock the whole address out.
func (c *Client) refused(r request, a *answer) error {
	body, rerr := io.ReadAll(io.LimitReader(a.body, maxErrorBody))
	a.whole = rerr == nil
	se := &statusError{status: a.status}
	if a.status >= 400 {
		var x xmlError
		x, se.empty = preconditions(body)
		se.names, se.href, se.words = x.names, x.href, x.words
		for i, n := range se.names { // what a server wrote goes into messages: names only
			se.names[i] = fmt.Sprintf("%.60s", strings.Map(nameRune, n))
		}
		se.names = se.names[:min(len(se.names), 5)]
	}
	e := &pim.Error{Op: r.op, Where: r.to.shown(), Status: a.status, Err: se,
		RetryAfter: retryAfter(a.header, c.o.Now())}
	e.Fault = faultOf(se)
	if e.Fault != pim.Busy {
		e.RetryAfter = 0
	}
	switch {
	case a.status == 401:
		e.Reason, e.Hint = "login", loginHint(r.to.hostname())
		c.mu.Lock()
		c.denied[r.to.host] = e
		c.mu.Unlock()
	case a.status == 407:
		e.Hint = "A proxy between here and the server wants a login."
	case e.Fault == pim.Denied:
		e.Hint = "The login works, but it has no right to read this. Ask whoever runs the server to let you, or go on without it."
	case a.status == 405 || a.status == 501:
		e.Reason = "unsupported"
	}
	return e
}

// nameRune leaves out what no name of a precondition has.
func nameRune(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' {
		return r
	}
	return -1
}

func faultOf(e *statusError) pim.Fault {
	switch s := e.status; {
	case s == 401, s == 403 && !e.empty, s == 407:
		return pim.Denied
	case s == 403, s == 429, s == 503:
		return pim.Busy
	case s == 404, s == 410:
		return pim.Gone
	case s == 408, s == 502, s == 504:
		return pim.Offline
	}
	return pim.Protocol
}

// failed classifies what happened to a connection.
func (c *Client) failed(ctx context.Context, op string, at place, err error) error {
	e := &pim.Error{Fault: pim.Offline, Op: op, Where: at.shown(), Err: err}
	var known *pim.Error
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var dns *net.DNSError
	var cut *cutError
	var wire *net.OpError
	var idle idleError
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(ctx.Err(), context.Canceled):
		e.Fault, e.Err = pim.Stopped, context.Canceled
	case ctx.Err() != nil:
		e.Err = ctx.Err()
	case errors.As(err, &idle):
		e.Reason = "idle"
		e.Hint = "The server may be overloaded; the next try may go better."
	case errors.As(err, &cert):
		e.Fault, e.Reason = pim.Untrusted, "certificate"
		e.Err = certificateError(cert, at.hostname())
		e.Hint = "Don't go on unless you know why. Compare the fingerprint with one from whoever runs the server."
	case errors.As(err, &record):
		e.Fault, e.Reason = pim.Protocol, "no-tls"
		e.Err = errors.New("the server does not speak TLS on this port")
		e.Hint = "Check the address and its port."
		if c.o.AllowHTTP || loopback(at.hostname()) { // elsewhere plain http gives the password away
			e.Hint = "Check the port, and whether the address should begin with http://."
		}
	case isTLS(err):
		e.Fault, e.Reason = pim.Untrusted, "tls"
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Reason = "dns"
		e.Hint = "No such host is known. Check the address for typing mistakes, and the network."
	case errors.Is(err, errTooLong), errors.Is(err, errBomb):
		e.Fault, e.Reason = pim.Protocol, "too-big"
	case errors.As(err, &cut), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.As(err, &wire) && (wire.Op == "read" || wire.Op == "write"), isHTTP2(err):
		e.Reason = "cut"
	case wire != nil && wire.Op == "dial":
		e.Reason = "unreachable"
		e.Hint = "Nothing answers at this address and port. Check both, and the network."
	}
	return e
}

func isTLS(err error) bool {
	var alert tls.AlertError
	return errors.As(err, &alert) || strings.HasPrefix(err.Error(), "remote error: tls:") ||
		strings.HasPrefix(err.Error(), "tls: ")
}

// isHTTP2 knows a stream or connection that the server ended; the types of
// these errors are internal to net/http.
func isHTTP2(err error) bool {
	s := err.Error()
	return strings.HasPrefix(s, "http2: ") || strings.HasPrefix(s, "stream error: ")
}

// certificateError says in words which certificate is not trusted and why.
func certificateError(err *tls.CertificateVerificationError, host string) error {
	if len(err.UnverifiedCertificates) == 0 {
		return err
	}
	cert := err.UnverifiedCertificates[0]
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	why := "it is not signed by an authority this computer trusts"
	switch {
	case errors.As(err.Err, &hostname):
		why = "it is not for " + host
	case errors.As(err.Err, &invalid) && invalid.Reason == x509.Expired:
		why = "it is not valid today"
	case slices.Equal(cert.RawIssuer, cert.RawSubject):
		why = "it is signed by itself"
	}
	return &untrusted{err, fmt.Sprintf(
		"the certificate of %s is not trusted: %s (for %s, issued by %s, valid from %s to %s, SHA-256 %s)",
		host, why, nameOr(cert.Subject.String(), cert.DNSNames), nameOr(cert.Issuer.String(), nil),
		cert.NotBefore.Format("2006-01-02"), cert.NotAfter.Format("2006-01-02"), fingerprint(cert.Raw))}
}

// untrusted words a certificate error and keeps it in the chain.
type untrusted struct {
	err   error
	words string
}

func (e *untrusted) Error() string { return e.words }
func (e *untrusted) Unwrap() error { return e.err }

func nameOr(name string, others []string) string {
	if name == "" && len(others) > 0 {
		name = strings.Join(others, ", ")
	}
	if name == "" {
		name = "no name"
	}
	return fmt.Sprintf("%.200s", name)
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	s := make([]string, len(sum))
	for i, b := range sum {
		s[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(s, ":")
}

// unreadable classifies what the multistatus reader ended with.
func (c *Client) unreadable(ctx context.Context, r request, a *answer, err error) error {
	var cut *cutError
	if errors.As(err, &cut) || errors.Is(err, errTooLong) || errors.Is(err, errBomb) || ctx.Err() != nil {
		return c.failed(ctx, r.op, a.from, err)
	}
	e := &pim.Error{Fault: pim.Protocol, Op: r.op, Where: a.from.shown(), Status: a.status, Err: err}
	switch {
	case errors.Is(err, errHTML):
		e.Reason = "html"
		e.Hint = "This address answers with a web page, not with contacts or calendars. Use the CardDAV or CalDAV address that the provider names."
	case errors.Is(err, errNotXML), errors.Is(err, errNotMultistatus):
		e.Reason = "not-dav"
		e.Hint = "There is no CardDAV or CalDAV at this address."
	case errors.Is(err, errTruncated):
		e.Reason = "truncated"
	}
	return e
}
