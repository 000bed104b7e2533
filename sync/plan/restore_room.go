package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"sidekeep/sync/pim"
)

// standIn begins what Validator makes of getlastmodified: no server takes it
// for an ETag.
const standIn = "last-modified "

// room chooses where an object goes, or says why nowhere.
func (p *planner) room(w *RestoreWanted) (*room, string) {
	if p.f.Ask.Into != "" {
		return p.into(w)
	}
	kind, title := w.Collection.Kind, w.Collection.Title()
	if w.Collection.AccountID == p.f.Target {
		for _, r := range p.places {
			if r.place.Collection.ID == w.Collection.ID && r.place.Vanished == "" {
				return r, ""
			}
		}
	}
	var named *room
	for _, r := range p.places {
		c := r.place.Collection
		if r.place.Vanished != "" || c.Kind != kind || !alike(c.Title(), title) {
			continue
		}
		if takes(p.offer(r), w) {
			return r, ""
		}
		if named == nil {
			named = r
		}
	}
	if named != nil {
		return named, "" // refused says why not
	}
	return p.toMake(w, title)
}

// into is the one collection that was asked for.
func (p *planner) into(w *RestoreWanted) (*room, string) {
	want := p.f.Ask.Into
	var other *room
	for _, r := range p.places {
		c := r.place.Collection
		if r.place.Vanished != "" || !alike(c.Title(), want) && pim.Href(c.URL).Key() != pim.Href(want).Key() {
			continue
		}
		if c.Kind == w.Collection.Kind {
			return r, ""
		}
		other = r
	}
	if strings.Contains(want, "://") {
		return nil, "the collection that was chosen is not there, or does not take it"
	}
	if other != nil && !p.f.Ask.Make {
		return nil, fmt.Sprintf("%q is %s", want, kindWords(other.place.Collection.Kind))
	}
	return p.toMake(w, want)
}

// toMake is a room in a collection that this restore makes, or that one before it
// made for the same.
func (p *planner) toMake(w *RestoreWanted, name string) (*room, string) {
	kind := w.Collection.Kind
	if r := p.madeFor(w, name); r != nil {
		return r, ""
	}
	if !p.f.Ask.Make {
		return nil, fmt.Sprintf("there is no %s named %q; it can be made (--make), or another chosen (--into)", kindName(kind), name)
	}
	if p.noMake(kind) {
		return nil, fmt.Sprintf("there is no %s named %q, and the server makes none; choose another (--into)", kindName(kind), name)
	}
	key := madeKey{kind, strings.ToLower(strings.TrimSpace(name))}
	r := p.made[key]
	if r == nil {
		r = newRoom(nil)
		r.make = len(p.plan.Makes)
		m := pim.RestoreMake{Name: name, Kind: kind, Color: w.Collection.Color}
		if kind == pim.Calendar {
			m.Components = slices.Clone(w.Collection.Components)
		}
		p.plan.Makes = append(p.plan.Makes, m)
		p.made[key] = r
	}
	m := &p.plan.Makes[r.make]
	if kind == pim.Calendar && w.Component != "" && !slices.Contains(m.Components, w.Component) {
		m.Components = append(m.Components, w.Component)
	}
	return r, ""
}

// madeFor is what an earlier restore made under a name for what was in the same
// collection, where it is still there: a server may call it something else, and so
// may a person.
func (p *planner) madeFor(w *RestoreWanted, name string) *room {
	for i := len(p.f.Made) - 1; i >= 0; i-- {
		m := &p.f.Made[i]
		if m.From != w.Collection.ID || m.Kind != w.Collection.Kind || !alike(m.Name, name) {
			continue
		}
		for _, r := range p.places {
			c := r.place.Collection
			if r.place.Vanished == "" && c.Kind == m.Kind && pim.Href(c.URL).Key() == pim.Href(m.URL).Key() {
				return r
			}
		}
	}
	return nil
}

// noMake says that no home-set lets a collection of the kind be made.
func (p *planner) noMake(kind pim.Kind) bool {
	asked := false
	for _, t := range p.f.Terms {
		leave, ok := t.Makes(kind)
		if ok && leave != pim.LeaveNo {
			return false
		}
		asked = asked || ok
	}
	return asked
}

func alike(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

func kindName(k pim.Kind) string {
	if k == pim.Calendar {
		return "calendar"
	}
	return "address book"
}

func kindWords(k pim.Kind) string {
	if k == pim.Calendar {
		return "a calendar"
	}
	return "an address book"
}

// offer is what the server says about writing into a room; empty where nothing
// is known.
func (p *planner) offer(r *room) pim.CollectionTerms {
	if r.place == nil {
		return pim.CollectionTerms{}
	}
	c := r.place.Collection
	if t := p.terms[string(c.Kind)+pim.Href(c.URL).Key()]; t != nil {
		out := *t
		if out.Components == nil {
			out.Components = c.Components
		}
		return out
	}
	return pim.CollectionTerms{Collection: c, Components: c.Components}
}

// takes says whether a collection takes such a component, as far as it is known.
func takes(t pim.CollectionTerms, w *RestoreWanted) bool {
	return w.Collection.Kind != pim.Calendar || t.Components == nil || w.Component == "" ||
		slices.ContainsFunc(t.Components, func(c string) bool { return strings.EqualFold(c, w.Component) })
}

// refused says why a room does not take an object, "" if it does.
func (p *planner) refused(w *RestoreWanted, r *room, there bool) string {
	t := p.offer(r)
	switch {
	case !takes(t, w):
		return fmt.Sprintf("%s takes no %s; choose another calendar (--into)", p.title(r), componentWords(w.Component))
	case there && t.Change == pim.LeaveNo, !there && t.Create == pim.LeaveNo:
		return p.title(r) + " is read-only"
	case t.MaxSize > 0 && w.Size > t.MaxSize:
		return fmt.Sprintf("it has %d bytes, and the server takes at most %d", w.Size, t.MaxSize)
	}
	return ""
}

func componentWords(c string) string {
	switch c {
	case "VEVENT":
		return "events"
	case "VTODO":
		return "tasks"
	case "VJOURNAL":
		return "journal entries"
	}
	return c
}

// name gives the address of a new object: the one it had where it was in this
// very collection, otherwise its file name or its UID made safe. It is that of
// nothing else, there or in this plan.
func (p *planner) name(w *RestoreWanted, r *room, uid string) pim.Href {
	if p.home(w, r) && w.Href != "" && r.free(w.Href) && uid == w.UID {
		return w.Href
	}
	ext := extension(w.Collection.Kind)
	base := ""
	if w.Href != "" {
		base = safeName(strings.TrimSuffix(w.Href.Base(), ext))
	}
	if base == "" || uid != w.UID {
		base = safeName(uid)
	}
	if base == "" {
		base = NewUID(w.SHA256, fmt.Sprint(w.Resource), 0)
	}
	prefix := ""
	if r.place != nil {
		prefix = pathOf(r.place.Collection.URL)
	}
	for n := 1; ; n++ {
		name := base
		if n > 1 {
			name = fmt.Sprintf("%s-%d", base, n)
		}
		if href := pim.Href(prefix + name + ext); r.free(href) {
			return href
		}
	}
}

func (r *room) free(href pim.Href) bool {
	key := href.Key()
	return r.byKey[key] == nil && !r.names[key]
}

// pathOf is the path of a collection's URL as it is on the wire, with a slash at
// its end.
func pathOf(u string) string {
	if i := strings.Index(u, "://"); i > 0 {
		u = u[i+3:]
		j := strings.IndexByte(u, '/')
		if j < 0 {
			return "/"
		}
		u = u[j:]
	}
	if !strings.HasSuffix(u, "/") {
		u += "/"
	}
	return u
}

// HrefIn is the address of an object with that file name in a collection.
func HrefIn(collection, name string) pim.Href { return pim.Href(pathOf(collection) + name) }

// FileName is the file name for a new object that has a UID: its characters made
// safe, and the extension of its kind.
func FileName(kind pim.Kind, uid string) string { return safeName(uid) + extension(kind) }

func extension(kind pim.Kind) string {
	if kind == pim.Calendar {
		return ".ics"
	}
	return ".vcf"
}

// maxName bounds file names; some servers keep objects as files.
const maxName = 100

// safeName keeps what every server takes in a file name: unreserved characters
// (RFC 3986 section 2.3) without a dot in front. A name that would be too long,
// or lose much, becomes a hash of itself.
func safeName(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		s = u
	}
	var b strings.Builder
	lost := 0
	for _, c := range s {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.' && b.Len() > 0:
			b.WriteRune(c)
		default:
			b.WriteByte('-')
			lost++
		}
	}
	out := b.String()
	if len(out) > maxName || lost > 2 && lost*4 > len(out) {
		sum := sha256.Sum256([]byte(s))
		return hex.EncodeToString(sum[:16])
	}
	return strings.TrimRight(out, ".")
}

// NewUID makes another UID for an object whose own is taken. It is always the
// same for the same object and place, so that a restore that is carried out
// again finds what it wrote; n counts tries. It is a UUID of version 8
// (RFC 9562 section 5.8).
func NewUID(uid, place string, n int) string {
	sum := sha256.Sum256([]byte(fmt.Sprintf("sidekeep %q %q %d", uid, place, n)))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
