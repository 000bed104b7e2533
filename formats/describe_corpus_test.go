package formats

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"sidekeep/formats/contentline"
	"sidekeep/sync/pim"
)

// corpus gives the folder with other producers' files, or skips the test.
func corpus(t testing.TB) string {
	dir := os.Getenv("SIDEKEEP_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "corpus") // from this package's folder
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no corpus at %s (set SIDEKEEP_CORPUS)", dir)
	}
	return dir
}

// eachFile calls f for every object file of the corpus.
func eachFile(t testing.TB, f func(name string, kind pim.Kind, body []byte)) {
	dir := corpus(t)
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		kind := pim.Calendar
		switch filepath.Ext(path) {
		case ".vcf":
			kind = pim.Contacts
		case ".ics", ".vcs":
		default:
			return nil
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		f(name, kind, body)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var (
	plainTitle = regexp.MustCompile(`(?im)^(FN|SUMMARY)(;[^:\r\n]*)?:[ ]*[^\s;,\\]`)
	plainUID   = regexp.MustCompile(`(?im)^UID(;[^:\r\n]*)?:[ ]*\S`)
)

// TestCorpus_Describe reads every file: its lines give it back byte for byte, and
// what plainly has a title or a UID is found to have one. With DESCRIBE_DUMP set
// it writes all summaries to that file, to be looked at.
func TestCorpus_Describe(t *testing.T) {
	var files, titles, uids, wantTitles, wantUIDs, clean int
	var dump *os.File
	if path := os.Getenv("DESCRIBE_DUMP"); path != "" {
		var err error
		if dump, err = os.Create(path); err != nil {
			t.Fatal(err)
		}
		defer dump.Close()
	}
	eachFile(t, func(name string, kind pim.Kind, body []byte) {
		files++
		root := contentline.Parse(body)
		var flat []byte
		for _, l := range contentline.Lines(body) {
			flat = append(flat, l.Raw()...)
		}
		if !bytes.Equal(root.Bytes(), body) || !bytes.Equal(flat, body) {
			t.Errorf("%s does not come back byte for byte", name)
		}
		s := Describe(kind, body)
		checkSummary(t, name, s)
		if len(s.Problems) == 0 {
			clean++
		}
		if dump != nil {
			j, _ := json.Marshal(s)
			dump.WriteString(name + "\t" + string(j) + "\n")
		}
		wantTitle, wantUID := plainTitle.Match(body), plainUID.Match(body)
		if wantTitle {
			wantTitles++
			if s.Title != "" {
				titles++
			} else {
				t.Logf("no title: %s", name)
			}
		}
		if wantUID {
			wantUIDs++
			if s.UID != "" {
				uids++
			} else {
				t.Logf("no UID: %s", name)
			}
		}
		for _, f := range Fields(kind, body) {
			if !utf8.ValidString(f.Value) || !utf8.ValidString(f.Label) {
				t.Errorf("%s: the value of %s is no UTF-8", name, f.Name)
			}
		}
	})
	t.Logf("%d files, all byte for byte; title found in %d of %d that plainly have one, UID in %d of %d; %d without a problem",
		files, titles, wantTitles, uids, wantUIDs, clean)
	if titles*100 < wantTitles*99 || uids*100 < wantUIDs*98 {
		t.Error("too many titles or UIDs were not found")
	}
}

// checkSummary holds for every object, whatever it is.
func checkSummary(t interface{ Errorf(string, ...any) }, name string, s pim.Summary) {
	all := append([]string{s.Format, s.Component, s.UID, s.Title, s.RRule, s.Status, s.Location}, s.Problems...)
	for _, list := range [][]string{s.Names, s.Emails, s.Phones, s.Orgs, s.Text} {
		for _, v := range list {
			if strings.TrimSpace(v) == "" {
				t.Errorf("%s: an empty text is listed", name)
			}
		}
		all = append(all, list...)
	}
	for _, v := range all {
		if !utf8.ValidString(v) {
			t.Errorf("%s: %q is no UTF-8", name, v)
		}
	}
	if s.Fields == nil || s.Format == "" || s.Percent < -1 || s.Percent > 100 {
		t.Errorf("%s: %+v lacks what every summary has", name, s)
	}
	if s.Format == "unknown" && len(s.Problems) == 0 {
		t.Errorf("%s: not known, and no word why", name)
	}
}
