package plan

import (
	"sidekeep/sync/pim"
)

// RestoreFacts is all that a restore plan is made from.
type RestoreFacts struct {
	Ask    pim.RestoreAsk
	Target int64 // account that is written to
	Wanted []RestoreWanted
	There  []RestorePlace // collections of the target account, as mirrored just now

	// Terms are what the target's server said about writing, one for each
	// home-set; none: nothing is known.
	Terms []pim.Terms

	// Equal says whether two states with other bytes have the same meaning; it is
	// asked for few. nil: only equal bytes are equal.
	Equal func(w RestoreWanted, p pim.Present) bool
}

// RestoreWanted is one object to put back.
type RestoreWanted struct {
	Resource   int64
	Revision   int64          // 0: Body
	Body       []byte         // where it is no stored state
	SHA256     string         // hexadecimal, of the bytes
	Collection pim.Collection // where it was: with ID and AccountID
	Href       pim.Href
	Title      string
	Component  string // "VEVENT", "VTODO", "VCARD" ...
	UID        string
	Mail       []string // who could be sent mail (formats.Mailable)
	// Undo says that whatever stands there now is what this restore is meant to
	// undo: the incident's own change, or a version that a person chose.
	Undo bool
}

// RestorePlace is one collection of the target with what is in it.
type RestorePlace struct {
	Collection pim.Collection
	Vanished   string // reason it is believed missing on the server; "" listed
	Objects    []pim.Present
}

// RestorePlan is what PlanRestore decided.
type RestorePlan struct {
	Steps []pim.RestoreStep
	Makes []pim.RestoreMake
	Notes []string // in words, for the plan and the receipt
}

// PlanRestore decides what is to be done about each wanted object. It is pure:
// the same facts give the same plan.
func PlanRestore(f RestoreFacts) RestorePlan {
	return RestorePlan{}
}
