package formats

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

// BenchmarkExport100k writes 100,000 events of about 2 KB, made as they are asked for.
func BenchmarkExport100k(b *testing.B) {
	for _, kind := range []pim.Kind{pim.Contacts, pim.Calendar} {
		b.Run(string(kind), func(b *testing.B) {
			const n = 100_000
			body := []byte(calObject(zoneBody("Europe/Berlin", "+0100"), strings.Replace(eventIn("000000", "Europe/Berlin"), "SUMMARY:x",
				"SUMMARY:x\nDESCRIPTION:"+strings.Repeat("All work and no play\\n\n ", 70)+"dull", 1)))
			if kind == pim.Contacts {
				body = []byte(crlf("BEGIN:VCARD\nVERSION:3.0\nUID:000000\nFN:Card\nN:Card;;;;\nPHOTO;ENCODING=b;TYPE=JPEG:" +
					strings.Repeat("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZ\n ", 27) + "\nEND:VCARD\n"))
			}
			seq := func(yield func(Body, error) bool) {
				at := bytes.Index(body, []byte("UID:")) + 4
				for i := range n {
					fresh := bytes.Clone(body)
					copy(fresh[at:], fmt.Sprintf("%06d", i))
					if !yield(Body{Href: "/c/1", Bytes: fresh}, nil) {
						return
					}
				}
			}
			b.SetBytes(int64(n * len(body)))
			for b.Loop() {
				to := filepath.Join(b.TempDir(), "out")
				if _, err := WriteExport(context.Background(), ExportRequest{To: to}, []Source{{Kind: kind, Objects: seq}}, nil); err != nil {
					b.Fatal(err)
				}
				os.RemoveAll(to)
			}
		})
	}
}
