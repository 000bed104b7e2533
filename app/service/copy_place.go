package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// A folder on a disk that is not plugged in looks like one that was never made, and
// the place where the disk is mounted like an empty folder. To write there would
// put the copy beside the vault, and call that a success.

// copyPlace is a folder that copies went to.
type copyPlace struct {
	Folder string    `json:"folder"`
	Mount  string    `json:"mount,omitempty"` // where the disk that it was on was mounted; "" not known
	Last   string    `json:"last,omitempty"`  // the name of the last copy there
	At     time.Time `json:"at"`              // when one was last made, or tried
}

// maxPlaces is how many folders are remembered.
const maxPlaces = 32

// places gives the folders that copies ever went to, the last first.
func (st state) places() []copyPlace {
	out := st.CopyPlaces
	if st.Copy == nil || st.Copy.Path == "" {
		return out
	}
	last := copyPlace{Folder: filepath.Dir(st.Copy.Path), Last: filepath.Base(st.Copy.Path), At: st.Copy.Made}
	if slices.ContainsFunc(out, func(p copyPlace) bool { return p.Folder == last.Folder }) {
		return out
	}
	return append(slices.Clone(out), last) // of a time that remembered only that
}

// lastIn names the last copy that went to a folder, or "".
func (st state) lastIn(folder string) string {
	for _, p := range st.places() {
		if p.Folder == filepath.Clean(folder) {
			return p.Last
		}
	}
	return ""
}

// placed notes that a copy goes to a folder, or, with its name, that it came there.
func (st *state) placed(folder, last string, now time.Time) {
	p := copyPlace{Folder: folder, Mount: mountOf(folder), Last: last, At: now.UTC()}
	if last == "" {
		p.Last = st.lastIn(folder)
	}
	rest := slices.DeleteFunc(st.places(), func(o copyPlace) bool { return o.Folder == folder })
	st.CopyPlaces = append([]copyPlace{p}, rest[:min(len(rest), maxPlaces-1)]...)
}

// noDisk is the error for a folder for copies of which the disk is not there.
func noDisk(to, why, hint string) error {
	return &pim.Error{Fault: pim.Storage, Op: "copy the vault", Where: to, Reason: vault.ReasonNoFolder,
		Err: errors.New(why), Hint: hint}
}

const (
	hintPlugIn     = "plug in the disk, or choose another folder; if the copies are to go there without that disk, make the folder yourself"
	hintPlugInOnly = "plug in the disk, or choose another folder"
)

// copyDiskThere refuses a folder that copies went to and that is not there, and
// one that is not on the disk that it was on. Of the latter a folder is taken that
// has the last copy, or was made or filled by somebody since.
func copyDiskThere(to string, places []copyPlace) error {
	info, err := os.Stat(to)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil // whatever is wrong with it is seen where it is written to
	}
	exists, real := err == nil, resolved(to)
	for _, p := range places {
		if p.Folder != to {
			continue
		}
		switch {
		case p.away():
			return p.elsewhere(to, real, info)
		case !exists && p.Mount == "":
			return noDisk(to, fmt.Sprintf("the disk for copies is not there: the folder %s, which had copies, is missing", to), hintPlugIn)
		case !exists:
			return noDisk(to, fmt.Sprintf("the folder %s is not there any more, and copies went there", to), hintPlugIn)
		}
		return nil
	}
	for _, p := range places {
		if p.away() && beneath(real, p.Mount) {
			return p.elsewhere(to, real, info)
		}
	}
	return nil
}

// away says that the disk that a folder was on is not mounted now.
func (p copyPlace) away() bool { return p.Mount != "" && !isMount(p.Mount) }

// elsewhere refuses a folder of which the disk is away, unless somebody made it
// there. info is of it; nil: it is not there.
func (p copyPlace) elsewhere(to, real string, info os.FileInfo) error {
	hint := hintPlugIn
	if info != nil {
		if _, err := os.Stat(filepath.Join(to, p.Last)); err == nil && p.Last != "" && p.Folder == to {
			return nil
		}
		if real == p.Mount { // there even without the disk
			hint = hintPlugInOnly
		} else if info.ModTime().After(p.At) {
			return nil
		}
	}
	return noDisk(to, "the disk for copies is not there: nothing is mounted at "+p.Mount, hint)
}

func beneath(path, folder string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// Where systems mount disks: below the first, each disk has a folder of its own,
// which may be made for it; the second are such folders.
var (
	mountParents = []string{"/mnt", "/media", "/media/*", "/run/media/*", "/Volumes"}
	mountPlaces  = []string{"/mnt", "/mnt/*", "/media/*", "/media/*/*", "/run/media/*/*", "/Volumes/*"}
)

func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		is, _ := path.Match(p, filepath.ToSlash(name))
		return is
	})
}

// emptyMountPlace says of a folder that disks are usually mounted there and that
// none is.
func (c *Config) emptyMountPlace(folder string) bool {
	if !matches(mountPlaces, c.asMounted(folder)) || isMount(folder) {
		return false
	}
	names, err := os.ReadDir(folder)
	return err == nil && len(names) == 0
}

// asMounted is the name of a folder as the patterns have it.
func (c *Config) asMounted(folder string) string {
	if c.mounts == "" {
		return folder
	}
	rest, ok := strings.CutPrefix(folder, c.mounts)
	if !ok {
		return ""
	}
	return rest
}

// makeCopyFolder makes the last element of a path for copies, unless it may be on
// a disk that is not plugged in, or is the folder of the settings.
func (s *Service) makeCopyFolder(to string) error {
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	parent := filepath.Dir(to)
	if s.cfg.emptyMountPlace(parent) || matches(mountParents, s.cfg.asMounted(parent)) && !isMount(parent) {
		return noDisk(to, fmt.Sprintf("the disk for copies is not there: the folder %s is missing, and nothing is mounted at %s", to, parent), hintPlugIn)
	}
	if filepath.Clean(s.Settings().CopyTo) == to {
		return nil
	}
	if err := os.Mkdir(to, 0o700); err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
		return storage("copy the vault", to, err)
	}
	return nil // whether it is there is seen where it is written to
}

// stillThatFolder refuses a folder that had a copy and has none any more: where a
// disk is mounted there is an empty folder when it is not.
func (s *Service) stillThatFolder(ctx context.Context, to string, st state) error {
	last := st.lastIn(to)
	if last == "" {
		return nil
	}
	if _, err := os.Stat(filepath.Join(to, last)); err == nil {
		return nil
	}
	copies, err := vault.CopiesIn(ctx, to, st.VaultID)
	if err != nil || len(copies) > 0 {
		return err
	}
	return noDisk(to, "the copies that were made there are gone: the disk is probably not plugged in",
		"plug in the disk; if you removed the copies yourself, make a new one by hand")
}
