package present

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

func TestExplain_EveryFault(t *testing.T) {
	now := time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	const url = "https://dav.example.org/dav/"
	for _, c := range []struct {
		name    string
		err     error
		message string // what it must say
		hint    string
	}{
		{"no such host", &pim.Error{Fault: pim.Offline, Op: "connect", Where: url, Err: &net.DNSError{IsNotFound: true, Name: "x"}}, "There is no server called dav.example.org.", "spelling"},
		{"refused", &pim.Error{Fault: pim.Offline, Where: url, Err: syscall.ECONNREFUSED}, "dav.example.org is not answering.", "tries again"},
		{"timeout", &pim.Error{Fault: pim.Offline, Where: url, Err: context.DeadlineExceeded}, "dav.example.org took too long to answer.", "tries again"},
		{"offline", &pim.Error{Fault: pim.Offline, Where: url}, "dav.example.org could not be reached.", "network"},
		{"busy with a time", &pim.Error{Fault: pim.Busy, Where: url, Status: 503, RetryAfter: 30 * time.Minute}, "dav.example.org asked us to wait until 10:30.", "by itself"},
		{"busy", &pim.Error{Fault: pim.Busy, Where: url, Status: 429}, "dav.example.org is busy and asked us to wait.", "by itself"},
		{"vault locked", &pim.Error{Fault: pim.Busy, Op: "lock vault", Where: "/v", Reason: "writer", Err: errors.New("process 12 is mirroring since 10:00")}, "Process 12 is mirroring since 10:00.", "Wait"},
		{"denied", &pim.Error{Fault: pim.Denied, Where: url, Status: 401}, "dav.example.org did not accept the user name or the password.", "app password"},
		{"denied at a provider", &pim.Error{Fault: pim.Denied, Where: "https://p01-caldav.icloud.com/", Status: 401}, "p01-caldav.icloud.com did not accept", "app-specific password at account.apple.com"},
		{"forbidden", &pim.Error{Fault: pim.Denied, Where: url, Status: 403}, "does not allow this login", ""},
		{"a refused collection", &pim.Error{Fault: pim.Denied, Where: url + "shared/", Status: 401, Reason: pim.ReasonRefused},
			"The collection " + url + "shared/ is on the server, but this login may not read it.", "runs the server"},
		{"a broken collection", &pim.Error{Fault: pim.Protocol, Where: url + "shared/", Status: 500, Reason: pim.ReasonRefused},
			"could not be read (status 500).", "is kept"},
		{"may not write", &pim.Error{Fault: pim.Denied, Op: "restore", Err: &pim.Error{Fault: pim.Denied, Where: url, Status: 403, Reason: pim.ReasonReadOnly}},
			"dav.example.org does not let this login write here.", "another collection"},
		{"no room", &pim.Error{Fault: pim.Denied, Where: url, Status: 507, Reason: pim.ReasonFull}, "dav.example.org has no room left", "go on"},
		{"no password", &pim.Error{Fault: pim.Denied, Where: "Work", Reason: "no-password"}, "There is no password for Work", "Sign in again"},
		{"certificate", &pim.Error{Fault: pim.Untrusted, Where: url, Err: x509.UnknownAuthorityError{}}, "The certificate of dav.example.org is not trusted. No authority", "certificate authority"},
		{"plain http", &pim.Error{Fault: pim.Invalid, Where: "http://dav.example.org/", Reason: "plain-http"}, "would not be encrypted", "https://"},
		{"gone", &pim.Error{Fault: pim.Gone, Where: url}, "no longer on the server. Your copy is kept.", ""},
		{"gone home", &pim.Error{Fault: pim.Gone, Where: url}, "What was mirrored from dav.example.org is", ""},
		{"foreign host", &pim.Error{Fault: pim.Protocol, Where: url, Reason: "host", Err: errors.New("the account names a host of another owner")}, "The account names a host of another owner: dav.example.org.", "address"},
		{"short name", &pim.Error{Fault: pim.Invalid, Op: "find account", Where: "T", Err: errors.New("there is no account of this name")}, "There is no account of this name: T.", ""},
		{"no TLS", &pim.Error{Fault: pim.Protocol, Where: url, Reason: "no-tls"}, "at dav.example.org does not speak TLS", "address"},
		{"html", &pim.Error{Fault: pim.Protocol, Where: url, Reason: "not-dav"}, "No contacts or calendars were found at dav.example.org.", "address"},
		{"server error", &pim.Error{Fault: pim.Protocol, Where: url, Status: 500}, "had a problem of its own (status 500)", "later"},
		{"protocol", &pim.Error{Fault: pim.Protocol, Where: url}, "could not be understood", "details"},
		{"bad object", &pim.Error{Fault: pim.BadObject}, "One item could not be fetched.", "next mirroring"},
		{"held", &pim.Error{Fault: pim.Held}, "Nothing was removed here.", ""},
		{"disk full", &pim.Error{Fault: pim.Storage, Where: "/v", Err: fmt.Errorf("write: %w", syscall.ENOSPC)}, "The disk is full", "Free some space"},
		{"read-only", &pim.Error{Fault: pim.Storage, Where: "/v", Err: syscall.EROFS}, "may not write to /v", "another folder"},
		{"newer vault", &pim.Error{Fault: pim.Storage, Where: "/v/vault.db", Reason: "newer"}, "A newer Sidekeep wrote /v/vault.db.", "newest"},
		{"newer vault somewhere", &pim.Error{Fault: pim.Storage, Reason: "newer"}, "A newer Sidekeep wrote the vault.", "newest"},
		{"disk fails", &pim.Error{Fault: pim.Storage, Where: "/v/vault.db", Reason: "io", Err: errors.New("input/output error")}, "The disk could not be read or written: /v/vault.db.", "disk and its cable"},
		{"damaged", &pim.Error{Fault: pim.Storage, Where: "/v/vault.db", Reason: "corrupt", Err: errors.New("malformed (11)")}, "The vault is damaged: /v/vault.db", ""},
		{"not ours", &pim.Error{Fault: pim.Storage, Where: "/v/vault.db", Reason: "foreign"}, "/v/vault.db is not a Sidekeep vault.", "another folder"},
		{"unknown account", &pim.Error{Fault: pim.Invalid, Op: "find account", Where: "Wrk", Err: errors.New("there is no such account")}, "There is no such account: Wrk.", ""},
		{"keychain", &pim.Error{Fault: pim.Invalid, Reason: "keychain"}, "The keychain", "--secrets file"},
		{"keychain, and why", &pim.Error{Fault: pim.Invalid, Reason: "keychain", Err: errors.New("it is locked")}, "could not be opened: it is locked.", "--secrets file"},
		{"cancelled", context.Canceled, "Stopped.", "kept"},
		{"a bug", errors.New("index out of range"), "Something went wrong inside Sidekeep.", "details"},
		{"wrapped", fmt.Errorf("mirror: %w", &pim.Error{Fault: pim.Denied, Where: url, Status: 401}), "did not accept", ""},
		{"own hint wins", &pim.Error{Fault: pim.Denied, Where: url, Hint: "ask the office"}, "did not accept", "Ask the office."},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ExplainAt(c.err, now)
			if !strings.Contains(got.Message, c.message) {
				t.Errorf("message %q does not say %q", got.Message, c.message)
			}
			if got.Hint == "" || !strings.Contains(got.Hint, c.hint) {
				t.Errorf("hint %q does not say %q", got.Hint, c.hint)
			}
			if got.Fault != pim.FaultOf(c.err).String() || got.Detail == "" && c.err.Error() != "" {
				t.Errorf("fault %q, detail %q", got.Fault, got.Detail)
			}
			if !strings.HasSuffix(got.Message, ".") || strings.Contains(got.Message, "%!") || strings.Contains(got.Hint, "%!") {
				t.Errorf("not a sentence: %q / %q", got.Message, got.Hint)
			}
		})
	}
	if got := Explain(nil); got.Message != "" || got.Fault != "" {
		t.Errorf("nil is worded: %+v", got)
	}
}

func TestExplain_NeverLongOrBroken(t *testing.T) {
	err := &pim.Error{Fault: pim.Protocol, Where: "https://h/", Err: errors.New("line one\nline\x00 two\t\x1b[31m")}
	if d := Explain(err).Detail; strings.ContainsAny(d, "\n\x00\x1b\t") {
		t.Errorf("control characters in %q", d)
	}
}

func TestWords_Times(t *testing.T) {
	zone := time.FixedZone("Z", 3600)
	now := time.Date(2026, 5, 14, 15, 4, 0, 0, zone) // a Thursday
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{time.Time{}, "never"},
		{now.Add(-20 * time.Second), "just now"},
		{now.Add(20 * time.Second), "just now"}, // clocks differ
		{now.Add(-90 * time.Second), "1 minute ago"},
		{now.Add(-59 * time.Minute), "59 minutes ago"},
		{now.Add(-2 * time.Hour), "today 13:04"},
		{now.Add(-20 * time.Hour), "yesterday 19:04"},
		{now.AddDate(0, 0, -3), "Monday 15:04"},
		{now.AddDate(0, 0, -9), "5 May 15:04"},
		{now.AddDate(-1, 0, 0), "14 May 2025"},
		{now.Add(-2 * time.Hour).UTC(), "today 13:04"},
	} {
		if got := Ago(c.at, now); got != c.want {
			t.Errorf("Ago(%v) = %q, want %q", c.at, got, c.want)
		}
	}
}

func TestWords_NumbersAndSizes(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := Number(n); got != want {
			t.Errorf("Number(%d) = %q", n, got)
		}
	}
	for n, want := range map[int64]string{0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1500: "1.5 KB", 12_345: "12 KB", 999_600: "1.0 MB", 3_200_000_000: "3.2 GB"} {
		if got := Size(n); got != want {
			t.Errorf("Size(%d) = %q, want %q", n, got, want)
		}
	}
	if Count(1, "contact", "contacts") != "1 contact" || Count(12000, "contact", "contacts") != "12,000 contacts" {
		t.Error("plurals")
	}
}

func TestInitials_ByGrapheme(t *testing.T) {
	for name, want := range map[string]string{
		"Anna Ashdown": "AA", "ångström": "Å", "Jean-Luc van der Berg": "JB", "": "?", "山田太郎": "山",
		"e\u0301lodie Roux": "E\u0301R", "  ": "?", "Dr. (h.c.) Bell": "DB", "X 7": "X", "7 Dwarfs": "7D",
		"👩‍👩‍👧 Family": "👩‍👩‍👧", "...": "?",
	} {
		if got := Initials(name); got != want {
			t.Errorf("Initials(%q) = %q, want %q", name, got, want)
		}
	}
}
