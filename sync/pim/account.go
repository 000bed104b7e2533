package pim

import "time"

// Kind is what a collection holds.
type Kind string

// The two kinds of collections. A calendar may hold events, tasks or both.
const (
	Contacts Kind = "contacts"
	Calendar Kind = "calendar"
)

// Account is a person's login at a provider, as it was added.
type Account struct {
	ID        int64
	Name      string // unique within a vault, chosen by the person
	URL       string // as given: a URL, or an e-mail address
	User      string
	AllowHTTP bool // plain http to a host that is not loopback was agreed to
	AddedAt   time.Time
	Secrets   string    // where its password is kept: "keychain" or "file"
	RemovedAt time.Time // zero unless the account was removed and its data kept
}

// Principal is the identity that a server gave the login
// (RFC 5397 current-user-principal), one for each kind of service.
type Principal struct {
	Kind Kind
	URL  string // absolute, path as on the wire
}

// HomeSet is a place where an account's collections live
// (RFC 4791 section 6.2.1, RFC 6352 section 7.1.1). One URL may serve both kinds.
type HomeSet struct {
	ID   int64
	Kind Kind
	URL  string // absolute, path as on the wire
}

// Discovery is what a login turned out to have. URLs are absolute.
type Discovery struct {
	Principals  []Principal
	HomeSets    []HomeSet
	Collections []Collection
	Hosts       []string // host:port values that may be sent the credentials
	// Problems are the places of the account that could not be looked at, each
	// with its reason: the login works, but what is there is missing here. They
	// are told once and not kept in the vault.
	Problems []*Error
}

// HomeListing is what a home-set said when it was listed.
type HomeListing struct {
	Collections []Collection
	// Refused are what it names and does not let be read: Where is the URL, and
	// Reason is ReasonRefused. Whether it is an address book, a calendar or
	// neither is not known. Nothing may be concluded from that of what was
	// mirrored of it before.
	Refused []*Error
	// Principal is whom the server takes the login for (RFC 5397), where it says so
	// here: an absolute URL.
	Principal string
}

// Identity is whom a server takes a login for.
type Identity struct {
	Principal string    // of the current user (RFC 5397), an absolute URL; "": it does not say
	HomeSets  []HomeSet // that this principal names; none: it names none, or can't be read
	Hosts     []string  // host:port values that may be sent the credentials, those of HomeSets included
}

// CTag is a collection's opaque change tag (CalendarServer getctag).
type CTag string

// SyncToken is an opaque position in a collection's history (RFC 6578).
type SyncToken string

// Collection is one address book or calendar, as its server describes it.
type Collection struct {
	ID        int64 // 0 until it is in the vault
	AccountID int64
	Kind      Kind
	HomeSet   string // URL of the home-set that lists it
	URL       string // absolute, path as on the wire; identity is (account, Href.Key)

	Name        string // displayname; may be empty
	Description string
	Color       string // as on the wire, "#RRGGBB" or "#RRGGBBAA"; may be empty
	Order       int
	Components  []string // supported-calendar-component-set; nil: unknown
	Reports     []string // supported-report-set local names; nil: unknown
	Privileges  []string // current-user-privilege-set local names; nil: unknown
	DataTypes   []string // supported-address-data / -calendar-data, "text/vcard 4.0"; nil: unknown
	Source      string   // CalendarServer source URL of a subscription; may be empty

	CTag      CTag
	SyncToken SyncToken
}

// Title is the name to show: the display name or, without one, the last
// segment of the path.
func (c Collection) Title() string {
	if c.Name != "" {
		return c.Name
	}
	return Href(c.URL).Base()
}

// Supports reports whether a report is offered. known is false where the
// server did not say which reports it has: unknown is not the same as none.
func (c Collection) Supports(report string) (supported, known bool) {
	if c.Reports == nil {
		return false, false
	}
	for _, r := range c.Reports {
		if r == report {
			return true, true
		}
	}
	return false, true
}
