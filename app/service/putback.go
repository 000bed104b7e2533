package service

import (
	"context"
	"errors"
	"fmt"

	"sidekeep/formats"
	"sidekeep/sync/pim"
)

// StartPutBack restores an incident's objects to the server it was seen at,
// mirrors that account, and closes the incident if everything is there again.
// The job's result is a Receipt.
func (s *Service) StartPutBack(incident int64) *Job {
	return s.start("restore", "", func(ctx context.Context, j *Job) (any, error) {
		in, err := s.openIncident(ctx, incident)
		if err != nil {
			return Receipt{}, err
		}
		return s.planAndRun(ctx, j, pim.RestoreAsk{Incident: incident, To: in.Account, Make: true}, nil)
	})
}

// planAndRun does at once what was asked for, if it is still meant.
func (s *Service) planAndRun(ctx context.Context, j *Job, ask pim.RestoreAsk, still func() error) (Receipt, error) {
	j.update(func(p *Progress) { p.Account = ask.To })
	done, err := s.takeTurn(ctx, writerRestore, func(step string) { j.update(func(p *Progress) { p.Step = step }) })
	if err != nil {
		return Receipt{}, err
	}
	defer done()
	id, err := s.plan(ctx, j, ask, still)
	if err != nil {
		return Receipt{}, err
	}
	return s.restore(ctx, j, id)
}

// unchanged says whether an object is still in the state that a person saw when
// they decided. Errors: Invalid, Reason "changed".
func (s *Service) unchanged(ctx context.Context, id, revision int64) func() error {
	return func() error {
		now, err := s.object(ctx, id)
		if err == nil && now.Revision != revision {
			err = &pim.Error{Fault: pim.Invalid, Op: "put back", Where: now.Summary.Title, Reason: "changed",
				Err:  errors.New("it has just been changed on the server, so nothing was put back"),
				Hint: "look at how it is now, then try again"}
		}
		return err
	}
}

// PutBackVersion puts one old state of an object back on its server. The job's
// result is a Receipt. Errors: Invalid for an unknown revision, and with Reason
// "changed" for an object that was changed on the server meanwhile.
func (s *Service) PutBackVersion(revision int64) *Job {
	return s.start("restore", "", func(ctx context.Context, j *Job) (any, error) {
		st, err := s.vault.RevisionBody(ctx, revision)
		if err != nil {
			return Receipt{}, err
		}
		row, err := s.object(ctx, st.Resource)
		if err != nil {
			return Receipt{}, err
		}
		return s.planAndRun(ctx, j, pim.RestoreAsk{IDs: []int64{row.ID}, Revision: revision, To: row.Account, Make: true},
			s.unchanged(ctx, row.ID, row.Revision))
	})
}

// PutBackField puts one property of an old state back into the object as it
// is now: line is a Change's. The job's result is a Receipt. Errors: Invalid for
// a line that the old state does not have, and with Reason "changed" for an
// object that was changed on the server meanwhile.
func (s *Service) PutBackField(id, revision int64, line int) *Job {
	return s.start("restore", "", func(ctx context.Context, j *Job) (any, error) {
		row, err := s.vault.Row(ctx, id)
		if err != nil {
			return Receipt{}, s.notHere(ctx, id, err)
		}
		old, err := s.vault.RevisionBody(ctx, revision)
		if err != nil {
			return Receipt{}, err
		}
		now, err := s.vault.RevisionBody(ctx, row.Revision)
		if err != nil {
			return Receipt{}, err
		}
		if old.Resource != id {
			return Receipt{}, &pim.Error{Fault: pim.Invalid, Op: "put back", Where: fmt.Sprint(revision), Reason: "revision",
				Err: fmt.Errorf("this revision is not one of object %d", id)}
		}
		body, err := guard("put back", func() ([]byte, error) { return formats.PutField(row.Kind, old.Body, now.Body, line) })
		if err != nil {
			return Receipt{}, err
		}
		return s.planAndRun(ctx, j, pim.RestoreAsk{IDs: []int64{id}, Body: body, To: row.Account}, s.unchanged(ctx, id, row.Revision))
	})
}
