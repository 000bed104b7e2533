package pim

import "time"

// Field classes that a loss is looked for in (Evidence.Fields).
const (
	FieldPhoto       = "photo"
	FieldPhone       = "phone"
	FieldEmail       = "email"
	FieldNote        = "note"
	FieldAddress     = "address"
	FieldAttendees   = "attendees"
	FieldAlarm       = "alarm"
	FieldRecurrence  = "recurrence"
	FieldDescription = "description"
)

// FieldLoss counts, among changed objects, those that had fields of a class
// and those of them that have fewer now.
type FieldLoss struct{ Had, Lost int }

// Evidence is what the vault knows about a run that is about to end, beside
// what the run listed. All of it is of one collection.
type Evidence struct {
	// GoodAt is the end of the last run before it that concluded; zero: none did,
	// and nothing below is filled in. Like the times of Recent it goes by the order of
	// runs, where a clock was wrong, and never lies ahead.
	GoodAt time.Time
	// ShownAt is when by its own clock that run ended: the view as of then is what it
	// saw.
	ShownAt time.Time

	// Of the objects that stand otherwise than at GoodAt.
	Changed    []int64 // had other bytes then
	Created    int     // were not there then
	Fields     map[string]FieldLoss
	Having     map[string]int // of the objects that did not change; counted only where a loss is near
	Hollow     int            // have half of their fields or fewer, or lost two classes and more
	Reverted   int            // have bytes that they had once before
	RevertedTo time.Time      // all of Reverted stood so until then; zero: there is no such moment
	Producer   string         // the PRODID that most of Changed have now and had not then
	Produced   int            // how many have it

	// Of the objects that are gone, held ones included.
	Moved   []int64 // came to be under another href or in another collection of the account since GoodAt
	Younger int     // appeared only after RevertedTo
	Newest  bool    // they are exactly the youngest of the collection
	Births  int     // days on which they had appeared, at most 100 looked at

	// EmptiedBefore says that nothing was left after an earlier run, and that this
	// was believed. It is looked up only for a small collection.
	EmptiedBefore bool

	// Recent are the runs of the last RecentDays that changed something or failed,
	// oldest first.
	Recent []RecentRun
	// DecidedAt is when a person last decided on an incident of the collection, or the
	// last of Recent's runs that ended before they did.
	DecidedAt time.Time
	// Beside are the other collections of the account that lost objects within the
	// last day, without a decision yet; one that is gone altogether is not counted.
	Beside int
	// Open is the incident of a loss that is open for it, or for its account: its
	// ID, CollID, Verdict, Message, GoodAt and ToldAt.
	Open *Incident
	// Guests are the live resources of the collection that came while it, or its
	// account, was somebody else's: if they go nothing is lost. They count in
	// nothing else here.
	Guests []int64
}

// RecentDays is how far Evidence looks back, in days.
const RecentDays = 30

// RecentRun is what is needed of an earlier run to tell a trickle from a burst.
type RecentRun struct {
	Ended   time.Time
	Outcome Outcome
	Fault   string // name
	Decided bool   // carried out a person's decision
	Objects int    // in the collection afterwards
	Created int
	Deleted int
	Changed int
	Fields  map[string]FieldLoss
}
