// Package secret keeps passwords: in the keychain of the operating system or,
// where there is none to be reached (a server, a container), in a file that
// only its owner can read and that says plainly that it is not encrypted.
//
// A secret never stands in the vault, in a log or in an error of this package.
package secret

import (
	"context"
	"net/url"
	"strings"

	"sidekeep/sync/pim"
)

// The kinds of stores, as the command line and the vault name them.
const (
	Keychain = "keychain"
	File     = "file"
)

// Reasons of this package's errors (pim.Error.Reason).
const (
	// ReasonKeychain: no keychain can be reached, or it is locked.
	ReasonKeychain = "keychain"
	// ReasonNoPassword: the store works and has no password under the key.
	ReasonNoPassword = "no-password"
)

// Store keeps passwords by key. It is safe for use by many goroutines, and the
// file store by many processes.
type Store interface {
	// Name is the store's kind: Keychain or File.
	Name() string
	// Get gives the password under key. None there is an error with fault
	// Denied and Reason ReasonNoPassword.
	Get(ctx context.Context, key string) (string, error)
	// Set keeps the password under key, replacing what was there.
	Set(ctx context.Context, key, password string) error
	// Delete forgets the password; none there is no error.
	Delete(ctx context.Context, key string) error
}

// Open gives the store of a kind; "" is the keychain. dir is where the file
// store keeps its file. It touches neither keychain nor file yet.
func Open(kind, dir string) (Store, error) {
	switch kind {
	case Keychain, "":
		return newKeychain(), nil
	case File:
		return &fileStore{dir: dir}, nil
	}
	return nil, &pim.Error{Fault: pim.Invalid, Op: "choose where passwords are kept", Where: kind,
		Hint: "use --secrets keychain or --secrets file", Reason: "secrets-kind"}
}

// Key names an account's password: whose login, at which host, for which
// account of which vault. Two different accounts never share a key, and a
// person who opens their keychain can read what the entry is for.
func Key(vaultID, account, user, host string) string {
	parts := []string{user, host, account, vaultID}
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(url.PathEscape(p), "@", "%40")
	}
	return parts[0] + "@" + parts[1] + "/" + parts[2] + "/" + parts[3]
}

// noPassword says that the store has nothing under the key.
func noPassword(op, where string) error {
	return &pim.Error{Fault: pim.Denied, Op: op, Where: where, Reason: ReasonNoPassword,
		Hint: "give the password again: `sidekeep account password NAME`"}
}
