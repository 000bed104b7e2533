package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sidekeep/formats"
	"sidekeep/sync/pim"
)

// StartExport writes what the request selects as standard files; the job's
// result is an ExportReport. What of a damaged vault can't be read does not end
// it: the rest is written, and the report says what is missing. Removed accounts
// whose data is kept are exported like any other. Errors: Invalid for an unknown name or a place that is not
// ours to overwrite, Storage for a disk that does not take it.
func (s *Service) StartExport(r ExportRequest) *Job {
	return s.start("export", r.Account, func(ctx context.Context, j *Job) (any, error) {
		return s.export(ctx, j, r)
	})
}

func (s *Service) export(ctx context.Context, j *Job, r ExportRequest) (ExportReport, error) {
	started := s.now()
	if err := r.Check(); err != nil {
		return ExportReport{}, err
	}
	r.As = cmp.Or(r.As, "folder")
	if err := s.spareVault(r); err != nil {
		return ExportReport{}, err
	}
	sources, notes, total, err := s.sources(ctx, r)
	if err != nil {
		return ExportReport{}, err
	}
	return s.writeExport(ctx, j, r, sources, notes, total, started)
}

// writeExport writes sources of some total of objects.
func (s *Service) writeExport(ctx context.Context, j *Job, r ExportRequest, sources []formats.Source, notes []string, total int, started time.Time) (ExportReport, error) {
	j.update(func(p *Progress) { p.Step, p.Total = "Writing", int64(total) })
	res, err := formats.WriteExport(ctx, formats.ExportRequest{To: r.To, As: r.As, Force: r.Force, Now: started, At: r.At, Version: s.cfg.Version}, sources,
		func(objects, bytes int64) { j.update(func(p *Progress) { p.Done, p.Bytes = objects, bytes }) })
	if err != nil {
		return ExportReport{}, err
	}
	rep := ExportReport{Path: res.Path, As: res.As, Objects: res.Objects, Bytes: res.Bytes, Notes: append(append([]string{}, notes...), res.Notes...),
		Files: []ExportFile{}, Seconds: s.now().Sub(started).Seconds()}
	for _, f := range res.Files {
		rep.Files = append(rep.Files, ExportFile{Name: f.Name, Account: f.Account, Collection: f.Collection, Kind: f.Kind,
			Objects: f.Objects, Bytes: f.Bytes, SHA256: f.SHA256})
	}
	rep.Missing, rep.vault = append([]Missing{}, res.Missing...), s.vault.Path()
	return rep, nil
}

// Check says, without a vault, whether the request can be meant. Errors: Invalid.
func (r ExportRequest) Check() error {
	bad := func(where, why, hint string) error {
		return &pim.Error{Fault: pim.Invalid, Op: "export", Where: where, Err: errors.New(why), Hint: hint}
	}
	switch {
	case strings.TrimSpace(r.To) == "":
		return bad("", "it is not said where the export should go", "give a folder or a file with --to")
	case r.As != "" && r.As != "folder" && r.As != "zip":
		return bad(r.As, "this is no kind of export", "export as folder or zip")
	case r.Kind != "" && r.Kind != pim.Contacts && r.Kind != pim.Calendar:
		return bad(string(r.Kind), "this is no kind of collection", "use --kind contacts or --kind calendar")
	}
	return nil
}

// ours are the names that files of the vault's folder begin with.
var ours = []string{"vault.db", "secrets.json", "settings.json", "state.json", "writer.", receiptsDir}

// spareVault refuses an export onto the vault itself, whatever else may be
// overwritten: in its folder there is room for a folder with another name only.
func (s *Service) spareVault(r ExportRequest) error {
	to, dir := resolved(r.To), resolved(s.dir)
	own := filepath.Dir(to) == dir && (r.As == "zip" || slices.ContainsFunc(ours, func(n string) bool {
		return strings.HasPrefix(strings.ToLower(filepath.Base(to)), n)
	}))
	if to != dir && !own {
		return nil
	}
	return &pim.Error{Fault: pim.Invalid, Op: "export", Where: r.To, Reason: "vault",
		Err: errors.New("this is the vault's own place, which an export never overwrites"), Hint: "choose another place for the export"}
}

// resolved is a path without symbolic links, as far as it exists.
func resolved(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	rest := ""
	for at := abs; ; at = filepath.Dir(at) {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(real, rest)
		}
		if filepath.Dir(at) == at {
			return abs
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}

// incomplete says in words why a collection's export may lack objects; "" where
// nothing is known to be missing.
func incomplete(account string, k pim.Known) string {
	name := account + ": " + k.Title()
	switch {
	case k.State.LastComplete.IsZero():
		return name + " has not been mirrored to its end yet: objects may be missing in this export."
	case k.Owed == 1:
		return name + ": 1 object could not be fetched yet in its newest state."
	case k.Owed > 1:
		return fmt.Sprintf("%s: %d objects could not be fetched yet in their newest state.", name, k.Owed)
	}
	return ""
}

// sources are the collections to write, what is known to be missing in them,
// and how many objects they hold.
func (s *Service) sources(ctx context.Context, r ExportRequest) ([]formats.Source, []string, int, error) {
	accounts, err := s.vault.Accounts(ctx)
	if err != nil {
		return nil, nil, 0, err
	}
	names := map[int64]string{}
	for _, a := range accounts {
		names[a.ID] = a.Name
	}
	var account int64
	if r.Account != "" {
		a, err := s.vault.Account(ctx, r.Account)
		if err != nil {
			return nil, nil, 0, err
		}
		account = a.ID
	}
	chosen, all, err := s.collections(ctx, account, r.Collection)
	if err != nil {
		return nil, nil, 0, err
	}
	then, err := s.then(ctx, account, chosen, r.At)
	if err != nil {
		return nil, nil, 0, err
	}
	if r.Collection != "" && len(chosen) == 0 {
		_, err := s.collection(ctx, account, r.Collection) // says which there are
		return nil, nil, 0, err
	}
	var out []formats.Source
	notes, err := s.doubts(ctx, r.At, names, chosen)
	if err != nil {
		return nil, nil, 0, err
	}
	total := 0
	for _, k := range chosen {
		if r.Kind != "" && k.Kind != r.Kind {
			continue
		}
		if !r.At.IsZero() {
			snap, ok := then[k.ID]
			if !ok {
				continue // it was not there yet
			}
			total += snap.Objects
		} else {
			if n := incomplete(names[k.AccountID], k); n != "" {
				notes = append(notes, n)
			}
			total += k.Live
		}
		out = append(out, formats.Source{Account: names[k.AccountID], Collection: k.Title(), Kind: k.Kind, URL: k.URL,
			Color: k.Color, Description: k.Description, Objects: s.bodies(ctx, k.ID, r.At), Title: s.naming(ctx)})
	}
	if len(out) == 0 {
		e := &pim.Error{Fault: pim.Invalid, Op: "export", Err: errors.New("there is nothing to export"), Hint: "mirror an account first: `sidekeep mirror`", Reason: "nothing"}
		if len(all) > 0 {
			e.Err, e.Hint = errors.New("nothing that is mirrored fits what was asked for"), "`sidekeep status` lists the collections"
		}
		return nil, nil, 0, e
	}
	return out, notes, total, nil
}

// doubts says of what is exported as it is now that it changed in a way that
// waits for a decision, and how to export what it was before.
func (s *Service) doubts(ctx context.Context, at time.Time, names map[int64]string, chosen []pim.Known) ([]string, error) {
	notes := []string{}
	if !at.IsZero() {
		return notes, nil
	}
	open, err := s.Incidents(ctx, true)
	for _, i := range open {
		mine := slices.ContainsFunc(chosen, func(k pim.Known) bool {
			return i.CollID == k.ID || i.CollID == 0 && i.Account == names[k.AccountID]
		})
		if mine && i.Changed > 0 && i.GoodAt != nil {
			notes = append(notes, fmt.Sprintf("%s changed in a way that waits for a decision (incident %d). To export it as it was before: --at %s",
				strings.TrimSuffix(i.Account+": "+i.Collection, ": "), i.ID, i.GoodAt.Format(time.RFC3339Nano)))
		}
	}
	return notes, err
}

// then gives the snapshots of a moment; nil for now. Errors: Invalid where none
// of the chosen collections had been mirrored by then.
func (s *Service) then(ctx context.Context, account int64, chosen []pim.Known, at time.Time) (map[int64]pim.Snapshot, error) {
	if at.IsZero() {
		return nil, nil
	}
	var only int64
	if len(chosen) == 1 {
		only = chosen[0].ID
	}
	if err := s.wasThere(ctx, account, only, at); err != nil {
		return nil, err
	}
	return s.vault.Snapshots(ctx, at)
}

// bodies streams a collection's objects to the export.
func (s *Service) bodies(ctx context.Context, collection int64, at time.Time) func(yield func(formats.Body, error) bool) {
	return func(yield func(formats.Body, error) bool) {
		for st, err := range s.vault.BodiesAt(ctx, collection, at) {
			if !yield(formats.Body{Href: string(st.Href), Bytes: st.Body, Held: st.Held, Sum: st.Sum,
				Lost: st.Lost, ID: st.Resource, More: st.More}, err) || err != nil {
				return
			}
		}
	}
}

// naming says what a person calls an object that can't be read.
func (s *Service) naming(ctx context.Context) func(int64) string {
	return func(id int64) string { return s.vault.TitleOf(ctx, id) }
}

// StartReindex makes summaries and search anew from the stored bytes.
func (s *Service) StartReindex() *Job {
	return s.start("reindex", "", func(ctx context.Context, j *Job) (any, error) {
		done, err := s.takeTurn(ctx, "reindex", func(step string) { j.update(func(p *Progress) { p.Step = step }) })
		if err != nil {
			return nil, err
		}
		defer done()
		return nil, s.vault.Reindex(ctx, formats.Describe, func(n, total int64) {
			j.update(func(p *Progress) { p.Step, p.Done, p.Total = "Reading objects anew", n, total })
		})
	})
}
