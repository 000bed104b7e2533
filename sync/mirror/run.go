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
	index []pim.Indexed
	spent pim.Traffic // on the way here

	mu      sync.Mutex // guards diff, altered and got: fetches run side by side
	diff    *plan.Diff
	altered []plan.Want // came repaired; to be fetched for their true bytes
	repair  map[string]bool
	got     int   // objects taken
	bytes   int64 // of them

	missing  pim.Verdict // how the collection itself is gone; "" it is there
	other    bool        // the login turned out to be another principal's
	others   int         // objects of the other collections, where all of them lost everything too
	mem      plan.Memory
	token    pim.SyncToken
	complete bool // everything was listed
}

// collection asks for everything of one collection that the server has to give.
func (s *session) collection(ctx context.Context, t target) asked {
	switch {
	case t.err != nil:
		return asked{end: func(ctx context.Context) CollectionReport { return s.fail(ctx, t) }}
	case t.vanished != "":
		return asked{end: func(ctx context.Context) CollectionReport { return s.vanish(ctx, t, t.vanished) }}
	}
	s.tell.step(t.known.ID, t.col.Title(), lookingForChanges)
	mem := plan.ParseMemory(t.known.State.Road)
	look := plan.Probe(plan.Seen{
		State: t.known.State, Held: t.known.Held, Owed: t.known.Owed, Vanished: t.known.Vanished != "",
		CTag: t.col.CTag, SyncToken: t.col.SyncToken, Syncable: syncable(t.col, mem),
	}, s.m.now())
	r := &run{s: s, m: s.m, col: t.col, known: t.known, look: look, mem: mem,
		token: t.known.State.SyncToken, repair: map[string]bool{}}
	err := r.ask(ctx)
	switch {
	case err == nil && r.other:
		return asked{end: func(ctx context.Context) CollectionReport { return r.notThere(ctx, t, pim.WrongAccount) }}
	case err == nil && r.telling():
		return asked{late: &late{run: r, of: t}}
	case t.loose && pim.FaultOf(err) == pim.Gone && r.in != nil:
		// Nothing else would tell that it is no longer there. One that its
		// home-set lists and that answers 404 has merely failed.
		return asked{late: &late{run: r, of: t, gone: true}}
	}
	return asked{end: func(ctx context.Context) CollectionReport { return r.close(ctx, err) }, well: err == nil}
}

// close ends a run and gives its report; err is what asking for it came to.
func (r *run) close(ctx context.Context, err error) CollectionReport {
	rep := r.report()
	if rep.Counts, err = r.end(ctx, &rep, err); err != nil {
		rep.Outcome, rep.Err, rep.Reason = pim.Failed, err, r.m.words(err)
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

// ask enumerates and fetches. The run is begun while the first answer is
// waited for; what came is on its way to the vault when ask returns.
func (r *run) ask(ctx context.Context) error {
	if r.look == plan.Skip {
		return nil
	}
	var err error
	if r.index, err = r.m.Vault.Index(ctx, r.known.ID); err != nil {
		return fromVault(err)
	}
	r.diff = plan.NewDiff(r.index, r.look == plan.Audit)
	start := r.m.Remote.Traffic()
	r.in = r.m.newIntake(ctx, r.known.ID, r.col.Kind, r.s.tell)
	if err = r.enumerate(r.in.ctx); err == nil {
		r.other, err = r.isOther(r.in.ctx)
	}
	if err == nil && !r.other {
		err = r.fetch(r.in.ctx)
	}
	now := r.m.Remote.Traffic()
	r.spent = pim.Traffic{Requests: now.Requests - start.Requests, BytesReceived: now.BytesReceived - start.BytesReceived}
	return err
}

// end ends the run, one way or the other; asked is what ask said.
func (r *run) end(ctx context.Context, rep *CollectionReport, asked error) (pim.Counts, error) {
	rep.Unchanged = r.look == plan.Skip
	if r.in == nil { // nothing was asked for
		return r.endIdle(ctx, rep, asked)
	}
	last, stored := r.in.close()
	switch r.id = r.in.run; {
	case ctx.Err() != nil:
		asked = r.cutShort(ctx)
	case stored != nil: // whatever the remote said then is only its echo
		asked = stored
	}
	if r.id == 0 { // it was never begun
		return rep.Counts, asked
	}
	if asked == nil {
		counts, err := r.conclude(ctx, rep, last)
		if err == nil || ctx.Err() == nil {
			return counts, err
		}
		asked = r.cutShort(ctx) // before its last transaction was through
	}
	return r.abandon(ctx, last, asked)
}

// endIdle is end where the home-set's answer was enough, or where the vault did
// not give what there is to begin with.
func (r *run) endIdle(ctx context.Context, rep *CollectionReport, asked error) (pim.Counts, error) {
	if asked != nil {
		return rep.Counts, asked
	}
	var err error
	if r.id, err = r.m.Vault.BeginRun(ctx, r.known.ID); err != nil {
		return rep.Counts, fromVault(err)
	}
	r.diff = plan.NewDiff(nil, false)
	counts, err := r.conclude(ctx, rep, nil)
	if err == nil || ctx.Err() == nil {
		return counts, err
	}
	return r.abandon(ctx, nil, r.cutShort(ctx))
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
	c := pim.Commit{
		Objects: last, Owed: r.diff.Owed(r.complete), State: state, Full: r.complete,
		Traffic: r.spent, Ended: now,
	}
	if err := r.judge(ctx, rep, &c); err != nil {
		return rep.Counts, fromVault(err)
	}
	concluded(&c)
	counts, err := r.m.Vault.Finish(ctx, r.id, c)
	if err == nil && r.known.Vanished != "" {
		err = r.m.Vault.MarkVanished(ctx, r.known.ID, "")
	}
	if err != nil {
		return rep.Counts, fromVault(err)
	}
	r.s.tell.stored(r.known.ID, len(c.Objects), bodyBytes(c.Objects))
	rep.Outcome, rep.Reason, rep.Full = c.Outcome, c.Message, c.Full
	return counts, nil
}

// concluded says how a run ended that went through.
func concluded(c *pim.Commit) {
	c.Outcome = pim.Complete
	if open := stillOwed(c.Owed); len(open) > 0 {
		c.Outcome, c.Message = pim.Partial, owedReason(open)
	}
	if len(c.Held) > 0 {
		c.Outcome, c.Message = pim.HeldBack, c.Reason
	}
	if c.Outcome == pim.Complete {
		c.State.LastComplete = c.Ended
	}
}

// abandon commits a run that failed: what came is kept, the position stays,
// and so does what was held and owed before.
func (r *run) abandon(ctx context.Context, last []pim.Recorded, cause error) (pim.Counts, error) {
	state := r.known.State
	state.Road = r.mem.String()
	c := pim.Commit{
		Objects: last, State: state, Outcome: pim.Failed, Fault: pim.FaultOf(cause), Message: r.m.words(cause),
		Traffic: r.spent, Ended: r.m.now(),
	}
	c.Owed = asBefore(r.index) // what is held and not named stays so, with its reason
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
