package restore

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sidekeep/sync/pim"
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
	told  bool  // it counts in Step.Sent
}

// write puts every object that has no result yet, in windows. While one window is
// written the one before it is read back, and the one after it made ready: what
// came of the one and that the other is about to be sent are one commit of the
// journal, so that writing waits for neither.
func (s *session) write(ctx context.Context) error {
	q := &queue{s: s}
	if err := s.since(ctx, q); err != nil {
		return err
	}
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
		if len(q.lost) > 0 && besideErr == nil && writeErr == nil {
			writeErr = s.find(ctx, q, back)
			back = nil
		}
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
		if !it.told { // otherwise it was counted when it was written first
			it.told = true
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
