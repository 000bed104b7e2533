package present_test

import (
	"strings"
	"testing"
	"time"

	"sidekeep/app/present"
	"sidekeep/app/present/presenttest"
	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

func corrupt() error {
	return &pim.Error{Fault: pim.Storage, Reason: "corrupt", Op: "read the vault", Where: "/v/vault.db",
		Hint: "Run `sidekeep rescue --to FOLDER`, which exports everything that can still be read, then `sidekeep rescue --anew`, which begins a new vault beside it."}
}

// TestDamage_FoundAnywhereIsOfferedOnOverview: whatever meets damage sends the
// person to Overview, and Overview then offers what was promised, until a check
// of every byte says otherwise.
func TestDamage_FoundAnywhereIsOfferedOnOverview(t *testing.T) {
	checked := noon.Add(-time.Hour)
	for name, c := range map[string]struct {
		meet func(*present.App, *presenttest.Service)
		line string
	}{
		"a list": {func(a *present.App, svc *presenttest.Service) {
			svc.Change(func() { svc.Err = corrupt() })
			a.Reload()
		}, "A part of the vault can't be read."},
		"an export that broke off": {func(a *present.App, svc *presenttest.Service) {
			a.Export.Start(false)
			svc.Last().Finish(nil, corrupt())
		}, "A part of the vault can't be read."},
		"an export that lacks something": {func(a *present.App, svc *presenttest.Service) {
			a.Export.Start(false)
			svc.Last().Finish(service.ExportReport{Objects: 3, Missing: []service.Missing{{ID: 5, Title: "Anna", Collection: "People", Objects: 1}}}, nil)
		}, "Damaged since the last check."},
	} {
		t.Run(name, func(t *testing.T) {
			svc := &presenttest.Service{Accounts: signedIn("Home")}
			if strings.HasPrefix(c.line, "Damaged since") {
				svc.Proof = &service.ProofStatus{OK: true, VerifiedAt: &checked}
			}
			a, loop, _ := start(t, svc, func(c *present.Config) { c.Vault = "/data/sidekeep" })
			loop.Drain()
			if a.Proof.Damaged != nil {
				t.Fatal("damaged before anything was read")
			}
			c.meet(a, svc)
			loop.Until(t, "the offer", func() bool { return a.Proof.Damaged != nil })
			if _, words := a.StatusLine(); a.Proof.Line != c.line || words != "The vault is damaged" || a.Trouble() != nil {
				t.Errorf("%q, %q, %+v", a.Proof.Line, words, a.Trouble())
			}
			svc.Change(func() { svc.Err = nil })
			a.Proof.Verify()
			svc.Last().Finish(service.VerifyReport{OK: true}, nil)
			loop.Until(t, "the all-clear", func() bool { return a.Proof.Damaged == nil })
		})
	}
}

// TestDamage_WhereNotEvenTheStatusCanBeRead: the page does not say that there is
// no account, nor that there are no contacts, and a new vault goes beside the old.
func TestDamage_WhereNotEvenTheStatusCanBeRead(t *testing.T) {
	svc := &presenttest.Service{Err: corrupt()}
	a, loop, desk := start(t, svc, func(c *present.Config) { c.Vault = "/data/sidekeep" })
	a.Contacts.Enter()
	a.Calendar.Enter()
	a.Tasks.Enter()
	loop.Until(t, "the lists", func() bool { return a.Contacts.Rows.Ready && a.Tasks.Ready && a.Calendar.Ready })
	if a.Overview.Headline != "" || a.Contacts.Headline() != "" || a.Tasks.Headline() != "" || a.Calendar.Headline() != "" {
		t.Errorf("%q %q %q %q", a.Overview.Headline, a.Contacts.Headline(), a.Tasks.Headline(), a.Calendar.Headline())
	}
	if a.FirstRun() || a.Proof.Damaged == nil || a.Proof.Damaged.Detail == "" || a.Trouble() != nil {
		t.Errorf("%+v", a.Proof.Damaged)
	}
	a.Proof.Beside()
	svc.Last().Finish(service.AnewReport{Vault: "/data/sidekeep-20260514"}, nil)
	loop.Until(t, "the other window", func() bool { _, o := desk.Seen(); return len(o) == 1 })
	if _, o := desk.Seen(); o[0] != "window on /data/sidekeep-20260514" {
		t.Error(o)
	}
}

// TestFirstRun_SaysThatThereWasAVault: somebody whose vault is gone is not
// welcomed like somebody new.
func TestFirstRun_SaysThatThereWasAVault(t *testing.T) {
	older := service.ProofNotice{Kind: service.NoticeOlder, Runs: 20, At: noon}
	svc := &presenttest.Service{Vault: service.VaultStatus{Path: "/data/sidekeep/vault.db"}, Proof: &service.ProofStatus{Notices: []service.ProofNotice{older}}}
	a, _, _ := start(t, svc)
	n := a.Proof.Lost()
	if n == nil || n.Title != "The vault that was here is gone." || !strings.HasPrefix(n.Text, "20 mirrorings had been kept in /data/sidekeep, and") {
		t.Errorf("%+v", n)
	}
	a, _, _ = start(t, &presenttest.Service{Accounts: signedIn("Home"), Proof: svc.Proof})
	if a.Proof.Lost() != nil || a.Proof.Told == nil {
		t.Error("a vault that is there, and lost only its last runs, is told of as gone")
	}
	a, _, _ = start(t, &presenttest.Service{})
	if a.Proof.Lost() != nil {
		t.Error("a new vault is told of as gone")
	}
}

// TestRestore_KilledWhileItSentSaysWhatIsKnown: what was noted before it was sent
// is not counted as put back, and the offer is gone while it goes on.
func TestRestore_KilledWhileItSentSaysWhatIsKnown(t *testing.T) {
	svc := &presenttest.Service{Accounts: signedIn("Home")}
	svc.Past.Restored = []service.RestoreInfo{{ID: 5, To: "Home", State: "stopped", Counts: map[string]int{"create": 698},
		Results: map[string]int{"created": 90, "identical": 4, "failed": 3, "unchecked": 200}}}
	svc.Past.Plans = map[int64]service.RestorePlan{5: {ID: 5, To: "Home"}}
	a, loop, _ := start(t, svc)
	loop.Until(t, "the offer", func() bool { return len(a.Restore.Unfinished) == 1 })
	if got := a.Restore.Unfinished[0].Text; got != "94 of 698 are known to be back; 200 more were on their way when it stopped. Go on looks first which of them arrived: nothing is written twice." {
		t.Error(got)
	}
	a.Restore.Resume(5)
	loop.Until(t, "the restore", func() bool { return len(svc.Called()) == 1 })
	if a.Reload(); len(a.Restore.Unfinished) != 0 {
		t.Error("it is offered while it runs")
	}
	svc.Last().Finish(service.Receipt{ID: 5, To: "Home", State: "stopped"}, &pim.Error{Fault: pim.Stopped})
	loop.Until(t, "the end", func() bool { return a.Restore.Done != nil })
	a.Restore.Begin("")
	a.Reload()
	loop.Until(t, "the offer again", func() bool { return len(a.Restore.Unfinished) == 1 })
}
