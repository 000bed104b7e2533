package mirror_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// corpus is the folder of sample files from other producers.
func corpus(t *testing.T) string {
	dir := os.Getenv("SIDEKEEP_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no sample files: %v", err)
	}
	return dir
}

// Every sample file, valid or not, survives unchanged, in each way that a
// server may write data into XML. What XML can't carry (control characters,
// bytes that are no UTF-8) comes by GET.
func TestMirror_Corpus_EveryFileSurvivesUnchanged(t *testing.T) {
	dir := corpus(t)
	type file struct {
		kind pim.Kind
		body []byte
	}
	var files []file
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		var kind pim.Kind
		switch strings.ToLower(filepath.Ext(path)) {
		case ".vcf":
			kind = pim.Contacts
		case ".ics", ".vcs":
			kind = pim.Calendar
		default:
			return nil
		}
		body, err := os.ReadFile(path)
		files = append(files, file{kind, body})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	styles := map[string]davtest.DataStyle{"literal": davtest.Literal, "character references": davtest.CharRefs, "cdata": davtest.CDATA}
	if testing.Short() { // a sample of the files, in one way
		some := files[:0]
		for i := 0; i < len(files); i += 10 {
			some = append(some, files[i])
		}
		files = some
		styles = map[string]davtest.DataStyle{"literal": davtest.Literal}
	}
	t.Logf("%d files", len(files))
	for name, style := range styles {
		for _, noSync := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, no sync %v", name, noSync), func(t *testing.T) {
				t.Parallel()
				s := davtest.New(t, davtest.WithData(style))
				if noSync {
					s.Set(davtest.NoSync)
				}
				book := s.AddCollection(pim.Contacts, "book", "Book")
				cal := s.AddCollection(pim.Calendar, "cal", "Cal")
				for i, f := range files {
					if f.kind == pim.Contacts {
						book.Put(fmt.Sprintf("%d.vcf", i), f.body)
					} else {
						cal.Put(fmt.Sprintf("%d.ics", i), f.body)
					}
				}
				h, err := openHome(t, t.TempDir(), s.URL())
				if err != nil {
					t.Fatal(err)
				}
				rep, _ := h.run()
				t.Logf("%s, %d requests\n%s", rep.Outcome, rep.Traffic.Requests, describe(rep))
				equal(t, h.view(), s.Objects())
			})
		}
	}
}
