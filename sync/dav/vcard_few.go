package dav

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"sidekeep/sync/pim"
)

// A few cards by name, where the server may turn vCard 4.0 into 3.0: see the
// picture at the top of vcard.go.

const (
	// fewCards is how many are worth asking for by UID.
	fewCards = 100
	// handful is how many of them may all turn out to be 4.0 without a second
	// look: see settleV4.
	handful = 10
	// fewBytes bounds what is held back of them until their version is known.
	fewBytes = 8 << 20
)

// fewV4 fetches a few cards by two requests, whatever their versions are.
func (c *Client) fewV4(ctx context.Context, b *v4Book, col pim.Collection, at place, hrefs []pim.Href,
	each func(pim.Fetched) error) error {
	f := few{held: map[string]pim.Fetched{}}
	err := c.multiget(ctx, col, at, hrefs, "", func(x pim.Fetched) error {
		switch {
		case x.Err != nil:
		case isV4(x.Object.Body):
			b.learn(v4Keeps, c.o.Now())
		case b.known(c.o.Now()) != v4Keeps:
			f.hold(x)
			return nil
		}
		return each(x)
	})
	if err != nil {
		return err
	}
	if b.known(c.o.Now()) != v4Keeps && len(f.uids) > 0 {
		if err := c.settleV4(ctx, b, at, &f); err != nil {
			return err
		}
	}
	for _, x := range f.held {
		if err := each(x); err != nil {
			return err
		}
	}
	if len(f.rest) > 0 {
		return c.manyV4(ctx, b, col, at, f.rest, each)
	}
	return nil
}

// settleV4 puts what is stored in the place of those held cards that are 4.0.
// Where the server does not answer as asked, all of them are left over. One that
// does not know test="allof" gives itself away by cards that were not asked
// for, unless these are all the 4.0 cards there are: that more than a handful
// are 4.0 without exception is therefore asked for once more, another way.
func (c *Client) settleV4(ctx context.Context, b *v4Book, at place, f *few) error {
	strange, four := false, []pim.Href(nil)
	err := c.query(ctx, at, v4UIDBody(f.uids), func(h pim.Href, resp *response) error {
		key := h.Key()
		x, ok := f.held[key]
		switch {
		case !ok && !f.left(key), !resp.props.hasData, !isV4(resp.props.data) && !resp.props.tooBig:
			strange = true // a filter that it does not understand
		case ok && f.bytes+int64(len(resp.props.data)) > fewBytes:
			f.leave(x)
		case ok:
			f.bytes += int64(len(resp.props.data)) - int64(len(x.Object.Body))
			y := c.fetched(x.Href, resp, pim.ViaQuery)
			f.held[key] = y
			four = append(four, x.Href)
			b.learn(v4Converts, c.o.Now())
		}
		return nil
	})
	if err != nil && !cannotTell(err) {
		return err
	}
	if len(four) == len(f.uids) && len(four) > handful {
		names, err := c.v4Names(ctx, b, at)
		if err != nil {
			return err
		}
		strange = strange || slices.ContainsFunc(four, func(h pim.Href) bool { return !names.has(h) })
	}
	if err != nil || strange {
		for _, x := range f.held {
			f.leave(x)
		}
	}
	return nil
}

// few is what is held back until it is known which of it is 4.0.
type few struct {
	held  map[string]pim.Fetched // by key
	uids  []string               // theirs
	bytes int64
	rest  []pim.Href // to be asked for by name once more
}

// hold keeps a card, or leaves it for later where there is no room, or no UID to
// ask by.
func (f *few) hold(x pim.Fetched) {
	uid := plainUID(x.Object.Body)
	if uid == "" || f.bytes+int64(len(x.Object.Body)) > fewBytes {
		f.rest = append(f.rest, x.Href)
		return
	}
	f.bytes += int64(len(x.Object.Body))
	f.held[x.Href.Key()] = x
	f.uids = append(f.uids, uid)
}

func (f *few) leave(x pim.Fetched) {
	f.bytes -= int64(len(x.Object.Body))
	delete(f.held, x.Href.Key())
	f.rest = append(f.rest, x.Href)
}

func (f *few) left(key string) bool {
	return slices.ContainsFunc(f.rest, func(h pim.Href) bool { return h.Key() == key })
}

// plainUID is a card's UID if that is written in one way only, whatever the
// version: nothing folded, escaped or encoded. Otherwise it is "".
func plainUID(body []byte) string {
	for at := 0; at < len(body); {
		line := body[at:]
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line = line[:i+1]
		}
		at += len(line)
		if len(line) < 5 || !strings.EqualFold(string(line[:4]), "UID:") {
			continue
		}
		uid := string(bytes.TrimRight(line[4:], "\r\n"))
		folded := at < len(body) && (body[at] == ' ' || body[at] == '\t')
		odd := strings.ContainsFunc(uid, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.:@", r)
		})
		if folded || odd {
			return ""
		}
		return uid
	}
	return ""
}
