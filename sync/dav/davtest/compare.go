package davtest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Equal has a test fail unless both hold the same bytes by compare key, and names
// the first that differ. got is what was found, want what should be there.
func Equal(t interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}, got, want map[string][]byte) {
	t.Helper()
	const enough = 5
	bad := 0
	count := func() {
		t.Helper()
		if bad++; bad > enough {
			t.Fatalf("... and so on: %d are there, %d expected", len(got), len(want))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(want)) {
		g, ok := got[k]
		switch {
		case !ok:
			t.Errorf("%s is missing", k)
			count()
		case !bytes.Equal(g, want[k]):
			t.Errorf("%s differs:\n%.300q\nwant\n%.300q", k, g, want[k])
			count()
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[k]; !ok {
			t.Errorf("%s should not be there", k)
			count()
		}
	}
}

// Transcript is the log of requests, one a line, for messages of tests.
func (s *Server) Transcript() string {
	var b strings.Builder
	for _, r := range s.Requests() {
		fmt.Fprintf(&b, "  %d %s (hrefs %d, inline %v) -> %d, %d bytes\n", r.N, r.Line(), r.Hrefs, r.Inline, r.Status, r.Sent)
	}
	return b.String()
}
