package mirror

import (
	"context"
	"sync"

	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
)

// run is one mirroring of one collection.
type run struct {
	s     *session
	m     *Mirror
	col   pim.Collection // as listed, with the tags from before the run
	known pim.Known
	look  plan.Look
	id    pim.RunID
	in    *intake
	start pim.Traffic

	mu      sync.Mutex // guards diff, altered and got: fetches run side by side
	diff    *plan.Diff
	altered []plan.Want // came repaired; to be fetched for their true bytes
	repair  map[string]bool
	got     int   // objects taken
	bytes   int64 // of them

	mem      plan.Memory
	token    pim.SyncToken
	complete bool // everything was listed
}

// collection mirrors one collection and never fails but in its report.
func (s *session) collection(ctx context.Context, t target) CollectionReport {
	switch {
	case t.err != nil:
		return s.fail(ctx, t)
	case t.vanished != "":
		return s.vanish(ctx, t, t.vanished)
	}
	s.tell.step(t.col.Title(), lookingForChanges)
	mem := plan.ParseMemory(t.known.State.Road)
	look := plan.Probe(plan.Seen{
		State: t.known.State, Held: t.known.Held, Owed: t.known.Owed, Vanished: t.known.Vanished != "",
		CTag: t.col.CTag, SyncToken: t.col.SyncToken, Syncable: syncable(t.col, mem),
	}, s.m.now())
	r := &run{s: s, m: s.m, col: t.col, known: t.known, look: look, mem: mem,
		start: s.m.Remote.Traffic(), token: t.known.State.SyncToken, repair: map[string]bool{}}
	rep := r.report()
	var err error
	if rep.Counts, err = r.do(ctx, &rep); err != nil {
		rep.Outcome, rep.Err, rep.Reason = pim.Failed, err, s.m.words(err)
		if t.loose && t.known.Live > 0 && pim.FaultOf(err) == pim.Gone {
			// Nothing else would tell that it is no longer there. One that its
			// home-set lists and that answers 404 has merely failed.
			return s.vanish(ctx, t, plan.VanishedReason(t.known.Kind, t.known.Live))
		}
	}
	return rep
}

func (r *run) report() CollectionReport {
	return CollectionReport{ID: r.known.ID, Title: r.col.Title(), Kind: r.col.Kind, URL: r.col.URL,
		Counts: pim.Counts{Objects: r.known.Live, Held: r.known.Held, Owed: r.known.Owed}}
}

// syncable says whether sync-collection may be asked for: some servers that
// have it leave it out of their supported reports, so a sync-token counts too.
func syncable(c pim.Collection, mem plan.Memory) bool {
	if mem.NoSync > 0 {
		return false
	}
	supported, known := c.Supports("sync-collection")
	return supported || !known || c.SyncToken != ""
}

// do makes the run and ends it, one way or the other.
func (r *run) do(ctx context.Context, rep *CollectionReport) (pim.Counts, error) {
	v := r.m.Vault
	var index []pim.Indexed
	if r.look != plan.Skip {
		var err error
		if index, err = v.Index(ctx, r.known.ID); err != nil {
			return rep.Counts, fromVault(err)
		}
	}
	id, err := v.BeginRun(ctx, r.known.ID)
	if err != nil {
		return rep.Counts, fromVault(err)
	}
	r.id = id
	r.diff = plan.NewDiff(index, r.look == plan.Audit)
	rep.Unchanged = r.look == plan.Skip

	var last []pim.Recorded
	if r.look != plan.Skip {
		last, err = r.gather(ctx)
	}
	if err == nil {
		var counts pim.Counts
		if counts, err = r.conclude(ctx, rep, last); err == nil || ctx.Err() == nil {
			return counts, err
		}
		err = r.cutShort(ctx) // before its last transaction was through
	}
	return r.abandon(ctx, index, last, err)
}

// gather enumerates and fetches. What is not yet in the vault is given back.
func (r *run) gather(ctx context.Context) ([]pim.Recorded, error) {
	r.in = r.m.newIntake(ctx, r.col.Kind, r.id, r.s.tell)
	err := r.enumerate(r.in.ctx)
	if err == nil {
		err = r.fetch(r.in.ctx)
	}
	last, storeErr := r.in.close()
	switch {
	case ctx.Err() != nil:
		return last, r.cutShort(ctx)
	case storeErr != nil: // whatever the remote said then is only its echo
		return last, storeErr
	}
	return last, err
}

// cutShort is the error of a run whose context ended.
func (r *run) cutShort(ctx context.Context) error {
	return &pim.Error{Fault: pim.FaultOf(ctx.Err()), Op: "mirror", Where: r.col.URL, Err: ctx.Err()}
}

// conclude commits a run that went through: the last objects, the position,
// and what is missing, held and owed.
func (r *run) conclude(ctx context.Context, rep *CollectionReport, last []pim.Recorded) (pim.Counts, error) {
	now := r.m.now()
	state := r.known.State
	state.CTag, state.Road = r.col.CTag, r.mem.String()
	if r.look != plan.Skip && r.look != plan.Retry {
		state.SyncToken = r.token
	}
	if r.complete {
		state.LastFull = now
	}
	if r.diff.Strayed(r.complete) { // without a position the next run lists everything
		state.CTag, state.SyncToken = "", ""
	}
	loss := r.diff.Loss(r.complete)
	if r.known.Vanished != "" { // all was held because nothing was listed: now it is, so judge anew
		loss.Gone, loss.Held = append(loss.Gone, loss.Held...), nil
	}
	verdict := plan.Judge(r.col.Kind, r.diff.Live(), loss)
	c := pim.Commit{
		Objects: last, Tombstones: verdict.Tombstones, Held: verdict.Held, Reason: verdict.Reason,
		Back: loss.Back, Owed: r.diff.Owed(r.complete), State: state, Full: r.complete,
		Outcome: pim.Complete, Traffic: r.traffic(), Ended: now,
	}
	if open := stillOwed(c.Owed); len(open) > 0 {
		c.Outcome, c.Message = pim.Partial, owedReason(open)
	}
	if len(c.Held) > 0 {
		c.Outcome, c.Message = pim.HeldBack, c.Reason
	}
	if c.Outcome == pim.Complete {
		c.State.LastComplete = now
	}
	counts, err := r.m.Vault.Finish(ctx, r.id, c)
	if err == nil && r.known.Vanished != "" {
		err = r.m.Vault.MarkVanished(ctx, r.known.ID, "")
	}
	if err != nil {
		return rep.Counts, fromVault(err)
	}
	r.s.tell.stored(len(last), bodyBytes(last))
	rep.Outcome, rep.Reason, rep.Full = c.Outcome, c.Message, c.Full
	return counts, nil
}

// abandon commits a run that failed: what came is kept, the position stays,
// and so does what was held and owed before.
func (r *run) abandon(ctx context.Context, index []pim.Indexed, last []pim.Recorded, cause error) (pim.Counts, error) {
	state := r.known.State
	state.Road = r.mem.String()
	c := pim.Commit{
		Objects: last, State: state, Outcome: pim.Failed, Fault: pim.FaultOf(cause), Message: r.m.words(cause),
		Traffic: r.traffic(), Ended: r.m.now(),
	}
	c.Owed = asBefore(index) // what is held and not named stays so, with its reason
	counts, err := r.m.Vault.Finish(context.WithoutCancel(ctx), r.id, c)
	if err != nil {
		return r.report().Counts, cause // the first failure is the one to name
	}
	return counts, cause
}

func asBefore(index []pim.Indexed) (owed []pim.OwedFetch) {
	for _, x := range index {
		if x.Owed {
			owed = append(owed, pim.OwedFetch{Href: x.Href, ETag: x.OwedETag, Fault: x.Fault, Why: x.Why, Final: x.Final})
		}
	}
	return owed
}

func (r *run) traffic() pim.Traffic {
	now := r.m.Remote.Traffic()
	return pim.Traffic{Requests: now.Requests - r.start.Requests, BytesReceived: now.BytesReceived - r.start.BytesReceived}
}

func bodyBytes(rs []pim.Recorded) (n int64) {
	for _, x := range rs {
		n += int64(len(x.Object.Body))
	}
	return n
}

// stillOwed are the fetches that will be tried again.
func stillOwed(all []pim.OwedFetch) (open []pim.Href) {
	for _, o := range all {
		if !o.Final {
			open = append(open, o.Href)
		}
	}
	return open
}

// take hands an object on to the vault if it is wanted; what is unsolicited,
// or came already, is dropped. It is what every road ends in.
func (r *run) take(o pim.Object) error {
	key := o.Href.Key()
	r.mu.Lock()
	want, ok := r.diff.Awaited(key)
	if !ok {
		r.mu.Unlock()
		return nil
	}
	if o.Altered && o.Via != pim.ViaGet && !r.repair[key] {
		r.repair[key] = true
		r.altered = append(r.altered, want)
		r.mu.Unlock()
		return nil
	}
	if o.ETag == "" { // the answer names none; the listing's is no newer
		o.ETag = want.ETag
	}
	o.Href = want.Href
	r.diff.Stored(key, o.ETag)
	r.got++
	r.bytes += int64(len(o.Body))
	r.mu.Unlock()
	return r.in.put(o)
}

// awaited filters what is still wanted and not on its way to repair.
func (r *run) awaited(wants []plan.Want) []plan.Want {
	r.mu.Lock()
	defer r.mu.Unlock()
	var left []plan.Want
	for _, w := range wants {
		if _, ok := r.diff.Awaited(w.Key); ok && !r.repair[w.Key] {
			left = append(left, w)
		}
	}
	return left
}

func (r *run) doubted(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.diff.Doubted(key)
}

func (r *run) taken() (int, int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got, r.bytes
}
