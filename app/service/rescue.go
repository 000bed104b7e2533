package service

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sidekeep/formats"
	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// Folders of a rescue, beside the files of the collections.
const (
	foundDir   = "found"   // of no collection that is known any more
	olderDir   = "older"   // earlier states, and what was deleted
	damagedDir = "damaged" // bytes that are not those that came
	rescueFile = "RESCUE.json"
)

// StartRescue writes everything that can still be read of the vault in dir (or of
// one file) as standard files into to; see Rescue. dir "" is this service's own.
// The job's result is a RescueReport.
func (s *Service) StartRescue(dir, to string) *Job {
	cfg := s.cfg
	if dir != "" {
		cfg.Dir, cfg.File = dir, ""
	} else if cfg.File == "" {
		cfg.Dir = s.dir
	}
	return s.start("rescue", "", func(ctx context.Context, j *Job) (any, error) {
		return Rescue(ctx, cfg, to, func(step string, done, total int64) {
			j.update(func(p *Progress) { p.Step, p.Done, p.Total = step, done, total })
		})
	})
}

// Rescue writes everything that can still be read of a vault, however damaged, as
// standard files into the folder to, which is made and must not have files that
// Sidekeep did not write: each collection with what it shows; found/ with objects
// whose collection is not known any more; older/ with earlier states and what was
// deleted; damaged/ with bytes that do not match their SHA-256, one a file; and
// RESCUE.json with what could not be read. The vault is not written to, and not
// even opened: a private copy in to is, which goes again.
//
// Errors: Invalid for the place, Storage for a vault that is not there or of which
// nothing can be read, and for the disk. progress may be nil.
func Rescue(ctx context.Context, cfg Config, to string, progress func(step string, done, total int64)) (RescueReport, error) {
	if progress == nil {
		progress = func(string, int64, int64) {}
	}
	path, err := wreckOf(ctx, cfg)
	if err != nil {
		return RescueReport{}, err
	}
	if strings.TrimSpace(to) == "" {
		return RescueReport{}, &pim.Error{Fault: pim.Invalid, Op: "rescue", Err: errors.New("it is not said where the files should go"),
			Hint: "give a folder with --to"}
	}
	if to, err = filepath.Abs(to); err != nil {
		return RescueReport{}, storage("rescue", to, err)
	}
	if resolved(to) == resolved(filepath.Dir(path)) {
		return RescueReport{}, &pim.Error{Fault: pim.Invalid, Op: "rescue", Where: to, Reason: "vault",
			Err: errors.New("this is the vault's own place"), Hint: "choose another folder, best on another disk"}
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return RescueReport{}, storage("rescue", to, err)
	}
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	scratch, err := vault.RescueScratch(filepath.Dir(to), now())
	if err != nil {
		return RescueReport{}, storage("rescue", to, err)
	}
	defer os.RemoveAll(scratch)
	progress("Copying what can be read", 0, 0)
	w, err := vault.OpenWreck(ctx, path, scratch)
	if err != nil {
		var e *pim.Error
		if errors.As(err, &e) && e.Where == scratch { // it goes again; the person named another
			e.Where = to
		}
		return RescueReport{}, nothingLeft(path, err)
	}
	defer w.Close()
	r := rescue{w: w, to: to, now: now(), version: cfg.Version, progress: progress,
		rep: RescueReport{Path: to, Files: []string{}, Problems: []pim.Problem{}}}
	return r.run(ctx)
}

// wreckOf finds the file of a vault without opening it.
func wreckOf(ctx context.Context, cfg Config) (string, error) {
	path, dir := cfg.File, cfg.Dir
	if path == "" && dir == "" {
		var err error
		if dir, err = DefaultDir(); err != nil {
			return "", err
		}
	}
	if path == "" {
		path = dir
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			path = filepath.Join(dir, "vault.db")
		}
	}
	info, err := os.Stat(path)
	if vault.IsDiskError(err) {
		return "", vault.DiskError("rescue", path, err)
	}
	if err != nil || !info.Mode().IsRegular() {
		e := &pim.Error{Fault: pim.Invalid, Op: "rescue", Where: path, Reason: "no-vault",
			Err:  fmt.Errorf("there is no vault in %s", path),
			Hint: "give the folder of the vault, or its file, with --vault"}
		if newest := vault.NewestCopy(ctx, dir); dir != "" && newest != "" {
			e.Hint = "these are copies of a vault: the newest is read with --vault " + newest
		}
		return "", e
	}
	return filepath.Abs(path)
}

// rescue is one Rescue.
type rescue struct {
	w        *vault.Wreck
	to       string
	now      time.Time
	version  string
	progress func(step string, done, total int64)
	rep      RescueReport
}

func (r *rescue) run(ctx context.Context) (RescueReport, error) {
	var sources []formats.Source
	for _, c := range r.w.Collections() {
		sources = append(sources, formats.Source{Account: c.Account, Collection: c.Title(), Kind: c.Kind, URL: c.URL,
			Color: c.Color, Description: c.Description, Objects: r.bodies(ctx, r.w.Current(c.ID))})
	}
	if err := r.write(ctx, "", sources); err != nil {
		return r.rep, err
	}
	for _, part := range []struct {
		dir, name string
		objects   []vault.WreckObject
	}{{foundDir, "found", r.w.Found()}, {olderDir, "older", r.w.Older()}} {
		sources, err := r.byKind(ctx, part.name, part.objects)
		if err != nil {
			return r.rep, err
		}
		if err := r.write(ctx, part.dir, sources); err != nil {
			return r.rep, err
		}
	}
	if err := r.damaged(ctx); err != nil {
		return r.rep, err
	}
	r.rep.Problems = append(r.rep.Problems, r.w.Problems()...)
	return r.rep, r.report()
}

// write exports sources into a folder below, where there are any.
func (r *rescue) write(ctx context.Context, dir string, sources []formats.Source) error {
	to := filepath.Join(r.to, dir)
	if len(sources) == 0 {
		return nil
	}
	done := int64(r.rep.Objects)
	res, err := formats.WriteExport(ctx, formats.ExportRequest{To: to, Now: r.now, Version: r.version}, sources, func(objects, _ int64) {
		r.progress("Writing", done+objects, 0)
	})
	if err != nil {
		return err
	}
	r.rep.Objects += res.Objects
	r.rep.Bytes += res.Bytes
	for _, f := range res.Files {
		r.rep.Files = append(r.rep.Files, filepath.ToSlash(filepath.Join(dir, filepath.FromSlash(f.Name))))
	}
	return nil
}

func (r *rescue) bodies(ctx context.Context, objects []vault.WreckObject) func(yield func(formats.Body, error) bool) {
	return func(yield func(formats.Body, error) bool) {
		for o, body := range r.w.Bodies(ctx, objects) {
			if !yield(formats.Body{Href: string(o.Href), Bytes: body, Held: o.Held}, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(formats.Body{}, err)
		}
	}
}

// byKind parts objects of which the collection is not known, or does not matter,
// by what their bytes begin with.
func (r *rescue) byKind(ctx context.Context, name string, objects []vault.WreckObject) ([]formats.Source, error) {
	kinds := map[pim.Kind][]vault.WreckObject{}
	for o, body := range r.w.Bodies(ctx, objects) {
		if o.Kind == "" {
			o.Kind = kindOfBody(body)
		}
		kinds[o.Kind] = append(kinds[o.Kind], o)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var out []formats.Source
	for _, k := range []pim.Kind{pim.Contacts, pim.Calendar} {
		if len(kinds[k]) > 0 {
			out = append(out, formats.Source{Collection: name + " " + string(k), Kind: k, Objects: r.bodies(ctx, kinds[k])})
		}
	}
	return out, nil
}

func kindOfBody(b []byte) pim.Kind {
	if strings.Contains(strings.ToUpper(string(b[:min(len(b), 200)])), "BEGIN:VCARD") {
		return pim.Contacts
	}
	return pim.Calendar
}

// damaged keeps aside what does not match its SHA-256, one a file.
func (r *rescue) damaged(ctx context.Context) error {
	dir := filepath.Join(r.to, damagedDir)
	for o, body := range r.w.Bodies(ctx, r.w.Damaged()) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return storage("rescue", dir, err)
		}
		ext := map[pim.Kind]string{pim.Contacts: ".vcf", pim.Calendar: ".ics"}[kindOfBody(body)]
		name := filepath.Join(dir, filepath.Base(string(o.Href))+ext)
		if err := writeFile(name, body); err != nil {
			return err
		}
		r.rep.Files = append(r.rep.Files, damagedDir+"/"+filepath.Base(name))
	}
	return ctx.Err()
}

// report writes the report beside the files.
func (r *rescue) report() error {
	if err := os.MkdirAll(r.to, 0o700); err != nil {
		return storage("rescue", r.to, err)
	}
	return writeJSON(filepath.Join(r.to, rescueFile), r.rep)
}

// AnewReport is the result of `rescue --anew`.
type AnewReport struct {
	Vault   string   `json:"vault"`   // the new folder
	Default bool     `json:"default"` // it is opened from now on where no vault is named
	Notes   []string `json:"notes"`   // which accounts have to be added again
}

// StartAnew is Anew for this service's vault; the job's result is an AnewReport.
func (s *Service) StartAnew() *Job {
	cfg := s.cfg
	if cfg.File == "" {
		cfg.Dir = s.dir
	}
	return s.start("anew", "", func(ctx context.Context, _ *Job) (any, error) { return Anew(ctx, cfg) })
}

// Anew makes a fresh vault beside a damaged one, with the same accounts, and moves
// nothing: the damaged one stays as it is. The new folder is then opened in place
// of the old one, and the next mirroring fetches everything. Passwords are found
// again where they are in the keychain, and copied where they are in a file. What
// the damaged vault does not give of an account any more is said in Notes.
func Anew(ctx context.Context, cfg Config) (AnewReport, error) {
	path, err := wreckOf(ctx, cfg)
	if err != nil {
		return AnewReport{}, err
	}
	rep := AnewReport{Notes: []string{}}
	old := filepath.Dir(path)
	clock := cfg.Now
	if clock == nil {
		clock = time.Now
	}
	if rep.Vault, err = freshFolder(old, clock()); err != nil {
		return rep, err
	}
	accounts, err := accountsOf(ctx, path, rep.Vault, clock())
	if err != nil {
		_ = os.RemoveAll(rep.Vault) // nothing is in it yet
		return AnewReport{}, err
	}
	v, err := vault.Open(ctx, rep.Vault, vault.Options{Now: cfg.Now, AppVersion: cfg.Version})
	if err != nil {
		_ = os.RemoveAll(rep.Vault)
		return AnewReport{}, err
	}
	for _, a := range accounts {
		if _, err := v.AddAccount(ctx, a.Account, a.Discovery, cmp.Or(a.Account.Secrets, "keychain")); err != nil {
			rep.Notes = append(rep.Notes, fmt.Sprintf("%s has to be added again: %s", a.Account.Name, cause(err)))
		}
	}
	if len(accounts) == 0 {
		rep.Notes = append(rep.Notes, "The damaged vault does not tell its accounts any more: they have to be added again.")
	}
	if err := errors.Join(v.Close(), keepSecrets(old, rep.Vault)); err != nil {
		return rep, err
	}
	if cfg.File == "" {
		before, _ := DefaultDir()
		if err := replaceBy(old, rep.Vault); err != nil && resolved(before) == resolved(old) {
			rep.Notes = append(rep.Notes, fmt.Sprintf("The damaged vault is still the one that is opened where none is named: %s", cause(err)))
		}
		now, err := DefaultDir()
		rep.Default = err == nil && resolved(now) == resolved(rep.Vault)
	}
	return rep, nil
}

// freshFolder makes a folder beside another one.
func freshFolder(old string, now time.Time) (string, error) {
	base := old + "-" + now.Format("20060102")
	for n := 1; n < 100; n++ {
		dir := base
		if n > 1 {
			dir = fmt.Sprintf("%s-%d", base, n)
		}
		err := os.Mkdir(dir, 0o700)
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, os.ErrExist) {
			return "", storage("make a new vault", dir, err)
		}
	}
	return "", storage("make a new vault", base, errors.New("there are too many of them"))
}

// accountsOf reads the accounts of a damaged vault.
func accountsOf(ctx context.Context, path, dir string, now time.Time) ([]vault.WreckAccount, error) {
	scratch, err := vault.RescueScratch(dir, now)
	if err != nil {
		return nil, storage("make a new vault", dir, err)
	}
	defer os.RemoveAll(scratch)
	w, err := vault.OpenWreck(ctx, path, scratch)
	if err != nil {
		var e *pim.Error
		if errors.As(err, &e) && e.Where == scratch {
			e.Where, e.Hint = dir, "Free some space: a new vault takes as much again."
			return nil, err
		}
		if pim.FaultOf(err) == pim.Stopped {
			return nil, err
		}
		return nil, nil // nothing can be read
	}
	defer w.Close()
	return w.Accounts(ctx), nil
}

// keepSecrets copies what leads to the passwords: the vault's name in the keychain,
// and the file with those that are not there; the settings, and where copies went.
func keepSecrets(old, dir string) error {
	var st state
	if b, err := os.ReadFile(filepath.Join(old, stateFile)); err == nil && json.Unmarshal(b, &st) == nil && st.VaultID != "" {
		if err := writeJSON(filepath.Join(dir, stateFile), state{VaultID: st.VaultID, CopyPlaces: st.places()}); err != nil {
			return err
		}
	}
	for _, name := range []string{"secrets.json", settingsFile} {
		b, err := os.ReadFile(filepath.Join(old, name))
		if err != nil {
			continue // there is none, or it is as damaged: the password is asked for again
		}
		if err := writeFile(filepath.Join(dir, name), b); err != nil {
			return err
		}
	}
	return nil
}
