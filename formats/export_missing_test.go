package formats

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidekeep/formats/archive"
	"sidekeep/sync/pim"
)

// What can't be had, and bytes that are not what they should be, are named and not
// written; all others are.
func TestWriteExport_NamesWhatIsMissing(t *testing.T) {
	src := Source{Account: "home", Collection: "Book", Kind: pim.Contacts, Title: func(id int64) string { return fmt.Sprint("No ", id) },
		Objects: func(yield func(Body, error) bool) {
			for i := range 3000 {
				b := Body{Href: fmt.Sprintf("/b/%d.vcf", i), ID: int64(i), Bytes: []byte(crlf(fmt.Sprintf("BEGIN:VCARD\nVERSION:3.0\nUID:%d\nFN:x\nEND:VCARD\n", i)))}
				sum := sha256.Sum256(b.Bytes)
				switch b.Sum = sum[:]; i {
				case 1:
					b.Bytes[30]++
				case 2999:
					b.Bytes, b.Sum, b.Lost = nil, nil, "gone"
				}
				if !yield(b, nil) {
					return
				}
			}
			yield(Body{Lost: "lost", More: 7}, nil)
		}}
	to := filepath.Join(t.TempDir(), "out")
	res, err := WriteExport(context.Background(), ExportRequest{To: to}, []Source{src}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []Missing{
		{ID: 1, Title: "No 1", Href: "/b/1.vcf", Account: "home", Collection: "Book", Objects: 1, Why: lostChanged},
		{ID: 2999, Title: "No 2999", Href: "/b/2999.vcf", Account: "home", Collection: "Book", Objects: 1, Why: "gone"},
		{Account: "home", Collection: "Book", Objects: 7, Why: "lost"},
	}
	if d := cmp.Diff(want, res.Missing); d != "" || res.Objects != 2998 {
		t.Errorf("%d objects, %s", res.Objects, d)
	}
	var m archive.Manifest
	b, err := os.ReadFile(filepath.Join(to, archive.ManifestName))
	if err != nil || json.Unmarshal(b, &m) != nil || !cmp.Equal(m.Missing, want) {
		t.Errorf("the manifest: %v, %+v", err, m.Missing)
	}
	b, err = os.ReadFile(filepath.Join(to, "Book.vcf"))
	if err != nil || strings.Count(string(b), "BEGIN:VCARD") != 2998 || strings.Contains(string(b), "UID:2999") {
		t.Errorf("the file: %v, %d cards", err, strings.Count(string(b), "BEGIN:VCARD"))
	}
}
