package secret

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zalando/go-keyring"

	"sidekeep/sync/pim"
)

// keychainService is the name our entries stand under in the keychain.
const keychainService = "Sidekeep"

// keychainPatience bounds one call. It is long because the desktop may be
// asking the person to unlock the keychain meanwhile.
const keychainPatience = 90 * time.Second

// keychain is the operating system's store. Its calls take no context and can
// hang for ever (a prompt that nobody sees), so each runs on a goroutine of
// its own, one at a time: a call that hangs keeps later ones waiting for their
// own time-out, and at most one goroutine is ever left behind.
type keychain struct {
	turn     chan struct{} // holds one token: whose turn it is
	patience time.Duration
	ready    func() error // says early why no keychain can be there
	set      func(service, user, password string) error
	get      func(service, user string) (string, error)
	delete   func(service, user string) error
}

func newKeychain() *keychain {
	k := &keychain{
		turn: make(chan struct{}, 1), patience: keychainPatience, ready: keychainReady,
		set: keyring.Set, get: keyring.Get, delete: keyring.Delete,
	}
	k.turn <- struct{}{}
	return k
}

func (k *keychain) Name() string { return Keychain }

func (k *keychain) Get(ctx context.Context, key string) (string, error) {
	const op = "read the password from the keychain"
	v, err := k.call(ctx, op, func() (string, error) { return k.get(keychainService, key) })
	if errors.Is(err, keyring.ErrNotFound) {
		return "", noPassword(op, "")
	}
	return v, err
}

func (k *keychain) Set(ctx context.Context, key, password string) error {
	_, err := k.call(ctx, "keep the password in the keychain", func() (string, error) {
		return "", k.set(keychainService, key, password)
	})
	return err
}

func (k *keychain) Delete(ctx context.Context, key string) error {
	_, err := k.call(ctx, "remove the password from the keychain", func() (string, error) {
		return "", k.delete(keychainService, key)
	})
	if errors.Is(err, keyring.ErrNotFound) {
		return nil
	}
	return err
}

// call runs f in its turn and for as long as patience and ctx last. It gives
// keyring.ErrNotFound as it is; everything else is "no keychain".
func (k *keychain) call(ctx context.Context, op string, f func() (string, error)) (string, error) {
	if err := k.ready(); err != nil {
		return "", unreachable(op, err)
	}
	ctx, cancel := context.WithTimeout(ctx, k.patience)
	defer cancel()
	select {
	case <-k.turn:
	case <-ctx.Done():
		return "", tooLong(ctx, op)
	}
	type answer struct {
		v   string
		err error
	}
	got := make(chan answer, 1) // buffered: an answer nobody waits for ends its goroutine
	go func() {
		defer func() { k.turn <- struct{}{} }()
		defer func() {
			if p := recover(); p != nil {
				got <- answer{err: fmt.Errorf("the keychain's answer can't be understood: %v", p)}
			}
		}()
		v, err := f()
		got <- answer{v, err}
	}()
	select {
	case a := <-got:
		if a.err != nil && !errors.Is(a.err, keyring.ErrNotFound) {
			return "", unreachable(op, a.err)
		}
		return a.v, a.err
	case <-ctx.Done():
		return "", tooLong(ctx, op)
	}
}

// tooLong words the end of patience; a cancelled caller stays cancelled.
func tooLong(ctx context.Context, op string) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return unreachable(op, errors.New("the keychain does not answer; it may be waiting to be unlocked"))
}

func unreachable(op string, err error) error {
	return &pim.Error{Fault: pim.Invalid, Op: op, Err: err, Reason: ReasonKeychain,
		Hint: "unlock the keychain of this desktop, or keep the password in a file (not encrypted, readable only by you) with --secrets file"}
}
