package formats

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sidekeep/formats/contentline"
	"sidekeep/formats/vcard"
)

// calendarValue words the value of a property of an event, a task or what else
// stands in a calendar.
func calendarValue(f *Field, l *contentline.Line) {
	switch f.Name {
	case "ATTENDEE", "ORGANIZER", "X-ORGANIZER":
		f.Value, f.Label = personWords(l), roleWords(l)
	case "CATEGORIES", "RESOURCES":
		f.Value = strings.Join(vcard.List(l), ", ")
	case "DURATION":
		f.Value = durationWords(f.Value)
	case "TRIGGER":
		f.Value = triggerWords(f.Value, l)
	case "RRULE", "EXRULE":
		f.Value = ruleWords(f.Value)
	case "STATUS", "CLASS", "TRANSP", "ACTION":
		f.Value = statusWords(f.Value)
	case "PRIORITY":
		f.Value = priorityWords(f.Value)
	case "PERCENT-COMPLETE":
		f.Value += " %"
	case "GEO":
		f.Value = strings.ReplaceAll(f.Value, ";", ", ")
	case "ATTACH", "IMAGE":
		if v, ok := l.Param("FILENAME"); ok {
			f.Label = vcard.UTF8(v)
		}
		if strings.HasPrefix(strings.ToLower(f.Value), "http") {
			f.Type = "url"
		}
	default:
		if f.Type == "date" {
			f.Value = timesWords(f.Value, l)
		}
	}
}

// personWords gives "Name <address>".
func personWords(l *contentline.Line) string {
	name, _ := l.Param("CN")
	name = strings.TrimSpace(vcard.Clean(vcard.UTF8(name)))
	mail := personMail(l)
	if mail == "" {
		mail = strings.TrimSpace(vcard.Text(l))
	}
	switch {
	case name == "" || name == mail:
		return mail
	case mail == "":
		return name
	}
	return name + " <" + mail + ">"
}

// roleWords says what someone invited answered, and as what they come.
func roleWords(l *contentline.Line) string {
	var out []string
	for _, name := range []string{"PARTSTAT", "ROLE", "CUTYPE"} {
		v, _ := l.Param(name)
		switch v = strings.ToUpper(v); v {
		case "", "REQ-PARTICIPANT", "INDIVIDUAL":
		case "NEEDS-ACTION":
			out = append(out, "no answer yet")
		case "OPT-PARTICIPANT":
			out = append(out, "optional")
		case "NON-PARTICIPANT":
			out = append(out, "for information")
		default:
			out = append(out, vcard.UTF8(strings.ToLower(strings.ReplaceAll(v, "-", " "))))
		}
	}
	return strings.Join(out, ", ")
}

// statusWords words the fixed values of STATUS, CLASS, TRANSP and ACTION.
func statusWords(v string) string {
	switch strings.ToUpper(v) {
	case "NEEDS-ACTION", "NEEDS ACTION":
		return "to do"
	case "IN-PROCESS":
		return "in progress"
	case "COMPLETED":
		return "done"
	case "OPAQUE", "0":
		return "busy"
	case "TRANSPARENT", "1": // the numbers: TRANSP of vCalendar 1.0
		return "free"
	case "DISPLAY":
		return "message"
	case "AUDIO":
		return "sound"
	case "TENTATIVE", "CONFIRMED", "CANCELLED", "PUBLIC", "PRIVATE", "CONFIDENTIAL", "EMAIL", "DRAFT", "FINAL":
		return strings.ToLower(v)
	}
	return v
}

// priorityWords words PRIORITY (RFC 5545 section 3.8.1.9).
func priorityWords(v string) string {
	n, err := strconv.Atoi(v)
	switch {
	case err != nil:
		return v
	case n == 0:
		return "none"
	case n <= 4:
		return fmt.Sprintf("high (%d)", n)
	case n == 5:
		return "medium (5)"
	}
	return fmt.Sprintf("low (%d)", n)
}

// timesWords words one or several times or periods, with their zone.
func timesWords(v string, l *contentline.Line) string {
	tzid, _ := l.Param("TZID")
	var out []string
	for _, one := range strings.Split(v, ",") {
		from, to, period := strings.Cut(one, "/")
		s := timeWords(from, tzid)
		if period {
			if days, _, ok := parseDuration(to); ok || days > 0 {
				s += " for " + durationWords(to)
			} else {
				s += " to " + timeWords(to, tzid)
			}
		}
		out = append(out, s)
	}
	return strings.Join(out, "\n")
}

func timeWords(v, tzid string) string {
	c, ok := parseClock(v)
	if !ok {
		return v
	}
	s := clockWords(c)
	if tzid != "" && !c.utc && !c.offset && !c.dateOnly {
		s += " (" + vcard.UTF8(tzid) + ")"
	}
	return s
}

// durationWords words a DURATION: "1 hour 30 minutes".
func durationWords(v string) string {
	days, exact, ok := parseDuration(v)
	if !ok {
		return v
	}
	days, exact = max(days, -days), exact.Abs()
	var out []string
	count := func(n int, unit string) {
		if n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, plural(n, unit, unit+"s")))
		}
	}
	if days%7 == 0 {
		count(days/7, "week")
	} else {
		count(days, "day")
	}
	count(int(exact/time.Hour), "hour")
	count(int(exact%time.Hour/time.Minute), "minute")
	count(int(exact%time.Minute/time.Second), "second")
	if len(out) == 0 {
		return "no time"
	}
	return strings.Join(out, " ")
}

// triggerWords words when a reminder comes (RFC 5545 section 3.8.6.3).
func triggerWords(v string, l *contentline.Line) string {
	days, exact, ok := parseDuration(v)
	if !ok {
		return timesWords(v, l)
	}
	edge := "start"
	if rel, _ := l.Param("RELATED"); strings.EqualFold(rel, "END") {
		edge = "end"
	}
	switch {
	case days == 0 && exact == 0:
		return "at the " + edge
	case days < 0 || exact < 0:
		return durationWords(v) + " before the " + edge
	}
	return durationWords(v) + " after the " + edge
}

var (
	freqWords = map[string]string{"YEARLY": "year", "MONTHLY": "month", "WEEKLY": "week", "DAILY": "day", "HOURLY": "hour",
		"MINUTELY": "minute", "SECONDLY": "second"}
	dayWords = map[string]string{"MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday", "FR": "Friday",
		"SA": "Saturday", "SU": "Sunday"}
)

// ruleWords words a recurrence rule where it is one of the usual ones: "every 2
// weeks on Monday, Friday, 10 times". Any other stands as written.
func ruleWords(v string) string {
	part := map[string]string{}
	for _, p := range strings.Split(strings.ToUpper(strings.TrimSuffix(v, ";")), ";") {
		k, val, ok := strings.Cut(p, "=")
		if !ok {
			return v
		}
		part[k] = val
	}
	unit := freqWords[part["FREQ"]]
	if unit == "" {
		return v
	}
	s := "every " + unit
	if n, err := strconv.Atoi(part["INTERVAL"]); err == nil && n > 1 {
		s = fmt.Sprintf("every %d %ss", n, unit)
	}
	on, ok := ruleDays(part)
	if !ok {
		return v
	}
	s += on
	if n, err := strconv.Atoi(part["COUNT"]); err == nil {
		s += fmt.Sprintf(", %d %s", n, plural(n, "time", "times"))
	}
	if until, ok := parseClock(part["UNTIL"]); ok {
		s += ", until " + clockWords(until)
	}
	return s
}

// ruleDays words the BY parts of a rule; false where it has one without words.
func ruleDays(part map[string]string) (string, bool) {
	for k := range part {
		switch k {
		case "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTHDAY", "BYMONTH":
		default:
			return "", false
		}
	}
	s := ""
	if v := part["BYDAY"]; v != "" {
		var days []string
		for _, d := range strings.Split(v, ",") {
			w, ok := ordinalDay(d)
			if !ok {
				return "", false
			}
			days = append(days, w)
		}
		s += " on " + strings.Join(days, ", ")
	}
	if v := part["BYMONTHDAY"]; v != "" {
		if strings.Contains(v, "-") {
			if v != "-1" {
				return "", false
			}
			v = "the last day"
		} else {
			v = "day " + strings.ReplaceAll(v, ",", ", ")
		}
		s += " on " + v
	}
	if v := part["BYMONTH"]; v != "" {
		var months []string
		for _, m := range strings.Split(v, ",") {
			n, err := strconv.Atoi(m)
			if err != nil || n < 1 || n > 12 {
				return "", false
			}
			months = append(months, time.Month(n).String())
		}
		s += " in " + strings.Join(months, ", ")
	}
	return s, true
}

// ordinalDay words one BYDAY: "2TU" is "the second Tuesday".
func ordinalDay(d string) (string, bool) {
	d = strings.TrimSpace(d)
	if len(d) < 2 {
		return "", false
	}
	day, ok := dayWords[d[len(d)-2:]]
	if !ok {
		return "", false
	}
	switch n := strings.TrimPrefix(d[:len(d)-2], "+"); n {
	case "":
		return day, true
	case "1", "2", "3", "4", "5":
		return "the " + [...]string{"first", "second", "third", "fourth", "fifth"}[n[0]-'1'] + " " + day, true
	case "-1":
		return "the last " + day, true
	case "-2":
		return "the last " + day + " but one", true
	}
	return "", false
}
