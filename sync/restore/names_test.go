package restore_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// willful are the ways of servers to give what is put a name, a UID or lines of
// their own.
var willful = map[string][]davtest.Quirk{
	"name, told":                {davtest.PutLocation},
	"name":                      {davtest.PutRenames},
	"name, lines lost":          {davtest.PutRenames, davtest.DropsProperties},
	"UID":                       {davtest.OwnUIDs},
	"UID, lines lost":           {davtest.OwnUIDs, davtest.DropsProperties},
	"both, name told":           {davtest.PutLocation, davtest.OwnUIDs},
	"both":                      {davtest.PutRenames, davtest.OwnUIDs},
	"both, in other words":      {davtest.PutRenames, davtest.OwnUIDs, davtest.Reencodes},
	"both, lines lost":          {davtest.PutRenames, davtest.OwnUIDs, davtest.DropsProperties},
	"both, told, lines lost":    {davtest.PutLocation, davtest.OwnUIDs, davtest.DropsProperties, davtest.NoPutETag},
	"UID, in other words, told": {davtest.OwnUIDs, davtest.Reencodes, davtest.NoPutETag},
}

// steps is how many requests at a time are passed over: none for the more telling
// of these ways, which stand for the others where tests are to be short.
func steps(t *testing.T, name string) int {
	t.Helper()
	telling := name == "both" || name == "both, lines lost" || name == "UID"
	switch {
	case testing.Short() && !telling:
		t.Skip("in short tests others stand for it")
	case testing.Short():
		return 29
	case !telling:
		return 3
	}
	return 1
}

// fillAlike puts cards that are hard to tell apart: two equal but for their UIDs,
// and three people of one name.
func fillAlike(c *davtest.Collection) int {
	card := func(uid, name, rest string) {
		c.Put(uid+".vcf", []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:"+uid+"\r\nFN:"+name+"\r\nN:"+name+";;;;\r\n"+rest+"END:VCARD\r\n"))
	}
	card("twin-1", "Twin", "TEL:+47 900 00 001\r\nX-LIKES:tea\r\n")
	card("twin-2", "Twin", "TEL:+47 900 00 001\r\nX-LIKES:tea\r\n")
	card("name-1", "Namesake", "TEL:+47 900 00 002\r\nEMAIL:one@example.org\r\nX-LIKES:tea\r\n")
	card("name-2", "Namesake", "TEL:+47 900 00 003\r\nEMAIL:two@example.org\r\n")
	card("name-3", "Namesake", "NOTE:no telephone\r\nX-LIKES:tea\r\n")
	return 5
}

// contents is what a server has without names, UIDs, the order of lines and, for
// one that loses them, pictures and X- properties: how often each stands in which
// collection.
func contents(loses bool) func(map[string]string) map[string]string {
	return func(all map[string]string) map[string]string {
		n := map[string]int{}
		for k, b := range all {
			where, _, object := strings.Cut(k, "/")
			lines := strings.Split(strings.NewReplacer("\r\n ", "", "\r\n\t", "").Replace(b), "\r\n")
			lines = slices.DeleteFunc(lines, func(l string) bool {
				return strings.HasPrefix(l, "UID:") || loses && (strings.HasPrefix(l, "X-") || strings.HasPrefix(l, "PHOTO") || strings.HasPrefix(l, "ATTACH"))
			})
			if slices.Sort(lines); object {
				n[where+": "+strings.Join(lines, "\n")]++
			}
		}
		out := map[string]string{}
		for k, times := range n {
			out[k] = fmt.Sprint(times)
		}
		return out
	}
}

func newWillful(t *testing.T, quirks []davtest.Quirk) *disaster {
	d := newDisaster(t, quirks...)
	d.loose = contents(slices.Contains(quirks, davtest.DropsProperties))
	return d
}

// All of it arrives once, the receipt says under which name and UID, and neither a
// second plan nor one from a machine that knows nothing of the first restore puts
// anything there again.
func TestRestore_WillfulServer_CompleteAndKnownAgain(t *testing.T) {
	t.Parallel()
	for name, quirks := range willful {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from := davtest.New(t)
			book := from.AddCollection(pim.Contacts, "friends", "Friends")
			fillAlike(book)
			book.Fill(30, 1, gen.CardWithPhoto)
			from.AddCollection(pim.Calendar, "work", "Work").Fill(20, 2, gen.Event)
			h := openHome(t, t.TempDir())
			h.window = 10
			wanted := h.wanted(h.add("cloud", from.URL()))
			s := davtest.New(t, davtest.WithQuirks(quirks...))
			to := h.add("other", s.URL())
			ask := pim.RestoreAsk{Make: true}
			s.ResetRequests()
			re := h.runs(to, h.plan(ask, to, wanted))
			if n := s.CountRequests(); n > 55+55*3/10+30 {
				t.Errorf("%d requests\n%s", n, requests(s))
			}
			d := &disaster{t: t, s: s, want: byName(from), loose: contents(slices.Contains(quirks, davtest.DropsProperties))}
			for k, b := range d.want {
				d.want[k] = string(quiet(map[string][]byte{"": []byte(b)})[""])
			}
			d.check("restored", re)
			for _, st := range re.Steps {
				body := string(s.Objects()[st.Href.Key()])
				own := slices.Contains(quirks, davtest.OwnUIDs)
				if body == "" || own != (st.NewUID != "") || own && !strings.Contains(body, "UID:"+st.NewUID+"\r\n") ||
					own && !slices.Contains(st.Detail, "UID changed") {
					t.Errorf("step %d: %s, UID %q, %v:\n%.200s", st.N, st.Href, st.NewUID, st.Detail, body)
				}
			}
			again := h.saved(h.plan(ask, to, wanted))
			if actions(again)[pim.Identical] != 55 {
				t.Errorf("planned again: %v\n%s", actions(again), receipt(again))
			}
			if slices.Contains(quirks, davtest.DropsProperties) {
				return
			}
			other := openHome(t, t.TempDir())
			wanted = other.wanted(other.add("cloud", from.URL()))
			again = other.saved(other.plan(ask, other.add("other", s.URL()), wanted))
			if actions(again)[pim.Identical] != 55 {
				t.Errorf("planned on another machine: %v\n%s", actions(again), receipt(again))
			}
		})
	}
}

// A fault of every kind at every request: what may be there under another name and
// UID is looked for before it is put again.
func TestRestore_WillfulServer_FaultAtEveryRequest_NothingTwice(t *testing.T) {
	t.Parallel()
	for name, quirks := range willful {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			step := steps(t, name)
			d := newWillful(t, quirks)
			h, a := d.again()
			d.f.reset(nil)
			d.finish(h, a, "undisturbed")
			total := d.f.count()
			for what, kind := range map[action]string{refuse: "refused", lose: "lost", fail: "failed"} {
				for n := 1; n <= total; n += step {
					h, a := d.again()
					d.f.reset(func(i int, _ *http.Request) action {
						if i == n {
							return what
						}
						return pass
					})
					_, _ = h.run(a, d.id)
					d.f.reset(nil)
					h.restart()
					if n%2 == 0 { // meanwhile the background mirrored what is there
						h.mirror(a)
					}
					d.finish(h, a, fmt.Sprintf("%s at request %d of %d", kind, n, total))
					h.close()
				}
			}
		})
	}
}

// A person who does not know that a restore can be gone on with makes a new plan
// after one that was interrupted. Between the two the account was mirrored.
func TestRestore_WillfulServer_AnotherPlanAfterAnInterruption_NothingTwice(t *testing.T) {
	t.Parallel()
	for name, quirks := range willful {
		if slices.Contains(quirks, davtest.DropsProperties) {
			continue // nothing tells what is there from something else
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			step := steps(t, name)
			d := newWillful(t, quirks)
			for n := 1; ; n += step {
				h, a := d.again()
				ask := h.saved(d.id).Ask
				d.f.reset(func(i int, _ *http.Request) action {
					if i >= n {
						return lose
					}
					return pass
				})
				_, err := h.run(a, d.id)
				d.f.reset(nil)
				if err == nil {
					break
				}
				h.restart()
				h.mirror(a)
				d.check(fmt.Sprintf("planned again after request %d", n), h.runs(a, h.plan(ask, a, d.asked)))
				h.close()
			}
		})
	}
}

// What is replaced is taken away and made anew by somebody else, just when the
// answer gets lost: that is theirs, and is neither overwritten nor said to be ours.
func TestRestore_ReplacedBySomebodyElseMeanwhile_IsTheirs(t *testing.T) {
	t.Parallel()
	s := davtest.New(t)
	book := s.AddCollection(pim.Contacts, "friends", "Friends")
	fillAlike(book)
	f := newFront(t, s)
	h := openHome(t, t.TempDir())
	a := h.add("home", f.URL)
	wanted := h.wanted(a)
	old, _, _ := book.Get("name-1.vcf")
	book.Put("name-1.vcf", []byte(strings.Replace(string(old), "X-LIKES:tea", "X-LIKES:coffee", 1)))
	id := h.plan(pim.RestoreAsk{Overwrite: true}, a, wanted)
	theirs := strings.Replace(strings.Replace(string(old), "UID:name-1", "UID:theirs", 1), "X-LIKES:tea", "X-LIKES:milk", 1)
	f.reset(func(_ int, r *http.Request) action {
		if r.Method != http.MethodPut {
			return pass
		}
		if book.Delete("name-1.vcf") {
			book.Put("theirs.vcf", []byte(theirs))
		}
		return refuse
	})
	re, err := h.run(a, id)
	f.reset(nil)
	if err != nil {
		re = h.runs(a, id)
	}
	if c := counts(re); c[pim.DoneConflict] != 1 || c[pim.DoneIdentical] != 4 {
		t.Errorf("%s", receipt(re))
	}
	if got, _, _ := book.Get("theirs.vcf"); string(got) != theirs || len(book.Names()) != 5 {
		t.Errorf("%v\n%s", book.Names(), got)
	}
}
