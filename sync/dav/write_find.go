package dav

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"sidekeep/sync/pim"
)

// FindUID gives the hrefs of a collection's objects that have this UID, as it
// stands in an object. What a server answers is compared here: some ignore the
// filter, some ignore case. One that can't be asked so (Xandikos answers 500 for
// cards) is asked for everything, which takes as long as that does.
func (w *Writer) FindUID(ctx context.Context, col pim.Collection, uid string) ([]pim.Href, error) {
	const op = "look for a UID"
	at, err := w.c.collection(op, col.URL)
	if err != nil || uid == "" {
		return nil, err
	}
	f := uidFinder{uid: plainText(uid), seen: newSeen()}
	for _, body := range uidQueries(col, uid) {
		err := w.c.query(ctx, at, body, func(h pim.Href, resp *response) error {
			f.take(w.c.fetched(h, resp, pim.ViaQuery))
			return nil
		})
		if err != nil && !cannotTell(err) {
			return nil, err
		}
		if err != nil {
			f = uidFinder{uid: f.uid, seen: newSeen()}
			if err := w.everything(ctx, col, &f); err != nil {
				return nil, err
			}
			break
		}
	}
	for batch := range slices.Chunk(f.open, 50) {
		if err := w.c.Multiget(ctx, col, batch, func(x pim.Fetched) error {
			if x.Err == nil {
				f.take(x)
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return f.found, nil
}

// everything has a finder look at all that there is: by a query without a
// condition or, where there is none, by name.
func (w *Writer) everything(ctx context.Context, col pim.Collection, f *uidFinder) error {
	err := w.c.Query(ctx, col, f.each)
	if err == nil || !cannotTell(err) {
		return err
	}
	f.open = nil
	return w.c.List(ctx, col, func(e pim.Entry) error {
		f.open = append(f.open, e.Href)
		return nil
	})
}

// uidFinder picks out of what a server answers.
type uidFinder struct {
	uid   string
	seen  *seen
	found []pim.Href
	open  []pim.Href // answered for without data
}

func (f *uidFinder) each(x pim.Fetched) error { f.take(x); return nil }

func (f *uidFinder) take(x pim.Fetched) {
	switch {
	case f.seen.has(x.Href):
	case x.Err != nil:
		if e, ok := x.Err.(*pim.Error); ok && e.Reason == "no-data" {
			f.open = append(f.open, x.Href)
		}
	case plainText(uidOf(x.Object.Body)) == f.uid:
		f.seen.add(x.Href)
		f.found = append(f.found, x.Href)
	}
}

// uidQueries are RFC 6352 section 8.6 for cards. RFC 4791 section 7.8 has to name a
// component for each question; all filters in one must match.
func uidQueries(col pim.Collection, uid string) [][]byte {
	d := dialectOf(col.Kind)
	text := func(attr string) string {
		var b strings.Builder
		escape(&b, plainText(uid))
		return `<X:prop-filter name="UID"><X:text-match` + attr + `>` + b.String() + `</X:text-match></X:prop-filter>`
	}
	if col.Kind == pim.Contacts {
		return [][]byte{cardQuery(d.dataProp(""), `<X:filter>`+text(` match-type="equals"`)+`</X:filter>`)}
	}
	components := col.Components
	if components == nil {
		components = []string{"VEVENT", "VTODO", "VJOURNAL"}
	}
	var out [][]byte
	for _, comp := range components {
		var b strings.Builder
		escape(&b, comp)
		out = append(out, []byte(xmlHead+`<X:`+d.query+` xmlns:D="DAV:" xmlns:X="`+d.ns+`"><D:prop><D:getetag/>`+d.dataProp("")+
			`</D:prop><X:filter><X:comp-filter name="VCALENDAR"><X:comp-filter name="`+b.String()+`">`+text(` collation="i;octet"`)+
			`</X:comp-filter></X:comp-filter></X:filter></X:`+d.query+`>`))
	}
	return out
}

// uidOf is the UID of an object as it is written, unfolded: of the card, or of the
// first event, task or journal entry. "" where there is none.
func uidOf(body []byte) string {
	var open []string
	for len(body) > 0 {
		var line []byte
		line, body = unfolded(body)
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		name, _, _ = bytes.Cut(name, []byte(";"))
		if i := bytes.LastIndexByte(name, '.'); i >= 0 {
			name = name[i+1:]
		}
		switch strings.ToUpper(string(name)) {
		case "BEGIN":
			open = append(open, strings.ToUpper(string(bytes.TrimSpace(value))))
		case "END":
			open = open[:max(0, len(open)-1)]
		case "UID":
			switch depth := len(open); {
			case depth == 0:
			case depth == 1 && open[0] == "VCARD", depth == 2 && open[0] == "VCALENDAR" && open[1] != "VTIMEZONE":
				return string(bytes.TrimSpace(value))
			}
		}
	}
	return ""
}

// unfolded takes one line off, with those that continue it (RFC 5545 section 3.1,
// RFC 6350 section 3.2).
func unfolded(body []byte) (line, rest []byte) {
	for first := true; ; first = false {
		end := bytes.IndexByte(body, '\n') + 1
		if end == 0 {
			end = len(body)
		}
		part := bytes.TrimRight(body[:end], "\r\n")
		body = body[end:]
		if first {
			line = part
		} else {
			line = append(line[:len(line):len(line)], part[1:]...)
		}
		if len(body) == 0 || body[0] != ' ' && body[0] != '\t' {
			return line, body
		}
	}
}

// plainText takes the escapes off a text value.
func plainText(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\,`, `,`, `\;`, `;`, `\:`, `:`).Replace(s)
}
