package service

import (
	"context"

	"sidekeep/sync/pim"
)

// StartRestorePlan says what a restore would do and changes nothing at the
// target, which is mirrored first. The job's result is a RestorePlan.
func (s *Service) StartRestorePlan(ask pim.RestoreAsk) *Job {
	return s.start("plan", ask.To, func(context.Context, *Job) (any, error) { return nil, notYet("plan a restore") })
}

// StartRestore carries a plan out, or goes on where it was interrupted. The
// job's result is a Receipt, also when it was stopped half-way.
func (s *Service) StartRestore(id int64) *Job {
	return s.start("restore", "", func(context.Context, *Job) (any, error) { return nil, notYet("restore") })
}

// Restores gives the plans and restores, newest first.
func (s *Service) Restores(context.Context) ([]RestoreInfo, error) { return []RestoreInfo{}, nil }

// RestorePlan gives one plan again. An unknown ID is Invalid.
func (s *Service) RestorePlan(context.Context, int64) (RestorePlan, error) {
	return RestorePlan{}, notYet("show the plan")
}

// Receipt gives what became of a restore that was begun. An unknown ID is
// Invalid.
func (s *Service) Receipt(context.Context, int64) (Receipt, error) {
	return Receipt{}, notYet("show the receipt")
}

// PutBackVersion puts one old state of an object back on its server. The job's
// result is a Receipt.
func (s *Service) PutBackVersion(revision int64) *Job {
	return s.start("restore", "", func(context.Context, *Job) (any, error) { return nil, notYet("put back") })
}

// PutBackField puts one property of an old state back into the object as it
// is now: line is a Change's. The job's result is a Receipt.
func (s *Service) PutBackField(id, revision int64, line int) *Job {
	return s.start("restore", "", func(context.Context, *Job) (any, error) { return nil, notYet("put back") })
}
