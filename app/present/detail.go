package present

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// Detail is one object, opened.
type Detail struct {
	ID       int64
	Title    string
	Subtitle string
	HasPhoto bool
	Revision int    // for its picture
	Color    string // of its calendar
	Held     bool
	PhotoAt  time.Time // the moment that its picture is of; zero: now
	Old      *OldState // it is not as it is now; nil: it is, or as the page's moment shows it
	Sections []Section
	Raw      string // the stored bytes, safe to show
	File     string // what the raw text is: "Jan Example.vcf, 1.2 KB"
}

// Section is a group of lines.
type Section struct {
	Title string
	Lines []Line
}

// Line is one field: copied as Value.
type Line struct {
	Label string
	Note  string // "work, mobile"
	Value string
	Type  string // of its Field; "fact" is what Sidekeep says itself
	rank  int
}

// TypeFact is the type of a line that is no field of the object.
const TypeFact = "fact"

// add adds a line, unless it says what one before it said: overridden
// occurrences repeat most of their series.
func (s *Section) add(l Line) {
	if !slices.Contains(s.Lines, l) {
		s.Lines = append(s.Lines, l)
	}
}

// DetailPane loads one object at a time; the newest wish wins.
type DetailPane struct {
	app  *App
	gen  int
	kind string // "contacts", "calendar", "tasks"
	// revision is the old state that is looked at; 0: what the page shows.
	revision int64
	entry    *service.AgendaEntry // the occurrence that was opened, or nil

	ID      int64 // selected; 0 none
	Detail  *Detail
	Problem *Notice
	Raw     bool
	// History is the object's, where that is shown in place of its fields.
	History *ObjectHistory
	Changed func()
}

type shown struct {
	item   service.ItemDetail
	fields []Field
}

// Open shows an object; 0 shows none. at is the occurrence it was opened from,
// or nil.
func (p *DetailPane) Open(id int64, at *service.AgendaEntry) {
	if id != p.ID {
		p.Raw, p.History = false, nil
	}
	p.ID, p.revision, p.entry = id, 0, at
	p.load()
}

// leave opens nothing where a search has found nothing: what stood there before
// is not what was searched for.
func (p *DetailPane) leave(searching bool, found int) {
	if searching && found == 0 && p.ID != 0 {
		p.Open(0, nil)
	}
}

// again loads the same once more, because the vault has changed.
func (p *DetailPane) again() {
	if p.ID == 0 {
		return
	}
	if p.revision == 0 {
		p.load()
	}
	if p.History != nil {
		p.loadHistory()
	}
}

// load reads what ID and revision say.
func (p *DetailPane) load() {
	p.gen++
	gen, id, revision, when := p.gen, p.ID, p.revision, p.app.Past.At
	entry := p.entry
	if id == 0 {
		p.Detail, p.Problem = nil, nil
		p.Changed()
		return
	}
	async(p.app, func(ctx context.Context) (*Detail, error) {
		if revision != 0 {
			return p.oldState(ctx, id, revision)
		}
		s, err := p.stateAt(ctx, id, when)
		if isDeleted(err) {
			return p.oldState(ctx, id, 0)
		}
		if err != nil {
			return nil, err
		}
		d := p.app.detail(p.kind, s, entry)
		if !when.IsZero() {
			d.PhotoAt = when
			d.Old, err = p.pastState(ctx, s.item)
		}
		return d, err
	}, func(d *Detail, err error) {
		if gen != p.gen {
			return
		}
		p.Problem = notice(err, p.app.Now())
		if d == nil || p.Detail == nil || !reflect.DeepEqual(d, p.Detail) { // the same is not drawn again
			p.Detail = d
		}
		p.Changed()
	})
}

func (p *DetailPane) stateAt(ctx context.Context, id int64, at time.Time) (shown, error) {
	item, err := p.app.cfg.Service.ShowAt(ctx, id, at)
	if err != nil {
		return shown{}, err
	}
	fields, err := p.app.cfg.Service.FieldsAt(ctx, id, at)
	return shown{item, fields}, err
}

// ToggleRaw changes between fields and raw text.
func (p *DetailPane) ToggleRaw() {
	p.Raw = !p.Raw
	p.Changed()
}

// detail words an object.
func (a *App) detail(kind string, s shown, at *service.AgendaEntry) *Detail {
	it := s.item
	d := &Detail{ID: it.ID, Title: TitleOf(it.Item), HasPhoto: it.HasPhoto, Revision: it.Revisions, Held: it.Held, Color: ColorOf(it.Color, it.CollID),
		Raw: showable(it.Body), File: fmt.Sprintf("%s, %s", fileOf(it.Href), Size(it.Size))}
	if kind == "contacts" {
		d.Subtitle = strings.Join(unique(it.Summary.Orgs), " · ")
	} else {
		d.Subtitle = it.Summary.Location
	}
	sections := fieldSections(kind, d.Title, s.fields)
	if kind != "contacts" {
		d.Sections = append(d.Sections, a.whenSection(kind, it, s.fields, at))
	}
	d.Sections = append(append(d.Sections, sections...), a.vaultSection(it))
	kept := d.Sections[:0]
	for _, sec := range d.Sections {
		if len(sec.Lines) > 0 {
			kept = append(kept, sec)
		}
	}
	d.Sections = kept
	return d
}

// vaultSection is what the vault knows of an object.
func (a *App) vaultSection(it service.ItemDetail) Section {
	where := it.Collection
	if it.Account != "" {
		where += " in " + it.Account
	}
	sec := Section{Title: sectionVault, Lines: []Line{
		{Label: labelIn, Value: where, Type: TypeFact},
		{Label: labelChanged, Value: DayTime(it.SeenAt, a.Now()), Type: TypeFact},
		{Label: labelRevisions, Value: Number(int64(it.Revisions)), Type: TypeFact},
		{Label: labelSize, Value: Size(it.Size), Type: TypeFact},
	}}
	if len(it.Problems) > 0 {
		sec.Lines = append(sec.Lines, Line{Label: labelProblems, Value: strings.Join(it.Problems, "\n")})
	}
	return sec
}

// TitleOf is an item's title, or words for having none.
func TitleOf(it service.Item) string {
	if t := oneLine(it.Title); t != "" {
		return t
	}
	switch it.Kind {
	case "contact":
		if s := oneLine(it.Subtitle); s != "" {
			return s
		}
		return "No name"
	case "task":
		return "Task without a title"
	case "event":
		return "Event without a title"
	}
	return "Entry without a title"
}

// fieldOrder is the order in which a person looks for things.
var fieldOrder = []string{"DTSTART", "DTEND", "DUE", "DURATION", "SUMMARY", "TEL", "EMAIL", "IMPP", "ADR", "LABEL", "LOCATION", "DESCRIPTION", "URL", "BDAY", "ANNIVERSARY",

	"ORG", "TITLE", "ROLE", "NICKNAME", "RELATED", "X-ABRELATEDNAMES", "NOTE", "ORGANIZER", "ATTENDEE", "STATUS", "ATTACH", "CATEGORIES"}

func rankOfField(f Field) int {
	if i := slices.Index(fieldOrder, f.Name); i >= 0 && !strings.Contains(f.Component, "/") {
		return i
	}
	if f.Type == "phone" || f.Type == "email" {
		return 2
	}
	return len(fieldOrder)
}

// showable makes stored bytes safe for a text view: valid UTF-8, line ends as
// the view wants them, no control characters, very long lines (a photo) cut.
func showable(b []byte) string {
	const longest, most = 400, 200_000
	if len(b) > most {
		b = b[:most]
	}
	var out strings.Builder
	for i, l := range strings.Split(strings.ToValidUTF8(string(b), "\uFFFD"), "\n") {
		if i > 0 {
			out.WriteByte('\n')
		}
		l = strings.Map(func(r rune) rune {
			if r < 0x20 && r != '\t' {
				return -1
			}
			return r
		}, l)
		if len(l) > longest {
			cut := longest
			for !utf8.RuneStart(l[cut]) {
				cut--
			}
			l = l[:cut] + fmt.Sprintf("… (%s more)", Size(int64(len(l)-cut)))
		}
		out.WriteString(l)
	}
	return out.String()
}

func fileOf(href string) string { return pim.Href(href).Base() }

func unique(in []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range in {
		s = oneLine(s)
		if s == "" || seen[s] || len(out) == 3 {
			continue
		}
		seen[s] = true
		out = append(out, s)
	}
	return out
}
