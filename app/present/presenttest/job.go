package presenttest

import (
	"sync"

	"sidekeep/app/service"
)

// Job is a job that a test moves on by itself.
type Job struct {
	mu       sync.Mutex
	Name     string
	Progress service.Progress
	Value    any
	done     chan struct{}
	Canceled bool
}

// NewJob gives a job that runs until Finish.
func NewJob(kind string) *Job {
	return &Job{Name: kind, Progress: service.Progress{Kind: kind}, done: make(chan struct{})}
}

// ID, Snapshot, Cancel, Done and Result are present.Job's.
func (j *Job) ID() string { return j.Name }

// Snapshot gives the progress as it was set.
func (j *Job) Snapshot() service.Progress {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.Progress
}

// Cancel notes that it was called.
func (j *Job) Cancel() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.Canceled = true
}

// Done is closed by Finish.
func (j *Job) Done() <-chan struct{} { return j.done }

// Result is what Finish was given.
func (j *Job) Result() any {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.Value
}

// Set changes the progress.
func (j *Job) Set(p service.Progress) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.Progress = p
}

// Finish ends the job.
func (j *Job) Finish(result any, err error) {
	j.mu.Lock()
	j.Value, j.Progress.Finished, j.Progress.Err = result, true, err
	j.mu.Unlock()
	close(j.done)
}
