package mirror

import (
	"context"
	"time"

	"sidekeep/sync/pim"
)

// Remote reads one account. It has no way to write: reading cannot write.
// Errors are *pim.Error. A callback's error stops the call and is returned.
type Remote interface {
	// Collections lists a home-set by one PROPFIND Depth 1, with the ctag and
	// sync-token of every collection in it, and what it names and refuses.
	Collections(ctx context.Context, home pim.HomeSet) (pim.HomeListing, error)

	// Changes asks sync-collection (RFC 6578) for one page of what changed
	// since token; "" lists everything. inline asks for the data too. A token
	// that the server no longer knows is an error with Reason "sync-token".
	// Nothing may be concluded from a page unless Changes returns nil.
	Changes(ctx context.Context, c pim.Collection, token pim.SyncToken, inline bool,
		each func(pim.Change) error) (pim.Page, error)

	// List enumerates a collection by PROPFIND Depth 1. nil means the listing
	// is complete; anything else means that nothing may be concluded from it.
	List(ctx context.Context, c pim.Collection, each func(pim.Entry) error) error

	// Multiget fetches objects by name. Every href is answered through each,
	// with its object or its own error, unless the whole request fails.
	Multiget(ctx context.Context, c pim.Collection, hrefs []pim.Href,
		each func(pim.Fetched) error) error

	// Query fetches everything by an unfiltered query. What it leaves out is
	// not absent: it is a way to fetch, never to enumerate.
	Query(ctx context.Context, c pim.Collection, each func(pim.Fetched) error) error

	// Get fetches one object.
	Get(ctx context.Context, c pim.Collection, href pim.Href) (pim.Object, error)

	// Identify asks whom the server takes the login for now (RFC 5397), where it
	// takes it for a remembered principal's or else from the account's address on.
	// That nobody says is no error, and an empty Identity.
	Identify(ctx context.Context, remembered pim.Principal, address string) (pim.Identity, error)

	// Traffic counts all requests so far.
	Traffic() pim.Traffic
}

// Vault is what the mirror needs of the store. No call spans a network call.
type Vault interface {
	// Discovery and Collections give what is remembered of an account.
	Discovery(ctx context.Context, account int64) (pim.Discovery, error)
	Collections(ctx context.Context, account int64) ([]Known, error)

	// SaveDiscovery replaces what is remembered of a login: principals, home-sets and
	// hosts. Collections stay.
	SaveDiscovery(ctx context.Context, account int64, d pim.Discovery) error

	// SaveCollections adds and updates what a home-set lists, keeps what it
	// does not list, and gives the collections of the home-set with their IDs.
	// It never stores CTag and SyncToken: these move only with Finish.
	SaveCollections(ctx context.Context, account int64, home pim.HomeSet, listed []pim.Collection) ([]Known, error)

	// MarkVanished records that a collection is no longer listed, or (reason
	// "") that it is listed again. Its objects stay in the current view.
	MarkVanished(ctx context.Context, collection int64, reason string) error

	// Index gives every resource of the current view and every fetch owed.
	Index(ctx context.Context, collection int64) ([]pim.Indexed, error)

	// Evidence gives what the vault knows beside a run's listing: what its objects,
	// all Put, changed, and what became of those that are gone; not to where it is
	// gone itself, the lost collections. Run 0 is none.
	Evidence(ctx context.Context, collection int64, run pim.RunID, gone, lost []int64) (pim.Evidence, error)
	// SumUp makes one incident of the account of those that its collections opened
	// since a moment.
	SumUp(ctx context.Context, account int64, since time.Time, n pim.IncidentNote) error
	// Incidents gives all incidents, or those that are open; Reword replaces the
	// message and the evidence of one.
	Incidents(ctx context.Context, onlyOpen bool) ([]pim.Incident, error)
	Reword(ctx context.Context, id int64, message string, evidence map[string]int) error

	// BeginRun opens a run.
	BeginRun(ctx context.Context, collection int64) (pim.RunID, error)
	// Put commits objects as they come, so that a run that is cut short need
	// not fetch them again. Equal bytes make no new revision. Two calls of a run
	// may be under way at once, with different objects.
	Put(ctx context.Context, run pim.RunID, objects []pim.Recorded) error
	// Finish ends a run in one transaction and gives its counts (those of all
	// its Puts included). What was held and is named neither in Held nor in Back
	// stays held, with its reason; what is owed is replaced.
	Finish(ctx context.Context, run pim.RunID, c pim.Commit) (pim.Counts, error)
}

// Known is a collection as the vault remembers it.
type Known = pim.Known
