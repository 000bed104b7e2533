package formats

import "sidekeep/sync/pim"

// Change is the difference of one field between two states of an object. What is
// "added", "removed" or "changed".
type Change struct {
	What  string
	Field string // property name in upper case
	Title string // the property in words
	Label string // which one: "work, mobile"
	Old   string // decoded
	New   string // decoded
	Text  string // the difference in words: "telephone, work: +47 22 33 44 55 removed"
	Line  int    // index into Fields(older) for putting just it back; -1 where it has none
}

// Changes gives the differences between two states of an object, field by field,
// in words. It never panics.
func Changes(kind pim.Kind, older, newer []byte) []Change { return nil }
