package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"sidekeep/sync/pim"
)

// holder says who has the writer's lock, for the message another process gives.
type holder struct {
	PID   int       `json:"pid"`
	What  string    `json:"what"`
	Since time.Time `json:"since"`
}

// lockPause is how long to wait between two tries for the lock.
const lockPause = 100 * time.Millisecond

// LockWriter makes this the one process that mirrors or rebuilds, until unlock.
// who says what it does, in words ("mirror"). With wait it waits for its turn or
// for the end of ctx; without, a lock that another has is Busy with Reason
// "writer" and says who that is. The operating system frees the lock when its
// process ends, however that ends.
func (v *Vault) LockWriter(ctx context.Context, who string, wait bool) (unlock func(), err error) {
	const op = "lock vault"
	if v.isFile {
		return nil, v.readOnlyError(op)
	}
	lock := flock.New(filepath.Join(v.dir, lockName), flock.SetPermissions(0o600))
	var ok bool
	if wait {
		ok, err = lock.TryLockContext(ctx, lockPause)
	} else {
		ok, err = lock.TryLock()
	}
	switch {
	case errors.Is(ctx.Err(), context.Canceled) && !ok:
		return nil, errors.Join(fault(op, lock.Path(), ctx.Err()), lock.Close())
	case err != nil && ctx.Err() == nil:
		return nil, errors.Join(fault(op, lock.Path(), err), lock.Close())
	case !ok:
		return nil, errors.Join(v.lockedBy(), lock.Close())
	}
	whoPath := filepath.Join(v.dir, whoName)
	note, err := json.Marshal(holder{os.Getpid(), who, v.now().UTC().Truncate(time.Second)})
	if err == nil {
		err = os.WriteFile(whoPath, note, 0o600)
	}
	if err != nil {
		return nil, errors.Join(fault(op, whoPath, err), lock.Close())
	}
	return func() {
		_ = os.Remove(whoPath) // it only serves messages
		_ = lock.Close()       // the file stays: removing it could free a lock another just took
	}, nil
}

// Writer says what the process that has the writer's lock does, as it told
// LockWriter; "" where none has it, be it that one was killed. It waits for nobody.
func (v *Vault) Writer() string {
	path := filepath.Join(v.dir, lockName)
	if _, err := os.Stat(path); v.isFile || err != nil {
		return ""
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY)) // a reader may have no right to write
	free, err := lock.TryRLock()
	_ = lock.Close() // at once: whoever wants to write finds it taken and asks again
	if free || err != nil {
		return ""
	}
	return v.holder().What
}

// holder is who wrote last that it has the lock; nobody where that can't be read.
func (v *Vault) holder() (h holder) {
	note, err := os.ReadFile(filepath.Join(v.dir, whoName))
	if err != nil || json.Unmarshal(note, &h) != nil {
		return holder{}
	}
	return h
}

func (v *Vault) lockedBy() error {
	e := &pim.Error{Fault: pim.Busy, Op: "lock vault", Where: v.dir, Reason: "writer",
		Hint: "Wait until it has finished, or stop it, then try again.",
		Err:  errors.New("another Sidekeep is writing to this vault")}
	h := v.holder()
	if h.PID == 0 {
		return e
	}
	e.Err = fmt.Errorf("another Sidekeep (process %d) is writing to this vault: %s, since %s",
		h.PID, h.What, h.Since.Local().Format("15:04:05"))
	return e
}
