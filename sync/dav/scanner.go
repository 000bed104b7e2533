package dav

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// The scanner reads XML for one purpose: multistatus answers, of any size, in
// constant memory, with the text of elements exactly as it was on the wire.
// An XML parser has to turn a literal CRLF into LF (XML 1.0 section 2.11); the
// scanner does not, because a card or an event taken from an answer must have
// the line ends its server keeps. It forgives what servers get wrong inside
// text (control characters, a bare "&", broken UTF-8) and says so; it does not
// forgive a broken structure, because then nothing may be concluded.

const (
	scanBuffer = 64 << 10
	maxTag     = 1 << 20 // bytes of one tag, comment or declaration
	maxDepth   = 256
	maxEntity  = 32
	// maxBindings is of namespaces in force at once.
	maxBindings = 1000
)

var (
	errTruncated = errors.New("the answer ends in the middle")
	errTagSize   = errors.New("a tag of more than a megabyte")
	errDepth     = errors.New("elements nested too deep")
	errBindings  = errors.New("more namespaces than any answer needs")
)

type tokenKind int

const (
	tokEOF tokenKind = iota
	tokStart
	tokEnd
	tokText // undecoded character data, perhaps only a part of it
	tokCDATA
)

// scanner splits XML into tokens. The slices it gives are valid until the next
// call of next.
type scanner struct {
	r        io.Reader
	buf      []byte
	pos, end int
	base     int64 // stream offset of buf[0]
	readErr  error

	name    []byte // tokStart, tokEnd: as written, with its prefix
	attrs   []byte // tokStart: everything after the name
	text    []byte // tokText, tokCDATA
	selfEnd bool   // a "/>" still owes its tokEnd
	inCDATA bool

	names []byte // the names of the open elements, one after the other
	stack []int  // where each begins in names
	ns    nsScope
}

func newScanner(r io.Reader) *scanner {
	return &scanner{r: r, buf: make([]byte, scanBuffer)}
}

// offset is the stream position behind the last token.
func (s *scanner) offset() int64 { return s.base + int64(s.pos) }

// more reads on, keeping what is not consumed. It is false at the end.
func (s *scanner) more() bool {
	if s.readErr != nil {
		return false
	}
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.end])
		s.base += int64(s.pos)
		s.end -= s.pos
		s.pos = 0
	}
	if s.end == len(s.buf) {
		if len(s.buf) >= maxTag {
			s.readErr = errTagSize
			return false
		}
		bigger := make([]byte, 2*len(s.buf))
		copy(bigger, s.buf[:s.end])
		s.buf = bigger
	}
	for range 100 {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		if err != nil {
			s.readErr = err
		}
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	s.readErr = io.ErrNoProgress
	return false
}

// broken is what more ended with, in the middle of something.
func (s *scanner) broken() error {
	if s.readErr == nil || s.readErr == io.EOF {
		return errTruncated
	}
	return s.readErr
}

// next gives the next token. At the end of the input inside an element it is
// errTruncated; outside of one it is tokEOF.
func (s *scanner) next() (tokenKind, error) {
	if s.selfEnd {
		s.selfEnd = false
		s.pop()
		return tokEnd, nil
	}
	for {
		if s.inCDATA {
			if kind, ok, err := s.cdata(); ok || err != nil {
				return kind, err
			}
			continue
		}
		if s.pos == s.end && !s.more() {
			if s.readErr != io.EOF || len(s.stack) > 0 {
				return tokEOF, s.broken()
			}
			return tokEOF, nil
		}
		if s.buf[s.pos] != '<' {
			return s.chars()
		}
		kind, ok, err := s.markup()
		if ok || err != nil {
			return kind, err
		}
	}
}

// chars gives text up to the next tag, or as much of it as is buffered. It
// never cuts an entity.
func (s *scanner) chars() (tokenKind, error) {
	for {
		win := s.buf[s.pos:s.end]
		if i := bytes.IndexByte(win, '<'); i >= 0 {
			s.text = win[:i]
			s.pos += i
			return tokText, nil
		}
		if len(win) < scanBuffer/2 && s.more() {
			continue
		}
		win = s.buf[s.pos:s.end] // more moves it, even when nothing came
		n := len(win)
		if i := bytes.LastIndexByte(win[max(0, n-maxEntity):], '&'); i >= 0 && s.readErr == nil {
			i += max(0, n-maxEntity)
			if bytes.IndexByte(win[i:], ';') < 0 && i > 0 {
				n = i
			}
		}
		s.text = win[:n]
		s.pos += n
		return tokText, nil
	}
}

// cdata gives a part of a CDATA section; ok is false when it has just ended.
func (s *scanner) cdata() (kind tokenKind, ok bool, err error) {
	for {
		win := s.buf[s.pos:s.end]
		if i := bytes.Index(win, []byte("]]>")); i >= 0 {
			s.inCDATA = false
			s.text = win[:i]
			s.pos += i + 3
			return tokCDATA, i > 0, nil
		}
		if len(win) > scanBuffer/2 {
			s.text = win[:len(win)-2]
			s.pos += len(win) - 2
			return tokCDATA, true, nil
		}
		if !s.more() {
			return tokEOF, false, s.broken()
		}
	}
}

// upto finds a terminator behind from bytes after pos, and gives the length up
// to and including it.
func (s *scanner) upto(from int, term []byte) (int, error) {
	for {
		if s.pos+from <= s.end {
			if i := bytes.Index(s.buf[s.pos+from:s.end], term); i >= 0 {
				return from + i + len(term), nil
			}
		}
		from = max(from, s.end-s.pos-len(term)+1)
		if !s.more() {
			return 0, s.broken()
		}
	}
}

// markup reads what begins with "<"; ok is false for what is no token.
func (s *scanner) markup() (kind tokenKind, ok bool, err error) {
	for s.end-s.pos < 2 {
		if !s.more() {
			return tokEOF, false, s.broken()
		}
	}
	switch s.buf[s.pos+1] {
	case '/':
		n, err := s.upto(2, []byte(">"))
		if err != nil {
			return tokEOF, false, err
		}
		s.name = bytes.TrimRight(s.buf[s.pos+2:s.pos+n-1], " \t\r\n")
		s.pos += n
		return tokEnd, true, s.closes()
	case '?':
		n, err := s.upto(2, []byte("?>"))
		if err != nil {
			return tokEOF, false, err
		}
		s.pos += n
		return tokEOF, false, nil
	case '!':
		return tokEOF, false, s.declaration()
	}
	return s.startTag()
}

// declaration skips a comment or a DOCTYPE and enters a CDATA section.
func (s *scanner) declaration() error {
	const cdata = "<![CDATA["
	for s.end-s.pos < len(cdata) && s.more() { // a comment at the very end may be shorter
	}
	win := s.buf[s.pos:s.end]
	switch {
	case bytes.HasPrefix(win, []byte("<!--")):
		n, err := s.upto(4, []byte("-->"))
		s.pos += n
		return err
	case bytes.HasPrefix(win, []byte(cdata)):
		s.pos += len(cdata)
		s.inCDATA = true
		return nil
	}
	n, err := s.upto(2, []byte(">"))
	if err == nil && bytes.IndexByte(s.buf[s.pos:s.pos+n], '[') >= 0 {
		return errors.New("a document type with declarations of its own") // entity bombs live there
	}
	s.pos += n
	return err
}

// tagEnd gives the length of the tag at pos; a ">" inside quotes is not its end.
func (s *scanner) tagEnd() (int, error) {
	i, quote := 1, byte(0)
	for {
		for ; s.pos+i < s.end; i++ {
			switch ch := s.buf[s.pos+i]; {
			case quote != 0:
				if ch == quote {
					quote = 0
				}
			case ch == '"' || ch == '\'':
				quote = ch
			case ch == '>':
				return i + 1, nil
			case ch == '<':
				return 0, errors.New(`"<" inside a tag`)
			}
		}
		if !s.more() {
			return 0, s.broken()
		}
	}
}

func (s *scanner) startTag() (tokenKind, bool, error) {
	n, err := s.tagEnd()
	if err != nil {
		return tokEOF, false, err
	}
	tag := s.buf[s.pos+1 : s.pos+n-1]
	s.pos += n
	if len(tag) > 0 && tag[len(tag)-1] == '/' {
		tag = tag[:len(tag)-1]
		s.selfEnd = true
	}
	i := bytes.IndexAny(tag, " \t\r\n")
	if i < 0 {
		i = len(tag)
	}
	s.name, s.attrs = tag[:i], tag[i:]
	if len(s.name) == 0 {
		return tokEOF, false, errors.New("a tag without a name")
	}
	if len(s.stack) >= maxDepth || len(s.names)+len(s.name) > maxTag {
		return tokEOF, false, errDepth
	}
	s.stack = append(s.stack, len(s.names))
	s.names = append(s.names, s.name...)
	s.ns.open(len(s.stack), s.attrs)
	if len(s.ns.bound) > maxBindings {
		return tokEOF, false, errBindings
	}
	return tokStart, true, nil
}

// closes checks that an end tag closes the element that is open.
func (s *scanner) closes() error {
	if len(s.stack) == 0 {
		return fmt.Errorf("</%.40s> closes nothing", s.name)
	}
	if open := s.names[s.stack[len(s.stack)-1]:]; !bytes.Equal(open, s.name) {
		return fmt.Errorf("</%.40s> closes <%.40s>", s.name, open)
	}
	s.pop()
	return nil
}

// pop leaves the innermost element; name is its name.
func (s *scanner) pop() {
	at := s.stack[len(s.stack)-1]
	s.name = s.names[at:]
	s.names = s.names[:at]
	s.ns.close(len(s.stack))
	s.stack = s.stack[:len(s.stack)-1]
}

// elem is what the start tag just read stands for.
func (s *scanner) elem() elem { return s.ns.resolve(s.name) }

// attr gives the value of an attribute of the start tag just read, by its
// local name.
func (s *scanner) attr(local string) string {
	var v string
	eachAttr(s.attrs, func(name, value []byte) {
		if _, l := splitName(name); string(l) == local && v == "" {
			dst, _ := decodeText(nil, value)
			v = string(dst)
		}
	})
	return v
}

// skip leaves the element whose start tag was just read.
func (s *scanner) skip() error {
	depth := len(s.stack)
	for {
		kind, err := s.next()
		if err != nil {
			return err
		}
		if kind == tokEnd && len(s.stack) < depth {
			return nil
		}
	}
}
