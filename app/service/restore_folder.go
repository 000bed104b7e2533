package service

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"strings"

	"sidekeep/formats"
	"sidekeep/sync/pim"
)

// planFolder makes the plan of a restore to a folder: everything is created. Errors:
// Invalid where an export would be refused for what stands there.
func (s *Service) planFolder(ctx context.Context, j *Job, ask pim.RestoreAsk) (int64, error) {
	path, err := filepath.Abs(ask.Folder)
	if err != nil {
		return 0, storage("plan a restore", ask.Folder, err)
	}
	ask.Folder = path
	if err := s.spareVault(ExportRequest{To: path}); err != nil {
		return 0, err
	}
	if err := formats.CheckExport(formats.ExportRequest{To: path, As: "folder"}); err != nil {
		return 0, intoFolder(err, "Choose another folder, or one that is empty.")
	}
	j.update(func(p *Progress) { p.Step = "Looking into the past" })
	w, err := s.gather(ctx, ask)
	if err != nil {
		return 0, err
	}
	r := pim.Restore{Created: s.now(), Ask: ask, State: restorePlanned}
	for i, x := range w.list {
		r.Steps = append(r.Steps, pim.RestoreStep{N: i + 1, Action: pim.Create, Resource: x.Resource, Revision: x.Revision, Body: x.Body,
			Title: x.Title, UID: x.UID, Kind: x.Collection.Kind, Collection: x.Collection.URL, Href: x.Href, State: "todo",
			Why: "it is written to the folder"})
	}
	return s.vault.SaveRestore(ctx, r)
}

// intoFolder words the refusal of a folder for a restore: an export could be forced.
func intoFolder(err error, hint string) error {
	var e *pim.Error
	if !errors.As(err, &e) || e.Reason != "exists" {
		return err
	}
	worded := *e
	worded.Op, worded.Hint = "restore to", hint
	return &worded
}

// restoreFolder writes the steps' objects as the export of that moment. Where the
// folder is refused, which leaves nothing in it, it is the plan that it was.
func (s *Service) restoreFolder(ctx context.Context, j *Job, r pim.Restore) (*ExportReport, error) {
	started := s.now()
	if err := s.vault.SetRestoreState(ctx, r.ID, restoreRunning, r.Notes, started); err != nil {
		return nil, err
	}
	var steps []pim.RestoreStep // what was forgotten since the plan is done already
	for i := range r.Steps {
		if r.Steps[i].Action == pim.Create {
			r.Steps[i].State, r.Steps[i].Result = "done", pim.DoneCreated
			steps = append(steps, r.Steps[i])
		}
	}
	sources, err := s.stepSources(ctx, steps)
	if err != nil {
		return nil, err
	}
	rep, err := s.writeExport(ctx, j, ExportRequest{To: r.Ask.Folder, As: "folder", At: r.Ask.At}, sources, nil, len(steps), started)
	if err != nil {
		state := restoreStopped
		if pim.FaultOf(err) == pim.Invalid {
			state = restorePlanned
		}
		err = intoFolder(err, "Choose another folder, or one that is empty, and make a new plan for it.")
		return nil, errors.Join(err, s.vault.SetRestoreState(context.WithoutCancel(ctx), r.ID, state, r.Notes, s.now()))
	}
	if err := rep.Err(); err != nil {
		return &rep, err // the journal stands in the vault, which is not written to any more
	}
	if err := s.vault.RecordSteps(ctx, r.ID, steps); err != nil {
		return nil, err
	}
	return &rep, s.vault.SetRestoreState(ctx, r.ID, restoreDone, append(r.Notes, rep.Notes...), s.now())
}

// stepSources puts steps together by the collection they are from.
func (s *Service) stepSources(ctx context.Context, steps []pim.RestoreStep) ([]formats.Source, error) {
	accounts, err := s.vault.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	names := map[int64]string{}
	for _, a := range accounts {
		names[a.ID] = a.Name
	}
	all, _, err := s.collections(ctx, 0, "")
	if err != nil {
		return nil, err
	}
	var out []formats.Source
	add := func(src formats.Source, mine func(pim.RestoreStep) bool) {
		var of []pim.RestoreStep
		rest := steps[:0:0]
		for _, st := range steps {
			if mine(st) {
				of = append(of, st)
			} else {
				rest = append(rest, st)
			}
		}
		if steps = rest; len(of) > 0 {
			src.Objects, src.Title = s.stepBodies(ctx, of), s.naming(ctx)
			out = append(out, src)
		}
	}
	for _, k := range all {
		add(formats.Source{Account: names[k.AccountID], Collection: k.Title(), Kind: k.Kind, URL: k.URL, Color: k.Color, Description: k.Description},
			func(st pim.RestoreStep) bool { return st.Kind == k.Kind && st.Collection == k.URL })
	}
	for len(steps) > 0 { // of a collection that has another address since the plan was made
		kind, url := steps[0].Kind, steps[0].Collection
		add(formats.Source{Collection: path.Base(strings.TrimSuffix(url, "/")), Kind: kind, URL: url},
			func(st pim.RestoreStep) bool { return st.Kind == kind && st.Collection == url })
	}
	return out, nil
}

// stepBodies gives the bytes of steps, one after the other.
func (s *Service) stepBodies(ctx context.Context, steps []pim.RestoreStep) func(yield func(formats.Body, error) bool) {
	return func(yield func(formats.Body, error) bool) {
		for _, st := range steps {
			body, err := s.vault.StepBody(ctx, st)
			b := formats.Body{Href: string(st.Href), Bytes: body, ID: st.Resource}
			if IsCorrupt(err) {
				b.Lost, err = cause(err), nil
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}
