package service

import (
	"time"

	"sidekeep/sync/pim"
)

// The types of history, incidents, restore and proof. As with those in
// types.go, their JSON names are a contract.

// RevisionInfo is one state of an object: a line of `history`. Changes is the
// difference to the state before, field by field, in words.
type RevisionInfo struct {
	ID      int64      `json:"id"`
	Run     int64      `json:"run"`
	SeenAt  time.Time  `json:"seen_at"`
	Until   *time.Time `json:"until"` // null: it stands so now
	Deleted bool       `json:"deleted"`
	Title   string     `json:"title"`
	Size    int64      `json:"size"`
	SHA256  string     `json:"sha256"`
	Changes []Change   `json:"changes"`
}

// Change is one field's difference between two states. What is "added",
// "removed" or "changed". Text says it in words ("telephone, work: +47 ... removed").
type Change struct {
	What  string `json:"what"`
	Field string `json:"field"` // property name in upper case
	Title string `json:"title"` // the property in words
	Label string `json:"label"`
	Old   string `json:"old"`
	New   string `json:"new"`
	Text  string `json:"text"`
	// Line names the property of the older state, for putting just it back; -1
	// where it has none.
	Line int `json:"line"`
}

// RunChanges is the result of `log --changes RUN`.
type RunChanges struct {
	Run     RunInfo     `json:"run"`
	Changes []RunChange `json:"changes"`
}

// RunChange is one object that a run changed. What is "created", "modified",
// "deleted", "held" or "back".
type RunChange struct {
	What    string   `json:"what"`
	ID      int64    `json:"id"`
	Href    string   `json:"href"`
	Title   string   `json:"title"`
	Changes []Change `json:"changes"`
}

// Timeline is the account's history for a chart: one point a run, oldest first.
type Timeline struct {
	Points    []TimelinePoint
	Incidents []Incident
	From, To  time.Time
}

// TimelinePoint is the state after a run. Objects counts what was chosen (one
// collection, one account, everything).
type TimelinePoint struct {
	Run        int64
	Collection int64
	At         time.Time
	Objects    int
	Created    int
	Modified   int
	Deleted    int
	Held       int // missing in that collection after it, and not decided on
	Outcome    pim.Outcome
}

// Incident is one line of `incidents`.
type Incident struct {
	ID         int64          `json:"id"`
	Account    string         `json:"account"`
	Collection string         `json:"collection"` // "" the account as a whole
	CollID     int64          `json:"-"`
	Kind       pim.Kind       `json:"kind,omitempty"`
	Verdict    pim.Verdict    `json:"verdict"`
	Since      time.Time      `json:"since"`
	Gone       int            `json:"gone"`
	Changed    int            `json:"changed"`
	Kept       int            `json:"kept"`
	Live       int            `json:"-"`
	Message    string         `json:"message"`
	Evidence   map[string]int `json:"evidence"`
	Open       bool           `json:"open"`
	Closed     string         `json:"closed,omitempty"` // recovered, accepted, kept, put-back
	ClosedAt   *time.Time     `json:"closed_at,omitempty"`
	GoodAt     *time.Time     `json:"good_at"` // the snapshot that is offered; null: none
}

// IncidentObject is one object of an incident, for Review.
type IncidentObject struct {
	Item
	What   string `json:"what"`   // "gone" or "changed"
	Before int64  `json:"before"` // the last good revision
}

// RestorePlan is the result of `restore plan`.
type RestorePlan struct {
	ID            int64          `json:"id"`
	To            string         `json:"to"` // account name or folder
	Steps         []RestoreStep  `json:"steps"`
	Counts        map[string]int `json:"counts"`          // by action
	CouldBeMailed []MailRisk     `json:"could_be_mailed"` // as it is with AsIs, which is not asked for otherwise
	AsIs          bool           `json:"-"`               // the exact bytes are uploaded
	Notes         []string       `json:"notes"`
	Collections   []string       `json:"make"` // collections that would be made
}

// RestoreStep is one object of a plan.
type RestoreStep struct {
	Action pim.Action `json:"action"`
	Title  string     `json:"title"`
	Href   string     `json:"href"`
	Why    string     `json:"why"`
	ID     int64      `json:"item"`
	Kind   pim.Kind   `json:"kind"`
	Into   string     `json:"collection"` // title of the target collection
}

// MailRisk is an object whose upload could make the server send mail.
type MailRisk struct {
	Title     string   `json:"title"`
	Href      string   `json:"href"`
	Addresses []string `json:"addresses"`
}

// Receipt is the result of `restore run`, also written as a file beside the vault.
type Receipt struct {
	ID      int64          `json:"id"`
	To      string         `json:"to"`
	State   string         `json:"state"` // done, stopped; running while it goes on, or was cut short
	Started time.Time      `json:"started"`
	Ended   time.Time      `json:"ended"`
	Counts  map[string]int `json:"counts"` // by result
	Items   []ReceiptItem  `json:"items"`
	Notes   []string       `json:"notes"` // such as: invitations were kept quiet
	File    string         `json:"file"`  // where the receipt was written
	Export  *ExportReport  `json:"export,omitempty"`
	Seconds float64        `json:"seconds"`
	Error   *ErrorInfo     `json:"error,omitempty"` // why it stopped
}

// ReceiptItem is what became of one object.
type ReceiptItem struct {
	Result pim.RestoreResult `json:"result"`
	Title  string            `json:"title"`
	Href   string            `json:"href"`
	Why    string            `json:"why,omitempty"`
	Lines  []string          `json:"lines,omitempty"` // that the server altered
	Quiet  []string          `json:"quiet,omitempty"` // names of the lines that got SCHEDULE-AGENT=CLIENT, so that nobody is invited
	NewUID string            `json:"new_uid,omitempty"`
	Offer  string            `json:"offer,omitempty"` // what can be tried next
}

// RestoreInfo is one line of `restore list`. State is "planned", "running",
// "stopped" (also where its program was ended) or "done".
type RestoreInfo struct {
	ID      int64          `json:"id"`
	To      string         `json:"to"`
	State   string         `json:"state"`
	Created time.Time      `json:"created"`
	Started *time.Time     `json:"started"`
	Ended   *time.Time     `json:"ended"`
	Counts  map[string]int `json:"counts"`  // of the plan, by action
	Results map[string]int `json:"results"` // of what was carried out, by result
	What    string         `json:"what"`    // what was asked for, in words
	// Superseded is the restore that took this one's place, of the same incident or
	// with all that this one had still to do; 0: none. This one can't be gone on with.
	Superseded int64 `json:"superseded,omitempty"`
}

// VerifyReport is the result of `verify`.
type VerifyReport struct {
	OK       bool          `json:"ok"`
	Checked  VerifyCounts  `json:"checked"`
	Problems []pim.Problem `json:"problems"`
	ProvenAt *time.Time    `json:"proven_at"` // the last restore drill that succeeded; null: none
	Notes    []string      `json:"notes"`     // what could not be asked, such as an offline server
	Seconds  float64       `json:"seconds"`
}

// VerifyCounts is how much was checked.
type VerifyCounts struct {
	Blobs     int64 `json:"blobs"`
	Revisions int64 `json:"revisions"`
	Objects   int64 `json:"objects"`
	Bytes     int64 `json:"bytes"`
}

// ProofStatus is what Overview and `status` show of the proofs; times are null
// where there was none.
type ProofStatus struct {
	VerifiedAt *time.Time `json:"verified_at"`
	DrilledAt  *time.Time `json:"proven_at"` // restorable, proven
	CopiedAt   *time.Time `json:"copied_at"`
	OK         bool       `json:"ok"` // the last of each was, as far as there was one
	Problems   int        `json:"problems"`
	// Damaged says that the vault's file is damaged: nothing is written to it any
	// more, and `rescue` gets out what can be read.
	Damaged   bool       `json:"damaged"`
	CopyTo    string     `json:"copy_to"`              // folder of the second copy; "": none
	CopyError *ErrorInfo `json:"copy_error,omitempty"` // why the last copy failed
	// Notices are what happened while nobody looked, until somebody has seen them.
	Notices []ProofNotice `json:"notices,omitempty"`
}

// ProofNotice is something about the vault that a person has to be told: it was found
// to be an earlier state of itself ("older"), or what the background does failed
// ("drill", "copy").
type ProofNotice struct {
	Kind string    `json:"kind"`
	At   time.Time `json:"at"`
	Runs int64     `json:"runs,omitempty"` // that are missing, of "older"
	ErrorInfo
}

// CopyReport is the result of `copy`.
type CopyReport struct {
	Path    string   `json:"path"`
	Bytes   int64    `json:"bytes"`
	OK      bool     `json:"ok"` // opened again and checked
	Removed []string `json:"removed"`
	Seconds float64  `json:"seconds"`
}

// RescueReport is the result of `rescue`.
type RescueReport struct {
	Path     string        `json:"path"`
	Objects  int           `json:"objects"`
	Bytes    int64         `json:"bytes"`
	Files    []string      `json:"files"`
	Problems []pim.Problem `json:"problems"` // what could not be read
}

// ThinPlan is what thinning would let go of, or did.
type ThinPlan struct {
	Revisions int64      `json:"revisions"`
	Bytes     int64      `json:"bytes"`
	Objects   int        `json:"objects"` // that lose revisions; none loses its last
	Oldest    *time.Time `json:"oldest"`
	Done      bool       `json:"done"`
}
