package plan

import (
	"time"

	"sidekeep/sync/pim"
)

// FullEvery is how often a collection is listed in full whatever its token
// says: servers have been seen to forget changes (sabre/dav#1248,
// cyrus-imapd#4985), and a week bounds how long that goes unnoticed.
const FullEvery = 7 * 24 * time.Hour

// Look is what a collection needs in this run.
type Look int

// The looks, from nothing to everything.
const (
	Skip    Look = iota // unchanged, nothing owed
	Retry               // unchanged, but fetches are owed
	Changes             // ask what changed since the token
	Relist              // enumerate everything
	Audit               // enumerate everything by the independent road, PROPFIND
)

// Seen is what is known of a collection before it is looked at.
type Seen struct {
	State    pim.State
	Held     int
	Owed     int
	Vanished bool
	// What its home-set lists now.
	CTag      pim.CTag
	SyncToken pim.SyncToken
	Syncable  bool // sync-collection may be there
}

// Probe decides how to look at a collection. It is unchanged only where every
// tag that both sides have is equal and there is at least one: a tag that
// changes at every request costs one sync-collection, a missed change would
// cost data.
func Probe(s Seen, now time.Time) Look {
	st := s.State
	switch {
	case st.LastFull.IsZero(), s.Vanished, s.Held > 0:
		return Relist
	case now.Sub(st.LastFull) >= FullEvery, now.Before(st.LastFull.Add(-24 * time.Hour)):
		return Audit
	}
	known, equal := false, true
	if s.CTag != "" && st.CTag != "" {
		known, equal = true, s.CTag == st.CTag
	}
	if s.SyncToken != "" && st.SyncToken != "" {
		known, equal = true, equal && s.SyncToken == st.SyncToken
	}
	switch {
	case known && equal && s.Owed > 0:
		return Retry
	case known && equal:
		return Skip
	case s.Syncable && st.SyncToken != "":
		return Changes
	}
	return Relist
}
