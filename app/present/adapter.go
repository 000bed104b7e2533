package present

import (
	"context"
	"time"

	"sidekeep/app/service"
	"sidekeep/formats"
	"sidekeep/sync/pim"
)

// FromService lets the screens use the real service.
func FromService(s *service.Service) Service { return real{s} }

// real narrows *service.Service to what the screens need.
type real struct{ *service.Service }

func (r real) StartAddAccount(n service.NewAccount) Job { return r.Service.StartAddAccount(n) }
func (r real) StartDemo(ctx context.Context) Job        { return r.Service.StartDemo(ctx) }
func (r real) StartMirror(names ...string) Job          { return r.Service.StartMirror(names...) }
func (r real) StartExport(q service.ExportRequest) Job  { return r.Service.StartExport(q) }

func (r real) Jobs() []Job {
	jobs := r.Service.Jobs()
	out := make([]Job, len(jobs))
	for i, j := range jobs {
		out[i] = j
	}
	return out
}

func (r real) StartPutBack(incident int64) Job         { return r.Service.StartPutBack(incident) }
func (r real) StartRestorePlan(ask pim.RestoreAsk) Job { return r.Service.StartRestorePlan(ask) }
func (r real) StartRestore(id int64) Job               { return r.Service.StartRestore(id) }
func (r real) PutBackVersion(revision int64) Job       { return r.Service.PutBackVersion(revision) }
func (r real) StartVerify(deep bool) Job               { return r.Service.StartVerify(deep) }
func (r real) StartCopy(to string) Job                 { return r.Service.StartCopy(to) }
func (r real) StartAnew() Job                          { return r.Service.StartAnew() }
func (r real) StartRescue(dir, to string) Job          { return r.Service.StartRescue(dir, to) }
func (r real) StartThin(dry bool) Job                  { return r.Service.StartThin(dry) }
func (r real) PutBackField(id, revision int64, n int) Job {
	return r.Service.PutBackField(id, revision, n)
}

func (r real) Fields(ctx context.Context, id int64) ([]Field, error) {
	fields, err := r.Service.Fields(ctx, id)
	return fieldsOf(fields), err
}

func (r real) FieldsAt(ctx context.Context, id int64, at time.Time) ([]Field, error) {
	fields, err := r.Service.FieldsAt(ctx, id, at)
	return fieldsOf(fields), err
}

func (r real) RevisionFields(ctx context.Context, revision int64) ([]Field, error) {
	fields, err := r.Service.RevisionFields(ctx, revision)
	return fieldsOf(fields), err
}

func fieldsOf(fields []formats.Field) []Field {
	out := make([]Field, len(fields))
	for i, f := range fields {
		out[i] = Field{Name: f.Name, Title: f.Title, Label: f.Label, Value: f.Value, Type: f.Type, Component: f.Component, Part: f.Part, Raw: f.Raw}
	}
	return out
}
