// Package davtest is a CardDAV and CalDAV server for tests and benchmarks:
// real HTTP on a loopback port, written from the RFCs (4918, 5397, 4791, 6352,
// 6578, 6764) and independent of the client it tests.
//
// A test starts one with New, fills it through the Go API (AddCollection, Put,
// Delete, Fill), which needs no HTTP, and points a client at URL. Objects are
// kept and served as the exact bytes that were put.
//
// What is put over HTTP is stored as it came, unless one of WriteQuirks says
// otherwise.
//
// Three things make it more than a well-behaved server:
//
//   - Quirks (Quirks, Set, Scenario) make it answer as one named server in the
//     field does. Each says what a mirror is still expected to achieve.
//   - Faults (Fail, FailRandomly) break single requests: a reset, a cut, a stall, a
//     status, garbage, a slow drip.
//   - Losses (Lose, Snapshot, Restore, Rewind) are the disasters a mirror is
//     there for.
//
// Answers are streamed and generated objects are made while they are sent, so
// 100,000 objects cost the server little more than their names.
package davtest
