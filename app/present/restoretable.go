package present

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// RestoreRow is one object of a plan or a receipt.
type RestoreRow struct {
	Kind  string
	Title string
	Into  string
	Word  string // what would happen or has happened to it
	Why   string
	Level Level
	guest bool // other people are in it
	rank  int  // 0 is what is to be looked at first
}

// Under is the line under the title.
func (r RestoreRow) Under() string {
	switch {
	case r.Why == "":
		return r.Into
	case r.Into == "":
		return r.Why
	}
	return r.Into + " · " + r.Why
}

// State is Word as a sentence, for where the row stands alone.
func (r RestoreRow) State() string { return sentence(r.Word) }

// RowTable is a list of rows with choices that narrow it.
type RowTable struct {
	Filters []string
	Filter  int
	all     []RestoreRow
	by      [][]int32 // rows of each filter; nil all
}

// Len is the number of rows that the filter lets through.
func (t *RowTable) Len() int {
	if t.Filter < len(t.by) && t.by[t.Filter] != nil {
		return len(t.by[t.Filter])
	}
	return len(t.all)
}

// At gives row i of those.
func (t *RowTable) At(i int) RestoreRow {
	if t.Filter < len(t.by) && t.by[t.Filter] != nil {
		i = int(t.by[t.Filter][i])
	}
	return t.all[i]
}

// inOrder sorts rows as a person looks for them: what needs the eye first, then
// contacts before entries, each by title.
func inOrder(rows []RestoreRow) {
	lower := make(map[string]string, len(rows))
	for i := range rows {
		lower[rows[i].Title] = strings.ToLower(rows[i].Title)
	}
	slices.SortStableFunc(rows, func(a, b RestoreRow) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), -strings.Compare(a.Kind, b.Kind), strings.Compare(lower[a.Title], lower[b.Title]))
	})
}

// newTable makes a table with a filter for each word, in this order.
func newTable(rows []RestoreRow, words []string) RowTable {
	t := RowTable{all: rows, Filters: []string{fmt.Sprintf(planAll, Number(int64(len(rows))))}, by: [][]int32{nil}}
	by := map[string][]int32{}
	for i := range rows {
		by[rows[i].Word] = append(by[rows[i].Word], int32(i))
	}
	if len(by) < 2 {
		return t
	}
	for _, w := range words {
		if n := len(by[w]); n > 0 {
			t.Filters = append(t.Filters, fmt.Sprintf(planFiltered, Number(int64(n)), w))
			t.by = append(t.by, by[w])
		}
	}
	return t
}

// narrow adds a filter of rows chosen by hand.
func (t *RowTable) narrow(words string, rows []int32) {
	if len(rows) > 0 && len(rows) < len(t.all) {
		t.Filters, t.by = append(t.Filters, words), append(t.by, rows)
	}
}
