package service

import (
	"time"

	"sidekeep/sync/pim"
)

// The types in this file are what the command line prints with --json and what
// the window shows. Their JSON names are a contract: scripts rest on them.

// ErrorInfo is a failure in words. Message is one sentence for a person, Hint
// the next step, Detail the technical line for "Copy details".
type ErrorInfo struct {
	Fault   string `json:"fault"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
	Detail  string `json:"-"`
	// RetryAt is when it will be tried again; zero if it will not by itself.
	RetryAt time.Time `json:"-"`
	// LoginWorks says that one place of the account is refused and not its login.
	LoginWorks bool `json:"-"`
}

// Warning is a part of an account that could not be looked at, with the reason.
type Warning struct {
	URL string `json:"url"`
	ErrorInfo
}

// MirrorReport is the result of `mirror`.
type MirrorReport struct {
	Accounts  []AccountReport `json:"accounts"`
	Incidents []Incident      `json:"incidents"` // that are open for these accounts
	// Recovered are those that closed by themselves in this mirroring: the server has
	// everything again.
	Recovered []Incident `json:"recovered,omitempty"`
}

// AccountReport is one account's part of a MirrorReport. Bytes are bodies as
// received on the wire; Seconds is wall time.
type AccountReport struct {
	Name          string             `json:"name"`
	Outcome       pim.Outcome        `json:"outcome"`
	Created       int                `json:"created"`
	Modified      int                `json:"modified"`
	Deleted       int                `json:"deleted"`
	Held          int                `json:"held"`
	Owed          int                `json:"owed"`
	Requests      int64              `json:"requests"`
	BytesReceived int64              `json:"bytes_received"`
	Seconds       float64            `json:"seconds"`
	Collections   []CollectionReport `json:"collections"`
	// Warnings are what the server names and does not let be read, and what is
	// therefore missing here. One that was read before has failed instead.
	Warnings []Warning  `json:"warnings,omitempty"`
	Error    *ErrorInfo `json:"error"`
}

// CollectionReport is one collection's part of an AccountReport.
type CollectionReport struct {
	Name     string      `json:"name"`
	Kind     pim.Kind    `json:"kind"`
	Outcome  pim.Outcome `json:"outcome"`
	Objects  int         `json:"objects"`
	Created  int         `json:"created"`
	Modified int         `json:"modified"`
	Deleted  int         `json:"deleted"`
	Held     int         `json:"held"`
	Owed     int         `json:"owed"`
	Reason   string      `json:"reason,omitempty"` // why deletions are held, or what failed, in words
}

// Status is the result of `status`. Times are RFC 3339 or null.
type Status struct {
	Accounts  []AccountStatus `json:"accounts"`
	Vault     VaultStatus     `json:"vault"`
	Incidents []Incident      `json:"incidents"`       // open ones
	Proof     *ProofStatus    `json:"proof,omitempty"` // nil for a moment of the past
	// At is the moment asked for; null is now.
	At *time.Time `json:"at,omitempty"`
}

// AccountStatus is one account. State is "new" (never mirrored), "ok",
// "partial", "held", "failed" or "running".
type AccountStatus struct {
	ID           int64              `json:"-"`
	Name         string             `json:"name"`
	URL          string             `json:"url"`
	User         string             `json:"user"`
	State        string             `json:"state"`
	LastComplete *time.Time         `json:"last_complete"`
	Collections  []CollectionStatus `json:"collections"`
	Error        *ErrorInfo         `json:"error,omitempty"` // of the last run, if it failed
	Secrets      string             `json:"secrets"`         // "keychain" or "file"
	// Warnings are what of the account can't be read while the rest can: what the
	// server names and refuses, as the last mirroring met it, and in the answer to
	// adding the account whatever else could not be looked at.
	Warnings []Warning `json:"warnings,omitempty"`
}

// CollectionStatus is one collection. Reason says why deletions are held, or
// why the collection is thought gone.
type CollectionStatus struct {
	ID           int64      `json:"id"`
	Name         string     `json:"name"`
	Kind         pim.Kind   `json:"kind"`
	Objects      int        `json:"objects"`
	Held         int        `json:"held"`
	Owed         int        `json:"owed"`
	LastComplete *time.Time `json:"last_complete"`
	Reason       string     `json:"reason,omitempty"`
	Color        string     `json:"color,omitempty"`
	Components   []string   `json:"components,omitempty"`
	Vanished     bool       `json:"vanished,omitempty"`
}

// VaultStatus is where the vault is and how big.
type VaultStatus struct {
	Path      string `json:"path"`
	Bytes     int64  `json:"bytes"` // the file and its WAL
	Revisions int64  `json:"revisions"`
}

// Item is one object in a list. Start, End and Due are as When.String writes
// them, or "".
type Item struct {
	ID         int64    `json:"id"`
	Account    string   `json:"account"`
	Collection string   `json:"collection"`
	Href       string   `json:"href"`
	UID        string   `json:"uid"`
	Kind       string   `json:"kind"` // "contact", "event", "task", "journal", "other"
	Title      string   `json:"title"`
	Start      string   `json:"start"`
	End        string   `json:"end"`
	Due        string   `json:"due"`
	Held       bool     `json:"held"`
	Revisions  int      `json:"revisions"`
	Subtitle   string   `json:"-"` // organisation, e-mail or telephone; location for events
	HasPhoto   bool     `json:"-"`
	Completed  bool     `json:"-"`
	Recurs     bool     `json:"-"`
	Priority   int      `json:"-"`
	Percent    int      `json:"-"`
	StartAt    int64    `json:"-"` // Unix seconds, 0 none; for sorting and ranges
	DueAt      int64    `json:"-"`
	CollID     int64    `json:"-"`
	Color      string   `json:"-"` // of its collection
	Tags       []string `json:"-"`
	// HeldSince is when an object was first seen to be missing on the server; nil
	// for one that is there.
	HeldSince *time.Time `json:"held_since,omitempty"`
	// DeletedAt and DeletedRun say when an object of a list of deleted ones was
	// seen to be gone; nil and 0 for one that is there.
	DeletedAt  *time.Time `json:"deleted_at,omitempty"`
	DeletedRun int64      `json:"deleted_run,omitempty"`
}

// ListQuery selects items. Empty fields do not restrict.
type ListQuery struct {
	What       string // "contacts", "events", "tasks", "all"
	Search     string
	Account    string
	Collection string // title or ID
	CollID     int64  // exact collection; 0 any
	Offset     int
	Limit      int // 0: all
	// From and To restrict events to those that may have an occurrence in
	// [From, To): recurring events whose first start is before To are kept.
	From, To time.Time
	// At shows the vault as it was then; zero is now.
	At time.Time
	// Deleted lists what was removed instead of what is there. At is then the
	// latest moment of removal.
	Deleted bool
}

// ItemDetail is one object with its bytes and what is understood of it.
type ItemDetail struct {
	Item
	Body     []byte      `json:"-"`
	ETag     string      `json:"etag"`
	Size     int64       `json:"size"`
	SHA256   string      `json:"sha256"`
	SeenAt   time.Time   `json:"seen_at"` // when these bytes were first seen
	Summary  pim.Summary `json:"-"`
	Problems []string    `json:"problems"`
}

// RunInfo is one line of `log`.
type RunInfo struct {
	ID         int64       `json:"id"`
	Account    string      `json:"account"`
	Collection string      `json:"collection"`
	Kind       pim.Kind    `json:"kind"`
	Started    time.Time   `json:"started"`
	Ended      *time.Time  `json:"ended"`
	Outcome    pim.Outcome `json:"outcome"`
	Full       bool        `json:"full"`
	Objects    int         `json:"objects"`
	Created    int         `json:"created"`
	Modified   int         `json:"modified"`
	Deleted    int         `json:"deleted"`
	Held       int         `json:"held"`
	Owed       int         `json:"owed"`
	Requests   int64       `json:"requests"`
	Bytes      int64       `json:"bytes_received"`
	Message    string      `json:"message"`
}

// ExportRequest says what goes where. As is "folder" or "zip".
type ExportRequest struct {
	To         string
	As         string
	Account    string
	Collection string // title or ID
	Kind       pim.Kind
	Force      bool
	// At exports the collections as they were then; zero is now.
	At time.Time
}

// ExportReport is the result of an export.
type ExportReport struct {
	Path    string       `json:"path"`
	As      string       `json:"as"`
	Files   []ExportFile `json:"files"`
	Objects int          `json:"objects"`
	Bytes   int64        `json:"bytes"`
	Notes   []string     `json:"notes"`   // what was renamed or could not be merged, in words
	Missing []Missing    `json:"missing"` // what was asked for and could not be read; see Err
	Seconds float64      `json:"seconds"`

	vault string // where it is
}

// ExportFile is one file of an export; Objects were counted again after writing.
type ExportFile struct {
	Name       string   `json:"name"`
	Account    string   `json:"account"`
	Collection string   `json:"collection"`
	Kind       pim.Kind `json:"kind"`
	Objects    int      `json:"objects"`
	Bytes      int64    `json:"bytes"`
	SHA256     string   `json:"sha256"`
}

// NewAccount is what a person types to add an account.
type NewAccount struct {
	Address   string // URL or e-mail address
	User      string // "" takes the e-mail address
	Password  string
	Name      string // "" makes one from the host or the address
	AllowHTTP bool
	Secrets   string // where the password goes: "keychain" or "file"; "" is as configured
}

// CheckReport is the result of `account check`.
type CheckReport struct {
	Name        string             `json:"name"`
	OK          bool               `json:"ok"`
	Principals  []string           `json:"principals"`
	HomeSets    []string           `json:"home_sets"`
	Collections []CollectionReport `json:"collections"`
	// Warnings are what of the account could not be looked at, while the rest could.
	Warnings []Warning  `json:"warnings,omitempty"`
	Error    *ErrorInfo `json:"error"`
}

// Progress is a job's snapshot, polled by whoever shows it.
type Progress struct {
	Kind       string // "mirror", "export", "account", "reindex"
	Account    string
	Collection string
	Step       string // in words: "Looking for changes", "Fetching", "Writing"
	Done       int64
	Total      int64 // 0: not known
	Bytes      int64
	Started    time.Time
	Finished   bool
	Err        error
}

// Settings are kept in the vault's folder, not in the vault.
type Settings struct {
	Interval     time.Duration // between background mirrors; 0: off
	StartAtLogin bool
	CloseToTray  bool

	CopyTo    string        // folder of the second copy; "": none
	CopyEvery time.Duration // between two copies; 0: only when asked for
	Thin      bool          // old states are thinned by age
}
