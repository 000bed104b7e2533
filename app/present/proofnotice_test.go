package present_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sidekeep/app/present"
	"sidekeep/app/present/presenttest"
	"sidekeep/app/service"
)

// TestProof_TellsWhatHappenedWhileNobodyLooked: in a notification once, and on
// Overview until it is put away.
func TestProof_TellsWhatHappenedWhileNobodyLooked(t *testing.T) {
	ago := func(d time.Duration) *time.Time { v := noon.Add(-d); return &v }
	notice := func(kind string, runs int64, message, hint string) service.ProofNotice {
		return service.ProofNotice{Kind: kind, At: noon.Add(-30 * time.Minute), Runs: runs,
			ErrorInfo: service.ErrorInfo{Fault: "storage", Message: message, Hint: hint}}
	}
	unplugged := service.ErrorInfo{Fault: "storage", Message: "The disk is not plugged in.", Hint: "Plug it in."}
	for _, c := range []struct {
		name              string
		proof             service.ProofStatus
		title, text       string
		line, under, then string // the line after it was put away
		level             present.Level
	}{
		{"the WAL was lost", service.ProofStatus{OK: true, DrilledAt: ago(2 * time.Hour), CopyTo: "/x",
			Notices: []service.ProofNotice{notice("older", 1234, "The vault /v is an earlier state of itself.", "run `sidekeep verify`")}},
			"Your vault had lost its last 1,234 mirrorings of a collection.", "comes back by itself with the next mirroring. What only the lost mirrorings held, such as states in between, may be in a second copy",
			"Not proven since the vault lost something.", "Verify checks everything that is here now.", "Restorable, proven 2 h ago.", present.LevelNote},
		{"one mirroring, and proven since", service.ProofStatus{OK: true, DrilledAt: ago(2 * time.Hour), VerifiedAt: ago(time.Minute), CopyTo: "/x",
			Notices: []service.ProofNotice{notice("older", 1, "", "")}},
			"Your vault had lost its last mirroring of a collection.", "A file of it was lost, or an older one was put in its place.",
			"Restorable, proven 2 h ago.", "Everything was loaded", "Restorable, proven 2 h ago.", present.LevelGood},
		{"the drill found something", service.ProofStatus{Problems: 2, DrilledAt: ago(time.Hour),
			Notices: []service.ProofNotice{notice("drill", 0, "The weekly proof found 2 problems in /v; the first: a, b.", "Run `sidekeep verify`, which names them all and says what to do.")}},
			"The weekly proof failed.", "The weekly proof found 2 problems in /v; the first: a, b. Verify names them all.",
			"2 problems were found.", "Everything else is as it was written.", "2 problems were found.", present.LevelBad},
		{"the copy failed", service.ProofStatus{DrilledAt: ago(time.Hour), CopyTo: "/x", CopyError: &unplugged,
			Notices: []service.ProofNotice{notice("copy", 0, unplugged.Message, unplugged.Hint)}},
			"The second copy could not be made.", "The disk is not plugged in. Plug it in.",
			"Restorable, proven 1 h ago.", "Everything was loaded", "Restorable, proven 1 h ago.", present.LevelGood},
	} {
		t.Run(c.name, func(t *testing.T) {
			svc := &presenttest.Service{Accounts: signedIn("Home"), Proof: &c.proof}
			a, loop, desk := start(t, svc)
			loop.Until(t, "the notification", func() bool { return len(desk.Notified()) > 0 })
			p := a.Proof
			if p.Told == nil || p.Told.Title != c.title || !strings.Contains(p.Told.Text, c.text) || strings.Contains(p.Told.Text, "`") {
				t.Errorf("%+v", p.Told)
			}
			if p.Line != c.line || !strings.HasPrefix(p.Text, c.under) || p.Level != c.level {
				t.Errorf("%q, %q, %v", p.Line, p.Text, p.Level)
			}
			a.Reload()
			loop.Drain()
			if got := desk.Notified(); len(got) != 1 || !strings.HasPrefix(got[0], "Sidekeep: look at your vault | "+c.title) {
				t.Errorf("%q", got)
			}
			p.Dismiss()
			loop.Until(t, "the note of it", func() bool { return len(a.Status.Proof.Notices) == 0 })
			if p.Told != nil || p.Line != c.then || !slices.Contains(svc.Called(), "seen "+c.proof.Notices[0].Kind) {
				t.Errorf("%+v, %q, %v", p.Told, p.Line, svc.Called())
			}
		})
	}
}
