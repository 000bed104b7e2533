package formats

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

// sampleFiles gives the sample files of a kind, or skips.
func sampleFiles(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	root := os.Getenv("SIDEKEEP_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "corpus")
	}
	out := map[string][]byte{}
	_ = filepath.WalkDir(filepath.Join(root, dir), func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out[p], _ = os.ReadFile(p)
		}
		return nil
	})
	if len(out) == 0 {
		t.Skip("no sample files at " + root)
	}
	return out
}

func sorted(m map[string][]byte) (names, bodies []string) {
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		bodies = append(bodies, string(m[n]))
	}
	return names, bodies
}

func TestWriteExport_SampleCardsAreThereByteForByte(t *testing.T) {
	names, bodies := sorted(sampleFiles(t, "vcf"))
	res, files := export(t, "folder", Source{Collection: "All", Kind: pim.Contacts, Objects: objects(bodies...)})
	apart := 0
	for i, b := range bodies {
		if text, ok := fromUTF16([]byte(b)); ok {
			b = string(text)
		}
		if !strings.Contains(files["All.vcf"], strings.TrimPrefix(b, utf8Mark)) {
			if apart++; files[fmt.Sprintf("unreadable/%d.vcf", i)] != bodies[i] {
				t.Errorf("%s is not in the export", names[i])
			}
		}
	}
	t.Logf("%d objects, %d apart, %d notes", res.Objects, apart, len(res.Notes))
}

func TestWriteExport_SampleCalendarsKeepEveryLine(t *testing.T) {
	names, bodies := sorted(sampleFiles(t, "ics"))
	res, files := export(t, "folder", Source{Collection: "All", Kind: pim.Calendar, Objects: objects(bodies...)})
	have := map[string]int{}
	for _, c := range components(files["All.ics"]) {
		have[c]++
	}
	apart := 0
	for i, b := range bodies {
		if f, ok := files[fmt.Sprintf("unreadable/%d.ics", i)]; ok {
			if apart++; f != b {
				t.Errorf("%s stands apart with other bytes", names[i])
			}
			continue
		}
		if text, ok := fromUTF16([]byte(b)); ok {
			b = string(text)
		}
		for _, c := range components(b) {
			if have[c]--; have[c] < 0 {
				t.Errorf("%s has a component that is not in the export:\n%s", names[i], c)
			}
		}
	}
	for _, n := range res.Notes {
		t.Log(n)
	}
	t.Logf("%d objects, %d components, %d apart", res.Objects, res.Files[0].Components, apart)
}
