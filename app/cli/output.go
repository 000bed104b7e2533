package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"golang.org/x/term"
	"golang.org/x/text/width"

	"sidekeep/sync/pim"
)

// watchedWriter remembers the first failed write, so that a full disk behind
// standard output is not taken for success.
type watchedWriter struct {
	w   io.Writer
	err error
}

func (w *watchedWriter) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.w.Write(p)
	w.err = err
	return n, err
}

// printJSON writes the command's one document.
func (c *command) printJSON(v any) {
	enc := json.NewEncoder(plainJSON{c.out})
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // a failed write is remembered by the writer
	c.answered = true
}

// plainJSON writes whole JSON documents and escapes in them what a terminal may
// obey and the encoder leaves as it is: DEL, the C1 control characters (U+009B
// begins a sequence as ESC [ does) and marks that turn the writing direction.
// They stand in strings only, where \u escapes mean the same.
type plainJSON struct{ w io.Writer }

func (p plainJSON) Write(b []byte) (int, error) {
	if !bytes.ContainsFunc(b, obeyed) {
		return p.w.Write(b)
	}
	var out bytes.Buffer
	for _, r := range string(b) {
		if obeyed(r) {
			fmt.Fprintf(&out, "\\u%04x", r)
		} else {
			out.WriteRune(r)
		}
	}
	if _, err := p.w.Write(out.Bytes()); err != nil {
		return 0, err
	}
	return len(b), nil
}

func obeyed(r rune) bool { return r >= 0x7f && r <= 0x9f || turnsDirection(r) }

// turnsDirection: the embeddings, overrides and isolates of UAX #9.
func turnsDirection(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }

func (c *command) printf(format string, args ...any) { fmt.Fprintf(c.out, format, args...) }

// widest is how wide a column may be where no terminal sets a limit: one name
// of ten thousand characters must not pad every other line to its length.
const widest = 120

// table is a human's table: aligned by what a terminal shows, not by bytes.
// The last column is never cut: it has the reasons and the values.
type table struct {
	head  []string
	rows  [][]string
	right map[int]bool // columns of numbers
	max   int          // widest a column may be; 0: widest
	keep  map[int]bool // columns that are of no use when cut: times
	cols  int          // columns of the terminal; 0: no terminal
}

func (t *table) add(cells ...any) {
	row := make([]string, len(cells))
	for i, v := range cells {
		row[i] = clean(fmt.Sprint(v))
	}
	t.rows = append(t.rows, row)
}

// print writes a table to standard output.
func (c *command) print(t *table) {
	if fd, ok := terminal(c.env.Stdout); ok {
		if cols, _, err := term.GetSize(fd); err == nil {
			t.cols = cols
		}
	}
	t.write(c.out)
}

func (t *table) write(w io.Writer) {
	all := append([][]string{t.head}, t.rows...)
	widths := t.widths(all)
	var b strings.Builder
	for _, row := range all {
		b.Reset()
		for i, cell := range row {
			if i < len(row)-1 {
				cell = clip(cell, widths[i])
			}
			pad := strings.Repeat(" ", max(0, widths[i]-displayWidth(cell)))
			switch {
			case t.right[i]:
				b.WriteString(pad + cell)
			case i < len(row)-1:
				b.WriteString(cell + pad)
			default:
				b.WriteString(cell)
			}
			if i < len(row)-1 {
				b.WriteString("  ")
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// widths gives every column its width. On a terminal the widest columns give
// way until a line fits, but none below what still says something.
func (t *table) widths(all [][]string) []int {
	const narrowest, lastCounts = 8, 24
	limit := t.max
	if limit <= 0 {
		limit = widest
	}
	widths := make([]int, len(t.head))
	total := 2 * (len(widths) - 1)
	for i := range widths {
		for _, row := range all {
			widths[i] = max(widths[i], min(displayWidth(row[i]), limit))
		}
		total += widths[i]
		if i == len(widths)-1 {
			total -= max(0, widths[i]-lastCounts)
		}
	}
	for t.cols > 0 && total > t.cols {
		most := -1
		for i, n := range widths[:len(widths)-1] {
			if !t.right[i] && !t.keep[i] && n > narrowest && (most < 0 || n > widths[most]) {
				most = i
			}
		}
		if most < 0 {
			break // too narrow a terminal: lines wrap, nothing is hidden
		}
		widths[most]--
		total--
	}
	return widths
}

// displayWidth is how many columns a terminal gives a text (UAX #11).
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		default:
			n++
			if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
				n++
			}
		}
	}
	return n
}

func clip(s string, limit int) string {
	if limit <= 0 || displayWidth(s) <= limit {
		return s
	}
	n := 0
	for i, r := range s {
		if n += displayWidth(string(r)); n >= limit {
			return s[:i] + "…"
		}
	}
	return s
}

// clean makes a text of a server or a card safe to print on one line of a
// terminal: no control characters, no escape sequences, no marks that turn
// the writing direction around.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r):
			return -1
		case turnsDirection(r):
			return -1
		}
		return r
	}, s)
}

// moment words a time for a person, in the local zone.
func moment(t *time.Time) string {
	if t == nil || t.IsZero() {
		return "never"
	}
	return t.Local().Format("2006-01-02 15:04")
}

// clock words a time of an item for a person: instants in the local zone,
// dates and clock times without a zone as they are.
func clock(s string) string {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.Local().Format("2006-01-02 15:04")
	}
	if t, err := time.Parse("2006-01-02T15:04:05", s); err == nil {
		return t.Format("2006-01-02 15:04")
	}
	return s
}

// size words a number of bytes.
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.1f KB", float64(n)/1e3)
	case n < 1000*1000*1000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}

// count words a number of things.
func count[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return pim.Number(int64(n)) + " " + many
}
