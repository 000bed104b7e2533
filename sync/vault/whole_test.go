package vault

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

// whatever gives what BodiesAt gives of both collections: bodies, and how many are
// lost.
func whatever(t testing.TB, v *Vault, at time.Time) (bodies map[int64]string, lost int, err error) {
	t.Helper()
	bodies = map[int64]string{}
	for _, c := range []int64{1, 2} {
		for s, err := range v.BodiesAt(context.Background(), c, at) {
			if err != nil {
				return bodies, lost, err
			}
			if s.Check(); s.Lost != "" {
				lost += max(s.More, 1)
				continue
			}
			bodies[s.Resource] = string(s.Body)
		}
	}
	return bodies, lost, nil
}

// Whatever half of a page is lost, now and at a moment of the past: every object is
// given as it was stored, or among those that are lost; and lists have none that is
// nothing.
func TestBodiesAt_NothingIsLeftOutInSilence(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "vault")
	lived(t, dir, 60)
	v := openIn(t, dir)
	moment := v.now().Add(time.Hour)
	then, err := v.Snapshots(ctx, moment)
	if err != nil || len(then) != 2 {
		t.Fatalf("%v, %v", then, err)
	}
	want, lost, err := whatever(t, v, time.Time{})
	if err != nil || lost > 0 || len(want) != 61 {
		t.Fatalf("%d objects, %d lost, %v", len(want), lost, err)
	}
	if _, err := v.writer.Exec(`UPDATE collections SET last_complete = 1`); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	const half = 4096
	read := 0
	for n := 0; n*half < len(whole); n++ {
		if testing.Short() && n%23 > 0 {
			continue
		}
		broken := bytes.Clone(whole)
		clear(broken[n*half : (n+1)*half])
		path := filepath.Join(t.TempDir(), fileName)
		if err := os.WriteFile(path, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		v, err := OpenFile(ctx, path, Options{})
		if err != nil {
			continue
		}
		for _, at := range []time.Time{{}, moment} {
			got, lost, err := whatever(t, v, at)
			if err != nil && pim.FaultOf(err) != pim.Storage {
				t.Errorf("half page %d: %v", n, err)
			}
			for id, body := range got {
				if want[id] != body {
					t.Errorf("half page %d: object %d is %.40q", n, id, body)
				}
			}
			if err != nil {
				continue
			}
			_, errRuns := v.Snapshots(ctx, at)
			if _, err := v.Collections(ctx, 1); err != nil || errRuns != nil { // nobody asks further
				continue
			}
			// What was deleted by then may be among what is lost.
			if read++; len(got)+lost != len(want) && (at.IsZero() || len(got)+lost != len(want)+1) {
				t.Errorf("half page %d, at %v: %d objects, %d lost", n, at, len(got), lost)
			}
		}
		rows, err := v.Rows(ctx, Query{})
		if err != nil && pim.FaultOf(err) != pim.Storage {
			t.Errorf("half page %d: %v", n, err)
		}
		for _, r := range rows {
			if r.ID == 0 || r.Summary.Component == "" {
				t.Errorf("half page %d: a row %+v", n, r)
			}
		}
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if read == 0 {
		t.Error("nothing was read")
	}
}

// Bytes that are not those that were stored are given to nobody who asks for one
// object, and are lost among many.
func TestBody_ThatIsNotWhatWasStored(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "vault")
	lived(t, dir, 5)
	harmed(t, dir, "UID:c4\r\nFN:Person Number4", "UID:c4\r\nFN:Person Oumber4")
	v := openIn(t, dir)
	_, lost, err := whatever(t, v, time.Time{})
	if err != nil || lost != 1 {
		t.Errorf("%d are lost, %v", lost, err)
	}
	_, errNow := v.Body(ctx, 5)
	_, errThen := v.BodyAt(ctx, 5, v.now().Add(time.Hour))
	_, errOf := v.RevisionBody(ctx, 5)
	_, errStep := v.StepBody(ctx, pim.RestoreStep{Revision: 5})
	for i, err := range []error{errNow, errThen, errOf, errStep} {
		var e *pim.Error
		if !errors.As(err, &e) || e.Fault != pim.Storage || e.Reason != "corrupt" || e.Hint != hintCorrupt {
			t.Errorf("%d: %v", i, err)
		}
	}
	if got := v.TitleOf(ctx, 5); got != "Person Number4" {
		t.Errorf("its title is %q", got)
	}
}

// What was forgotten with a clock that was set back is no damage of what stood
// before.
func TestBodiesAt_ForgottenByAnEarlierClockIsNotLost(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "vault")
	v := openIn(t, dir)
	_, book, _ := addAccount(t, v, "home")
	for range 30 { // time goes by
		v.now()
	}
	mirrorAll(t, v, book.ID, pim.Commit{Objects: []pim.Recorded{describedObject(book, 1, cardOf(1, "a")), describedObject(book, 2, cardOf(2, "b"))}})
	then := v.now()
	mirrorAll(t, v, book.ID, pim.Commit{Tombstones: []int64{1}})
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = openIn(t, dir) // its clock begins anew
	if !v.now().Before(then) {
		t.Fatal("the clock was not set back")
	}
	if n, _, err := v.Forget(ctx, 1); err != nil || n == 0 {
		t.Fatal(n, err)
	}
	if bodies, lost, err := whatever(t, v, then); err != nil || lost > 0 || len(bodies) != 1 {
		t.Errorf("%d objects, %d lost, %v", len(bodies), lost, err)
	}
}
