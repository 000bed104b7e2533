package service

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sidekeep/formats"
	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// Kinds of pim.Proof.
const (
	proofVerify = "verify"
	proofDrill  = "drill"
	proofCopy   = "copy"
)

// problemOlder is the kind of the problem that the vault is an earlier state of itself.
const problemOlder = "older"

// damageMark says that the vault's file was found damaged. It stands beside the
// vault, which is not written to any more. It is about that one file as it was: a
// vault that was put in its place is another.
type damageMark struct {
	At       time.Time `json:"at"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	Problems int       `json:"problems"`
}

func damageOf(info os.FileInfo, at time.Time, problems int) *damageMark {
	return &damageMark{At: at.UTC(), Size: info.Size(), Modified: info.ModTime(), Problems: problems}
}

// of says whether the mark is about a file as it stands.
func (d *damageMark) of(info os.FileInfo) bool {
	return d != nil && info.Size() == d.Size && info.ModTime().Equal(d.Modified)
}

// StartVerify reads the whole vault and checks it: the file's structure, every
// object's bytes against their SHA-256, history, lists and search; then every
// account in use, by a second road: what the server lists now against what the
// vault has by what the server told of changes. deep adds the restore drill. The
// job's result is a VerifyReport; problems are no error of the job. Where the
// vault is a copy or can't be written, no server is asked and nothing is kept.
func (s *Service) StartVerify(deep bool) *Job {
	return s.start("verify", "", func(ctx context.Context, j *Job) (any, error) {
		return s.verify(ctx, j, deep)
	})
}

func (s *Service) verify(ctx context.Context, j *Job, deep bool) (VerifyReport, error) {
	started := s.now()
	if !s.cfg.ReadOnly {
		done, err := s.takeTurn(ctx, "verify", func(step string) { j.update(func(p *Progress) { p.Step = step }) })
		if err != nil {
			return VerifyReport{}, err
		}
		defer done()
	}
	rep := VerifyReport{Problems: []pim.Problem{}, Notes: []string{}}
	found, err := s.readAll(ctx, j, deep, &rep)
	if err != nil {
		return rep, err
	}
	if o := s.older(ctx); o != nil {
		rep.Problems = append(rep.Problems, pim.Problem{Kind: problemOlder, Where: o.path, What: o.what()})
		s.noticeOld(ctx)
	}
	switch {
	case found.Damaged && !s.cfg.ReadOnly:
		s.vault.Freeze()
		rep.Notes = append(rep.Notes, "The servers were not asked: nothing is written to a damaged vault.")
	case found.Damaged || s.cfg.ReadOnly:
		rep.Notes = append(rep.Notes, "The servers were not asked: the vault was opened for reading only.")
	default:
		if found, err = s.auditAndRead(ctx, j, deep, found, &rep); err != nil {
			return rep, err
		}
	}
	if deep && !found.Damaged {
		if err := s.drill(ctx, j, &rep); err != nil {
			return rep, err
		}
	}
	rep, err = s.prove(ctx, rep, found.Damaged, started)
	if err == nil && deep && rep.OK {
		err = s.SeenNotices(ctx, NoticeDrill) // it is proven now
	}
	return rep, err
}

// readAll reads and checks the vault as it stands: its problems are added to the
// report, whose numbers are those of this reading.
func (s *Service) readAll(ctx context.Context, j *Job, deep bool, rep *VerifyReport) (vault.Verified, error) {
	found, err := s.vault.Verify(ctx, vault.Check{Describe: formats.Describe, Anew: deep, Progress: func(n, total int64) {
		j.update(func(p *Progress) {
			p.Account, p.Collection, p.Step, p.Done, p.Total = "", "", "Reading the vault", n, total
		})
	}})
	if err != nil {
		return found, err
	}
	rep.Checked = VerifyCounts{Blobs: found.Blobs, Revisions: found.Revisions, Objects: found.Objects, Bytes: found.Bytes}
	for _, f := range found.Problems {
		if !slices.Contains(rep.Problems, f.Problem) {
			rep.Problems = append(rep.Problems, f.Problem)
		}
	}
	return found, nil
}

// auditAndRead compares with the servers, which mirrors first. What that brought
// was not read before: then the vault is read again, so that all that is here now
// was checked.
func (s *Service) auditAndRead(ctx context.Context, j *Job, deep bool, found vault.Verified, rep *VerifyReport) (vault.Verified, error) {
	_, before, err := s.vault.Stats(ctx)
	if err != nil {
		return found, err
	}
	if err := s.audit(ctx, j, rep); err != nil {
		return found, err
	}
	_, after, err := s.vault.Stats(ctx)
	if err != nil || after == before {
		return found, err
	}
	found, err = s.readAll(ctx, j, deep, rep)
	if found.Damaged {
		s.vault.Freeze()
	}
	return found, err
}

// prove keeps the result, where there is a place for it.
func (s *Service) prove(ctx context.Context, rep VerifyReport, damaged bool, started time.Time) (VerifyReport, error) {
	rep.OK = len(rep.Problems) == 0
	rep.Seconds = s.now().Sub(started).Seconds()
	if !s.cfg.ReadOnly {
		if !damaged {
			err := s.vault.SaveProof(ctx, pim.Proof{Kind: proofVerify, At: s.now(), OK: rep.OK, Problems: rep.Problems,
				Checked: map[string]int64{"blobs": rep.Checked.Blobs, "revisions": rep.Checked.Revisions, "objects": rep.Checked.Objects, "bytes": rep.Checked.Bytes}})
			if err != nil {
				return rep, err
			}
		}
		if err := s.markDamage(ctx, damaged, len(rep.Problems)); err != nil {
			return rep, err
		}
		if !damaged {
			s.witness(ctx)
		}
	}
	proofs, err := s.vault.Proofs(ctx)
	for _, p := range proofs {
		if p.Kind == proofDrill && p.OK && rep.ProvenAt == nil {
			rep.ProvenAt = timeOrNil(p.At)
		}
	}
	if damaged {
		err = nil // it may be what can't be read
	}
	return rep, err
}

// isDamaged says that the vault's file was found damaged, now or earlier.
func (s *Service) isDamaged(st state) bool {
	info, err := os.Stat(s.vault.Path())
	return s.damage != nil || err == nil && st.Damage.of(info)
}

func (s *Service) markDamage(ctx context.Context, damaged bool, problems int) error {
	return s.changeState(ctx, func(st *state) bool {
		if !damaged {
			had := st.Damage != nil
			st.Damage = nil
			return had
		}
		info, err := os.Stat(s.vault.Path())
		if err != nil {
			return false
		}
		st.Damage = damageOf(info, s.now(), problems)
		return true
	})
}

// witness remembers the last run that was written, outside of the vault; called
// when what the one before it was missing has been said. That it can't is no reason
// to call a mirror failed.
func (s *Service) witness(ctx context.Context) {
	run, err := s.vault.LastRun(ctx)
	if err != nil {
		return
	}
	_ = s.changeState(ctx, func(st *state) bool {
		changed := st.LastRun != int64(run) || st.Noticed != 0
		st.LastRun, st.Noticed = int64(run), 0
		return changed
	})
}

// Proofs says when the vault was last proven to be whole, restorable and copied.
func (s *Service) Proofs(ctx context.Context) (ProofStatus, error) {
	out := ProofStatus{OK: true, CopyTo: s.Settings().CopyTo}
	st, unread := s.readState() // where it can't be read, the accounts say so
	if unread == nil && s.cfg.File == "" {
		out.Notices = s.notices(ctx, &st)
	}
	proofs, err := s.vault.Proofs(ctx)
	var e *pim.Error
	if errors.As(err, &e) && e.Reason == "corrupt" {
		out.OK, out.Damaged = false, true // and the rest of the status may still be had
		return out, nil
	}
	if err != nil {
		return out, err
	}
	seen := map[string]bool{}
	for _, p := range proofs {
		if !seen[p.Kind] {
			seen[p.Kind] = true
			out.OK = out.OK && p.OK
			out.Problems += len(p.Problems)
		}
		if !p.OK {
			continue
		}
		at := map[string]**time.Time{proofVerify: &out.VerifiedAt, proofDrill: &out.DrilledAt, proofCopy: &out.CopiedAt}[p.Kind]
		if at != nil && *at == nil {
			*at = timeOrNil(p.At)
		}
	}
	if unread != nil {
		return out, nil
	}
	if st.Copy != nil && st.Copy.Error != nil {
		out.OK, out.CopyError = false, st.Copy.Error.info()
	}
	if s.isDamaged(st) {
		out.OK, out.Damaged = false, true
		if st.Damage != nil {
			out.Problems = max(out.Problems, st.Damage.Problems)
		}
	}
	return out, nil
}

// vaultFor opens what the configuration names: a folder, or one file. A vault
// that was found damaged is opened for reading only.
func vaultFor(ctx context.Context, cfg *Config, dir string, damage *damageMark) (*vault.Vault, error) {
	o := vault.Options{Now: cfg.Now, ReadOnly: cfg.ReadOnly, AppVersion: cfg.Version, Describe: formats.Describe}
	if cfg.File != "" {
		cfg.ReadOnly = true
		return vault.OpenFile(ctx, cfg.File, o)
	}
	if damage != nil {
		o.ReadOnly = true
	}
	v, err := vault.Open(ctx, dir, o)
	if err == nil && damage != nil {
		v.Freeze()
	}
	return v, overwritten(dir, err)
}

// knownDamage says that this very file was found damaged earlier.
func knownDamage(dir string, info os.FileInfo) *damageMark {
	var st state
	b, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil || info == nil || json.Unmarshal(b, &st) != nil || !st.Damage.of(info) {
		return nil
	}
	return st.Damage
}

// NotCopy refuses what would write beside a copy. Errors: Invalid with Reason
// "copy".
func (s *Service) NotCopy(op string) error {
	if s.cfg.File == "" {
		return nil
	}
	return &pim.Error{Fault: pim.Invalid, Op: op, Where: s.cfg.File, Reason: "copy", Err: errors.New("this is a copy of a vault, which is only read"),
		Hint: "to change something, give the vault's folder with --vault; what is in a copy can be listed, shown and exported"}
}

// IsCopy says that this is one file, opened for reading only.
func (s *Service) IsCopy() bool { return s.cfg.File != "" }
