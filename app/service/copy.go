package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// copyMark is how the last copies went.
type copyMark struct {
	Tried time.Time   `json:"tried"`
	Path  string      `json:"path"` // of the last one that is good
	Made  time.Time   `json:"made"`
	Error *savedError `json:"error,omitempty"` // nil: the last try was good
}

// StartCopy writes a copy of the vault into a folder, checks it, and removes those
// of the older copies that are not kept any more: the last of each of 7 days, 4
// weeks and 12 months are. A folder that is named is made where only its last
// element is missing, copies never went there, and it can't be on a disk that is not
// plugged in; to "" is the folder of the settings, which has to be there. The job's result is a CopyReport. A mirror may write
// meanwhile.
//
// Errors: Invalid where no folder is given; Storage with Reason "no-folder" for a
// folder that is not there (a disk that is not plugged in), "full", "read-only",
// "corrupt" for a vault that is damaged, of which no copy is kept, and "behind" for
// one that is an earlier state of itself.
func (s *Service) StartCopy(to string) *Job {
	return s.start("copy", "", func(ctx context.Context, j *Job) (any, error) {
		return s.copy(ctx, j, to)
	})
}

func (s *Service) copy(ctx context.Context, j *Job, to string) (CopyReport, error) {
	named := to != ""
	if !named {
		to = s.Settings().CopyTo
	}
	if err := s.checkCopyTo(to); err != nil {
		return CopyReport{}, err
	}
	to, err := filepath.Abs(to)
	if err != nil {
		return CopyReport{}, storage("copy the vault", to, err)
	}
	rep, err := s.copyTo(ctx, j, to, named)
	if pim.FaultOf(err) == pim.Stopped && err != nil {
		return rep, err
	}
	if err != nil {
		return rep, errors.Join(err, s.copyFailed(ctx, err))
	}
	return rep, s.changeState(ctx, func(st *state) bool {
		now := s.now().UTC()
		st.placed(to, filepath.Base(rep.Path), now)
		st.Copy = &copyMark{Tried: now, Path: rep.Path, Made: now}
		st.Upkeep.forget(NoticeCopy)
		return true
	})
}

// copyTo makes a copy in a folder, once it is sure that it is on its disk.
func (s *Service) copyTo(ctx context.Context, j *Job, to string, named bool) (CopyReport, error) {
	st, err := s.readState()
	if err != nil {
		return CopyReport{}, err
	}
	if err := copyDiskThere(to, st.places()); err != nil {
		return CopyReport{}, err
	}
	if named {
		if err := s.makeCopyFolder(to); err != nil {
			return CopyReport{}, err
		}
	}
	if _, err := os.Stat(to); err == nil { // also where it fails: the disk may be pulled out in the middle
		_ = s.changeState(ctx, func(st *state) bool { // no reason to make no copy
			st.placed(to, "", s.now())
			return true
		})
	}
	return s.copyInto(ctx, j, to)
}

// copyFailed remembers why the last try failed.
func (s *Service) copyFailed(ctx context.Context, err error) error {
	return s.changeState(context.WithoutCancel(ctx), func(st *state) bool {
		if st.Copy == nil {
			st.Copy = &copyMark{}
		}
		st.Copy.Tried, st.Copy.Error = s.now().UTC(), s.saveable(err)
		return true
	})
}

// behind refuses a vault that is an earlier state of itself: a copy of it would
// stand among the others as the newest.
func (s *Service) behind(ctx context.Context) error {
	o := s.older(ctx)
	if o == nil {
		return nil
	}
	st, err := s.readState()
	if err != nil {
		return err
	}
	hint := "run `sidekeep mirror`, which fetches what the server still has, and then copy it; no copy was made or removed"
	if o.copies != "" {
		hint = fmt.Sprintf("look into the copies in %s for one that has more, with --vault FILE; or %s", o.copies, hint)
	}
	if n, err := s.vault.Accounts(ctx); err == nil && len(n) == 0 {
		hint = wayBack(s.dir, st)
	}
	return &pim.Error{Fault: pim.Storage, Op: "copy the vault", Where: o.path, Reason: reasonBehind,
		Err: errors.New("the vault has less than it had: " + o.what()), Hint: hint}
}

// checkCopyTo refuses what can't be a folder for copies.
func (s *Service) checkCopyTo(to string) error {
	bad := func(why, hint string) error {
		return &pim.Error{Fault: pim.Invalid, Op: "copy the vault", Where: to, Err: errors.New(why), Hint: hint}
	}
	switch {
	case to == "":
		return bad("it is not said where the copy should go", "give a folder on another disk with --to")
	case s.cfg.File != "":
		return s.NotCopy("copy the vault")
	case beneath(resolved(to), resolved(s.dir)):
		return bad("a copy in the vault's own folder would be lost together with it", "choose a folder on another disk, or one that is synchronised")
	}
	return nil
}

func (s *Service) copyInto(ctx context.Context, j *Job, to string) (CopyReport, error) {
	started := s.now()
	if err := s.behind(ctx); err != nil {
		return CopyReport{}, err
	}
	id, err := s.vaultID(ctx)
	if err != nil {
		return CopyReport{}, err
	}
	j.update(func(p *Progress) { p.Step = "Copying the vault" })
	made, err := s.vault.Copy(ctx, to, id, func(n, total int64) {
		j.update(func(p *Progress) { p.Step, p.Done, p.Total = "Checking the copy", n, total })
	})
	if err != nil {
		return CopyReport{}, err
	}
	rep := CopyReport{Path: made.Path, Bytes: made.Bytes, OK: true, Removed: []string{}}
	if id != "" { // without a name, as where none could be kept, no other copy is known to be of this vault
		removed, err := vault.Rotate(ctx, to, id, made.Path)
		rep.Removed = append(rep.Removed, removed...)
		if err != nil {
			return rep, err
		}
	}
	c := made.Checked
	if !s.cfg.ReadOnly {
		err = s.vault.SaveProof(ctx, pim.Proof{Kind: proofCopy, At: s.now(), OK: true,
			Checked: map[string]int64{"blobs": c.Blobs, "revisions": c.Revisions, "objects": c.Objects, "bytes": c.Bytes}})
	}
	rep.Seconds = s.now().Sub(started).Seconds()
	return rep, err
}
