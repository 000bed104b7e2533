// Package plan decides, and does nothing else: what a listing means for what
// is in the vault (Diff), whether a loss is to be believed (Judge), whether a
// collection needs looking at and how (Probe), by which road to fetch and in
// how large bites (Pacer), and when an owed fetch is tried again.
//
// Nothing here does I/O, starts a goroutine or reads a clock. Package mirror
// asks, acts, and reports back what happened.
package plan
