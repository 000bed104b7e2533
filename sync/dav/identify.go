package dav

import (
	"context"
	"errors"

	"sidekeep/sync/pim"
)

// Identify asks whom the server takes the login for now (RFC 5397), and where
// that principal's collections are: at the principal that is remembered, at the
// account's address, and at the root and the well-known address of the
// remembered one's host (RFC 6764 section 5), until one of them says. Where none
// does the Identity is empty, which is no error.
//
// Home-sets are given only on hosts that may have the credentials: the known
// ones, and those that Discover would trust for the same answer. Errors are those
// of a login that is refused, of a server that can't be reached or is busy, and of
// the caller's wish.
func (c *Client) Identify(ctx context.Context, remembered pim.Principal, address string) (pim.Identity, error) {
	f := newFinder(c, "ask who is signed in")
	var ways []place
	for _, s := range []string{remembered.URL, address} {
		if p, err := parsePlace(s); err == nil && c.trusts(p) {
			ways = append(ways, p)
			f.root = append(f.root, p)
		}
	}
	if len(ways) > 0 {
		services := []string{"/.well-known/" + serviceOf[pim.Contacts], "/.well-known/" + serviceOf[pim.Calendar]}
		if s := serviceOf[remembered.Kind]; s != "" {
			services = []string{"/.well-known/" + s}
		}
		for _, path := range append(services, "/") {
			ways = append(ways, ways[0].at(path))
		}
	}
	for _, at := range ways {
		id, err := f.identify(ctx, at)
		if err != nil || id.Principal != "" {
			return id, err
		}
	}
	return pim.Identity{}, nil
}

// identify asks at one place; what only says that it is the wrong one gives an
// empty Identity.
func (f *finder) identify(ctx context.Context, at place) (pim.Identity, error) {
	resp, from, err := f.ask(ctx, at)
	if err != nil {
		return pim.Identity{}, f.hard(err)
	}
	if resp == nil {
		return pim.Identity{}, nil
	}
	if err := f.anonymous(resp, from); err != nil {
		return pim.Identity{}, err
	}
	who, ok := principalOf(resp, from)
	if !ok {
		return pim.Identity{}, nil
	}
	id := pim.Identity{Principal: who.String()}
	if !from.same(who) { // where that can't be asked, it is named all the same
		if !f.adopt(who, "", named) {
			return id, nil
		}
		if resp, from, err = f.ask(ctx, who); err != nil || resp == nil {
			return id, f.hard(err)
		}
	}
	f.takeHomes(resp.props.hrefs[elCardHome], from, who, pim.Contacts)
	f.takeHomes(resp.props.hrefs[elCalHome], from, who, pim.Calendar)
	id.HomeSets, id.Hosts = f.merged(), f.c.trusted()
	return id, nil
}

// anonymous is the error of an answer to nobody (RFC 5397 section 3).
func (f *finder) anonymous(resp *response, from place) error {
	for _, u := range resp.props.names[elPrincipal] {
		if u.local == "unauthenticated" {
			return &pim.Error{Fault: pim.Denied, Op: f.op, Where: from.shown(), Reason: "login",
				Err: errors.New("the server answers as if nobody had signed in"), Hint: loginHint(from.hostname())}
		}
	}
	return nil
}

// principalOf is the place of the current user's principal, where an answer names
// one.
func principalOf(resp *response, from place) (place, bool) {
	for _, h := range resp.props.hrefs[elPrincipal] {
		if p, err := from.follow(h); err == nil {
			return p, true
		}
	}
	return place{}, false
}

// hard gives back the errors that asking elsewhere would not mend.
func (f *finder) hard(err error) error {
	var e *pim.Error
	if !errors.As(err, &e) || e.Status == 401 {
		return err
	}
	switch e.Fault {
	case pim.Stopped, pim.Untrusted, pim.Busy, pim.Offline:
		return err
	}
	return nil
}
