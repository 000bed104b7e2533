package formats

import (
	"strconv"
	"strings"
	"time"

	"sidekeep/formats/contentline"
	"sidekeep/formats/vcard"
)

// cardValue words the value of a card's property and says which one it is.
func cardValue(f *Field, l *contentline.Line) {
	f.Label = vcard.UTF8(words(vcard.Types(l)))
	switch f.Name {
	case "N":
		f.Value, f.Label = vcard.FullName(l), ""
	case "ADR":
		f.Value = strings.Join(vcard.Address(l), "\n")
	case "ORG":
		f.Value = joinParts(l)
	case "NICKNAME", "CATEGORIES":
		f.Value = strings.Join(vcard.List(l), ", ")
	case "TEL", "X-MS-TEL":
		f.Value = phoneNumber(f.Value)
	case "EMAIL":
		f.Value = vcard.WithoutScheme(f.Value, "mailto")
	case "GENDER":
		f.Value = genderWords(l)
	case "GEO":
		f.Value = strings.NewReplacer(";", ", ", ",", ", ").Replace(vcard.WithoutScheme(f.Value, "geo"))
	case "PHOTO", "LOGO", "SOUND", "KEY":
		f.Label = ""
		if strings.HasPrefix(strings.ToLower(f.Value), "http") {
			f.Type = "url"
		}
	case "URL":
	default:
		if f.Type == "date" {
			f.Value = dateWords(f.Value, l)
		}
	}
}

// genderWords words GENDER (RFC 6350 section 6.2.7).
func genderWords(l *contentline.Line) string {
	parts := vcard.Parts(l)
	var out []string
	if len(parts[0]) > 0 {
		switch s := parts[0][0]; strings.ToUpper(s) {
		case "M":
			out = append(out, "male")
		case "F":
			out = append(out, "female")
		case "O":
			out = append(out, "other")
		case "N":
			out = append(out, "none")
		case "U":
			out = append(out, "unknown")
		default:
			out = append(out, s)
		}
	}
	if len(parts) > 1 {
		out = append(out, parts[1]...)
	}
	return strings.Join(out, ", ")
}

// dateWords words a date of a card: "24 December 1990", "24 December", "1990",
// with the time where there is one. What is none stands as written.
func dateWords(v string, l *contentline.Line) string {
	if kind, _ := l.Param("VALUE"); strings.EqualFold(kind, "text") {
		return v
	}
	omit, _ := l.Param("X-APPLE-OMIT-YEAR")
	if c, ok := parseClock(v); ok {
		if omit != "" && strconv.Itoa(c.t.Year()) == omit {
			return c.t.Format("2 January")
		}
		return clockWords(c)
	}
	day, clock, _ := strings.Cut(v, "T")
	s := partialDate(day)
	switch {
	case s == "":
		return v
	case clock != "":
		return s + ", " + clock
	}
	return s
}

// partialDate words the dates of ISO 8601 with parts left out (RFC 6350 section
// 4.3.1); "" for what is none.
func partialDate(v string) string {
	digits := strings.ReplaceAll(v, "-", "")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 {
		return ""
	}
	switch {
	case strings.HasPrefix(v, "---") && len(digits) == 2:
		return "day " + strconv.Itoa(n)
	case strings.HasPrefix(v, "--") && len(digits) == 2 && n <= 12:
		return time.Month(n).String()
	case strings.HasPrefix(v, "--") && len(digits) == 4:
		t := time.Date(2000, time.Month(n/100), n%100, 0, 0, 0, 0, time.UTC)
		if t.Day() == n%100 && int(t.Month()) == n/100 {
			return t.Format("2 January")
		}
	case len(v) == 4 && len(digits) == 4:
		return digits
	case len(digits) == 6 && n%100 >= 1 && n%100 <= 12:
		return time.Month(n%100).String() + " " + digits[:4]
	}
	return ""
}

// clockWords words a date, or a date and time.
func clockWords(c clock) string {
	if c.dateOnly {
		return c.t.Format("2 January 2006")
	}
	layout := "2 January 2006, 15:04"
	if c.t.Second() != 0 {
		layout += ":05"
	}
	s := c.t.Format(layout)
	if c.utc || c.offset {
		s += " UTC"
	}
	return s
}
