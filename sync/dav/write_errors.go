package dav

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sidekeep/sync/pim"
)

// refusalOf is what a condition of a refused PUT means (RFC 4791 section 5.3.2.1, RFC
// 6352 section 6.3.2.1, RFC 6638 section 3.2.4, RFC 4331 section 6).
var refusalOf = map[string]string{
	"no-uid-conflict":                   pim.ReasonUIDConflict,
	"unique-scheduling-object-resource": pim.ReasonUIDConflict,
	"supported-calendar-component":      pim.ReasonComponent,
	"supported-calendar-data":           pim.ReasonMediaType,
	"supported-address-data":            pim.ReasonMediaType,
	"valid-calendar-data":               pim.ReasonData,
	"valid-calendar-object-resource":    pim.ReasonData,
	"valid-address-data":                pim.ReasonData,
	"min-date-time":                     pim.ReasonData,
	"max-date-time":                     pim.ReasonData,
	"max-instances":                     pim.ReasonData,
	"max-attendees-per-instance":        pim.ReasonData,
	"max-resource-size":                 pim.ReasonTooLarge,
	"quota-not-exceeded":                pim.ReasonFull,
	"sufficient-disk-space":             pim.ReasonFull,
	"need-privileges":                   pim.ReasonReadOnly,
	"lock-token-submitted":              pim.ReasonLocked,
}

// statusRefusal is what a status means that comes without a condition.
var statusRefusal = map[int]string{
	http.StatusBadRequest:            pim.ReasonData,
	http.StatusMethodNotAllowed:      pim.ReasonReadOnly,
	http.StatusPreconditionFailed:    pim.ReasonPrecondition,
	http.StatusRequestEntityTooLarge: pim.ReasonTooLarge,
	http.StatusUnsupportedMediaType:  pim.ReasonMediaType,
	http.StatusUnprocessableEntity:   pim.ReasonData,
	http.StatusLocked:                pim.ReasonLocked,
	http.StatusNotImplemented:        pim.ReasonReadOnly,
	http.StatusInsufficientStorage:   pim.ReasonFull,
}

// refusalWords are the fault, the cause and the hint of each reason.
var refusalWords = map[string]struct {
	fault     pim.Fault
	why, hint string
}{
	pim.ReasonPrecondition: {pim.BadObject, "the server has another state of it", "Nothing was overwritten. Look at both, and choose."},
	pim.ReasonUIDConflict:  {pim.BadObject, "its UID is in use", "Delete the other one there, or store this one with a new UID."},
	pim.ReasonComponent: {pim.BadObject, "the calendar does not take this kind of entry",
		"Choose a calendar for events or for tasks, as this one is."},
	pim.ReasonMediaType: {pim.BadObject, "the server does not take this format or version", "Export it as a file and import it with the server's own page."},
	pim.ReasonData:      {pim.BadObject, "the server says that it is not valid", "The copy here is whole. Export it as a file to repair it."},
	pim.ReasonTooLarge:  {pim.BadObject, "it is larger than the server takes", "A photo or an attachment may be too large. The copy here is whole."},
	pim.ReasonFull:      {pim.Denied, "the server has no room left for this account", "Make room on the server, or ask whoever runs it, and go on then."},
	pim.ReasonReadOnly:  {pim.Denied, "the server does not let this be written", "This login may read here and not write. Choose another collection, or ask whoever runs the server."},
	pim.ReasonLocked:    {pim.BadObject, "another program has locked it", "Close it there and try again."},
}

// putError says why an object was not stored.
func (w *Writer) putError(ctx context.Context, err error, base, at place, p pim.PutRequest) error {
	var se *statusError
	var e *pim.Error
	if !errors.As(err, &e) || e.Reason == pim.ReasonUnknownOutcome || e.Fault == pim.Busy || !errors.As(err, &se) ||
		se.status == http.StatusUnauthorized || se.status == http.StatusProxyAuthRequired {
		return err
	}
	reason := refusalReason(se)
	if reason == "" && (se.status == 403 || se.status == 404 || se.status == 409 || se.status == 410) {
		// Servers say in all these ways that there is no such collection.
		if _, there, lerr := w.look(ctx, "look for the collection", base); lerr == nil && !there {
			return &pim.Error{Fault: pim.Gone, Op: e.Op, Where: base.shown(), Status: se.status, Err: errors.New("the collection is not there any more"),
				Hint: "Choose another one, or have it made anew."}
		}
		if se.status == 403 {
			reason = pim.ReasonReadOnly
		}
	}
	words, ok := refusalWords[reason]
	if !ok {
		return &pim.Error{Fault: pim.BadObject, Op: e.Op, Where: at.shown(), Status: se.status, Reason: "status",
			Err: fmt.Errorf("the server does not store it: %w", se)}
	}
	out := &pim.Error{Fault: words.fault, Op: e.Op, Where: at.shown(), Status: se.status, Reason: reason,
		Err: fmt.Errorf("%s: %w", words.why, se), Hint: words.hint}
	switch {
	case reason == pim.ReasonUIDConflict:
		conflict(out, se, base)
	case reason == pim.ReasonData && strings.Contains(se.words, "dtend must occur after dtstart"): // Cyrus
		out.Hint = "This server takes no event that begins and ends at the same moment. " + out.Hint
	case reason == pim.ReasonPrecondition && strings.HasPrefix(string(p.IfMatch), "W/"):
		out.Hint = "The server marks states in a way that it can't compare itself (weak ETags), so it replaces nothing. " + out.Hint
	}
	return out
}

// refusalReason is "" where a server does not say why.
func refusalReason(se *statusError) string {
	for _, n := range se.names {
		if r := refusalOf[n]; r != "" {
			return r
		}
	}
	// Nextcloud (400) and what is built like it say it in a sentence.
	if strings.Contains(se.words, "with uid") && strings.Contains(se.words, "already exists") {
		return pim.ReasonUIDConflict
	}
	return statusRefusal[se.status]
}

// conflict says where the UID is, as far as the server does.
func conflict(e *pim.Error, se *statusError, base place) {
	c := &pim.UIDConflict{Err: se, Bin: strings.HasPrefix(se.words, "deleted ")}
	if se.href != "" {
		if to, err := base.follow(se.href); err == nil {
			c.Href = hrefAt(base, to)
		}
	}
	e.Err = c
	switch {
	case c.Bin:
		e.Hint = "The server keeps the deleted one in its trash bin and takes no other with the same UID. " +
			"Empty the bin or take it out of there on the server's own page, or store this one with a new UID."
	case c.Href != "":
		e.Hint = "The server says that this UID is in use in " + shownAddress(string(c.Href)) + ". " + e.Hint
	default:
		e.Hint = "The server says that this UID is in use. " + e.Hint
	}
}

func preconditionError(op string, at place) error {
	words := refusalWords[pim.ReasonPrecondition]
	return &pim.Error{Fault: words.fault, Op: op, Where: at.shown(), Reason: pim.ReasonPrecondition,
		Err: errors.New(words.why), Hint: words.hint}
}

// unknownOutcome marks what may have been written all the same. The fault stays:
// it says whether to go on at all.
func unknownOutcome(err error) error {
	var e *pim.Error
	if !errors.As(err, &e) {
		return err
	}
	out := *e
	out.Reason = pim.ReasonUnknownOutcome
	out.Hint = "It may have been stored all the same. It is looked at before it is sent again."
	return &out
}

func reasonOf(err error) string {
	var e *pim.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

// conditions are the names in the DAV:error of an answer.
func conditions(err error) []string {
	var se *statusError
	if errors.As(err, &se) {
		return se.names
	}
	return nil
}

func hasCondition(err error, name string) bool { return slices.Contains(conditions(err), name) }
