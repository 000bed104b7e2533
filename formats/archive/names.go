package archive

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxNameBytes is how long a name may be, extension and number included. File
// systems take 255 bytes (ext4, APFS) or 255 UTF-16 units (NTFS); what is left
// is room for the name of a temporary file.
const maxNameBytes = 200

// reserved are the names of devices on Windows, with any extension.
var reserved = func() map[string]bool {
	m := map[string]bool{}
	for _, n := range []string{"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"} {
		m[n] = true
	}
	for _, d := range []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "\u00b9", "\u00b2", "\u00b3"} {
		m["com"+d], m["lpt"+d] = true, true
	}
	return m
}()

// SafeName makes of any text a name without extension that Linux, Windows and
// macOS all take for a file: NFC, no path separators, no characters that Windows
// forbids, no control, bidirectional or invisible ones, no dash or dot in front,
// no dot or space at the end, no device name. Nothing left gives fallback.
func SafeName(name, fallback string) string {
	if s := clean(name, maxNameBytes-16); s != "" {
		return s
	}
	if s := clean(fallback, maxNameBytes-16); s != "" {
		return s
	}
	return "export"
}

func clean(name string, room int) string {
	if len(name) > 8*maxNameBytes { // enough for any cut below
		name = name[:8*maxNameBytes]
	}
	name = norm.NFC.String(strings.ToValidUTF8(name, "_"))
	var b strings.Builder
	space := false
	for _, r := range name {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Z, r):
			space = b.Len() > 0
			continue
		case unicode.Is(unicode.C, r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
			if unicode.Is(unicode.Cc, r) {
				space = b.Len() > 0
			}
			continue
		case strings.ContainsRune(`/\:*?"<>|`, r):
			r = '_'
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	s := strings.TrimLeft(norm.NFC.String(b.String()), "-. ~") // again: marks may have met letters
	s = cut(s, room)
	s = strings.TrimRight(s, ". ")
	if strings.Trim(s, "_ .-") == "" {
		return ""
	}
	stem, rest, dotted := strings.Cut(s, ".")
	if reserved[strings.ToLower(strings.TrimRight(stem, " "))] {
		s = stem + "_"
		if dotted {
			s += "." + rest
		}
	}
	return s
}

// cut shortens s to at most n bytes, never inside a character nor between a
// letter and the marks that belong to it.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	for n > 0 {
		r, _ := utf8.DecodeRuneInString(s[n:])
		if !unicode.Is(unicode.M, r) {
			break
		}
		_, size := utf8.DecodeLastRuneInString(s[:n])
		n -= size
	}
	return s[:n]
}

// Names gives out names of one folder, each once, whatever their case: what a
// file system that does not tell "A" from "a" would make one file gets " (2)".
type Names struct{ taken map[string]bool }

// Take gives a safe name with the extension (".vcf") that nobody took yet.
func (n *Names) Take(name, fallback, ext string) string {
	stem := SafeName(name, fallback)
	for i := 1; ; i++ {
		full := stem + ext
		if i > 1 {
			full = fmt.Sprintf("%s (%d)%s", stem, i, ext)
		}
		if n.reserve(full) {
			return full
		}
	}
}

// Taken says whether a name is in use.
func (n *Names) Taken(full string) bool { return n.taken[foldName(full)] }

func (n *Names) reserve(full string) bool {
	if n.taken == nil {
		n.taken = map[string]bool{}
	}
	k := foldName(full)
	if n.taken[k] {
		return false
	}
	n.taken[k] = true
	return true
}

// foldName is equal for names that some file system takes for the same.
func foldName(s string) string {
	return norm.NFKC.String(strings.Map(func(r rune) rune {
		least := r // simple folding has no fixed direction: take the least of the orbit
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, norm.NFKD.String(s)))
}
