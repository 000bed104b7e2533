package vault

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Search and sort order work on folded text: compatibility forms, accents and
// case removed, letters that have no accent to remove spelled out. Index and
// query are folded by the same code, so SQLite's tokenizer only has to split at
// spaces.

// spelledOut gives letters without an accent to remove as they are typed
// without them.
func spelledOut(r rune) string {
	switch r {
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'þ':
		return "th"
	case 'ø':
		return "o"
	case 'ł':
		return "l"
	case 'đ', 'ð':
		return "d"
	case 'ı':
		return "i"
	case 'ħ':
		return "h"
	case 'ŧ':
		return "t"
	case 'ŋ':
		return "n"
	}
	return ""
}

// fold gives s without case and accents.
func fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	b := make([]byte, 0, len(s))
	ascii := true
	for _, r := range norm.NFKD.String(s) {
		if r < utf8.RuneSelf {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			b = append(b, byte(r))
			continue
		}
		r = unicode.ToLower(r)
		if r < 0x0180 {
			if spelled := spelledOut(r); spelled != "" {
				b = append(b, spelled...)
				continue
			}
		}
		// Marks over Latin, Greek and Cyrillic letters are accents; in other
		// scripts they are letters in all but name and stay.
		if r >= 0x0300 && r < 0x0590 && unicode.Is(unicode.Mn, r) {
			continue
		}
		ascii = ascii && r < utf8.RuneSelf
		b = utf8.AppendRune(b, r)
	}
	if ascii {
		return string(b)
	}
	return string(norm.NFC.Bytes(b))
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// ideographic says whether r belongs to a script that is written without
// spaces between words, or in syllable blocks that people search singly.
func ideographic(r rune) bool {
	return r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

func wordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// eachWord cuts folded text into words: runs of letters and digits, and runs of
// ideographs apart from them.
func eachWord(folded string, yield func(word string, ideographs bool)) {
	if isASCII(folded) { // most text is, and this is the hot path of every mirror
		eachASCIIWord(folded, yield)
		return
	}
	start, kind := -1, false
	for i, r := range folded {
		if !wordRune(r) {
			if start >= 0 {
				yield(folded[start:i], kind)
				start = -1
			}
			continue
		}
		k := ideographic(r) || (kind && start >= 0 && unicode.IsMark(r))
		switch {
		case start < 0:
			start, kind = i, k
		case k != kind:
			yield(folded[start:i], kind)
			start, kind = i, k
		}
	}
	if start >= 0 {
		yield(folded[start:], kind)
	}
}

func eachASCIIWord(folded string, yield func(word string, ideographs bool)) {
	start := -1
	for i := 0; i < len(folded); i++ {
		switch c := folded[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', 'A' <= c && c <= 'Z':
			if start < 0 {
				start = i
			}
		case start >= 0:
			yield(folded[start:i], false)
			start = -1
		}
	}
	if start >= 0 {
		yield(folded[start:], false)
	}
}

// grams gives the characters and the pairs of neighbours of a run of
// ideographs, which is how such names are found by any part of them.
func grams(word string, yield func(string)) {
	previous := -1
	for i, r := range word {
		n := utf8.RuneLen(r)
		yield(word[i : i+n])
		if previous >= 0 {
			yield(word[previous : i+n])
		}
		previous = i
	}
}

// digitsOf gives the digits of a telephone number without its extension.
func digitsOf(phone string) string {
	var b strings.Builder
	for _, r := range phone {
		if r == ';' || r == 'x' || r == 'X' || r == '#' || r == ',' {
			break
		}
		if r >= '０' && r <= '９' {
			r -= '０' - '0'
		}
		if '0' <= r && r <= '9' {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// reversed turns a string of ASCII digits around, so that its last digits are
// a prefix.
func reversed(digits string) string {
	b := []byte(digits)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}
