package pim

// Leave is whether a server lets something be done, as far as it says so.
type Leave string

// The answers. Unknown is not no: some servers say nothing and do it.
const (
	LeaveUnknown Leave = ""
	LeaveYes     Leave = "yes"
	LeaveNo      Leave = "no"
)

// Terms is what a server says, before anything is written, about writing into a
// home-set.
type Terms struct {
	Home         HomeSet
	Collections  []CollectionTerms
	MakeCalendar Leave // a calendar may be made here
	MakeBook     Leave // an address book may be made here

	// Mails says that the server sends invitations and answers by itself when an
	// event with attendees is stored (RFC 6638: calendar-auto-schedule).
	Mails Leave
	// Server is the family of its software where it tells: "Cyrus", "Radicale",
	// "Xandikos", "sabre/dav", "Nextcloud", or a provider: "Google", "iCloud",
	// "Fastmail", ...; "" unknown.
	Server string
	// UIDScope is within what one UID may stand once: "collection", "account" (all
	// collections of this home-set), "none" (more than once anywhere), or ""
	// unknown.
	UIDScope string
	// OwnNames says that the server gives what is put another name or UID.
	OwnNames Leave
	Classes  []string // of the DAV header (RFC 4918 section 10.1); nil: not told
}

// Makes says whether a collection of a kind may be made here. ok is false where
// the home-set is for the other kind.
func (t Terms) Makes(k Kind) (leave Leave, ok bool) {
	if t.Home.Kind != "" && t.Home.Kind != k {
		return LeaveNo, false
	}
	if k == Calendar {
		return t.MakeCalendar, true
	}
	return t.MakeBook, true
}

// CollectionTerms is what a server says about writing into one collection.
type CollectionTerms struct {
	Collection Collection
	Create     Leave    // a new object may be put (DAV:bind, or write)
	Change     Leave    // an object that is there may be replaced (DAV:write-content, or write)
	Delete     Leave    // DAV:unbind, or write
	Components []string // that it takes; nil: unknown
	MaxSize    int64    // bytes of one object; 0: not told
}

// PutRequest is one object to be stored.
type PutRequest struct {
	Collection Collection
	Href       Href // where; as on the wire
	Kind       Kind
	Body       []byte
	// IfMatch is the state that may be replaced, exactly as it was on the wire; ""
	// stores only what is not there yet (If-None-Match: *).
	IfMatch ETag
	// Quiet asks a scheduling server to mail nobody: Schedule-Reply: F. RFC 6638
	// section 8.1 has it for deleting only, though sabre/dav and Nextcloud heed it
	// here too: that nobody is invited has to be said in the body
	// (SCHEDULE-AGENT=CLIENT, section 7.1).
	Quiet bool
	// ReadBack says that the caller looks at what was stored anyhow: the ETag, and
	// the name, that the answer did not tell are not asked for.
	ReadBack bool
}

// PutResult is where and how an object was stored.
type PutResult struct {
	Href   Href // where it is now: the server may have put it elsewhere
	ETag   ETag // of what is stored now; "": the server tells none
	Status int  // 201 new, 204 or 200 replaced
}

// Reasons of an Error about something that was to be written.
const (
	// ReasonPrecondition: it is there already, or was changed since; nothing was
	// written.
	ReasonPrecondition = "precondition"
	// ReasonUIDConflict: the UID is in use; a *UIDConflict in the chain tells where,
	// if the server does.
	ReasonUIDConflict = "uid-conflict"
	// ReasonUnknownOutcome: the connection ended before the answer. It may have
	// been written: read it before writing again.
	ReasonUnknownOutcome = "unknown-outcome"
	ReasonReadOnly       = "read-only"             // no right to write here
	ReasonComponent      = "unsupported-component" // the calendar takes no such component
	ReasonData           = "invalid-data"          // the server does not understand it
	ReasonTooLarge       = "too-large"             // more bytes than it takes
	ReasonMediaType      = "media-type"            // not this format or version
	ReasonFull           = "full"                  // 507, quota
	ReasonLocked         = "locked"                // 423
	ReasonNoMake         = "no-make"               // collections can't be made here
)

// UIDConflict is the cause of an Error with ReasonUIDConflict.
type UIDConflict struct {
	Href Href // what has the UID, as the server says; "": it does not say
	Bin  bool // it was deleted, and the server's trash bin has it
	Err  error
}

// Error words the conflict.
func (e *UIDConflict) Error() string {
	s := "its UID is in use"
	if e.Bin {
		s = "its UID is in the server's trash bin"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives what the server answered.
func (e *UIDConflict) Unwrap() error { return e.Err }
