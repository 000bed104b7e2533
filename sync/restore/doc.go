// Package restore carries a restore plan out: it makes the collections that the
// plan asks for, writes each object on a condition, reads it back, and says what
// became of it.
//
// What is about to be asked of the server is written into the journal before,
// and what came of it after. A restore that was cut short, by a lost connection
// or by the end of the program, goes on from the journal: whatever may have been
// sent is looked for on the server first, so that nothing is written twice.
// Nothing is ever overwritten that is not as the plan saw it: every write is
// conditional (RFC 9110 section 13.1).
package restore
