package ical

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/teambition/rrule-go"
	"pgregory.net/rapid"
)

// lines writes occurrences: start, length, title, and what is special.
func lines(occ []Occurrence, loc *time.Location) []string {
	out := []string{}
	for _, o := range occ {
		f := "0102T1504"
		if o.AllDay {
			f = "0102"
		}
		s := o.Start.In(loc).Format(f) + " " + strings.NewReplacer("h0m0s", "h", "m0s", "m").Replace(o.End.Sub(o.Start).String()) + " " + o.Title
		if o.Override {
			s += " anew"
		}
		if o.Status != "" {
			s += " " + o.Status
		}
		out = append(out, s)
	}
	return out
}

func TestExpand_Stories(t *testing.T) {
	b := mustLoad(t, "Europe/Berlin")
	z := ";TZID=Europe/Berlin:2025"
	over := func(id, rest string) string { return event("RECURRENCE-ID"+z+id, rest) }
	for _, tt := range []struct {
		name     string
		parts    []string
		want     []string
		problems int
	}{
		{"one event", []string{event("DTSTART"+z+"0310T090000", "DTEND"+z+"0310T100000", "SUMMARY:a")}, []string{"0310T0900 1h a"}, 0},
		{"no end is a moment", []string{event("DTSTART"+z+"0310T090000", "SUMMARY:a")}, []string{"0310T0900 0s a"}, 0},
		{"a date is a day", []string{event("DTSTART;VALUE=DATE:20250310", "SUMMARY:a")}, []string{"0310 24h a"}, 0},
		{"a day that is short", []string{event("DTSTART;VALUE=DATE:20250330", "SUMMARY:a")}, []string{"0330 23h a"}, 0},
		{"dates from, to", []string{event("DTSTART;VALUE=DATE:20250310", "DTEND;VALUE=DATE:20250312", "SUMMARY:a")}, []string{"0310 48h a"}, 0},
		{"a date that ends the same day", []string{event("DTSTART;VALUE=DATE:20250310", "DTEND;VALUE=DATE:20250310", "SUMMARY:a")}, []string{"0310 24h a"}, 0},
		{"an end before the start", []string{event("DTSTART"+z+"0310T090000", "DTEND"+z+"0309T100000", "SUMMARY:a")}, []string{"0310T0900 0s a"}, 1},
		{"a duration", []string{event("DTSTART"+z+"0310T090000", "DURATION:PT1H30M", "SUMMARY:a")}, []string{"0310T0900 1h30m a"}, 0},
		{"a duration below zero", []string{event("DTSTART"+z+"0310T090000", "DURATION:-PT1H", "SUMMARY:a")}, []string{"0310T0900 0s a"}, 1},
		{"a day is a day on the clock", []string{event("DTSTART"+z+"0329T120000", "DURATION:P1D", "SUMMARY:a")}, []string{"0329T1200 23h a"}, 0},
		{"floating", []string{event("DTSTART:20250310T090000", "SUMMARY:a")}, []string{"0310T0900 0s a"}, 0},
		{"UTC", []string{event("DTSTART:20250310T090000Z", "SUMMARY:a")}, []string{"0310T1000 0s a"}, 0},
		{"a zone that nobody knows", []string{event("DTSTART;TZID=Nowhere:20250310T090000", "SUMMARY:a")}, []string{"0310T0900 0s a"}, 1},
		{"no start", []string{event("SUMMARY:a")}, nil, 1},
		{"weekly over the change of clocks", []string{event("DTSTART"+z+"0324T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=3", "SUMMARY:a")}, []string{"0324T0900 1h a", "0331T0900 1h a", "0407T0900 1h a"}, 0},
		{"daily in the gap", []string{event("DTSTART"+z+"0329T023000", "RRULE:FREQ=DAILY;COUNT=3", "SUMMARY:a")}, []string{"0329T0230 0s a", "0330T0330 0s a", "0331T0230 0s a"}, 0},
		{"an exact length over the change", []string{event("DTSTART"+z+"0328T200000", "DTEND"+z+"0329T080000", "RRULE:FREQ=DAILY;COUNT=2", "SUMMARY:a")}, []string{"0328T2000 12h a", "0329T2000 12h a"}, 0},
		{"without one", []string{event("DTSTART"+z+"0310T090000", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE"+z+"0311T090000", "SUMMARY:a")}, []string{"0310T0900 0s a", "0312T0900 0s a"}, 0},
		{"without one, said in UTC", []string{event("DTSTART"+z+"0310T090000", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20250311T080000Z,20250312T080000Z", "SUMMARY:a")}, []string{"0310T0900 0s a"}, 0},
		{"without a day", []string{event("DTSTART"+z+"0310T090000", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20250311", "SUMMARY:a")}, []string{"0310T0900 0s a", "0312T0900 0s a"}, 0},
		{"days without a time", []string{event("DTSTART;VALUE=DATE:20250310", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20250311T000000Z", "SUMMARY:a")}, []string{"0310 24h a", "0312 24h a"}, 0},
		{"EXRULE", []string{event("DTSTART"+z+"0310T090000", "RRULE:FREQ=DAILY;COUNT=4", "EXRULE:FREQ=DAILY;INTERVAL=2", "SUMMARY:a")}, []string{"0311T0900 0s a", "0313T0900 0s a"}, 0},
		{"RDATE", []string{event("DTSTART"+z+"0310T090000", "DURATION:PT1H", "RDATE"+z+"0312T110000", "SUMMARY:a")}, []string{"0310T0900 1h a", "0312T1100 1h a"}, 0},
		{"RDATE with a period", []string{event("DTSTART"+z+"0310T090000", "DURATION:PT1H", "RDATE;VALUE=PERIOD:20250312T100000Z/PT2H,20250313T100000Z/20250313T103000Z", "SUMMARY:a")}, []string{"0310T0900 1h a", "0312T1100 2h a", "0313T1100 30m a"}, 0},
		{"RDATE twice and by the rule", []string{event("DTSTART"+z+"0310T090000", "RRULE:FREQ=DAILY;COUNT=2", "RDATE"+z+"0311T090000,20250311T090000", "SUMMARY:a")}, []string{"0310T0900 0s a", "0311T0900 0s a"}, 0},
		{"one moved", []string{event("DTSTART"+z+"0310T090000", "RRULE:FREQ=DAILY;COUNT=3", "SUMMARY:a"), over("0311T090000", "DTSTART"+z+"0320T150000\nSUMMARY:b")}, []string{"0310T0900 0s a", "0312T0900 0s a", "0320T1500 0s b anew"}, 0},
		{"one moved, said in UTC", []string{over("0311T090000", "DTSTART:20250320T140000Z\nSUMMARY:b"), strings.Replace(event("DTSTART"+z+"0310T090000", "RRULE:FREQ=DAILY;COUNT=2", "SUMMARY:a"), "x", "x", 1)}, []string{"0310T0900 0s a", "0320T1500 0s b anew"}, 0},
		{"one moved twice: the later says", []string{event("DTSTART"+z+"0310T090000", "RRULE:FREQ=DAILY;COUNT=1", "SUMMARY:a"), over("0310T090000", "SEQUENCE:2\nDTSTART"+z+"0320T150000\nSUMMARY:c"), over("0310T090000", "SEQUENCE:1\nDTSTART"+z+"0321T150000\nSUMMARY:b")}, []string{"0320T1500 0s c anew"}, 0},
		{"one cancelled", []string{event("DTSTART"+z+"0310T090000", "RRULE:FREQ=DAILY;COUNT=2", "SUMMARY:a"), over("0311T090000", "DTSTART"+z+"0311T090000\nSTATUS:CANCELLED\nSUMMARY:b")}, []string{"0310T0900 0s a", "0311T0900 0s b anew CANCELLED"}, 0},
		{"one without its series", []string{over("0311T090000", "DTSTART"+z+"0311T100000\nSUMMARY:b")}, []string{"0311T1000 0s b anew"}, 0},
		{"this and all that follow", []string{event("DTSTART"+z+"0310T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=4", "SUMMARY:a"), strings.Replace(over("0312T090000", "DTSTART"+z+"0312T110000\nDURATION:PT2H\nSUMMARY:b"), "RECURRENCE-ID", "RECURRENCE-ID;RANGE=THISANDFUTURE", 1)}, []string{"0310T0900 1h a", "0311T0900 1h a", "0312T1100 2h b anew", "0313T1100 2h b anew"}, 0},
		{"UNTIL as a date includes the day", []string{event("DTSTART"+z+"0310T090000", "RRULE:FREQ=DAILY;UNTIL=20250311", "SUMMARY:a")}, []string{"0310T0900 0s a", "0311T0900 0s a"}, 0},
		{"UNTIL as a time for dates", []string{event("DTSTART;VALUE=DATE:20250310", "RRULE:FREQ=DAILY;UNTIL=20250311T225959Z", "SUMMARY:a")}, []string{"0310 24h a", "0311 24h a"}, 0},
		{"UNTIL is inclusive", []string{event("DTSTART"+z+"0310T090000", "RRULE:FREQ=DAILY;UNTIL=20250311T080000Z", "SUMMARY:a")}, []string{"0310T0900 0s a", "0311T0900 0s a"}, 0},
		{"plain and numbered days together", []string{event("DTSTART"+z+"0303T090000", "RRULE:FREQ=MONTHLY;BYDAY=MO,2TU;COUNT=4", "SUMMARY:a")}, []string{"0303T0900 0s a", "0310T0900 0s a", "0311T0900 0s a", "0317T0900 0s a"}, 0},
		{"a rule that can't be read", []string{event("DTSTART"+z+"0310T090000", "RRULE:FREQ=FORTNIGHTLY", "SUMMARY:a")}, []string{"0310T0900 0s a"}, 1},
		{"two series in one object", []string{event("DTSTART"+z+"0310T090000", "SUMMARY:a"), strings.Replace(event("DTSTART"+z+"0311T090000", "SUMMARY:b"), "UID:one", "UID:two", 1)}, []string{"0310T0900 0s a", "0311T0900 0s b"}, 0},
		{"a task has its due time as its end", []string{strings.ReplaceAll(event("DTSTART"+z+"0310T090000", "DUE"+z+"0311T090000", "SUMMARY:a", "STATUS:needs-action"), "VEVENT", "VTODO")}, []string{"0310T0900 24h a NEEDS-ACTION"}, 0},
		{"a task with nothing but a due time", []string{strings.ReplaceAll(event("DUE"+z+"0311T090000", "RRULE:FREQ=DAILY;COUNT=2", "SUMMARY:a"), "VEVENT", "VTODO")}, []string{"0311T0900 0s a", "0312T0900 0s a"}, 0},
		{"a task without a time", []string{strings.ReplaceAll(event("SUMMARY:a"), "VEVENT", "VTODO")}, nil, 0},
		{"escaped text", []string{event("DTSTART"+z+"0310T090000", `SUMMARY:a\, b\; c`)}, []string{"0310T0900 0s a, b; c"}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			occ, problems := Expand(calendar(tt.parts...), day("20250301"), day("20250501"), b, 0)
			if tt.want == nil {
				tt.want = []string{}
			}
			if diff := cmp.Diff(tt.want, lines(occ, b)); diff != "" {
				t.Error(diff)
			}
			if len(problems) != tt.problems {
				t.Errorf("problems: %q", problems)
			}
		})
	}
}

func TestExpand_WindowAndLimit(t *testing.T) {
	body := calendar(event("DTSTART:20250310T090000Z", "DTEND:20250310T110000Z", "RRULE:FREQ=DAILY", "SUMMARY:a"))
	occ, _ := Expand(body, day("20250312").Add(10*time.Hour), day("20250313").Add(9*time.Hour), time.UTC, 0)
	if got := lines(occ, time.UTC); fmt.Sprint(got) != "[0312T0900 2h a]" {
		t.Errorf("what runs when the window opens, and not what begins when it closes: %v", got)
	}
	if occ[0].RecurrenceID != "2025-03-12T09:00:00Z" || !occ[0].Recurring {
		t.Errorf("%+v", occ[0])
	}
	occ, problems := Expand(body, day("20250101"), day("20260101"), time.UTC, 5)
	if len(occ) != 5 || len(problems) != 1 || occ[4].Start.Day() != 14 {
		t.Errorf("%d occurrences, problems %q", len(occ), problems)
	}
	if occ, _ := Expand(body, day("20260101"), day("20250101"), time.UTC, 5); len(occ) != 0 {
		t.Errorf("a window that ends before it begins has %d", len(occ))
	}
	if occ, _ := Expand(nil, day("20250101"), day("20260101"), nil, 0); len(occ) != 0 {
		t.Error("nothing has occurrences")
	}
}

// Beginning far after the start must give what counting from the start gives.
func TestRule_SkippingAheadMissesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := func(name string, values ...string) string {
			if rapid.IntRange(0, 3).Draw(t, "has "+name) > 0 {
				return ""
			}
			return ";" + name + "=" + strings.Join(rapid.SliceOfNDistinct(rapid.SampledFrom(values), 1, 3, rapid.ID).Draw(t, name), ",")
		}
		text := "FREQ=" + rapid.SampledFrom([]string{"YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"}).Draw(t, "freq") +
			fmt.Sprintf(";INTERVAL=%d", rapid.IntRange(1, 7).Draw(t, "interval")) +
			";WKST=" + rapid.SampledFrom(dayNames).Draw(t, "wkst") +
			part("BYMONTH", "1", "2", "6", "12") + part("BYMONTHDAY", "1", "13", "29", "31", "-1") + part("BYDAY", "MO", "FR", "SU", "1TU", "-1WE") +
			part("BYHOUR", "0", "9", "23") + part("BYMINUTE", "0", "30") + part("BYSETPOS", "1", "-1")
		r, err := parseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		most := 1500
		if r.freq >= rrule.HOURLY {
			most = 40
		}
		start := time.Date(2019, time.Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.IntRange(1, 28).Draw(t, "day"), 9, 30, 0, 0, time.UTC)
		from := start.Add(time.Duration(rapid.IntRange(0, most).Draw(t, "later")) * 24 * time.Hour)
		to := from.AddDate(0, 0, 60)
		count := func(from time.Time) (out []time.Time) {
			b := newBudget()
			b.steps, b.deadline = 1<<40, time.Now().Add(time.Minute)
			err := r.each(start, from, to, time.Time{}, b, func(at time.Time) bool {
				out = append(out, at)
				return len(out) < 1<<20
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		var want []time.Time
		for _, at := range count(start) {
			if !at.Before(from) {
				want = append(want, at)
			}
		}
		if diff := cmp.Diff(want, count(from)); diff != "" {
			t.Fatalf("%s from %v at %v:\n%s", text, start, from, diff)
		}
	})
}

func TestExpand_SampleFilesNeverHang(t *testing.T) {
	n, most := 0, time.Duration(0)
	for _, p := range corpus(t, "ics") {
		body, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		occ, _ := Expand(body, day("20000101"), day("20300101"), time.UTC, 1000)
		n += len(occ)
		if d := time.Since(begin); d > most {
			most = d
		}
	}
	t.Logf("%d occurrences, the slowest file took %v", n, most)
}

func FuzzExpand(f *testing.F) {
	f.Add([]byte("FREQ=MONTHLY;BYDAY=-1SU,MO;BYSETPOS=1"), []byte("DTSTART;TZID=Europe/Berlin:20250310T090000"))
	f.Add([]byte("FREQ=SECONDLY;INTERVAL=7;BYHOUR=3"), []byte("DTSTART;VALUE=DATE:20250310\nDURATION:P1W"))
	f.Add([]byte("FREQ=YEARLY;BYWEEKNO=53;UNTIL=20300101"), []byte("DTSTART:20250310T090000Z\nEXDATE:20250311\nRDATE;VALUE=PERIOD:20250312T100000Z/PT2H"))
	f.Fuzz(func(t *testing.T, rule, rest []byte) {
		zone := strings.ReplaceAll(strings.Replace(berlin, "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", string(rule), 1), "%ID%", "Europe/Berlin")
		body := calendar(zone, event(string(rest), "RRULE:"+string(rule)), event("RECURRENCE-ID;RANGE=THISANDFUTURE:20250401T090000", string(rest)))
		begin := time.Now()
		occ, _ := Expand(body, day("20250101"), day("20260101"), time.UTC, 100)
		if d := time.Since(begin); d > 3*time.Second {
			t.Errorf("took %v", d)
		}
		if len(occ) > 100 {
			t.Errorf("%d occurrences", len(occ))
		}
		for _, o := range occ {
			if o.End.Before(o.Start) || !o.Start.Before(day("20260101")) || o.End.Before(day("20250101")) {
				t.Errorf("%v to %v is not in the window", o.Start, o.End)
			}
		}
	})
}

func BenchmarkExpandWeekly(b *testing.B) {
	body := calendar(strings.ReplaceAll(berlin, "%ID%", "Europe/Berlin"),
		event("DTSTART;TZID=Europe/Berlin:20150310T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=TU,TH", "EXDATE;TZID=Europe/Berlin:20250311T090000"))
	from, to := day("20250301"), day("20250401")
	for b.Loop() {
		if occ, _ := Expand(body, from, to, time.UTC, 0); len(occ) != 7 {
			b.Fatal(len(occ))
		}
	}
}
