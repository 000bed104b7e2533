//go:build unix

package vault

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path"
	"syscall"
	"testing"
	"time"

	"sidekeep/formats"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// recorded makes n objects as the mirror hands them over.
func recorded(c pim.Known, n int, seed uint64, make gen.Maker) []pim.Recorded {
	out := []pim.Recorded{}
	name := ".vcf"
	if c.Kind == pim.Calendar {
		name = ".ics"
	}
	for i := range n {
		body := make(nil, seed, i)
		s := formats.Describe(c.Kind, body)
		sum := sha256.Sum256(body)
		out = append(out, pim.Recorded{Object: pim.Object{Href: hrefOf(c, path.Base(s.UID)+name), ETag: pim.ETag(fmt.Sprintf(`"%x"`, sum[:10])),
			Body: body, Via: pim.ViaQuery}, SHA256: sum, Summary: s})
	}
	return out
}

// BenchmarkFirst is the vault's part of a first mirroring: the least CPU of all
// Puts, of Finish and of Close, on every core.
func BenchmarkFirst(b *testing.B) {
	for _, c := range []struct {
		name string
		book gen.Maker
		cal  gen.Maker
		n    int
	}{
		{"15000", gen.CardWithPhoto, gen.Event, 5000},
		{"60000 of 2 KB", gen.Card2K, gen.Event2K, 20000},
	} {
		b.Run(c.name, func(b *testing.B) {
			var least time.Duration // what others do on the machine only ever adds
			for b.Loop() {
				b.StopTimer()
				v := openTemp(b)
				_, book, cal := addAccount(b, v, "bench")
				ctx := context.Background()
				var cpu time.Duration
				for seed := range 3 {
					into, maker := cal, c.cal
					if seed == 0 {
						into, maker = book, c.book
					}
					objects := recorded(into, c.n, uint64(seed+1), maker)
					b.StartTimer()
					before := cpuTime()
					putAll(b, ctx, v, into.ID, objects)
					cpu += cpuTime() - before
					b.StopTimer()
				}
				before := cpuTime()
				if err := v.Close(); err != nil {
					b.Fatal(err)
				}
				cpu += cpuTime() - before
				if least == 0 || cpu < least {
					least = cpu
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(least.Microseconds())/1000, "cpu-ms")
			b.ReportMetric(float64(least.Microseconds())/float64(3*c.n), "cpu-µs/object")
		})
	}
}

// putAll stores objects in batches as large as the mirror's.
func putAll(b *testing.B, ctx context.Context, v *Vault, collection int64, objects []pim.Recorded) {
	b.Helper()
	run, err := v.BeginRun(ctx, collection)
	if err != nil {
		b.Fatal(err)
	}
	for len(objects) > 0 {
		n, bytes := 0, 0
		for n < len(objects) && n < benchObjects && bytes < benchBytes {
			bytes += len(objects[n].Object.Body) + 2<<10
			n++
		}
		if err := v.Put(ctx, run, objects[:n]); err != nil {
			b.Fatal(err)
		}
		objects = objects[n:]
	}
	if _, err := v.Finish(ctx, run, pim.Commit{Outcome: pim.Complete, Full: true}); err != nil {
		b.Fatal(err)
	}
}

const (
	benchObjects = 800
	benchBytes   = 5 << 19
)
