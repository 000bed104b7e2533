package dav

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"sidekeep/sync/pim"
)

// Collections lists a home-set by one PROPFIND Depth 1. A home-set of Kind ""
// serves both kinds (one URL is the home of address books and of calendars):
// the collections of both kinds are given, from that one request. A home-set of
// one kind gives only the collections of that kind.
//
// Trash bins, scheduling inboxes and outboxes, and notification collections are
// left out. A child that can't be read never fails the listing: it is in
// HomeListing.Refused, once, with the status that the server gives in its place.
// One that is answered for with 404 or 410 is not there, and is left out.
// A collection on another host is asked there only if that host is under the
// same registrable domain.
func (c *Client) Collections(ctx context.Context, home pim.HomeSet) (pim.HomeListing, error) {
	return c.collections(ctx, home, collectionsBody, nil)
}

// collections is Collections with what else is to be asked for and looked at: of
// the home-set itself, with a nil collection, and of each collection.
func (c *Client) collections(ctx context.Context, home pim.HomeSet, body []byte,
	look func(*pim.Collection, place, *response)) (pim.HomeListing, error) {
	const op = "list collections"
	at, err := c.collection(op, home.URL)
	if err != nil {
		return pim.HomeListing{}, err
	}
	r := request{op: op, method: "PROPFIND", to: at, depth: "1", body: body, gzip: true, limit: maxHome}
	var out pim.HomeListing
	err = c.retrying(ctx, func() (bool, error) {
		out = pim.HomeListing{}
		known := newSeen()
		_, _, err := c.read(ctx, r, func(from place, resp *response) error {
			if sameKey(resp.href, from.path) || sameKey(resp.href, at.path) {
				if err := selfError(r, resp); err != nil {
					return err
				}
				if p, ok := principalOf(resp, from); ok {
					out.Principal = p.String()
				}
				if look != nil {
					look(nil, from, resp)
				}
			} else if status := refusal(resp); status != 0 {
				if p, err := from.follow(resp.href); err == nil && len(out.Refused) < maxRefused && known.add(pim.Href(p.path)) {
					out.Refused = append(out.Refused, refusedChild(p, status))
				}
				return nil
			}
			kind, ok := kindOf(resp)
			if !ok || home.Kind != "" && home.Kind != kind {
				return nil
			}
			p, err := from.follow(resp.href)
			if err != nil || !known.add(pim.Href(p.path)) {
				return nil
			}
			if p.host != from.host && related(from, p) {
				c.trust(p) // the account's own answer names it
			}
			col := collectionOf(from, p, kind, &resp.props)
			col.HomeSet = home.URL
			if look != nil {
				look(&col, p, resp)
			}
			out.Collections = append(out.Collections, col)
			return nil
		})
		return false, err
	})
	if err != nil {
		return pim.HomeListing{}, err
	}
	return out, nil
}

// maxRefused bounds how many refused members are named: nobody reads more.
const maxRefused = 1000

// refusal is the status that stands in the place of what a member of a home-set
// is: its own (RFC 4918 section 14.24), or that of the propstat with its
// resourcetype. It is 0 for one that can be read, and for one that is not there.
func refusal(resp *response) int {
	status := resp.status
	if _, typed := resp.props.names[elResourceType]; status == 0 && !typed {
		status = resp.failed
		if resp.untyped != 0 {
			status = resp.untyped
		}
	}
	if status < 300 || status == 404 || status == 410 {
		return 0
	}
	return status
}

func refusedChild(at place, status int) *pim.Error {
	e := &pim.Error{Fault: faultOf(&statusError{status: status}), Op: "read", Where: at.shown(), Status: status,
		Reason: pim.ReasonRefused, Err: fmt.Errorf("the server lists it and does not let it be read (status %d)", status),
		Hint: "If it is yours or shared with you, ask whoever runs the server to let this login read it. " +
			"What was mirrored of it before is kept."}
	if e.Fault == pim.Gone || e.Fault == pim.Protocol || e.Fault == pim.Busy || e.Fault == pim.Offline {
		e.Hint = "The next mirror asks again. If it stays so, tell whoever runs the server. What was mirrored of it before is kept."
	}
	return e
}

// notOurs are types of collections that no person put anything into.
var notOurs = map[string]bool{
	"schedule-inbox": true, "schedule-outbox": true, "notification": true, "notifications": true,
	"trash-bin": true, "trashbin": true, "deleted-calendar": true, "dropbox-home": true, "dropbox": true,
	"addressbook-home": true,
}

// kindOf says what a collection holds, by its resourcetype (RFC 4791 section
// 4.2, RFC 6352 section 5.2); a subscription without a type of its own is a
// calendar.
func kindOf(resp *response) (pim.Kind, bool) {
	if resp.status >= 300 {
		return "", false
	}
	subscribed := false
	kind := pim.Kind("")
	for _, t := range resp.props.names[elResourceType] {
		switch {
		case notOurs[t.local]:
			return "", false
		case t.ns == nsCard && t.local == "addressbook":
			kind = pim.Contacts
		case t.ns == nsCal && t.local == "calendar" && kind == "":
			kind = pim.Calendar
		case t.ns == nsCS && t.local == "subscribed":
			subscribed = true
		}
	}
	if kind == "" && subscribed {
		kind = pim.Calendar
	}
	return kind, kind != ""
}

func collectionOf(from, at place, kind pim.Kind, p *props) pim.Collection {
	col := pim.Collection{
		Kind: kind, URL: at.String(),
		Name: p.text[elDisplayName], Description: p.text[elDescription], Color: p.text[elColor],
		Components: p.comps, Reports: p.locals(elReports), Privileges: p.locals(elPrivileges), DataTypes: p.types,
		CTag: pim.CTag(p.text[elCTag]), SyncToken: pim.SyncToken(p.text[elSyncToken]),
	}
	if n, err := strconv.Atoi(strings.TrimSpace(p.text[elOrder])); err == nil {
		col.Order = n
	}
	if s := p.hrefs[elSource]; len(s) > 0 {
		col.Source = sourceOf(from, s[0])
	}
	return col
}

// sourceOf is where a subscription comes from: without userinfo, which may hold
// a password.
func sourceOf(from place, href string) string {
	scheme, rest, absolute := strings.Cut(href, "://")
	if !absolute {
		if p, err := from.follow(href); err == nil {
			return p.String()
		}
		return ""
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	return scheme + "://" + rest[strings.LastIndexByte(rest[:end], '@')+1:]
}
