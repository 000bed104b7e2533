package vault

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"sidekeep/sync/pim"
)

// Kinds of pim.Problem that a verification finds.
const (
	problemIntegrity = "integrity" // the file's structure
	problemBlob      = "blob"      // bytes that are not those that came
	problemRevision  = "revision"  // history that does not fit together
	problemIndex     = "index"     // lists and search; can be made anew
)

// maxProblems is how many problems are named; the others are counted.
const maxProblems = 1000

// Verified is what a verification looked at and what it found. Problems is empty
// when all is well.
type Verified struct {
	Blobs     int64
	Revisions int64
	Objects   int64 // of the current view
	Bytes     int64 // of the blobs
	Problems  []Finding
	// Damaged says that the file itself is damaged, not only what is made anew
	// from it: nothing should be written to it any more.
	Damaged bool
}

// Finding is a problem with the object it is about; 0 none.
type Finding struct {
	pim.Problem
	Resource int64
}

// Check says how a vault is verified.
type Check struct {
	// Describe, where it is not nil, has lists and search compared with what the
	// bytes say. These are only understood anew where no digest of the same version
	// says what it gave, or where lists and search do not fit that.
	Describe func(pim.Kind, []byte) pim.Summary
	// Anew understands all bytes anew, which takes several times as long as all the
	// rest, and has FTS5 look at its index too.
	Anew bool
	// Progress may be nil; it is called from several goroutines.
	Progress func(done, total int64)
}

// Verify reads everything: the structure of the file (SQLite's integrity_check),
// every blob against its SHA-256, every revision and the blob that it names, the
// heads and counts that stand with resources and collections, and lists and search
// as how says. It writes nothing.
//
// It takes about as long as SQLite's check alone, which runs beside all the rest. It
// keeps about a hundred bytes for each object, never bodies but those at hand, and up
// to some tens of MB of pages. The caller has the writer's lock, so that nothing
// changes meanwhile. An error means that it could not be verified, also because the
// disk does not give all of it; damage is no error but a finding.
func (v *Vault) Verify(ctx context.Context, how Check) (Verified, error) {
	const op = "verify vault"
	c := &checker{v: v, Check: how}
	err := c.run(ctx)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil && !isDamage(err) {
		return Verified{}, v.fail(op, err)
	}
	if err != nil || len(c.found) > 0 {
		if disk := DiskFails(v.path); disk != nil {
			return Verified{}, DiskError(op, v.path, disk)
		}
	}
	if err != nil {
		c.add(problemIntegrity, 0, "the file is so damaged that not all of it could be looked at", v.path)
	}
	c.nameAll(ctx)
	out := Verified{Blobs: c.blobs.Load(), Revisions: c.revisions, Objects: c.objects, Bytes: c.bytes.Load(), Problems: c.found}
	for _, f := range c.found {
		out.Damaged = out.Damaged || f.Kind != problemIndex
	}
	if c.more > 0 {
		out.Problems = append(out.Problems, Finding{Problem: pim.Problem{Kind: problemIntegrity, What: fmt.Sprintf("%d more problems", c.more), Where: v.path}})
	}
	return out, nil
}

// isDamage says that an error is about what the file holds, or that the disk does
// not give it and SQLite takes that for the same.
func isDamage(err error) bool {
	var se *sqlite.Error
	if errors.As(err, &se) {
		switch se.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return true
		}
	}
	var pe *pim.Error
	return errors.Is(err, errTorn) || errors.As(err, &pe) && pe.Fault == pim.Storage && pe.Reason == "corrupt"
}

// checker is one Verify.
type checker struct {
	Check
	v  *Vault
	by int // version of Describe

	kinds  map[int64]pim.Kind // by collection
	rows   []checkedResource  // by ID
	dense  []int32            // index of a row and 1, by ID from low on; nil: IDs have large gaps
	low    int64
	byBlob []int32 // indexes of rows in the current view, by blob
	there  idSet   // blobs that were read, right or wrong

	blobs, bytes       atomic.Int64
	total              int64
	revisions, objects int64

	mu    sync.Mutex
	found []Finding
	more  int
	blind bool // lists or search can't be read: there is nothing to compare
	asked bool // the words are as FTS5 gives them
}

func (c *checker) add(kind string, resource int64, what, where string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.found) >= maxProblems {
		c.more++
		return
	}
	c.found = append(c.found, Finding{pim.Problem{Kind: kind, What: what, Where: where}, resource})
}

func (c *checker) run(ctx context.Context) error {
	done, err := c.makeRoom(ctx)
	if err != nil {
		return err
	}
	defer done()
	ahead, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() { readAhead(ahead, c.v.path) })
	defer group.Wait()
	defer stop()
	return together(ctx, c.tables, c.contents)
}

// contents looks at what the vault holds.
func (c *checker) contents(ctx context.Context) error {
	if err := c.loadResources(ctx); err != nil {
		return err
	}
	if err := together(ctx, c.loadSummaries, c.loadSizes, c.words); err != nil {
		return err
	}
	if c.Describe != nil {
		c.by = c.Describe(pim.Contacts, nil).By
	}
	if err := c.allBlobs(ctx); err != nil {
		return err
	}
	if err := c.history(ctx); err != nil || c.Describe == nil {
		return err
	}
	return c.compareIndex(ctx)
}

// together does several things at once. Damage that one of them meets does not end
// the others.
func together(ctx context.Context, tasks ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(tasks))
	var group sync.WaitGroup
	for i, task := range tasks {
		group.Go(func() {
			if errs[i] = task(ctx); errs[i] != nil && !isDamage(errs[i]) {
				cancel() // the others can't make it whole
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil && !isDamage(err) && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return errors.Join(append(errs, err)...)
	}
	return errors.Join(errs...)
}

// spans reads a range of row IDs as far as damage lets it: where a part can't be
// read it is halved until what can't be read stands alone.
type spans struct {
	read     func(ctx context.Context, from, to int64) (next int64, err error)
	bad      func(from, to int64) // may be nil
	anything bool                 // whatever SQLite says is damage
	// tries is what is left to be asked of parts that are lost as a whole.
	tries int
}

// manyTries is for who has no other way to the rows.
const manyTries = 200_000

func (s *spans) walk(ctx context.Context, from, to int64) error {
	for from < to {
		if err := ctx.Err(); err != nil {
			return err
		}
		next, err := s.read(ctx, from, to)
		if err == nil {
			return nil
		}
		if e := ctx.Err(); e != nil {
			return e
		}
		if !s.anything && !isDamage(err) {
			return err
		}
		s.tries--
		from = next
		if to-from <= 1 || s.tries < 0 {
			if s.bad != nil && from < to {
				s.bad(from, to)
			}
			return nil
		}
		mid := from + (to-from)/2
		if err := s.walk(ctx, from, mid); err != nil {
			return err
		}
		from = mid
	}
	return nil
}
