package mirror

import (
	"context"
	"runtime"
	"time"

	"sidekeep/sync/pim"
)

// Mirror brings an account's objects from its Remote into the Vault. It reads
// the remote and has no way to write to it.
//
// One Mirror serves one login. Account may be called again and again, but not
// twice at the same time: the vault has one writer.
type Mirror struct {
	Remote   Remote
	Vault    Vault
	Describe func(pim.Kind, []byte) pim.Summary // called from several goroutines

	// Now stamps what is recorded, from several goroutines; nil is time.Now.
	Now func() time.Time
	// Clock measures how long things take: the roads are chosen by it. It must
	// not jump; nil is time.Now, whose differences are monotonic.
	Clock func() time.Time
	// Progress is told what is being done, about ten times a second and never
	// from two goroutines at once. nil: nobody is told.
	Progress func(Step)
	// Explain words a failure for the record of its run; nil takes the error's
	// own text.
	Explain func(error) string
	// Workers understand bodies beside the network; 0 is GOMAXPROCS.
	Workers int
}

// Step is where a mirroring is, in words and numbers.
type Step struct {
	Collection string // title; "" while the account is looked at
	Text       string // "Looking for changes", "Fetching"
	Done       int64  // objects stored
	Total      int64  // objects to store; 0 unknown
	Bytes      int64  // of object bodies stored
}

// Report is what a mirroring did. Counts add up its collections'.
type Report struct {
	Account     string
	Outcome     pim.Outcome
	Collections []CollectionReport
	Counts      pim.Counts
	// Warnings are what the home-sets name and do not let be read, and what was
	// never read before: it is missing here. Sorted by URL. A refused collection
	// that is known has failed instead, and is in Collections.
	Warnings []*pim.Error
	Traffic  pim.Traffic // of this mirroring alone
	Started  time.Time
	Ended    time.Time
}

// CollectionReport is one collection's part.
type CollectionReport struct {
	ID      int64
	Title   string
	Kind    pim.Kind
	URL     string
	Outcome pim.Outcome
	Counts  pim.Counts
	// Unchanged says that the home-set's answer was enough: no request was
	// made for the collection.
	Unchanged bool
	Full      bool        // enumerated by a complete listing
	Verdict   pim.Verdict // of the judge; "" where there was nothing to judge
	Reason    string      // why deletions are held, what is owed or what failed, in words
	Err       error       // when Outcome is Failed
}

// Account mirrors every collection of an account.
//
// The report is always filled in as far as the mirroring came. The error is
// nil unless the outcome is Failed: then it is the fault that stopped the
// account (Denied, Untrusted, Storage, Stopped), or else the first that kept a
// home-set or a collection from being mirrored while the others went on.
func (m *Mirror) Account(ctx context.Context, a pim.Account) (Report, error) {
	s := &session{m: m, account: a, tell: &teller{tell: m.Progress, clock: m.clock}}
	s.report = Report{Account: a.Name, Outcome: pim.Complete, Started: m.now()}
	before := m.Remote.Traffic()
	err := s.mirror(ctx)
	s.tell.end()

	rep := &s.report
	after := m.Remote.Traffic()
	rep.Traffic = pim.Traffic{
		Requests:      after.Requests - before.Requests,
		BytesReceived: after.BytesReceived - before.BytesReceived,
	}
	rep.Ended = m.now()
	for _, c := range rep.Collections {
		rep.Outcome = rep.Outcome.Worse(c.Outcome)
		rep.Counts.Objects += c.Counts.Objects
		rep.Counts.Created += c.Counts.Created
		rep.Counts.Modified += c.Counts.Modified
		rep.Counts.Deleted += c.Counts.Deleted
		rep.Counts.Held += c.Counts.Held
		rep.Counts.Owed += c.Counts.Owed
		if err == nil {
			err = c.Err
		}
	}
	if err != nil {
		rep.Outcome = pim.Failed
	}
	return *rep, err
}

func (m *Mirror) now() time.Time {
	if m.Now != nil {
		return m.Now()
	}
	return time.Now()
}

func (m *Mirror) clock() time.Time {
	if m.Clock != nil {
		return m.Clock()
	}
	return time.Now()
}

// since is how long ago the clock showed began.
func (m *Mirror) since(began time.Time) time.Duration { return m.clock().Sub(began) }

func (m *Mirror) workers() int {
	if m.Workers > 0 {
		return m.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// words are what the record of a run says of a failure.
func (m *Mirror) words(err error) string {
	if m.Explain == nil {
		return err.Error()
	}
	return m.Explain(err)
}
