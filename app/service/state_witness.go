package service

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// What stands beside the vault tells what the vault was: a file that is less than
// that is neither filled anew nor copied over what is left of it.

// reasons of such an error.
const (
	reasonEmptied = "emptied" // nothing is in the file any more
	reasonBehind  = "behind"  // it is an earlier state of itself
)

// besideVault reads what is remembered in a folder, of which the vault may not be
// open; nothing where that can't be read.
func besideVault(dir string) (st state) {
	b, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil || json.Unmarshal(b, &st) != nil {
		return state{}
	}
	return st
}

// lived says that a vault had something in it.
func (st state) lived() bool { return st.VaultID != "" || st.LastRun > 0 }

// emptied refuses a vault's file that has nothing in it and had: to open it for
// writing would make a new vault of the same name in its place.
func emptied(dir string, info os.FileInfo) error {
	st := besideVault(dir)
	if info == nil || info.Size() > 0 || !st.lived() {
		return nil
	}
	path := filepath.Join(dir, vaultFile)
	return &pim.Error{Fault: pim.Storage, Op: "open the vault", Where: path, Reason: reasonEmptied,
		Err: fmt.Errorf("the vault %s was emptied: it has 0 bytes, and had %s", path, st.past()), Hint: wayBack(dir, st)}
}

// past says what a vault had, as far as that is remembered.
func (st state) past() string {
	if st.LastRun > 0 {
		return fmt.Sprintf("%d runs of mirroring in it", st.LastRun)
	}
	return "an account in it"
}

// wayBack is what to do about a vault of which nothing, or not all, is left.
func wayBack(dir string, st state) string {
	const anew = "`sidekeep rescue --anew` makes a new vault beside it, which `sidekeep mirror` fills again; this one was left as it is"
	folder := copiesOf(dir, st)
	if folder == "" {
		return anew
	}
	return fmt.Sprintf("its copies are in %s: put the newest of them in its place, or read it with --vault FILE; %s", folder, anew)
}

// copiesOf is the folder that the last copy of a vault went to, or that they are to
// go to, or "".
func copiesOf(dir string, st state) string {
	if st.Copy != nil && st.Copy.Path != "" {
		return filepath.Dir(st.Copy.Path)
	}
	return readSettings(dir).CopyTo
}

// overwritten tells a vault of ours whose file is not one any more from a file that
// never was: what stands beside it says so.
func overwritten(dir string, err error) error {
	var e *pim.Error
	if err == nil || !errors.As(err, &e) || e.Reason != "foreign" || !besideVault(dir).lived() {
		return err
	}
	path := filepath.Join(dir, vaultFile)
	if info, bad := os.Stat(path); bad != nil || !info.Mode().IsRegular() {
		return err
	}
	return &pim.Error{Fault: pim.Storage, Op: "open the vault", Where: path, Reason: "corrupt", Err: err,
		Hint: "run `sidekeep rescue --to FOLDER`, which gets out what can still be read; " + wayBack(dir, besideVault(dir))}
}

// nothingLeft says of a vault of ours, of which a rescue could read nothing, where
// else something may be.
func nothingLeft(path string, err error) error {
	var e *pim.Error
	if errors.As(err, &e) && e.Reason == "foreign" {
		if disk := vault.DiskFails(path); disk != nil {
			return vault.DiskError("rescue", path, disk)
		}
	}
	dir := filepath.Dir(path)
	st := besideVault(dir)
	if !errors.As(err, &e) || e.Reason != "foreign" || !st.lived() {
		return err
	}
	size := int64(0)
	if info, err := os.Stat(path); err == nil {
		size = info.Size()
	}
	return &pim.Error{Fault: pim.Storage, Op: "rescue", Where: path, Reason: "nothing-left", Hint: wayBack(dir, st),
		Err: fmt.Errorf("nothing is left in %s that could be rescued: it has %d bytes, and no object in them", path, size)}
}
