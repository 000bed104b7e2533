package vault

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

// rescued gives what can be had of a file: by object where it is known.
func rescued(t testing.TB, path string) (w *Wreck, current map[int64]string, all map[string]bool) {
	t.Helper()
	ctx := context.Background()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err = OpenWreck(ctx, path, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	current, all = map[int64]string{}, map[string]bool{}
	read := func(list []WreckObject, shown bool) {
		for o, body := range w.Bodies(ctx, list) {
			if all[string(body)] = true; shown {
				current[o.Resource] = string(body)
			}
		}
	}
	for _, c := range w.Collections() {
		read(w.Current(c.ID), true)
	}
	read(w.Found(), false)
	read(w.Older(), false)
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Error("the damaged file was changed")
	}
	return w, current, all
}

func contents(t testing.TB, dir string) (current map[int64]string, all map[string]bool) {
	t.Helper()
	v := openIn(t, dir)
	defer v.Close()
	current, all = map[int64]string{}, map[string]bool{}
	rows, err := v.reader.Query(`SELECT r.id, b.body FROM resources r JOIN blobs b ON b.id = r.blob UNION ALL SELECT 0, body FROM blobs`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var body string
		if err := rows.Scan(&id, &body); err != nil {
			t.Fatal(err)
		}
		if all[body] = true; id > 0 {
			current[id] = body
		}
	}
	return current, all
}

func TestRescue_AWholeVault(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	lived(t, dir, 60)
	want, all := contents(t, dir)
	w, got, everything := rescued(t, filepath.Join(dir, fileName))
	if fmt.Sprint(got) != fmt.Sprint(want) || len(w.Problems()) > 0 || len(w.Found()) > 0 || len(w.Damaged()) > 0 {
		t.Errorf("%d of %d, found %v, problems %v", len(got), len(want), w.Found(), w.Problems())
	}
	if len(everything) != len(all) || len(w.Older()) != 2 {
		t.Errorf("%d of %d states, older %v", len(everything), len(all), w.Older())
	}
	if c := w.Collections(); len(c) != 2 || c[0].Account != "home" || c[0].Title() != "Book" || c[1].Kind != pim.Calendar {
		t.Errorf("collections: %+v", c)
	}
}

// Whatever page is lost, everything is rescued whose bytes were not on it, and
// what was in the current view is known as that unless the page told so.
func TestRescue_EveryLostPage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	lived(t, dir, 60)
	_, all := contents(t, dir)
	v := openIn(t, dir)
	tables := map[int]string{}
	rows, err := v.reader.Query(`SELECT pageno, name, pagetype FROM dbstat`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var n int
		var name, kind string
		if err := rows.Scan(&n, &name, &kind); err != nil {
			t.Fatal(err)
		}
		tables[n] = name + " " + kind
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	const page = 8192
	for n := range len(whole) / page {
		if testing.Short() && n%11 > 0 {
			continue
		}
		broken := bytes.Clone(whole)
		clear(broken[n*page : (n+1)*page])
		path := filepath.Join(t.TempDir(), fileName)
		if err := os.WriteFile(path, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		w, current, got := rescued(t, path)
		on := tables[n+1]
		lost := len(all) - len(got)
		switch {
		case strings.HasPrefix(on, "blobs leaf") || strings.HasPrefix(on, "blobs overflow"):
			if lost == 0 || lost > 30 || len(w.Problems()) == 0 {
				t.Errorf("page %d (%s): %d lost, problems %v", n+1, on, lost, w.Problems())
			}
		case strings.HasPrefix(on, "resources leaf"):
			if lost > 0 || len(w.Found()) == 0 {
				t.Errorf("page %d (%s): %d lost, %d found", n+1, on, lost, len(w.Found()))
			}
		case lost > 0 || len(current) != 61 && !strings.HasPrefix(on, "collections"):
			t.Errorf("page %d (%s): %d lost, %d in the current view, %v", n+1, on, lost, len(current), w.Problems())
		}
	}
}

func TestRescue_TruncatedFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	lived(t, dir, 60)
	path := filepath.Join(dir, fileName)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	_, all := contents(t, dir)
	before := len(all)
	for _, part := range []int64{9, 8, 7} {
		if err := os.Truncate(path, info.Size()/10*part+100); err != nil {
			t.Fatal(err)
		}
		w, _, got := rescued(t, path)
		if len(got) == 0 || len(got) > before || len(w.Problems()) == 0 || !strings.Contains(w.Problems()[0].What, "are missing") {
			t.Errorf("%d tenths: %d of %d, %v", part, len(got), before, w.Problems()[:min(3, len(w.Problems()))])
		}
		before = len(got)
	}
}

func TestRescue_BytesThatAreNotThoseThatCame(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	lived(t, dir, 60)
	harmed(t, dir, "UID:c1\r\nFN:Person Number1\r\nNOTE:changed", "UID:c1\r\nFN:Person Number1\r\nNOTE:chanGed")
	w, current, _ := rescued(t, filepath.Join(dir, fileName))
	if len(w.Damaged()) != 1 || len(w.Problems()) != 1 || !strings.Contains(w.Problems()[0].What, "an earlier one is in its place") {
		t.Fatalf("%v, %v", w.Damaged(), w.Problems())
	}
	if !strings.Contains(current[2], "FN:Person Number1\r\nNOTE:alpha") {
		t.Errorf("in its place: %q", current[2])
	}
}

// What was committed and stands only in the WAL is rescued too.
func TestRescue_WithItsWAL(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	v := openIn(t, dir)
	_, book, _ := addAccount(t, v, "home")
	mirrorAll(t, v, book.ID, pim.Commit{Objects: []pim.Recorded{describedObject(book, 1, cardOf(1, "first"))}})
	_, current, _ := rescued(t, filepath.Join(dir, fileName))
	if len(current) != 1 {
		t.Errorf("rescued %v", current)
	}
}

func TestRescue_NotAVault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("no vault "), 5000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenWreck(context.Background(), path, t.TempDir()); pim.FaultOf(err) != pim.Storage {
		t.Errorf("%v", err)
	}
	if _, err := OpenWreck(context.Background(), path+"x", t.TempDir()); pim.FaultOf(err) != pim.Storage {
		t.Errorf("%v", err)
	}
}

// Nothing in a page makes the carver fail.
func FuzzCarve(f *testing.F) {
	dir := filepath.Join(f.TempDir(), "vault")
	lived(f, dir, 3)
	whole, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		f.Fatal(err)
	}
	for n := range len(whole) / 8192 {
		f.Add(whole[n*8192 : (n+1)*8192])
	}
	f.Fuzz(func(t *testing.T, page []byte) {
		file := append(make([]byte, defaultPage), page...) // the first page begins otherwise
		c := newCarver(bytes.NewReader(file), int64(len(file)))
		c.cells(func(x cell) { _ = c.row(x) })
	})
}
