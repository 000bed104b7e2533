package ical

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// calendar wraps components, written with "\n", in a VCALENDAR.
func calendar(parts ...string) []byte {
	s := "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n" + strings.Join(parts, "") + "END:VCALENDAR\n"
	return []byte(strings.ReplaceAll(s, "\n", "\r\n"))
}

func event(lines ...string) string {
	return "BEGIN:VEVENT\nUID:one\nDTSTAMP:19970101T000000Z\n" + strings.Join(lines, "\n") + "\nEND:VEVENT\n"
}

func day(s string) time.Time {
	t, err := time.Parse("20060102", s)
	if err != nil {
		panic(err)
	}
	return t
}

func mustLoad(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// starts writes the starts of occurrences on the clock of loc.
func starts(occ []Occurrence, loc *time.Location) []string {
	out := []string{}
	for _, o := range occ {
		f := "20060102T1504"
		if o.AllDay {
			f = "20060102"
		}
		out = append(out, o.Start.In(loc).Format(f))
	}
	return out
}

// The examples of RFC 5545 section 3.8.5.3, with the occurrences it lists.
func TestExpand_ExamplesOfTheRFC(t *testing.T) {
	ny := mustLoad(t, "America/New_York")
	tests := []struct {
		rule, extra, start, from, to string
		want                         string // days of 1997 unless a year is written, T hour minute where not 0900
	}{
		{rule: "FREQ=DAILY;COUNT=10", want: "0902 0903 0904 0905 0906 0907 0908 0909 0910 0911"},
		{rule: "FREQ=DAILY;UNTIL=19971224T000000Z", from: "19971220", to: "19980101", want: "1220 1221 1222 1223"},
		{rule: "FREQ=DAILY;INTERVAL=2", to: "19970910", want: "0902 0904 0906 0908"},
		{rule: "FREQ=DAILY;INTERVAL=10;COUNT=5", want: "0902 0912 0922 1002 1012"},
		{rule: "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA", start: "19980101T090000", from: "20000129", to: "20000301", want: "20000129 20000130 20000131"},
		{rule: "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1", start: "19980101T090000", from: "19990130", to: "20000102", want: "19990130 19990131 20000101"},
		{rule: "FREQ=WEEKLY;COUNT=10", want: "0902 0909 0916 0923 0930 1007 1014 1021 1028 1104"},
		{rule: "FREQ=WEEKLY;UNTIL=19971224T000000Z", from: "19971201", want: "1202 1209 1216 1223"},
		{rule: "FREQ=WEEKLY;INTERVAL=2;WKST=SU", to: "19971020", want: "0902 0916 0930 1014"},
		{rule: "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", want: "0902 0904 0909 0911 0916 0918 0923 0925 0930 1002"},
		{rule: "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", want: "0902 0904 0909 0911 0916 0918 0923 0925 0930 1002"},
		{rule: "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR", start: "19970901T090000", to: "19971005", want: "0901 0903 0905 0915 0917 0919 0929 1001 1003"},
		{rule: "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", want: "0902 0904 0916 0918 0930 1002 1014 1016"},
		{rule: "FREQ=MONTHLY;COUNT=10;BYDAY=1FR", start: "19970905T090000", want: "0905 1003 1107 1205 19980102 19980206 19980306 19980403 19980501 19980605"},
		{rule: "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR", start: "19970905T090000", want: "0905 1003 1107 1205"},
		{rule: "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", start: "19970907T090000", want: "0907 0928 1102 1130 19980104 19980125 19980301 19980329 19980503 19980531"},
		{rule: "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", start: "19970922T090000", want: "0922 1020 1117 1222 19980119 19980216"},
		{rule: "FREQ=MONTHLY;BYMONTHDAY=-3", start: "19970928T090000", to: "19980301", want: "0928 1029 1128 1229 19980129 19980226"},
		{rule: "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", want: "0902 0915 1002 1015 1102 1115 1202 1215 19980102 19980115"},
		{rule: "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1", start: "19970930T090000", want: "0930 1001 1031 1101 1130 1201 1231 19980101 19980131 19980201"},
		{rule: "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15", start: "19970910T090000", want: "0910 0911 0912 0913 0914 0915 19990310 19990311 19990312 19990313"},
		{rule: "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", to: "19971201", want: "0902 0909 0916 0923 0930 1104 1111 1118 1125"},
		{rule: "FREQ=YEARLY;COUNT=10;BYMONTH=6,7", start: "19970610T090000", want: "0610 0710 19980610 19980710 19990610 19990710 20000610 20000710 20010610 20010710"},
		{rule: "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3", start: "19970310T090000", want: "0310 19990110 19990210 19990310 20010110 20010210 20010310 20030110 20030210 20030310"},
		{rule: "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200", start: "19970101T090000", want: "0101 0410 0719 20000101 20000409 20000718 20030101 20030410 20030719 20060101"},
		{rule: "FREQ=YEARLY;BYDAY=20MO", start: "19970519T090000", to: "20000101", want: "0519 19980518 19990517"},
		{rule: "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", start: "19970512T090000", to: "20000101", want: "0512 19980511 19990517"},
		{rule: "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", start: "19970313T090000", to: "19990101", want: "0313 0320 0327 19980305 19980312 19980319 19980326"},
		{rule: "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", extra: "EXDATE;TZID=America/New_York:19970902T090000", to: "20001101", want: "19980213 19980313 19981113 19990813 20001013"},
		{rule: "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", start: "19970913T090000", to: "19980201", want: "0913 1011 1108 1213 19980110"},
		{rule: "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", start: "19961105T090000", to: "20050101", from: "19960101", want: "19961105 20001107 20041102"},
		{rule: "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", start: "19970904T090000", want: "0904 1007 1106"},
		{rule: "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", start: "19970929T090000", to: "19980301", want: "0929 1030 1127 1230 19980129 19980226"},
		{rule: "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", want: "0902 0902T1200 0902T1500"}, // the RFC's own UNTIL is off by the zone; 21:00Z is 17:00 there
		{rule: "FREQ=MINUTELY;INTERVAL=15;COUNT=6", want: "0902 0902T0915 0902T0930 0902T0945 0902T1000 0902T1015"},
		{rule: "FREQ=MINUTELY;INTERVAL=90;COUNT=4", want: "0902 0902T1030 0902T1200 0902T1330"},
		{rule: "FREQ=DAILY;BYHOUR=9,10;BYMINUTE=0,20,40", to: "19970903", want: "0902 0902T0920 0902T0940 0902T1000 0902T1020 0902T1040"},
		{rule: "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10", to: "19970903", want: "0902 0902T0920 0902T0940 0902T1000 0902T1020 0902T1040"},
		{rule: "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", start: "19970805T090000", from: "19970801", want: "0805 0810 0819 0824"},
		{rule: "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", start: "19970805T090000", from: "19970801", want: "0805 0817 0819 0831"},
		{rule: "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", start: "20070115T090000", to: "20080101", want: "20070115 20070130 20070215 20070315 20070330"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			start, from, to := "19970902T090000", "19970101", "20100101"
			if tt.start != "" {
				start = tt.start
			}
			if tt.from != "" {
				from = tt.from
			}
			if tt.to != "" {
				to = tt.to
			}
			lines := []string{"DTSTART;TZID=America/New_York:" + start, "RRULE:" + tt.rule}
			if tt.extra != "" {
				lines = append(lines, tt.extra)
			}
			occ, problems := Expand(calendar(event(lines...)), day(from), day(to), ny, 0)
			if len(problems) > 0 {
				t.Errorf("problems: %q", problems)
			}
			var want []string
			for w := range strings.FieldsSeq(tt.want) {
				if d, _, _ := strings.Cut(w, "T"); len(d) == 4 {
					w = "1997" + w
				}
				if !strings.Contains(w, "T") {
					w += "T0900"
				}
				want = append(want, w)
			}
			if got := starts(occ, ny); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("\n got %v\nwant %v", got, want)
			}
		})
	}
}

// Hostile rules must neither hang nor eat the processor. The bound here is far
// above what they take (under 50 ms), so that a busy machine does not fail it.
func TestExpand_HostileRulesEnd(t *testing.T) {
	for _, r := range []string{
		"FREQ=SECONDLY",
		"FREQ=SECONDLY;COUNT=2000000000",
		"FREQ=SECONDLY;INTERVAL=60;BYSECOND=30", // never: rrule-go alone would not come back
		"FREQ=HOURLY;INTERVAL=24;BYHOUR=3",
		"FREQ=SECONDLY;INTERVAL=7;BYHOUR=3;BYMONTH=2;BYMONTHDAY=30",
		"FREQ=SECONDLY;BYHOUR=3;BYMINUTE=1;BYSECOND=1",
		"FREQ=MINUTELY;INTERVAL=99999;BYMINUTE=1;COUNT=99999",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
		"FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12;BYMINUTE=" + list(60) + ";BYSECOND=" + list(60),
		"FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYMINUTE=" + list(60) + ";BYSECOND=" + list(60) + ";BYSETPOS=" + list(64),
		"FREQ=MONTHLY;BYDAY=53MO,-53TU",
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5",
		"FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30;BYSETPOS=-366,366",
		"FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=4",
		"FREQ=DAILY;INTERVAL=99999999999",
		"FREQ=YEARLY;BYWEEKNO=53,-53;BYYEARDAY=366,-366;BYMONTH=6",
	} {
		for _, start := range []string{"19700101T000000Z", "00010101T000000", "20260101T000000Z", "99991231T235959Z"} {
			begin := time.Now()
			occ, _ := Expand(calendar(event("DTSTART:"+start, "RRULE:"+r)), day("20260101"), day("20270101"), time.UTC, 100)
			if d := time.Since(begin); d > 400*time.Millisecond {
				t.Errorf("%.60s from %s took %v", r, start, d)
			} else if d > 50*time.Millisecond {
				t.Logf("%.60s from %s took %v", r, start, d)
			}
			if len(occ) > 100 {
				t.Errorf("%.60s: %d occurrences", r, len(occ))
			}
		}
	}
}

func list(n int) string {
	var s []string
	for i := range n {
		s = append(s, fmt.Sprint(i))
	}
	return strings.Join(s, ",")
}

// corpus gives the sample files, or skips.
func corpus(t testing.TB, dir string) []string {
	t.Helper()
	root := os.Getenv("SIDEKEEP_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	var out []string
	_ = filepath.WalkDir(filepath.Join(root, dir), func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, p)
		}
		return nil
	})
	if len(out) == 0 {
		t.Skip("no sample files at " + root)
	}
	return out
}
