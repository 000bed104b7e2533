package present

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// PlanIt looks what would happen, and changes nothing but the vault's notes.
func (r *Restore) PlanIt() {
	if r.job != nil {
		return
	}
	r.Problem, r.SignIn = nil, ""
	asks := r.demand()
	if len(asks) == 0 {
		r.Stage = StageAsk
		r.Changed()
		return
	}
	r.planAll(asks)
}

// planAll plans every ask in turn.
func (r *Restore) planAll(asks []pim.RestoreAsk) {
	r.gen++
	r.asks, r.plans, r.receipts, r.Plan, r.Done, r.Problem, r.SignIn = asks, nil, nil, nil, nil, nil, ""
	r.Stage = StagePlan
	r.planNext(0)
}

func (r *Restore) planNext(n int) {
	r.Busy = &ProgressLine{Text: planWorking, Fraction: -1}
	j := r.app.cfg.Service.StartRestorePlan(r.asks[n])
	r.follow(j, func() { r.planned(j, n) })
}

// follow has ended called when the job has ended, unless something else was
// begun meanwhile.
func (r *Restore) follow(j Job, ended func()) {
	r.job = j
	gen := r.gen
	r.app.watch(j, func() {
		if gen == r.gen && r.job == j {
			ended()
		}
	})
	r.Changed()
}

func (r *Restore) planned(j Job, n int) {
	r.job, r.Busy = nil, nil
	p, ok := j.Result().(service.RestorePlan)
	err := j.Snapshot().Err
	var e *pim.Error
	switch {
	case err != nil && errors.As(err, &e) && e.Reason == "nothing" && len(r.asks) > 1:
		r.asks = slices.Delete(r.asks, n, n+1) // an account that had nothing then
		n--
	case err != nil || !ok:
		r.failed(err)
		return
	default:
		r.plans = append(r.plans, p)
	}
	if n+1 < len(r.asks) {
		r.planNext(n + 1)
		return
	}
	r.view()
}

// failed goes back to the question with what went wrong.
func (r *Restore) failed(err error) {
	r.Stage, r.Busy = StageAsk, nil
	to := ""
	if n := len(r.plans); n < len(r.asks) {
		to = r.asks[n].To
	}
	r.tell(err, to)
	r.Changed()
}

// tell says what went wrong with an account. That it was stopped is known.
func (r *Restore) tell(err error, account string) {
	r.Problem, r.SignIn = nil, ""
	if pim.FaultOf(err) == pim.Stopped {
		return
	}
	r.Problem = notice(err, r.app.Now())
	for _, s := range r.app.Status.Accounts {
		if s.Name == account && pim.FaultOf(err) == pim.Denied {
			r.SignIn = account
		}
	}
}

// SignedIn is called when the login that was refused works again.
func (r *Restore) SignedIn() {
	r.Problem, r.SignIn = nil, ""
	r.Changed()
}

// view words the plans off the window's thread: there may be very many steps.
func (r *Restore) view() {
	gen, plans, asks := r.gen, r.plans, r.asks
	async(r.app, func(context.Context) (*PlanView, error) { return planView(plans, asks), nil }, func(v *PlanView, _ error) {
		if gen == r.gen {
			r.Plan, r.Stage = v, StagePreview
			r.Changed()
		}
	})
}

// Back leaves the preview or the receipt for the question.
func (r *Restore) Back() {
	if r.job == nil && r.Stage != StageAsk {
		r.gen++
		r.Stage, r.Plan, r.Done, r.Problem, r.SignIn = StageAsk, nil, nil, nil, ""
		r.choices()
		r.whatChanged()
		r.Changed()
	}
}

// SetOption changes one of the options of the plan that is shown, and plans
// anew.
func (r *Restore) SetOption(option *bool, on bool) {
	if r.job != nil || *option == on || len(r.asks) == 0 {
		return
	}
	*option = on
	r.replan()
}

// replan asks for the same with the options as they are.
func (r *Restore) replan() {
	asks := slices.Clone(r.asks)
	for i := range asks {
		if asks[i].Folder == "" {
			asks[i].Overwrite, asks[i].NewUIDs, asks[i].Make = r.Overwrite, r.NewUIDs, r.Make
		}
		asks[i].AsIs = r.AsIs
	}
	r.planAll(asks)
}

// Go does what the plan says.
func (r *Restore) Go() {
	if r.job != nil || r.Plan == nil || r.Plan.Do == "" {
		return
	}
	r.receipts = nil
	r.runNext(0)
}

func (r *Restore) runNext(n int) {
	r.Stage = StageRun
	r.Busy = &ProgressLine{Text: runWorking, Fraction: -1}
	r.pace = pacing{}
	j := r.app.cfg.Service.StartRestore(r.plans[n].ID)
	r.follow(j, func() { r.ran(j, n) })
}

func (r *Restore) ran(j Job, n int) {
	r.job, r.Busy = nil, nil
	err := j.Snapshot().Err
	rec, ok := j.Result().(service.Receipt)
	if !ok || rec.ID == 0 && err != nil {
		r.Stage = StagePreview
		r.tell(err, r.plans[n].To)
		r.app.Reload()
		r.Changed()
		return
	}
	r.receipts = append(r.receipts, rec)
	if err == nil && rec.State == "done" && n+1 < len(r.plans) {
		r.runNext(n + 1)
		return
	}
	r.tell(err, r.plans[n].To)
	r.finish()
}

// finish words the receipts.
func (r *Restore) finish() {
	gen, receipts, plans, broke := r.gen, r.receipts, r.plans, r.Problem != nil
	async(r.app, func(context.Context) (*ReceiptView, error) { return receiptView(receipts, plans, broke), nil }, func(v *ReceiptView, _ error) {
		if gen == r.gen {
			r.Done, r.Stage = v, StageDone
			r.Changed()
		}
	})
	r.app.Reload()
}

// Cancel stops planning, or putting back: what is there stays there.
func (r *Restore) Cancel() {
	if r.job != nil {
		r.job.Cancel()
		r.Busy = &ProgressLine{Text: stepStopping, Fraction: -1, Stopping: true}
		r.Changed()
	}
}

// GoOn carries on with what was stopped.
func (r *Restore) GoOn() {
	if r.job != nil || len(r.receipts) == 0 {
		return
	}
	r.Problem, r.SignIn = nil, ""
	n := len(r.receipts) - 1
	r.receipts = r.receipts[:n]
	r.runNext(n)
}

// Offer is something that can be tried for what was not put back.
type Offer struct {
	Label string
	Do    func()
}

// Offers are what can be done after a restore.
func (r *Restore) Offers() []Offer {
	if r.Done == nil || r.job != nil {
		return nil
	}
	var out []Offer
	add := func(wanted bool, label string, do func()) {
		if wanted {
			out = append(out, Offer{label, do})
		}
	}
	again := func(option *bool) func() {
		return func() {
			*option = true
			r.replan()
		}
	}
	add(r.Done.pending, ActGoOn, r.GoOn)
	if r.Done.pending || len(r.asks) == 0 { // asks: taken up again after the program had ended
		return out
	}
	add(r.Done.conflict && !r.Overwrite, ActOverwrite, again(&r.Overwrite))
	add(r.Done.taken && !r.NewUIDs, ActNewUIDs, again(&r.NewUIDs))
	add(r.Done.unmade && !r.Make, ActMake, again(&r.Make))
	add(r.Done.failed, ActTryFailed, r.replan)
	return out
}

// ShowReceipt opens the receipt, or what was written.
func (r *Restore) ShowReceipt() {
	if r.Done != nil && r.Done.File != "" {
		r.app.Show(r.Done.File)
	}
}

// FileWords says what ShowReceipt opens.
func (r *Restore) FileWords() string {
	if len(r.receipts) > 0 && r.receipts[0].Export != nil {
		return ActRestoreFull
	}
	return ActReceipt
}

// tick words the progress.
func (r *Restore) tick() {
	if r.job == nil || r.Busy != nil && r.Busy.Stopping {
		return
	}
	s := r.job.Snapshot()
	p := progressLine(s)
	n, of := len(r.receipts), len(r.plans)
	if r.Stage == StagePlan {
		n, of = len(r.plans), len(r.asks)
	} else if words := r.pace.words(s, r.app.Now()); words != "" {
		p.Text += " · " + words
	}
	if of > 1 {
		p.Text = fmt.Sprintf(planWorkingOf, p.Text, Number(int64(n+1)), Number(int64(of)))
	}
	r.Busy = p
	r.Changed()
}
