package dav

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"sidekeep/sync/pim"
)

// What servers do with what is put, as seen on Cyrus 3.6.1, Radicale 3.1.8 and
// Xandikos 0.2.8; each line is a story in write_real_test.go.
//
// UIDs. On Cyrus a calendar object's UID stands once in all calendars of a
// person, scheduling or not: a second one answers 403 with
// CALDAV:unique-scheduling-object-resource and the href of the first, in the same
// calendar or another. Another UID under a name that is taken answers 403 with
// CALDAV:no-uid-conflict and that same href. After a DELETE the UID is free at
// once, everywhere. Cards may share a UID, even within one address book. Radicale
// answers 409 with no-uid-conflict and no href, for both kinds, within one
// collection. Xandikos answers 207 with 412 and no-uid-conflict inside, for
// calendars, within one. Nextcloud (read in its source) answers 400 with a
// sentence, and another sentence for a UID that its trash bin has.
//
// Data. Cyrus refuses components that the calendar does not name, vCard 2.1, and
// as valid-calendar-data what has a METHOD or no UID and an event that begins and
// ends at the same moment, as one does whose DTSTART has a time and that has
// neither DTEND nor DURATION (RFC 5545 section 3.6.1 has both). Radicale refuses
// what has no UID. Radicale and Xandikos take any component, and Xandikos even a
// card in a calendar. Bytes that are not UTF-8 are taken by all.
//
// What is stored. Cyrus keeps lines and their order, and writes lists anew: one
// TYPE parameter and one CATEGORIES line for each value, commas escaped. Radicale
// sorts properties and parameters, writes names in upper case, and drops what
// follows an unescaped comma in a text. Xandikos keeps cards, and sorts the
// parameters and properties of calendar objects. All tell the ETag of what they
// made of it.
//
// Invitations. Cyrus with scheduling on sends them for an event to come, whatever
// Schedule-Reply says (SCHEDULE-STATUS=1.1 appears in what is stored), and not
// where SCHEDULE-AGENT=CLIENT is on the lines of attendees and organiser. The
// answer then has no ETag.
//
// Time. Radicale and, for calendars, Xandikos read a whole collection for each
// new object to see whether its UID is there: on Radicale 4 ms, and 0.05 ms more
// for each object that there is. Both write one at a time. Cyrus takes 2 to 4 ms
// whatever is there. More requests at once gain little anywhere.

// Put stores one object, under exactly one condition: If-Match on the state that
// may be replaced, or If-None-Match: * (RFC 9110 section 13.1) where there is to
// be none. Nothing else is ever overwritten.
//
// The bytes go as they are. The result is where the server says that it put
// them (a Location header, RFC 4791 section 5.3.2, or where a redirect led) and the
// ETag of what is there now: of the answer, or else asked for by PROPFIND (unless
// the caller reads back). An
// ETag in the answer does not mean that the bytes are what was sent. Who wants to
// know reads it back; with ReadBack nothing is asked for here.
//
// A server that is busy is asked again within the bounds that reading has. What
// may have been stored is never sent again here: the error then has Reason
// "unknown-outcome" (a connection cut after something was sent, 500, 502, 504, a
// precondition that fails after an earlier try), and the caller reads first.
// Every other error means that nothing was written. A *pim.UIDConflict in the
// chain says what has the UID, where the server does.
func (w *Writer) Put(ctx context.Context, p pim.PutRequest) (pim.PutResult, error) {
	const op = "store"
	base, at, err := w.inside(op, p.Collection, p.Href)
	if err != nil {
		return pim.PutResult{}, err
	}
	if strings.ContainsAny(string(p.IfMatch), "\r\n\x00") {
		return pim.PutResult{}, &pim.Error{Fault: pim.Invalid, Op: op, Where: at.shown(), Err: errors.New("that is no ETag")}
	}
	if p.Kind == "" {
		p.Kind = p.Collection.Kind
	}
	if p.IfMatch == "" && w.looksFirst(at) {
		if _, there, err := w.look(ctx, op, at); err != nil {
			return pim.PutResult{}, err
		} else if there {
			return pim.PutResult{}, preconditionError(op, at)
		}
	}
	r := request{op: op, method: http.MethodPut, to: at, body: p.Body, ctype: mediaType(p.Kind, p.Body),
		more: putHeader(p)}
	if r.body == nil {
		r.body = []byte{}
	}
	res, err := w.put(ctx, r, base, p)
	if err != nil {
		return pim.PutResult{}, w.putError(ctx, err, base, at, p)
	}
	if res.ETag == "" && !p.ReadBack {
		return w.tagged(ctx, base, res, p)
	}
	return res, nil
}

// inside checks that an href is of one object of a collection: what is written
// goes nowhere else.
func (w *Writer) inside(op string, col pim.Collection, href pim.Href) (base, at place, err error) {
	if base, err = w.c.collection(op, col.URL); err != nil {
		return base, at, err
	}
	fail := func(why string) error {
		return &pim.Error{Fault: pim.Invalid, Op: op, Where: shownAddress(string(href)), Err: errors.New(why)}
	}
	if at, err = base.follow(string(href)); err != nil || href == "" {
		return base, at, fail("not the address of an object")
	}
	slash := strings.LastIndexByte(at.path, '/') + 1
	name := pim.Href(at.path[slash:]).Key()
	if !sameKey(at.path[:slash], base.path) || name == "" || strings.ContainsRune(at.path, '?') ||
		slices.ContainsFunc(strings.Split(name, "/"), func(s string) bool { return s == "." || s == ".." }) {
		return base, at, fail("the object is not in this collection")
	}
	return base, at, nil
}

func putHeader(p pim.PutRequest) map[string]string {
	h := map[string]string{"If-None-Match": "*"}
	if p.IfMatch != "" {
		h = map[string]string{"If-Match": string(p.IfMatch)}
	}
	if p.Quiet && p.Kind == pim.Calendar {
		h["Schedule-Reply"] = "F"
	}
	return h
}

// mediaType names the format, its version where a server may need it to tell
// vCards apart (RFC 6350 section 10.1), and the charset where it is known.
func mediaType(kind pim.Kind, body []byte) string {
	t := "text/calendar"
	if kind == pim.Contacts {
		t = "text/vcard"
	}
	if utf8.Valid(body) {
		t += "; charset=utf-8"
	}
	if kind == pim.Contacts {
		for _, v := range []string{"3.0", "4.0"} {
			if bytes.Contains(body, []byte("\nVERSION:"+v)) {
				return t + "; version=" + v
			}
		}
	}
	return t
}

// ignoresIfNoneMatch knows the provider that heeds If-Match and nothing like it
// (Google's guide to its CalDAV interface): there it has to be looked first.
func ignoresIfNoneMatch(at place) bool {
	p := providerOfHost(at.hostname())
	return p != nil && p.name == "Google"
}

// put sends the request until it is answered by something else than "busy".
func (w *Writer) put(ctx context.Context, r request, base place, p pim.PutRequest) (pim.PutResult, error) {
	var res pim.PutResult
	err := w.retryingWrite(ctx, r, func(r request, a *answer) (err error) {
		res, err = w.stored(ctx, r, a, base, p.Href)
		return err
	})
	return res, err
}

// stored reads an answer with a 2xx status. One of 207 has what became of it
// inside (Xandikos).
func (w *Writer) stored(ctx context.Context, r request, a *answer, base place, asked pim.Href) (pim.PutResult, error) {
	res := pim.PutResult{Href: asked, ETag: pim.ETag(a.header.Get("ETag")), Status: a.status}
	if a.status == http.StatusMultiStatus {
		return res, w.inner(ctx, r, a)
	}
	if strings.HasPrefix(a.header.Get("Content-Type"), "text/html") && a.status == http.StatusOK {
		page, _ := io.ReadAll(io.LimitReader(a.body, 512))
		if errors.Is(sniff(page), errHTML) {
			return res, w.c.unreadable(ctx, r, a, errHTML)
		}
	}
	a.whole = true
	at, err := base.follow(string(asked))
	if err != nil {
		return res, err
	}
	now := a.from
	if l := a.header.Get("Location"); l != "" {
		if to, err := a.from.follow(l); err == nil && w.c.trusts(to) {
			now = to
		}
	}
	if !now.same(at) {
		res.Href = hrefAt(base, now)
		if a.header.Get("Location") != "" && a.from.same(at) {
			// It may be the tag of the resource that was asked for.
			res.ETag = ""
		}
	}
	return res, nil
}

// hrefAt spells a place as a listing of the collection would.
func hrefAt(base, at place) pim.Href {
	if base.host == at.host {
		return pim.Href(at.path)
	}
	return pim.Href(at.String())
}

// certain says that an error leaves no doubt that nothing was written.
func certain(err error) bool {
	switch s := statusOf(err); {
	case s == 408, s == 500, s == 502, s == 504:
		return false
	case s >= 300:
		return true
	}
	var e *pim.Error
	return errors.As(err, &e) && (e.Reason == "html" || e.Reason == "redirect" ||
		e.Reason == "host" || e.Reason == "plain-http")
}

// tagged asks for the ETag of what was stored. Where it is not under the name it
// was put under, it is looked for by its UID.
func (w *Writer) tagged(ctx context.Context, base place, res pim.PutResult, p pim.PutRequest) (pim.PutResult, error) {
	at, err := base.follow(string(res.Href))
	if err != nil {
		return res, nil
	}
	tag, there, err := w.look(ctx, "look at what was stored", at)
	if err != nil || there {
		res.ETag = tag
		return res, nil // stored it is, whatever the answer: only its tag is not known
	}
	uid := uidOf(p.Body)
	if uid == "" {
		return res, nil
	}
	hrefs, err := w.FindUID(ctx, p.Collection, uid)
	if err != nil || len(hrefs) != 1 {
		return res, nil
	}
	res.Href = hrefs[0]
	if at, err = base.follow(string(res.Href)); err == nil {
		res.ETag, _, _ = w.look(ctx, "look at what was stored", at)
	}
	return res, nil
}

// look asks whether something is there, and for its ETag.
func (w *Writer) look(ctx context.Context, op string, at place) (tag pim.ETag, there bool, err error) {
	r := request{op: op, method: "PROPFIND", to: at, depth: "0", body: listBody, quick: true, limit: maxPrincipal}
	err = w.c.retrying(ctx, func() (bool, error) {
		_, _, err := w.c.read(ctx, r, func(from place, resp *response) error {
			if (sameKey(resp.href, from.path) || sameKey(resp.href, at.path)) && resp.status < 300 {
				tag, there = pim.ETag(resp.props.etag), true
			}
			return nil
		})
		return false, err
	})
	if s := statusOf(err); s == 404 || s == 410 {
		return "", false, nil
	}
	return tag, there, err
}
