package vault

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sidekeep/sync/pim"
)

// pastModel is a collection with all that it ever showed.
type pastModel struct {
	id    int64
	live  map[string]string   // body by name
	views []map[string]string // after each run that came to its end
	ends  []time.Time
	open  pim.RunID
}

// viewAt is what the collection showed at a moment.
func (m *pastModel) viewAt(at time.Time) map[string]string {
	var view map[string]string
	for i, end := range m.ends {
		if !end.After(at) {
			view = m.views[i]
		}
	}
	return view
}

// TestPast_EveryViewIsAsItWas draws random histories of two collections, with runs
// that fail or are cut short, and compares the view as of every moment with the
// model; also after thinning, where that has to leave it, and after forgetting.
func TestPast_EveryViewIsAsItWas(t *testing.T) {
	root := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		dir := filepath.Join(root, fmt.Sprint(n))
		defer func() { _ = os.RemoveAll(dir) }()
		clock := time.Date(2024, 1, 30, 12, 0, 0, 0, time.UTC)
		v, err := Open(context.Background(), dir, Options{Now: func() time.Time { return clock }, Describe: describedBody})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = v.Close() }()
		_, book, cal := addAccount(t, v, "home")
		models := []*pastModel{{id: book.ID, live: map[string]string{}}, {id: cal.ID, live: map[string]string{}}}
		var moments []time.Time
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			clock = clock.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 5, 13, 24, 24 * 9, 24 * 40}).Draw(t, "hours")) * time.Hour)
			oneRun(t, v, models[rapid.IntRange(0, 1).Draw(t, "collection")], clock)
			moments = append(moments, clock, clock.Add(time.Minute))
		}
		comparePast(t, v, models, moments)
		now := clock.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "days until thinning")) * 24 * time.Hour)
		rule := ThinRule{All: 24 * time.Hour * time.Duration(rapid.IntRange(0, 30).Draw(t, "all")), Daily: 24 * time.Hour * time.Duration(rapid.IntRange(0, 90).Draw(t, "daily"))}
		thin(t, v, now, rule)
		comparePast(t, v, models, keptMoments(moments, now, rule))
		nothingLost(t, v, models, moments)
		forgetOne(t, v, models)
		comparePast(t, v, models, keptMoments(moments, now, rule))
		checkSound(t, v)
	})
}

// oneRun is one run of a collection, or a part of one.
func oneRun(t *rapid.T, v *Vault, m *pastModel, now time.Time) {
	ctx := context.Background()
	if m.open == 0 {
		run, err := v.BeginRun(ctx, m.id)
		if err != nil {
			t.Fatal(err)
		}
		m.open = run
	}
	var objects []pim.Recorded
	for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}), 0, 4).Draw(t, "objects") {
		body := rapid.SampledFrom([]string{"Ann", "Bob\nknows Ann", "Cara", "Dan"}).Draw(t, "body")
		objects = append(objects, object(pim.Href(fmt.Sprintf("/%d/%s", m.id, name)), "", body, describedBody("", []byte(body))))
		m.live[name] = body
	}
	fate := rapid.SampledFrom([]pim.Outcome{pim.Complete, pim.Complete, pim.Partial, pim.HeldBack, pim.Failed, "open", interrupted}).Draw(t, "fate")
	if fate == "open" || fate == interrupted {
		if err := v.Put(ctx, m.open, objects); err != nil {
			t.Fatal(err)
		}
		if fate == interrupted { // the next run finds it so
			m.open = 0
		}
		return
	}
	c := pim.Commit{Objects: objects, Outcome: fate, Ended: now}
	index, err := v.Index(ctx, m.id)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range index {
		if rapid.IntRange(0, 3).Draw(t, "deleted") == 0 {
			c.Tombstones = append(c.Tombstones, x.Resource)
			delete(m.live, x.Href.Base())
		}
	}
	for _, o := range objects { // the tombstones come after the objects
		if x := slices.IndexFunc(index, func(x pim.Indexed) bool { return x.Href == o.Object.Href }); x >= 0 && slices.Contains(c.Tombstones, index[x].Resource) {
			delete(m.live, o.Object.Href.Base())
		}
	}
	if _, err := v.Finish(ctx, m.open, c); err != nil {
		t.Fatal(err)
	}
	m.open = 0
	if fate != pim.Failed {
		m.views, m.ends = append(m.views, maps.Clone(m.live)), append(m.ends, now)
	}
}

// comparePast holds every road into the past against the models.
func comparePast(t *rapid.T, v *Vault, models []*pastModel, moments []time.Time) {
	ctx := context.Background()
	for _, at := range moments {
		want := map[string]string{}
		found := 0
		for _, m := range models {
			for name, body := range m.viewAt(at) {
				want[fmt.Sprintf("/%d/%s", m.id, name)] = body
				if strings.Contains(body, "Ann") {
					found++
				}
			}
		}
		rows, err := v.Rows(ctx, Query{At: at})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, r := range rows {
			b, err := v.BodyAt(ctx, r.ID, at)
			if err != nil || b.Revision != r.Revision || describedBody("", b.Body).Title != r.Summary.Title {
				t.Fatalf("%+v, %+v, %v", r, b, err)
			}
			got[string(r.Href)] = string(b.Body)
		}
		if !maps.Equal(got, want) {
			t.Fatalf("as of %s: %v, want %v", at, got, want)
		}
		bodies := 0
		for _, m := range models {
			for b, err := range v.BodiesAt(ctx, m.id, at) {
				if err != nil || want[string(b.Href)] != string(b.Body) {
					t.Fatalf("%+v, %v", b, err)
				}
				bodies++
			}
		}
		if n, err := v.Count(ctx, Query{At: at, Search: "ann"}); err != nil || n != found || bodies != len(want) {
			t.Fatalf("as of %s: %d with the word, want %d; %d bodies, want %d; %v", at, n, found, bodies, len(want), err)
		}
	}
}

// nothingLost: what was thinned out of a view is not taken for damage.
func nothingLost(t *rapid.T, v *Vault, models []*pastModel, moments []time.Time) {
	for _, at := range moments {
		for _, m := range models {
			for b, err := range v.BodiesAt(context.Background(), m.id, at) {
				if err != nil || b.Lost != "" {
					t.Fatalf("as of %s: %+v, %v", at, b, err)
				}
			}
		}
	}
}

// thin thins, and holds the dry run against the real one.
func thin(t *rapid.T, v *Vault, now time.Time, rule ThinRule) {
	ctx := context.Background()
	dry, err := v.Thin(ctx, now, rule, true)
	var e *pim.Error
	if errors.As(err, &e) && e.Reason == ReasonClock { // the last runs failed: it is long since one that concluded
		if _, err = v.Thin(ctx, now, rule, false); errors.As(err, &e) && e.Reason == ReasonClock {
			return
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	done, err := v.Thin(ctx, now, rule, false)
	if err != nil || dry != done {
		t.Fatalf("dry %+v, real %+v, %v", dry, done, err)
	}
	if again, err := v.Thin(ctx, now, rule, true); err != nil || again != (ThinResult{}) {
		t.Fatalf("a second time: %+v, %v", again, err)
	}
}

// keptMoments are those whose view thinning leaves: all of late, and what can be
// moved to the end of its day or month.
func keptMoments(moments []time.Time, now time.Time, rule ThinRule) []time.Time {
	var out []time.Time
	for _, at := range moments {
		y, m, d := at.Date()
		day, month := time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC).Add(-time.Millisecond), time.Date(y, m+1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Millisecond)
		cut := now.Add(-rule.All)
		switch {
		case !at.Before(cut):
			out = append(out, at)
		case day.Before(cut) && day.After(now.Add(-rule.Daily)):
			out = append(out, day)
		case month.Before(cut):
			out = append(out, month)
		}
	}
	return append(out, now.Add(-rule.All))
}

// forgetOne forgets one of the objects that are gone, if there is one.
func forgetOne(t *rapid.T, v *Vault, models []*pastModel) {
	ctx := context.Background()
	rows, err := v.Deleted(ctx, Query{})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		return
	}
	r := rows[rapid.IntRange(0, len(rows)-1).Draw(t, "forgotten")]
	if n, _, err := v.Forget(ctx, r.ID); err != nil || n == 0 {
		t.Fatalf("%d, %v", n, err)
	}
	for _, m := range models {
		if m.id != r.CollectionID {
			continue
		}
		for _, view := range m.views {
			delete(view, r.Href.Base())
		}
	}
}
