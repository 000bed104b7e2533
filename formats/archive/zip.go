package archive

import (
	"archive/zip"
	"errors"
	"io"
	"os"
	"path/filepath"

	"sidekeep/sync/pim"
)

// ownZip says whether a file is an export of ours: a zip whose manifest lists
// all that is in it.
func ownZip(file string) bool {
	z, err := zip.OpenReader(file)
	if err != nil {
		return false
	}
	defer z.Close()
	var m Manifest
	for _, f := range z.File {
		if f.Name != ManifestName {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return false
		}
		var ok bool
		m, ok = readManifest(r)
		_ = r.Close()
		if !ok {
			return false
		}
	}
	if m.Format == "" || len(z.File) != len(m.Files)+1 {
		return false
	}
	listed := map[string]bool{ManifestName: true}
	for _, e := range m.Files {
		listed[e.Name] = true
	}
	for _, f := range z.File {
		if !listed[f.Name] {
			return false
		}
	}
	return true
}

func (a *Archive) commitZip(m Manifest, check func(Entry, io.Reader) error) error {
	err := errors.Join(a.zipW.Close(), a.zipB.Flush(), a.zipF.Sync(), a.zipF.Close())
	a.zipF = nil
	if err != nil {
		return Fail("write", a.to, err)
	}
	if err := a.checkZip(m, check); err != nil {
		return err
	}
	if err := os.Rename(a.out(), a.to); err != nil {
		return Fail("move the export to", a.to, err)
	}
	syncDir(filepath.Dir(a.to))
	return nil
}

// checkZip reads the zip again; archive/zip checks each file's CRC besides.
func (a *Archive) checkZip(m Manifest, check func(Entry, io.Reader) error) error {
	z, err := zip.OpenReader(a.out())
	if err != nil {
		return Fail("read again", a.to, err)
	}
	defer z.Close()
	in := map[string]*zip.File{}
	for _, f := range z.File {
		in[f.Name] = f
	}
	if len(in) != len(m.Files)+1 {
		return &pim.Error{Fault: pim.Storage, Op: "read again", Where: a.to, Err: errors.New("the zip does not have the files that were written")}
	}
	for _, e := range m.Files {
		f := in[e.Name]
		if f == nil {
			return &pim.Error{Fault: pim.Storage, Op: "read again", Where: a.to, Err: errors.New("the file " + e.Name + " is missing in the zip")}
		}
		r, err := f.Open()
		if err != nil {
			return Fail("read again", a.to, err)
		}
		err = a.verify(e, r, check)
		_ = r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
