package dav

import (
	"errors"
	"net"
	"net/url"
	"strings"
	"syscall"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"sidekeep/sync/pim"
)

// place is an absolute address whose path and query are kept as they were
// written: hrefs are opaque, and a path that is decoded and encoded again is
// another path to many servers.
type place struct {
	scheme string // "http" or "https"
	host   string // lower case, always with its port
	path   string // begins with "/"; may end in "?query"
}

var errNoAddress = errors.New("not an http or https address")

// parsePlace reads an absolute URL; userinfo and fragment are left out.
func parsePlace(s string) (place, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	scheme = strings.ToLower(scheme)
	if !ok || scheme != "http" && scheme != "https" {
		return place{}, errNoAddress
	}
	authority, path := rest, "/"
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	path, _, _ = strings.Cut(path, "#")
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	u, err := url.Parse(scheme + "://" + authority + "/")
	if err != nil || u.Hostname() == "" {
		return place{}, errNoAddress
	}
	name := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if strings.ContainsFunc(name, func(r rune) bool { return r >= 0x80 }) {
		if name, err = idna.Lookup.ToASCII(name); err != nil {
			return place{}, errNoAddress
		}
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return place{scheme, net.JoinHostPort(name, port), path}, nil
}

// String is the URL, without a port that goes without saying.
func (p place) String() string {
	host, port, _ := net.SplitHostPort(p.host)
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if p.scheme == "http" && port == "80" || p.scheme == "https" && port == "443" {
		return p.scheme + "://" + host + p.path
	}
	return p.scheme + "://" + host + ":" + port + p.path
}

// shown is the URL as it may be logged: without a query.
func (p place) shown() string {
	p.path, _, _ = strings.Cut(p.path, "?")
	return strings.Map(func(r rune) rune { // a path may be shown on a terminal
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, p.String())
}

func (p place) hostname() string {
	host, _, _ := net.SplitHostPort(p.host)
	return host
}

// at is the same server with another path.
func (p place) at(path string) place { p.path = path; return p }

// resolve reads an href or a Location header seen in an answer from p. A
// relative one is taken as if it began with "./", so that "a:b.vcf" is a file
// name and no scheme. A "#" belongs to the name: hrefs have no fragments.
func (p place) resolve(href string) (place, error) {
	href = strings.TrimSpace(href)
	switch {
	case href == "":
		return place{}, errNoAddress
	case strings.HasPrefix(href, "//"):
		return parsePlace(p.scheme + ":" + href)
	case href[0] == '/':
		return p.at(href), nil
	}
	if low := strings.ToLower(href); strings.HasPrefix(low, "http://") || strings.HasPrefix(low, "https://") {
		return parsePlace(href)
	}
	base, _, _ := strings.Cut(p.path, "?")
	base = base[:strings.LastIndexByte(base, '/')+1]
	for {
		switch {
		case strings.HasPrefix(href, "./"):
			href = href[2:]
			continue
		case strings.HasPrefix(href, "../"):
			href = href[3:]
			base = base[:strings.LastIndexByte(strings.TrimSuffix(base, "/"), '/')+1]
			if base == "" {
				base = "/"
			}
			continue
		}
		return p.at(base + href), nil
	}
}

// follow is resolve for what an answer names, as opposed to where it redirects
// to. An encrypted answer never leads to an unencrypted place: many servers
// behind a proxy don't know that they are encrypted, so http on the same host is
// taken for the place that answered; on another one it is no address.
func (p place) follow(href string) (place, error) {
	q, err := p.resolve(href)
	if err != nil || p.scheme != "https" || q.scheme == "https" {
		return q, err
	}
	if q.hostname() != p.hostname() {
		return place{}, errNoAddress
	}
	q.scheme, q.host = p.scheme, p.host
	return q, nil
}

// wirePath is the request target: the path as it came, with only those bytes
// escaped that can't stand in a request line.
func (p place) wirePath() string {
	const hex = "0123456789ABCDEF"
	clean := true
	for i := 0; i < len(p.path); i++ {
		if c := p.path[i]; c <= ' ' || c >= 0x7f || c == '#' {
			clean = false
		}
	}
	if clean {
		return p.path
	}
	var b strings.Builder
	for i := 0; i < len(p.path); i++ {
		if c := p.path[i]; c <= ' ' || c >= 0x7f || c == '#' {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// url builds what net/http wants. Opaque keeps the path as it is.
func (p place) url() *url.URL {
	path := p.wirePath()
	if strings.HasPrefix(path, "//") { // Opaque would read it as a host
		plain, query, _ := strings.Cut(path, "?")
		decoded, err := url.PathUnescape(plain)
		if err != nil {
			decoded = plain
		}
		return &url.URL{Scheme: p.scheme, Host: p.host, Path: decoded, RawPath: plain, RawQuery: query}
	}
	return &url.URL{Scheme: p.scheme, Host: p.host, Opaque: path}
}

// same compares two places by what they name, whatever the escaping and
// whether or not there is a slash at the end.
func (p place) same(q place) bool {
	return p.host == q.host && sameKey(p.path, q.path)
}

func sameKey(a, b string) bool {
	return strings.TrimSuffix(pim.Href(a).Key(), "/") == strings.TrimSuffix(pim.Href(b).Key(), "/")
}

// loopback says whether a host name can only be this computer: an address, or
// the one name of it. (Names below "localhost" are left to the DNS by some
// systems.)
func loopback(hostname string) bool {
	if hostname == "localhost" {
		return true
	}
	ip := net.ParseIP(hostname)
	return ip != nil && ip.IsLoopback()
}

// onlyLoopback refuses to connect to a "localhost" that is another computer.
func onlyLoopback(_, address string, _ syscall.RawConn) error {
	host, _, _ := net.SplitHostPort(address)
	host, _, _ = strings.Cut(host, "%")
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return errors.New("the name of this computer leads to another one")
	}
	return nil
}

// related says whether two hosts belong to one owner: the same host and port,
// or names under one registrable domain. Addresses, loopback names and names
// without a public suffix have no such domain.
func related(a, b place) bool {
	if a.scheme != b.scheme && b.scheme != "https" {
		return false
	}
	if a.host == b.host {
		return true
	}
	da, db := registrable(a.hostname()), registrable(b.hostname())
	return da != "" && da == db
}

func registrable(hostname string) string {
	if loopback(hostname) || net.ParseIP(hostname) != nil {
		return ""
	}
	d, err := publicsuffix.EffectiveTLDPlusOne(hostname)
	if err != nil {
		return ""
	}
	return d
}
