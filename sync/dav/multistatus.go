package dav

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"sidekeep/sync/pim"
)

// maxText is the limit of a property that is no object: names, tokens, colours.
const maxText = 1 << 20

var (
	errNotMultistatus = errors.New("the answer is XML, but not a multistatus")
	errHTML           = errors.New("the answer is a web page")
	errNotXML         = errors.New("the answer is not XML")
)

// response is one DAV:response (RFC 4918 section 14.24). The properties of
// every propstat with a 2xx status, or with none, are in props; those of the
// others are left out.
type response struct {
	href   string
	status int      // of the response itself; 0: it has none
	failed int      // a propstat status that is not 2xx; 0: none
	errs   []string // local names of preconditions in DAV:error
	props  props
}

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

// multistatus reads an answer one response at a time.
type multistatus struct {
	s          *scanner
	maxObject  int64
	transcoded bool // the answer was not UTF-8

	// token is DAV:sync-token (RFC 6578 section 6.2); it stands at the end, and
	// is complete when next has given io.EOF.
	token pim.SyncToken

	scratch []byte
}

// readMultistatus finds the root element. It fails with errHTML, errNotXML or
// errNotMultistatus for what is none.
func readMultistatus(body io.Reader, contentType string, maxObject int64) (*multistatus, error) {
	r, transcoded, err := toUTF8(body, contentType)
	if err != nil {
		return nil, err
	}
	m := &multistatus{s: newScanner(r), maxObject: maxObject, transcoded: transcoded}
	for {
		kind, err := m.s.next()
		switch {
		case err != nil:
			return nil, err
		case kind == tokText && len(bytes.TrimSpace(m.s.text)) > 0, kind == tokEOF:
			return nil, errNotXML
		case kind == tokStart && m.s.elem() == elMultistatus:
			return m, nil
		case kind == tokStart:
			return nil, errNotMultistatus
		}
	}
}

// next gives the next response, or io.EOF after the end tag of the
// multistatus. Any other error means that nothing may be concluded from what
// was not read.
func (m *multistatus) next() (*response, error) {
	for {
		kind, err := m.s.next()
		switch {
		case err != nil:
			return nil, err
		case kind == tokEnd || kind == tokEOF:
			return nil, io.EOF
		case kind != tokStart:
			continue
		}
		switch m.s.elem() {
		case elResponse:
			return m.response()
		case elSyncToken:
			t, err := m.readText()
			if err != nil {
				return nil, err
			}
			m.token = pim.SyncToken(t)
		default:
			if err := m.s.skip(); err != nil {
				return nil, err
			}
		}
	}
}

// children calls each for the start tag of every child of the open element;
// each must read that child to its end.
func (m *multistatus) children(each func(elem) error) error {
	for {
		kind, err := m.s.next()
		switch {
		case err != nil:
			return err
		case kind == tokEnd:
			return nil
		case kind == tokStart:
			if err := each(m.s.elem()); err != nil {
				return err
			}
		}
	}
}

func (m *multistatus) response() (*response, error) {
	resp := &response{props: props{length: -1}}
	err := m.children(func(e elem) error {
		var err error
		switch e {
		case elHref:
			var h string
			if h, err = m.readText(); resp.href == "" {
				resp.href = h
			}
		case elStatus:
			resp.status, err = m.readStatus()
		case elError:
			resp.errs, err = m.readErrors()
		case elPropstat:
			err = m.propstat(resp)
		default:
			err = m.s.skip()
		}
		return err
	})
	return resp, err
}

// propstat reads one DAV:propstat; its status may stand before or after its
// properties, or be missing, which is taken as 200.
func (m *multistatus) propstat(resp *response) error {
	p := props{length: -1}
	status := 0
	err := m.children(func(e elem) error {
		var err error
		switch e {
		case elProp:
			err = m.children(func(e elem) error { return m.prop(&p, e) })
		case elStatus:
			status, err = m.readStatus()
		default:
			err = m.s.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	if status == 0 || status/100 == 2 {
		resp.props.merge(&p)
	} else {
		resp.failed = status
	}
	return nil
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
	case elDisplayName, elDescription, elColor, elOrder, elCTag, elSyncToken:
		var s string
		if s, err = m.readText(); s != "" {
			set(&p.text, e, s)
		}
	case elPrincipal, elPrincipalURL, elCardHome, elCalHome, elSource:
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

// eachText walks over the character data of the open element and leaves it.
// nested says that there were elements inside it.
func (m *multistatus) eachText(add func(raw []byte, cdata bool)) (nested bool, err error) {
	depth := len(m.s.stack)
	for {
		kind, err := m.s.next()
		if err != nil {
			return nested, err
		}
		switch kind {
		case tokText, tokCDATA:
			add(m.s.text, kind == tokCDATA)
		case tokStart:
			nested = true
		case tokEnd:
			if len(m.s.stack) < depth {
				return nested, nil
			}
		}
	}
}

// readText reads a short text, without the white space around it.
func (m *multistatus) readText() (string, error) {
	buf := m.scratch[:0]
	_, err := m.eachText(func(raw []byte, cdata bool) {
		switch {
		case len(buf) > maxText:
		case cdata:
			buf = append(buf, raw...)
		default:
			buf, _ = decodeText(buf, raw)
		}
	})
	m.scratch = buf[:0]
	if len(buf) > maxText && err == nil {
		err = errors.New("a property of more than a megabyte")
	}
	return string(bytes.Trim(buf, " \t\r\n")), err
}

// readData reads an object: every byte as it was on the wire.
func (m *multistatus) readData(p *props) error {
	buf := m.scratch[:0]
	odd, tooBig := false, false
	nested, err := m.eachText(func(raw []byte, cdata bool) {
		if int64(len(buf)+len(raw)) > m.maxObject {
			tooBig = true
			return
		}
		var o bool
		if cdata {
			buf, o = append(buf, raw...), hasControl(raw)
		} else {
			buf, o = decodeText(buf, raw)
		}
		odd = odd || o
	})
	if cap(buf) <= maxText { // one giant must not stay for the rest of the answer
		m.scratch = buf[:0]
	}
	p.hasData, p.tooBig = len(buf) > 0 || tooBig, tooBig
	p.odd = odd || nested || m.transcoded && !ascii(buf)
	p.data = nil
	if !tooBig {
		p.data = bytes.Clone(buf)
	}
	return err
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// readStatus reads "HTTP/1.1 200 OK"; the reason may be missing. 0: unreadable.
func (m *multistatus) readStatus() (int, error) {
	s, err := m.readText()
	if err != nil {
		return 0, err
	}
	for _, f := range strings.Fields(s) {
		if n, aerr := strconv.Atoi(f); aerr == nil && n >= 100 && n <= 999 {
			return n, nil
		}
	}
	return 0, nil
}

func (m *multistatus) readErrors() ([]string, error) {
	names, _, err := m.readPreconditions()
	return names, err
}

func (m *multistatus) readPreconditions() (names []string, children int, err error) {
	err = m.children(func(elem) error {
		children++
		if _, local := splitName(m.s.name); string(local) != "responsedescription" {
			names = append(names, string(local))
		}
		return m.s.skip()
	})
	return names, children, err
}

// readHrefs collects every DAV:href below the open element; one that holds
// DAV:unauthenticated instead (RFC 5397 section 3) is kept as a name.
func (m *multistatus) readHrefs(p *props, e elem) error {
	return m.children(func(child elem) error {
		switch child {
		case elHref:
			h, err := m.readText()
			if h != "" {
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
			last, leaf = qname{m.s.ns.lookup(m.s.name).ns, string(local)}, true
		case kind == tokEnd && len(m.s.stack) < depth:
			set(&p.names, e, found)
			return nil
		case kind == tokEnd && leaf:
			found, leaf = append(found, last), false
		}
	}
}

// readAttrs reads <comp name="VEVENT"/> and
// <address-data-type content-type="text/vcard" version="4.0"/>.
func (m *multistatus) readAttrs(p *props, e elem) error {
	found := []string{}
	err := m.children(func(elem) error {
		if e == elComponents {
			if n := m.s.attr("name"); n != "" {
				found = append(found, strings.ToUpper(n))
			}
		} else if t := m.s.attr("content-type"); t != "" {
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

// preconditions reads the body of an error answer (RFC 4918 section 16): the
// local names inside DAV:error. empty says that there was such an element with
// nothing in it, which is how some servers say "too many requests".
func preconditions(body []byte) (names []string, empty bool) {
	s := newScanner(bytes.NewReader(body))
	for {
		kind, err := s.next()
		if err != nil || kind == tokEOF {
			return nil, false
		}
		if kind != tokStart {
			continue
		}
		if s.elem() != elError {
			return nil, false
		}
		names, children, err := (&multistatus{s: s}).readPreconditions()
		return names, err == nil && children == 0
	}
}

// describeXML words an error of the reader with its place, without content.
func describeXML(err error, offset int64) error {
	if errors.Is(err, errHTML) || errors.Is(err, errNotXML) || errors.Is(err, errNotMultistatus) {
		return err
	}
	return fmt.Errorf("at byte %d of the answer: %w", offset, err)
}
