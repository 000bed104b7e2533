// Package archive writes an export: a folder of files, or a zip of the same,
// with a MANIFEST.json that has a count and a SHA-256 for each.
//
// An export is written beside its target, in a folder of its own whose name
// begins with ".sidekeep-part-", brought to the disk, read again, and only then
// moved into place. A failure or a stop leaves the target as it was and nothing
// beside it; what a killed process left there is taken away by the next export
// to the same place.
//
// What stands at the target is replaced only if Sidekeep wrote it: a valid
// manifest lists it. Files beside it that somebody else put there stay, and so
// do files of ours that were changed since.
package archive

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sidekeep/sync/pim"
)

// The two forms of an export.
const (
	AsFolder = "folder"
	AsZip    = "zip"
)

const (
	partPrefix = ".sidekeep-part-"
	oldPrefix  = ".sidekeep-old-" // an export on its way out; never swept, it may hold what others wrote
	bufferSize = 256 << 10
)

// Archive is an export that is being written. It is not safe for concurrent use.
type Archive struct {
	to    string // absolute
	as    string
	force bool
	now   time.Time

	lock  *os.File // in part, while it is in use
	part  string   // our folder beside the target, or in it
	made  []string // parents that were made for it
	exist bool     // folder: the target is there
	own   map[string]Entry
	zipW  *zip.Writer
	zipF  *os.File
	zipB  *bufio.Writer
	names []string
	file  *File // being written
	done  bool
}

// Open looks at the target and makes the place to write in. It refuses, before
// any work is done, a target that Sidekeep did not write, unless force is set.
// now stands as the files' time in a zip. Abort must be called in the end.
func Open(to, as string, force bool, now time.Time) (*Archive, error) {
	if as == "" {
		as = AsFolder
	}
	if as != AsFolder && as != AsZip {
		return nil, &pim.Error{Fault: pim.Invalid, Op: "export as", Where: as, Err: errors.New("not a form of export"), Hint: `Use "folder" or "zip".`}
	}
	if to == "" {
		return nil, &pim.Error{Fault: pim.Invalid, Op: "export", Err: errors.New("no place was given"), Hint: "Say where the export should go."}
	}
	abs, err := filepath.Abs(to)
	if err != nil {
		return nil, Fail("find", to, err)
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	a := &Archive{to: abs, as: as, force: force, now: now}
	if err := a.look(); err != nil {
		return nil, err
	}
	if err := a.begin(); err != nil {
		a.Abort()
		return nil, err
	}
	return a, nil
}

// look decides whether what stands at the target may be replaced.
func (a *Archive) look() error {
	info, err := os.Lstat(a.to)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return Fail("look at", a.to, err)
	case a.as == AsZip && info.IsDir():
		return &pim.Error{Fault: pim.Invalid, Op: "export to", Where: a.to, Err: errors.New("this is a folder"), Hint: "Give a file name for the zip, such as contacts.zip."}
	case a.as == AsFolder && !info.IsDir():
		return &pim.Error{Fault: pim.Invalid, Op: "export to", Where: a.to, Err: errors.New("this is a file"), Hint: "Choose a folder, or export as a zip."}
	case a.as == AsZip:
		if !a.force && !ownZip(a.to) {
			return refuse(a.to, "there is a file that Sidekeep did not write")
		}
		return nil
	}
	a.exist = true
	entries, err := os.ReadDir(a.to)
	if err != nil {
		return Fail("read", a.to, err)
	}
	a.own = ownFiles(a.to)
	for _, e := range entries {
		if a.own == nil && !a.force && !isPart(e.Name()) {
			return refuse(a.to, "there are files that Sidekeep did not write")
		}
	}
	return nil
}

// begin makes the parents and the part folder.
func (a *Archive) begin() error {
	beside := filepath.Dir(a.to)
	if a.exist {
		beside = a.to
	}
	for p := beside; ; p = filepath.Dir(p) {
		if _, err := os.Stat(p); err == nil || p == filepath.Dir(p) {
			break
		}
		a.made = append(a.made, p)
	}
	if err := os.MkdirAll(beside, 0o700); err != nil {
		return Fail("make the folder", beside, err)
	}
	sweep(beside)
	part, err := os.MkdirTemp(beside, partPrefix)
	if err != nil {
		return Fail("write in", beside, err)
	}
	a.part = part
	if a.lock, err = os.OpenFile(filepath.Join(part, lockName), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return Fail("write in", beside, err)
	}
	lock(a.lock) // where locks do not work nobody can take it either, and nothing is swept
	if a.as == AsFolder {
		return Fail("write in", beside, os.Mkdir(a.out(), 0o700))
	}
	if a.zipF, err = os.OpenFile(a.out(), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return Fail("write in", beside, err)
	}
	a.zipB = bufio.NewWriterSize(a.zipF, bufferSize)
	a.zipW = zip.NewWriter(a.zipB)
	a.zipW.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestSpeed)
	})
	return nil
}

// out is what will be moved to the target.
func (a *Archive) out() string { return filepath.Join(a.part, "export") }

// To is the target, an absolute path.
func (a *Archive) To() string { return a.to }

// where is a file of the export as an error names it: by the path that it is to
// have, not by that of our own folder, and in a zip by that of the zip.
func (a *Archive) where(name string) string {
	if a.as == AsZip {
		return a.to
	}
	return filepath.Join(a.to, filepath.FromSlash(name))
}

// isPart says whether a name is one of ours for unfinished work.
func isPart(name string) bool { return strings.HasPrefix(name, partPrefix) }

// lockName is the file in a part folder that is locked while somebody writes there.
const lockName = "lock"

// sweep takes away what processes that are no more left behind: part folders
// whose lock is free, or that never came to have one.
func sweep(dir string) {
	found, _ := filepath.Glob(filepath.Join(globEscape(dir), partPrefix+"*"))
	for _, p := range found {
		info, err := os.Lstat(p)
		if err != nil || !info.IsDir() {
			continue
		}
		f, err := os.OpenFile(filepath.Join(p, lockName), os.O_RDWR, 0)
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) && time.Since(info.ModTime()) > time.Hour {
				_ = os.Remove(p) // only if it is empty
			}
			continue
		}
		free := lock(f)
		_ = f.Close()
		if free {
			_ = os.RemoveAll(p)
		}
	}
}

func globEscape(s string) string {
	return strings.NewReplacer(`*`, `[*]`, `?`, `[?]`, `[`, `[[]`).Replace(s)
}

// Scratch makes a temporary file that is not part of the export. Whoever asked
// for it closes and removes it; Abort and Commit remove it anyway.
func (a *Archive) Scratch() (*os.File, error) {
	f, err := os.CreateTemp(a.part, "scratch-")
	return f, Fail("write in", a.to, err)
}

// File is one file of the export that is being written. What is written goes to
// the disk, or into the zip, behind the back of whoever writes it: an error may
// come with a later Write, or with Close.
type File struct {
	a    *Archive
	name string
	f    *os.File // nil in a zip
	out  *behind
	sum  hash.Hash
	n    int64
}

// Create begins a file. name is relative, with "/", as Names gave it; the file
// before it must be closed.
func (a *Archive) Create(name string) (*File, error) {
	if !plainName(name) && name != ManifestName {
		return nil, &pim.Error{Fault: pim.Internal, Op: "write", Where: name, Err: errors.New("not a name for a file of an export")}
	}
	f := &File{a: a, name: name, sum: sha256.New()}
	a.names = append(a.names, name)
	if a.as == AsZip {
		w, err := a.zipW.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: a.now.UTC()})
		if err != nil {
			return nil, Fail("write", a.where(name), err)
		}
		f.out, a.file = newBehind(w), f
		return f, nil
	}
	if a.exist && !a.force {
		if _, ours := a.own[name]; !ours && name != ManifestName {
			if _, err := os.Lstat(filepath.Join(a.to, filepath.FromSlash(name))); err == nil {
				return nil, refuse(filepath.Join(a.to, name), "there is a file that Sidekeep did not write")
			}
		}
	}
	path := filepath.Join(a.out(), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, Fail("write", a.where(name), err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, Fail("write", a.where(name), err)
	}
	f.f, f.out, a.file = file, newBehind(file), f
	return f, nil
}

// Write appends to the file.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.out.Write(p)
	f.sum.Write(p[:n])
	f.n += int64(n)
	return n, Fail("write", f.a.where(f.name), err)
}

// Bytes is how much was written.
func (f *File) Bytes() int64 { return f.n }

// Close brings the file to the disk and gives its size and SHA-256.
func (f *File) Close() (bytes int64, sum string, err error) {
	f.a.file = nil
	if err = f.out.finish(); f.f != nil {
		err = errors.Join(err, f.f.Sync(), f.f.Close())
	}
	return f.n, hex.EncodeToString(f.sum.Sum(nil)), Fail("write", f.a.where(f.name), err)
}

// Commit writes the manifest, reads every file again, and moves the export into
// place. check is given each file's content; what it leaves unread is read for
// the SHA-256 all the same. notes say what else was found at the target.
func (a *Archive) Commit(m Manifest, check func(Entry, io.Reader) error) (path string, notes []string, err error) {
	text, err := m.encode()
	if err != nil {
		return "", nil, &pim.Error{Fault: pim.Internal, Op: "write", Where: ManifestName, Err: err}
	}
	f, err := a.Create(ManifestName)
	if err != nil {
		return "", nil, err
	}
	if _, err = f.Write(text); err != nil {
		return "", nil, err
	}
	if _, _, err = f.Close(); err != nil {
		return "", nil, err
	}
	if a.as == AsZip {
		err = a.commitZip(m, check)
	} else {
		notes, err = a.commitFolder(m, check)
	}
	if err != nil {
		return "", nil, err
	}
	a.done = true
	_ = a.lock.Close()
	_ = os.RemoveAll(a.part)
	return a.to, notes, nil
}

// verify reads one file again: one goroutine reads, one hashes, and check is
// called in the caller's.
func (a *Archive) verify(e Entry, r io.Reader, check func(Entry, io.Reader) error) error {
	sum, n := sha256.New(), &counter{}
	in, out := newAhead(r), newBehind(io.MultiWriter(sum, n))
	tee := io.TeeReader(in, out)
	err := check(e, tee)
	if err == nil {
		_, err = io.Copy(io.Discard, tee)
		err = Fail("read again", a.where(e.Name), err)
	}
	in.stop()
	_ = out.finish() // hashing does not fail
	if err != nil {
		return err
	}
	if n.n != e.Bytes || hex.EncodeToString(sum.Sum(nil)) != e.SHA256 {
		return &pim.Error{Fault: pim.Storage, Op: "read again", Where: a.where(e.Name), Err: errors.New("the file does not have what was written"), Hint: "Check that disk, or choose another one."}
	}
	return nil
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) { c.n += int64(len(p)); return len(p), nil }

// Abort takes away everything that was written, unless Commit succeeded.
func (a *Archive) Abort() {
	if a.done {
		return
	}
	if f := a.file; f != nil {
		_ = f.out.finish()
		if f.f != nil {
			_ = f.f.Close() // Windows removes no open files
		}
	}
	for _, f := range []*os.File{a.zipF, a.lock} {
		if f != nil {
			_ = f.Close()
		}
	}
	if a.part != "" {
		_ = os.RemoveAll(a.part)
	}
	for _, p := range a.made { // deepest first; only empty ones go
		_ = os.Remove(p)
	}
}

// syncDir brings a folder's entries to the disk. Windows can't; its file system
// keeps names in its journal.
func syncDir(path string) {
	if d, err := os.Open(path); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// unused finds a name in dir that nothing has: "x.vcf" gives "x (changed).vcf".
func unused(dir, name string) string {
	ext := filepath.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	for i := 1; ; i++ {
		s := stem + " (changed)" + ext
		if i > 1 {
			s = fmt.Sprintf("%s (changed %d)%s", stem, i, ext)
		}
		if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(s))); errors.Is(err, fs.ErrNotExist) {
			return s
		}
	}
}
