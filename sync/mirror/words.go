package mirror

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
)

// Everything of this package that a person may read is here.

// What a mirroring does (Step.Text).
const (
	lookingForChanges = "Looking for changes"
	fetching          = "Fetching"
)

var (
	errNoHomes    = errors.New("nothing is known of where its collections are")
	errNoProgress = errors.New("the server says that there is more, and gives nothing")
	errNoAnswer   = errors.New("the server did not answer for it")
)

// otherLogin says that nothing is mirrored because the login is another
// principal's, where nothing is held that would say so.
func otherLogin(l login) *pim.Error {
	return &pim.Error{Fault: pim.Held, Op: "mirror the account", Where: l.is, Reason: "principal",
		Err:  errors.New(plan.StrangerMessage(l.was, l.is, 0)),
		Hint: "Sign in again if it is yours. If it is not, ask whoever runs the server."}
}

// why words a failed fetch, in short and without content.
func why(err error) string {
	var e *pim.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "the server did not answer in time"
	case !errors.As(err, &e):
		return err.Error()
	case e.Status == 404 || e.Status == 410:
		return fmt.Sprintf("the server lists it but does not have it (HTTP status %d)", e.Status)
	case e.Status == 401 || e.Status == 403:
		return fmt.Sprintf("the server refuses to give it (HTTP status %d)", e.Status)
	case e.Status >= 400:
		return fmt.Sprintf("the server can't give it (HTTP status %d)", e.Status)
	case e.Err != nil:
		return e.Err.Error()
	}
	return e.Fault.String()
}

// owedReason says how many could not be fetched, and the names of the first.
func owedReason(open []pim.Href) string {
	const named = 3
	var names []string
	for _, h := range open[:min(named, len(open))] {
		names = append(names, nameOf(h))
	}
	list := strings.Join(names, ", ")
	if more := len(open) - named; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	what := "objects"
	if len(open) == 1 {
		what = "object"
	}
	return fmt.Sprintf("%d %s could not be fetched and will be tried again: %s.", len(open), what, list)
}

// nameOf is the last part of an href, for a person to read.
func nameOf(h pim.Href) string {
	name := path.Base(strings.TrimSuffix(string(h), "/"))
	if plain, err := url.PathUnescape(name); err == nil && utf8.ValidString(plain) && !strings.ContainsFunc(plain, unicode.IsControl) {
		name = plain
	}
	return name
}
