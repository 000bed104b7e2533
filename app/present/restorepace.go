package present

import (
	"fmt"
	"time"

	"sidekeep/app/service"
)

// pacing measures how fast a restore goes.
type pacing struct {
	step  string
	since time.Time
	from  int64
}

// paceAfter is how long is measured before a pace is named.
const paceAfter = 3 * time.Second

// words says how many a second, and how much time is left; "" while it is too
// early to say.
func (p *pacing) words(s service.Progress, now time.Time) string {
	if p.since.IsZero() || p.step != s.Step || s.Done < p.from {
		p.step, p.since, p.from = s.Step, now, s.Done
	}
	took := now.Sub(p.since)
	if took < paceAfter || s.Done <= p.from {
		return ""
	}
	rate := float64(s.Done-p.from) / took.Seconds()
	words := fmt.Sprintf("%.1f", rate)
	if rate >= 10 {
		words = Number(int64(rate))
	}
	words = fmt.Sprintf(runPace, words)
	if left := time.Duration(float64(s.Total-s.Done) / rate * float64(time.Second)); s.Total > s.Done && left > 5*time.Second {
		words += " · " + fmt.Sprintf(runLeft, roughly(left))
	}
	return words
}

// roughly words a duration that is only guessed.
func roughly(d time.Duration) string {
	switch {
	case d < 90*time.Second:
		return Count(int((d+5*time.Second)/(10*time.Second))*10, "second", "seconds")
	case d < 90*time.Minute:
		return Count(int((d+30*time.Second)/time.Minute), "minute", "minutes")
	}
	return Count(int((d+30*time.Minute)/time.Hour), "hour", "hours")
}
