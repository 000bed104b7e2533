// Package mirror brings what a server holds into the vault: it asks package
// plan what to do, does it, and tells the vault. It declares the two things it
// needs, a Remote to read from and a Vault to write to, and has no way to
// write to a server.
//
// A mirroring of an account asks each home-set once (one PROPFIND Depth 1 has
// the tags of all its collections), then makes a run of each collection that
// changed. A run enumerates, fetches and commits:
//
//   - what a page or a listing says is concluded from only when it came whole;
//   - objects are stored as they come, in batches, so that a run that is cut
//     short need not fetch them again;
//   - the position (token, ctag) moves in the same transaction as the last of
//     the data that it covers, with every fetch that failed written down as
//     owed;
//   - an absence becomes a tombstone only after an explicit removal or a
//     complete listing, and with the consent of plan.Judge, which also looks at
//     what changed and at what the vault knows beside it. What it does not
//     believe is held, and is an incident until it is back or decided on.
//
// Before any of that it is made sure that the login is still the principal's that
// is remembered: most servers say so in the home-set's answer, the others are asked
// where something is amiss, and weekly. Of another principal nothing is taken over,
// and everything is held until it is ours again or somebody agrees. What is missing
// of a short list is judged when all collections have been looked at.
//
// The server is asked for one collection at a time. While the last objects of
// one are written the next is asked for, so that neither the network nor the
// vault waits for the other longer than it must; at most two runs are open, beside
// those that wait for the others.
//
// One object that can't be had costs that object, one collection that fails
// costs that collection. Only a refused login, an untrusted certificate, a
// vault that can't be written and the person's own wish stop the account.
package mirror
