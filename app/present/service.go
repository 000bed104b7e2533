package present

import (
	"context"
	"time"

	"sidekeep/app/service"
)

// Job is one piece of background work, as *service.Job is.
type Job interface {
	ID() string
	Snapshot() service.Progress
	Cancel()
	Done() <-chan struct{}
	Result() any
}

// Field is one property of an object, decoded for reading.
type Field struct {
	Component string // where it stands: "VCARD", "VEVENT/VALARM"
	Part      int    // 0: the described component; 1, 2, ...: further ones, such as changed occurrences
	Name      string // property name in upper case
	Title     string // the property in words; may be empty
	Label     string // its types or its own label, in words; may be empty
	Value     string
	Type      string // text, phone, email, url, date, address, photo, key, other
	Raw       string // the line as it stands, unfolded
}

// Service is what the screens need of the program. Every method but the
// Start ones, Jobs and Settings may take its time and is called off the
// window's thread.
type Service interface {
	StartAddAccount(service.NewAccount) Job
	StartDemo(ctx context.Context) Job
	StartMirror(names ...string) Job
	StartExport(service.ExportRequest) Job
	Jobs() []Job

	CheckAccount(ctx context.Context, name string) (service.CheckReport, error)
	RemoveAccount(ctx context.Context, name string, purge bool) error
	SetPassword(ctx context.Context, name, password string) error
	SetPasswordIn(ctx context.Context, name, password, secrets string) error

	Status(ctx context.Context) (service.Status, error)
	List(ctx context.Context, q service.ListQuery) ([]service.Item, error)
	Count(ctx context.Context, q service.ListQuery) (int, error)
	Show(ctx context.Context, id int64) (service.ItemDetail, error)
	Fields(ctx context.Context, id int64) ([]Field, error)
	Photo(ctx context.Context, id int64) (data []byte, mime string, err error)
	Agenda(ctx context.Context, from, to time.Time, loc *time.Location) ([]service.AgendaEntry, error)
	DataVersion(ctx context.Context) (int64, error)

	Settings() service.Settings
	SaveSettings(service.Settings) error
}

// Desktop is what the screens need of the machine they run on.
type Desktop interface {
	// StartsAtLogin reports whether Sidekeep is registered to start at login.
	StartsAtLogin() (bool, error)
	// SetStartAtLogin registers or removes it.
	SetStartAtLogin(on bool) error
	// Open shows a file or folder in the machine's file manager.
	Open(ctx context.Context, path string) error
	// HasTray reports whether icons in the system tray are shown.
	HasTray() bool
}
