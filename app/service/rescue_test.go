package service

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mirrored makes a vault with n contacts, which is closed again.
func mirrored(t *testing.T, n int) (dir string, whole []byte) {
	t.Helper()
	srv, _, _ := home(t, n)
	dir = t.TempDir()
	s := open(t, Config{Dir: dir})
	add(t, s, srv)
	mirrorNow(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(dir, "vault.db"))
	if err != nil {
		t.Fatal(err)
	}
	return dir, whole
}

// allWritten is everything below a folder, as one text.
func allWritten(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			b, e := os.ReadFile(path)
			all.Write(b)
			err = e
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// Whatever half of a page is lost, and wherever the file ends, a rescue ends with
// its report. (That it writes what was not there, sync/vault tests.)
func TestRescue_GoesOnPastWhateverIsLost(t *testing.T) {
	_, whole := mirrored(t, 60)
	const half = 4096
	var cases [][]byte
	for at := 0; at < len(whole); at += half {
		b := bytes.Clone(whole)
		clear(b[at : at+half])
		cases = append(cases, b)
	}
	for _, at := range []int{len(whole) - 1, len(whole) - half, len(whole)/4*3 + 1234, len(whole)/2 + half} {
		cases = append(cases, whole[:at])
	}
	for i, broken := range cases {
		if testing.Short() && i%29 > 0 {
			continue
		}
		path, to := filepath.Join(t.TempDir(), "vault.db"), filepath.Join(t.TempDir(), "out")
		if err := os.WriteFile(path, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		rep, err := Rescue(t.Context(), Config{File: path}, to, nil)
		if err != nil {
			t.Errorf("damage %d: %v", i, err)
			continue
		}
		var written RescueReport
		b, err := os.ReadFile(filepath.Join(to, rescueFile))
		if err != nil || json.Unmarshal(b, &written) != nil || len(written.Problems) != len(rep.Problems) {
			t.Errorf("damage %d: the report: %v, %s", i, err, b)
		}
		all, lost := allWritten(t, to), 0
		for n := range 60 {
			if !strings.Contains(all, string(card(fmt.Sprintf("c%d", n), fmt.Sprintf("Person %d", n)))) {
				lost++
			}
		}
		if lost > 0 && len(rep.Problems) == 0 {
			t.Errorf("damage %d: %d are lost, and no problem is said", i, lost)
		}
		if lost > 30 && i < len(whole)/half {
			t.Errorf("damage %d: %d are lost", i, lost)
		}
	}
}
