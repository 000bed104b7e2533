package dav

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// decodeText appends character data to dst with its entities resolved and
// everything else as it is. odd says that something had to be guessed: a
// control character that XML does not allow (kept), or a "&" that begins no
// entity (kept as it stands).
func decodeText(dst, raw []byte) (out []byte, odd bool) {
	odd = hasControl(raw)
	for {
		i := bytes.IndexByte(raw, '&')
		if i < 0 {
			return append(dst, raw...), odd
		}
		dst = append(dst, raw[:i]...)
		raw = raw[i:]
		semi := bytes.IndexByte(raw[:min(len(raw), maxEntity)], ';')
		r, ok := rune(0), false
		if semi > 0 {
			r, ok = entity(raw[1:semi])
		}
		if !ok {
			odd = true
			dst = append(dst, '&')
			raw = raw[1:]
			continue
		}
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' {
			odd = true
		}
		dst = utf8.AppendRune(dst, r)
		raw = raw[semi+1:]
	}
}

func hasControl(b []byte) bool {
	for _, c := range b {
		if c < 0x20 && c != '\r' && c != '\n' && c != '\t' {
			return true
		}
	}
	return false
}

// entity resolves the five names of XML 1.0 section 4.6 and character
// references.
func entity(name []byte) (rune, bool) {
	switch string(name) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	if err != nil || n > utf8.MaxRune {
		return 0, false
	}
	return rune(n), true
}

// eachAttr walks over the attributes of a tag; values are undecoded. It
// forgives values without quotes.
func eachAttr(b []byte, each func(name, value []byte)) {
	const space = " \t\r\n"
	for {
		b = bytes.TrimLeft(b, space)
		eq := bytes.IndexByte(b, '=')
		if eq <= 0 {
			return
		}
		name := bytes.TrimRight(b[:eq], space)
		b = bytes.TrimLeft(b[eq+1:], space)
		if len(b) == 0 {
			return
		}
		var value []byte
		if q := b[0]; q == '"' || q == '\'' {
			end := bytes.IndexByte(b[1:], q)
			if end < 0 {
				return
			}
			value, b = b[1:1+end], b[end+2:]
		} else {
			end := bytes.IndexAny(b, space)
			if end < 0 {
				end = len(b)
			}
			value, b = b[:end], b[end:]
		}
		each(name, value)
	}
}

func splitName(name []byte) (prefix, local []byte) {
	if i := bytes.IndexByte(name, ':'); i > 0 && i < len(name)-1 {
		return name[:i], name[i+1:]
	}
	return nil, name
}
