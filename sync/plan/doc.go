// Package plan decides, and does nothing else: what a listing means for what
// is in the vault (Diff), what to make of what is missing or changed, and how to
// say it (Judge), whether a collection needs looking at and how (Probe), by
// which road to fetch and in how large bites (Pacer), when an owed fetch is
// tried again, and what a restore would do (PlanRestore).
//
// Nothing here does I/O, starts a goroutine or reads a clock. Package mirror
// asks, acts, and reports back what happened.
package plan
