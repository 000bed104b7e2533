package pim

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Fault says what kind of thing went wrong. It decides what a person is told,
// what happens next, and the exit code of the command line.
type Fault int

// The faults, in the order of the table in the README.
const (
	Internal  Fault = iota // a bug in Sidekeep
	Offline                // DNS, route, time-out, connection cut
	Busy                   // 429, 503: the server asked us to wait
	Denied                 // 401, 403
	Untrusted              // TLS: the certificate is not trusted
	Gone                   // the collection answers 404 or 410
	Protocol               // an answer that can't be understood
	BadObject              // one resource could not be fetched or stored
	Held                   // a suspicious loss is waiting for a decision
	Storage                // disk full, vault damaged, no permission
	Invalid                // what the person typed or configured
	Stopped                // cancelled by the person: no error
)

var faultNames = [...]string{
	"internal", "offline", "busy", "denied", "untrusted", "gone", "protocol",
	"bad-object", "held", "storage", "invalid", "stopped",
}

// String gives the fault's stable name, as it stands in JSON.
func (f Fault) String() string {
	if f < 0 || int(f) >= len(faultNames) {
		return "internal"
	}
	return faultNames[f]
}

// ParseFault is the inverse of String; an unknown name is Internal.
func ParseFault(s string) Fault {
	for i, n := range faultNames {
		if n == s {
			return Fault(i)
		}
	}
	return Internal
}

// ExitCode is the command line's exit status for the fault.
func (f Fault) ExitCode() int {
	switch f {
	case Invalid:
		return 2
	case Gone, BadObject:
		return 3
	case Offline, Busy:
		return 4
	case Denied, Untrusted:
		return 5
	case Protocol:
		return 6
	case Held:
		return 7
	case Storage:
		return 8
	case Stopped:
		return 130
	}
	return 1
}

// ReasonRefused is the Reason of an error about one member of a home-set that
// the server names and does not let be read. The login works: the fault is of
// that one place.
const ReasonRefused = "refused-collection"

// Error is the one error type that crosses package borders: what was being
// done, where, why, and what a person can do next. It never contains a secret,
// a token or the content of an object.
type Error struct {
	Fault Fault
	Op    string // what was being done: "list changes"
	Where string // URL (without credentials), path or name
	Hint  string // the next step, if known; worded for a person
	Err   error  // the cause, may be nil

	Status     int           // HTTP status, 0 if none
	RetryAfter time.Duration // what the server asked for, 0 if it did not
	Reason     string        // a stable word for one cause, e.g. "sync-token", "certificate"; may be empty
}

// Error words the failure on one line: op, where, cause.
func (e *Error) Error() string {
	s := e.Op
	if e.Where != "" {
		s += " " + e.Where
	}
	switch {
	case e.Err != nil:
		s += ": " + e.Err.Error()
	case e.Status != 0:
		s += fmt.Sprintf(": HTTP status %d", e.Status)
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// FaultOf classifies any error: an *Error by its fault, a cancelled context as
// Stopped, a deadline as Offline, everything else as Internal.
func FaultOf(err error) Fault {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Fault
	case errors.Is(err, context.Canceled):
		return Stopped
	case errors.Is(err, context.DeadlineExceeded):
		return Offline
	}
	return Internal
}

// HintOf gives the first hint in the chain, or "".
func HintOf(err error) string {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			return ""
		}
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
	return ""
}
