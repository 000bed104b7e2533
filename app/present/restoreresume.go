package present

import (
	"context"
	"fmt"
	"slices"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// Unfinished is a restore that stopped half-way, in this or another run of the
// program.
type Unfinished struct {
	ID          int64
	Title, Text string
}

// statusChanged brings the choices up to date and looks for restores that were
// left half-way.
func (r *Restore) statusChanged() {
	if r.Stage == StageAsk {
		if len(r.Whats) > 0 {
			r.choices()
			r.whatChanged()
		}
		r.Changed()
	}
	if r.job != nil {
		return
	}
	async(r.app, r.app.cfg.Service.Restores, func(all []service.RestoreInfo, err error) {
		if err != nil || r.job != nil {
			return
		}
		r.Unfinished = nil
		for _, i := range all {
			if (i.State == "stopped" || i.State == "running") && i.Superseded == 0 && !r.dropped[i.ID] && !r.shows(i.ID) {
				r.Unfinished = append(r.Unfinished, unfinished(r.app, i))
			}
		}
		r.Changed()
	})
}

// shows reports whether a restore's receipt is on the screen.
func (r *Restore) shows(id int64) bool {
	return r.Done != nil && slices.ContainsFunc(r.receipts, func(rec service.Receipt) bool { return rec.ID == id })
}

func unfinished(a *App, i service.RestoreInfo) Unfinished {
	back, all := 0, 0
	for _, r := range []pim.RestoreResult{pim.DoneCreated, pim.DoneUpdated, pim.DoneAltered, pim.DoneIdentical} { // as a receipt counts
		back += i.Results[string(r)]
	}
	for _, n := range i.Counts {
		all += n
	}
	text := fmt.Sprintf(unfinishedText, Number(int64(back)), Number(int64(all)))
	if n := i.Results[string(pim.Unchecked)]; n > 0 { // noted before they are sent: how many got there is seen on the server
		text = fmt.Sprintf(unfinishedSent, Number(int64(back)), Number(int64(all)), Number(int64(n)))
	}
	return Unfinished{ID: i.ID, Title: fmt.Sprintf(unfinishedIs, a.short(i.To)), Text: text}
}

// Resume goes on with an unfinished restore.
func (r *Restore) Resume(id int64) {
	if r.job != nil {
		return
	}
	r.reset()
	r.Stage = StageRun
	r.Busy = &ProgressLine{Text: runWorking, Fraction: -1}
	r.Changed()
	gen := r.gen
	async(r.app, func(ctx context.Context) (service.RestorePlan, error) {
		return r.app.cfg.Service.RestorePlan(ctx, id)
	}, func(p service.RestorePlan, err error) {
		switch {
		case gen != r.gen:
		case err != nil:
			r.failed(err)
		default:
			r.Unfinished = slices.DeleteFunc(r.Unfinished, func(u Unfinished) bool { return u.ID == id })
			r.plans = []service.RestorePlan{p}
			r.runNext(0)
		}
	})
}

// Drop does not offer an unfinished restore again until the next start.
func (r *Restore) Drop(id int64) {
	r.dropped[id] = true
	r.Unfinished = slices.DeleteFunc(r.Unfinished, func(u Unfinished) bool { return u.ID == id })
	r.Changed()
}
