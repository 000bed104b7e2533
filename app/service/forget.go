package service

import "context"

// Forget removes an object, whatever it was in the past too, from the vault.
// again is its title, or its ID in digits, given a second time. It is refused
// as Invalid while the server still has the object.
func (s *Service) Forget(context.Context, int64, string) error { return notYet("forget") }

// StartThin lets go of old states by age: all of 90 days are kept, then the
// last of each day for two years, then that of each month. dry only counts.
// The job's result is a ThinPlan.
func (s *Service) StartThin(dry bool) *Job {
	return s.start("thin", "", func(context.Context, *Job) (any, error) { return nil, notYet("thin") })
}
