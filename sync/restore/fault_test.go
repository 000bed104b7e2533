package restore_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
)

// disaster is a mirrored account whose server has lost cards, a whole calendar
// and the last state of some tasks, with a plan to put it all right.
type disaster struct {
	t     *testing.T
	s     *davtest.Server
	f     *front
	after davtest.Snapshot
	dir   string // the vault with the plan in it
	id    int64
	want  map[string]string // by collection name and file name
	loose func(map[string]string) map[string]string
	asked []plan.RestoreWanted
}

const invited = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:with-others\r\nDTSTAMP:20260101T000000Z\r\n" +
	"DTSTART:20260501T090000Z\r\nDTEND:20260501T100000Z\r\nSUMMARY:Meeting\r\nORGANIZER:mailto:me@example.org\r\n" +
	"ATTENDEE;CN=Somebody:mailto:you@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

func newDisaster(t *testing.T, quirks ...davtest.Quirk) *disaster {
	t.Helper()
	d := &disaster{t: t, s: davtest.New(t, davtest.WithQuirks(quirks...)), dir: t.TempDir()}
	book := d.s.AddCollection(pim.Contacts, "friends", "Friends")
	cal := d.s.AddCollection(pim.Calendar, "work", "Work")
	tasks := d.s.AddCollection(pim.Calendar, "todo", "Things to do")
	creates := 15
	if len(quirks) > 0 {
		creates += fillAlike(book)
	}
	book.Fill(9, 1, gen.Card)
	cal.Fill(5, 2, gen.Event)
	cal.Put("meeting.ics", []byte(invited))
	tasks.Fill(4, 3, gen.Task)
	d.f = newFront(t, d.s)
	h := openHome(t, d.dir)
	a := h.add("home", d.f.URL)
	d.want = map[string]string{}
	for k, b := range byName(d.s) {
		d.want[k] = string(quiet(map[string][]byte{"": []byte(b)})[""])
	}
	wanted := h.wanted(a)
	d.asked = wanted
	empty(book)
	cal.Remove()
	for _, n := range tasks.Names()[:2] {
		old, _, _ := tasks.Get(n)
		tasks.Put(n, []byte(strings.Replace(string(old), "SUMMARY:", "SUMMARY:Not ", 1)))
	}
	d.id = h.plan(pim.RestoreAsk{Make: true, Overwrite: true}, a, wanted)
	if x := actions(h.saved(d.id)); x[pim.Create] != creates || x[pim.Update] != 2 || x[pim.Identical] != 2 {
		t.Fatalf("%v", x)
	}
	h.close()
	d.after = d.s.Snapshot()
	return d
}

// byName is all that a server has, by the names of collections and files.
func byName(s *davtest.Server) map[string]string {
	out := map[string]string{}
	for _, c := range s.Collections() {
		name := c.Name()
		for out[name] != "" {
			name += " (again)"
		}
		out[name] = string(c.Kind())
		for p, b := range c.Objects() {
			out[name+"/"+path.Base(p)] = string(b)
		}
	}
	return out
}

// again gives the vault and the server as they were before the restore.
func (d *disaster) again() (*home, pim.Account) {
	d.t.Helper()
	d.s.Restore(d.after)
	dir := d.t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "v"), os.DirFS(d.dir)); err != nil {
		d.t.Fatal(err)
	}
	h := openHome(d.t, filepath.Join(dir, "v"))
	h.window, h.conns = 6, 2
	return h, h.account("home")
}

// check compares what the server has, and what the journal says of it.
func (d *disaster) check(what string, re pim.Restore) {
	d.t.Helper()
	got, want := byName(d.s), d.want
	if d.loose != nil {
		got, want = d.loose(got), d.loose(want)
	}
	bad := false
	for k, b := range want {
		if got[k] != b {
			d.t.Errorf("%s: %s is %.300q\nwant %.300q", what, k, got[k], b)
			bad = true
		}
	}
	for k := range got {
		if _, ok := want[k]; !ok {
			d.t.Errorf("%s: %s should not be there", what, k)
			bad = true
		}
	}
	for _, st := range re.Steps {
		ok := st.State == "done" && (st.Result == pim.DoneCreated || st.Result == pim.DoneUpdated || st.Result == pim.DoneIdentical ||
			d.loose != nil && st.Result == pim.DoneAltered)
		if !ok {
			d.t.Errorf("%s: step %d %s %s: %s %s %v", what, st.N, st.Action, st.Href, st.State, st.Result, st.Detail)
			bad = true
		}
	}
	if bad {
		d.t.Fatalf("%s: %s", what, receipt(re))
	}
}

// finish carries the restore to its end, as a person would who tries again.
func (d *disaster) finish(h *home, a pim.Account, what string) {
	d.t.Helper()
	var re pim.Restore
	var err error
	for range 3 {
		if re, err = h.run(a, d.id); err == nil {
			d.check(what, re)
			return
		}
	}
	d.t.Fatalf("%s: does not come to its end: %v\n%s", what, err, receipt(re))
}

// A fault of every kind at every request of a restore: it goes on where it was,
// and the server has everything once.
func TestRestore_FaultAtEveryRequest_CompleteAndNothingTwice(t *testing.T) {
	t.Parallel()
	kinds := map[string]action{"refused": refuse, "lost": lose, "failed": fail, "busy": busy}
	for kind, what := range kinds {
		for _, long := range []bool{false, true} {
			if long && testing.Short() {
				continue
			}
			t.Run(fmt.Sprintf("%s long %v", kind, long), func(t *testing.T) {
				t.Parallel()
				d := newDisaster(t)
				h, a := d.again()
				d.f.reset(nil)
				d.finish(h, a, "undisturbed")
				total := d.f.count()
				step := 1
				if testing.Short() {
					step = 7
				}
				for n := 1; n <= total; n += step {
					h, a := d.again()
					d.f.reset(func(i int, _ *http.Request) action {
						if i == n || long && i > n {
							return what
						}
						return pass
					})
					re, err := h.run(a, d.id)
					if err != nil && re.State != "stopped" || err == nil && re.State != "done" {
						t.Errorf("request %d: state %q, %v", n, re.State, err)
					}
					if long && err == nil && n < total-3 {
						t.Errorf("request %d: came to its end with no server", n)
					}
					d.f.reset(nil)
					h.restart()
					d.finish(h, a, fmt.Sprintf("%s at request %d of %d", kind, n, total))
					h.close()
				}
			})
		}
	}
}

// The person stops it at every request; going on completes it.
func TestRestore_StoppedAtEveryRequest_GoesOn(t *testing.T) {
	t.Parallel()
	d := newDisaster(t)
	total := 100
	step := 1
	if testing.Short() {
		step = 7
	}
	for n := 1; n <= total; n += step {
		h, a := d.again()
		ctx, stop := context.WithCancel(context.Background())
		d.f.reset(func(i int, _ *http.Request) action {
			if i == n {
				stop()
			}
			return pass
		})
		r, closeAll := h.restorer(a)
		re, err := r.Run(ctx, d.id)
		closeAll()
		stopped := d.f.count() >= n
		if stopped && err != nil && (pim.FaultOf(err) != pim.Stopped || re.State != "stopped") {
			t.Errorf("stopped at request %d: state %q, %v", n, re.State, err)
		}
		stop()
		if !stopped {
			total = n
		}
		d.f.reset(nil)
		h.restart()
		d.finish(h, a, fmt.Sprintf("stopped at request %d", n))
		h.close()
	}
	if total < 20 || total == 100 {
		t.Errorf("%d requests", total)
	}
}
