package plan

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"sidekeep/sync/pim"
)

// OtherPrincipal says whether a server takes a login for another principal than
// the one that is remembered: both are URLs, and "" is not known, which says
// nothing. A host that changes is none (providers have many), and neither is a
// principal that still bears the login's own name, with the same behind it where there
// is anything: servers move their addresses.
func OtherPrincipal(login, was, is string) bool {
	if was == "" || is == "" || principalKey(was) == principalKey(is) {
		return false
	}
	if strings.Trim(pathOnly(was), "/") == "" { // the address that answered, and nobody's
		return false
	}
	a, b := segments(was), segments(is)
	if len(a) == len(b) {
		for i := range a {
			if a[i] != b[i] && names(a[i], login) { // another name stands in its place
				return true
			}
		}
	}
	after, named := behindName(a, login)
	now, still := behindName(b, login)
	// What is behind a name that is only a word of the path says whose it is.
	return !named || !still || len(after) > 0 && len(now) > 0 && !slices.Equal(after, now)
}

// behindName gives the segments after the last one that is the login's name.
func behindName(all []string, login string) (rest []string, found bool) {
	for i, s := range slices.Backward(all) {
		if names(s, login) {
			return all[i+1:], true
		}
	}
	return nil, false
}

func principalKey(u string) string { return strings.TrimSuffix(pim.Href(u).Key(), "/") }

// segments are those of a URL's path, decoded.
func segments(u string) []string {
	all := strings.Split(strings.Trim(pathOnly(u), "/"), "/")
	for i, s := range all {
		if name, err := url.PathUnescape(s); err == nil {
			all[i] = strings.ToLower(name)
		}
	}
	return all
}

// names says whether a segment is the login's name, or its part before the "@".
func names(segment, login string) bool {
	user, _, mail := strings.Cut(login, "@")
	return login != "" && strings.EqualFold(segment, login) || mail && user != "" && strings.EqualFold(segment, user)
}

func pathOnly(u string) string {
	if _, rest, ok := strings.Cut(u, "://"); ok {
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			u = rest[i:]
		}
	}
	u, _, _ = strings.Cut(u, "?")
	return u
}

// shownPath is a URL's path as it may be shown: without a query, what can't be
// shown as "?", and not too long.
func shownPath(u string) string {
	u = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, pathOnly(u))
	const enough = 120
	if len(u) > enough {
		u = strings.ToValidUTF8(u[:enough], "") + "..."
	}
	return u
}

// takenFor is the part of a message that names a principal.
func takenFor(is string) string { return "The server takes it for “" + shownPath(is) + "”" }

const otherLogin = "Your login is another account's now. "

func stranger(was, is string) string {
	if is == "" { // it was found before, and nobody says so now
		return strings.TrimSuffix(otherLogin, " ")
	}
	return otherLogin + takenFor(is) + fmt.Sprintf("; before, it was “%s”.", shownPath(was))
}

// StrangerMessage says that a login is another principal's than before, and that
// all objects of the account are kept. Both principals are URLs; "": not known.
func StrangerMessage(was, is string, objects int) string {
	if objects == 0 {
		return stranger(was, is) + " Nothing of the other account was taken over."
	}
	return stranger(was, is) + fmt.Sprintf(" Nothing was removed here: your %s %s kept, and nothing of the other account was taken over.",
		things("", objects), are(objects))
}

// ToldOf says whether a message is StrangerMessage's, or the judge's, about a
// login that is taken for this principal.
func ToldOf(message, is string) bool { return strings.Contains(message, takenFor(is)+";") }

// ToldOfOther says whether a message is about a login that is taken for any other
// principal.
func ToldOfOther(message string) bool { return strings.HasPrefix(message, otherLogin) }
