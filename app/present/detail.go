package present

import (
	"cmp"
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

// whenSection is what a calendar entry says about time.
func (a *App) whenSection(kind string, it service.ItemDetail, fields []Field, at *service.AgendaEntry) Section {
	sec := Section{Title: sectionWhen}
	add := func(label, value string) {
		if value != "" {
			sec.Lines = append(sec.Lines, Line{Label: label, Value: value, Type: TypeFact})
		}
	}
	sum := it.Summary
	if at != nil {
		add(labelStarts, a.moment(at.Start, at.AllDay))
		end := at.End
		if at.AllDay && end.After(at.Start) {
			end = end.AddDate(0, 0, -1) // exclusive, RFC 5545 section 3.6.1
		}
		switch {
		case !end.After(at.Start):
		case !at.AllDay && daysBetween(at.Start.In(a.cfg.Zone), end.In(a.cfg.Zone)) == 0:
			add(labelEnds, end.In(a.cfg.Zone).Format("15:04"))
		default:
			add(labelEnds, a.moment(end, at.AllDay))
		}
	} else if sum.Start != nil {
		add(labelStarts, a.when(sum.Start))
		if sum.End != nil && !sum.End.DateOnly {
			add(labelEnds, a.when(sum.End))
		}
	}
	if sum.Due != nil {
		add(labelDue, a.when(sum.Due))
	}
	add(labelOriginal, a.original(sum.Start))
	add(labelRepeats, cmp.Or(valuesOf(fields, "RRULE"), repeats(sum.RRule)))
	if at != nil && sum.Recurs && sum.Start != nil && !sum.Start.At.Equal(at.Start) {
		add(labelFirst, a.when(sum.Start))
	}
	add(labelExcept, valuesOf(fields, "EXDATE"))
	add(labelAlso, valuesOf(fields, "RDATE"))
	if kind == "tasks" {
		if sum.Percent >= 0 && !sum.Completed {
			add(labelPercent, fmt.Sprintf("%d%%", sum.Percent))
		}
		add(labelPriority, priorityWords(sum.Priority))
	}
	return sec
}

// valuesOf joins what a property of the described component says.
func valuesOf(fields []Field, name string) string {
	var out []string
	for _, f := range fields {
		if f.Name == name && f.Part == 0 && !strings.Contains(f.Component, "/") && f.Component != "VTIMEZONE" {
			out = append(out, strings.TrimSpace(f.Value))
		}
	}
	return strings.Join(out, "\n")
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

// moment writes a time of an entry in the person's zone.
func (a *App) moment(t time.Time, allDay bool) string {
	if allDay {
		return t.Format("Monday 2 January 2006")
	}
	return t.In(a.cfg.Zone).Format("Monday 2 January 2006, 15:04")
}

// when writes a stored moment in the person's zone.
func (a *App) when(w *pim.When) string {
	switch {
	case w == nil:
		return ""
	case w.DateOnly:
		return w.At.Format("Monday 2 January 2006")
	case w.Floating:
		return w.At.Format("Monday 2 January 2006, 15:04")
	}
	return a.moment(w.At, false)
}

// original is the clock time in the zone it was written in, where that is
// another one than the person's.
func (a *App) original(w *pim.When) string {
	if w == nil || w.DateOnly || w.Floating || w.TZID == "" || w.TZID == a.cfg.Zone.String() {
		return ""
	}
	loc, err := time.LoadLocation(strings.TrimPrefix(w.TZID, "/freeassociation.sourceforge.net/"))
	if err != nil {
		return w.TZID
	}
	return w.At.In(loc).Format("15:04") + " in " + strings.ReplaceAll(w.TZID, "_", " ")
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

// repeats words the common recurrence rules and leaves the others as written.
func repeats(rule string) string {
	if rule == "" {
		return ""
	}
	parts := map[string]string{}
	for _, p := range strings.Split(rule, ";") {
		if k, v, ok := strings.Cut(p, "="); ok {
			parts[strings.ToUpper(k)] = strings.ToUpper(v)
		}
	}
	unit := map[string]string{"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}[parts["FREQ"]]
	if unit == "" {
		return rule
	}
	words := "every " + unit
	if n := parts["INTERVAL"]; n != "" && n != "1" {
		words = "every " + n + " " + unit + "s"
	}
	days := map[string]string{"MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday", "FR": "Friday", "SA": "Saturday", "SU": "Sunday"}
	if by := parts["BYDAY"]; by != "" {
		var names []string
		for _, d := range strings.Split(by, ",") {
			if days[d] == "" {
				return rule
			}
			names = append(names, days[d])
		}
		words += " on " + strings.Join(names, ", ")
	}
	for _, k := range []string{"BYSETPOS", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYHOUR"} {
		if parts[k] != "" {
			return rule
		}
	}
	if c := parts["COUNT"]; c != "" {
		words += ", " + c + " times"
	}
	if u := parts["UNTIL"]; len(u) >= 8 {
		if t, err := time.Parse("20060102", u[:8]); err == nil {
			words += ", until " + t.Format("2 January 2006")
		}
	}
	return words
}

// priorityWords follows RFC 5545 section 3.8.1.9: 1 to 4 high, 5 medium.
func priorityWords(p int) string {
	switch {
	case p <= 0 || p > 9:
		return ""
	case p < 5:
		return "high"
	case p == 5:
		return "medium"
	}
	return "low"
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
