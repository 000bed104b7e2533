package dav

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"

	"sidekeep/sync/pim"
)

// serviceOf names the services of RFC 6764.
var serviceOf = map[pim.Kind]string{pim.Contacts: "carddav", pim.Calendar: "caldav"}

// dns follows the SRV and TXT records of a domain (RFC 6764 sections 3 and 4).
// A missing record is no error.
func (f *finder) dns(ctx context.Context, domain string) error {
	for _, k := range []pim.Kind{pim.Calendar, pim.Contacts} {
		for _, scheme := range []string{"https", "http"} {
			if f.has(k) {
				break
			}
			service := serviceOf[k]
			if scheme == "https" {
				service += "s"
			}
			if err := f.service(ctx, domain, service, scheme, k); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *finder) service(ctx context.Context, domain, service, scheme string, k pim.Kind) error {
	_, srv, err := f.c.o.Resolver.LookupSRV(ctx, service, "tcp", domain)
	if err != nil || len(srv) == 0 {
		return nil
	}
	slices.SortStableFunc(srv, func(a, b *net.SRV) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(b.Weight, a.Weight))
	})
	paths := f.txtPaths(ctx, domain, service)
	for _, s := range srv {
		target := strings.TrimSuffix(s.Target, ".")
		at, err := parsePlace(scheme + "://" + net.JoinHostPort(target, strconv.Itoa(int(s.Port))) + "/")
		if target == "" || err != nil { // "." means: no such service here
			continue
		}
		if at.scheme == "http" && !f.c.o.AllowHTTP && !loopback(at.hostname()) {
			continue
		}
		if !f.nameTarget(at, domain, k) {
			continue
		}
		for _, p := range append(slices.Clone(paths), "/.well-known/"+serviceOf[k], "/") {
			if err := f.probe(ctx, at.at(p), k, named); err != nil {
				return err
			}
			if f.has(k) {
				return nil
			}
		}
	}
	return nil
}

// txtPaths reads the "path" keys of however many TXT records there are.
func (f *finder) txtPaths(ctx context.Context, domain, service string) []string {
	txt, err := f.c.o.Resolver.LookupTXT(ctx, "_"+service+"._tcp."+domain)
	if err != nil {
		return nil
	}
	var paths []string
	for _, t := range txt {
		key, value, ok := strings.Cut(strings.TrimSpace(t), "=")
		if ok && strings.EqualFold(key, "path") && strings.HasPrefix(value, "/") && !slices.Contains(paths, value) {
			paths = append(paths, value)
		}
	}
	return paths
}

// nameTarget decides whether a host found in the DNS may have the credentials.
// The DNS can be forged (RFC 6764 section 8): a host of another owner must be
// one of a provider we know, or one the person agreed to.
func (f *finder) nameTarget(at place, domain string, k pim.Kind) bool {
	own := registrable(domain)
	if len(f.c.o.Hosts) > 0 && f.c.trusts(at) || at.hostname() == domain ||
		own != "" && own == registrable(at.hostname()) || providerOfHost(at.hostname()) != nil {
		f.name(at)
		return true
	}
	f.notes = append(f.notes, note{kind: k, who: named, err: &pim.Error{Fault: pim.Protocol, Op: f.op, Where: domain, Reason: "host",
		Err:  errors.New("the domain names a server of another owner: " + at.String()),
		Hint: "If you trust that server, use " + at.String() + " as the account's address."}})
	return false
}

// result lists the home-sets and makes the Discovery.
func (f *finder) result(ctx context.Context, address string) (pim.Discovery, error) {
	var d pim.Discovery
	for _, k := range []pim.Kind{pim.Contacts, pim.Calendar} {
		if p, ok := f.principals[k]; ok {
			d.Principals = append(d.Principals, pim.Principal{Kind: k, URL: p.String()})
		}
	}
	listed := false
	for _, h := range f.merged() {
		found, err := f.c.Collections(ctx, h)
		if err != nil {
			if err := f.note(place{}, h.Kind, account, err); err != nil {
				return pim.Discovery{}, err
			}
			if !lasting(err) { // a home-set that does not answer now is still one
				d.HomeSets = append(d.HomeSets, h)
			}
			continue
		}
		listed = true
		f.adopted(&d, h, found)
	}
	if err := f.fallbacks(ctx, &d, &listed); err != nil {
		return pim.Discovery{}, err
	}
	if !listed {
		return pim.Discovery{}, f.nothing(address)
	}
	d.Hosts = f.c.trusted()
	d.Problems = f.problems(d)
	return d, nil
}

// adopted takes a home-set over with what it lists, and notes what of it can't
// be read.
func (f *finder) adopted(d *pim.Discovery, h pim.HomeSet, found pim.HomeListing) {
	d.HomeSets = append(d.HomeSets, h)
	d.Collections = append(d.Collections, found.Collections...)
	for _, e := range found.Refused {
		f.notes = append(f.notes, note{err: e, kind: h.Kind, who: account})
	}
}

// problems picks from what went wrong what the person has to know: every
// home-set that was not read, and otherwise what may be why address books or
// calendars were not found. That nothing is where nobody said there was
// something is no problem.
func (f *finder) problems(d pim.Discovery) []*pim.Error {
	found := func(k pim.Kind) bool {
		return slices.ContainsFunc(d.Collections, func(c pim.Collection) bool { return c.Kind == k })
	}
	var out []*pim.Error
	said := map[string]bool{}
	for _, n := range f.notes {
		var e *pim.Error
		if !errors.As(n.err, &e) {
			continue
		}
		have := found(n.kind) || n.kind == "" && found(pim.Contacts) && found(pim.Calendar)
		tell := e.Fault == pim.Denied || e.Fault == pim.Untrusted || e.Reason == "host" || e.Reason == "redirect"
		switch {
		case n.who == account && e.Fault != pim.Gone:
			tell = true
		case have:
			tell = false
		case n.who != nobody:
			tell = tell || e.Fault == pim.Offline || n.who == account
		}
		host := e.Where
		if p, err := parsePlace(e.Where); err == nil {
			host = p.host
		}
		key := strings.Join([]string{host, e.Fault.String(), e.Reason}, " ")
		if e.Reason == pim.ReasonRefused || e.Fault != pim.Denied && e.Fault != pim.Untrusted && e.Fault != pim.Offline && e.Reason != "host" {
			key += e.Where // what is wrong with this place alone
		}
		if tell && !said[key] {
			said[key] = true
			out = append(out, e)
		}
	}
	return out
}

// lasting says that a home-set is not there, or is not ours to read.
func lasting(err error) bool {
	switch pim.FaultOf(err) {
	case pim.Gone, pim.Denied:
		return true
	}
	return false
}

// merged gives the home-sets, each URL once: Kind "" where it serves both.
func (f *finder) merged() []pim.HomeSet {
	var out []pim.HomeSet
	var at []place
	for _, h := range f.homes {
		i := slices.IndexFunc(at, h.at.same)
		switch {
		case i < 0:
			at = append(at, h.at)
			out = append(out, pim.HomeSet{Kind: h.kind, URL: h.at.String()})
		case out[i].Kind != h.kind:
			out[i].Kind = ""
		}
	}
	return out
}

// fallbacks serves accounts whose principal names no home-set: the address may
// be a collection, or a home-set itself, or the principal may be one.
func (f *finder) fallbacks(ctx context.Context, d *pim.Discovery, listed *bool) error {
	any := len(d.HomeSets) > 0
	for _, r := range f.roots {
		if any && (r.kind == "" || f.has(r.kind)) {
			continue
		}
		found, err := f.c.Collections(ctx, pim.HomeSet{Kind: r.kind, URL: r.at.String()})
		if err != nil {
			if err := f.note(r.at, r.kind, nobody, err); err != nil {
				return err
			}
			continue
		}
		cols := found.Collections
		if len(cols) == 0 || holds(d.Collections, cols[0]) {
			continue
		}
		kind := cols[0].Kind
		if slices.ContainsFunc(cols, func(c pim.Collection) bool { return c.Kind != kind }) {
			kind = ""
		}
		f.adopted(d, pim.HomeSet{Kind: kind, URL: r.at.String()}, found)
		*listed = true
	}
	for _, k := range []pim.Kind{pim.Contacts, pim.Calendar} {
		at, ok := f.bare[k]
		if !ok || f.has(k) {
			continue
		}
		found, err := f.c.Collections(ctx, pim.HomeSet{Kind: k, URL: at.String()})
		if err != nil {
			if err := f.note(at, k, nobody, err); err != nil {
				return err
			}
			continue
		}
		if cols := found.Collections; len(cols) > 0 && !holds(d.Collections, cols[0]) {
			f.adopted(d, pim.HomeSet{Kind: k, URL: at.String()}, found)
			*listed = true
		}
	}
	return nil
}

func holds(cols []pim.Collection, c pim.Collection) bool {
	return slices.ContainsFunc(cols, func(o pim.Collection) bool {
		return o.URL == c.URL
	})
}

// nothing picks the most telling of the errors met on the way.
func (f *finder) nothing(address string) error {
	rank := func(n note) int {
		var e *pim.Error
		if !errors.As(n.err, &e) {
			return 9
		}
		switch {
		case e.Fault == pim.Denied && e.Reason == "login":
			return 0
		case e.Fault == pim.Untrusted, e.Reason == "host", e.Reason == "redirect":
			return 1
		case n.who == account && e.Status >= 500: // there is a home-set, which can't be read now
			return 2
		case e.Fault == pim.Offline, e.Reason == "no-tls":
			return 2
		case n.who == named && e.Status >= 500 && e.Status != 501:
			return 3
		case e.Reason == "html":
			return 3
		case e.Fault == pim.Denied:
			return 4
		}
		return 5
	}
	if len(f.notes) > 0 {
		best := slices.MinFunc(f.notes, func(a, b note) int { return cmp.Compare(rank(a), rank(b)) })
		if rank(best) < 5 {
			return best.err
		}
	}
	return &pim.Error{Fault: pim.Protocol, Op: f.op, Where: shownAddress(address), Reason: "not-dav",
		Err:  errors.New("no CardDAV or CalDAV was found there"),
		Hint: "Use the CardDAV or CalDAV address that the provider names; it often ends in /dav/ or in the user name."}
}
