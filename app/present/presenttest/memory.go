// Package presenttest is a service in memory for tests of screens: what it
// answers is set in its fields. What screens show of a real vault is tested
// with the real service; this is for states that are hard to come by.
package presenttest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"sidekeep/app/present"
	"sidekeep/app/service"
)

// Service answers from its fields. The zero value is an empty vault.
type Service struct {
	mu       sync.Mutex
	Accounts []service.AccountStatus
	Vault    service.VaultStatus
	People   []service.Item
	Events   []service.Item
	ToDo     []service.Item
	Entries  []service.AgendaEntry
	Details  map[int64]service.ItemDetail
	FieldsOf map[int64][]present.Field
	Photos   map[int64][]byte
	Saved    service.Settings
	Past     Past
	Err      error // what every reading answers, if set
	PassErr  error
	Proof    *service.ProofStatus
	Copy     bool            // it is a copy, opened for reading
	Noticed  map[string]bool // notices that the window told already, by kind

	Version int64
	Running []*Job
	Calls   []string // names of calls that change something
	// Gate, if set, is received from before List and Count answer.
	Gate chan struct{}
	// Lists counts calls of List.
	Lists int
}

func (s *Service) start(kind, call string) present.Job {
	j := NewJob(kind)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Running = append(s.Running, j)
	s.Calls = append(s.Calls, call)
	return j
}

// Last is the job started last.
func (s *Service) Last() *Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.Running) == 0 {
		return nil
	}
	return s.Running[len(s.Running)-1]
}

// Called gives the calls so far.
func (s *Service) Called() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.Calls...)
}

// Change changes fields while screens are reading.
func (s *Service) Change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Listed is the number of calls of List so far.
func (s *Service) Listed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Lists
}

func (s *Service) fault() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Err
}

// The methods of present.Service.

func (s *Service) StartAddAccount(n service.NewAccount) present.Job {
	return s.start("account", strings.TrimSpace("add "+n.Address+" "+n.User+" "+n.Secrets))
}

func (s *Service) StartDemo(context.Context) present.Job { return s.start("account", "demo") }

func (s *Service) StartMirror(names ...string) present.Job {
	return s.start("mirror", "mirror "+strings.Join(names, ","))
}

func (s *Service) StartExport(r service.ExportRequest) present.Job {
	force := ""
	if r.Force {
		force = " force"
	}
	return s.start("export", strings.Join([]string{"export", r.As, r.Account, r.Collection, string(r.Kind)}, " ")+force)
}

func (s *Service) Jobs() []present.Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []present.Job
	for _, j := range s.Running {
		if !j.Snapshot().Finished {
			out = append(out, j)
		}
	}
	return out
}

func (s *Service) CheckAccount(context.Context, string) (service.CheckReport, error) {
	return service.CheckReport{OK: true, Collections: make([]service.CollectionReport, 3)}, nil
}

func (s *Service) RemoveAccount(_ context.Context, name string, purge bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	call := "remove " + name
	if purge {
		call = "purge " + name
	}
	s.Calls = append(s.Calls, call)
	return nil
}

func (s *Service) SetPassword(ctx context.Context, name, password string) error {
	return s.SetPasswordIn(ctx, name, password, "")
}

func (s *Service) SetPasswordIn(_ context.Context, name, _, secrets string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Calls = append(s.Calls, strings.TrimSpace("password "+name+" "+secrets))
	if secrets != "" {
		return nil
	}
	return s.PassErr
}

func (s *Service) Status(ctx context.Context) (service.Status, error) {
	return s.StatusAt(ctx, time.Time{})
}

func (s *Service) rows(ctx context.Context, q service.ListQuery) []service.Item {
	m := s.at(q.At) // a long search must not keep others waiting
	all := map[string][]service.Item{"contacts": m.People, "events": m.Events, "tasks": m.ToDo}[q.What]
	if q.Deleted {
		s.mu.Lock()
		all = s.Past.Removed
		s.mu.Unlock()
	}
	if q.Search == "" {
		return all
	}
	var out []service.Item
	for _, it := range all {
		if ctx.Err() != nil { // nobody waits for it any more
			break
		}
		if strings.Contains(strings.ToLower(it.Title), strings.ToLower(q.Search)) {
			out = append(out, it)
		}
	}
	return out
}

func (s *Service) List(ctx context.Context, q service.ListQuery) ([]service.Item, error) {
	s.mu.Lock()
	s.Lists++
	gate := s.Gate
	s.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	out := s.rows(ctx, q)
	out = out[min(q.Offset, len(out)):]
	if q.Limit > 0 {
		out = out[:min(q.Limit, len(out))]
	}
	return out, s.fault()
}

func (s *Service) Count(ctx context.Context, q service.ListQuery) (int, error) {
	return len(s.rows(ctx, q)), s.fault()
}

func (s *Service) Show(ctx context.Context, id int64) (service.ItemDetail, error) {
	return s.ShowAt(ctx, id, time.Time{})
}

func (s *Service) Fields(ctx context.Context, id int64) ([]present.Field, error) {
	return s.FieldsAt(ctx, id, time.Time{})
}

func (s *Service) Photo(ctx context.Context, id int64) ([]byte, string, error) {
	return s.PhotoAt(ctx, id, time.Time{})
}

func (s *Service) Agenda(ctx context.Context, from, to time.Time, loc *time.Location) ([]service.AgendaEntry, error) {
	return s.AgendaAt(ctx, from, to, loc, time.Time{})
}

func (s *Service) DataVersion(context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Version, nil
}

// Touch is another process's change.
func (s *Service) Touch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Version++
}

func (s *Service) StartVerify(deep bool) present.Job {
	return s.start("verify", fmt.Sprint("verify ", deep))
}

func (s *Service) StartCopy(to string) present.Job      { return s.start("copy", "copy "+to) }
func (s *Service) StartAnew() present.Job               { return s.start("anew", "anew") }
func (s *Service) StartRescue(_, to string) present.Job { return s.start("rescue", "rescue "+to) }
func (s *Service) IsCopy() bool                         { return s.Copy }

func (s *Service) NewNotices(context.Context, service.Face) (out []service.ProofNotice, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Noticed == nil {
		s.Noticed = map[string]bool{}
	}
	for _, n := range s.Proof.Notices {
		if !s.Noticed[n.Kind] {
			s.Noticed[n.Kind] = true
			out = append(out, n)
		}
	}
	return out, s.Err
}

// SeenNotices is in Calls as "seen KIND".
func (s *Service) SeenNotices(_ context.Context, kind string) error {
	s.called("seen %s", kind)
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := *s.Proof
	kept.Notices = slices.DeleteFunc(slices.Clone(kept.Notices), func(n service.ProofNotice) bool { return kind == "" || n.Kind == kind })
	s.Proof = &kept
	return s.Err
}

func (s *Service) Settings() service.Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Saved
}

func (s *Service) SaveSettings(v service.Settings) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Saved = v
	return s.Err
}

// Notified gives the notifications so far.
func (d *Desktop) Notified() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.Told...)
}
