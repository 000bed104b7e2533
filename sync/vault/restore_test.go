package vault

import (
	"context"
	"reflect"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

func TestRestore_IsKeptAsItIsCarriedOut(t *testing.T) {
	ctx := context.Background()
	v := openTemp(t)
	a, book, _ := addAccount(t, v, "home")
	mirrorAll(t, v, book.ID, pim.Commit{Objects: []pim.Recorded{
		object(hrefOf(book, "a.vcf"), `"1"`, "Anna", pim.Summary{Title: "Anna", UID: "u-a"}),
		object(hrefOf(book, "b.vcf"), `"2"`, "Bert", pim.Summary{Title: "Bert"}),
	}})
	there, err := v.Present(ctx, book.ID)
	if err != nil || len(there) != 2 {
		t.Fatalf("%+v %v", there, err)
	}
	if p := there[0]; p.UID != "u-a" || p.ETag != `"1"` || p.Href != hrefOf(book, "a.vcf") || len(p.SHA256) != 64 || p.SeenAt.IsZero() || p.Held {
		t.Errorf("%+v", p)
	}
	if there[1].UID != "" {
		t.Errorf("%+v", there[1])
	}
	plan := pim.Restore{
		Target: a.ID, Notes: []string{"One note."},
		Ask: pim.RestoreAsk{At: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), IDs: []int64{4}, Body: []byte("Anna"), To: "home", Make: true},
		Makes: []pim.RestoreMake{
			{Name: "New", Kind: pim.Contacts},
			{Name: "New", Kind: pim.Calendar, Components: []string{"VEVENT"}, Color: "#ff0000"},
		},
		Steps: []pim.RestoreStep{
			{N: 1, Action: pim.Create, Resource: there[0].Resource, Revision: there[0].Revision, Title: "Anna", UID: "u-a",
				Kind: pim.Contacts, Make: "New", Href: "a.vcf", Why: "it is not there"},
			{N: 2, Action: pim.Update, Resource: there[1].Resource, Body: []byte("Bertha"), Title: "Bert", Kind: pim.Contacts,
				Collection: book.URL, Href: "/b.vcf", ETag: `"2"`, Mail: []string{"b@example.org"}},
			{N: 3, Action: pim.Identical, Title: "Carl", Kind: pim.Calendar, Make: "New"},
		},
	}
	id, err := v.SaveRestore(ctx, plan)
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.Restore(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	want := plan
	want.ID, want.State, want.Created, want.Ask.Body = id, "planned", got.Created, nil
	want.Steps = append([]pim.RestoreStep{}, plan.Steps...)
	for i := range want.Steps {
		want.Steps[i].State = "todo"
	}
	if !reflect.DeepEqual(got, want) || got.Created.IsZero() {
		t.Errorf("kept\n%+v\nwant\n%+v", got, want)
	}
	for i, body := range []string{"Anna", "Bertha"} {
		if b, err := v.StepBody(ctx, got.Steps[i]); err != nil || string(b) != body {
			t.Errorf("body of step %d: %q %v", i, b, err)
		}
	}
	if _, err := v.StepBody(ctx, pim.RestoreStep{Revision: 999}); pim.FaultOf(err) != pim.Invalid {
		t.Errorf("%v", err)
	}
	carryOut(t, v, got)
}

// carryOut notes what becomes of it, and reads that in a vault opened anew.
func carryOut(t *testing.T, v *Vault, r pim.Restore) {
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	at := time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
	must(v.SetRestoreState(ctx, r.ID, "running", r.Notes, at))
	m := r.Makes[0]
	m.Before = []string{}
	must(v.RecordMake(ctx, r.ID, m))
	m.URL = base + "home/new/"
	must(v.RecordMake(ctx, r.ID, m))
	r.Steps[0].Collection = m.URL
	r.Steps[0].State, r.Steps[0].Result, r.Steps[0].NewUID = "done", pim.DoneAltered, "u-new"
	r.Steps[0].Detail, r.Steps[0].ETag, r.Steps[0].Href = []string{"PHOTO dropped"}, `"9"`, "/home/new/a.vcf"
	r.Steps[1].State = "sent"
	must(v.RecordSteps(ctx, r.ID, r.Steps[:2]))
	must(v.SetRestoreState(ctx, r.ID, "stopped", []string{"Another."}, at.Add(time.Minute)))
	must(v.SetRestoreState(ctx, r.ID, "running", []string{"Another."}, at.Add(time.Hour)))
	must(v.Close())

	w := openIn(t, v.dir)
	got, err := w.Restore(ctx, r.ID)
	must(err)
	if !got.Started.Equal(at) || !got.Ended.IsZero() || got.State != "running" || got.Notes[0] != "Another." {
		t.Errorf("%+v", got)
	}
	if !reflect.DeepEqual(got.Steps, r.Steps) {
		t.Errorf("steps\n%+v\nwant\n%+v", got.Steps, r.Steps)
	}
	if got.Makes[0].URL != m.URL || got.Makes[0].Before == nil || got.Makes[1].Before != nil || got.Makes[1].URL != "" {
		t.Errorf("%+v", got.Makes)
	}
	must(w.SetRestoreState(ctx, r.ID, "done", nil, at.Add(2*time.Hour)))
	all, err := w.Restores(ctx)
	must(err)
	if len(all) != 1 || all[0].Actions[pim.Create] != 1 || all[0].Results[pim.DoneAltered] != 1 || all[0].Results[pim.Pending] != 1 ||
		all[0].Results[pim.Unchecked] != 1 ||
		!all[0].Ended.Equal(at.Add(2*time.Hour)) {
		t.Errorf("%+v", all)
	}
	earlier, err := w.EarlierRestores(ctx, r.Target)
	must(err)
	if e := earlier[r.Steps[0].Resource]; e.UID != "u-new" || e.ETag != `"9"` || e.Revision != r.Steps[0].Revision || len(earlier) != 2 {
		t.Errorf("%+v", earlier)
	}
	if e := earlier[r.Steps[1].Resource]; e != (pim.Earlier{Sent: r.ID}) { // it was being sent
		t.Errorf("%+v", e)
	}
	if _, err := w.Restore(ctx, 77); pim.FaultOf(err) != pim.Invalid {
		t.Errorf("%v", err)
	}
	if err := w.SetRestoreState(ctx, 77, "done", nil, at); pim.FaultOf(err) != pim.Invalid {
		t.Errorf("%v", err)
	}
}
