package mirror

import (
	"context"

	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
)

// enumerate finds out what is there: nothing to ask (only fetches are owed),
// what changed since the token, or everything.
func (r *run) enumerate(ctx context.Context) error {
	switch r.look {
	case plan.Retry:
		return nil
	case plan.Changes:
		err := r.changes(ctx)
		if err == nil || !tokenLost(err) {
			return err
		}
		r.token = ""
	case plan.Audit:
		r.mem.Reopen()
	}
	return r.relist(ctx)
}

// changes asks for what changed since the token. Explicit removals are
// believed as they are, unless they are so many that the judge would hold
// them: some servers report removals that never were, so a listing is asked
// first.
func (r *run) changes(ctx context.Context) error {
	r.diff.Begin()
	token, _, err := r.pages(ctx, r.known.State.SyncToken, plan.AskInline(r.mem, false))
	if err != nil {
		return err
	}
	r.token = token
	loss := r.diff.Loss(false)
	if plan.Large(len(loss.Gone)+len(loss.Held), r.diff.Live()) {
		return r.list(ctx)
	}
	if plan.Doubtful(len(loss.Gone), r.diff.Live()) {
		r.diff.Doubt()
	}
	return nil
}

// relist enumerates everything, by the road that fits, and by the other one
// where the first does not answer. What is held was found missing by PROPFIND,
// so that is what must show it to be back.
func (r *run) relist(ctx context.Context) error {
	if r.look == plan.Audit || r.known.Held > 0 || !syncable(r.col, r.mem) {
		r.mem.NoSync = max(0, r.mem.NoSync-1)
		err := r.list(ctx)
		if err == nil {
			if r.col.SyncToken != "" {
				r.token = r.col.SyncToken // given before the listing: no change falls between
			}
			return nil
		}
		if !r.otherwise(ctx, err) {
			return err
		}
		return nil
	}
	err := r.relistBySync(ctx)
	if err == nil || !tokenLost(err) {
		return err
	}
	if listErr := r.list(ctx); listErr != nil {
		return listErr
	}
	switch status(err) { // it is not there, and not the collection's fault
	case 400, 403, 404, 405, 501:
		r.mem.NoSync = plan.ForgoSync
	}
	r.token = r.col.SyncToken
	return nil
}

// otherwise goes on where the full listing failed with err: by sync-collection
// where the server can't list, by the changes alone where it takes too long.
// In the latter case the listing stays due, but what is new still comes.
func (r *run) otherwise(ctx context.Context, err error) bool {
	switch {
	case ctx.Err() != nil || stops(err) || !syncable(r.col, r.mem):
		return false
	case tokenLost(err):
		return r.relistBySync(ctx) == nil
	case pim.FaultOf(err) == pim.Offline && r.known.State.SyncToken != "" && r.known.Vanished == "":
		return r.changes(ctx) == nil
	}
	return false
}

// relistBySync enumerates by sync-collection without a token: on most servers
// much cheaper than PROPFIND, and the data may come with it. It lists all there
// is, but where that would cost something, or where it lists nothing at all, a
// PROPFIND is asked too: servers have been seen to leave out what they should
// not.
func (r *run) relistBySync(ctx context.Context) error {
	// With data only where all of it is needed: it comes for every object.
	inline := r.diff.Live() == 0 && plan.AskInline(r.mem, true)
	r.diff.Begin()
	token, listed, err := r.pages(ctx, "", inline)
	if err != nil && inline && ctx.Err() == nil && !stops(err) && pim.FaultOf(err) != pim.Busy {
		r.mem.Inline.Bad++ // perhaps it was too much at once: names alone, then
		r.diff.Begin()
		token, listed, err = r.pages(ctx, "", false)
	}
	if err != nil {
		return err
	}
	r.token, r.complete = token, true
	if listed == 0 || len(r.diff.Loss(true).Gone) > 0 {
		return r.list(ctx)
	}
	return nil
}

// list enumerates by PROPFIND Depth 1. nil: everything was listed.
func (r *run) list(ctx context.Context) error {
	r.complete = false
	r.diff.Begin()
	err := r.m.Remote.List(ctx, r.col, func(e pim.Entry) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.diff.Listed(e)
		return nil
	})
	r.complete = err == nil
	return err
}

// pages reads a sync-collection page by page to its end and gives the position
// after it and how many objects were listed.
func (r *run) pages(ctx context.Context, token pim.SyncToken, inline bool) (pim.SyncToken, int, error) {
	listed, fetch, came := 0, 0, 0
	began := r.m.clock()
	asked := map[pim.SyncToken]bool{}
	for {
		asked[token] = true
		before := listed
		lines := 0
		page, err := r.m.Remote.Changes(ctx, r.col, token, inline, func(c pim.Change) error {
			lines++
			r.mu.Lock()
			if c.Removed {
				r.diff.Removed(c.Href)
				r.mu.Unlock()
				return nil
			}
			listed++
			verdict := r.diff.Listed(c.Entry)
			r.mu.Unlock()
			if verdict != plan.Fetch {
				return nil
			}
			fetch++
			if c.Object == nil {
				return nil
			}
			if came++; came == 1 { // the listing itself brings the objects
				r.s.tell.step(r.known.ID, r.col.Title(), fetching)
			}
			return r.take(*c.Object)
		})
		if err != nil {
			return "", listed, err
		}
		if !page.More {
			token = page.Token
			break
		}
		if lines == 0 || page.Token == "" || asked[page.Token] {
			return "", before, &pim.Error{Fault: pim.Protocol, Op: "list changes", Where: r.col.URL, Err: errNoProgress}
		}
		token = page.Token
	}
	if inline {
		r.mem.Inlined(fetch, came, r.m.since(began))
	}
	return token, listed, nil
}
