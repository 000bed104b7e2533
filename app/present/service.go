package present

import (
	"context"
	"time"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
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

	// The past. A zero time is now.
	StatusAt(ctx context.Context, at time.Time) (service.Status, error)
	ShowAt(ctx context.Context, id int64, at time.Time) (service.ItemDetail, error)
	FieldsAt(ctx context.Context, id int64, at time.Time) ([]Field, error)
	PhotoAt(ctx context.Context, id int64, at time.Time) (data []byte, mime string, err error)
	AgendaAt(ctx context.Context, from, to time.Time, loc *time.Location, at time.Time) ([]service.AgendaEntry, error)
	History(ctx context.Context, id int64) ([]service.RevisionInfo, error)
	RevisionDetail(ctx context.Context, revision int64) (service.ItemDetail, error)
	RevisionFields(ctx context.Context, revision int64) ([]Field, error)
	RunChanges(ctx context.Context, run int64) (service.RunChanges, error)
	Timeline(ctx context.Context, account string, collection int64, from, to time.Time) (service.Timeline, error)

	// Losses.
	Incidents(ctx context.Context, onlyOpen bool) ([]service.Incident, error)
	Incident(ctx context.Context, id int64) (service.Incident, error)
	NewIncidents(ctx context.Context) ([]service.Incident, error)
	IncidentObjects(ctx context.Context, id int64, offset, limit int) ([]service.IncidentObject, error)
	DecideIncident(ctx context.Context, id int64, d pim.Decision) (service.Incident, error)

	// Putting back.
	StartPutBack(incident int64) Job
	StartRestorePlan(pim.RestoreAsk) Job
	StartRestore(id int64) Job
	PutBackVersion(revision int64) Job
	PutBackField(id, revision int64, line int) Job
	Restores(ctx context.Context) ([]service.RestoreInfo, error)
	RestorePlan(ctx context.Context, id int64) (service.RestorePlan, error)
	Receipt(ctx context.Context, id int64) (service.Receipt, error)

	// Letting go.
	Forget(ctx context.Context, id int64, again string) error
	StartThin(dry bool) Job

	// Proof.
	StartVerify(deep bool) Job
	StartCopy(to string) Job
	StartRescue(dir, to string) Job
	StartAnew() Job
	IsCopy() bool // of a vault, opened for reading
	NewNotices(ctx context.Context, by service.Face) ([]service.ProofNotice, error)
	SeenNotices(ctx context.Context, kind string) error

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
	// Start opens another Sidekeep on a vault's folder or a copy's file.
	Start(ctx context.Context, vault string) error
	// Notify shows a notification, if the desktop shows any.
	Notify(ctx context.Context, title, text string) error
	// HasTray reports whether icons in the system tray are shown.
	HasTray() bool
}
