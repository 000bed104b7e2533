package ical

import (
	"strings"
	"testing"
	"time"

	"sidekeep/formats/contentline"
)

// offsets gives a zone's offsets in January and July of a year, in hours.
func offsets(loc *time.Location, year int) [2]float64 {
	var out [2]float64
	for i, m := range []time.Month{time.January, time.July} {
		_, o := time.Date(year, m, 15, 12, 0, 0, 0, time.UTC).In(loc).Zone()
		out[i] = float64(o) / 3600
	}
	return out
}

func TestLocation(t *testing.T) {
	for _, tt := range []struct {
		name string
		want [2]float64 // January and July 2025
	}{
		{"Europe/Berlin", [2]float64{1, 2}},
		{"europe/berlin ", [2]float64{1, 2}},
		{`"Europe/Berlin"`, [2]float64{1, 2}},
		{"US/Pacific", [2]float64{-8, -7}},
		{"Japan", [2]float64{9, 9}},
		{"America/Argentina/Buenos_Aires", [2]float64{-3, -3}},
		{"/mozilla.org/20050126_1/Europe/Berlin", [2]float64{1, 2}},
		{"/freeassociation.sourceforge.net/Europe/Berlin", [2]float64{1, 2}},
		{"/freeassociation.sourceforge.net/Tzfile/America/Argentina/Buenos_Aires", [2]float64{-3, -3}},
		{"/softwarestudio.org/Olson_20011030_5/America/Chicago", [2]float64{-6, -5}},
		{"/citadel.org/20211207_1/Asia/Kolkata", [2]float64{5.5, 5.5}},
		{"/sidekeep/2/Europe/Berlin", [2]float64{1, 2}},
		{"/America/New_York", [2]float64{-5, -4}},
		{"custom_America/New_York", [2]float64{-5, -4}},
		{"US-Eastern", [2]float64{-5, -4}},
		{"Europe_Amsterdam", [2]float64{1, 2}},
		{"America_New_York", [2]float64{-5, -4}},
		{"W. Europe Standard Time", [2]float64{1, 2}},
		{"w. europe standard time", [2]float64{1, 2}},
		{"Pacific Standard Time", [2]float64{-8, -7}},
		{"AUS Eastern Standard Time", [2]float64{11, 10}},
		{"India Standard Time", [2]float64{5.5, 5.5}},
		{"UTC-11", [2]float64{-11, -11}},
		{"UTC+12", [2]float64{12, 12}},
		{"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", [2]float64{1, 2}},
		{"(GMT+01.00) Amsterdam / Berlin / Bern / Rome / Stockholm / Vienna", [2]float64{1, 2}},
		{"(GMT-05:00) Eastern Time (US & Canada)", [2]float64{-5, -4}},
		{"(UTC-03:00) Brasilia", [2]float64{-3, -3}},
		{"(UTC-05:00) Bogota, Lima, Quito", [2]float64{-5, -5}},
		{"(UTC) Coordinated Universal Time", [2]float64{0, 0}},
		{"(UTC+02:00) A place that nobody knows", [2]float64{2, 2}},
		{"(GMT+02:00) Europe/Helsinki", [2]float64{2, 3}},
		{"Pacific Time (US & Canada), Tijuana", [2]float64{-8, -7}},
		{"Canberra, Melbourne, Sydney", [2]float64{11, 10}},
		{"Kuala Lumpur, Singapore", [2]float64{8, 8}},
		{"Eastern", [2]float64{-5, -4}},
		{"Western/Central Europe", [2]float64{1, 2}},
		{"CET", [2]float64{1, 2}},
		{"UTC", [2]float64{0, 0}},
		{"Z", [2]float64{0, 0}},
		{"Etc/GMT+5", [2]float64{-5, -5}},
		{"GMT+0200", [2]float64{2, 2}},
		{"UTC+2", [2]float64{2, 2}},
		{"GMT-05.30", [2]float64{-5.5, -5.5}},
		{"GMT +0100 (Standard) / GMT +0200 (Daylight)", [2]float64{1, 1}},
	} {
		loc, ok := Location(tt.name)
		if !ok {
			t.Errorf("%q is not known", tt.name)
		} else if got := offsets(loc, 2025); got != tt.want {
			t.Errorf("%q: offsets %v, want %v", tt.name, got, tt.want)
		}
	}
	for _, name := range []string{"", "foo", "LOLOLOL", "Local", "../../etc/passwd", "/etc/localtime", "0", "Nowhere/Middle", "+99", "UTC+", "\x00", strings.Repeat("a/", 500)} {
		if loc, ok := Location(name); ok {
			t.Errorf("%q is taken for %v", name, loc)
		}
	}
}

func TestWindowsZones_AreAllKnown(t *testing.T) {
	n := 0
	for line := range strings.Lines(windowsZones + otherNames) {
		f := strings.Split(strings.TrimSpace(line), "|")
		if len(f) != 3 {
			continue
		}
		n++
		if _, err := time.LoadLocation(f[1]); err != nil {
			t.Errorf("%s: %v", f[0], err)
		}
		if _, ok := Location(f[0]); !ok {
			t.Errorf("%q is not known", f[0])
		}
	}
	if n < 140 {
		t.Errorf("only %d zones", n)
	}
}

const berlin = `BEGIN:VTIMEZONE
TZID:%ID%
BEGIN:DAYLIGHT
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
END:STANDARD
END:VTIMEZONE
`

func zoneOf(t *testing.T, tzid string, parts ...string) *time.Location {
	t.Helper()
	loc, ok := ZonesOf(contentline.Parse(calendar(parts...))).Zone(tzid)
	if !ok {
		t.Fatalf("%q is not known", tzid)
	}
	return loc
}

func TestZone_OwnRulesAreThoseOfTheRealZone(t *testing.T) {
	want := mustLoad(t, "Europe/Berlin")
	own := zoneOf(t, "Mine", strings.ReplaceAll(berlin, "%ID%", "Mine"))
	for at := day("19970101"); at.Year() < 2100; at = at.Add(7*time.Hour + 30*time.Minute) {
		_, a := at.In(own).Zone()
		_, b := at.In(want).Zone()
		if a != b {
			t.Fatalf("at %v: %d, want %d", at, a, b)
		}
	}
	if got := day("20250715").In(own).Format("MST"); got != "CEST" {
		t.Errorf("named %s", got)
	}
}

// RFC 5545 section 3.6.5: the VTIMEZONE of the object says what its TZID means.
func TestZone_TheObjectHasTheSay(t *testing.T) {
	other := "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0500\nTZOFFSETTO:+0500\nEND:STANDARD\nEND:VTIMEZONE\n"
	if got := offsets(zoneOf(t, "Europe/Berlin", other), 2025); got != [2]float64{5, 5} {
		t.Errorf("offsets %v", got)
	}
	occ, problems := Expand(calendar(other, event("DTSTART;TZID=Europe/Berlin:20250715T090000", "DTEND;TZID=Europe/Berlin:20250715T100000")),
		day("20250701"), day("20250801"), time.UTC, 0)
	if len(problems) > 0 || len(occ) != 1 || occ[0].Start.Format(time.RFC3339) != "2025-07-15T04:00:00Z" {
		t.Errorf("%v %q", occ, problems)
	}
	// Rules that can't be followed leave the say to the name.
	broken := strings.ReplaceAll(other, "+0500", "five")
	if got := offsets(zoneOf(t, "Europe/Berlin", broken), 2025); got != [2]float64{1, 2} {
		t.Errorf("offsets %v", got)
	}
	// A name of no zone, and one VTIMEZONE that bears another name.
	if got := offsets(zoneOf(t, "My zone", other), 2025); got != [2]float64{5, 5} {
		t.Errorf("offsets %v", got)
	}
}

func TestZone_RulesOfOtherPrograms(t *testing.T) {
	// Outlook counts from 1601; the rules are counted out only for years that matter.
	outlook := strings.NewReplacer("19810329", "16010101", "19961027", "16010101", "%ID%", "Customized Time Zone").Replace(berlin)
	if got := offsets(zoneOf(t, "Customized Time Zone", outlook), 2025); got != [2]float64{1, 2} {
		t.Errorf("Outlook: %v", got)
	}
	// RDATE instead of RRULE, several values, and a zone that ended having summer time.
	rdate := "BEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:20091025T030000\nRDATE:20091025T030000,20101031T030000\nTZOFFSETFROM:+0400\nTZOFFSETTO:+0300\nEND:STANDARD\n" +
		"BEGIN:DAYLIGHT\nDTSTART:20100328T020000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0400\nEND:DAYLIGHT\n" +
		"BEGIN:STANDARD\nDTSTART:20110327T020000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0400\nEND:STANDARD\nEND:VTIMEZONE\n"
	loc := zoneOf(t, "X", rdate)
	for year, want := range map[int][2]float64{2009: {4, 4}, 2010: {3, 4}, 2011: {3, 4}, 2025: {4, 4}} {
		if got := offsets(loc, year); got != want {
			t.Errorf("%d: %v, want %v", year, got, want)
		}
	}
	// UNTIL in UTC ends the old rule: the United States in 2007.
	until := "BEGIN:VTIMEZONE\nTZID:X\nBEGIN:DAYLIGHT\nDTSTART:19870405T020000\nRRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=20060402T070000Z\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\nEND:DAYLIGHT\n" +
		"BEGIN:DAYLIGHT\nDTSTART:20070311T020000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\nEND:DAYLIGHT\n" +
		"BEGIN:STANDARD\nDTSTART:19671029T020000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20061029T060000Z\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\nEND:STANDARD\n" +
		"BEGIN:STANDARD\nDTSTART:20071104T020000\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\nEND:STANDARD\nEND:VTIMEZONE\n"
	loc, ny := zoneOf(t, "X", until), mustLoad(t, "America/New_York")
	for at := day("19870601"); at.Year() < 2040; at = at.Add(11 * time.Hour) {
		_, a := at.In(loc).Zone()
		if _, b := at.In(ny).Zone(); a != b {
			t.Fatalf("at %v: %d, want %d", at, a, b)
		}
	}
}

// A zone written out for the years around an event goes on as the zone of its
// name does, but only if it agrees with that zone where it says something.
func TestZone_OneThatEndsGoesOnByItsName(t *testing.T) {
	part := func(id, from, to string) string {
		return "BEGIN:VTIMEZONE\nTZID:" + id + "\nBEGIN:DAYLIGHT\nDTSTART:20200329T020000\nRDATE:20210328T020000\nTZOFFSETFROM:" + from + "\nTZOFFSETTO:" + to +
			"\nEND:DAYLIGHT\nBEGIN:STANDARD\nDTSTART:20201025T030000\nRDATE:20211031T030000\nTZOFFSETFROM:" + to + "\nTZOFFSETTO:" + from + "\nEND:STANDARD\nEND:VTIMEZONE\n"
	}
	if got := offsets(zoneOf(t, "Europe/Berlin", part("Europe/Berlin", "+0100", "+0200")), 2030); got != [2]float64{1, 2} {
		t.Errorf("one that agrees: %v", got)
	}
	if got := offsets(zoneOf(t, "Europe/Berlin", part("Europe/Berlin", "+0300", "+0400")), 2030); got != [2]float64{3, 3} {
		t.Errorf("one that does not: %v", got)
	}
}

func TestInstant_GapsAndDoubles(t *testing.T) {
	ny := mustLoad(t, "America/New_York")
	for _, tt := range []struct{ wall, want string }{
		{"20250309T023000", "2025-03-09T03:30:00-04:00"}, // skipped: read with the offset before
		{"20251102T013000", "2025-11-02T01:30:00-04:00"}, // twice: the first
		{"20250309T015959", "2025-03-09T01:59:59-05:00"},
		{"20250309T030000", "2025-03-09T03:00:00-04:00"},
		{"20251102T005959", "2025-11-02T00:59:59-04:00"},
		{"20251102T020000", "2025-11-02T02:00:00-05:00"},
		{"20250701T120000", "2025-07-01T12:00:00-04:00"},
	} {
		c, ok := parseClock(tt.wall)
		if !ok {
			t.Fatal(tt.wall)
		}
		if got := instant(c.wall, ny).Format(time.RFC3339); got != tt.want {
			t.Errorf("%s is %s, want %s", tt.wall, got, tt.want)
		}
	}
	apia := mustLoad(t, "Pacific/Apia") // 30 December 2011 did not exist there
	if got := instant(day("20111230").Add(9*time.Hour), apia).Format(time.RFC3339); got != "2011-12-31T09:00:00+14:00" {
		t.Errorf("Apia: %s", got)
	}
}
