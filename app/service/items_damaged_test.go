package service

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// Whichever page of a vault is lost: where the list can't be had, what can be read
// of it is, in the same order, and all the rest is counted as missing.
func TestListReadable_WhicheverPageIsLost(t *testing.T) {
	srv, _, _ := home(t, 60)
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	add(t, s, srv)
	mirrorNow(t, s)
	want, err := s.List(t.Context(), ListQuery{What: "all"})
	if err != nil || len(want) != 61 {
		t.Fatal(len(want), err)
	}
	at := s.now()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(dir, "vault.db"))
	if err != nil {
		t.Fatal(err)
	}
	page := int(binary.BigEndian.Uint16(whole[16:]))
	step := 1
	if testing.Short() {
		step = 3
	}
	lists, some := 0, 0
	for p := 1; p < len(whole)/page; p += step {
		lost := append([]byte{}, whole...)
		clear(lost[p*page : (p+1)*page])
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "vault.db"), lost, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), Config{Dir: dir, Secrets: "file", ReadOnly: true})
		if err != nil {
			continue
		}
		for _, q := range []ListQuery{{What: "all"}, {What: "all", At: at}} {
			if _, err = s.List(t.Context(), q); !IsCorrupt(err) {
				continue
			}
			items, missing, err := s.ListReadable(t.Context(), q)
			if err != nil {
				wantDamaged(t, err)
				continue
			}
			lists++
			n := len(items)
			for _, m := range missing {
				n += m.Objects
			}
			if n != len(want) {
				t.Errorf("page %d: %d of %d, and missing: %+v", p+1, len(items), len(want), missing)
			}
			if len(missing) > 0 {
				some++
				continue
			}
			for i := range items {
				if items[i].ID != want[i].ID || items[i].Title != want[i].Title || items[i].Start != want[i].Start {
					t.Errorf("page %d: %+v, want %+v", p+1, items[i], want[i])
					break
				}
			}
		}
		if err := s.StartThin(true).Wait(t.Context()); err != nil { // nor is damage taken for a bug elsewhere
			wantDamaged(t, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d lists were read object by object, %d of them with objects missing", lists, some)
	if !testing.Short() && (lists == 0 || some == 0) {
		t.Error("no damage was met")
	}
	if _, _, err := s.ListReadable(t.Context(), ListQuery{What: "all", Search: "person"}); err == nil {
		t.Error("a damaged vault is searched")
	}
}
