package vault

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"sidekeep/sync/pim"
)

// Marks in front of words that are not what they seem, from the private use
// area so that nobody types them by accident.
const (
	markTitle = "\ue000" // a word of the title
	markTail  = "\ue001" // a telephone number backwards
	markClass = "\ue002" // the class of the object, so that a search among contacts meets only these
	markPlace = "\ue003" // the ID of its collection
)

// What one object adds to the search at most; a novel in a note must not cost
// more than the note.
const (
	maxText  = 8 << 10 // bytes of notes and the like
	maxWords = 600
)

// wordList collects the distinct words of one object after the other.
type wordList struct {
	text  []byte // the words, separated by spaces
	table []spot // where each stands, by its hash; a power of two of them
	round uint32 // of this object: spots of earlier ones are free
	count int
	sum   uint64 // of the words' hashes, as wordSum gives them
}

// spot is where a word stands in the text.
type spot struct {
	round      uint32
	start, end uint32
}

// tableSize is more than twice maxWords, so that there is always a free spot.
const tableSize = 2048

func (w *wordList) reset() {
	if w.table == nil {
		w.table = make([]spot, tableSize)
	}
	w.round++
	w.text, w.count, w.sum = w.text[:0], 0, 0
}

func (w *wordList) add(mark, word string) {
	if len(word) > 64 {
		word = strings.ToValidUTF8(word[:64], "")
	}
	if w.count >= maxWords {
		return
	}
	start := len(w.text)
	w.text = append(append(w.text, mark...), word...)
	marked := w.text[start:]
	hash := uint64(wordStart)
	for _, c := range marked {
		hash = (hash ^ uint64(c)) * wordPrime
	}
	at := hash % tableSize
	for ; w.table[at].round == w.round; at = (at + 1) % tableSize {
		if s := w.table[at]; string(w.text[s.start:s.end]) == string(marked) {
			w.text = w.text[:start]
			return
		}
	}
	w.table[at] = spot{w.round, uint32(start), uint32(len(w.text))}
	w.text = append(w.text, ' ')
	w.count++
	w.sum += hash
}

func (w *wordList) words(title bool, s string) {
	eachWord(fold(s), func(word string, ideographs bool) {
		add := func(word string) {
			w.add("", word)
			if title {
				w.add(markTitle, word)
			}
		}
		if ideographs {
			grams(word, add)
			return
		}
		add(word)
	})
}

// placeOf is the word for objects of a collection.
func placeOf(collection int64) string { return markPlace + strconv.FormatInt(collection, 10) }

// placeWord is that word and a space.
func placeWord(collection int64) string { return placeOf(collection) + " " }

// of gives the words of a summary, separated by spaces, but for its place.
func (w *wordList) of(s *pim.Summary) string {
	w.reset()
	w.add(markClass, strconv.Itoa(int(classFor(s.Component))))
	w.words(true, s.Title)
	for _, part := range [][]string{s.Names, s.Emails, s.Phones, s.Orgs} {
		for _, x := range part {
			w.words(false, x)
		}
	}
	for _, p := range s.Phones {
		if d := digitsOf(p); len(d) >= 4 {
			w.add("", d)
			w.add(markTail, reversed(d))
		}
	}
	w.words(false, s.Location)
	left := maxText
	for _, x := range s.Text {
		if left <= 0 {
			break
		}
		if len(x) > left {
			x = strings.ToValidUTF8(x[:left], "")
		}
		left -= len(x)
		w.words(false, x)
	}
	return string(w.text)
}

// matchFor turns what a person types into an FTS5 query: every word is the
// start of a word, and all must be there. "" means that nothing can match the
// text by its words (it has none). inTitle looks at titles only. starts gives
// the query for the words that start with one.
func matchFor(typed string, inTitle bool, starts func(word string) string) string {
	m := matcher{starts: starts}
	if inTitle {
		m.mark = markTitle
	}
	rest := 0
	folded := fold(typed)
	eachWord(folded, func(word string, ideographs bool) {
		at := rest + strings.Index(folded[rest:], word)
		gap := folded[rest:at]
		rest = at + len(word)
		if strings.Trim(gap, " +-()./\u00a0") != "" {
			m.flush()
		}
		switch {
		case ideographs:
			m.flush()
			m.grams(word)
		case strings.Trim(word, "0123456789") == "":
			m.run = append(m.run, word)
		default:
			m.flush()
			m.add(m.prefix(m.mark, word))
		}
	})
	m.flush()
	return strings.Join(m.all, " AND ")
}

// anyStart is the query for the words that start with one, in FTS5's own way.
func anyStart(word string) string { return `"` + word + `"*` }

// matcher makes an FTS5 query.
type matcher struct {
	mark   string
	starts func(word string) string
	all    []string
	run    []string // digit words with nothing but telephone punctuation between
}

func (m *matcher) add(query string) { m.all = append(m.all, query) }

func (m *matcher) prefix(mark, word string) string {
	if len(word) > 64 {
		word = strings.ToValidUTF8(word[:64], "")
	}
	return m.starts(mark + word)
}

// grams wants every pair of neighbours, or the one character there is.
func (m *matcher) grams(word string) {
	before := len(m.all)
	grams(word, func(g string) {
		if utf8.RuneCountInString(g) == 2 {
			m.add(m.prefix(m.mark, g))
		}
	})
	if len(m.all) == before {
		m.add(m.prefix(m.mark, word))
	}
}

// flush finds a run of digits as words, as the start of a telephone number, or
// as its end. Of a long number the last nine digits decide, because "+49 170
// ..." and "0170 ..." are one number written twice.
func (m *matcher) flush() {
	if len(m.run) == 0 {
		return
	}
	words := make([]string, len(m.run))
	for i, w := range m.run {
		words[i] = m.prefix(m.mark, w)
	}
	q := strings.Join(words, " AND ")
	joined := strings.Join(m.run, "")
	m.run = nil
	if m.mark != "" || len(joined) < 4 {
		m.add(q)
		return
	}
	tail := joined
	if len(tail) > 9 {
		tail = tail[len(tail)-9:]
	}
	m.add("((" + q + ") OR " + m.prefix("", joined) + " OR " + m.prefix(markTail, reversed(tail)) + ")")
}
