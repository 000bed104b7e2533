package service

import (
	"context"
	"errors"
	"time"

	"sidekeep/formats"
	"sidekeep/sync/pim"
)

// History gives an object's states, newest first, each with its difference to
// the one before. An unknown ID is Invalid.
func (s *Service) History(context.Context, int64) ([]RevisionInfo, error) {
	return nil, notYet("history")
}

// RevisionDetail gives one old state of an object with its exact bytes; ID is
// the object's. An unknown revision, or a tombstone's, is Invalid.
func (s *Service) RevisionDetail(context.Context, int64) (ItemDetail, error) {
	return ItemDetail{}, notYet("show a revision")
}

// RevisionFields gives every property of an old state, decoded for reading.
func (s *Service) RevisionFields(context.Context, int64) ([]formats.Field, error) {
	return nil, notYet("show a revision")
}

// RunChanges says what a run changed. An unknown run is Invalid.
func (s *Service) RunChanges(context.Context, int64) (RunChanges, error) {
	return RunChanges{}, notYet("show a run")
}

// Timeline is the history of a collection, an account ("" all) or everything,
// for a chart. Zero times do not restrict.
func (s *Service) Timeline(context.Context, string, int64, time.Time, time.Time) (Timeline, error) {
	return Timeline{}, notYet("show the timeline")
}

// StatusAt says how the accounts were then; zero is now.
func (s *Service) StatusAt(ctx context.Context, at time.Time) (Status, error) {
	if at.IsZero() {
		return s.Status(ctx)
	}
	return Status{}, notYet("status")
}

// ShowAt is Show of the object as it was then; zero is now.
func (s *Service) ShowAt(ctx context.Context, id int64, at time.Time) (ItemDetail, error) {
	if at.IsZero() {
		return s.Show(ctx, id)
	}
	return ItemDetail{}, notYet("show")
}

// FieldsAt is Fields of the object as it was then; zero is now.
func (s *Service) FieldsAt(ctx context.Context, id int64, at time.Time) ([]formats.Field, error) {
	if at.IsZero() {
		return s.Fields(ctx, id)
	}
	return nil, notYet("show")
}

// PhotoAt is Photo of the object as it was then; zero is now.
func (s *Service) PhotoAt(ctx context.Context, id int64, at time.Time) ([]byte, string, error) {
	if at.IsZero() {
		return s.Photo(ctx, id)
	}
	return nil, "", notYet("show")
}

// AgendaAt is Agenda of the events as they were at that moment; zero is now.
func (s *Service) AgendaAt(ctx context.Context, from, to time.Time, loc *time.Location, at time.Time) ([]AgendaEntry, error) {
	if at.IsZero() {
		return s.Agenda(ctx, from, to, loc)
	}
	return nil, notYet("agenda")
}

func notYet(op string) error {
	return &pim.Error{Fault: pim.Internal, Op: op, Err: errors.New("not built yet")}
}
