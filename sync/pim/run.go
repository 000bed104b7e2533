package pim

import "time"

// Outcome is how a run of a collection, or a mirroring of an account, ended.
type Outcome string

// The outcomes, from best to worst.
const (
	Complete Outcome = "complete" // everything listed is in the vault
	Partial  Outcome = "partial"  // some objects are owed
	HeldBack Outcome = "held"     // deletions are not believed yet
	Failed   Outcome = "failed"
)

// Worse gives the worse of two outcomes.
func (o Outcome) Worse(p Outcome) Outcome {
	rank := map[Outcome]int{Complete: 0, "": 0, Partial: 1, HeldBack: 2, Failed: 3}
	if rank[p] > rank[o] {
		return p
	}
	return o
}

// RunID names a run.
type RunID int64

// Counts is what a run did.
type Counts struct {
	Objects  int // in the current view afterwards
	Created  int
	Modified int
	Deleted  int // tombstones written
	Held     int // deletions held now
	Owed     int // fetches owed now
}

// Run is one mirroring of one collection.
type Run struct {
	ID         RunID
	Account    string
	Collection string // title
	CollID     int64
	Kind       Kind
	Started    time.Time
	Ended      time.Time // zero: still running, or cut short
	Outcome    Outcome
	Full       bool // enumerated by a complete listing
	Counts     Counts
	Fault      string // Fault name when Outcome is failed
	Message    string // the error or the judge's reason, in words
	Traffic    Traffic
}

// Indexed is one resource of the current view, as the mirror compares it.
type Indexed struct {
	Resource int64
	Href     Href
	Key      string // Href.Key()
	ETag     ETag   // last seen
	Held     bool   // missing on the server, deletion not believed
	Kept     bool   // Held for good: the person said to keep it here
	Owed     bool   // a fetch is owed (Resource is 0 if it was never had)
	Tries    int    // how often the owed fetch failed

	// Of the owed fetch, as it was recorded: Finish replaces everything owed,
	// so what is not tried again in a run is handed back as it was.
	OwedETag ETag // as listed then
	Final    bool
	Fault    Fault
	Why      string
}

// State is what is remembered of a collection between runs.
type State struct {
	CTag         CTag
	SyncToken    SyncToken
	LastComplete time.Time // end of the last complete run
	LastFull     time.Time // end of the last complete listing
	Road         string    // the plan package's memory of which road is fast here; opaque to the vault
}

// Known is a collection as the vault remembers it. CTag and SyncToken in it
// are State's.
type Known struct {
	Collection
	State    State
	Vanished string // reason it is believed missing on the server; "" listed
	Live     int    // resources in the current view, held ones included
	Held     int    // not decided on: those kept for good are not among them
	Kept     int    // held for good
	Owed     int
}

// Recorded is one object on its way into the vault.
type Recorded struct {
	Object  Object
	SHA256  [32]byte // of Object.Body
	Summary Summary
}

// OwedFetch is a fetch that failed.
type OwedFetch struct {
	Href  Href
	ETag  ETag // as listed
	Fault Fault
	Why   string // in words
	// Final says that trying again is pointless until the listing changes
	// (listed, but 404 for ever): it is kept and named, not counted as a failure.
	Final bool
}

// Commit ends a run: everything in it becomes true in one transaction.
type Commit struct {
	Objects    []Recorded // the last batch; earlier ones went through Put
	Tombstones []int64    // resources: explicit removals and believed absences
	Held       []int64    // resources missing on the server but kept
	Reason     string     // the judge's, in words; "" if nothing is held
	Back       []int64    // resources that were held and are listed again
	// Incident is what is wrong, if anything is: it is opened, or the open one is
	// brought up to date. An incident that is over closes by itself.
	Incident *IncidentNote
	// Fields are the losses of fields in this run, for later runs to add up.
	Fields  map[string]FieldLoss
	Owed    []OwedFetch // everything owed after this run (replaces what was)
	State   State       // moves with the data it covers
	Outcome Outcome
	Full    bool
	Fault   Fault  // when Outcome is Failed
	Message string // in words, when Outcome is not Complete
	Traffic Traffic
	Ended   time.Time
}
