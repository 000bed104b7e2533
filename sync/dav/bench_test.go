package dav

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"sidekeep/sync/pim"
)

// BenchmarkQuery fetches 35 MB in 15,000 objects over HTTP on loopback.
func BenchmarkQuery(b *testing.B) {
	var doc bytes.Buffer
	_, _ = io.Copy(&doc, bigAnswer(15_000, 2200))
	s := serve(b, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(207)
		_, _ = w.Write(doc.Bytes())
	})
	c, _ := client(b, Options{})
	b.SetBytes(int64(doc.Len()))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		err := c.Query(b.Context(), book(s), func(f pim.Fetched) error {
			n++
			return f.Err
		})
		if err != nil || n != 15_000 {
			b.Fatal(n, err)
		}
	}
}
