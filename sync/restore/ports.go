package restore

import (
	"context"
	"time"

	"sidekeep/sync/pim"
)

// Writer writes to one account. Errors are *pim.Error.
type Writer interface {
	// Preflight tells on which terms a home-set is written to, and lists its
	// collections with privileges and components.
	Preflight(ctx context.Context, home pim.HomeSet) (pim.Terms, error)

	// MakeCollection makes a collection under a URL that it chooses.
	MakeCollection(ctx context.Context, home pim.HomeSet, name string, kind pim.Kind,
		components []string, color string) (pim.Collection, error)

	// Put writes one object if the condition holds. It is never repeated by
	// itself once the request has begun: a cut connection is an error with
	// ReasonUnknownOutcome.
	Put(ctx context.Context, r pim.PutRequest) (pim.PutResult, error)

	// Get fetches one object; one that is not there is an error with Status 404
	// or 410.
	Get(ctx context.Context, c pim.Collection, href pim.Href) (pim.Object, error)

	// FindUID gives the objects of a collection that have a UID.
	FindUID(ctx context.Context, c pim.Collection, uid string) ([]pim.Href, error)

	// List enumerates a collection; nil means that the listing is complete.
	List(ctx context.Context, c pim.Collection, each func(pim.Entry) error) error

	// Multiget fetches objects by name. Every href is answered through each,
	// with its object or its own error, unless the whole request fails. version
	// is "4.0" for cards that were put in it, "" for everything else.
	Multiget(ctx context.Context, c pim.Collection, hrefs []pim.Href, version string, each func(pim.Fetched) error) error
}

// Journal is what the vault keeps of a restore. No call spans a network call.
type Journal interface {
	// Restore gives a restore with all its steps.
	Restore(ctx context.Context, id int64) (pim.Restore, error)
	// StepBody gives the bytes that a step puts back, as they were stored.
	StepBody(ctx context.Context, s pim.RestoreStep) ([]byte, error)
	// RecordSteps writes State, Result, Collection, Href, ETag, NewUID, Detail
	// and Quiet of steps in one transaction, all or none of them.
	RecordSteps(ctx context.Context, id int64, steps []pim.RestoreStep) error
	// RecordMake writes Before and URL of a collection to make; with a URL the
	// steps that wait for it get it too.
	RecordMake(ctx context.Context, id int64, m pim.RestoreMake) error
	// SetRestoreState moves the restore on: "running" stamps Started where it
	// was not, "stopped" and "done" stamp Ended, "planned" takes both back. Notes
	// replace what was noted.
	SetRestoreState(ctx context.Context, id int64, state string, notes []string, at time.Time) error

	// MadeCollections gives what restores made at an account, the oldest first.
	MadeCollections(ctx context.Context, account int64) ([]pim.Made, error)
	// PutSince gives what restores to an account, but for one, put there or were
	// sending, where they were planned after that one or went on at a moment or after
	// it; the oldest first.
	PutSince(ctx context.Context, account, but int64, at time.Time) ([]pim.Since, error)

	// HomeSets and Collections give what is remembered of an account.
	HomeSets(ctx context.Context, account int64) ([]pim.HomeSet, error)
	Collections(ctx context.Context, account int64) ([]pim.Known, error)
	// Present gives what was mirrored last of a collection.
	Present(ctx context.Context, collection int64) ([]pim.Present, error)
}
