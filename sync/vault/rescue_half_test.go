package vault

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// stretch is a part of a file.
type stretch struct{ from, to int64 }

// lying says of every body in which parts of the file it lies.
func lying(t testing.TB, path string) map[string][]stretch {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]stretch{}
	c := newCarver(f, info.Size())
	seen := &reads{file: f}
	c.file = seen
	c.cells(func(x cell) {
		seen.list = nil
		row, err := c.payload(x, x.size)
		if err != nil {
			return
		}
		if body, ok := blobBody(columns(row, x.size)); ok {
			at := x.page*c.page + x.at
			out[string(body)] = append(seen.list, stretch{at - 18, at}) // its two numbers stand before it
		}
	})
	return out
}

// reads notes what is read.
type reads struct {
	file *os.File
	list []stretch
}

func (r *reads) ReadAt(p []byte, at int64) (int, error) {
	r.list = append(r.list, stretch{at, at + int64(len(p))})
	return r.file.ReadAt(p, at)
}

// Of whatever page one half is lost, and wherever the file ends: every state whose
// bytes were not there is rescued, and what is not is named.
func TestRescue_EveryHalfPage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	lived(t, dir, 60)
	path := filepath.Join(dir, fileName)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	where := lying(t, path)
	_, all := contents(t, dir)
	if len(where) != len(all) {
		t.Fatalf("%d of %d states are found in the file", len(where), len(all))
	}
	const half = 4096
	rest := int64(len(whole))
	for n := int64(0); n*half < rest; n++ {
		if testing.Short() && n%29 > 0 {
			continue
		}
		broken := bytes.Clone(whole)
		clear(broken[n*half : (n+1)*half])
		checkLost(t, fmt.Sprintf("page %d, half %d", n/2+1, n%2+1), broken, stretch{n * half, (n + 1) * half}, where)
	}
	for _, at := range []int64{rest - 1, rest - half, rest*9/10 + 17, rest*3/4 + half, rest/2 + 2777, rest / 3} {
		checkLost(t, fmt.Sprintf("cut off at %d", at), whole[:at], stretch{at, rest}, where)
	}
}

func checkLost(t *testing.T, what string, broken []byte, lost stretch, where map[string][]stretch) {
	t.Helper()
	path := filepath.Join(t.TempDir(), fileName)
	if err := os.WriteFile(path, broken, 0o600); err != nil {
		t.Fatal(err)
	}
	w, _, got := rescued(t, path)
	touched := 0
	for body, parts := range where {
		whole := true
		for _, p := range parts {
			whole = whole && (p.to <= lost.from || p.from >= lost.to)
		}
		if !whole {
			touched++
		}
		if whole && !got[body] {
			t.Errorf("%s: %.60q was not there and is lost", what, body)
		}
	}
	if len(got) < len(where) && len(w.Problems()) == 0 {
		t.Errorf("%s: %d of %d states, and no problem", what, len(got), len(where))
	}
	if touched == 0 && len(got) != len(where) {
		t.Errorf("%s: %d of %d states", what, len(got), len(where))
	}
}

// A body that is found on the way along its table and not when it is asked for is
// left out of the one list and named; the others go on.
func TestRescue_ABodyThatIsNotThereAfterAll(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "vault")
	lived(t, dir, 5)
	w, err := OpenWreck(ctx, filepath.Join(dir, fileName), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	list := w.Current(1)
	at := w.blobs[list[1].Blob]
	at.sum[0]++
	w.blobs[list[1].Blob], w.carved = at, true
	for range 2 {
		n := 0
		for range w.Bodies(ctx, list) {
			n++
		}
		if n != len(list)-1 || len(w.Problems()) != 1 || w.Problems()[0].What != "its bytes can't be read" {
			t.Fatalf("%d of %d, %v", n, len(list), w.Problems())
		}
	}
}
