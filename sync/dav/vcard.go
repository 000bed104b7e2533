package dav

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
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

// Many servers offer 4.0 and turn nothing into anything. That is learnt from the
// first 4.0 card that comes unasked for in its own version; one that does not is
// fetched again by name, and from then on 4.0 is asked for at once.

// v4Life is how long an answer is believed: long enough for one mirroring of a
// collection, short enough for the next one to see new cards.
const v4Life = 2 * time.Minute

const acceptV4 = "text/vcard; version=4.0, */*;q=0.1"

// v4Set is the cards of a collection that are stored as vCard 4.0. A nil set
// has none.
type v4Set struct {
	asking   sync.Mutex
	since    time.Time // zero: not asked yet
	keys     map[string]bool
	converts *atomic.Bool // seen to turn 4.0 into 3.0
}

func (s *v4Set) has(h pim.Href) bool { return s != nil && s.keys[h.Key()] }

// converted says whether a card that was asked for without a version is not
// what is stored.
func (s *v4Set) converted(h pim.Href, body []byte) bool {
	if !s.has(h) || bytes.Contains(body, []byte("\nVERSION:4.0")) {
		return false
	}
	s.converts.Store(true)
	return true
}

// split parts hrefs, in their order: those to ask for without a version, and
// those to ask for as 4.0.
func (s *v4Set) split(hrefs []pim.Href) (plain, four []pim.Href) {
	if s == nil || len(s.keys) == 0 || !s.converts.Load() {
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
	if col.Kind != pim.Contacts || !slices.Contains(col.DataTypes, "text/vcard 4.0") {
		return nil, nil
	}
	c.mu.Lock()
	held := c.v4[col.URL]
	if held == nil {
		held = &v4Set{converts: &atomic.Bool{}}
		c.v4[col.URL] = held
	}
	c.mu.Unlock()
	held.asking.Lock()
	defer held.asking.Unlock()
	if now := c.o.Now(); held.since.IsZero() || now.Sub(held.since) > v4Life {
		keys, err := c.askVersions(ctx, at)
		if err != nil {
			return nil, err
		}
		held.keys, held.since = keys, now
	}
	return &v4Set{keys: held.keys, converts: held.converts}, nil
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
