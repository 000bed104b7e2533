package present_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sidekeep/app/present"
	"sidekeep/app/present/presenttest"
	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

func TestProof_SaysWhatIsProven(t *testing.T) {
	ago := func(d time.Duration) *time.Time { v := noon.Add(-d); return &v }
	for _, c := range []struct {
		name       string
		proof      *service.ProofStatus
		line, text string
		level      present.Level
	}{
		{"nothing", nil, "No restore was rehearsed yet.", "It is done once a week by itself, and can be done now, too.", present.LevelNone},
		{"never", &service.ProofStatus{OK: true}, "No restore was rehearsed yet.", "It is done once a week by itself, and can be done now, too.", present.LevelNone},
		{"rehearsed", &service.ProofStatus{OK: true, DrilledAt: ago(3*time.Hour + time.Minute), CopiedAt: ago(5 * time.Minute), CopyTo: "/x"}, "Restorable, proven 3 h ago.",
			"Everything was loaded into a server and read back, byte for byte. Second copy: 5 min ago.", present.LevelGood},
		{"checked", &service.ProofStatus{OK: true, VerifiedAt: ago(50 * time.Hour)}, "Whole, checked 2 days ago.", "No restore was rehearsed yet. There is no second copy yet: see Settings.", present.LevelGood},
		{"long ago", &service.ProofStatus{OK: true, DrilledAt: ago(60 * 24 * time.Hour), CopyTo: "/x"}, "Restorable, proven on 15 March 2026.", "Everything was loaded into a server and read back, byte for byte.", present.LevelGood},
		{"the copy failed", &service.ProofStatus{DrilledAt: ago(time.Minute), CopyTo: "/x", CopyError: &service.ErrorInfo{Fault: "storage", Message: "/x is not there."}},
			"Restorable, proven 1 min ago.", "The second copy could not be made. /x is not there.", present.LevelNote},
		{"problems", &service.ProofStatus{Problems: 2, DrilledAt: ago(time.Hour)}, "2 problems were found.", "Everything else is as it was written. Verify names what it is.", present.LevelBad},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, loop, _ := start(t, &presenttest.Service{Accounts: signedIn("Home"), Proof: c.proof})
			loop.Drain()
			if p := a.Proof; p.Line != c.line || p.Text != c.text || p.Level != c.level || p.Damaged != nil {
				t.Errorf("%q, %q, %v", p.Line, p.Text, p.Level)
			}
		})
	}
}

// TestProof_SaysThatTheVaultIsDamaged: also where a mirroring found it, and in
// the window's own terms.
func TestProof_SaysThatTheVaultIsDamaged(t *testing.T) {
	accounts := signedIn("Home")
	accounts[0].State = "failed"
	accounts[0].Error = &service.ErrorInfo{Fault: "storage", Message: "The vault is damaged: /v/vault.db can't be read as it was written.", Hint: "Run `sidekeep rescue --to FOLDER`, which exports everything that can still be read."}
	proven := noon.Add(-time.Hour)
	a, loop, _ := start(t, &presenttest.Service{Accounts: accounts, Proof: &service.ProofStatus{OK: true, DrilledAt: &proven}})
	loop.Drain()
	p, card := a.Proof, a.Overview.Cards[0]
	if p.Damaged == nil || p.Level != present.LevelBad || p.Line != "Damaged since the last check." {
		t.Errorf("%+v %q", p.Damaged, p.Line)
	}
	if card.Problem != nil || card.Level != present.LevelBad {
		t.Errorf("%+v %v", card.Problem, card.Level)
	}
}

func TestProof_VerifiesAndOffersWhatHelps(t *testing.T) {
	svc := &presenttest.Service{Accounts: signedIn("Home"), Vault: service.VaultStatus{Path: "/data/sidekeep/vault.db"}, Proof: &service.ProofStatus{Damaged: true, Problems: 6}}
	a, loop, desk := start(t, svc)
	p := a.Proof
	p.Verify()
	svc.Last().Set(service.Progress{Kind: "verify", Step: "Reading the vault", Done: 5, Total: 10})
	a.Tick()
	if p.Busy == nil || p.Busy.Fraction != 0.5 || svc.Called()[0] != "verify true" {
		t.Errorf("%+v, %v", p.Busy, svc.Called())
	}
	var found []pim.Problem
	for range 6 {
		found = append(found, pim.Problem{Kind: "blob", What: "the bytes of this object are not those that were stored", Where: "blob 17"})
	}
	found[1].Where = "Home: Personal: object 17 (Anna, of the mill (old), /people/17.vcf)"
	found[2].Where = "Home: Personal: object 18 (/people/18.vcf)"
	svc.Last().Finish(service.VerifyReport{Problems: found}, nil)
	loop.Until(t, "the result", func() bool { return p.Problems != nil })
	if p.Problems.Title != "6 problems were found." || !strings.HasSuffix(p.Problems.Text, "and 2 more") || strings.Count(p.Problems.Detail, "blob 17") != 4 {
		t.Errorf("%+v", p.Problems)
	}
	for i, want := range []string{"The bytes", "Anna, of the mill (old) (Home: Personal): the bytes", "/people/18.vcf (Home: Personal): the bytes"} {
		if got := strings.Split(p.Problems.Text, "\n")[i]; !strings.HasPrefix(got, want+" of this object") || !strings.HasSuffix(got, ".") {
			t.Errorf("%q", got)
		}
	}
	loop.Until(t, "the damage", func() bool { return p.Damaged != nil })
	if !strings.HasSuffix(p.Text, "See what it is, then verify again.") {
		t.Errorf("%q, where it is named below", p.Text)
	}
	p.Rescue("/media/disk")
	svc.Last().Finish(service.RescueReport{Path: "/media/disk/Sidekeep rescue 2026-05-14 1200", Objects: 700, Problems: found[:1]}, nil)
	loop.Until(t, "the rescue", func() bool { return p.Rescued != nil })
	if p.Rescued.Title != "Saved 700 items." || p.Rescued.Text != "They are standard files that every program reads. 1 thing could not be read." || svc.Called()[1] != "rescue /media/disk/Sidekeep rescue 2026-05-14 1200" {
		t.Errorf("%+v, %v", p.Rescued, svc.Called())
	}
	p.Beside()
	svc.Last().Finish(service.AnewReport{Vault: "/data/sidekeep-20260514", Notes: []string{"Home has to be added again: it is not known any more"}}, nil)
	loop.Until(t, "the other window", func() bool { _, o := desk.Seen(); return len(o) == 1 })
	if _, o := desk.Seen(); o[0] != "window on /data/sidekeep-20260514" || p.Problem == nil || !strings.HasPrefix(p.Problem.Text, "Home has to be added") {
		t.Error(o, p.Problem)
	}
}

func TestCopies_AreMadeAndOpened(t *testing.T) {
	svc := &presenttest.Service{Accounts: signedIn("Home")}
	a, loop, desk := start(t, svc)
	a.Settings.Enter()
	c := a.Copies
	if c.Where != "No folder is chosen yet" || c.Last != "No copy yet" {
		t.Errorf("%+v", c)
	}
	c.Now()
	if c.Problem == nil || len(svc.Called()) > 0 {
		t.Error("copied to nowhere")
	}
	c.SetTo("/media/disk")
	c.SetEvery(1)
	loop.Until(t, "the settings", func() bool { s := svc.Settings(); return s.CopyTo == "/media/disk" && s.CopyEvery == 24*time.Hour })
	svc.Last().Finish(service.CopyReport{Path: "/media/disk/sidekeep-1.db", Bytes: 12_000_000, OK: true}, nil)
	loop.Until(t, "the copy", func() bool { return c.Done != nil })
	if c.Done.Title != "Copied to /media/disk/sidekeep-1.db, 12 MB, opened again and checked." || svc.Called()[0] != "copy /media/disk" {
		t.Errorf("%+v, %v", c.Done, svc.Called())
	}
	c.Now()
	svc.Last().Finish(nil, &pim.Error{Fault: pim.Storage, Where: "/media/disk", Reason: "missing"})
	loop.Until(t, "the failure", func() bool { return c.Problem != nil })
	c.Open("/media/disk/sidekeep-1.db")
	loop.Until(t, "the other window", func() bool { _, o := desk.Seen(); return slices.Contains(o, "window on /media/disk/sidekeep-1.db") })
}

// TestCopies_ThinOnlyAfterShowingWhatGoes: the dry run comes first.
func TestCopies_ThinOnlyAfterShowingWhatGoes(t *testing.T) {
	svc := &presenttest.Service{Accounts: signedIn("Home")}
	a, loop, _ := start(t, svc)
	a.Settings.Enter()
	c := a.Copies
	var asked *present.Question
	c.Ask = func(q *present.Question) { asked = q }
	oldest := noon.AddDate(-3, 0, 0)
	plan := service.ThinPlan{Revisions: 12_000, Bytes: 48_000_000, Objects: 3400, Oldest: &oldest}
	c.SetThin(true)
	svc.Last().Finish(plan, nil)
	loop.Until(t, "the question", func() bool { return asked != nil })
	if c.Thin || svc.Settings().Thin || !strings.HasPrefix(asked.Text, "12,000 old states of 3,400 items would go, the oldest of 14 May 2023: about 48 MB.") {
		t.Fatalf("%+v", asked)
	}
	asked.Yes()
	loop.Until(t, "the work", func() bool { return slices.Equal(svc.Called(), []string{"thin dry", "thin"}) })
	plan.Done = true
	svc.Last().Finish(plan, nil)
	loop.Until(t, "the end", func() bool { return c.ThinDone != "" && svc.Settings().Thin })
	if c.ThinDone != "12,000 old states were let go, about 48 MB." {
		t.Error(c.ThinDone)
	}
	c.SetThin(false)
	loop.Until(t, "off", func() bool { return !svc.Settings().Thin })
	if len(svc.Called()) != 2 {
		t.Error(svc.Called())
	}
}

// TestCopy_IsOnlyLookedAt: nothing that changes something begins in a copy.
func TestCopy_IsOnlyLookedAt(t *testing.T) {
	svc := &presenttest.Service{Copy: true, Vault: service.VaultStatus{Path: "/media/disk/sidekeep-1.db"}}
	a, loop, _ := start(t, svc)
	loop.Drain()
	a.Mirror()
	if !a.ReadOnly || a.FirstRun() || len(svc.Called()) > 0 || a.Reading.Title != "sidekeep-1.db · /media/disk" {
		t.Errorf("%v, %q", svc.Called(), a.Reading.Title)
	}
}

// TestReading_SaysWhy: a vault on a full disk, or in a folder that may not be
// written to, is looked at all the same, and tried again on request.
func TestReading_SaysWhy(t *testing.T) {
	for reason, want := range map[string]string{
		"full":      "The disk with your vault is full",
		"read-only": "The folder with your vault can't be written to",
	} {
		svc := &presenttest.Service{Vault: service.VaultStatus{Path: "/home/me/sidekeep/vault.db"}}
		a, loop, desk := start(t, svc, func(c *present.Config) { c.OnlyRead = &pim.Error{Fault: pim.Storage, Reason: reason} })
		loop.Drain()
		a.Mirror()
		if !a.ReadOnly || a.FirstRun() || len(svc.Called()) > 0 || a.Reading.Title != want {
			t.Errorf("%v, %+v", svc.Called(), a.Reading)
		}
		gone := false
		desk.Fail(errors.New("no such program"))
		a.Reading.TryAgain(func() { gone = true })
		loop.Until(t, "the failure", func() bool { return strings.Contains(a.Reading.Text, "wrong") })
		desk.Fail(nil)
		a.Reading.TryAgain(func() { gone = true })
		loop.Until(t, "the end", func() bool { return gone })
		if _, got := desk.Seen(); len(got) == 0 || got[len(got)-1] != "window on /home/me/sidekeep" {
			t.Error(got)
		}
	}
}
