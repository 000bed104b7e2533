package service

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

func TestParseTime(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 31, 14, 30, 0, 0, oslo) // a Tuesday, two days after the clocks went forward
	const day = "T23:59:59.999999999"
	for in, want := range map[string]string{
		"2026-03-14T09:00:00Z":         "2026-03-14T10:00:00+01:00",
		"2026-03-14t09:00:00+01:00":    "2026-03-14T09:00:00+01:00",
		"2026-03-14T09:00:00.5+01:00":  "2026-03-14T09:00:00.5+01:00",
		"2026-03-14 09:00":             "2026-03-14T09:00:59.999999999+01:00",
		"2026-03-14T09:00":             "2026-03-14T09:00:59.999999999+01:00",
		"2026-03-14 09:00:05":          "2026-03-14T09:00:05+01:00",
		"2026-03-14T09:00:05.25":       "2026-03-14T09:00:05.25+01:00",
		"2026-03-31 14:30":             "2026-03-31T14:30:00+02:00",
		"2026-03-14":                   "2026-03-14" + day + "+01:00",
		"2026-03-29":                   "2026-03-29" + day + "+02:00", // this day has 23 hours
		"2026-03-31":                   "2026-03-31T14:30:00+02:00",   // not over
		"2026-02":                      "2026-02-28" + day + "+01:00",
		"2026-03":                      "2026-03-31T14:30:00+02:00",
		"2023":                         "2023-12-31" + day + "+01:00",
		"2026":                         "2026-03-31T14:30:00+02:00",
		"now":                          "2026-03-31T14:30:00+02:00",
		"today":                        "2026-03-31T14:30:00+02:00",
		"today 09:00":                  "2026-03-31T09:00:59.999999999+02:00",
		"yesterday":                    "2026-03-30" + day + "+02:00",
		"Yesterday at 15:00":           "2026-03-30T15:00:59.999999999+02:00",
		"  3   days AGO ":              "2026-03-28T14:30:00+01:00",
		"1 second ago":                 "2026-03-31T14:29:59+02:00",
		"5 seconds ago":                "2026-03-31T14:29:55+02:00",
		"3d ago":                       "2026-03-28T14:30:00+01:00",
		"an hour ago":                  "2026-03-31T13:30:00+02:00",
		"90 minutes ago":               "2026-03-31T13:00:00+02:00",
		"two weeks ago":                "2026-03-17T14:30:00+01:00",
		"1 month ago":                  "2026-02-28T14:30:00+01:00",
		"last month":                   "2026-02-28T14:30:00+01:00",
		"13 months ago":                "2025-02-28T14:30:00+01:00",
		"last week":                    "2026-03-24T14:30:00+01:00",
		"last year":                    "2025-03-31T14:30:00+02:00",
		"3 years ago":                  "2023-03-31T14:30:00+02:00",
		"monday":                       "2026-03-30" + day + "+02:00",
		"tuesday":                      "2026-03-24" + day + "+01:00",
		"last sunday":                  "2026-03-29" + day + "+02:00",
		"last sunday at 08:15":         "2026-03-29T08:15:59.999999999+02:00",
		"1970-01-01T00:00:00Z":         "1970-01-01T01:00:00+01:00",
		"2026-03-31T12:30:00.0000000Z": "2026-03-31T14:30:00+02:00",
	} {
		got, err := ParseTime(in, now, oslo)
		if err != nil {
			t.Errorf("%q: %v", in, err)
		} else if got.In(oslo).Format(time.RFC3339Nano) != want {
			t.Errorf("%q: %s, want %s", in, got.In(oslo).Format(time.RFC3339Nano), want)
		} else if got.Location() != oslo { // others word it
			t.Errorf("%q is in %s", in, got.Location())
		}
	}
	for in, reason := range map[string]string{
		"": "time", "soon": "time", "3 days": "time", "ago": "time", "x days ago": "time", "2026-13-01": "time", "2026-02-30": "time",
		"yesterday 25:00": "time", "99999 days ago": "time", "14.03.2026": "time", "0001": "time", "1066-10-14": "time", "3 parsecs ago": "time",
		strings.Repeat("9", 4000) + " days ago": "time",
		"2026-04-01":                            "future", "2027": "future", "today 23:00": "future", "2026-03-31 14:31": "future", "2026-03-31T14:31:00+02:00": "future",
	} {
		_, err := ParseTime(in, now, oslo)
		var e *pim.Error
		if !errors.As(err, &e) || e.Fault != pim.Invalid || e.Reason != reason || e.Hint == "" {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2026-03-14", "3 days ago", "last monday at 12:00", "2026", ""} {
		f.Add(s)
	}
	now := time.Date(2026, 3, 31, 14, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		if got, err := ParseTime(s, now, time.UTC); err == nil && (got.After(now) || got.Year() < 1970) {
			t.Fatalf("%q is %v", s, got)
		}
	})
}

// Where clocks are put forward at midnight a day ends with its last moment all the same.
func TestParseTime_TheEndOfADayBeforeAMidnightThatIsLeftOut(t *testing.T) {
	now := time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, zone := range []string{"America/Asuncion", "America/Sao_Paulo", "America/Havana", "Africa/Cairo", "Asia/Beirut"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for day := range 12 * 365 {
			text := time.Date(2015, 1, 1+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
			at, err := ParseTime(text, now, loc)
			if err != nil {
				t.Fatal(err)
			}
			if next := at.Add(time.Nanosecond); at.In(loc).Format(time.DateOnly) != text || next.In(loc).Format(time.DateOnly) == text {
				t.Errorf("%s: %s ends at %v", zone, text, at.In(loc))
			}
		}
	}
	cairo, err := time.LoadLocation("Africa/Cairo")
	if err != nil {
		t.Fatal(err)
	}
	now = time.Date(2026, 4, 25, 0, 30, 0, 0, cairo) // the day before began at one
	if at, err := ParseTime("yesterday", now, cairo); err != nil || at.In(cairo).Format("2006-01-02 15:04") != "2026-04-24 23:59" {
		t.Error(at, err)
	}
}
