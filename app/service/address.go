package service

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"sidekeep/sync/pim"
)

// tidyAddress makes a whole URL of an address without "https://", leaves out
// its query and its fragment, where some services have tokens, and says whether
// it is an e-mail address. An address that may have a password in it is refused
// and never quoted, for the vault keeps addresses and lists show them.
func tidyAddress(address *string) (mail bool, err error) {
	bad := func(where, why, hint string) error {
		return &pim.Error{Fault: pim.Invalid, Op: "add account", Where: where, Err: errors.New(why), Hint: hint}
	}
	const hasLogin, without = "the address contains a user name or a password", "give the address without it, and the user name with --user"
	a := *address
	if !strings.Contains(a, "://") {
		m := strings.TrimPrefix(a, "mailto:")
		local, host, at := strings.Cut(m, "@")
		switch {
		case at && strings.ContainsAny(m, ":/?#\\"):
			return false, bad("", hasLogin, without+"; where the @ belongs to the path, write the address whole, with https://")
		case at && (local == "" || host == ""):
			return false, bad(a, "this is no complete e-mail address", "give it whole, such as name@example.org, or the server's URL")
		case at:
			return true, nil
		}
		a = "https://" + a
	}
	if i := strings.IndexAny(a, "?#"); i >= 0 {
		a = a[:i]
	}
	u, err := url.Parse(a)
	if err == nil && u.User != nil || err != nil && strings.Contains(*address, "@") {
		return false, bad("", hasLogin, without)
	}
	if err != nil || u.Host == "" {
		return false, bad("", "the address can't be read", "give the address of the server, for example https://dav.example.com/, or an e-mail address")
	}
	*address = a
	return false, nil
}

// unseen: control characters, and the marks that turn the writing direction
// (UAX #9), which make one name look like another.
func unseen(r rune) bool {
	return unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// nameFor makes a name from the address: the e-mail address, or the host.
func nameFor(address, user string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		if strings.Contains(user, "@") {
			return user
		}
		return user + "@" + u.Hostname()
	}
	return strings.TrimPrefix(address, "mailto:")
}

func freeName(name string, used map[string]bool) string {
	for i := 2; used[name]; i++ {
		base, _, _ := strings.Cut(name, " (")
		name = fmt.Sprintf("%s (%d)", base, i)
	}
	return name
}
