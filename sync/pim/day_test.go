package pim

import (
	"testing"
	"time"
	_ "time/tzdata"
)

// TestDayStart_IsTheFirstMomentOfTheDay looks at every day of twelve years in zones
// that put their clocks forward or back at midnight, and in others.
func TestDayStart_IsTheFirstMomentOfTheDay(t *testing.T) {
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/Asuncion", "America/Havana", "America/Sao_Paulo", "Africa/Cairo",
		"Asia/Beirut", "Asia/Tehran", "America/Santiago", "Atlantic/Azores", "Asia/Amman", "Pacific/Apia", "Australia/Lord_Howe"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for day := range 12 * 366 {
			start := DayStart(2015, 1, 1+day, loc)
			want := time.Date(2015, 1, 1+day, 0, 0, 0, 0, time.UTC)
			if got := dateOf(start); !got.Equal(want) {
				t.Errorf("%s: %s begins at %v", zone, want.Format(time.DateOnly), start)
			}
			if before := dateOf(start.Add(-time.Millisecond)); !before.Equal(want.AddDate(0, 0, -1)) {
				t.Errorf("%s: before %v it is %s", zone, start, before.Format(time.DateOnly))
			}
		}
	}
}
