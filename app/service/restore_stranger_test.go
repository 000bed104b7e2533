package service

import (
	"testing"

	"sidekeep/sync/pim"
)

// While the server takes the login for another principal, nothing is put back there:
// it would be put among the other's, who would be taken over afterwards.
func TestPutBack_TheLoginIsAnothers_WritesNothing(t *testing.T) {
	for _, same := range []bool{true, false} {
		srv, _, _ := home(t, 20)
		s := open(t, Config{})
		add(t, s, srv)
		mirrorNow(t, s)
		srv.SignInAs("somebody-else", same)
		theirs := srv.AddCollection(pim.Contacts, "theirs", "Theirs")
		theirs.Put("t1.vcf", card("t1", "Theirs 1"))
		rep := mirrorNow(t, s)
		if len(rep.Incidents) != 1 {
			t.Fatalf("%+v", rep.Incidents)
		}
		srv.ResetRequests()
		j := s.StartPutBack(rep.Incidents[0].ID)
		err := j.Wait(t.Context())
		rec, _ := j.Result().(Receipt)
		n := 0
		for _, r := range srv.Requests() {
			if r.Method == "PUT" || r.Method == "MKCOL" || r.Method == "MKCALENDAR" {
				n++
			}
		}
		if n > 0 || err == nil {
			t.Errorf("same %v: %d writes, %v\n%+v", same, n, err, rec.Notes)
		}
		wantFault(t, err, pim.Invalid)
		mirrorNow(t, s)
		if got, err := s.List(t.Context(), ListQuery{Search: "Theirs"}); err != nil || len(got) > 0 {
			t.Errorf("same %v: taken over: %v, %v", same, got, err)
		}
		// Once it was agreed to, it is an account like any other.
		if _, err := s.DecideIncident(t.Context(), rep.Incidents[0].ID, pim.KeptHere); err != nil {
			t.Fatal(err)
		}
		_ = s.StartMirror().Wait(t.Context())
		if got, err := s.List(t.Context(), ListQuery{Search: "Theirs"}); err != nil || len(got) != 1 {
			t.Errorf("same %v: not taken over: %v, %v", same, got, err)
		}
		ask := pim.RestoreAsk{Account: "Home", To: "Home", Make: true, IDs: []int64{find(t, s, "Person 7").ID}}
		plan := result[RestorePlan](t, s.StartRestorePlan(ask))
		if rec := result[Receipt](t, s.StartRestore(plan.ID)); rec.Missing() != 0 {
			t.Errorf("same %v: %+v", same, rec)
		}
	}
}
