package service

import (
	"context"
	"errors"
	"time"
)

var errSoon = errors.New("not built yet")

// AddAccount proves the login and saves the account.
func (s *Service) AddAccount(ctx context.Context, n NewAccount) (AccountStatus, error) {
	return AccountStatus{}, errSoon
}

// CheckAccount logs in again and says what is there.
func (s *Service) CheckAccount(ctx context.Context, name string) (CheckReport, error) {
	return CheckReport{}, errSoon
}

// RemoveAccount forgets a login.
func (s *Service) RemoveAccount(ctx context.Context, name string, purge bool) error { return errSoon }

// SetPassword proves and saves a new password.
func (s *Service) SetPassword(ctx context.Context, name, password string) error { return errSoon }

// StartMirror mirrors the named accounts, or all.
func (s *Service) StartMirror(names ...string) *Job {
	return s.start("mirror", "", func(ctx context.Context, j *Job) (any, error) { return MirrorReport{}, errSoon })
}

// StartExport writes an export.
func (s *Service) StartExport(r ExportRequest) *Job {
	return s.start("export", "", func(ctx context.Context, j *Job) (any, error) { return ExportReport{}, errSoon })
}

// StartReindex rebuilds summaries and search.
func (s *Service) StartReindex() *Job {
	return s.start("reindex", "", func(ctx context.Context, j *Job) (any, error) { return nil, errSoon })
}

// StartAddAccount is AddAccount as a job.
func (s *Service) StartAddAccount(n NewAccount) *Job {
	return s.start("account", n.Name, func(ctx context.Context, j *Job) (any, error) { return s.AddAccount(ctx, n) })
}

// StartDemo starts the demo server, adds its account and mirrors it.
func (s *Service) StartDemo(ctx context.Context) *Job {
	return s.start("account", "Demo", func(ctx context.Context, j *Job) (any, error) { return nil, errSoon })
}

// Status says how every account is.
func (s *Service) Status(ctx context.Context) (Status, error) { return Status{}, errSoon }

// List gives the items of a query.
func (s *Service) List(ctx context.Context, q ListQuery) ([]Item, error) { return nil, errSoon }

// Count counts the items of a query, without Offset and Limit.
func (s *Service) Count(ctx context.Context, q ListQuery) (int, error) { return 0, errSoon }

// Show gives one item with its bytes.
func (s *Service) Show(ctx context.Context, id int64) (ItemDetail, error) {
	return ItemDetail{}, errSoon
}

// Photo gives the first embedded photo and its media type.
func (s *Service) Photo(ctx context.Context, id int64) ([]byte, string, error) {
	return nil, "", errSoon
}

// Log gives the last runs, newest first.
func (s *Service) Log(ctx context.Context, limit int) ([]RunInfo, error) { return nil, errSoon }

// AgendaEntry is one occurrence of an event.
type AgendaEntry struct {
	ItemID       int64
	Start, End   time.Time
	AllDay       bool
	UID          string
	Title        string
	Location     string
	Status       string
	Component    string
	Recurring    bool
	Override     bool
	RecurrenceID string
	Account      string
	Collection   string
	CollID       int64
	Color        string
}

// Agenda gives all occurrences in [from, to), sorted by start.
func (s *Service) Agenda(ctx context.Context, from, to time.Time, loc *time.Location) ([]AgendaEntry, error) {
	return nil, errSoon
}

// Settings gives the settings of this vault.
func (s *Service) Settings() Settings { return Settings{Interval: 30 * time.Minute} }

// SaveSettings keeps the settings.
func (s *Service) SaveSettings(Settings) error { return errSoon }

// StartBackground mirrors from now on by itself.
func (s *Service) StartBackground(ctx context.Context) {}

// DataVersion changes whenever any process wrote to the vault.
func (s *Service) DataVersion(ctx context.Context) (int64, error) { return 0, errSoon }
