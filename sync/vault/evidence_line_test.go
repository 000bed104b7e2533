package vault

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestInLine_TimesGoByTheOrderOfRuns(t *testing.T) {
	for name, c := range map[string]struct {
		said, want []int64
		now        int64
	}{
		"a clock that is right":         {[]int64{10, 20, 20, 30}, []int64{10, 20, 20, 30}, 40},
		"ahead for a while":             {[]int64{10, 900, 901, 30, 40}, []int64{10, 11, 12, 30, 40}, 50},
		"ahead until just now":          {[]int64{10, 20, 900}, []int64{10, 20, 21}, 50},
		"ahead, and its date went by":   {[]int64{10, 45, 20, 30, 40}, []int64{10, 11, 20, 30, 40}, 50},
		"back for a while":              {[]int64{10, 15, 20, 1, 2, 30}, []int64{10, 15, 20, 21, 22, 30}, 50},
		"all ahead of a clock set back": {[]int64{10, 20}, []int64{4, 5}, 5},
		"none":                          {nil, nil, 5},
	} {
		line := make([]lined, len(c.said))
		for i, at := range c.said {
			line[i] = lined{int64(i), at}
		}
		inLine(line, c.now)
		var got []int64
		for _, x := range line {
			got = append(got, x.at)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestInLine_NeverGoesBackNorAhead, and as few runs as can be are out of line.
func TestInLine_NeverGoesBackNorAhead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		said := rapid.SliceOfN(rapid.Int64Range(0, 12), 0, 9).Draw(t, "said")
		now := rapid.Int64Range(0, 12).Draw(t, "now")
		line := make([]lined, len(said))
		for i, at := range said {
			line[i].at = at
		}
		inLine(line, now)
		kept, before := 0, int64(-1)
		for i, x := range line {
			if x.at < before || x.at > now {
				t.Fatalf("%v at %d: %v", said, now, line)
			}
			if before = x.at; x.at == said[i] {
				kept++
			}
		}
		most := 0
		for set := range 1 << len(said) {
			n, last := 0, int64(-1)
			for i, at := range said {
				if set>>i&1 == 0 {
					continue
				}
				if at < last || at > now {
					n = -1
					break
				}
				n, last = n+1, at
			}
			most = max(most, n)
		}
		if kept < most {
			t.Fatalf("%v at %d: %d of %d are in line", said, now, kept, most)
		}
	})
}
