package realserver_test

import (
	"testing"

	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/dav/davtest/realserver"
	"sidekeep/sync/pim"
)

// BenchmarkSeed measures how fast each server is filled, in objects a second.
func BenchmarkSeed(b *testing.B) {
	for _, kind := range realserver.Kinds() {
		b.Run(string(kind), func(b *testing.B) {
			s := realserver.Start(b, kind)
			path, err := s.MakeCollection(pim.Contacts, "book", "Book")
			if err != nil {
				b.Fatal(err)
			}
			const n = 500
			for i := 0; b.Loop(); i++ {
				if err := s.Seed(path, n, uint64(i), gen.CardWithPhoto); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "objects/s")
		})
	}
}
