package restore

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
)

// Restorer carries out restores of one account. It is used for one at a time.
type Restorer struct {
	Writer  Writer
	Journal Journal

	// Quiet gives an object with which a server sends no invitations, and the
	// names of the lines that were altered for it (formats.Quiet).
	Quiet func(body []byte) (quiet []byte, lines []string)
	// Compare says whether what a server gives back is what was sent: "bytes",
	// "meaning" or "different", and which lines differ (formats.Compare).
	Compare func(kind pim.Kind, sent, got []byte) (same string, lines []string)
	// WithUID gives an object with another UID in all its parts (formats.WithUID).
	WithUID func(kind pim.Kind, body []byte, uid string) []byte
	// Respell gives an object that means the same, written so that fewer servers
	// damage it, or as it is (formats.Respell). It is for what a server altered;
	// nil: that is left as it came out.
	Respell func(kind pim.Kind, body []byte) []byte
	// Describe reads what an object is about (formats.Describe). By its title and its
	// time what a server gave another name and UID is known again.
	Describe func(kind pim.Kind, body []byte) pim.Summary

	Now      func() time.Time                                 // nil: time.Now
	Sleep    func(ctx context.Context, d time.Duration) error // nil: a timer
	Progress func(Step)                                       // called from one goroutine at a time; nil: nobody is told
	// Explain words a failure for the journal; nil takes the error's own text.
	Explain func(error) string
	Clock   func() time.Time // measures how long writes take, and must not jump; nil: time.Now
	Conns   int              // writes at a time; 0: what turns out to be the fastest
	Window  int              // objects that share two commits of the journal; 0: 100
}

// Step is where a restore is, in words and numbers.
type Step struct {
	Text string // "Looking at the server", "Making collections", "Writing", "Reading back"
	Done int64  // objects that have their result
	// Sent counts the objects that have it and those that the server took and that
	// are not read back yet. It never falls, and is Total only once Done is.
	Sent  int64
	Total int64
	Bytes int64 // of object bodies written
}

// Bounds of how a restore goes about it.
const (
	// window is how many objects share two commits of the journal, and how many
	// are looked for on the server after an interruption at most twice over.
	window      = 100
	windowBytes = 8 << 20
	// strikeLimit is how many times in a row nothing at all may come through
	// before the server is taken for gone.
	strikeLimit = 4
	// tryLimit is how often one object is written when each try was cut short.
	tryLimit = 3
	// refusedLimit is how many objects in a row a collection may refuse for want of
	// a right before the rest are not tried.
	refusedLimit = 5
	// longWait bounds how long a server that asked to wait is waited for; the
	// restore is stopped beyond it, to be gone on with later.
	longWait = 10 * time.Minute
)

// place is a home-set with what was said about it, or why nothing was.
type place struct {
	pim.Terms
	err error
}

// session is one Run.
type session struct {
	r       *Restorer
	re      pim.Restore
	cols    map[string]pim.Collection // of the target, by kind and key of the URL
	homes   []place
	others  []pim.Made      // collections that restores made at this account
	refused map[string]int  // by collection: refusals in a row
	gone    map[string]bool // whether the last of them was because it is not there
	telling sync.Mutex      // guards step while several write
	step    Step
	pace    plan.Writes
	early   bool // it was refused before anything was asked of the server
	reads   bool // something could be read back: one object that can't is not the server
}

// Run carries out a planned restore, or goes on with one that was stopped, and
// gives it as the journal has it afterwards. A step that fails does not stop the
// others. The error is nil when every step has its result; otherwise it is why
// the restore stopped (Stopped, Denied, Offline, Busy, Storage ...) and its state is
// "stopped": another Run goes on from there. A restore that is done is given as
// it is. A plan that nothing came of yet and that is no longer true (Invalid,
// ReasonOutOfDate) stays a plan: nothing was written.
func (r *Restorer) Run(ctx context.Context, id int64) (pim.Restore, error) {
	re, err := r.Journal.Restore(ctx, id)
	if err != nil || re.State == "done" {
		return re, err
	}
	if re.Target == 0 {
		return re, &pim.Error{Fault: pim.Invalid, Op: "restore", Where: fmt.Sprint(id), Err: errors.New("it goes to a folder")}
	}
	s := &session{r: r, re: re, cols: map[string]pim.Collection{}, refused: map[string]int{}, gone: map[string]bool{}}
	if err := r.Journal.SetRestoreState(ctx, id, "running", re.Notes, r.now()); err != nil {
		return re, err
	}
	err = s.run(ctx)
	state := "done"
	switch {
	case err != nil && s.early:
		state = "planned"
	case err != nil:
		state = "stopped"
	}
	// Stopped or not, the journal says so.
	quiet := context.WithoutCancel(ctx)
	if e := r.Journal.SetRestoreState(quiet, id, state, s.re.Notes, r.now()); e != nil {
		return s.re, errors.Join(err, e)
	}
	now, e := r.Journal.Restore(quiet, id)
	if e != nil {
		return s.re, errors.Join(err, e)
	}
	return now, err
}

func (r *Restorer) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}

func (r *Restorer) clock() time.Time {
	if r.Clock != nil {
		return r.Clock()
	}
	return time.Now()
}

func (r *Restorer) sleep(ctx context.Context, d time.Duration) error {
	if r.Sleep != nil {
		return r.Sleep(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (r *Restorer) words(err error) string {
	if r.Explain != nil {
		return r.Explain(err)
	}
	return err.Error()
}

// tell says where it is.
func (s *session) tell(text string) {
	s.telling.Lock()
	defer s.telling.Unlock()
	s.say(text)
}

// say is tell where s.telling is held.
func (s *session) say(text string) {
	s.step.Text = text
	s.step.Sent = max(min(s.step.Sent, s.step.Total-1), s.step.Done)
	if s.r.Progress != nil {
		s.r.Progress(s.step)
	}
}

// took says that the server has taken one object more.
func (s *session) took() {
	s.telling.Lock()
	defer s.telling.Unlock()
	s.step.Sent++
	s.say("Writing")
}

func (s *session) run(ctx context.Context) error {
	s.step.Total = int64(len(s.re.Steps))
	for i := range s.re.Steps {
		if s.re.Steps[i].State == "done" {
			s.step.Done++
		}
	}
	if !slices.ContainsFunc(s.re.Steps, writes) {
		return s.skip(ctx)
	}
	s.tell("Looking at the server")
	err := s.look(ctx)
	if err == nil {
		if err = s.timely(); err != nil {
			return err
		}
	}
	if err := first(s.skip(ctx), err); err != nil {
		return err
	}
	if err := s.makeAll(ctx); err != nil {
		return err
	}
	return s.write(ctx)
}

// writes says whether a step is still to be written, or was being written.
func writes(st pim.RestoreStep) bool {
	return st.State != "done" && (st.Action == pim.Create || st.Action == pim.Update)
}

// skip gives the steps that need nothing done their result.
func (s *session) skip(ctx context.Context) error {
	var steps []pim.RestoreStep
	for i := range s.re.Steps {
		st := &s.re.Steps[i]
		if st.State == "done" {
			continue
		}
		switch st.Action {
		case pim.Identical:
			st.Result = pim.DoneIdentical
		case pim.Conflict, pim.Cannot:
			st.Result, st.Detail = pim.DoneSkipped, []string{st.Why}
		default:
			continue
		}
		st.State = "done"
		steps = append(steps, *st)
		s.step.Done++
	}
	return s.r.Journal.RecordSteps(ctx, s.re.ID, steps)
}

func colKey(kind pim.Kind, url string) string { return string(kind) + " " + pim.Href(url).Key() }

// look asks on which terms every home-set is written to.
func (s *session) look(ctx context.Context) error {
	known, err := s.r.Journal.Collections(ctx, s.re.Target)
	if err != nil {
		return err
	}
	for _, k := range known {
		s.cols[colKey(k.Kind, k.URL)] = k.Collection
	}
	if s.others, err = s.r.Journal.MadeCollections(ctx, s.re.Target); err != nil {
		return err
	}
	homes, err := s.r.Journal.HomeSets(ctx, s.re.Target)
	if err != nil {
		return err
	}
	for _, home := range homes {
		p := s.preflight(ctx, home)
		if f := pim.FaultOf(p.err); p.err != nil && f != pim.Protocol && f != pim.Gone && f != pim.BadObject {
			return p.err
		}
		s.homes = append(s.homes, p) // one that can't be listed may still be written to
	}
	return nil
}

// preflight asks one home-set.
func (s *session) preflight(ctx context.Context, home pim.HomeSet) place {
	terms, err := s.r.Writer.Preflight(ctx, home)
	terms.Home = home
	for _, c := range terms.Collections {
		key := colKey(c.Collection.Kind, c.Collection.URL)
		if _, known := s.cols[key]; !known {
			s.cols[key] = c.Collection
		}
	}
	return place{terms, err}
}

// stops says whether an error ends the restore, not only one step.
func stops(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return true
	}
	var e *pim.Error
	if errors.As(err, &e) {
		switch {
		case e.Reason == pim.ReasonReadOnly, e.Reason == pim.ReasonNoMake:
			return false
		case e.Reason == "html": // a page in the way, such as that of a hotel's network
			return true
		case e.Reason == pim.ReasonFull: // the others would be refused too: it is gone on with when there is room
			return true
		}
	}
	return slices.Contains([]pim.Fault{pim.Stopped, pim.Untrusted, pim.Storage, pim.Internal, pim.Denied}, pim.FaultOf(err))
}

// retryable says that the server, or the way to it, is at fault and not what was
// asked: another try, or another Run, may fare better.
func retryable(err error) bool {
	f := pim.FaultOf(err)
	var e *pim.Error
	return f == pim.Offline || f == pim.Busy ||
		errors.As(err, &e) && e.Status >= 500 && e.Status != http.StatusNotImplemented && e.Status != http.StatusInsufficientStorage
}

func reasonOf(err error) string {
	var e *pim.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}
