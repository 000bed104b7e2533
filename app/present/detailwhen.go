package present

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

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
