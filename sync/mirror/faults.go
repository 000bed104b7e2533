package mirror

import (
	"errors"

	"sidekeep/sync/pim"
)

// stops says whether an error ends the mirroring of the whole account. A 403
// does not: it may be one shared calendar that is not ours to read. Nor does
// what a home-set says of one of its members while it answers itself.
func stops(err error) bool {
	var e *pim.Error
	if errors.As(err, &e) && e.Reason == pim.ReasonRefused {
		return false
	}
	switch pim.FaultOf(err) {
	case pim.Untrusted, pim.Storage, pim.Stopped:
		return true
	case pim.Denied:
		return status(err) != 403
	}
	return errors.Is(err, errVault)
}

// errVault marks what went wrong on the vault's side, whatever its fault:
// without a place to write to there is nothing to go on with.
var errVault = errors.New("vault")

type vaultError struct{ err error }

func (e vaultError) Error() string        { return e.err.Error() }
func (e vaultError) Unwrap() error        { return e.err }
func (e vaultError) Is(target error) bool { return target == errVault }

func fromVault(err error) error {
	if err == nil {
		return nil
	}
	return vaultError{err}
}

func status(err error) int {
	var e *pim.Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// tokenLost says whether an answer to a sync-collection with a token means
// that the token is worth nothing any more. Servers say so in many ways, one
// of them a plain 500; being busy, cut off or not allowed in says nothing
// about the token.
func tokenLost(err error) bool {
	var e *pim.Error
	if !errors.As(err, &e) {
		return false
	}
	if e.Reason == "sync-token" {
		return true
	}
	switch e.Fault {
	case pim.Protocol, pim.Gone, pim.BadObject, pim.Invalid, pim.Internal:
		return true
	case pim.Denied:
		return e.Status == 403
	}
	return false
}

// refused says that a request of this sort is pointless here, whatever it
// names.
func refused(err error) bool {
	switch status(err) {
	case 405, 415, 501:
		return true
	}
	return false
}

// notThere says that the server lists an object and does not have it.
func notThere(err error) bool {
	s := status(err)
	return s == 404 || s == 410
}
