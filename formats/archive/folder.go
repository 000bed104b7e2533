package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"sidekeep/sync/pim"
)

// ownFiles gives what the manifest in dir lists; nil where there is none of ours.
func ownFiles(dir string) map[string]Entry {
	f, err := os.Open(filepath.Join(dir, ManifestName))
	if err != nil {
		return nil
	}
	defer f.Close()
	m, ok := readManifest(f)
	if !ok {
		return nil
	}
	own := make(map[string]Entry, len(m.Files))
	for _, e := range m.Files {
		own[e.Name] = e
	}
	return own
}

// unchanged says whether a file is as the manifest has it.
func unchanged(file string, e Entry) bool {
	info, err := os.Lstat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() != e.Bytes {
		return false
	}
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return false
	}
	return hex.EncodeToString(sum.Sum(nil)) == e.SHA256
}

func (a *Archive) commitFolder(m Manifest, check func(Entry, io.Reader) error) ([]string, error) {
	dirs := map[string]bool{a.out(): true}
	for _, e := range m.Files {
		file := filepath.Join(a.out(), filepath.FromSlash(e.Name))
		dirs[filepath.Dir(file)] = true
		f, err := os.Open(file)
		if err != nil {
			return nil, Fail("read again", a.where(e.Name), err)
		}
		err = a.verify(e, f, check)
		_ = f.Close()
		if err != nil {
			return nil, err
		}
	}
	for d := range dirs {
		syncDir(d)
	}
	if !a.exist {
		if err := os.Rename(a.out(), a.to); err != nil {
			return nil, Fail("move the export to", a.to, err)
		}
		syncDir(filepath.Dir(a.to))
		return nil, nil
	}
	changed, others, err := a.found()
	if err != nil {
		return nil, err
	}
	if len(changed) == 0 && !others {
		if done, err := a.swap(); done || err != nil {
			return nil, err
		}
	}
	return a.mix(m, changed)
}

// found looks at what stands in the target: own files that were changed since,
// and whether there is anything that is not ours.
func (a *Archive) found() (changed map[string]bool, others bool, err error) {
	changed = map[string]bool{}
	var walk func(rel string) error
	walk = func(rel string) error {
		entries, err := os.ReadDir(filepath.Join(a.to, filepath.FromSlash(rel)))
		if err != nil {
			return Fail("read", a.to, err)
		}
		for _, d := range entries {
			name := path.Join(rel, d.Name())
			e, ours := a.own[name]
			switch {
			case rel == "" && (isPart(name) || (name == ManifestName && a.own != nil)):
			case ours && unchanged(filepath.Join(a.to, filepath.FromSlash(name)), e):
			case ours:
				changed[name] = true
			case d.IsDir() && rel == "" && a.ownDir(name):
				if err := walk(name); err != nil {
					return err
				}
			default:
				others = true
			}
		}
		return nil
	}
	return changed, others, walk("")
}

// ownDir says whether the manifest lists files in a folder of that name.
func (a *Archive) ownDir(name string) bool {
	for n := range a.own {
		if path.Dir(n) == name {
			return true
		}
	}
	return false
}

// swap puts the new folder in the place of the old one, of which everything is
// ours. false: folders can't be moved here (a mount point, a parent without
// permission, a folder that is open on Windows); nothing was changed.
func (a *Archive) swap() (bool, error) {
	parent, base := filepath.Split(a.to)
	id := filepath.Base(a.part)
	next := filepath.Join(parent, id+"-new")
	old := filepath.Join(parent, oldPrefix+strings.TrimPrefix(id, partPrefix))
	if base == "" || os.Rename(a.out(), next) != nil {
		return false, nil
	}
	if info, err := os.Stat(a.to); err == nil {
		_ = os.Chmod(next, info.Mode().Perm())
	}
	if os.Rename(a.to, old) != nil {
		return false, Fail("move back", next, os.Rename(next, a.out()))
	}
	if err := os.Rename(next, a.to); err != nil {
		back := os.Rename(old, a.to)
		_ = os.RemoveAll(next)
		if back != nil {
			return true, &pim.Error{Fault: pim.Storage, Op: "move back", Where: old, Err: back, Hint: "The export that was there before is in this folder."}
		}
		return true, Fail("move the export to", a.to, err)
	}
	syncDir(parent)
	_ = a.lock.Close()
	for name := range a.own {
		_ = os.Remove(filepath.Join(old, filepath.FromSlash(name)))
	}
	_ = os.Remove(filepath.Join(old, ManifestName))
	_ = os.RemoveAll(filepath.Join(old, id))
	for name := range a.own {
		if d := path.Dir(name); d != "." {
			_ = os.Remove(filepath.Join(old, d))
		}
	}
	if os.Remove(old) != nil { // somebody wrote there just now
		late, _ := os.ReadDir(old)
		for _, e := range late {
			name := e.Name()
			if _, err := os.Lstat(filepath.Join(a.to, name)); err == nil {
				name = unused(a.to, name)
			}
			_ = os.Rename(filepath.Join(old, e.Name()), filepath.Join(a.to, name))
		}
		_ = os.Remove(old)
	}
	return true, nil
}

// mix moves the new files in among those that stay: one by one, the manifest
// last. Own files that were changed since keep a name of their own.
func (a *Archive) mix(m Manifest, changed map[string]bool) (notes []string, err error) {
	fresh := map[string]bool{}
	for _, name := range a.names {
		fresh[name] = true
	}
	for _, e := range m.Files {
		name := e.Name
		target := filepath.Join(a.to, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return nil, Fail("write in", a.to, err)
		}
		if changed[name] {
			kept := unused(a.to, name)
			if err := os.Rename(target, filepath.Join(a.to, filepath.FromSlash(kept))); err != nil {
				return nil, Fail("keep", target, err)
			}
			notes = append(notes, fmt.Sprintf("%s was changed since the last export. It was kept as %s.", name, kept))
		}
		if err := os.Rename(filepath.Join(a.out(), filepath.FromSlash(name)), target); err != nil {
			return nil, Fail("move the export to", target, err)
		}
	}
	if err := os.Rename(filepath.Join(a.out(), ManifestName), filepath.Join(a.to, ManifestName)); err != nil {
		return nil, Fail("move the export to", a.to, err)
	}
	for name := range a.own {
		if fresh[name] || changed[name] {
			continue
		}
		_ = os.Remove(filepath.Join(a.to, filepath.FromSlash(name)))
		if d := path.Dir(name); d != "." {
			_ = os.Remove(filepath.Join(a.to, d)) // only if it is empty
		}
	}
	syncDir(a.to)
	return notes, nil
}
