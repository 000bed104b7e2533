package service

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sidekeep/formats"
	"sidekeep/sync/dav"
	"sidekeep/sync/pim"
	syncplan "sidekeep/sync/plan"
	"sidekeep/sync/restore"
)

// States of a restore.
const (
	restorePlanned = "planned"
	restoreRunning = "running"
	restoreStopped = "stopped"
	restoreDone    = "done"
)

// writerRestore is what a restore says that it has the writer's lock for.
const writerRestore = "restore"

// StartRestorePlan says what a restore would do and changes nothing at the
// target, which is mirrored first. The job's result is a RestorePlan. Errors:
// Invalid for what can't be meant, is not there or is no longer needed, and
// those of mirroring the target.
func (s *Service) StartRestorePlan(ask pim.RestoreAsk) *Job {
	return s.start("plan", ask.To, func(ctx context.Context, j *Job) (any, error) {
		done, err := s.takeTurn(ctx, "plan a restore", func(step string) { j.update(func(p *Progress) { p.Step = step }) })
		if err != nil {
			return nil, err
		}
		defer done()
		id, err := s.plan(ctx, j, ask, nil)
		if err != nil {
			return nil, err
		}
		return s.RestorePlan(ctx, id)
	})
}

// plan makes and keeps a plan, and gives its ID. still is asked, after the
// target was mirrored, whether what was asked for is still meant; nil: it is.
// Whose turn it is to write must be settled.
func (s *Service) plan(ctx context.Context, j *Job, ask pim.RestoreAsk, still func() error) (int64, error) {
	if err := CheckRestore(ask); err != nil {
		return 0, err
	}
	if ask.Incident != 0 {
		if _, err := s.openIncident(ctx, ask.Incident); err != nil {
			return 0, err
		}
	}
	if ask.Folder != "" {
		return s.planFolder(ctx, j, ask)
	}
	target, err := s.target(ctx, ask.To)
	if err != nil {
		return 0, err
	}
	named := ask.Account != ""
	if err := s.chooseSource(ctx, &ask, target); err != nil {
		return 0, err
	}
	if o := s.mirrorAccount(ctx, j, target); o.err != nil {
		return 0, o.err
	}
	if err := s.notAnothers(ctx, target.ID); err != nil {
		return 0, err
	}
	if still != nil {
		if err := still(); err != nil {
			return 0, err
		}
	}
	j.update(func(p *Progress) {
		p.Account, p.Collection, p.Step, p.Done, p.Total = target.Name, "", "Comparing", 0, 0
	})
	w, err := s.gather(ctx, ask)
	if err != nil {
		return 0, err
	}
	facts := syncplan.RestoreFacts{Ask: ask, Target: target.ID, Wanted: w.list, Equal: s.equal(ctx, ask.AsIs), Told: s.told(ctx, w.own)}
	if facts.There, err = s.places(ctx, target); err != nil {
		return 0, err
	}
	if facts.Earlier, err = s.vault.EarlierRestores(ctx, target.ID); err != nil {
		return 0, err
	}
	if facts.Made, err = s.vault.MadeCollections(ctx, target.ID); err != nil {
		return 0, err
	}
	if facts.Terms, err = s.terms(ctx, target); err != nil {
		return 0, err
	}
	p := syncplan.PlanRestore(facts)
	if !named && ask.Account != "" {
		p.Notes = append([]string{"What is put back is what the account " + ask.Account + " had."}, p.Notes...)
	}
	return s.vault.SaveRestore(ctx, pim.Restore{Created: s.now(), Ask: ask, Target: target.ID, State: restorePlanned,
		Notes: p.Notes, Makes: p.Makes, Steps: p.Steps})
}

// target finds the account that is written to. Errors: Invalid, with a hint for
// who meant a folder.
func (s *Service) target(ctx context.Context, name string) (pim.Account, error) {
	a, err := s.liveAccount(ctx, name)
	var e *pim.Error
	if errors.As(err, &e) && e.Fault == pim.Invalid && e.Reason != "kept" && e.Hint != "" {
		plain := *e
		plain.Hint = strings.TrimSuffix(e.Hint, ".") + "; for a folder write ./" + name
		err = &plain
	}
	return a, err
}

// chooseSource settles whose past is meant where only a moment was given: the
// target's own if it has one, or that of the only account there was.
func (s *Service) chooseSource(ctx context.Context, ask *pim.RestoreAsk, target pim.Account) error {
	if ask.Account != "" || ask.At.IsZero() || len(ask.IDs) > 0 {
		return nil
	}
	then, err := s.vault.Snapshots(ctx, ask.At)
	if err != nil {
		return err
	}
	all, _, err := s.collections(ctx, 0, "")
	if err != nil {
		return err
	}
	had := map[int64]bool{}
	for _, k := range all {
		if then[k.ID].Objects > 0 {
			had[k.AccountID] = true
		}
	}
	accounts, err := s.vault.Accounts(ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, a := range accounts {
		if had[a.ID] {
			names = append(names, a.Name)
		}
	}
	switch {
	case had[target.ID]:
		ask.Account = target.Name
	case len(names) == 1:
		ask.Account = names[0]
	case len(names) > 1:
		return &pim.Error{Fault: pim.Invalid, Op: "plan a restore", Reason: "source",
			Err:  errors.New("several accounts were mirrored then, and it is not said which is to be put back"),
			Hint: "choose one with --account: " + strings.Join(names, ", ")}
	}
	return nil
}

// equal compares a wanted object with one that is there by their meaning: as it
// was, or kept quiet as a restore before this one may have sent it.
func (s *Service) equal(ctx context.Context, asIs bool) func(syncplan.RestoreWanted, pim.Present) bool {
	return func(w syncplan.RestoreWanted, p pim.Present) bool {
		body := w.Body
		if w.Revision != 0 {
			st, err := s.vault.RevisionBody(ctx, w.Revision)
			if err != nil {
				return false
			}
			body = st.Body
		}
		there, err := s.vault.RevisionBody(ctx, p.Revision)
		if err != nil {
			return false
		}
		same, err := guard("compare", func() (string, error) {
			if p.UID != w.UID && p.UID != "" {
				body = formats.WithUID(w.Collection.Kind, body, p.UID)
			}
			same, _ := formats.Compare(w.Collection.Kind, body, there.Body)
			if same == formats.Different && w.Collection.Kind == pim.Calendar && !asIs {
				quiet, lines := formats.Quiet(body)
				if len(lines) > 0 {
					same, _ = formats.Compare(w.Collection.Kind, quiet, there.Body)
				}
			}
			return same, nil
		})
		return err == nil && same != formats.Different
	}
}

// told gives the people that a server may tell of a change to what stands there.
// What can't be read is taken to have nobody: If-Match keeps it from being changed
// unseen, and a damaged vault makes no plan.
func (s *Service) told(ctx context.Context, own []string) func(pim.Present) []string {
	return func(p pim.Present) []string {
		there, err := s.vault.RevisionBody(ctx, p.Revision)
		if err != nil {
			return nil
		}
		who, err := guard("look who is invited", func() ([]string, error) { return formats.Mailable(there.Body, own), nil })
		if err != nil {
			return nil
		}
		return who
	}
}

// places are the target's collections with what is in them.
func (s *Service) places(ctx context.Context, target pim.Account) ([]syncplan.RestorePlace, error) {
	known, err := s.vault.Collections(ctx, target.ID)
	if err != nil {
		return nil, err
	}
	out := make([]syncplan.RestorePlace, 0, len(known))
	for _, k := range known {
		objects, err := s.vault.Present(ctx, k.ID)
		if err != nil {
			return nil, err
		}
		for i := range objects {
			objects[i].SeenAt = s.local(objects[i].SeenAt) // a plan words it
		}
		out = append(out, syncplan.RestorePlace{Collection: k.Collection, Vanished: k.Vanished, Objects: objects})
	}
	return out, nil
}

// writer signs in to write. Close it.
func (s *Service) writer(ctx context.Context, a pim.Account) (*dav.Writer, error) {
	password, err := s.password(ctx, a)
	if err != nil {
		return nil, err
	}
	d, err := s.vault.Discovery(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	return dav.NewWriter(s.davOptions(a, password, d.Hosts)), nil
}

// terms asks the target's server what may be written.
func (s *Service) terms(ctx context.Context, target pim.Account) ([]pim.Terms, error) {
	w, err := s.writer(ctx, target)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	homes, err := s.vault.HomeSets(ctx, target.ID)
	if err != nil {
		return nil, err
	}
	var out []pim.Terms
	for _, h := range homes {
		t, err := w.Preflight(ctx, h)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// StartRestore carries a plan out, or goes on where it was interrupted. The
// job's result is a Receipt, also when it was stopped half-way. Errors: Invalid
// for an unknown plan, one that was carried out already (Reason "done"), one whose
// place another took ("superseded"), one that is no longer true of the server
// ([restore.ReasonOutOfDate]: nothing was written), or one whose target was removed;
// those of the server and of the disk.
func (s *Service) StartRestore(id int64) *Job {
	return s.start("restore", "", func(ctx context.Context, j *Job) (any, error) {
		done, err := s.takeTurn(ctx, writerRestore, func(step string) { j.update(func(p *Progress) { p.Step = step }) })
		if err != nil {
			return Receipt{}, err
		}
		defer done()
		return s.restore(ctx, j, id)
	})
}

// restore carries a plan out and gives its receipt. Whose turn it is to write
// must be settled.
func (s *Service) restore(ctx context.Context, j *Job, id int64) (Receipt, error) {
	r, err := s.vault.Restore(ctx, id)
	if err != nil {
		return Receipt{}, err
	}
	if r.State == restoreDone {
		return Receipt{}, &pim.Error{Fault: pim.Invalid, Op: "restore", Where: fmt.Sprint(id), Reason: "done",
			Err:  errors.New("this plan was carried out already"),
			Hint: fmt.Sprintf("`sidekeep restore show %d` shows its receipt; for another restore make a new plan", id)}
	}
	if len(r.Steps) == 0 {
		return Receipt{}, &pim.Error{Fault: pim.Invalid, Op: "restore", Where: fmt.Sprint(id), Reason: "nothing",
			Err: errors.New("what this plan was to put back was deleted from the vault since"), Hint: "make a new plan; `sidekeep list all --at TIME` shows what there was"}
	}
	if err := s.mayRun(ctx, r); err != nil {
		return Receipt{}, err
	}
	var export *ExportReport
	if r.Ask.Folder != "" {
		export, err = s.restoreFolder(ctx, j, r)
	} else {
		err = s.restoreAccount(ctx, j, r)
	}
	if export == nil && err != nil && r.Ask.Folder != "" {
		return Receipt{}, err
	}
	rec, e := s.Receipt(context.WithoutCancel(ctx), id)
	if e != nil {
		return rec, errors.Join(err, e)
	}
	if rec.Started.IsZero() { // it was refused, and is the plan that it was
		return Receipt{}, err
	}
	rec.Export = export
	if err != nil {
		rec.Error = s.explain(err)
	}
	if e := s.fileReceipt(&rec); err == nil {
		err = e
	}
	return rec, err
}

// restoreAccount writes to the target's server, and mirrors it afterwards.
func (s *Service) restoreAccount(ctx context.Context, j *Job, r pim.Restore) error {
	target, err := s.accountByID(ctx, r.Target)
	if err != nil {
		return err
	}
	w, err := s.writer(ctx, target)
	if err != nil {
		return err
	}
	defer w.Close()
	j.update(func(p *Progress) { p.Account = target.Name })
	run := restore.Restorer{Writer: w, Journal: s.vault, Quiet: formats.Quiet, Compare: formats.Compare, WithUID: formats.WithUID, Now: s.cfg.Now,
		Describe: formats.Describe, Respell: formats.Respell,
		Explain: func(err error) string { return s.explain(err).Message },
		Progress: func(st restore.Step) {
			j.update(func(p *Progress) { p.Step, p.Done, p.Total, p.Bytes = st.Text, st.Sent, st.Total, st.Bytes })
		}}
	if r, err = run.Run(ctx, r.ID); err != nil {
		return err
	}
	// What is on the server now is to be in the vault too. Where that fails the
	// restore has succeeded all the same, and the next mirroring tells.
	if o := s.mirrorAccount(ctx, j, target); o.err != nil && pim.FaultOf(o.err) == pim.Storage {
		return o.err
	}
	if err := s.settle(ctx, target, r.Steps); err != nil {
		return err
	}
	if r.Ask.Incident == 0 || missing(r.Steps) > 0 {
		return nil
	}
	in, err := s.vault.Incident(ctx, r.Ask.Incident)
	if err != nil || in.AccountID != target.ID {
		return err // put back elsewhere: the server that lost it still lacks it
	}
	if in.Closed == pim.Undecided || in.Closed == pim.Recovered {
		_, err = s.vault.Decide(ctx, in.ID, pim.PutBack, s.now())
	}
	return err
}

// missing counts the steps after which an object is not as it was to be.
func missing(steps []pim.RestoreStep) int {
	return len(slices.DeleteFunc(slices.Clone(steps), func(s pim.RestoreStep) bool { return !isMissing(s.Result) }))
}

func isMissing(r pim.RestoreResult) bool {
	return r == pim.Pending || r == pim.NotDone || r == pim.Unchecked || r == pim.DoneFailed || r == pim.DoneConflict || r == pim.DoneSkipped
}

// accountByID finds the target of a restore. Errors: Invalid where it was
// removed since.
func (s *Service) accountByID(ctx context.Context, id int64) (pim.Account, error) {
	accounts, err := s.vault.Accounts(ctx)
	if err != nil {
		return pim.Account{}, err
	}
	for _, a := range accounts {
		if a.ID == id && a.RemovedAt.IsZero() {
			return a, nil
		}
	}
	return pim.Account{}, &pim.Error{Fault: pim.Invalid, Op: "restore", Reason: "target",
		Err: errors.New("the account that this was to be put back to was removed"), Hint: "make a new plan for another account (--to)"}
}

// seconds between two moments, 0 where one is missing.
func seconds(from, to time.Time) float64 {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	return to.Sub(from).Seconds()
}
