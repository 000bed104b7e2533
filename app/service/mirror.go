package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"sidekeep/formats"
	"sidekeep/sync/dav"
	"sidekeep/sync/mirror"
	"sidekeep/sync/pim"
)

// StartMirror mirrors the named accounts, or all that are in use, one after
// the other. The job's result is a MirrorReport, also when accounts failed:
// their errors are in it. The job itself fails where nothing can be done for
// any account (an unknown name: Invalid; the vault: Storage) or when it was
// stopped.
func (s *Service) StartMirror(names ...string) *Job {
	return s.start("mirror", strings.Join(names, ", "), func(ctx context.Context, j *Job) (any, error) {
		_, rep, err := s.mirrorAndReport(ctx, j, names)
		return rep, err
	})
}

// mirrorAndReport mirrors, and puts the accounts' parts together, with the incidents
// that are open and those that are over since.
func (s *Service) mirrorAndReport(ctx context.Context, j *Job, names []string) ([]outcome, MirrorReport, error) {
	before, _ := s.Incidents(ctx, true) // what can't be read is said by the mirroring
	out, err := s.mirror(ctx, j, names)
	rep := MirrorReport{Accounts: []AccountReport{}, Incidents: []Incident{}}
	var of []string
	for _, o := range out {
		rep.Accounts = append(rep.Accounts, o.report)
		of = append(of, o.account.Name)
	}
	ctx = context.WithoutCancel(ctx)
	open, e := s.openOf(ctx, of)
	if err == nil {
		err = e
	}
	rep.Incidents = append(rep.Incidents, open...)
	rep.Recovered = s.recovered(ctx, before, of)
	return out, rep, err
}

// outcome is one account's mirroring, with the error itself for the scheduler.
type outcome struct {
	account pim.Account
	report  AccountReport
	err     error
}

func (s *Service) mirror(ctx context.Context, j *Job, names []string) ([]outcome, error) {
	accounts, err := s.chosen(ctx, names)
	if err != nil || len(accounts) == 0 {
		return nil, err
	}
	done, err := s.takeTurn(ctx, "mirror", func(step string) { j.update(func(p *Progress) { p.Step = step }) })
	if err != nil {
		return nil, err
	}
	defer done()
	s.noticeOld(ctx)
	var out []outcome
	for _, a := range accounts {
		o := s.mirrorAccount(ctx, j, a)
		out = append(out, o)
		if f := pim.FaultOf(o.err); o.err != nil && (f == pim.Stopped || f == pim.Storage) {
			err = o.err
			break
		}
	}
	s.witness(context.WithoutCancel(ctx))
	if lost := s.stillThere(); lost != nil && len(out) > 0 {
		err = lost
		for i := range out {
			out[i].report.Outcome, out[i].report.Error = pim.Failed, s.explain(lost)
		}
	}
	return out, err
}

// stillThere says whether what was written can be found again: a file that was
// removed or replaced while it was open takes writes without a word.
func (s *Service) stillThere() error {
	now, err := os.Stat(s.vault.Path())
	if err == nil && os.SameFile(now, s.file) {
		return nil
	}
	return &pim.Error{Fault: pim.Storage, Op: "find the vault", Where: s.vault.Path(), Reason: "lost",
		Err:  fmt.Errorf("the vault %s was removed or replaced while Sidekeep was writing to it", s.vault.Path()),
		Hint: "see who removed it, then run `sidekeep mirror` again: what was fetched just now is not kept"}
}

// chosen finds the accounts: all in use, or those named, in that order.
func (s *Service) chosen(ctx context.Context, names []string) ([]pim.Account, error) {
	var out []pim.Account
	if len(names) == 0 {
		all, err := s.vault.Accounts(ctx)
		for _, a := range all {
			if a.RemovedAt.IsZero() {
				out = append(out, a)
			}
		}
		return out, err
	}
	for _, n := range names {
		a, err := s.liveAccount(ctx, n)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(out, func(b pim.Account) bool { return b.ID == a.ID }) {
			out = append(out, a)
		}
	}
	return out, nil
}

// takeTurn waits until nobody else writes: first within this process, then
// among processes. say is told whom it waits for.
func (s *Service) takeTurn(ctx context.Context, who string, say func(string)) (func(), error) {
	select {
	case <-s.turn:
	default:
		say("Waiting for the work before this")
		select {
		case <-s.turn:
		case <-ctx.Done():
			return nil, &pim.Error{Fault: pim.Stopped, Op: who, Err: ctx.Err()}
		}
	}
	back := func() { s.turn <- struct{}{} }
	unlock, err := s.vault.LockWriter(ctx, who, false)
	if pim.FaultOf(err) == pim.Busy && err != nil {
		say("Waiting: " + cause(err))
		unlock, err = s.vault.LockWriter(ctx, who, true)
	}
	if err != nil {
		back()
		return nil, err
	}
	return func() { unlock(); back() }, nil
}

// cause is an error without the place it happened at.
func cause(err error) string {
	var e *pim.Error
	if errors.As(err, &e) && e.Err != nil {
		return e.Err.Error()
	}
	return err.Error()
}

// mirrorAccount mirrors one account and remembers how it went.
func (s *Service) mirrorAccount(ctx context.Context, j *Job, a pim.Account) outcome {
	s.setRunning(a.ID, true)
	defer s.setRunning(a.ID, false)
	j.update(func(p *Progress) {
		p.Account, p.Collection, p.Step, p.Done, p.Total = a.Name, "", "Looking for changes", 0, 0
	})
	if s.isDemo(a) {
		_ = s.reviveDemo(ctx, a) // where it can't come back, the mirror says that nobody answers
	}
	started := s.now()
	rep, traffic, err := s.runMirror(ctx, j, a)
	out := AccountReport{Name: a.Name, Outcome: rep.Outcome, Requests: traffic.Requests, BytesReceived: traffic.BytesReceived,
		Created: rep.Counts.Created, Modified: rep.Counts.Modified, Deleted: rep.Counts.Deleted,
		Held: rep.Counts.Held, Owed: rep.Counts.Owed,
		Seconds: s.now().Sub(started).Seconds(), Collections: []CollectionReport{}}
	for _, c := range rep.Collections {
		r := CollectionReport{Name: c.Title, Kind: c.Kind, Outcome: c.Outcome, Objects: c.Counts.Objects,
			Created: c.Counts.Created, Modified: c.Counts.Modified, Deleted: c.Counts.Deleted,
			Held: c.Counts.Held, Owed: c.Counts.Owed, Reason: c.Reason}
		if c.Err != nil {
			r.Reason = s.explain(c.Err).Message
		}
		out.Collections = append(out.Collections, r)
	}
	out.Warnings = s.warnings(rep.Warnings)
	if err != nil {
		out.Outcome = pim.Failed
		out.Error = s.explain(err)
	}
	if f := pim.FaultOf(err); err == nil || f != pim.Stopped {
		// A state that can't be kept is no reason to call the mirror failed.
		if e := s.rememberOrLater(context.WithoutCancel(ctx), a.ID, err, rep.Warnings); e != nil && err == nil {
			err, out.Error = e, s.explain(e)
		}
	}
	return outcome{account: a, report: out, err: err}
}

// runMirror signs in with what is remembered of the login. When a home-set is
// no longer where it was, the login is discovered anew, once.
func (s *Service) runMirror(ctx context.Context, j *Job, a pim.Account) (mirror.Report, pim.Traffic, error) {
	var traffic pim.Traffic
	password, err := s.password(ctx, a)
	if err != nil {
		return mirror.Report{}, traffic, err
	}
	d, err := s.vault.Discovery(ctx, a.ID)
	if err != nil {
		return mirror.Report{}, traffic, err
	}
	rep, err := s.runOnce(ctx, j, a, password, d, &traffic)
	if !homeIsGone(err, d) {
		return rep, traffic, err
	}
	found, again := dav.Discover(ctx, a.URL, s.davOptions(a, password, nil))
	if again != nil || sameHomes(found.HomeSets, d.HomeSets) {
		return rep, traffic, err
	}
	if err := s.vault.SaveDiscovery(ctx, a.ID, found); err != nil {
		return rep, traffic, err
	}
	rep, err = s.runOnce(ctx, j, a, password, found, &traffic)
	return rep, traffic, err
}

func (s *Service) runOnce(ctx context.Context, j *Job, a pim.Account, password string, d pim.Discovery, traffic *pim.Traffic) (mirror.Report, error) {
	client := dav.New(s.davOptions(a, password, d.Hosts))
	defer client.Close()
	m := mirror.Mirror{Remote: client, Vault: s.vault, Describe: formats.Describe, Now: s.cfg.Now,
		Explain: func(err error) string { return s.explain(err).Message },
		Progress: func(st mirror.Step) {
			j.update(func(p *Progress) {
				p.Collection, p.Step, p.Done, p.Total, p.Bytes = st.Collection, st.Text, st.Done, st.Total, st.Bytes
			})
		}}
	rep, err := m.Account(ctx, a)
	t := client.Traffic()
	traffic.Requests += t.Requests
	traffic.BytesReceived += t.BytesReceived
	return rep, err
}

// homeIsGone says whether err is that a remembered home-set is not there.
func homeIsGone(err error, d pim.Discovery) bool {
	if err == nil {
		return len(d.HomeSets) == 0
	}
	var e *pim.Error
	if !errors.As(err, &e) || e.Fault != pim.Gone && e.Status != 404 && e.Status != 410 {
		return false
	}
	return slices.ContainsFunc(d.HomeSets, func(h pim.HomeSet) bool {
		return strings.TrimSuffix(pim.Href(e.Where).Key(), "/") == strings.TrimSuffix(pim.Href(h.URL).Key(), "/")
	})
}

func sameHomes(a, b []pim.HomeSet) bool {
	set := map[pim.HomeSet]int{}
	for _, h := range a {
		set[pim.HomeSet{Kind: h.Kind, URL: h.URL}]++
	}
	for _, h := range b {
		set[pim.HomeSet{Kind: h.Kind, URL: h.URL}]--
	}
	for _, n := range set {
		if n != 0 {
			return false
		}
	}
	return true
}

func (s *Service) setRunning(account int64, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if on {
		s.running[account] = true
	} else {
		delete(s.running, account)
	}
}

// explain words an error as the faces of the program do.
func (s *Service) explain(err error) *ErrorInfo {
	info := ErrorInfo{Fault: pim.FaultOf(err).String(), Message: err.Error(), Hint: pim.HintOf(err), Detail: err.Error()}
	if s.cfg.Explain != nil {
		info = s.cfg.Explain(err)
	}
	var e *pim.Error
	info.LoginWorks = errors.As(err, &e) && e.Reason == pim.ReasonRefused
	return &info
}

// retryAfter is what a busy server asked for; 0 if it did not.
func retryAfter(err error) time.Duration {
	var e *pim.Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}
