package restore

import (
	"context"
	"errors"
	"time"

	"sidekeep/sync/pim"
)

// Restorer carries out restores of one account.
type Restorer struct {
	Writer  Writer
	Journal Journal

	// Quiet gives an object with which a server sends no invitations, and the
	// names of the lines that were altered for it (formats.Quiet).
	Quiet func(body []byte) (quiet []byte, lines []string)
	// Compare says whether what a server gives back is what was sent: "bytes",
	// "meaning" or "different", and which lines differ (formats.Compare).
	Compare func(kind pim.Kind, sent, got []byte) (same string, lines []string)
	// WithUID gives an object with another UID in all its parts (formats.WithUID).
	WithUID func(kind pim.Kind, body []byte, uid string) []byte

	Now      func() time.Time                                 // nil: time.Now
	Sleep    func(ctx context.Context, d time.Duration) error // nil: a timer
	Progress func(Step)                                       // nil: nobody is told
	Conns    int                                              // writes at a time; 0: what was measured to be fastest
}

// Step is where a restore is, in words and numbers.
type Step struct {
	Text  string // "Looking at the server", "Writing", "Reading back"
	Done  int64  // objects
	Total int64
	Bytes int64 // of object bodies written
}

// Run carries out a planned restore, or goes on with one that was stopped, and
// gives it as the journal has it afterwards. A step that fails does not stop the
// others. The error is nil when every step has its result; otherwise it is why
// the restore stopped (Stopped, Denied, Offline, Busy, Storage ...) and its state is
// "stopped": another Run goes on from there.
func (r *Restorer) Run(ctx context.Context, id int64) (pim.Restore, error) {
	return pim.Restore{}, &pim.Error{Fault: pim.Internal, Op: "restore", Err: errors.New("not built yet")}
}
