package mirror_test

import (
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// Every quirk of the test server: discover, mirror, let the server change,
// mirror again, and be where the quirk's description says one can be.
func TestMirror_EveryQuirk_EndsAsExpected(t *testing.T) {
	for _, info := range davtest.Quirks() {
		t.Run(string(info.Quirk), func(t *testing.T) {
			t.Parallel()
			sc := davtest.Scenario(t, info.Quirk)
			h, err := openHome(t, t.TempDir(), sc.Address)
			if info.AtDiscovery {
				if err == nil && !info.Accepts(pim.Complete, 0) {
					t.Fatal("the discovery should have failed")
				}
				if err != nil {
					if !info.Accepts(pim.Failed, pim.FaultOf(err)) {
						t.Fatalf("discovery: %v (%v)", err, pim.FaultOf(err))
					}
					return
				}
			}
			if err != nil {
				if info.Accepts(pim.Failed, pim.FaultOf(err)) {
					return // it can't even be added, for the same reason
				}
				t.Fatalf("discovery: %v", err)
			}
			rep, err := h.run()
			switch {
			case info.FirstFine && rep.Outcome != pim.Complete:
				t.Fatalf("first run: %s %v\n%s", rep.Outcome, err, describe(rep))
			case info.Accepts(pim.Complete, 0) && rep.Outcome != pim.Complete && !info.Accepts(rep.Outcome, pim.FaultOf(err)):
				t.Fatalf("first run: %s %v\n%s%s", rep.Outcome, err, describe(rep), sc.Server.Transcript())
			}
			before := h.view()
			sc.Between()
			sc.ResetRequests()
			rep, err = h.run()
			if !info.Accepts(rep.Outcome, pim.FaultOf(err)) {
				t.Fatalf("second run: %s %v (%v), want %v %v\n%s%s", rep.Outcome, err, pim.FaultOf(err),
					info.Outcomes, info.Faults, describe(rep), sc.Server.Transcript())
			}
			if rep.Outcome == pim.Failed {
				// One collection may have got through; nothing is lost.
				after := h.view()
				for k := range sc.Want() {
					if _, had := before[k]; had && after[k] == nil {
						t.Errorf("%s was lost", k)
					}
				}
				return
			}
			compareScene(t, h, sc)
			if t.Failed() {
				t.Log("\n" + sc.Server.Transcript())
			}
		})
	}
}

func compareScene(t *testing.T, h *home, sc *davtest.Scene) {
	t.Helper()
	got, want := h.view(), sc.Want()
	if sc.Info.Reworded { // the server's own words are not what it serves
		for k, b := range want {
			if g, ok := got[k]; ok && strings.EqualFold(string(g), strings.Replace(string(b), "VERSION:4.0", "VERSION:3.0", 1)) {
				got[k] = b
			}
		}
	}
	equal(t, got, want)
}
