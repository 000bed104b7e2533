// Package pim is Sidekeep's domain: accounts, collections, objects, revisions,
// runs and faults. It does no I/O and imports nothing but the standard
// library, so every other package can speak its words.
//
// The words are the field's own. An Account is a person's login at a provider.
// It has Principals, whose HomeSets hold Collections (address books and
// calendars). A Collection lists Objects: exact bytes with an Href and an ETag.
// A Resource is one object through time; each state it was seen in is a
// Revision, and a Tombstone is the Revision that says it is gone. A Run is one
// mirroring of one Collection. Owed is a fetch that failed and will be tried
// again. Held is a deletion that is not believed yet.
package pim
