package pim

import "time"

// Revision is one state of an object, as it was seen.
type Revision struct {
	ID       int64
	Resource int64
	Run      RunID
	SeenAt   time.Time // when it was first seen so
	Until    time.Time // when the next state was seen; zero: it stands so now
	Deleted  bool      // a tombstone
	ETag     ETag
	Via      Via
	Size     int64  // bytes; 0 for a tombstone
	SHA256   string // hexadecimal; "" for a tombstone
	Title    string
	// Now says that it is the last: what the current view shows, or the tombstone.
	Now bool
}

// Snapshot is one collection as of a run: what `--at` shows of it.
type Snapshot struct {
	Collection   int64
	Run          RunID
	At           time.Time // end of the run
	Outcome      Outcome
	LastRevision int64 // everything the run saw has an ID up to this
	Objects      int
	Held         int
}

// RunChange is what a run did to one object. (A Change is a line of
// sync-collection.)
type RunChange struct {
	What     string // "created", "modified", "deleted", "held", "back"
	Resource int64
	Href     Href
	Title    string
	Before   int64 // revision; 0 none
	After    int64 // revision; 0 none
}

// Point is one run on the timeline of a collection or an account.
type Point struct {
	Run        RunID
	Collection int64
	At         time.Time
	Outcome    Outcome
	Objects    int // in the collection afterwards
	Created    int
	Modified   int
	Deleted    int
	Held       int
}
