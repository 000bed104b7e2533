// Package present holds the state of every screen and every sentence a person
// reads. It knows no toolkit: the window assigns the fields of a state to its
// widgets, and the command line prints the same sentences.
//
// Presenters live on one thread, the window's. Their methods are called there
// and their state is read there. What takes time runs on goroutines that
// belong to an App; the result comes back through the post function that was
// injected, so nothing here locks and nothing ever blocks the window. Answers
// that were overtaken (an earlier search, a page of a list that has changed)
// are dropped when they arrive.
package present
