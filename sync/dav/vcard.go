package dav

import (
	"context"
	"errors"
	"sync"
	"time"

	"sidekeep/sync/pim"
)

// Which bytes a server gives for a card depends on the version that is asked
// for, and there is no way to ask for "what is stored". Seen on Cyrus 3.6.1,
// for GET and for address-data alike, always under one and the same ETag:
//
//	asked for                            stored as 3.0      stored as 4.0
//	nothing, */*, text/vcard, 3.0        as stored          turned into 3.0
//	version=4.0, alone or with 3.0       turned into 4.0    as stored
//	text/x-vcard, text/plain, ...        406                406
//
// (KIND becomes X-ADDRESSBOOKSERVER-KIND, an embedded PHOTO becomes a data URI
// and back.) sabre/dav and what is built on it does the same. getcontentlength
// is the stored size, but a card without such properties has the same length
// in both versions, so it can't tell them apart.
//
// A filter, however, looks at what is stored. So the rule is: where a
// collection offers vCard 4.0 (supported-address-data), ask once for the names
// of the cards whose VERSION is 4.0, ask for 4.0 for these, and for nothing in
// particular for all the others. Where 4.0 is not offered nothing is turned
// into anything (Radicale, Xandikos: the stored bytes whatever is asked), and
// the question is not put. A server that can't answer it is taken to have no
// 4.0 cards, which is what it would have given us anyway.

// v4Life is how long an answer is believed: long enough for one mirroring of a
// collection, short enough for the next one to see new cards.
const v4Life = 2 * time.Minute

// v4Set is the cards of a collection that are stored as vCard 4.0. A nil set
// has none.
type v4Set struct {
	once  sync.Mutex
	since time.Time // zero: not asked yet
	keys  map[string]bool
}

func (s *v4Set) has(h pim.Href) bool { return s != nil && len(s.keys) > 0 && s.keys[h.Key()] }

// split parts hrefs, in their order.
func (s *v4Set) split(hrefs []pim.Href) (plain, four []pim.Href) {
	if s == nil || len(s.keys) == 0 {
		return hrefs, nil
	}
	for _, h := range hrefs {
		if s.has(h) {
			four = append(four, h)
		} else {
			plain = append(plain, h)
		}
	}
	return plain, four
}

// versions gives the 4.0 cards of a collection, asking for them if it must.
func (c *Client) versions(ctx context.Context, col pim.Collection, at place) (*v4Set, error) {
	if col.Kind != pim.Contacts || !offers(col.DataTypes, "text/vcard 4.0") {
		return nil, nil
	}
	c.mu.Lock()
	holder := c.v4[col.URL]
	if holder == nil {
		holder = &v4Set{}
		c.v4[col.URL] = holder
	}
	c.mu.Unlock()
	holder.once.Lock()
	defer holder.once.Unlock()
	if now := c.o.Now(); holder.since.IsZero() || now.Sub(holder.since) > v4Life {
		keys, err := c.askVersions(ctx, at)
		if err != nil {
			return nil, err
		}
		holder.keys, holder.since = keys, now
	}
	return &v4Set{keys: holder.keys}, nil
}

func (c *Client) askVersions(ctx context.Context, at place) (map[string]bool, error) {
	r := request{op: "look for vCard 4.0", method: "REPORT", to: at, depth: "1", body: versionBody, gzip: true}
	var keys map[string]bool
	err := c.retrying(ctx, func() (bool, error) {
		keys = map[string]bool{}
		_, _, err := c.read(ctx, r, func(from place, resp *response) error {
			if h := member(from, resp.href); h != "" && resp.status < 300 {
				keys[h.Key()] = true
			}
			return nil
		})
		return false, err
	})
	var e *pim.Error
	if errors.As(err, &e) && (e.Fault == pim.Protocol || e.Fault == pim.Gone || e.Fault == pim.Denied && e.Status == 403) {
		return nil, nil
	}
	return keys, err
}

func offers(types []string, want string) bool {
	for _, t := range types {
		if t == want {
			return true
		}
	}
	return false
}
