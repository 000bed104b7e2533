package dav

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"sidekeep/sync/pim"
)

// knownPaths is where servers keep their DAV root, most common first; tried
// when neither the address nor the well-known addresses lead anywhere.
var knownPaths = []string{
	"/", "/remote.php/dav/", "/dav/", "/dav.php/", "/SOGo/dav/", "/caldav.php/", "/principals/", "/dav/cal/",
}

// Discover finds what a login has, from a URL (of a server, a principal, a
// home-set or a collection) or an e-mail address: RFC 6764 for the way to a
// server, RFC 5397 for the principal, RFC 4791 section 6.2.1 and RFC 6352
// section 7.1.1 for the home-sets, all of them. It makes only authenticated
// requests, so that a Discovery proves the login. A home-set of both kinds is
// given once, with Kind "".
//
// Errors: Denied (Reason "login", or "oauth" where no password works), Invalid
// for an address that is none, Untrusted, Offline, and Protocol with Reason
// "html", "not-dav" or "redirect" where there is no DAV.
func Discover(ctx context.Context, address string, o Options) (pim.Discovery, error) {
	address = strings.TrimSpace(address)
	if o.User == "" {
		o.User = mailAddress(address)
	}
	c := New(o)
	defer c.Close()
	return discover(ctx, address, c)
}

// mailAddress is the e-mail address that was given, or "" for a URL.
func mailAddress(address string) string {
	m := strings.TrimPrefix(address, "mailto:")
	if !strings.Contains(m, "@") || strings.ContainsAny(m, "/ ") {
		return ""
	}
	return m
}

func discover(ctx context.Context, address string, c *Client) (pim.Discovery, error) {
	f := newFinder(c, "look for the account")
	if hasUserinfo(address) {
		return pim.Discovery{}, &pim.Error{Fault: pim.Invalid, Op: f.op, Reason: "userinfo",
			Err:  errors.New("the address contains a user name or a password"),
			Hint: "Give the address without it, and the user name and the password by themselves."}
	}
	var err error
	mail := mailAddress(address)
	if mail != "" {
		err = f.fromMail(ctx, mail)
	} else {
		err = f.fromURL(ctx, address)
	}
	if err != nil {
		return pim.Discovery{}, err
	}
	return f.result(ctx, address)
}

// finder collects what discovery finds.
type finder struct {
	c     *Client
	op    string
	root  []place // what the person named, and its servers in DNS
	tried map[string]bool
	dead  map[string]bool // hosts that can't be reached
	notes []note          // what went wrong on the way, first first

	principals map[pim.Kind]place
	homes      []home
	bare       map[pim.Kind]place // a collection that was itself the address
	roots      []fallback         // answered like DAV, and may be a home-set itself
}

func newFinder(c *Client, op string) *finder {
	return &finder{c: c, op: op, tried: map[string]bool{}, dead: map[string]bool{},
		principals: map[pim.Kind]place{}, bare: map[pim.Kind]place{}}
}

// note is something that went wrong on the way.
type note struct {
	err  error
	kind pim.Kind // what was looked for; "": any
	who  namer
}

// namer is who says that there should be something at a place.
type namer int

const (
	nobody  namer = iota // it is where servers often are
	named                // the person, the DNS or the provider; a principal
	account              // the account's own answer: it is a home-set
)

type home struct {
	kind pim.Kind
	at   place
}

type fallback struct {
	kind pim.Kind // "": any
	at   place
}

func (f *finder) has(k pim.Kind) bool {
	return slices.ContainsFunc(f.homes, func(h home) bool { return h.kind == k })
}

func (f *finder) complete() bool { return f.has(pim.Contacts) && f.has(pim.Calendar) }

// fromURL tries the address itself, then what RFC 6764 section 5 says about its
// host, then the DNS, then known paths.
func (f *finder) fromURL(ctx context.Context, address string) error {
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	at, err := parsePlace(address)
	if err != nil {
		return &pim.Error{Fault: pim.Invalid, Op: f.op, Where: shownAddress(address), Err: err,
			Hint: "Give the address of the server, for example https://dav.example.com/, or an e-mail address."}
	}
	f.name(at)
	if err := f.probe(ctx, at, "", named); err != nil || f.complete() {
		return err
	}
	if p := providerOfHost(at.hostname()); p != nil {
		if err := f.entryPoints(ctx, p); err != nil || f.complete() {
			return err
		}
	}
	if err := f.wellKnown(ctx, at); err != nil || len(f.homes) > 0 {
		return err
	}
	if at.path != "/" && !strings.Contains(at.path, "?") {
		below := at.at(strings.TrimSuffix(at.path, "/") + "/remote.php/dav/")
		if err := f.probe(ctx, below, "", nobody); err != nil || len(f.homes) > 0 {
			return err
		}
	} else if registrable(at.hostname()) != "" {
		if err := f.dns(ctx, at.hostname()); err != nil || len(f.homes) > 0 {
			return err
		}
	}
	if len(f.bare) > 0 {
		return nil
	}
	return f.knownPaths(ctx, at)
}

// fromMail goes from the domain of an e-mail address to its servers.
func (f *finder) fromMail(ctx context.Context, mail string) error {
	domain := strings.ToLower(strings.TrimSuffix(mail[strings.LastIndexByte(mail, '@')+1:], "."))
	at, err := parsePlace("https://" + domain + "/")
	if err != nil {
		return &pim.Error{Fault: pim.Invalid, Op: f.op, Where: domain, Err: err,
			Hint: "Check the e-mail address for typing mistakes."}
	}
	if p := providerOfMail(domain); p != nil {
		if p.oauth {
			return &pim.Error{Fault: pim.Denied, Op: f.op, Where: p.name, Reason: "oauth",
				Err: errors.New("this provider accepts no passwords"), Hint: p.login}
		}
		return f.entryPoints(ctx, p)
	}
	if err := f.dns(ctx, domain); err != nil || f.complete() {
		return err
	}
	f.name(at)
	if err := f.wellKnown(ctx, at); err != nil || len(f.homes) > 0 {
		return err
	}
	return f.knownPaths(ctx, at)
}

// name lets a host have the credentials because the person named it.
func (f *finder) name(at place) {
	f.root = append(f.root, at)
	f.c.trust(at)
}

func (f *finder) entryPoints(ctx context.Context, p *provider) error {
	for _, e := range []struct {
		kind pim.Kind
		url  string
	}{{pim.Contacts, p.contact}, {pim.Calendar, p.cal}} {
		at, err := parsePlace(e.url)
		if err != nil || f.has(e.kind) {
			continue
		}
		f.name(at)
		if err := f.probe(ctx, at, e.kind, named); err != nil {
			return err
		}
		if !f.has(e.kind) {
			if err := f.wellKnownOf(ctx, at, e.kind); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *finder) wellKnown(ctx context.Context, at place) error {
	for _, k := range []pim.Kind{pim.Calendar, pim.Contacts} {
		if err := f.wellKnownOf(ctx, at, k); err != nil {
			return err
		}
	}
	return nil
}

func (f *finder) wellKnownOf(ctx context.Context, at place, k pim.Kind) error {
	if f.has(k) {
		return nil
	}
	return f.probe(ctx, at.at("/.well-known/"+serviceOf[k]), k, nobody)
}

func (f *finder) knownPaths(ctx context.Context, at place) error {
	for _, p := range knownPaths {
		if err := f.probe(ctx, at.at(p), "", nobody); err != nil || len(f.homes) > 0 {
			return err
		}
	}
	return nil
}

// probe asks a place who we are and where our collections are, and goes on to
// the principal it names. An error ends discovery; what only says that this is
// the wrong place is noted.
func (f *finder) probe(ctx context.Context, at place, k pim.Kind, who namer) error {
	if f.tried[at.String()] || f.dead[at.host] {
		return nil
	}
	f.tried[at.String()] = true
	got, from, err := f.ask(ctx, at)
	if err != nil || got == nil {
		return f.note(at, k, who, err)
	}
	return f.take(ctx, got, from, k)
}

// ask asks a place who we are and where our collections are. from is the place
// that answered; there may be no response in the answer.
func (f *finder) ask(ctx context.Context, at place) (got *response, from place, err error) {
	r := request{op: f.op, method: "PROPFIND", to: at, depth: "0", body: principalBody, gzip: true, quick: true, limit: maxPrincipal}
	if strings.HasPrefix(at.path, "/.well-known/") {
		r.adopt = func(from, to place) bool { return from.scheme == "https" && related(from, to) }
	}
	err = f.c.retrying(ctx, func() (bool, error) {
		got = nil
		_, _, err := f.c.read(ctx, r, func(p place, resp *response) error {
			if got == nil || sameKey(resp.href, p.path) {
				got, from = resp, p
			}
			return nil
		})
		return false, err
	})
	return got, from, err
}

// note keeps an error, or gives it back when there is no use in going on.
func (f *finder) note(at place, k pim.Kind, who namer, err error) error {
	var e *pim.Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case e.Fault == pim.Stopped, e.Fault == pim.Untrusted, e.Fault == pim.Invalid, e.Fault == pim.Busy,
		e.Status == http.StatusUnauthorized && e.Reason == "login":
		if len(f.homes) > 0 && e.Fault != pim.Stopped && e.Fault != pim.Busy {
			break // the login is proved already; this is another service
		}
		return err
	case e.Fault == pim.Offline && e.Status == 0, e.Reason == "no-tls":
		f.dead[at.host] = true
	}
	f.notes = append(f.notes, note{err, k, who})
	return nil
}

// take reads one answer about identity.
func (f *finder) take(ctx context.Context, resp *response, from place, k pim.Kind) error {
	p := &resp.props
	if err := f.anonymous(resp, from); err != nil {
		return err
	}
	who, ok := principalOf(resp, from)
	if !ok {
		who = from
	}
	f.takeHomes(p.hrefs[elCardHome], from, who, pim.Contacts)
	f.takeHomes(p.hrefs[elCalHome], from, who, pim.Calendar)
	if kind, ok := kindOf(resp); ok {
		if _, is := f.bare[kind]; !is {
			f.bare[kind] = from
		}
	} else if p.has(elResourceType, nsDAV, "collection") {
		f.roots = append(f.roots, fallback{k, from})
	}
	for _, h := range slices.Concat(p.hrefs[elPrincipal], p.hrefs[elPrincipalURL]) {
		at, err := from.follow(h)
		if err != nil || f.tried[at.String()] || !f.adopt(at, k, named) {
			continue
		}
		if f.has(pim.Contacts) && f.has(pim.Calendar) {
			break
		}
		if err := f.probe(ctx, at, k, named); err != nil {
			return err
		}
	}
	return nil
}

// takeHomes takes the home-sets over that an answer from a place names, of the
// principal who.
func (f *finder) takeHomes(hrefs []string, from, who place, k pim.Kind) {
	for _, h := range hrefs {
		at, err := from.follow(h)
		if err != nil {
			f.notes = append(f.notes, note{kind: k, who: account, err: &pim.Error{Fault: pim.Protocol, Op: f.op, Where: from.shown(),
				Reason: "host", Err: errors.New("the account names an address that is not encrypted, or none at all"),
				Hint: "Tell whoever runs the server that its addresses have to begin with https://."}})
			continue
		}
		if !f.adopt(at, k, account) {
			continue
		}
		if _, ok := f.principals[k]; !ok {
			f.principals[k] = who
		}
		if !slices.ContainsFunc(f.homes, func(o home) bool { return o.kind == k && o.at.same(at) }) {
			f.homes = append(f.homes, home{k, at})
		}
	}
}

// adopt lets a host that the principal names have the credentials, if it is
// under the registrable domain of one that the person named. A loopback host
// stands for itself, on any port that the principal names: what answers an
// authenticated request on this computer may say where the rest of it runs.
// Other addresses have to be the same host and port.
func (f *finder) adopt(at place, k pim.Kind, who namer) bool {
	if f.c.trusts(at) {
		return true
	}
	for _, r := range f.root {
		if related(r, at) || loopback(r.hostname()) && r.hostname() == at.hostname() {
			f.c.trust(at)
			return true
		}
	}
	f.notes = append(f.notes, note{kind: k, who: who, err: &pim.Error{Fault: pim.Protocol, Op: f.op, Where: at.at("/").String(), Reason: "host",
		Err:  errors.New("the account names a host of another owner, which is not sent the password"),
		Hint: "If you trust that host, add an account with " + at.at("/").String() + " as its address."}})
	return false
}

// hasUserinfo says that an address holds a user name or a password, as in
// "https://user:password@host/" or "user:password@host": it must not be kept or
// shown. An e-mail address does not.
func hasUserinfo(address string) bool {
	scheme, rest, absolute := strings.Cut(strings.TrimSpace(address), "://")
	if !absolute {
		rest, scheme = strings.TrimPrefix(scheme, "mailto:"), ""
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	at := strings.LastIndexByte(rest[:end], '@')
	return at >= 0 && (absolute || end < len(rest) || strings.Contains(rest[:at], ":"))
}

// shownAddress leaves out what must not stand in a message.
func shownAddress(s string) string {
	if p, err := parsePlace(s); err == nil {
		return p.shown()
	}
	s, _, _ = strings.Cut(s, "?")
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok && hasUserinfo(s) {
		scheme, rest, ok = "https", s, true
	}
	if ok {
		return scheme + "://" + rest[strings.LastIndexByte(rest, '@')+1:]
	}
	return s
}
