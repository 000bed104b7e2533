package restore_test

import (
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/dav/davtest/realserver"
	"sidekeep/sync/pim"
)

// A cloud dies, and all that it had is put back at another provider: into
// collections that are made there, complete, and found there by the next plan.
func TestRestore_RealServers_MyCloudDied(t *testing.T) {
	for _, kind := range realserver.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			h := openHome(t, t.TempDir())
			s, _, _, _ := town(t)
			cloud := h.add("cloud", s.URL())
			s.Close()
			real := realserver.Start(t, kind)
			to := h.add("other", real.URL)
			id := h.plan(pim.RestoreAsk{To: "other", Make: true}, to, h.wanted(cloud))
			re := h.runs(to, id)
			t.Logf("%s", receipt(re))
			again := h.plan(pim.RestoreAsk{To: "other", Make: true}, to, h.wanted(cloud))
			if a := actions(h.saved(again)); a[pim.Identical] != 76 {
				t.Errorf("%v %s", a, receipt(h.saved(again)))
			}
		})
	}
}

var _ = davtest.New
var _ = gen.Card
