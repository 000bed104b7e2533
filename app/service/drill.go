package service

import (
	"context"
	"fmt"
	"os"

	"sidekeep/formats"
	"sidekeep/sync/drill"
	"sidekeep/sync/pim"
)

// drill rehearses a restore of everything in the current view. The scratch folder
// is beside the vault, on its disk; where the vault is only read, it is where the
// system puts such folders.
func (s *Service) drill(ctx context.Context, j *Job, rep *VerifyReport) error {
	dir := s.dir
	if s.cfg.ReadOnly {
		var err error
		if dir, err = os.MkdirTemp("", "sidekeep-drill-*"); err != nil {
			return storage("rehearse a restore", os.TempDir(), err)
		}
		defer os.RemoveAll(dir)
	}
	names, err := s.accountNames(ctx)
	if err != nil {
		return err
	}
	known, err := s.vault.Collections(ctx, 0)
	if err != nil {
		return err
	}
	var all []drill.Collection
	var total int64
	for _, k := range known {
		if k.Live == 0 {
			continue
		}
		total += int64(k.Live)
		all = append(all, drill.Collection{Title: names[k.AccountID] + ": " + k.Title(), Name: k.Name, Kind: k.Kind, Color: k.Color,
			Components: k.Components, Objects: s.vault.Bodies(ctx, k.ID)})
	}
	d := drill.Drill{Dir: dir, Describe: formats.Describe, Now: s.cfg.Now, Progress: func(step string, done int64) {
		j.update(func(p *Progress) { p.Account, p.Collection, p.Step, p.Done, p.Total = "", "", step, done, total })
	}}
	got, err := d.Run(ctx, all)
	if err != nil {
		return err
	}
	rep.Problems = append(rep.Problems, got.Problems...)
	if len(got.Problems) == 0 && got.Objects != total {
		rep.Problems = append(rep.Problems, pim.Problem{Kind: proofDrill, Where: s.vault.Path(),
			What: fmt.Sprintf("%d objects were loaded, and there should be %d", got.Objects, total)})
	}
	if s.cfg.ReadOnly {
		return nil
	}
	return s.vault.SaveProof(ctx, pim.Proof{Kind: proofDrill, At: s.now(), OK: len(got.Problems) == 0, Problems: got.Problems,
		Checked: map[string]int64{"objects": got.Objects, "bytes": got.Bytes}})
}

func (s *Service) accountNames(ctx context.Context) (map[int64]string, error) {
	accounts, err := s.vault.Accounts(ctx)
	names := map[int64]string{}
	for _, a := range accounts {
		names[a.ID] = a.Name
	}
	return names, err
}
