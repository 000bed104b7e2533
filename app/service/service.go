// Package service is what Sidekeep can do: one method for each use case, and
// the jobs that run in the background. The command line and the window are two
// faces of it; neither knows more than this package tells.
package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"sidekeep/app/demo"
	"sidekeep/sync/dav"
	"sidekeep/sync/pim"
	"sidekeep/sync/secret"
	"sidekeep/sync/vault"
)

// Config says which vault, which secrets, and whose clock.
type Config struct {
	Dir      string           // the vault's folder; "" is DefaultDir()
	File     string           // instead of Dir: one file with a vault, such as a copy, to read it only
	Secrets  string           // where new passwords go: "keychain" (also "") or "file"
	ReadOnly bool             // nothing will be written
	Existing bool             // a vault that is not there is an error, and not made
	Version  string           // of the program, for the User-Agent and the manifest
	Now      func() time.Time // nil is time.Now
	// Trace is told every request: no header, no body, no password.
	Trace func(line string)
	// Explain words an error for a person; nil gives the raw text.
	Explain func(error) ErrorInfo

	clock  Clock          // of the background; nil is the machine's
	zone   *time.Location // of the times in sentences; nil is the machine's
	dav    dav.Options    // tests put a resolver and certificates here
	mounts string         // stands before the usual places of disks; tests have their own
}

// Service owns a vault, its secrets and its jobs. It is safe for use by many
// goroutines. Close it.
type Service struct {
	cfg    Config
	dir    string
	vault  *vault.Vault
	file   os.FileInfo // the vault's file as it was opened
	damage *damageMark // it was found damaged earlier, and is only read
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	turn   chan struct{} // holds one token: whose turn it is to write
	wake   chan struct{} // the background is to look again
	agenda agendaCache

	mu         sync.Mutex
	closed     bool
	background bool
	jobs       map[string]*Job
	lastJob    int
	running    map[int64]bool        // accounts being mirrored
	unkept     map[int64]*savedError // why their last mirror failed, for which there was no room
	stores     map[string]secret.Store
	demo       *demo.Server
}

// Open opens the vault in cfg.Dir, or makes it unless cfg.Existing says no.
// ctx bounds the life of all jobs: when it ends they are cancelled. Errors are
// those of vault.Open, and Invalid with Reason "no-vault" for one that is not
// there.
func Open(ctx context.Context, cfg Config) (*Service, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.clock == nil {
		cfg.clock = systemClock{time.Now()}
	}
	dir := cfg.Dir
	if dir == "" {
		var err error
		if dir, err = DefaultDir(); err != nil {
			return nil, err
		}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, &pim.Error{Fault: pim.Storage, Op: "find the vault", Where: dir, Err: err}
	}
	file := fileAt(dir)
	if cfg.File == "" && file == dir && vault.IsDatabase(file) {
		cfg.File = file
	}
	if cfg.File != "" {
		dir, file, cfg.Existing = filepath.Dir(cfg.File), "", true
	}
	if file != "" {
		why := "the vault's place is a file, not a folder: " + file
		if file != dir {
			why = fmt.Sprintf("there can be no vault in %s, for %s is a file", dir, file)
		}
		return nil, &pim.Error{Fault: pim.Storage, Op: "open the vault", Where: dir, Reason: "not-a-folder",
			Err: errors.New(why), Hint: "give a folder with --vault; the file was left as it is"}
	}
	path := filepath.Join(dir, vaultFile)
	if cfg.File != "" {
		path = cfg.File
	}
	fi, err := os.Stat(path)
	if err == nil && !fi.Mode().IsRegular() && !fi.IsDir() { // to open a pipe would wait for ever
		return nil, &pim.Error{Fault: pim.Storage, Op: "open the vault", Where: filepath.Join(dir, vaultFile), Reason: "foreign",
			Err: errors.New("it is no file"), Hint: "choose another folder with --vault; it was left as it is"}
	}
	if cfg.Existing && errors.Is(err, os.ErrNotExist) {
		return nil, cfg.noVault(ctx, dir)
	}
	if !cfg.ReadOnly && !cfg.Existing {
		if err := cfg.diskForVault(dir); err != nil {
			return nil, err
		}
		if err := makeFolder(dir); err != nil {
			return nil, err
		}
	}
	if cfg.File == "" {
		if err := emptied(dir, fi); err != nil {
			return nil, err
		}
	}
	damage := knownDamage(dir, fi)
	cut := cfg.File == "" && damage == nil && fi != nil && vault.Missing(path) > 0
	if cut {
		damage = damageOf(fi, cfg.Now(), 1)
	}
	v, err := vaultFor(ctx, &cfg, dir, damage)
	if err != nil {
		return nil, unreadable(cfg.ReadOnly, dir, err)
	}
	info, err := os.Stat(v.Path())
	if err != nil {
		return nil, errors.Join(storage("open the vault", v.Path(), err), v.Close())
	}
	s := &Service{cfg: cfg, dir: dir, vault: v, file: info, damage: damage, jobs: map[string]*Job{}, running: map[int64]bool{},
		stores: map[string]secret.Store{}, turn: make(chan struct{}, 1), wake: make(chan struct{}, 1)}
	s.turn <- struct{}{}
	s.ctx, s.cancel = context.WithCancel(ctx)
	if cut { // where it can't be kept, the next one finds it again
		_ = s.markDamage(ctx, true, 1)
	}
	s.noticeOld(ctx)
	return s, nil
}

// fileAt finds what stands in the way of a folder: the file at its place or at
// that of a folder above it, or "".
func fileAt(dir string) string {
	for {
		if fi, err := os.Stat(dir); err == nil {
			if fi.IsDir() {
				return ""
			}
			return dir
		}
		above := filepath.Dir(dir)
		if above == dir {
			return ""
		}
		dir = above
	}
}

// makeFolder makes the vault's folder and those above it, for this login alone.
func makeFolder(dir string) error {
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		return nil
	}
	e := storage("make the vault's folder", dir, fmt.Errorf("the vault's folder %s can't be made here: %w", dir, innermost(err)))
	e.Hint = "choose another folder with --vault or SIDEKEEP_VAULT, one that you may write to"
	return e
}

// unreadable words what keeps a vault from being opened to read it only.
func unreadable(readOnly bool, dir string, err error) error {
	if !readOnly || !errors.Is(err, fs.ErrPermission) {
		return err
	}
	// Only its words: this is not about writing.
	return &pim.Error{Fault: pim.Storage, Op: "open the vault", Where: dir, Reason: "unreadable",
		Err:  fmt.Errorf("this login may not read the vault in %s (%v)", dir, innermost(err)),
		Hint: "run this as the person whose vault it is, or choose another folder with --vault"}
}

// OnlyRead is the error in err that says of a vault that it can be read and not be
// written to, for want of room, of leave, or because it is a copy; or nil.
func OnlyRead(err error) *pim.Error {
	var e *pim.Error
	if errors.As(err, &e) && (e.Reason == "read-only" || e.Reason == "full" || e.Reason == "copy") {
		return e
	}
	return nil
}

// innermost is the cause below all wrapping, usually the system's own word.
func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// Close cancels all jobs, waits for them, and closes the vault. A second call
// does nothing.
func (s *Service) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	server := s.demo
	s.mu.Unlock()
	s.cancel()
	s.wg.Wait()
	var err error
	if server != nil {
		err = server.Close()
	}
	err = errors.Join(err, s.vault.Close())
	s.keepLater()
	return err
}

// DiskFull says that the vault was opened for reading on a disk that is full.
func (s *Service) DiskFull() bool { return s.vault.NoRoom() }

// Dir is the vault's folder.
func (s *Service) Dir() string { return s.dir }

func (s *Service) now() time.Time { return s.cfg.Now() }

// local is t as the person's clock shows it, for sentences.
func (s *Service) local(t time.Time) time.Time {
	if s.cfg.zone != nil {
		return t.In(s.cfg.zone)
	}
	return t.Local()
}

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
