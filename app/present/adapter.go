package present

import (
	"context"

	"sidekeep/app/service"
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

func (r real) Fields(ctx context.Context, id int64) ([]Field, error) {
	fields, err := r.Service.Fields(ctx, id)
	out := make([]Field, len(fields))
	for i, f := range fields {
		out[i] = Field{Name: f.Name, Title: f.Title, Label: f.Label, Value: f.Value, Type: f.Type, Component: f.Component, Part: f.Part, Raw: f.Raw}
	}
	return out, err
}
