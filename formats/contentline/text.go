package contentline

import "strings"

// UnescapeText resolves the escapes of TEXT values (RFC 5545 section 3.3.11,
// RFC 6350 section 3.4): \\ \, \; \: \n \N. Any other backslash stays.
func UnescapeText(s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	b.WriteString(s[:i])
	for ; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		switch c := s[i+1]; c {
		case 'n', 'N':
			b.WriteByte('\n')
		case '\\', ',', ';', ':', '"':
			b.WriteByte(c)
		default:
			b.WriteByte('\\')
			continue
		}
		i++
	}
	return b.String()
}

// EscapeText writes s as a TEXT value.
func EscapeText(s string) string {
	if !strings.ContainsAny(s, "\\,;\r\n") {
		return s
	}
	return strings.NewReplacer(`\`, `\\`, ",", `\,`, ";", `\;`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`).Replace(s)
}

// SplitRaw cuts s at every sep that no backslash precedes; the parts stay raw.
func SplitRaw(s string, sep byte) []string {
	n := strings.Count(s, string(rune(sep)))
	if n == 0 {
		return []string{s}
	}
	out := make([]string, 0, n+1)
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case sep:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}
