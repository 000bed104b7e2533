package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sidekeep/formats"
	"sidekeep/sync/pim"
)

func names(t testing.TB, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

func TestCopy_IsAWholeVaultThatNeedsNothingBesideIt(t *testing.T) {
	ctx := context.Background()
	dir, to := filepath.Join(t.TempDir(), "vault"), t.TempDir()
	lived(t, dir, 60)
	v := openIn(t, dir)
	got, err := v.Copy(ctx, to, "v1", nil)
	if err != nil {
		t.Fatal(err)
	}
	if names(t, to) != "sidekeep-20260301-090001.db" || got.Path != filepath.Join(to, names(t, to)) {
		t.Fatalf("wrote %s, says %s", names(t, to), got.Path)
	}
	info, err := os.Stat(got.Path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != got.Bytes {
		t.Errorf("%v %v", info, err)
	}
	if got.Checked.Objects != 61 || got.Checked.Blobs != 62 {
		t.Errorf("checked %+v", got.Checked)
	}
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(got.Path, old, old); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(got.Path, 0o400), os.Chmod(to, 0o500)); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(to, 0o700)
	c, err := OpenFile(ctx, got.Path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := c.Verify(ctx, Check{Describe: formats.Describe}); err != nil || len(found.Problems) > 0 {
		t.Errorf("%+v, %v", found.Problems, err)
	}
	if got := search(t, c, "number7"); got != "Person Number7" {
		t.Errorf("found %q", got)
	}
	if _, err := c.BeginRun(ctx, 1); pim.FaultOf(err) != pim.Invalid {
		t.Errorf("a copy was written to: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	info, err = os.Stat(got.Path)
	if err != nil || !info.ModTime().Equal(old) || names(t, to) != "sidekeep-20260301-090001.db" {
		t.Errorf("a trace was left: %v, %v, %s", info.ModTime(), err, names(t, to))
	}
}

func TestCopy_WhileAMirrorWrites(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	_, book, _ := addAccount(t, v, "home")
	fill(t, v, book, 3000, 600)
	stop := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				mirrorAll(t, v, book.ID, pim.Commit{Objects: []pim.Recorded{describedObject(book, i, cardOf(i, "x"))}})
			}
		}
	})
	for n := range 3 {
		got, err := v.Copy(ctx, t.TempDir(), "v1", nil)
		if err != nil || got.Checked.Objects < 3000 {
			t.Errorf("copy %d: %+v, %v", n, got, err)
		}
	}
	close(stop)
	group.Wait()
}

func TestCopy_LeavesNothingWhereItFails(t *testing.T) {
	ctx := context.Background()
	dir, to := filepath.Join(t.TempDir(), "vault"), t.TempDir()
	lived(t, dir, 60)
	v := openIn(t, dir)
	reason := func(err error) string {
		var e *pim.Error
		if !errors.As(err, &e) || e.Fault != pim.Storage || e.Hint == "" {
			return fmt.Sprint(err)
		}
		return e.Reason
	}
	if _, err := v.Copy(ctx, filepath.Join(to, "unplugged"), "v1", nil); reason(err) != ReasonNoFolder {
		t.Errorf("a folder that is not there: %v", err)
	}
	file := filepath.Join(to, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Copy(ctx, file, "v1", nil); !strings.Contains(err.Error(), "not a folder") {
		t.Errorf("a file: %v", err)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := v.Copy(stopped, to, "v1", nil); pim.FaultOf(err) != pim.Stopped {
		t.Errorf("stopped: %v", err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	harmed(t, dir, "UID:c7\r\nFN:Person Number7", "UID:c7\r\nFN:Person Oumber7")
	v = openIn(t, dir)
	var e *pim.Error
	if _, err := v.Copy(ctx, to, "v1", nil); reason(err) != "corrupt" || !strings.Contains(err.Error(), "object 8") || !errors.As(err, &e) || e.Where != v.path {
		t.Errorf("a damaged vault: %v", err)
	}
	if names(t, to) != "file" {
		t.Errorf("left %s", names(t, to))
	}
}

func TestOpenFile_IsNotForAVaultInUse(t *testing.T) {
	v := openTemp(t)
	addAccount(t, v, "home")
	var e *pim.Error
	if _, err := OpenFile(context.Background(), v.Path(), Options{}); !errors.As(err, &e) || e.Fault != pim.Invalid || e.Reason != "in-use" {
		t.Errorf("%v", err)
	}
}

// Two years of daily copies, beside files that are not ours.
func TestRotate_TwoYears(t *testing.T) {
	ctx := context.Background()
	dir, to := filepath.Join(t.TempDir(), "vault"), t.TempDir()
	lived(t, dir, 3)
	v := openIn(t, dir)
	first, err := v.Copy(ctx, to, "v1", nil)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(first.Path)
	if err != nil {
		t.Fatal(err)
	}
	strangers := []string{"sidekeep-20250101-120000.db", "sidekeep-20250102-120000.db", "notes.txt", "sidekeep-20250103-120000.db.part"}
	for i, n := range strangers {
		b := []byte("mine")
		if i == 1 {
			b = append([]byte{}, whole...) // a copy of another vault
		}
		if err := os.WriteFile(filepath.Join(to, n), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := putMark(ctx, filepath.Join(to, strangers[1]), mark{"v2", time.Date(2025, 1, 2, 12, 0, 0, 0, time.UTC)}); err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)
	var last string
	for day := range 100 {
		when := start.AddDate(0, 0, day)
		last = filepath.Join(to, copyPrefix+when.Format(copyStamp)+copySuffix)
		if err := os.WriteFile(last, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := putMark(ctx, last, mark{"v1", when}); err != nil {
			t.Fatal(err)
		}
		if _, err := Rotate(ctx, to, "v1", last); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := CopiesIn(ctx, to, "v1")
	if err != nil || kept[len(kept)-1].Path != last {
		t.Fatalf("%v, %v", kept, err)
	}
	var days []string
	for _, k := range kept {
		days = append(days, k.At.Format("01-02"))
	}
	if got, want := strings.Join(days, " "), "03-31 04-30 05-24 05-31 06-03 06-04 06-05 06-06 06-07 06-08 06-09"; got != want {
		t.Errorf("kept %s\nwant %s", got, want)
	}
	for _, n := range strangers {
		if _, err := os.Stat(filepath.Join(to, n)); err != nil {
			t.Errorf("what is not ours: %v", err)
		}
	}
	if removed, err := Rotate(ctx, to, "v1", kept[0].Path); err != nil || len(removed) > 0 {
		t.Errorf("removed %v, %v", removed, err)
	}
}

func TestOutdated_ReachesAYearBack(t *testing.T) {
	var copies []CopyFile
	start := time.Date(2024, 1, 1, 3, 0, 0, 0, time.UTC)
	for day := range 731 {
		copies = append(copies, CopyFile{fmt.Sprint(day), start.AddDate(0, 0, day)})
		gone := outdated(copies)
		left := copies[:0:0]
		for _, c := range copies {
			out := false
			for _, g := range gone {
				out = out || g.Path == c.Path
			}
			if !out {
				left = append(left, c)
			}
		}
		copies = left
		if copies[len(copies)-1].Path != fmt.Sprint(day) || len(copies) > keptDays+keptWeeks+keptMonths {
			t.Fatalf("day %d: %v", day, copies)
		}
	}
	if oldest := copies[0].At; start.AddDate(0, 0, 730).Sub(oldest) < 330*24*time.Hour {
		t.Errorf("reaches back to %s", oldest)
	}
}

// A copy that is not good, of a vault that is, is the fault of where it is.
func TestCopy_BlamesTheDiskOfTheCopies(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	lived(t, dir, 3)
	err := openIn(t, dir).badCopy(context.Background(), "/media/disk", []Finding{{}})
	var e *pim.Error
	if !errors.As(err, &e) || e.Fault != pim.Storage || e.Where != "/media/disk" || e.Reason == "corrupt" || e.Hint != hintBadCopy {
		t.Errorf("%v", err)
	}
}
