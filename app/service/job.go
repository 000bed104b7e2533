package service

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"sync"

	"sidekeep/sync/pim"
)

// Job is one piece of work in the background. It belongs to the Service, which
// waits for it in Close. Whoever shows it polls Snapshot; nothing is pushed.
type Job struct {
	id     string
	number int
	cancel context.CancelFunc
	done   chan struct{}

	mu       sync.Mutex
	progress Progress
	result   any
	err      error
}

// ID names the job within this process.
func (j *Job) ID() string { return j.id }

// Snapshot is the job's progress now. It never blocks for long.
func (j *Job) Snapshot() Progress {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.progress
}

// Cancel asks the job to stop. It does not wait.
func (j *Job) Cancel() { j.cancel() }

// Done is closed when the job has ended and its result can be had.
func (j *Job) Done() <-chan struct{} { return j.done }

// Wait waits for the job's end and gives its error. When ctx ends first the
// job is cancelled, waited for, and its own error is given: no job is left
// behind.
func (j *Job) Wait(ctx context.Context) error {
	select {
	case <-j.done:
	case <-ctx.Done():
		j.cancel()
		<-j.done
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}

// Result is what the job made: MirrorReport, ExportReport, AccountStatus, or
// nil before its end. A mirror has a result even where accounts failed.
func (j *Job) Result() any {
	select {
	case <-j.done:
	default:
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.result
}

// update changes the progress.
func (j *Job) update(f func(p *Progress)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f(&j.progress)
}

// start runs work on a goroutine that the service owns. After Close the job
// comes back already stopped.
func (s *Service) start(kind, account string, work func(ctx context.Context, j *Job) (any, error)) *Job {
	ctx, cancel := context.WithCancel(s.ctx)
	j := &Job{
		cancel: cancel,
		done:   make(chan struct{}),
		progress: Progress{
			Kind: kind, Account: account, Started: s.now(),
		},
	}
	s.mu.Lock()
	s.lastJob++
	j.number, j.id = s.lastJob, strconv.Itoa(s.lastJob)
	closed := s.closed
	if !closed {
		s.jobs[j.id] = j
		s.wg.Add(1)
	}
	s.mu.Unlock()
	if closed {
		j.finish(nil, &pim.Error{Fault: pim.Stopped, Op: kind, Err: context.Canceled})
		return j
	}
	go func() {
		defer s.wg.Done()
		result, err := guard(kind, func() (any, error) { return work(ctx, j) })
		s.mu.Lock()
		delete(s.jobs, j.id)
		s.mu.Unlock()
		j.finish(result, err)
	}()
	return j
}

// finish records the end.
func (j *Job) finish(result any, err error) {
	j.cancel()
	j.mu.Lock()
	j.result, j.err = result, err
	j.progress.Finished, j.progress.Err = true, err
	j.mu.Unlock()
	close(j.done)
}

// Jobs gives the jobs that run now, oldest first.
func (s *Service) Jobs() []*Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*Job, 0, len(s.jobs))
	for _, j := range s.jobs {
		out = append(out, j)
	}
	slices.SortFunc(out, func(a, b *Job) int { return cmp.Compare(a.number, b.number) })
	return out
}
