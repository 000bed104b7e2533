package vault

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

// words that generated objects are made of; made up, so that they repeat about
// as often as words of a language do.
var syllables = []string{"ka", "lo", "mi", "ren", "ta", "ves", "or", "bel", "dan", "sil", "ja", "no", "pe", "ru", "sta", "wi"}

func made(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(syllables[r.IntN(len(syllables))])
	}
	return strings.ToUpper(b.String()[:1]) + b.String()[1:]
}

// generated gives object i of a collection, a contact or an event of size bytes.
func generated(c pim.Known, i, size int) pim.Recorded {
	r := rand.New(rand.NewPCG(uint64(c.ID), uint64(i)))
	uid := fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", r.Uint32(), r.Uint32()&0xffff, r.Uint32()&0xfff, r.Uint32()&0xfff, r.Uint64()&0xffffffffffff)
	given, family := made(r, 2), made(r, 3)
	s := pim.Summary{Format: "vcard 4.0", Component: "VCARD", UID: uid, Title: given + " " + family, Percent: -1,
		Names:  []string{family + " " + given},
		Emails: []string{strings.ToLower(given + "." + family + "@example.org")},
		Phones: []string{fmt.Sprintf("+49 %d %07d", 150+r.IntN(40), r.IntN(1e7))},
		Orgs:   []string{made(r, 2) + " GmbH"},
		Fields: map[string]int{"VERSION": 1, "UID": 1, "FN": 1, "N": 1, "EMAIL": 1, "TEL": 1, "ORG": 1, "NOTE": 1}}
	var note strings.Builder
	for note.Len() < size/3 {
		note.WriteString(strings.ToLower(made(r, 1+r.IntN(2))))
		note.WriteByte(' ')
	}
	s.Text = []string{note.String()}
	name := ".vcf"
	if c.Kind == pim.Calendar {
		at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(10*365*24)) * time.Hour)
		s.Format, s.Component, s.Emails, s.Phones, s.Orgs, s.Names, name = "icalendar 2.0", "VEVENT", nil, nil, nil, nil, ".ics"
		s.Start, s.End = &pim.When{At: at, TZID: "Europe/Berlin"}, &pim.When{At: at.Add(time.Hour), TZID: "Europe/Berlin"}
		s.Recurs = i%20 == 0
	}
	body := s.UID + s.Title + strings.Join(s.Emails, "") + strings.Join(s.Phones, "") + note.String()
	for len(body) < size {
		body += fmt.Sprintf("%016x", r.Uint64())
	}
	return object(hrefOf(c, uid+name), fmt.Sprintf(`"%032x"`, r.Uint64()), body[:size], s)
}

// fill puts n generated objects into a collection and gives their bytes.
func fill(t tester, v *Vault, c pim.Known, n, size int) (raw int64) {
	t.Helper()
	ctx := context.Background()
	run, err := v.BeginRun(ctx, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < n; {
		var batch []pim.Recorded
		for ; len(batch) < 250 && i < n; i++ {
			batch = append(batch, generated(c, i, size))
			raw += int64(len(batch[len(batch)-1].Object.Body))
		}
		if err := v.Put(ctx, run, batch); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := v.Finish(ctx, run, pim.Commit{Outcome: pim.Complete, Full: true}); err != nil {
		t.Fatal(err)
	}
	return raw
}

// big is a vault of 100,000 objects of 2 KB, made once for all benchmarks.
var big struct {
	once sync.Once
	v    *Vault
	book int64
	raw  int64
	err  error
}

func bigVault(b *testing.B) *Vault {
	b.Helper()
	big.once.Do(func() {
		dir, err := os.MkdirTemp("", "sidekeep-bench-*")
		if err != nil {
			b.Fatal(err)
		}
		v, err := Open(context.Background(), filepath.Join(dir, "vault"), Options{})
		if err != nil {
			b.Fatal(err)
		}
		_, book, cal := addAccount(b, v, "bench")
		big.book = book.ID
		big.raw = fill(b, v, book, 50_000, 2048) + fill(b, v, cal, 50_000, 2048)
		big.v = v
		atExit = append(atExit, func() { _ = v.Close(); _ = os.RemoveAll(dir) })
	})
	return big.v
}

var atExit []func()

func BenchmarkPut(b *testing.B) {
	v := openTemp(b)
	_, book, _ := addAccount(b, v, "bench")
	ctx := context.Background()
	run, err := v.BeginRun(ctx, book.ID)
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); {
		b.StopTimer()
		batch := make([]pim.Recorded, 250)
		for j := range batch {
			batch[j] = generated(book, i, 2333)
			i++
		}
		b.StartTimer()
		if err := v.Put(ctx, run, batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*250), "µs/object")
}

func BenchmarkSearch100k(b *testing.B) {
	v := bigVault(b)
	ctx := context.Background()
	for _, typed := range []string{"k", "ka", "kal", "kalo", "kalo mi", "example.org", "4567", "+49 170", "kalo@exa"} {
		b.Run(typed, func(b *testing.B) {
			for b.Loop() {
				if _, err := v.Rows(ctx, Query{Search: typed, Limit: 100}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(typed+"/contacts", func(b *testing.B) {
			for b.Loop() {
				if _, err := v.Rows(ctx, Query{Search: typed, Components: []string{"VCARD"}, Limit: 100}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(typed+"/count", func(b *testing.B) {
			for b.Loop() {
				if _, err := v.Count(ctx, Query{Search: typed}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRows100k(b *testing.B) {
	v := bigVault(b)
	ctx := context.Background()
	for name, q := range map[string]Query{
		"first":  {Components: []string{"VCARD"}, Limit: 100},
		"far":    {Components: []string{"VCARD"}, Limit: 100, Offset: 49_000},
		"book":   {Collection: big.book, Limit: 100},
		"month":  {Components: []string{"VEVENT"}, From: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC), Limit: 100},
		"all":    {},
		"events": {Components: []string{"VEVENT"}, Limit: 100, Offset: 25_000},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := v.Rows(ctx, q); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/count", func(b *testing.B) {
			for b.Loop() {
				if _, err := v.Count(ctx, q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSize reports the vault's size over that of the raw bytes, and where
// it goes.
func BenchmarkSize(b *testing.B) {
	v := bigVault(b)
	ctx := context.Background()
	for b.Loop() {
		if _, err := v.writer.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
			b.Fatal(err)
		}
	}
	size, _, err := v.Stats(ctx)
	if err != nil {
		b.Fatal(err)
	}
	rows, err := v.reader.QueryContext(ctx, `SELECT name, sum(pgsize), sum(unused) FROM dbstat GROUP BY name ORDER BY 2 DESC`)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var used, unused int64
		if err := rows.Scan(&name, &used, &unused); err != nil {
			b.Fatal(err)
		}
		b.Logf("%-24s %6.2f%% of raw, %5.1f MB, %4.1f MB of it unused", name, 100*float64(used)/float64(big.raw), float64(used)/1e6, float64(unused)/1e6)
	}
	b.ReportMetric(float64(size)/float64(big.raw), "x-raw")
}
