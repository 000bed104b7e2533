package dav

import (
	"bytes"
	"context"
	"errors"
	"slices"
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
// (KIND becomes X-ADDRESSBOOKSERVER-KIND, an embedded PHOTO is lost or becomes
// a data URI.) sabre/dav and what is built on it does the same.
// getcontentlength is the stored size, but a card without such properties has
// the same length in both versions, so it can't tell them apart.
//
// A filter, however, looks at what is stored. So where a collection offers
// vCard 4.0 (supported-address-data) and has such cards:
//
//   - everything is fetched by two queries, one for the cards whose VERSION is
//     4.0, as 4.0, and one for all the others, as nothing in particular: each
//     card comes once, and one that changes its version in between is left out
//     and asked for by name;
//   - a few cards are fetched by name as nothing in particular, and then those
//     of them whose VERSION is 4.0 by a query that names their UIDs. On Cyrus
//     that query takes a hundredth of a second (with VERSION first; the other
//     way round it takes twenty times as long);
//   - many by name, or single ones by GET, or cards whose UID is none to ask
//     by: the names of all 4.0 cards are asked for once and believed for v4Life;
//   - data inside sync-collection is not asked for, because it comes in one
//     version for all.
//
// Where 4.0 is not offered nothing is turned into anything (Radicale, Xandikos:
// the stored bytes whatever is asked), and none of these questions is put. A
// server that can't answer them is taken to have no 4.0 cards, which is what it
// would have given us anyway. One that offers 4.0 and gives a 4.0 card unasked
// turns nothing into anything either, and is read like the others from then on.

const (
	// v4Life is how long an answer about all cards is believed: long enough for
	// one mirroring of a collection, short enough for the next one to see new
	// cards.
	v4Life = 2 * time.Minute

	acceptV4 = "text/vcard; version=4.0, */*;q=0.1"
)

// v4Road is what a collection that offers vCard 4.0 turned out to do.
type v4Road int

const (
	v4Unknown  v4Road = iota
	v4None            // has no 4.0 cards, or can't tell
	v4Keeps           // gives what is stored
	v4Converts        // turns 4.0 into 3.0 unless asked for 4.0
)

// v4Book is what is known of one collection that offers vCard 4.0.
type v4Book struct {
	asking sync.Mutex // one asks the server, the others wait

	mu     sync.Mutex
	road   v4Road
	asked  time.Time // when road became v4None
	names  *seen     // the 4.0 cards; nil: not asked
	listed time.Time // when names were
}

// book gives what is known of a collection, or nil where it does not offer
// vCard 4.0.
func (c *Client) book(col pim.Collection) *v4Book {
	if col.Kind != pim.Contacts || !slices.Contains(col.DataTypes, "text/vcard 4.0") {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.v4[col.URL]
	if b == nil {
		b = &v4Book{}
		c.v4[col.URL] = b
	}
	return b
}

func isV4(body []byte) bool { return bytes.Contains(body, []byte("\nVERSION:4.0")) }

// known gives the road, as long as it may be believed. A nil book keeps what it
// has: it offers nothing else.
func (b *v4Book) known(now time.Time) v4Road {
	if b == nil {
		return v4Keeps
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.road == v4None && now.Sub(b.asked) > v4Life {
		b.road = v4Unknown
	}
	return b.road
}

func (b *v4Book) learn(r v4Road, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.road, b.asked = r, now
}

func (b *v4Book) setNames(names *seen, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.names, b.listed = names, now
}

var errEnough = errors.New("one is enough")

// v4Way finds out what a collection does, by the first of its 4.0 cards: asked
// for as nothing in particular it comes as it is stored, or turned into 3.0.
func (c *Client) v4Way(ctx context.Context, b *v4Book, at place) (v4Road, error) {
	if b == nil {
		return v4Keeps, nil
	}
	b.asking.Lock()
	defer b.asking.Unlock()
	if r := b.known(c.o.Now()); r != v4Unknown {
		return r, nil
	}
	road := v4None
	r := request{op: "look for vCard 4.0", method: "REPORT", to: at, depth: "1", body: v4ProbeBody}
	err := c.retrying(ctx, func() (bool, error) {
		_, _, err := c.read(ctx, r, func(_ place, resp *response) error {
			switch {
			case resp.status >= 300 || !resp.props.hasData:
				return nil
			case isV4(resp.props.data):
				road = v4Keeps
			default:
				road = v4Converts
			}
			return errEnough
		})
		return false, err
	})
	if err != nil && err != errEnough && !cannotTell(err) {
		return v4Unknown, err
	}
	b.learn(road, c.o.Now())
	return road, nil
}

// cannotTell says that a server does not answer a question about versions.
func cannotTell(err error) bool {
	var e *pim.Error
	return errors.As(err, &e) &&
		(e.Fault == pim.Protocol || e.Fault == pim.Gone || e.Fault == pim.Denied && e.Status == 403)
}

// v4Names gives the 4.0 cards of a collection, asking for them if it must; nil
// is none.
func (c *Client) v4Names(ctx context.Context, b *v4Book, at place) (*seen, error) {
	if r := b.known(c.o.Now()); r == v4Keeps || r == v4None {
		return nil, nil
	}
	b.asking.Lock()
	defer b.asking.Unlock()
	b.mu.Lock()
	names, fresh := b.names, c.o.Now().Sub(b.listed) <= v4Life
	b.mu.Unlock()
	if names != nil && fresh {
		return names, nil
	}
	r := request{op: "look for vCard 4.0", method: "REPORT", to: at, depth: "1", body: v4NamesBody, gzip: true}
	err := c.retrying(ctx, func() (bool, error) {
		names = newSeen()
		_, _, err := c.read(ctx, r, func(from place, resp *response) error {
			if h := member(from, resp.href); h != "" && resp.status < 300 {
				names.add(h)
			}
			return nil
		})
		return false, err
	})
	if err != nil && !cannotTell(err) {
		return nil, err
	}
	if err != nil {
		names = newSeen()
	}
	b.setNames(names, c.o.Now())
	return names, nil
}

// queryV4 fetches everything by two queries, the 4.0 cards first: whatever the
// second one says about these is not what is stored.
func (c *Client) queryV4(ctx context.Context, b *v4Book, at place, each func(pim.Fetched) error) error {
	names := newSeen()
	err := c.query(ctx, at, v4DataBody, func(h pim.Href, resp *response) error {
		if !resp.props.hasData || !isV4(resp.props.data) {
			return nil // not what was asked for: by name, then
		}
		names.add(h)
		return each(c.fetched(h, resp, pim.ViaQuery))
	})
	if err != nil {
		return err
	}
	b.setNames(names, c.o.Now())
	others := func(h pim.Href, resp *response) error {
		if names.has(h) {
			return nil
		}
		return each(c.fetched(h, resp, pim.ViaQuery))
	}
	err = c.query(ctx, at, v4OthersBody, others)
	if err != nil && cannotTell(err) { // it can't say "not"
		err = c.query(ctx, at, dialectOf(pim.Contacts).queryBody(), others)
	}
	return err
}

// manyV4 fetches by name, each card in the version that it was listed with.
func (c *Client) manyV4(ctx context.Context, b *v4Book, col pim.Collection, at place, hrefs []pim.Href,
	each func(pim.Fetched) error) error {
	names, err := c.v4Names(ctx, b, at)
	if err != nil {
		return err
	}
	plain, four := hrefs, []pim.Href(nil)
	if b.known(c.o.Now()) == v4Converts {
		plain, four = split(names, hrefs)
	}
	if len(plain) > 0 {
		err := c.multiget(ctx, col, at, plain, "", func(f pim.Fetched) error {
			switch {
			case f.Err != nil:
			case isV4(f.Object.Body):
				b.learn(v4Keeps, c.o.Now())
			case names.has(f.Href):
				b.learn(v4Converts, c.o.Now())
				four = append(four, f.Href)
				return nil
			}
			return each(f)
		})
		if err != nil {
			return err
		}
	}
	if len(four) > 0 {
		return c.multiget(ctx, col, at, four, "4.0", each)
	}
	return nil
}

// split parts hrefs, in their order, by whether they are 4.0 cards.
func split(names *seen, hrefs []pim.Href) (plain, four []pim.Href) {
	for _, h := range hrefs {
		if names.has(h) {
			four = append(four, h)
		} else {
			plain = append(plain, h)
		}
	}
	return plain, four
}
