package vault

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sidekeep/formats"
	"sidekeep/sync/pim"
)

func cardOf(n int, words string) string {
	return fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c%d\r\nFN:Person Number%d\r\nNOTE:%s\r\nEND:VCARD\r\n", n, n, words)
}

// describedObject is an object as the mirror brings it.
func describedObject(c pim.Known, n int, body string) pim.Recorded {
	return object(hrefOf(c, fmt.Sprintf("c%d.vcf", n)), fmt.Sprint(len(body)), body, formats.Describe(c.Kind, []byte(body)))
}

// lived makes a vault with a past: objects that changed, that went, and whose
// bytes are equal, and some that take more than a page.
func lived(t testing.TB, dir string, n int) {
	v := openIn(t, dir)
	_, book, cal := addAccount(t, v, "home")
	var objects []pim.Recorded
	for i := range n {
		objects = append(objects, describedObject(book, i, cardOf(i, strings.Repeat("alpha beta gamma ", 1+i%7*(i%7)*20))))
	}
	event := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:e\r\nDTSTART:20260314T090000Z\r\nSUMMARY:Breakfast\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	mirrorAll(t, v, book.ID, pim.Commit{Objects: objects})
	mirrorAll(t, v, cal.ID, pim.Commit{Objects: []pim.Recorded{
		object(hrefOf(cal, "a.ics"), "1", event, formats.Describe(pim.Calendar, []byte(event))),
		object(hrefOf(cal, "b.ics"), "1", event, formats.Describe(pim.Calendar, []byte(event))),
	}})
	mirrorAll(t, v, book.ID, pim.Commit{Objects: []pim.Recorded{describedObject(book, 1, cardOf(1, "changed"))}, Tombstones: []int64{3}})
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
}

func verified(t testing.TB, dir string, words bool) Verified {
	t.Helper()
	v, err := Open(context.Background(), dir, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	got, err := v.Verify(context.Background(), Check{Describe: formats.Describe, Anew: words})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestVerify_AWholeVaultIsWhole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	lived(t, dir, 60)
	got := verified(t, dir, true)
	if len(got.Problems) > 0 || got.Damaged {
		t.Fatalf("problems: %+v", got.Problems)
	}
	if got.Objects != 61 || got.Revisions != 64 || got.Blobs != 62 || got.Bytes < 60*100 {
		t.Errorf("checked %+v", got)
	}
}

// harmed replaces bytes of the vault's file, also where a page moved on.
func harmed(t testing.TB, dir, old, now string) {
	t.Helper()
	path := filepath.Join(dir, fileName)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte(old)) || len(old) != len(now) {
		t.Fatalf("%q is not in the file", old)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(b, []byte(old), []byte(now)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestVerify_NamesWhatIsWrong(t *testing.T) {
	ctx := context.Background()
	for name, x := range map[string]struct {
		harm func(t *testing.T, dir string)
		want string // "kind|what|where", parts of the one finding
	}{
		"a flipped bit in a card": {func(t *testing.T, dir string) {
			harmed(t, dir, "UID:c7\r\nFN:Person Number7", "UID:c7\r\nFN:Person Oumber7")
		}, "blob|its present state|home: Book: object 8 (Person Number7, /dav/u/home/book/c7.vcf)"},
		"a flipped bit in an old state": {func(t *testing.T, dir string) {
			harmed(t, dir, "UID:c2\r\nFN:Person Number2", "UID:c2\r\nFN:Person Oumber2")
		}, "blob|an older state|home: Book: object 3 (/dav"},
		"a blob that is gone": {func(t *testing.T, dir string) {
			v := openIn(t, dir)
			run(t, v, `PRAGMA foreign_keys = 0; DROP TRIGGER blobs_no_delete; DELETE FROM blobs WHERE id = 5`)
		}, "blob|missing|object 5 ("},
		"a revision that is gone": {func(t *testing.T, dir string) {
			v := openIn(t, dir)
			run(t, v, `DROP TRIGGER revisions_no_delete; DELETE FROM revisions WHERE id = (SELECT head FROM resources WHERE id = 9)`)
		}, "revision|its last state|object 9 ("},
		"a wrong count": {func(t *testing.T, dir string) {
			run(t, openIn(t, dir), `UPDATE collections SET live = live + 2 WHERE name = 'Book'`)
		}, "revision|should have 61 objects, and has 59|home: Book"},
		"a place in lists that is gone": {func(t *testing.T, dir string) {
			run(t, openIn(t, dir), `DELETE FROM summaries WHERE resource = 12`)
		}, "index|lists do not|object 12 ("},
		"another place in lists": {func(t *testing.T, dir string) {
			run(t, openIn(t, dir), `UPDATE summaries SET until = 5 WHERE class = 2 AND resource = (SELECT max(resource) FROM summaries)`)
		}, "index|lists do not|home: Calendar: object 62 (Breakfast, /dav/u/home/cal/b.ics)"},
		"words that are gone": {func(t *testing.T, dir string) {
			run(t, openIn(t, dir), `DELETE FROM search WHERE rowid = 12`)
		}, "index|search do|object 12 ("},
		"a word too much": {func(t *testing.T, dir string) {
			run(t, openIn(t, dir), `INSERT INTO search (rowid, words) VALUES (77, 'stray')`)
		}, "index|search has an object|vault.db"},
		"a page that nothing leads to": {func(t *testing.T, dir string) {
			run(t, openIn(t, dir), `PRAGMA writable_schema = 1; CREATE TABLE extra (x); INSERT INTO extra VALUES (1); DELETE FROM sqlite_schema WHERE name = 'extra'`)
		}, "integrity|never used|vault.db"},
		"another program's summary": {func(t *testing.T, dir string) {
			run(t, openIn(t, dir), `UPDATE blobs SET summary = '{"T":"Somebody else"}' WHERE id = 12`)
		}, "index|lists do not|object 12 (Somebody else"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "vault")
			lived(t, dir, 60)
			x.harm(t, dir)
			for _, words := range []bool{false, true} {
				got := verified(t, dir, words)
				if len(got.Problems) != 1 {
					t.Fatalf("problems: %+v", got.Problems)
				}
				p := got.Problems[0]
				want := strings.Split(x.want, "|")
				if p.Kind != want[0] || !strings.Contains(p.What, want[1]) || !strings.Contains(p.Where, want[2]) {
					t.Errorf("found %+v", p)
				}
				if got.Damaged != (want[0] != problemIndex) {
					t.Errorf("damaged: %v", got.Damaged)
				}
			}
		})
	}
	t.Run("made anew", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "vault")
		lived(t, dir, 60)
		run(t, openIn(t, dir), `DELETE FROM summaries; DELETE FROM search WHERE rowid < 30`)
		v := openIn(t, dir)
		if err := v.Reindex(ctx, formats.Describe, nil); err != nil {
			t.Fatal(err)
		}
		if got, err := v.Verify(ctx, Check{Describe: formats.Describe, Anew: true}); err != nil || len(got.Problems) > 0 {
			t.Errorf("%+v, %v", got.Problems, err)
		}
	})
}

// run runs statements on the writer's connection and closes the vault.
func run(t testing.TB, v *Vault, text string) {
	t.Helper()
	if _, err := v.writer.Exec(text); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
}

// Whatever page of the file is lost, it is noticed, and the file is not touched.
func TestVerify_NoticesEveryLostPage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	lived(t, dir, 60)
	path := filepath.Join(dir, fileName)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 8192
	free := freePages(whole, page)
	for n := range len(whole) / page {
		if free[n+1] || testing.Short() && n%11 > 0 {
			continue
		}
		broken := bytes.Clone(whole)
		clear(broken[n*page : (n+1)*page])
		other := t.TempDir()
		file := filepath.Join(other, fileName)
		if err := os.WriteFile(file, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		v, err := Open(context.Background(), other, Options{ReadOnly: true})
		if err != nil {
			if pim.FaultOf(err) != pim.Storage {
				t.Errorf("page %d: %v", n+1, err)
			}
			continue
		}
		got, err := v.Verify(context.Background(), Check{Describe: formats.Describe, Anew: true})
		if err != nil {
			t.Errorf("page %d: %v", n+1, err)
		}
		if !got.Damaged {
			t.Errorf("page %d of zeros was not noticed", n+1)
		}
		if err := v.Close(); err != nil {
			t.Error(err)
		}
		if after, err := os.ReadFile(file); err != nil || !bytes.Equal(after, broken) {
			t.Errorf("page %d: the damaged file was changed", n+1)
		}
	}
}

// freePages are those that hold nothing (https://sqlite.org/fileformat2.html
// section 1.5).
func freePages(file []byte, size int) map[int]bool {
	free := map[int]bool{}
	word := func(at int) int { return int(binary.BigEndian.Uint32(file[at:])) }
	for trunk := word(32); trunk != 0; trunk = word((trunk - 1) * size) {
		for i := range word((trunk-1)*size + 4) {
			free[word((trunk-1)*size+8+4*i)] = true
		}
	}
	return free
}

func TestVerify_Stops(t *testing.T) {
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	fill(t, v, book, 2000, 500)
	ctx, cancel := context.WithCancel(context.Background())
	_, err := v.Verify(ctx, Check{Progress: func(int64, int64) { cancel() }})
	if pim.FaultOf(err) != pim.Stopped {
		t.Errorf("%v", err)
	}
}

// BenchmarkVerify compares a verification with only reading the file.
func BenchmarkVerify(b *testing.B) {
	for _, size := range []int{600, 8000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "vault")
			v := openIn(b, dir)
			_, book, _ := addAccount(b, v, "home")
			n := 40_000_000 / size
			for i := 0; i < n; {
				var objects []pim.Recorded
				for range 1000 {
					objects = append(objects, describedObject(book, i, cardOf(i, generated(book, i, size).Summary.Text[0])))
					i++
				}
				mirrorAll(b, v, book.ID, pim.Commit{Objects: objects})
			}
			file, _, err := v.Stats(context.Background())
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(file)
			b.ResetTimer()
			for b.Loop() {
				got, err := v.Verify(context.Background(), Check{Describe: formats.Describe})
				if err != nil || len(got.Problems) > 0 {
					b.Fatal(got.Problems, err)
				}
			}
			b.StopTimer()
			began := time.Now()
			if _, err := os.ReadFile(filepath.Join(dir, fileName)); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(file)/1e6/time.Since(began).Seconds(), "plain-MB/s")
		})
	}
}
