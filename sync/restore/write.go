package restore

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
)

// item is one object on its way.
type item struct {
	step  *pim.RestoreStep
	col   pim.Collection
	body  []byte // as it is sent
	tries int
	anew  bool  // it was written once, altered by the server, and is written in other words
	err   error // of the last Put; nil: it was stored
	sent  bool  // the last Put was begun
}

// write puts every object that has no result yet, in windows. While one window is
// written the one before it is read back, and the one after it made ready: what
// came of the one and that the other is about to be sent are one commit of the
// journal, so that writing waits for neither.
func (s *session) write(ctx context.Context) error {
	q := &queue{s: s}
	back, err := q.interrupted(ctx)
	if err != nil {
		return err
	}
	q.pending()
	var now []*item
	strikes := 0
	for len(back) > 0 || len(now) > 0 || q.left() {
		var wait waits
		var beside sync.WaitGroup
		var next []*item
		var besideErr error
		beside.Go(func() { next, besideErr = s.beside(ctx, q, back) })
		writeErr := s.put(ctx, now, &wait)
		beside.Wait()
		back = q.sort(ctx, now, &writeErr)
		if err := first(besideErr, writeErr); err != nil {
			return first(s.halt(ctx, q, next), err)
		}
		now = next
		s.tell("Writing")
		if wait.come > 0 || q.progress {
			strikes, q.progress = 0, false
		}
		if err := s.pause(ctx, &wait, &strikes); err != nil {
			return first(s.halt(ctx, q, now), err)
		}
	}
	return s.keep(ctx, q, nil)
}

// beside is done while a window is written.
func (s *session) beside(ctx context.Context, q *queue, back []*item) (next []*item, err error) {
	if err := s.readBack(ctx, back, q); err != nil {
		return nil, err
	}
	if next, err = q.window(ctx); err != nil {
		return nil, err
	}
	return next, s.keep(ctx, q, next)
}

// first gives the first error there is: the one of the journal before all.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// keep writes results, and what is about to be sent, into the journal: with
// results even when the person has stopped the restore.
func (s *session) keep(ctx context.Context, q *queue, sent []*item) error {
	steps := make([]pim.RestoreStep, 0, len(q.done)+len(sent))
	for _, it := range q.done {
		it.step.State = "done"
		steps = append(steps, *it.step)
	}
	for _, it := range sent {
		it.step.State = "sent"
		steps = append(steps, *it.step)
	}
	if len(sent) == 0 {
		ctx = context.WithoutCancel(ctx)
	}
	err := s.r.Journal.RecordSteps(ctx, s.re.ID, steps)
	if err == nil {
		s.telling.Lock()
		s.step.Done += int64(len(q.done))
		s.telling.Unlock()
		q.done = nil
	}
	return err
}

// halt is keep where the restore stops: what was made ready to be sent, and never
// was, is noted as still to be done.
func (s *session) halt(ctx context.Context, q *queue, ready []*item) error {
	if err := s.keep(ctx, q, nil); err != nil {
		return err
	}
	var steps []pim.RestoreStep
	for _, it := range slices.Concat(q.todo, ready) {
		// What is written in other words has been sent once.
		if !it.sent && !it.anew && it.step.State == "sent" {
			it.step.State = "todo"
			steps = append(steps, *it.step)
		}
	}
	return s.r.Journal.RecordSteps(context.WithoutCancel(ctx), s.re.ID, steps)
}

// waits is why a window was left before all of it was written.
type waits struct {
	mu   sync.Mutex
	come int // objects that were answered for
	err  error
	long time.Duration // that the server asked for
}

// note takes a failure that is not of the object.
func (w *waits) note(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var e *pim.Error
	if errors.As(err, &e) {
		w.long = max(w.long, e.RetryAfter)
	}
	if w.err == nil || pim.FaultOf(err) == pim.Busy {
		w.err = err
	}
}

func (w *waits) halted() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err != nil
}

func (w *waits) came() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.come++
}

// pause waits where a server is busy or could not be reached, and gives up where
// that goes on.
func (s *session) pause(ctx context.Context, w *waits, strikes *int) error {
	if w.err == nil {
		return nil
	}
	if *strikes++; *strikes >= strikeLimit || w.long > longWait {
		return w.err
	}
	d := w.long
	if d == 0 {
		d = time.Second << (2 * (*strikes - 1)) // 1, 4, 16 seconds
	}
	s.tell("Waiting for the server")
	if err := s.r.sleep(ctx, d); err != nil {
		return &pim.Error{Fault: pim.FaultOf(err), Op: "restore", Err: err}
	}
	return nil
}

// put writes a window, a few objects at a time. Each item has its own error; the
// one that is given stops the restore.
func (s *session) put(ctx context.Context, items []*item, w *waits) error {
	n := s.r.Conns
	if n <= 0 {
		n = s.pace.Next()
	}
	began := s.r.clock()
	var next atomic.Int64
	var group sync.WaitGroup
	stop := make([]error, min(n, len(items)))
	for k := range stop {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(items) || ctx.Err() != nil || w.halted() {
					return
				}
				if stop[k] = s.putOne(ctx, items[i], w); stop[k] != nil {
					w.note(stop[k])
					return
				}
			}
		})
	}
	group.Wait()
	if err := first(stop...); err != nil {
		return err
	}
	if w.err == nil {
		s.pace.Did(len(items), s.r.clock().Sub(began))
	} else if pim.FaultOf(w.err) == pim.Busy {
		s.pace.Busy()
	}
	if err := ctx.Err(); err != nil {
		return &pim.Error{Fault: pim.FaultOf(err), Op: "restore", Err: err}
	}
	return nil
}

// putOne writes one object. What comes of it stands in the item.
func (s *session) putOne(ctx context.Context, it *item, w *waits) error {
	it.sent = true
	it.tries++
	res, err := s.r.Writer.Put(ctx, pim.PutRequest{Collection: it.col, Href: it.step.Href, Kind: it.step.Kind,
		Body: it.body, IfMatch: it.step.ETag, Quiet: !s.re.Ask.AsIs, ReadBack: true})
	it.err = err
	switch {
	case err == nil:
		if res.Href != "" {
			it.step.Href = res.Href
		}
		w.came()
		if !it.anew { // otherwise it was counted when it was written first
			s.took()
		}
	case reasonOf(err) == pim.ReasonUnknownOutcome:
		w.note(err)
	case stops(ctx, err):
		return err
	case retryable(err):
		it.sent = false // nothing was stored
		w.note(err)
	default:
		w.came()
	}
	return nil
}

// queue is what is still to be written, and what has its result. While a window is
// written it belongs to what is done beside that, and afterwards to the loop.
type queue struct {
	s        *session
	todo     []*item // again: what was tried before
	next     int     // index of the first step not looked at
	done     []*item // to be noted in the journal
	progress bool    // something got its result
}

// pending passes over what is done.
func (q *queue) pending() {
	steps := q.s.re.Steps
	for q.next < len(steps) && steps[q.next].State != "todo" {
		q.next++
	}
}

func (q *queue) left() bool { return len(q.todo) > 0 || q.next < len(q.s.re.Steps) }

// finish gives an item its result.
func (q *queue) finish(it *item, result pim.RestoreResult, detail ...string) {
	it.step.Result, it.step.Detail = result, detail
	it.body = nil
	q.done = append(q.done, it)
	q.progress = true
}

// again puts an item back to be written once more.
func (q *queue) again(it *item) { q.todo = append(q.todo, it) }

// window takes the next objects with their bytes.
func (q *queue) window(ctx context.Context) ([]*item, error) {
	var out []*item
	size := 0
	most := q.s.r.Window
	if most <= 0 {
		most = window
	}
	for len(out) < most && size < windowBytes && q.left() {
		var it *item
		if len(q.todo) > 0 {
			it, q.todo = q.todo[0], q.todo[1:]
		} else {
			it = &item{step: &q.s.re.Steps[q.next]}
			q.next++
			q.pending()
		}
		ok, err := q.s.prepare(ctx, it, q)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, it)
			size += len(it.body)
		}
	}
	return out, nil
}

// interrupted gives what may have been sent before the program ended.
func (q *queue) interrupted(ctx context.Context) ([]*item, error) {
	var out []*item
	for i := range q.s.re.Steps {
		st := &q.s.re.Steps[i]
		if st.State != "sent" {
			continue
		}
		it := &item{step: st, sent: true, err: errInterrupted}
		ok, err := q.s.prepare(ctx, it, q)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, it)
		}
	}
	return out, nil
}

var errInterrupted = &pim.Error{Fault: pim.Offline, Op: "store", Reason: pim.ReasonUnknownOutcome,
	Err: errors.New("the program ended in the middle of it")}

// prepare gets an item's bytes ready. false: it has its result already.
func (s *session) prepare(ctx context.Context, it *item, q *queue) (bool, error) {
	st := it.step
	key := colKey(st.Kind, st.Collection)
	if s.refused[key] >= refusedLimit {
		q.finish(it, pim.DoneFailed, "the collection refused the ones before it: this login may not write there", offerInto)
		return false, nil
	}
	if it.body != nil {
		return true, nil
	}
	body, err := s.r.Journal.StepBody(ctx, *st)
	if err != nil {
		if pim.FaultOf(err) != pim.Invalid {
			return false, err
		}
		q.finish(it, pim.DoneFailed, s.r.words(err))
		return false, nil
	}
	if st.NewUID != "" {
		body = s.r.WithUID(st.Kind, body, st.NewUID)
	}
	if st.Kind == pim.Calendar && !s.re.Ask.AsIs {
		body, st.Quiet = s.r.Quiet(body)
	}
	it.body = body
	if it.col = s.cols[key]; it.col.URL == "" {
		it.col = pim.Collection{AccountID: s.re.Target, Kind: st.Kind, URL: st.Collection}
	}
	if !strings.HasPrefix(string(st.Href), "/") && !strings.Contains(string(st.Href), "://") {
		st.Href = plan.HrefIn(st.Collection, string(st.Href))
	}
	return true, nil
}

// sort says of each item that was written what comes next, and gives those to be
// read back.
func (q *queue) sort(ctx context.Context, items []*item, stop *error) []*item {
	var back []*item
	for _, it := range items {
		key := colKey(it.step.Kind, it.step.Collection)
		switch reason := reasonOf(it.err); {
		case !it.sent:
			it.tries = 0
			q.again(it)
		case it.err == nil:
			q.s.step.Bytes += int64(len(it.body))
			q.s.refused[key] = 0
			back = append(back, it)
		case reason == pim.ReasonUnknownOutcome, reason == pim.ReasonPrecondition:
			back = append(back, it)
		case stops(ctx, it.err):
			if *stop == nil {
				*stop = it.err
			}
			if f := pim.FaultOf(it.err); f == pim.Denied || f == pim.Untrusted || reason == pim.ReasonFull {
				it.sent = false // nothing was stored
				q.again(it)
			}
		case reason == pim.ReasonUIDConflict:
			back = append(back, it)
		default:
			if reason == pim.ReasonReadOnly || pim.FaultOf(it.err) == pim.Gone {
				q.s.refused[key]++
			}
			q.finish(it, pim.DoneFailed, q.s.failure(it)...)
		}
	}
	return back
}
