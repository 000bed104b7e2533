package pim

import (
	"fmt"
	"strings"
	"time"
)

// Action is what a restore would do about one object.
type Action string

// The actions.
const (
	Create    Action = "create"    // the target does not have it
	Update    Action = "update"    // the target has another state of it
	Identical Action = "identical" // the target has it so already: skipped
	Conflict  Action = "conflict"  // it changed on the server since: left alone unless overwriting was asked for
	Cannot    Action = "cannot"    // the target does not take it
)

// RestoreResult is what became of one step.
type RestoreResult string

// The results.
const (
	Pending       RestoreResult = ""          // not carried out yet
	DoneCreated   RestoreResult = "created"   // put, read back, equal
	DoneUpdated   RestoreResult = "updated"   // put over an older state, read back, equal
	DoneIdentical RestoreResult = "identical" // was there already
	DoneAltered   RestoreResult = "altered"   // put; the server stored it with other lines
	DoneConflict  RestoreResult = "conflict"  // 412: somebody else was faster, nothing was overwritten
	DoneFailed    RestoreResult = "failed"
	DoneSkipped   RestoreResult = "skipped" // the plan said conflict or cannot

	// What a receipt says of a step without a result.
	NotDone   RestoreResult = "not-done"  // not come to
	Unchecked RestoreResult = "unchecked" // being sent when it stopped; the server may have it
)

// RestoreAsk is what a person asked to be put back, and where.
type RestoreAsk struct {
	At         time.Time // the snapshot; zero with IDs or Incident
	IDs        []int64   // resources
	Revision   int64     // with one ID: this revision of it; 0: the last with content
	Body       []byte    // with one ID: these bytes instead (one field put back)
	Incident   int64
	Account    string // source; "" all
	Collection string // source, title or ID; "" all

	To        string // name of the target account; "" with Folder
	Folder    string // export there instead
	Into      string // title or URL of the one target collection; "": by name
	Make      bool   // make collections that the target lacks (MKCALENDAR, extended MKCOL)
	Overwrite bool   // put over what changed on the server since
	AsIs      bool   // exact bytes, invitations may be mailed
	NewUIDs   bool   // give a new UID where the server says that one is taken
}

// RestoreStep is one object of a restore.
type RestoreStep struct {
	N          int
	Action     Action
	Resource   int64
	Revision   int64 // 0: Body
	Body       []byte
	Title      string
	UID        string
	Kind       Kind
	Collection string // URL of the target collection; "" while it is still to be made
	Make       string // name of the collection to make
	Href       Href
	ETag       ETag // for If-Match; "": If-None-Match: *
	Why        string
	Mail       []string // addresses that could be sent mail

	// Of carrying it out.
	State  string // "todo", "sent", "done"
	Result RestoreResult
	NewUID string
	Detail []string // lines the server altered, or why it failed; no more content than a name
	Quiet  []string // names of the lines that it was sent with other than they were, so that nobody is invited
}

// Restore is a plan and the journal of carrying it out.
type Restore struct {
	ID      int64
	Created time.Time
	Ask     RestoreAsk
	Target  int64  // account; 0: a folder
	State   string // "planned", "running", "stopped", "done"
	Started time.Time
	Ended   time.Time
	Notes   []string
	Makes   []RestoreMake
	Steps   []RestoreStep
}

// RestoreMake is a collection that a restore makes. Steps name it by Make and
// Kind.
type RestoreMake struct {
	Name       string
	Kind       Kind
	Components []string // of a calendar; nil: the server's own choice
	Color      string
	// Before are the URLs of the collections that were there just before it was
	// asked for: one of that name that is not among them was made by it, even
	// if the program ended before that was noted. nil: not asked for yet.
	Before []string
	URL    string // "" not made yet
}

// Since is what another restore to an account did about a resource.
type Since struct {
	Resource   int64
	Collection string // URL of the one that it was put into
	Restore    int64
	Revision   int64  // that was put; 0: no stored state
	ETag       ETag   // of what the server stored; "" unknown
	UID        string // that it had to give it; "": its own
	Href       Href   // where it was put
	Sent       bool   // it was interrupted when it was sending it
}

// Made is a collection that a restore made at an account.
type Made struct {
	Restore int64
	From    int64 // collection that what was put into it came from
	Kind    Kind
	Name    string // that it was made under; it may have another since
	URL     string
	At      time.Time // when that restore ended last, or was begun where it came to no end
}

// Earlier is what the last restore to an account put there for a resource.
type Earlier struct {
	Revision int64  // that was put; 0: no stored state
	ETag     ETag   // of what the server stored; "" unknown
	UID      string // that it had to give it; "": its own
	Href     Href   // where it was put; "" unknown
	// Sent is the restore that was interrupted when it was sending the object: it may
	// be there under a name and a UID that nobody knows. 0: none.
	Sent int64
}

// maxSign is how many bytes of a title tell objects apart.
const maxSign = 120

// Sign is what an object is known again by where a server gave it another name and
// UID: what kind of thing it is, its title, and when it begins, in Unix seconds (0:
// at no time). Objects with the same sign may be the same.
func Sign(component, title string, start int64) string {
	title = strings.Join(strings.Fields(title), " ")
	return fmt.Sprintf("%s %d %s", component, start, title[:min(len(title), maxSign)])
}

// Sign is that of a summary.
func (s *Summary) Sign() string {
	start := int64(0)
	if s.Start != nil {
		start = s.Start.At.Unix()
	}
	return Sign(s.Component, s.Title, start)
}

// Present is one object of a collection's current view, as a restore compares
// with it.
type Present struct {
	Resource   int64
	Collection int64
	Revision   int64
	Href       Href
	ETag       ETag
	UID        string
	SHA256     string    // hexadecimal, of the bytes
	Sign       string    // what it is known again by ([Sign])
	Held       bool      // missing on the server
	SeenAt     time.Time // when it was first seen so
}

// Proof is one check that the vault is whole.
type Proof struct {
	Kind     string // "verify", "drill", "copy"
	At       time.Time
	OK       bool
	Checked  map[string]int64
	Problems []Problem
}

// Problem is one thing that a check found.
type Problem struct {
	Kind  string `json:"kind"` // "blob", "revision", "index", "integrity", "server", "drill", "copy"
	What  string `json:"what"` // in words
	Where string `json:"where"`
}
