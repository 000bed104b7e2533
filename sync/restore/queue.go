package restore

import (
	"context"
	"errors"
	"strings"

	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
)

// queue is what is still to be written, and what has its result. While a window is
// written it belongs to what is done beside that, and afterwards to the loop.
type queue struct {
	s        *session
	todo     []*item // again: what was tried before
	next     int     // index of the first step not looked at
	done     []*item // to be noted in the journal
	lost     []*item // not under the address that they were put under
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
		why := "the collection refused the ones before it: this login may not write there"
		if s.gone[key] {
			why = "the collection is no longer on the server"
		}
		q.finish(it, pim.DoneFailed, why, offerInto)
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
				q.s.gone[key] = reason != pim.ReasonReadOnly
			}
			q.finish(it, pim.DoneFailed, q.s.failure(it)...)
		}
	}
	return back
}
