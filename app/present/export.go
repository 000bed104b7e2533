package present

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// Export is the page that writes standard files.
type Export struct {
	app  *App
	job  Job
	made bool // To was filled in by us, not typed

	Whats   []string // choices, the first is everything
	what    []exportTarget
	What    int
	Kind    int // index into ExportKinds
	To      string
	Zip     bool
	ToError string // at the field
	Busy    *ProgressLine
	Problem *Notice
	// CanReplace says that Problem is about a target that exists.
	CanReplace bool
	Done       *ExportDone
	Changed    func()
}

// ExportDone is a finished export in words.
type ExportDone struct {
	Title string
	Text  string
	Path  string
	Where string   // Path as it is shown
	Files []string // "work/Address book.vcf · 250 contacts"
	Notes []string
}

type exportTarget struct {
	account, collection string
}

// ExportKinds are the choices of what kind of thing to export.
var ExportKinds = []string{exportKindAll, exportKindVCF, exportKindICS}

func newExport(a *App) *Export {
	e := &Export{app: a, Changed: func() {}, Whats: []string{exportAll}, what: []exportTarget{{}}}
	e.To, e.made = e.defaultTo(), true
	return e
}

// Empty reports whether there is nothing to export.
func (e *Export) Empty() bool {
	if e.app.Past.On() {
		return false // what there was is on its way
	}
	for _, s := range e.app.Status.Accounts {
		for _, c := range s.Collections {
			if c.Objects > 0 {
				return false
			}
		}
	}
	return e.app.Known
}

// SetZip chooses the form, and has a path of ours follow it.
func (e *Export) SetZip(zip bool) {
	e.Zip = zip
	switch {
	case e.made:
		e.To = e.defaultTo()
	case zip && e.To != "" && !strings.HasSuffix(strings.ToLower(e.To), ".zip"):
		e.To += ".zip"
	case !zip:
		e.To = strings.TrimSuffix(e.To, ".zip")
	}
	e.Changed()
}

// SetTo takes a typed path.
func (e *Export) SetTo(path string) {
	if path == e.To {
		return
	}
	e.To, e.made = path, false
	if e.ToError != "" {
		e.ToError = ""
		e.Changed()
	}
}

// SetFolder takes a folder that was picked; the export gets a name of its own
// in it, so that nothing there is touched.
func (e *Export) SetFolder(dir string) {
	e.To, e.made = e.app.short(filepath.Join(dir, e.fileName())), false
	e.ToError = ""
	e.Changed()
}

// Start begins the export. replace allows a target that exists to be
// overwritten.
func (e *Export) Start(replace bool) {
	if e.job != nil {
		return
	}
	to := e.path()
	switch {
	case strings.TrimSpace(e.To) == "":
		e.ToError = exportNeedTo
	case !filepath.IsAbs(to):
		e.ToError = exportAbsolute
	default:
		e.ToError = ""
	}
	if e.ToError != "" {
		e.Changed()
		return
	}
	as := "folder"
	if e.Zip {
		as = "zip"
	}
	t := e.what[max(0, min(e.What, len(e.what)-1))]
	kind := [...]pim.Kind{"", pim.Contacts, pim.Calendar}[max(0, min(e.Kind, 2))]
	j := e.app.cfg.Service.StartExport(service.ExportRequest{To: to, As: as, Account: t.account, Collection: t.collection, Kind: kind, Force: replace, At: e.app.Past.At})
	e.job, e.Done, e.Problem, e.CanReplace = j, nil, nil, false
	e.Busy = &ProgressLine{Text: exportWorking, Fraction: -1}
	e.app.watch(j, func() { e.finished(j) })
	e.Changed()
}

// Cancel stops the export; nothing half-written stays.
func (e *Export) Cancel() {
	if e.job != nil {
		e.job.Cancel()
		e.Busy = &ProgressLine{Text: stepStopping, Fraction: -1, Stopping: true}
		e.Changed()
	}
}

// Again clears the result, for another export under a new name.
func (e *Export) Again() {
	e.Done, e.Problem = nil, nil
	e.To, e.made = e.defaultTo(), true
	e.Changed()
}

// tick words the progress.
func (e *Export) tick() {
	if e.job == nil || e.Busy != nil && e.Busy.Stopping {
		return
	}
	e.Busy = progressLine(e.job.Snapshot())
	e.Changed()
}

func (e *Export) finished(j Job) {
	e.job, e.Busy = nil, nil
	err := j.Snapshot().Err
	if r, ok := j.Result().(service.ExportReport); ok && err == nil {
		e.Done = exportDone(r)
		e.Done.Where = e.app.short(r.Path)
		e.Problem = exportLacks(r, e.app.Now())
		e.app.Proof.heard(r.Err())
	} else {
		e.Problem = notice(err, e.app.Now())
		if pim.FaultOf(err) == pim.Stopped {
			e.Problem = &Notice{Title: msgStopped, Text: exportStopped}
		}
		var pe *pim.Error
		e.CanReplace = errors.As(err, &pe) && pe.Reason == reasonExists
	}
	e.Changed()
}

// reasonExists is how an export says that its target is there already.
const reasonExists = "exists"

const exportStopped = "Nothing half-written was left behind."

// exportDone words a report.
func exportDone(r service.ExportReport) *ExportDone {
	d := &ExportDone{Path: r.Path, Notes: r.Notes,
		Title: fmt.Sprintf(exportDoneTitle, Count(r.Objects, "item", "items")),
		Text: fmt.Sprintf(exportDoneText, Count(len(r.Files), "file", "files"),
			Took(time.Duration(r.Seconds*float64(time.Second))), Size(r.Bytes))}
	for _, f := range r.Files {
		noun := Count(f.Objects, "entry", "entries")
		if f.Kind == pim.Contacts {
			noun = Count(f.Objects, "contact", "contacts")
		}
		d.Files = append(d.Files, f.Name+" · "+noun)
	}
	return d
}

// exportLacks words what a damaged vault did not give; nil: everything is there.
func exportLacks(r service.ExportReport, now time.Time) *Notice {
	n := notice(r.Err(), now)
	if n == nil {
		return nil
	}
	const most = 10
	var names []string
	for i, m := range r.Missing {
		name := cmp.Or(m.Title, m.Href)
		if m.ID == 0 {
			name = Count(m.Objects, "item", "items")
		}
		names = append(names, fmt.Sprintf(exportLack, name, m.Collection))
		if rest := len(r.Missing) - i - 1; i+1 == most && rest > 0 {
			names = append(names, fmt.Sprintf(exportLackMore, Number(int64(rest))))
			break
		}
	}
	n.Text = fmt.Sprintf(exportLacking, Count(r.Lacks(), "item", "items"), strings.Join(names, ", ")) + " " + n.Text
	return n
}

// Text is the line under the page's title.
func (e *Export) Text() string {
	if e.app.Past.On() {
		return fmt.Sprintf(pastExport, e.app.Past.Words())
	}
	return ExportText
}

// momentChanged offers what there was at another moment.
func (e *Export) momentChanged() {
	if e.made && e.job == nil {
		e.To = e.defaultTo()
	}
	e.statusChanged()
}

// statusChanged brings the choices up to date and keeps the chosen one.
func (e *Export) statusChanged() {
	chosen := exportTarget{}
	if e.What < len(e.what) {
		chosen = e.what[e.What]
	}
	e.Whats, e.what, e.What = []string{exportAll}, []exportTarget{{}}, 0
	accounts := e.app.shownStatus().Accounts
	several := len(accounts) > 1
	for _, s := range accounts {
		e.add(s.Name, exportTarget{account: s.Name}, several)
		for _, c := range s.Collections {
			words := c.Name
			if several {
				words = s.Name + ": " + c.Name
			}
			e.add(words, exportTarget{account: s.Name, collection: fmt.Sprint(c.ID)}, true)
		}
	}
	for i, t := range e.what {
		if t == chosen {
			e.What = i
		}
	}
	e.Changed()
}

func (e *Export) add(words string, t exportTarget, wanted bool) {
	if !wanted {
		return
	}
	for _, w := range e.Whats { // a choice must be unique
		if w == words {
			words += " (" + t.collection + ")"
		}
	}
	e.Whats, e.what = append(e.Whats, words), append(e.what, t)
}

// short writes ~ for the home folder, as Export.path reads it.
func (a *App) short(path string) string {
	home := filepath.Clean(a.cfg.Home)
	if a.cfg.Home == "" || home == string(filepath.Separator) {
		return path
	}
	if rest, ok := strings.CutPrefix(path, home); ok && (rest == "" || os.IsPathSeparator(rest[0])) {
		return "~" + rest
	}
	return path
}

// path is To with ~ resolved.
func (e *Export) path() string { return e.app.resolve(e.To) }

func (e *Export) fileName() string {
	name := fmt.Sprintf(exportName, e.app.shown().at.Format("2006-01-02"))
	if e.Zip {
		name += ".zip"
	}
	return name
}

// defaultTo is in Documents where there is one, with a number where the name
// is taken.
func (e *Export) defaultTo() string {
	dir := filepath.Join(e.app.cfg.Home, "Documents")
	if fi, err := os.Stat(dir); err != nil || !fi.IsDir() {
		dir = e.app.cfg.Home
	}
	name := e.fileName()
	ext := filepath.Ext(name)
	if ext != ".zip" {
		ext = ""
	}
	for n := 2; exists(filepath.Join(dir, name)) && n < 1000; n++ {
		name = fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(e.fileName(), ext), n, ext)
	}
	return e.app.short(filepath.Join(dir, name))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// List is one line for each file, and the notes.
func (d *ExportDone) List() string {
	const most = 40
	lines := d.Files
	if len(lines) > most {
		lines = append(slices.Clip(lines[:most]), fmt.Sprintf(exportMore, Number(int64(len(d.Files)-most))))
	}
	return strings.Join(append(slices.Clip(lines), d.Notes...), "\n")
}
