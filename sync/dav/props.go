package dav

import (
	"strconv"
	"strings"
)

// props is what the properties we ask for are read into. Absent ones are zero.
type props struct {
	etag, modified, ctype string
	length                int64 // -1 absent

	data    []byte // exact bytes of address-data or calendar-data
	hasData bool
	odd     bool // data has something XML does not allow, or was transcoded
	tooBig  bool // data was over the cap, and is not kept

	text  map[elem]string
	hrefs map[elem][]string
	names map[elem][]qname // elements without children, e.g. in resourcetype
	types []string         // supported-address-data, supported-calendar-data
	comps []string         // supported-calendar-component-set; nil: absent

	lists int // bytes in hrefs, names, types and comps
}

const (
	// maxName is of what is listed by name: reports, privileges, media types.
	maxName = 256
	// maxLists bounds what one response may list, in bytes; what is beyond it is
	// left out.
	maxLists = 1 << 20
)

// room says whether there is room to list n bytes more.
func (p *props) room(n int) bool {
	p.lists += n + 32
	return p.lists <= maxLists
}

func (p *props) has(e elem, ns namespace, local string) bool {
	for _, n := range p.names[e] {
		if n.ns == ns && n.local == local {
			return true
		}
	}
	return false
}

func (p *props) locals(e elem) []string {
	if p.names[e] == nil {
		return nil
	}
	out := make([]string, 0, len(p.names[e]))
	for _, n := range p.names[e] {
		out = append(out, n.local)
	}
	return out
}

// merge takes over what q has.
func (p *props) merge(q *props) {
	for _, t := range []struct{ to, from *string }{{&p.etag, &q.etag}, {&p.modified, &q.modified}, {&p.ctype, &q.ctype}} {
		if *t.from != "" {
			*t.to = *t.from
		}
	}
	if q.length >= 0 {
		p.length = q.length
	}
	if q.hasData {
		p.data, p.hasData, p.odd, p.tooBig = q.data, true, q.odd, q.tooBig
	}
	mergeMap(&p.text, q.text)
	mergeMap(&p.hrefs, q.hrefs)
	mergeMap(&p.names, q.names)
	if q.types != nil {
		p.types = q.types
	}
	if q.comps != nil {
		p.comps = q.comps
	}
}

func mergeMap[V any](to *map[elem]V, from map[elem]V) {
	if *to == nil {
		*to = from
		return
	}
	for k, v := range from {
		(*to)[k] = v
	}
}

func set[V any](m *map[elem]V, k elem, v V) {
	if *m == nil {
		*m = map[elem]V{}
	}
	(*m)[k] = v
}

func (m *multistatus) prop(p *props, e elem) error {
	var err error
	switch e {
	case elETag:
		p.etag, err = m.readText()
	case elModified:
		p.modified, err = m.readText()
	case elContentType:
		p.ctype, err = m.readText()
	case elLength:
		var s string
		s, err = m.readText()
		if n, perr := strconv.ParseInt(s, 10, 64); perr == nil && n >= 0 {
			p.length = n
		}
	case elData:
		err = m.readData(p)
	case elDisplayName, elDescription, elColor, elOrder, elCTag, elSyncToken, elMaxSize:
		var s string
		if s, err = m.readText(); s != "" {
			set(&p.text, e, s)
		}
	case elPrincipal, elPrincipalURL, elCardHome, elCalHome, elSource, elOutbox:
		err = m.readHrefs(p, e)
	case elResourceType, elReports, elPrivileges:
		err = m.readNames(p, e)
	case elComponents, elDataTypes:
		err = m.readAttrs(p, e)
	default:
		err = m.s.skip()
	}
	return err
}

// readHrefs collects every DAV:href below the open element; one that holds
// DAV:unauthenticated instead (RFC 5397 section 3) is kept as a name.
func (m *multistatus) readHrefs(p *props, e elem) error {
	return m.children(func(child elem) error {
		switch child {
		case elHref:
			h, err := m.readText()
			if h != "" && p.room(len(h)) {
				set(&p.hrefs, e, append(p.hrefs[e], h))
			}
			return err
		case elUnauthenticated:
			set(&p.names, e, []qname{{nsDAV, "unauthenticated"}})
		}
		return m.s.skip()
	})
}

// readNames collects the elements without children below the open one. What
// wraps them (privilege, supported-report, report) varies between servers.
func (m *multistatus) readNames(p *props, e elem) error {
	depth, leaf := len(m.s.stack), false
	found := []qname{}
	var last qname
	for {
		kind, err := m.s.next()
		switch {
		case err != nil:
			return err
		case kind == tokStart:
			_, local := splitName(m.s.name)
			local = local[:min(len(local), maxName)]
			last, leaf = qname{m.s.ns.lookup(m.s.name).ns, string(local)}, true
		case kind == tokEnd && len(m.s.stack) < depth:
			set(&p.names, e, found)
			return nil
		case kind == tokEnd && leaf:
			if leaf = false; p.room(len(last.local)) {
				found = append(found, last)
			}
		}
	}
}

// readAttrs reads <comp name="VEVENT"/> and
// <address-data-type content-type="text/vcard" version="4.0"/>.
func (m *multistatus) readAttrs(p *props, e elem) error {
	found := []string{}
	err := m.children(func(elem) error {
		if e == elComponents {
			if n := m.s.attr("name"); n != "" && p.room(len(n)) {
				found = append(found, strings.ToUpper(n))
			}
		} else if t := m.s.attr("content-type"); t != "" && p.room(len(t)) {
			found = append(found, strings.TrimSpace(t+" "+m.s.attr("version")))
		}
		return m.s.skip()
	})
	if e == elComponents {
		if len(found) > 0 {
			p.comps = found
		}
	} else {
		p.types = found
	}
	return err
}
