// Package vcard reads the meaning of vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC
// 6350) properties from content lines. It only reads: what is written out is
// always made of the content lines themselves.
//
// Value, Text and Binary serve the vCalendar 1.0 and iCalendar files of the same
// producers too: quoted-printable and CHARSET stand there as well.
package vcard

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"

	"sidekeep/formats/contentline"
)

// Encoding is how a value is spelled inside its line.
type Encoding uint8

// The encodings.
const (
	Plain Encoding = iota
	QuotedPrintable
	Base64
)

// EncodingOf reads ENCODING=..., or the bare word of vCard 2.1.
func EncodingOf(l *contentline.Line) Encoding {
	e := Plain
	if l.RawParams() == "" {
		return e
	}
	l.EachParam(func(p contentline.Param) bool {
		word := p.Text()
		if !p.Bare() && !p.Is("ENCODING") {
			return true
		}
		switch word = strings.Trim(word, "\" "); {
		case strings.EqualFold(word, "QUOTED-PRINTABLE"):
			e = QuotedPrintable
		case strings.EqualFold(word, "BASE64"), strings.EqualFold(word, "B") && !p.Bare():
			e = Base64
		}
		return e == Plain
	})
	return e
}

// Value gives the line's value as valid UTF-8: quoted-printable and CHARSET are
// resolved, escapes are still in it, so that it can be split. Base64 stays as it is.
func Value(l *contentline.Line) string {
	v := l.Value()
	if l.RawParams() == "" {
		return toUTF8(v, "")
	}
	if EncodingOf(l) == QuotedPrintable {
		v = decodeQuotedPrintable(v)
	}
	label, _ := l.Param("CHARSET")
	return toUTF8(v, label)
}

// Text gives the value for reading: decoded, with the escapes resolved.
func Text(l *contentline.Line) string {
	return Clean(contentline.UnescapeText(Value(l)))
}

// UTF8 reads text that has no CHARSET, such as a parameter's value.
func UTF8(s string) string { return toUTF8(s, "") }

// toUTF8 reads s in the charset of that label. Without one, and where it is not
// what it says, bytes that are no UTF-8 are read as Windows-1252, which has a
// character for nearly every byte; in a text that is UTF-8 for the most part they
// are damage, and become U+FFFD.
func toUTF8(s, label string) string {
	if label != "" && !strings.EqualFold(label, "UTF-8") && !ascii(s) {
		if e, _ := charset.Lookup(label); e != nil {
			if out, err := e.NewDecoder().String(s); err == nil {
				return out
			}
		}
	}
	if utf8.ValidString(s) {
		return s
	}
	if !mostlyUTF8(s) {
		if out, err := charmap.Windows1252.NewDecoder().String(s); err == nil {
			return out
		}
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// mostlyUTF8 says whether s has more characters of several bytes than bytes that
// belong to none.
func mostlyUTF8(s string) bool {
	good, bad := 0, 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		i += n
	}
	return good > bad
}

// ascii says whether every byte means the same in all the charsets that cards
// are written in; ISO-2022 escapes are not.
func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 || s[i] == 0x1B {
			return false
		}
	}
	return true
}

// Clean takes out what no person can read: control characters other than line
// ends and tabs. Line ends become "\n", and the private character U+E000, with
// which some KDE programs separate values, a comma.
func Clean(s string) string {
	dirty := false
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 && c != '\n' && c != '\t' || c == 0x7F || c == 0xEE {
			dirty = true
			break
		}
	}
	if !dirty {
		return s
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\uE000", ", ")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r < 0x20 && r != '\n' && r != '\t', r == 0x7F:
			return -1
		}
		return r
	}, s)
}

// decodeQuotedPrintable resolves =XX (RFC 2045 section 6.7). An equals sign that
// begins no code stays; one at the very end is a soft line break without a line.
func decodeQuotedPrintable(s string) string {
	if strings.IndexByte(s, '=') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '=' {
			if i+2 < len(s) {
				if hi, lo := unhex(s[i+1]), unhex(s[i+2]); hi >= 0 && lo >= 0 {
					b.WriteByte(byte(hi<<4 | lo))
					i += 2
					continue
				}
			}
			if strings.TrimRight(s[i+1:], " \t") == "" {
				break
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// Binary gives the bytes embedded in a property (PHOTO, LOGO, SOUND, KEY,
// ATTACH): base64 of any version, or a data: URI (RFC 2397). ok is false for a
// link, for text and for what can't be decoded. mime is what the bytes show, or
// else what the property says; it may be empty.
func Binary(l *contentline.Line) (data []byte, mime string, ok bool) {
	v := strings.TrimSpace(l.Value())
	said := mediaType(l)
	switch {
	case hasPrefixFold(v, "data:"):
		data, said, ok = dataURI(v)
	case EncodingOf(l) == Base64 || valueIs(l, "binary"):
		data, ok = looseBase64(v)
	case !looksLikeURI(v) && l.Is("PHOTO"): // some producers name no encoding
		data, ok = looseBase64(v)
		ok = ok && len(data) >= 16 && imageType(data) != ""
	}
	if !ok || len(data) == 0 {
		return nil, "", false
	}
	if m := imageType(data); m != "" {
		said = m
	}
	return data, said, true
}

// Embedded says cheaply whether Binary would likely find something.
func Embedded(l *contentline.Line) bool {
	v := strings.TrimSpace(l.Value())
	switch {
	case len(v) < 8:
		return false
	case hasPrefixFold(v, "data:"):
		return strings.IndexByte(v, ',') > 0
	case EncodingOf(l) == Base64 || valueIs(l, "binary"):
		return strings.IndexByte(v, ':') < 0 // neither a link nor damaged
	case l.Is("PHOTO") && !looksLikeURI(v) && len(v) > 64:
		_, _, ok := Binary(l)
		return ok
	}
	return false
}

func valueIs(l *contentline.Line, kind string) bool {
	v, _ := l.Param("VALUE")
	return strings.EqualFold(v, kind)
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// looksLikeURI says whether v begins with a scheme.
func looksLikeURI(v string) bool {
	i := strings.IndexByte(v, ':')
	if i < 2 || i > 16 {
		return false
	}
	for _, c := range []byte(v[:i]) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '+' && c != '.' {
			return false
		}
	}
	return true
}

// dataURI decodes "data:image/png;base64,....". Commas and semicolons that a
// producer escaped are taken too.
func dataURI(v string) (data []byte, mime string, ok bool) {
	v = strings.ReplaceAll(strings.ReplaceAll(v[len("data:"):], `\,`, ","), `\;`, ";")
	head, body, found := strings.Cut(v, ",")
	if !found {
		return nil, "", false
	}
	mime, _, _ = strings.Cut(head, ";")
	mime = strings.ToLower(strings.TrimSpace(mime))
	if strings.HasSuffix(strings.ToLower(head), "base64") {
		data, ok = looseBase64(unpercent(body))
		return data, mime, ok
	}
	return []byte(unpercent(body)), mime, true
}

// unpercent resolves %XX and leaves what is none.
func unpercent(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if hi, lo := unhex(s[i+1]), unhex(s[i+2]); hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// looseBase64 decodes base64 with white space, escapes or missing padding in it.
// Anything else in it makes it no base64.
func looseBase64(s string) ([]byte, bool) {
	packed := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '+', c == '/':
			packed = append(packed, c)
		case c == '-':
			packed = append(packed, '+')
		case c == '_':
			packed = append(packed, '/')
		case c == '=', c == ' ', c == '\t', c == '\r', c == '\n':
		case c == '\\' && i+1 < len(s) && (s[i+1] == 'n' || s[i+1] == 'N'):
			i++
		default:
			return nil, false
		}
	}
	if len(packed)%4 == 1 { // one character more than any base64 has: cut short
		packed = packed[:len(packed)-1]
	}
	n, err := base64.RawStdEncoding.Decode(packed, packed)
	return packed[:n], err == nil && n > 0
}

// mediaType reads what the parameters say: MEDIATYPE or FMTTYPE, TYPE=JPEG, or
// the bare word of vCard 2.1.
func mediaType(l *contentline.Line) string {
	for _, name := range []string{"MEDIATYPE", "FMTTYPE"} {
		if v, ok := l.Param(name); ok {
			return strings.ToLower(v)
		}
	}
	found := ""
	l.EachParam(func(p contentline.Param) bool {
		if p.Bare() || p.Is("TYPE") {
			switch v := strings.ToLower(p.Value()); v {
			case "jpeg", "jpg":
				found = "image/jpeg"
			case "png", "gif", "bmp", "webp", "tiff", "heic":
				found = "image/" + v
			default:
				if strings.HasPrefix(v, "image/") {
					found = v
				}
			}
		}
		return found == ""
	})
	return found
}

// imageType recognises an image by its first bytes; "" for anything else.
func imageType(b []byte) string {
	s := string(b[:min(len(b), 16)])
	switch {
	case strings.HasPrefix(s, "\xFF\xD8\xFF"):
		return "image/jpeg"
	case strings.HasPrefix(s, "\x89PNG"):
		return "image/png"
	case strings.HasPrefix(s, "GIF8"):
		return "image/gif"
	case strings.HasPrefix(s, "BM"):
		return "image/bmp"
	case strings.HasPrefix(s, "RIFF") && strings.HasSuffix(s[:min(len(s), 12)], "WEBP"):
		return "image/webp"
	case strings.HasPrefix(s, "II*\x00"), strings.HasPrefix(s, "MM\x00*"):
		return "image/tiff"
	case len(s) >= 12 && (s[4:12] == "ftypheic" || s[4:12] == "ftypmif1"):
		return "image/heic"
	}
	return ""
}
