package present

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// fieldSections orders every property of an object for reading: what a person
// looks for, what matters to programs, then each changed occurrence under its
// day, and the time zones. What is said already, in the title, under When or by
// the entry whose occurrence it is, is not said again.
func fieldSections(kind, title string, fields []Field) []Section {
	main, more, zone := Section{Title: sectionContact}, Section{Title: sectionMore}, Section{Title: sectionZone}
	if kind != "contacts" {
		main.Title, more.Title = "", sectionMoreCal
	}
	said := map[[2]string]bool{}
	var parts []Section
	part := 0
	for _, f := range fields {
		l := Line{Label: cmp.Or(f.Title, f.Name), Note: f.Label, Value: strings.TrimSpace(f.Value), Type: f.Type, rank: rankOfField(f)}
		if f.Name == "BEGIN" || f.Name == "END" || l.Value == "" {
			continue
		}
		if strings.HasSuffix(f.Component, "/VALARM") && l.Note == "" && !strings.HasPrefix(l.Label, "Remind") {
			l.Note = noteReminder
		}
		key := [2]string{f.Component + " " + f.Name, l.Value}
		switch {
		case strings.Contains(f.Component, "VTIMEZONE"):
			zone.add(l)
		case f.Part > 0:
			if f.Part != part {
				part = f.Part
				parts = append(parts, Section{Title: partTitle(fields, part)})
			}
			if !said[key] && f.Name != "RECURRENCE-ID" {
				parts[len(parts)-1].add(l)
			}
		case kind != "contacts" && whenProperties[f.Name] && !strings.Contains(f.Component, "/"),
			(f.Name == "SUMMARY" || f.Name == "FN") && l.Value == title:
			said[key] = true // under When, or the title
		case plainProperties[f.Name] || strings.HasPrefix(f.Name, "X-") && f.Type == "other":
			said[key] = true
			more.add(l)
		default:
			said[key] = true
			main.add(l)
		}
	}
	out := append([]Section{main}, parts...)
	for _, s := range out {
		slices.SortStableFunc(s.Lines, func(a, b Line) int { return cmp.Compare(a.rank, b.rank) })
	}
	return append(out, more, zone)
}

// whenProperties of the described component are told under When.
var whenProperties = map[string]bool{"DTSTART": true, "DTEND": true, "DUE": true, "RRULE": true, "EXDATE": true, "RDATE": true}

// partTitle names a further component of an object: the occurrence that it
// changes (RECURRENCE-ID, RFC 5545 section 3.8.4.4), or just another one.
func partTitle(fields []Field, part int) string {
	for _, f := range fields {
		if f.Part != part || f.Name != "RECURRENCE-ID" {
			continue
		}
		value := strings.TrimSpace(f.Raw[strings.LastIndexByte(f.Raw, ':')+1:])
		if len(value) >= 8 {
			if day, err := time.Parse("20060102", value[:8]); err == nil {
				return fmt.Sprintf(sectionChanged, day.Format("Mon 2 January 2006"))
			}
		}
		return fmt.Sprintf(sectionChanged, f.Value)
	}
	return sectionAnother
}
