package restore_test

import (
	"slices"
	"strings"
	"testing"

	"sidekeep/formats"
	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/realserver"
	"sidekeep/sync/pim"
	"sidekeep/sync/plan"
)

// A cloud dies, and all that it had is put back at another provider: into
// collections that are made there, complete, and found there by the next plan.
func TestRestore_RealServers_MyCloudDied(t *testing.T) {
	for _, kind := range realserver.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			h := openHome(t, t.TempDir())
			s, book, _, _ := town(t)
			// Commas that mean nothing but themselves, as many programs write them.
			book.Put("commas.vcf", []byte("BEGIN:VCARD\r\nVERSION:4.0\r\nUID:commas\r\nFN:Doe, Jane\r\nN:Doe;Jane;;;\r\n"+
				"NOTE:first,second\r\nNICKNAME:one,two\r\nPHOTO:data:image/png;base64,iVBORw0KGgo=\r\nEND:VCARD\r\n"))
			cloud := h.add("cloud", s.URL())
			wanted := h.wanted(cloud)
			s.Close()
			real := realserver.Start(t, kind)
			to := h.add("other", real.URL)
			re := h.runs(to, h.plan(pim.RestoreAsk{To: "other", Make: true}, to, wanted))
			if c := counts(re); c[pim.DoneCreated] != 77 {
				t.Errorf("%s", receipt(re))
			}
			h.onServer(real, re)
			again := h.saved(h.plan(pim.RestoreAsk{To: "other", Make: true}, to, wanted))
			if a := actions(again); a[pim.Identical] != 77 || len(again.Makes) != 0 {
				t.Errorf("%v %s", a, receipt(again))
			}
		})
	}
}

// onServer reads every object that a restore says is there by a plain GET, and
// compares its meaning.
func (h *home) onServer(real *realserver.Server, re pim.Restore) {
	h.t.Helper()
	for _, st := range re.Steps {
		got, _, err := real.Get(string(st.Href))
		h.must(err)
		want, err := h.vault.StepBody(h.t.Context(), st)
		h.must(err)
		if st.NewUID != "" {
			want = formats.WithUID(st.Kind, want, st.NewUID)
		}
		same, lines := formats.Compare(st.Kind, want, got)
		if same == formats.Different && !slices.Equal(lines, []string{"VERSION changed"}) { // Get asks for vCard 4.0
			h.t.Errorf("%s: %v\n%.2000s\nwant\n%.2000s", st.Href, lines, got, want)
		}
	}
}

// Cyrus wants a UID once in all of a person's calendars: the plan says where it
// is, with an offer; with new UIDs it is restored beside it.
func TestRestore_Cyrus_UIDInAnotherCalendar(t *testing.T) {
	t.Parallel()
	real := realserver.Start(t, realserver.Cyrus)
	private, err := real.MakeCollection(pim.Calendar, "private", "Private")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := real.MakeCollection(pim.Calendar, "work", "Work"); err != nil {
		t.Fatal(err)
	}
	if _, err := real.Put(private+"m.ics", []byte(strings.Replace(invited, "Meeting", "Mine", 1))); err != nil {
		t.Fatal(err)
	}
	h := openHome(t, t.TempDir())
	s := davtest.New(t)
	s.AddCollection(pim.Calendar, "work", "Work").Put("meeting.ics", []byte(invited))
	wanted := h.wanted(h.add("cloud", s.URL()))
	to := h.add("other", real.URL)
	id := h.plan(pim.RestoreAsk{}, to, wanted)
	if st := h.saved(id).Steps[0]; st.Action != pim.Cannot || !strings.Contains(st.Why, `taken in "Private"`) || !strings.Contains(st.Why, "--new-uids") {
		t.Errorf("%s: %s", st.Action, st.Why)
	}
	// Nobody knew of it when the plan was made: then the server says it.
	re := h.saved(id)
	re.Steps[0].Action, re.Steps[0].Href = pim.Create, plan.HrefIn(re.Steps[0].Collection, "meeting.ics")
	unaware, err := h.vault.SaveRestore(t.Context(), re)
	h.must(err)
	done := h.runs(to, unaware)
	if st := done.Steps[0]; st.Result != pim.DoneFailed || !strings.Contains(st.Detail[0], "m.ics") || len(st.Detail) != 2 {
		t.Errorf("%s", receipt(done))
	}
	ask := pim.RestoreAsk{NewUIDs: true}
	done = h.runs(to, h.plan(ask, to, wanted))
	if st := done.Steps[0]; st.Result != pim.DoneCreated || st.NewUID == "" {
		t.Errorf("%s", receipt(done))
	}
	h.onServer(real, done)
	if x := h.saved(h.plan(ask, to, wanted)); actions(x)[pim.Identical] != 1 {
		t.Errorf("%v %s", actions(x), receipt(x))
	}
}
