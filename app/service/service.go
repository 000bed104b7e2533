// Package service is what Sidekeep can do: one method for each use case, and
// the jobs that run in the background. The command line and the window are two
// faces of it; neither knows more than this package tells.
package service

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"sidekeep/sync/pim"
)

// Config says which vault, which secrets, and whose clock.
type Config struct {
	Dir      string           // the vault's folder; "" is DefaultDir()
	Secrets  string           // where new passwords go: "keychain" (also "") or "file"
	ReadOnly bool             // nothing will be written
	Version  string           // of the program, for the User-Agent and the manifest
	Now      func() time.Time // nil is time.Now
	Trace    func(line string)
	// Explain words an error for a person; nil gives the raw text.
	Explain func(error) ErrorInfo
}

// Service owns a vault, its secrets and its jobs. It is safe for use by many
// goroutines. Close it.
type Service struct {
	cfg    Config
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	jobs    map[string]*Job
	lastJob int
}

// Open opens or makes the vault in cfg.Dir. ctx bounds the life of all jobs:
// when it ends they are cancelled. Errors are those of the vault: Storage for
// a folder that can't be used, Invalid for a file that is no vault of ours.
func Open(ctx context.Context, cfg Config) (*Service, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Service{cfg: cfg, jobs: map[string]*Job{}}
	s.ctx, s.cancel = context.WithCancel(ctx)
	return s, nil
}

// Close cancels all jobs, waits for them and closes the vault.
func (s *Service) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.wg.Wait()
	return nil
}

func (s *Service) now() time.Time { return s.cfg.Now() }

// guard turns a panic into an Internal error, so that a bug in one job does
// not take the window with it.
func guard[T any](op string, f func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &pim.Error{Fault: pim.Internal, Op: op, Err: fmt.Errorf("%v\n%s", p, debug.Stack())}
		}
	}()
	return f()
}
