package present

import (
	"hash/fnv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Initials gives one or two letters for a round picture: the first grapheme of
// the first and the last word that start with a letter. Scripts that write
// names without spaces give one. "" gives "?".
func Initials(name string) string {
	var first, last string
	for _, w := range strings.Fields(name) {
		w = strings.TrimFunc(w, func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) && r < 0x2000 })
		it := graphemes.FromString(w)
		if !it.Next() {
			continue
		}
		g := it.Value()
		r, _ := utf8.DecodeRuneInString(g)
		if !unicode.IsLetter(r) && first != "" {
			continue
		}
		g = strings.ToUpper(g)
		if first == "" {
			first = g
		} else {
			last = g
		}
	}
	switch {
	case first == "":
		return "?"
	case last == "" || wide(first) || wide(last):
		return first
	}
	return first + last
}

// wide reports a script whose letters are too big, or too joined, to set two
// of them in a circle.
func wide(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana,
		unicode.Arabic, unicode.Hebrew, unicode.Devanagari, unicode.Thai) || r > 0xFFFF
}

// Tint is a stable number in [0, n) for a name: the colour of its circle.
func Tint(name string, n int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return int(h.Sum32() % uint32(n))
}
