package vault

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidekeep/sync/pim"
)

func TestAccounts_AddFindRemoveAndTakeUpAgain(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	a, book, _ := addAccount(t, v, "home")
	work, _, _ := addAccount(t, v, "work")
	fill(t, v, book, 5, 100)

	got, err := v.Account(ctx, "home")
	if err != nil || got.ID != a.ID || got.Secrets != "keychain" || got.AddedAt.IsZero() || !got.RemovedAt.IsZero() {
		t.Fatalf("%+v, %v", got, err)
	}
	_, err = v.Account(ctx, "hime")
	wantFault(t, err, pim.Invalid, "", "hime")
	if !strings.Contains(pim.HintOf(err), "home, work") {
		t.Errorf("hint %q", pim.HintOf(err))
	}
	_, err = v.AddAccount(ctx, pim.Account{Name: "work", URL: "https://other.example.org/", User: "u"}, pim.Discovery{}, "file")
	wantFault(t, err, pim.Invalid, "", "work")
	_, err = v.AddAccount(ctx, pim.Account{Name: "again", URL: a.URL, User: a.User}, pim.Discovery{}, "file")
	wantFault(t, err, pim.Invalid, "", a.URL)

	// removed, with its data kept: still there to list and to export
	if err := v.RemoveAccount(ctx, a.ID, false); err != nil {
		t.Fatal(err)
	}
	if got, err = v.Account(ctx, "home"); err != nil || got.RemovedAt.IsZero() {
		t.Fatalf("%+v, %v", got, err)
	}
	if n, _ := v.Count(ctx, Query{Account: a.ID}); n != 5 {
		t.Errorf("%d objects of the removed account", n)
	}
	back, err := v.AddAccount(ctx, pim.Account{Name: "home2", URL: a.URL, User: a.User}, pim.Discovery{}, "file")
	if err != nil || back.ID != a.ID {
		t.Fatalf("taken up again: %+v, %v", back, err)
	}
	all, err := v.Accounts(ctx)
	if err != nil || len(all) != 2 || all[0].Name != "home2" || all[0].Secrets != "file" || !all[0].RemovedAt.IsZero() || all[1].ID != work.ID {
		t.Errorf("%+v, %v", all, err)
	}
	if err := v.RemoveAccount(ctx, 99, true); pim.FaultOf(err) != pim.Invalid {
		t.Errorf("unknown account: %v", err)
	}
}

func TestPurge_ForgetsOneAccountAndNothingElse(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	gone, goneBook, goneCal := addAccount(t, v, "gone")
	_, keptBook, _ := addAccount(t, v, "kept")
	secret := "Only the purged account has this sentence."
	shared := object(hrefOf(goneBook, "shared"), "1", "Both have this.", titled("Shared"))
	mirrorAll(t, v, goneBook.ID, pim.Commit{
		Objects: []pim.Recorded{object(hrefOf(goneBook, "a"), "1", secret, titled("Secret name")), shared},
		Owed:    []pim.OwedFetch{{Href: "/x", Fault: pim.Busy, Why: "time-out"}}})
	fill(t, v, goneCal, 30, 300)
	shared.Object.Href = hrefOf(keptBook, "shared")
	mirrorAll(t, v, keptBook.ID, pim.Commit{Objects: []pim.Recorded{shared}})
	index, _ := v.Index(ctx, goneBook.ID)
	mirrorAll(t, v, goneBook.ID, pim.Commit{Held: []int64{index[0].Resource}, Tombstones: []int64{index[1].Resource}, Outcome: pim.HeldBack})

	if err := v.RemoveAccount(ctx, gone.ID, true); err != nil {
		t.Fatal(err)
	}
	checkSound(t, v)
	if got := search(t, v, "s"); got != "Shared" {
		t.Errorf("left: %s", got)
	}
	if got := one(t, v, `SELECT count(*) FROM blobs`) + one(t, v, `SELECT count(*) FROM runs`); got != "11" {
		t.Errorf("blobs and runs left: %s", got)
	}
	if _, err := v.writer.Exec(`DELETE FROM revisions`); err == nil {
		t.Error("history can be changed after a purge")
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(v.path)
	if err != nil || strings.Contains(string(raw), secret) || strings.Contains(string(raw), "Secret name") {
		t.Errorf("the file still has what was purged (%v)", err)
	}
}

func TestDiscovery_IsRememberedAndReplaced(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	a, book, cal := addAccount(t, v, "home")
	home := base + "home/"
	d, err := v.Discovery(ctx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := pim.Discovery{
		Principals:  []pim.Principal{{Kind: pim.Contacts, URL: home + "me"}},
		HomeSets:    []pim.HomeSet{{ID: d.HomeSets[0].ID, URL: home}}, // Kind "": one URL for both kinds
		Collections: []pim.Collection{book.Collection, cal.Collection},
		Hosts:       []string{"dav.example.org:443"},
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Error(diff)
	}
	next := pim.Discovery{HomeSets: []pim.HomeSet{{Kind: pim.Calendar, URL: home + "cals/"}}, Hosts: []string{"cal.example.org:443"}}
	if err := v.SaveDiscovery(ctx, a.ID, next); err != nil {
		t.Fatal(err)
	}
	d, err = v.Discovery(ctx, a.ID)
	if err != nil || len(d.Principals) != 0 || len(d.HomeSets) != 1 || d.HomeSets[0].URL != home+"cals/" || d.Hosts[0] != "cal.example.org:443" {
		t.Errorf("%+v, %v", d, err)
	}
	if len(d.Collections) != 2 {
		t.Errorf("collections are never forgotten: %+v", d.Collections)
	}
}

func TestSaveCollections_UnchangedWritesNothing(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	a, book, cal := addAccount(t, v, "home")
	home := pim.HomeSet{URL: base + "home/"}
	before, _ := v.DataVersion(ctx)
	known, err := v.SaveCollections(ctx, a.ID, home, []pim.Collection{book.Collection, cal.Collection})
	if err != nil || len(known) != 2 {
		t.Fatalf("%+v, %v", known, err)
	}
	if after, _ := v.DataVersion(ctx); after != before {
		t.Error("looking at an unchanged account wrote to the vault")
	}
	// another spelling of the URL is the same collection
	other := book.Collection
	other.URL = strings.Replace(other.URL, "book", "b%6fok", 1)
	known, err = v.SaveCollections(ctx, a.ID, home, []pim.Collection{other})
	if err != nil || len(known) != 2 || known[0].ID != book.ID || known[0].URL != other.URL {
		t.Errorf("%+v, %v", known, err)
	}
}

// Traces that a purge had to leave in the file are said.
func TestPurge_SaysWhatCouldNotBeGivenBack(t *testing.T) {
	v := openTemp(t)
	if err := v.giveBack(context.Background(), "remove account"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := v.giveBack(ctx, "remove account")
	var e *pim.Error
	if !errors.As(err, &e) || e.Fault != pim.Storage || e.Reason != ReasonFreePages || e.Hint == "" || !strings.Contains(err.Error(), v.Path()) {
		t.Fatalf("%v", err)
	}
}
