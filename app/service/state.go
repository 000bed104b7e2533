package service

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// DefaultInterval is the time between two background mirrors.
const DefaultInterval = 30 * time.Minute

const (
	settingsFile = "settings.json"
	stateFile    = "state.json"
	vaultFile    = "vault.db"
)

// settingsJSON is Settings as they stand in the file.
type settingsJSON struct {
	IntervalMinutes *float64 `json:"interval_minutes"`
	StartAtLogin    bool     `json:"start_at_login"`
	CloseToTray     bool     `json:"close_to_tray"`
	CopyTo          string   `json:"copy_to,omitempty"`
	CopyEveryHours  float64  `json:"copy_every_hours,omitempty"`
	Thin            bool     `json:"thin,omitempty"`
}

// Settings gives the settings of this vault; what can't be read is as if it
// were not there.
func (s *Service) Settings() Settings { return readSettings(s.dir) }

func readSettings(dir string) Settings {
	set := Settings{Interval: DefaultInterval, CloseToTray: true}
	b, err := os.ReadFile(filepath.Join(dir, settingsFile))
	if err != nil {
		return set
	}
	j := settingsJSON{CloseToTray: true}
	if json.Unmarshal(b, &j) != nil {
		return set
	}
	if j.IntervalMinutes != nil && *j.IntervalMinutes >= 0 && *j.IntervalMinutes < 60*24*366 {
		set.Interval = time.Duration(*j.IntervalMinutes * float64(time.Minute))
	}
	set.StartAtLogin, set.CloseToTray, set.Thin = j.StartAtLogin, j.CloseToTray, j.Thin
	set.CopyTo = j.CopyTo
	if j.CopyEveryHours >= 0 && j.CopyEveryHours < 24*366 {
		set.CopyEvery = time.Duration(j.CopyEveryHours * float64(time.Hour))
	}
	return set
}

// SaveSettings keeps the settings, and the background follows them at once.
// Errors: Storage; Invalid for an interval under five minutes (0 is off).
func (s *Service) SaveSettings(set Settings) error {
	if err := s.NotCopy("save the settings"); err != nil {
		return err
	}
	if set.Interval < 0 || set.Interval > 0 && set.Interval < 5*time.Minute {
		return &pim.Error{Fault: pim.Invalid, Op: "save the settings", Where: "interval",
			Err: errors.New("the shortest interval is five minutes"), Hint: "choose five minutes or more, or switch it off"}
	}
	if set.CopyEvery < 0 || set.CopyEvery > 0 && (set.CopyEvery < time.Hour || set.CopyTo == "") {
		return &pim.Error{Fault: pim.Invalid, Op: "save the settings", Where: "copy",
			Err: errors.New("a copy that is made by itself needs a folder, and an hour or more between two"), Hint: "choose a folder, and once a day or once a week"}
	}
	m := set.Interval.Minutes()
	err := writeJSON(filepath.Join(s.dir, settingsFile), settingsJSON{
		IntervalMinutes: &m, StartAtLogin: set.StartAtLogin, CloseToTray: set.CloseToTray,
		CopyTo: set.CopyTo, CopyEveryHours: set.CopyEvery.Hours(), Thin: set.Thin})
	if err != nil {
		return err
	}
	s.nudge()
	return nil
}

// state is what the service remembers beside the vault: which vault this is,
// for the names of its passwords, and why an account's last mirror failed
// before it came to a collection, and which account is the demo's.
type state struct {
	VaultID  string                `json:"vault_id"`
	Accounts map[int64]*savedError `json:"accounts"`
	Demo     *demoMark             `json:"demo,omitempty"`
	// Warnings are what each account's server names and does not let be read.
	Warnings map[int64][]savedWarning `json:"warnings,omitempty"`
	// LastRun is the last run that was written: a vault that knows none so high is
	// an earlier state of itself.
	LastRun int64 `json:"last_run,omitempty"`
	// Noticed is the LastRun of which it was noticed already that the vault has less.
	Noticed int64       `json:"noticed,omitempty"`
	Copy    *copyMark   `json:"copy,omitempty"`
	Damage  *damageMark `json:"damage,omitempty"`
	Upkeep  upkeepMark  `json:"upkeep,omitzero"`
	// ThinnedAt is when the background last thinned the history.
	ThinnedAt time.Time `json:"thinned_at,omitzero"`
	// CopyPlaces are the folders that copies went to, the last first.
	CopyPlaces []copyPlace `json:"copy_places,omitempty"`
	// Told are the open incidents as they were when the person was last told.
	Told map[int64]string `json:"told,omitempty"`
}

// savedError is a failure that outlives its process: the parts that decide
// what happens next, and the words as they were right when it happened (until
// when a server asked us to wait, which certificate it showed).
type savedError struct {
	At         time.Time     `json:"at"`
	Stopped    bool          `json:"stopped"` // not mirrored by itself until a person acts
	Fault      string        `json:"fault"`
	Message    string        `json:"message"`
	Hint       string        `json:"hint"`
	Detail     string        `json:"detail"`
	RetryAfter time.Duration `json:"retry_after"` // nanoseconds
	LoginWorks bool          `json:"login_works,omitempty"`
}

func (s *Service) saveable(err error) *savedError {
	info, fault := s.explain(err), pim.FaultOf(err)
	return &savedError{At: s.now().UTC(), Stopped: needsPerson(err), Fault: fault.String(), Message: info.Message,
		Hint: info.Hint, Detail: info.Detail, RetryAfter: retryAfter(err), LoginWorks: info.LoginWorks}
}

// needsPerson says that an account is left alone until somebody acts: asking
// again with a refused password makes some servers lock the person out. A 403 is
// about one place, and the others are to stay fresh.
func needsPerson(err error) bool {
	var e *pim.Error
	switch pim.FaultOf(err) {
	case pim.Untrusted:
		return true
	case pim.Denied:
		return !errors.As(err, &e) || e.Status != 403 && e.Reason != pim.ReasonRefused
	}
	return false
}

func (o *savedError) info() *ErrorInfo {
	info := &ErrorInfo{Fault: o.Fault, Message: o.Message, Hint: o.Hint, Detail: o.Detail, LoginWorks: o.LoginWorks}
	if o.RetryAfter > 0 {
		info.RetryAt = o.At.Add(o.RetryAfter)
	}
	return info
}

// readState gives what is remembered: nothing where there is no file yet. A
// file that can't be read is an error and not nothing, for with the vault's
// name in it the way to every password is lost. Errors: Storage.
func (s *Service) readState() (state, error) {
	const op = "read the state of"
	st := state{}
	path := filepath.Join(s.dir, stateFile)
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case vault.IsDiskError(err):
		return st, vault.DiskError(op, path, err)
	case err != nil:
		return st, &pim.Error{Fault: pim.Storage, Op: op, Where: path, Reason: "state-file",
			Err:  fmt.Errorf("the file %s can't be read (%v)", path, innermost(err)),
			Hint: "see that this file is yours and may be read; what was mirrored is not touched"}
	case json.Unmarshal(b, &st) != nil:
		return state{}, &pim.Error{Fault: pim.Storage, Op: op, Where: path, Reason: "state-file",
			Err: fmt.Errorf("the file %s is damaged: it is not what Sidekeep wrote", path),
			Hint: "restore this file from a backup; without one, delete it and give every password again with " +
				"`sidekeep account password NAME`. What was mirrored is not touched"}
	}
	if st.Accounts == nil {
		st.Accounts = map[int64]*savedError{}
	}
	return st, nil
}

// changeState changes what is remembered, one process at a time. edit says
// whether it changed anything.
func (s *Service) changeState(ctx context.Context, edit func(*state) bool) error {
	if s.cfg.ReadOnly {
		return nil
	}
	path := filepath.Join(s.dir, stateFile)
	lock := flock.New(path + ".lock")
	if ok, err := lock.TryLockContext(ctx, 20*time.Millisecond); err != nil || !ok {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return storage("remember the state of", path, err)
	}
	defer lock.Unlock()
	st, err := s.readState()
	if err != nil {
		return err
	}
	if !edit(&st) {
		return nil
	}
	return writeJSON(path, st)
}

// vaultID names this vault in the keychain; the first to ask makes it up.
func (s *Service) vaultID(ctx context.Context) (string, error) {
	st, err := s.readState()
	if err != nil || st.VaultID != "" {
		return st.VaultID, err
	}
	var id string
	err = s.changeState(ctx, func(st *state) bool {
		if st.VaultID == "" {
			b := make([]byte, 8)
			_, _ = rand.Read(b) // never fails
			st.VaultID = hex.EncodeToString(b)
		}
		id = st.VaultID
		return true
	})
	return id, err
}

// remember keeps or clears (nil) why an account's last mirror failed, and which
// of its collections are refused and not here. A mirror that failed and met none
// leaves what is known of these.
func (s *Service) remember(ctx context.Context, account int64, err error, refused []*pim.Error) error {
	return s.changeState(ctx, func(st *state) bool {
		changed := (err == nil || len(refused) > 0) && s.saveWarnings(st, account, refused)
		if err == nil {
			_, had := st.Accounts[account]
			delete(st.Accounts, account)
			return had || changed
		}
		st.Accounts[account] = s.saveable(err)
		return true
	})
}

// writeJSON replaces a file of ours as a whole, mode 0600.
func writeJSON(path string, v any) error {
	const op = "write"
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return &pim.Error{Fault: pim.Internal, Op: op, Where: path, Err: err}
	}
	return writeFile(path, append(b, '\n'))
}

// writeFile replaces a file as a whole, with mode 0600.
func writeFile(path string, b []byte) error {
	const op = "write"
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return storage(op, path, err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(b)
	if err == nil {
		err = tmp.Sync()
	}
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return storage(op, path, err)
	}
	return nil
}

func storage(op, path string, err error) *pim.Error {
	e := &pim.Error{Fault: pim.Storage, Op: op, Where: path, Err: err}
	if errors.Is(err, fs.ErrPermission) {
		e.Reason = "read-only"
	}
	if vault.IsDiskError(err) {
		return vault.DiskError(op, path, err)
	}
	return e
}
