package plan

import (
	"fmt"
	"testing"

	"sidekeep/sync/pim"
)

// BenchmarkJudge judges a collection of 100,000 objects, the comparison with its
// listing aside: all lost, all changed, all with new ETags.
func BenchmarkJudge(b *testing.B) {
	const n = 100_000
	index := make([]pim.Indexed, n)
	for i := range index {
		index[i] = have(int64(i+1), fmt.Sprintf("/book/%d.vcf", i), "1")
	}
	e := pim.Evidence{GoodAt: noon, Changed: ids(n), Fields: map[string]pim.FieldLoss{pim.FieldPhoto: {Had: n, Lost: n / 2}}}
	for day := range 30 { // a run every half-hour, for a month
		for range 48 {
			e.Recent = append(e.Recent, pim.RecentRun{Ended: noon.AddDate(0, 0, day-30), Outcome: pim.Complete, Objects: n, Deleted: 1, Created: 1})
		}
	}
	for name, listed := range map[string]bool{"all gone": false, "all changed": true} {
		b.Run(name, func(b *testing.B) {
			d := NewDiff(index, false)
			d.Begin()
			if listed {
				for _, x := range index {
					d.Listed(entry(string(x.Href), "2"))
					d.Stored(x.Key, "2")
				}
			}
			for b.Loop() {
				loss, f := d.Loss(true), d.Facts(true)
				f.Evidence, f.Now = e, noon
				if !listed {
					f.Changed = nil
				}
				if o := Judge(f); !o.Alarm || len(loss.Gone) != f.Gone {
					b.Fatalf("%+v", o)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/100000-objects")
		})
	}
}
