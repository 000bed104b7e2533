package contentline

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// encoding is how the bytes of a body spell characters.
type encoding uint8

const (
	utf8Text encoding = iota // UTF-8, or any charset that keeps ASCII as it is
	utf16LE
	utf16BE
)

// lexer cuts a body into logical lines.
type lexer struct {
	src  []byte   // as received
	text []byte   // as read: src itself, or UTF-8 made from UTF-16
	enc  encoding // of src
	ends []int    // UTF-16 only: where in src the nth line end of text ends
	seen int      // line ends passed so far
	eol  byte     // '\n', or '\r' in a body that has no '\n' at all

	buf   strings.Builder // the unfolded text of all lines; never reallocated
	lines []Line
	head  head // of the line being read
}

// lex cuts body into logical lines. The concatenation of their raw bytes is body.
func lex(body []byte) ([]Line, encoding) {
	x := lexer{src: body, text: body, enc: sniff(body), eol: '\n'}
	if x.enc != utf8Text {
		x.decode()
	}
	n := bytes.Count(x.text, []byte{'\n'})
	switch {
	case n > 0:
		n -= bytes.Count(x.text, []byte("\n "))
	default:
		if n = bytes.Count(x.text, []byte{'\r'}); n > 0 {
			x.eol = '\r'
		}
	}
	x.lines = make([]Line, 0, n+1)
	x.buf.Grow(len(x.text))
	from := 0
	for pos := 0; pos < len(x.text); {
		start := x.buf.Len()
		stop, next := x.physical(pos)
		indented := x.text[pos] == ' ' || x.text[pos] == '\t'
		next = x.logical(x.text[pos:stop], next)
		to := x.srcEnd(next)
		l := Line{raw: body[from:to:to], enc: x.enc}
		l.tokenise(x.buf.String()[start:], indented)
		x.lines = append(x.lines, l)
		pos, from = next, to
	}
	return x.lines, x.enc
}

// logical writes the unfolded text of the logical line that begins with the
// physical line seg, and gives the position after its last line end.
func (x *lexer) logical(seg []byte, next int) int {
	if len(seg) == 0 { // nothing continues a blank line
		return next
	}
	x.head = head{start: x.buf.Len()}
	for {
		n := len(seg)
		last := n > 0 && seg[n-1] == '='
		if last { // it may be a soft line break, which is no text
			n--
		}
		x.buf.Write(seg[:n])
		soft := last && next < len(x.text) && x.encoded() == quotedPrintable && !startsProperty(x.text[next:])
		if last && !soft {
			x.buf.WriteByte('=')
		}
		if next >= len(x.text) {
			return next
		}
		from := next
		switch c := x.text[next]; {
		case soft:
		case c == ' ' || c == '\t':
			from++
		case c == '\n' || c == '\r':
			if !x.doubled(next) {
				return next
			}
			_, next = x.physical(next)
			from = next + 1
		case !base64Line(x.text[next:]) || x.encoded() != base64Value:
			return next
		}
		var stop int
		stop, next = x.physical(next)
		seg = x.text[min(from, stop):stop]
	}
}

// doubled says whether the blank line at next is half of a line end that was
// doubled in front of a continuation: an indented line follows it at once that
// is no property itself.
func (x *lexer) doubled(next int) bool {
	seen := x.seen
	defer func() { x.seen = seen }()
	stop, after := x.physical(next)
	if stop > next || after >= len(x.text) || x.text[after] != ' ' && x.text[after] != '\t' {
		return false
	}
	stop, _ = x.physical(after)
	text := bytes.TrimLeft(x.text[after:stop], " \t")
	return len(text) > 0 && !startsProperty(text)
}

// physical finds the end of the physical line at pos: where its content stops
// and where the next line begins. Any run of CRs before an LF belongs to the
// line end ("\r\r\n" comes from files written twice in text mode).
func (x *lexer) physical(pos int) (stop, next int) {
	i := bytes.IndexByte(x.text[pos:], x.eol)
	if i < 0 {
		stop, next = len(x.text), len(x.text)
	} else {
		stop, next = pos+i, pos+i+1
		x.seen++
	}
	for stop > pos && x.text[stop-1] == '\r' {
		stop--
	}
	return stop, next
}

// srcEnd translates a position after a line end of text into one of src.
func (x *lexer) srcEnd(next int) int {
	if x.enc == utf8Text {
		return next
	}
	if next >= len(x.text) || x.seen > len(x.ends) {
		return len(x.src)
	}
	return x.ends[x.seen-1]
}

// head is what is known of the parameters of the line being read. Each byte of
// it is looked at once, however many physical lines follow.
type head struct {
	start   int // of the line in buf
	scanned int // bytes of the line in which there is no colon
	done    bool
	kind    transfer
}

// transfer is how a value is encoded, as far as it decides where a line ends.
type transfer uint8

const (
	plain transfer = iota
	quotedPrintable
	base64Value
)

// encoded says how the value of the line being read is encoded; plain as long
// as its colon has not been seen.
func (x *lexer) encoded() transfer {
	h := &x.head
	if h.done {
		return h.kind
	}
	s := x.buf.String()[h.start:]
	i := strings.IndexByte(s[h.scanned:], ':')
	if i < 0 {
		h.scanned = len(s)
		return plain
	}
	h.done = true
	_, rest, _ := strings.Cut(s[:h.scanned+i], ";")
	for rest != "" && h.kind == plain {
		var p string
		p, rest, _ = strings.Cut(rest, ";")
		h.kind = transferOf(p)
	}
	return h.kind
}

// transferOf reads one parameter: ENCODING=..., or bare as in vCard 2.1.
func transferOf(p string) transfer {
	name, value, ok := strings.Cut(p, "=")
	if !ok {
		name, value = "ENCODING", p
	}
	if !strings.EqualFold(strings.TrimSpace(name), "ENCODING") {
		return plain
	}
	switch value = strings.Trim(value, "\" "); {
	case strings.EqualFold(value, "QUOTED-PRINTABLE"):
		return quotedPrintable
	case strings.EqualFold(value, "BASE64"), ok && strings.EqualFold(value, "B"):
		return base64Value
	}
	return plain
}

// base64Line says whether the physical line at the start of b is base64 and
// nothing else. No content line is: each has a colon or at least a semicolon.
func base64Line(b []byte) bool {
	for i, c := range b {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '+', c == '/', c == '=':
		case c == '\r' || c == '\n' || c == ' ' || c == '\t':
			return i > 0
		default:
			return false
		}
	}
	return len(b) > 0
}

// startsProperty says whether b begins with the name of a property that stands
// in cards of version 2.1: a soft line break in front of it is a value that was
// cut short, not a continuation.
func startsProperty(b []byte) bool {
	if len(b) > 40 {
		b = b[:40]
	}
	i := bytes.IndexAny(b, ":;\r\n ")
	if i <= 0 || (b[i] != ':' && b[i] != ';') {
		return false
	}
	name := string(b[:i])
	if j := strings.IndexByte(name, '.'); j >= 0 {
		name = name[j+1:]
	}
	switch name {
	case "BEGIN", "END":
		return b[i] == ':'
	case "N", "FN", "TEL", "EMAIL", "ADR", "LABEL", "ORG", "TITLE", "ROLE", "NOTE", "URL", "BDAY", "PHOTO", "LOGO",
		"SOUND", "KEY", "REV", "UID", "VERSION", "TZ", "GEO", "MAILER", "AGENT", "NICKNAME", "CATEGORIES",
		"DTSTART", "DTEND", "DUE", "SUMMARY", "DESCRIPTION", "LOCATION", "ATTENDEE", "RRULE", "STATUS", "CLASS":
		return true
	}
	return strings.HasPrefix(name, "X-")
}

// sniff recognises UTF-16 by its byte order mark, or by the B of BEGIN.
func sniff(b []byte) encoding {
	if len(b) < 4 {
		return utf8Text
	}
	switch {
	case b[0] == 0xFF && b[1] == 0xFE:
		return utf16LE
	case b[0] == 0xFE && b[1] == 0xFF:
		return utf16BE
	case (b[0] == 'B' || b[0] == 'b') && b[1] == 0 && b[2] != 0 && b[3] == 0:
		return utf16LE
	case b[0] == 0 && (b[1] == 'B' || b[1] == 'b') && b[2] == 0 && b[3] != 0:
		return utf16BE
	}
	return utf8Text
}

// decode makes UTF-8 of UTF-16 and notes where each line end stands in src. A
// lone surrogate and a last odd byte read as U+FFFD; src keeps what they were.
func (x *lexer) decode() {
	out := make([]byte, 0, len(x.src))
	var lf, cr []int
	b := x.src
	for i := 0; i < len(b); {
		if i+1 >= len(b) {
			out = utf8.AppendRune(out, utf8.RuneError)
			break
		}
		r := x.unit(i)
		i += 2
		if utf16.IsSurrogate(r) && i+1 < len(b) {
			if p := utf16.DecodeRune(r, x.unit(i)); p != utf8.RuneError {
				r = p
				i += 2
			}
		}
		out = utf8.AppendRune(out, r)
		switch r {
		case '\n':
			lf = append(lf, i)
		case '\r':
			cr = append(cr, i)
		}
	}
	x.text, x.ends = out, lf
	if len(lf) == 0 {
		x.ends = cr
	}
}

func (x *lexer) unit(i int) rune {
	if x.enc == utf16LE {
		return rune(x.src[i]) | rune(x.src[i+1])<<8
	}
	return rune(x.src[i])<<8 | rune(x.src[i+1])
}
