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
	errs   xmlError // DAV:error
	// untyped is the status of a propstat that has resourcetype and is not 2xx.
	untyped int
	props   props
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
			resp.errs, _, err = m.readError()
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
		if _, ok := p.names[elResourceType]; ok {
			resp.untyped = status
		}
	}
	return nil
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

// xmlError is what DAV:error says (RFC 4918 section 16).
type xmlError struct {
	names []string // local names of preconditions
	href  string   // the first DAV:href inside one: the resource that is in the way
	words string   // text for people, in lower case: some servers say no more
}

func (m *multistatus) readError() (x xmlError, children int, err error) {
	depth := len(m.s.stack)
	err = m.children(func(elem) error {
		children++
		_, local := splitName(m.s.name)
		switch name := string(local); {
		case name == "responsedescription" || name == "message":
			text, err := m.readText()
			x.words = strings.ToLower(text)
			return err
		case len(local) <= maxName && len(x.names) < 100:
			x.names = append(x.names, name)
		}
		return m.children(func(e elem) error {
			if e != elHref || len(m.s.stack) != depth+2 {
				return m.s.skip()
			}
			h, err := m.readText()
			if x.href == "" {
				x.href = h
			}
			return err
		})
	})
	return x, children, err
}

// preconditions reads the body of an error answer. empty says that there was a
// DAV:error with nothing in it, which is how some servers say "too many
// requests".
func preconditions(body []byte) (x xmlError, empty bool) {
	s := newScanner(bytes.NewReader(body))
	for {
		kind, err := s.next()
		if err != nil || kind == tokEOF {
			return xmlError{}, false
		}
		if kind != tokStart {
			continue
		}
		if s.elem() != elError {
			return xmlError{}, false
		}
		x, children, err := (&multistatus{s: s}).readError()
		return x, err == nil && children == 0
	}
}

// describeXML words an error of the reader with its place, without content.
func describeXML(err error, offset int64) error {
	if errors.Is(err, errHTML) || errors.Is(err, errNotXML) || errors.Is(err, errNotMultistatus) {
		return err
	}
	return fmt.Errorf("at byte %d of the answer: %w", offset, err)
}
