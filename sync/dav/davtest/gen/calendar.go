package gen

import (
	"fmt"
	"time"
)

// zone is a VTIMEZONE and the name that refers to it.
type zone struct{ id, body string }

var zones = []zone{
	{"Europe/Berlin", zoneBody("Europe/Berlin", "+0100", "CET", "+0200", "CEST", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "0200", "0300")},
	{"America/New_York", zoneBody("America/New_York", "-0500", "EST", "-0400", "EDT", "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "FREQ=YEARLY;BYMONTH=11;BYDAY=1SU", "0200", "0200")},
	{"W. Europe Standard Time", zoneBody("W. Europe Standard Time", "+0100", "CET", "+0200", "CEST", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "0200", "0300")},
	{"Asia/Tokyo", "BEGIN:VTIMEZONE\r\nTZID:Asia/Tokyo\r\nBEGIN:STANDARD\r\nDTSTART:19510909T000000\r\nTZNAME:JST\r\nTZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"},
}

func zoneBody(id, std, stdName, dst, dstName, toDST, toStd, dstAt, stdAt string) string {
	return "BEGIN:VTIMEZONE\r\nTZID:" + id + "\r\n" +
		"BEGIN:DAYLIGHT\r\nDTSTART:20070311T" + dstAt + "00\r\nRRULE:" + toDST + "\r\nTZNAME:" + dstName + "\r\nTZOFFSETFROM:" + std + "\r\nTZOFFSETTO:" + dst + "\r\nEND:DAYLIGHT\r\n" +
		"BEGIN:STANDARD\r\nDTSTART:20071104T" + stdAt + "00\r\nRRULE:" + toStd + "\r\nTZNAME:" + stdName + "\r\nTZOFFSETFROM:" + dst + "\r\nTZOFFSETTO:" + std + "\r\nEND:STANDARD\r\n" +
		"END:VTIMEZONE\r\n"
}

// firstDay is where the generated events begin; they spread over two years.
var firstDay = time.Date(2025, 6, 2, 0, 0, 0, 0, time.UTC)

const days = 2 * 365

// Event makes a VCALENDAR with a VEVENT of about 1 KB: in a zone with its
// VTIMEZONE, in UTC, floating or all day; one in four recurs, some with an
// overridden instance; some with alarms and attendees.
func Event(dst []byte, seed uint64, i int) []byte { return event(dst, seed, i, 0) }

// Event2K is Event with a description that brings it to about 2 KB.
func Event2K(dst []byte, seed uint64, i int) []byte { return event(dst, seed, i, 2048) }

func event(dst []byte, seed uint64, i, size int) []byte {
	r := newRNG(seed, i, 4)
	w := writer{b: dst}
	start := len(dst)
	at := firstDay.AddDate(0, 0, r.n(days)).Add(time.Duration(7*60+15*r.n(56)) * time.Minute)
	length := time.Duration(15*(1+r.n(12))) * time.Minute
	shape := r.n(10) // 0: all day, 1: floating, 2 and 3: UTC, else zoned
	z := zones[r.n(len(zones))]
	w.line("BEGIN:VCALENDAR")
	w.line("VERSION:2.0")
	w.line("PRODID:-//Sidekeep//Generator//EN")
	w.line("CALSCALE:GREGORIAN")
	if shape > 3 {
		w.b = append(w.b, z.body...)
	}
	moment := func(name string, t time.Time) {
		switch {
		case shape == 0:
			w.line(name + ";VALUE=DATE:" + t.Format("20060102"))
		case shape == 1:
			w.line(name + ":" + t.Format("20060102T150405"))
		case shape <= 3:
			w.line(name + ":" + t.Format("20060102T150405Z"))
		default:
			w.line(name + ";TZID=" + z.id + ":" + t.Format("20060102T150405"))
		}
	}
	id, summary := uid(seed, i, 'e'), pick(r, subjects)
	recurs := r.chance(25)
	head := func(summary string, at time.Time) {
		w.line("BEGIN:VEVENT")
		w.line("UID:" + id)
		w.line("DTSTAMP:20260101T090000Z")
		moment("DTSTART", at)
		if shape == 0 {
			moment("DTEND", at.AddDate(0, 0, 1+r.n(3)))
		} else {
			moment("DTEND", at.Add(length))
		}
		w.line("SUMMARY:" + text(summary))
	}
	head(summary, at)
	if recurs {
		w.line("RRULE:" + pick(r, []string{
			"FREQ=WEEKLY;COUNT=10", "FREQ=DAILY;COUNT=5", "FREQ=WEEKLY;INTERVAL=2;BYDAY=" + weekday(at),
			"FREQ=MONTHLY;COUNT=12", "FREQ=YEARLY",
		}))
		if r.chance(30) {
			moment("EXDATE", at.AddDate(0, 0, 7))
		}
	}
	eventLines(&w, r, seed)
	if size > 0 {
		w.long("DESCRIPTION", r, size-(len(w.b)-start)-len("END:VEVENT\r\nEND:VCALENDAR\r\n"))
	} else if r.chance(40) {
		w.line("DESCRIPTION:" + text(pick(r, sentences)) + "\\n" + text(pick(r, sentences)))
	}
	w.line("END:VEVENT")
	if recurs && size == 0 && r.chance(30) {
		head(summary+" (moved)", at.AddDate(0, 0, 14).Add(time.Hour))
		moment("RECURRENCE-ID", at.AddDate(0, 0, 14))
		w.line("END:VEVENT")
	}
	w.line("END:VCALENDAR")
	return w.b
}

func eventLines(w *writer, r *rng, seed uint64) {
	if r.chance(50) {
		w.line("LOCATION:" + text(pick(r, places)))
	}
	if r.chance(30) {
		w.line("CATEGORIES:" + pick(r, categories))
	}
	w.line("STATUS:" + pick(r, []string{"CONFIRMED", "CONFIRMED", "CONFIRMED", "TENTATIVE", "CANCELLED"}))
	if r.chance(20) {
		p := PersonOf(seed, r.n(200))
		w.line(`ORGANIZER;CN="` + p.Full + `":mailto:` + p.Email)
		for range 1 + r.n(3) {
			p := PersonOf(seed, r.n(200))
			w.line(`ATTENDEE;CN="` + p.Full + `";PARTSTAT=` + pick(r, []string{"ACCEPTED", "DECLINED", "NEEDS-ACTION"}) + ";ROLE=REQ-PARTICIPANT:mailto:" + p.Email)
		}
	}
	if r.chance(30) {
		w.line("BEGIN:VALARM")
		w.line("ACTION:DISPLAY")
		w.line("DESCRIPTION:Reminder")
		w.line("TRIGGER:-PT" + pick(r, []string{"5M", "15M", "1H", "24H"}))
		w.line("END:VALARM")
	}
}

// Task makes a VCALENDAR with a VTODO; one in three is done.
func Task(dst []byte, seed uint64, i int) []byte {
	r := newRNG(seed, i, 5)
	w := writer{b: dst}
	due := firstDay.AddDate(0, 0, r.n(days)).Add(17 * time.Hour)
	w.line("BEGIN:VCALENDAR")
	w.line("VERSION:2.0")
	w.line("PRODID:-//Sidekeep//Generator//EN")
	w.line("BEGIN:VTODO")
	w.line("UID:" + uid(seed, i, 't'))
	w.line("DTSTAMP:20260101T090000Z")
	w.line("SUMMARY:" + text(pick(r, tasks)))
	if r.chance(60) {
		if r.chance(50) {
			w.line("DUE;VALUE=DATE:" + due.Format("20060102"))
		} else {
			w.line("DUE:" + due.Format("20060102T150405Z"))
		}
	}
	if r.chance(50) {
		w.line(fmt.Sprintf("PRIORITY:%d", 1+r.n(9)))
	}
	switch {
	case r.chance(33):
		w.line("STATUS:COMPLETED")
		w.line("PERCENT-COMPLETE:100")
		w.line("COMPLETED:" + due.Add(-time.Hour).Format("20060102T150405Z"))
	case r.chance(40):
		w.line("STATUS:IN-PROCESS")
		w.line(fmt.Sprintf("PERCENT-COMPLETE:%d", 10*(1+r.n(9))))
	default:
		w.line("STATUS:NEEDS-ACTION")
	}
	if r.chance(30) {
		w.line("DESCRIPTION:" + text(pick(r, sentences)))
	}
	if r.chance(20) {
		w.line("CATEGORIES:" + pick(r, categories))
	}
	if r.chance(10) {
		w.line("RRULE:FREQ=WEEKLY")
	}
	w.line("END:VTODO")
	w.line("END:VCALENDAR")
	return w.b
}

func weekday(t time.Time) string {
	return [...]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}[t.Weekday()]
}
