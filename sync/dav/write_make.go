package dav

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sidekeep/sync/pim"
)

// maxNames is how many URLs are tried for a new collection.
const maxNames = 30

// MakeCollection makes an address book or a calendar in a home-set: MKCALENDAR (RFC 4791
// section 5.3.1) or extended MKCOL (RFC 5689), and the simpler ways that some servers
// want instead, down to a plain MKCOL with a PROPPATCH. It says how the server
// describes what was made, which may be otherwise than asked for: Xandikos 0.2.8
// takes no colour, and every component whatever is asked for.
//
// The URL is one that the home-set does not list. Where it is taken all the same
// (somebody was faster; RFC 4918 section 9.3.1 has 405 for that, Cyrus answers
// 403, Radicale 409 and Xandikos 207 with DAV:resource-must-be-null) another one is
// tried. Components nil leaves them to the server.
//
// An error with Reason "no-make" means that the server has no way to do it. After a
// cut connection it is looked whether it was made, so that no second one is.
func (w *Writer) MakeCollection(ctx context.Context, home pim.HomeSet, name string, kind pim.Kind,
	components []string, color string) (pim.Collection, error) {
	const op = "make a collection"
	base, err := w.c.collection(op, home.URL)
	if err != nil {
		return pim.Collection{}, err
	}
	if kind != pim.Contacts && kind != pim.Calendar {
		return pim.Collection{}, &pim.Error{Fault: pim.Invalid, Op: op, Where: base.shown(), Err: errors.New("neither an address book nor a calendar")}
	}
	taken, err := w.taken(ctx, base)
	if err != nil {
		return pim.Collection{}, err
	}
	m := maker{w: w, home: home, base: base, kind: kind, name: strings.TrimSpace(name), color: color}
	for _, c := range components {
		m.components = append(m.components, strings.ToUpper(c))
	}
	slug := segmentOf(m.name, kind)
	for n := 1; n <= maxNames; n++ {
		segment := slug
		if n > 1 {
			segment = fmt.Sprintf("%s-%d", slug, n)
		}
		at := base.at(folder(base.path) + segment + "/")
		if !taken.add(pim.Href(strings.TrimSuffix(at.path, "/"))) {
			continue
		}
		made, err := m.at(ctx, at)
		if err != nil || made {
			return m.made(ctx, at, err)
		}
	}
	return pim.Collection{}, &pim.Error{Fault: pim.Protocol, Op: op, Where: base.shown(), Reason: pim.ReasonNoMake,
		Err: errors.New("every name that was tried is taken")}
}

func folder(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return strings.TrimSuffix(path, "/") + "/"
}

// taken lists what a home-set has, whatever it is.
func (w *Writer) taken(ctx context.Context, base place) (*seen, error) {
	known := newSeen()
	r := request{op: "list collections", method: "PROPFIND", to: base, depth: "1", body: listBody, gzip: true, limit: maxHome}
	err := w.c.retrying(ctx, func() (bool, error) {
		_, _, err := w.c.read(ctx, r, func(from place, resp *response) error {
			if p, err := from.follow(resp.href); err == nil {
				known.add(pim.Href(strings.TrimSuffix(p.path, "/")))
			}
			return nil
		})
		return false, err
	})
	return known, err
}

// segmentOf makes a path segment that no server has to escape out of a name.
func segmentOf(name string, kind pim.Kind) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() == 40 {
			break
		}
	}
	if s := strings.Trim(b.String(), "-"); s != "" {
		return s
	}
	return map[pim.Kind]string{pim.Contacts: "contacts", pim.Calendar: "calendar"}[kind]
}

// maker makes one collection.
type maker struct {
	w           *Writer
	home        pim.HomeSet
	base        place
	kind        pim.Kind
	name, color string
	components  []string
}

// way is one way to make it.
type way struct {
	method string
	body   []byte // nil: none
	after  bool   // PROPPATCH has to say the rest
}

// ways are in the order in which they are tried: each asks less of the server.
func (m *maker) ways() []way {
	what := `<D:resourcetype><D:collection/><R:addressbook/></D:resourcetype>`
	if m.kind == pim.Calendar {
		what = `<D:resourcetype><D:collection/><L:calendar/></D:resourcetype>`
	}
	mkcol := func(props string) []byte {
		return []byte(xmlHead + `<D:mkcol` + allNamespaces + `><D:set><D:prop>` + what + props + `</D:prop></D:set></D:mkcol>`)
	}
	ways := []way{
		{"MKCOL", mkcol(m.named() + m.coloured()), false},
		{"MKCOL", mkcol(m.named()), false},
	}
	if m.kind == pim.Contacts {
		return append(ways, way{"MKCOL", nil, true})
	}
	mkcalendar := func(props string) []byte {
		return []byte(xmlHead + `<L:mkcalendar` + allNamespaces + `><D:set><D:prop>` + props + `</D:prop></D:set></L:mkcalendar>`)
	}
	comps := m.comps()
	return []way{
		{"MKCALENDAR", mkcalendar(m.named() + comps + m.coloured()), false},
		{"MKCALENDAR", mkcalendar(m.named() + comps), false},
		{"MKCOL", mkcol(m.named() + comps), false},
	}
}

func (m *maker) named() string {
	if m.name == "" {
		return ""
	}
	var b strings.Builder
	escape(&b, m.name)
	return `<D:displayname>` + b.String() + `</D:displayname>`
}

func (m *maker) coloured() string {
	if m.color == "" {
		return ""
	}
	tag := "A:calendar-color"
	if m.kind == pim.Contacts {
		tag = "I:addressbook-color"
	}
	var b strings.Builder
	escape(&b, m.color)
	return "<" + tag + ">" + b.String() + "</" + tag + ">"
}

func (m *maker) comps() string {
	if len(m.components) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(`<L:supported-calendar-component-set>`)
	for _, c := range m.components {
		b.WriteString(`<L:comp name="`)
		escape(&b, c)
		b.WriteString(`"/>`)
	}
	b.WriteString(`</L:supported-calendar-component-set>`)
	return b.String()
}

// at tries every way at one URL. false without an error: the URL is taken.
func (m *maker) at(ctx context.Context, at place) (made bool, err error) {
	var first error
	for i, way := range m.ways() {
		if i > 0 && string(way.body) == string(m.ways()[i-1].body) {
			continue
		}
		err := m.send(ctx, at, way)
		if err == nil {
			if way.after {
				return m.settled(ctx, at)
			}
			return true, nil
		}
		if hasCondition(err, "resource-must-be-null") {
			return false, nil
		}
		unknown := reasonOf(err) == pim.ReasonUnknownOutcome
		if !unknown && !refusedWay(err) {
			return false, m.refused(err)
		}
		_, there, lerr := m.w.look(ctx, "look for the collection", at)
		switch {
		case lerr != nil && unknown:
			return false, err
		case lerr != nil:
			return false, lerr
		case there:
			return unknown, nil // nobody had it before; or somebody was faster
		case unknown && !refusedWay(err):
			return false, notMade(err)
		case first == nil:
			first = err
		}
	}
	return false, m.refused(first)
}

// notMade says of what may have been carried out that it was not.
func notMade(err error) error {
	e := *err.(*pim.Error)
	e.Reason, e.Hint = "cut", ""
	return &e
}

// refusedWay says that a server does not know this way, or not at this place.
func refusedWay(err error) bool {
	switch statusOf(err) {
	case 400, 403, 404, 405, 409, 412, 415, 422, 424, 500, 501:
		return !hasCondition(err, "need-privileges") && pim.FaultOf(err) != pim.Busy
	}
	return false
}

func (m *maker) send(ctx context.Context, at place, way way) error {
	return m.w.retryingWrite(ctx, request{op: "make a collection", method: way.method, to: at, body: way.body},
		func(r request, a *answer) error {
			if a.status == http.StatusMultiStatus {
				return m.w.inner(ctx, r, a)
			}
			a.whole = true
			return nil
		})
}

// settled gives a plain folder its type and name, and takes it away again where
// the server leaves it a folder.
func (m *maker) settled(ctx context.Context, at place) (bool, error) {
	what := `<D:resourcetype><D:collection/><R:addressbook/></D:resourcetype>`
	err := m.patch(ctx, at, what+m.named())
	if _, derr := m.describe(ctx, at); derr == nil {
		return true, nil
	}
	// It was made a moment ago, and nothing but this knows of it.
	_ = m.w.retryingWrite(ctx, request{op: "take the folder away", method: http.MethodDelete, to: at},
		func(request, *answer) error { return nil })
	if err == nil {
		err = errors.New("the server makes a folder of it")
	}
	return false, m.refused(err)
}

func (m *maker) patch(ctx context.Context, at place, props string) error {
	body := []byte(xmlHead + `<D:propertyupdate` + allNamespaces + `><D:set><D:prop>` + props + `</D:prop></D:set></D:propertyupdate>`)
	return m.w.retryingWrite(ctx, request{op: "name the collection", method: "PROPPATCH", to: at, body: body},
		func(r request, a *answer) error { return m.w.inner(ctx, r, a) })
}

// refused words that a collection can't be made.
func (m *maker) refused(err error) error {
	var se *statusError
	if !errors.As(err, &se) || se.status == 401 || se.status == 407 || pim.FaultOf(err) == pim.Busy {
		return err
	}
	e := &pim.Error{Fault: pim.Denied, Op: "make a collection", Where: m.base.shown(), Status: se.status, Reason: pim.ReasonNoMake,
		Err: fmt.Errorf("the server does not let one be made here: %w", se)}
	what := map[pim.Kind]string{pim.Contacts: "an empty address book", pim.Calendar: "an empty calendar"}[m.kind]
	e.Hint = "Make " + what + " on the server's own page and choose it as the target."
	if r := refusalReason(se); r == pim.ReasonFull {
		e.Reason, e.Hint = r, refusalWords[r].hint
	}
	return e
}

// made describes what was made, and names it where the server has not.
func (m *maker) made(ctx context.Context, at place, err error) (pim.Collection, error) {
	if err != nil {
		return pim.Collection{}, err
	}
	col, err := m.describe(ctx, at)
	if err != nil {
		return pim.Collection{}, err
	}
	props := ""
	if m.name != "" && col.Name != m.name {
		props += m.named()
	}
	if m.color != "" && !sameColor(col.Color, m.color) {
		props += m.coloured()
	}
	if props == "" {
		return col, nil
	}
	if m.patch(ctx, at, props) != nil { // only its looks: what matters is that it is there
		return col, nil
	}
	if again, err := m.describe(ctx, at); err == nil {
		col = again
	}
	return col, nil
}

// sameColor compares "#RRGGBB" with "#RRGGBBAA" too.
func sameColor(a, b string) bool {
	return len(a) >= 7 && len(b) >= 7 && strings.EqualFold(a[:7], b[:7])
}

// describe asks what a collection is; it is an error that it is none of ours.
func (m *maker) describe(ctx context.Context, at place) (pim.Collection, error) {
	const op = "look at the collection"
	r := request{op: op, method: "PROPFIND", to: at, depth: "0", body: collectionsBody, quick: true, limit: maxPrincipal}
	var cols []pim.Collection
	err := m.w.c.retrying(ctx, func() (bool, error) {
		cols = nil
		_, _, err := m.w.c.read(ctx, r, func(from place, resp *response) error {
			if kind, ok := kindOf(resp); ok {
				cols = append(cols, collectionOf(from, at, kind, &resp.props))
			}
			return nil
		})
		return false, err
	})
	if err != nil {
		return pim.Collection{}, err
	}
	i := slices.IndexFunc(cols, func(c pim.Collection) bool { return c.Kind == m.kind })
	if i < 0 {
		return pim.Collection{}, &pim.Error{Fault: pim.Protocol, Op: op, Where: at.shown(), Reason: pim.ReasonNoMake,
			Err: errors.New("what the server made is no collection of this kind")}
	}
	cols[i].HomeSet = m.home.URL
	return cols[i], nil
}
