package archive

import (
	"archive/zip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sidekeep/sync/pim"

	"github.com/google/go-cmp/cmp"
)

var at = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// write makes an export of files with the given content.
func write(t *testing.T, to, as string, force bool, files map[string]string) ([]string, error) {
	t.Helper()
	a, err := Open(to, as, force, at)
	if err != nil {
		return nil, err
	}
	defer a.Abort()
	m := Manifest{Sidekeep: "1", ExportedAt: at}
	var names []string
	for n := range files {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		f, err := a.Create(n)
		if err != nil {
			return nil, err
		}
		if _, err := io.WriteString(f, files[n]); err != nil {
			return nil, err
		}
		e := Entry{Name: n, Account: "home", Collection: n, Kind: pim.Contacts, Objects: 1}
		if e.Bytes, e.SHA256, err = f.Close(); err != nil {
			return nil, err
		}
		m.Files = append(m.Files, e)
	}
	_, notes, err := a.Commit(m, func(Entry, io.Reader) error { return nil })
	return notes, err
}

// tree gives the content of all files below dir, manifests shortened.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, p)
		switch {
		case d.IsDir() && rel != ".":
			out[filepath.ToSlash(rel)+"/"] = ""
		case !d.IsDir() && d.Name() == ManifestName:
			out[filepath.ToSlash(rel)] = "manifest"
		case !d.IsDir():
			b, err := os.ReadFile(p)
			out[filepath.ToSlash(rel)] = string(b)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func want(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	if diff := cmp.Diff(files, tree(t, dir)); diff != "" {
		t.Errorf("in the folder (-want +got):\n%s", diff)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFolder_IsReplacedWhereItIsOurs(t *testing.T) {
	dir := t.TempDir()
	to := filepath.Join(dir, "out")
	_, err := write(t, to, AsFolder, false, map[string]string{"a.vcf": "1", "b.vcf": "1", "unreadable/x.vcf": "1"})
	must(t, err)
	must(t, os.Chmod(to, 0o750))
	_, err = write(t, to, AsFolder, false, map[string]string{"a.vcf": "2", "c.vcf": "2"})
	must(t, err)
	want(t, dir, map[string]string{"out/": "", "out/a.vcf": "2", "out/c.vcf": "2", "out/MANIFEST.json": "manifest"})
	if info, _ := os.Stat(to); info.Mode().Perm() != 0o750 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestFolder_AnEmptyOneIsFilled(t *testing.T) {
	dir := t.TempDir()
	_, err := write(t, dir, AsFolder, false, map[string]string{"a.vcf": "1"})
	must(t, err)
	want(t, dir, map[string]string{"a.vcf": "1", "MANIFEST.json": "manifest"})
}

func TestFolder_WhatOthersWroteStays(t *testing.T) {
	dir := t.TempDir()
	_, err := write(t, dir, AsFolder, false, map[string]string{"a.vcf": "1", "b.vcf": "1", "old.vcf": "1", "unreadable/x.vcf": "1"})
	must(t, err)
	put(t, filepath.Join(dir, "notes.txt"), "mine")
	put(t, filepath.Join(dir, "unreadable", "mine.txt"), "mine")
	put(t, filepath.Join(dir, "sub", "c.vcf"), "mine")
	put(t, filepath.Join(dir, "b.vcf"), "changed by me")
	notes, err := write(t, dir, AsFolder, false, map[string]string{"a.vcf": "2", "b.vcf": "2"})
	must(t, err)
	want(t, dir, map[string]string{
		"a.vcf": "2", "b.vcf": "2", "b (changed).vcf": "changed by me", "notes.txt": "mine", "sub/": "", "sub/c.vcf": "mine",
		"unreadable/": "", "unreadable/mine.txt": "mine", "MANIFEST.json": "manifest",
	})
	if len(notes) != 1 || !strings.Contains(notes[0], "b (changed).vcf") {
		t.Errorf("notes: %q", notes)
	}
}

func TestFolder_RefusesWhatItDidNotWrite(t *testing.T) {
	files := map[string]string{"a.vcf": "new"}
	for name, prepare := range map[string]func(dir string){
		"no manifest":        func(dir string) { put(t, filepath.Join(dir, "a.vcf"), "mine") },
		"only a hidden file": func(dir string) { put(t, filepath.Join(dir, ".keep"), "mine") },
		"a broken manifest":  func(dir string) { put(t, filepath.Join(dir, ManifestName), "{") },
		"another's manifest": func(dir string) { put(t, filepath.Join(dir, ManifestName), `{"files":[{"name":"a.vcf"}]}`) },
		"a manifest that leads outside": func(dir string) {
			put(t, filepath.Join(dir, ManifestName), `{"format":"sidekeep-export","layout":1,"files":[{"name":"../a.vcf","sha256":"`+strings.Repeat("0", 64)+`"}]}`)
		},
		"a new name that is taken": func(dir string) {
			_, err := write(t, dir, AsFolder, false, map[string]string{"z.vcf": "1"})
			must(t, err)
			put(t, filepath.Join(dir, "a.vcf"), "mine")
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			must(t, os.Mkdir(dir, 0o700))
			prepare(dir)
			before := tree(t, dir)
			_, err := write(t, dir, AsFolder, false, files)
			if pim.FaultOf(err) != pim.Invalid || pim.HintOf(err) == "" {
				t.Errorf("error: %v", err)
			}
			want(t, dir, before)
			_, err = write(t, dir, AsFolder, true, files)
			must(t, err)
			if got := tree(t, dir)["a.vcf"]; got != "new" {
				t.Errorf("with force: %q", got)
			}
		})
	}
}

func TestFolder_ThroughALinkReplacesWhatItPointsTo(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "real"), 0o700))
	if err := os.Symlink("real", filepath.Join(dir, "link")); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	for range 2 {
		_, err := write(t, filepath.Join(dir, "link"), AsFolder, false, map[string]string{"a.vcf": "1"})
		must(t, err)
	}
	if info, err := os.Lstat(filepath.Join(dir, "link")); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Error("the link is gone")
	}
	if got := tree(t, filepath.Join(dir, "real")); got["a.vcf"] != "1" {
		t.Errorf("%v", got)
	}
}

func TestZip_IsReplacedOnlyWhereItIsOurs(t *testing.T) {
	dir := t.TempDir()
	to := filepath.Join(dir, "out.zip")
	for _, text := range []string{"1", "2"} {
		_, err := write(t, to, AsZip, false, map[string]string{"a.vcf": text, "unreadable/b.vcf": "x"})
		must(t, err)
	}
	z, err := zip.OpenReader(to)
	must(t, err)
	if len(z.File) != 3 || z.File[0].Name != "a.vcf" || !z.File[0].Modified.Equal(at) {
		t.Errorf("%v", z.File)
	}
	_ = z.Close()
	put(t, filepath.Join(dir, "mine.zip"), "not yours")
	_, err = write(t, filepath.Join(dir, "mine.zip"), AsZip, false, nil)
	if pim.FaultOf(err) != pim.Invalid {
		t.Errorf("error: %v", err)
	}
	_, err = write(t, filepath.Join(dir, "mine.zip"), AsZip, true, nil)
	must(t, err)
	if got, _ := os.ReadDir(dir); len(got) != 2 {
		t.Errorf("left behind: %v", got)
	}
}

func TestOpen_SaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "file"), "x")
	for _, tt := range []struct {
		to, as string
		fault  pim.Fault
	}{
		{filepath.Join(dir, "file"), AsFolder, pim.Invalid},
		{filepath.Join(dir, "file", "below"), AsFolder, pim.Invalid},
		{dir, AsZip, pim.Invalid},
		{"", AsZip, pim.Invalid},
		{filepath.Join(dir, "x"), "tar", pim.Invalid},
		{filepath.Join(dir, strings.Repeat("x", 300)), AsFolder, pim.Invalid},
	} {
		_, err := Open(tt.to, tt.as, true, at)
		if pim.FaultOf(err) != tt.fault {
			t.Errorf("%s as %s: %v is %v", tt.to, tt.as, err, pim.FaultOf(err))
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestFail_KnowsAFullDisk(t *testing.T) {
	err := Fail("write", "a.vcf", &fs.PathError{Op: "write", Path: "a.vcf", Err: syscall.ENOSPC})
	var e *pim.Error
	if !errors.As(err, &e) || e.Fault != pim.Storage || e.Reason != "full" || e.Hint == "" {
		t.Errorf("%+v", err)
	}
	if err := Fail("write", "x", fs.ErrPermission); pim.HintOf(err) == "" || pim.FaultOf(err) != pim.Storage {
		t.Errorf("%+v", err)
	}
}

// /dev/full answers every write with "no space left on device", as a full disk does.
func TestFile_FullDiskLeavesNothing(t *testing.T) {
	dev, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	dir := t.TempDir()
	a, err := Open(filepath.Join(dir, "out"), AsFolder, false, at)
	must(t, err)
	f, err := a.Create("a.vcf")
	must(t, err)
	must(t, f.out.finish())
	_ = f.f.Close()
	f.f, f.out = dev, newBehind(dev)
	_, err = f.Write(make([]byte, 2*chunks*chunkSize)) // more than waits for the disk
	if pim.FaultOf(err) != pim.Storage || pim.HintOf(err) == "" {
		t.Errorf("write: %v", err)
	}
	_, _, err = f.Close()
	if pim.FaultOf(err) != pim.Storage {
		t.Errorf("close: %v", err)
	}
	a.Abort()
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestCommit_BelievesOnlyWhatItReadsAgain(t *testing.T) {
	dir := t.TempDir()
	a, err := Open(filepath.Join(dir, "out"), AsFolder, false, at)
	must(t, err)
	f, err := a.Create("a.vcf")
	must(t, err)
	_, _ = io.WriteString(f, "what was written")
	n, sum, err := f.Close()
	must(t, err)
	put(t, filepath.Join(a.out(), "a.vcf"), "what was writtem")
	_, _, err = a.Commit(Manifest{Files: []Entry{{Name: "a.vcf", Bytes: n, SHA256: sum}}}, func(Entry, io.Reader) error { return nil })
	if pim.FaultOf(err) != pim.Storage {
		t.Errorf("error: %v", err)
	}
	a.Abort()
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestOpen_SweepsWhatADeadProcessLeft(t *testing.T) {
	dir := t.TempDir()
	busy, err := Open(filepath.Join(dir, "other"), AsFolder, false, at)
	must(t, err)
	put(t, filepath.Join(dir, partPrefix+"1", lockName), "")
	put(t, filepath.Join(dir, partPrefix+"1", "export", "a.vcf"), "half")
	put(t, filepath.Join(dir, partPrefix+"2", "a.vcf"), "no lock: not ours")
	_, err = write(t, filepath.Join(dir, "out"), AsFolder, false, map[string]string{"a.vcf": "1"})
	must(t, err)
	if _, err := os.Stat(busy.part); err != nil {
		t.Errorf("an export that is being written: %v", err)
	}
	busy.Abort()
	want(t, dir, map[string]string{
		"out/": "", "out/a.vcf": "1", "out/MANIFEST.json": "manifest",
		partPrefix + "2/": "", partPrefix + "2/a.vcf": "no lock: not ours",
	})
}

func TestManifest_IsTheSameForTheSame(t *testing.T) {
	m := Manifest{Sidekeep: "1.2", ExportedAt: at.In(time.FixedZone("x", 3600)), Notes: []string{"a <b>"}, Files: []Entry{
		{Name: "a.vcf", Account: "home", Collection: "A", Kind: pim.Contacts, URL: "https://host/a/", Objects: 2, Components: 2, Bytes: 10, SHA256: strings.Repeat("ab", 32)},
	}}
	got, err := m.encode()
	must(t, err)
	want := `{
  "format": "sidekeep-export",
  "layout": 1,
  "sidekeep": "1.2",
  "exported_at": "2026-03-04T05:06:07Z",
  "objects": 2,
  "bytes": 10,
  "files": [
    {
      "name": "a.vcf",
      "account": "home",
      "collection": "A",
      "kind": "contacts",
      "url": "https://host/a/",
      "objects": 2,
      "components": 2,
      "bytes": 10,
      "sha256": "` + strings.Repeat("ab", 32) + `"
    }
  ],
  "notes": [
    "a <b>"
  ]
}
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	if _, ok := readManifest(strings.NewReader(string(got))); !ok {
		t.Error("it does not read its own manifest")
	}
}
