// Package drill rehearses a restore: it loads what a vault holds into a small
// CardDAV and CalDAV server of its own, with the writer that restores use, mirrors
// that back into a scratch vault, and compares every object byte by byte. What
// comes out whole could be put on any server that keeps what it is given.
//
// The server listens on the loopback interface only, for as long as the drill
// takes, with a password made up for it. Everything is kept in a scratch folder
// that goes when the drill ends, however it ends.
package drill
