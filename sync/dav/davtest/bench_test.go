package davtest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// BenchmarkServe measures what the server itself costs: its share of a
// client's figures.
func BenchmarkServe(b *testing.B) {
	s := davtest.New(nil, davtest.WithoutLog())
	defer s.Close()
	const n = 100_000
	c := s.AddCollection(pim.Contacts, "big", "Big")
	c.Fill(n, 1, gen.Card2K)
	w := s.AddCollection(pim.Calendar, "events", "Events")
	w.Fill(n, 1, gen.Event2K)
	query := `<C:calendar-query ` + ns + `><D:prop><D:getetag/><C:calendar-data/></D:prop></C:calendar-query>`
	for name, ask := range map[string]struct{ method, url, body string }{
		"list 100,000":            {"PROPFIND", c.URL(), `<D:propfind ` + ns + `><D:prop><D:getetag/></D:prop></D:propfind>`},
		"sync 100,000":            {"REPORT", c.URL(), syncBody("", "")},
		"multiget 500 cards 2 KB": {"REPORT", c.URL(), multigetBody(c, prefixed(c.Path(), c.Names()[:500])...)},
		"query 100,000 of 2 KB":   {"REPORT", w.URL(), query},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r, err := http.NewRequest(ask.method, ask.url, strings.NewReader(ask.body))
				if err != nil {
					b.Fatal(err)
				}
				r.SetBasicAuth(s.User(), s.Password())
				r.Header.Set("Depth", "1")
				resp, err := client.Do(r)
				if err != nil {
					b.Fatal(err)
				}
				size, err := io.Copy(io.Discard, resp.Body)
				if err != nil || resp.StatusCode != 207 {
					b.Fatal(resp.StatusCode, err)
				}
				resp.Body.Close()
				b.SetBytes(size)
			}
		})
	}
}

func prefixed(path string, names []string) []string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = path + n
	}
	return all
}
