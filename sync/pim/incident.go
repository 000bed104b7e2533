package pim

import "time"

// Verdict is what the judge thinks of a run: a stable name.
type Verdict string

// The verdicts. Ordinary and TokenReset say nothing to anybody; of the others
// those that lose objects hold them, and those that change objects pin the last
// good snapshot.
const (
	Ordinary       Verdict = "ordinary"
	LargeDeletion  Verdict = "large-deletion"  // more at once than tidying up takes
	SlowLoss       Verdict = "slow-loss"       // many runs, each too small to be noticed, or a burst after errors
	EverythingGone Verdict = "everything-gone" // the collection is listed, empty
	CollectionGone Verdict = "collection-gone" // 404, 410, or missing from the home-set
	AccountEmptied Verdict = "account-emptied" // the home-set lists nothing, or every collection is empty
	HomeChanged    Verdict = "home-changed"    // the account's home-sets are others than before
	WrongAccount   Verdict = "wrong-account"   // another principal, or nothing in common
	RolledBack     Verdict = "rolled-back"     // older revisions returned, newer objects vanished
	Emptied        Verdict = "emptied"         // objects are there, their fields are not
	MassRewrite    Verdict = "mass-rewrite"    // most objects changed at once
	TokenReset     Verdict = "token-reset"     // ETags turned over, bytes are equal: harmless
)

// Decision is how an incident ended.
type Decision string

// The decisions. Recovered is the server's own doing.
const (
	Undecided Decision = ""
	Recovered Decision = "recovered" // the server has everything again
	Accepted  Decision = "accepted"  // "It was me": the loss or change is believed
	KeptHere  Decision = "kept"      // kept here for good, though the server has it no more
	PutBack   Decision = "put-back"  // restored to the server
)

// Incident is a loss or a doubtful change of a collection, or of an account as
// a whole, from the run that showed it until it is over.
type Incident struct {
	ID         int64
	AccountID  int64
	Account    string
	CollID     int64  // 0: the account as a whole
	Collection string // title; ""
	Kind       Kind   // of the collection; "" for an account
	Verdict    Verdict
	Since      time.Time
	GoodAt     time.Time // the last moment when all was well; zero: never
	Live       int       // objects before it
	Gone       int       // objects missing on the server now and not decided on
	Changed    int       // objects changed by it
	Kept       int       // objects kept here that the server lacks (held)
	Message    string    // in words
	Evidence   map[string]int
	Closed     Decision
	ClosedAt   time.Time
	ToldAt     time.Time // zero: the person was not notified yet
}

// IncidentNote is what a run says of an incident of its collection, or a
// mirroring of one of its account: the vault opens it, or brings the open one up
// to date.
type IncidentNote struct {
	Verdict Verdict
	Account bool      // of the account as a whole, not of the collection
	GoodAt  time.Time // the last moment when all was well
	Live    int
	// Again: what is new in it is a reason by itself. Where the person was told of
	// the open incident a day ago or earlier, they are to be told once more.
	Again bool
	Gone  []int64 // resources missing, held
	// Earlier: what was deleted from the collection since then was lost too, and
	// is named with Gone. Zero: nothing was.
	Earlier time.Time
	Changed []int64 // resources changed by this run
	// Eroded: what lost fields of these classes since ErodedAt, and still lacks
	// them, is named with Changed.
	Eroded   []string
	ErodedAt time.Time
	Message  string
	Evidence map[string]int
}

// IncidentObject is one object of an incident.
type IncidentObject struct {
	Resource int64
	What     string // "gone" or "changed"
	Before   int64  // the last good revision
	After    int64  // what the incident made of it: the revision right after Before; 0 where it is gone
}
