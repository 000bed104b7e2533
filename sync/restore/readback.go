package restore

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"time"

	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
)

// multigetLimit is how many objects are asked for by one request.
const multigetLimit = 100

// readBack looks at what the server has now of items that were written, or may
// have been, and gives each its result or puts it back to be written.
func (s *session) readBack(ctx context.Context, items []*item, q *queue) error {
	byCol := map[string][]*item{}
	var order []string
	for _, it := range items {
		if reasonOf(it.err) == pim.ReasonUIDConflict {
			if err := s.uidTaken(ctx, it, q); err != nil {
				return err
			}
			continue
		}
		key := colKey(it.step.Kind, it.col.URL)
		if byCol[key] == nil {
			order = append(order, key)
		}
		byCol[key] = append(byCol[key], it)
	}
	for _, key := range order {
		for all := byCol[key]; len(all) > 0; {
			n := min(len(all), multigetLimit)
			if err := s.readSome(ctx, all[:n], q); err != nil {
				return err
			}
			all = all[n:]
		}
	}
	return nil
}

// persist tries something that reads until it is answered, or the server is
// taken for gone.
func (s *session) persist(ctx context.Context, f func() error) error {
	for try := 0; ; try++ {
		err := f()
		if err == nil || !retryable(err) || try+1 >= strikeLimit || ctx.Err() != nil {
			return err
		}
		d := time.Second << (2 * try)
		var e *pim.Error
		if errors.As(err, &e) && e.RetryAfter > 0 {
			if d = e.RetryAfter; d > longWait {
				return err
			}
		}
		if err := s.r.sleep(ctx, d); err != nil {
			return &pim.Error{Fault: pim.FaultOf(err), Op: "read back", Err: err}
		}
	}
}

// readSome asks for a few objects of one collection at once, and one by one for
// those that did not come that way.
func (s *session) readSome(ctx context.Context, items []*item, q *queue) error {
	got := answers{}
	if len(items) > 1 {
		if err := s.readMany(ctx, items, got); err != nil {
			return err
		}
	}
	for _, it := range items {
		a, answered := got[it.step.Href.Key()]
		o, ok := a.Object, a.Err == nil && answered
		if !ok && !notThere(a.Err) {
			var err error
			if o, ok, err = s.get(ctx, it.col, it.step.Href); err != nil {
				if stops(ctx, err) || retryable(err) && !(pim.FaultOf(err) == pim.Protocol && s.reads) {
					return err
				}
				q.finish(it, pim.DoneFailed, "it could not be read back: "+s.r.words(err))
				continue
			}
		}
		s.reads = true
		if !ok {
			q.lost = append(q.lost, it)
			continue
		}
		s.settle(it, o, q)
	}
	return nil
}

// readMany asks for objects of one collection, cards of vCard 4.0 apart from the
// others. What does not come is left out; an error ends the restore.
func (s *session) readMany(ctx context.Context, items []*item, got answers) error {
	hrefs := map[string][]pim.Href{}
	for _, it := range items {
		hrefs[version(it)] = append(hrefs[version(it)], it.step.Href)
	}
	for _, version := range []string{"", "4.0"} {
		if err := s.multiget(ctx, items[0].col, hrefs[version], version, got); err != nil {
			return err
		}
	}
	return nil
}

// answers is what came of objects that were asked for by name, by key.
type answers map[string]pim.Fetched

// notThere says that an object was looked for and is not under its address.
func notThere(err error) bool {
	var e *pim.Error
	return errors.As(err, &e) && (e.Status == http.StatusNotFound || e.Status == http.StatusGone)
}

// multiget asks for objects by name. Where the request as a whole fails nothing is
// answered; an error ends the restore.
func (s *session) multiget(ctx context.Context, c pim.Collection, hrefs []pim.Href, version string, got answers) error {
	if len(hrefs) == 0 {
		return nil
	}
	err := s.persist(ctx, func() error {
		return s.r.Writer.Multiget(ctx, c, hrefs, version, func(x pim.Fetched) error {
			got[x.Href.Key()] = x
			return nil
		})
	})
	if err != nil && (stops(ctx, err) || retryable(err)) {
		return err
	}
	return nil
}

// get reads one object; false: it is not there.
func (s *session) get(ctx context.Context, c pim.Collection, href pim.Href) (o pim.Object, ok bool, err error) {
	err = s.persist(ctx, func() (err error) {
		o, err = s.r.Writer.Get(ctx, c, href)
		return err
	})
	if notThere(err) {
		return o, false, nil
	}
	return o, err == nil, err
}

// settle decides by what the server has under the object's address.
func (s *session) settle(it *item, o pim.Object, q *queue) {
	same, lines := s.r.Compare(it.step.Kind, it.body, o.Body)
	st := it.step
	switch reason := reasonOf(it.err); {
	case reason == pim.ReasonPrecondition && len(s.differ(it, o.Body)) == 0:
		st.ETag = o.ETag
		s.renamed(it, o)
		q.finish(it, pim.DoneIdentical)
	case reason == pim.ReasonPrecondition && st.Action == pim.Create:
		q.finish(it, pim.DoneConflict, "the server has another object under this address since the plan was made", offerPlan)
	case reason == pim.ReasonPrecondition:
		q.finish(it, pim.DoneConflict, "it was changed on the server since the plan was made; nothing was overwritten", offerPlan)
	case reason == pim.ReasonUnknownOutcome && st.ETag != "" && o.ETag == st.ETag && same == different:
		s.retry(it, q) // it is as it was: nothing was written
	case reason == pim.ReasonUnknownOutcome && same == different && !s.mine(it, o):
		q.finish(it, pim.DoneConflict, "the server has another object under this address since the plan was made", offerPlan)
	default:
		s.stored(it, o, same, lines, q)
	}
}

// mine says whether what stands under a new object's address can be what was
// sent: it has its UID, or is alike but for that.
func (s *session) mine(it *item, o pim.Object) bool {
	if it.step.Action == pim.Update {
		return true // the state that was to be replaced is no longer there
	}
	sent, got := s.r.Describe(it.step.Kind, it.body), s.r.Describe(it.step.Kind, o.Body)
	return sent.UID != "" && sent.UID == got.UID || sent.Sign() == got.Sign() && few(len(s.differ(it, o.Body)), &sent)
}

// renamed notes the UID that the server gave an object.
func (s *session) renamed(it *item, o pim.Object) {
	if uid := s.uid(it.step.Kind, o.Body); uid != "" && uid != uidOf(it.step) {
		it.step.NewUID = uid
	}
}

func uidOf(st *pim.RestoreStep) string {
	if st.NewUID != "" {
		return st.NewUID
	}
	return st.UID
}

const different = "different"

// stored is an object that the server has because it was sent.
func (s *session) stored(it *item, o pim.Object, same string, lines []string, q *queue) {
	st := it.step
	result := pim.DoneCreated
	if st.Action == pim.Update {
		result = pim.DoneUpdated
	}
	if o.Href != "" {
		st.Href = o.Href
	}
	st.ETag = o.ETag
	if same == different && len(s.differ(it, o.Body)) > 0 && s.inOtherWords(it, q) {
		return
	}
	if same == different {
		s.renamed(it, o)
		q.finish(it, pim.DoneAltered, lines...)
		return
	}
	if it.anew {
		q.finish(it, result, "the server cut it short at its commas, so that it was written with these escaped")
		return
	}
	q.finish(it, result)
}

// inOtherWords puts an object that the server altered back in the queue, to be
// written over that very state in a way that more servers understand. false:
// there is none, or it was tried.
func (s *session) inOtherWords(it *item, q *queue) bool {
	if it.anew || s.r.Respell == nil || s.re.Ask.AsIs || it.step.ETag == "" {
		return false
	}
	body := s.r.Respell(it.step.Kind, it.body)
	if bytes.Equal(body, it.body) {
		return false
	}
	it.anew, it.body, it.err, it.sent, it.tries = true, body, nil, false, 0
	q.again(it)
	return true
}

// uid is the UID of an object; "": none.
func (s *session) uid(kind pim.Kind, body []byte) string {
	return s.r.Describe(kind, body).UID
}

// maxFind is the longest UID that is looked for: longer ones are not kept whole
// in a plan.
const maxFind = 500

// byUID looks for an object by its UID in its collection. A server that does not
// search has none: it is not known to rename.
func (s *session) byUID(ctx context.Context, it *item) (o pim.Object, ok bool, err error) {
	uid := uidOf(it.step)
	if uid == "" || len(uid) > maxFind {
		return o, false, nil
	}
	var hrefs []pim.Href
	err = s.persist(ctx, func() (err error) {
		hrefs, err = s.r.Writer.FindUID(ctx, it.col, uid)
		return err
	})
	if err != nil {
		if stops(ctx, err) || retryable(err) {
			return o, false, err
		}
		return o, false, nil
	}
	for _, h := range hrefs {
		if o, ok, err = s.get(ctx, it.col, h); ok || err != nil && (stops(ctx, err) || retryable(err)) {
			if o.Href == "" {
				o.Href = h
			}
			return o, ok, err
		}
	}
	return o, false, nil
}

// retry puts an object that was not stored back in the queue, a few times.
func (s *session) retry(it *item, q *queue) {
	if it.tries >= tryLimit {
		q.finish(it, pim.DoneFailed, "it did not come through, each time it was sent: "+s.r.words(it.err), offerAgain)
		return
	}
	it.err, it.sent = nil, false
	q.again(it)
}

// uidTaken is an object whose UID the server says is in use. Where the one that
// has it is the same, all is well; otherwise it gets a new UID if that was
// asked for.
func (s *session) uidTaken(ctx context.Context, it *item, q *queue) error {
	o, ok, err := s.byUID(ctx, it)
	if err != nil {
		return err
	}
	if ok {
		if same, _ := s.r.Compare(it.step.Kind, it.body, o.Body); same != different {
			it.step.Href, it.step.ETag = o.Href, o.ETag
			q.finish(it, pim.DoneIdentical)
			return nil
		}
	}
	if !s.re.Ask.NewUIDs || it.step.Action != pim.Create {
		q.finish(it, pim.DoneFailed, s.failure(it)...)
		return nil
	}
	n := 0
	place := it.step.Collection
	for it.step.NewUID != "" && n < tryLimit && plan.NewUID(it.step.UID, place, n) != it.step.NewUID {
		n++
	}
	if it.step.NewUID != "" {
		n++
	}
	if n >= tryLimit {
		q.finish(it, pim.DoneFailed, s.failure(it)...)
		return nil
	}
	it.step.NewUID = plan.NewUID(it.step.UID, place, n)
	it.step.Href = plan.HrefIn(it.step.Collection, plan.FileName(it.step.Kind, it.step.NewUID))
	it.body, it.err, it.sent, it.tries = nil, nil, false, 0
	q.again(it)
	return nil
}
